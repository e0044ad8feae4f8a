//! A card under a person's hands: finding the button, filling the inputs, as Teams' clients do (teams-protocol,
//! section 5).

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// Why a press is not possible.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PressError {
    /// No message fits.
    #[error("the chat shows no such card")]
    NoCard,
    /// The card has no such button.
    #[error("the card has no button {button:?}; it has {has:?}")]
    NoButton {
        /// What was asked for.
        button: String,
        /// The titles of its buttons.
        has: Vec<String>,
    },
    /// The button sends nothing to a bot.
    #[error("the button {button:?} is a {kind}, which sends nothing to the bot")]
    NotForTheBot {
        /// Its title.
        button: String,
        /// Its type.
        kind: String,
    },
    /// The card has no such input.
    #[error("the card has no input {0:?}")]
    NoInput(String),
    /// A required input is empty; Teams does not send then.
    #[error("the input {0:?} is required and empty")]
    Required(String),
}

/// The button of a card with this title, verb or id, whose data has these values.
pub fn button<'a>(
    card: &'a Value,
    wanted: &str,
    data: &BTreeMap<String, String>,
) -> Result<&'a Value, PressError> {
    let mut all = Vec::new();
    collect(card, &|item| is_type(item, "Action."), &mut all);
    let has = |action: &Value, (key, value): (&String, &String)| match &action["data"][key] {
        Value::String(text) => text == value,
        other @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
            serde_json::from_str::<Value>(value).is_ok_and(|value| value == *other)
        }
    };
    let fits = |action: &&&Value| {
        (action["title"] == wanted || action["verb"] == wanted || action["id"] == wanted)
            && data.iter().all(|wanted| has(action, wanted))
    };
    if let Some(action) = all.iter().find(fits) {
        return Ok(action);
    }
    let has = all
        .iter()
        .filter_map(|action| action["title"].as_str().map(str::to_owned));
    Err(PressError::NoButton {
        button: wanted.to_owned(),
        has: has.collect(),
    })
}

/// The titles of a card's buttons.
pub fn buttons(card: &Value) -> Vec<String> {
    let mut all = Vec::new();
    collect(card, &|item| is_type(item, "Action."), &mut all);
    all.iter()
        .filter_map(|action| action["title"].as_str().map(str::to_owned))
        .collect()
}

/// The texts of a card in order of appearance, with the labels of its inputs and what can be chosen. What only opens
/// on a press is part of them.
pub fn texts(card: &Value) -> Vec<String> {
    let mut lines = Vec::new();
    read(card, &mut lines);
    lines
}

