//! What a Teams user's stream adds up to. `apply` folds one event; it never fails and never asks the time, so a
//! replay gives the live state.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use events::organization::{CardKind, SubjectState};
use events::user::{ClientObserved, ConversationRef, MemberRole, Reachability, SuppressedReason};
use events::{EventId, MemberId, Metadata, NotificationId, OrganizationId, Sealed, SubjectRef, UserEvent};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use super::notification::{Notification, Phase};

/// Changes whenever a stored snapshot of this state could not be read as the state of today.
pub const SNAPSHOT_SCHEMA: u32 = 1;

/// The fold of one user's stream.
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts about a person, each from its own events"
)]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UserState {
    /// Where the chat is, from the newest activity.
    pub conversation: Option<ConversationRef>,
    /// Whether the app is in the person's personal scope.
    pub installed: bool,
    /// When the app was last installed.
    pub installed_at: Option<DateTime<Utc>>,
    /// Whether the first greeting was ever queued.
    pub welcomed: bool,
    /// Whether the person can be reached.
    pub reachability: Reachability,
    /// The person's language, zone and device class.
    pub client: ClientObserved,
    /// Who the person is.
    pub profile: Profile,
    /// Who the person is in Chronus.
    pub link: Option<Link>,
    /// Whether the person wants notifications.
    pub connected: bool,
    /// Since when that is so; `None` when it was never changed.
    pub connected_since: Option<DateTime<Utc>>,
    /// Cards not sent since the person went away.
    pub missed: u32,
    /// Inbound activities that had their effect.
    pub handled: HashSet<Uuid>,
    /// Every notification, oldest first.
    pub notifications: Vec<Notification>,
    /// Subjects that ended.
    pub subjects: HashMap<SubjectRef, Ended>,
    /// Whether the person was erased.
    pub erased: bool,
}

/// Who the person is, as far as Teams told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Profile {
    /// Never asked.
    Unknown,
    /// To be asked; the number counts the tries that failed.
    Requested(u32),
    /// Told.
    Resolved {
        /// Display name.
        name: Option<Sealed>,
        /// Mail address, else UPN.
        address: Option<Sealed>,
        /// Person of the tenant or guest.
        role: MemberRole,
    },
    /// Teams does not tell.
    Unavailable,
}

/// Who the person is in Chronus.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// The organization.
    pub organization_id: OrganizationId,
    /// The person there, where Chronus gave an id.
    pub member_id: Option<MemberId>,
    /// Since when this is known.
    pub since: DateTime<Utc>,
}

/// How a subject ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// The state it entered.
    pub state: SubjectState,
    /// Whether this person did it here.
    pub here: bool,
    /// When.
    pub at: DateTime<Utc>,
    /// The domain events that told it.
    pub told_by: Vec<EventId>,
}

impl Default for UserState {
    fn default() -> Self {
        Self {
            conversation: None,
            installed: false,
            installed_at: None,
            welcomed: false,
            reachability: Reachability::Uninstalled,
            client: ClientObserved::default(),
            profile: Profile::Unknown,
            link: None,
            connected: true,
            connected_since: None,
            missed: 0,
            handled: HashSet::new(),
            notifications: Vec::new(),
            subjects: HashMap::new(),
            erased: false,
        }
    }
}

impl UserState {
    /// The notification with this id.
    pub fn notification(&self, id: NotificationId) -> Option<&Notification> {
        self.notifications
            .iter()
            .rev()
            .find(|notification| notification.id == id)
    }

    /// How a notification's subject ended, if it did.
    pub fn ended(&self, notification: &Notification) -> Option<&Ended> {
        notification
            .subject
            .as_ref()
            .and_then(|subject| self.subjects.get(subject))
    }

