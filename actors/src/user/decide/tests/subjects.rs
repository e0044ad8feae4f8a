//! Cards that live: what changes, who is told, and what an answer does.

use events::organization::{ReminderKind, Slot};
use events::user::Rsvp;

use super::*;
use crate::card::AnswerView;

const MEETING: &str = "meeting/9";
const EVENT: &str = "erg_event/7";

fn subject(name: &str) -> SubjectRef {
    SubjectRef::parse(name).unwrap()
}

fn hours(user: &User, hours: i64) -> DateTime<Utc> {
    user.now + TimeDelta::hours(hours)
}

fn starting(at: DateTime<Utc>) -> SubjectFacts {
    SubjectFacts {
        starts_at: Some(at),
        ..SubjectFacts::default()
    }
}

fn with_meeting(slots: usize) -> (User, NotificationId) {
    let mut user = User::installed();
    let slot = |number: usize| Slot {
        id: number.to_string(),
        starts_at: hours(&user, 24 * i64::try_from(number).unwrap()),
        ends_at: None,
    };
    let facts = SubjectFacts {
        slots: (1..=slots).map(slot).collect(),
        ..SubjectFacts::default()
    };
    let id = user.gets(about(1, CardKind::Meeting, MEETING, facts));
    (user, id)
}

fn with_event(rsvp: Option<Rsvp>) -> (User, NotificationId) {
    let mut user = User::installed();
    let facts = starting(hours(&user, 100));
    let id = user.gets(about(1, CardKind::ErgEvent, EVENT, facts));
    if let Some(rsvp) = rsvp {
        user.presses(press(1, Act::Rsvp(rsvp)));
    }
    (user, id)
}

fn meeting_change(state: SubjectState, name: &str, position: u64, facts: SubjectFacts) -> SubjectRoute {
    SubjectRoute {
        facts: Some(facts),
        ..change(subject(MEETING), CardKind::Meeting, state, name, position)
    }
}

#[test]
fn a_meeting_is_accepted_at_one_of_its_times_once() {
    let (mut user, id) = with_meeting(3);
    let accept = |slot: Option<&str>| {
        press(
            1,
            Act::AcceptMeeting {
                slot: slot.map(str::to_owned),
            },
        )
    };
    assert_eq!(
        user.presses(accept(None)),
        ["NotificationSeen", "CardUpdateQueued", "ActionIgnored"]
    );
    assert_eq!(
        user.presses(accept(Some("4"))),
        ["CardUpdateQueued", "ActionIgnored"]
    );
    assert_eq!(
        user.presses(accept(Some("2"))),
        ["MeetingAccepted", "CardUpdateQueued"]
    );
    assert_eq!(user.presses(accept(Some("2"))), ["ActionIgnored"]);
    assert_eq!(
        user.subject_card(id).answer,
        Some(AnswerView::SlotAccepted {
            slot: Some("2".into())
        })
    );
}

#[test]
fn another_time_is_proposed_in_the_persons_own_zone() {
    let (mut user, id) = with_meeting(1);
    user.lives_in("America/New_York");
    let at = "1970-01-10T09:30:00".parse().unwrap();
    let propose = press(
        1,
        Act::ProposeMeeting {
            at: Some(at),
            note: None,
        },
    );
    assert_eq!(
        user.presses(propose.clone()),
        ["NotificationSeen", "MeetingProposed", "CardUpdateQueued"]
    );
    assert_eq!(user.presses(propose), ["ActionIgnored"]);
    let Some(AnswerView::Proposed { starts_at }) = user.subject_card(id).answer else {
        panic!("nothing proposed")
    };
    assert_eq!(starts_at.to_rfc3339(), "1970-01-10T14:30:00+00:00");
    // The offered time can still be taken.
    assert_eq!(
        user.presses(press(1, Act::AcceptMeeting { slot: None })),
        ["MeetingAccepted", "CardUpdateQueued"]
    );
}

#[test]
fn a_moved_meeting_changes_its_card_tells_with_one_short_card_and_asks_anew() {
    let (mut user, id) = with_meeting(1);
    user.presses(press(1, Act::AcceptMeeting { slot: None }));
    let first = starting(hours(&user, 24));
    user.learns(meeting_change(SubjectState::Scheduled, "s", 10, first));
    user.now += TimeDelta::hours(1);
    let later = starting(hours(&user, 72));
    let moved = meeting_change(SubjectState::Moved, "m", 11, later.clone());
    assert_eq!(
        user.learns(moved.clone()),
        ["SubjectChanged", "CardUpdateQueued", "NotificationQueued"]
    );
    assert_eq!(user.newest().card, CardKind::MeetingNotice);
    assert!(user.learns(moved).is_empty());
    let card = user.subject_card(id);
    assert_eq!((card.state, card.answer), (SubjectState::Moved, None));
    assert_eq!(card.facts.starts_at, later.starts_at);
    assert_ne!(card.previous_facts.unwrap().starts_at, later.starts_at);
    assert!(card.previous.is_some());
}

