//! What a card shows of a subject, which answer stands, and in which order what was told counts.

use chrono::TimeDelta;
use events::organization::QuestionKind;
use events::{OrganizationId, Position, SubjectRef};
use proptest::prelude::*;

use super::*;

fn at(minute: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::minutes(minute)
}

fn meta(minute: i64) -> Metadata {
    Metadata {
        time: at(minute),
        correlation_id: Uuid::nil(),
        causation_id: Uuid::nil(),
    }
}

fn source(position: u64) -> Source {
    Source::DomainEvent {
        organization_id: OrganizationId::parse("acme").unwrap(),
        event_id: EventId::derive([position.to_string().as_str()]),
        position: Position(position),
    }
}

/// What Chronus tells by the event at this place of the log, without saying when it happened.
fn told(position: u64, card: CardKind, state: SubjectState) -> SubjectChanged {
    SubjectChanged {
        subject: SubjectRef::parse("meeting/9").unwrap(),
        state,
        domain_event: EventId::derive([position.to_string().as_str()]),
        source: Some(source(position)),
        facts: None,
        card: Some(card),
        happened_at: None,
    }
}

fn meeting(state: SubjectState) -> Subject {
    Subject::of_change(&told(1, CardKind::Meeting, state), &meta(1))
}

#[test]
fn a_card_shows_the_same_unless_something_changed_that_it_shows() {
    let known = meeting(SubjectState::Scheduled);
    assert!(known.shows_same(&known.clone()));
    let facts = SubjectFacts {
        starts_at: Some(at(9)),
        ..SubjectFacts::default()
    };
    let edit = Edit {
        message_id: "m1".into(),
        source: None,
        state: SubjectState::Deleted,
        order: Order::of(None, at(2)),
        known_at: at(2),
    };
    let shown: [fn(&mut Subject, SubjectFacts, Edit); 9] = [
        |subject, _, _| subject.state = SubjectState::Moved,
        |subject, _, _| subject.at = at(2),
        |subject, _, _| subject.here = true,
        |subject, _, _| subject.source = Some(source(2)),
        |subject, _, _| subject.earlier = vec![source(2)],
        |subject, _, _| subject.previous = Some(source(2)),
        |subject, facts, _| subject.facts = facts,
        |subject, facts, _| subject.previous_facts = Some(facts),
        |subject, _, edit| subject.edits = vec![edit],
    ];
    for (number, change) in shown.into_iter().enumerate() {
        let mut changed = known.clone();
        change(&mut changed, facts.clone(), edit.clone());
        assert!(!changed.shows_same(&known), "change {number}");
    }
    let mut answered = known.clone();
    answered.answered(Answered::MeetingDeclined, at(3), at(3));
    answered.held = Some((true, at(3)));
    assert!(answered.shows_same(&known), "the answer is told apart");
}

#[test]
fn an_answer_stands_until_what_was_answered_is_another_question() {
    use Answered::{MeetingDeclined, Proposed, Slot};
    use SubjectState::{Cancelled, Moved, Open, Scheduled, Updated};
    let (slot, proposed) = (Slot(None), Proposed(at(90)));
    // The answer, how the meeting stands since it was changed after that, and whether the answer stands.
    let table = [
        (&slot, Open, false),
        (&slot, Moved, false),
        (&slot, Scheduled, true),
        (&slot, Updated, true),
        (&slot, Cancelled, true),
        (&MeetingDeclined, Open, false),
        (&MeetingDeclined, Moved, true),
        (&MeetingDeclined, Scheduled, true),
        (&proposed, Open, false),
        (&proposed, Moved, false),
        (&proposed, Scheduled, false),
        (&proposed, Updated, true),
    ];
    for (answer, state, stands) in table {
        let mut subject = meeting(state);
        subject.known_at = at(5);
        subject.answered(answer.clone(), at(4), at(4));
        assert_eq!(
            subject.standing_answer().is_some(),
            stands,
            "{answer:?} to {state:?}"
        );
        subject.answered(answer.clone(), at(5), at(5));
        assert!(subject.standing_answer().is_some(), "{answer:?} after {state:?}");
        subject.answered(answer.clone(), at(4), at(4));
        subject.kind = CardKind::ErgEvent;
        assert!(
            subject.standing_answer().is_some(),
            "only meetings are answered anew"
        );
    }
    assert!(meeting(Open).standing_answer().is_none());
}

#[test]
fn only_an_answer_to_an_invitation_says_whether_the_person_comes() {
    let mut subject = meeting(SubjectState::Open);
    assert_eq!(subject.rsvp(), None);
    for (answer, rsvp) in [
        (Answered::Rsvp(Rsvp::Maybe), Some(Rsvp::Maybe)),
        (Answered::Rsvp(Rsvp::NotGoing), Some(Rsvp::NotGoing)),
        (Answered::Accepted, None),
        (Answered::Submitted, None),
    ] {
        subject.answered(answer, at(3), at(3));
        assert_eq!(subject.rsvp(), rsvp);
    }
}

#[test]
fn a_survey_goes_from_question_to_question() {
    let question = |id: &str| Question {
        id: id.into(),
        kind: QuestionKind::Text,
        options: Vec::new(),
        required: false,
        scale: None,
    };
    let mut subject = meeting(SubjectState::Open);
    subject.facts.questions = vec![question("q1"), question("q2"), question("q3")];
    for (current, place) in [
        (None, 0),
        (Some(Step::At("q2".into())), 1),
        (Some(Step::After("q2".into())), 2),
        (Some(Step::After("q3".into())), 3),
        (Some(Step::At("gone".into())), 0),
        (Some(Step::After("gone".into())), 0),
        (Some(Step::End), 3),
    ] {
        subject.survey.current = current;
        assert_eq!(subject.survey_step(), place);
    }
}

