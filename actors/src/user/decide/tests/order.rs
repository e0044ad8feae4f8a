//! What happened decides, not in which order it is heard: whatever comes late finds its place and undoes nothing.

use proptest::prelude::*;

use super::*;
use crate::user::subject::Subject;

const MEETING: &str = "meeting/9";

fn at(minutes: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::minutes(minutes)
}

fn meeting() -> SubjectRef {
    SubjectRef::parse(MEETING).unwrap()
}

fn starting(day: i64) -> SubjectFacts {
    SubjectFacts {
        starts_at: Some(at(0) + TimeDelta::days(100 + day)),
        ..SubjectFacts::default()
    }
}

/// A change of the meeting that happened at this minute and is heard as the `position`th.
fn happened(minute: i64, state: SubjectState, position: u64) -> SubjectRoute {
    SubjectRoute {
        facts: (state != SubjectState::Cancelled).then(|| starting(minute)),
        happened_at: Some(at(minute)),
        ..change(meeting(), CardKind::Meeting, state, &minute.to_string(), position)
    }
}

/// The card by which the person hears of the meeting first.
fn first(change: &SubjectRoute) -> Route {
    Route {
        source: change.source.clone().unwrap(),
        state: Some(change.state),
        happened_at: change.happened_at,
        facts: change.facts.clone(),
        ..about(1, CardKind::Meeting, MEETING, SubjectFacts::default())
    }
}

fn known(user: &User) -> &Subject {
    &user.state.subjects[&meeting()]
}

/// Hears of the changes in this order, of the first one by a card.
fn hears(changes: &[SubjectRoute]) -> User {
    let mut user = User::installed();
    let (card, rest) = changes.split_first().unwrap();
    user.gets(first(card));
    for change in rest {
        user.now += TimeDelta::minutes(1);
        user.learns(change.clone());
    }
    user
}

#[test]
fn a_change_that_comes_late_does_not_undo_a_newer_one() {
    use SubjectState::{Moved, Scheduled};
    let mut user = hears(&[happened(0, Scheduled, 1), happened(20, Moved, 2)]);
    let events = user.learns(happened(10, Moved, 3));
    assert_eq!(known(&user).facts, starting(20));
    assert_eq!(known(&user).state, Moved);
    assert!(!events.contains(&"NotificationQueued"), "{events:?}");
    assert_eq!(user.subject_card(card(1)).facts, starting(20));
}

#[test]
fn a_change_that_comes_late_reopens_nothing_that_was_cancelled() {
    use SubjectState::{Cancelled, Moved, Scheduled};
    let mut user = hears(&[happened(0, Scheduled, 1), happened(20, Cancelled, 2)]);
    user.learns(happened(10, Moved, 3));
    assert_eq!(known(&user).state, Cancelled);
    // What happened after the cancellation counts.
    user.learns(happened(30, Scheduled, 4));
    assert_eq!(known(&user).state, Scheduled);
}

#[test]
fn of_equal_times_the_place_in_the_log_decides() {
    use SubjectState::{Moved, Scheduled};
    let changes = [happened(0, Scheduled, 1), happened(10, Moved, 2)];
    let again = SubjectRoute {
        facts: Some(starting(99)),
        ..change(meeting(), CardKind::Meeting, Moved, "again", 3)
    };
    let again = SubjectRoute {
        happened_at: Some(at(10)),
        ..again
    };
    assert_eq!(
        known(&hears(&[changes[0].clone(), changes[1].clone(), again.clone()])).facts,
        starting(99)
    );
    assert_eq!(
        known(&hears(&[changes[0].clone(), again, changes[1].clone()])).facts,
        starting(99)
    );
}

