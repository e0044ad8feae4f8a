//! In which order a tenant's cards leave: what a person asked for and what comes from a person before what goes to
//! many, and within a class what runs out first.

use chrono::{DateTime, TimeDelta, Utc};
use chronus_teams::sandbox::faults::{Effect, Fault, Operation};
use events::Clock as _;
use serde_json::{Value, json};

use crate::support::{ADA, BEN, CLEO, DAN, Folk, World, event, mentoring_request, plain};

/// Something for everybody that is worth sending until then.
fn news(number: u32, who: Folk, until: DateTime<Utc>) -> Value {
    let data = json!({
        "recipients": [{ "email": who.email }], "title": format!("News {number}"), "expires_at": until.to_rfc3339(),
    });
    let subject = format!("announcement/{number}");
    event(
        &format!("n-{number}"),
        "com.chronus.announcement.published",
        Some(&subject),
        data,
    )
}

/// A request that is worth sending until then.
fn request(number: u32, who: Folk, until: DateTime<Utc>) -> Value {
    let mut request = mentoring_request(&format!("r-{number}"), who.email);
    request["data"]["expires_at"] = until.to_rfc3339().into();
    request
}

/// When the bot's newest message came to somebody.
fn came(world: &World, who: Folk) -> DateTime<Utc> {
    world.client(who).chat().last_from_bot().unwrap().at
}

#[actix_web::test]
async fn a_person_before_many_and_within_a_class_what_runs_out_first() {
    // Given a tenant whose cards leave one at a time, and none for some seconds, since Teams asked for silence.
    let limits = "tenant_limit = { count = 4, seconds = 1 }\nconcurrency = 1";
    let world = World::start_with(limits).await;
    for who in [ADA, BEN, CLEO, DAN] {
        world.install(who).await;
    }
    let silence = Effect::Throttle { retry_after: Some(4) };
    world.sandbox.order(Fault::next(silence, 1).on(Operation::Send));
    let throttled = world.send(&[plain("first", BEN.email, "First")]).await.card(0);
    world.reaches(&throttled, "retry").await;

    // When news come first, and two requests after them, the one that runs out sooner last,
    let (soon, late) = (
        world.clock.now() + TimeDelta::days(1),
        world.clock.now() + TimeDelta::days(9),
    );
    let mut cards = Vec::new();
    for event in [news(1, ADA, soon), request(2, CLEO, late), request(3, DAN, soon)] {
        cards.push(world.send(&[event]).await.card(0));
    }

    // Then they come in the order of their class, and of their end.
    for card in &cards {
        world.reaches(card, "delivered").await;
    }
    let order = [DAN, CLEO, ADA];
    let came = order.map(|who| came(&world, who));
    assert!(came.is_sorted(), "{:?}: {came:?}", order.map(|who| who.name));
}
