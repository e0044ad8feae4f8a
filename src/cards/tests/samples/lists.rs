//! Lists, and writing to somebody.

use actors::card::{AnswerView, CardContent, ComposeView, ListView, SentView};
use events::Sealed;
use events::organization::{CardKind, SubjectState};
use events::user::Rsvp;
use serde_json::json;

use super::data;
use super::subjects::{Given, sealed};
use super::{Sample, at, linked, opened};
use crate::cards::content::Content;

fn list(kind: CardKind, name: &'static str, given: Vec<Given>, missed: u32, more: u32) -> Sample {
    let view = view(kind, &given, missed, more);
    Sample {
        name,
        content: CardContent::List(view),
        opened: opened(given.into_iter().map(|given| given.opened).collect()),
    }
}

fn view(kind: CardKind, given: &[Given], missed: u32, more: u32) -> ListView {
    ListView {
        kind,
        items: given.iter().map(|given| given.card.clone()).collect(),
        from: 0,
        total: u32::try_from(given.len()).unwrap(),
        more,
        missed,
        query: None,
        item: None,
    }
}

fn pending() -> Vec<Given> {
    vec![
        Given::new(CardKind::MentoringRequest, data::request()),
        Given::new(CardKind::Meeting, data::meeting()),
        Given::new(CardKind::ErgEvent, data::event()),
        Given::new(CardKind::Survey, data::survey()),
        Given::new(CardKind::Task, data::task()),
        Given::new(
            CardKind::Message,
            data::message("Could we talk about the new team? It starts earlier than I thought."),
        )
        .reachable(),
        Given::new(CardKind::Announcement, data::announcement(true)).acknowledge(),
        Given::new(CardKind::MeetingFollowUp, data::meeting()),
        Given::new(CardKind::RecommendedMatch, data::recommended()),
    ]
}

/// The same, each answered or over since it was listed.
fn no_longer_pending() -> Vec<Given> {
    let [
        request,
        meeting,
        event,
        survey,
        task,
        message,
        news,
        held,
        suggested,
    ]: [Given; 9] = pending().try_into().ok().unwrap();
    vec![
        request
            .state(SubjectState::Accepted)
            .here()
            .answer(AnswerView::Accepted),
        meeting.answer(AnswerView::SlotAccepted {
            slot: Some("s2".into()),
        }),
        event.rsvp(Rsvp::Going).state(SubjectState::Cancelled),
        survey.survey_at(&[("q1", "4")], 3, true),
        task.answer(AnswerView::Completed),
        message.replied(false, 1),
        news.answer(AnswerView::Acknowledged),
        held.answer(AnswerView::Held(true)),
        suggested.answer(AnswerView::MatchDismissed),
    ]
}

fn partner(name: &str, title: &str) -> Content {
    data::content(
        "com.chronus.connection.started",
        json!({ "partner": { "name": name, "title": title } }),
    )
}

fn connections() -> Vec<Given> {
    vec![
        Given::new(
            CardKind::Connection,
            partner("Priya Nair", "Senior Product Designer"),
        )
        .reachable(),
        Given::new(CardKind::Connection, partner("Priyanka Rao", "Data Analyst")).reachable(),
        Given::new(CardKind::Connection, partner("Amélie Laurent", "Head of Design")).reachable(),
    ]
}

fn compose(
    kind: CardKind,
    name: &'static str,
    given: Vec<Given>,
    query: Option<&str>,
    sent: Option<SentView>,
) -> Sample {
    let view = ComposeView {
        kind,
        targets: given.iter().map(|given| given.card.clone()).collect(),
        query: query.map(|_| sealed()),
        sent,
        is_closed: false,
        was_shown: false,
    };
    let mut opened = opened(given.into_iter().map(|given| given.opened).collect());
    opened.query = query.map(str::to_owned);
    opened.sent = view.sent.as_ref().map(|_| "See you on Friday at ten?".to_owned());
    Sample {
        name,
        content: CardContent::Compose(view),
        opened,
    }
}

/// What was typed stands in the box, as text and as nothing else.
fn drafted() -> Sample {
    let given = vec![Given::new(CardKind::Message, data::message("Could we talk?"))];
    let mut sample = compose(CardKind::WhichThread, "which_thread_draft", given, None, None);
    sample.opened.draft =
        Some("Gladly, **Thursday** at ten? <at>Priya</at> [x](https://evil.example)".into());
    sample
}

fn sent(failed: bool) -> SentView {
    let to = connections().remove(0).card.subject.unwrap();
    let text: Sealed = sealed();
    SentView {
        subject: to,
        text,
        at: at("2026-11-23T14:02:00Z"),
        failed,
    }
}

pub(super) fn all() -> Vec<Sample> {
    [lists(), writing()].into_iter().flatten().collect()
}