#[test]
fn a_time_that_is_fixed_settles_what_was_proposed_before_and_not_what_is_proposed_after() {
    let (mut user, id) = with_meeting(2);
    let propose = |at: &str| {
        press(
            1,
            Act::ProposeMeeting {
                at: Some(at.parse().unwrap()),
                note: None,
            },
        )
    };
    user.presses(propose("1970-01-10T09:30:00"));
    user.now += TimeDelta::hours(1);
    let fixed = starting("1970-01-10T09:30:00Z".parse().unwrap());
    let scheduled = meeting_change(SubjectState::Scheduled, "s1", 11, fixed.clone());
    assert_eq!(
        user.learns(scheduled),
        ["SubjectChanged", "CardUpdateQueued", "NotificationQueued"]
    );
    let notice = user.newest().id;
    assert_eq!(
        user.state.notification(notice).unwrap().card,
        CardKind::MeetingNotice
    );
    for card in [id, notice] {
        let shown = user.subject_card(card);
        assert_eq!((shown.state, shown.answer), (SubjectState::Scheduled, None));
    }

    user.now += TimeDelta::hours(1);
    user.presses(propose("1970-01-11T09:30:00"));
    assert!(matches!(
        user.subject_card(id).answer,
        Some(AnswerView::Proposed { .. })
    ));

    // Confirmed again, be it as it was.
    user.now += TimeDelta::hours(1);
    user.learns(meeting_change(SubjectState::Scheduled, "s2", 12, fixed));
    assert_eq!(user.subject_card(id).answer, None);
}

#[test]
fn who_declined_a_meeting_hears_no_more_of_it_but_their_card_is_true() {
    let (mut user, id) = with_meeting(1);
    user.presses(press(1, Act::DeclineMeeting { note: None }));
    let cancelled = meeting_change(SubjectState::Cancelled, "c", 11, SubjectFacts::default());
    assert_eq!(user.learns(cancelled), ["SubjectChanged", "CardUpdateQueued"]);
    assert_eq!(user.subject_card(id).state, SubjectState::Cancelled);
}

#[test]
fn an_older_word_that_comes_late_changes_nothing_newer() {
    let (mut user, id) = with_meeting(1);
    let facts = || starting(DateTime::UNIX_EPOCH + TimeDelta::days(5));
    user.learns(meeting_change(SubjectState::Moved, "new", 12, facts()));
    let late = meeting_change(SubjectState::Scheduled, "old", 11, facts());
    // It may tell what the newer one left out, a title say, so the card is rendered again.
    assert_eq!(user.learns(late), ["SubjectChanged", "CardUpdateQueued"]);
    assert_eq!(user.subject_card(id).state, SubjectState::Moved);
}

#[test]
fn a_reminder_of_a_time_that_is_no_more_is_not_sent() {
    let (mut user, _) = with_meeting(1);
    let old = hours(&user, 24);
    user.learns(meeting_change(SubjectState::Scheduled, "s", 10, starting(old)));
    user.hears(about(2, CardKind::MeetingReminder, MEETING, starting(old)));
    user.learns(meeting_change(
        SubjectState::Moved,
        "m",
        11,
        starting(hours(&user, 90)),
    ));
    assert_eq!(user.begins(card(2)), ["NotificationSuppressed"]);
    user.hears(about(
        3,
        CardKind::MeetingReminder,
        MEETING,
        starting(hours(&user, 90)),
    ));
    user.learns(meeting_change(
        SubjectState::Cancelled,
        "c",
        12,
        SubjectFacts::default(),
    ));
    assert_eq!(user.phase(3), Phase::Withdrawn);
    user.hears(about(
        4,
        CardKind::MeetingReminder,
        MEETING,
        starting(hours(&user, 90)),
    ));
    assert_eq!(user.phase(4), Phase::Withdrawn);
}

