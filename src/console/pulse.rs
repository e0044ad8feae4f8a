//! What the log told of the last hours, by tenant, kept in memory as it grows: deliveries an hour, the way from asked for to
//! answered, and what went wrong. Begins some way before the log's end when the process starts, and says since when.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use events::store::{Follow, Outage};
use events::user::{Delivery, Queue};
use events::{Event, EventStore, Position, Recorded, TenantId, UserEvent};
use tokio_util::sync::CancellationToken;

/// Events looked back at when the process starts, where positions are counted one by one.
const BACK: u64 = 20_000;
/// Events read at a time.
const BATCH: usize = 1_000;
/// How long to wait after the log failed.
const PAUSE: Duration = Duration::from_secs(2);
/// Hours kept of a tenant.
const HOURS: usize = 48;
/// Different troubles kept of a tenant; the one that is longest ago makes room.
const TROUBLES: usize = 20;

/// What happened in one hour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Hour {
    pub(super) queued: u64,
    pub(super) attempted: u64,
    pub(super) delivered: u64,
    pub(super) refused: u64,
    pub(super) unknown: u64,
    pub(super) seen: u64,
    pub(super) answered: u64,
    pub(super) not_sent: u64,
}

impl Hour {
    fn add(&mut self, other: Self) {
        self.queued += other.queued;
        self.attempted += other.attempted;
        self.delivered += other.delivered;
        self.refused += other.refused;
        self.unknown += other.unknown;
        self.seen += other.seen;
        self.answered += other.answered;
        self.not_sent += other.not_sent;
    }
}

/// Something that went wrong, or was not sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Trouble {
    /// The event's stored name.
    pub(super) event_type: &'static str,
    /// The connector's code, or the reason.
    pub(super) code: String,
    pub(super) count: u64,
    pub(super) last: DateTime<Utc>,
}

/// What is known of a tenant.
#[derive(Debug, Clone, Default)]
pub(super) struct Beat {
    /// By the hour since 1970.
    hours: BTreeMap<i64, Hour>,
    troubles: HashMap<(&'static str, String), Trouble>,
}

impl Beat {
    /// The last `hours` hours up to `now`, oldest first, also those in which nothing happened.
    pub(super) fn last(&self, hours: i64, now: DateTime<Utc>) -> Vec<(i64, Hour)> {
        let end = now.timestamp().div_euclid(3_600);
        let one = |hour| (hour, self.hours.get(&hour).copied().unwrap_or_default());
        (end - hours + 1..=end).map(one).collect()
    }

    /// The sum of these hours.
    pub(super) fn sum(hours: &[(i64, Hour)]) -> Hour {
        let mut sum = Hour::default();
        for (_, hour) in hours {
            sum.add(*hour);
        }
        sum
    }

    /// What went wrong, the newest first.
    pub(super) fn troubles(&self) -> Vec<Trouble> {
        let mut all: Vec<Trouble> = self.troubles.values().cloned().collect();
        all.sort_by(|one, other| other.last.cmp(&one.last).then_with(|| one.code.cmp(&other.code)));
        all
    }

    fn note(&mut self, time: DateTime<Utc>, add: impl FnOnce(&mut Hour)) {
        add(self.hours.entry(time.timestamp().div_euclid(3_600)).or_default());
        while self.hours.len() > HOURS {
            self.hours.pop_first();
        }
    }

