//! Given these events, when this command, then these events.

use chrono::{DateTime, TimeDelta, Utc};
use events::organization::{CardKind, Class, SubjectState};
use events::user::{
    ClientObserved, Command, ConversationRef, InstallEvidence, MatchedBy, MemberRole, ProfileResolved,
    Reachability, Source, UninstallEvidence,
};
use events::{
    ActivityId, ConversationId, EventId, Metadata, NotificationId, OrganizationId, Position, SubjectRef,
    UserEvent, UserKey,
};
use uuid::Uuid;

use super::decide;
use crate::ports::{Rejection, Route, RouteLink, SendResult};
use crate::settings::Rules;
use crate::user::command::{Inbound, Press, UserCommand, What};
use crate::user::state::{Phase, UserState};

/// A user whose history grows by what is decided.
struct User {
    state: UserState,
    now: DateTime<Utc>,
    rules: Rules,
    activities: u32,
}

fn conversation() -> ConversationRef {
    ConversationRef {
        conversation_id: ConversationId::parse("a:chat").unwrap(),
        service_url: "https://smba.trafficmanager.net/amer".into(),
        teams_user_id: "29:ada".into(),
        bot_id: "28:bot".into(),
    }
}

fn card(number: u32) -> NotificationId {
    NotificationId::derive([number.to_string().as_str()])
}

fn request() -> SubjectRef {
    SubjectRef::parse("mentoring_request/1").unwrap()
}

fn route(number: u32, kind: CardKind) -> Route {
    Route {
        notification_id: card(number),
        user: UserKey::parse("t/ada").unwrap(),
        source: Source::DomainEvent {
            organization_id: OrganizationId::parse("acme").unwrap(),
            event_id: EventId::derive([number.to_string().as_str()]),
            position: Position(u64::from(number)),
        },
        correlation_id: Uuid::from_u128(u128::from(number)),
        card: kind,
        subject: (kind == CardKind::MentoringRequest).then(request),
        class: Class::Direct,
        event_type: "com.chronus.mentoring_request.sent".into(),
        expires_at: None,
        accepted_at: DateTime::UNIX_EPOCH,
        link: Some(RouteLink {
            organization_id: OrganizationId::parse("acme").unwrap(),
            member_id: None,
            matched_by: MatchedBy::Email,
        }),
    }
}

impl User {
    fn new() -> Self {
        let now = DateTime::UNIX_EPOCH + TimeDelta::days(1);
        Self {
            state: UserState::default(),
            now,
            rules: Rules::default(),
            activities: 0,
        }
    }

    fn installed() -> Self {
        let mut user = Self::new();
        user.receives(What::Installed(InstallEvidence::InstallationUpdate));
        user
    }

    /// Decides and applies; answers the names of the events.
    #[track_caller]
    fn when(&mut self, command: &UserCommand) -> Vec<&'static str> {
        self.when_events(command)
            .iter()
            .map(events::StoredEvent::type_name)
            .collect()
    }

    fn when_events(&mut self, command: &UserCommand) -> Vec<UserEvent> {
        let decision = decide(&self.state, command, self.now, &self.rules);
        for fact in &decision.facts {
            let meta = Metadata {
                time: self.now,
                correlation_id: fact.correlation_id,
                causation_id: fact.causation_id,
            };
            self.state.apply(&fact.event, &meta);
        }
        decision.facts.into_iter().map(|fact| fact.event).collect()
    }

    fn activity(&mut self, what: What) -> UserCommand {
        self.activities += 1;
        UserCommand::Receive(Box::new(Inbound {
            activity_key: Uuid::from_u128(u128::from(self.activities)),
            conversation: conversation(),
            client: ClientObserved::default(),
            app_version: None,
            what,
        }))
    }

    fn receives(&mut self, what: What) -> Vec<&'static str> {
        let command = self.activity(what);
        self.when(&command)
    }

    fn presses(&mut self, press: Press) -> Vec<&'static str> {
        self.receives(What::Pressed { press, on: None })
    }

    fn is_sent(&mut self, number: u32, result: SendResult) -> Vec<&'static str> {
        let notification_id = card(number);
        assert_eq!(
            self.when(&UserCommand::BeginSend { notification_id }),
            ["DeliveryAttempted"]
        );
        self.is_answered(number, result)
    }

    fn is_answered(&mut self, number: u32, result: SendResult) -> Vec<&'static str> {
        let notification_id = card(number);
        let attempt = self.state.notification(notification_id).unwrap().attempts;
        self.when(&UserCommand::FinishSend {
            notification_id,
            attempt,
            revision: 1,
            result,
        })
    }

    fn with_delivered_request(number: u32) -> Self {
        let mut user = Self::installed();
        user.when(&UserCommand::Queue(Box::new(route(
            number,
            CardKind::MentoringRequest,
        ))));
        assert_eq!(user.is_sent(number, accepted()), ["NotificationDelivered"]);
        user
    }

    fn phase(&self, number: u32) -> Phase {
        self.state.notification(card(number)).unwrap().phase
    }
}