    /// Folds one event.
    pub fn apply(&mut self, event: &UserEvent, meta: &Metadata) {
        match event {
            UserEvent::AppInstalled(e) => {
                self.handled.insert(meta.causation_id);
                self.installed = true;
                self.installed_at = Some(meta.time);
                self.conversation = Some(e.conversation.clone());
            }
            UserEvent::AppUninstalled(_) => {
                self.handled.insert(meta.causation_id);
                self.installed = false;
            }
            UserEvent::ReferenceRefreshed(e) => {
                self.conversation = Some(e.conversation.clone());
                if let Some(id) = e.recovered_for {
                    self.change(id, |n| {
                        n.recovery = None;
                        n.recovered = true;
                    });
                }
            }
            UserEvent::ClientObserved(e) => self.client = e.clone(),
            UserEvent::ProfileRequested(_) => self.profile = Profile::Requested(0),
            UserEvent::ProfileResolved(e) => {
                let address = e.email.clone().or_else(|| e.upn.clone());
                self.profile = Profile::Resolved {
                    name: e.name.clone(),
                    address,
                    role: e.role,
                };
            }
            UserEvent::ProfileUnavailable(e) => {
                let failed = if let Profile::Requested(failed) = self.profile {
                    failed
                } else {
                    0
                };
                self.profile = if e.retry_at.is_some() {
                    Profile::Requested(failed + 1)
                } else {
                    Profile::Unavailable
                };
            }
            UserEvent::MemberLinked(e) => {
                let (organization_id, member_id) = (e.organization_id.clone(), e.member_id.clone());
                self.link = Some(Link {
                    organization_id,
                    member_id,
                    since: meta.time,
                });
            }
            UserEvent::MemberUnlinked(_) => self.link = None,
            UserEvent::Connected(_) => {
                self.connected = true;
                self.connected_since = Some(meta.time);
            }
            UserEvent::Disconnected(_) => {
                self.connected = false;
                self.connected_since = Some(meta.time);
            }
            UserEvent::CommandReceived(_) | UserEvent::ActionIgnored(_) => {
                self.handled.insert(meta.causation_id);
            }
            UserEvent::ReachabilityChanged(e) => self.reachability = e.state,
            UserEvent::UserErased(_) => self.erase(),
            UserEvent::SubjectChanged(e) => {
                let here = self
                    .subjects
                    .get(&e.subject)
                    .is_some_and(|ended| ended.here && ended.state == e.state);
                let ended = self.subjects.entry(e.subject.clone()).or_insert_with(|| Ended {
                    state: e.state,
                    here: false,
                    at: meta.time,
                    told_by: Vec::new(),
                });
                if ended.state != e.state {
                    ended.state = e.state;
                    ended.at = meta.time;
                }
                ended.here = here;
                ended.told_by.push(e.domain_event);
            }
            UserEvent::RequestAccepted(e) => self.answer(&e.subject, SubjectState::Accepted, meta),
            UserEvent::RequestDeclined(e) => self.answer(&e.subject, SubjectState::Declined, meta),
            UserEvent::NotificationQueued(_)
            | UserEvent::NotificationRequeued(_)
            | UserEvent::NotificationSuppressed(_)
            | UserEvent::NotificationWithdrawn(_)
            | UserEvent::NotificationExpired(_)
            | UserEvent::DeliveryAttempted(_)
            | UserEvent::DeliveryRetryScheduled(_)
            | UserEvent::NotificationDelivered(_)
            | UserEvent::NotificationRefused(_)
            | UserEvent::DeliveryOutcomeUnknown(_)
            | UserEvent::NotificationSeen(_)
            | UserEvent::CardUpdateQueued(_)
            | UserEvent::CardUpdated(_)
            | UserEvent::CardUpdateAbandoned(_) => self.apply_delivery(event, meta),
        }
    }

    fn answer(&mut self, subject: &SubjectRef, state: SubjectState, meta: &Metadata) {
        self.handled.insert(meta.causation_id);
        let ended = Ended {
            state,
            here: true,
            at: meta.time,
            told_by: Vec::new(),
        };
        self.subjects.insert(subject.clone(), ended);
    }

    fn erase(&mut self) {
        self.erased = true;
        self.connected = false;
        self.profile = Profile::Unavailable;
        self.link = None;
    }

