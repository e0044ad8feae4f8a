//! Every button of every kind of card, and every word that help names, does something. Each button is pressed on a card
//! of its own, so that none stands in another's way.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use chronus_teams::sandbox::chat::Message;
use chronus_teams::sandbox::client::{Client, Press};
use events::{Clock as _, SystemClock};
use serde_json::Value;

use crate::support::{ADA, World, example, pairs};

/// Kinds of cards that Chronus brings about in somebody who knows nothing of the subject.
const KINDS: [&str; 17] = [
    "mentoring_request.sent",
    "mentoring_request.reminder",
    "mentoring_request.accepted",
    "connection.started",
    "connection.ending",
    "recommended_match.suggested",
    "meeting.requested",
    "meeting.scheduled",
    "meeting.moved",
    "meeting.reminder",
    "meeting.follow_up",
    "erg_event.invited",
    "erg_event.updated",
    "announcement.published",
    "survey.requested",
    "message.sent",
    "task.assigned",
];

/// The buttons of a card that reach the bot, those that unfold included.
fn buttons(card: &Value, found: &mut Vec<Value>) {
    match card {
        Value::Object(fields) => {
            if matches!(
                fields.get("type").and_then(Value::as_str),
                Some("Action.Execute" | "Action.Submit")
            ) {
                found.push(card.clone());
                return;
            }
            fields.values().for_each(|inner| buttons(inner, found));
        }
        Value::Array(items) => items.iter().for_each(|inner| buttons(inner, found)),
        _ => {}
    }
}

fn buttons_of(message: &Message) -> Vec<Value> {
    let mut found = Vec::new();
    buttons(message.card.as_ref().unwrap(), &mut found);
    found
}

/// What a person would fill in, by the ids that cards use.
fn filled() -> BTreeMap<String, String> {
    let tomorrow = (SystemClock.now() + TimeDelta::days(2)).date_naive();
    pairs(&[
        ("date", tomorrow.to_string().as_str()),
        ("time", "10:00"),
        ("text", "Hello!"),
        ("message", "I would like to learn from you."),
        ("note", "Thank you."),
        ("value", "4"),
    ])
}