#[test]
fn whoever_hears_late_gets_what_is_so_and_nothing_of_what_ended() {
    use SubjectState::{Cancelled, Moved, Scheduled};
    let late = |newer: SubjectRoute| Route {
        changes: vec![newer],
        ..first(&happened(0, Scheduled, 2))
    };
    let mut user = User::installed();
    assert_eq!(
        user.hears(late(happened(20, Moved, 1))),
        ["MemberLinked", "NotificationQueued", "SubjectChanged"]
    );
    assert_eq!(user.subject_card(card(1)).facts, starting(20));
    assert_eq!(
        user.state.notification(card(1)).unwrap().expires_at,
        starting(20).starts_at.unwrap()
    );

    let mut user = User::installed();
    let events = user.hears(late(happened(20, Cancelled, 1)));
    assert_eq!(events.last(), Some(&"NotificationWithdrawn"), "{events:?}");
}

#[test]
fn an_older_request_for_what_the_person_has_a_newer_card_about_is_not_sent() {
    let mut user = hears(&[happened(20, SubjectState::Scheduled, 1)]);
    let older = Route {
        state: Some(SubjectState::Open),
        happened_at: Some(at(10)),
        facts: Some(starting(10)),
        ..about(2, CardKind::Meeting, MEETING, SubjectFacts::default())
    };
    let events = user.hears(older);
    assert_eq!(events.last(), Some(&"NotificationSuppressed"), "{events:?}");
    assert_eq!(known(&user).facts, starting(20));
}

#[test]
fn an_answer_to_the_old_time_is_none_to_the_new_one_whenever_that_happened() {
    use SubjectState::{Moved, Scheduled};
    let mut user = hears(&[happened(0, Scheduled, 1)]);
    user.now += TimeDelta::minutes(30);
    user.presses(Press {
        on: Some(card(1)),
        revision: None,
        subject: None,
        line: None,
        act: Act::AcceptMeeting { slot: None },
        input: crate::user::command::PressInput::default(),
    });
    assert!(known(&user).standing_answer().is_some());
    // It was moved before the person answered, and they hear of it after.
    user.now += TimeDelta::minutes(5);
    user.learns(happened(20, Moved, 2));
    assert!(known(&user).standing_answer().is_none());
}

#[test]
fn a_message_taken_back_stays_so_whatever_comes_after() {
    let thread = SubjectRef::parse("thread/55").unwrap();
    let facts = SubjectFacts {
        message_id: Some("m1".into()),
        ..SubjectFacts::default()
    };
    let edited = |minute: i64, state: SubjectState, position| SubjectRoute {
        facts: Some(facts.clone()),
        happened_at: Some(at(minute)),
        ..change(
            thread.clone(),
            CardKind::Message,
            state,
            &minute.to_string(),
            position,
        )
    };
    let message = Route {
        happened_at: Some(at(0)),
        ..about(1, CardKind::Message, "thread/55", facts.clone())
    };
    let (delete, edit) = (
        edited(20, SubjectState::Deleted, 2),
        edited(10, SubjectState::Edited, 3),
    );
    let mut user = User::installed();
    user.gets(message.clone());
    user.learns(delete.clone());
    user.learns(edit.clone());
    assert_eq!(user.subject_card(card(1)).state, SubjectState::Deleted);

    // Edited before it is sent: its newest words are shown. Taken back before it is sent: it is not sent.
    for (changes, last) in [
        (vec![edit.clone()], "SubjectChanged"),
        (vec![edit, delete], "NotificationWithdrawn"),
    ] {
        let mut user = User::installed();
        let events = user.hears(Route {
            changes,
            ..message.clone()
        });
        assert_eq!(events.last(), Some(&last));
    }
}

fn histories() -> impl Strategy<Value = (Vec<(i64, SubjectState)>, Vec<usize>)> {
    use SubjectState::{Cancelled, Moved, Open, Scheduled};
    let state = proptest::sample::select(vec![Open, Scheduled, Moved, Cancelled]);
    proptest::collection::vec(state, 1..9).prop_flat_map(|states| {
        let order: Vec<usize> = (0..states.len()).collect();
        let told = (0..).map(|n| n * 10).zip(states).collect();
        (Just(told), Just(order).prop_shuffle())
    })
}

