//! One sample of each card and state, by the name of its snapshot.

use actors::card::{
    CardContent, CardSpec, LinkState, LinkView, ListView, RecentNotification, RecentState, StatusView,
    SubjectCard,
};
use actors::ports::Message;
use chrono::{DateTime, Utc};
use events::organization::{CardKind, SubjectFacts, SubjectState};
use events::user::Source;
use events::{NotificationId, OrganizationId, UserKey};
use serde_json::json;

use crate::cards::content::Content;
use crate::cards::{Opened, Resolution, draw};

pub(super) fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

pub(super) fn now() -> DateTime<Utc> {
    at("2026-11-23T14:05:00Z")
}

pub(super) fn spec(content: CardContent) -> CardSpec {
    CardSpec {
        user: UserKey::parse("tenant-1/person-1").unwrap(),
        notification_id: NotificationId::derive(["sample"]),
        revision: 1,
        locale: Some("en-GB".into()),
        timezone: Some("Europe/Lisbon".into()),
        content,
    }
}

pub(super) fn link(state: LinkState) -> LinkView {
    LinkView {
        name: None,
        address: None,
        state,
        disconnected: false,
    }
}

pub(super) fn linked() -> LinkView {
    link(LinkState::Linked(OrganizationId::parse("acme").unwrap()))
}

fn about(kind: CardKind, resolution: Option<Resolution>) -> CardContent {
    let ended = resolution.unwrap_or(Resolution {
        state: SubjectState::Open,
        here: false,
        at: at("2026-11-23T14:05:00Z"),
    });
    CardContent::Subject(Box::new(SubjectCard {
        kind,
        notification_id: NotificationId::derive(["sample"]),
        subject: None,
        source: Source::Chat,
        previous: None,
        original: Source::Chat,
        state: ended.state,
        at: ended.at,
        here: ended.here,
        facts: SubjectFacts::default(),
        previous_facts: None,
        answer: None,
        answered_at: None,
        open: resolution.is_none(),
        more: Vec::new(),
    }))
}

pub(super) fn request(resolution: Option<Resolution>) -> CardContent {
    about(CardKind::MentoringRequest, resolution)
}

pub(super) fn plain(resolution: Option<Resolution>) -> CardContent {
    about(CardKind::Plain, resolution)
}

pub(super) fn ended(state: SubjectState, here: bool) -> Resolution {
    Resolution {
        state,
        here,
        at: at("2026-11-23T14:05:00Z"),
    }
}

pub(super) fn nothing_missed() -> ListView {
    ListView {
        kind: CardKind::WelcomeBack,
        items: Vec::new(),
        total: 0,
        missed: 0,
        query: None,
        item: None,
    }
}

/// What the reader is called and what Chronus says in the samples.
pub(super) fn opened(content: Content) -> Opened {
    Opened {
        name: Some("Sam Okafor".into()),
        address: Some("sam_okafor@acme.example".into()),
        content,
    }
}

const LONG_MESSAGE: &str = "Hello Sam,\nI saw your talk on service design at the spring meeting and kept thinking about \
it. I have been a product designer for six years and was asked to lead a small team from January.\n\nI would like to \
learn how you moved from doing the work to helping others do it, and what you would do differently. I am most unsure \
about giving feedback to people who were my peers until now.\n\nTwo short calls a month would help me a lot. I will \
bring the topics and write up what we agree.\n\nWarm regards\nPriya";

pub(super) fn request_data(message: &str) -> serde_json::Value {
    json!({
        "mentee": { "name": "Priya Nair (she/her)", "title": "Senior Product Designer", "location": "Lisbon" },
        "message": message,
        "goals": ["Lead a team", "Give feedback to former peers", "Plan a career path"],
        "role": "mentor",
        "program": "Spring Mentoring 2027",
        "time_commitment": "2 × 45 minutes a month, 6 months",
        "respond_by": "2026-12-04T17:00:00Z",
        "links": {
            "profile": "https://acme.chronus.example/members/p-17",
            "web": "https://acme.chronus.example/mentoring_requests/123",
        },
    })
}

pub(super) fn request_content(message: &str) -> Content {
    Content::read(
        "com.chronus.mentoring_request.sent",
        &request_data(message).to_string(),
    )
}

fn announcement() -> Content {
    let data = json!({
        "title": "Mentoring circles *open* for sign-up",
        "body": "Four circles start in January: leadership, data, writing & speaking, and returning from leave.\n\n\
                 1. Look at the topics\n2. Sign up until 15 December\n\nPlaces are limited to 12 a circle.",
        "url": "https://acme.chronus.example/circles?program=spring",
        "url_label": "See the circles",
        "program": { "name": "Spring Mentoring 2027" },
    });
    Content::read("com.chronus.announcement.published", &data.to_string())
}

