//! Surveys over the whole way: step by step on two devices, by a link where they are long, without a trace of who
//! answered where that was promised, and reminders to those who have not answered.

use chronus_teams::sandbox::client::{Client, Press};
use serde_json::{Value, json};

use crate::support::{ACME_KEY, ADA, BEN, Folk, World, example, fits_its_schema, pairs, press};

/// Answers the question that the card shows and goes on.
async fn answers(who: &Client, card: &str, value: &str) {
    let next = Press {
        inputs: pairs(&[("value", value)]),
        ..press(card, "survey.answer")
    };
    assert!(who.press(next).await.unwrap().taken());
}

/// A survey in somebody's chat; answers its card's id.
async fn gets(world: &World, survey: Value) -> String {
    let card = world.send(&[survey]).await.card(0);
    world.reaches(&card, "delivered").await;
    card
}

/// The same event, to several people.
fn to(event: &Value, people: &[Folk]) -> Value {
    let mut event = event.clone();
    let recipient = |who: &Folk| json!({ "email": who.email });
    event["data"]["recipients"] = people.iter().map(recipient).collect();
    event
}

#[actix_web::test]
async fn a_survey_begun_on_one_device_goes_on_at_another() {
    let world = World::start().await;
    let ada = world.install(ADA).await;
    let card = gets(&world, example("survey.requested", ADA, 1)).await;
    answers(&ada, &card, "4").await;
    world.at_rest().await;
    assert!(world.answers().await.is_empty(), "a step is no answer yet");

    let phone = serde_json::from_value(json!({ "platform": "iOS" })).unwrap();
    ada.use_client(phone).await.unwrap();
    let chat = ada.chat();
    let shown = chat.card_of(&card).unwrap();
    assert!(shown.shows("Question 2 of 3"), "{:#?}", shown.shown());
    assert!(shown.shows("One answer is saved"), "{:#?}", shown.shown());
    answers(&ada, &card, "monthly").await;
    world.at_rest().await;
    // Back, and another answer instead.
    assert!(ada.press(press(&card, "survey.back")).await.unwrap().taken());
    world.at_rest().await;
    answers(&ada, &card, "rarely").await;
    world.at_rest().await;
    answers(&ada, &card, "More time.").await;
    world.at_rest().await;
    let submitted = ada.press(press(&card, "survey.submit")).await.unwrap();
    assert!(
        submitted
            .answer
            .unwrap()
            .to_string()
            .contains("your answers are in")
    );
    world.at_rest().await;

    let told = world.answers().await;
    assert_eq!(told.len(), 1, "{told:#?}");
    fits_its_schema(&told[0]);
    assert_eq!(
        told[0]["data"]["answers"],
        json!([
            { "question": "q1", "answer": 4 },
            { "question": "q2", "answer": "rarely" },
            { "question": "q3", "answer": "More time." },
        ])
    );
    assert_eq!(told[0]["data"]["device_class"], "mobile");
}

#[actix_web::test]
async fn a_survey_pressed_on_two_devices_at_once_takes_each_step_once() {
    let world = World::start().await;
    let ada = world.install(ADA).await;
    let card = gets(&world, example("survey.requested", ADA, 1)).await;
    // Both show the first question.
    tokio::join!(answers(&ada, &card, "4"), answers(&ada, &card, "2"));
    world.at_rest().await;
    let chat = ada.chat();
    let shown = chat.card_of(&card).unwrap();
    assert!(shown.shows("Question 2 of 3"), "{:#?}", shown.shown());
}

#[actix_web::test]
async fn a_long_survey_opens_in_the_browser_and_is_not_asked_in_the_chat() {
    let world = World::start().await;
    let ada = world.install(ADA).await;
    let mut long = example("survey.requested", ADA, 2);
    let question = |number: u32| json!({ "id": format!("q{number}"), "kind": "text", "text": "And this?" });
    long["data"]["questions"] = (1..=6).map(question).collect();
    let by_link = gets(&world, example("survey.requested.by-link", ADA, 1)).await;
    let long = gets(&world, long).await;

    assert_ne!(by_link, long);
    for (title, url) in [
        ("Your year in mentoring", "https://acme.chronus.example/surveys/5"),
        (
            "How is your mentoring going?",
            "https://acme.chronus.example/surveys/4",
        ),
    ] {
        let chat = ada.chat();
        let message = chat.showing(title).unwrap();
        let drawn = message.card.as_ref().unwrap();
        let opens = |action: &Value| action["type"] == "Action.OpenUrl" && action["url"] == url;
        let body = drawn["body"].as_array().unwrap();
        let rows = body.iter().filter_map(|element| element["actions"].as_array());
        let actions: Vec<&Value> = rows.flatten().collect();
        assert!(actions.into_iter().any(opens), "{drawn:#}");
        assert!(!message.shows("Question 1"), "{:#?}", message.shown());
        assert!(!drawn.to_string().contains("survey.answer"), "{drawn:#}");
    }
}

