//! From an event of the log to a span.

use std::num::NonZeroUsize;

use chrono::{DateTime, Utc};
use events::outbound::OutboundEvent;
use events::stream::StreamKind;
use events::trace::span_of;
use events::user::Delivery;
use events::{Event, EventId, OrganizationEvent, Recorded, TraceParent, UserEvent};
use lru::LruCache;
use uuid::Uuid;

/// Threads and events that are remembered; of older ones a span begins when it ends.
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(50_000).unwrap();

/// An event as a span.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) trace: u128,
    pub(super) id: u64,
    /// The span that caused it; none for the beginning of a trace of our own.
    pub(super) parent: Option<u64>,
    /// The event's stored name.
    pub(super) name: String,
    /// Whether it is what came in from Chronus.
    pub(super) came_in: bool,
    /// When what caused it was recorded.
    pub(super) begins: DateTime<Utc>,
    pub(super) ends: DateTime<Utc>,
    /// Whether it says that something did not work.
    pub(super) failed: bool,
    /// Ids and numbers; nothing that names a person.
    pub(super) attributes: Vec<(&'static str, String)>,
}

/// What is remembered of threads and of the events in them.
#[derive(Debug)]
pub(super) struct Threads {
    traces: LruCache<Uuid, Option<TraceParent>>,
    recorded: LruCache<Uuid, DateTime<Utc>>,
}

impl Default for Threads {
    fn default() -> Self {
        Self {
            traces: LruCache::new(REMEMBERED),
            recorded: LruCache::new(REMEMBERED),
        }
    }
}

/// Whether events of this kind of stream belong to somebody's thread.
fn is_told(kind: StreamKind) -> bool {
    match kind {
        StreamKind::User | StreamKind::Organization | StreamKind::Tenant | StreamKind::Outbound => true,
        StreamKind::Lease | StreamKind::Log => false,
    }
}

impl Threads {
    /// Whether the event's span can be told without asking how its thread began.
    pub(super) fn knows(&self, event: &Recorded) -> bool {
        let thread = event.metadata.correlation_id;
        event.id.0 == thread || !is_told(event.stream.kind()) || self.traces.contains(&thread)
    }

    /// The trace with which a thread began.
    pub(super) fn learn(&mut self, thread: Uuid, began: Option<TraceParent>) {
        self.traces.put(thread, began);
    }

    /// The event's span; nothing for what belongs to no thread, or to a trace that whoever began it does not record.
    pub(super) fn span(&mut self, event: &Recorded) -> Option<Span> {
        if !is_told(event.stream.kind()) {
            return None;
        }
        let (thread, cause) = (event.metadata.correlation_id, event.metadata.causation_id);
        let read = event.decode_any().ok();
        let domain_event = match &read {
            Some(Event::Organization(OrganizationEvent::DomainEventAccepted(event))) => Some(event),
            _ => None,
        };
        if let Some(domain_event) = domain_event {
            self.learn(thread, domain_event.trace);
        }
        let came_with = self.traces.get(&thread).copied().flatten();
        let ends = event.metadata.time;
        let begins = self.recorded.get(&cause).copied().unwrap_or(ends);
        self.recorded.put(event.id.0, ends);
        if came_with.is_some_and(|trace| !trace.is_sampled()) {
            return None;
        }
        let is_first = event.id.0 == thread;
        let parent = if is_first {
            came_with.map(TraceParent::span)
        } else if self.recorded.contains(&cause) {
            Some(span_of(EventId(cause)))
        } else {
            // What people do is caused by an activity, which is no event: it belongs to what the thread began with.
            Some(span_of(EventId(thread)))
        };
        Some(Span {
            trace: came_with.map_or(thread.as_u128(), TraceParent::trace),
            id: span_of(event.id),
            parent,
            name: event.event_type.to_string(),
            came_in: domain_event.is_some(),
            begins: begins.min(ends),
            ends,
            failed: read.as_ref().is_some_and(failed),
            attributes: attributes(event),
        })
    }
}

/// Whether an event says that something did not work.
fn failed(event: &Event) -> bool {
    matches!(
        event,
        Event::User(UserEvent::Delivery(
            Delivery::Refused(_) | Delivery::RetryScheduled(_)
        )) | Event::Outbound(OutboundEvent::ResponseFailed(_))
    )
}

fn attributes(event: &Recorded) -> Vec<(&'static str, String)> {
    let tenant = event.stream.user_key().map(|user| user.tenant_id.to_string());
    let tenant = tenant.map(|tenant| ("chronus_teams.tenant", tenant));
    let mut all = vec![
        ("chronus_teams.event_id", event.id.0.to_string()),
        ("chronus_teams.position", event.position.to_string()),
        ("chronus_teams.thread", event.metadata.correlation_id.to_string()),
    ];
    all.extend(tenant);
    all
}
