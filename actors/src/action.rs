//! What a button on a card asks for. A card carries only which card it is and what was pressed; who presses it is
//! known from the verified activity alone.

use events::NotificationId;
use events::user::Command;
use serde_json::Value;

/// Longest free text taken from a card's input, in characters; longer text is cut.
pub const MAX_NOTE_CHARS: usize = 1_000;

/// Reasons a request may be declined for, as the card offers them: stored value and English label.
pub const DECLINE_REASONS: [(&str, &str); 4] = [
    ("no_capacity", "I have no capacity at the moment"),
    ("not_a_fit", "I am not the right person for these goals"),
    ("timing", "The timing does not suit me"),
    ("other", "Another reason"),
];

/// Input ids used on the cards.
pub mod input {
    /// Choice of a decline reason.
    pub const REASON: &str = "reason";
    /// Free text beside a decline.
    pub const NOTE: &str = "note";
}

/// A press, read from the card's verb and data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Accept the mentoring request on this card.
    AcceptRequest {
        /// The card.
        notification_id: NotificationId,
    },
    /// Decline the mentoring request on this card.
    DeclineRequest {
        /// The card.
        notification_id: NotificationId,
        /// One of [`DECLINE_REASONS`].
        reason: Option<String>,
        /// The person's own words, not yet sealed.
        note: Option<String>,
    },
    /// Show this card as it is now; changes nothing.
    Refresh {
        /// The card.
        notification_id: NotificationId,
    },
    /// The same as typing a command.
    Run(Command),
    /// Nothing that a card of ours offers.
    Unknown,
}

/// The verb of [`Action::AcceptRequest`].
pub const ACCEPT_REQUEST: &str = "request.accept";
/// The verb of [`Action::DeclineRequest`].
pub const DECLINE_REQUEST: &str = "request.decline";
/// The verb of [`Action::Refresh`].
pub const REFRESH: &str = "card.refresh";
/// The verb of [`Action::Run`]; the data's `command` names it.
pub const RUN_COMMAND: &str = "command.run";

impl Action {
    /// Reads a press. `verb` is the `Action.Execute` verb; older clients send an `Action.Submit` whose data carries
    /// it. Input values arrive as strings and in any spelling, so everything is read leniently.
    pub fn parse(verb: Option<&str>, data: &Value) -> Self {
        let text = |key: &str| {
            data.get(key)
                .and_then(Value::as_str)
                .map(str::trim)
                .filter(|t| !t.is_empty())
        };
        let notification_id = text("notification_id").and_then(|id| id.parse::<NotificationId>().ok());
        let verb = verb.filter(|v| !v.is_empty()).or_else(|| text("verb"));
        match (verb, notification_id) {
            (Some(ACCEPT_REQUEST), Some(notification_id)) => Self::AcceptRequest { notification_id },
            (Some(DECLINE_REQUEST), Some(notification_id)) => Self::DeclineRequest {
                notification_id,
                reason: text(input::REASON)
                    .filter(|reason| DECLINE_REASONS.iter().any(|(known, _)| known == reason))
                    .map(str::to_owned),
                note: text(input::NOTE).map(|note| note.chars().take(MAX_NOTE_CHARS).collect()),
            },
            (Some(REFRESH), Some(notification_id)) => Self::Refresh { notification_id },
            (Some(RUN_COMMAND), _) => {
                let command = text("command").map_or(Command::Unknown, parse_command);
                if command == Command::Unknown {
                    Self::Unknown
                } else {
                    Self::Run(command)
                }
            }
            _ => Self::Unknown,
        }
    }
}

/// Reads typed text as a command: case, punctuation and surrounding white space do not matter.
pub fn parse_command(text: &str) -> Command {
    let words: String = text
        .chars()
        .map(|c| {
            if c.is_alphanumeric() {
                c.to_lowercase().next().unwrap_or(c)
            } else {
                ' '
            }
        })
        .collect();
    let words: Vec<&str> = words.split_whitespace().collect();
    match words.as_slice() {
        ["help" | "hi" | "hello" | "start" | "commands"] => Command::Help,
        ["status"] => Command::Status,
        ["connect" | "reconnect" | "subscribe"] => Command::Connect,
        ["disconnect" | "stop" | "unsubscribe"] => Command::Disconnect,
        _ => Command::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ID: &str = "6ba7b810-9dad-51d1-80b4-00c04fd430c8";

    #[test]
    fn commands_are_read_whatever_their_case_and_punctuation() {
        for text in ["help", "  HELP ", "Help!", "/help", "help."] {
            assert_eq!(parse_command(text), Command::Help, "{text:?}");
        }
        assert_eq!(parse_command("please help me with my request"), Command::Unknown);
        assert_eq!(parse_command(""), Command::Unknown);
    }

    #[test]
    fn an_execute_and_a_submit_mean_the_same() {
        let execute = Action::parse(Some(ACCEPT_REQUEST), &json!({ "notification_id": ID }));
        let submit = Action::parse(None, &json!({ "verb": ACCEPT_REQUEST, "notification_id": ID }));
        assert_eq!(execute, submit);
        assert!(matches!(execute, Action::AcceptRequest { .. }));
    }

    #[test]
    fn a_decline_reason_that_the_card_does_not_offer_is_dropped() {
        let data = json!({ "notification_id": ID, "reason": "<script>", "note": " Sorry " });
        let Action::DeclineRequest { reason, note, .. } = Action::parse(Some(DECLINE_REQUEST), &data) else {
            panic!("not a decline")
        };
        assert_eq!(reason, None);
        assert_eq!(note.as_deref(), Some("Sorry"));
    }

    #[test]
    fn nonsense_is_unknown_and_never_an_error() {
        for (verb, data) in [
            (None, json!(null)),
            (Some(""), json!([])),
            (Some(ACCEPT_REQUEST), json!({ "notification_id": 7 })),
            (Some("x"), json!({})),
        ] {
            assert_eq!(Action::parse(verb, &data), Action::Unknown);
        }
    }
}
