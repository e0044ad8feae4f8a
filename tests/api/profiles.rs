//! What the tenant's directory told ages, over HTTP: it is asked again, cards from person to person wait for that, and
//! an address that changes hands takes nobody's private card along.

use chrono::TimeDelta;
use chronus_teams::sandbox::faults::{Effect, Fault, Operation};
use chronus_teams::sandbox::people::{DirectoryChange, PersonSpec};
use serde_json::{Value, json};

use crate::support::{ACME_TENANT, ADA, BEN, Folk, PATIENCE, World, event, mentoring_request, plain};

/// A new hire.
const HUGO: Folk = Folk {
    tenant: ACME_TENANT,
    id: "00000000-0000-4000-8000-0000000000a1",
    name: "Hugo Hall",
    email: "ben@acme.example",
};

fn look_ups_fail(world: &World, who: Folk, status: u16, code: &str, count: u32) {
    let effect = Effect::Refuse {
        status,
        code: code.to_owned(),
        delivered: false,
    };
    let fault = Fault::next(effect, count).on(Operation::Members);
    world.sandbox.order(fault.for_user(&who.key()));
}

async fn moves_to(world: &World, who: Folk, address: &str) {
    let change = DirectoryChange::Addressed {
        email: Some(address.to_owned()),
        upn: Some(address.to_owned()),
    };
    world.client(who).change_directory(change).await.unwrap();
}

async fn is_hired(world: &World, who: Folk) {
    let spec = json!({
        "tenant_id": who.tenant, "aad_object_id": who.id, "name": who.name, "email": who.email, "upn": who.email,
    });
    let spec: PersonSpec = serde_json::from_value(spec).unwrap();
    world.sandbox.add_person(spec).await.unwrap();
}

fn member(id: &str, what: &str, member: &str, email: &str) -> Value {
    let data = json!({ "recipients": [{ "member_id": member, "email": email }] });
    event(id, &format!("com.chronus.member.{what}"), None, data)
}

/// A private card with this title.
fn private(id: &str, member: &str, email: Option<&str>, title: &str) -> Value {
    let mut recipient = json!({ "member_id": member });
    if let Some(email) = email {
        recipient["email"] = email.into();
    }
    let data = json!({ "recipients": [recipient], "title": title });
    event(id, "com.chronus.something_new.happened", None, data)
}

/// How often the directory was asked.
fn asked(world: &World) -> u64 {
    world.sandbox.counts().members
}

/// Waits until the directory was asked that often.
async fn is_asked(world: &World, count: u64) {
    let mut folded = world.service().models().folded();
    let read = async {
        while asked(world) < count {
            folded.changed().await.unwrap();
        }
    };
    let read = tokio::time::timeout(PATIENCE, read).await;
    assert!(read.is_ok(), "{} of {count}", asked(world));
}

#[actix_web::test]
async fn a_look_up_refused_for_good_is_made_again_when_the_person_asks_and_a_day_later() {
    let world = World::start().await;
    for who in [ADA, BEN] {
        look_ups_fail(&world, who, 403, "AclCheckFailed", 1);
        world.install(who).await;
    }
    let ada = world.send(&[mentoring_request("1", ADA.email)]).await.card(0);
    let ben = world.send(&[mentoring_request("2", BEN.email)]).await.card(0);
    world.at_rest().await;
    assert_eq!(world.status_of(&ada).await["state"], "unresolved");
    assert_eq!(world.seen(ADA, "Teams did not tell us your address"), 1);

    world.client(ADA).say("status").await.unwrap();
    world.reaches(&ada, "delivered").await;
    assert_eq!(world.status_of(&ben).await["state"], "unresolved");
    world.clock.advance(TimeDelta::hours(25));
    world.reaches(&ben, "delivered").await;
}

#[actix_web::test]
async fn an_outage_of_the_members_call_costs_no_try_and_stops_no_card() {
    let world = World::start_with("profile_delays_seconds = [1, 1]").await;
    world.install(BEN).await;
    look_ups_fail(&world, ADA, 503, "ServiceError", 1_000);
    world.client(ADA).install().await.unwrap();
    let card = world.send(&[mentoring_request("1", ADA.email)]).await.card(0);
    let other = world.send(&[plain("2", BEN.email, "Not held up")]).await.card(0);
    world.reaches(&other, "delivered").await;
    assert_eq!(world.status_of(&card).await["state"], "unresolved");
    world.sandbox.clear_faults();
    world.client(ADA).say("connect").await.unwrap();
    world.reaches(&card, "delivered").await;
}

#[actix_web::test]
async fn an_address_that_the_directory_tells_later_is_found_without_anybody_asking() {
    let world = World::start().await;
    let nothing = DirectoryChange::Addressed {
        email: None,
        upn: None,
    };
    let ada = world.client(ADA);
    ada.change_directory(nothing).await.unwrap();
    ada.install().await.unwrap();
    world.sees(ADA, "Teams did not tell us your address").await;
    let card = world.send(&[mentoring_request("1", ADA.email)]).await.card(0);
    moves_to(&world, ADA, ADA.email).await;
    world.clock.advance(TimeDelta::minutes(2));
    world.reaches(&card, "delivered").await;
}

