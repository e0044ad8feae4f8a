//! Off and on again, and every other way of coming back, over the whole way: while a tenant is off one sentence leaves and
//! nothing else; afterwards, and after every other absence, one card tells what was missed and is still so.

use chrono::TimeDelta;
use chronus_teams::sandbox::client::Client;
use chronus_teams::sandbox::faults::{Effect, Fault, Operation};
use events::Clock as _;
use serde_json::json;

use crate::support::{ACME_KEY, ADA, Answer, BEN, World, mentoring_request, plain, press};

const SENTENCE: &str = "Chronus is switched off for your organization";
const MISSED: &str = "While you were away";

async fn switch(world: &World, to: &str) {
    let request = world.http.post(world.url(&format!("/v1/tenant/{to}")));
    let answer = Answer::of(request.bearer_auth(ACME_KEY)).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    world.at_rest().await;
}

fn from_bot(client: &Client) -> usize {
    client
        .chat()
        .messages
        .iter()
        .filter(|message| message.from_bot)
        .count()
}

/// The one card of what was missed: how many messages there are beside it, and how it reads.
fn told(world: &World, before: usize) -> (usize, Vec<String>) {
    let chat = world.client(ADA).chat();
    let lists: Vec<_> = chat
        .messages
        .iter()
        .filter(|message| message.from_bot && message.shows(MISSED))
        .collect();
    assert_eq!(lists.len(), 1, "{:#?}", chat.messages);
    let shown = lists[0].shown();
    assert!(!lists[0].shows("void"), "nothing is void: {shown:#?}");
    (from_bot(&world.client(ADA)) - before, shown)
}

#[actix_web::test]
async fn while_a_tenant_is_off_one_sentence_leaves_and_chronus_hears_of_each_card() {
    let mut world = World::start().await;
    let ada = world.install(ADA).await;
    let old = world.send(&[mentoring_request("0", ADA.email)]).await.card(0);
    world.reaches(&old, "delivered").await;
    world.at_rest().await;
    let before = from_bot(&ada);
    switch(&world, "disable").await;

    let first = world.send(&[plain("1", ADA.email, "First")]).await.card(0);
    let second = world.send(&[mentoring_request("2", ADA.email)]).await.card(0);
    for card in [&first, &second] {
        let status = world.reaches(card, "suppressed").await;
        assert_eq!(status["reason"], "tenant_off", "{status:#}");
    }
    // An update of the old card is due, and somebody else installs: neither leads to anything in a chat.
    let kind = "com.chronus.mentoring_request.withdrawn";
    let withdrawn = crate::support::event("w", kind, Some("mentoring_request/0"), json!({}));
    world.send(&[withdrawn]).await;
    assert!(world.client(BEN).install().await.unwrap().taken());
    for _ in 0..2 {
        assert!(ada.say("help").await.unwrap().taken());
    }
    world.sees(ADA, SENTENCE).await;
    world.restart_service().await;
    world.at_rest().await;
    assert_eq!(from_bot(&ada) - before, 1, "{:#?}", ada.chat().messages);
    assert_eq!(from_bot(&world.client(BEN)), 0);
    assert!(!ada.chat().card_of(&old).unwrap().shows("withdrawn"));
    let off = ("unreached".to_owned(), "tenant_off".to_owned());
    assert_eq!(world.reports().await, [off.clone(), off.clone()]);

    world.clock.advance(TimeDelta::hours(1));
    switch(&world, "enable").await;
    world.sees(ADA, MISSED).await;
    world.sees(BEN, "Welcome to Chronus").await;
    world.at_rest().await;
    let (new, shown) = told(&world, before);
    assert_eq!(
        new, 2,
        "the sentence, and one card of what was missed: {shown:#?}"
    );
    for title in ["First", "Priya Nair"] {
        assert!(
            shown.iter().any(|line| line.contains(title)),
            "{title}: {shown:#?}"
        );
    }
    let arrived = ("delivered".to_owned(), String::new());
    assert_eq!(
        world.reports().await,
        [off.clone(), off, arrived.clone(), arrived]
    );
    for card in [&first, &second] {
        assert_eq!(world.status_of(card).await["state"], "merged");
    }

    // Everything works again.
    assert!(ada.say("help").await.unwrap().taken());
    world.sees(ADA, "What you can do here").await;
    let later = world.send(&[plain("3", ADA.email, "Later")]).await.card(0);
    world.reaches(&later, "delivered").await;
}

#[actix_web::test]
async fn on_again_everybody_gets_one_card_and_no_flood() {
    let world = World::start().await;
    let ada = world.install(ADA).await;
    let before = from_bot(&ada);
    switch(&world, "disable").await;
    for number in 0..12 {
        let title = format!("Piece {number}");
        world.send(&[plain(&number.to_string(), ADA.email, &title)]).await;
    }
    world.at_rest().await;
    // Off, on and off again before anything left, and another card.
    switch(&world, "enable").await;
    world.sees(ADA, MISSED).await;
    world.at_rest().await;
    let (new, shown) = told(&world, before);
    assert_eq!(new, 1);
    assert!(shown.iter().any(|line| line.contains("2 more")), "{shown:#?}");
}

