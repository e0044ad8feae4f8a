//! Plays the rows: one person each, so that the rows of a family share a service and nothing else.

use chronus_teams::sandbox::faults::{Fault, Operation};
use chronus_teams::sandbox::people::PersonSpec;
use serde_json::{Value, json};

use super::table::{self, Kind, Row};
use crate::insight::{shown, value};
use crate::support::{ACME_TENANT, Folk, World, event, mentoring_request};

/// Limits short enough that a connection without an answer is given up within a test.
const SHORT: &str = "connect_timeout_seconds = 2\nrequest_timeout_seconds = 2";

/// Somebody new with the app.
async fn somebody(world: &World, number: usize) -> Folk {
    let id: &'static str = format!("00000000-0000-4000-9000-{number:012}").leak();
    let email: &'static str = format!("person{number}@acme.example").leak();
    let spec = PersonSpec {
        tenant_id: ACME_TENANT.to_owned(),
        aad_object_id: id.to_owned(),
        name: Some(format!("Person {number}")),
        email: Some(email.to_owned()),
        upn: None,
        guest: false,
        locale: "en-US".to_owned(),
        timezone: "Europe/Berlin".to_owned(),
        platform: "Windows".to_owned(),
    };
    world.sandbox.add_person(spec).await.unwrap();
    let folk = Folk {
        tenant: ACME_TENANT,
        id,
        name: id,
        email,
    };
    world.install(folk).await;
    folk
}

fn card(row: &Row, who: Folk) -> Value {
    match row.kind {
        Kind::Request => mentoring_request(who.id, who.email),
        Kind::Announcement => {
            let data = json!({ "recipients": [{ "email": who.email }], "title": format!("For {}", who.id) });
            event(who.id, "com.chronus.announcement.published", None, data)
        }
    }
}

/// How often the card stands in the chat.
fn posts(world: &World, row: &Row, who: Folk, card: &str) -> u32 {
    match row.kind {
        Kind::Request => world
            .client(who)
            .chat()
            .notifications
            .get(card)
            .copied()
            .unwrap_or(0),
        Kind::Announcement => u32::try_from(world.seen(who, &format!("For {}", who.id))).unwrap(),
    }
}

async fn person(world: &World, who: Folk) -> String {
    let person = world.service().models().person(who.key()).await.unwrap().unwrap();
    person.reachability.unwrap().as_str().to_owned()
}

async fn play(world: &World, number: usize, row: &Row) -> Result<(), String> {
    let who = somebody(world, number).await;
    for effect in &row.effects {
        let fault = Fault::next(effect.clone(), 1).on(Operation::Send);
        world.sandbox.order(fault.for_user(&who.key()));
    }
    let series = format!(
        "chronus_teams_attempts_total{{outcome=\"{}\",reason=\"{}\"}}",
        row.counted.0, row.counted.1
    );
    let before = shown(world, |_| true).await;
    let before = value(&before, &series).unwrap_or(0.0);

    let sent = world.send(&[card(row, who)]).await.card(0);
    let status = world.reaches(&sent, row.ends).await;
    world.at_rest().await;
    shown(world, |metrics| value(metrics, &series).unwrap_or(0.0) > before).await;

    let found = (
        status["reason"].as_str(),
        status["code"].as_str(),
        status["attempts"].as_u64(),
        status["settled"].as_bool(),
        posts(world, row, who, &sent),
        person(world, who).await,
    );
    let wanted = (
        row.reason,
        row.code,
        Some(row.tries),
        Some(true),
        row.shown,
        row.person.to_owned(),
    );
    if found == wanted {
        Ok(())
    } else {
        Err(format!(
            "{} ({:?})\n  wanted {wanted:?}\n  found  {found:?}\n{status:#}",
            row.name, row.kind
        ))
    }
}

async fn play_all(rows: Vec<Row>) {
    let world = World::start_with(SHORT).await;
    let mut wrong = Vec::new();
    for (number, row) in rows.iter().enumerate() {
        wrong.extend(play(&world, number, row).await.err());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[actix_web::test]
async fn what_created_nothing_is_sent_again_and_comes_once() {
    play_all(table::throttled()).await;
}

#[actix_web::test]
async fn a_refusal_ends_the_card_and_tells_what_it_shows_of_the_person() {
    play_all(table::refusals()).await;
}

#[actix_web::test]
async fn an_answer_that_leaves_open_whether_the_card_came_is_followed_by_one_more_try() {
    play_all(table::repeated()).await;
}

#[actix_web::test]
async fn a_connection_that_breaks_or_never_answers_is_followed_by_a_bounded_number_of_tries() {
    play_all(table::broken()).await;
}

#[actix_web::test]
async fn a_card_that_is_better_missing_than_twice_is_left_as_unknown() {
    play_all(table::held()).await;
}
