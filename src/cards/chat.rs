//! The chat's own cards: greetings and the answers to simple commands.

use actors::action::verb;
use std::collections::BTreeMap;

use actors::card::{CardSpec, LinkState, LinkView, ListView, StatusView};
use chrono::{DateTime, Utc};
use events::organization::Topic;
use events::user::Command;
use serde_json::Value;

use super::buttons::{Place, command, destructive, execute, primary, row, unfold};
use super::elements::{Drawing, Tone, after_line, close, facts, fixed, heading, panel, words};
use super::inputs::radio;
use super::names;
use super::scene::details;
use super::text::Texts;
use super::time::Reader;
use super::{Opened, list};

/// How long a pause may be, as the cards offer it: what `pause` understands, and the days it means.
const PAUSES: [(&str, u32); 4] = [("3 days", 3), ("1 week", 7), ("2 weeks", 14), ("30 days", 30)];

fn help_and(text: Texts, more: Command) -> [Value; 2] {
    let title = if more == Command::Pending {
        text.press_pending()
    } else {
        text.press_status()
    };
    [
        primary(command(&title, more)),
        command(&text.press_help(), Command::Help),
    ]
}

/// Greets once: why, what for, what it sees, how the match stands.
pub(super) fn welcome(
    reader: &Reader,
    link: &LinkView,
    waiting: &BTreeMap<Topic, u32>,
    opened: &Opened,
) -> Drawing {
    let text = reader.text;
    let mut card = Drawing::new(text.welcome());
    card.show(heading(text.welcome()));
    card.show_all(
        opened
            .name
            .as_deref()
            .map(|name| words(&text.hello(name), Tone::Normal)),
    );
    let awaited = counted(text, waiting);
    let waits = (!awaited.is_empty()).then(|| text.welcome_waits(&awaited.join(" · ")));
    card.show_all(waits.map(|waits| words(&waits, Tone::Strong)));
    card.show(fixed(text.welcome_why(), Tone::Normal));
    let what = [
        text.welcome_requests(),
        text.welcome_answer(),
        text.welcome_current(),
    ];
    card.show_all(what.map(|line| close(fixed(format!("•  {line}"), Tone::Normal))));
    card.show(fixed(text.welcome_sees(), Tone::Normal));
    card.show(link_panel(text, link, opened));
    card.show(fixed(text.how_to_stop(), Tone::Small));
    let help = command(&text.press_help(), Command::Help);
    let settings = command(&text.press_settings(), Command::Notifications);
    card.actions = if awaited.is_empty() {
        let status = command(&text.press_status(), Command::Status);
        vec![primary(help), settings, status]
    } else {
        let pending = command(&text.press_pending(), Command::Pending);
        vec![primary(pending), help, settings]
    };
    card
}

/// How many of each kind wait, by their names: `Mentoring requests: 2 · Surveys: 1`.
fn counted(text: Texts, waiting: &BTreeMap<Topic, u32>) -> Vec<String> {
    let counted = waiting.iter().filter(|(_, count)| **count > 0);
    counted
        .filter_map(|(topic, count)| Some(text.count_of(&names::topic_name(text, *topic)?, *count)))
        .collect()
}

/// Greets somebody who was here before, with what is still open.
pub(super) fn welcome_back(
    reader: &Reader,
    spec: &CardSpec,
    (link, paused_until): (&LinkView, Option<DateTime<Utc>>),
    missed: &ListView,
    opened: &Opened,
    max: usize,
) -> Drawing {
    let text = reader.text;
    let mut card = Drawing::new(text.welcome_back());
    card.show(heading(text.welcome_back()));
    // Adding the app again ends neither a pause nor a disconnect.
    let paused_until = paused_until.filter(|_| !link.disconnected);
    card.show_all(
        paused_until.map(|until| words(&text.settings_paused(&reader.moment(until)), Tone::Strong)),
    );
    show_missed(&mut card, reader, spec, missed, opened, max);
    card.show(link_panel(text, link, opened));
    if link.disconnected {
        card.press(primary(command(&text.press_connect(), Command::Connect)));
        card.press(command(&text.press_help(), Command::Help));
        return card;
    }
    card.show(fixed(text.how_to_stop(), Tone::Small));
    card.actions = help_and(text, Command::Pending).into();
    if paused_until.is_some() {
        card.press(execute(&text.press_resume(), verb::END_PAUSE, Place::card(spec)));
    }
    card
}

