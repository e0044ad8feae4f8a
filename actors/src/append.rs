//! Appending single facts to streams that have one writer and no rules of their own.

use events::codec::StoredEvent;
use events::{
    AppendError, Direction, EventId, EventStore, Expected, Metadata, NewEvent, Position, ReadError, StreamId,
    StreamWrite, Version,
};

/// Tries before a conflict is reported; each reads the stream's version again.
const TRIES: usize = 5;

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

/// Appends one event after whatever the stream holds; with the same `id` again right after, nothing is written.
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
        let expected = Expected::Exactly(version_of(store, &stream).await?);
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
