//! What people wish, over the whole way: nothing at night, nothing during a pause, less of what matters less. What does
//! not come at once waits, is told otherwise or is not sent, and each is there to be read.

use chrono::{NaiveTime, TimeDelta};
use chrono_tz::America::New_York;
use chrono_tz::Europe::Berlin;
use chrono_tz::Tz;
use chronus_teams::sandbox::chat::ClientChange;
use chronus_teams::sandbox::client::{Client, Press};
use events::{Clock as _, SystemClock};
use serde_json::{Value, json};

use crate::support::{ADA, World, event, example, mentoring_request, pairs, plain};

const MORNING: (u32, u32) = (7, 0);
const NIGHT: (u32, u32) = (23, 30);

fn time((hour, minute): (u32, u32)) -> NaiveTime {
    NaiveTime::from_hms_opt(hour, minute, 0).unwrap()
}

/// When clocks in `zone` next show this time, as the service writes it.
fn next(world: &World, zone: Tz, at: (u32, u32)) -> Value {
    json!(world.clock.next(zone, time(at)))
}

async fn moves_to(ada: &Client, zone: &str) {
    let there = ClientChange {
        timezone: Some(zone.to_owned()),
        ..ClientChange::default()
    };
    ada.use_client(there).await.unwrap();
    // Teams tells of it with what she does next.
    assert!(ada.say("status").await.unwrap().taken());
}

/// Ada with the app at night, where she lives.
async fn ada_at_night() -> (World, Client) {
    let world = World::start_with_quiet_hours("21:00-07:00").await;
    let ada = world.install(ADA).await;
    world.clock.advance_to(Berlin, time(NIGHT));
    moves_to(&ada, "Europe/Berlin").await;
    world.at_rest().await;
    (world, ada)
}

/// Opens the settings and saves these inputs there.
async fn saves(world: &World, ada: &Client, inputs: &[(&str, &str)]) {
    assert!(ada.say("notifications").await.unwrap().taken());
    world.at_rest().await;
    let save = Press {
        button: "settings.save".to_owned(),
        inputs: pairs(inputs),
        ..Press::default()
    };
    assert!(ada.press(save).await.unwrap().taken());
    world.at_rest().await;
}

fn announcement(number: u32, title: &str) -> Value {
    let data = json!({ "recipients": [{ "email": ADA.email }], "title": title });
    let (id, subject) = (format!("news-{number}"), format!("announcement/{number}"));
    event(&id, "com.chronus.announcement.published", Some(&subject), data)
}

/// A request to Ada from somebody of this name.
fn request_from(name: &str, id: &str) -> Value {
    let mut request = mentoring_request(id, ADA.email);
    request["data"]["actor"] = json!({ "member_id": format!("m-{id}"), "name": name });
    request
}

/// How many messages from the bot Ada has of this headline.
fn headlines(ada: &Client, headline: &str) -> usize {
    let chat = ada.chat();
    let from_bot = chat.messages.iter().filter(|message| message.from_bot);
    from_bot.filter(|message| message.shows(headline)).count()
}

#[actix_web::test]
async fn at_night_a_card_waits_for_the_morning_and_what_is_urgent_does_not() {
    let (world, _ada) = ada_at_night().await;
    let mut urgent = plain("2", ADA.email, "Cannot wait");
    urgent["data"]["priority"] = "urgent".into();
    let sent = world.send(&[plain("1", ADA.email, "Can wait"), urgent]).await;

    let waits = world.reaches(&sent.card(0), "deferred").await;
    assert_eq!(waits["reason"], "quiet_hours", "{waits:#}");
    assert_eq!(waits["due_at"], next(&world, Berlin, MORNING), "{waits:#}");
    world.reaches(&sent.card(1), "delivered").await;
    world.at_rest().await;
    assert_eq!(
        (world.seen(ADA, "Can wait"), world.seen(ADA, "Cannot wait")),
        (0, 1)
    );

    world.clock.advance_to(Berlin, time(MORNING));
    world.reaches(&sent.card(0), "delivered").await;
    world.at_rest().await;
    assert_eq!(
        (world.seen(ADA, "Can wait"), world.seen(ADA, "Cannot wait")),
        (1, 1)
    );
}

