//! Addresses in an event that no card may lead to. They are left off, so Chronus is told of them.

use serde_json::{Map, Value};

use crate::cards::link::HttpsLink;
use crate::chronus::warning::{MOST_WARNINGS, Warning};

/// What `links` may hold besides names that end with `url`.
const NAMED: [&str; 3] = ["profile", "web", "calendar"];

/// Warnings about the addresses in `data` that are left off its card: the first twenty.
pub fn left_off(data: &Map<String, Value>) -> Vec<Warning> {
    let mut found = Vec::new();
    look(data, "/data", &mut found);
    found
}

fn look(fields: &Map<String, Value>, pointer: &str, found: &mut Vec<Warning>) {
    for (name, value) in fields {
        let is_address = name == "url"
            || name.ends_with("_url")
            || (pointer == "/data/links" && NAMED.contains(&name.as_str()));
        let pointer = || format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"));
        match value {
            _ if found.len() == MOST_WARNINGS => return,
            Value::String(text)
                if is_address && !text.trim().is_empty() && HttpsLink::parse(text).is_none() =>
            {
                found.push(Warning::at(
                    "link_left_off",
                    pointer(),
                    "is left off the card; send an https address with a host's name, such as \
                     https://acme.chronus.example/tasks/7",
                ));
            }
            Value::Object(inner) => look(inner, &pointer(), found),
            Value::Array(items) => {
                let inner = items.iter().enumerate();
                let inner = inner.filter_map(|(index, item)| Some((index, item.as_object()?)));
                for (index, item) in inner {
                    look(item, &format!("{}/{index}", pointer()), found);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_address_that_no_card_may_lead_to_is_told_with_its_place() {
        let data = json!({
            "title": "http://acme.example is shown as text", "url": "http://acme.example/tasks/7", "url_label": "http",
            "links": { "web": "acme.example", "profile": "https://acme.example/p", "calendar": null },
            "attachments": [{ "url": "https://acme.example/a" }, { "url": "https:///a" }],
            "actor": { "picture_url": "https://10.0.0.1/p.png" }, "join_url": " ",
        });
        let warnings = left_off(data.as_object().unwrap());
        let places: Vec<_> = warnings
            .iter()
            .filter_map(|warning| warning.pointer.as_deref())
            .collect();
        assert_eq!(
            places,
            ["/data/actor/picture_url", "/data/links/web", "/data/url"]
        );
        assert!(warnings.iter().all(|warning| warning.code == "link_left_off"));
    }

    #[test]
    fn many_are_told_up_to_a_number() {
        let many: Vec<Value> = (0..500).map(|_| json!({ "url": "ftp://x" })).collect();
        assert_eq!(
            left_off(json!({ "attachments": many }).as_object().unwrap()).len(),
            MOST_WARNINGS
        );
    }
}
