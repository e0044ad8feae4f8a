//! What a press may hold: nothing at all, something of another card, something that was never offered. It finds its
//! card, has its effect or none, and the person is told which.

use chronus_teams::sandbox::bot::{BotAnswer, TokenKind};
use chronus_teams::sandbox::client::Client;
use serde_json::{Value, json};

use crate::support::{ADA, BEN, World, example, mentoring_request, pairs, press};

/// Posts a press that no client of ours would make: `value` of an invoke on the message.
async fn forged(world: &World, who: &Client, number: u32, message: Option<&str>, value: Value) -> BotAnswer {
    let chat = who.chat();
    let template = chat
        .deeds
        .values()
        .find(|deed| deed.activity["type"] == "message")
        .unwrap();
    let mut activity = template.activity.clone();
    activity["id"] = format!("f:forged-{number}").into();
    activity["type"] = "invoke".into();
    activity["name"] = "adaptiveCard/action".into();
    activity["value"] = value;
    for gone in ["text", "textFormat", "attachments"] {
        activity.as_object_mut().unwrap().remove(gone);
    }
    activity["replyToId"] = message.map_or(Value::Null, Value::from);
    let answer = world
        .sandbox
        .post_activity(activity.to_string(), TokenKind::Genuine)
        .await
        .unwrap();
    world.at_rest().await;
    answer
}

fn execute(verb: &str, data: Value) -> Value {
    json!({ "trigger": "manual", "action": { "type": "Action.Execute", "verb": verb, "data": data } })
}

/// Ada with the app, who has typed something.
async fn ada(world: &World) -> Client {
    let ada = world.install(ADA).await;
    ada.say("help").await.unwrap();
    world.at_rest().await;
    ada
}

async fn gets(world: &World, event: Value) -> String {
    let card = world.send(&[event]).await.card(0);
    world.reaches(&card, "delivered").await;
    card
}

fn text_of(answer: &BotAnswer) -> String {
    assert_eq!(answer.status, 200);
    answer.body.as_ref().unwrap().to_string()
}

#[actix_web::test]
async fn a_press_without_data_finds_its_card_by_the_message_that_it_came_from() {
    let world = World::start().await;
    let ada = ada(&world).await;
    let card = gets(&world, mentoring_request("1", ADA.email)).await;
    let message = ada.chat().card_of(&card).unwrap().id.clone();
    let mut bare = execute("request.accept", Value::Null);
    bare["action"].as_object_mut().unwrap().remove("data");

    let answer = forged(&world, &ada, 1, Some(&message), bare).await;

    assert!(text_of(&answer).contains("You accepted this here"), "{answer:?}");
    assert_eq!(world.answers().await.len(), 1);
}

#[actix_web::test]
async fn nothing_is_called_done_that_was_not() {
    let world = World::start().await;
    let ada = ada(&world).await;
    world.install(BEN).await;
    let theirs = gets(&world, mentoring_request("2", BEN.email)).await;
    let nowhere = [
        (None, Value::Null),
        (Some("1700000000000"), Value::Null),
        (None, json!({ "notification_id": theirs, "revision": 1 })),
        (
            None,
            json!({ "notification_id": "6ba7b810-9dad-51d1-80b4-00c04fd430c8" }),
        ),
    ];
    for (number, (message, data)) in (0..).zip(nowhere) {
        for verb in [
            "request.accept",
            "survey.submit",
            "message.reply",
            "settings.save",
            "dance",
        ] {
            let number = number * 10 + u32::try_from(verb.len()).unwrap();
            let answer = forged(&world, &ada, number, message, execute(verb, data.clone())).await;
            let told = text_of(&answer);
            assert!(
                told.contains("This button no longer works"),
                "{verb} {data}: {told}"
            );
            assert!(!told.contains("Done"), "{verb} {data}: {told}");
        }
    }
    assert!(world.answers().await.is_empty());
}

