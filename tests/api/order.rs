//! In which order a tenant's cards leave: what a person asked for and what comes from a person before what goes to
//! many, and within a class what runs out first.

use chrono::{DateTime, TimeDelta, Utc};
use chronus_teams::sandbox::faults::{Effect, Fault, Operation};
use events::Clock as _;
use serde_json::{Value, json};

use crate::support::{ADA, BEN, CLEO, DAN, Folk, World, event, mentoring_request};

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
    // Given a tenant whose cards leave one at a time, and none now, since the login is down.
    let limits = "tenant_limit = { count = 4, seconds = 1 }\nconcurrency = 1";
    let world = World::start_with(limits).await;
    for who in [ADA, BEN, CLEO, DAN] {
        world.install(who).await;
    }
    let down = Effect::Refuse {
        status: 503,
        code: "ServiceUnavailable".to_owned(),
        delivered: false,
    };
    // The token that is held runs out, and no other comes.
    world
        .sandbox
        .order(Fault::next(down, 10_000).on(Operation::Token));
    world.clock.advance(TimeDelta::hours(2));

    // When news for two come first, and requests to two others last, those that run out soonest the latest.
    let now = world.clock.now();
    let late = now + TimeDelta::days(9);
    let soon = now + TimeDelta::days(1);
    let mut cards = Vec::new();
    for event in [
        news(1, ADA, late),
        news(2, BEN, soon),
        request(3, CLEO, late),
        request(4, DAN, soon),
    ] {
        cards.push(world.send(&[event]).await.card(0));
    }
    for card in &cards {
        world.waits(card).await;
    }
    // Whatever was tried in vain is due again by now.
    world.clock.advance(TimeDelta::minutes(5));
    world.sandbox.clear_faults();

    // Then they come in the order of their class, and of their end.
    for card in &cards {
        world.reaches(card, "delivered").await;
    }
    let order = [DAN, CLEO, BEN, ADA];
    let came: Vec<_> = order.iter().map(|who| came(&world, *who)).collect();
    assert!(came.is_sorted(), "{:?}: {came:?}", order.map(|who| who.name));
}