    fn trouble(&mut self, event_type: &'static str, code: &str, time: DateTime<Utc>) {
        let key = (event_type, code.chars().take(60).collect::<String>());
        if !self.troubles.contains_key(&key) && self.troubles.len() >= TROUBLES {
            let oldest = self.troubles.iter().min_by_key(|(_, trouble)| trouble.last);
            if let Some(oldest) = oldest.map(|(key, _)| key.clone()) {
                self.troubles.remove(&oldest);
            }
        }
        let trouble = self.troubles.entry(key.clone()).or_insert_with(|| Trouble {
            event_type,
            code: key.1,
            count: 0,
            last: time,
        });
        trouble.count += 1;
        trouble.last = trouble.last.max(time);
    }
}

#[derive(Debug, Default)]
struct Known {
    beats: HashMap<TenantId, Beat>,
    /// When the first event was recorded that was looked at.
    since: Option<DateTime<Utc>>,
}

/// See the module. Copies are the same one.
#[derive(Debug, Clone, Default)]
pub struct Pulse(Arc<Mutex<Known>>);

impl Pulse {
    /// Follows the log until cancelled or closed. `dense` says that positions are counted one by one.
    pub async fn run(self, store: Arc<dyn EventStore>, dense: bool, cancel: CancellationToken) {
        let head = *store.head().borrow();
        let from = if dense {
            head.0.saturating_sub(BACK)
        } else {
            head.0
        };
        let mut log = Follow::new(&*store, Position(from), BATCH);
        loop {
            let next = tokio::select! {
                () = cancel.cancelled() => return,
                next = log.next() => next,
            };
            match next {
                Ok(Some(events)) => self.see(&events),
                Ok(None) => return cancel.cancelled().await,
                Err(error) => {
                    if !Outage::caused(&error) {
                        tracing::warn!(
                            error = &error as &dyn std::error::Error,
                            "the log could not be read for the console"
                        );
                    }
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    /// What is known of a tenant, and since when everything is.
    pub(super) fn of(&self, tenant: &TenantId) -> (Beat, Option<DateTime<Utc>>) {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (known.beats.get(tenant).cloned().unwrap_or_default(), known.since)
    }

    fn see(&self, events: &[Recorded]) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for recorded in events {
            known.since.get_or_insert(recorded.metadata.time);
            let Some(tenant) = recorded.stream.tenant_id() else {
                continue;
            };
            let Ok(Event::User(event)) = recorded.decode_any() else {
                continue;
            };
            see(
                known.beats.entry(tenant).or_default(),
                &event,
                recorded.metadata.time,
            );
        }
    }
}

fn see(beat: &mut Beat, event: &UserEvent, time: DateTime<Utc>) {
    match event {
        UserEvent::Queue(event) => queue(beat, event, time),
        UserEvent::Delivery(event) => delivery(beat, event, time),
        UserEvent::Answer(_) => beat.note(time, |hour| hour.answered += 1),
        UserEvent::Presence(_)
        | UserEvent::Identity(_)
        | UserEvent::Settings(_)
        | UserEvent::Chat(_)
        | UserEvent::Update(_) => {}
    }
}

fn queue(beat: &mut Beat, event: &Queue, time: DateTime<Utc>) {
    match event {
        Queue::Queued(_) => beat.note(time, |hour| hour.queued += 1),
        Queue::Suppressed(e) => {
            beat.note(time, |hour| hour.not_sent += 1);
            beat.trouble("NotificationSuppressed", e.reason.as_str(), time);
        }
        Queue::Expired(_) => {
            beat.note(time, |hour| hour.not_sent += 1);
            beat.trouble("NotificationExpired", "expired", time);
        }
        Queue::Requeued(_)
        | Queue::Deferred(_)
        | Queue::Withdrawn(_)
        | Queue::Merged(_)
        | Queue::Shown(_) => {}
    }
}

fn delivery(beat: &mut Beat, event: &Delivery, time: DateTime<Utc>) {
    match event {
        Delivery::Attempted(_) => beat.note(time, |hour| hour.attempted += 1),
        Delivery::Delivered(_) => beat.note(time, |hour| hour.delivered += 1),
        Delivery::Seen(_) => beat.note(time, |hour| hour.seen += 1),
        Delivery::Refused(e) => {
            beat.note(time, |hour| hour.refused += 1);
            beat.trouble("NotificationRefused", &e.code, time);
        }
        Delivery::OutcomeUnknown(e) => {
            beat.note(time, |hour| hour.unknown += 1);
            beat.trouble("DeliveryOutcomeUnknown", &e.reason, time);
        }
        Delivery::RetryScheduled(e) => beat.trouble("DeliveryRetryScheduled", &e.reason, time),
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn hours_and_troubles_are_bounded_and_the_oldest_make_room() {
        let mut beat = Beat::default();
        let at = |hours| DateTime::UNIX_EPOCH + TimeDelta::hours(hours);
        for hour in 0..=i64::try_from(HOURS).unwrap() {
            beat.note(at(hour), |one| one.delivered += 1);
            beat.trouble("NotificationRefused", &format!("code {hour}"), at(hour));
        }
        let last = beat.last(2, at(48));
        assert_eq!(Beat::sum(&last).delivered, 2);
        assert_eq!(Beat::sum(&beat.last(60, at(48))).delivered, 48);
        let troubles = beat.troubles();
        assert_eq!((troubles.len(), troubles[0].code.as_str()), (TROUBLES, "code 48"));
    }
}
