//! Chronus asks anew for the same thing: of several cards about it one is to be answered, and none shows what was asked
//! before.

use events::organization::{Question, QuestionKind, Slot};
use events::user::{InputFault, Rsvp};

use super::*;
use crate::card::AnswerView;

/// Kinds that ask, each with a press that answers it.
fn kinds() -> [(CardKind, SubjectFacts, Act<Sealed>); 7] {
    let nothing = SubjectFacts::default;
    let question = Question {
        id: "q".into(),
        kind: QuestionKind::Text,
        options: Vec::new(),
        required: false,
        scale: None,
    };
    let survey = SubjectFacts {
        questions: vec![question],
        ..nothing()
    };
    let announcement = SubjectFacts {
        acknowledge: true,
        ..nothing()
    };
    let words = Some(messages::words("words"));
    let answer = Act::AnswerSurvey {
        question: "q".into(),
        value: words.clone(),
    };
    let ask = Act::RequestMatch { message: words };
    [
        (CardKind::MentoringRequest, nothing(), Act::AcceptRequest),
        (CardKind::Meeting, nothing(), Act::AcceptMeeting { slot: None }),
        (CardKind::ErgEvent, nothing(), Act::Rsvp(Rsvp::Going)),
        (CardKind::Survey, survey, answer),
        (CardKind::Announcement, announcement, Act::Acknowledge),
        (CardKind::Task, nothing(), Act::CompleteTask),
        (CardKind::RecommendedMatch, nothing(), ask),
    ]
}

const THING: &str = "thing/1";

fn asked(number: u32, kind: CardKind, facts: &SubjectFacts) -> Route {
    about(number, kind, THING, facts.clone())
}

/// As the person's client shows it now.
fn of_revision(user: &User, number: u32, act: Act<Sealed>) -> Press {
    Press {
        revision: Some(user.state.notification(card(number)).unwrap().wanted),
        ..press(number, act)
    }
}

fn fault(user: &User, number: u32) -> Option<InputFault> {
    user.state.notification(card(number)).unwrap().fault
}

#[test]
fn of_several_askings_the_newest_card_is_the_one_to_answer_and_all_show_what_is_asked_now() {
    for (kind, facts, act) in kinds() {
        let mut user = User::installed();
        for number in 1..=3 {
            user.gets(asked(number, kind, &facts));
        }
        let open = |user: &User, number| user.subject_card(card(number)).open;
        let newest = route(3, kind).source;
        for number in 1..=3 {
            let shown = user.subject_card(card(number));
            assert_eq!(
                (shown.open, shown.newer),
                (number == 3, number < 3),
                "{kind:?} {number}"
            );
            assert_eq!(shown.source, newest, "{kind:?} {number}");
            let held = user.state.notification(card(number)).unwrap();
            assert_eq!(
                held.wanted > 1,
                number < 3,
                "{kind:?} {number} is updated in place"
            );
        }

        // A client that still shows the first form of an old card.
        let old = Press {
            revision: Some(1),
            ..press(1, act.clone())
        };
        let given = user.presses(old);
        assert_eq!(given.last(), Some(&"ActionIgnored"), "{kind:?} {given:?}");
        assert_eq!(fault(&user, 1), Some(InputFault::AskedAnew), "{kind:?}");
        assert!(open(&user, 3), "{kind:?}");
        let given = user.presses(of_revision(&user, 3, act));
        assert!(!given.contains(&"ActionIgnored"), "{kind:?} {given:?}");
    }
}

#[test]
fn a_card_shows_what_is_asked_now_while_the_newer_one_waits_and_can_be_answered_then() {
    for (kind, facts, act) in kinds() {
        let mut user = User::installed();
        user.gets(asked(1, kind, &facts));
        let queued = user.hears(asked(2, kind, &facts));
        assert!(queued.contains(&"CardUpdateQueued"), "{kind:?} {queued:?}");
        let shown = user.subject_card(card(1));
        assert_eq!(shown.source, route(2, kind).source, "{kind:?}");
        assert!(shown.open && !shown.newer, "{kind:?}");

        let old = Press {
            revision: Some(1),
            ..press(1, act.clone())
        };
        user.presses(old);
        assert_eq!(fault(&user, 1), Some(InputFault::AskedAnew), "{kind:?}");
        let given = user.presses(of_revision(&user, 1, act));
        assert!(!given.contains(&"ActionIgnored"), "{kind:?} {given:?}");
    }
}

