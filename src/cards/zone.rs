//! The zone of the times on a card, named once: behind the first time that a person reads.
//!
//! A time carries [`ZONE`] until the card is put together, so that whoever writes a time need not know what stands
//! above it.

use chrono_tz::Tz;
use serde_json::Value;

use super::mark::ZONE;
use super::text::Texts;

/// A zone as people call it: `Lisbon time`. Zones without a place keep their name (`UTC`, `CET`).
pub(super) fn phrase(text: Texts, zone: Tz) -> String {
    let name = zone.name();
    if let Some(offset) = name.strip_prefix("Etc/") {
        return from_utc(offset);
    }
    match name.rsplit_once('/') {
        Some((_, place)) => text.zone_time(&text.zone_place(place).replace('_', " ")),
        None if is_utc(name) => "UTC".to_owned(),
        None => name.to_owned(),
    }
}

fn is_utc(name: &str) -> bool {
    ["UTC", "UCT", "Universal", "Zulu", "Greenwich"].contains(&name)
}

/// `Etc/GMT+5` lies five hours *behind* UTC: the sign of these names is that of POSIX.
fn from_utc(name: &str) -> String {
    let hours = name.trim_start_matches("GMT").trim_start_matches("UTC");
    match hours.split_at_checked(1) {
        Some(("+", hours)) if hours != "0" => format!("UTC−{hours}"),
        Some(("-", hours)) if hours != "0" => format!("UTC+{hours}"),
        _ => "UTC".to_owned(),
    }
}

/// What a person reads of an element, in the order of reading; what follows in no order is read last.
const ORDER: [&str; 12] = [
    "label", "title", "text", "value", "inlines", "columns", "items", "facts", "choices", "body", "card",
    "actions",
];

/// Puts the zone behind the first time and takes the mark off all others. A text that is nothing but the mark becomes
/// the zone alone.
pub(super) fn name_once<'a>(elements: impl IntoIterator<Item = &'a mut Value>, zone: &str) {
    let mut elements: Vec<&mut Value> = elements.into_iter().collect();
    // A time that holds no longer names it only where there is no other.
    let holds = elements.iter().any(|element| has_time_that_holds(element));
    let mut named = false;
    for element in &mut elements {
        visit(element, zone, holds, &mut named);
    }
}

fn has_time_that_holds(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains(ZONE),
        Value::Array(items) => items.iter().any(has_time_that_holds),
        Value::Object(fields) => value["strikethrough"] != true && fields.values().any(has_time_that_holds),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Whether a time stands somewhere in it.
pub(super) fn has_time(element: &Value) -> bool {
    element.to_string().contains(ZONE)
}

fn visit(value: &mut Value, zone: &str, holds: bool, named: &mut bool) {
    let mut elsewhere = true;
    let named = if holds && value["strikethrough"] == true {
        &mut elsewhere
    } else {
        named
    };
    match value {
        Value::String(text) if text.contains(ZONE) => *text = resolved(text, zone, named),
        Value::Array(items) => items.iter_mut().for_each(|item| visit(item, zone, holds, named)),
        Value::Object(fields) => {
            for key in ORDER {
                fields
                    .get_mut(key)
                    .into_iter()
                    .for_each(|inner| visit(inner, zone, holds, named));
            }
            // What is left has its mark taken off: it stands for what was read already (an alternative for older clients).
            for (key, inner) in fields
                .iter_mut()
                .filter(|(key, _)| !ORDER.contains(&key.as_str()))
            {
                if key != "data" {
                    visit(inner, zone, holds, &mut true);
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn resolved(text: &str, zone: &str, named: &mut bool) -> String {
    let mut shown = String::with_capacity(text.len() + zone.len());
    for part in text.split_inclusive(ZONE) {
        let (part, marked) = part.strip_suffix(ZONE).map_or((part, false), |part| (part, true));
        shown.push_str(part);
        if marked && !std::mem::replace(named, true) {
            if !shown.is_empty() {
                shown.push_str(" · ");
            }
            shown.push_str(zone);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::language::Language;
    use super::*;

    #[test]
    fn a_zone_is_called_as_people_call_it() {
        for (name, english, german) in [
            ("Europe/Lisbon", "Lisbon time", "Zeit in Lissabon"),
            ("America/New_York", "New York time", "Zeit in New York"),
            (
                "America/Argentina/Buenos_Aires",
                "Buenos Aires time",
                "Zeit in Buenos Aires",
            ),
            ("UTC", "UTC", "UTC"),
            ("Etc/UTC", "UTC", "UTC"),
            ("Etc/GMT+5", "UTC−5", "UTC−5"),
            ("Etc/GMT-14", "UTC+14", "UTC+14"),
            ("CET", "CET", "CET"),
        ] {
            let zone = name.parse().unwrap();
            assert_eq!(phrase(Texts::of(Language::English), zone), english);
            assert_eq!(phrase(Texts::of(Language::German), zone), german);
        }
    }

    #[test]
    fn only_the_first_time_names_the_zone() {
        let mut card = [
            json!({ "type": "TextBlock", "text": "No time" }),
            json!({ "items": [{ "text": format!("17:00{ZONE}, then 18:00{ZONE}") }], "label": format!("At 16:00{ZONE}") }),
            json!({ "title": format!("19:00{ZONE}"), "fallback": { "title": format!("19:00{ZONE}") } }),
        ];
        name_once(&mut card, "Lisbon time");
        assert_eq!(card[1]["label"], "At 16:00 · Lisbon time");
        assert_eq!(card[1]["items"][0]["text"], "17:00, then 18:00");
        assert_eq!(
            card[2],
            json!({ "title": "19:00", "fallback": { "title": "19:00" } })
        );
        let mut moved = [
            json!({ "text": format!("16:00{ZONE}"), "strikethrough": true }),
            json!({ "text": format!("17:00{ZONE}") }),
        ];
        name_once(&mut moved, "Lisbon time");
        assert_eq!(
            (moved[0]["text"].as_str(), moved[1]["text"].as_str()),
            (Some("16:00"), Some("17:00 · Lisbon time"))
        );
        let mut alone = [json!({ "text": ZONE.to_string() })];
        name_once(&mut alone, "Lisbon time");
        assert_eq!(alone[0]["text"], "Lisbon time");
    }
}
