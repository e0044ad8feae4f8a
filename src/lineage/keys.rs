//! Are the keys there that the log was written with? A key is on disk before anything is sealed under it, so every
//! sealed value in the log has a key, or the trace of a destroyed one. What the table was told of the log bounds the
//! search: keys for what stands before that place were there when it was told.

use std::collections::HashSet;

use events::lineage::Mark;
use events::sealing::found;
use events::sealing::sqlite::SqliteKeyTable;
use events::{EventStore, Lineage, PersonId, Position, ReadError};

use super::LineageFault;

/// Events read at a time.
const BATCH: usize = 2_000;

/// Whether anything in the log was sealed, so that a missing table is a loss.
pub(super) async fn are_needed(store: &dyn EventStore, lineage: &Lineage) -> Result<bool, ReadError> {
    if lineage.key_table.is_some() {
        return Ok(true);
    }
    let mut after = Position::START;
    loop {
        let events = store.read_log(after, BATCH).await?;
        let Some(last) = events.last() else {
            return Ok(false);
        };
        after = last.position;
        if events
            .iter()
            .any(|event| !found::in_payload(&event.payload).is_empty())
        {
            return Ok(true);
        }
    }
}

/// Keys that the log needs and the table never had, in words.
pub(super) async fn are_missing(
    store: &dyn EventStore,
    table: &SqliteKeyTable,
    lineage: &Lineage,
    seen: Option<Mark>,
) -> Result<Option<String>, LineageFault> {
    // Where the loss of keys was accepted, what was sealed before stays closed.
    let from = lineage
        .keys_lost_until
        .max(seen.map_or(Position::START, |seen| seen.position));
    let (mut after, mut asked, mut lost) = (from, HashSet::new(), Lost::default());
    loop {
        let events = store.read_log(after, BATCH).await?;
        let Some(last) = events.last() else { break };
        after = last.position;
        let mut needed: Vec<(Position, (PersonId, u32))> = Vec::new();
        for event in &events {
            for (_, sealed) in found::in_payload(&event.payload) {
                let key = (sealed.person, sealed.generation);
                if asked.insert(key.clone()) {
                    needed.push((event.position, key));
                }
            }
        }
        let known = table
            .known(needed.iter().map(|(_, key)| key.clone()).collect())
            .await?;
        for ((position, _), known) in needed.into_iter().zip(known) {
            if !known {
                lost.note(position);
            }
        }
    }
    Ok(lost.told())
}

#[derive(Debug, Default)]
struct Lost {
    keys: u64,
    first: Option<Position>,
}

impl Lost {
    fn note(&mut self, position: Position) {
        self.keys += 1;
        self.first.get_or_insert(position);
    }

    fn told(&self) -> Option<String> {
        let first = self.first?;
        Some(format!(
            "{} keys that open values in the log, the first at position {first}, are not in the key table: it is an \
             older copy",
            self.keys
        ))
    }
}
