//! What can be pressed and filled in on every card.

use super::*;

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
fn what_takes_something_away_is_marked_and_asks_back() {
    use actors::action::verb;

    let takes_away = [
        verb::DECLINE_REQUEST,
        verb::DECLINE_MEETING,
        verb::MATCH_DISMISS,
        verb::CONFIRM_DISCONNECT,
        verb::CONFIRM_ERASURE,
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
            let over = card.ended().is_some() || card.newer || (card.answer.is_some() && !card.open);
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
fn what_was_wrong_is_said_on_every_card_in_every_language() {
    use events::user::InputFault;

    let faults = [
        InputFault::Missing,
        InputFault::NotOffered,
        InputFault::TooLong,
        InputFault::BadTime,
        InputFault::Overtaken,
        InputFault::AskedAnew,
        InputFault::Past,
        InputFault::Over,
        InputFault::Answered,
        InputFault::Ended,
        InputFault::Changed,
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