#[test]
fn whether_a_meeting_took_place_is_told_once_and_apart_from_the_answer_to_it() {
    let (mut user, _) = with_meeting(1);
    user.presses(press(1, Act::AcceptMeeting { slot: None }));
    user.now += TimeDelta::days(2);
    let id = user.gets(about(
        2,
        CardKind::MeetingFollowUp,
        MEETING,
        SubjectFacts::default(),
    ));
    let held = |held| press(2, Act::TellMeetingHeld { held });
    let told = user.presses(held(true));
    assert_eq!(told[..2], ["NotificationSeen", "MeetingHeld"]);
    assert_eq!(user.presses(held(true)), ["ActionIgnored"]);
    assert_eq!(user.presses(held(false)), ["CardUpdateQueued", "ActionIgnored"]);
    assert_eq!(user.subject_card(id).answer, Some(AnswerView::Held(true)));
}

#[test]
fn an_invitation_may_be_answered_otherwise_and_only_a_change_is_an_answer() {
    let (mut user, id) = with_event(None);
    assert_eq!(
        user.presses(press(1, Act::Rsvp(Rsvp::Going))),
        ["NotificationSeen", "EventRsvpGiven", "CardUpdateQueued"]
    );
    assert_eq!(user.presses(press(1, Act::Rsvp(Rsvp::Going))), ["ActionIgnored"]);
    assert_eq!(
        user.presses(press(1, Act::Rsvp(Rsvp::NotGoing))),
        ["EventRsvpGiven", "CardUpdateQueued"]
    );
    assert_eq!(
        user.subject_card(id).answer,
        Some(AnswerView::Rsvp(Rsvp::NotGoing))
    );
}

#[test]
fn a_cancelled_event_is_told_to_those_who_come_or_may_come_and_to_nobody_else() {
    for (rsvp, told) in [
        (Some(Rsvp::Going), true),
        (Some(Rsvp::Maybe), true),
        (Some(Rsvp::NotGoing), false),
        (None, false),
    ] {
        let (mut user, id) = with_event(rsvp);
        let cancelled = change(
            subject(EVENT),
            CardKind::ErgEvent,
            SubjectState::Cancelled,
            "c",
            11,
        );
        let events = user.learns(cancelled);
        assert_eq!(events.contains(&"NotificationQueued"), told, "{rsvp:?}");
        assert_eq!(events[..2], ["SubjectChanged", "CardUpdateQueued"]);
        assert_eq!(user.subject_card(id).state, SubjectState::Cancelled);
        assert_eq!(
            user.presses(press(1, Act::Rsvp(Rsvp::Going))).last(),
            Some(&"ActionIgnored")
        );
    }
}

#[test]
fn an_update_of_an_event_is_told_only_where_time_or_place_changed() {
    let (mut user, _) = with_event(Some(Rsvp::Going));
    let updated = |name: &str, position, facts| SubjectRoute {
        facts: Some(facts),
        ..change(
            subject(EVENT),
            CardKind::ErgEvent,
            SubjectState::Updated,
            name,
            position,
        )
    };
    assert_eq!(
        user.learns(updated("words", 11, SubjectFacts::default())),
        ["SubjectChanged", "CardUpdateQueued"]
    );
    let later = starting(hours(&user, 200));
    assert_eq!(
        user.learns(updated("time", 12, later)).last(),
        Some(&"NotificationQueued")
    );
}

#[test]
fn an_event_is_recalled_only_to_those_who_come_or_may_come() {
    for (rsvp, sent) in [
        (Some(Rsvp::Maybe), true),
        (Some(Rsvp::NotGoing), false),
        (None, false),
    ] {
        let (mut user, _) = with_event(rsvp);
        let facts = SubjectFacts {
            reminder: Some(ReminderKind::Day),
            ..starting(hours(&user, 100))
        };
        user.hears(about(2, CardKind::ErgEventReminder, EVENT, facts));
        assert_eq!(user.begins(card(2)) == ["DeliveryAttempted"], sent, "{rsvp:?}");
    }
}

#[test]
fn a_request_accepted_here_and_withdrawn_after_shows_both() {
    let mut user = User::with_delivered_request(1);
    user.presses(ACCEPT(1));
    user.when(&resolved(SubjectState::Withdrawn, "w"));
    let shown = user.subject_card(card(1));
    assert_eq!(shown.state, SubjectState::Withdrawn);
    assert_eq!((shown.answer, shown.here), (Some(AnswerView::Accepted), false));
}

