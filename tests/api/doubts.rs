//! While nobody can tell whether somebody is still the member whom Chronus means, nothing private leaves for them; afterwards
//! all that was held back is caught up, by whose it is.

use chrono::TimeDelta;
use chronus_teams::sandbox::people::DirectoryChange;
use serde_json::{Value, json};

use crate::support::{ADA, BEN, Folk, World, event};

fn member(id: &str, what: &str, recipient: Value) -> Value {
    let kind = format!("com.chronus.member.{what}");
    event(id, &kind, None, json!({ "recipients": [recipient] }))
}

/// The directory gives somebody another address, without a word to anybody.
async fn is_called(world: &World, who: Folk, address: &str) {
    let addressed = DirectoryChange::Addressed {
        email: Some(address.to_owned()),
        upn: Some(address.to_owned()),
    };
    world.client(who).change_directory(addressed).await.unwrap();
}

/// Ada is the member m-1, by her address.
async fn ada_is_a_member(world: &World) {
    world.install(ADA).await;
    let told = json!({ "member_id": "m-1", "email": ADA.email });
    world.send(&[member("m", "upserted", told)]).await;
    world.at_rest().await;
}

fn to_her(id: &str, kind: &str, subject: &str, more: Value) -> Value {
    let mut data = json!({
        "recipients": [{ "member_id": "m-1" }],
        "actor": { "member_id": "m-9", "name": "Priya Nair" },
    });
    for (name, value) in more.as_object().unwrap() {
        data[name] = value.clone();
    }
    event(id, &format!("com.chronus.{kind}"), Some(subject), data)
}

fn of_it(id: &str, kind: &str, subject: &str, data: Value) -> Value {
    event(id, &format!("com.chronus.{kind}"), Some(subject), data)
}

async fn of_card(world: &World, card: &str) -> (String, String) {
    let status = world.status_of(card).await;
    let text = |name: &str| status[name].as_str().unwrap_or_default().to_owned();
    (text("state"), text("reason"))
}

#[actix_web::test]
async fn what_changes_while_it_is_in_doubt_whose_it_is_is_caught_up_and_what_is_taken_back_goes_at_once() {
    let world = World::start().await;
    ada_is_a_member(&world).await;
    world
        .send(&[
            to_her(
                "1",
                "message.sent",
                "thread/1",
                json!({ "text": "Between us", "message_id": "a" }),
            ),
            to_her(
                "2",
                "mentoring_request.sent",
                "mentoring_request/1",
                json!({ "message": "Please" }),
            ),
            to_her(
                "3",
                "meeting.scheduled",
                "meeting/1",
                json!({ "title": "Kick-off", "starts_at": "2099-12-20T10:00:00Z" }),
            ),
        ])
        .await;
    world.at_rest().await;
    assert_eq!(world.seen(ADA, "Between us"), 1);

    // Somebody else shows her address.
    is_called(&world, BEN, ADA.email).await;
    let ben = world.install(BEN).await;
    world
        .send(&[
            of_it("4", "message.deleted", "thread/1", json!({ "message_id": "a" })),
            of_it(
                "5",
                "mentoring_request.withdrawn",
                "mentoring_request/1",
                json!({}),
            ),
            of_it("6", "meeting.cancelled", "meeting/1", json!({})),
        ])
        .await;
    world.sees(ADA, "We are finding out whose card this is").await;
    assert_eq!(world.seen(ADA, "Between us"), 0, "taken back at once");
    let late = to_her("7", "task.assigned", "task/1", json!({ "title": "Three goals" }));
    let waits = world.send(&[late]).await.card(0);
    world
        .becomes(&waits, |status| status["reason"] == "conflict")
        .await;
    assert_eq!(world.seen(ADA, "Cancelled"), 0, "the rest waits");

    // He gets an address of his own, and the directory tells of both.
    is_called(&world, BEN, "ben.ode@acme.example").await;
    assert!(ben.say("status").await.unwrap().taken());
    world.at_rest().await;
    world.reaches(&waits, "delivered").await;
    world.at_rest().await;
    assert_eq!(world.seen(ADA, "Between us"), 0);
    assert_eq!(world.seen(ADA, "We are finding out whose card this is"), 0);
    assert_eq!(world.seen(ADA, "This message was deleted"), 1);
    assert_eq!(world.seen(ADA, "withdrawn"), 1);
    assert_eq!(
        world.seen(ADA, "Cancelled: Kick-off"),
        1,
        "the short word of it came"
    );
    world.is_sound().await;
}

