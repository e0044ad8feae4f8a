//! Given these events, when this command, then these events.
#![expect(clippy::wildcard_enum_match_arm, reason = "a test looks for what it expects")]

use chrono::{DateTime, TimeDelta, Utc};
use events::organization::{CardKind, Class, SubjectFacts, SubjectState};
use events::user::{
    ClientDefaultsChanged, ClientObserved, Command, ConversationRef, InstallEvidence, MatchedBy, MemberRole,
    ProfileResolved, Queue, Reachability, Source, UninstallEvidence,
};
use events::{
    ActivityId, ConversationId, EventId, Lookup, Metadata, NotificationId, OrganizationId, Position, Sealed,
    SubjectRef, UserEvent, UserKey,
};
use uuid::Uuid;

use super::decide;
use crate::action::{Act, Meant, Typed};
use crate::card::{CardContent, ListView, SubjectCard};
use crate::ports::{Rejection, Route, RouteLink, SendResult, SubjectRoute};
use crate::settings::Rules;
use crate::user::command::{ActivityChat, Inbound, LookUpFailure, Press, PressInput, UserCommand, What};
use crate::user::state::{Phase, UserState};

mod askings;
mod cap;
mod commands;
mod gate;
mod greeting;
mod histories;
mod late_wishes;
mod laws;
mod link;
mod messages;
mod moments;
mod older_forms;
mod order;
mod presence;
mod pressing;
mod profiles;
mod recovering;
mod reminders;
mod returns;
mod sending;
mod stopped;
mod stories;
mod subjects;
mod surveys;
mod wishes;

/// A user whose history grows by what is decided.
struct User {
    state: UserState,
    now: DateTime<Utc>,
    rules: Rules,
    activities: u32,
    tenant_off: bool,
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
        state: Some(SubjectState::Open),
        facts: None,
        link: Some(RouteLink {
            organization_id: OrganizationId::parse("acme").unwrap(),
            member_id: None,
            matched_by: MatchedBy::Email,
        }),
        happened_at: None,
        client_defaults: ClientDefaultsChanged::default(),
        changes: Vec::new(),
        held_until: None,
        most_a_day: None,
        was_held: false,
    }
}

/// A thing of its own kind, with a card of that kind about it.
fn about(number: u32, kind: CardKind, name: &str, facts: SubjectFacts) -> Route {
    Route {
        subject: Some(SubjectRef::parse(name).unwrap()),
        facts: Some(facts),
        event_type: "com.chronus.test".into(),
        ..route(number, kind)
    }
}