fn press_on(message: &Message, button: &Value) -> Press {
    let known = ["subject", "command", "rsvp", "held", "slot", "verb"];
    let data = known.iter().filter_map(|key| {
        let value = button["data"].get(key)?;
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        Some(((*key).to_owned(), value))
    });
    let asked = message.card.as_ref().unwrap().to_string();
    let inputs = filled()
        .into_iter()
        .filter(|(id, _)| asked.contains(&format!(r#""id":"{id}""#)));
    Press {
        button: button["title"].as_str().unwrap().to_owned(),
        message: Some(message.id.clone()),
        data: data.collect(),
        inputs: inputs.collect(),
        ..Press::default()
    }
}

/// Presses and looks whether anything came of it.
async fn does_something(world: &World, ada: &Client, message: &Message, button: &Value) {
    let (head, title) = (world.head(), &button["title"]);
    let mut press = press_on(message, button);
    let outcome = loop {
        let error = match ada.press(press.clone()).await {
            Ok(outcome) => break outcome,
            Err(error) => error,
        };
        // Which inputs belong to a button is the client's to know.
        let strange = |id: &&String| format!("{error:?}").contains(&format!("NoInput({id:?})"));
        let id = press.inputs.keys().find(strange).cloned();
        let id = id.unwrap_or_else(|| panic!("{title}: {error}: {:#?}", message.shown()));
        press.inputs.remove(&id);
    };
    assert!(outcome.taken(), "{title}: {outcome:?}");
    world.at_rest().await;
    assert!(world.head() > head, "{title} did nothing");
    let chat = ada.chat();
    let answered = outcome
        .answer
        .map(|answer| answer.to_string())
        .unwrap_or_default();
    let newest = chat.last_from_bot().unwrap();
    for shown in [answered, newest.card.as_ref().unwrap().to_string()] {
        for refusal in [
            "no longer works",
            "⚠",
            "I found no",
            "I found nobody",
            "Here is what I can do",
        ] {
            assert!(!shown.contains(refusal), "{title}: {refusal}: {shown}");
        }
    }
    if button["type"] == "Action.Submit" {
        assert_ne!(newest.id, message.id, "{title} sent nothing");
    }
}

async fn with_app() -> (World, Client) {
    let world = World::start().await;
    let ada = world.install(ADA).await;
    (world, ada)
}

async fn gets(world: &World, ada: &Client, name: &str, number: u32) -> Message {
    let card = world.send(&[example(name, ADA, number)]).await.card(0);
    world.reaches(&card, "delivered").await;
    world.at_rest().await;
    let chat = ada.chat();
    // A card whose buttons are commands alone does not name itself.
    let message = chat.card_of(&card).or_else(|| chat.last_from_bot());
    message.unwrap().clone()
}

#[actix_web::test]
async fn every_button_of_every_card_does_something() {
    let (world, ada) = with_app().await;
    let mut number = 0;
    for kind in KINDS {
        number += 1;
        let mut message = gets(&world, &ada, kind, number).await;
        for (at, button) in buttons_of(&message).into_iter().enumerate() {
            if at > 0 {
                number += 1;
                message = gets(&world, &ada, kind, number).await;
            }
            // The commands under every card are tried below.
            if button["data"]["command"] == "notifications" {
                continue;
            }
            // The button of this card that stands in the same place.
            let button = buttons_of(&message).swap_remove(at);
            does_something(&world, &ada, &message, &button).await;
            // What puts everything off would put off the next card.
            ada.say("resume").await.unwrap();
        }
    }
}

#[actix_web::test]
async fn every_button_of_a_list_does_something() {
    for round in 0..4 {
        let (world, ada) = with_app().await;
        for (number, kind) in (1..).zip([
            "mentoring_request.sent",
            "connection.started",
            "meeting.requested",
            "meeting.follow_up",
            "erg_event.invited",
            "announcement.published",
            "survey.requested",
            "task.assigned",
            "message.sent",
        ]) {
            gets(&world, &ada, kind, number).await;
        }
        for list in ["pending", "events", "connections"] {
            ada.say(list).await.unwrap();
            world.at_rest().await;
            let message = ada.chat().last_from_bot().unwrap().clone();
            let mut by_subject: BTreeMap<String, Vec<Value>> = BTreeMap::new();
            for button in buttons_of(&message) {
                if let Some(subject) = button["data"]["subject"].as_str() {
                    by_subject.entry(subject.to_owned()).or_default().push(button);
                }
            }
            assert!(list != "pending" || by_subject.len() >= 5, "{by_subject:?}");
            for buttons in by_subject
                .into_values()
                .filter(|_| list != "events" || round == 0)
            {
                if let Some(button) = buttons.get(round) {
                    does_something(&world, &ada, &message, button).await;
                }
            }
        }
    }
}

#[actix_web::test]
async fn every_word_that_help_names_is_understood_with_and_without_anything_to_show() {
    for full in [false, true] {
        let (world, ada) = with_app().await;
        if full {
            for (number, kind) in (1..).zip(["mentoring_request.sent", "connection.started", "message.sent"])
            {
                gets(&world, &ada, kind, number).await;
            }
        }
        ada.say("help").await.unwrap();
        world.at_rest().await;
        let help = ada.chat().last_from_bot().unwrap().clone();
        let mut words = Vec::new();
        let body = help.card.as_ref().unwrap()["body"].as_array().unwrap().clone();
        for element in &body {
            for fact in element["facts"].as_array().into_iter().flatten() {
                words.extend(fact["title"].as_str().unwrap().split(" · ").map(str::to_owned));
            }
        }
        assert!(words.len() >= 15, "{words:?}");
        for word in words {
            let before = ada.chat().messages.len();
            ada.say(word.as_str()).await.unwrap();
            world.at_rest().await;
            let chat = ada.chat();
            assert!(chat.messages.len() > before + 1, "{word} is not answered");
            let shown = chat.last_from_bot().unwrap().card.as_ref().unwrap().to_string();
            assert!(!shown.contains("I do not know that command"), "{word}: {shown}");
        }
    }
}

#[actix_web::test]
async fn hello_can_be_said_on_the_accepted_card_once_there_is_a_connection() {
    let (world, ada) = with_app().await;
    let request = gets(&world, &ada, "mentoring_request.sent", 1).await;
    let accept = buttons_of(&request).remove(0);
    does_something(&world, &ada, &request, &accept).await;
    let shown = ada.chat().message(&request.id).unwrap().clone();
    assert!(
        !shown.shows("Say hello") && !shown.shows("say hello"),
        "{:#?}",
        shown.shown()
    );
    // Chronus connects them.
    gets(&world, &ada, "connection.started", 1).await;
    let shown = ada.chat().message(&request.id).unwrap().clone();
    let hello = buttons_of(&shown)
        .into_iter()
        .find(|button| button["title"] == "Say hello");
    does_something(&world, &ada, &shown, &hello.unwrap()).await;
    let compose = ada.chat().last_from_bot().unwrap().clone();
    let send = buttons_of(&compose).remove(0);
    does_something(&world, &ada, &compose, &send).await;
    let told = world.answers().await;
    assert_eq!(told[1]["subject"], "connection/77-1");
    assert_eq!(told[1]["data"]["text"], "Hello!");
}

#[actix_web::test]
async fn a_connection_that_ends_changes_its_card_and_says_so_in_a_short_one() {
    let (world, ada) = with_app().await;
    let card = gets(&world, &ada, "connection.started", 1).await;
    for (name, words, notices) in [
        ("connection.ending", "ends soon", 1),
        ("connection.ended", "has ended", 2),
    ] {
        world.send(&[example(name, ADA, 1)]).await;
        world.at_rest().await;
        let chat = ada.chat();
        assert!(chat.message(&card.id).unwrap().shows(words), "{name}");
        let short: Vec<&Message> = chat
            .messages
            .iter()
            .filter(|message| message.id != card.id && message.shows(words))
            .collect();
        assert_eq!(short.len(), notices, "{name}");
        for notice in short {
            let text = notice.card.as_ref().unwrap().to_string();
            assert!(!text.contains("Next step") && !text.contains("Role"), "{text}");
        }
    }
}