/// What was not sent while the person was away: what still holds, and how much does not.
fn show_missed(
    card: &mut Drawing,
    reader: &Reader,
    spec: &CardSpec,
    missed: &ListView,
    opened: &Opened,
    max: usize,
) {
    let text = reader.text;
    if !missed.items.is_empty() {
        card.show(fixed(text.list_catch_up_what(), Tone::Normal));
        let lines = list::lines(reader, spec, missed, opened, max);
        card.show_all(lines);
        if let Some((how_many, go_on)) = list::more(text, spec, missed) {
            card.show(how_many);
            card.show(row(&[go_on]));
        }
    }
    card.show_all(list::gone(text, missed));
}

/// Answers `connect`, with what was missed.
pub(super) fn connected(
    reader: &Reader,
    spec: &CardSpec,
    (link, paused_until): (&LinkView, Option<DateTime<Utc>>),
    missed: &ListView,
    opened: &Opened,
    max: usize,
) -> Drawing {
    let text = reader.text;
    // Wanting notifications is one thing, being matched another: who is not matched is not told that they are connected.
    let (title, what) = match link.state {
        LinkState::Linked(_) => (text.connected(), Some(text.connected_what())),
        LinkState::Unmatched | LinkState::Pending | LinkState::NoAddress => {
            (text.connected_wish(), Some(text.connected_wish_what()))
        }
        LinkState::Guest => (text.connected_wish(), None),
    };
    let mut card = Drawing::new(title.clone());
    card.show(heading(title));
    // Connecting ends no pause.
    let paused = paused_until.map(|until| words(&text.settings_paused(&reader.moment(until)), Tone::Strong));
    card.show_all(paused.or_else(|| what.map(|what| fixed(what, Tone::Normal))));
    show_missed(&mut card, reader, spec, missed, opened, max);
    card.show(link_panel(text, link, opened));
    card.show(fixed(text.how_to_stop(), Tone::Small));
    card.actions = help_and(text, Command::Pending).into();
    if paused_until.is_some() {
        card.press(execute(&text.press_resume(), verb::END_PAUSE, Place::card(spec)));
    }
    card
}

/// Answers whoever types while the integration is switched off for the tenant: one sentence.
pub(super) fn switched_off(text: Texts) -> Drawing {
    let mut card = Drawing::new(text.switched_off());
    card.show(fixed(text.switched_off(), Tone::Normal));
    card
}

/// Answers `help`.
pub(super) fn help(reader: &Reader, link: &LinkView, opened: &Opened) -> Drawing {
    let text = reader.text;
    let typed = |command| names::typed(text, command);
    let rows = [
        (typed(Command::Pending), text.help_pending()),
        (text.help_accept_example(), text.help_accept()),
        (typed(Command::More), text.help_more()),
        (typed(Command::Meetings), text.help_meetings()),
        (typed(Command::Events), text.help_events()),
        (typed(Command::Connections), text.help_connections()),
        (text.help_message_example(), text.help_message()),
        (typed(Command::Notifications), text.help_notifications()),
        (text.help_quiet_example(), text.help_quiet()),
        (text.help_pause_example(), text.help_pause()),
        (typed(Command::Resume), text.help_resume()),
        (typed(Command::Status), text.help_status()),
        (typed(Command::Privacy), text.help_privacy()),
        (typed(Command::Connect), text.help_connect()),
        (typed(Command::Disconnect), text.help_disconnect()),
        (typed(Command::Help), text.help_help()),
    ];
    let mut card = Drawing::new(text.help_title());
    card.show(heading(text.help_title()));
    card.show(fixed(text.help_intro(), Tone::Normal));
    card.show(facts(rows));
    card.show(link_panel(text, link, opened));
    card.press(primary(command(&text.press_pending(), Command::Pending)));
    card.press(command(&text.press_settings(), Command::Notifications));
    card.press(command(&text.press_status(), Command::Status));
    card
}

