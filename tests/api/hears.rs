//! What Chronus hears of cards on their way: that nobody is reached, within a minute; that somebody was after all; and what
//! an organization asked to hear. By webhook and in the feed, each fact once.

use chrono::{DateTime, TimeDelta, Utc};
use chronus_teams::sandbox::client::Action;
use events::Clock as _;
use serde_json::{Value, json};

use crate::support::{ACME_KEY, ADA, Answer, BEN, UNREACHED_AFTER, World, mentoring_request, plain, press};

const UNREACHED: &str = "com.chronus.teams.notification.unreached";

fn pair(word: &str, reason: &str) -> (String, String) {
    (word.to_owned(), reason.to_owned())
}

/// What the feed tells of one card, in order, without what differs by chance.
async fn told_of(world: &World, card: &str) -> Vec<Value> {
    let mut told = world.answers().await;
    told.retain(|answer| answer["data"]["notification_id"] == card);
    told
}

/// Time goes on by what is waited for before somebody counts as unreached.
async fn nobody_comes(world: &World) {
    world.clock.advance(UNREACHED_AFTER + TimeDelta::seconds(1));
    world.at_rest().await;
}

#[actix_web::test]
async fn a_recipient_whom_nobody_answers_to_is_told_within_a_minute_and_again_when_they_came() {
    let mut world = World::start().await;
    let begun = world.clock.now();
    let card = world.send(&[mentoring_request("1", ADA.email)]).await.card(0);
    world.at_rest().await;
    assert_eq!(world.reports().await, [], "they may come this very moment");

    nobody_comes(&world).await;
    world.webhook_got(1).await;
    let told = told_of(&world, &card).await;
    assert_eq!(told.len(), 1, "{told:#?}");
    let (unreached, data) = (&told[0], &told[0]["data"]);
    assert_eq!(unreached["type"], UNREACHED);
    assert_eq!(unreached["subject"], "mentoring_request/1");
    assert_eq!(
        (&data["reason"], &data["may_still_arrive"]),
        (&json!("no_account"), &json!(true))
    );
    let time = |value: &Value| value.as_str().unwrap().parse::<DateTime<Utc>>().unwrap();
    let fortnight = time(&data["until"]) - begun;
    assert!(
        fortnight >= TimeDelta::days(14) && fortnight < TimeDelta::days(15),
        "{data}"
    );
    assert!(time(&unreached["time"]) - begun < TimeDelta::minutes(1));
    assert_eq!(
        data["in_reply_to"],
        json!({ "source": "/chronus/tests", "id": "1" })
    );

    world.install(ADA).await;
    world.reaches(&card, "delivered").await;
    world.webhook_got(2).await;
    world.at_rest().await;
    assert_eq!(
        world.reports().await,
        [pair("unreached", "no_account"), pair("delivered", "")]
    );

    // The same however often the read models are built, and nothing is told twice.
    let before = world.answers().await;
    world.stop_service().await;
    world.start_service_without_read_models().await;
    nobody_comes(&world).await;
    assert_eq!(world.answers().await, before);
    assert_eq!(world.sandbox.inbox("acme").received.len(), 2);
    let history = world.status_of(&card).await["history"].clone();
    let noted = history
        .as_array()
        .unwrap()
        .iter()
        .filter(|entry| entry["what"] == "unreached")
        .count();
    assert_eq!(noted, 1, "{history:#}");
}

#[actix_web::test]
async fn who_was_never_found_is_told_once_at_first_and_once_at_the_end() {
    let world = World::start().await;
    let mut card = plain("1", "nobody@acme.example", "For nobody");
    card["data"]["expires_at"] = json!(world.clock.now() + TimeDelta::hours(1));
    let card = world.send(&[card]).await.card(0);
    nobody_comes(&world).await;
    nobody_comes(&world).await;
    world.clock.advance(TimeDelta::hours(1));
    world.reaches(&card, "unroutable").await;
    world.at_rest().await;
    assert_eq!(
        world.reports().await,
        [
            pair("unreached", "no_account"),
            pair("undeliverable", "no_mapping")
        ]
    );
}

#[actix_web::test]
async fn a_member_without_an_address_and_an_install_in_the_same_moment() {
    let world = World::start().await;
    let mut unknown = mentoring_request("1", ADA.email);
    unknown["data"]["recipients"] = json!([{ "member_id": "m-nobody" }]);
    world.send(&[unknown, plain("2", BEN.email, "Hello Ben")]).await;
    world.install(BEN).await;
    nobody_comes(&world).await;
    assert_eq!(world.reports().await, [pair("unreached", "unknown_member")]);
}