#[actix_web::test]
async fn an_answer_that_the_question_does_not_allow_is_not_kept_and_the_question_is_shown_again() {
    let world = World::start().await;
    let ada = ada(&world).await;
    let mut survey = example("survey.requested", ADA, 1);
    survey["data"]["questions"] = json!([
        { "id": "q1", "kind": "rating", "text": "How useful?", "required": true, "scale": { "min": 1, "max": 5 } },
        { "id": "q2", "kind": "choice", "text": "How often?", "options": [
            { "id": "weekly", "text": "Weekly" }, { "id": "rarely", "text": "Rarely" }] },
        { "id": "q3", "kind": "text", "text": "Anything else?" },
    ]);
    let card = gets(&world, survey).await;
    let message = ada.chat().card_of(&card).unwrap().id.clone();
    let mut number = 0;
    let mut answers = async |question: &str, value: Value, message: &str| {
        number += 1;
        let data = json!({ "notification_id": card, "question": question, "value": value });
        let answer = forged(
            &world,
            &ada,
            number,
            Some(message),
            execute("survey.answer", data),
        )
        .await;
        text_of(&answer)
    };
    for value in [json!("17"), json!(0), json!(4.5), json!("four"), json!("1,2")] {
        let told = answers("q1", value.clone(), &message).await;
        assert!(told.contains("Question 1 of 3"), "{value}: {told}");
        assert!(
            told.contains("not among what this card offers"),
            "{value}: {told}"
        );
    }
    let told = answers("q1", Value::Null, &message).await;
    assert!(told.contains("Something is missing here"), "{told}");
    let told = answers("q9", json!("4"), &message).await;
    assert!(told.contains("not among what this card offers"), "{told}");
    // The card in the chat says it too, for clients that do not show the answer to a press.
    assert!(
        ada.chat()
            .card_of(&card)
            .unwrap()
            .shows("not among what this card offers")
    );
    assert!(
        answers("q1", json!(5), &message)
            .await
            .contains("Question 2 of 3")
    );
    for value in ["monthly", "weekly,rarely"] {
        assert!(
            answers("q2", value.into(), &message)
                .await
                .contains("Question 2 of 3")
        );
    }
    assert!(
        answers("q2", "rarely".into(), &message)
            .await
            .contains("Question 3 of 3")
    );
    let told = answers("q3", "x".repeat(1_001).into(), &message).await;
    assert!(
        told.contains("This text is too long") && told.contains("Question 3 of 3"),
        "{told}"
    );
    answers("q3", "Fine.".into(), &message).await;
    ada.press(press(&card, "survey.submit")).await.unwrap();
    world.at_rest().await;
    // Closed to what comes after.
    let told = answers("q1", json!(1), &message).await;
    assert!(told.contains("your answers are in"), "{told}");
    assert_eq!(
        world.answers().await[0]["data"]["answers"],
        json!([
            { "question": "q1", "answer": 5 },
            { "question": "q2", "answer": "rarely" },
            { "question": "q3", "answer": "Fine." },
        ])
    );
}

#[actix_web::test]
async fn what_a_card_never_offered_has_no_effect_and_is_told() {
    let world = World::start().await;
    let ada = ada(&world).await;
    let meeting = gets(&world, example("meeting.requested", ADA, 1)).await;
    let event = gets(&world, example("erg_event.invited", ADA, 1)).await;
    let matched = gets(&world, example("recommended_match.suggested", ADA, 1)).await;
    let message = gets(&world, example("message.sent", ADA, 1)).await;
    let told = "not among what this card offers";
    let tries = [
        (
            &meeting,
            "meeting.accept",
            json!({ "slot": "never-offered" }),
            told,
        ),
        (&meeting, "meeting.accept", json!({}), "Something is missing here"),
        (
            &meeting,
            "meeting.propose",
            json!({ "date": "2026-02-30", "time": "10:00" }),
            "still to come",
        ),
        (
            &meeting,
            "meeting.propose",
            json!({ "date": "2020-01-01", "time": "10:00" }),
            "still to come",
        ),
        (
            &meeting,
            "meeting.decline",
            json!({ "note": "x".repeat(1_001) }),
            "too long",
        ),
        (&meeting, "request.accept", json!({}), told),
        (&event, "event.rsvp", json!({ "rsvp": "absolutely" }), told),
        (&event, "event.rsvp", json!({}), told),
        (&event, "meeting.accept", json!({}), told),
        (&matched, "match.request", json!({}), "Something is missing here"),
        (
            &matched,
            "match.request",
            json!({ "message": "x".repeat(4_001) }),
            "too long",
        ),
        (
            &message,
            "message.reply",
            json!({ "text": "  " }),
            "Something is missing here",
        ),
        (
            &message,
            "message.reply",
            json!({ "text": "x".repeat(4_001) }),
            "too long",
        ),
        (&message, "task.complete", json!({}), told),
        (
            &message,
            "message.reply",
            json!({ "subject": "thread/of-somebody-else", "text": "hello" }),
            told,
        ),
    ];
    for (number, (card, verb, mut data, expected)) in (0..).zip(tries) {
        data["notification_id"] = Value::from(card.as_str());
        data["revision"] = 1.into();
        let answer = forged(&world, &ada, number, None, execute(verb, data)).await;
        let told = text_of(&answer);
        assert!(told.contains(expected), "{verb}: {expected}: {told}");
    }
    assert!(world.answers().await.is_empty());
    // What was wrong is gone from the card with the next thing that counts.
    ada.press(press(&event, "Going")).await.unwrap();
    world.at_rest().await;
    let chat = ada.chat();
    let shown = chat.card_of(&event).unwrap();
    assert!(
        shown.shows("You are going") && !shown.shows(told),
        "{:#?}",
        shown.shown()
    );
}

