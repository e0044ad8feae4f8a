//! What people type, and what it is read as.

use proptest::prelude::*;

use super::*;
use crate::action::{Act, Action};

fn command(text: &str) -> Command {
    parse_command(text).command
}

#[test]
fn commands_are_read_whatever_their_case_spaces_and_punctuation() {
    for text in [
        "help",
        "  HELP ",
        "Help!",
        "/help",
        "help.",
        "<p>help</p>",
        "<at>Chronus</at> help",
        "&nbsp;help",
    ] {
        assert_eq!(command(text), Command::Help, "{text:?}");
    }
    assert_eq!(command("Show me my meetings, please"), Command::Meetings);
    assert_eq!(command("please help me with my request"), Command::Unknown);
    assert_eq!(command(""), Command::Unknown);
}

#[test]
fn commands_are_read_in_every_language() {
    for (text, is) in [
        ("Ayuda", Command::Help),
        ("événements", Command::Events),
        ("Reunión", Command::Meetings),
        ("EINSTELLUNGEN", Command::Notifications),
        ("مساعدة", Command::Help),
        ("الإشعارات", Command::Notifications),
        ("pausieren 2 Wochen", Command::Pause),
        ("إيقاف أسبوعين", Command::Pause),
    ] {
        assert_eq!(command(text), is, "{text}");
    }
}

#[test]
fn a_number_may_stand_beside_accept_and_decline() {
    assert_eq!(parse_command("Accept 2").number, Some(2));
    assert_eq!(parse_command("decline #3").number, Some(3));
    assert_eq!(parse_command("قبول ٢").number, Some(2));
    assert_eq!(parse_command("accept").number, None);
    assert_eq!(command("accept my apologies for yesterday"), Command::Unknown);
}

#[test]
fn a_name_stands_beside_message_as_it_was_written() {
    for (text, name) in [
        ("message Priya", Some("Priya")),
        ("/message to Priya Nair", Some("Priya Nair")),
        ("MESSAGE \"José\"", Some("José")),
        ("message", None),
        ("please message Priya!", Some("Priya")),
        (
            "message priya hi there, are you well today?",
            Some("priya hi there, are you well"),
        ),
    ] {
        let typed = parse_command(text);
        assert_eq!(
            (typed.command, typed.argument.as_deref()),
            (Command::Message, name),
            "{text}"
        );
    }
}

#[test]
fn pauses_are_read_as_people_say_them() {
    let date = |text: &str| PauseTime::Until(text.parse().unwrap());
    for (text, until) in [
        ("pause 2 weeks", Some(PauseTime::For(TimeDelta::weeks(2)))),
        ("pause for 3 days", Some(PauseTime::For(TimeDelta::days(3)))),
        ("pause 4h", Some(PauseTime::For(TimeDelta::hours(4)))),
        ("pause a week", Some(PauseTime::For(TimeDelta::weeks(1)))),
        ("pause until 2026-12-24", Some(date("2026-12-24"))),
        ("Pause until Friday!", Some(PauseTime::Next(Weekday::Fri))),
        ("pause tomorrow", Some(PauseTime::Tomorrow)),
        ("Pause jusqu'à vendredi", Some(PauseTime::Next(Weekday::Fri))),
        ("Pause bis Freitag", Some(PauseTime::Next(Weekday::Fri))),
        ("إيقاف ٣ أيام", Some(PauseTime::For(TimeDelta::days(3)))),
        ("إيقاف أسبوعين", Some(PauseTime::For(TimeDelta::weeks(2)))),
        ("إيقاف حتى الأحد", Some(PauseTime::Next(Weekday::Sun))),
        ("pausar 2 semanas", Some(PauseTime::For(TimeDelta::weeks(2)))),
        ("pause", None),
        ("pause 99999999999 weeks", None),
        (
            "pause 2147483647 months",
            Some(PauseTime::For(TimeDelta::days(30) * i32::MAX)),
        ),
    ] {
        let typed = parse_command(text);
        assert_eq!((typed.command, typed.pause), (Command::Pause, until), "{text}");
    }
}

