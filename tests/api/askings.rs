//! Chronus asks for the same thing again and again: in the chat one card of it can be answered, and none shows what was
//! asked before.

use chronus_teams::sandbox::chat::Message;
use chronus_teams::sandbox::client::{Client, Press};
use serde_json::{Value, json};

use crate::support::{ADA, World, example, pairs};

/// What is asked, where its words stand, and what answers it.
struct Asking {
    example: &'static str,
    words: &'static str,
    verb: &'static str,
    inputs: &'static [(&'static str, &'static str)],
    data: &'static [(&'static str, &'static str)],
}

const ASKINGS: [Asking; 7] = [
    Asking {
        example: "mentoring_request.sent",
        words: "/data/message",
        verb: "request.accept",
        inputs: &[],
        data: &[],
    },
    Asking {
        example: "meeting.requested",
        words: "/data/title",
        verb: "meeting.accept",
        inputs: &[("slot", "b")],
        data: &[],
    },
    Asking {
        example: "erg_event.invited",
        words: "/data/title",
        verb: "event.rsvp",
        inputs: &[],
        data: &[("rsvp", "going")],
    },
    Asking {
        example: "survey.requested",
        words: "/data/title",
        verb: "survey.answer",
        inputs: &[("value", "4")],
        data: &[("question", "q1")],
    },
    Asking {
        example: "announcement.published",
        words: "/data/title",
        verb: "announcement.acknowledge",
        inputs: &[],
        data: &[],
    },
    Asking {
        example: "task.assigned",
        words: "/data/title",
        verb: "task.complete",
        inputs: &[],
        data: &[],
    },
    Asking {
        example: "recommended_match.suggested",
        words: "/data/mentor/name",
        verb: "match.request",
        inputs: &[("message", "Would you mentor me?")],
        data: &[],
    },
];

const NEWER: &str = "There is a newer card about this below.";

/// The same thing asked for once more, in other words.
fn asked(asking: &Asking, time: u32) -> Value {
    let mut event = example(asking.example, ADA, 1);
    event["id"] = format!("asked-{time}").into();
    *event.pointer_mut(asking.words).unwrap() = format!("Words {time}").into();
    event
}

fn from_bot(client: &Client) -> Vec<Message> {
    let mut messages = client.chat().messages;
    messages.retain(|message| message.from_bot);
    messages
}

fn offers(message: &Message, verb: &str) -> bool {
    let card = message.card.as_ref().map(Value::to_string).unwrap_or_default();
    card.contains(&format!("\"{verb}\""))
}

/// A client that was not told of what changed presses what it still shows: the first form of a card.
async fn presses_first_form(world: &World, client: &Client, shown: &Message, asking: &Asking) -> String {
    let card = shown.card.as_ref().unwrap().to_string();
    assert!(card.contains("\"revision\":1"), "{card}");
    let id = card.split("\"notification_id\":\"").nth(1).unwrap()[..36].to_owned();
    let mut data = json!({ "verb": asking.verb, "notification_id": id, "revision": 1 });
    for (name, value) in asking.inputs.iter().chain(asking.data) {
        data[*name] = (*value).into();
    }
    let answer = world
        .presses_as_shown(client, &shown.id, (asking.verb, data), None)
        .await;
    answer.body.unwrap().to_string()
}

#[actix_web::test]
async fn of_several_cards_that_ask_the_same_the_newest_is_to_be_answered_and_none_shows_older_words() {
    for asking in &ASKINGS {
        let world = World::start().await;
        let ada = world.install(ADA).await;
        ada.say("help").await.unwrap();
        world.at_rest().await;
        let before = from_bot(&ada).len();
        let mut first = None;
        for time in 1..=3 {
            world.send(&[asked(asking, time)]).await;
            world.at_rest().await;
            first = first.or_else(|| from_bot(&ada).get(before).cloned());
        }
        let name = asking.example;
        let cards = &from_bot(&ada)[before..];
        assert_eq!(cards.len(), 3, "{name}: {cards:#?}");
        for (number, card) in cards.iter().enumerate() {
            assert!(card.shows("Words 3"), "{name} {number}: {card:#?}");
            assert!(
                !card.shows("Words 1") && !card.shows("Words 2"),
                "{name} {number}"
            );
            assert_eq!(card.shows(NEWER), number < 2, "{name} {number}");
            assert_eq!(offers(card, asking.verb), number == 2, "{name} {number}");
        }

        let shown = presses_first_form(&world, &ada, &first.unwrap(), asking).await;
        assert!(shown.contains("This was asked anew since"), "{name}: {shown}");
        assert!(
            shown.contains("Words 3") && shown.contains(NEWER),
            "{name}: {shown}"
        );
        assert!(world.answers().await.is_empty(), "{name}");

        let press = Press {
            button: asking.verb.to_owned(),
            message: Some(cards[2].id.clone()),
            data: pairs(asking.data),
            inputs: pairs(asking.inputs),
            ..Press::default()
        };
        assert!(ada.press(press).await.unwrap().taken(), "{name}");
        world.at_rest().await;
        let answers = world.answers().await.len();
        // A survey's steps are the person's own until they are submitted.
        assert_eq!(answers, usize::from(asking.verb != "survey.answer"), "{name}");
        world.is_sound().await;
    }
}

#[actix_web::test]
async fn times_that_are_offered_anew_can_be_chosen_by_whoever_proposed_another() {
    let world = World::start().await;
    let ada = world.install(ADA).await;
    let asking = &ASKINGS[1];
    let card = world.send(&[asked(asking, 1)]).await.card(0);
    world.at_rest().await;
    let propose = Press {
        button: "meeting.propose".to_owned(),
        notification: Some(card),
        inputs: pairs(&[("date", "2099-07-01"), ("time", "09:30")]),
        ..Press::default()
    };
    assert!(ada.press(propose).await.unwrap().taken());
    world.at_rest().await;

    let mut again = asked(asking, 2);
    again["data"]["slots"] = json!([{ "id": "x", "starts_at": "2099-07-01T07:30:00Z" }]);
    let card = world.send(&[again]).await.card(0);
    world.at_rest().await;
    let chosen = Press {
        button: "meeting.accept".to_owned(),
        notification: Some(card),
        inputs: pairs(&[("slot", "x")]),
        ..Press::default()
    };
    assert!(ada.press(chosen).await.unwrap().taken());
    world.at_rest().await;
    let answers = world.answers().await;
    let accepted = answers.iter().find(|answer| answer["data"]["slot"]["id"] == "x");
    assert!(accepted.is_some(), "{answers:#?}");
    for message in from_bot(&ada).iter().skip(1) {
        assert!(message.shows("You chose"), "{message:#?}");
    }
}
