//! Appending single facts to streams that have one writer and no rules of their own.

use events::codec::StoredEvent;
use events::{
    AppendError, Direction, EventId, EventStore, Expected, Metadata, NewEvent, Position, ReadError, StreamId,
    StreamWrite, Version,
};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// Tries before a conflict is reported; each reads the stream's version again.
const TRIES: usize = 5;
/// Newest events among which a repeat is looked for.
const RECENT: usize = 4;

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

/// Appends one event after whatever the stream holds; the same `id` again within the next few events writes nothing.
pub(crate) async fn record(
    store: &dyn EventStore,
    stream: StreamId,
    id: EventId,
    event: &impl StoredEvent,
    metadata: Metadata,
) -> Result<Position, RecordError> {
    let mut tries = TRIES;
    loop {
        tries -= 1;
        let newest = store
            .read_stream(stream.clone(), Version(u64::MAX), Direction::Backwards, RECENT)
            .await?;
        // An append whose answer was lost may have been written.
        if let Some(same) = newest.iter().find(|recorded| recorded.id == id) {
            return Ok(same.position);
        }
        let version = newest.first().map_or(Version::NONE, |recorded| recorded.version);
        let expected = Expected::Exactly(version);
        let events = vec![NewEvent::encode(id, event, metadata)];
        let write = StreamWrite {
            stream: stream.clone(),
            expected,
            events,
        };
        match store.append(vec![write]).await {
            Ok(appended) => {
                return Ok(appended
                    .first()
                    .map_or(Position::START, |appended| appended.position));
            }
            Err(AppendError::Conflict { .. }) if tries > 0 => {}
            Err(error) => return Err(error.into()),
        }
    }
}
