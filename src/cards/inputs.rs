//! What can be chosen or typed on a card. What comes back is read by `actors::action`, which trusts none of it.

use serde_json::{Value, json};

use super::text::Texts;

fn choices<'a>(choices: impl IntoIterator<Item = (&'a str, &'a str)>) -> Vec<Value> {
    choices
        .into_iter()
        .map(|(value, title)| json!({ "title": title, "value": value }))
        .collect()
}

/// A choice of one among a few that are all in view.
pub(super) fn radio<'a>(
    id: &str,
    label: &str,
    options: impl IntoIterator<Item = (&'a str, &'a str)>,
    chosen: Option<&str>,
) -> Value {
    choice(id, label, "expanded", &choices(options), chosen)
}

/// A choice of one in a list that opens.
pub(super) fn menu<'a>(
    id: &str,
    label: &str,
    options: impl IntoIterator<Item = (&'a str, &'a str)>,
    chosen: Option<&str>,
) -> Value {
    choice(id, label, "compact", &choices(options), chosen)
}

fn choice(id: &str, label: &str, style: &str, choices: &[Value], chosen: Option<&str>) -> Value {
    let mut input = json!({
        "type": "Input.ChoiceSet",
        "id": id,
        "label": label,
        "style": style,
        "wrap": true,
        "choices": choices,
    });
    if let Some(chosen) = chosen {
        input["value"] = chosen.into();
    }
    input
}

/// A free text of at most `max` characters.
pub(super) fn free_text(id: &str, label: &str, max: usize) -> Value {
    json!({ "type": "Input.Text", "id": id, "label": label, "isMultiline": true, "maxLength": max })
}

/// A day.
pub(super) fn date(id: &str, label: &str) -> Value {
    json!({ "type": "Input.Date", "id": id, "label": label })
}

/// A time of day.
pub(super) fn time(id: &str, label: &str) -> Value {
    json!({ "type": "Input.Time", "id": id, "label": label })
}

/// `input` with a hint that disappears when something is typed.
pub(super) fn hinted(mut input: Value, hint: &str) -> Value {
    input["placeholder"] = hint.into();
    input
}

/// `input` with what it holds from the start.
pub(super) fn filled(mut input: Value, value: &str) -> Value {
    input["value"] = value.into();
    input
}

/// `input`, without which the button beneath does nothing but say so.
pub(super) fn required(text: Texts, mut input: Value) -> Value {
    input["isRequired"] = true.into();
    input["errorMessage"] = text.input_required().into();
    input
}