fn read(value: &Value, into: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            let text = |name: &str| fields.get(name).and_then(Value::as_str).map(str::to_owned);
            let kind = fields.get("type").and_then(Value::as_str).unwrap_or_default();
            match kind {
                "TextBlock" | "TextRun" => into.extend(text("text")),
                "Image" => into.extend(text("altText")),
                _ if kind.starts_with("Input.") => {
                    into.extend(
                        text("label")
                            .or_else(|| text("placeholder"))
                            .or_else(|| text("title")),
                    );
                }
                // A fact, or something to choose.
                "" => {
                    if let (Some(title), Some(value)) = (text("title"), text("value")) {
                        into.push(format!("{title}: {value}"));
                    }
                }
                _ => {}
            }
            for name in [
                "body", "items", "columns", "rows", "cells", "facts", "inlines", "choices", "card", "actions",
            ] {
                if let Some(inner) = fields.get(name) {
                    read(inner, into);
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| read(item, into)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// What a press sends: the action's data with the inputs over it. Input values travel as text, empty ones not at all.
pub fn filled(
    card: &Value,
    action: &Value,
    given: &BTreeMap<String, String>,
) -> Result<Map<String, Value>, PressError> {
    let mut inputs = Vec::new();
    collect_inputs(card, action, &mut inputs);
    if let Some(unknown) = given
        .keys()
        .find(|id| !inputs.iter().any(|input| input["id"] == id.as_str()))
    {
        return Err(PressError::NoInput(unknown.clone()));
    }
    let mut data = action["data"].as_object().cloned().unwrap_or_default();
    if action["associatedInputs"] == "none" {
        return Ok(data);
    }
    for input in inputs {
        let Some(id) = input["id"].as_str() else { continue };
        let preset = || match &input["value"] {
            Value::Null => None,
            Value::String(text) => Some(text.clone()),
            other @ (Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
                Some(other.to_string())
            }
        };
        match given
            .get(id)
            .cloned()
            .or_else(preset)
            .filter(|value| !value.is_empty())
        {
            Some(value) => {
                data.insert(id.to_owned(), Value::String(value));
            }
            None if input["isRequired"] == true => return Err(PressError::Required(id.to_owned())),
            None => {}
        }
    }
    Ok(data)
}

/// The inputs that a press on `action` sends: those of the cards around it. What another button opens is not among them.
fn collect_inputs<'a>(value: &'a Value, action: &Value, into: &mut Vec<&'a Value>) {
    match value {
        Value::Object(fields) => {
            if is_type(value, "Input.") {
                into.push(value);
            }
            let closed = value["type"] == "Action.ShowCard" && !contains(value, action);
            for (name, inner) in fields {
                if !closed && !matches!(name.as_str(), "fallback" | "refresh" | "data") {
                    collect_inputs(inner, action, into);
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect_inputs(item, action, into)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Whether an action, this very one, is somewhere in `value`.
fn contains(value: &Value, action: &Value) -> bool {
    std::ptr::eq(value, action)
        || match value {
            Value::Object(fields) => fields.values().any(|inner| contains(inner, action)),
            Value::Array(items) => items.iter().any(|item| contains(item, action)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
        }
}

fn is_type(item: &Value, prefix: &str) -> bool {
    item["type"].as_str().is_some_and(|kind| kind.starts_with(prefix))
}

/// Everything in a card that fits, outermost first; alternatives for older clients and the automatic refresh are no
/// part of what a person can press.
fn collect<'a>(value: &'a Value, fits: &impl Fn(&Value) -> bool, into: &mut Vec<&'a Value>) {
    match value {
        Value::Object(fields) => {
            if fits(value) {
                into.push(value);
            }
            for (name, inner) in fields {
                if !matches!(name.as_str(), "fallback" | "refresh" | "data") {
                    collect(inner, fits, into);
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, fits, into)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn card() -> Value {
        json!({ "type": "AdaptiveCard", "body": [
            { "type": "Input.Text", "id": "note", "isRequired": true },
            { "type": "Input.Toggle", "id": "agree", "value": "true" },
        ], "actions": [
            { "type": "Action.Execute", "title": "Yes", "verb": "go", "data": { "n": 1, "agree": "x" },
              "fallback": { "type": "Action.Submit", "title": "Old yes" } },
            { "type": "Action.OpenUrl", "title": "See" },
        ] })
    }

    #[test]
    fn a_button_is_found_by_title_or_verb_and_fallbacks_are_not_offered() {
        let card = card();
        let none = BTreeMap::new();
        assert_eq!(button(&card, "Yes", &none), button(&card, "go", &none));
        assert_eq!(buttons(&card), ["Yes", "See"]);
        assert!(matches!(
            button(&card, "Old yes", &none),
            Err(PressError::NoButton { .. })
        ));
    }

    #[test]
    fn inputs_go_over_the_data_and_required_ones_must_be_filled() {
        let card = card();
        let action = button(&card, "Yes", &BTreeMap::new()).unwrap();
        let given = |pairs: &[(&str, &str)]| pairs.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect();
        assert_eq!(
            filled(&card, action, &given(&[])),
            Err(PressError::Required("note".into()))
        );
        assert_eq!(
            filled(&card, action, &given(&[("x", "1")])),
            Err(PressError::NoInput("x".into()))
        );
        let data = filled(&card, action, &given(&[("note", "hi")])).unwrap();
        assert_eq!(
            Value::Object(data),
            json!({ "n": 1, "agree": "true", "note": "hi" })
        );
    }

    #[test]
    fn of_several_buttons_alike_the_data_tells_which() {
        let row = |id: &str| {
            json!({ "type": "ActionSet", "actions": [
            { "type": "Action.Execute", "title": "Accept", "data": { "item": id, "revision": 1 } } ] })
        };
        let card = json!({ "type": "AdaptiveCard", "body": [row("a"), row("b")] });
        let data = BTreeMap::from([
            ("item".to_owned(), "b".to_owned()),
            ("revision".to_owned(), "1".to_owned()),
        ]);
        assert_eq!(button(&card, "Accept", &data).unwrap()["data"]["item"], "b");
        let other = BTreeMap::from([("item".to_owned(), "c".to_owned())]);
        assert!(button(&card, "Accept", &other).is_err());
    }

    #[test]
    fn inputs_that_another_button_opens_are_not_sent() {
        let opens = |title: &str, input: &str| {
            json!({ "type": "Action.ShowCard", "title": title, "card": {
            "type": "AdaptiveCard", "body": [{ "type": "Input.Text", "id": input, "isRequired": true, "label": "Why?" }],
            "actions": [{ "type": "Action.Execute", "title": format!("Send {title}") }] } })
        };
        let card = json!({ "type": "AdaptiveCard",
            "body": [{ "type": "TextBlock", "text": "Meet?" }, { "type": "Input.Text", "id": "here", "value": "x" }],
            "actions": [opens("decline", "note"), opens("propose", "date"), { "type": "Action.Execute", "title": "Yes" }] });
        let none = BTreeMap::new();
        let sent = |title: &str, given: &BTreeMap<String, String>| {
            filled(&card, button(&card, title, &none).unwrap(), given)
        };
        assert_eq!(Value::Object(sent("Yes", &none).unwrap()), json!({ "here": "x" }));
        let given = BTreeMap::from([("date".to_owned(), "2026-12-01".to_owned())]);
        assert_eq!(
            Value::Object(sent("Send propose", &given).unwrap()),
            json!({ "here": "x", "date": "2026-12-01" })
        );
        assert_eq!(
            sent("Send decline", &none),
            Err(PressError::Required("note".to_owned()))
        );
        assert_eq!(texts(&card), ["Meet?", "Why?", "Why?"]);
    }
}
