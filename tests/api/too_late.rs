//! What is pressed or written when it is too late for it: the person is told, and loses no word of theirs.

use chrono::TimeDelta;
use chronus_teams::sandbox::client::{Client, Press};
use events::Clock as _;
use serde_json::{Value, json};

use crate::support::{ACME_KEY, ADA, BEN, World, event, example, pairs, press};

async fn ada(world: &World) -> Client {
    let ada = world.install(ADA).await;
    assert!(ada.say("help").await.unwrap().taken());
    world.at_rest().await;
    ada
}

/// The data of the button that a message offers under this verb.
fn data_of(client: &Client, message: &str, verb: &str) -> Value {
    let card = client.chat().message(message).unwrap().card.clone().unwrap();
    button(&card, verb).unwrap_or_else(|| panic!("no {verb} on {card:#}"))
}

fn button(element: &Value, verb: &str) -> Option<Value> {
    if element["type"] == "Action.Execute" && element["verb"] == verb {
        return Some(element["data"].clone());
    }
    let fields = element.as_object().into_iter().flat_map(|fields| fields.values());
    let items = element.as_array().into_iter().flatten();
    fields.chain(items).find_map(|inner| button(inner, verb))
}

#[actix_web::test]
async fn words_written_in_a_form_whose_conversation_has_ended_are_given_back() {
    let world = World::start().await;
    let ada = ada(&world).await;
    let started = example("connection.started", ADA, 1);
    let partner = started["data"]["partner"]["name"].as_str().unwrap().to_owned();
    let subject = started["subject"].as_str().unwrap().to_owned();
    world.send(&[started]).await;
    world.at_rest().await;
    let first = partner.split(' ').next().unwrap();
    assert!(ada.say(format!("message {first}")).await.unwrap().taken());
    world.at_rest().await;
    let form = ada.chat().last_from_bot().unwrap().id.clone();
    let mut data = data_of(&ada, &form, "message.send");
    data["text"] = "It was a pleasure to learn from you".into();

    let mut ended = example("connection.ended", ADA, 1);
    ended["subject"] = subject.into();
    assert_eq!(world.send(&[ended]).await.status, 202);
    world.at_rest().await;
    let answer = world
        .presses_as_shown(&ada, &form, ("message.send", data), None)
        .await;
    let shown = answer.body.unwrap().to_string();
    for text in ["It was a pleasure to learn from you", "has ended", "was not sent"] {
        assert!(shown.contains(text), "{text}: {shown}");
    }
    let chat = ada.chat();
    let form = chat.message(&form).unwrap();
    assert!(form.shows("It was a pleasure to learn from you"), "{form:#?}");
    assert!(world.answers().await.is_empty());
}

#[actix_web::test]
async fn words_to_a_match_that_was_taken_back_are_given_back() {
    let world = World::start().await;
    let ada = ada(&world).await;
    let suggested = example("recommended_match.suggested", ADA, 1);
    let subject = suggested["subject"].as_str().unwrap().to_owned();
    let card = world.send(&[suggested]).await.card(0);
    world.reaches(&card, "delivered").await;
    let message = ada.chat().card_of(&card).unwrap().id.clone();
    let mut data = data_of(&ada, &message, "match.request");
    data["message"] = "I admire your work".into();
    let taken_back = event(
        "back",
        "com.chronus.recommended_match.withdrawn",
        Some(&subject),
        json!({}),
    );
    world.send(&[taken_back]).await;
    world.at_rest().await;
    let answer = world
        .presses_as_shown(&ada, &message, ("match.request", data), None)
        .await;
    let shown = answer.body.unwrap().to_string();
    assert!(
        shown.contains("You wrote:") && shown.contains("I admire your work"),
        "{shown}"
    );
    assert!(ada.chat().message(&message).unwrap().shows("I admire your work"));
}

#[actix_web::test]
async fn nobody_says_that_they_come_to_what_is_past() {
    let world = World::start().await;
    let ada = ada(&world).await;
    let mut invited = example("erg_event.invited", ADA, 1);
    let starts = world.clock.now() + TimeDelta::hours(1);
    invited["data"]["starts_at"] = json!(starts);
    invited["data"]["ends_at"] = json!(starts + TimeDelta::hours(1));
    let card = world.send(&[invited]).await.card(0);
    world.reaches(&card, "delivered").await;
    world.at_rest().await;
    world.clock.advance(TimeDelta::hours(3));
    let mut going = press(&card, "event.rsvp");
    going.data = pairs(&[("rsvp", "going")]);
    let pressed = ada.press(going).await.unwrap();
    world.at_rest().await;
    assert!(pressed.answer.unwrap().to_string().contains("This is over"));
    assert!(world.answers().await.is_empty());
    let chat = ada.chat();
    let shown = chat.card_of(&card).unwrap();
    assert!(shown.shows("This is over"), "{shown:#?}");
}

