//! Reminders: of what waits, to those whom Chronus reminds, once each.

use super::*;

/// A reminder of a thing, to this person or to others who were told of it as well.
fn reminder(of: (CardKind, &str), name: &str, position: u64, addressed: bool) -> SubjectRoute {
    let (kind, subject) = of;
    SubjectRoute {
        addressed,
        ..change(
            SubjectRef::parse(subject).unwrap(),
            kind,
            SubjectState::Open,
            name,
            position,
        )
    }
}

const REQUEST: (CardKind, &str) = (CardKind::RequestReminder, "mentoring_request/1");

/// What can be reminded of, and the card that tells of it first.
const REMINDED: [(CardKind, CardKind, &str); 3] = [
    (CardKind::MentoringRequest, REQUEST.0, REQUEST.1),
    (CardKind::Survey, CardKind::SurveyReminder, "survey/4"),
    (CardKind::Task, CardKind::TaskReminder, "task/6"),
];

#[test]
fn a_request_that_waits_is_nudged_once_per_reminder_and_never_after_an_answer() {
    let mut user = User::with_delivered_request(1);
    assert_eq!(
        user.learns(reminder(REQUEST, "r1", 11, true)),
        ["SubjectChanged", "CardUpdateQueued", "NotificationQueued"]
    );
    assert!(user.learns(reminder(REQUEST, "r1", 11, true)).is_empty());
    let nudge = user.newest().id;
    user.presses(ACCEPT(1));
    assert_eq!(user.state.notification(nudge).unwrap().phase, Phase::Withdrawn);
    assert!(
        !user
            .learns(reminder(REQUEST, "r2", 12, true))
            .contains(&"NotificationQueued")
    );
    assert_eq!(user.state.subjects[&request()].state, SubjectState::Accepted);
}

#[test]
fn a_reminder_wakes_those_whom_it_is_for_and_changes_the_card_of_everybody_else() {
    for (number, (first, kind, name)) in (1..).zip(REMINDED) {
        let mut user = User::installed();
        user.gets(about(number, first, name, SubjectFacts::default()));

        let to_others = user.learns(reminder((kind, name), "others", 11, false));
        assert_eq!(to_others, ["SubjectChanged", "CardUpdateQueued"], "{kind:?}");

        let to_this_one = user.learns(reminder((kind, name), "own", 12, true));
        assert_eq!(
            to_this_one,
            ["SubjectChanged", "CardUpdateQueued", "NotificationQueued"],
            "{kind:?}"
        );
        assert_eq!(user.newest().card, kind);
    }
}

#[test]
fn each_step_of_the_ladder_nudges_once_and_the_last_word_ends_all_of_them() {
    let mut user = User::with_delivered_request(1);
    let mut nudges = Vec::new();
    for (day, name) in [(5, "day 5"), (11, "day 11")] {
        user.now = DateTime::UNIX_EPOCH + TimeDelta::days(day);
        let told = SubjectRoute {
            accepted_at: user.now,
            ..reminder(REQUEST, name, u64::try_from(day).unwrap(), true)
        };
        user.learns(told);
        let nudge = user.newest().id;
        user.is_delivered(nudge);
        nudges.push(nudge);
    }
    assert_eq!(
        user.when(&resolved(SubjectState::Expired, "day 14")),
        [
            "SubjectChanged",
            "CardUpdateQueued",
            "CardUpdateQueued",
            "CardUpdateQueued"
        ]
    );
    for id in nudges.into_iter().chain([card(1)]) {
        assert_eq!(user.subject_card(id).state, SubjectState::Expired);
    }
}

#[test]
fn nobody_is_reminded_who_answered_or_of_what_ended() {
    let reminded = |kind: CardKind, reminds: CardKind, answers: bool, state: SubjectState| {
        let mut user = User::installed();
        let name = "task/1";
        user.gets(about(1, kind, name, SubjectFacts::default()));
        if answers {
            user.presses(press(1, Act::CompleteTask));
        }
        let task = SubjectRef::parse(name).unwrap();
        user.learns(SubjectRoute {
            source: None,
            ..change(task.clone(), kind, state, "s", 1_000)
        });
        user.learns(change(task, reminds, SubjectState::Open, "r", 1_001))
            .contains(&"NotificationQueued")
    };
    let task = |answers, state| reminded(CardKind::Task, CardKind::TaskReminder, answers, state);
    assert!(task(false, SubjectState::Open));
    assert!(!task(true, SubjectState::Open));
    assert!(!task(false, SubjectState::Withdrawn));
}
