//! Counts what happens, read off the log as it grows: whatever decided it, the log tells it. Begins at the log's end
//! when the process starts and is never more than a batch behind; what it misses while it stands still it counts late.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use events::Event;
use events::organization::Class;
use events::outbound::ResponseFailed;
use events::store::{Follow, Outage};
use events::user::{Delivery, Presence, Queue};
use events::{
    EventStore, NotificationId, OrganizationEvent, OutboundEvent, Position, Recorded, TenantId, UserEvent,
};
use metrics::{counter, gauge, histogram};
use projections::ReadModels;
use tokio_util::sync::CancellationToken;

use super::labels::Labels;
use super::troubles::Troubles;

/// Events counted at a time.
const BATCH: usize = 1_000;
/// How long to wait after the log or the read models failed.
const PAUSE: Duration = Duration::from_secs(2);
/// Different reasons and codes that have a label of their own.
const REASONS: usize = 60;

/// See the module.
#[derive(Debug)]
pub struct Counting {
    /// The log.
    pub store: Arc<dyn EventStore>,
    /// Tell when a notification came to be.
    pub models: ReadModels,
    /// Tenants and organizations that have a label of their own.
    pub tenants: Arc<Labels>,
    /// Hears of failures.
    pub troubles: Troubles,
    /// Bounds reasons and codes.
    reasons: Labels,
}

/// Ends that are to be measured once the batch is read.
#[derive(Debug, Default)]
struct Ends {
    delivered: Vec<(NotificationId, DateTime<Utc>)>,
    answered: Vec<(Position, DateTime<Utc>)>,
}

impl Counting {
    /// Counts what stands in `store` from now on.
    pub fn new(
        store: Arc<dyn EventStore>,
        models: ReadModels,
        tenants: Arc<Labels>,
        troubles: Troubles,
    ) -> Self {
        Self {
            store,
            models,
            tenants,
            troubles,
            reasons: Labels::new(REASONS),
        }
    }