#[actix_web::test]
async fn who_travels_while_a_card_waits_gets_it_in_the_morning_of_where_they_are() {
    let (world, ada) = ada_at_night().await;
    let card = world
        .send(&[plain("1", ADA.email, "In the morning")])
        .await
        .card(0);
    world.reaches(&card, "deferred").await;
    moves_to(&ada, "America/New_York").await;

    world.clock.advance_to(Berlin, time(MORNING));
    let there = next(&world, New_York, MORNING);
    let waits = world.becomes(&card, |status| status["due_at"] == there).await;
    assert_eq!(waits["state"], "deferred");
    assert_eq!(world.seen(ADA, "In the morning"), 0);

    world.clock.advance_to(New_York, time(MORNING));
    world.reaches(&card, "delivered").await;
    assert_eq!(world.seen(ADA, "In the morning"), 1);
}

#[actix_web::test]
async fn what_waits_for_the_morning_outlives_a_restart_and_comes_once() {
    let (mut world, _ada) = ada_at_night().await;
    let card = world.send(&[plain("1", ADA.email, "Still there")]).await.card(0);
    world.reaches(&card, "deferred").await;
    world.stop_service().await;
    world.clock.advance_to(Berlin, time(MORNING));
    world.start_service_without_read_models().await;
    world.reaches(&card, "delivered").await;
    world.at_rest().await;
    assert_eq!(world.seen(ADA, "Still there"), 1);
}

/// Ada pauses; a request from Priya, one from Noor and a task come and are not sent; Noor takes hers back.
async fn ada_pauses(until: &str) -> (World, Client) {
    let world = World::start().await;
    let ada = world.install(ADA).await;
    assert!(ada.say(format!("pause {until}")).await.unwrap().taken());
    world.at_rest().await;
    let sent = world
        .send(&[
            request_from("Priya Nair", "1"),
            request_from("Noor Haddad", "2"),
            example("task.assigned", ADA, 1),
        ])
        .await;
    for place in 0..3 {
        let status = world.reaches(&sent.card(place), "suppressed").await;
        assert_eq!(status["reason"], "paused", "{status:#}");
    }
    let withdrawn = event(
        "2-withdrawn",
        "com.chronus.mentoring_request.withdrawn",
        Some("mentoring_request/2"),
        json!({}),
    );
    world.send(&[withdrawn]).await;
    world.at_rest().await;
    assert_eq!(world.seen(ADA, "Priya Nair"), 0);
    (world, ada)
}

/// Ada has exactly one card of what she missed, and it says what is still so.
fn caught_up_once(ada: &Client, headline: &str) {
    let chat = ada.chat();
    let told: Vec<_> = chat
        .messages
        .iter()
        // The card that said that she paused says so no longer, and lists nothing.
        .filter(|message| message.from_bot && message.shows(headline) && message.shows("Priya Nair"))
        .collect();
    assert_eq!(told.len(), 1, "{:#?}", chat.messages);
    let shown = told[0].shown();
    for text in ["Priya Nair", "Write down three goals"] {
        assert!(told[0].shows(text), "{text}: {shown:#?}");
    }
    assert_eq!(headlines(ada, "Noor Haddad"), 0, "{shown:#?}");
    assert_eq!(headlines(ada, "Priya Nair"), 1, "{shown:#?}");
}

#[actix_web::test]
async fn a_pause_until_a_day_ends_with_one_card_of_what_is_still_so() {
    let end = (SystemClock.now() + TimeDelta::days(10)).format("%Y-%m-%d");
    let (world, ada) = ada_pauses(&format!("until {end}")).await;
    world.clock.advance(TimeDelta::days(5));
    world.at_rest().await;
    assert_eq!(headlines(&ada, "What is still open"), 0);

    world.clock.advance(TimeDelta::days(6));
    world.sees(ADA, "What is still open").await;
    world.at_rest().await;
    caught_up_once(&ada, "What is still open");

    // The buttons of its lines work, and nothing of it comes again.
    assert!(ada.say("resume").await.unwrap().taken());
    world.at_rest().await;
    caught_up_once(&ada, "What is still open");
}

