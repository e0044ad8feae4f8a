//! The newest events of the log, as they were committed, for those who follow it: what was just written need not be read
//! back from the file, nor wait for a thread that may block.
//!
//! Nothing here can differ from the file: an event comes in after its commit, and from the writer alone, which is the only
//! one there is; positions have no gaps. Where a commit failed and nobody knows what it left, everything is forgotten.

use std::collections::VecDeque;
use std::sync::{Arc, PoisonError, RwLock};

use crate::envelope::{Position, Recorded};

/// Events held at most.
const EVENTS: usize = 32_768;
/// Bytes held at most, about.
const BYTES: usize = 24 << 20;
/// What an event takes beside its payload, about.
const AROUND: usize = 240;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Recent(RwLock<Held>);

#[derive(Debug, Default)]
struct Held {
    /// One after the other, without a gap, up to the end of the log.
    events: VecDeque<Arc<Recorded>>,
    bytes: usize,
}

fn weight(event: &Recorded) -> usize {
    event.payload.len() + AROUND
}

impl Recent {
    /// These were committed, next after those before.
    pub(super) fn committed(&self, events: Vec<Recorded>) {
        let mut held = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for event in events {
            held.bytes += weight(&event);
            held.events.push_back(Arc::new(event));
        }
        while held.events.len() > EVENTS || held.bytes > BYTES {
            let Some(oldest) = held.events.pop_front() else {
                break;
            };
            held.bytes -= weight(&oldest);
        }
    }

    /// Nobody knows how the log ends.
    pub(super) fn forget(&self) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Held::default();
    }

    /// At most `max` events after a position, where all of them are held; `None` where the file is to be asked.
    pub(super) fn after(&self, after: Position, max: usize) -> Option<Vec<Recorded>> {
        let found: Vec<Arc<Recorded>> = {
            let held = self.0.read().unwrap_or_else(PoisonError::into_inner);
            let first = held.events.front()?.position.0;
            let skipped = after.0.checked_add(1)?.checked_sub(first)?;
            let skipped = usize::try_from(skipped).ok()?;
            held.events.iter().skip(skipped).take(max).cloned().collect()
        };
        Some(found.into_iter().map(Arc::unwrap_or_clone).collect())
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use uuid::Uuid;

    use super::*;
    use crate::envelope::{Metadata, Version};
    use crate::ids::EventId;
    use crate::stream::StreamId;

    fn event(position: u64, bytes: usize) -> Recorded {
        Recorded {
            stream: StreamId::parse("user-t/a").unwrap(),
            version: Version(position),
            position: Position(position),
            id: EventId(Uuid::from_u128(u128::from(position))),
            event_type: "AppInstalled".into(),
            schema_version: 1,
            payload: "x".repeat(bytes).into(),
            metadata: Metadata {
                time: DateTime::UNIX_EPOCH,
                correlation_id: Uuid::nil(),
                causation_id: Uuid::nil(),
            },
        }
    }

    fn places(found: Option<Vec<Recorded>>) -> Option<Vec<u64>> {
        found.map(|events| events.iter().map(|event| event.position.0).collect())
    }

    #[test]
    fn what_is_held_is_given_in_order_and_what_is_older_is_left_to_the_file() {
        let recent = Recent::default();
        assert_eq!(places(recent.after(Position(0), 10)), None);
        recent.committed((5..=8).map(|at| event(at, 10)).collect());
        assert_eq!(places(recent.after(Position(3), 10)), None);
        assert_eq!(places(recent.after(Position(4), 2)), Some(vec![5, 6]));
        assert_eq!(places(recent.after(Position(6), 10)), Some(vec![7, 8]));
        assert_eq!(places(recent.after(Position(8), 10)), Some(vec![]));
        assert_eq!(places(recent.after(Position(u64::MAX), 10)), None);
    }

    #[test]
    fn it_holds_no_more_than_its_share_and_keeps_the_newest() {
        let recent = Recent::default();
        for at in 1..=30 {
            recent.committed(vec![event(at, 1 << 20)]);
        }
        assert_eq!(places(recent.after(Position(1), 1)), None);
        assert_eq!(places(recent.after(Position(29), 1)), Some(vec![30]));
        recent.forget();
        assert_eq!(places(recent.after(Position(29), 1)), None);
        recent.committed(vec![event(31, 1)]);
        assert_eq!(places(recent.after(Position(30), 1)), Some(vec![31]));
    }
}