#[actix_web::test]
async fn whoever_installs_again_finds_the_plain_card_that_they_missed() {
    let world = World::start().await;
    let ada = world.install(ADA).await;
    assert!(ada.uninstall().await.unwrap().taken());
    let card = world
        .send(&[plain("1", ADA.email, "A plain thing")])
        .await
        .card(0);
    world.reaches(&card, "suppressed").await;
    world.at_rest().await;
    world.clock.advance(TimeDelta::minutes(10));
    let before = from_bot(&ada);
    assert!(ada.install().await.unwrap().taken());
    world.sees(ADA, MISSED).await;
    world.at_rest().await;
    let (new, shown) = told(&world, before);
    assert_eq!(new, 1, "{shown:#?}");
    assert!(
        shown.iter().any(|line| line.contains("A plain thing")),
        "{shown:#?}"
    );
    let pair = |word: &str, reason: &str| (word.to_owned(), reason.to_owned());
    assert_eq!(
        world.reports().await,
        [pair("unreached", "app_missing"), pair("delivered", "")]
    );
}

#[actix_web::test]
async fn whoever_connects_again_gets_one_answer_with_what_they_missed() {
    let world = World::start().await;
    let ada = world.install(ADA).await;
    for _ in 0..2 {
        assert!(ada.say("disconnect").await.unwrap().taken());
        world.at_rest().await;
    }
    let card = world.send(&[mentoring_request("1", ADA.email)]).await.card(0);
    world.reaches(&card, "suppressed").await;
    world.at_rest().await;
    let before = from_bot(&ada);
    assert!(ada.say("connect").await.unwrap().taken());
    world.sees(ADA, MISSED).await;
    world.at_rest().await;
    let (new, shown) = told(&world, before);
    assert_eq!(new, 1, "{shown:#?}");
    assert!(shown.iter().any(|line| line.contains("Priya Nair")), "{shown:#?}");
    // Its buttons work.
    let accept = chronus_teams::sandbox::client::Press {
        button: "Accept".to_owned(),
        shows: Some("You are connected".to_owned()),
        ..press("", "")
    };
    let accept = chronus_teams::sandbox::client::Press {
        notification: None,
        ..accept
    };
    assert!(ada.press(accept).await.unwrap().taken());
    world.webhook_got(3).await;
}

#[actix_web::test]
async fn whoever_disconnected_and_adds_the_app_again_gets_nothing_of_chronus_until_they_connect() {
    let world = World::start().await;
    let ada = world.install(ADA).await;
    for _ in 0..2 {
        assert!(ada.say("disconnect").await.unwrap().taken());
        world.at_rest().await;
    }
    let card = world.send(&[mentoring_request("1", ADA.email)]).await.card(0);
    world.reaches(&card, "suppressed").await;
    assert!(ada.uninstall().await.unwrap().taken());
    world.clock.advance(TimeDelta::minutes(10));
    assert!(ada.install().await.unwrap().taken());
    world.sees(ADA, "Welcome back").await;
    world.at_rest().await;
    let chat = ada.chat();
    let greeting = chat
        .messages
        .iter()
        .rev()
        .find(|message| message.from_bot)
        .unwrap();
    for shown in ["Notifications are off", "to turn them on", "Connect"] {
        assert!(greeting.shows(shown), "{shown}: {:#?}", greeting.shown());
    }
    for private in [MISSED, "Priya Nair", "You can stop"] {
        assert!(!greeting.shows(private), "{private}: {:#?}", greeting.shown());
    }
    let pair = |word: &str, reason: &str| (word.to_owned(), reason.to_owned());
    assert_eq!(world.reports().await, [pair("unreached", "disconnected")]);
    assert_eq!(world.status_of(&card).await["state"], "suppressed");

    let before = from_bot(&ada);
    assert!(ada.say("connect").await.unwrap().taken());
    world.sees(ADA, MISSED).await;
    world.at_rest().await;
    let (new, shown) = told(&world, before);
    assert_eq!(new, 1, "{shown:#?}");
    assert!(shown.iter().any(|line| line.contains("Priya Nair")), "{shown:#?}");
    assert_eq!(
        world.reports().await,
        [pair("unreached", "disconnected"), pair("delivered", "")]
    );
    assert_eq!(world.status_of(&card).await["state"], "merged");
}

/// Going away and coming back, in three ways: the reason, what they type, and what they type on their return.
const WAYS: [(&str, &[&str], &str); 3] = [
    ("disconnected", &["disconnect", "disconnect"], "connect"),
    ("paused", &["pause 2 hours"], "resume"),
    ("tenant_off", &[], ""),
];