#[actix_web::test]
async fn hundreds_of_recipients_whom_nobody_answers_to_are_each_told_once() {
    let world = World::start().await;
    let recipients: Vec<Value> = (0..510)
        .map(|number| json!({ "email": format!("nobody-{number}@acme.example") }))
        .collect();
    let mut news = plain("1", ADA.email, "For many");
    news["data"]["recipients"] = recipients.into();
    assert_eq!(world.send(&[news]).await.status, 202);
    nobody_comes(&world).await;
    let first = world.feed(ACME_KEY, "after=0&limit=1000").await;
    let told = first["events"].as_array().unwrap();
    let cards: std::collections::HashSet<&str> = told
        .iter()
        .map(|answer| answer["data"]["notification_id"].as_str().unwrap())
        .collect();
    assert_eq!((told.len(), cards.len()), (510, 510));
}

#[actix_web::test]
async fn an_organization_that_wants_receipts_hears_what_arrived_and_what_was_seen_once_each() {
    let mut world = World::start_with_receipts(r#"["seen", "delivered"]"#).await;
    let ada = world.install(ADA).await;
    let card = world.send(&[mentoring_request("1", ADA.email)]).await.card(0);
    world.reaches(&card, "delivered").await;
    assert!(ada.press(press(&card, "Accept")).await.unwrap().taken());
    assert!(
        ada.act(Action::Read { message: None }, None)
            .await
            .unwrap()
            .taken()
    );
    world.webhook_got(3).await;
    world.at_rest().await;
    let told = told_of(&world, &card).await;
    let types: Vec<&str> = told
        .iter()
        .map(|answer| answer["type"].as_str().unwrap())
        .collect();
    assert_eq!(
        types,
        [
            "com.chronus.teams.notification.delivered",
            "com.chronus.teams.notification.seen",
            "com.chronus.teams.mentoring_request.accepted"
        ]
    );
    assert_eq!(told[1]["data"]["evidence"], "pressed");

    // Wanted no longer: from then on nothing of the kind, and what was told stays told.
    world.choose_receipts("[]");
    world.restart_service().await;
    let quiet = world.send(&[plain("2", ADA.email, "Quietly")]).await.card(0);
    world.reaches(&quiet, "delivered").await;
    world.stop_service().await;
    world.start_service_without_read_models().await;
    world.at_rest().await;
    assert_eq!(world.answers().await.len(), 3);
}

#[actix_web::test]
async fn who_saw_an_anonymous_survey_is_not_told() {
    let world = World::start_with_receipts(r#"["seen"]"#).await;
    let ada = world.install(ADA).await;
    let mut survey = crate::support::example("survey.requested", ADA, 1);
    survey["data"]["anonymous"] = true.into();
    let card = world.send(&[survey]).await.card(0);
    world.reaches(&card, "delivered").await;
    assert!(
        ada.act(Action::Read { message: None }, None)
            .await
            .unwrap()
            .taken()
    );
    world.at_rest().await;
    assert_eq!(world.reports().await, []);
    let open = world.send(&[plain("2", ADA.email, "Seen")]).await.card(0);
    world.reaches(&open, "delivered").await;
    assert!(
        ada.act(Action::Read { message: None }, None)
            .await
            .unwrap()
            .taken()
    );
    world.webhook_got(1).await;
    assert_eq!(world.reports().await, [pair("seen", "")]);
}

#[actix_web::test]
async fn who_removed_the_app_is_told_at_once() {
    let world = World::start().await;
    let ada = world.install(ADA).await;
    assert!(ada.uninstall().await.unwrap().taken());
    let card = world.send(&[plain("1", ADA.email, "Gone")]).await.card(0);
    world.reaches(&card, "suppressed").await;
    world.webhook_got(1).await;
    let told = told_of(&world, &card).await;
    assert_eq!(told.len(), 1, "{told:#?}");
    assert_eq!(told[0]["type"], UNREACHED);
    assert_eq!(told[0]["data"]["reason"], "app_missing");
    assert_eq!(told[0]["data"]["may_still_arrive"], true);
    let answer = Answer::of(world.http.get(world.url("/healthz"))).await;
    assert_eq!(answer.status, 200);
}
