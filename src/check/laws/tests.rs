use chrono::TimeDelta;
use events::outbound::ResponseDelivered;
use events::user::{
    AppInstalled, AppUninstalled, ConversationRef, DeliveryAttempted, DeliveryOutcomeUnknown, Disconnected,
    InstallEvidence, NotificationDelivered, ReachabilityChanged, RequestAccepted, SubjectChanged,
    UninstallEvidence, UnknownPolicy,
};
use events::{ConversationId, NewEvent, OrganizationId, StoredEvent, StreamId, Version};

use super::*;

/// A log that is looked at as it grows.
#[derive(Default)]
struct Log {
    laws: Laws,
    length: u64,
}

fn ada() -> UserKey {
    UserKey::parse("t/ada").unwrap()
}

fn id() -> NotificationId {
    NotificationId::derive(["card"])
}

fn organization() -> OrganizationId {
    OrganizationId::parse("acme").unwrap()
}

fn start() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH
}

fn queued(class: Class) -> NotificationQueued {
    NotificationQueued {
        notification_id: id(),
        source: Source::Chat,
        card: CardKind::Plain,
        subject: None,
        class,
        expires_at: start() + TimeDelta::hours(1),
        unknown_policy: UnknownPolicy::Retry,
        state: None,
        facts: None,
        prompt: None,
        awaited: false,
        happened_at: None,
        most_a_day: None,
        member_id: None,
    }
}

fn attempted(attempt: u32) -> DeliveryAttempted {
    DeliveryAttempted {
        notification_id: id(),
        attempt,
    }
}

fn delivered(attempt: u32) -> NotificationDelivered {
    NotificationDelivered {
        notification_id: id(),
        attempt,
        activity_id: None,
        conversation_id: ConversationId::parse("a:1").unwrap(),
        revision: 1,
    }
}

fn unknown(attempt: u32) -> DeliveryOutcomeUnknown {
    DeliveryOutcomeUnknown {
        notification_id: id(),
        attempt,
        reason: "reset".into(),
        retry_at: Some(start()),
    }
}

impl Log {
    /// Somebody who can be reached, with a card that waits.
    fn begun(class: Class) -> Self {
        let mut log = Self::default();
        let conversation = ConversationRef {
            conversation_id: ConversationId::parse("a:1").unwrap(),
            service_url: "https://smba.example/".into(),
            teams_user_id: "29:1".into(),
            bot_id: "28:1".into(),
        };
        log.user(AppInstalled {
            conversation,
            evidence: InstallEvidence::InstallationUpdate,
            app_version: None,
        });
        log.user(ReachabilityChanged {
            state: Reachability::Reachable,
            evidence: "installation".into(),
        });
        log.user(queued(class));
        log
    }

    fn user(&mut self, event: impl Into<UserEvent>) {
        self.add(StreamId::user(&ada()), &event.into());
    }

    fn add(&mut self, stream: StreamId, event: &impl StoredEvent) {
        self.length += 1;
        let id = EventId::derive([self.length.to_string().as_str()]);
        let metadata = Metadata {
            time: start() + TimeDelta::minutes(i64::try_from(self.length).unwrap()),
            correlation_id: id.0,
            causation_id: id.0,
        };
        let new = NewEvent::encode(id, event, metadata);
        let recorded = Recorded {
            stream,
            version: Version(self.length),
            position: Position(self.length),
            id,
            event_type: new.event_type.into(),
            schema_version: new.schema_version,
            payload: new.payload.into(),
            metadata,
        };
        let decoded = recorded.decode_any().unwrap();
        self.laws.see(&recorded, &decoded);
    }

    #[track_caller]
    fn ends_sound(self) {
        assert_eq!(self.laws.into_faults(), []);
    }

    #[track_caller]
    fn shows(self, position: u64, words: &str) {
        let faults = self.laws.into_faults();
        assert!(
            faults
                .iter()
                .any(|(at, what)| *at == Position(position) && what.contains(words)),
            "{faults:?}"
        );
    }
}

#[test]
fn a_card_that_was_tried_unknown_and_tried_again_is_sound() {
    let mut log = Log::begun(Class::Direct);
    log.user(attempted(1));
    log.user(unknown(1));
    log.user(attempted(2));
    log.user(delivered(2));
    log.ends_sound();
}

fn retried(reason: &str) -> DeliveryRetryScheduled {
    DeliveryRetryScheduled {
        notification_id: id(),
        attempt: 1,
        retry_at: start(),
        reason: reason.to_owned(),
        status: None,
        recover: None,
        probe: false,
        put_off: None,
    }
}