#[actix_web::test]
async fn whoever_was_away_hears_on_their_return_what_of_theirs_was_cancelled_meanwhile() {
    let world = World::start().await;
    let ada = world.install(ADA).await;
    let to = json!([{ "email": ADA.email }]);
    for (number, (reason, leaves, returns)) in (1..).zip(WAYS) {
        let told_of = |kind: &str, what: &str, data: serde_json::Value| {
            let subject = format!("{what}/{number}");
            let id = format!("{kind} {number}");
            crate::support::event(&id, &format!("com.chronus.{kind}"), Some(&subject), data)
        };
        let starts_at = world.clock.now() + TimeDelta::days(20);
        let data = |title: &str| json!({ "recipients": to, "title": format!("{title} {number}"), "starts_at": starts_at });
        let invited = told_of("erg_event.invited", "erg_event", data("Festival"));
        let scheduled = told_of("meeting.scheduled", "meeting", data("Appointment"));
        let sent = world.send(&[invited, scheduled]).await;
        for index in 0..2 {
            world.reaches(&sent.card(index), "delivered").await;
        }
        assert!(ada.press(press(&sent.card(0), "Going")).await.unwrap().taken());
        world.at_rest().await;
        for words in leaves {
            assert!(ada.say(*words).await.unwrap().taken());
            world.at_rest().await;
        }
        if leaves.is_empty() {
            switch(&world, "disable").await;
        }
        let before = from_bot(&ada);
        let event = told_of("erg_event.cancelled", "erg_event", json!({ "reason": "Storm" }));
        let meeting = told_of("meeting.cancelled", "meeting", json!({}));
        world.send(&[event, meeting]).await;
        world.at_rest().await;
        assert_eq!(from_bot(&ada), before, "{reason}");

        if returns.is_empty() {
            switch(&world, "enable").await;
        } else {
            assert!(ada.say(returns).await.unwrap().taken());
        }
        world.at_rest().await;
        let chat = ada.chat();
        assert_eq!(from_bot(&ada) - before, 1, "{reason}: {:#?}", chat.messages);
        let card = chat
            .messages
            .iter()
            .rev()
            .find(|message| message.from_bot)
            .unwrap();
        let shown = card.shown();
        let titles = [format!("Festival {number}"), format!("Appointment {number}")];
        let expected = titles.iter().map(String::as_str);
        for text in expected.chain([MISSED, "This event is cancelled", "Cancelled"]) {
            assert!(card.shows(text), "{reason}, {text}: {shown:#?}");
        }
        assert!(!card.shows("void"), "{reason}: {shown:#?}");
    }
}

#[actix_web::test]
async fn a_block_that_a_card_finds_out_costs_that_card_nothing_but_time() {
    let world = World::start().await;
    let ada = world.install(ADA).await;
    let refuse = Effect::Refuse {
        status: 403,
        code: "MessageWritesBlocked".to_owned(),
        delivered: false,
    };
    world
        .sandbox
        .order(Fault::next(refuse, 1).on(Operation::Send).for_user(&ADA.key()));
    let found = world.send(&[plain("1", ADA.email, "Found out")]).await.card(0);
    world.reaches(&found, "refused").await;
    let next = world.send(&[plain("2", ADA.email, "Not tried")]).await.card(0);
    world.reaches(&next, "suppressed").await;
    world.at_rest().await;
    let before = from_bot(&ada);
    // They unblocked the bot: whatever they do shows it.
    assert!(ada.say("help").await.unwrap().taken());
    world.sees(ADA, MISSED).await;
    world.at_rest().await;
    let (new, shown) = told(&world, before);
    assert_eq!(new, 2, "the help, and one card of what was missed: {shown:#?}");
    for title in ["Found out", "Not tried"] {
        assert!(
            shown.iter().any(|line| line.contains(title)),
            "{title}: {shown:#?}"
        );
    }
    for card in [&found, &next] {
        assert_eq!(world.status_of(card).await["state"], "merged");
    }
}

#[actix_web::test]
async fn who_removed_the_app_and_added_it_again_while_the_tenant_was_off_gets_one_card() {
    let world = World::start().await;
    let ada = world.install(ADA).await;
    switch(&world, "disable").await;
    let card = world
        .send(&[plain("1", ADA.email, "A plain thing")])
        .await
        .card(0);
    world.reaches(&card, "suppressed").await;
    world.clock.advance(TimeDelta::minutes(10));
    assert!(ada.uninstall().await.unwrap().taken());
    world.clock.advance(TimeDelta::minutes(10));
    assert!(ada.install().await.unwrap().taken());
    world.at_rest().await;
    let before = from_bot(&ada);
    switch(&world, "enable").await;
    world.sees(ADA, MISSED).await;
    world.at_rest().await;
    let (new, shown) = told(&world, before);
    assert_eq!(new, 1, "{shown:#?}");
    for text in ["Welcome back", "A plain thing"] {
        assert!(shown.iter().any(|line| line.contains(text)), "{text}: {shown:#?}");
    }
    assert_eq!(world.status_of(&card).await["state"], "merged");
}
