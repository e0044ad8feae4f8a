//! What becomes of a card when the Bot Connector does not simply take it: delivered, refused or unknown, and what
//! Chronus is told. A card comes twice only where its outcome was unknown.

use chrono::TimeDelta;
use chronus_teams::sandbox::client::Action;
use chronus_teams::sandbox::faults::{Effect, Fault, Operation};
use serde_json::{Value, json};

use crate::support::{ADA, BEN, CLEO, DAN, Folk, World, event, mentoring_request, plain, press};

fn refuse(status: u16, code: &str, delivered: bool) -> Effect {
    Effect::Refuse {
        status,
        code: code.to_owned(),
        delivered,
    }
}

/// Ada with the app, and these failures for her next posts.
async fn world_with(faults: impl IntoIterator<Item = Effect>) -> World {
    let world = World::start().await;
    world.install(ADA).await;
    for effect in faults {
        order(&world, ADA, effect);
    }
    world
}

/// Makes a post to somebody fail; the first that was ordered comes first.
fn order(world: &World, who: Folk, effect: Effect) {
    let fault = Fault::next(effect, 1).on(Operation::Send);
    world.sandbox.order(fault.for_user(&who.key()));
}

fn whats(status: &Value) -> Vec<&str> {
    let history = status["history"].as_array().unwrap().iter();
    history.map(|entry| entry["what"].as_str().unwrap()).collect()
}

#[actix_web::test]
async fn chronus_hears_of_each_card_that_waits_long_since_teams_asks_for_it_and_of_its_arrival() {
    let throttle = Effect::Throttle {
        retry_after: Some(600),
    };
    let world = world_with([throttle]).await;
    let mut cards = Vec::new();
    for number in 1..=3 {
        let sent = mentoring_request(&number.to_string(), ADA.email);
        cards.push(world.send(&[sent]).await.card(0));
        if number == 1 {
            world.reaches(&cards[0], "retry").await;
        }
    }
    for card in &cards[1..] {
        let status = world.reaches(card, "deferred").await;
        assert_eq!(status["reason"], "throttled", "{status:#}");
    }
    world.webhook_got(3).await;
    let told = |word: &str, reason: &str| (word.to_owned(), reason.to_owned());
    assert_eq!(world.reports().await, vec![told("unreached", "throttled"); 3]);
    world.clock.advance(TimeDelta::minutes(11));
    for card in &cards {
        world.reaches(card, "delivered").await;
    }
    world.at_rest().await;
    let reports = world.reports().await;
    assert_eq!(reports[3..], vec![told("delivered", ""); 3]);
    assert_eq!(world.seen(ADA, "Would you mentor me?"), 3);
}

#[actix_web::test]
async fn a_throttled_card_waits_as_long_as_asked_and_comes_once() {
    let throttle = Effect::Throttle { retry_after: Some(1) };
    let world = world_with([throttle]).await;
    let card = world.send(&[plain("1", ADA.email, "In good time")]).await.card(0);

    let waits = world.reaches(&card, "retry").await;
    assert_eq!(
        (&waits["settled"], &waits["attempts"]),
        (&json!(false), &json!(1))
    );
    assert!(waits["due_at"].is_string(), "{waits:#}");
    let status = world.reaches(&card, "delivered").await;
    assert_eq!(
        (&status["settled"], &status["attempts"]),
        (&json!(true), &json!(2)),
        "{status:#}"
    );
    assert_eq!(world.seen(ADA, "In good time"), 1);
}

#[actix_web::test]
async fn a_refusal_tells_its_class_and_code_and_what_it_shows_of_the_person() {
    let world = World::start().await;
    for (who, code, shown) in [
        (ADA, "MessageWritesBlocked", "blocked"),
        (BEN, "ConversationBlockedByUser", "blocked"),
        (CLEO, "BotNotInConversationRoster", "uninstalled"),
    ] {
        world.install(who).await;
        if shown == "uninstalled" {
            // Before anybody counts as gone, the chat is asked for.
            order(&world, who, refuse(403, code, false));
        }
        order(&world, who, refuse(403, code, false));
        let refused = world
            .send(&[plain(&format!("1 {code}"), who.email, "Unwanted")])
            .await;
        let status = world.reaches(&refused.card(0), "refused").await;
        assert_eq!(
            (
                &status["reason"],
                &status["code"],
                &status["http_status"],
                &status["settled"]
            ),
            (&json!("recipient_state"), &json!(code), &json!(403), &json!(true)),
            "{status:#}"
        );

        let next = world
            .send(&[plain(&format!("2 {code}"), who.email, "Unwanted too")])
            .await;
        let status = world.reaches(&next.card(0), "suppressed").await;
        assert_eq!(status["reason"], shown, "{code}: {status:#}");
        assert_eq!(world.seen(who, "Unwanted"), 0);
    }
}

