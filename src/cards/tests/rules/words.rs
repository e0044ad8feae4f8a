//! What every card says, and what it never lets others say.

use super::*;

#[test]
fn every_card_says_its_language_and_only_arabic_runs_from_right_to_left() {
    for sample in samples::all() {
        for language in Language::ALL {
            let message = sample.drawn(language);
            let card = card_of(&message);
            assert_eq!(card["lang"], language.code(), "{}", sample.name);
            let right_to_left = (language == Language::Arabic).then_some(true);
            assert_eq!(
                card.get("rtl").and_then(Value::as_bool),
                right_to_left,
                "{}",
                sample.name
            );
        }
    }
}

#[test]
fn the_toast_is_the_same_everywhere_and_names_nobody() {
    for (name, message) in samples::drawn() {
        let toast = message.0["summary"].as_str().unwrap();
        let card = card_of(&message);
        assert_eq!(
            (card["speak"].as_str(), card["fallbackText"].as_str()),
            (Some(toast), Some(toast)),
            "{name}"
        );
        assert!(!toast.is_empty(), "{name}");
        for private in [
            "Priya",
            "Sam",
            "Am\u{e9}lie",
            "Ana",
            "acme",
            "Spring",
            "circle",
            "First",
            "goals",
            "check",
        ] {
            assert!(!toast.contains(private), "{name}: {toast}");
        }
    }
}

#[test]
fn a_coloured_strip_says_in_words_what_its_colour_says() {
    let mut seen = HashSet::new();
    every_object(|name, object| {
        let style = object["style"].as_str().unwrap_or_default();
        if object["type"] == "Container" && ["good", "attention", "accent", "warning"].contains(&style) {
            let said = object["items"][0]["inlines"][0]["text"].as_str().unwrap();
            let sign = said.chars().next().unwrap();
            let fits = match style {
                "good" => sign == '✓',
                "attention" => ['✕', '⚠'].contains(&sign),
                _ => ['⏳', '↻'].contains(&sign),
            };
            assert!(
                fits && said.chars().filter(|c| c.is_alphabetic()).count() > 3,
                "{name}: {said}"
            );
        }
    });
    for sample in samples::all() {
        walk(card_of(&sample.drawn(Language::English)), &mut |object| {
            if object["type"] == "Container" {
                seen.extend(object["style"].as_str().map(str::to_owned));
            }
        });
    }
    assert!(
        ["good", "attention", "accent", "emphasis"]
            .iter()
            .all(|style| seen.contains(*style)),
        "{seen:?}"
    );
}

#[test]
fn ids_are_unique_in_each_card_and_every_link_is_https() {
    for (name, message) in samples::drawn() {
        let mut ids = HashSet::new();
        walk(card_of(&message), &mut |object| {
            if let Some(id) = object["id"].as_str() {
                assert!(ids.insert(id), "{name}: {id} twice");
            }
            for url in [&object["url"], &object["iconUrl"]] {
                // Signs travel inside the card; all else is fetched from a named host.
                let sign = |url: &str| object["type"] == "Image" && url.starts_with("data:image/png;base64,");
                assert!(
                    url.as_str()
                        .is_none_or(|url| url.starts_with("https://") || sign(url)),
                    "{name}: {object}"
                );
            }
        });
    }
}

#[test]
fn where_the_organization_names_no_hosts_every_link_says_its_own() {
    for mut sample in samples::all() {
        for named in [true, false] {
            sample.opened.hosts_are_named = named;
            walk(card_of(&sample.drawn(Language::English)), &mut |object| {
                if object["type"] == "Action.OpenUrl" {
                    let link = HttpsLink::parse(object["url"].as_str().unwrap()).unwrap();
                    let said = object["title"].as_str().unwrap().contains(link.host());
                    assert!(said != named, "{}: {object}", sample.name);
                    assert!(
                        object["tooltip"].as_str().unwrap().contains(link.host()),
                        "{object}"
                    );
                }
            });
        }
    }
}

/// What is read on a card before anything is unfolded.
fn read_at_once(value: &Value, shown: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for key in ["text", "title", "label", "value"] {
                shown.extend(fields.get(key).and_then(Value::as_str).map(str::to_owned));
            }
            let inner = fields
                .iter()
                .filter(|(key, _)| !["card", "fallback", "data"].contains(&key.as_str()));
            inner.for_each(|(_, inner)| read_at_once(inner, shown));
        }
        Value::Array(items) => items.iter().for_each(|inner| read_at_once(inner, shown)),
        _ => {}
    }
}

