//! How things are written on the pages.

use chrono::{DateTime, SecondsFormat, Utc};
use projections::notifications::NotificationState;
use projections::reachability::Reach;

/// A moment for people and machines.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct When {
    pub(super) iso: String,
    pub(super) text: String,
}

/// Writes a moment.
pub(super) fn when(at: DateTime<Utc>) -> When {
    When {
        iso: at.to_rfc3339_opts(SecondsFormat::Millis, true),
        text: moment(at),
    }
}

/// A moment in UTC, to the second.
pub(super) fn moment(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M:%S").to_string()
}

/// A span in the two units that matter.
pub(super) fn span(ms: i64) -> String {
    let sign = if ms < 0 { "−" } else { "" };
    let ms = ms.unsigned_abs();
    let seconds = ms / 1_000;
    let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
    let text = match ms {
        ..1_000 => format!("{ms} ms"),
        1_000..60_000 => format!("{seconds}.{} s", ms % 1_000 / 100),
        60_000..3_600_000 => format!("{minutes} min {:02} s", seconds % 60),
        3_600_000..172_800_000 => format!("{hours} h {:02} min", minutes % 60),
        _ => format!("{days} d {:02} h", hours % 24),
    };
    format!("{sign}{text}")
}

/// A stored word as one reads it: `unknown_held` as "unknown held".
pub(super) fn plain(word: &str) -> String {
    word.replace('_', " ")
}

/// A stored event's name as one reads it: `NotificationQueued` as "notification queued".
pub(super) fn spaced(name: &str) -> String {
    let mut text = String::with_capacity(name.len() + 4);
    for (index, letter) in name.char_indices() {
        if letter.is_ascii_uppercase() && index > 0 {
            text.push(' ');
        }
        if index == 0 {
            text.push(letter);
        } else {
            text.push(letter.to_ascii_lowercase());
        }
    }
    text
}

/// How something stands, with a tone that never tells it alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Badge {
    pub(super) text: String,
    pub(super) tone: &'static str,
}

impl Badge {
    fn new(text: &str, tone: &'static str) -> Self {
        Self {
            text: plain(text),
            tone,
        }
    }
}

/// How a card stands.
pub(super) fn state(state: NotificationState) -> Badge {
    let tone = match state {
        NotificationState::Delivered | NotificationState::Seen | NotificationState::Answered => "good",
        NotificationState::Refused | NotificationState::Unroutable | NotificationState::UnknownHeld => "bad",
        NotificationState::Unresolved | NotificationState::Expired | NotificationState::UnknownRetry => {
            "warn"
        }
        NotificationState::Resolved
        | NotificationState::Queued
        | NotificationState::Attempted
        | NotificationState::Retry
        | NotificationState::Deferred => "busy",
        NotificationState::Suppressed | NotificationState::Withdrawn | NotificationState::Merged => "dim",
    };
    Badge::new(state.as_str(), tone)
}

/// Whether somebody can be reached.
pub(super) fn reach(reach: Reach) -> Badge {
    let tone = match reach {
        Reach::Reachable => "good",
        Reach::Blocked | Reach::DisabledByAdmin | Reach::Conflict => "bad",
        Reach::NeverInstalled | Reach::Uninstalled | Reach::NoMapping | Reach::Guest | Reach::Unlinked => {
            "warn"
        }
        Reach::Disconnected | Reach::Paused | Reach::Removed => "dim",
    };
    Badge::new(reach.as_str(), tone)
}

/// A query with these parameters; those without a value are left out.
pub(super) fn query<'p>(
    path: &str,
    parameters: impl IntoIterator<Item = (&'p str, Option<&'p str>)>,
) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in parameters {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            query.append_pair(name, value);
        }
    }
    let query = query.finish();
    if query.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{query}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_spans_are_written_for_people() {
        assert_eq!(spaced("NotificationQueued"), "Notification queued");
        assert_eq!(span(1_500), "1.5 s");
        assert_eq!(span(-90_000), "−1 min 30 s");
        assert_eq!(span(200_000_000), "2 d 07 h");
        assert_eq!(
            query("/x", [("a", Some("1&2")), ("b", None), ("c", Some(""))]),
            "/x?a=1%262"
        );
        assert_eq!(query("/x", [("b", None)]), "/x");
    }
}