#[actix_web::test]
async fn an_anonymous_answer_cannot_be_led_back_to_whoever_gave_it() {
    let world = World::start().await;
    let mut survey = example("survey.requested", ADA, 1);
    survey["data"]["anonymous"] = true.into();
    survey["data"]["questions"] = json!([{ "id": "q", "kind": "rating", "text": "How is it?" }]);
    let people = [ADA, BEN];
    let mut clients = Vec::new();
    for who in people {
        clients.push(world.install(who).await);
    }
    let sent = world.send(&[to(&survey, &people)]).await;
    let notifications = sent.result(0)["notifications"].as_array().unwrap();
    let cards: Vec<String> = notifications
        .iter()
        .map(|ticket| ticket["notification_id"].as_str().unwrap().to_owned())
        .collect();
    for ((client, card), value) in clients.iter().zip(&cards).zip(["5", "1"]) {
        world.reaches(card, "delivered").await;
        let shown = client.chat();
        assert!(shown.card_of(card).unwrap().shows("Your answers are anonymous."));
        answers(client, card, value).await;
        world.at_rest().await;
        assert!(client.press(press(card, "survey.submit")).await.unwrap().taken());
        world.at_rest().await;
        assert!(client.chat().card_of(card).unwrap().shows("your answers are in"));
    }

    let told = world.answers().await;
    let said: Vec<&Value> = told.iter().map(|answer| &answer["data"]["answers"]).collect();
    assert_eq!(
        said,
        [
            &json!([{ "question": "q", "answer": 5 }]),
            &json!([{ "question": "q", "answer": 1 }])
        ]
    );
    for answer in &told {
        fits_its_schema(answer);
        let said = answer.to_string();
        for hint in people.map(|who| who.id) {
            assert!(!said.contains(hint), "{hint} in {said}");
        }
        for hint in cards.iter().map(String::as_str).chain(["m-ada", "Web"]) {
            assert!(!said.contains(hint), "{hint} in {said}");
        }
    }
    // Nor does a card tell when, or by which event of the log, its reader answered.
    let traces: Vec<String> = told
        .iter()
        .flat_map(|answer| [&answer["sequence"], &answer["time"], &answer["id"]])
        .map(|trace| trace.as_str().unwrap().to_owned())
        .collect();
    for card in &cards {
        let status = world.status_of(card).await;
        assert_eq!(
            (&status["state"], &status["settled"]),
            (&json!("delivered"), &json!(true))
        );
        assert!(status.get("answer").is_none(), "{status:#}");
        let history = status["history"].as_array().unwrap();
        assert!(!history.is_empty());
        for entry in history {
            let place = entry["position"].to_string();
            assert!(!traces.contains(&place), "{entry} is {traces:?}");
            let what = entry["what"].as_str().unwrap();
            assert!(
                ["accepted", "queued", "attempted", "delivered"].contains(&what),
                "{entry}"
            );
        }
        for trace in &traces {
            assert!(
                !status.to_string().contains(&format!("\"{trace}\"")),
                "{trace} in {status:#}"
            );
        }
        let path = format!("/v1/notifications/{card}/why");
        let why = world.get_as(ACME_KEY, &path).await.body;
        assert_eq!(why["state"], "delivered", "{why:#}");
        let shown = why["evidence"].as_array().unwrap();
        assert!(!shown.is_empty());
        for one in shown {
            assert!(!traces.contains(&one["position"].to_string()), "{why:#}");
        }
    }
}

#[actix_web::test]
async fn a_reminder_reaches_those_it_lists_and_nobody_who_answered() {
    let world = World::start().await;
    let people = [ADA, BEN];
    for who in people {
        world.install(who).await;
    }
    let survey = to(&example("survey.requested", ADA, 1), &people);
    world.send(&[survey]).await;
    world.at_rest().await;
    // Ada has answered in the browser: Chronus reminds Ben alone.
    world
        .send(&[to(&example("survey.reminder", ADA, 1), &[BEN])])
        .await;
    world.at_rest().await;
    let nudged = |who: Folk| world.seen(who, "Your answers are still welcome");
    assert_eq!((nudged(ADA), nudged(BEN)), (0, 1));

    // Nobody in particular: everybody who has not answered here.
    let mut to_all = example("survey.reminder", ADA, 1);
    to_all["id"] = "again".into();
    to_all["data"].as_object_mut().unwrap().remove("recipients");
    world.send(&[to_all]).await;
    world.at_rest().await;
    assert_eq!((nudged(ADA), nudged(BEN)), (1, 1));
    // The cards before it lead to the newest.
    let lead_on = |who: Folk| world.seen(who, "There is a newer card about this below");
    assert_eq!((lead_on(ADA), lead_on(BEN)), (1, 2));
}