proptest! {
    #[test]
    fn what_is_known_in_the_end_does_not_hang_on_the_order_of_hearing((told, order) in histories()) {
        let told_as = |order: &[usize]| -> Vec<SubjectRoute> {
            let heard = (1..).zip(order);
            heard.map(|(position, index)| happened(told[*index].0, told[*index].1, position)).collect()
        };
        let in_time: Vec<usize> = (0..told.len()).collect();
        let (in_time, shuffled) = (hears(&told_as(&in_time)), hears(&told_as(&order)));
        let (a, b) = (known(&in_time), known(&shuffled));
        prop_assert_eq!((a.state, a.at, a.kind), (b.state, b.at, b.kind));
        prop_assert_eq!((&a.facts, &a.previous_facts), (&b.facts, &b.previous_facts));
        let event = |source: &Option<Source>| match source {
            Some(Source::DomainEvent { event_id, .. }) => Some(*event_id),
            Some(Source::Chat) | None => None,
        };
        prop_assert_eq!((event(&a.source), event(&a.previous)), (event(&b.source), event(&b.previous)));
    }
}

#[test]
fn what_is_asked_for_again_after_its_end_is_open_and_an_older_word_that_it_is_open_is_not() {
    use SubjectState::{Cancelled, Open, Scheduled};
    let opened = |minutes, position| {
        let told = first(&happened(minutes, Open, position));
        Route {
            notification_id: card(2),
            ..told
        }
    };
    for (minutes, state) in [(30, Open), (10, Cancelled)] {
        let mut user = hears(&[happened(0, Scheduled, 1), happened(20, Cancelled, 2)]);
        let events = user.hears(opened(minutes, 3));
        assert_eq!(known(&user).state, state, "{minutes}");
        assert_eq!(
            events.contains(&"NotificationWithdrawn"),
            state == Cancelled,
            "{events:?}"
        );
    }
}

#[test]
fn what_ended_and_is_asked_for_anew_can_be_answered_anew() {
    use SubjectState::{Cancelled, Closed, Completed, Withdrawn};
    let accept_meeting = Act::AcceptMeeting { slot: None };
    for (kind, name, act, end) in [
        (
            CardKind::MentoringRequest,
            "mentoring_request/9",
            Act::AcceptRequest,
            Withdrawn,
        ),
        (CardKind::Meeting, "meeting/9", accept_meeting, Cancelled),
        (CardKind::Task, "task/9", Act::CompleteTask, Completed),
        (
            CardKind::Survey,
            "survey/9",
            Act::SubmitSurvey {
                question: None,
                value: None,
            },
            Closed,
        ),
    ] {
        let subject = SubjectRef::parse(name).unwrap();
        let asked = |number: u32, minute: i64| Route {
            happened_at: Some(at(minute)),
            state: Some(SubjectState::Open),
            ..about(number, kind, name, starting(1))
        };
        let known = |user: &User| user.state.subjects[&subject].clone();
        let mut user = User::installed();
        user.gets(asked(1, 0));
        user.presses(press(1, act.clone()));
        let before = known(&user).answer;
        let end = change(subject.clone(), kind, end, "end", 2);
        user.learns(SubjectRoute {
            happened_at: Some(at(20)),
            ..end
        });
        // What was asked before the end and comes late asks nothing anew.
        user.hears(asked(2, 10));
        assert_eq!(known(&user).answer, before, "{kind:?}");

        user.gets(asked(3, 30));
        assert_eq!(known(&user).state, SubjectState::Open, "{kind:?}");
        assert!(known(&user).answer.is_none(), "{kind:?}");
        let events = user.presses(press(3, act));
        assert!(
            !events.contains(&"ActionIgnored") || before.is_none(),
            "{kind:?}: {events:?}"
        );
        assert_eq!(known(&user).answer.is_some(), before.is_some(), "{kind:?}");
    }
}
