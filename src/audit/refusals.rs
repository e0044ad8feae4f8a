//! Callers who were refused, gathered until they are recorded: at most one entry a minute for each kind of refusal, however
//! often somebody asks in vain. The first one is recorded at once.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use events::outbound::CallersRefused;
use events::{Clock, EventStore, OrganizationId};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// How far two entries of one kind lie apart.
const APART: Duration = Duration::from_secs(60);
/// Addresses that an entry names.
const ADDRESSES: usize = 5;
/// Kinds that are kept apart; there are as many as keys with roles, so this is never reached by chance.
const KINDS: usize = 4_096;

/// Who was refused, and where.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Refused {
    /// The organization whose key it is; none where the key is not known.
    pub organization: Option<OrganizationId>,
    /// `api` or `console`.
    pub surface: &'static str,
    /// The key's name, where it is known.
    pub key: Option<String>,
    /// The role that it would have needed.
    pub role: Option<&'static str>,
}

#[derive(Debug)]
struct Tally {
    count: u64,
    from: Vec<String>,
    since: DateTime<Utc>,
    until: DateTime<Utc>,
}

/// See the module.
#[derive(Debug)]
pub struct Refusals {
    clock: Arc<dyn Clock>,
    waiting: Mutex<HashMap<Refused, Tally>>,
    some: Notify,
}

impl Refusals {
    /// None yet.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            waiting: Mutex::default(),
            some: Notify::new(),
        }
    }

    /// Notes one.
    pub fn note(&self, refused: Refused, from: Option<String>) {
        let now = self.clock.now();
        self.add(
            refused,
            Tally {
                count: 1,
                from: from.into_iter().collect(),
                since: now,
                until: now,
            },
        );
        self.some.notify_one();
    }

    fn add(&self, refused: Refused, more: Tally) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let room = waiting.len() < KINDS;
        match waiting.entry(refused) {
            Entry::Occupied(mut known) => known.get_mut().add(more),
            Entry::Vacant(place) if room => drop(place.insert(more)),
            Entry::Vacant(_) => {}
        }
    }

    /// Records what was noted until cancelled, and the rest then.
    pub async fn run(self: Arc<Self>, store: Arc<dyn EventStore>, cancel: CancellationToken) {
        while cancel.run_until_cancelled(self.some.notified()).await.is_some() {
            self.flush(&*store).await;
            let _ = cancel.run_until_cancelled(tokio::time::sleep(APART)).await;
        }
        self.flush(&*store).await;
    }

    async fn flush(&self, store: &dyn EventStore) {
        let noted = std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
        for (refused, tally) in noted {
            let entry = CallersRefused {
                surface: refused.surface.to_owned(),
                key: refused.key.clone(),
                role: refused.role.map(str::to_owned),
                count: tally.count,
                from: tally.from.clone(),
                since: tally.since,
                until: tally.until,
                chain: None,
            };
            let organization = refused.organization.clone();
            if let Err(error) = super::record(store, &*self.clock, organization.as_ref(), entry).await {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "refused callers could not be recorded; it is tried again with the next ones"
                );
                self.add(refused, tally);
            }
        }
    }
}

impl Tally {
    fn add(&mut self, more: Self) {
        self.count = self.count.saturating_add(more.count);
        (self.since, self.until) = (self.since.min(more.since), self.until.max(more.until));
        for address in more.from {
            if self.from.len() < ADDRESSES && !self.from.contains(&address) {
                self.from.push(address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use events::store::memory::MemoryStore;
    use events::{Direction, ManualClock, OutboundEvent, StreamId, Version};

    use super::*;

    #[tokio::test]
    async fn however_often_somebody_is_refused_it_is_one_entry_with_the_count_and_few_addresses() {
        let clock = Arc::new(ManualClock::at(DateTime::UNIX_EPOCH));
        let store: Arc<dyn EventStore> = Arc::new(MemoryStore::default());
        let refusals = Refusals::new(clock);
        let unknown = Refused {
            organization: None,
            surface: "api",
            key: None,
            role: None,
        };
        for address in 0..20 {
            refusals.note(unknown.clone(), Some(format!("192.0.2.{}", address % 7)));
        }
        refusals.flush(&*store).await;
        refusals.flush(&*store).await;
        let stream = StreamId::audit_of_service();
        let found = store
            .read_stream(stream, Version(1), Direction::Forwards, 10)
            .await
            .unwrap();
        let [one] = found.as_slice() else {
            panic!("{found:?}")
        };
        let OutboundEvent::CallersRefused(entry) = one.decode().unwrap() else {
            panic!("{one:?}")
        };
        assert_eq!((entry.count, entry.from.len()), (20, ADDRESSES));
    }
}
