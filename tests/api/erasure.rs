//! Forgetting a member and the person that it is.

use chrono::TimeDelta;
use chronus_teams::audit;
use chronus_teams::sandbox::client::{Client, Press};
use events::outbound::ErasureOrdered;
use events::{Clock as _, MemberId, OrganizationId};
use serde_json::{Value, json};

use crate::audit::has;
use crate::support::{ACME_KEY, ACME_READER, ADA, Answer, BEN, World, event};

const ERASURE: &str = "00000000-0000-4000-8000-0000000000e1";

async fn erase(world: &World, key: &str, member: &str, body: &Value) -> Answer {
    let request = world.http.post(world.url(&format!("/v1/members/{member}/erase")));
    let request = request
        .bearer_auth(key)
        .header("content-type", "application/json");
    Answer::of(request.body(body.to_string())).await
}

async fn tell(world: &World, id: &str, what: &str, recipient: Value) {
    let told = event(
        id,
        &format!("com.chronus.member.{what}"),
        None,
        json!({ "recipients": [recipient] }),
    );
    assert_eq!(world.send(&[told]).await.status, 202);
    world.at_rest().await;
}

/// Two people with the app, of whom Chronus told as `m-1` and `m-2`; the first one's client.
async fn two_members(world: &World) -> Client {
    let ada = world.install(ADA).await;
    world.install(BEN).await;
    for (member, somebody) in [("m-1", ADA), ("m-2", BEN)] {
        let told = json!({ "member_id": member, "email": somebody.email });
        tell(world, member, "upserted", told).await;
    }
    ada
}

/// A card to a member; its number shows in its title.
async fn card(world: &World, number: u32) -> Value {
    let data = json!({ "recipients": [{ "member_id": "m-1" }], "title": format!("Card {number}") });
    let kind = "com.chronus.something_new.happened";
    let sent = world
        .send(&[event(&format!("card-{number}"), kind, None, data)])
        .await;
    world.at_rest().await;
    world.status_of(&sent.card(0)).await
}

#[actix_web::test]
async fn who_is_erased_is_forgotten_and_comes_back_as_somebody_new() {
    let mut world = World::start().await;
    let ada = two_members(&world).await;
    card(&world, 1).await;
    assert_eq!(world.seen(ADA, "Card 1"), 1);

    // Missed, and so what a welcome back would list.
    ada.say("pause 2 weeks").await.unwrap();
    world.at_rest().await;
    assert_eq!(card(&world, 10).await["state"], "suppressed");

    let order = json!({ "erasure_id": ERASURE, "reason": "request 118" });
    assert_eq!(erase(&world, ACME_READER, "m-1", &order).await.status, 403);
    assert_eq!(erase(&world, ACME_KEY, "m-9", &order).await.status, 404);
    let nothing = json!({ "erasure_id": ERASURE, "reason": "" });
    assert_eq!(erase(&world, ACME_KEY, "m-1", &nothing).await.status, 400);
    let erased = erase(&world, ACME_KEY, "m-1", &order).await;
    assert_eq!(erased.status, 200, "{erased:?}");
    assert_eq!(erased.body["people"][0]["aad_object_id"], ADA.id, "{erased:?}");
    let keys = erased.body["keys_destroyed"].as_u64().unwrap();
    assert!(keys >= 2, "the member's and the person's: {erased:?}");
    world.at_rest().await;
    let again = erase(&world, ACME_KEY, "m-1", &order).await;
    assert_eq!(
        (again.status, &again.body["keys_destroyed"]),
        (200, &json!(0)),
        "{again:?}"
    );

    let shown = world.get_as(ACME_KEY, "/v1/members/m-1").await.body;
    assert_eq!(
        (&shown["removed"], &shown["linked_to"], &shown["address"]),
        (&json!(true), &Value::Null, &Value::Null),
        "{shown:#}"
    );
    let waits = card(&world, 2).await;
    assert_eq!(waits["teams_user"], Value::Null, "{waits:#}");
    ada.say("help").await.unwrap();
    world.at_rest().await;
    // An event from before the erasure is late, and brings nobody back.
    let mut late = event(
        "late",
        "com.chronus.member.upserted",
        None,
        json!({ "recipients": [{ "member_id": "m-1", "email": ADA.email }] }),
    );
    late["time"] = json!(world.clock.now() - TimeDelta::hours(1));
    world.send(&[late]).await;
    // What it names is closed too.
    let closed = has(&world, |entry| {
        entry["event"] == "ErasureCertified" && entry["by"] == "service"
    })
    .await;
    assert_eq!(
        (&closed["member_id"], &closed["keys_destroyed"]),
        (&json!("m-1"), &json!(1)),
        "{closed:#}"
    );
    world.restart_service().await;
    world.at_rest().await;
    card(&world, 3).await;
    assert_eq!((world.seen(ADA, "Card 2"), world.seen(ADA, "Card 3")), (0, 0));
    world.is_sound().await;

    // Who adds the app again is somebody new.
    world.clock.advance(TimeDelta::hours(1));
    ada.uninstall().await.unwrap();
    world.clock.advance(TimeDelta::hours(1));
    ada.install().await.unwrap();
    world.at_rest().await;
    tell(
        &world,
        "m-1-again",
        "upserted",
        json!({ "member_id": "m-1", "email": ADA.email }),
    )
    .await;
    card(&world, 4).await;
    assert_eq!((world.seen(ADA, "Card 4"), world.seen(ADA, "Card 10")), (1, 0));
    let reach = world.get_as(ACME_KEY, "/v1/reachability").await.body;
    let of_ada = reach["people"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["teams_user"]["aad_object_id"] == ADA.id);
    assert_eq!(of_ada.unwrap()["state"], "reachable", "{reach:#}");
    ada.say("pending").await.unwrap();
    world.at_rest().await;
    assert_eq!(world.seen(ADA, "Card 10"), 0);
    world.is_sound().await;
}

