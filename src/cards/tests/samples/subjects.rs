//! Cards about a subject, in each state.

use actors::card::{AnswerView, CardContent, MessageView, SubjectCard};
use chrono::{DateTime, Utc};
use events::organization::{CardKind, ReminderKind, SubjectFacts, SubjectState};
use events::user::{Rsvp, Source};
use events::{MemberId, NotificationId, OrganizationId, PersonId, Sealed, SubjectRef};

use super::data::{self, content};
use super::{Sample, at, opened};
use crate::cards::OpenedSubject;
use crate::cards::content::Content;

/// A sealed text; samples are opened by hand.
pub(super) fn sealed() -> Sealed {
    let organization = OrganizationId::parse("acme").unwrap();
    Sealed {
        person: PersonId::member(&organization, &MemberId::parse("p-17").unwrap()),
        generation: 1,
        ciphertext: "".into(),
    }
}

/// A card about a subject, open and with nothing but its content.
pub(in crate::cards::tests) fn subject_card(kind: CardKind) -> SubjectCard {
    SubjectCard {
        kind,
        notification_id: NotificationId::derive(["sample"]),
        subject: Some(SubjectRef::parse(format!("{}/1", kind.as_str())).unwrap()),
        source: Source::Chat,
        earlier: Vec::new(),
        previous: None,
        original: Source::Chat,
        state: SubjectState::Open,
        at: at("2026-11-23T14:05:00Z"),
        here: false,
        facts: SubjectFacts::default(),
        previous_facts: None,
        answer: None,
        answered_at: None,
        open: true,
        newer: false,
        writes_to: None,
        more: Vec::new(),
    }
}

/// A card's content for [`subject_card`].
pub(in crate::cards::tests) fn subject(original: Content) -> OpenedSubject {
    OpenedSubject {
        newest: original.clone(),
        original,
        ..OpenedSubject::default()
    }
}

/// A sample about a subject, made step by step.
#[derive(Clone)]
pub(super) struct Given {
    pub(super) card: SubjectCard,
    pub(super) opened: OpenedSubject,
}

impl Given {
    pub(super) fn new(kind: CardKind, original: Content) -> Self {
        Self {
            card: subject_card(kind),
            opened: subject(original),
        }
    }

    pub(super) fn state(mut self, state: SubjectState) -> Self {
        self.card.state = state;
        self.card.open = !state.is_final();
        self
    }

    /// The subject changed by a later event.
    fn then(self, state: SubjectState, newest: Content) -> Self {
        let mut changed = self.state(state);
        changed.opened.previous = Some(changed.opened.newest.clone());
        changed.opened.earlier.push(changed.opened.newest.clone());
        changed.opened.newest = newest;
        changed
    }

    /// Whom it is about can be written to.
    pub(super) fn reachable(mut self) -> Self {
        self.card.writes_to = Some(SubjectRef::parse("connection/3").unwrap());
        self
    }

    pub(super) fn here(mut self) -> Self {
        self.card.here = true;
        self
    }

    fn closed(mut self) -> Self {
        self.card.open = false;
        self
    }

    /// A newer card asks the same.
    fn newer(mut self) -> Self {
        self.card.newer = true;
        self.closed()
    }

    pub(super) fn answer(mut self, answer: AnswerView) -> Self {
        self.card.answer = Some(answer);
        self.card.answered_at = Some(at("2026-11-23T13:58:00Z"));
        self
    }

    pub(super) fn rsvp(self, rsvp: Rsvp) -> Self {
        self.answer(AnswerView::Rsvp(rsvp))
    }

    pub(super) fn acknowledge(mut self) -> Self {
        self.card.facts.acknowledge = true;
        self
    }

    fn reminder(mut self, reminder: ReminderKind) -> Self {
        self.card.facts.reminder = Some(reminder);
        self
    }

    pub(super) fn survey_at(self, answers: &[(&str, &str)], current: usize, submitted: bool) -> Self {
        let saved = answers
            .iter()
            .map(|(question, _)| ((*question).to_owned(), sealed()))
            .collect();
        let mut card = self.answer(AnswerView::Survey {
            saved,
            current,
            submitted,
        });
        card.opened.answers = answers
            .iter()
            .map(|(q, a)| ((*q).to_owned(), (*a).to_owned()))
            .collect();
        if submitted { card.closed() } else { card }
    }