#[test]
fn quiet_hours_are_read_as_people_say_them() {
    let hours = |from, to| Some((TimeOfDay::of(from, 0), TimeOfDay::of(to, 0)));
    let read = |text: &str| parse_command(text).quiet;
    assert_eq!(read("quiet 18:00-08:00").unwrap().hours, hours(18, 8));
    assert_eq!(read("quiet 6pm to 8am").unwrap().hours, hours(18, 8));
    assert_eq!(read("quiet 22 - 6").unwrap().hours, hours(22, 6));
    for off in ["quiet off", "Ruhe aus", "silence jamais", "هدوء بدون"] {
        assert_eq!(read(off).unwrap().off, Some(true), "{off}");
    }
    assert_eq!(read("هدوء ١٨:٠٠-٠٨:٠٠").unwrap().hours, hours(18, 8));
    assert_eq!(read("silence week-end").unwrap().days, Some(QuietDays::Weekends));
    assert_eq!(read("quiet weekends").unwrap().days, Some(QuietDays::Weekends));
    assert_eq!(read("quiet"), None);
    assert_eq!(command("quiet please"), Command::Quiet);
}

#[test]
fn a_mistyped_command_is_answered_with_the_nearest_ones() {
    assert_eq!(parse_command("hlep").near.first(), Some(&Command::Help));
    assert_eq!(parse_command("meetngs").near.first(), Some(&Command::Meetings));
    assert_eq!(parse_command("conect").near.first(), Some(&Command::Connect));
    assert!(
        parse_command("I had a lovely time yesterday, thank you")
            .near
            .is_empty()
    );
}

#[test]
fn a_text_is_surely_a_command_where_every_word_of_it_is_one_of_the_commands() {
    for (text, meant) in [
        ("help", Meant::Command),
        ("Show me my meetings, please", Meant::Command),
        ("accept", Meant::Command),
        ("Accept 2", Meant::Command),
        ("yes", Meant::Command),
        ("message priya hi there", Meant::Command),
        ("pause", Meant::Command),
        ("pause for 2 weeks", Meant::Command),
        ("pause until next friday", Meant::Command),
        ("Pause jusqu'à vendredi", Meant::Command),
        ("إيقاف حتى الأحد", Meant::Command),
        ("quiet", Meant::Command),
        ("quiet 18:00-08:00 weekdays", Meant::Command),
        ("quiet from 6pm to 8am", Meant::Command),
        ("quiet 22 - 6", Meant::Command),
        ("meetngs", Meant::Mistyped),
        ("conect", Meant::Mistyped),
        ("nice weather today", Meant::Words),
        ("Nice meeting you", Meant::Words),
        ("Good to connect", Meant::Words),
        ("Great event", Meant::Words),
        ("I accept", Meant::Words),
        ("Hi Priya", Meant::Words),
        ("sent already", Meant::Words),
        ("yes 2 of us will come", Meant::Words),
        ("accept my apologies for yesterday", Meant::Words),
        ("pause a week sounds good", Meant::Words),
        ("quiet night, no worries", Meant::Words),
        ("great", Meant::Words),
        ("date", Meant::Words),
        ("", Meant::Words),
    ] {
        assert_eq!(parse_command(text).meant, meant, "{text:?}");
    }
}

#[test]
fn what_is_to_be_said_stands_behind_the_name_as_it_was_written() {
    for (text, beside) in [
        ("message priya  hi there!", Some("priya  hi there!")),
        (
            "/message to \"Priya\" are you well?",
            Some("Priya\" are you well?"),
        ),
        ("message", None),
        ("message \u{200b}", None),
    ] {
        assert_eq!(beside_message(text).as_deref(), beside, "{text}");
    }
}

/// A text that made reading take time that grows with the square of its length.
#[test]
fn a_text_full_of_mentions_that_never_end_is_cut_before_it_is_read() {
    let text = format!("message {}", "<at>".repeat(64 * 1024));
    assert_eq!(parse_command(&text).command, Command::Message);
    let data = serde_json::json!({ "command": "message", "argument": "<at>x</at>".repeat(64 * 1024) });
    let pressed = Action::parse(Some(crate::action::RUN_COMMAND), &data);
    assert!(matches!(pressed.act, Act::Run(_)));
}

proptest! {
    #[test]
    fn any_text_is_read_and_text_that_is_no_command_is_not_kept(text in any::<String>()) {
        let typed = parse_command(&text);
        if typed.command != Command::Message {
            prop_assert_eq!(typed.argument, None);
        }
        prop_assert!(typed.near.len() <= NEAREST);
    }
}