#[actix_web::test]
async fn a_card_that_may_have_come_is_sent_again_where_its_kind_says_so() {
    let world = World::start().await;
    for (who, effect, posts) in [
        (ADA, refuse(502, "BadGateway", false), 1),
        (BEN, refuse(502, "BadGateway", true), 2),
        (CLEO, refuse(408, "Timeout", false), 1),
        (DAN, Effect::Reset { delivered: true }, 2),
    ] {
        world.install(who).await;
        order(&world, who, effect);
        let card = world.send(&[mentoring_request(who.id, who.email)]).await.card(0);

        let status = world.reaches(&card, "delivered").await;

        let unknown = whats(&status).iter().any(|what| what.contains("unknown"));
        assert!(
            unknown,
            "the history hides that the outcome was unknown: {status:#}"
        );
        assert_eq!(status["attempts"], 2);
        assert_eq!(
            world.client(who).chat().notifications[&card],
            posts,
            "{}",
            who.name
        );
    }
}

#[actix_web::test]
async fn a_card_that_may_have_come_is_held_where_a_second_one_would_be_worse() {
    let world = World::start().await;
    for (who, effect) in [
        (ADA, refuse(500, "ServiceError", true)),
        (BEN, Effect::Reset { delivered: true }),
    ] {
        world.install(who).await;
        order(&world, who, effect);
        let data = json!({ "recipients": [{ "email": who.email }], "title": "To everybody" });
        let news = event(
            who.name,
            "com.chronus.announcement.published",
            Some("announcement/1"),
            data,
        );
        let card = world.send(&[news]).await.card(0);

        let status = world.reaches(&card, "unknown_held").await;

        world.at_rest().await;
        assert_eq!(status["attempts"], 1, "{status:#}");
        assert_eq!(world.seen(who, "To everybody"), 1);
    }
}

#[actix_web::test]
async fn a_press_settles_a_card_whose_outcome_was_unknown() {
    let failing = || refuse(503, "ServiceUnavailable", true);
    let world = world_with([failing(), failing(), failing()]).await;
    let card = world.send(&[mentoring_request("1", ADA.email)]).await.card(0);
    world.reaches(&card, "unknown_held").await;

    let pressed = world.client(ADA).press(press(&card, "Accept")).await.unwrap();

    assert!(pressed.taken(), "{pressed:?}");
    let status = world.reaches(&card, "answered").await;
    assert_eq!(status["settled"], true);
    world.webhook_got(1).await;
}

#[actix_web::test]
async fn a_reaction_or_a_read_receipt_settles_a_card_whose_outcome_was_unknown() {
    for evidence in [
        Action::React {
            message: None,
            reaction: "like".to_owned(),
        },
        Action::Read { message: None },
    ] {
        let world = world_with([]).await;
        order(&world, ADA, Effect::Reset { delivered: true });
        let data = json!({ "recipients": [{ "email": ADA.email }], "title": "To everybody" });
        let kind = "com.chronus.announcement.published";
        let news = event("news", kind, Some("announcement/1"), data);
        let card = world.send(&[news]).await.card(0);
        world.reaches(&card, "unknown_held").await;

        let outcome = world.client(ADA).act(evidence, None).await.unwrap();

        assert!(outcome.taken(), "{outcome:?}");
        world.reaches(&card, "seen").await;
        assert_eq!(world.seen(ADA, "To everybody"), 1);
    }
}

#[actix_web::test]
async fn a_bounded_number_of_unknown_outcomes_ends_as_unknown() {
    let failing = || refuse(503, "ServiceUnavailable", false);
    let world = world_with([failing(), failing(), failing()]).await;
    let card = world.send(&[mentoring_request("1", ADA.email)]).await.card(0);
    let status = world.reaches(&card, "unknown_held").await;
    assert_eq!(status["attempts"], 3, "{status:#}");
    assert!(!world.client(ADA).chat().notifications.contains_key(&card));
}

#[actix_web::test]
async fn the_history_of_a_card_tells_everything_that_touched_it_in_order() {
    let world = world_with([]).await;
    let card = world.send(&[mentoring_request("1", ADA.email)]).await.card(0);
    let status = world.reaches(&card, "delivered").await;
    let positions: Vec<u64> = status["history"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["position"].as_u64().unwrap())
        .collect();
    assert!(positions.is_sorted(), "{positions:?}");
    let told = whats(&status).len();
    assert!(told >= 4, "accepted, queued, attempted, delivered: {status:#}");
    assert_eq!(status["subject"], "mentoring_request/1");
    assert_eq!(status["teams_user"]["aad_object_id"], ADA.id);
}