    pub(super) fn replied(self, failed: bool, count: u32) -> Self {
        let answer = AnswerView::Replied {
            text: sealed(),
            at: at("2026-11-23T14:01:00Z"),
            failed,
            count,
        };
        let mut card = self.answer(answer);
        card.opened.reply = Some("Gladly, at ten?".into());
        card
    }

    fn with(mut self, text: &str, state: SubjectState, time: &str) -> Self {
        let time: DateTime<Utc> = at(time);
        self.card.more.push(MessageView {
            source: Source::Chat,
            original: Source::Chat,
            state,
            at: time,
        });
        let mut later = data::message(text);
        later.time = Some(time);
        self.opened.more.push(later);
        self
    }

    fn called(self, name: &'static str) -> Sample {
        Sample {
            name,
            content: CardContent::Subject(Box::new(self.card)),
            opened: opened(vec![self.opened]),
        }
    }
}

fn requests() -> Vec<Sample> {
    let request = || Given::new(CardKind::MentoringRequest, data::request());
    let short = data::of_program(
        "com.chronus.mentoring_request.sent",
        data::request_data("Would you be my mentor?"),
    );
    let bare = content("com.chronus.mentoring_request.sent", serde_json::json!({}));
    let mut samples = vec![
        request().called("request"),
        request().newer().called("request_newer"),
        Given::new(CardKind::MentoringRequest, short).called("request_short"),
        Given::new(CardKind::MentoringRequest, bare).called("request_bare"),
        Given::new(
            CardKind::MentoringRequest,
            content("com.chronus.mentoring_request.sent", data::hostile()),
        )
        .called("request_hostile"),
        request()
            .state(SubjectState::Accepted)
            .here()
            .answer(AnswerView::Accepted)
            .called("request_accepted_here"),
        request()
            .state(SubjectState::Accepted)
            .here()
            .answer(AnswerView::Accepted)
            .reachable()
            .called("request_accepted_connected"),
        request()
            .state(SubjectState::Accepted)
            .called("request_accepted_elsewhere"),
        request()
            .state(SubjectState::Declined)
            .here()
            .answer(AnswerView::Declined)
            .called("request_declined_here"),
        request()
            .state(SubjectState::Declined)
            .called("request_declined_elsewhere"),
        request()
            .state(SubjectState::Withdrawn)
            .called("request_withdrawn"),
        request()
            .state(SubjectState::Withdrawn)
            .answer(AnswerView::Accepted)
            .called("request_withdrawn_late"),
        request().state(SubjectState::Expired).called("request_expired"),
        Given::new(CardKind::RequestReminder, data::request()).called("request_reminder"),
        Given::new(CardKind::RequestReminder, data::request())
            .state(SubjectState::Declined)
            .here()
            .answer(AnswerView::Declined)
            .called("request_reminder_declined"),
    ];
    for (name, what, state) in [
        ("outcome_accepted", "accepted", SubjectState::Accepted),
        ("outcome_declined", "declined", SubjectState::Declined),
        ("outcome_withdrawn", "withdrawn", SubjectState::Withdrawn),
        ("outcome_expired", "expired", SubjectState::Expired),
    ] {
        let note = (state == SubjectState::Declined)
            .then_some("I am on leave from January. Please ask Amélie, she is great.");
        let data = serde_json::json!({ "mentor": { "name": "Ana Duarte", "title": "Programme lead" }, "note": note, "url": "https://acme.chronus.example/connections/3" });
        let told = data::of_program(&format!("com.chronus.mentoring_request.{what}"), data);
        samples.push(
            Given::new(CardKind::RequestOutcome, told.clone())
                .state(state)
                .called(name),
        );
        if state == SubjectState::Accepted {
            let card = Given::new(CardKind::RequestOutcome, told)
                .state(state)
                .reachable();
            samples.push(card.called("outcome_connected"));
        }
    }
    samples
}