#[test]
fn time_and_place_are_what_a_meeting_is_moved_by() {
    let facts = |starts: Option<i64>, ends: Option<i64>, place: Option<&str>| SubjectFacts {
        starts_at: starts.map(at),
        ends_at: ends.map(at),
        place: place.map(ToOwned::to_owned),
        ..SubjectFacts::default()
    };
    let known = facts(Some(60), Some(90), Some("hall"));
    for (now, moved) in [
        (known.clone(), false),
        (facts(Some(61), Some(90), Some("hall")), true),
        (facts(Some(60), Some(91), Some("hall")), true),
        (facts(Some(60), Some(90), Some("room")), true),
    ] {
        assert_eq!(moves(&known, &now), moved, "{now:?}");
    }
    let unknown = facts(None, None, None);
    assert!(
        !moves(&unknown, &known),
        "what was not known before has not moved"
    );
    assert!(!moves(
        &facts(None, Some(90), None),
        &facts(Some(60), Some(91), None)
    ));
}

#[test]
fn what_is_no_newer_than_the_newest_content_is_superseded_by_it() {
    let mut subject = Subject::of_change(&told(10, CardKind::Meeting, SubjectState::Scheduled), &meta(10));
    subject.told_by_change(
        &told(30, CardKind::MeetingReminder, SubjectState::Scheduled),
        &meta(30),
    );
    let order = |position, minute| Order::of(Some(&source(position)), at(minute));
    assert!(subject.supersedes(order(5, 9)));
    assert!(!subject.supersedes(order(10, 10)), "it is that content itself");
    assert!(
        subject.supersedes(order(9, 10)),
        "of equal times the place in the log decides"
    );
    assert!(!subject.supersedes(order(20, 20)), "a reminder is no content");
}

#[test]
fn a_thread_remembers_the_newest_fifty_changes_of_its_messages() {
    let mut thread = Subject::of_change(&told(1, CardKind::Connection, SubjectState::Open), &meta(1));
    let message = |number: u64| SubjectChanged {
        facts: Some(SubjectFacts {
            message_id: Some(number.to_string()),
            ..SubjectFacts::default()
        }),
        ..told(number, CardKind::Message, SubjectState::Edited)
    };
    for number in 2..=52 {
        thread.told_by_change(&message(number), &meta(i64::try_from(number).unwrap()));
    }
    let ids: Vec<&str> = thread.edits.iter().map(|edit| edit.message_id.as_str()).collect();
    assert_eq!((ids.len(), ids[0], ids[49]), (50, "3", "52"));
    assert!(thread.changed_since(at(51)));
    assert!(!thread.changed_since(at(52)));
    assert!(thread.changed_since(at(0)));
}

#[test]
fn of_two_changes_of_a_message_at_one_moment_the_later_told_counts() {
    let mut thread = Subject::of_change(&told(1, CardKind::Connection, SubjectState::Open), &meta(1));
    let change = |id: &str, state| SubjectChanged {
        source: None,
        happened_at: Some(at(5)),
        facts: Some(SubjectFacts {
            message_id: Some(id.into()),
            ..SubjectFacts::default()
        }),
        ..told(2, CardKind::Message, state)
    };
    thread.told_by_change(&change("m1", SubjectState::Edited), &meta(6));
    thread.told_by_change(&change("m2", SubjectState::Edited), &meta(7));
    thread.told_by_change(&change("m1", SubjectState::Deleted), &meta(8));
    let edits = thread
        .edits
        .iter()
        .map(|edit| (edit.message_id.as_str(), edit.state));
    let expected = [("m2", SubjectState::Edited), ("m1", SubjectState::Deleted)];
    assert_eq!(edits.collect::<Vec<_>>(), expected);
}

proptest! {
    /// Older events do not tell when they happened: in whichever order they come, they count in the order of the log.
    #[test]
    fn what_is_told_without_a_time_counts_in_the_order_of_the_log(
        places in Just((1_u64..8).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let change = |place: &u64| told(*place * 10, CardKind::Meeting, SubjectState::Moved);
        let mut subject = Subject::of_change(&change(&places[0]), &meta(100));
        for (later, place) in places.iter().enumerate().skip(1) {
            subject.told_by_change(&change(place), &meta(100 + i64::try_from(later).unwrap()));
        }
        prop_assert_eq!(&subject.source, &Some(source(70)));
        let expected: Vec<Source> = (1..7).map(|place| source(place * 10)).collect();
        prop_assert_eq!(&subject.earlier, &expected);
    }

    /// What happened at known times counts in the order of time, as long as no more is told than is kept one by one.
    #[test]
    fn what_is_told_with_a_time_counts_in_the_order_of_time(
        times in Just((1_i64..17).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let change = |minute: i64, position: u64| SubjectChanged {
            happened_at: Some(at(minute)),
            facts: Some(SubjectFacts { starts_at: Some(at(1_000 + minute)), ..SubjectFacts::default() }),
            ..told(position, CardKind::Meeting, SubjectState::Moved)
        };
        let fold = |times: &[i64]| {
            let mut told = times.iter().map(|minute| change(*minute, u64::try_from(*minute).unwrap()));
            let mut subject = Subject::of_change(&told.next().unwrap(), &meta(50));
            told.for_each(|change| subject.told_by_change(&change, &meta(50)));
            subject
        };
        let in_order: Vec<i64> = (1..17).collect();
        prop_assert_eq!(fold(&times), fold(&in_order));
    }
}