#[actix_web::test]
async fn different_replies_from_the_same_form_are_all_told_and_a_double_click_is_one() {
    let world = World::start().await;
    let ada = ada(&world).await;
    let card = gets(&world, example("message.sent", ADA, 1)).await;
    // Two clients show the card as it came, and one of them sends twice; each press is an activity of its own.
    let texts = ["At ten.", "At ten.", "No, at eleven.", "At ten."];
    for (number, text) in (0..).zip(texts) {
        let data = json!({ "notification_id": card, "revision": 1, "text": text });
        let answer = forged(&world, &ada, number, None, execute("message.reply", data)).await;
        assert!(text_of(&answer).contains("You replied"), "{answer:?}");
    }
    let told = world.answers().await;
    let said: Vec<&str> = told
        .iter()
        .map(|answer| answer["data"]["text"].as_str().unwrap())
        .collect();
    assert_eq!(said, ["At ten.", "No, at eleven."]);
    // The same words, from the form that shows the first ones, are meant.
    let again = crate::support::press(&card, "message.reply");
    let again = chronus_teams::sandbox::client::Press {
        inputs: pairs(&[("text", "At ten.")]),
        ..again
    };
    assert!(ada.press(again).await.unwrap().taken());
    world.at_rest().await;
    assert_eq!(world.answers().await.len(), 3);
}

#[actix_web::test]
async fn what_a_second_device_answers_on_an_older_form_is_told_not_to_be_kept() {
    let world = World::start().await;
    let ada = ada(&world).await;
    let survey = gets(&world, example("survey.requested", ADA, 1)).await;
    let meeting = gets(&world, example("meeting.requested", ADA, 1)).await;
    let kept = "This answer was not recorded";
    let answers =
        |value: &str| json!({ "notification_id": survey, "revision": 1, "question": "q1", "value": value });
    let chooses = |slot: &str| json!({ "notification_id": meeting, "revision": 1, "slot": slot });
    let tries = [
        ("survey.answer", answers("2"), false),
        ("survey.answer", answers("5"), true),
        ("survey.answer", answers("2"), true),
        ("meeting.accept", chooses("b"), false),
        ("meeting.accept", chooses("b"), false),
        ("meeting.accept", chooses("a"), true),
        ("meeting.accept", chooses("never-offered"), true),
    ];
    for (number, (verb, data, is_told)) in (0..).zip(tries) {
        let answer = forged(&world, &ada, number, None, execute(verb, data.clone())).await;
        let told = text_of(&answer);
        assert_eq!(told.contains(kept), is_told, "{number} {verb} {data}: {told}");
        // Clients that do not show the answer to a press show the card in the chat.
        let chat = ada.chat();
        let card = if verb == "survey.answer" {
            &survey
        } else {
            &meeting
        };
        assert_eq!(
            chat.card_of(card).unwrap().shows(kept),
            is_told,
            "{number} {verb}"
        );
    }
    let next = chronus_teams::sandbox::client::Press {
        inputs: pairs(&[("value", "rarely")]),
        ..press(&survey, "survey.answer")
    };
    assert!(ada.press(next).await.unwrap().taken());
    world.at_rest().await;
    assert!(!ada.chat().card_of(&survey).unwrap().shows(kept));
    assert!(ada.press(press(&survey, "survey.skip")).await.unwrap().taken());
    world.at_rest().await;
    assert!(ada.press(press(&survey, "survey.submit")).await.unwrap().taken());
    world.at_rest().await;
    let told = world.answers().await;
    let last = &told.last().unwrap()["data"];
    assert_eq!(
        last["answers"],
        json!([{ "question": "q1", "answer": 2 }, { "question": "q2", "answer": "rarely" }]),
        "{last:#}"
    );
    let slots: Vec<&Value> = told.iter().map(|answer| &answer["data"]["slot"]).collect();
    assert_eq!(
        slots.iter().filter(|slot| !slot.is_null()).count(),
        1,
        "{slots:?}"
    );
}