fn people() -> Vec<Sample> {
    let connection = || Given::new(CardKind::Connection, data::connection()).reachable();
    let notice = || Given::new(CardKind::ConnectionNotice, data::connection()).reachable();
    let suggested = || Given::new(CardKind::RecommendedMatch, data::recommended());
    vec![
        connection().called("connection_started"),
        connection()
            .state(SubjectState::Ending)
            .called("connection_ending"),
        connection().state(SubjectState::Ended).called("connection_ended"),
        notice()
            .state(SubjectState::Ending)
            .called("connection_notice_ending"),
        notice()
            .state(SubjectState::Ended)
            .called("connection_notice_ended"),
        Given::new(CardKind::MeetingFollowUp, data::meeting())
            .reachable()
            .answer(AnswerView::Held(false))
            .closed()
            .called("meeting_not_held_connected"),
        suggested().called("match"),
        suggested()
            .answer(AnswerView::MatchRequested)
            .closed()
            .called("match_requested"),
        suggested()
            .answer(AnswerView::MatchDismissed)
            .closed()
            .called("match_dismissed"),
        suggested()
            .state(SubjectState::Withdrawn)
            .called("match_withdrawn"),
    ]
}

fn meeting_answers() -> Vec<Sample> {
    let asked = || Given::new(CardKind::Meeting, data::meeting());
    let late = at("2026-12-04T11:00:00Z");
    vec![
        asked()
            .answer(AnswerView::SlotAccepted {
                slot: Some("s2".into()),
            })
            .closed()
            .called("meeting_chosen"),
        asked()
            .answer(AnswerView::SlotAccepted { slot: None })
            .closed()
            .called("meeting_accepted"),
        asked()
            .answer(AnswerView::Proposed { starts_at: late })
            .closed()
            .called("meeting_proposed"),
        asked()
            .answer(AnswerView::MeetingDeclined)
            .closed()
            .called("meeting_declined"),
    ]
}

fn meetings() -> Vec<Sample> {
    let asked = || Given::new(CardKind::Meeting, data::meeting());
    let fixed = || {
        data::meeting_at(
            "com.chronus.meeting.scheduled",
            "2026-12-02T15:30:00Z",
            "2026-12-02T16:15:00Z",
        )
    };
    let moved = || {
        data::meeting_at(
            "com.chronus.meeting.moved",
            "2026-12-03T09:00:00Z",
            "2026-12-03T09:45:00Z",
        )
    };
    let cancelled = || {
        data::meeting_at(
            "com.chronus.meeting.cancelled",
            "2026-12-02T15:30:00Z",
            "2026-12-02T16:15:00Z",
        )
    };
    let planned = || asked().then(SubjectState::Scheduled, fixed());
    let of = |kind: CardKind, given: Given| Given {
        card: SubjectCard { kind, ..given.card },
        opened: given.opened,
    };
    let no_slots = content(
        "com.chronus.meeting.requested",
        serde_json::json!({
            "actor": { "name": "Priya Nair" }, "starts_at": "2026-12-02T15:30:00Z", "ends_at": "2026-12-03T16:15:00Z",
        }),
    );
    vec![
        asked().called("meeting"),
        Given::new(CardKind::Meeting, no_slots).called("meeting_one_time"),
        Given::new(
            CardKind::Meeting,
            content("com.chronus.meeting.requested", data::hostile()),
        )
        .called("meeting_hostile"),
        asked().closed().called("meeting_late"),
        planned().called("meeting_scheduled"),
        planned()
            .then(SubjectState::Moved, moved())
            .called("meeting_moved"),
        planned()
            .then(SubjectState::Moved, moved())
            .answer(AnswerView::SlotAccepted { slot: None })
            .called("meeting_moved_accepted"),
        planned()
            .then(SubjectState::Moved, moved())
            .answer(AnswerView::MeetingDeclined)
            .closed()
            .called("meeting_moved_declined"),
        planned()
            .then(SubjectState::Cancelled, cancelled())
            .called("meeting_cancelled"),
        of(CardKind::MeetingNotice, planned()).called("meeting_notice_scheduled"),
        of(
            CardKind::MeetingNotice,
            planned().then(SubjectState::Moved, moved()),
        )
        .called("meeting_notice_moved"),
        of(
            CardKind::MeetingNotice,
            planned().then(SubjectState::Cancelled, cancelled()),
        )
        .called("meeting_notice_cancelled"),
        of(CardKind::MeetingReminder, planned())
            .reminder(ReminderKind::Day)
            .called("meeting_reminder_day"),
        of(CardKind::MeetingReminder, planned())
            .reminder(ReminderKind::Soon)
            .called("meeting_reminder_soon"),
        of(CardKind::MeetingFollowUp, planned()).called("meeting_follow_up"),
        of(CardKind::MeetingFollowUp, planned())
            .answer(AnswerView::Held(true))
            .closed()
            .called("meeting_held"),
        of(CardKind::MeetingFollowUp, planned())
            .answer(AnswerView::Held(false))
            .closed()
            .called("meeting_not_held"),
    ]
}

