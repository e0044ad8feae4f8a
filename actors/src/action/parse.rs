//! Reading a press off a card's verb and data. Input values arrive as strings and in any spelling, so everything is
//! read leniently, and nonsense is [`Act::Unknown`], never an error.

use chrono::{NaiveDate, NaiveDateTime};
use events::organization::Topic;
use events::shown::shows_nothing;
use events::user::{Command, DigestEvery, QuietDays, Rsvp, TimeOfDay, TopicWay};
use events::{NotificationId, SubjectRef};
use serde_json::Value;

use super::typed::{parse_command, pause_time};
use super::{
    Act, Action, DECLINE_REASONS, MAX_MESSAGE_CHARS, MAX_NOTE_CHARS, Meant, QuietChange, SettingsForm, Typed,
    input, verb,
};

/// Longest name of a slot or a question taken from a card's data, in characters.
const MAX_NAME_CHARS: usize = 200;

impl Action {
    /// Reads a press. `verb` is the `Action.Execute` verb; older clients send an `Action.Submit` whose data carries
    /// it.
    pub fn parse(verb: Option<&str>, data: &Value) -> Self {
        let data = Data(data);
        let verb = verb.filter(|v| !v.is_empty()).or_else(|| data.text("verb"));
        let act = verb.map_or(Act::Unknown, |verb| act(verb, data));
        Self {
            on: data
                .text("notification_id")
                .and_then(|id| id.parse::<NotificationId>().ok()),
            revision: data.number("revision"),
            subject: data
                .text(input::SUBJECT)
                .and_then(|subject| SubjectRef::parse(subject).ok()),
            line: data
                .text(input::LINE)
                .and_then(|id| id.parse::<NotificationId>().ok()),
            too_long: act.text().is_some() && !matches!(act, Act::Run(_)) && data.is_too_long(),
            act,
        }
    }
}

/// The inputs that a person writes in, with the most characters that are taken of each.
const TEXTS: [(&str, usize); 4] = [
    (input::NOTE, MAX_NOTE_CHARS),
    (input::VALUE, MAX_NOTE_CHARS),
    (input::MESSAGE, MAX_MESSAGE_CHARS),
    (input::TEXT, MAX_MESSAGE_CHARS),
];

#[derive(Clone, Copy)]
struct Data<'a>(&'a Value);

impl<'a> Data<'a> {
    /// What was given; a text that shows nothing was not.
    fn text(self, key: &str) -> Option<&'a str> {
        let text = self.0.get(key).and_then(Value::as_str).map(str::trim);
        text.filter(|text| !shows_nothing(text))
    }

    fn number(self, key: &str) -> Option<u32> {
        let value = self.0.get(key)?;
        let number = value.as_u64().or_else(|| value.as_str()?.trim().parse().ok());
        number.and_then(|number| u32::try_from(number).ok())
    }

    fn words(self, key: &str, most: usize) -> Option<String> {
        // Numbers of a rating arrive as text or as a number.
        let number = || {
            self.0
                .get(key)
                .filter(|value| value.is_number())
                .map(Value::to_string)
        };
        self.text(key)
            .map(|text| text.chars().take(most).collect())
            .or_else(number)
    }

    fn is_too_long(self) -> bool {
        let longer = |(key, most): (&str, usize)| {
            self.text(key)
                .is_some_and(|text| text.chars().nth(most).is_some())
        };
        TEXTS.into_iter().any(longer)
    }

    fn name(self, key: &str) -> Option<String> {
        self.text(key)
            .filter(|name| name.chars().count() <= MAX_NAME_CHARS)
            .map(str::to_owned)
    }

    fn flag(self, key: &str) -> Option<bool> {
        match self.0.get(key)? {
            Value::Bool(flag) => Some(*flag),
            Value::String(text) => match text.trim().to_ascii_lowercase().as_str() {
                "true" | "yes" | "1" => Some(true),
                "false" | "no" | "0" => Some(false),
                _ => None,
            },
            Value::Null | Value::Number(_) | Value::Array(_) | Value::Object(_) => None,
        }
    }
}