#[actix_web::test]
async fn an_event_that_ran_out_before_it_could_be_sent_is_not_sent() {
    let world = world_with([]).await;
    let mut late = plain("1", ADA.email, "Too late");
    late["data"]["expires_at"] = "2020-01-01T00:00:00Z".into();
    let card = world.send(&[late]).await.card(0);
    world.reaches(&card, "expired").await;
    assert_eq!(world.seen(ADA, "Too late"), 0);
}

#[actix_web::test]
async fn a_stop_in_the_midst_of_delivery_loses_no_card_and_repeats_none() {
    let mut world = world_with([]).await;
    let mut cards = Vec::new();
    for number in 0..12 {
        let title = format!("Number {number:02}");
        cards.push(world.send(&[plain(&title, ADA.email, &title)]).await.card(0));
    }
    world.sees(ADA, "Number").await;
    world.restart_service().await;
    for card in &cards {
        world.reaches(card, "delivered").await;
    }
    for (number, card) in cards.iter().enumerate() {
        // A try that a busy machine answered too late is unknown, and may be made again.
        let history = world.status_of(card).await["history"].take();
        let unknown = |entry: &&Value| entry["what"] == "outcome_unknown";
        let unknown = history
            .as_array()
            .map_or(0, |all| all.iter().filter(unknown).count());
        let seen = world.seen(ADA, &format!("Number {number:02}"));
        assert!(
            (1..=1 + unknown).contains(&seen),
            "{number} is seen {seen} times: {history:#}"
        );
    }
}

#[actix_web::test]
async fn a_chat_that_teams_does_not_find_is_asked_for_anew_and_the_card_comes() {
    for (status, code) in [(404, "ConversationNotFound"), (403, "InvalidBotApiHost")] {
        let world = world_with([refuse(status, code, false)]).await;
        let card = world.send(&[plain("1", ADA.email, "Found again")]).await.card(0);

        let status = world.reaches(&card, "delivered").await;

        assert_eq!(status["attempts"], 2, "{status:#}");
        assert_eq!(world.sandbox.stats().counts.creates, 1);
        assert_eq!(world.seen(ADA, "Found again"), 1);
    }
}

#[actix_web::test]
async fn a_chat_that_teams_does_not_find_for_a_while_is_asked_for_until_it_is_there() {
    let gone = || refuse(404, "ConversationNotFound", false);
    let world = world_with([gone(), gone(), gone()]).await;
    let card = world.send(&[plain("1", ADA.email, "Back again")]).await.card(0);
    let status = world.reaches(&card, "delivered").await;
    assert_eq!(status["attempts"], 4, "{status:#}");
    assert_eq!(world.sandbox.stats().counts.creates, 3);
    assert_eq!(world.seen(ADA, "Back again"), 1);
    assert_eq!(world.reports().await, [], "a few seconds are no news");
}

#[actix_web::test]
async fn chronus_hears_once_that_a_chat_is_not_found_for_long_and_that_the_card_came() {
    let faults = (0..14).map(|_| refuse(404, "ConversationNotFound", false));
    let world = world_with(faults).await;
    let card = world.send(&[plain("1", ADA.email, "At last")]).await.card(0);
    // The chat is asked for at once after the first try.
    for tries in 2..=14 {
        let tried = |status: &Value| status["attempts"] == tries && status["state"] == "retry";
        world.becomes(&card, tried).await;
        world.clock.advance(chrono::TimeDelta::minutes(75));
    }
    world.reaches(&card, "delivered").await;
    world.at_rest().await;
    let pair = |word: &str, reason: &str| (word.to_owned(), reason.to_owned());
    assert_eq!(
        world.reports().await,
        [pair("unreached", "chat_not_found"), pair("delivered", "")]
    );
}

#[actix_web::test]
async fn a_switch_of_an_administrators_is_looked_at_again_after_hours_and_what_was_held_back_follows() {
    let world = world_with([refuse(403, "BotDisabledByAdmin", false)]).await;
    let first = world.send(&[plain("1", ADA.email, "The first")]).await.card(0);
    let waits = world.reaches(&first, "retry").await;
    assert_eq!(waits["reason"], "BotDisabledByAdmin", "{waits:#}");
    let held = world.send(&[mentoring_request("2", ADA.email)]).await.card(0);
    let status = world.reaches(&held, "suppressed").await;
    assert_eq!(status["reason"], "disabled_by_admin", "{status:#}");
    assert_eq!(world.seen(ADA, "The first"), 0);

    world.at_rest().await;
    let unreached = || ("unreached".to_owned(), "app_disabled".to_owned());
    assert_eq!(world.reports().await, [unreached(), unreached()], "told at once");

    world.clock.advance(chrono::TimeDelta::hours(6));
    world.reaches(&first, "delivered").await;
    world.at_rest().await;
    assert_eq!(world.seen(ADA, "The first"), 1);
    let delivered = || ("delivered".to_owned(), String::new());
    assert_eq!(world.reports().await[2..], [delivered(), delivered()]);
    world.sees(ADA, "What is still open").await;
    let next = world.send(&[plain("3", ADA.email, "As ever")]).await.card(0);
    world.reaches(&next, "delivered").await;
}

