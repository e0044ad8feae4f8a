//! Language and time zone beside listed recipients.

use actors::zone;
use events::user::ClientDefaultsChanged;
use serde_json::{Map, Value};

use super::{Invalid, MAX_RECIPIENTS, invalid};
use crate::chronus::warning::{MOST_WARNINGS, Warning};

/// Longest name of a zone and longest language tag, in characters.
const MAX_NAME: usize = 64;

/// Of each listed recipient, in their order; what is too long to be one is refused.
pub(super) fn of(data: &Map<String, Value>) -> Result<Vec<ClientDefaultsChanged>, Invalid> {
    let listed = data.get("recipients").and_then(Value::as_array);
    let listed = listed.map_or(&[][..], Vec::as_slice);
    let listed = listed.iter().take(MAX_RECIPIENTS).enumerate();
    listed
        .map(|(index, one)| {
            Ok(ClientDefaultsChanged {
                locale: name(one, index, "locale")?,
                timezone: name(one, index, "timezone")?,
                unknown_timezone: None,
            })
        })
        .collect()
}

fn name(recipient: &Value, index: usize, key: &str) -> Result<Option<String>, Invalid> {
    let at = || format!("/data/recipients/{index}/{key}");
    match recipient.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(name)) => {
            let name = name.trim();
            if name.chars().count() > MAX_NAME || name.chars().any(char::is_control) {
                return invalid(
                    at(),
                    format!("must have at most {MAX_NAME} characters and no control characters"),
                );
            }
            Ok(Some(name.to_owned()).filter(|name| !name.is_empty()))
        }
        Some(Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
            invalid(at(), "must be text")
        }
    }
}

/// Warnings about zones that nobody knows.
pub(super) fn warnings(given: &[ClientDefaultsChanged]) -> Vec<Warning> {
    let unknown = given.iter().enumerate().filter(|(_, given)| {
        let name = given.timezone.as_deref();
        name.is_some_and(|name| zone::zone(name).is_none())
    });
    unknown
        .take(MOST_WARNINGS)
        .map(|(index, _)| {
            Warning::at(
                "unknown_timezone",
                format!("/data/recipients/{index}/timezone"),
                "is no time zone that is known here and has no effect; send an IANA name such as Europe/Berlin",
            )
        })
        .collect()
}