#[actix_web::test]
async fn a_card_from_person_to_person_is_sent_after_the_profile_was_read_where_it_is_old() {
    let world = World::start().await;
    world.install(ADA).await;
    let first = world.send(&[mentoring_request("1", ADA.email)]).await.card(0);
    world.reaches(&first, "delivered").await;
    world.at_rest().await;
    let before = asked(&world);
    let second = world.send(&[mentoring_request("2", ADA.email)]).await.card(0);
    world.reaches(&second, "delivered").await;
    assert_eq!(asked(&world), before, "the profile is young");

    world.clock.advance(TimeDelta::hours(25));
    let third = world.send(&[mentoring_request("3", ADA.email)]).await.card(0);
    world.reaches(&third, "delivered").await;
    assert!(asked(&world) > before);
}

#[actix_web::test]
async fn an_outage_holds_a_card_to_somebody_with_an_old_profile_for_ten_minutes_at_most() {
    let world = World::start().await;
    world.install(ADA).await;
    let first = world.send(&[mentoring_request("1", ADA.email)]).await.card(0);
    world.reaches(&first, "delivered").await;
    world.at_rest().await;
    look_ups_fail(&world, ADA, 503, "ServiceError", 1_000);
    world.clock.advance(TimeDelta::hours(25));
    let card = world.send(&[mentoring_request("2", ADA.email)]).await.card(0);
    world
        .becomes(&card, |status| {
            status["state"] == "deferred" && status["reason"] == "profile"
        })
        .await;
    world.clock.advance(TimeDelta::minutes(11));
    world.reaches(&card, "delivered").await;
}

#[actix_web::test]
async fn everybody_is_read_again_when_a_day_is_over_also_after_a_restart() {
    let mut world = World::start().await;
    for who in [ADA, BEN] {
        world.install(who).await;
    }
    let before = asked(&world);
    world.restart_service().await;
    world.at_rest().await;
    assert_eq!(asked(&world), before, "a restart asks nobody");
    world.clock.advance(TimeDelta::hours(25));
    is_asked(&world, before + 2).await;
}

#[actix_web::test]
async fn a_person_whose_address_changes_is_reached_by_the_new_one() {
    let world = World::start().await;
    world.install(ADA).await;
    let before = private("1", "m-1", Some(ADA.email), "Before");
    let before = world.send(&[before]).await.card(0);
    world.reaches(&before, "delivered").await;

    moves_to(&world, ADA, "ada@newcorp.example").await;
    world
        .send(&[member("2", "email_changed", "m-1", "ada@newcorp.example")])
        .await;
    let card = world
        .send(&[private("3", "m-1", None, "By member")])
        .await
        .card(0);
    world.reaches(&card, "delivered").await;
    let address = private("4", "m-1", Some("ada@newcorp.example"), "By address");
    let card = world.send(&[address]).await.card(0);
    world.reaches(&card, "delivered").await;
    assert_eq!(world.seen(ADA, "By member") + world.seen(ADA, "By address"), 2);
    world.sees(ADA, "Connected as ada@newcorp.example").await;
}

#[actix_web::test]
async fn a_deleted_account_gives_its_address_up_to_whoever_shows_it_now() {
    let world = World::start().await;
    world.install(BEN).await;
    world
        .client(BEN)
        .change_directory(DirectoryChange::Deleted)
        .await
        .unwrap();
    is_hired(&world, HUGO).await;
    world.install(HUGO).await;
    let card = private("1", "m-new", Some(HUGO.email), "For Hugo");
    let card = world.send(&[card]).await.card(0);
    world.reaches(&card, "delivered").await;
    assert_eq!(
        (world.seen(BEN, "For Hugo"), world.seen(HUGO, "For Hugo")),
        (0, 1)
    );
}

#[actix_web::test]
async fn while_two_people_show_one_address_nothing_private_goes_to_either() {
    let world = World::start().await;
    world.install(BEN).await;
    is_hired(&world, HUGO).await;
    world.install(HUGO).await;
    let card = private("1", "m-2", Some(HUGO.email), "For whom?");
    let card = world.send(&[card]).await.card(0);
    world.at_rest().await;
    let status = world.status_of(&card).await;
    assert_eq!(
        (&status["state"], &status["reason"]),
        (&json!("unresolved"), &json!("conflict"))
    );

    moves_to(&world, BEN, "ben.ode@acme.example").await;
    world.client(BEN).say("status").await.unwrap();
    world.reaches(&card, "delivered").await;
    assert_eq!(
        (world.seen(BEN, "For whom?"), world.seen(HUGO, "For whom?")),
        (0, 1)
    );
}