impl User {
    /// A card is queued.
    fn hears(&mut self, route: Route) -> Vec<&'static str> {
        self.when(&UserCommand::Queue(Box::new(route)))
    }

    /// A card is queued and arrives.
    #[track_caller]
    fn gets(&mut self, route: Route) -> NotificationId {
        let id = route.notification_id;
        self.hears(route);
        self.is_delivered(id);
        id
    }

    #[track_caller]
    fn is_delivered(&mut self, id: NotificationId) {
        let sent = self.begins(id);
        assert!(sent.contains(&"DeliveryAttempted"), "{sent:?}");
        let card = self.state.notification(id).unwrap();
        let (attempt, revision) = (card.attempts, card.wanted);
        let number = self.state.notifications.len();
        self.when(&UserCommand::FinishSend {
            notification_id: id,
            attempt,
            revision,
            result: SendResult::Accepted {
                activity_id: Some(ActivityId::parse(number.to_string()).unwrap()),
            },
        });
    }

    fn begins(&mut self, notification_id: NotificationId) -> Vec<&'static str> {
        self.when(&UserCommand::BeginSend { notification_id })
    }

    /// The newest notification.
    fn newest(&self) -> &crate::user::state::Notification {
        self.state.notifications.last().unwrap()
    }

    /// Chronus tells of a change.
    fn learns(&mut self, change: SubjectRoute) -> Vec<&'static str> {
        self.when(&UserCommand::ChangeSubject(Box::new(change)))
    }

    fn content(&self, id: NotificationId) -> CardContent {
        let user = UserKey::parse("t/ada").unwrap();
        let card = self.state.notification(id).unwrap();
        crate::user::view::card(&self.state, &user, card, self.now, &self.rules).content
    }

    #[track_caller]
    fn subject_card(&self, id: NotificationId) -> SubjectCard {
        match self.content(id) {
            CardContent::Subject(card) => *card,
            other => panic!("{other:?}"),
        }
    }

    #[track_caller]
    fn list(&self, id: NotificationId) -> ListView {
        match self.content(id) {
            CardContent::List(list) => list,
            CardContent::WelcomeBack { list, .. }
            | CardContent::Connected { list, .. }
            | CardContent::Resumed { list } => *list,
            other => panic!("{other:?} is no list"),
        }
    }

    fn lives_in(&mut self, zone: &str) {
        self.state.client.timezone = Some(zone.into());
    }

    fn new() -> Self {
        let now = DateTime::UNIX_EPOCH + TimeDelta::days(1);
        Self {
            state: UserState::default(),
            now,
            rules: Rules::default(),
            activities: 0,
            tenant_off: false,
        }
    }

    fn installed() -> Self {
        let mut user = Self::new();
        user.receives(What::Installed(InstallEvidence::InstallationUpdate));
        user
    }

    /// The greeting is sent.
    #[track_caller]
    fn is_greeted(&mut self) {
        let greeting = self.newest().id;
        self.is_delivered(greeting);
    }

    /// Decides and applies; answers the names of the events, but not that an activity came, which every one tells.
    #[track_caller]
    fn when(&mut self, command: &UserCommand) -> Vec<&'static str> {
        self.when_events(command)
            .iter()
            .map(events::StoredEvent::type_name)
            .filter(|name| *name != "ActivityObserved")
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
            tenant_off: self.tenant_off,
            activity_key: Uuid::from_u128(u128::from(self.activities)),
            at: None,
            chat: ActivityChat::Own(conversation()),
            client: ClientObserved::default(),
            app_version: None,
            client_defaults: ClientDefaultsChanged::default(),
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

/// What a look-up brings that the connector refuses with this status.
fn look_up_fails(status: u16) -> UserCommand {
    UserCommand::ProfileFailed(LookUpFailure {
        status: Some(status),
        code: "refused".into(),
        is_outage: status == 429 || status >= 500,
        retry_after: None,
    })
}

/// What a look-up brings of a person with this address.
fn told(address: Option<&str>) -> ProfileResolved {
    ProfileResolved {
        name: None,
        email: address.map(messages::words),
        email_lookup: address.map(Lookup::from_stored),
        upn: None,
        upn_lookup: None,
        email_former_lookup: None,
        upn_former_lookup: None,
        role: MemberRole::User,
    }
}

fn looked_up(address: Option<&str>) -> UserCommand {
    UserCommand::ProfileFound(Box::new(told(address)))
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

fn press(number: u32, act: Act<Sealed>) -> Press {
    Press {
        on: Some(card(number)),
        revision: None,
        subject: None,
        line: None,
        act,
        input: PressInput::default(),
    }
}

const ACCEPT: fn(u32) -> Press = |number| press(number, Act::AcceptRequest);

const DECLINE: fn(u32) -> Press = |number| {
    press(
        number,
        Act::DeclineRequest {
            reason: None,
            note: None,
        },
    )
};

fn typed(command: Command) -> What {
    What::Typed(Typed::plain(command))
}

/// The word that a subject changed; `name` tells domain events apart.
fn change(
    subject: SubjectRef,
    card: CardKind,
    state: SubjectState,
    name: &str,
    position: u64,
) -> SubjectRoute {
    let domain_event = EventId::derive([name]);
    SubjectRoute {
        user: UserKey::parse("t/ada").unwrap(),
        subject,
        state,
        card: Some(card),
        domain_event,
        source: Some(Source::DomainEvent {
            organization_id: OrganizationId::parse("acme").unwrap(),
            event_id: domain_event,
            position: Position(position),
        }),
        facts: None,
        addressed: true,
        accepted_at: DateTime::UNIX_EPOCH,
        expires_at: None,
        correlation_id: Uuid::nil(),
        happened_at: None,
    }
}

fn resolved(state: SubjectState, name: &str) -> UserCommand {
    UserCommand::ChangeSubject(Box::new(change(
        request(),
        CardKind::RequestOutcome,
        state,
        name,
        1_000,
    )))
}

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
    user.is_greeted();
    user.receives(What::Uninstalled(UninstallEvidence::InstallationUpdate));
    user.now += TimeDelta::days(3);
    let command = user.activity(What::Installed(InstallEvidence::InstallationUpdate));
    let events = user.when_events(&command);
    let greeting = events.iter().find_map(|event| {
        let UserEvent::Queue(Queue::Queued(queued)) = event else {
            return None;
        };
        Some(queued.card)
    });
    assert_eq!(greeting, Some(CardKind::WelcomeBack));
}