    fn apply_delivery(&mut self, event: &UserEvent, meta: &Metadata) {
        match event {
            UserEvent::NotificationQueued(e) => {
                if e.card == CardKind::Welcome {
                    self.welcomed = true;
                }
                self.notifications.push(Notification {
                    id: e.notification_id,
                    source: e.source.clone(),
                    card: e.card,
                    subject: e.subject.clone(),
                    class: e.class,
                    expires_at: e.expires_at,
                    unknown_policy: e.unknown_policy,
                    correlation_id: meta.correlation_id,
                    queued_at: meta.time,
                    phase: Phase::Queued,
                    changed_at: meta.time,
                    attempts: 0,
                    unknowns: 0,
                    activity_id: None,
                    shown: 0,
                    wanted: 1,
                    frozen: false,
                    seen: false,
                    recovery: None,
                    recovered: false,
                    attempts_before: 0,
                    replays: Vec::new(),
                });
            }
            UserEvent::NotificationSuppressed(e) => {
                self.enter(e.notification_id, Phase::Suppressed, meta, |_| {});
                let from_chronus = self
                    .notification(e.notification_id)
                    .is_some_and(Notification::is_from_chronus);
                if from_chronus && e.reason != SuppressedReason::Duplicate {
                    self.missed += 1;
                }
            }
            UserEvent::NotificationRequeued(e) => {
                self.enter(e.notification_id, Phase::Queued, meta, |n| {
                    n.expires_at = e.expires_at;
                    n.unknowns = 0;
                    n.attempts_before = n.attempts;
                    n.recovery = None;
                    n.replays.push(e.replay_id);
                });
            }
            UserEvent::NotificationWithdrawn(e) => {
                self.enter(e.notification_id, Phase::Withdrawn, meta, |_| {});
            }
            UserEvent::NotificationExpired(e) => self.enter(e.notification_id, Phase::Expired, meta, |_| {}),
            UserEvent::DeliveryAttempted(e) => {
                self.enter(e.notification_id, Phase::Attempted, meta, |n| {
                    n.attempts = e.attempt;
                });
            }
            UserEvent::DeliveryRetryScheduled(e) => {
                self.enter(e.notification_id, Phase::Retry(e.retry_at), meta, |n| {
                    n.recovery = e.recover.or(n.recovery);
                });
            }
            UserEvent::NotificationDelivered(e) => {
                self.enter(e.notification_id, Phase::Delivered, meta, |n| {
                    n.activity_id = e.activity_id.clone().or_else(|| n.activity_id.take());
                    n.shown = e.revision;
                });
                // The card that told how much was missed has arrived.
                let told = |n: &Notification| matches!(n.card, CardKind::WelcomeBack | CardKind::Connected);
                if self.notification(e.notification_id).is_some_and(told) {
                    self.missed = 0;
                }
            }
            UserEvent::NotificationRefused(e) => self.enter(e.notification_id, Phase::Refused, meta, |_| {}),
            UserEvent::DeliveryOutcomeUnknown(e) => {
                self.enter(e.notification_id, Phase::Unknown(e.retry_at), meta, |n| {
                    n.unknowns += 1;
                });
            }
            UserEvent::NotificationSeen(e) => {
                self.handled.insert(meta.causation_id);
                self.enter(e.notification_id, Phase::Delivered, meta, |n| {
                    n.seen = true;
                    n.activity_id = n.activity_id.take().or_else(|| e.activity_id.clone());
                    n.shown = n.shown.max(1);
                });
            }
            UserEvent::CardUpdateQueued(e) => self.change(e.notification_id, |n| n.wanted = e.revision),
            UserEvent::CardUpdated(e) => self.change(e.notification_id, |n| n.shown = e.revision),
            UserEvent::CardUpdateAbandoned(e) => self.change(e.notification_id, |n| n.frozen = true),
            UserEvent::AppInstalled(_)
            | UserEvent::AppUninstalled(_)
            | UserEvent::ReferenceRefreshed(_)
            | UserEvent::ClientObserved(_)
            | UserEvent::ProfileRequested(_)
            | UserEvent::ProfileResolved(_)
            | UserEvent::ProfileUnavailable(_)
            | UserEvent::MemberLinked(_)
            | UserEvent::MemberUnlinked(_)
            | UserEvent::Connected(_)
            | UserEvent::Disconnected(_)
            | UserEvent::CommandReceived(_)
            | UserEvent::ActionIgnored(_)
            | UserEvent::SubjectChanged(_)
            | UserEvent::RequestAccepted(_)
            | UserEvent::RequestDeclined(_)
            | UserEvent::ReachabilityChanged(_)
            | UserEvent::UserErased(_) => {}
        }
    }

    fn enter(
        &mut self,
        id: NotificationId,
        phase: Phase,
        meta: &Metadata,
        also: impl FnOnce(&mut Notification),
    ) {
        self.change(id, |notification| {
            notification.phase = phase;
            notification.changed_at = meta.time;
            also(notification);
        });
    }

    fn change(&mut self, id: NotificationId, change: impl FnOnce(&mut Notification)) {
        if let Some(notification) = self.notifications.iter_mut().rev().find(|n| n.id == id) {
            change(notification);
        }
    }
}
