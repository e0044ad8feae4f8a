//! The story of a card as lines and dots: who had it when, and how long each step took. The same stands in the table beside it.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use projections::notifications::HistoryEntry;
use serde_json::Value;

use super::words::{When, plain, span, when};

/// Where a step happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lane {
    Chronus,
    Service,
    Teams,
    Person,
}

impl Lane {
    const ALL: [(Self, &'static str); 4] = [
        (Self::Chronus, "Chronus"),
        (Self::Service, "Service"),
        (Self::Teams, "Teams"),
        (Self::Person, "Person"),
    ];

    fn of(what: &str) -> Self {
        match what {
            "accepted" | "response_delivered" | "response_failed" | "response_requeued" => Self::Chronus,
            "attempted" | "delivered" | "refused" | "outcome_unknown" | "updated" | "update_abandoned" => {
                Self::Teams
            }
            "seen" | "answered" | "request_accepted" | "request_declined" | "press_ignored"
            | "survey_step_saved" => Self::Person,
            _ => Self::Service,
        }
    }

    fn y(self) -> usize {
        let place = Self::ALL.iter().position(|(lane, _)| *lane == self).unwrap_or(0);
        TOP + place * ROW
    }
}

const TOP: usize = 34;
const ROW: usize = 34;
const LEFT: usize = 78;
const STEP: usize = 74;
/// Steps that are drawn; the table has them all.
const MOST_DRAWN: usize = 60;

/// A step of the story.
#[derive(Debug, Clone)]
pub(super) struct Step {
    pub(super) number: usize,
    pub(super) at: When,
    pub(super) after: String,
    pub(super) what: String,
    pub(super) lane: &'static str,
    pub(super) detail: String,
    pub(super) position: String,
    pub(super) tone: &'static str,
}

/// The steps, oldest first.
pub(super) fn steps(history: &[HistoryEntry]) -> Vec<Step> {
    let mut before: Option<DateTime<Utc>> = None;
    let mut steps = Vec::with_capacity(history.len());
    for (index, entry) in history.iter().enumerate() {
        let after = before.map(|before| (entry.time - before).num_milliseconds());
        let lane = Lane::of(&entry.what);
        let name = Lane::ALL
            .iter()
            .find(|(one, _)| *one == lane)
            .map_or("", |(_, name)| *name);
        steps.push(Step {
            number: index + 1,
            at: when(entry.time),
            after: after.map(|ms| format!("+{}", span(ms))).unwrap_or_default(),
            what: plain(&entry.what),
            lane: name,
            detail: detail(&entry.detail),
            position: entry.position.to_string(),
            tone: tone(&entry.what),
        });
        before = Some(entry.time);
    }
    steps
}

fn tone(what: &str) -> &'static str {
    match what {
        "delivered" | "seen" | "answered" | "request_accepted" | "request_declined"
        | "response_delivered" => "good",
        "refused" | "unroutable" | "outcome_unknown" | "response_failed" | "update_abandoned" => "bad",
        "retry_scheduled" | "unreached" | "expired" | "waiting" | "update_retry_scheduled" => "warn",
        "suppressed" | "withdrawn" | "merged" | "deferred" | "press_ignored" => "dim",
        _ => "busy",
    }
}

/// What is told of a step beside its name: plain values alone.
fn detail(detail: &Value) -> String {
    let Some(fields) = detail.as_object() else {
        return String::new();
    };
    let told = fields.iter().filter_map(|(name, value)| {
        let text = match value {
            Value::String(text) => text.chars().take(80).collect(),
            Value::Number(number) => number.to_string(),
            Value::Bool(true) => return Some(plain(name)),
            Value::Bool(false) | Value::Null | Value::Array(_) | Value::Object(_) => return None,
        };
        Some(format!("{}: {text}", plain(name)))
    });
    told.collect::<Vec<_>>().join(" · ")
}

/// The picture, as SVG of nothing but numbers and words of ours.
pub(super) fn picture(history: &[HistoryEntry]) -> String {
    let drawn = history.get(..history.len().min(MOST_DRAWN)).unwrap_or_default();
    let (width, height) = (LEFT + drawn.len() * STEP + 20, TOP + 3 * ROW + 30);
    let mut svg = format!(
        "<svg class=\"thread\" role=\"img\" aria-label=\"Who had the card when; the table says the same\" width=\"{width}\" \
         height=\"{height}\" viewBox=\"0 0 {width} {height}\">"
    );
    for (lane, name) in Lane::ALL {
        let y = lane.y();
        push(
            &mut svg,
            format_args!(
                "<line class=\"lane\" x1=\"{LEFT}\" y1=\"{y}\" x2=\"{width}\" y2=\"{y}\"/><text x=\"4\" y=\"{}\">{name}</text>",
                y + 4
            ),
        );
    }
    let x = |index: usize| LEFT + 20 + index * STEP;
    for (index, pair) in drawn.windows(2).enumerate() {
        let [one, next] = pair else { continue };
        let (from, to) = (Lane::of(&one.what).y(), Lane::of(&next.what).y());
        let ms = (next.time - one.time).num_milliseconds();
        let (x1, x2) = (x(index), x(index + 1));
        push(
            &mut svg,
            format_args!(
                "<line class=\"way\" x1=\"{x1}\" y1=\"{from}\" x2=\"{x2}\" y2=\"{to}\"/>\
                 <text class=\"delay\" x=\"{}\" y=\"14\" text-anchor=\"middle\">{}</text>",
                usize::midpoint(x1, x2),
                span(ms)
            ),
        );
    }
    for (index, entry) in drawn.iter().enumerate() {
        let (x, y) = (x(index), Lane::of(&entry.what).y());
        push(
            &mut svg,
            format_args!(
                "<circle class=\"{}\" cx=\"{x}\" cy=\"{y}\" r=\"10\"/><text class=\"number\" x=\"{x}\" y=\"{}\" \
                 text-anchor=\"middle\">{}</text>",
                tone(&entry.what),
                y + 4,
                index + 1
            ),
        );
    }
    svg.push_str("</svg>");
    svg
}

/// Writing into a string does not fail.
fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    out.write_fmt(text).unwrap_or_default();
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};
    use events::Position;
    use serde_json::json;

    use super::*;

    fn entry(seconds: i64, what: &str) -> HistoryEntry {
        HistoryEntry {
            position: Position(7),
            time: DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds),
            what: what.to_owned(),
            detail: json!({ "reason": "<b>", "attempt": 2, "recover": false, "list": [1] }),
        }
    }

    #[test]
    fn each_step_has_its_lane_its_delay_and_its_plain_details() {
        let history = [
            entry(0, "accepted"),
            entry(2, "attempted"),
            entry(3, "response_delivered"),
        ];
        let told = steps(&history);
        assert_eq!((told[1].lane, told[1].after.as_str()), ("Teams", "+2.0 s"));
        assert_eq!(told[1].detail, "attempt: 2 · reason: <b>");
        let svg = picture(&history);
        assert_eq!(svg.matches("<circle").count(), 3);
        assert!(!svg.contains("<b>") && svg.contains("2.0 s"), "{svg}");
    }
}
