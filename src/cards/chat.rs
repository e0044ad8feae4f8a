//! The chat's own cards: greetings and the answers to commands.

use actors::card::{LinkState, LinkView, StatusView};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde_json::Value;

use super::buttons::command;
use super::elements::{
    Drawing, Tone, after_line, close, facts, fixed, heading, labelled, panel, runs, words,
};
use super::{Opened, text, time};

fn help_and_status() -> Vec<Value> {
    vec![command(text::HELP, "help"), command(text::STATUS, "status")]
}

/// Greets once: why, what for, what it sees, how the match stands.
pub(super) fn welcome(link: &LinkView, opened: &Opened) -> Drawing {
    let mut body = vec![heading(text::WELCOME)];
    let hello = opened.name.as_deref().map(text::hello);
    body.extend(hello.map(|hello| words(&hello, Tone::Normal)));
    body.push(fixed(text::WELCOME_WHY, Tone::Normal));
    body.extend(text::WELCOME_WHAT.map(|line| close(fixed(format!("•  {line}"), Tone::Normal))));
    body.push(fixed(text::WELCOME_SEES, Tone::Normal));
    body.push(link_panel(link, opened));
    body.push(fixed(text::HOW_TO_STOP, Tone::Small));
    Drawing {
        toast: text::WELCOME.to_owned(),
        body,
        actions: help_and_status(),
    }
}

/// Greets somebody who was here before.
pub(super) fn welcome_back(link: &LinkView, missed: u32, opened: &Opened) -> Drawing {
    back(text::WELCOME_BACK, None, link, missed, opened)
}

/// Answers `connect`.
pub(super) fn connected(link: &LinkView, missed: u32, opened: &Opened) -> Drawing {
    back(text::CONNECTED, Some(text::CONNECTED_WHAT), link, missed, opened)
}

fn back(title: &str, what: Option<&str>, link: &LinkView, missed: u32, opened: &Opened) -> Drawing {
    let mut body = vec![heading(title)];
    body.extend(what.map(|what| fixed(what, Tone::Normal)));
    body.extend(text::missed(missed).map(|missed| fixed(missed, Tone::Normal)));
    body.push(link_panel(link, opened));
    body.push(fixed(text::HOW_TO_STOP, Tone::Small));
    Drawing {
        toast: title.to_owned(),
        body,
        actions: help_and_status(),
    }
}

/// Answers `help`.
pub(super) fn help(link: &LinkView, opened: &Opened) -> Drawing {
    let commands = text::COMMANDS.map(|(command, effect)| (command, effect.to_owned()));
    Drawing {
        toast: text::HELP_TITLE.to_owned(),
        body: vec![
            heading(text::HELP_TITLE),
            fixed(text::HELP_INTRO, Tone::Normal),
            facts(commands),
            link_panel(link, opened),
        ],
        actions: vec![command(text::STATUS, "status")],
    }
}

/// Answers `status`.
pub(super) fn status(view: &StatusView, opened: &Opened, zone: Tz, now: DateTime<Utc>) -> Drawing {
    let mut body = vec![heading(text::STATUS_TITLE), link_panel(&view.link, opened)];
    let label = if view.link.disconnected {
        text::OFF_SINCE
    } else {
        text::CONNECTED_SINCE
    };
    let since = view.since.map(|since| time::moment(since, zone));
    body.extend(since.map(|since| labelled(label, &since)));
    let age = view.oldest_open_request.and_then(|oldest| time::age(oldest, now));
    let open = text::open_requests(view.open_requests, age.as_deref());
    body.push(close(labelled(text::LABEL_OPEN, &open)));
    body.push(after_line(fixed(text::recent_title(zone.name()), Tone::Strong)));
    let recent = view.recent.iter().map(|one| {
        let what = text::card_name(one.card);
        (
            text::state_name(one.state),
            format!("{what} · {}", time::short(one.at, zone)),
        )
    });
    body.push(if view.recent.is_empty() {
        close(fixed(text::NO_RECENT, Tone::Quiet))
    } else {
        facts(recent)
    });
    let turn_on = view.link.disconnected.then(|| command(text::CONNECT, "connect"));
    Drawing {
        toast: text::STATUS_TITLE.to_owned(),
        body,
        actions: turn_on.into_iter().chain([command(text::HELP, "help")]).collect(),
    }
}

/// Answers `disconnect`.
pub(super) fn disconnected() -> Drawing {
    Drawing {
        toast: text::DISCONNECTED.to_owned(),
        body: vec![
            heading(text::DISCONNECTED),
            fixed(text::DISCONNECTED_STOPS, Tone::Normal),
            fixed(text::DISCONNECTED_STAYS, Tone::Normal),
            fixed(text::DISCONNECTED_BACK, Tone::Normal),
        ],
        actions: vec![command(text::CONNECT, "connect"), command(text::HELP, "help")],
    }
}

/// Answers what is no command.
pub(super) fn not_understood() -> Drawing {
    let commands = text::COMMANDS.map(|(command, effect)| (command, effect.to_owned()));
    Drawing {
        toast: text::NOT_UNDERSTOOD.to_owned(),
        body: vec![
            heading(text::NOT_UNDERSTOOD),
            fixed(text::NOT_UNDERSTOOD_WHAT, Tone::Normal),
            facts(commands),
        ],
        actions: help_and_status(),
    }
}

/// Answers a press that came too late.
pub(super) fn stale_action() -> Drawing {
    Drawing {
        toast: text::STALE.to_owned(),
        body: vec![heading(text::STALE), fixed(text::STALE_WHAT, Tone::Normal)],
        actions: vec![command(text::STATUS, "status"), command(text::HELP, "help")],
    }
}

/// How the match between the Teams user and Chronus stands, and what to do where it does not.
fn link_panel(link: &LinkView, opened: &Opened) -> Value {
    let address = opened.address.as_deref();
    let (state, fix) = match (&link.state, address) {
        (LinkState::Linked(_), Some(address)) => (
            runs([(text::CONNECTED_AS, Tone::Strong), (address, Tone::Strong)]),
            None,
        ),
        (LinkState::Linked(_), None) => (fixed(text::CONNECTED_PLAIN, Tone::Strong), None),
        (LinkState::Unmatched, _) => (
            fixed(text::NOT_MATCHED, Tone::Strong),
            Some(text::NOT_MATCHED_FIX),
        ),
        (LinkState::Pending, _) => (fixed(text::PENDING, Tone::Strong), Some(text::PENDING_FIX)),
        (LinkState::Guest, _) => (fixed(text::GUEST, Tone::Strong), Some(text::GUEST_FIX)),
        (LinkState::NoAddress, _) => (fixed(text::NO_ADDRESS, Tone::Strong), Some(text::NO_ADDRESS_FIX)),
    };
    let mut items = vec![state];
    if link.state == LinkState::Unmatched {
        items.extend(address.map(|address| close(words(address, Tone::Normal))));
    }
    items.extend(fix.map(|fix| close(fixed(fix, Tone::Normal))));
    if link.disconnected {
        items.push(close(fixed(text::NOTIFICATIONS_OFF, Tone::Normal)));
    }
    panel(&items)
}
