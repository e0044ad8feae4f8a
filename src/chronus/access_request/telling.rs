//! What was found, for machines (a JSON object a line, the head first) and for people (a page).

use std::fmt::Write as _;

use chrono::SecondsFormat;
use serde_json::Value;

use super::{Entry, Head};
use crate::cards::html::escaped;

/// How it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A JSON object a line; the first is the [`Head`].
    Ndjson,
    /// One HTML page without scripts, which fetches nothing.
    Page,
}

impl Form {
    /// What stands before the events.
    pub fn head(self, head: &Head) -> String {
        match self {
            Self::Ndjson => line(head),
            Self::Page => page_head(head),
        }
    }

    /// One event.
    pub fn entry(self, entry: &Entry) -> String {
        match self {
            Self::Ndjson => line(entry),
            Self::Page => row(entry),
        }
    }

    /// What stands after the events, which says that they are all there.
    pub fn foot(self, entries: usize) -> String {
        match self {
            Self::Ndjson => line(&serde_json::json!({ "events": entries })),
            Self::Page => {
                format!("</tbody></table>\n<p>{entries} events. This is all.</p>\n</body>\n</html>\n")
            }
        }
    }
}

fn line(of: &impl serde::Serialize) -> String {
    // Maps with text as keys, numbers and text: always JSON.
    serde_json::to_string(of).unwrap_or_default() + "\n"
}

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:64rem;padding:0 1rem;color:#111;\
background:#fff}table{border-collapse:collapse;width:100%}th,td{border-bottom:1px solid #888;padding:.4rem .8rem .4rem 0;\
text-align:left;vertical-align:top}td:first-child{white-space:nowrap;font-variant-numeric:tabular-nums}dl{margin:0;\
display:grid;grid-template-columns:minmax(6rem,max-content) 1fr;gap:0 1rem}dt{color:#444}dd{margin:0;overflow-wrap:anywhere;\
white-space:pre-wrap}.closed{color:#666;font-style:italic}@media(max-width:40rem){dl,td,th,tr,tbody,table{display:block}\
thead{display:none}tr{border-bottom:1px solid #888;padding:.5rem 0}td{border:0;padding:0}dd{margin-left:1rem}}";

fn page_head(head: &Head) -> String {
    let member = escaped(head.member_id.as_str());
    let people: Vec<String> = head
        .people
        .iter()
        .map(|user| user.aad_object_id.to_string())
        .collect();
    let person = if people.is_empty() {
        "nobody in Teams is or was this member".to_owned()
    } else {
        format!("in Teams {}", escaped(&people.join(", ")))
    };
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>What is kept about {member}</title>\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<style>{STYLE}</style>\n</head>\n<body>\n\
         <h1>What is kept about {member}</h1>\n<p>Member {member} of {}, {person}. Everything that the event log holds about them up \
         to position {}, oldest first; times are UTC. What somebody else wrote is theirs and not shown; of others who \
         were told the same their number is given.</p>\n<table><thead><tr><th>When</th><th>What</th><th>What it \
         says</th></tr></thead><tbody>\n",
        escaped(head.organization_id.as_str()),
        head.position,
    )
}

fn row(entry: &Entry) -> String {
    let time = entry.time.to_rfc3339_opts(SecondsFormat::Secs, true);
    format!(
        "<tr><td>{}</td><td>{}</td><td>{}</td></tr>\n",
        escaped(&time.replace('T', " ").replace('Z', "")),
        escaped(&spoken(&entry.event_type)),
        values(&entry.data),
    )
}

/// `NotificationQueued` as "Notification queued".
fn spoken(name: &str) -> String {
    let mut out = String::new();
    for (at, letter) in name.char_indices() {
        if letter.is_uppercase() && at > 0 {
            out.push(' ');
            out.extend(letter.to_lowercase());
        } else if letter == '_' {
            out.push(' ');
        } else {
            out.push(letter);
        }
    }
    out
}

fn values(data: &Value) -> String {
    let mut lines = Vec::new();
    flatten(data, &mut String::new(), &mut lines);
    let mut out = String::from("<dl>");
    for (name, value) in lines {
        // Writing into a string does not fail.
        write!(out, "<dt>{}</dt><dd>{value}</dd>", escaped(&name)).unwrap_or_default();
    }
    out + "</dl>"
}

fn flatten(value: &Value, at: &mut String, lines: &mut Vec<(String, String)>) {
    match value {
        Value::Object(fields) if says_alone(fields, "of_somebody_else") => {
            lines.push((at.clone(), closed("written by somebody else")));
        }
        Value::Object(fields) if says_alone(fields, "erased") => {
            lines.push((at.clone(), closed("erased")));
        }
        Value::Object(fields) => {
            for (name, child) in fields {
                below(child, &name.replace('_', " "), at, lines);
            }
        }
        Value::Array(list) => {
            for (place, child) in list.iter().enumerate() {
                below(child, &(place + 1).to_string(), at, lines);
            }
        }
        Value::String(text) => lines.push((at.clone(), escaped(text))),
        Value::Null => {}
        Value::Bool(_) | Value::Number(_) => lines.push((at.clone(), escaped(&value.to_string()))),
    }
}

/// Whether it is the mark that stands in the place of a closed value, and nothing that somebody wrote.
fn says_alone(fields: &serde_json::Map<String, Value>, mark: &str) -> bool {
    fields.len() == 1 && fields.get(mark) == Some(&Value::Bool(true))
}

fn below(child: &Value, name: &str, at: &mut String, lines: &mut Vec<(String, String)>) {
    let length = at.len();
    if length > 0 {
        at.push_str(" › ");
    }
    at.push_str(name);
    flatten(child, at, lines);
    at.truncate(length);
}

fn closed(what: &str) -> String {
    format!("<span class=\"closed\">{what}</span>")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_are_spoken_and_values_stand_with_their_place() {
        assert_eq!(spoken("NotificationQueued"), "Notification queued");
        let told = values(&json!({
            "content": { "title": "<b>Hi</b>" }, "text": { "of_somebody_else": true }, "steps": [3], "none": null,
        }));
        assert_eq!(
            told,
            "<dl><dt>content › title</dt><dd>&lt;b&gt;Hi&lt;/b&gt;</dd><dt>steps › 1</dt><dd>3</dd><dt>text</dt><dd>\
             <span class=\"closed\">written by somebody else</span></dd></dl>"
        );
    }
}
