//! An event of the audit as it is told and exported: what was recorded, its number in its stream, and the hash by which the one
//! after it names it. Whoever keeps an export can find out later whether the log still says the same.

use events::audit::Link;
use events::{Direction, EventStore, ReadError, Recorded, StreamId, Version};
use serde_json::{Map, Value, json};

/// Events read at a time.
const BATCH: usize = 1_000;

/// One entry as JSON.
pub fn told(event: &Recorded) -> Value {
    let mut fields = match serde_json::from_str(&event.payload) {
        Ok(Value::Object(fields)) => fields,
        // Whatever cannot be read is told as it lies there.
        Ok(_) | Err(_) => Map::from_iter([("unreadable".to_owned(), json!(event.payload))]),
    };
    fields.insert("number".to_owned(), json!(event.version));
    fields.insert("time".to_owned(), json!(event.metadata.time));
    fields.insert("event".to_owned(), json!(event.event_type));
    fields.insert("stream".to_owned(), json!(event.stream.as_str()));
    fields.insert("hash".to_owned(), json!(Link::to(event)));
    Value::Object(fields)
}

/// The entries of a stream after a number, in order.
pub async fn after(
    store: &dyn EventStore,
    stream: &StreamId,
    number: u64,
    most: usize,
) -> Result<Vec<Recorded>, ReadError> {
    let from = Version(number.saturating_add(1));
    store
        .read_stream(stream.clone(), from, Direction::Forwards, most)
        .await
}

/// Gives each entry of a stream after a number to `take`.
pub async fn each<E: From<ReadError>>(
    store: &dyn EventStore,
    stream: &StreamId,
    number: u64,
    mut take: impl FnMut(&Recorded) -> Result<(), E>,
) -> Result<(), E> {
    let mut number = number;
    loop {
        let events = after(store, stream, number, BATCH).await?;
        let Some(last) = events.last() else { return Ok(()) };
        number = last.version.0;
        events.iter().try_for_each(&mut take)?;
    }
}
