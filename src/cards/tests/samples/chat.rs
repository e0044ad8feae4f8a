//! The chat's own cards.

use std::collections::BTreeMap;

use actors::card::{
    CardContent, LinkState, LinkView, ListView, RecentNotification, RecentState, SettingsView, StatusView,
};
use events::organization::{CardKind, Topic};
use events::user::{Command, DigestPlan, QuietDays, QuietHours, TimeOfDay, TopicWay};

use super::{Sample, at, link, linked, opened};

fn status_view() -> StatusView {
    let recent = [
        (
            CardKind::MentoringRequest,
            RecentState::Sent,
            "2026-11-23T09:12:00Z",
        ),
        (CardKind::Meeting, RecentState::Waiting, "2026-11-23T08:00:00Z"),
        (CardKind::Message, RecentState::Answered, "2026-11-21T16:40:00Z"),
        (CardKind::Plain, RecentState::NotSent, "2026-11-20T07:30:00Z"),
        (CardKind::Survey, RecentState::Unknown, "2026-11-19T10:00:00Z"),
    ];
    StatusView {
        link: linked(),
        since: Some(at("2026-03-02T08:15:00Z")),
        waiting: BTreeMap::from([(Topic::Requests, 2), (Topic::Meetings, 1), (Topic::Surveys, 2)]),
        oldest_open_request: Some(at("2026-11-19T10:00:00Z")),
        next_meeting: Some(at("2026-12-02T15:30:00Z")),
        paused_until: None,
        quiet_until: Some(at("2026-11-24T07:00:00Z")),
        overtaken: false,
        recent: recent
            .map(|(card, state, time)| RecentNotification {
                card,
                state,
                at: at(time),
            })
            .to_vec(),
    }
}

fn status_off() -> StatusView {
    StatusView {
        link: LinkView {
            disconnected: true,
            ..linked()
        },
        since: Some(at("2026-11-22T18:00:00Z")),
        waiting: BTreeMap::new(),
        oldest_open_request: None,
        next_meeting: None,
        paused_until: Some(at("2026-12-07T08:00:00Z")),
        quiet_until: None,
        overtaken: false,
        recent: Vec::new(),
    }
}

fn settings(saved: bool, paused: bool) -> SettingsView {
    let mut topics: BTreeMap<Topic, TopicWay> = Topic::SWITCHED.map(|topic| (topic, TopicWay::On)).into();
    topics.insert(Topic::Announcements, TopicWay::Digest);
    topics.insert(Topic::Recommendations, TopicWay::Off);
    SettingsView {
        topics,
        quiet_hours: (!paused).then(|| QuietHours {
            from: TimeOfDay::of(18, 30),
            to: TimeOfDay::of(8, 0),
            days: QuietDays::Weekdays,
            off: false,
        }),
        own_quiet_hours: true,
        digest: DigestPlan::default(),
        paused_until: paused.then(|| at("2026-12-07T08:00:00Z")),
        link: linked(),
        saved,
    }
}

fn welcome(link: LinkView, requests: u32, others: u32) -> CardContent {
    CardContent::Welcome {
        link,
        waiting: BTreeMap::from([(Topic::Requests, requests), (Topic::Tasks, others)]),
    }
}

pub(super) fn all() -> Vec<Sample> {
    let until = at("2026-12-07T08:00:00Z");
    let near = vec![Command::Meetings, Command::Message, Command::Pause];
    [
        ("welcome_linked", welcome(linked(), 0, 0)),
        ("welcome_awaited", welcome(linked(), 2, 0)),
        ("welcome_awaited_one", welcome(linked(), 1, 3)),
        ("welcome_awaited_others", welcome(linked(), 0, 1)),
        ("welcome_pending", welcome(link(LinkState::Pending), 0, 0)),
        ("welcome_unmatched", welcome(link(LinkState::Unmatched), 0, 0)),
        ("welcome_guest", welcome(link(LinkState::Guest), 0, 0)),
        ("welcome_no_address", welcome(link(LinkState::NoAddress), 0, 0)),
        ("help", CardContent::Help(linked())),
        ("status", CardContent::Status(status_view())),
        ("status_off", CardContent::Status(status_off())),
        (
            "status_overtaken",
            CardContent::Status(StatusView {
                overtaken: true,
                ..status_off()
            }),
        ),
        (
            "connected",
            CardContent::Connected {
                link: linked(),
                paused_until: None,
                list: Box::new(nothing_missed(CardKind::Connected)),
            },
        ),
        (
            "connected_paused",
            CardContent::Connected {
                link: linked(),
                paused_until: Some(until),
                list: Box::new(nothing_missed(CardKind::Connected)),
            },
        ),
        ("switched_off", CardContent::SwitchedOff),
        ("disconnected", CardContent::Disconnected),
        ("confirm_disconnect", CardContent::ConfirmDisconnect),
        ("not_understood", CardContent::NotUnderstood { near }),
        ("stale_action", CardContent::StaleAction),
        ("not_theirs", CardContent::NotTheirs),
        ("in_doubt", CardContent::InDoubt),
        ("settings", CardContent::Settings(settings(false, false))),
        ("settings_saved", CardContent::Settings(settings(true, true))),
        ("paused", CardContent::Paused { until }),
        (
            "resumed",
            CardContent::Resumed {
                list: Box::new(nothing_missed(CardKind::Resumed)),
            },
        ),
        ("privacy", CardContent::Privacy(linked())),
        ("erasing", CardContent::Erasing),
    ]
    .map(|(name, content)| Sample {
        name,
        content,
        opened: opened(Vec::new()),
    })
    .into()
}

/// Nothing was missed that is still so.
fn nothing_missed(kind: CardKind) -> ListView {
    ListView {
        kind,
        items: Vec::new(),
        from: 0,
        total: 0,
        more: 0,
        missed: 0,
        query: None,
        item: None,
    }
}