fn accepted() -> SendResult {
    SendResult::Accepted {
        activity_id: Some(ActivityId::parse("1700").unwrap()),
    }
}

fn refused(status: u16, code: &str) -> SendResult {
    SendResult::Rejected(Rejection {
        status,
        code: Some(code.into()),
        retry_after: None,
    })
}

const DECLINE: fn(u32) -> Press = |number| Press::DeclineRequest {
    notification_id: card(number),
    reason: None,
    note: None,
};

#[test]
fn the_first_install_is_welcomed_once_however_many_activities_tell_of_it() {
    let mut user = User::new();
    assert_eq!(
        user.receives(What::Installed(InstallEvidence::InstallationUpdate)),
        [
            "AppInstalled",
            "ProfileRequested",
            "ReachabilityChanged",
            "NotificationQueued"
        ]
    );
    assert!(
        user.receives(What::Installed(InstallEvidence::ConversationUpdate))
            .is_empty()
    );
    assert!(
        user.receives(What::Installed(InstallEvidence::InstallationUpdate))
            .is_empty()
    );
}

#[test]
fn a_later_install_is_greeted_as_a_return() {
    let mut user = User::installed();
    user.receives(What::Uninstalled(UninstallEvidence::InstallationUpdate));
    user.now += TimeDelta::days(3);
    let command = user.activity(What::Installed(InstallEvidence::InstallationUpdate));
    let events = user.when_events(&command);
    let greeting = events.iter().find_map(|event| {
        let UserEvent::NotificationQueued(queued) = event else {
            return None;
        };
        Some(queued.card)
    });
    assert_eq!(greeting, Some(CardKind::WelcomeBack));
}

#[test]
fn the_same_activity_again_has_no_second_effect_however_late() {
    let mut user = User::installed();
    let help = user.activity(What::Typed(Command::Help));
    assert_eq!(user.when(&help), ["CommandReceived", "NotificationQueued"]);
    user.now += TimeDelta::days(400);
    assert!(user.when(&help).is_empty());
}

#[test]
fn a_person_who_writes_without_a_known_install_is_installed() {
    let mut user = User::new();
    let events = user.receives(What::Typed(Command::Unknown));
    assert_eq!(events[..2], ["AppInstalled", "ProfileRequested"]);
    assert_eq!(user.state.reachability, Reachability::Reachable);
}

#[test]
fn accepting_twice_is_recorded_once_and_the_second_press_is_harmless() {
    let mut user = User::with_delivered_request(1);
    assert_eq!(
        user.presses(Press::AcceptRequest(card(1))),
        ["NotificationSeen", "RequestAccepted", "CardUpdateQueued"]
    );
    assert_eq!(user.presses(Press::AcceptRequest(card(1))), ["ActionIgnored"]);
    assert_eq!(user.presses(DECLINE(1)), ["ActionIgnored"]);
    assert_eq!(user.state.subjects[&request()].state, SubjectState::Accepted);
}

#[test]
fn a_press_on_another_persons_card_does_nothing() {
    let mut user = User::installed();
    assert_eq!(user.presses(Press::AcceptRequest(card(9))), ["ActionIgnored"]);
    assert!(user.state.subjects.is_empty());
}

