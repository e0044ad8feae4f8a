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

/// The button of a card with this title or verb.
pub fn button<'a>(card: &'a Value, wanted: &str) -> Result<&'a Value, PressError> {
    let mut all = Vec::new();
    collect(card, &|item| is_type(item, "Action."), &mut all);
    let fits = |action: &&&Value| action["title"] == wanted || action["verb"] == wanted || action["id"] == wanted;
    if let Some(action) = all.iter().find(fits) {
        return Ok(action);
    }
    let has = all.iter().filter_map(|action| action["title"].as_str().map(str::to_owned));
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

/// What a press sends: the action's data with the inputs over it. Input values travel as text, empty ones not at all.
pub fn filled(
    card: &Value,
    action: &Value,
    given: &BTreeMap<String, String>,
) -> Result<Map<String, Value>, PressError> {
    let mut inputs = Vec::new();
    collect(card, &|item| is_type(item, "Input."), &mut inputs);
    if let Some(unknown) = given.keys().find(|id| !inputs.iter().any(|input| input["id"] == id.as_str())) {
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
            other => Some(other.to_string()),
        };
        match given.get(id).cloned().or_else(preset).filter(|value| !value.is_empty()) {
            Some(value) => {
                data.insert(id.to_owned(), Value::String(value));
            }
            None if input["isRequired"] == true => return Err(PressError::Required(id.to_owned())),
            None => {}
        }
    }
    Ok(data)
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
        _ => {}
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
        assert_eq!(button(&card, "Yes"), button(&card, "go"));
        assert_eq!(buttons(&card), ["Yes", "See"]);
        assert!(matches!(button(&card, "Old yes"), Err(PressError::NoButton { .. })));
    }

    #[test]
    fn inputs_go_over_the_data_and_required_ones_must_be_filled() {
        let card = card();
        let action = button(&card, "Yes").unwrap();
        let given = |pairs: &[(&str, &str)]| pairs.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect();
        assert_eq!(filled(&card, action, &given(&[])), Err(PressError::Required("note".into())));
        assert_eq!(
            filled(&card, action, &given(&[("x", "1")])),
            Err(PressError::NoInput("x".into()))
        );
        let data = filled(&card, action, &given(&[("note", "hi")])).unwrap();
        assert_eq!(Value::Object(data), json!({ "n": 1, "agree": "true", "note": "hi" }));
    }
}