#[actix_web::test]
async fn a_survey_that_waits_can_be_answered_from_the_list() {
    let world = World::start().await;
    let ada = world.install(ADA).await;
    let card = gets(&world, example("survey.requested", ADA, 1)).await;
    ada.say("pending").await.unwrap();
    world.at_rest().await;
    let answer_here = Press {
        button: "Answer here".to_owned(),
        ..Press::default()
    };
    assert!(ada.press(answer_here).await.unwrap().taken());
    world.at_rest().await;
    let shown = ada.chat().last_from_bot().unwrap().clone();
    assert!(shown.shows("Question 1 of 3"), "{:#?}", shown.shown());
    for value in ["4", "monthly", "Fine."] {
        let next = Press {
            button: "survey.answer".to_owned(),
            message: Some(shown.id.clone()),
            inputs: pairs(&[("value", value)]),
            ..Press::default()
        };
        assert!(ada.press(next).await.unwrap().taken());
        world.at_rest().await;
    }
    let submit = Press {
        button: "survey.submit".to_owned(),
        message: Some(shown.id.clone()),
        ..Press::default()
    };
    assert!(ada.press(submit).await.unwrap().taken());
    world.at_rest().await;
    let told = world.answers().await;
    assert_eq!(told.len(), 1, "{told:#?}");
    fits_its_schema(&told[0]);
    // Both cards show it.
    assert!(ada.chat().card_of(&card).unwrap().shows("your answers are in"));
    assert!(
        ada.chat()
            .message(&shown.id)
            .unwrap()
            .shows("your answers are in")
    );
}

#[actix_web::test]
async fn a_long_survey_without_a_link_is_asked_in_the_chat() {
    let world = World::start().await;
    let ada = world.install(ADA).await;
    let mut long = example("survey.requested", ADA, 1);
    let question = |number: u32| json!({ "id": format!("q{number}"), "kind": "text", "text": "And this?" });
    long["data"]["questions"] = (1..=7).map(question).collect();
    for place in ["url", "links"] {
        long["data"].as_object_mut().unwrap().remove(place);
    }
    let card = gets(&world, long).await;
    assert!(ada.chat().card_of(&card).unwrap().shows("Question 1 of 7"));
    answers(&ada, &card, "Yes").await;
    world.at_rest().await;
    assert!(ada.chat().card_of(&card).unwrap().shows("Question 2 of 7"));
}

#[actix_web::test]
async fn an_answer_that_shows_nothing_answers_no_required_question() {
    let world = World::start().await;
    let ada = world.install(ADA).await;
    let mut survey = example("survey.requested", ADA, 1);
    survey["data"]["questions"] = json!([
        { "id": "q1", "kind": "text", "text": "What helped you?", "required": true },
        { "id": "q2", "kind": "text", "text": "Anything else?" },
    ]);
    let card = gets(&world, survey).await;
    for value in ["\u{200b}", "\u{2060}\u{feff}", "\u{ad}", "\u{3164}"] {
        let next = Press {
            inputs: pairs(&[("value", value)]),
            ..press(&card, "survey.answer")
        };
        let shown = ada.press(next).await.unwrap().answer.unwrap().to_string();
        assert!(shown.contains("Something is missing here"), "{value:?}: {shown}");
        assert!(shown.contains("Question 1 of 2"), "{value:?}: {shown}");
    }
    world.at_rest().await;
    assert!(world.answers().await.is_empty());
}

#[actix_web::test]
async fn an_answer_kept_for_a_question_that_is_asked_otherwise_now_is_void() {
    let world = World::start().await;
    let ada = world.install(ADA).await;
    let asked = |id: &str, questions: Value| {
        let mut survey = example("survey.requested", ADA, 1);
        survey["id"] = id.into();
        survey["data"]["questions"] = questions;
        survey
    };
    let rating = json!({ "id": "q1", "kind": "rating", "text": "How was it?", "required": true });
    let card = gets(&world, asked("1", json!([rating]))).await;
    answers(&ada, &card, "4").await;
    world.at_rest().await;
    let options = json!([{ "id": "a", "text": "Alpha" }, { "id": "b", "text": "Beta" }]);
    let choice =
        json!({ "id": "q1", "kind": "choice", "text": "Which one?", "options": options, "required": true });
    let again = world.send(&[asked("2", json!([choice]))]).await.card(0);
    world.at_rest().await;

    let chat = ada.chat();
    // One card or two: the newest asks what is asked now.
    let card = if chat.card_of(&again).is_some() {
        again
    } else {
        card
    };
    let shown = chat.card_of(&card).unwrap();
    assert!(shown.shows("Which one?"), "{:#?}", shown.shown());
    assert!(!shown.shows("answer is saved"), "{:#?}", shown.shown());
    answers(&ada, &card, "b").await;
    world.at_rest().await;
    assert!(ada.press(press(&card, "survey.submit")).await.unwrap().taken());
    world.at_rest().await;
    let told = world.answers().await;
    assert_eq!(told.len(), 1, "{told:#?}");
    assert_eq!(
        told[0]["data"]["answers"],
        json!([{ "question": "q1", "answer": "b" }])
    );
}