#[test]
fn a_request_withdrawn_before_it_was_sent_is_not_sent() {
    let mut user = User::installed();
    user.when(&UserCommand::Queue(Box::new(route(
        1,
        CardKind::MentoringRequest,
    ))));
    let withdrawn = UserCommand::ChangeSubject {
        subject: request(),
        state: SubjectState::Withdrawn,
        domain_event: EventId::derive(["w"]),
        correlation_id: Uuid::nil(),
    };
    assert_eq!(user.when(&withdrawn), ["SubjectChanged", "NotificationWithdrawn"]);
    assert!(user.when(&withdrawn).is_empty());
    assert!(
        user.when(&UserCommand::BeginSend {
            notification_id: card(1)
        })
        .is_empty()
    );
    // And one that comes after the word that it ended.
    assert_eq!(
        user.when(&UserCommand::Queue(Box::new(route(
            2,
            CardKind::MentoringRequest
        )))),
        ["NotificationQueued", "NotificationWithdrawn"]
    );
}

#[test]
fn a_request_withdrawn_after_it_was_sent_changes_the_card_and_later_presses_do_nothing() {
    let mut user = User::with_delivered_request(1);
    let withdrawn = UserCommand::ChangeSubject {
        subject: request(),
        state: SubjectState::Withdrawn,
        domain_event: EventId::derive(["w"]),
        correlation_id: Uuid::nil(),
    };
    assert_eq!(user.when(&withdrawn), ["SubjectChanged", "CardUpdateQueued"]);
    assert_eq!(
        user.presses(Press::AcceptRequest(card(1))),
        ["NotificationSeen", "ActionIgnored"]
    );
    let put = UserCommand::FinishUpdate {
        notification_id: card(1),
        revision: 2,
        abandoned: None,
    };
    assert_eq!(user.when(&put), ["CardUpdated"]);
    assert!(user.when(&put).is_empty());
}

#[test]
fn what_chronus_echoes_of_an_answer_given_here_changes_no_card() {
    let mut user = User::with_delivered_request(1);
    user.presses(Press::AcceptRequest(card(1)));
    let echo = UserCommand::ChangeSubject {
        subject: request(),
        state: SubjectState::Accepted,
        domain_event: EventId::derive(["e"]),
        correlation_id: Uuid::nil(),
    };
    assert_eq!(user.when(&echo), ["SubjectChanged"]);
    assert!(user.state.subjects[&request()].here);
}

#[test]
fn a_subject_that_ends_while_its_card_is_under_way_updates_the_card_afterwards() {
    let mut user = User::installed();
    user.when(&UserCommand::Queue(Box::new(route(
        1,
        CardKind::MentoringRequest,
    ))));
    user.when(&UserCommand::BeginSend {
        notification_id: card(1),
    });
    let expired = UserCommand::ChangeSubject {
        subject: request(),
        state: SubjectState::Expired,
        domain_event: EventId::derive(["x"]),
        correlation_id: Uuid::nil(),
    };
    assert_eq!(user.when(&expired), ["SubjectChanged", "CardUpdateQueued"]);
    assert_eq!(user.is_answered(1, accepted()), ["NotificationDelivered"]);
    assert!(super::wants_update(user.state.notification(card(1)).unwrap()));
}

#[test]
fn nothing_goes_to_a_person_who_disconnected_but_their_commands_are_answered() {
    let mut user = User::installed();
    assert_eq!(
        user.receives(What::Typed(Command::Disconnect)),
        ["CommandReceived", "Disconnected", "NotificationQueued"]
    );
    let reply = user.state.notifications.last().unwrap().id;
    assert_eq!(
        user.when(&UserCommand::BeginSend {
            notification_id: reply
        }),
        ["DeliveryAttempted"]
    );
    user.when(&UserCommand::Queue(Box::new(route(1, CardKind::Plain))));
    assert_eq!(
        user.when(&UserCommand::BeginSend {
            notification_id: card(1)
        }),
        ["NotificationSuppressed"]
    );
    assert_eq!(user.state.missed, 1);
}

#[test]
fn a_block_shown_by_a_refusal_stops_sending_until_the_person_shows_up() {
    let mut user = User::installed();
    for number in [1, 2, 3] {
        user.when(&UserCommand::Queue(Box::new(route(number, CardKind::Plain))));
    }
    assert_eq!(
        user.is_sent(1, refused(403, "MessageWritesBlocked")),
        ["NotificationRefused", "ReachabilityChanged"]
    );
    assert_eq!(
        user.when(&UserCommand::BeginSend {
            notification_id: card(2)
        }),
        ["NotificationSuppressed"]
    );
    assert_eq!(user.receives(What::Contact), ["ReachabilityChanged"]);
    assert_eq!(
        user.when(&UserCommand::BeginSend {
            notification_id: card(3)
        }),
        ["DeliveryAttempted"]
    );
}