#[test]
fn announcements_matches_and_tasks_are_answered_once() {
    let acknowledged = SubjectFacts {
        acknowledge: true,
        ..SubjectFacts::default()
    };
    for (kind, name, facts, act, event) in [
        (
            CardKind::Announcement,
            "announcement/1",
            acknowledged,
            Act::Acknowledge,
            "AnnouncementAcknowledged",
        ),
        (
            CardKind::RecommendedMatch,
            "recommended_match/1",
            SubjectFacts::default(),
            Act::RequestMatch {
                message: Some(super::messages::words("aa")),
            },
            "MatchRequested",
        ),
        (
            CardKind::RecommendedMatch,
            "recommended_match/1",
            SubjectFacts::default(),
            Act::DismissMatch,
            "MatchDismissed",
        ),
        (
            CardKind::Task,
            "task/1",
            SubjectFacts::default(),
            Act::CompleteTask,
            "TaskCompleted",
        ),
    ] {
        let mut user = User::installed();
        user.gets(about(1, kind, name, facts));
        assert_eq!(
            user.presses(press(1, act.clone())),
            ["NotificationSeen", event, "CardUpdateQueued"]
        );
        assert_eq!(user.presses(press(1, act)), ["ActionIgnored"]);
    }
}

#[test]
fn an_announcement_that_asks_for_nothing_cannot_be_acknowledged() {
    let mut user = User::installed();
    user.gets(about(
        1,
        CardKind::Announcement,
        "announcement/1",
        SubjectFacts::default(),
    ));
    assert_eq!(
        user.presses(press(1, Act::Acknowledge)).last(),
        Some(&"ActionIgnored")
    );
}

#[test]
fn the_end_of_a_connection_is_a_card_of_its_own() {
    let mut user = User::installed();
    let name = "connection/3";
    user.gets(about(1, CardKind::Connection, name, SubjectFacts::default()));
    let ending = change(subject(name), CardKind::Connection, SubjectState::Ending, "e", 11);
    assert_eq!(
        user.learns(ending),
        ["SubjectChanged", "CardUpdateQueued", "NotificationQueued"]
    );
    assert_eq!(user.newest().card, CardKind::ConnectionNotice);
}

#[test]
fn an_act_that_a_card_does_not_offer_does_nothing() {
    let mut user = User::with_delivered_request(1);
    for act in [
        Act::CompleteTask,
        Act::Rsvp(Rsvp::Going),
        Act::AcceptMeeting { slot: None },
        Act::BackInSurvey,
        Act::Acknowledge,
        Act::Unknown,
    ] {
        assert_eq!(user.presses(press(1, act)).last(), Some(&"ActionIgnored"));
    }
    assert!(user.state.subjects[&request()].answer.is_none());
}

#[test]
fn a_notice_knows_everything_that_was_said_of_its_subject_before() {
    let (mut user, id) = with_meeting(1);
    let first = starting(hours(&user, 24));
    user.learns(meeting_change(SubjectState::Scheduled, "s", 10, first));
    let later = starting(hours(&user, 72));
    user.learns(meeting_change(SubjectState::Moved, "m", 11, later));
    user.learns(meeting_change(
        SubjectState::Cancelled,
        "c",
        12,
        SubjectFacts::default(),
    ));
    assert_eq!(user.newest().card, CardKind::MeetingNotice);
    let notice = user.subject_card(user.newest().id);
    let living = user.subject_card(id);
    assert_eq!(notice.earlier.len(), 3, "asked, scheduled, moved");
    assert_eq!(notice.earlier[0], living.original);
    assert_eq!(notice.earlier, living.earlier);
    // Of very many the first and the last few.
    for number in 0..20_u64 {
        let moved = starting(hours(&user, 100 + i64::try_from(number).unwrap()));
        user.learns(meeting_change(
            SubjectState::Moved,
            &number.to_string(),
            20 + number,
            moved,
        ));
    }
    let living = user.subject_card(id);
    assert!(living.earlier.len() <= 6);
    assert_eq!(living.earlier[0], living.original);
}