#[actix_web::test]
async fn chronus_asks_by_an_event_and_the_certificate_says_what_was_destroyed() {
    let mut world = World::start().await;
    world.install(ADA).await;
    world.install(BEN).await;
    for (id, member, address) in [("m-1", "m-1", ADA.email), ("m-2", "m-2", BEN.email)] {
        let recipient = json!({ "member_id": member, "email": address });
        tell(&world, id, "upserted", recipient).await;
    }
    card(&world, 1).await;
    let id = "asked";
    tell(&world, id, "erase_requested", json!({ "member_id": "m-1" })).await;
    let certificate = has(&world, |entry| entry["event"] == "ErasureCertified").await;
    assert_eq!(
        (&certificate["member_id"], &certificate["by"]),
        (&json!("m-1"), &json!("chronus")),
        "{certificate:#}"
    );
    let persons = certificate["persons"].to_string();
    assert!(persons.contains(ADA.id) && !persons.contains(BEN.id), "{persons}");
    world.at_rest().await;
    let shown = world.get_as(ACME_KEY, "/v1/members/m-1").await.body;
    assert_eq!(
        (&shown["removed"], &shown["address"]),
        (&json!(true), &Value::Null),
        "{shown:#}"
    );
    let other = world.get_as(ACME_KEY, "/v1/members/m-2").await.body;
    assert_eq!(other["address"], BEN.email, "{other:#}");

    // Told of again it is done already, and one that is older than what Chronus said since is none.
    tell(&world, id, "erase_requested", json!({ "member_id": "m-1" })).await;
    let mut late = event(
        "late",
        "com.chronus.member.erase_requested",
        None,
        json!({ "recipients": [{ "member_id": "m-2" }] }),
    );
    late["time"] = json!(world.clock.now() - TimeDelta::hours(1));
    world.send(&[late]).await;
    world.restart_service().await;
    // Whatever is asked for after them is done after them.
    tell(
        &world,
        "unknown",
        "erase_requested",
        json!({ "member_id": "m-3" }),
    )
    .await;
    has(&world, |entry| entry["member_id"] == "m-3").await;
    let other = world.get_as(ACME_KEY, "/v1/members/m-2").await.body;
    assert_eq!(other["address"], BEN.email, "{other:#}");
    world.is_sound().await;
}