#[test]
fn a_card_whose_time_ran_out_is_not_sent() {
    let mut user = User::installed();
    user.when(&UserCommand::Queue(Box::new(route(1, CardKind::Plain))));
    user.now += TimeDelta::days(30);
    assert_eq!(
        user.when(&UserCommand::BeginSend {
            notification_id: card(1)
        }),
        ["NotificationExpired"]
    );
    assert!(
        user.when(&UserCommand::BeginSend {
            notification_id: card(1)
        })
        .is_empty()
    );
}

#[test]
fn an_interrupted_attempt_is_unknown_and_repeated_after_its_delay_only() {
    let mut user = User::installed();
    user.when(&UserCommand::Queue(Box::new(route(
        1,
        CardKind::MentoringRequest,
    ))));
    let begin = UserCommand::BeginSend {
        notification_id: card(1),
    };
    user.when(&begin);
    assert!(
        user.when(&begin).is_empty(),
        "a second lane got leave for the same attempt"
    );
    assert_eq!(
        user.when(&UserCommand::Interrupted {
            notification_id: card(1)
        }),
        ["DeliveryOutcomeUnknown"]
    );
    assert!(user.when(&begin).is_empty());
    user.now += TimeDelta::minutes(1);
    assert_eq!(user.when(&begin), ["DeliveryAttempted"]);
}

#[test]
fn a_press_on_a_card_whose_arrival_is_unknown_settles_it() {
    let mut user = User::installed();
    user.when(&UserCommand::Queue(Box::new(route(
        1,
        CardKind::MentoringRequest,
    ))));
    user.is_sent(1, refused(503, "ServiceError"));
    assert!(matches!(user.phase(1), Phase::Unknown(Some(_))));
    user.presses(Press::AcceptRequest(card(1)));
    assert_eq!(user.phase(1), Phase::Delivered);
    user.now += TimeDelta::minutes(10);
    assert!(
        user.when(&UserCommand::BeginSend {
            notification_id: card(1)
        })
        .is_empty(),
        "it was sent again"
    );
}

#[test]
fn a_throttled_card_waits_and_keeps_its_place() {
    let mut user = User::installed();
    user.when(&UserCommand::Queue(Box::new(route(1, CardKind::Plain))));
    assert_eq!(
        user.is_sent(1, refused(429, "Throttled")),
        ["DeliveryRetryScheduled"]
    );
    assert!(
        user.when(&UserCommand::BeginSend {
            notification_id: card(1)
        })
        .is_empty()
    );
    user.now += TimeDelta::minutes(2);
    assert_eq!(user.is_sent(1, accepted()), ["NotificationDelivered"]);
}

#[test]
fn the_same_domain_event_under_two_recipient_entries_is_one_card() {
    let mut user = User::installed();
    user.when(&UserCommand::Queue(Box::new(route(1, CardKind::Plain))));
    let twin = Route {
        notification_id: card(2),
        ..route(1, CardKind::Plain)
    };
    assert_eq!(
        user.when(&UserCommand::Queue(Box::new(twin))),
        ["NotificationQueued", "NotificationSuppressed"]
    );
    assert!(
        user.when(&UserCommand::Queue(Box::new(route(1, CardKind::Plain))))
            .is_empty()
    );
}

#[test]
fn a_profile_that_cannot_be_read_now_is_asked_again_and_one_that_is_refused_is_not() {
    let mut user = User::installed();
    let failed = |status| UserCommand::ProfileFailed {
        status,
        code: "x".into(),
    };
    let events = user.when_events(&failed(Some(503)));
    assert!(matches!(&events[..], [UserEvent::ProfileUnavailable(e)] if e.retry_at.is_some()));
    user.now += TimeDelta::seconds(2);
    let events = user.when_events(&failed(Some(403)));
    assert!(matches!(&events[..], [UserEvent::ProfileUnavailable(e)] if e.retry_at.is_none()));
    let profile = ProfileResolved {
        name: None,
        email: None,
        email_lookup: None,
        upn: None,
        upn_lookup: None,
        role: MemberRole::User,
    };
    assert!(
        user.when(&UserCommand::ProfileFound(Box::new(profile)))
            .is_empty()
    );
}

