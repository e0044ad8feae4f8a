//! Reading what Chronus sends: every field of each kind, and anything else as nothing.

use proptest::prelude::*;
use serde_json::json;

use super::event::Event;
use super::field::MAX_LINE_CHARS;
use super::meeting::Meeting;
use super::message::Message;
use super::plain::Plain;
use super::request::{Outcome, Request};
use super::survey::{Answer, Survey};
use super::{Content, MAX_TEXT_CHARS};
use crate::cards::language::Language;
use crate::cards::link::{LinkHost, LinkHosts};
use crate::cards::text::Texts;

fn read(data: serde_json::Value) -> Content {
    Content::read("com.chronus.x.y", &data.to_string())
}

fn english() -> Texts {
    Texts::of(Language::English)
}

#[test]
fn every_field_of_a_request_is_read() {
    let content = read(json!({
        "mentee": { "name": " Priya\nNair ", "title": "Designer", "location": "Lisbon" },
        "message": "Hello\r\n\r\n\r\nSam",
        "goals": ["Lead", 7, "", "Speak"],
        "role": "mentor",
        "program": { "name": "Spring" },
        "why_matched": ["Both in design"],
        "capacity": { "used": 1, "total": 2 },
        "time_commitment": "2 × 45 min a month",
        "respond_by": "2026-12-04T17:00:00Z",
        "links": { "profile": "https://acme.example/p", "web": "https://acme.example/r" },
    }));
    let request = Request::read(&content, &content);
    assert_eq!(request.person.name.as_deref(), Some("Priya Nair"));
    assert_eq!(request.person.about().as_deref(), Some("Designer · Lisbon"));
    assert_eq!(request.message.as_deref(), Some("Hello\n\nSam"));
    assert_eq!(request.goals, ["Lead", "Speak"]);
    assert_eq!(request.why_matched, ["Both in design"]);
    assert_eq!(request.capacity, Some((1, 2)));
    assert_eq!(content.program().as_deref(), Some("Spring"));
    assert!(request.respond_by.is_some() && request.profile.is_some() && content.web().is_some());
}

#[test]
fn the_askers_words_may_stand_in_the_body() {
    assert_eq!(
        Request::read(&read(json!({ "body": "Would you?" })), &Content::default())
            .message
            .as_deref(),
        Some("Would you?")
    );
}

#[test]
fn times_without_a_name_are_named_by_their_place_and_people_are_named_once() {
    let meeting = Meeting::read(&read(json!({
        "organizer": { "name": "Priya" },
        "participants": [{ "name": "Priya" }, { "name": "Sam" }, "Ana", 7],
        "slots": [
            { "starts_at": "2026-12-01T10:00:00Z", "both_free": true },
            { "starts_at": "no time" },
            { "id": "late", "starts_at": "2026-12-01T16:00:00Z", "ends_at": "2026-12-01T17:00:00Z" },
        ],
    })));
    let ids: Vec<&str> = meeting.slots.iter().map(|slot| slot.id.as_str()).collect();
    assert_eq!(ids, ["1", "late"]);
    assert!(meeting.slots[0].both_free && !meeting.slots[1].both_free);
    assert_eq!(meeting.people, ["Priya", "Sam", "Ana"]);
}

#[test]
fn questions_of_each_kind_are_read_and_a_scale_stays_small() {
    let survey = Survey::read(&read(json!({ "questions": [
        { "id": "q1", "kind": "rating", "text": "How?", "scale": { "min": 1, "max": 4_000_000_000_u32 }, "required": true },
        { "id": "q2", "kind": "choice", "text": "Which?", "options": [{ "id": "a", "text": "This" }, "That"] },
        { "kind": "text", "text": "Else?" },
        { "id": "q4", "kind": "text" },
    ]})));
    assert_eq!(survey.questions.len(), 3, "one without a text is none");
    assert!(matches!(
        survey.questions[0].answer,
        Answer::Rating { min: 1, max: 11, .. }
    ));
    let Answer::Choice(options) = &survey.questions[1].answer else {
        panic!("no choice")
    };
    assert_eq!(
        options,
        &[
            ("a".to_owned(), "This".to_owned()),
            ("That".to_owned(), "That".to_owned())
        ]
    );
    assert_eq!(survey.questions[2].id, "3");
}

#[test]
fn the_last_words_before_a_message_are_quoted_in_order() {
    let message = Message::read(&read(json!({
        "actor": { "name": "Priya" }, "text": "Yes",
        "context": [{ "text": "one" }, { "name": "Sam", "text": "two" }, { "text": "three" }],
    })));
    assert_eq!(
        message.context,
        [
            (Some("Sam".to_owned()), "two".to_owned()),
            (None, "three".to_owned())
        ]
    );
}

#[test]
fn what_a_newer_event_leaves_out_still_holds() {
    let older = read(json!({ "title": "Circle", "location": "Room 1", "program": "Spring" }));
    let newer = read(json!({ "location": "Room 2" }));
    let merged = Event::read(&newer.over(&older));
    assert_eq!(merged.title.as_deref(), Some("Circle"));
    assert_eq!(merged.location.as_deref(), Some("Room 2"));
    assert_eq!(
        Content::default().over(&older).program().as_deref(),
        Some("Spring")
    );
}

