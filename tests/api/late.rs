//! What Chronus hands over late: `time` decides what is newer, and nothing newer is undone.

use chronus_teams::sandbox::chat::Message;
use serde_json::{Value, json};

use crate::support::{ADA, BEN, Folk, World, event};

/// Something about a meeting that happened at this time of a day in March 2026.
fn meeting(id: &str, what: &str, time: &str, starts_at: &str, who: &[Folk]) -> Value {
    let recipients: Vec<Value> = who.iter().map(|who| json!({ "email": who.email })).collect();
    let data = json!({ "recipients": recipients, "title": "Kick-off", "starts_at": starts_at });
    let mut event = event(
        id,
        &format!("com.chronus.meeting.{what}"),
        Some("meeting/9"),
        data,
    );
    event["time"] = format!("2026-03-02T{time}:00Z").into();
    event
}

const TENTH: &str = "2099-12-10T10:00:00Z";
const ELEVENTH: &str = "2099-12-11T11:00:00Z";
const TWELFTH: &str = "2099-12-12T16:00:00Z";

/// What the newest of the bot's messages to somebody that names the meeting shows.
fn newest(world: &World, who: Folk) -> String {
    let chat = world.client(who).chat();
    let mut about = chat.messages.iter().filter(|message| message.from_bot);
    let newest = about.rfind(|message| message.shows("Kick-off"));
    newest
        .unwrap_or_else(|| panic!("{} has no card: {chat:#?}", who.name))
        .shown()
        .join(" / ")
}

#[actix_web::test]
async fn a_meeting_that_was_moved_twice_shows_its_newest_day_whatever_comes_last() {
    let world = World::start().await;
    world.install(ADA).await;
    let send = |event: Value| async { world.send(&[event]).await };
    send(meeting("1", "scheduled", "08:00", TENTH, &[ADA])).await;
    world.at_rest().await;
    send(meeting("2", "moved", "08:20", TWELFTH, &[ADA])).await;
    world.at_rest().await;
    let late = send(meeting("3", "moved", "08:10", ELEVENTH, &[ADA])).await;
    world.at_rest().await;
    assert_eq!(late.result(0)["superseded"], true);
    let shown = newest(&world, ADA);
    assert!(shown.contains("12 Dec"), "{shown}");

    // Within one batch, the other way round, for somebody who hears of it for the first time.
    world.install(BEN).await;
    let first = world
        .send(&[
            meeting("5", "moved", "09:20", TENTH, &[BEN]),
            meeting("4", "moved", "09:10", ELEVENTH, &[BEN]),
        ])
        .await;
    assert_eq!(first.result(1)["superseded"], true);
    world.at_rest().await;
    let shown = newest(&world, BEN);
    assert!(shown.contains("10 Dec"), "{shown}");
}

#[actix_web::test]
async fn what_was_cancelled_stays_so_and_is_never_sent_to_anybody_else() {
    let world = World::start().await;
    world.install(ADA).await;
    world.install(BEN).await;
    world
        .send(&[meeting("1", "scheduled", "08:00", TENTH, &[ADA])])
        .await;
    world.at_rest().await;
    world
        .send(&[meeting("2", "cancelled", "08:20", TENTH, &[ADA])])
        .await;
    world.at_rest().await;
    let late = world
        .send(&[meeting("3", "moved", "08:10", TWELFTH, &[ADA, BEN])])
        .await;
    world.at_rest().await;
    assert_eq!(late.result(0)["superseded"], true);
    let bens = late.result(0)["notifications"][1]["notification_id"]
        .as_str()
        .unwrap();
    assert_eq!(world.status_of(bens).await["state"], "withdrawn");
    assert_eq!(world.seen(BEN, "Kick-off"), 0);
    let shown = newest(&world, ADA);
    assert!(shown.contains("ancelled"), "{shown}");
}

#[actix_web::test]
async fn a_message_that_was_taken_back_before_it_came_is_not_sent_and_an_edited_one_comes_as_edited() {
    let world = World::start().await;
    world.install(ADA).await;
    let message = |id: &str, what: &str, time: &str, message_id: &str, text: &str| {
        let data = json!({
            "recipients": [{ "email": ADA.email }], "message_id": message_id, "text": text,
            "actor": { "member_id": "m-p", "name": "Priya Nair" },
        });
        let mut event = event(
            id,
            &format!("com.chronus.message.{what}"),
            Some("thread/55"),
            data,
        );
        event["time"] = format!("2026-03-02T{time}:00Z").into();
        event
    };
    world
        .send(&[
            message("1", "deleted", "08:20", "c-1", "Gone"),
            message("2", "edited", "08:20", "c-2", "Better words"),
        ])
        .await;
    let late = world
        .send(&[
            message("3", "sent", "08:10", "c-1", "Oops"),
            message("4", "sent", "08:11", "c-2", "First words"),
            message("5", "sent", "08:05", "c-3", "Another message"),
        ])
        .await;
    world.at_rest().await;
    let superseded: Vec<&Value> = (0..3).map(|index| &late.result(index)["superseded"]).collect();
    assert_eq!(superseded, [&json!(true), &json!(true), &Value::Null]);
    assert_eq!(world.seen(ADA, "Oops"), 0);
    assert_eq!(world.seen(ADA, "First words"), 0);
    assert_eq!(world.seen(ADA, "Better words"), 1);
    assert_eq!(world.seen(ADA, "Another message"), 1);
}