#[test]
fn what_waits_for_a_later_try_is_hastened_by_the_person_alone() {
    for (reason, is_sound) in [(DeliveryRetryScheduled::SHOWED_UP, true), ("throttled", false)] {
        let mut log = Log::begun(Class::Direct);
        log.user(attempted(1));
        log.user(retried("not_found"));
        log.user(retried(reason));
        log.user(attempted(2));
        log.user(delivered(2));
        if is_sound {
            log.ends_sound();
        } else {
            log.shows(6, "is waiting after it was waiting");
        }
    }
}

#[test]
fn a_delivery_without_an_attempt_is_found() {
    let mut log = Log::begun(Class::Direct);
    log.user(delivered(0));
    log.shows(4, "delivered after it was waiting");
}

#[test]
fn two_open_attempts_are_found() {
    let mut log = Log::begun(Class::Direct);
    log.user(attempted(1));
    log.user(attempted(2));
    log.shows(5, "while it was under way");
}

#[test]
fn a_gap_between_attempts_is_found() {
    let mut log = Log::begun(Class::Direct);
    log.user(attempted(2));
    log.shows(4, "attempt 2 follows attempt 0");
}

#[test]
fn an_attempt_after_the_delivery_is_found() {
    let mut log = Log::begun(Class::Direct);
    log.user(attempted(1));
    log.user(delivered(1));
    log.user(attempted(2));
    log.shows(6, "while it was delivered");
}

#[test]
fn an_attempt_after_the_uninstall_is_found() {
    let mut log = Log::begun(Class::Direct);
    log.user(AppUninstalled {
        evidence: UninstallEvidence::InstallationUpdate,
    });
    log.user(attempted(1));
    log.shows(5, "has not the app");
}

#[test]
fn an_attempt_after_a_disconnect_is_found_unless_the_person_asked_for_the_card() {
    let mut unasked = Log::begun(Class::Broadcast);
    unasked.user(Disconnected { at: None });
    unasked.user(attempted(1));
    unasked.shows(5, "disconnected");

    let mut asked = Log::begun(Class::Reply);
    asked.user(Disconnected { at: None });
    asked.user(attempted(1));
    asked.ends_sound();
}

#[test]
fn an_attempt_after_the_time_ran_out_is_found() {
    let mut log = Log::begun(Class::Direct);
    log.length = 100;
    log.user(attempted(1));
    log.shows(101, "after its time ran out");
}

#[test]
fn a_second_decision_of_the_same_person_is_found() {
    let mut log = Log::begun(Class::Direct);
    log.user(accepted());
    log.user(accepted());
    log.shows(5, "decided twice");
}

fn accepted() -> RequestAccepted {
    RequestAccepted {
        organization_id: organization(),
        notification_id: id(),
        subject: request(),
        domain_event: EventId::derive(["e"]),
        member_id: None,
        platform: None,
    }
}

fn request() -> SubjectRef {
    SubjectRef::parse("mentoring_request/1").unwrap()
}

#[test]
fn a_second_decision_is_sound_only_after_an_end_and_a_new_request() {
    let asked = |name: &str| NotificationQueued {
        notification_id: NotificationId::derive([name]),
        card: CardKind::MentoringRequest,
        subject: Some(request()),
        state: Some(SubjectState::Open),
        ..queued(Class::Direct)
    };
    let withdrawn = SubjectChanged {
        subject: request(),
        state: SubjectState::Withdrawn,
        domain_event: EventId::derive(["withdrawn"]),
        source: None,
        facts: None,
        card: None,
        happened_at: None,
    };
    for (ends, is_sound) in [(true, true), (false, false)] {
        let mut log = Log::begun(Class::Direct);
        log.user(asked("first"));
        log.user(accepted());
        if ends {
            log.user(withdrawn.clone());
        }
        log.user(asked("second"));
        log.user(accepted());
        let faults = log.laws.into_faults();
        let twice = faults.iter().any(|(_, what)| what.contains("decided twice"));
        assert_eq!(twice, !is_sound, "{faults:?}");
    }
}

#[test]
fn an_answer_that_is_handed_over_twice_is_found() {
    let mut log = Log::default();
    for attempt in [1, 2] {
        let taken = ResponseDelivered {
            response: Position(0),
            attempt,
            status: 204,
        };
        log.add(StreamId::responses(&organization()), &OutboundEvent::from(taken));
    }
    log.shows(2, "again after its end");
}
