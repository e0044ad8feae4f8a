//! Single fields, read leniently: clean, within limits, or absent.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::super::escape::{clean, clean_line, shorten};
use super::super::link::HttpsLink;
use super::super::time::{self, Deadline};

/// Longest name, title or other single line kept, in characters.
pub(super) const MAX_LINE_CHARS: usize = 120;
/// Longest message or body kept, in characters.
pub const MAX_TEXT_CHARS: usize = 6_000;
/// Longest button label kept, in characters; a phone shows about this much.
const MAX_LABEL_CHARS: usize = 30;
/// Most items of a list of short texts kept.
const MAX_LINES: usize = 8;

fn string<'a>(data: &'a Value, key: &str) -> Option<&'a str> {
    data.get(key).and_then(Value::as_str)
}

/// A single line.
pub(super) fn line(data: &Value, key: &str) -> Option<String> {
    string(data, key).and_then(one_line)
}

/// A text as a single line.
pub(super) fn one_line(text: &str) -> Option<String> {
    Some(shorten(&clean_line(text), MAX_LINE_CHARS)).filter(|line| !line.is_empty())
}

/// A single line that fits on a button.
pub(super) fn label(data: &Value, key: &str) -> Option<String> {
    line(data, key).map(|label| shorten(&label, MAX_LABEL_CHARS))
}

/// A text of several paragraphs.
pub(super) fn text(data: &Value, key: &str) -> Option<String> {
    let text = shorten(&clean(string(data, key)?), MAX_TEXT_CHARS);
    Some(text).filter(|text| !text.is_empty())
}

/// A name given as text or as `{"name": …}`.
pub(super) fn name_of(data: &Value, key: &str) -> Option<String> {
    line(data, key).or_else(|| line(&data[key], "name"))
}

/// A list of single lines.
pub(super) fn lines(data: &Value, key: &str) -> Vec<String> {
    let lines = list(data, key)
        .iter()
        .filter_map(Value::as_str)
        .filter_map(one_line);
    lines.take(MAX_LINES).collect()
}

/// A list of anything; empty where it is none.
pub(super) fn list<'a>(data: &'a Value, key: &str) -> &'a [Value] {
    data.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// An address that is safe to open.
pub(super) fn link(data: &Value, key: &str) -> Option<HttpsLink> {
    string(data, key).and_then(HttpsLink::parse)
}

/// A moment.
pub(super) fn moment(data: &Value, key: &str) -> Option<DateTime<Utc>> {
    string(data, key).and_then(time::moment)
}

/// A moment or a day.
pub(super) fn deadline(data: &Value, key: &str) -> Option<Deadline> {
    string(data, key).and_then(Deadline::parse)
}

/// A count.
pub(super) fn count(data: &Value, key: &str) -> Option<u32> {
    data.get(key)
        .and_then(Value::as_u64)
        .and_then(|count| u32::try_from(count).ok())
}

/// Whether something is so; `None` where it is not told.
pub(super) fn flag(data: &Value, key: &str) -> Option<bool> {
    data.get(key).and_then(Value::as_bool)
}

/// An id that comes back with an answer: kept as it is.
pub(super) fn id(data: &Value, key: &str) -> Option<String> {
    let given = data.get(key)?;
    let id = given
        .as_str()
        .map(str::to_owned)
        .or_else(|| given.as_u64().map(|n| n.to_string()));
    id.filter(|id| !id.is_empty() && id.len() <= 256)
}

/// A picture: its address and what it shows.
pub(super) fn image(data: &Value, key: &str) -> Option<(HttpsLink, Option<String>)> {
    let image = data.get(key)?;
    Some((link(image, "url")?, line(image, "alt")))
}