/// Answers `status`.
pub(super) fn status(reader: &Reader, view: &StatusView, opened: &Opened) -> Drawing {
    let text = reader.text;
    let mut card = Drawing::new(text.status());
    card.show(heading(text.status()));
    card.show_all(view.overtaken.then(|| fixed(text.overtaken(), Tone::Strong)));
    card.show(link_panel(text, &view.link, opened));
    let since = if view.link.disconnected {
        text.off_since()
    } else {
        text.connected_since()
    };
    let moment = |at: Option<DateTime<Utc>>| at.map(|at| reader.moment(at));
    card.show_all(details([
        (since, moment(view.since)),
        (text.label_paused(), moment(view.paused_until)),
        (text.label_quiet(), moment(view.quiet_until)),
        (text.label_waiting(), Some(waiting(reader, view))),
        (text.label_next_meeting(), moment(view.next_meeting)),
    ]));
    card.show(after_line(fixed(text.recent_title(), Tone::Strong)));
    let recent = view.recent.iter().map(|one| {
        let what = names::kind_name(text, one.card);
        (
            names::state_name(text, one.state),
            format!("{what} · {}", reader.moment(one.at)),
        )
    });
    card.show(if view.recent.is_empty() {
        close(fixed(text.no_recent(), Tone::Quiet))
    } else {
        facts(recent)
    });
    if view.link.disconnected {
        card.press(primary(command(&text.press_connect(), Command::Connect)));
    } else {
        card.press(primary(command(&text.press_pending(), Command::Pending)));
        card.press(command(&text.press_settings(), Command::Notifications));
    }
    card.press(command(&text.press_help(), Command::Help));
    card
}

/// What waits, by kind, and for how long the oldest request.
fn waiting(reader: &Reader, view: &StatusView) -> String {
    let text = reader.text;
    let mut counted = counted(text, &view.waiting);
    let age = view.oldest_open_request.and_then(|oldest| reader.age(oldest));
    let requests = view.waiting.get(&Topic::Requests).copied().unwrap_or_default();
    if let (Some(age), Some(first), 1..) = (age, counted.first_mut(), requests) {
        // Requests come first of all topics.
        *first = text.count_of_oldest(&text.topic_requests(), requests, &age);
    }
    if counted.is_empty() {
        return text.nothing_waits();
    }
    counted.join(" · ")
}

/// Tells that the person is disconnected.
pub(super) fn disconnected(text: Texts) -> Drawing {
    let mut card = Drawing::new(text.disconnected());
    card.show(heading(text.disconnected()));
    card.show(fixed(text.disconnected_stops(), Tone::Normal));
    card.show(fixed(text.disconnected_stays(), Tone::Normal));
    card.show(fixed(text.disconnected_back(), Tone::Normal));
    card.press(primary(command(&text.press_connect(), Command::Connect)));
    card.press(command(&text.press_help(), Command::Help));
    card
}

/// Asks back before disconnecting.
pub(super) fn confirm_disconnect(text: Texts, spec: &CardSpec) -> Drawing {
    let mut card = Drawing::new(text.disconnect_ask());
    card.show(heading(text.disconnect_ask()));
    card.show(fixed(text.disconnect_stops(), Tone::Normal));
    card.show(fixed(text.disconnect_stays(), Tone::Normal));
    card.show(fixed(text.disconnect_instead(), Tone::Normal));
    let place = Place::card(spec);
    card.press(primary(pause_choice(text, &text.press_pause_instead(), place)));
    card.press(destructive(execute(
        &text.press_disconnect(),
        verb::CONFIRM_DISCONNECT,
        place,
    )));
    card
}

/// A button that asks for how long to pause.
pub(super) fn pause_choice(text: Texts, title: &str, place: Place<'_>) -> Value {
    let options = PAUSES.map(|(value, days)| (value, text.age_days(days)));
    let options = options.iter().map(|(value, title)| (*value, title.as_str()));
    let field = radio(
        actors::action::input::UNTIL,
        &text.pause_how_long(),
        options,
        Some("1 week"),
    );
    unfold(
        title,
        &[field],
        &execute(&text.press_pause_now(), verb::SET_PAUSE, place),
    )
}

/// Answers `pause`.
pub(super) fn paused(reader: &Reader, spec: &CardSpec, until: DateTime<Utc>) -> Drawing {
    let text = reader.text;
    let title = text.pause_until(&reader.moment(until));
    let mut card = Drawing::new(text.toast_paused());
    card.show(heading(title));
    card.show(fixed(text.pause_what(), Tone::Normal));
    card.press(primary(execute(
        &text.press_resume(),
        verb::END_PAUSE,
        Place::card(spec),
    )));
    card
}

/// Answers `resume`, with what was missed.
pub(super) fn resumed(
    reader: &Reader,
    spec: &CardSpec,
    missed: &ListView,
    opened: &Opened,
    max: usize,
) -> Drawing {
    let text = reader.text;
    let mut card = Drawing::new(text.resumed());
    card.show(heading(text.resumed()));
    card.show(fixed(text.resumed_what(), Tone::Normal));
    show_missed(&mut card, reader, spec, missed, opened, max);
    card.press(primary(command(&text.press_pending(), Command::Pending)));
    card.press(command(&text.press_settings(), Command::Notifications));
    card
}

