//! What somebody asked for or answered before something else, and what reaches the service after it: the newer word holds, and
//! the person is told so.

use chrono::{TimeDelta, Utc};
use chronus_teams::sandbox::client::Client;
use events::Clock as _;
use serde_json::{Value, json};

use crate::support::{ADA, World, example, press};

const OVERTAKEN: &str = "What you chose after it holds";

/// Ada with the app, who typed something.
async fn ada(world: &World) -> Client {
    let ada = world.install(ADA).await;
    ada.say("help").await.unwrap();
    world.at_rest().await;
    ada
}

fn a_minute_before(world: &World) -> chrono::DateTime<Utc> {
    world.clock.now() - TimeDelta::minutes(1)
}

async fn reach(world: &World) -> String {
    let reach = world.get_as(crate::support::ACME_KEY, "/v1/reachability").await;
    reach.body["people"][0]["reach"]
        .as_str()
        .or(reach.body["people"][0]["state"].as_str())
        .unwrap_or_else(|| panic!("{:#}", reach.body))
        .to_owned()
}

#[actix_web::test]
async fn a_command_that_comes_late_changes_nothing_that_a_newer_one_said() {
    let world = World::start().await;
    let ada = ada(&world).await;
    world.clock.advance(TimeDelta::minutes(10));
    // Newer: connected stays, though a disconnect from before it comes.
    assert!(ada.say("connect").await.unwrap().taken());
    world.at_rest().await;
    for _ in 0..2 {
        world.says_late(&ada, "disconnect", a_minute_before(&world)).await;
    }
    assert_eq!(reach(&world).await, "reachable");
    assert!(world.seen(ADA, OVERTAKEN) >= 1);

    // Newer: the end of a pause, though the pause comes after it.
    assert!(ada.say("resume").await.unwrap().taken());
    world.at_rest().await;
    world
        .says_late(&ada, "pause 2 weeks", a_minute_before(&world))
        .await;
    assert_eq!(reach(&world).await, "reachable");

    // A pause that nothing overtook counts from when it was asked for.
    world.clock.advance(TimeDelta::days(2));
    let at = world.clock.now() - TimeDelta::days(1);
    world.says_late(&ada, "pause 3 days", at).await;
    assert_eq!(reach(&world).await, "paused");
    world.clock.advance(TimeDelta::days(2) + TimeDelta::minutes(1));
    let card = world.send(&[example("task.assigned", ADA, 1)]).await.card(0);
    world.reaches(&card, "delivered").await;
}

fn event_data(message: &str, card: &str, rsvp: &str) -> (String, Value) {
    let data = json!({ "verb": "event.rsvp", "notification_id": card, "revision": 1, "rsvp": rsvp });
    (message.to_owned(), data)
}

#[actix_web::test]
async fn an_answer_that_comes_late_does_not_replace_a_newer_one_and_the_card_says_so() {
    let world = World::start().await;
    let ada = ada(&world).await;
    let card = world.send(&[example("erg_event.invited", ADA, 1)]).await.card(0);
    world.reaches(&card, "delivered").await;
    world.at_rest().await;
    let mut going = press(&card, "event.rsvp");
    going.data.insert("rsvp".to_owned(), "going".to_owned());
    assert!(ada.press(going).await.unwrap().taken());
    world.at_rest().await;

    let message = ada.chat().card_of(&card).unwrap().id.clone();
    let (message, data) = event_data(&message, &card, "not_going");
    let late = a_minute_before(&world);
    let answer = world
        .presses_as_shown(&ada, &message, ("event.rsvp", data), Some(late))
        .await;
    let shown = answer.body.unwrap().to_string();
    assert!(shown.contains(OVERTAKEN), "{shown}");
    let answers = world.answers().await;
    let given: Vec<&Value> = answers.iter().map(|answer| &answer["data"]["rsvp"]).collect();
    assert_eq!(given, ["going"]);
    assert!(ada.chat().card_of(&card).unwrap().shows(OVERTAKEN));
}
