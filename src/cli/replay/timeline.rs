//! An event as one line for people: when, how long after the one before, where, what, and what of it matters.

use chrono::{DateTime, Utc};
use events::Recorded;
use serde_json::Value;

/// Fields that say what happened, in the order in which they are told; all of them stand open in the log.
const TOLD: [&str; 15] = [
    "type",
    "subject",
    "card",
    "notification_id",
    "state",
    "reason",
    "code",
    "class",
    "status",
    "attempt",
    "until",
    "retry_at",
    "evidence",
    "command",
    "by",
];

/// The line.
pub(super) fn line(event: &Recorded, data: &Value, before: Option<DateTime<Utc>>) -> String {
    let time = event.metadata.time;
    let since = before.map_or_else(String::new, |before| delay((time - before).num_milliseconds()));
    let mut text = format!(
        "{}  {since:>9}  {:>8}  {}  {}",
        time.format("%Y-%m-%d %H:%M:%S%.3f"),
        event.position,
        event.event_type,
        event.stream,
    );
    for name in TOLD {
        let value = data
            .get(name)
            .or_else(|| data.get("on").and_then(|on| on.get(name)));
        match value {
            Some(Value::String(value)) => {
                let shown: String = value
                    .chars()
                    .map(|c| if c.is_control() { ' ' } else { c })
                    .collect();
                text.extend(["  ", name, "=", &shown]);
            }
            Some(Value::Number(value)) => {
                text.extend(["  ", name, "=", &value.to_string()]);
            }
            Some(_) | None => {}
        }
    }
    text
}

/// How long after the event before, in the unit that matters; events of several streams may be recorded out of order.
fn delay(ms: i64) -> String {
    let sign = if ms < 0 { '-' } else { '+' };
    let ms = ms.unsigned_abs();
    match ms {
        0..10_000 => format!("{sign}{ms} ms"),
        10_000..600_000 => format!("{sign}{} s", ms / 1_000),
        600_000..172_800_000 => format!("{sign}{} min", ms / 60_000),
        _ => format!("{sign}{} d", ms / 86_400_000),
    }
}

#[cfg(test)]
mod tests {
    use super::delay;

    #[test]
    fn delays_are_told_in_the_unit_that_matters() {
        for (ms, told) in [
            (0, "+0 ms"),
            (9_999, "+9999 ms"),
            (61_000, "+61 s"),
            (-5, "-5 ms"),
            (7_200_000, "+120 min"),
        ] {
            assert_eq!(delay(ms), told);
        }
    }
}