fn hostile() -> Content {
    let data = json!({
        "mentee": { "name": "<at>Sam Okafor</at> **Boss** [x](https://evil.example)", "title": "# CEO `rm`" },
        "message": "<at>everybody</at> *click* [here](https://evil.example)\n- one\n1. two\n<script>alert(1)</script>\u{202e}",
        "goals": ["~~none~~", "a | b"],
        "role": "_boss_",
        "links": { "profile": "javascript:alert(1)", "web": "https://acme.example@evil.example/" },
    });
    Content::read("com.chronus.mentoring_request.sent", &data.to_string())
}

fn status_view() -> StatusView {
    let recent = [
        (
            CardKind::MentoringRequest,
            RecentState::Sent,
            "2026-11-23T09:12:00Z",
        ),
        (CardKind::Plain, RecentState::Waiting, "2026-11-23T08:00:00Z"),
        (
            CardKind::MentoringRequest,
            RecentState::Answered,
            "2026-11-21T16:40:00Z",
        ),
        (CardKind::Plain, RecentState::NotSent, "2026-11-20T07:30:00Z"),
        (CardKind::Plain, RecentState::Unknown, "2026-11-19T10:00:00Z"),
    ];
    StatusView {
        link: linked(),
        since: Some(at("2026-03-02T08:15:00Z")),
        open_requests: 2,
        oldest_open_request: Some(at("2026-11-19T10:00:00Z")),
        pending: 2,
        next_meeting: None,
        paused_until: None,
        quiet_until: None,
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
        open_requests: 0,
        oldest_open_request: None,
        pending: 0,
        next_meeting: None,
        paused_until: None,
        quiet_until: None,
        recent: Vec::new(),
    }
}

fn chat_cards() -> Vec<(&'static str, CardContent)> {
    vec![
        ("welcome_linked", CardContent::Welcome(linked())),
        ("welcome_pending", CardContent::Welcome(link(LinkState::Pending))),
        (
            "welcome_unmatched",
            CardContent::Welcome(link(LinkState::Unmatched)),
        ),
        ("welcome_guest", CardContent::Welcome(link(LinkState::Guest))),
        (
            "welcome_no_address",
            CardContent::Welcome(link(LinkState::NoAddress)),
        ),
        (
            "welcome_back",
            CardContent::WelcomeBack {
                link: linked(),
                missed: 3,
                list: Box::new(nothing_missed()),
            },
        ),
        ("help", CardContent::Help(linked())),
        ("status", CardContent::Status(status_view())),
        ("status_off", CardContent::Status(status_off())),
        (
            "connected",
            CardContent::Connected {
                link: linked(),
                missed: 1,
            },
        ),
        ("disconnected", CardContent::Disconnected),
        ("not_understood", CardContent::NotUnderstood { near: Vec::new() }),
        ("stale_action", CardContent::StaleAction),
    ]
}

fn event_cards() -> Vec<(&'static str, CardContent, Content)> {
    let long = || request_content(LONG_MESSAGE);
    let bare = |event_type: &str| Content::read(event_type, "{}");
    let mut cards = vec![
        ("request", request(None), long()),
        (
            "request_short",
            request(None),
            request_content("Would you be my mentor?"),
        ),
        (
            "request_bare",
            request(None),
            bare("com.chronus.mentoring_request.sent"),
        ),
        ("request_hostile", request(None), hostile()),
        ("plain", plain(None), announcement()),
        ("plain_bare", plain(None), bare("com.chronus.erg_event.cancelled")),
        (
            "plain_ended",
            plain(Some(ended(SubjectState::Accepted, false))),
            bare("com.chronus.mentoring_request.accepted"),
        ),
    ];
    for (name, state, here) in [
        ("request_accepted_here", SubjectState::Accepted, true),
        ("request_accepted_elsewhere", SubjectState::Accepted, false),
        ("request_declined_here", SubjectState::Declined, true),
        ("request_declined_elsewhere", SubjectState::Declined, false),
        ("request_withdrawn", SubjectState::Withdrawn, false),
        ("request_expired", SubjectState::Expired, false),
    ] {
        cards.push((name, request(Some(ended(state, here))), long()));
    }
    cards
}

/// Every sample, drawn.
pub(super) fn all() -> Vec<(&'static str, Message)> {
    let chat = chat_cards()
        .into_iter()
        .map(|(name, content)| (name, content, Content::default()));
    chat.chain(event_cards())
        .map(|(name, content, event)| (name, draw(&spec(content), &opened(event), now())))
        .collect()
}
