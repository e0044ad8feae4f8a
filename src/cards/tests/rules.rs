//! What every card keeps, whatever it says.

use std::collections::HashSet;

use actors::action::{Act, Action};
use events::organization::SubjectState;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::samples::{self, ended, now, opened, plain, request, spec};
use crate::cards::content::Content;
use crate::cards::link::HttpsLink;
use crate::cards::{CONTENT_TYPE, TARGET_BYTES, card_of, draw, invoke_response, utf16_bytes};

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
    for (name, message) in samples::all() {
        walk(card_of(&message), &mut |object| check(name, object));
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
    for (name, message) in samples::all() {
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
fn a_message_holds_one_card_and_no_text() {
    for (name, message) in samples::all() {
        assert_eq!(message.0["type"], "message", "{name}");
        assert!(message.0.get("text").is_none(), "{name}");
        assert_eq!(message.0["attachments"].as_array().unwrap().len(), 1, "{name}");
        assert_eq!(message.0["attachments"][0]["contentType"], CONTENT_TYPE, "{name}");
    }
}

#[test]
fn every_text_wraps_and_every_input_has_a_label() {
    every_object(|name, object| match object["type"].as_str() {
        Some("TextBlock") => assert_eq!(object["wrap"], true, "{name}: {object}"),
        Some("Input.Text" | "Input.ChoiceSet") => assert!(object["label"].is_string(), "{name}: {object}"),
        _ => {}
    });
}

#[test]
fn the_toast_is_the_same_everywhere_and_names_nobody() {
    for (name, message) in samples::all() {
        let toast = message.0["summary"].as_str().unwrap();
        let card = card_of(&message);
        assert_eq!(
            (card["speak"].as_str(), card["fallbackText"].as_str()),
            (Some(toast), Some(toast)),
            "{name}"
        );
        for private in ["Priya", "Sam", "acme", "Spring", "circles"] {
            assert!(!toast.contains(private), "{name}: {toast}");
        }
    }
}

#[test]
fn a_card_has_at_most_three_primary_buttons_and_every_one_is_understood() {
    for (name, message) in samples::all() {
        let actions = card_of(&message)["actions"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        assert!(actions.len() <= 3, "{name}");
    }
    every_object(|name, object| {
        if matches!(object["type"].as_str(), Some("Action.Execute" | "Action.Submit")) {
            let verb = object["verb"].as_str();
            assert_ne!(
                Action::parse(verb, &object["data"]).act,
                Act::Unknown,
                "{name}: {object}"
            );
        }
        if object["type"] == "Action.Execute" {
            assert_eq!(object["fallback"]["type"], "Action.Submit", "{name}");
            let submit = Action::parse(None, &object["fallback"]["data"]);
            assert_eq!(
                Action::parse(object["verb"].as_str(), &object["data"]),
                submit,
                "{name}"
            );
        }
    });
}

#[test]
fn ids_are_unique_in_each_card_and_every_link_is_https() {
    for (name, message) in samples::all() {
        let mut ids = HashSet::new();
        walk(card_of(&message), &mut |object| {
            if let Some(id) = object["id"].as_str() {
                assert!(ids.insert(id), "{name}: {id} twice");
            }
            if object["type"] == "Action.OpenUrl" {
                assert!(
                    object["url"].as_str().unwrap().starts_with("https://"),
                    "{name}: {object}"
                );
            }
        });
    }
}

#[test]
fn every_link_is_shown_with_its_host() {
    for (name, message) in samples::all() {
        let card = card_of(&message);
        let shown = format!("{} {}", card["body"], titles(card));
        walk(card, &mut |object| {
            if object["type"] == "Action.OpenUrl" {
                let link = HttpsLink::parse(object["url"].as_str().unwrap()).unwrap();
                assert!(shown.contains(link.host()), "{name}: {object}");
            }
        });
    }
}

fn titles(card: &Value) -> String {
    let actions = card["actions"].as_array().map_or(&[][..], Vec::as_slice);
    actions
        .iter()
        .filter_map(|action| action["title"].as_str())
        .collect()
}

#[test]
fn no_card_can_mention_anybody() {
    every_object(|name, object| assert!(object.get("msteams").is_none(), "{name}"));
}

#[test]
fn what_ended_cannot_be_answered_any_more() {
    for state in [
        SubjectState::Accepted,
        SubjectState::Declined,
        SubjectState::Withdrawn,
        SubjectState::Expired,
    ] {
        let content = samples::request_content("Hello");
        let message = draw(&spec(request(Some(ended(state, true)))), &opened(content), now());
        walk(card_of(&message), &mut |object| {
            assert_ne!(object["type"], "Action.Execute", "{state:?}");
        });
    }
}

#[test]
fn the_answer_to_a_press_carries_the_card() {
    let (_, message) = samples::all().into_iter().next().unwrap();
    let answer = invoke_response(&message);
    assert_eq!(answer["statusCode"], 200);
    assert_eq!(answer["type"], CONTENT_TYPE);
    assert_eq!(&answer["value"], card_of(&message));
}

#[test]
fn a_shortened_text_says_so() {
    // Six thousand letters outside the basic plane: two UTF-16 units each.
    let content = samples::request_content(&"🙂".repeat(6_000));
    let message = draw(&spec(request(None)), &opened(content), now());
    assert!(utf16_bytes(&message) <= TARGET_BYTES);
    assert!(message.0.to_string().contains("This text was shortened"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn no_content_makes_a_card_too_large(
        unit in prop_oneof![any::<String>(), "[\"\\\\\n]{1,4}", Just("🙂\n".to_owned()), Just("\"".to_owned())],
        times in 1usize..12_000,
    ) {
        let big = unit.repeat(times.min(8_000 / unit.len().max(1)));
        let data = json!({
            "mentee": { "name": big, "title": big, "location": big },
            "title": big, "body": big, "message": big, "role": big, "program": big,
            "goals": [big, big, big, big, big, big, big, big, big, big],
            "time_commitment": big, "url_label": big,
            "url": format!("https://acme.example/{}", "x".repeat(1_900)),
        });
        for card in [request(None), request(Some(ended(SubjectState::Expired, false))), plain(None)] {
            let content = Content::read("com.chronus.x.y", &data.to_string());
            let message = draw(&spec(card), &opened(content), now());
            prop_assert!(utf16_bytes(&message) <= TARGET_BYTES, "{} bytes", utf16_bytes(&message));
        }
    }
}
