//! Writing to a partner, and what comes back: each message is bound to its connection or thread and told once.

use std::collections::BTreeMap;

use chronus_teams::sandbox::client::{Client, Press};
use serde_json::{Value, json};

use crate::support::{ADA, World, example, fits_its_schema, pairs, press};

/// A connection of Ada's with somebody.
fn connection(number: u32, name: &str) -> Value {
    let mut started = example("connection.started", ADA, number);
    started["data"]["partner"] = json!({ "member_id": format!("m-{number}"), "name": name });
    started
}

/// A message to Ada in a thread.
fn message(thread: u32, number: u32, name: &str, text: &str) -> Value {
    let mut sent = example("message.sent", ADA, thread);
    sent["id"] = format!("message-{thread}-{number}").into();
    sent["data"]["message_id"] = format!("c-{thread}-{number}").into();
    sent["data"]["actor"]["name"] = name.into();
    sent["data"]["text"] = text.into();
    sent
}

/// Ada with the app, connected with Priya and Noor.
async fn connected() -> (World, Client) {
    let world = World::start().await;
    let ada = world.install(ADA).await;
    world
        .send(&[connection(1, "Priya Nair"), connection(2, "Noor Haddad")])
        .await;
    world.at_rest().await;
    (world, ada)
}

/// Types a command and waits for what comes of it.
async fn says(world: &World, ada: &Client, text: &str) {
    assert!(ada.say(text).await.unwrap().taken());
    world.at_rest().await;
}

/// A press on the newest message.
fn on_newest(button: &str, subject: &str, text: &str) -> Press {
    Press {
        button: button.to_owned(),
        data: BTreeMap::from([("subject".to_owned(), subject.to_owned())]),
        inputs: pairs(&[("text", text)]),
        ..Press::default()
    }
}

#[actix_web::test]
async fn a_message_to_a_partner_is_told_once_and_bound_to_their_connection() {
    let (world, ada) = connected().await;
    says(&world, &ada, "Message pri").await;
    let chat = ada.chat();
    let compose = chat.last_from_bot().unwrap();
    assert!(compose.shows("Write to Priya Nair"), "{:#?}", compose.shown());
    assert!(!compose.shows("Noor"), "{:#?}", compose.shown());
    let written = on_newest("message.send", "connection/77-1", "Hello Priya!");

    // Two devices show the open box; both press before either has its answer.
    let (one, other) = tokio::join!(ada.press(written.clone()), ada.press(written));

    for outcome in [one.unwrap(), other.unwrap()] {
        assert_eq!(outcome.status, Some(200));
        let shown = outcome.answer.unwrap().to_string();
        assert!(shown.contains("Sent to Priya Nair"), "{shown}");
    }
    world.at_rest().await;
    let told = world.answers().await;
    assert_eq!(told.len(), 1, "{told:#?}");
    let answer = &told[0];
    fits_its_schema(answer);
    assert_eq!(
        (&answer["type"], &answer["subject"]),
        (
            &json!("com.chronus.teams.connection.sent"),
            &json!("connection/77-1")
        )
    );
    let data = &answer["data"];
    assert_eq!(data["text"], "Hello Priya!");
    assert!(data["message_id"].is_string(), "{data:#}");
    assert_eq!(data["in_reply_to"]["id"], "e-0007-1");
    assert_eq!(data["teams_user"]["aad_object_id"], ADA.id);
    let chat = ada.chat();
    let now = chat.message(&compose.id).unwrap();
    assert!(now.edits >= 1 && now.shows("Hello Priya!"), "{:#?}", now.shown());
}