#[actix_web::test]
async fn who_asks_in_the_chat_is_asked_back_and_then_forgotten() {
    let world = World::start().await;
    let ada = two_members(&world).await;
    ada.say("privacy").await.unwrap();
    world.at_rest().await;
    let pressed = Press {
        button: "erasure.confirm".to_owned(),
        ..Press::default()
    };
    let outcome = ada.press(pressed).await.unwrap();
    assert!(outcome.taken(), "{outcome:?}");
    let certificate = has(&world, |entry| entry["event"] == "ErasureCertified").await;
    assert_eq!(
        (&certificate["member_id"], &certificate["by"]),
        (&json!("m-1"), &json!("person")),
        "{certificate:#}"
    );
    world.at_rest().await;
    assert_eq!(world.seen(ADA, "Your data is being erased"), 1);
    card(&world, 5).await;
    assert_eq!(world.seen(ADA, "Card 5"), 0);
    let other = world.get_as(ACME_KEY, "/v1/members/m-2").await.body;
    assert_eq!(other["address"], BEN.email, "{other:#}");
    world.is_sound().await;
}

#[actix_web::test]
async fn who_is_no_member_is_forgotten_alone() {
    let world = World::start().await;
    let ada = world.install(ADA).await;
    // Whose address it is is not settled, so Ada is nobody here and the member nothing of hers.
    tell(
        &world,
        "m-2",
        "upserted",
        json!({ "member_id": "m-2", "email": BEN.email }),
    )
    .await;
    ada.say("privacy").await.unwrap();
    world.at_rest().await;
    let pressed = Press {
        button: "erasure.confirm".to_owned(),
        ..Press::default()
    };
    assert!(ada.press(pressed).await.unwrap().taken());
    let certificate = has(&world, |entry| entry["event"] == "ErasureCertified").await;
    assert_eq!(certificate["member_id"], Value::Null, "{certificate:#}");
    assert!(
        certificate["keys_destroyed"].as_u64().unwrap() >= 1,
        "{certificate:#}"
    );
    world.at_rest().await;
    let other = world.get_as(ACME_KEY, "/v1/members/m-2").await.body;
    assert_eq!(other["address"], BEN.email, "{other:#}");
    world.is_sound().await;
}

#[actix_web::test]
async fn who_was_removed_long_ago_is_forgotten_by_itself_and_nobody_else() {
    let mut world = World::start().await;
    world.edit_configuration(|text| text + "\n[privacy]\nforget_removed_after_days = 30\n");
    world.restart_service().await;
    world.install(ADA).await;
    world.install(BEN).await;
    for (id, member, address) in [("1", "m-1", ADA.email), ("2", "m-2", BEN.email)] {
        let recipient = json!({ "member_id": member, "email": address });
        tell(&world, id, "upserted", recipient).await;
    }
    card(&world, 1).await;
    tell(&world, "gone", "removed", json!({ "member_id": "m-1" })).await;
    world.clock.advance(TimeDelta::days(29));
    // Whatever is asked for is done at the next look, and what is due with it.
    tell(&world, "look", "erase_requested", json!({ "member_id": "m-8" })).await;
    has(&world, |entry| entry["member_id"] == "m-8").await;
    assert!(!told_of(&world, "m-1").await);
    world.clock.advance(TimeDelta::days(2));
    let certificate = has(&world, |entry| entry["member_id"] == "m-1").await;
    assert_eq!(certificate["by"], "retention", "{certificate:#}");
    assert!(
        certificate["persons"].to_string().contains(ADA.id),
        "{certificate:#}"
    );
    // Once is enough.
    tell(&world, "look-2", "erase_requested", json!({ "member_id": "m-9" })).await;
    has(&world, |entry| entry["member_id"] == "m-9").await;
    let entries = world.get_as(ACME_KEY, "/v1/audit").await.body;
    let entries = entries["entries"].as_array().unwrap().iter();
    assert_eq!(entries.filter(|entry| entry["member_id"] == "m-1").count(), 1);
    let other = world.get_as(ACME_KEY, "/v1/members/m-2").await.body;
    assert_eq!(other["address"], BEN.email, "{other:#}");
    world.is_sound().await;
}