#[test]
fn the_card_of_a_listed_thing_comes_again_and_is_answered_like_the_first() {
    let mut user = User::with_delivered_request(1);
    let show = Press {
        on: None,
        subject: Some(request()),
        line: None,
        ..press(1, Act::Show)
    };
    assert_eq!(user.presses(show), ["NotificationQueued"]);
    let again = user.newest().id;
    user.is_delivered(again);
    assert_eq!(
        user.subject_card(again).original,
        user.subject_card(card(1)).original
    );
    let accept = Press {
        on: Some(again),
        ..ACCEPT(1)
    };
    assert_eq!(
        user.presses(accept),
        [
            "NotificationSeen",
            "RequestAccepted",
            "CardUpdateQueued",
            "CardUpdateQueued"
        ]
    );
    // What is not this person's shows what waits instead.
    let other = Press {
        on: None,
        subject: Some(SubjectRef::parse("mentoring_request/99").unwrap()),
        line: None,
        ..press(1, Act::Show)
    };
    user.presses(other);
    assert_eq!(user.newest().card, CardKind::Pending);
}

#[test]
fn a_moved_meeting_is_not_accepted_from_a_form_that_shows_its_old_time() {
    let (mut user, id) = with_meeting(1);
    let later = starting(hours(&user, 72));
    user.learns(meeting_change(SubjectState::Moved, "m", 11, later));
    let accept = |revision: u32| Press {
        revision: Some(revision),
        ..press(1, Act::AcceptMeeting { slot: None })
    };
    assert_eq!(user.presses(accept(1)).last(), Some(&"ActionIgnored"));
    assert_eq!(user.subject_card(id).answer, None);
    let told = user.state.notification(id).unwrap().fault;
    assert_eq!(told, Some(events::user::InputFault::Changed));
    // The form that says so, and shows the time that holds now.
    assert!(user.presses(accept(3)).contains(&"MeetingAccepted"));
}

#[test]
fn a_request_whose_connection_ended_is_drawn_anew_without_a_way_to_write() {
    let mut user = User::installed();
    let with = || SubjectFacts {
        counterpart: Some(events::MemberId::parse("m9").unwrap()),
        ..SubjectFacts::default()
    };
    user.gets(about(
        1,
        CardKind::MentoringRequest,
        "mentoring_request/1",
        with(),
    ));
    user.presses(ACCEPT(1));
    user.gets(about(2, CardKind::Connection, "connection/4", with()));
    assert!(user.subject_card(card(1)).writes_to.is_some());
    let ended = change(
        subject("connection/4"),
        CardKind::Connection,
        SubjectState::Ended,
        "ended",
        30,
    );
    user.learns(ended);
    assert!(user.subject_card(card(1)).writes_to.is_none());
    let request = user.state.notification(card(1)).unwrap();
    assert!(
        request.wanted > request.shown,
        "the card in the chat still offers it"
    );
}

#[test]
fn a_time_that_has_begun_is_not_accepted_and_one_ahead_is() {
    let accept = |slot: &str| {
        press(
            1,
            Act::AcceptMeeting {
                slot: Some(slot.to_owned()),
            },
        )
    };
    let (mut user, id) = with_meeting(2);
    user.now += TimeDelta::hours(25);
    assert!(user.presses(accept("1")).ends_with(&["ActionIgnored"]));
    assert_eq!(user.subject_card(id).answer, None);
    let fault = user.state.notification(id).unwrap().fault;
    assert_eq!(fault, Some(events::user::InputFault::BadTime));
    assert!(user.presses(accept("2")).contains(&"MeetingAccepted"));

    // Once the last has begun there is nothing to accept, by a command either.
    for typed_too in [false, true] {
        let (mut user, id) = with_meeting(1);
        user.now += TimeDelta::hours(25);
        assert!(!user.subject_card(id).open);
        if typed_too {
            user.receives(What::Typed(Typed::plain(Command::Accept)));
        } else {
            user.presses(accept("1"));
        }
        assert_eq!(user.subject_card(id).answer, None);
    }
}

#[test]
fn an_older_word_right_behind_a_cancellation_leaves_its_notice() {
    let (mut user, _) = with_event(Some(Rsvp::Going));
    let told = |state, name: &str, position, minutes: i64| SubjectRoute {
        happened_at: Some(DateTime::UNIX_EPOCH + TimeDelta::days(1) + TimeDelta::minutes(minutes)),
        facts: Some(starting(hours(&user, 100))),
        ..change(subject(EVENT), CardKind::ErgEvent, state, name, position)
    };
    let cancelled = told(SubjectState::Cancelled, "cancelled", 20, 30);
    let late = told(SubjectState::Updated, "updated", 21, 10);
    assert!(user.learns(cancelled).contains(&"NotificationQueued"));
    let notice = user.newest().id;
    assert!(!user.learns(late).contains(&"NotificationWithdrawn"));
    assert_eq!(user.begins(notice), ["DeliveryAttempted"]);
}