mod laws {
    use events::StoredEvent as _;
    use proptest::prelude::*;

    use super::*;

    fn any_command() -> impl Strategy<Value = UserCommand> {
        let number = 1_u32..5;
        prop_oneof![
            (any::<u8>(), what()).prop_map(|(key, what)| UserCommand::Receive(Box::new(Inbound {
                activity_key: Uuid::from_u128(u128::from(key)),
                conversation: conversation(),
                client: ClientObserved::default(),
                app_version: None,
                what,
            }))),
            number
                .clone()
                .prop_map(|n| UserCommand::Queue(Box::new(route(n, CardKind::MentoringRequest)))),
            number.clone().prop_map(|n| UserCommand::BeginSend {
                notification_id: card(n)
            }),
            number.clone().prop_map(|n| UserCommand::Interrupted {
                notification_id: card(n)
            }),
            (number.clone(), 1_u32..4, result()).prop_map(|(n, attempt, result)| UserCommand::FinishSend {
                notification_id: card(n),
                attempt,
                revision: 1,
                result
            }),
            (number, 1_u32..4).prop_map(|(n, revision)| UserCommand::FinishUpdate {
                notification_id: card(n),
                revision,
                abandoned: None
            }),
        ]
    }

    fn what() -> impl Strategy<Value = What> {
        prop_oneof![
            Just(What::Installed(InstallEvidence::InstallationUpdate)),
            Just(What::Uninstalled(UninstallEvidence::InstallationUpdate)),
            Just(What::Typed(Command::Disconnect)),
            Just(What::Typed(Command::Connect)),
            (1_u32..5).prop_map(|n| What::Pressed {
                press: Press::AcceptRequest(card(n)),
                on: None
            }),
            (1_u32..5).prop_map(|n| What::Pressed {
                press: DECLINE(n),
                on: None
            }),
        ]
    }

    fn result() -> impl Strategy<Value = SendResult> {
        prop_oneof![
            Just(accepted()),
            Just(refused(429, "Throttled")),
            Just(refused(403, "BotNotInConversationRoster")),
            Just(SendResult::NoAnswer {
                reason: "timeout".into()
            }),
        ]
    }

    proptest! {
        /// A command that was just carried out decides to nothing when it comes again, a subject is answered at most
        /// once, and a replay of the stored form gives the live state.
        #[test]
        fn commands_are_idempotent_and_replay_equals_live(commands in proptest::collection::vec(any_command(), 1..60)) {
            let mut user = User::new();
            let mut stored = Vec::new();
            let mut answers = 0;
            for command in commands {
                user.now += TimeDelta::seconds(7);
                let decision = decide(&user.state, &command, user.now, &user.rules);
                for fact in decision.facts {
                    let (time, correlation_id, causation_id) = (user.now, fact.correlation_id, fact.causation_id);
                    let meta = Metadata { time, correlation_id, causation_id };
                    user.state.apply(&fact.event, &meta);
                    answers += usize::from(matches!(fact.event,
                        UserEvent::RequestAccepted(_) | UserEvent::RequestDeclined(_)));
                    stored.push((fact.event.type_name(), fact.event.schema_version(), fact.event.to_json(), meta));
                }
                if !matches!(command, UserCommand::BeginSend { .. }) {
                    let again = decide(&user.state, &command, user.now, &user.rules);
                    prop_assert!(again.facts.is_empty(), "{command:?} had a second effect: {again:?}");
                }
            }
            prop_assert!(answers <= 1);
            let mut replayed = UserState::default();
            for (event_type, version, payload, meta) in stored {
                replayed.apply(&UserEvent::decode(event_type, version, &payload).unwrap(), &meta);
            }
            prop_assert_eq!(&replayed, &user.state);
            let snapshot: UserState = serde_json::from_slice(&serde_json::to_vec(&user.state).unwrap()).unwrap();
            prop_assert_eq!(snapshot, user.state);
        }
    }
}