/// Answers `privacy`.
pub(super) fn privacy(text: Texts, spec: &CardSpec, link: &LinkView, opened: &Opened) -> Drawing {
    let mut card = Drawing::new(text.privacy());
    card.show(heading(text.privacy()));
    card.show(fixed(text.privacy_sees(), Tone::Normal));
    card.show(fixed(text.privacy_keeps(), Tone::Normal));
    card.show(fixed(text.privacy_shares(), Tone::Normal));
    card.show(fixed(text.privacy_erase(), Tone::Normal));
    card.show(link_panel(text, link, opened));
    card.press(primary(command(&text.press_settings(), Command::Notifications)));
    card.press(command(&text.press_help(), Command::Help));
    let asks = [
        fixed(text.erase_ask(), Tone::Strong),
        fixed(text.erase_what(), Tone::Normal),
    ];
    let confirm = execute(&text.press_erase_now(), verb::CONFIRM_ERASURE, Place::card(spec));
    card.press(unfold(&text.press_erase(), &asks, &destructive(confirm)));
    card
}

/// Tells whoever asked for it that their data is being erased.
pub(super) fn erasing(text: Texts) -> Drawing {
    let mut card = Drawing::new(text.erasing());
    card.show(heading(text.erasing()));
    card.show(fixed(text.erasing_what(), Tone::Normal));
    card
}

/// Answers what is no command, with the nearest ones to press.
pub(super) fn not_understood(text: Texts, near: &[Command]) -> Drawing {
    let mut card = Drawing::new(text.not_understood());
    card.show(heading(text.not_understood()));
    card.show(fixed(text.not_understood_near(), Tone::Normal));
    let shown = near
        .iter()
        .copied()
        .filter(|command| *command != Command::Unknown);
    let shown: Vec<Command> = shown.take(3).collect();
    let rows: Vec<(String, String)> = shown
        .iter()
        .map(|command| (names::typed(text, *command), names::effect(text, *command)))
        .collect();
    card.show(facts(rows));
    for near in &shown {
        let button = command(&names::typed(text, *near), *near);
        let first = card.actions.is_empty();
        card.press(if first { primary(button) } else { button });
    }
    if shown.len() < 3 && !shown.contains(&Command::Help) {
        card.press(command(&text.press_help(), Command::Help));
    }
    card
}

/// Answers a press that came too late.
pub(super) fn stale_action(text: Texts) -> Drawing {
    let mut card = Drawing::new(text.stale());
    card.show(heading(text.stale()));
    card.show(fixed(text.stale_what(), Tone::Normal));
    card.actions = help_and(text, Command::Pending).into();
    card
}

/// What a card becomes that was meant for a member who the person is not any more.
pub(super) fn not_theirs(text: Texts) -> Drawing {
    let mut card = Drawing::new(text.not_theirs());
    card.show(heading(text.not_theirs()));
    card.show(fixed(text.not_theirs_what(), Tone::Normal));
    card.actions = help_and(text, Command::Status).into();
    card
}

/// What a card shows that is kept back while nobody can tell whether the person is whom it was meant for.
pub(super) fn in_doubt(text: Texts) -> Drawing {
    let mut card = Drawing::new(text.in_doubt());
    card.show(heading(text.in_doubt()));
    card.show(fixed(text.in_doubt_what(), Tone::Normal));
    card.actions = help_and(text, Command::Status).into();
    card
}

/// How the match between the Teams user and Chronus stands, and what to do where it does not.
fn link_panel(text: Texts, link: &LinkView, opened: &Opened) -> Value {
    let address = opened.address.as_deref();
    let (state, fix) = match (&link.state, address) {
        (LinkState::Linked(_), Some(address)) => (text.connected_as(address), None),
        (LinkState::Linked(_), None) => (text.connected_plain(), None),
        (LinkState::Unmatched, _) => (text.not_matched(), Some(text.not_matched_fix())),
        (LinkState::Pending, _) => (text.connecting(), Some(text.connecting_fix())),
        (LinkState::Guest, _) => (text.guest(), Some(text.guest_fix())),
        (LinkState::NoAddress, _) => (text.no_address(), Some(text.no_address_fix())),
    };
    let mut items = vec![words(&state, Tone::Strong)];
    if link.state == LinkState::Unmatched {
        items.extend(address.map(|address| close(words(address, Tone::Normal))));
    }
    items.extend(fix.map(|fix| close(fixed(fix, Tone::Normal))));
    if link.disconnected {
        items.push(close(fixed(text.notifications_off(), Tone::Normal)));
    }
    panel(&items)
}
