//! No card is larger than 25 KB, whatever Chronus sends: texts and lists are cut first, then what leads elsewhere is
//! dropped, then every line is cut short. What people press keeps its data whole.

use actors::ports::Message;
use serde_json::Value;

use super::content::MAX_TEXT_CHARS;
use super::elements::SHOWN;
use super::escape::shorten;
use super::language::close_isolates;
use super::{TARGET_BYTES, utf16_bytes};

/// How much of a long text is shown, tried in this order until the message is small enough; lists take it as the measure
/// of their lines.
const TEXT_LIMITS: [usize; 7] = [MAX_TEXT_CHARS, 3_000, 1_500, 500, 200, 100, 50];

/// How long any line may be once that was not enough, in characters, tried in this order.
const LINE_LIMITS: [usize; 4] = [120, 60, 30, 12];

/// Longest address kept where the card is too large, in bytes.
const MAX_URL_BYTES: usize = 200;

/// Draws with ever less room until the message is small enough.
pub(super) fn fitting(draw: impl Fn(usize) -> Message) -> Message {
    let [first, shorter @ ..] = TEXT_LIMITS;
    let mut message = draw(first);
    for max in shorter {
        if fits(&message) {
            return message;
        }
        message = draw(max);
    }
    if !fits(&message) {
        drop_what_leads_elsewhere(&mut message.0["attachments"][0]["content"]);
    }
    for max in LINE_LIMITS {
        if fits(&message) {
            break;
        }
        cut_lines(&mut message.0["attachments"][0]["content"], max);
    }
    message
}

fn fits(message: &Message) -> bool {
    utf16_bytes(message) <= TARGET_BYTES
}

/// Takes out long addresses: pictures from elsewhere, and buttons that open a page.
fn drop_what_leads_elsewhere(element: &mut Value) {
    match element {
        Value::Array(items) => {
            items.retain(|item| {
                let url = item["url"].as_str().unwrap_or_default();
                url.len() <= MAX_URL_BYTES || url.starts_with("data:")
            });
            items.iter_mut().for_each(drop_what_leads_elsewhere);
            items.retain(|item| item["type"] != "ActionSet" || item["actions"] != Value::Array(Vec::new()));
        }
        Value::Object(fields) => fields.values_mut().for_each(drop_what_leads_elsewhere),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn cut_lines(element: &mut Value, max: usize) {
    match element {
        Value::Array(items) => items.iter_mut().for_each(|item| cut_lines(item, max)),
        Value::Object(fields) => {
            for (key, inner) in fields.iter_mut().filter(|(key, _)| *key != "data") {
                match inner {
                    Value::String(text) if SHOWN.contains(&key.as_str()) => {
                        *text = close_isolates(&shorten(text, max));
                    }
                    Value::Null
                    | Value::Bool(_)
                    | Value::Number(_)
                    | Value::String(_)
                    | Value::Array(_)
                    | Value::Object(_) => cut_lines(inner, max),
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_pressed_keeps_its_data_and_what_is_cut_opens_nothing() {
        let long = "x".repeat(300);
        let mut card = json!({
            "body": [
                { "type": "Image", "url": format!("https://acme.example/{long}"), "altText": "x" },
                { "type": "Image", "url": format!("data:image/png;base64,{long}"), "altText": "x" },
                { "type": "ActionSet", "actions": [{ "type": "Action.OpenUrl", "url": format!("https://acme.example/{long}") }] },
                { "type": "TextBlock", "text": format!("\u{2068}{long}\u{2069}") },
            ],
            "actions": [{ "type": "Action.Execute", "title": long, "data": { "text": long } }],
        });
        drop_what_leads_elsewhere(&mut card);
        cut_lines(&mut card, 12);
        assert_eq!(card["body"].as_array().unwrap().len(), 2);
        assert_eq!(card["body"][1]["text"], "\u{2068}xxxxxxxxxx…\u{2069}");
        assert_eq!(card["actions"][0]["title"], "xxxxxxxxxxx…");
        assert_eq!(card["actions"][0]["data"]["text"], long);
    }
}