fn act(verb: &str, data: Data<'_>) -> Act<String> {
    let note = || data.words(input::NOTE, MAX_NOTE_CHARS);
    match verb {
        verb::ACCEPT_REQUEST => Act::AcceptRequest,
        verb::DECLINE_REQUEST => Act::DeclineRequest {
            reason: data
                .text(input::REASON)
                .filter(|reason| DECLINE_REASONS.iter().any(|(known, _)| known == reason))
                .map(str::to_owned),
            note: note(),
        },
        verb::REFRESH => Act::Refresh,
        verb::SHOW => Act::Show,
        verb::RUN_COMMAND => run(data),
        verb::ACCEPT_MEETING => Act::AcceptMeeting {
            slot: data.name(input::SLOT),
        },
        verb::DECLINE_MEETING => Act::DeclineMeeting { note: note() },
        verb::PROPOSE_MEETING => Act::ProposeMeeting {
            at: moment(data),
            note: note(),
        },
        verb::MEETING_HELD => data
            .flag(input::HELD)
            .map_or(Act::Unknown, |held| Act::TellMeetingHeld { held }),
        verb::RSVP => rsvp(data).map_or(Act::Unknown, Act::Rsvp),
        verb::ACKNOWLEDGE => Act::Acknowledge,
        verb::MATCH_REQUEST => Act::RequestMatch {
            message: data.words(input::MESSAGE, MAX_MESSAGE_CHARS),
        },
        verb::MATCH_DISMISS => Act::DismissMatch,
        verb::REPLY => Act::Reply {
            text: data.words(input::TEXT, MAX_MESSAGE_CHARS),
        },
        verb::SEND => Act::Send {
            text: data.words(input::TEXT, MAX_MESSAGE_CHARS),
        },
        verb::COMPLETE_TASK => Act::CompleteTask,
        verb::SAVE_SETTINGS => Act::SaveSettings(settings(data)),
        verb::SET_PAUSE => Act::SetPause(data.text(input::UNTIL).and_then(pause_time)),
        verb::END_PAUSE => Act::EndPause,
        verb::CONFIRM_DISCONNECT => Act::ConfirmDisconnect,
        verb::CONFIRM_ERASURE => Act::ConfirmErasure,
        _ => survey(verb, data),
    }
}

fn survey(verb: &str, data: Data<'_>) -> Act<String> {
    let question = data.name(input::QUESTION);
    let value = || data.words(input::VALUE, MAX_NOTE_CHARS);
    match (verb, question) {
        (verb::SURVEY_ANSWER, Some(question)) => Act::AnswerSurvey {
            question,
            value: value(),
        },
        (verb::SURVEY_BACK, _) => Act::BackInSurvey,
        (verb::SURVEY_SKIP, _) => Act::SkipInSurvey,
        (verb::SURVEY_SUBMIT, question) => Act::SubmitSurvey {
            question,
            value: value(),
        },
        _ => Act::Unknown,
    }
}

fn run(data: Data<'_>) -> Act<String> {
    let Some(command) = data.text(input::COMMAND) else {
        return Act::Unknown;
    };
    // Both are cut before they are read: a name takes far less.
    let cut = |text: &str| text.chars().take(MAX_NAME_CHARS).collect::<String>();
    let argument = data.text(input::ARGUMENT).map(cut).unwrap_or_default();
    let typed = parse_command(&format!("{} {argument}", cut(command)));
    if typed.command == Command::Unknown {
        Act::Unknown
    } else {
        // A button of ours is no chance word.
        Act::Run(Typed {
            meant: Meant::Command,
            ..typed
        })
    }
}

fn rsvp(data: Data<'_>) -> Option<Rsvp> {
    match data.text(input::RSVP)? {
        "going" => Some(Rsvp::Going),
        "maybe" => Some(Rsvp::Maybe),
        "not_going" => Some(Rsvp::NotGoing),
        _ => None,
    }
}

fn moment(data: Data<'_>) -> Option<NaiveDateTime> {
    let date = NaiveDate::parse_from_str(data.text(input::DATE)?, "%Y-%m-%d").ok()?;
    let time: TimeOfDay = data.text(input::TIME)?.parse().ok()?;
    Some(date.and_time(time.naive()))
}

/// A field that is read where it is given, and whether it is given but makes no sense.
fn read<T>(given: Option<&str>, read: impl Fn(&str) -> Option<T>, invalid: &mut bool) -> Option<T> {
    let value = read(given?);
    *invalid |= value.is_none();
    value
}

