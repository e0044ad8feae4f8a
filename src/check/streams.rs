//! Do the streams of a log agree with the log? For stores that have no file to look into: versions are dense, positions
//! grow, no id comes twice in a stream, and each stream read by itself ends where the log says.

use std::collections::HashMap;

use events::{Direction, EventId, EventStore, Position, Recorded, StreamId, Version};

/// Streams as the log told them.
#[derive(Debug, Default)]
pub(super) struct Streams {
    last: Position,
    ends: HashMap<StreamId, End>,
}

#[derive(Debug, Clone, Copy)]
struct End {
    version: Version,
    id: EventId,
}

impl Streams {
    /// Takes the next event of the log; answers what does not agree.
    pub(super) fn see(&mut self, event: &Recorded) -> Option<String> {
        let grows = event.position > self.last;
        self.last = event.position;
        let end = End {
            version: event.version,
            id: event.id,
        };
        let before = self.ends.insert(event.stream.clone(), end);
        let known = before.map_or(Version::NONE, |before| before.version);
        // Of some streams only the newest events are kept.
        let cut_off = event.stream.kind().newest_needed().is_some() && event.version > known;
        if !grows {
            return Some(format!("position {} does not grow", event.position));
        }
        if before.is_some_and(|before| before.id == event.id) {
            return Some(format!("{} has the event of version {known} twice", event.stream));
        }
        (event.version != known.plus(1) && !cut_off)
            .then(|| format!("{} has version {} after {known}", event.stream, event.version))
    }

    /// How many there are.
    pub(super) fn count(&self) -> u64 {
        self.ends.len() as u64
    }

    /// Their names.
    pub(super) fn names(&self) -> impl Iterator<Item = &StreamId> {
        self.ends.keys()
    }

    /// Reads each stream's end by itself. A running service may have gone on meanwhile.
    pub(super) async fn compare(&self, store: &dyn EventStore) -> anyhow::Result<Vec<String>> {
        let mut faults = Vec::new();
        for (stream, end) in &self.ends {
            let there = store
                .read_stream(stream.clone(), end.version, Direction::Forwards, 1)
                .await?;
            let there = there.first().map(|event| (event.version, event.id));
            if there != Some((end.version, end.id)) {
                faults.push(format!(
                    "{stream} has version {} in the log and not when read by itself",
                    end.version
                ));
            }
        }
        Ok(faults)
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use events::Metadata;

    use super::*;

    fn event(stream: &str, version: u64, position: u64) -> Recorded {
        Recorded {
            stream: StreamId::parse(stream).unwrap(),
            version: Version(version),
            position: Position(position),
            id: EventId::derive([stream, &version.to_string()]),
            event_type: "Anything".into(),
            schema_version: 1,
            payload: "{}".into(),
            metadata: Metadata {
                time: DateTime::UNIX_EPOCH,
                correlation_id: uuid::Uuid::nil(),
                causation_id: uuid::Uuid::nil(),
            },
        }
    }

    fn faults(events: &[(&str, u64, u64)]) -> Vec<String> {
        let mut streams = Streams::default();
        let seen = events
            .iter()
            .map(|(stream, version, position)| streams.see(&event(stream, *version, *position)));
        seen.flatten().collect()
    }

    #[test]
    fn gaps_between_positions_are_no_fault_and_gaps_between_versions_are() {
        assert!(
            faults(&[
                ("tenant-t", 1, 40),
                ("organization-o", 1, 97),
                ("tenant-t", 2, 300)
            ])
            .is_empty()
        );
        let missing = faults(&[("tenant-t", 1, 40), ("tenant-t", 3, 97)]);
        assert!(missing[0].contains("version 3 after 1"), "{missing:?}");
        let beginning = faults(&[("tenant-t", 2, 40)]);
        assert!(beginning[0].contains("version 2 after 0"), "{beginning:?}");
    }

    #[test]
    fn a_position_that_falls_back_is_a_fault() {
        let back = faults(&[("tenant-t", 1, 40), ("tenant-t", 2, 40)]);
        assert!(back[0].contains("does not grow"), "{back:?}");
    }

    #[test]
    fn of_the_leases_the_beginning_may_be_gone() {
        assert!(faults(&[("lease-table", 900, 40), ("lease-table", 901, 50)]).is_empty());
        assert!(!faults(&[("lease-table", 900, 40), ("lease-table", 899, 50)]).is_empty());
    }
}
