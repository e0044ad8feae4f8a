//! The rules of appending that every store shares: what is malformed, what conflicts, what is a repeat.

use std::collections::HashSet;

use super::{AppendError, Expected, StreamWrite};
use crate::envelope::Version;
use crate::ids::EventId;

/// What is to be done with a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Append it.
    Write,
    /// It stands there already, up to this version.
    Repeat(Version),
}

/// Refuses requests that make no sense.
pub(super) fn well_formed(writes: &[StreamWrite]) -> Result<(), AppendError> {
    let malformed = |reason| Err(AppendError::Malformed { reason });
    if writes.is_empty() {
        return malformed("it names no stream");
    }
    if writes.iter().any(|write| write.events.is_empty()) {
        return malformed("it holds a stream without events");
    }
    let mut named = HashSet::with_capacity(writes.len());
    if !writes.iter().all(|write| named.insert(&write.stream)) {
        return malformed("it names a stream twice");
    }
    Ok(())
}

/// Judges a write against a stream at `version`; `id_at` tells the id of the event at a version.
pub(super) fn judge(
    write: &StreamWrite,
    version: Version,
    id_at: impl Fn(Version) -> Option<EventId>,
) -> Result<Verdict, AppendError> {
    let Expected::Exactly(expected) = write.expected else {
        return Ok(Verdict::Write);
    };
    if expected == version {
        return Ok(Verdict::Write);
    }
    // A stream that is shorter than the writer believes holds no repeat.
    let fits = expected < version && version >= expected.plus(write.events.len());
    let stands = |(index, event): (usize, &crate::envelope::NewEvent)| {
        id_at(expected.plus(index + 1)) == Some(event.id)
    };
    if fits && write.events.iter().enumerate().all(stands) {
        return Ok(Verdict::Repeat(expected.plus(write.events.len())));
    }
    Err(AppendError::Conflict {
        stream: write.stream.clone(),
        expected,
        actual: version,
    })
}