#[actix_web::test]
async fn a_card_that_says_paused_says_so_no_longer_once_the_pause_is_over() {
    let world = World::start().await;
    let ada = ada(&world).await;
    let says = async |text: &str| {
        assert!(ada.say(text).await.unwrap().taken());
        world.at_rest().await;
        ada.chat().last_from_bot().unwrap().id.clone()
    };
    let shows = |id: &str, text: &str| ada.chat().message(id).unwrap().shows(text);
    let paused = says("pause 1 week").await;
    let settings = says("notifications").await;
    for card in [&paused, &settings] {
        assert!(shows(card, "Paused until"), "{:#?}", ada.chat().message(card));
    }
    says("resume").await;
    for card in [&paused, &settings] {
        assert!(!shows(card, "Paused until"), "{:#?}", ada.chat().message(card));
    }

    // Ended by its button, and by its time.
    let again = says("pause 1 week").await;
    let resume = Press {
        button: "pause.end".to_owned(),
        message: Some(again.clone()),
        ..Press::default()
    };
    let other = says("pause 2 weeks").await;
    assert!(ada.press(resume).await.unwrap().taken());
    world.at_rest().await;
    assert!(!shows(&again, "Paused until") && !shows(&other, "Paused until"));
    let last = says("pause 1 week").await;
    world.clock.advance(TimeDelta::days(8));
    world.at_rest().await;
    assert!(!shows(&last, "Paused until"), "{:#?}", ada.chat().message(&last));
}

#[actix_web::test]
async fn a_name_is_found_however_its_letters_are_typed_and_what_follows_it_stands_in_the_box() {
    let world = World::start().await;
    let ada = ada(&world).await;
    for (number, name) in [(1, "José Ångström"), (2, "Łukasz Sørensen"), (3, "Straße Müller")] {
        let mut started = example("connection.started", ADA, number);
        started["data"]["partner"] = json!({ "member_id": format!("p-{number}"), "name": name });
        world.send(&[started]).await;
    }
    world.at_rest().await;
    for (typed, name) in [
        ("message jose angstrom hello there", "José Ångström"),
        ("message José Ångström hello there", "José Ångström"),
        ("message lukasz sorensen hello there", "Łukasz Sørensen"),
        ("message strasse muller hello there", "Straße Müller"),
    ] {
        assert!(ada.say(typed).await.unwrap().taken());
        world.at_rest().await;
        let chat = ada.chat();
        let form = chat.last_from_bot().unwrap();
        assert!(form.shows(&format!("Write to {name}")), "{typed}: {form:#?}");
        let card = form.card.as_ref().unwrap().to_string();
        assert!(card.contains("\"value\":\"hello there\""), "{typed}: {card}");
    }
}

#[actix_web::test]
async fn an_event_for_all_that_came_while_the_tenant_was_off_reaches_whoever_is_looked_up_afterwards() {
    let world = World::start().await;
    world.install(ADA).await;
    world.install(BEN).await;
    let told = |id: &str, member: &str, email: &str| {
        let data = json!({ "recipients": [{ "member_id": member, "email": email }] });
        event(id, "com.chronus.member.upserted", None, data)
    };
    world.send(&[told("1", "m-1", ADA.email)]).await;
    world.at_rest().await;
    let switch = async |to: &str| {
        let path = world.url(&format!("/v1/tenant/{to}"));
        let answer = world.http.post(path).bearer_auth(ACME_KEY).send().await.unwrap();
        assert!(answer.status().is_success(), "{answer:?}");
        world.at_rest().await;
    };
    switch("disable").await;
    // He is named for the first time now, and cannot be looked up.
    world.send(&[told("2", "m-2", BEN.email)]).await;
    let data = json!({ "recipients": "all", "title": "For everybody" });
    let all = event(
        "3",
        "com.chronus.announcement.published",
        Some("announcement/1"),
        data,
    );
    assert_eq!(world.send(&[all]).await.status, 202);
    world.at_rest().await;
    world
        .clock
        .advance(crate::support::UNREACHED_AFTER + TimeDelta::seconds(1));
    world.at_rest().await;
    let off = ("unreached".to_owned(), "tenant_off".to_owned());
    assert_eq!(world.reports().await, [off.clone(), off]);
    switch("enable").await;
    for who in [ADA, BEN] {
        world.sees(who, "For everybody").await;
    }
}
