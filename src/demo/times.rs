//! Times in a scenario are told from the moment of its step: `@2d` is in two days, `@-3h30m` was three and a half
//! hours ago, `@0m` is now. `@2d|date` and `@2d|time` are the day and the time of day of it. Whole hours are easier
//! to read, so all of them are rounded down to the minute.

use chrono::{DateTime, DurationRound as _, TimeDelta, Utc};
use serde_json::Value;

/// The same value with every time in it told as Chronus or a client would.
pub(super) fn resolve(value: &Value, now: DateTime<Utc>) -> Value {
    match value {
        Value::String(text) => Value::String(text_of(text, now)),
        Value::Array(items) => items.iter().map(|item| resolve(item, now)).collect(),
        Value::Object(fields) => {
            let fields = fields
                .iter()
                .map(|(name, value)| (name.clone(), resolve(value, now)));
            Value::Object(fields.collect())
        }
        other @ (Value::Null | Value::Bool(_) | Value::Number(_)) => other.clone(),
    }
}

/// A text, or the time that it tells.
pub(super) fn text_of(text: &str, now: DateTime<Utc>) -> String {
    told(text, now).unwrap_or_else(|| text.to_owned())
}

fn told(text: &str, now: DateTime<Utc>) -> Option<String> {
    let told = text.strip_prefix('@')?;
    let (span, form) = told.split_once('|').unwrap_or((told, ""));
    let time = (now + span_of(span)?)
        .duration_trunc(TimeDelta::minutes(1))
        .ok()?;
    match form {
        "" => Some(time.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)),
        "date" => Some(time.format("%Y-%m-%d").to_string()),
        "time" => Some(time.format("%H:%M").to_string()),
        _ => None,
    }
}

/// A span such as `2d`, `-3h30m` or `90s`.
pub(super) fn span_of(text: &str) -> Option<TimeDelta> {
    let (sign, mut rest) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let mut span = TimeDelta::zero();
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit())?;
        let (number, tail) = rest.split_at(end);
        let number: i64 = number.parse().ok()?;
        let unit = tail.chars().next()?;
        span += match unit {
            'd' => TimeDelta::try_days(number)?,
            'h' => TimeDelta::try_hours(number)?,
            'm' => TimeDelta::try_minutes(number)?,
            's' => TimeDelta::try_seconds(number)?,
            _ => return None,
        };
        rest = tail.strip_prefix(unit)?;
    }
    Some(span * sign)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn times_are_told_from_the_moment_and_other_texts_stay() {
        let now = DateTime::parse_from_rfc3339("2026-11-25T10:20:31Z")
            .unwrap()
            .to_utc();
        let scene = json!({ "a": ["@2d", "@-3h30m", "@0m"], "b": { "c": "@1d12h|date", "d": "@1d12h|time" },
                            "e": "@acme", "f": "ada@acme.example", "g": 7 });
        assert_eq!(
            resolve(&scene, now),
            json!({ "a": ["2026-11-27T10:20:00Z", "2026-11-25T06:50:00Z", "2026-11-25T10:20:00Z"],
                    "b": { "c": "2026-11-26", "d": "22:20" }, "e": "@acme", "f": "ada@acme.example", "g": 7 })
        );
    }
}
