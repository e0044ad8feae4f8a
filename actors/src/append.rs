//! Appending single facts to streams that have no rules of their own, once each, whoever else appends there.

use std::collections::HashMap;

use events::codec::StoredEvent;
use events::{
    AppendError, Direction, EventId, EventStore, Expected, Metadata, NewEvent, Position, ReadError, StreamId,
    StreamWrite, Version,
};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// Tries before a conflict is reported; each reads the stream's version again.
const TRIES: usize = 5;

/// Events read at a time when looking back.
const PAGE: usize = 100;

/// Why a fact could not be recorded.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The log could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The log could not be written.
    #[error(transparent)]
    Append(#[from] AppendError),
}

/// The version of a stream's last event.
pub(crate) async fn version_of(store: &dyn EventStore, stream: &StreamId) -> Result<Version, ReadError> {
    let last = store
        .read_stream(stream.clone(), Version(u64::MAX), Direction::Backwards, 1)
        .await?;
    Ok(last.first().map_or(Version::NONE, |recorded| recorded.version))
}

/// Waits until a work list has folded what the log holds now. A list that lags behind the log names work that was done
/// before the process started; whoever records facts without a person's actor must not begin with that. Answers whether
/// it came to it before `cancel`.
pub(crate) async fn caught_up(
    store: &dyn EventStore,
    folded: &mut watch::Receiver<Position>,
    cancel: &CancellationToken,
) -> bool {
    let head = *store.head().borrow();
    let reached = folded.wait_for(|folded| *folded >= head);
    matches!(cancel.run_until_cancelled(reached).await, Some(Ok(_)))
}

/// A fact to be recorded: its id says what makes it unique.
pub(crate) struct NewFact<E> {
    pub(crate) id: EventId,
    pub(crate) event: E,
    pub(crate) metadata: Metadata,
}

/// Appends several events to one stream in one write, after whatever it holds, those left out that it holds already.
/// `folded` is how far the work list was folded that asked for it: an event that stands before would have taken the work
/// off the list. Answers where the last of them stands; of a list that is recorded already, the start.
///
/// Several nodes may record the same outcome: each looks at what was appended since the list was made, and an append
/// of another one in between is a conflict after which it looks again.
pub(crate) async fn record_all<E: StoredEvent>(
    store: &dyn EventStore,
    stream: StreamId,
    facts: &[NewFact<E>],
    folded: Position,
) -> Result<Position, RecordError> {
    let mut tries = TRIES;
    loop {
        tries -= 1;
        let (there, version) = since(store, &stream, folded).await?;
        let events: Vec<NewEvent> = facts
            .iter()
            .filter(|fact| !there.contains_key(&fact.id))
            .map(|fact| NewEvent::encode(fact.id, &fact.event, fact.metadata))
            .collect();
        if events.is_empty() {
            return Ok(there.into_values().max().unwrap_or(Position::START));
        }
        let write = StreamWrite {
            stream: stream.clone(),
            expected: Expected::Exactly(version),
            events,
        };
        match store.append(vec![write]).await {
            Ok(appended) => {
                return Ok(appended.first().map_or(Position::START, |last| last.position));
            }
            Err(AppendError::Conflict { .. }) if tries > 0 => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// What a stream holds after `folded`, and its version.
async fn since(
    store: &dyn EventStore,
    stream: &StreamId,
    folded: Position,
) -> Result<(HashMap<EventId, Position>, Version), ReadError> {
    let mut found = HashMap::new();
    let mut end = None;
    let (mut from, mut max) = (Version(u64::MAX), 1);
    loop {
        let page = store
            .read_stream(stream.clone(), from, Direction::Backwards, max)
            .await?;
        let end = *end.get_or_insert(page.first().map_or(Version::NONE, |last| last.version));
        let newer = page.iter().filter(|recorded| recorded.position > folded);
        found.extend(newer.map(|recorded| (recorded.id, recorded.position)));
        match page.last() {
            Some(oldest) if oldest.position > folded && oldest.version.0 > 1 && page.len() == max => {
                from = Version(oldest.version.0 - 1);
            }
            _ => return Ok((found, end)),
        }
        max = PAGE;
    }
}
