//! What the directory told ages: when it is asked again, and what is sent meanwhile.

use events::user::{DeferReason, Delivery, Identity, ProfileCause, Queue};

use super::*;
use crate::card::LinkState;
use crate::user::asking::{BeginSend, Command as _, SendWhen, View};
use crate::user::command::Permission;

const ADDRESS: &str = "ada@acme.example";

impl User {
    /// Installed, told of by the directory, and with nothing left to send.
    fn known() -> Self {
        let mut user = Self::installed();
        user.when(&looked_up(Some(ADDRESS)));
        let greeting = user.newest().id;
        user.is_delivered(greeting);
        user
    }

    fn later(mut self, by: TimeDelta) -> Self {
        self.now += by;
        self
    }

    /// What a lane is told that wants to send this card.
    fn permission(&mut self, number: u32) -> Permission {
        let begin = BeginSend {
            notification_id: card(number),
            when: SendWhen::Due,
        };
        let decision = decide(&self.state, &begin.command(), self.now, &self.rules);
        let who = UserKey::parse("t/ada").unwrap();
        let view = View {
            state: &self.state,
            user: &who,
            now: self.now,
            rules: &self.rules,
        };
        begin.reply(&view, &decision)
    }

    fn retry_in(&mut self, failure: &UserCommand) -> TimeDelta {
        match &self.when_events(failure)[..] {
            [UserEvent::Identity(Identity::ProfileUnavailable(event)), ..] => {
                event.retry_at.unwrap() - self.now
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_look_up_is_repeated_soon_at_first_and_for_ever_after() {
    let mut user = User::installed();
    let unusable = UserCommand::ProfileFailed(LookUpFailure {
        code: "unreadable_answer".into(),
        ..LookUpFailure::default()
    });
    let waits: Vec<i64> = (0..8).map(|_| user.retry_in(&unusable).num_seconds()).collect();
    assert_eq!(waits, [2, 10, 60, 600, 3_600, 86_400, 86_400, 86_400]);
}

#[test]
fn what_the_connector_refuses_today_is_asked_again_tomorrow() {
    for status in [400, 403, 404] {
        let mut user = User::installed();
        assert_eq!(
            user.retry_in(&look_up_fails(status)),
            TimeDelta::days(1),
            "{status}"
        );
        assert!(!user.state.profile.is_requested());
        assert_eq!(user.when(&looked_up(Some(ADDRESS))), ["ProfileResolved"]);
    }
}

#[test]
fn an_outage_costs_no_try_and_a_wait_that_was_asked_for_is_kept() {
    let mut user = User::installed();
    let waits: Vec<i64> = (0..7)
        .map(|_| user.retry_in(&look_up_fails(503)).num_seconds())
        .collect();
    assert_eq!(waits, [2, 10, 60, 600, 3_600, 3_600, 3_600]);
    let throttled = UserCommand::ProfileFailed(LookUpFailure {
        status: Some(429),
        is_outage: true,
        retry_after: Some(TimeDelta::hours(2)),
        ..LookUpFailure::default()
    });
    assert_eq!(user.retry_in(&throttled), TimeDelta::hours(2));
}

#[test]
fn the_same_profile_again_is_recorded_as_its_time_alone() {
    let mut user = User::known().later(TimeDelta::days(2));
    assert_eq!(user.when(&looked_up(Some(ADDRESS))), ["ProfileConfirmed"]);
    assert_eq!(user.state.profile.told_at, Some(user.now));
    assert_eq!(
        user.when(&looked_up(Some("ada@newcorp.example"))),
        ["ProfileResolved", "CardUpdateQueued"]
    );
}

#[test]
fn whoever_asks_how_they_are_connected_is_looked_up_however_young_the_profile_is() {
    for command in [Command::Help, Command::Status, Command::Connect] {
        let mut user = User::known();
        let events = user.receives(typed(command));
        assert_eq!(
            events[..2],
            ["CommandReceived", "ProfileRequested"],
            "{command:?}"
        );
        let again = user.receives(typed(command));
        assert!(
            !again.contains(&"ProfileRequested"),
            "one look-up is enough: {again:?}"
        );
    }
    let mut user = User::known();
    assert!(
        !user
            .receives(typed(Command::Pending))
            .contains(&"ProfileRequested")
    );
}

#[test]
fn a_look_up_that_waits_for_its_next_try_is_made_at_once_for_whoever_asks() {
    let mut user = User::installed();
    for _ in 0..6 {
        user.when(&look_up_fails(503));
    }
    assert!(
        user.receives(typed(Command::Status))
            .contains(&"ProfileRequested")
    );
    assert!(user.state.profile.is_due(user.now));
}

#[test]
fn showing_up_with_an_old_or_incomplete_profile_has_it_read_and_not_more_often_than_it_helps() {
    let mut user = User::known().later(TimeDelta::hours(23));
    assert!(!user.receives(What::Contact).contains(&"ProfileRequested"));
    user.now += TimeDelta::hours(2);
    assert_eq!(user.receives(What::Contact), ["ProfileRequested"]);
    assert!(user.receives(What::Contact).is_empty());

    let mut user = User::installed();
    user.when(&looked_up(None));
    assert!(
        user.receives(What::Contact).is_empty(),
        "it was read a moment ago"
    );
    user.now += TimeDelta::minutes(2);
    assert_eq!(user.receives(What::Contact), ["ProfileRequested"]);
}

#[test]
fn a_card_from_person_to_person_waits_for_a_profile_that_is_old_and_no_other_card_does() {
    let mut user = User::known().later(TimeDelta::days(2));
    user.hears(route(1, CardKind::MentoringRequest));
    let broadcast = Route {
        class: Class::Broadcast,
        ..route(2, CardKind::Announcement)
    };
    user.hears(broadcast);
    assert!(user.begins(card(1)).is_empty());
    assert!(matches!(user.permission(1), Permission::LookUp(_)));
    assert_eq!(user.begins(card(2)), ["DeliveryAttempted"]);
    user.when(&looked_up(Some(ADDRESS)));
    assert_eq!(user.begins(card(1)), ["DeliveryAttempted"]);
}

#[test]
fn what_was_missed_waits_for_a_profile_that_is_old_also_where_the_person_asks_for_it() {
    let mut user = User::known();
    user.receives(What::Typed(Typed {
        pause: Some(crate::action::PauseTime::For(TimeDelta::days(9))),
        ..Typed::plain(Command::Pause)
    }));
    user.hears(route(1, CardKind::MentoringRequest));
    assert_eq!(user.begins(card(1)), ["NotificationSuppressed"]);
    user = user.later(TimeDelta::days(2));
    user.receives(typed(Command::Resume));
    let answer = user.newest().id;
    assert_eq!(user.begins(answer), [""; 0]);
    user.when(&looked_up(Some(ADDRESS)));
    assert_eq!(user.begins(answer), ["DeliveryAttempted"]);
}

#[test]
fn a_young_profile_delays_no_card() {
    let mut user = User::known().later(TimeDelta::hours(23));
    user.hears(route(1, CardKind::MentoringRequest));
    assert_eq!(user.begins(card(1)), ["DeliveryAttempted"]);
}

#[test]
fn an_outage_of_the_directory_holds_a_card_for_ten_minutes_and_no_longer() {
    let mut user = User::known().later(TimeDelta::days(2));
    user.hears(route(1, CardKind::MentoringRequest));
    let began = user.now;
    user.when(&look_up_fails(503));
    let mut deferrals = 0;
    loop {
        let events = user.when_events(&UserCommand::BeginSend {
            notification_id: card(1),
        });
        match &events[..] {
            [UserEvent::Queue(Queue::Deferred(event))] => {
                assert_eq!(event.reason, DeferReason::Profile);
                assert!(event.until > user.now);
                user.now = event.until;
                deferrals += 1;
            }
            [] => {
                assert!(matches!(user.permission(1), Permission::LookUp(_)));
                user.when(&look_up_fails(503));
            }
            [UserEvent::Delivery(Delivery::Attempted(_))] => break,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(user.now - began, TimeDelta::minutes(10));
    assert!(deferrals <= 5, "{deferrals}");
    // While it lasts, later cards do not wait again.
    let late = Route {
        subject: None,
        ..route(2, CardKind::Plain)
    };
    user.hears(late);
    assert_eq!(user.begins(card(2)), ["DeliveryAttempted"]);
}

#[test]
fn while_somebody_else_shows_the_address_nothing_private_is_sent_however_long_the_outage_is() {
    let mut user = User::known();
    user.hears(route(1, CardKind::MentoringRequest));
    let contested = UserCommand::RequestProfile {
        because: ProfileCause::AddressShared,
        cause: EventId::derive(["another"]),
    };
    assert_eq!(user.when(&contested), ["ProfileRequested"]);
    user.receives(typed(Command::Status));
    for _ in 0..6 {
        assert!(!user.begins(card(1)).contains(&"DeliveryAttempted"));
        user.when(&look_up_fails(503));
        user.now += TimeDelta::minutes(30);
    }
    user.when(&looked_up(Some(ADDRESS)));
    assert_eq!(user.begins(card(1)), ["DeliveryAttempted"]);
}

#[test]
fn who_asks_is_looked_up_at_once_while_somebody_else_shows_the_address() {
    let mut user = User::known();
    user.hears(route(1, CardKind::MentoringRequest));
    user.when(&UserCommand::RequestProfile {
        because: ProfileCause::AddressShared,
        cause: EventId::derive(["another"]),
    });
    for command in [Command::Status, Command::Help, Command::Connect] {
        let recorded = user.receives(typed(command));
        assert!(recorded.contains(&"ProfileRequested"), "{recorded:?}");
        // It is still to be confirmed.
        assert!(!user.begins(card(1)).contains(&"DeliveryAttempted"));
    }
    user.when(&looked_up(Some(ADDRESS)));
    assert_eq!(user.begins(card(1)), ["DeliveryAttempted"]);
}

#[test]
fn the_greeting_tells_the_newest_truth() {
    let mut user = User::installed();
    let greeting = user.newest().id;
    let state = |user: &User| match user.content(greeting) {
        CardContent::Welcome { link, .. } => link.state,
        other => panic!("{other:?}"),
    };
    assert_eq!(state(&user), LinkState::Pending);
    user.is_delivered(greeting);
    assert_eq!(
        user.when(&looked_up(None)),
        ["ProfileResolved", "CardUpdateQueued"]
    );
    assert_eq!(state(&user), LinkState::NoAddress);
    assert_eq!(
        user.when(&looked_up(Some(ADDRESS))),
        ["ProfileResolved", "CardUpdateQueued"]
    );
    assert_eq!(state(&user), LinkState::Unmatched);
    let linked = user.hears(route(1, CardKind::Plain));
    assert_eq!(linked, ["MemberLinked", "NotificationQueued", "CardUpdateQueued"]);
    assert!(matches!(state(&user), LinkState::Linked(_)));
    let guest = ProfileResolved {
        role: MemberRole::Guest,
        ..told(Some(ADDRESS))
    };
    let mut user = User::installed();
    user.when(&UserCommand::ProfileFound(Box::new(guest)));
    let greeting = user.newest().id;
    assert!(
        matches!(user.content(greeting), CardContent::Welcome { link, .. } if link.state == LinkState::Guest)
    );
}

#[test]
fn what_was_missed_by_an_address_alone_is_nobodys_once_the_directory_tells_another() {
    let mut user = User::installed();
    user.when(&looked_up(Some("ada@x")));
    user.is_greeted();
    user.hears(route(1, CardKind::MentoringRequest));
    user.receives(typed(Command::Pause));
    user.state.paused_until = Some(user.now + TimeDelta::days(3));
    user.begins(card(1));
    user.now += TimeDelta::days(2);
    user.receives(typed(Command::Resume));
    let list = user.newest().id;
    assert!(user.begins(list).is_empty(), "the profile is old");
    let told = user.when(&looked_up(Some("other@x")));
    for follows in ["MemberUnlinked", "NotificationSuppressed"] {
        assert!(told.contains(&follows), "{told:?}");
    }
    assert_eq!(user.begins(list), ["DeliveryAttempted"]);
    assert!(
        user.list(list).items.is_empty(),
        "nothing of the former member is shown"
    );
}

#[test]
fn nobody_is_looked_up_for_a_card_whose_time_is_over_or_that_reaches_nobody() {
    let mut user = User::known().later(TimeDelta::days(2));
    user.hears(route(1, CardKind::MentoringRequest));
    let asks = |user: &User| super::super::asks_first(&user.state, card(1), user.now, &user.rules);
    let ends = user.state.notification(card(1)).unwrap().expires_at;
    user.now = ends - TimeDelta::milliseconds(1);
    assert!(asks(&user));
    user.now = ends;
    assert!(!asks(&user));
    user.now = ends - TimeDelta::milliseconds(1);
    user.receives(What::Uninstalled(UninstallEvidence::InstallationUpdate));
    assert!(!asks(&user));
}
