//! What can be pressed. A button carries which card it is and what was pressed, never who presses it.

use actors::action::{RUN_COMMAND, input};
use actors::card::CardSpec;
use serde_json::{Value, json};

use super::link::HttpsLink;

/// Ids of the two forms of an expandable text, and of the buttons under them.
const FOLDED: [&str; 2] = ["text_short", "text_more"];
const UNFOLDED: [&str; 2] = ["text_full", "text_less"];

/// A button that acts in place. Clients that do not know `Action.Execute` send the same data as a message.
pub(super) fn execute(title: &str, verb: &str, spec: &CardSpec) -> Value {
    let data = json!({
        "verb": verb,
        "notification_id": spec.notification_id.to_string(),
        "revision": spec.revision,
    });
    json!({
        "type": "Action.Execute",
        "title": title,
        "verb": verb,
        "data": data,
        "fallback": { "type": "Action.Submit", "title": title, "data": data },
    })
}

/// A button that does what typing a command does. A plain submit: the answer is a new card, so nothing is to be put
/// in this one's place.
pub(super) fn command(title: &str, name: &str) -> Value {
    json!({
        "type": "Action.Submit",
        "title": title,
        "associatedInputs": "none",
        "data": { "verb": RUN_COMMAND, "command": name },
    })
}

/// A button that opens an address in the browser.
pub(super) fn open(title: &str, link: &HttpsLink) -> Value {
    json!({
        "type": "Action.OpenUrl",
        "title": title,
        "url": link.as_str(),
        "tooltip": super::text::opens(link.host()),
    })
}

/// A button that unfolds `body` with its own button.
pub(super) fn unfold(title: &str, body: &[Value], action: &Value) -> Value {
    json!({
        "type": "Action.ShowCard",
        "title": title,
        "card": { "type": "AdaptiveCard", "version": "1.5", "body": body, "actions": [action] },
    })
}

/// A choice of one among a few.
pub(super) fn choice<'a>(label: &str, choices: impl IntoIterator<Item = (&'a str, &'a str)>) -> Value {
    let choices: Vec<Value> = choices
        .into_iter()
        .map(|(value, title)| json!({ "title": title, "value": value }))
        .collect();
    json!({
        "type": "Input.ChoiceSet",
        "id": input::REASON,
        "label": label,
        "style": "expanded",
        "wrap": true,
        "choices": choices,
    })
}

/// A free text of at most `max` characters.
pub(super) fn note(label: &str, max: usize) -> Value {
    json!({ "type": "Input.Text", "id": input::NOTE, "label": label, "isMultiline": true, "maxLength": max })
}

/// A text that shows its beginning and, on request, the whole of it.
pub(super) fn expandable(short: &[Value], full: &[Value], more: &str, less: &str) -> Vec<Value> {
    let visible = |id: &str, items: &[Value], shown: bool| json!({ "type": "Container", "id": id, "items": items, "isVisible": shown });
    let toggle = |id: &str, title: &str, shown: bool| {
        let targets: Vec<Value> = FOLDED
            .iter()
            .chain(&UNFOLDED)
            .map(|target| {
                let folds = FOLDED.contains(target);
                json!({ "elementId": target, "isVisible": folds != shown })
            })
            .collect();
        let action = json!({ "type": "Action.ToggleVisibility", "title": title, "targetElements": targets });
        json!({ "type": "ActionSet", "id": id, "actions": [action], "isVisible": shown })
    };
    let [short_id, more_id] = FOLDED;
    let [full_id, less_id] = UNFOLDED;
    vec![
        visible(short_id, short, true),
        visible(full_id, full, false),
        toggle(more_id, more, true),
        toggle(less_id, less, false),
    ]
}