#[actix_web::test]
async fn whoever_the_directory_contradicts_is_not_shown_what_they_missed_nor_called_connected() {
    let world = World::start().await;
    ada_is_a_member(&world).await;
    let ada = world.client(ADA);
    assert!(ada.uninstall().await.unwrap().taken());
    world.at_rest().await;
    let missed = to_her(
        "1",
        "mentoring_request.sent",
        "mentoring_request/1",
        json!({ "message": "Please" }),
    );
    let missed = world.send(&[missed]).await.card(0);
    world.reaches(&missed, "suppressed").await;

    // Her address is somebody else's by the time she is back, and Chronus says nothing of it.
    is_called(&world, ADA, "ada.lind@acme.example").await;
    is_called(&world, BEN, ADA.email).await;
    world.install(BEN).await;
    world.clock.advance(TimeDelta::minutes(5));
    world.install(ADA).await;
    world.at_rest().await;
    for who in [ADA, BEN] {
        assert_eq!(world.seen(who, "Priya Nair"), 0, "{}", who.name);
        assert_eq!(world.seen(who, "Connected as"), 0, "{}", who.name);
    }
    assert_eq!(
        of_card(&world, &missed).await,
        ("suppressed".into(), "conflict".into())
    );
    let told = |word: &str, reason: &str| (word.to_owned(), reason.to_owned());
    assert_eq!(
        world.reports().await,
        [told("unreached", "app_missing"), told("unreached", "conflict")]
    );

    // Chronus follows: it is hers.
    let follows = json!({ "member_id": "m-1", "email": "ada.lind@acme.example" });
    world.send(&[member("n", "email_changed", follows)]).await;
    world.at_rest().await;
    assert_eq!(
        (world.seen(ADA, "Priya Nair"), world.seen(BEN, "Priya Nair")),
        (1, 0)
    );
    assert_eq!(
        world.seen(ADA, "Connected as ada.lind@acme.example"),
        1,
        "the newer greeting"
    );
    assert_eq!(world.status_of(&missed).await["state"], "merged");
    world.is_sound().await;
}

#[actix_web::test]
async fn a_card_that_waits_is_told_as_in_conflict_while_it_is_in_doubt_whose_it_is() {
    let world = World::start_with_quiet_hours("21:00-07:00").await;
    ada_is_a_member(&world).await;
    assert!(world.client(ADA).say("status").await.unwrap().taken());
    let night = chrono::NaiveTime::from_hms_opt(23, 0, 0).unwrap();
    world.clock.advance_to(chrono_tz::Europe::Berlin, night);
    let waits = to_her(
        "1",
        "mentoring_request.sent",
        "mentoring_request/1",
        json!({ "message": "Please" }),
    );
    let waits = world.send(&[waits]).await.card(0);
    world.reaches(&waits, "deferred").await;
    is_called(&world, BEN, ADA.email).await;
    world.install(BEN).await;
    world.at_rest().await;
    let morning = chrono::NaiveTime::from_hms_opt(7, 30, 0).unwrap();
    world.clock.advance_to(chrono_tz::Europe::Berlin, morning);
    world
        .becomes(&waits, |status| status["reason"] == "conflict")
        .await;
    world.webhook_got(1).await;
    let unreached = ("unreached".to_owned(), "conflict".to_owned());
    assert_eq!(world.reports().await, [unreached]);
    assert_eq!(
        (world.seen(ADA, "Priya Nair"), world.seen(BEN, "Priya Nair")),
        (0, 0)
    );
}

#[actix_web::test]
async fn the_address_of_whoever_left_leads_a_new_member_to_nobody_before_the_directory_had_time_to_follow() {
    let world = World::start().await;
    ada_is_a_member(&world).await;
    world
        .send(&[
            member("gone", "removed", json!({ "member_id": "m-1" })),
            member(
                "new",
                "upserted",
                json!({ "member_id": "m-2", "email": ADA.email }),
            ),
        ])
        .await;
    world.at_rest().await;
    let card = |id: &str| {
        let data = json!({ "recipients": [{ "member_id": "m-2" }], "title": "For the new one" });
        event(id, "com.chronus.something_new.happened", None, data)
    };
    let waits = world.send(&[card("1")]).await.card(0);
    // The account of whoever left is still there, and says so when it is asked.
    assert!(world.client(ADA).say("status").await.unwrap().taken());
    world.at_rest().await;
    assert_eq!(
        of_card(&world, &waits).await,
        ("unresolved".into(), "checking".into())
    );

    // Somebody new comes with the address, and the account is deleted.
    world
        .client(ADA)
        .change_directory(DirectoryChange::Deleted)
        .await
        .unwrap();
    is_called(&world, BEN, ADA.email).await;
    world.install(BEN).await;
    assert!(world.client(ADA).say("status").await.unwrap().taken());
    world.at_rest().await;
    world.reaches(&waits, "delivered").await;
    assert_eq!(
        (
            world.seen(ADA, "For the new one"),
            world.seen(BEN, "For the new one")
        ),
        (0, 1)
    );
}

#[actix_web::test]
async fn whoever_stays_under_another_id_is_reached_when_the_directory_tells_the_same_a_day_later() {
    let world = World::start().await;
    ada_is_a_member(&world).await;
    world
        .send(&[
            member("gone", "removed", json!({ "member_id": "m-1" })),
            member(
                "new",
                "upserted",
                json!({ "member_id": "m-2", "email": ADA.email }),
            ),
        ])
        .await;
    let data = json!({ "recipients": [{ "member_id": "m-2" }], "title": "Still here" });
    let card = event("1", "com.chronus.something_new.happened", None, data);
    let card = world.send(&[card]).await.card(0);
    world.at_rest().await;
    assert_eq!(
        of_card(&world, &card).await,
        ("unresolved".into(), "checking".into())
    );
    world.clock.advance(TimeDelta::hours(25));
    world.reaches(&card, "delivered").await;
    assert_eq!(world.seen(ADA, "Still here"), 1);
}
