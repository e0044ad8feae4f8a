//! Entries of the audit as lines of syslog (RFC 5424), for whoever collects such lines. Every field stands in the structured
//! data, so that nothing has to be read off a sentence.

use serde_json::Value;

use super::on_one_line;

/// Facility "log audit" (13) with the severities notice (5) and warning (4).
const NOTICE: u8 = 13 * 8 + 5;
const WARNING: u8 = 13 * 8 + 4;
/// The id of the structured data: the number is the one that is kept for documentation (RFC 5612), since we have none.
const DATA: &str = "audit@32473";
/// What a name of a message may be long.
const LONGEST_NAME: usize = 32;

/// One line, without its end.
pub fn line(entry: &Value) -> String {
    let text = |name: &str| entry.get(name).and_then(Value::as_str).unwrap_or("-");
    let what = match entry.get("act").and_then(Value::as_str) {
        Some(act) => act,
        None => text("event"),
    };
    let failed = !entry["failed"].is_null() || text("event") == "CallersRefused";
    let priority = if failed { WARNING } else { NOTICE };
    let name: String = what
        .chars()
        .filter(char::is_ascii_graphic)
        .take(LONGEST_NAME)
        .collect();
    let fields = entry.as_object().into_iter().flatten();
    let data = fields.fold(String::new(), |data, (name, value)| {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        format!("{data} {name}=\"{}\"", escaped(&value))
    });
    let (time, by) = (text("time"), text("by"));
    format!(
        "<{priority}>1 {time} - chronus-teams - {name} [{DATA}{data}] {what} by {}",
        on_one_line(by)
    )
}

/// A value within quotes: quotes, backslashes and closing brackets are escaped (RFC 5424, 6.3.3).
fn escaped(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for letter in on_one_line(value).chars() {
        if matches!(letter, '"' | '\\' | ']') {
            text.push('\\');
        }
        text.push(letter);
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_line_has_every_field_and_nothing_written_ends_it_or_its_data_early() {
        let entry = json!({
            "number": 7, "time": "2026-03-23T09:10:00Z", "event": "ActRecorded", "act": "member.link",
            "by": "api:support", "reason": "she said \"me\"]\n<34>1 - - forged",
        });
        let line = line(&entry);
        assert!(
            line.starts_with("<109>1 2026-03-23T09:10:00Z - chronus-teams - member.link [audit@32473 "),
            "{line}"
        );
        assert!(line.ends_with("] member.link by api:support"), "{line}");
        assert!(
            line.contains(r#"reason="she said \"me\"\] <34>1 - - forged""#),
            "{line}"
        );
        assert!(line.contains(r#"number="7""#) && !line.contains('\n'), "{line}");
    }

    #[test]
    fn what_was_refused_is_a_warning() {
        let refused = json!({ "event": "CallersRefused", "time": "t", "count": 3 });
        assert!(line(&refused).starts_with("<108>1 t - chronus-teams - CallersRefused "));
        let failed = json!({ "event": "ActRecorded", "act": "tenant.enable", "time": "t", "failed": 503 });
        assert!(line(&failed).starts_with("<108>1 "));
    }
}