#[actix_web::test]
async fn with_several_open_conversations_the_bot_asks_and_the_reply_goes_where_it_was_pressed() {
    let (world, ada) = connected().await;
    for (thread, name) in [(1, "Priya Nair"), (2, "Noor Haddad")] {
        world
            .send(&[message(thread, 1, name, "Shall we talk this week?")])
            .await;
    }
    world.at_rest().await;
    says(&world, &ada, "Gladly, I can make it on Thursday at ten").await;
    let chat = ada.chat();
    let asked = chat.last_from_bot().unwrap();
    assert!(
        asked.shows("Which conversation is this for?"),
        "{:#?}",
        asked.shown()
    );
    assert!(!asked.shows("Gladly"), "it is in the box and nowhere else");
    let box_of = asked.card.as_ref().unwrap().to_string();
    assert!(
        box_of.contains(r#""value":"Gladly, I can make it on Thursday at ten""#),
        "{box_of}"
    );
    assert!(world.answers().await.is_empty());

    let reply = on_newest("message.send", "thread/55-2", "Thursday at ten");
    assert!(ada.press(reply).await.unwrap().taken());
    world.at_rest().await;

    let told = world.answers().await;
    assert_eq!(told.len(), 1, "{told:#?}");
    fits_its_schema(&told[0]);
    assert_eq!(
        (&told[0]["type"], &told[0]["subject"], &told[0]["data"]["text"]),
        (
            &json!("com.chronus.teams.thread.replied"),
            &json!("thread/55-2"),
            &json!("Thursday at ten")
        )
    );
}

#[actix_web::test]
async fn what_was_typed_with_one_open_conversation_is_sent_by_one_press() {
    let (world, ada) = connected().await;
    world
        .send(&[message(1, 1, "Priya Nair", "Shall we talk this week?")])
        .await;
    world.at_rest().await;
    let typed = "Gladly, **Thursday** at ten {{DATE(2026-12-01)}} & \"so on\"";
    says(&world, &ada, typed).await;
    let chat = ada.chat();
    let asked = chat.last_from_bot().unwrap();
    assert!(asked.shows("Send this to Priya Nair?"), "{:#?}", asked.shown());
    assert!(world.answers().await.is_empty(), "nothing is sent unasked");

    // The text is the box's own; nothing is typed again.
    let send = Press {
        button: "message.send".to_owned(),
        ..Press::default()
    };
    assert!(ada.press(send).await.unwrap().taken());
    world.at_rest().await;

    let told = world.answers().await;
    assert_eq!(told.len(), 1, "{told:#?}");
    assert_eq!(told[0]["data"]["text"], typed);
    assert_eq!(told[0]["subject"], "thread/55-1");
    let chat = ada.chat();
    let now = chat.message(&asked.id).unwrap().card.as_ref().unwrap();
    assert!(now.to_string().contains("Sent to Priya Nair"), "{now}");
    assert!(!now.to_string().contains(r#""value":"Gladly"#), "{now}");
}

#[actix_web::test]
async fn words_that_resemble_a_command_are_offered_to_the_open_conversation() {
    let (world, ada) = connected().await;
    for (text, offers) in [("Nice meeting you", false), ("Hi Priya", false)] {
        says(&world, &ada, text).await;
        let chat = ada.chat();
        let newest = chat.last_from_bot().unwrap().card.as_ref().unwrap().to_string();
        assert_eq!(newest.contains("message.send"), offers, "{text}: {newest}");
    }
    world
        .send(&[message(1, 1, "Priya Nair", "Shall we talk this week?")])
        .await;
    world.at_rest().await;
    for text in [
        "nice weather today",
        "Nice meeting you",
        "Good to connect",
        "Great event",
        "I accept",
        "Hi Priya",
        "sent already",
        "yes 2 of us will come",
        "quiet night, no worries",
    ] {
        says(&world, &ada, text).await;
        let chat = ada.chat();
        let asked = chat.last_from_bot().unwrap();
        assert!(
            asked.shows("Send this to Priya Nair?"),
            "{text}: {:#?}",
            asked.shown()
        );
        let card = asked.card.as_ref().unwrap().to_string();
        assert!(card.contains(&format!(r#""value":"{text}""#)), "{text}: {card}");
    }
    // What is a command, or all but one, is still taken for it.
    for (text, shows) in [
        ("meetings", "meeting"),
        ("meetngs", "meeting"),
        ("help", "what you can do here"),
    ] {
        says(&world, &ada, text).await;
        let chat = ada.chat();
        let newest = chat.last_from_bot().unwrap();
        assert!(!newest.shows("Send this to"), "{text}: {:#?}", newest.shown());
        let card = newest.card.as_ref().unwrap().to_string();
        assert!(card.to_lowercase().contains(shows), "{text}: {card}");
    }
    assert!(world.answers().await.is_empty(), "nothing is sent unasked");
}

#[actix_web::test]
async fn what_stands_behind_the_name_is_in_the_box_and_nobody_else_is_offered() {
    let (world, ada) = connected().await;
    for (text, name, said) in [
        ("message priya hi there!", "Priya Nair", Some("hi there!")),
        (
            "message Priya Nair, are you well?",
            "Priya Nair",
            Some("are you well?"),
        ),
        ("message noor", "Noor Haddad", None),
        ("message priya na", "Priya Nair", None),
        ("message priya na hi there", "Priya Nair", Some("hi there")),
    ] {
        says(&world, &ada, text).await;
        let chat = ada.chat();
        let compose = chat.last_from_bot().unwrap();
        assert!(
            compose.shows(&format!("Write to {name}")),
            "{text}: {:#?}",
            compose.shown()
        );
        let card = compose.card.as_ref().unwrap().to_string();
        let draft = said.map(|said| format!(r#""value":"{said}""#));
        assert!(draft.is_none_or(|draft| card.contains(&draft)), "{text}: {card}");
    }
    for text in [
        "message nobody",
        "message nobody hi there",
        "message no worries about that",
    ] {
        says(&world, &ada, text).await;
        let chat = ada.chat();
        let compose = chat.last_from_bot().unwrap();
        assert!(
            compose.shows("I found no connection called"),
            "{text}: {:#?}",
            compose.shown()
        );
        let card = compose.card.as_ref().unwrap().to_string();
        assert!(!card.contains("message.send"), "{text}: {card}");
    }
}

#[actix_web::test]
async fn an_answer_that_begins_like_the_command_is_offered_to_the_open_conversation() {
    let world = World::start().await;
    let ada = world.install(ADA).await;
    world
        .send(&[message(1, 1, "Priya Nair", "Shall we talk this week?")])
        .await;
    world.at_rest().await;
    says(&world, &ada, "Message received, thank you").await;
    let chat = ada.chat();
    let offered = chat.last_from_bot().unwrap();
    for line in ["I found no connection called", "Send this to Priya Nair?"] {
        assert!(offered.shows(line), "{:#?}", offered.shown());
    }
    let card = offered.card.as_ref().unwrap().to_string();
    assert!(
        card.contains(r#""value":"Message received, thank you""#),
        "{card}"
    );
    let sent = on_newest("message.send", "thread/55-1", "Message received, thank you");
    assert!(ada.press(sent).await.unwrap().taken());
}

#[actix_web::test]
async fn a_name_finds_an_open_thread_as_well_as_a_connection() {
    let world = World::start().await;
    let ada = world.install(ADA).await;
    world
        .send(&[message(1, 1, "Priya Nair", "Shall we talk this week?")])
        .await;
    world.at_rest().await;
    says(&world, &ada, "message priya").await;
    let chat = ada.chat();
    let compose = chat.last_from_bot().unwrap();
    assert!(compose.shows("Write to Priya Nair"), "{:#?}", compose.shown());
    assert!(
        ada.press(on_newest("message.send", "thread/55-1", "On Friday"))
            .await
            .unwrap()
            .taken()
    );
    world.at_rest().await;
    assert_eq!(world.answers().await[0]["subject"], "thread/55-1");
    // Once Chronus connects them, one name is one button.
    world.send(&[connection(1, "Priya Nair")]).await;
    world.at_rest().await;
    says(&world, &ada, "message priya").await;
    let chat = ada.chat();
    let compose = chat.last_from_bot().unwrap().card.as_ref().unwrap().to_string();
    assert!(
        compose.contains("connection/77-1") && !compose.contains("thread/55-1"),
        "{compose}"
    );
}

#[actix_web::test]
async fn replies_in_two_threads_stay_in_their_threads_and_in_order() {
    let (world, ada) = connected().await;
    let mut cards = Vec::new();
    for (thread, name) in [(1, "Priya Nair"), (2, "Noor Haddad")] {
        let card = world
            .send(&[message(thread, 1, name, "How was your first week?")])
            .await
            .card(0);
        world.reaches(&card, "delivered").await;
        cards.push(card);
    }
    for (card, text) in [(&cards[0], "one"), (&cards[1], "two"), (&cards[0], "three")] {
        let reply = Press {
            inputs: pairs(&[("text", text)]),
            ..press(card, "message.reply")
        };
        assert!(ada.press(reply).await.unwrap().taken());
        world.at_rest().await;
    }
    let told = world.answers().await;
    let said: Vec<(&Value, &Value)> = told
        .iter()
        .map(|answer| (&answer["subject"], &answer["data"]["text"]))
        .collect();
    let (first, second) = (json!("thread/55-1"), json!("thread/55-2"));
    assert_eq!(
        said,
        [
            (&first, &json!("one")),
            (&second, &json!("two")),
            (&first, &json!("three"))
        ]
    );
}

#[actix_web::test]
async fn a_text_that_shows_nothing_is_refused_like_an_empty_one() {
    let (world, ada) = connected().await;
    let card = world
        .send(&[message(1, 1, "Priya Nair", "How was your first week?")])
        .await
        .card(0);
    world.reaches(&card, "delivered").await;
    for text in [
        "\u{200b}",
        "\u{2060}\u{feff}",
        "\u{ad}",
        "\u{3164}",
        "\u{200d}\u{fe0f}",
        "\u{e0041}",
    ] {
        let reply = Press {
            inputs: pairs(&[("text", text)]),
            ..press(&card, "message.reply")
        };
        let shown = ada.press(reply).await.unwrap().answer.unwrap().to_string();
        assert!(shown.contains("Something is missing here"), "{text:?}: {shown}");
        assert!(!shown.contains("You replied"), "{text:?}: {shown}");
    }
    world.at_rest().await;
    assert!(world.answers().await.is_empty());
}

#[actix_web::test]
async fn a_name_that_nobody_has_is_no_message_to_somebody_else() {
    let (world, ada) = connected().await;
    world
        .send(&[message(1, 1, "Priya Nair", "Shall we talk this week?")])
        .await;
    world.at_rest().await;
    for text in ["message nobody", "message Nobody Known"] {
        says(&world, &ada, text).await;
        let chat = ada.chat();
        let answer = chat.last_from_bot().unwrap();
        assert!(
            answer.shows("I found no connection called"),
            "{:#?}",
            answer.shown()
        );
        let card = answer.card.as_ref().unwrap().to_string();
        assert!(!card.contains("message.send"), "{text}: {card}");
    }
}

#[actix_web::test]
async fn one_question_lives_and_once_it_is_answered_it_does_not_say_that_nothing_was_kept() {
    let (world, ada) = connected().await;
    world
        .send(&[message(1, 1, "Priya Nair", "Shall we talk this week?")])
        .await;
    world.at_rest().await;
    let mut asked = Vec::new();
    for text in [
        "Gladly on Thursday then",
        "Or better on Friday",
        "No, Monday it is",
    ] {
        says(&world, &ada, text).await;
        asked.push(ada.chat().last_from_bot().unwrap().id.clone());
    }
    let chat = ada.chat();
    let forms: Vec<bool> = asked
        .iter()
        .map(|id| chat.message(id).unwrap().card.as_ref().unwrap().to_string())
        .map(|card| card.contains("message.send"))
        .collect();
    assert_eq!(forms, [false, false, true]);
    let older = chat.message(&asked[0]).unwrap();
    assert!(
        older.shows("The newer question is the one to answer"),
        "{:#?}",
        older.shown()
    );

    let send = Press {
        button: "message.send".to_owned(),
        ..Press::default()
    };
    assert!(ada.press(send).await.unwrap().taken());
    world.at_rest().await;
    let chat = ada.chat();
    let now = chat.message(&asked[2]).unwrap();
    assert!(now.shows("Sent to Priya Nair"), "{:#?}", now.shown());
    for untrue in [
        "did not keep",
        "Nothing was sent yet",
        "Is this for",
        "Send this to",
    ] {
        assert!(!now.shows(untrue), "{untrue}: {:#?}", now.shown());
    }
}
