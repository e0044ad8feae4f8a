//! What an administrator asks and changes: whom the service reaches, dead letters, the switch; and what Chronus is
//! told when a card will certainly not arrive.

use chrono::TimeDelta;
use chronus_teams::sandbox::faults::{Effect, Fault, Operation};
use serde_json::{Value, json};

use crate::support::{
    ACME_KEY, ACME_READER, ADA, Answer, BEN, BOLT_KEY, CLEO, DAN, DORA, Folk, World, event,
    mentoring_request, plain, press,
};

const UNDELIVERABLE: &str = "com.chronus.teams.notification.undeliverable";

async fn post_as(world: &World, key: &str, path: &str, body: Value) -> Answer {
    let request = world.http.post(world.url(path)).bearer_auth(key);
    Answer::of(
        request
            .header("content-type", "application/json")
            .body(body.to_string()),
    )
    .await
}

/// The next posts to somebody are refused so.
fn refuse(world: &World, who: Folk, status: u16, code: &str, count: u32) {
    let effect = Effect::Refuse {
        status,
        code: code.to_owned(),
        delivered: false,
    };
    let fault = Fault::next(effect, count).on(Operation::Send);
    world.sandbox.order(fault.for_user(&who.key()));
}

/// What Chronus is told of cards that will not arrive: outcome, reason and code of each, by the feed.
async fn told(world: &World) -> Vec<(String, String, Value)> {
    let feed = world.feed(ACME_KEY, "after=0").await;
    let news = feed["events"].as_array().unwrap().iter();
    news.filter(|event| event["type"] == UNDELIVERABLE)
        .map(|event| {
            let data = &event["data"];
            let text = |name: &str| data[name].as_str().unwrap_or_default().to_owned();
            (text("outcome"), text("reason"), data["code"].clone())
        })
        .collect()
}

#[actix_web::test]
async fn what_will_certainly_not_arrive_is_told_by_webhook_and_feed_with_its_reason() {
    let world = World::start().await;
    world.install(ADA).await;
    refuse(&world, ADA, 403, "MessageWritesBlocked", 1);
    let first = world.send(&[plain("1", ADA.email, "Blocked")]).await.card(0);
    world.reaches(&first, "refused").await;
    let second = world
        .send(&[plain("2", ADA.email, "Blocked still")])
        .await
        .card(0);
    world.reaches(&second, "suppressed").await;
    let mut stranger = plain("3", "nobody@acme.example", "To nobody");
    stranger["data"]["expires_at"] = "2020-01-01T00:00:00Z".into();
    let third = world.send(&[stranger]).await.card(0);
    world.reaches(&third, "unroutable").await;
    world.webhook_got(3).await;
    world.at_rest().await;

    assert_eq!(
        told(&world).await,
        [("unroutable".to_owned(), "no_mapping".to_owned(), Value::Null),]
    );
    let inbox = world.sandbox.inbox("acme");
    assert_eq!((inbox.received.len(), inbox.forged), (3, 0));
    let news = inbox
        .received
        .iter()
        .find(|news| news.body["data"]["notification_id"] == first.as_str());
    let news = &news.unwrap().body;
    assert_eq!(
        news["data"]["in_reply_to"],
        json!({ "source": "/chronus/tests", "id": "1" })
    );
    assert_eq!(news["data"]["teams_user"]["aad_object_id"], ADA.id);
}

#[actix_web::test]
async fn a_card_that_was_withdrawn_or_arrived_is_no_news() {
    let world = World::start().await;
    let ada = world.install(ADA).await;
    let card = world.send(&[mentoring_request("1", ADA.email)]).await.card(0);
    world.reaches(&card, "delivered").await;
    ada.press(press(&card, "Accept")).await.unwrap();
    let waits = mentoring_request("2", "later@acme.example");
    world.send(&[waits]).await;
    let withdrawn = json!({ "recipients": [{ "email": "later@acme.example" }] });
    let kind = "com.chronus.mentoring_request.withdrawn";
    world
        .send(&[event("w", kind, Some("mentoring_request/2"), withdrawn)])
        .await;
    world.webhook_got(1).await;
    world.at_rest().await;
    assert_eq!(told(&world).await, []);
}

