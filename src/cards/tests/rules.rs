//! What every card keeps, whatever it says and in every language.

use std::collections::HashSet;

use actors::action::{Act, Action};
use actors::card::CardContent;
use events::organization::{CardKind, SubjectState, Topic};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::samples::{self, content, now, opened, request_data, spec, subject, subject_card};
use crate::cards::language::Language;
use crate::cards::link::HttpsLink;
use crate::cards::{CONTENT_TYPE, TARGET_BYTES, card_of, draw, invoke_response, utf16_bytes};

mod buttons;
mod words;

/// Calls `visit` for every JSON object below `value`.
fn walk<'a>(value: &'a Value, visit: &mut impl FnMut(&'a Value)) {
    match value {
        Value::Object(fields) => {
            visit(value);
            fields.values().for_each(|inner| walk(inner, visit));
        }
        Value::Array(items) => items.iter().for_each(|inner| walk(inner, visit)),
        _ => {}
    }
}

fn every_object(check: impl Fn(&str, &Value)) {
    for (name, message) in samples::drawn() {
        walk(card_of(&message), &mut |object| check(&name, object));
    }
}

#[test]
fn every_card_fits_the_schema_of_version_1_5() {
    let schema: Value = serde_json::from_str(include_str!(
        "../../../tests/fixtures/adaptive-card-1.5.schema.json"
    ))
    .unwrap();
    let validator = jsonschema::options()
        .with_draft(jsonschema::Draft::Draft6)
        .build(&schema)
        .unwrap();
    for (name, message) in samples::drawn() {
        let errors: Vec<String> = validator
            .iter_errors(card_of(&message))
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{name}: {errors:#?}");
    }
    assert!(
        !validator
            .is_valid(&json!({ "type": "AdaptiveCard", "version": "1.5", "body": [{ "type": "Nonsense" }] }))
    );
}

#[test]
fn every_kind_of_card_has_a_sample() {
    let shown: HashSet<CardKind> = samples::all()
        .iter()
        .map(|sample| sample.content.kind())
        .collect();
    let missing: Vec<_> = CardKind::ALL
        .iter()
        .filter(|kind| !shown.contains(kind))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn a_message_holds_one_card_and_no_text() {
    for (name, message) in samples::drawn() {
        assert_eq!(message.0["type"], "message", "{name}");
        assert!(message.0.get("text").is_none(), "{name}");
        assert_eq!(message.0["attachments"].as_array().unwrap().len(), 1, "{name}");
        assert_eq!(message.0["attachments"][0]["contentType"], CONTENT_TYPE, "{name}");
    }
}

#[test]
fn every_text_wraps_every_input_has_a_label_and_every_picture_an_alternative() {
    every_object(|name, object| match object["type"].as_str() {
        Some("TextBlock") => assert_eq!(object["wrap"], true, "{name}: {object}"),
        Some(input) if input.starts_with("Input.") => {
            assert!(
                object["label"].as_str().is_some_and(|label| !label.is_empty()),
                "{name}: {object}"
            );
            assert_eq!(
                object["isRequired"].is_null(),
                object["errorMessage"].is_null(),
                "{name}: {object}"
            );
        }
        Some("Image") => assert!(
            object["altText"].as_str().is_some_and(|alt| !alt.is_empty()),
            "{name}: {object}"
        ),
        _ => {}
    });
}

#[test]
fn every_card_of_chronus_has_a_sign_or_a_persons_picture_beside_its_headline() {
    for sample in samples::all() {
        if !matches!(sample.content, CardContent::Subject(_)) {
            continue;
        }
        let message = sample.drawn(Language::English);
        let head = &card_of(&message)["body"][0]["columns"];
        assert_eq!(head[0]["items"][0]["type"], "Image", "{}", sample.name);
        assert!(
            head[1]["items"]
                .as_array()
                .unwrap()
                .iter()
                .any(|line| line["style"] == "heading"),
            "{}",
            sample.name
        );
    }
}

#[test]
fn a_persons_picture_is_shown_only_where_the_organization_names_its_hosts() {
    let mut data = request_data("Would you?");
    data["mentee"]["picture_url"] = "https://acme.chronus.example/people/p-17.png".into();
    let item = subject(content("com.chronus.mentoring_request.sent", data));
    let card = spec(CardContent::Subject(Box::new(subject_card(
        CardKind::MentoringRequest,
    ))));
    for named in [true, false] {
        let opened = crate::cards::Opened {
            hosts_are_named: named,
            ..opened(vec![item.clone()])
        };
        let message = draw(&card, &opened, now());
        let picture = card_of(&message)["body"][0]["columns"][0]["items"][0].clone();
        assert_eq!(picture["style"] == "Person", named, "{picture}");
        assert_eq!(
            picture["altText"],
            if named { "Priya Nair" } else { "Mentoring request" }
        );
    }
}

#[test]
fn no_sample_is_too_large() {
    for (name, message) in samples::drawn() {
        assert!(
            utf16_bytes(&message) <= TARGET_BYTES,
            "{name}: {} bytes",
            utf16_bytes(&message)
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn no_content_makes_a_card_too_large(
        unit in prop_oneof![any::<String>(), "[\"\\\\\n]{1,4}", Just("🙂\n".to_owned()), Just("\"".to_owned()), Just("\u{5d0}x".to_owned())],
        times in 1usize..12_000,
        kind in proptest::sample::select(CardKind::ALL.iter().copied().filter(|kind| kind.topic() != Topic::Chat).collect::<Vec<_>>()),
        state in prop_oneof![Just(SubjectState::Open), Just(SubjectState::Moved), Just(SubjectState::Cancelled)],
        hosts_are_named: bool,
    ) {
        let big = unit.repeat(times.min(8_000 / unit.len().max(1)));
        let url = format!("https://acme.example/{}", "x".repeat(1_900));
        let id = "i".repeat(250);
        let many = |one: Value| Value::Array(vec![one; 30]);
        let person = json!({ "name": big, "title": big, "location": big, "picture_url": url });
        let mut data = json!({
            "mentee": person, "mentor": person, "partner": person, "organizer": person, "author": person, "actor": person,
            "host": person, "erg": big, "title": big, "body": big, "message": big, "text": big, "role": big, "program": big,
            "agenda": big, "location": big, "description": big, "purpose": big, "reason": big, "audience": big,
            "goals": many(big.clone().into()), "reasons": many(big.clone().into()), "why_matched": many(big.clone().into()),
            "participants": many(person), "context": many(json!({ "name": big, "text": big })),
            "attachments": many(json!({ "title": big, "url": url })), "next_step": big, "minutes": 4_000_000_000_u32,
            "slots": many(json!({ "id": id, "starts_at": "2026-12-01T10:00:00Z" })), "starts_at": "2026-12-01T10:00:00Z",
            "questions": [{ "id": id, "kind": "choice", "text": big, "options": many(json!({ "id": id, "text": big })) }],
        });
        let more = json!({
            "time_commitment": big, "url_label": big, "url": url, "join_url": url, "online_url": url, "feedback_url": url,
            "image": { "url": url, "alt": big }, "links": { "profile": url, "web": url, "calendar": url },
            "replacement": { "title": big, "url": url },
        });
        data.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let subject_of = |kind| {
            let mut card = subject_card(kind);
            card.state = state;
            card.subject = Some(events::SubjectRef::parse(format!("thread/{id}")).unwrap());
            card
        };
        let item = subject(content("com.chronus.x.y", data));
        let all = crate::cards::Opened { hosts_are_named, draft: Some(big.chars().take(actors::action::MAX_MESSAGE_CHARS).collect()), sent: Some(big.clone()), query: Some(big), ..opened(vec![item; 10]) };
        let list = actors::card::ListView { kind: CardKind::Pending, items: vec![subject_of(kind); 10], from: 0, total: 10, more: 0, missed: 0, query: None, item: None };
        let compose = actors::card::ComposeView { kind: CardKind::WhichThread, targets: vec![subject_of(kind); 10], query: None, sent: None, is_closed: false, was_shown: false };
        for content in [CardContent::Subject(Box::new(subject_of(kind))), CardContent::List(list), CardContent::Compose(compose)] {
            let message = draw(&spec(content), &all, now());
            prop_assert!(utf16_bytes(&message) <= TARGET_BYTES, "{kind:?} {state:?}: {} bytes", utf16_bytes(&message));
        }
    }
}
