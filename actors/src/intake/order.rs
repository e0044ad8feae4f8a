//! Whether what is handed over is older than what the log holds about the same thing.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use events::Position;
use events::organization::{DomainEventAccepted, OrderKey};

/// When the newest event about each thing happened, as far as the index may not tell it yet.
#[derive(Debug, Clone, Default)]
pub(super) struct NewestTimes(HashMap<OrderKey, (DateTime<Utc>, Position)>);

impl NewestTimes {
    /// These times together with what the index tells.
    pub(super) fn with(&self, indexed: HashMap<OrderKey, DateTime<Utc>>) -> Self {
        let mut all = self.clone();
        for (key, at) in indexed {
            all.raise(key, at, Position::START);
        }
        all
    }

    /// Whether the event is older than what is known of everything that it tells of.
    pub(super) fn supersede(&self, event: &DomainEventAccepted, accepted_at: DateTime<Utc>) -> bool {
        let happened_at = event.happened_at(accepted_at);
        let keys = event.order_keys();
        let is_older = |key: &OrderKey| self.0.get(key).is_some_and(|(known, _)| *known > happened_at);
        !keys.is_empty() && keys.iter().all(is_older)
    }

    /// Notes an event that stands, or is about to stand, at `position`.
    pub(super) fn note(
        &mut self,
        event: &DomainEventAccepted,
        accepted_at: DateTime<Utc>,
        position: Position,
    ) {
        if event.supersedes() {
            for key in event.order_keys() {
                self.raise(key, event.happened_at(accepted_at), position);
            }
        }
    }

    /// Forgets what the index has folded.
    pub(super) fn forget(&mut self, folded: Position) {
        self.0.retain(|_, (_, position)| *position > folded);
    }

    fn raise(&mut self, key: OrderKey, at: DateTime<Utc>, position: Position) {
        let known = self.0.entry(key).or_insert((at, position));
        known.0 = known.0.max(at);
        known.1 = known.1.max(position);
    }
}