fn events() -> Vec<Sample> {
    let invited = || Given::new(CardKind::ErgEvent, data::event());
    let updated = || {
        invited()
            .rsvp(Rsvp::Going)
            .then(SubjectState::Updated, data::event_updated())
    };
    let cancelled = || {
        invited()
            .rsvp(Rsvp::Maybe)
            .then(SubjectState::Cancelled, data::event_cancelled())
    };
    let of = |kind: CardKind, given: Given| Given {
        card: SubjectCard { kind, ..given.card },
        opened: given.opened,
    };
    let full = content(
        "com.chronus.erg_event.invited",
        serde_json::json!({ "title": "Panel", "seats_left": 0, "going_count": 1, "starts_at": "2026-12-10T17:00:00Z" }),
    );
    vec![
        invited().called("event"),
        Given::new(CardKind::ErgEvent, full).called("event_full"),
        Given::new(
            CardKind::ErgEvent,
            content("com.chronus.erg_event.invited", data::hostile()),
        )
        .called("event_hostile"),
        invited().rsvp(Rsvp::Going).called("event_going"),
        invited().rsvp(Rsvp::Maybe).called("event_maybe"),
        invited().rsvp(Rsvp::NotGoing).called("event_not_going"),
        updated().called("event_updated"),
        cancelled().called("event_cancelled"),
        of(CardKind::ErgEventNotice, updated()).called("event_notice_updated"),
        of(CardKind::ErgEventNotice, cancelled()).called("event_notice_cancelled"),
        of(CardKind::ErgEventReminder, invited().rsvp(Rsvp::Maybe)).called("event_reminder"),
        Given::new(CardKind::ErgEventFigures, data::event_figures(50, 41, 6)).called("event_figures"),
        Given::new(CardKind::ErgEventFigures, data::event_figures(50, 41, 0)).called("event_figures_waiting"),
        Given::new(CardKind::ErgEventFigures, data::event_figures(41, 41, 0)).called("event_figures_all"),
    ]
}