#[actix_web::test]
async fn an_audience_is_counted_before_anything_is_sent() {
    let world = World::start().await;
    for who in [ADA, BEN, CLEO] {
        world.install(who).await;
    }
    refuse(&world, BEN, 403, "MessageWritesBlocked", 1);
    let card = world.send(&[plain("1", BEN.email, "Blocked")]).await.card(0);
    world.reaches(&card, "refused").await;
    // Disconnecting asks back; saying it again means it.
    for _ in 0..2 {
        world.client(CLEO).say("disconnect").await.unwrap();
    }
    world.at_rest().await;
    let body = json!({ "recipients": [
        { "email": ADA.email }, { "email": BEN.email }, { "email": CLEO.email.to_uppercase() },
        { "email": DAN.email }, { "member_id": "m-unknown" },
        // One person by two more names gets one card.
        { "email": "  ADA@acme.example" }, { "aad_object_id": ADA.id },
    ] });
    let counted = post_as(&world, ACME_READER, "/v1/preflight", body.clone()).await;
    assert_eq!(counted.status, 200, "{counted:?}");
    for (state, count) in [
        ("total", 5),
        ("repeated", 2),
        ("reachable", 1),
        ("blocked", 1),
        ("disconnected", 1),
        ("never_installed", 1),
        ("no_mapping", 1),
        ("guest", 0),
    ] {
        assert_eq!(counted.body[state], count, "{state}: {:#}", counted.body);
    }
    // So many that they are counted in turn, behind everything else: the same answer.
    let mut many = body.clone();
    let recipients = many["recipients"].as_array_mut().unwrap();
    recipients.extend(vec![json!({ "email": ADA.email }); 200]);
    let counted_many = post_as(&world, ACME_READER, "/v1/preflight", many).await.body;
    let mut expected = counted.body.clone();
    (expected["repeated"], expected["position"]) = (202.into(), counted_many["position"].clone());
    assert_eq!(counted_many, expected);
    // Nobody of this tenant is anybody to the other organization.
    let elsewhere = post_as(&world, BOLT_KEY, "/v1/preflight", body).await;
    assert_eq!(elsewhere.body["reachable"], 0);

    let list = world.get_as(ACME_READER, "/v1/reachability?limit=2").await.body;
    let rest = format!("/v1/reachability?after={}", list["next"].as_str().unwrap());
    let rest = world.get_as(ACME_READER, &rest).await.body;
    let people = [&list["people"], &rest["people"]]
        .map(|page| page.as_array().unwrap().clone())
        .concat();
    let states: Vec<&str> = people
        .iter()
        .map(|person| person["state"].as_str().unwrap())
        .collect();
    assert_eq!(states, ["reachable", "blocked", "disconnected"]);
    assert_eq!(people[1]["evidence"], "MessageWritesBlocked");
    assert!(people[1]["advice"].as_str().unwrap().contains("Unblock"));
    let blocked = world
        .get_as(ACME_READER, "/v1/reachability?state=blocked")
        .await
        .body;
    assert_eq!(blocked["people"].as_array().unwrap().len(), 1);
    let ledger = world
        .get_as(ACME_READER, &format!("/v1/reachability/{}", BEN.id))
        .await
        .body;
    let states: Vec<&str> = ledger["ledger"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["state"].as_str().unwrap())
        .collect();
    assert_eq!(states, ["reachable", "blocked"]);
    let foreign = world
        .get_as(BOLT_KEY, &format!("/v1/reachability/{}", BEN.id))
        .await;
    assert_eq!(foreign.status, 404);
}

