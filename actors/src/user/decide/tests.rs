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

mod laws;
mod recovering;
mod sending;

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
