//! Are two logs the same? By the number of events and a hash over them, per stream.

use std::collections::BTreeMap;

use anyhow::bail;
use events::{Recorded, StreamId};
use sha2::{Digest as _, Sha256};

/// Differences told in full; more are only counted.
const TOLD: usize = 10;

/// What a log holds, by stream.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Digests(BTreeMap<StreamId, Stream>);

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Stream {
    events: u64,
    hash: [u8; 32],
}

impl Digests {
    /// Adds the next event, with its JSON as it is to be compared.
    pub(super) fn add(&mut self, event: &Recorded, payload: &str) {
        let stream = self.0.entry(event.stream.clone()).or_default();
        let mut hash = Sha256::new();
        hash.update(stream.hash);
        hash.update(event.version.0.to_be_bytes());
        hash.update(event.id.0.as_bytes());
        hash.update(event.schema_version.to_be_bytes());
        hash.update(event.metadata.time.timestamp_millis().to_be_bytes());
        hash.update(event.metadata.correlation_id.as_bytes());
        hash.update(event.metadata.causation_id.as_bytes());
        for text in [&*event.event_type, payload] {
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text);
        }
        stream.events += 1;
        stream.hash = hash.finalize().into();
    }

    /// Events in all.
    pub(super) fn events(&self) -> u64 {
        self.0.values().map(|stream| stream.events).sum()
    }
}

/// The number of streams, or what differs.
pub(super) fn compare(before: &Digests, after: &Digests) -> anyhow::Result<usize> {
    let names: std::collections::BTreeSet<_> = before.0.keys().chain(after.0.keys()).collect();
    let mut differences = Vec::new();
    for name in &names {
        let (old, new) = (before.0.get(name).copied(), after.0.get(name).copied());
        let (old, new) = (old.unwrap_or_default(), new.unwrap_or_default());
        if old.events != new.events {
            differences.push(format!(
                "{name} has {} events here and {} there",
                old.events, new.events
            ));
        } else if old.hash != new.hash {
            differences.push(format!(
                "{name} has {} events in both logs, and they differ",
                old.events
            ));
        }
    }
    if differences.is_empty() {
        return Ok(names.len());
    }
    let more = differences.len().saturating_sub(TOLD);
    differences.truncate(TOLD);
    bail!(
        "the logs differ: {}; and {more} more streams",
        differences.join("; ")
    )
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use events::{EventId, Metadata, Position, Version};

    use super::*;

    fn event(version: u64, payload: &str) -> Recorded {
        Recorded {
            stream: StreamId::parse("tenant-t").unwrap(),
            version: Version(version),
            position: Position(version),
            id: EventId::derive([payload]),
            event_type: "Anything".into(),
            schema_version: 1,
            payload: payload.into(),
            metadata: Metadata {
                time: DateTime::UNIX_EPOCH,
                correlation_id: uuid::Uuid::nil(),
                causation_id: uuid::Uuid::nil(),
            },
        }
    }

    fn digests(payloads: &[&str]) -> Digests {
        let mut digests = Digests::default();
        for (version, payload) in (1..).zip(payloads) {
            digests.add(&event(version, payload), payload);
        }
        digests
    }

    #[test]
    fn a_missing_and_a_changed_event_are_told_with_their_stream() {
        let whole = digests(&["1", "2"]);
        assert_eq!(compare(&whole, &digests(&["1", "2"])).unwrap(), 1);
        let short = compare(&whole, &digests(&["1"])).unwrap_err().to_string();
        assert!(
            short.contains("tenant-t has 2 events here and 1 there"),
            "{short}"
        );
        let changed = compare(&whole, &digests(&["1", "3"])).unwrap_err().to_string();
        assert!(changed.contains("they differ"), "{changed}");
    }
}