fn settings(data: Data<'_>) -> SettingsForm {
    let mut form = SettingsForm::default();
    let way = |text: &str| {
        Some(match text {
            "on" | "true" => TopicWay::On,
            "digest" => TopicWay::Digest,
            "off" | "false" => TopicWay::Off,
            _ => return None,
        })
    };
    for topic in Topic::SWITCHED {
        let given = data.text(&format!("{}{}", input::TOPIC_PREFIX, topic.as_str()));
        let how = read(given, way, &mut form.invalid);
        form.topics.extend(how.map(|how| (topic, how)));
    }
    form.quiet = quiet(data, &mut form.invalid);
    let every = |text: &str| match text {
        "daily" => Some(DigestEvery::Daily),
        "weekly" => Some(DigestEvery::Weekly),
        _ => None,
    };
    form.digest = read(data.text(input::DIGEST_EVERY), every, &mut form.invalid);
    form
}

fn quiet(data: Data<'_>, invalid: &mut bool) -> Option<QuietChange> {
    let (from, to) = (data.text(input::QUIET_FROM), data.text(input::QUIET_TO));
    let days = data.text(input::QUIET_DAYS);
    if from == Some("off") || days == Some("off") {
        return Some(QuietChange {
            off: Some(true),
            ..QuietChange::default()
        });
    }
    let time = |text: &str| text.parse::<TimeOfDay>().ok();
    let hours = (read(from, time, invalid), read(to, time, invalid));
    // A beginning without an end, or the other way about, says nothing.
    *invalid |= hours.0.is_some() != hours.1.is_some();
    let hours = hours.0.zip(hours.1);
    let on = |text: &str| match text {
        "all" => Some(QuietDays::All),
        "weekdays" => Some(QuietDays::Weekdays),
        "weekends" => Some(QuietDays::Weekends),
        _ => None,
    };
    let days = read(days, on, invalid);
    (hours.is_some() || days.is_some()).then_some(QuietChange {
        hours,
        days,
        off: Some(false),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ID: &str = "6ba7b810-9dad-51d1-80b4-00c04fd430c8";

    #[test]
    fn an_execute_and_a_submit_mean_the_same() {
        let execute = Action::parse(
            Some(verb::ACCEPT_REQUEST),
            &json!({ "notification_id": ID, "revision": 2 }),
        );
        let submit = Action::parse(
            None,
            &json!({ "verb": verb::ACCEPT_REQUEST, "notification_id": ID, "revision": "2" }),
        );
        assert_eq!(execute, submit);
        assert_eq!((execute.act, execute.revision), (Act::AcceptRequest, Some(2)));
    }

    #[test]
    fn a_decline_reason_that_the_card_does_not_offer_is_dropped() {
        let data = json!({ "notification_id": ID, "reason": "<script>", "note": " Sorry " });
        let Act::DeclineRequest { reason, note } = Action::parse(Some(verb::DECLINE_REQUEST), &data).act
        else {
            panic!("not a decline")
        };
        assert_eq!(reason, None);
        assert_eq!(note.as_deref(), Some("Sorry"));
    }

    #[test]
    fn nonsense_is_unknown_and_never_an_error() {
        for (verb, data) in [
            (None, json!(null)),
            (Some(""), json!([])),
            (Some(verb::MEETING_HELD), json!({ "held": "perhaps" })),
            (Some(verb::RSVP), json!({ "rsvp": 7 })),
            (Some(verb::SURVEY_ANSWER), json!({ "value": "4" })),
            (Some(verb::RUN_COMMAND), json!({ "command": "dance" })),
            (Some("x"), json!({})),
        ] {
            assert_eq!(Action::parse(verb, &data).act, Act::Unknown, "{verb:?} {data}");
        }
    }

    #[test]
    fn a_text_that_shows_nothing_is_as_good_as_none() {
        for blank in [
            "",
            " \u{a0}\n",
            "\u{200b}",
            "\u{2060}\u{feff}",
            "\u{ad}",
            "\u{3164}",
            "\u{200d}\u{fe0f}",
            "\u{e0041}",
        ] {
            for (verb, key) in [
                (verb::REPLY, input::TEXT),
                (verb::SEND, input::TEXT),
                (verb::MATCH_REQUEST, input::MESSAGE),
                (verb::DECLINE_REQUEST, input::NOTE),
                (verb::DECLINE_MEETING, input::NOTE),
                (verb::SURVEY_ANSWER, input::VALUE),
                (verb::SURVEY_SUBMIT, input::VALUE),
            ] {
                let action = Action::parse(Some(verb), &json!({ "question": "q", key: blank }));
                assert_eq!(action.act.text(), None, "{verb} {blank:?}");
                assert_ne!(action.act, Act::Unknown, "{verb} {blank:?}");
            }
        }
        let emoji = Action::parse(Some(verb::REPLY), &json!({ "text": "❤\u{fe0f}" }));
        assert_eq!(emoji.act.text().map(String::as_str), Some("❤\u{fe0f}"));
    }

    #[test]
    fn a_proposed_time_needs_a_date_and_a_time() {
        let at = |data| {
            let Act::ProposeMeeting { at, .. } = Action::parse(Some(verb::PROPOSE_MEETING), &data).act else {
                panic!("not a proposal")
            };
            at.map(|at| at.to_string())
        };
        assert_eq!(
            at(json!({ "date": "2026-12-01", "time": "14:30" })).as_deref(),
            Some("2026-12-01 14:30:00")
        );
        assert_eq!(at(json!({ "date": "2026-12-01" })), None);
        assert_eq!(at(json!({ "date": "2026-02-30", "time": "14:30" })), None);
    }

    #[test]
    fn the_settings_card_changes_what_it_names_and_nothing_else() {
        let data = json!({ "topic_surveys": "digest", "topic_chat": "off", "quiet_from": "22:00", "quiet_to": "06:30" });
        let Act::SaveSettings(form) = Action::parse(Some(verb::SAVE_SETTINGS), &data).act else {
            panic!("no form")
        };
        assert_eq!(
            form.topics.into_iter().collect::<Vec<_>>(),
            [(Topic::Surveys, TopicWay::Digest)]
        );
        let quiet = form.quiet.unwrap();
        assert_eq!(quiet.hours, Some((TimeOfDay::of(22, 0), TimeOfDay::of(6, 30))));
        assert_eq!((quiet.days, form.digest), (None, None));
    }

    #[test]
    fn a_settings_card_with_a_value_that_it_does_not_offer_is_refused_as_a_whole() {
        for data in [
            json!({ "topic_surveys": "sometimes" }),
            json!({ "quiet_from": "25:99", "quiet_to": "06:00" }),
            json!({ "quiet_from": "22:00" }),
            json!({ "quiet_days": "mondays" }),
            json!({ "digest_every": "hourly" }),
        ] {
            let Act::SaveSettings(form) = Action::parse(Some(verb::SAVE_SETTINGS), &data).act else {
                panic!("no form")
            };
            assert!(form.invalid, "{data}");
        }
    }

    #[test]
    fn a_text_beyond_the_limit_is_known_as_such() {
        let long = |verb, key: &str, chars: usize| {
            let data = json!({ "question": "q", key: "é".repeat(chars) });
            Action::parse(Some(verb), &data).too_long
        };
        for (verb, key, most) in [
            (verb::REPLY, "text", MAX_MESSAGE_CHARS),
            (verb::SEND, "text", MAX_MESSAGE_CHARS),
            (verb::MATCH_REQUEST, "message", MAX_MESSAGE_CHARS),
            (verb::DECLINE_REQUEST, "note", MAX_NOTE_CHARS),
            (verb::SURVEY_ANSWER, "value", MAX_NOTE_CHARS),
        ] {
            assert!(!long(verb, key, most), "{verb}");
            assert!(long(verb, key, most + 1), "{verb}");
        }
        assert!(!long(verb::ACCEPT_REQUEST, "note", MAX_NOTE_CHARS + 1));
    }

    #[test]
    fn the_text_of_an_act_can_be_replaced_and_nothing_else_changes() {
        let reply = Act::Reply {
            text: Some("hello".to_owned()),
        };
        assert_eq!(reply.text().map(String::as_str), Some("hello"));
        assert_eq!(reply.with_text(Some(7)), Act::Reply { text: Some(7) });
        let typed = Act::Run(parse_command("message priya"));
        assert_eq!(typed.text().map(String::as_str), Some("priya"));
    }
}