#[actix_web::test]
async fn a_pause_that_is_ended_early_brings_the_same_card_once() {
    let (mut world, ada) = ada_pauses("2 weeks").await;
    assert!(ada.say("resume").await.unwrap().taken());
    world.at_rest().await;
    caught_up_once(&ada, "Notifications are on again");
    // The end that was foreseen brings no second one, nor does a restart.
    world.restart_service().await;
    world.clock.advance(TimeDelta::days(15));
    assert!(ada.say("help").await.unwrap().taken());
    world.at_rest().await;
    caught_up_once(&ada, "Notifications are on again");
}

#[actix_web::test]
async fn a_digest_gathers_over_a_restart_and_tells_each_thing_once() {
    let mut world = World::start().await;
    let ada = world.install(ADA).await;
    moves_to(&ada, "Europe/Berlin").await;
    // The first moment after a digest's time, so that all of this falls into one window.
    world.clock.advance_to(Berlin, time((9, 30)));
    saves(&world, &ada, &[("topic_announcements", "digest")]).await;
    let mut gathered = Vec::new();
    for number in 1..=4 {
        let title = format!("Piece of news {number}");
        let card = world.send(&[announcement(number, &title)]).await.card(0);
        let status = world.reaches(&card, "merged").await;
        assert_eq!(status["reason"], "digest", "{status:#}");
        gathered.push(card);
        if number == 2 {
            world.stop_service().await;
            world.start_service_without_read_models().await;
        }
    }
    let withdrawn = event(
        "withdrawn",
        "com.chronus.announcement.withdrawn",
        Some("announcement/3"),
        json!({}),
    );
    world.send(&[withdrawn]).await;
    world.at_rest().await;
    assert_eq!(headlines(&ada, "Piece of news"), 0);

    world.clock.advance(TimeDelta::days(1));
    world.sees(ADA, "Your summary").await;
    world.at_rest().await;
    world.restart_service().await;
    world.at_rest().await;
    assert_eq!(headlines(&ada, "Your summary"), 1);
    for (number, seen) in [(1, 1), (2, 1), (3, 0), (4, 1)] {
        assert_eq!(
            headlines(&ada, &format!("Piece of news {number}")),
            seen,
            "{number}"
        );
    }

    // The next one tells of what came since, and of nothing else.
    world.send(&[announcement(5, "Piece of news 5")]).await;
    world.at_rest().await;
    world.clock.advance(TimeDelta::days(1));
    world.sees(ADA, "Piece of news 5").await;
    world.at_rest().await;
    assert_eq!(headlines(&ada, "Your summary"), 2);
    assert_eq!(headlines(&ada, "Piece of news 1"), 1);
    assert_eq!(ada.chat().duplicates(), 0);
    for card in gathered {
        assert_eq!(world.status_of(&card).await["settled"], true);
    }
}

#[actix_web::test]
async fn a_topic_that_is_off_is_not_sent_and_chronus_can_read_why() {
    let world = World::start().await;
    let ada = world.install(ADA).await;
    saves(&world, &ada, &[("topic_surveys", "off")]).await;
    let sent = world
        .send(&[
            example("survey.requested", ADA, 1),
            example("mentoring_request.sent", ADA, 1),
        ])
        .await;

    let status = world.reaches(&sent.card(0), "suppressed").await;
    assert_eq!(
        (&status["reason"], &status["settled"]),
        (&json!("topic_off"), &json!(true)),
        "{status:#}"
    );
    let history = status["history"].as_array().unwrap();
    assert!(
        history
            .iter()
            .any(|entry| entry["what"] == "suppressed" && entry["detail"]["reason"] == "topic_off"),
        "{history:#?}"
    );
    world.reaches(&sent.card(1), "delivered").await;
    assert_eq!(world.seen(ADA, "How useful were your meetings?"), 0);

    // On again, the next one comes.
    saves(&world, &ada, &[("topic_surveys", "on")]).await;
    let next = world.send(&[example("survey.requested", ADA, 2)]).await.card(0);
    world.reaches(&next, "delivered").await;
}
