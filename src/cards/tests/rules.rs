//! What every card keeps, whatever it says and in every language.

use std::collections::HashSet;

use actors::action::{Act, Action};
use actors::card::CardContent;
use events::organization::{CardKind, SubjectState, Topic};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::samples::{self, content, now, opened, request_data, spec, subject, subject_card};
use crate::cards::language::Language;
use crate::cards::link::HttpsLink;
use crate::cards::{CONTENT_TYPE, TARGET_BYTES, card_of, draw, invoke_response, utf16_bytes};

/// Calls `visit` for every JSON object below `value`.
fn walk<'a>(value: &'a Value, visit: &mut impl FnMut(&'a Value)) {
    match value {
        Value::Object(fields) => {
            visit(value);
            fields.values().for_each(|inner| walk(inner, visit));
        }
        Value::Array(items) => items.iter().for_each(|inner| walk(inner, visit)),
        _ => {}
    }
}

fn every_object(check: impl Fn(&str, &Value)) {
    for (name, message) in samples::drawn() {
        walk(card_of(&message), &mut |object| check(&name, object));
    }
}

#[test]
fn every_card_fits_the_schema_of_version_1_5() {
    let schema: Value = serde_json::from_str(include_str!(
        "../../../tests/fixtures/adaptive-card-1.5.schema.json"
    ))
    .unwrap();
    let validator = jsonschema::options()
        .with_draft(jsonschema::Draft::Draft6)
        .build(&schema)
        .unwrap();
    for (name, message) in samples::drawn() {
        let errors: Vec<String> = validator
            .iter_errors(card_of(&message))
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{name}: {errors:#?}");
    }
    assert!(
        !validator
            .is_valid(&json!({ "type": "AdaptiveCard", "version": "1.5", "body": [{ "type": "Nonsense" }] }))
    );
}

#[test]
fn every_kind_of_card_has_a_sample() {
    let shown: HashSet<CardKind> = samples::all()
        .iter()
        .map(|sample| sample.content.kind())
        .collect();
    let missing: Vec<_> = CardKind::ALL
        .iter()
        .filter(|kind| !shown.contains(kind))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn a_message_holds_one_card_and_no_text() {
    for (name, message) in samples::drawn() {
        assert_eq!(message.0["type"], "message", "{name}");
        assert!(message.0.get("text").is_none(), "{name}");
        assert_eq!(message.0["attachments"].as_array().unwrap().len(), 1, "{name}");
        assert_eq!(message.0["attachments"][0]["contentType"], CONTENT_TYPE, "{name}");
    }
}

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
fn every_text_wraps_every_input_has_a_label_and_every_picture_an_alternative() {
    every_object(|name, object| match object["type"].as_str() {
        Some("TextBlock") => assert_eq!(object["wrap"], true, "{name}: {object}"),
        Some(input) if input.starts_with("Input.") => {
            assert!(
                object["label"].as_str().is_some_and(|label| !label.is_empty()),
                "{name}: {object}"
            );
            assert_eq!(
                object["isRequired"].is_null(),
                object["errorMessage"].is_null(),
                "{name}: {object}"
            );
        }
        Some("Image") => assert!(
            object["altText"].as_str().is_some_and(|alt| !alt.is_empty()),
            "{name}: {object}"
        ),
        _ => {}
    });
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

/// The most buttons that stand in one row and that a client shows at once.
fn in_one_row(card: &Value) -> usize {
    let mut most = 0;
    walk(card, &mut |object| {
        let actions = object["actions"].as_array().into_iter().flatten();
        most = most.max(actions.filter(|action| action["mode"] != "secondary").count());
    });
    most
}

/// Calls `visit` for every button, with whether another button must be pressed first to see it.
fn buttons<'a>(value: &'a Value, unfolded: bool, visit: &mut impl FnMut(&'a Value, bool)) {
    match value {
        Value::Object(fields) => {
            if value["type"]
                .as_str()
                .is_some_and(|kind| kind.starts_with("Action."))
            {
                visit(value, unfolded);
            }
            let unfolds = unfolded || value["type"] == "Action.ShowCard";
            for (key, inner) in fields {
                if key != "fallback" {
                    buttons(inner, unfolds, visit);
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|inner| buttons(inner, unfolded, visit)),
        _ => {}
    }
}

#[test]
fn a_card_has_one_primary_action_at_most_and_what_can_be_answered_has_one() {
    let mut marked = 0;
    for sample in samples::all() {
        let message = sample.drawn(Language::English);
        let (mut at_once, mut positive) = (Vec::new(), 0);
        buttons(card_of(&message), false, &mut |button, unfolded| {
            if !unfolded {
                at_once.push(button);
                positive += usize::from(button["style"] == "positive");
            }
        });
        assert!(positive <= 1, "{}: {positive}", sample.name);
        marked += positive;
        if let CardContent::Subject(card) = &sample.content {
            let asks = at_once.iter().any(|button| button["type"] == "Action.Execute");
            let expected = asks && card.open && card.answer.is_none() && card.ended().is_none();
            assert!(positive == 1 || !expected, "{}", sample.name);
        }
        let first = at_once.iter().find(|button| {
            // Attachments stand above, where the message does.
            let attached = button["title"]
                .as_str()
                .is_some_and(|title| title.starts_with('↗'));
            button["mode"] != "secondary" && button["type"] != "Action.ToggleVisibility" && !attached
        });
        if positive == 1 && matches!(sample.content, CardContent::Subject(_)) {
            assert_eq!(first.unwrap()["style"], "positive", "{}", sample.name);
        }
    }
    assert!(marked > 60, "{marked}");
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
fn every_card_of_chronus_has_a_sign_or_a_persons_picture_beside_its_headline() {
    for sample in samples::all() {
        if !matches!(sample.content, CardContent::Subject(_)) {
            continue;
        }
        let message = sample.drawn(Language::English);
        let head = &card_of(&message)["body"][0]["columns"];
        assert_eq!(head[0]["items"][0]["type"], "Image", "{}", sample.name);
        assert!(
            head[1]["items"]
                .as_array()
                .unwrap()
                .iter()
                .any(|line| line["style"] == "heading"),
            "{}",
            sample.name
        );
    }
}

#[test]
fn a_persons_picture_is_shown_only_where_the_organization_names_its_hosts() {
    let mut data = request_data("Would you?");
    data["mentee"]["picture_url"] = "https://acme.chronus.example/people/p-17.png".into();
    let item = subject(content("com.chronus.mentoring_request.sent", data));
    let card = spec(CardContent::Subject(Box::new(subject_card(
        CardKind::MentoringRequest,
    ))));
    for named in [true, false] {
        let opened = crate::cards::Opened {
            hosts_are_named: named,
            ..opened(vec![item.clone()])
        };
        let message = draw(&card, &opened, now());
        let picture = card_of(&message)["body"][0]["columns"][0]["items"][0].clone();
        assert_eq!(picture["style"] == "Person", named, "{picture}");
        assert_eq!(
            picture["altText"],
            if named { "Priya Nair" } else { "Mentoring request" }
        );
    }
}

#[test]
fn what_takes_something_away_is_marked_and_asks_back() {
    use actors::action::verb;

    let takes_away = [
        verb::DECLINE_REQUEST,
        verb::DECLINE_MEETING,
        verb::MATCH_DISMISS,
        verb::CONFIRM_DISCONNECT,
    ];
    for sample in samples::all() {
        let message = sample.drawn(Language::English);
        // Nothing else is asked on that card.
        let asks = matches!(sample.content, CardContent::ConfirmDisconnect);
        buttons(card_of(&message), false, &mut |button, unfolded| {
            let named = takes_away.iter().any(|verb| button["verb"] == *verb);
            if named {
                assert_eq!(button["style"], "destructive", "{}: {button}", sample.name);
                assert_eq!(
                    button["fallback"]["style"], "destructive",
                    "{}: {button}",
                    sample.name
                );
            }
            if button["style"] == "destructive" && button["type"] != "Action.ShowCard" {
                assert!(unfolded || asks, "{}: {button}", sample.name);
            }
        });
    }
}

/// What fits on one line of a narrow card, in characters.
const ONE_LINE_CHARS: usize = 50;

#[test]
fn below_the_buttons_stands_one_short_line_and_none_on_what_ended() {
    for sample in samples::all() {
        let CardContent::Subject(card) = &sample.content else {
            continue;
        };
        for language in Language::ALL {
            let message = sample.drawn(language);
            let body = card_of(&message)["body"].as_array().unwrap();
            let buttons = body
                .iter()
                .rposition(|element| element["type"] == "ActionSet" && element.get("id").is_none());
            let below = buttons.map_or(0, |at| body.len() - at - 1);
            let over = card.ended().is_some() || (card.answer.is_some() && !card.open);
            if buttons.is_some() {
                assert_eq!(
                    below,
                    usize::from(!over),
                    "{} in {}",
                    sample.name,
                    language.code()
                );
            }
            if !over {
                let line = body.last().unwrap()["inlines"][0]["text"].as_str().unwrap();
                assert!(line.chars().count() <= ONE_LINE_CHARS, "{}: {line}", sample.name);
            }
        }
    }
}

#[test]
fn a_card_has_few_primary_buttons_and_every_one_is_understood() {
    for sample in samples::all() {
        let message = sample.drawn(Language::English);
        // Writing has one button for each person who may be meant; Teams shows six.
        let most = if matches!(sample.content, CardContent::Compose(_)) {
            5
        } else {
            4
        };
        assert!(in_one_row(card_of(&message)) <= most, "{}", sample.name);
    }
    every_object(|name, object| {
        if matches!(object["type"].as_str(), Some("Action.Execute" | "Action.Submit")) {
            let verb = object["verb"].as_str();
            assert_ne!(
                Action::parse(verb, &object["data"]).act,
                Act::Unknown,
                "{name}: {object}"
            );
        }
        if object["type"] == "Action.Execute" {
            assert_eq!(object["fallback"]["type"], "Action.Submit", "{name}");
            let execute = Action::parse(object["verb"].as_str(), &object["data"]);
            assert!(
                execute.on.is_some() && execute.revision.is_some(),
                "{name}: {object}"
            );
            assert_eq!(
                execute,
                Action::parse(None, &object["fallback"]["data"]),
                "{name}"
            );
        }
    });
}

#[test]
fn every_step_of_a_scale_has_words_and_a_short_one_has_stars() {
    let titles = |scale: Value| {
        let data = json!({ "questions": [{ "kind": "rating", "text": "How?", "scale": scale }] });
        let item = subject(content("com.chronus.survey.requested", data));
        let card = CardContent::Subject(Box::new(subject_card(CardKind::Survey)));
        let message = draw(&spec(card), &opened(vec![item]), now());
        let (mut titles, mut style) = (Vec::new(), String::new());
        walk(card_of(&message), &mut |object| {
            if object["type"] == "Input.ChoiceSet" {
                style = object["style"].as_str().unwrap().to_owned();
                let choices = object["choices"].as_array().unwrap();
                titles = choices
                    .iter()
                    .map(|choice| choice["title"].as_str().unwrap().to_owned())
                    .collect();
            }
        });
        (titles.join("|"), style)
    };
    let (five, style) =
        titles(json!({ "max_label": "Very", "labels": ["Never", "Seldom", null, "Often", "x"] }));
    assert_eq!(
        five,
        "★☆☆☆☆ 1 – Never|★★☆☆☆ 2 – Seldom|★★★☆☆ 3 of 5|★★★★☆ 4 – Often|★★★★★ 5 – Very"
    );
    assert_eq!(style, "expanded");
    let (ten, style) = titles(json!({ "min": 0, "max": 10 }));
    assert!(ten.starts_with("0 of 10|1 of 10|") && style == "compact", "{ten}");
}

#[test]
fn everything_is_turned_off_by_one_button_that_asks_back() {
    use actors::action::verb;
    use events::user::TopicWay;

    let settings = samples::all()
        .into_iter()
        .find(|sample| sample.name == "settings")
        .unwrap();
    let mut found = 0;
    buttons(
        card_of(&settings.drawn(Language::English)),
        false,
        &mut |button, unfolded| {
            if button["verb"] == verb::SAVE_SETTINGS && button["style"] == "destructive" {
                let Act::SaveSettings(form) = Action::parse(None, &button["data"]).act else {
                    panic!("{button}");
                };
                assert!(
                    unfolded && !form.invalid && button["associatedInputs"] == "none",
                    "{button}"
                );
                assert_eq!(form.topics.len(), Topic::SWITCHED.len());
                assert!(form.topics.values().all(|how| *how == TopicWay::Off), "{form:?}");
                found += 1;
            }
        },
    );
    assert_eq!(found, 1);
}

#[test]
fn no_row_has_more_buttons_than_teams_shows() {
    every_object(|name, object| {
        let buttons = object["actions"].as_array().map_or(0, Vec::len);
        assert!(buttons <= 6, "{name}: {buttons}");
    });
}

#[test]
fn a_card_asks_for_at_most_one_text() {
    for (name, message) in samples::drawn() {
        let mut texts = 0;
        walk(card_of(&message), &mut |object| {
            texts += usize::from(object["type"] == "Input.Text");
        });
        assert!(texts <= 1, "{name}: {texts}");
    }
}

#[test]
fn the_buttons_of_a_list_name_the_subject_of_their_line() {
    for sample in samples::all() {
        if !matches!(sample.content, CardContent::List(_) | CardContent::Compose(_)) {
            continue;
        }
        walk(card_of(&sample.drawn(Language::English)), &mut |object| {
            if object["type"] == "Action.Execute" {
                let action = Action::parse(object["verb"].as_str(), &object["data"]);
                assert!(action.subject.is_some(), "{}: {object}", sample.name);
            }
        });
    }
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
fn what_was_wrong_is_said_on_every_card_in_every_language() {
    use events::user::InputFault;

    let faults = [
        InputFault::Missing,
        InputFault::NotOffered,
        InputFault::TooLong,
        InputFault::BadTime,
    ];
    for sample in samples::all() {
        for (fault, language) in faults.iter().zip(Language::ALL) {
            let spec = actors::card::CardSpec {
                fault: Some(*fault),
                locale: Some(language.code().into()),
                ..spec(sample.content.clone())
            };
            let message = draw(&spec, &sample.opened, now());
            let said = &card_of(&message)["body"][0]["items"][0]["inlines"][0]["text"];
            assert!(
                said.as_str().is_some_and(|said| said.starts_with('⚠')),
                "{}: {said}",
                sample.name
            );
        }
    }
}

#[test]
fn what_ended_cannot_be_answered_any_more() {
    for sample in samples::all() {
        let CardContent::Subject(card) = &sample.content else {
            continue;
        };
        if card.open && card.ended().is_none() {
            continue;
        }
        walk(card_of(&sample.drawn(Language::English)), &mut |object| {
            assert_ne!(object["type"], "Action.Execute", "{}: {object}", sample.name);
        });
    }
}

#[test]
fn the_answer_to_a_press_carries_the_card() {
    let message = samples::all().remove(0).drawn(Language::English);
    let answer = invoke_response(&message);
    assert_eq!(answer["statusCode"], 200);
    assert_eq!(answer["type"], CONTENT_TYPE);
    assert_eq!(&answer["value"], card_of(&message));
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
fn no_sample_is_too_large() {
    for (name, message) in samples::drawn() {
        assert!(
            utf16_bytes(&message) <= TARGET_BYTES,
            "{name}: {} bytes",
            utf16_bytes(&message)
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn no_content_makes_a_card_too_large(
        unit in prop_oneof![any::<String>(), "[\"\\\\\n]{1,4}", Just("🙂\n".to_owned()), Just("\"".to_owned()), Just("\u{5d0}x".to_owned())],
        times in 1usize..12_000,
        kind in proptest::sample::select(CardKind::ALL.iter().copied().filter(|kind| kind.topic() != Topic::Chat).collect::<Vec<_>>()),
        state in prop_oneof![Just(SubjectState::Open), Just(SubjectState::Moved), Just(SubjectState::Cancelled)],
        hosts_are_named: bool,
    ) {
        let big = unit.repeat(times.min(8_000 / unit.len().max(1)));
        let url = format!("https://acme.example/{}", "x".repeat(1_900));
        let id = "i".repeat(250);
        let many = |one: Value| Value::Array(vec![one; 30]);
        let person = json!({ "name": big, "title": big, "location": big, "picture_url": url });
        let mut data = json!({
            "mentee": person, "mentor": person, "partner": person, "organizer": person, "author": person, "actor": person,
            "host": person, "erg": big, "title": big, "body": big, "message": big, "text": big, "role": big, "program": big,
            "agenda": big, "location": big, "description": big, "purpose": big, "reason": big, "audience": big,
            "goals": many(big.clone().into()), "reasons": many(big.clone().into()), "why_matched": many(big.clone().into()),
            "participants": many(person), "context": many(json!({ "name": big, "text": big })),
            "attachments": many(json!({ "title": big, "url": url })), "next_step": big, "minutes": 4_000_000_000_u32,
            "slots": many(json!({ "id": id, "starts_at": "2026-12-01T10:00:00Z" })), "starts_at": "2026-12-01T10:00:00Z",
            "questions": [{ "id": id, "kind": "choice", "text": big, "options": many(json!({ "id": id, "text": big })) }],
        });
        let more = json!({
            "time_commitment": big, "url_label": big, "url": url, "join_url": url, "online_url": url, "feedback_url": url,
            "image": { "url": url, "alt": big }, "links": { "profile": url, "web": url, "calendar": url },
            "replacement": { "title": big, "url": url },
        });
        data.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let subject_of = |kind| {
            let mut card = subject_card(kind);
            card.state = state;
            card.subject = Some(events::SubjectRef::parse(format!("thread/{id}")).unwrap());
            card
        };
        let item = subject(content("com.chronus.x.y", data));
        let all = crate::cards::Opened { hosts_are_named, draft: Some(big.chars().take(actors::action::MAX_MESSAGE_CHARS).collect()), sent: Some(big.clone()), query: Some(big), ..opened(vec![item; 10]) };
        let list = actors::card::ListView { kind: CardKind::Pending, items: vec![subject_of(kind); 10], total: 10, missed: 0, query: None, item: None };
        let compose = actors::card::ComposeView { kind: CardKind::WhichThread, targets: vec![subject_of(kind); 10], query: None, sent: None, is_closed: false };
        for content in [CardContent::Subject(Box::new(subject_of(kind))), CardContent::List(list), CardContent::Compose(compose)] {
            let message = draw(&spec(content), &all, now());
            prop_assert!(utf16_bytes(&message) <= TARGET_BYTES, "{kind:?} {state:?}: {} bytes", utf16_bytes(&message));
        }
    }
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
