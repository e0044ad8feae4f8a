//! Lists that are longer than a card: the rest comes when it is asked for, and Chronus hears of each line what became of it.

use chrono::{NaiveTime, TimeDelta};
use chrono_tz::Europe::Berlin;
use chronus_teams::sandbox::client::{Client, Press};
use serde_json::json;

use crate::support::{ADA, World, event, mentoring_request, pairs, plain};

/// What the newest of the bot's messages shows, in one line.
fn newest(client: &Client) -> String {
    let messages = client.chat().messages;
    let newest = messages.iter().rev().find(|message| message.from_bot);
    newest.unwrap().shown().join(" / ")
}

async fn says(world: &World, who: &Client, text: &str) -> String {
    assert!(who.say(text).await.unwrap().taken());
    world.at_rest().await;
    newest(who)
}

/// Which of twelve things with this name are shown.
fn named(shown: &str, name: &str) -> Vec<u32> {
    (1..=12)
        .filter(|number| shown.contains(&format!("{name} {number}.")))
        .collect()
}

#[actix_web::test]
async fn what_waits_is_listed_ten_at_a_time_and_a_line_that_nobody_saw_is_shown_before_it_is_answered() {
    let world = World::start_with("chat_limits = [{ count = 1000, seconds = 1 }]").await;
    let ada = world.install(ADA).await;
    for number in 1..=12 {
        let mut request = mentoring_request(&number.to_string(), ADA.email);
        request["data"]["actor"]["name"] = format!("Asker {number}.").into();
        world.send(&[request]).await;
        world.at_rest().await;
    }
    let first = says(&world, &ada, "pending").await;
    assert_eq!(named(&first, "Asker"), (1..=10).collect::<Vec<_>>(), "{first}");
    assert!(first.contains("2 more"), "{first}");

    // Its line was not seen: it is shown, and nothing is answered.
    let shown = says(&world, &ada, "accept 12").await;
    assert_eq!(named(&shown, "Asker"), [12], "{shown}");
    assert!(world.answers().await.is_empty());
    says(&world, &ada, "accept 12").await;
    assert_eq!(world.answers().await.len(), 1);

    let list = ada.chat().messages;
    let list = list.iter().find(|message| message.shows("2 more")).unwrap();
    let more = Press {
        button: "Show 2 more".to_owned(),
        message: Some(list.id.clone()),
        ..Press::default()
    };
    assert!(ada.press(more).await.unwrap().taken());
    world.at_rest().await;
    let rest = newest(&ada);
    assert_eq!(named(&rest, "Asker"), [11, 12], "{rest}");
    let typed = says(&world, &ada, "more").await;
    assert_eq!(
        named(&typed, "Asker").first(),
        Some(&1),
        "from its beginning again: {typed}"
    );
}

#[actix_web::test]
async fn of_what_was_missed_the_rest_comes_when_it_is_asked_for_and_is_told_as_delivered_then() {
    let world = World::start().await;
    let ada = world.install(ADA).await;
    says(&world, &ada, "pause 2 weeks").await;
    let mut cards = Vec::new();
    for number in 1..=12 {
        let sent = plain(&number.to_string(), ADA.email, &format!("Piece {number}."));
        let card = world.send(&[sent]).await.card(0);
        world.reaches(&card, "suppressed").await;
        cards.push(card);
    }
    let listed = says(&world, &ada, "resume").await;
    assert_eq!(named(&listed, "Piece").len(), 10, "{listed}");
    let delivered =
        |reports: &[(String, String)]| reports.iter().filter(|(word, _)| word == "delivered").count();
    assert_eq!(delivered(&world.reports().await), 10);
    let rest = says(&world, &ada, "more").await;
    assert_eq!(named(&rest, "Piece").len(), 2, "{rest}");
    assert_eq!(delivered(&world.reports().await), 12);
    for card in &cards {
        assert_eq!(world.status_of(card).await["state"], "merged");
    }
    let over = says(&world, &ada, "more").await;
    assert!(named(&over, "Piece").is_empty(), "{over}");
}

#[actix_web::test]
async fn what_a_summary_has_no_room_for_is_told_as_unreached_and_comes_when_it_is_asked_for() {
    let world = World::start().await;
    let ada = world.install(ADA).await;
    world
        .clock
        .advance_to(Berlin, NaiveTime::from_hms_opt(9, 30, 0).unwrap());
    says(&world, &ada, "notifications").await;
    let save = Press {
        button: "settings.save".to_owned(),
        inputs: pairs(&[("topic_announcements", "digest")]),
        ..Press::default()
    };
    assert!(ada.press(save).await.unwrap().taken());
    world.at_rest().await;
    for number in 1..=12 {
        let data = json!({ "recipients": [{ "email": ADA.email }], "title": format!("Piece {number}.") });
        let subject = format!("announcement/{number}");
        let kind = "com.chronus.announcement.published";
        let card = world
            .send(&[event(&number.to_string(), kind, Some(&subject), data)])
            .await
            .card(0);
        world.reaches(&card, "merged").await;
    }
    world.clock.advance(TimeDelta::days(1));
    world.sees(ADA, "Your summary").await;
    world.at_rest().await;
    let no_room = ("unreached".to_owned(), "no_room".to_owned());
    assert_eq!(world.reports().await, [no_room.clone(), no_room]);
    let rest = says(&world, &ada, "more").await;
    assert_eq!(named(&rest, "Piece").len(), 2, "{rest}");
    let words: Vec<String> = world.reports().await.into_iter().map(|(word, _)| word).collect();
    assert_eq!(words, ["unreached", "unreached", "delivered", "delivered"]);
    world.is_sound().await;
}