    /// Counts until cancelled or the log is closed.
    pub async fn run(self, cancel: CancellationToken) {
        let store = Arc::clone(&self.store);
        let head = *store.head().borrow();
        let mut log = Follow::new(&*store, head, BATCH);
        loop {
            let next = tokio::select! {
                () = cancel.cancelled() => return,
                next = log.next() => next,
            };
            match next {
                Ok(Some(events)) => self.count(&events).await,
                // Closed: the service is stopping, and whoever stops it cancels this too.
                Ok(None) => return cancel.cancelled().await,
                Err(error) => {
                    if !Outage::caused(&error) {
                        tracing::warn!(
                            error = &error as &dyn std::error::Error,
                            "the log could not be read for counting"
                        );
                    }
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    async fn count(&self, events: &[Recorded]) {
        let mut ends = Ends::default();
        for recorded in events {
            match recorded.decode_any() {
                Ok(Event::User(event)) => self.user(recorded, &event, &mut ends),
                Ok(Event::Outbound(event)) => self.outbound(recorded, &event, &mut ends),
                Ok(Event::Organization(OrganizationEvent::DomainEventAccepted(_))) => {
                    let organization = recorded.stream.organization_id();
                    let organization = organization.as_ref().map_or("", |id| id.as_str());
                    counter!(super::ACCEPTED, "organization" => self.tenants.of(organization)).increment(1);
                }
                Ok(Event::Tenant(_) | Event::Lease(_) | Event::Log(_)) | Err(_) => {}
            }
        }
        self.measure(ends).await;
    }

    fn attempt(&self, outcome: &'static str, reason: &str) {
        counter!(super::ATTEMPTS, "outcome" => outcome, "reason" => self.reasons.of(reason)).increment(1);
    }

    fn user(&self, recorded: &Recorded, event: &UserEvent, ends: &mut Ends) {
        match event {
            UserEvent::Presence(event) => presence(event),
            UserEvent::Queue(event) => queue(event),
            UserEvent::Delivery(event) => self.delivery(recorded, event, ends),
            UserEvent::Identity(_)
            | UserEvent::Settings(_)
            | UserEvent::Chat(_)
            | UserEvent::Answer(_)
            | UserEvent::Update(_) => {}
        }
    }

    fn delivery(&self, recorded: &Recorded, event: &Delivery, ends: &mut Ends) {
        let time = recorded.metadata.time;
        match event {
            Delivery::Delivered(e) => {
                self.attempt("delivered", "taken");
                ends.delivered.push((e.notification_id, time));
            }
            Delivery::RetryScheduled(e) => {
                self.attempt("retry", &e.reason);
                self.troubles.note("retry", &e.reason, time);
                if e.status == Some(429) {
                    self.throttled(recorded.stream.tenant_id().as_ref(), e.retry_at);
                }
            }
            Delivery::Refused(e) => {
                self.attempt("refused", &e.code);
                self.troubles.note("refused", &e.code, time);
            }
            Delivery::OutcomeUnknown(e) => {
                self.attempt("unknown", &e.reason);
                self.troubles.note("unknown", &e.reason, time);
            }
            Delivery::Attempted(_) | Delivery::Seen(_) => {}
        }
    }

    fn throttled(&self, tenant: Option<&TenantId>, until: DateTime<Utc>) {
        let tenant = self.tenants.of(tenant.map_or("", TenantId::as_str));
        counter!(super::THROTTLED, "tenant" => tenant.clone()).increment(1);
        gauge!(super::THROTTLED_UNTIL, "tenant" => tenant).set(until.timestamp_millis() as f64 / 1_000.0);
    }

    fn outbound(&self, recorded: &Recorded, event: &OutboundEvent, ends: &mut Ends) {
        let time = recorded.metadata.time;
        let organization = || {
            let organization = recorded.stream.organization_id();
            self.tenants
                .of(organization.as_ref().map_or("", |id| id.as_str()))
        };
        match event {
            OutboundEvent::NotificationUnroutable(e) => not_sent(e.reason.as_str()),
            // The first two are no ends and counted when it comes to one; of the last the gauge of webhooks tells.
            OutboundEvent::RecipientUnreached(_)
            | OutboundEvent::RecipientReopened(_)
            | OutboundEvent::WebhookEnabled(_)
            | OutboundEvent::PersonalValuesOpened(_)
            | OutboundEvent::ActRecorded(_)
            | OutboundEvent::CallersRefused(_)
            | OutboundEvent::ErasureOrdered(_)
            | OutboundEvent::ErasureCertified(_)
            | OutboundEvent::ApiKeyMade(_)
            | OutboundEvent::ApiKeyRevoked(_)
            | OutboundEvent::ApiKeyUsed(_)
            | OutboundEvent::OrganizationRegistered(_)
            | OutboundEvent::LinkCodeMade(_)
            | OutboundEvent::LinkCodeTried(_)
            | OutboundEvent::TenantLinked(_)
            | OutboundEvent::TenantUnlinked(_)
            | OutboundEvent::OrganizationSettingsChanged(_)
            | OutboundEvent::RequestBegun(_)
            | OutboundEvent::RequestAnswered(_) => {}
            OutboundEvent::ResponseDelivered(e) => {
                counter!(super::RESPONSES, "result" => "taken").increment(1);
                ends.answered.push((e.response, time));
            }
            OutboundEvent::ResponseFailed(e) => {
                let left_to_feed = e.reason == ResponseFailed::NO_WEBHOOK;
                let result = match e.retry_at {
                    Some(_) => "retry",
                    None if left_to_feed => "feed_only",
                    None => "given_up",
                };
                counter!(super::RESPONSES, "result" => result).increment(1);
                if left_to_feed {
                    return;
                }
                if e.retry_at.is_none() {
                    counter!(super::RESPONSES_GIVEN_UP, "organization" => organization()).increment(1);
                }
                self.troubles
                    .note("answer not taken", &self.reasons.of(&e.reason), time);
            }
            OutboundEvent::ResponseRequeued(_) => {
                counter!(super::RESPONSES_REPLAYED, "organization" => organization()).increment(1);
            }
            OutboundEvent::WebhookDisabled(e) => self.troubles.note("webhook off", e.reason.as_str(), time),
        }
    }

    /// Measures from beginning to end. The beginnings stand in the read models, which folded them before anything
    /// could be sent.
    async fn measure(&self, ends: Ends) {
        let ids = ends.delivered.iter().map(|(id, _)| *id).collect::<Vec<_>>();
        if !ids.is_empty() {
            match self.models.times(ids).await {
                Ok(times) => {
                    for (id, end) in ends.delivered {
                        let Some(times) = times.get(&id).filter(|times| times.from_chronus) else {
                            continue;
                        };
                        let class = class_name(Some(times.class));
                        histogram!(super::DELIVERY, "class" => class).record(seconds(end - times.created));
                        if let Some(queued) = times.queued {
                            histogram!(super::SENDING, "class" => class).record(seconds(end - queued));
                        }
                    }
                }
                Err(error) => tracing::warn!(%error, "deliveries could not be measured"),
            }
        }
        let positions = ends
            .answered
            .iter()
            .map(|(position, _)| *position)
            .collect::<Vec<_>>();
        if !positions.is_empty() {
            match self.models.answered(positions).await {
                Ok(given) => {
                    for (position, end) in ends.answered {
                        if let Some(given) = given.get(&position) {
                            histogram!(super::ANSWERING).record(seconds(end - *given));
                        }
                    }
                }
                Err(error) => tracing::warn!(%error, "answers could not be measured"),
            }
        }
    }
}

fn presence(event: &Presence) {
    match event {
        Presence::ClientObserved(e) => {
            unknown_zone("client", e.unknown_timezone.as_deref().or(e.timezone.as_deref()));
        }
        Presence::ClientDefaultsChanged(e) => {
            unknown_zone("chronus", e.unknown_timezone.as_deref().or(e.timezone.as_deref()));
        }
        Presence::ReachabilityChanged(e) => {
            counter!(super::REACHABILITY, "state" => e.state.as_str()).increment(1);
        }
        Presence::AppInstalled(_)
        | Presence::AppUninstalled(_)
        | Presence::ReferenceRefreshed(_)
        | Presence::ActivityObserved(_)
        | Presence::ErasureRequested(_)
        | Presence::Erased(_) => {}
    }
}

fn queue(event: &Queue) {
    match event {
        Queue::Suppressed(e) => not_sent(e.reason.as_str()),
        Queue::Expired(_) => not_sent("expired"),
        Queue::Withdrawn(_) => not_sent("withdrawn"),
        Queue::Requeued(_) => counter!(super::REPLAYED).increment(1),
        Queue::Queued(_) | Queue::Deferred(_) | Queue::Merged(_) | Queue::Shown(_) => {}
    }
}

fn not_sent(reason: &'static str) {
    counter!(super::NOT_SENT, "reason" => reason).increment(1);
}

/// A span in seconds; one that a clock set back makes negative counts as none.
pub(crate) fn seconds(span: TimeDelta) -> f64 {
    (span.num_milliseconds().max(0) as f64) / 1_000.0
}

/// A class as a label; `None` is the question who somebody is.
pub(crate) fn class_name(class: Option<Class>) -> &'static str {
    match class {
        None => "profile",
        Some(Class::Reply) => "reply",
        Some(Class::Direct) => "direct",
        Some(Class::Broadcast) => "broadcast",
    }
}

/// Counts a zone that nobody knows by this name.
fn unknown_zone(source: &'static str, name: Option<&str>) {
    if name.is_some_and(|name| actors::zone::zone(name).is_none()) {
        counter!(super::UNKNOWN_ZONES, "source" => source).increment(1);
    }
}
