//! What can be pressed. A button carries which card it is and what was pressed, never who presses it.

use actors::action::{RUN_COMMAND, verb};
use actors::card::CardSpec;
use events::user::Command;
use events::{NotificationId, SubjectRef};
use serde_json::{Map, Value, json};

use super::link::HttpsLink;
use super::text::Texts;

/// What a button belongs to: a card, and on a list one of the things on it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    spec: &'a CardSpec,
    subject: Option<&'a SubjectRef>,
}

impl<'a> Place<'a> {
    /// A card.
    pub(super) fn card(spec: &'a CardSpec) -> Self {
        Self { spec, subject: None }
    }

    /// A thing on a card that shows several.
    pub(super) fn item(spec: &'a CardSpec, subject: &'a SubjectRef) -> Self {
        Self {
            spec,
            subject: Some(subject),
        }
    }
}

/// A button that acts in place. Clients that do not know `Action.Execute` send the same data as a message.
pub(super) fn execute(title: &str, verb: &str, place: Place<'_>) -> Value {
    execute_with(title, verb, place, [])
}

/// As [`execute`], with what the press means in addition.
pub(super) fn execute_with<const N: usize>(
    title: &str,
    verb: &str,
    place: Place<'_>,
    more: [(&str, Value); N],
) -> Value {
    let mut data = Map::new();
    data.insert("verb".to_owned(), verb.into());
    data.insert(
        "notification_id".to_owned(),
        place.spec.notification_id.to_string().into(),
    );
    data.insert("revision".to_owned(), place.spec.revision.into());
    if let Some(subject) = place.subject {
        data.insert("subject".to_owned(), subject.to_string().into());
    }
    data.extend(more.map(|(key, value)| (key.to_owned(), value)));
    json!({
        "type": "Action.Execute",
        "title": title,
        "verb": verb,
        "data": data,
        "fallback": { "type": "Action.Submit", "title": title, "data": data },
    })
}

/// A button that needs nothing of what was typed or chosen elsewhere on the card.
pub(super) fn without_inputs(mut action: Value) -> Value {
    action["associatedInputs"] = "none".into();
    if action["fallback"].is_object() {
        action["fallback"]["associatedInputs"] = "none".into();
    }
    action
}

/// The one button of a card that most people came for.
pub(super) fn primary(action: Value) -> Value {
    styled(action, "positive")
}

/// A button that takes something away. It is drawn only where the card asks back first.
pub(super) fn destructive(action: Value) -> Value {
    styled(action, "destructive")
}

fn styled(mut action: Value, style: &str) -> Value {
    action["style"] = style.into();
    if action["fallback"].is_object() {
        action["fallback"]["style"] = style.into();
    }
    action
}

/// A button under "more", where the client has such a place.
pub(super) fn secondary(mut action: Value) -> Value {
    action["mode"] = "secondary".into();
    action
}

/// A button that does what typing a command does. A plain submit: the answer is a new card, so nothing is to be put
/// in this one's place.
pub(super) fn command(title: &str, command: Command) -> Value {
    json!({
        "type": "Action.Submit",
        "title": title,
        "associatedInputs": "none",
        "data": { "verb": RUN_COMMAND, "command": command.as_str() },
    })
}

/// A button that asks for the words to one conversation.
pub(super) fn write_to(title: &str, conversation: &SubjectRef) -> Value {
    let mut button = command(title, Command::Message);
    button["data"]["subject"] = conversation.to_string().into();
    button
}

/// A button that sends the card that a list's line stands for, to be read and answered there.
pub(super) fn show_card(title: &str, line: NotificationId) -> Value {
    json!({
        "type": "Action.Submit",
        "title": title,
        "associatedInputs": "none",
        "data": { "verb": verb::SHOW, "line": line.to_string() },
    })
}

/// A button that opens an address in the browser.
pub(super) fn open(text: Texts, title: &str, link: &HttpsLink) -> Value {
    json!({
        "type": "Action.OpenUrl",
        "title": title,
        "url": link.as_str(),
        "tooltip": text.opens(link.host()),
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

/// Buttons in the body of a card, under what they are about.
pub(super) fn row(actions: &[Value]) -> Value {
    json!({ "type": "ActionSet", "actions": actions })
}

/// Ids of the two forms of an expandable text, and of the buttons under them.
const FOLDED: [&str; 2] = ["text_short", "text_more"];
const UNFOLDED: [&str; 2] = ["text_full", "text_less"];

/// A text that shows its beginning and, on request, the whole of it. At most one on a card.
pub(super) fn expandable(text: Texts, short: &[Value], full: &[Value]) -> Vec<Value> {
    let visible = |id: &str, items: &[Value], shown: bool| json!({ "type": "Container", "id": id, "items": items, "isVisible": shown });
    let toggle = |id: &str, title: String, shown: bool| {
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
        toggle(more_id, text.press_show_more(), true),
        toggle(less_id, text.press_show_less(), false),
    ]
}