#[actix_web::test]
async fn a_member_keeps_the_newest_address_whatever_comes_last() {
    let world = World::start().await;
    world.install(ADA).await;
    world.install(BEN).await;
    let member = |id: &str, what: &str, time: &str, email: &str| {
        let data = json!({ "recipients": [{ "member_id": "m-1", "email": email }] });
        let mut event = event(id, &format!("com.chronus.member.{what}"), None, data);
        event["time"] = format!("2026-03-02T{time}:00Z").into();
        event
    };
    let answer = world
        .send(&[
            member("1", "upserted", "08:00", ADA.email),
            member("2", "email_changed", "10:00", BEN.email),
            member("3", "upserted", "09:00", ADA.email),
        ])
        .await;
    assert_eq!(answer.result(2)["superseded"], true);
    let data = json!({ "recipients": [{ "member_id": "m-1" }], "title": "For whoever is m-1" });
    let card = world
        .send(&[event("4", "com.chronus.news.published", None, data)])
        .await
        .card(0);
    world.reaches(&card, "delivered").await;
    assert_eq!(world.seen(BEN, "For whoever is m-1"), 1);

    // Removed means removed, also when an older word comes after it.
    let gone = json!({ "recipients": [{ "member_id": "m-1" }] });
    let mut removed = event("5", "com.chronus.member.removed", None, gone);
    removed["time"] = "2026-03-02T12:00:00Z".into();
    world
        .send(&[removed, member("6", "upserted", "11:00", ADA.email)])
        .await;
    let data = json!({ "recipients": [{ "member_id": "m-1" }], "title": "For nobody" });
    let card = world
        .send(&[event("7", "com.chronus.news.published", None, data)])
        .await
        .card(0);
    let status = world.becomes(&card, |status| status["state"].is_string()).await;
    assert_eq!(status["state"], "unresolved", "{status}");
}

#[actix_web::test]
async fn a_zone_that_nobody_knows_is_taken_with_a_warning() {
    let world = World::start().await;
    let data = json!({
        "recipients": [{ "member_id": "m-1", "email": ADA.email, "timezone": "Mars/Olympus", "locale": "de-DE" },
                       { "member_id": "m-2", "email": BEN.email, "timezone": "w. europe standard time" }],
    });
    let answer = world
        .send(&[event("1", "com.chronus.member.upserted", None, data)])
        .await;
    let warnings = &answer.result(0)["warnings"];
    assert_eq!(warnings[0]["code"], "unknown_timezone", "{answer:?}");
    assert_eq!(warnings[0]["pointer"], "/data/recipients/0/timezone");
    assert_eq!(warnings.as_array().unwrap().len(), 1);
}

#[actix_web::test]
async fn what_ended_and_is_asked_for_again_is_shown_again() {
    let world = World::start().await;
    world.install(ADA).await;
    world.install(BEN).await;
    for (subject, opens, ends) in [
        (
            "mentoring_request/1",
            "mentoring_request.sent",
            "mentoring_request.withdrawn",
        ),
        ("connection/1", "connection.started", "connection.ended"),
        ("meeting/1", "meeting.requested", "meeting.cancelled"),
        ("erg_event/1", "erg_event.invited", "erg_event.cancelled"),
        ("survey/1", "survey.requested", "survey.closed"),
        ("task/1", "task.assigned", "task.done"),
        (
            "announcement/1",
            "announcement.published",
            "announcement.withdrawn",
        ),
    ] {
        let told = |id: &str, what: &str, time: &str, who: Folk| {
            let example = std::fs::read_to_string(format!("schemas/examples/{opens}.json")).unwrap();
            let mut told: Value = serde_json::from_str(&example).unwrap();
            told["id"] = format!("{id}-{opens}").into();
            told["type"] = format!("com.chronus.{what}").into();
            told["subject"] = subject.into();
            told["time"] = format!("2026-03-02T{time}:00Z").into();
            told["data"]["recipients"] = json!([{ "email": who.email }]);
            told
        };
        let send = |told: Value| async {
            let answer = world.send(&[told]).await;
            assert_eq!(answer.status, 202, "{subject}: {answer:?}");
            world.at_rest().await;
            answer
        };
        let first = send(told("1", opens, "08:00", ADA)).await.card(0);
        send(told("2", ends, "08:20", ADA)).await;
        // Before the end by its time, so nothing is asked for again.
        let late = send(told("3", opens, "08:10", BEN)).await;
        assert_eq!(late.result(0)["superseded"], true, "{subject}");
        assert_eq!(
            world.status_of(&late.card(0)).await["state"],
            "withdrawn",
            "{subject}"
        );

        let again = send(told("4", opens, "09:00", ADA)).await;
        assert_eq!(again.result(0)["superseded"], Value::Null, "{subject}");
        // The older card leads to the newer one, where there is one: nobody reads that it is over.
        let merged = world.status_of(&again.card(0)).await["state"] == "merged";
        let newest = if merged { first.clone() } else { again.card(0) };
        world.reaches(&newest, "delivered").await;
        world.at_rest().await;
        let chat = world.client(ADA).chat();
        let shown = |card: &str| chat.card_of(card).map(Message::shown);
        let is_over = ["ended", "ancelled", "losed", "ithdr", "taken back"];
        for card in [&first, &newest] {
            let text = shown(card).unwrap_or_default().join(" ");
            assert!(
                !is_over.iter().any(|word| text.contains(word)),
                "{subject}: {text}"
            );
            let leads_on = text.contains("There is a newer card about this below");
            assert_eq!(leads_on, card != &newest, "{subject}: {text}");
        }

        // Somebody who was named only while it was over, and is named again, hears of it too.
        let bens = send(told("5", opens, "09:10", BEN)).await.card(0);
        world.reaches(&bens, "delivered").await;
    }
}