#[test]
fn a_card_names_its_zone_once_as_people_call_it_and_its_programme_once() {
    let mut named = 0;
    for sample in samples::all() {
        for (language, zone) in [
            (Language::English, "Lisbon time"),
            (Language::German, "Zeit in Lissabon"),
        ] {
            let message = sample.drawn(language);
            let mut shown = Vec::new();
            read_at_once(&card_of(&message)["body"], &mut shown);
            read_at_once(&card_of(&message)["actions"], &mut shown);
            let times = |text: &str| shown.iter().filter(|shown| shown.contains(text)).count();
            assert!(times(zone) <= 1, "{}: {shown:#?}", sample.name);
            assert!(
                times(" · Spring Mentoring 2027") <= 1,
                "{}: {shown:#?}",
                sample.name
            );
            named += times(zone);
            // A time of day, other than one that the person sets.
            let clock = shown.iter().any(|shown| {
                shown.chars().any(|c| c.is_ascii_digit())
                    && shown.contains(", ")
                    && shown.contains(':')
                    && !shown.contains("-08:00")
            });
            let dated = shown
                .iter()
                .any(|shown| shown.contains(" Dec, ") || shown.contains(" Nov, "));
            assert!(
                times(zone) == 1 || !(clock && dated),
                "{}: {shown:#?}",
                sample.name
            );
            let raw = message.0.to_string();
            assert!(
                !raw.contains("Europe/") && !raw.contains('\u{10fffd}'),
                "{}",
                sample.name
            );
        }
    }
    assert!(named > 80, "{named}");
}

#[test]
fn nothing_typed_by_others_becomes_a_link_a_mention_or_bold() {
    every_object(|name, object| {
        assert!(
            object.get("msteams").is_none(),
            "{name}: a mention needs entities"
        );
        if object["type"] == "TextBlock" {
            let text = object["text"].as_str().unwrap();
            let parsed = pulldown_cmark::Parser::new(text);
            for event in parsed {
                let link = matches!(
                    &event,
                    pulldown_cmark::Event::Start(
                        pulldown_cmark::Tag::Link { .. } | pulldown_cmark::Tag::Image { .. }
                    )
                );
                let html = matches!(
                    &event,
                    pulldown_cmark::Event::Html(_) | pulldown_cmark::Event::InlineHtml(_)
                );
                assert!(!link && !html, "{name}: {text}");
            }
        }
        assert!(
            object["url"].as_str().is_none_or(|url| !url.contains("evil")),
            "{name}: {object}"
        );
    });
}

#[test]
fn no_client_computes_anything_out_of_a_text() {
    every_object(|name, object| {
        for key in ["text", "title", "label", "placeholder", "altText"] {
            let text = object[key].as_str().unwrap_or_default();
            assert!(!text.contains("{{") && !text.contains("${"), "{name}: {text}");
        }
    });
}

#[test]
fn a_shortened_text_says_so() {
    // Six thousand letters outside the basic plane: two UTF-16 units each.
    let data = request_data(&"🙂".repeat(6_000));
    let item = subject(content("com.chronus.mentoring_request.sent", data));
    let card = CardContent::Subject(Box::new(subject_card(CardKind::MentoringRequest)));
    let message = draw(&spec(card), &opened(vec![item]), now());
    assert!(utf16_bytes(&message) <= TARGET_BYTES);
    assert!(message.0.to_string().contains("This text was shortened"));
}

#[test]
fn an_organization_whose_people_call_each_other_du_is_addressed_so() {
    for mut sample in samples::all() {
        sample.opened.familiar = true;
        let shown = sample.drawn(Language::German).0.to_string();
        assert!(
            !shown.contains("Ihnen") && !shown.contains(" Ihre"),
            "{}: {shown}",
            sample.name
        );
        // Who reads another language notices nothing.
        sample.opened.familiar = false;
        let english = sample.drawn(Language::English);
        sample.opened.familiar = true;
        assert_eq!(english, sample.drawn(Language::English), "{}", sample.name);
    }
}