#[test]
fn the_same_activity_again_has_no_second_effect_however_late() {
    let mut user = User::installed();
    let help = user.activity(typed(Command::Help));
    assert_eq!(user.when(&help), ["CommandReceived", "NotificationQueued"]);
    user.now += TimeDelta::days(400);
    assert!(user.when(&help).is_empty());
}

#[test]
fn a_person_who_writes_without_a_known_install_is_installed() {
    let mut user = User::new();
    let events = user.receives(typed(Command::Unknown));
    assert_eq!(events[..2], ["AppInstalled", "ProfileRequested"]);
    assert_eq!(user.state.reachability, Reachability::Reachable);
}

#[test]
fn accepting_twice_is_recorded_once_and_the_second_press_is_harmless() {
    let mut user = User::with_delivered_request(1);
    assert_eq!(
        user.presses(ACCEPT(1)),
        ["NotificationSeen", "RequestAccepted", "CardUpdateQueued"]
    );
    assert_eq!(user.presses(ACCEPT(1)), ["ActionIgnored"]);
    assert_eq!(user.presses(DECLINE(1)), ["CardUpdateQueued", "ActionIgnored"]);
    assert_eq!(user.state.subjects[&request()].state, SubjectState::Accepted);
}

#[test]
fn a_press_on_another_persons_card_does_nothing() {
    let mut user = User::installed();
    assert_eq!(user.presses(ACCEPT(9)), ["ActionIgnored"]);
    assert!(user.state.subjects.is_empty());
}

#[test]
fn a_request_withdrawn_before_it_was_sent_is_not_sent() {
    let mut user = User::installed();
    user.when(&UserCommand::Queue(Box::new(route(
        1,
        CardKind::MentoringRequest,
    ))));
    let withdrawn = resolved(SubjectState::Withdrawn, "w");
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
    let withdrawn = resolved(SubjectState::Withdrawn, "w");
    assert_eq!(user.when(&withdrawn), ["SubjectChanged", "CardUpdateQueued"]);
    assert_eq!(
        user.presses(ACCEPT(1)),
        ["NotificationSeen", "CardUpdateQueued", "ActionIgnored"]
    );
    let put = UserCommand::FinishUpdate {
        notification_id: card(1),
        revision: 3,
        abandoned: None,
    };
    assert_eq!(user.when(&put), ["CardUpdated"]);
    assert!(user.when(&put).is_empty());
}

#[test]
fn what_chronus_echoes_of_an_answer_given_here_changes_no_card() {
    let mut user = User::with_delivered_request(1);
    user.presses(ACCEPT(1));
    let echo = resolved(SubjectState::Accepted, "e");
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
    let expired = resolved(SubjectState::Expired, "x");
    assert_eq!(user.when(&expired), ["SubjectChanged", "CardUpdateQueued"]);
    assert_eq!(user.is_answered(1, accepted()), ["NotificationDelivered"]);
    assert!(crate::user::revisions::wants_update(
        user.state.notification(card(1)).unwrap()
    ));
}