#[test]
fn who_did_what_and_why_is_taken_from_no_other_event() {
    let fields = json!({
        "actor": { "name": "Bertram" }, "reason": "The offsite.", "note": "Sorry", "replacement": { "title": "Later" },
        "title": "Circle",
    });
    let older = Content {
        actor: Some("Bertram".into()),
        ..read(fields)
    };
    for nothing in [json!(null), json!(""), json!(" "), json!("\u{200b}")] {
        let merged = read(json!({ "title": nothing })).over(&older);
        assert_eq!(Event::read(&merged).title.as_deref(), Some("Circle"));
    }
    let merged = read(json!({ "title": null })).over(&older);
    let event = Event::read(&merged);
    assert!(event.actor.is_none() && event.replacement.is_none() && merged.reason().is_none());
    // A message edited by somebody else stays its writer's.
    let edited = read(json!({ "actor": { "name": "Moderator" }, "text": "[removed]" }));
    let shown = Message::read(&edited.over(&older).written_as(&older));
    assert_eq!(
        (shown.from.as_deref(), shown.text.as_deref()),
        (Some("Bertram"), Some("[removed]"))
    );
}

#[test]
fn an_outcome_names_who_was_asked_and_not_who_withdrew() {
    let told = |what: &str, data: serde_json::Value| {
        Content::read(
            &format!("com.chronus.mentoring_request.{what}"),
            &data.to_string(),
        )
    };
    let accepted = told(
        "accepted",
        json!({ "actor": { "name": "Ana" }, "note": "Gladly" }),
    );
    let withdrawn = told("withdrawn", json!({ "actor": { "name": "Sam" } }));
    assert_eq!(
        Outcome::read(&accepted, &accepted).person.name.as_deref(),
        Some("Ana")
    );
    let merged = withdrawn.over(&accepted);
    let outcome = Outcome::read(&merged, &withdrawn);
    assert!(outcome.person.name.is_none() && outcome.note.is_none());
}

#[test]
fn data_of_any_other_shape_says_nothing() {
    for data in [
        "",
        "null",
        "[]",
        "7",
        "{",
        r#"{"title":5,"links":"x","slots":{},"mentee":[]}"#,
    ] {
        let content = Content::read("com.chronus.x.y", data);
        assert_eq!(content.headline(english()), "X y", "{data}");
        assert!(
            content.web().is_none() && Plain::read(&content).body.is_none(),
            "{data}"
        );
        assert!(
            Meeting::read(&content).slots.is_empty() && Survey::read(&content).questions.is_empty(),
            "{data}"
        );
        assert!(
            Request::read(&content, &content).person.name.is_none() && Message::read(&content).text.is_none(),
            "{data}"
        );
    }
}

#[test]
fn a_missing_title_is_made_of_the_type() {
    let headline = |event_type: &str| Content::read(event_type, "{}").headline(english());
    assert_eq!(headline("com.chronus.erg_event.cancelled"), "ERG event cancelled");
    assert_eq!(headline(""), "News from Chronus");
}

#[test]
fn unsafe_links_are_dropped() {
    let content = read(json!({ "url": "javascript:alert(1)", "links": { "web": "http://acme.example" } }));
    assert_eq!(content.web(), None);
}

#[test]
fn addresses_of_hosts_that_are_not_allowed_are_left_off() {
    let hosts = LinkHosts::new(LinkHost::parse("acme.example"));
    let content = read(json!({
        "url": "https://evil.example/x", "links": { "web": "https://acme.example/x", "profile": "https://evil.example/p" },
        "image": { "url": "https://evil.example/i.png", "alt": "A picture" },
        "attachments": [{ "title": "Plan", "url": "https://evil.example/f" }, { "url": "https://acme.example/f" }],
        "text": "https://evil.example/text stays text", "title": "https://evil.example/title",
    }))
    .leading_only_to(&hosts);
    assert_eq!(content.web().unwrap().as_str(), "https://acme.example/x");
    let message = Message::read(&content);
    assert_eq!(message.attachments.len(), 1);
    assert!(message.text.unwrap().starts_with("https://evil.example/text"));
    let event = Event::read(&content);
    assert!(event.image.is_none());
    assert_eq!(event.title.as_deref(), Some("https://evil.example/title"));
}

#[test]
fn debug_tells_nothing_personal() {
    let content = read(json!({ "mentee": { "name": "Priya" }, "message": "secret" }));
    let shown = format!("{content:?} {:?}", Request::read(&content, &content).person);
    assert!(!shown.contains("Priya") && !shown.contains("secret"), "{shown}");
}

proptest! {
    #[test]
    fn any_data_is_read_within_the_limits(data in any::<String>(), text in any::<String>()) {
        Content::read("t", &data);
        let content = read(json!({ "title": text, "body": text }));
        prop_assert!(content.headline(english()).chars().count() <= MAX_LINE_CHARS);
        prop_assert!(Plain::read(&content).body.is_none_or(|body| body.chars().count() <= MAX_TEXT_CHARS));
    }
}