#[actix_web::test]
async fn who_is_told_of_later_than_the_erasure_was_asked_for_is_back_behind_it() {
    let world = World::start().await;
    let ada = two_members(&world).await;
    world.clock.advance(TimeDelta::minutes(1));
    let told = |id: &str, what: &str, recipient: Value, before: i64| {
        let kind = format!("com.chronus.member.{what}");
        let mut told = event(id, &kind, None, json!({ "recipients": [recipient] }));
        told["time"] = json!(world.clock.now() - TimeDelta::seconds(before));
        told
    };
    let asked = told("asked", "erase_requested", json!({ "member_id": "m-1" }), 20);
    let back = json!({ "member_id": "m-1", "email": ADA.email });
    let back = told("back", "upserted", back, 10);
    assert_eq!(world.send(&[asked, back]).await.status, 202);
    has(&world, |entry| entry["event"] == "ErasureCertified").await;
    world.at_rest().await;
    let shown = world.get_as(ACME_KEY, "/v1/members/m-1").await.body;
    assert_eq!(
        (&shown["removed"], &shown["linked_to"], &shown["reason"]),
        (&Value::Null, &Value::Null, &json!("no_mapping")),
        "{shown:#}"
    );
    // Who adds the app again is the member again, without another word of Chronus.
    world.clock.advance(TimeDelta::hours(1));
    ada.uninstall().await.unwrap();
    world.clock.advance(TimeDelta::hours(1));
    ada.install().await.unwrap();
    world.at_rest().await;
    card(&world, 6).await;
    assert_eq!(world.seen(ADA, "Card 6"), 1);
    world.is_sound().await;
}

#[actix_web::test]
async fn what_an_administrator_asked_for_is_done_where_the_process_ended_in_the_midst_of_it() {
    let mut world = World::start().await;
    two_members(&world).await;
    // As it stands in the log where the process ended right behind it.
    let order = ErasureOrdered {
        erasure_id: ERASURE.parse().unwrap(),
        member_id: Some(MemberId::parse("m-1").unwrap()),
        persons: Vec::new(),
        asked_at: world.clock.now(),
        again: false,
        by: "api:privacy".to_owned(),
        reason: "request 118".to_owned(),
        chain: None,
    };
    let acme = OrganizationId::parse("acme").unwrap();
    let store = world.service().store();
    audit::record(&*store, &*world.clock, Some(&acme), order)
        .await
        .unwrap();
    drop(store);
    // Whoever was asked is given the time to do it.
    tell(&world, "look", "erase_requested", json!({ "member_id": "m-8" })).await;
    has(&world, |entry| {
        entry["event"] == "ErasureCertified" && entry["member_id"] == "m-8"
    })
    .await;
    let is_certified = |entry: &Value| entry["event"] == "ErasureCertified" && entry["member_id"] == "m-1";
    let entries = world.get_as(ACME_KEY, "/v1/audit").await.body;
    assert!(!entries["entries"].as_array().unwrap().iter().any(is_certified));
    world.clock.advance(TimeDelta::seconds(1));
    world.restart_service().await;
    let certificate = has(&world, is_certified).await;
    assert_eq!(
        (&certificate["by"], &certificate["erasure_id"]),
        (&json!("api:privacy"), &json!(ERASURE)),
        "{certificate:#}"
    );
    world.at_rest().await;
    let shown = world.get_as(ACME_KEY, "/v1/members/m-1").await.body;
    assert_eq!(shown["removed"], true, "{shown:#}");
    world.is_sound().await;
}

async fn told_of(world: &World, member: &str) -> bool {
    let entries = world.get_as(ACME_KEY, "/v1/audit").await.body;
    let mut entries = entries["entries"].as_array().unwrap().iter();
    entries.any(|entry| entry["member_id"] == member)
}