fn lists() -> Vec<Sample> {
    let missed = pending();
    let back = CardContent::WelcomeBack {
        link: linked(),
        paused_until: None,
        missed: 9,
        list: Box::new(view(CardKind::WelcomeBack, &missed[..2], 9, 0)),
    };
    // About nothing that has a name.
    let mut plain = vec![Given::new(
        CardKind::Plain,
        data::content(
            "com.chronus.circle.opened",
            json!({ "title": "A new circle for first-time leads", "url": "https://acme.chronus.example/circles/3" }),
        ),
    )];
    plain[0].card.subject = None;
    let meetings = || {
        vec![
            Given::new(
                CardKind::Meeting,
                data::meeting_at(
                    "com.chronus.meeting.scheduled",
                    "2026-12-02T15:30:00Z",
                    "2026-12-02T16:15:00Z",
                )
                .over(&data::meeting()),
            )
            .state(SubjectState::Scheduled),
            Given::new(CardKind::Meeting, data::meeting()),
        ]
    };
    let events = vec![
        Given::new(CardKind::ErgEvent, data::event()).rsvp(Rsvp::Going),
        Given::new(CardKind::ErgEvent, data::event()),
    ];
    let mut one = list(CardKind::Pending, "list_one", pending(), 0, 0);
    if let CardContent::List(view) = &mut one.content {
        view.item = Some(2);
    }
    vec![
        Sample {
            name: "welcome_back",
            content: back,
            opened: opened(missed.into_iter().take(2).map(|given| given.opened).collect()),
        },
        Sample {
            name: "connected_missed",
            content: CardContent::Connected {
                link: linked(),
                paused_until: None,
                list: Box::new(view(CardKind::Connected, &plain, 2, 0)),
            },
            opened: opened(plain.iter().map(|given| given.opened.clone()).collect()),
        },
        Sample {
            name: "resumed_missed",
            content: CardContent::Resumed {
                list: Box::new(view(CardKind::Resumed, &plain, 1, 0)),
            },
            opened: opened(plain.into_iter().map(|given| given.opened).collect()),
        },
        list(CardKind::Pending, "list_pending", pending(), 0, 4),
        list(
            CardKind::Pending,
            "list_pending_answered",
            no_longer_pending(),
            0,
            0,
        ),
        list(CardKind::Pending, "list_pending_none", Vec::new(), 0, 0),
        one,
        list(CardKind::Meetings, "list_meetings", meetings(), 0, 0),
        list(CardKind::Meetings, "list_meetings_none", Vec::new(), 0, 0),
        list(CardKind::Events, "list_events", events, 0, 0),
        list(CardKind::Events, "list_events_none", Vec::new(), 0, 0),
        list(CardKind::Connections, "list_connections", connections(), 0, 0),
        list(CardKind::Connections, "list_connections_none", Vec::new(), 0, 0),
        list(
            CardKind::CatchUp,
            "list_catch_up",
            pending().into_iter().take(3).collect(),
            5,
            0,
        ),
        list(CardKind::CatchUp, "list_catch_up_none", Vec::new(), 2, 0),
        list(
            CardKind::Digest,
            "list_digest",
            vec![
                Given::new(CardKind::Announcement, data::announcement(false)),
                Given::new(CardKind::RecommendedMatch, data::recommended()),
            ],
            0,
            0,
        ),
        list(CardKind::Digest, "list_digest_none", Vec::new(), 0, 0),
    ]
}

fn writing() -> Vec<Sample> {
    let threads = vec![
        Given::new(CardKind::Message, data::message("Could we talk?")),
        Given::new(CardKind::Message, data::group_message("Who brings cake?")),
    ];
    vec![
        compose(CardKind::Compose, "compose", connections(), None, None),
        compose(
            CardKind::Compose,
            "compose_one",
            connections(),
            Some("amelie"),
            None,
        ),
        compose(
            CardKind::Compose,
            "compose_two",
            connections(),
            Some("Priya"),
            None,
        ),
        compose(
            CardKind::Compose,
            "compose_unknown",
            connections(),
            Some("Zoë"),
            None,
        ),
        compose(CardKind::Compose, "compose_nobody", Vec::new(), None, None),
        compose(
            CardKind::Compose,
            "compose_sent",
            connections(),
            Some("Priya Nair"),
            Some(sent(false)),
        ),
        compose(
            CardKind::Compose,
            "compose_not_sent",
            connections(),
            Some("Priya Nair"),
            Some(sent(true)),
        ),
        compose(
            CardKind::WhichThread,
            "which_thread_one",
            vec![Given::new(CardKind::Message, data::message("Could we talk?"))],
            None,
            None,
        ),
        compose(CardKind::WhichThread, "which_thread", threads, None, None),
        drafted(),
    ]
}