#[test]
fn of_several_askings_that_wait_the_newest_goes_out_alone() {
    for (kind, facts, _) in kinds() {
        let mut user = User::installed();
        user.hears(asked(1, kind, &facts));
        user.hears(asked(2, kind, &facts));
        assert_eq!(user.begins(card(1)), ["NotificationSuppressed"], "{kind:?}");
        assert_eq!(user.begins(card(2)), ["DeliveryAttempted"], "{kind:?}");
    }
}

#[test]
fn a_card_stays_to_be_answered_where_the_newer_one_does_not_arrive() {
    let mut user = User::with_delivered_request(1);
    user.hears(asked_again(2));
    user.is_sent(2, refused(400, "BadArgument"));
    let shown = user.subject_card(card(1));
    assert!(shown.open && !shown.newer);
    assert!(
        !user
            .presses(of_revision(&user, 1, Act::AcceptRequest))
            .contains(&"ActionIgnored")
    );
}

fn asked_again(number: u32) -> Route {
    route(number, CardKind::MentoringRequest)
}

#[test]
fn a_nudge_takes_the_place_of_the_card_and_asks_nothing_else() {
    let mut user = User::with_delivered_request(1);
    let nudge = change(
        request(),
        CardKind::RequestReminder,
        SubjectState::Open,
        "nudge",
        50,
    );
    user.learns(nudge);
    let nudge = user.newest().id;
    user.is_delivered(nudge);
    assert!(user.subject_card(card(1)).newer);
    assert!(user.subject_card(nudge).open);
    // What a client shows that was not told yet is what is asked for still.
    assert!(user.presses(ACCEPT(1)).contains(&"RequestAccepted"));
}

#[test]
fn what_comes_late_takes_no_newer_cards_place() {
    let mut user = User::installed();
    let at = |number: u32, hours| Route {
        happened_at: Some(DateTime::UNIX_EPOCH + TimeDelta::hours(hours)),
        ..asked(number, CardKind::ErgEvent, &SubjectFacts::default())
    };
    user.gets(at(1, 5));
    assert!(user.hears(at(2, 3)).contains(&"NotificationSuppressed"));
    let shown = user.subject_card(card(1));
    assert!(shown.open && !shown.newer);
    assert!(
        !user
            .presses(press(1, Act::Rsvp(Rsvp::Going)))
            .contains(&"ActionIgnored")
    );
}

#[test]
fn other_times_to_meet_are_asked_for_whatever_was_answered_to_those_before() {
    let times = |user: &User, first: u32| SubjectFacts {
        slots: (first..first + 2)
            .map(|number| Slot {
                id: number.to_string(),
                starts_at: user.now + TimeDelta::days(i64::from(number)),
                ends_at: None,
            })
            .collect(),
        ..SubjectFacts::default()
    };
    let propose = Act::ProposeMeeting {
        at: Some("1970-01-10T09:30:00".parse().unwrap()),
        note: None,
    };
    let answers = [
        Act::AcceptMeeting {
            slot: Some("1".into()),
        },
        Act::DeclineMeeting { note: None },
        propose,
    ];
    for act in answers {
        let mut user = User::installed();
        user.gets(asked(1, CardKind::Meeting, &times(&user, 1)));
        user.presses(press(1, act.clone()));
        assert!(user.subject_card(card(1)).answer.is_some(), "{act:?}");
        user.now += TimeDelta::minutes(1);
        let mut again = asked(2, CardKind::Meeting, &times(&user, 5));
        again.accepted_at = user.now;
        user.gets(again);
        assert_eq!(user.subject_card(card(2)).answer, None, "{act:?}");
        let chosen = Act::AcceptMeeting {
            slot: Some("6".into()),
        };
        let given = user.presses(of_revision(&user, 2, chosen));
        assert!(given.contains(&"MeetingAccepted"), "{act:?} {given:?}");
        let slot = Some("6".to_owned());
        assert_eq!(
            user.subject_card(card(2)).answer,
            Some(AnswerView::SlotAccepted { slot })
        );
    }
}