fn broadcasts() -> Vec<Sample> {
    let announced = |acknowledge| Given::new(CardKind::Announcement, data::announcement(acknowledge));
    let survey = || Given::new(CardKind::Survey, data::survey());
    let long = data::of_program(
        "com.chronus.survey.requested",
        serde_json::json!({
            "title": "Yearly survey", "purpose": "How the whole year went.", "minutes": 15, "link_only": true, "anonymous": false,
            "url": "https://acme.chronus.example/surveys/5",
        }),
    );
    let nowhere = content(
        "com.chronus.survey.requested",
        serde_json::json!({ "title": "Yearly survey", "link_only": true }),
    );
    let nudge = |given: Given| Given {
        card: SubjectCard {
            kind: CardKind::SurveyReminder,
            ..given.card
        },
        opened: given.opened,
    };
    let plain = |event_type: &str, data| Given::new(CardKind::Plain, content(event_type, data));
    let news = serde_json::json!({
        "title": "A new circle for first-time leads", "body": "Six people, one hour every second Tuesday.\n\nIt starts in *January*.",
        "url": "https://acme.chronus.example/circles/3", "url_label": "See the circle", "program": "Spring Mentoring 2027",
    });
    let mistake = serde_json::json!({ "mistake": true });
    vec![
        announced(false).called("announcement"),
        announced(true)
            .acknowledge()
            .called("announcement_to_acknowledge"),
        announced(true)
            .acknowledge()
            .answer(AnswerView::Acknowledged)
            .called("announcement_acknowledged"),
        announced(false)
            .state(SubjectState::Withdrawn)
            .called("announcement_withdrawn"),
        announced(true)
            .then(
                SubjectState::Withdrawn,
                content("com.chronus.announcement.withdrawn", mistake),
            )
            .called("announcement_withdrawn_mistake"),
        survey().called("survey_rating"),
        survey().newer().called("survey_newer"),
        survey()
            .survey_at(&[("q1", "4")], 1, false)
            .called("survey_choice"),
        survey()
            .survey_at(&[("q1", "4"), ("q2", "topics")], 2, false)
            .called("survey_text"),
        survey()
            .survey_at(&[("q1", "4"), ("q2", "topics")], 0, false)
            .called("survey_back"),
        survey()
            .survey_at(&[("q1", "4"), ("q2", "topics")], 3, false)
            .called("survey_review"),
        survey()
            .survey_at(&[("q1", "4")], 3, true)
            .called("survey_submitted"),
        survey().state(SubjectState::Closed).called("survey_closed"),
        Given::new(CardKind::Survey, long).called("survey_long"),
        Given::new(CardKind::Survey, nowhere).called("survey_elsewhere"),
        nudge(survey()).called("survey_reminder"),
        nudge(survey().survey_at(&[("q1", "4")], 1, false)).called("survey_reminder_begun"),
        plain("com.chronus.circle.opened", news).called("plain"),
        plain("com.chronus.erg_event.merged", serde_json::json!({})).called("plain_bare"),
        plain("com.chronus.x.y", data::hostile()).called("plain_hostile"),
        plain(
            "com.chronus.mentoring_request.paused",
            serde_json::json!({ "title": "On hold" }),
        )
        .state(SubjectState::Accepted)
        .called("plain_ended"),
    ]
}

fn messages() -> Vec<Sample> {
    let message = || {
        Given::new(
            CardKind::Message,
            data::message("Could we talk about the new team?\nIt starts earlier than I thought."),
        )
    };
    let group = || {
        Given::new(
            CardKind::Message,
            data::group_message("Who brings cake to the winter circle?"),
        )
    };
    let several = || {
        message()
            .with(
                "I mean in January already.",
                SubjectState::Open,
                "2026-11-23T09:14:00Z",
            )
            .with(
                "Sorry, wrong thread.",
                SubjectState::Deleted,
                "2026-11-23T09:15:00Z",
            )
            .with(
                "Friday at ten would be good for me.",
                SubjectState::Edited,
                "2026-11-23T09:16:00Z",
            )
    };
    let failed = content(
        "com.chronus.message.not_delivered",
        serde_json::json!({
            "to": { "name": "Priya Nair" }, "text": "Gladly, at ten?", "reason": "Priya has left the programme.", "url": "https://acme.chronus.example/threads/55",
        }),
    );
    let lost = message().state(SubjectState::Failed).replied(true, 1);
    let task = || Given::new(CardKind::Task, data::task());
    vec![
        message().called("message"),
        group().called("message_group"),
        Given::new(
            CardKind::Message,
            content("com.chronus.message.sent", data::hostile()),
        )
        .called("message_hostile"),
        message().state(SubjectState::Edited).called("message_edited"),
        message().state(SubjectState::Deleted).called("message_deleted"),
        several().called("message_several"),
        message().replied(false, 1).called("message_replied"),
        message().replied(false, 3).called("message_replied_more"),
        message().replied(true, 1).called("message_reply_failed"),
        Given::new(CardKind::MessageNotice, failed)
            .state(SubjectState::Failed)
            .called("message_not_delivered"),
        Given {
            card: SubjectCard {
                kind: CardKind::MessageNotice,
                ..lost.card
            },
            ..lost
        }
        .called("message_not_taken"),
        task().called("task"),
        Given {
            card: SubjectCard {
                kind: CardKind::TaskReminder,
                ..task().card
            },
            opened: task().opened,
        }
        .called("task_reminder"),
        task()
            .answer(AnswerView::Completed)
            .state(SubjectState::Completed)
            .called("task_done"),
        task().state(SubjectState::Withdrawn).called("task_withdrawn"),
    ]
}

pub(super) fn all() -> Vec<Sample> {
    [
        requests(),
        people(),
        meetings(),
        meeting_answers(),
        events(),
        broadcasts(),
        messages(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