#[actix_web::test]
async fn a_card_that_something_in_between_turns_away_is_tried_until_it_comes() {
    for status in [405, 409, 451] {
        let world = world_with([refuse(status, "SomethingInBetween", false)]).await;
        let card = world.send(&[plain("1", ADA.email, "Turned away")]).await.card(0);
        let status = world.reaches(&card, "delivered").await;
        assert!(
            status["history"].to_string().contains("SomethingInBetween"),
            "{status:#}"
        );
        assert_eq!(world.seen(ADA, "Turned away"), 1);
    }
}

#[actix_web::test]
async fn a_cards_update_is_tried_like_a_card_and_ends_only_with_its_message() {
    for (status, code) in [
        (404, "ConversationNotFound"),
        (403, "BotNotInConversationRoster"),
        (403, "AclCheckFailed"),
        (412, "PreconditionFailed"),
        (503, "ServiceError"),
        (409, "Conflict"),
        (405, "MethodNotAllowed"),
        (415, "UnsupportedMediaType"),
        (422, "UnprocessableEntity"),
        (451, "UnavailableForLegalReasons"),
    ] {
        let world = World::start().await;
        let ada = world.install(ADA).await;
        let card = world.send(&[mentoring_request("1", ADA.email)]).await.card(0);
        world.reaches(&card, "delivered").await;
        let fault = Fault::next(refuse(status, code, false), 2).on(Operation::Update);
        world.sandbox.order(fault.for_user(&ADA.key()));
        let withdrawn = event(
            "2",
            "com.chronus.mentoring_request.withdrawn",
            Some("mentoring_request/1"),
            json!({}),
        );
        world.send(&[withdrawn]).await;
        let shown = ada.wait_for(crate::support::PATIENCE, |chat| {
            chat.card_of(&card).is_some_and(|message| message.edits > 0)
        });
        assert!(shown.await.is_ok(), "{code}: the card was not updated");
        let whats = world.status_of(&card).await;
        assert!(
            whats["history"].to_string().contains("update_retry_scheduled"),
            "{whats:#}"
        );
    }
}

#[actix_web::test]
async fn an_update_of_a_message_that_is_gone_ends() {
    let world = World::start().await;
    world.install(ADA).await;
    let card = world.send(&[mentoring_request("1", ADA.email)]).await.card(0);
    world.reaches(&card, "delivered").await;
    // The greeting is put right meanwhile, which is another update.
    world.at_rest().await;
    let fault = Fault::next(refuse(404, "ActivityNotFoundInConversation", false), 1).on(Operation::Update);
    world.sandbox.order(fault.for_user(&ADA.key()));
    let withdrawn = event(
        "2",
        "com.chronus.mentoring_request.withdrawn",
        Some("mentoring_request/1"),
        json!({}),
    );
    world.send(&[withdrawn]).await;
    world.at_rest().await;
    let status = world.status_of(&card).await;
    let ended = status["history"]
        .as_array()
        .unwrap()
        .iter()
        .find(|entry| entry["what"] == "update_abandoned");
    assert!(ended.is_some(), "{status:#}");
}

#[actix_web::test]
async fn an_outage_is_waited_out_and_everything_comes_once_when_it_is_over() {
    let world = World::start().await;
    world.install(ADA).await;
    world.install(BEN).await;
    world.at_rest().await;
    for operation in [Operation::Send, Operation::Members] {
        world
            .sandbox
            .order(Fault::next(refuse(503, "ServiceUnavailable", false), 3).on(operation));
    }
    let mut cards = Vec::new();
    for number in 0..10 {
        let who = if number % 2 == 0 { ADA } else { BEN };
        let title = format!("Number {number}");
        cards.push(world.send(&[plain(&title, who.email, &title)]).await.card(0));
    }
    for card in &cards {
        world.reaches(card, "delivered").await;
    }
    for number in 0..10 {
        let who = if number % 2 == 0 { ADA } else { BEN };
        assert_eq!(world.seen(who, &format!("Number {number}")), 1, "{number}");
    }
}
