//! The first greeting says what waited for the person to come, as long as it waits.

use events::organization::Topic;

use super::*;

fn greeting(user: &User) -> NotificationId {
    let mut cards = user.state.notifications.iter();
    cards.find(|card| card.card == CardKind::Welcome).unwrap().id
}

#[track_caller]
fn waiting(user: &User) -> (u32, u32) {
    match user.content(greeting(user)) {
        CardContent::Welcome { waiting, .. } => {
            let requests = waiting.get(&Topic::Requests).copied().unwrap_or_default();
            (requests, waiting.values().sum::<u32>() - requests)
        }
        other => panic!("{other:?}"),
    }
}

/// A thing that Chronus told of at this time.
fn thing(number: u32, kind: CardKind, accepted_at: DateTime<Utc>) -> Route {
    Route {
        accepted_at,
        ..about(
            number,
            kind,
            &format!("{}/{number}", kind.as_str()),
            SubjectFacts::default(),
        )
    }
}

#[test]
fn what_waited_for_the_person_is_counted_and_nothing_else() {
    let mut user = User::installed();
    let (before, after) = (user.now - TimeDelta::days(2), user.now + TimeDelta::hours(1));
    user.hears(thing(1, CardKind::MentoringRequest, before));
    user.hears(thing(2, CardKind::MentoringRequest, before));
    user.hears(thing(3, CardKind::Task, before));
    // Nobody answers these.
    user.hears(thing(4, CardKind::Message, before));
    user.hears(thing(5, CardKind::Connection, before));
    user.hears(thing(6, CardKind::MentoringRequest, after));
    assert_eq!(waiting(&user), (2, 1));
}

#[test]
fn a_greeting_that_was_sent_first_is_drawn_anew_for_what_waited_and_left_alone_by_what_comes_later() {
    let mut user = User::installed();
    let before = user.now - TimeDelta::days(2);
    let after = user.now + TimeDelta::hours(1);
    user.is_delivered(greeting(&user));
    assert_eq!(waiting(&user), (0, 0));
    assert_eq!(
        user.hears(thing(1, CardKind::MentoringRequest, before)).last(),
        Some(&"CardUpdateQueued")
    );
    assert_eq!(
        user.hears(thing(2, CardKind::MentoringRequest, after)),
        ["NotificationQueued"]
    );
    assert_eq!(waiting(&user), (1, 0));
    let shown = user.state.notification(greeting(&user)).unwrap();
    assert!(crate::user::revisions::wants_update(shown));
}

#[test]
fn what_was_answered_or_withdrawn_waits_no_longer_and_the_greeting_says_so() {
    let mut user = User::installed();
    let before = user.now - TimeDelta::days(2);
    for number in [1, 2] {
        user.hears(thing(number, CardKind::MentoringRequest, before));
        user.is_delivered(card(number));
    }
    user.is_delivered(greeting(&user));
    let wanted = |user: &User| user.state.notification(greeting(user)).unwrap().wanted;
    assert_eq!((waiting(&user), wanted(&user)), ((2, 0), 1));

    user.presses(ACCEPT(1));
    assert_eq!((waiting(&user), wanted(&user)), ((1, 0), 2));

    let subject = SubjectRef::parse("mentoring_request/2").unwrap();
    let withdrawn = change(
        subject,
        CardKind::RequestOutcome,
        SubjectState::Withdrawn,
        "w",
        11,
    );
    user.learns(withdrawn);
    assert_eq!((waiting(&user), wanted(&user)), ((0, 0), 3));
}

#[test]
fn a_greeting_that_went_out_before_the_profile_was_known_is_drawn_anew_and_no_later_one_is() {
    let mut user = User::installed();
    user.is_delivered(greeting(&user));
    assert_eq!(user.when(&look_up_fails(503)), ["ProfileUnavailable"]);
    assert_eq!(
        user.when(&looked_up(None)),
        ["ProfileResolved", "CardUpdateQueued"]
    );

    user.receives(What::Uninstalled(UninstallEvidence::InstallationUpdate));
    user.now += TimeDelta::days(3);
    user.receives(What::Installed(InstallEvidence::InstallationUpdate));
    assert_eq!(
        user.when(&looked_up(Some("ada@acme.example"))),
        ["ProfileResolved"]
    );
}
