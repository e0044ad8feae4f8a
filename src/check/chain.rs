//! Does each entry of the audit name the one before it? Also on a cluster, where no hashes of the store's own are at hand.

use std::collections::HashMap;

use events::audit::Link;
use events::{Event, Recorded, StreamId};

/// The ends of the audit streams read so far.
#[derive(Debug, Default)]
pub(super) struct Chains(HashMap<StreamId, Link>);

impl Chains {
    /// Takes the next event of the log; answers what does not agree.
    pub(super) fn see(&mut self, event: &Recorded, decoded: &Event) -> Option<String> {
        if !event.stream.is_audit() {
            return None;
        }
        let before = self.0.insert(event.stream.clone(), Link::to(event));
        let Event::Outbound(decoded) = decoded else {
            return Some("the audit holds an event that is none of it".to_owned());
        };
        // Earlier releases wrote no links; such an entry is named by the one after it like any other.
        let named = decoded.chain()?;
        (Some(named) != before.as_ref())
            .then(|| "the entry of the audit before this one was changed or taken out since".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use events::store::memory::MemoryStore;
    use events::{EventStore as _, ManualClock, Position};

    use super::*;
    use crate::audit::{self, Deed};

    async fn three() -> Vec<Recorded> {
        let (store, clock) = (MemoryStore::new(), ManualClock::at(DateTime::UNIX_EPOCH));
        for by in ["one", "two", "three"] {
            let deed = Deed {
                act: audit::acts::TENANT_OFF,
                by: by.to_owned(),
                ..Deed::default()
            };
            audit::about_to(&store, &clock, None, deed, None).await.unwrap();
        }
        store.read_log(Position::START, 10).await.unwrap()
    }

    fn faults(events: &[Recorded]) -> usize {
        let mut chains = Chains::default();
        let seen = events
            .iter()
            .map(|event| chains.see(event, &event.decode_any().unwrap()));
        seen.flatten().count()
    }

    #[tokio::test]
    async fn an_entry_that_was_changed_or_taken_out_shows_at_the_next_one() {
        let sound = three().await;
        assert_eq!(faults(&sound), 0);
        let mut changed = sound.clone();
        changed[0].payload = changed[0].payload.replace("one", "eve").into();
        assert_eq!(faults(&changed), 1);
        let mut shorter = sound.clone();
        shorter.remove(1);
        assert_eq!(faults(&shorter), 1);
        let mut later = sound;
        later[1].metadata.time += chrono::TimeDelta::hours(1);
        assert_eq!(faults(&later), 1);
    }
}
