//! What people do in the chat: each deed has its effect once, however often Teams tells of it, and gets its answer.

use chronus_teams::sandbox::client::Press;
use events::Position;
use serde_json::json;

use crate::support::{ADA, World, event, mentoring_request, plain, press};

/// A mentoring request in Ada's chat; returns its card's id.
async fn requested(world: &World) -> String {
    let answer = world.send(&[mentoring_request("1", ADA.email)]).await;
    let card = answer.card(0);
    world.reaches(&card, "delivered").await;
    card
}

/// The step of Ada's only deed of this type.
fn step_of(world: &World, kind: &str) -> String {
    let deeds = world.client(ADA).chat().deeds;
    let mut steps = deeds.iter().filter(|(_, deed)| deed.activity["type"] == kind);
    let step = steps.next().unwrap().0.clone();
    assert_eq!(steps.next(), None, "more than one {kind}");
    step
}

#[actix_web::test]
async fn a_deed_that_is_told_again_gets_the_first_answer_and_has_no_second_effect() {
    let mut world = World::start().await;
    let ada = world.install(ADA).await;
    let card = requested(&world).await;
    let pressed = ada.press(press(&card, "Accept")).await.unwrap();
    assert!(ada.say("status").await.unwrap().taken());
    world.at_rest().await;
    let (head, messages) = (world.head(), ada.chat().messages.len());
    let steps = ["invoke", "message", "installationUpdate", "conversationUpdate"];
    let steps = steps.map(|kind| step_of(&world, kind));

    for round in ["at once", "after a restart"] {
        for step in &steps {
            let again = ada.repeat(step).await.unwrap().unwrap();
            assert_eq!(again.status, 200, "{step} {round}");
            if *step == steps[0] {
                assert_eq!(again.body, pressed.answer, "{round}");
            }
        }
        world.at_rest().await;
        assert_eq!(ada.chat().messages.len(), messages, "{round}");
        assert_eq!(world.head(), head, "{round}");
        world.restart_service().await;
    }
    assert_eq!(
        world.feed(crate::support::ACME_KEY, "after=0").await["events"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[actix_web::test]
async fn the_same_deed_told_many_times_at_once_has_its_effect_once() {
    let world = World::start().await;
    let ada = world.install(ADA).await;
    ada.say("help").await.unwrap();
    world.at_rest().await;
    let step = step_of(&world, "message");
    let mut activity = ada.chat().deeds[&step].activity.clone();
    activity["id"] = "1800000000000".into();
    activity["text"] = "status".into();
    let body = activity.to_string();
    let kind = chronus_teams::sandbox::bot::TokenKind::Genuine;

    let told = (0..12).map(|_| world.sandbox.post_activity(body.clone(), kind));
    let answers = futures_util::future::join_all(told).await;

    assert!(
        answers
            .iter()
            .all(|answer| answer.as_ref().is_ok_and(|answer| answer.status == 200))
    );
    world.at_rest().await;
    assert_eq!(world.seen(ADA, "How things stand"), 1);
}

#[actix_web::test]
async fn accepting_shows_in_the_card_and_a_second_press_changes_nothing() {
    let world = World::start().await;
    let ada = world.install(ADA).await;
    let card = requested(&world).await;
    let (accept, chat) = (press(&card, "Accept"), ada.chat());
    let message = chat.card_of(&card).unwrap();

    // Two devices: both press the open card before either has its answer.
    let (one, other) = tokio::join!(ada.press(accept.clone()), ada.press(accept));
    let (one, other) = (one.unwrap(), other.unwrap());

    for outcome in [&one, &other] {
        assert_eq!(outcome.status, Some(200));
        let shown = outcome.answer.as_ref().unwrap().to_string();
        assert!(shown.contains("You accepted this here"), "{shown}");
    }
    world.at_rest().await;
    assert_eq!(world.status_of(&card).await["state"], "answered");
    let now = ada.chat();
    let shown = now.message(&message.id).unwrap();
    assert!(shown.edits >= 1, "the card in the chat was not updated");
    assert_eq!(world.seen(ADA, "You accepted this here"), 1);
    world.webhook_got(1).await;
    assert_eq!(world.sandbox.inbox("acme").received.len(), 1);
}

#[actix_web::test]
async fn a_request_answered_and_then_withdrawn_stays_as_it_was_answered() {
    let world = World::start().await;
    let ada = world.install(ADA).await;
    let card = requested(&world).await;
    ada.press(press(&card, "Accept")).await.unwrap();
    world.at_rest().await;

    let subject = Some("mentoring_request/1");
    world
        .send(&[event(
            "2",
            "com.chronus.mentoring_request.withdrawn",
            subject,
            json!({}),
        )])
        .await;
    world.at_rest().await;

    let status = world.status_of(&card).await;
    assert_eq!(
        (&status["state"], &status["settled"]),
        (&json!("answered"), &json!(true))
    );
    assert_eq!(world.sandbox.inbox("acme").received.len(), 1);
}

#[actix_web::test]
async fn a_press_on_a_card_whose_request_was_withdrawn_shows_how_it_stands() {
    let world = World::start().await;
    let ada = world.install(ADA).await;
    let card = requested(&world).await;
    let accept = world.client(ADA).chat().card_of(&card).unwrap().clone();
    let subject = Some("mentoring_request/1");
    world
        .send(&[event(
            "2",
            "com.chronus.mentoring_request.withdrawn",
            subject,
            json!({}),
        )])
        .await;
    world.at_rest().await;
    assert_eq!(world.seen(ADA, "Withdrawn"), 1);

    // The button is gone from the card, so the press comes from a client that still shows the old one.
    let gone = ada.press(press(&card, "Accept")).await;
    assert!(gone.is_err(), "an answer is still offered: {gone:?}");
    let chat = ada.chat();
    let mut activity = chat.deeds.values().next().unwrap().activity.clone();
    activity["type"] = "invoke".into();
    activity["name"] = "adaptiveCard/action".into();
    activity["id"] = "f:late".into();
    activity["replyToId"] = accept.id.into();
    let data = json!({ "notification_id": card });
    activity["value"] = json!({
        "trigger": "manual",
        "action": { "type": "Action.Execute", "verb": "request.accept", "data": data },
    });
    let kind = chronus_teams::sandbox::bot::TokenKind::Genuine;
    let answer = world
        .sandbox
        .post_activity(activity.to_string(), kind)
        .await
        .unwrap();

    assert_eq!(answer.status, 200);
    let shown = answer.body.unwrap().to_string();
    assert!(shown.contains("Withdrawn"), "{shown}");
    world.at_rest().await;
    assert!(world.sandbox.inbox("acme").received.is_empty());
}

#[actix_web::test]
async fn an_old_client_answers_as_well_as_a_new_one() {
    let world = World::start().await;
    let ada = world.install(ADA).await;
    let card = requested(&world).await;
    let inputs = [("reason", "timing"), ("note", "Next year, gladly.")];
    let decline = Press {
        old_client: true,
        inputs: inputs.map(|(id, value)| (id.to_owned(), value.to_owned())).into(),
        ..press(&card, "Decline request")
    };

    let pressed = ada.press(decline).await.unwrap();

    assert!(pressed.taken(), "{pressed:?}");
    world.sees(ADA, "You declined this here").await;
    world.webhook_got(1).await;
    let answer = &world.sandbox.inbox("acme").received[0].body;
    assert_eq!(answer["type"], "com.chronus.teams.mentoring_request.declined");
    assert_eq!(answer["data"]["reason"], "timing");
    assert_eq!(answer["data"]["note"], "Next year, gladly.");
}

#[actix_web::test]
async fn the_welcome_says_how_many_requests_waited_as_long_as_they_do() {
    let world = World::start().await;
    let mut cards = Vec::new();
    for id in ["1", "2"] {
        let sent = world.send(&[mentoring_request(id, ADA.email)]).await;
        cards.push(sent.card(0));
        world.reaches(&cards[cards.len() - 1], "unresolved").await;
    }
    let ada = world.install(ADA).await;
    for card in &cards {
        world.reaches(card, "delivered").await;
    }
    world.at_rest().await;
    let welcome = || {
        let chat = ada.chat();
        chat.showing("Welcome to Chronus in Teams").unwrap().clone()
    };
    let greeting = welcome();
    assert!(
        greeting.shows("Waits for you: Mentoring requests: 2"),
        "{:#?}",
        greeting.shown()
    );

    let pending = Press {
        shows: Some("Welcome to Chronus".to_owned()),
        button: "Show what waits".to_owned(),
        ..Press::default()
    };
    assert!(ada.press(pending).await.unwrap().taken());
    world.at_rest().await;
    let chat = ada.chat();
    assert!(chat.last_from_bot().unwrap().shows("What waits for you"));

    for (card, left) in cards
        .iter()
        .zip([Some("Waits for you: Mentoring requests: 1"), None])
    {
        ada.press(press(card, "Accept")).await.unwrap();
        world.at_rest().await;
        let shown = welcome();
        match left {
            Some(left) => assert!(shown.shows(left), "{:#?}", shown.shown()),
            None => assert!(!shown.shows("Waits for you"), "{:#?}", shown.shown()),
        }
    }
    assert_eq!(world.seen(ADA, "Welcome to Chronus in Teams"), 1);
}

#[actix_web::test]
async fn one_welcome_for_ever_and_a_welcome_back_after_each_return() {
    let world = World::start().await;
    let ada = world.install(ADA).await;
    assert_eq!(world.seen(ADA, "Welcome to Chronus in Teams"), 1);
    for returns in 1..=2 {
        assert!(ada.uninstall().await.unwrap().taken());
        world.install(ADA).await;
        assert_eq!(world.seen(ADA, "Welcome back"), returns);
    }
    assert_eq!(world.seen(ADA, "Welcome to Chronus in Teams"), 1);
}

#[actix_web::test]
async fn nothing_goes_to_somebody_who_disconnected_until_they_connect_again() {
    let world = World::start().await;
    let ada = world.install(ADA).await;
    ada.say("Disconnect!").await.unwrap();
    ada.say("disconnect").await.unwrap();
    world.sees(ADA, "You are disconnected").await;
    let missed = world.send(&[plain("1", ADA.email, "While away")]).await;
    let missed = world.reaches(&missed.card(0), "suppressed").await;
    assert_eq!(missed["reason"], "disconnected");

    ada.say("connect").await.unwrap();
    world.sees(ADA, "You are connected").await;
    let next = world.send(&[plain("2", ADA.email, "Back again")]).await;

    world.reaches(&next.card(0), "delivered").await;
    // What came meanwhile is a line in the answer to `connect`, and no card of its own.
    assert_eq!(
        (world.seen(ADA, "While away"), world.seen(ADA, "Back again")),
        (1, 1)
    );
}

#[actix_web::test]
async fn what_is_no_command_is_answered_and_not_kept() {
    let world = World::start().await;
    let ada = world.install(ADA).await;
    ada.say("my secret thoughts").await.unwrap();
    world.sees(ADA, "Here is what I can do").await;
    world.at_rest().await;
    let log = world
        .service()
        .store()
        .read_log(Position::START, usize::MAX)
        .await;
    for recorded in log.unwrap() {
        assert!(!format!("{recorded:?}").contains("secret thoughts"));
    }
}