#[actix_web::test]
async fn a_press_on_what_ended_meanwhile_is_told_that_nothing_was_recorded() {
    let world = World::start().await;
    let ada = ada(&world).await;
    let meeting = gets(&world, example("meeting.requested", ADA, 1)).await;
    let mut cancelled = example("meeting.cancelled", ADA, 2);
    cancelled["subject"] = example("meeting.requested", ADA, 1)["subject"].clone();
    world.send(&[cancelled]).await;
    world.at_rest().await;
    let data = json!({ "notification_id": meeting, "revision": 1, "slot": "a" });
    let answer = forged(&world, &ada, 1, None, execute("meeting.accept", data)).await;
    let told = text_of(&answer);
    assert!(
        told.contains("This has ended meanwhile. Nothing was recorded."),
        "{told}"
    );
    assert!(world.answers().await.is_empty());
}

#[actix_web::test]
async fn characters_that_nobody_can_mean_reach_no_card_and_no_receiver() {
    let world = World::start().await;
    let ada = ada(&world).await;
    let card = gets(&world, example("message.sent", ADA, 1)).await;
    let request = gets(&world, mentoring_request("2", ADA.email)).await;
    let written = "a\u{0}b\u{202e}c\u{7}\u{2066}\u{ffff}\n\td \u{1f469}\u{200d}\u{1f52c}";
    let reply = json!({ "notification_id": card, "revision": 1, "text": written });
    let note = json!({ "notification_id": request, "revision": 1, "reason": "other", "note": written });
    forged(&world, &ada, 1, None, execute("message.reply", reply.clone())).await;
    forged(&world, &ada, 2, None, execute("request.decline", note)).await;
    // The whole data as a text, as some clients send it.
    let mut as_text = execute("message.reply", Value::Null);
    let again = json!({ "notification_id": card, "revision": 1, "text": format!("{written}!") });
    as_text["action"]["data"] = again.to_string().into();
    forged(&world, &ada, 3, None, as_text).await;
    let told = world.answers().await;
    let said: Vec<String> = told
        .iter()
        .filter_map(|answer| {
            answer["data"]["text"]
                .as_str()
                .or(answer["data"]["note"].as_str())
        })
        .map(str::to_owned)
        .collect();
    let clean = "abc\n\td \u{1f469}\u{200d}\u{1f52c}";
    assert_eq!(said, [clean.to_owned(), clean.to_owned(), format!("{clean}!")]);
    let chat = ada.chat();
    let shown = chat.card_of(&card).unwrap().card.as_ref().unwrap().to_string();
    assert!(shown.contains("abc") && !shown.contains('\u{202e}'), "{shown}");
}

#[actix_web::test]
async fn why_a_request_was_taken_back_or_declined_stands_on_its_cards() {
    let world = World::start().await;
    let ada = ada(&world).await;
    let ends = |number: u32, how: &str, reason: &str| {
        crate::support::event(
            &format!("end-{number}"),
            &format!("com.chronus.mentoring_request.{how}"),
            Some(&format!("mentoring_request/{number}")),
            json!({ "reason": reason, "recipients": [{ "email": BEN.email }] }),
        )
    };
    world.install(BEN).await;
    let long = "x".repeat(2_000);
    for (number, how, reason, shown) in [
        (
            1,
            "withdrawn",
            "We found **another** mentor",
            "We found **another** mentor",
        ),
        (2, "declined", "Too much to do", "Too much to do"),
        (3, "declined", "timing", "The timing does not suit me"),
        (4, "withdrawn", long.as_str(), "xxx"),
    ] {
        gets(&world, mentoring_request(&number.to_string(), ADA.email)).await;
        gets(&world, ends(number, how, reason)).await;
        world.at_rest().await;
        for who in [&ada, &world.client(BEN)] {
            let chat = who.chat();
            let message = chat.showing(shown).unwrap_or_else(|| panic!("{number}: {shown}"));
            assert!(
                !message.shows(&"x".repeat(301)),
                "{number}: {:#?}",
                message.shown()
            );
        }
    }
}