#[actix_web::test]
async fn a_dead_letter_is_listed_and_a_replay_sends_it_once_however_often_it_is_asked_for() {
    let world = World::start().await;
    world.install(ADA).await;
    refuse(&world, ADA, 400, "BadArgument", 1);
    let card = world.send(&[plain("1", ADA.email, "At last")]).await.card(0);
    world.reaches(&card, "refused").await;

    let list = world
        .get_as(ACME_READER, "/v1/dead-letters?state=refused&code=BadArgument")
        .await
        .body;
    let letters = list["dead_letters"].as_array().unwrap();
    assert_eq!(letters.len(), 1, "{list:#}");
    assert_eq!(letters[0]["notification_id"], card.as_str());
    assert_eq!(
        (&letters[0]["reason"], &letters[0]["attempts"]),
        (&json!("permanent"), &json!(1))
    );
    assert!(letters[0]["payload"]["position"].is_number());
    assert_eq!(
        world.get_as(BOLT_KEY, "/v1/dead-letters").await.body["dead_letters"],
        json!([])
    );

    let replay = json!({ "replay_id": "0b7f8a56-3a0e-4c4d-9d62-0f3f1f5f7c21", "notification_ids": [card] });
    let refused = post_as(&world, ACME_READER, "/v1/dead-letters/replay", replay.clone()).await;
    assert_eq!(refused.status, 403);
    let foreign = post_as(&world, BOLT_KEY, "/v1/dead-letters/replay", replay.clone()).await;
    assert_eq!(foreign.status, 403, "the other organization's key is no admin's");
    for _ in 0..2 {
        let done = post_as(&world, ACME_KEY, "/v1/dead-letters/replay", replay.clone()).await;
        assert_eq!(done.status, 200, "{done:?}");
        assert_eq!(done.body["replayed"]["requeued"], 1, "{done:?}");
    }
    let status = world.reaches(&card, "delivered").await;
    assert_eq!(status["attempts"], 2, "{status:#}");
    world.at_rest().await;
    assert_eq!(world.seen(ADA, "At last"), 1);
    let all = json!({ "replay_id": "0b7f8a56-3a0e-4c4d-9d62-0f3f1f5f7c22", "filter": {} });
    let done = post_as(&world, ACME_KEY, "/v1/dead-letters/replay", all).await;
    assert_eq!(done.body["replayed"]["requeued"], 0, "{done:?}");
}

#[actix_web::test]
async fn a_tenant_that_is_off_gets_nothing_and_afterwards_only_what_is_still_worth_sending() {
    let world = World::start().await;
    world.install(ADA).await;
    world.install(DORA).await;
    world.at_rest().await;
    assert_eq!(
        world.get_as(ACME_READER, "/v1/tenant").await.body["enabled"],
        true
    );
    assert_eq!(
        post_as(&world, ACME_READER, "/v1/tenant/disable", json!({}))
            .await
            .status,
        403
    );
    let off = post_as(&world, ACME_KEY, "/v1/tenant/disable", json!({})).await;
    assert_eq!((off.status, &off.body["changed"]), (200, &json!(true)), "{off:?}");
    let again = post_as(&world, ACME_KEY, "/v1/tenant/disable", json!({})).await;
    assert_eq!(again.body["changed"], false);

    let mut stale = plain("1", ADA.email, "Stale");
    let soon = events::Clock::now(&events::SystemClock) + TimeDelta::hours(1);
    stale["data"]["expires_at"] = soon.to_rfc3339().into();
    let stale = world.send(&[stale]).await.card(0);
    let fresh = world.send(&[plain("2", ADA.email, "Fresh")]).await.card(0);
    let elsewhere = world
        .send_as(BOLT_KEY, &[plain("3", DORA.email, "Elsewhere")])
        .await;
    assert_eq!(elsewhere.status, 202);
    world.sees(DORA, "Elsewhere").await;
    let held = world.reaches(&fresh, "suppressed").await;
    assert_eq!(held["reason"], "tenant_off", "{held:#}");
    assert_eq!((world.seen(ADA, "Fresh"), world.seen(ADA, "Stale")), (0, 0));

    world.clock.advance(TimeDelta::hours(2));
    post_as(&world, ACME_KEY, "/v1/tenant/enable", json!({})).await;
    let status = world.reaches(&fresh, "merged").await;
    assert_eq!(status["reason"], "catch_up", "{status:#}");
    world.at_rest().await;
    assert_eq!(world.status_of(&stale).await["state"], "suppressed");
    assert_eq!((world.seen(ADA, "Fresh"), world.seen(ADA, "Stale")), (1, 0));
}
