//! The store that is measured: filled once, kept, the same each time.
//!
//! Most streams get events / streams events each, far apart in the log. [`LOADED`] further streams get
//! [`LOADED_EVENTS`] each, just as far apart: they are the ones that are read.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use events::store::sqlite::{FILE_NAME, SqliteOptions, SqliteStore};
use events::{
    AadObjectId, EventId, EventStore as _, Expected, Metadata, NewEvent, StreamId, StreamWrite, TenantId,
    UserKey, Version,
};
use uuid::Uuid;

use crate::versions::Versions;
use crate::{Outcome, Settings, say};

/// Streams that are loaded.
pub(crate) const LOADED: u64 = 2_000;
/// Events in each of them.
pub(crate) const LOADED_EVENTS: u64 = 20;
/// Streams written by one append while filling.
const AT_ONCE: usize = 512;

/// The filled store's folder, which is made if it is missing.
pub(crate) async fn folder(cache: &Path, settings: &Settings) -> Outcome<PathBuf> {
    let layout = fnv(include_bytes!("../../src/store/sqlite/schema.sql"));
    let folder = cache.join(format!(
        "store-{}-{}-{}-{layout:08x}",
        settings.events, settings.streams, settings.payload
    ));
    if folder.exists() {
        return Ok(folder);
    }
    say(&format!("filling {}", folder.display()))?;
    let unfinished = folder.with_extension("unfinished");
    if unfinished.exists() {
        std::fs::remove_dir_all(&unfinished)?;
    }
    let store = Arc::new(SqliteStore::open(&unfinished, &SqliteOptions::default())?);
    let mut versions = Versions::default();
    let order: Vec<u64> = order(settings).collect();
    for streams in order.chunks(AT_ONCE) {
        let writes = streams
            .iter()
            .map(|stream| versions.next_write(*stream, settings));
        store.append(writes.collect()).await?;
    }
    store.close().await;
    if !unfinished.join(FILE_NAME).exists() {
        return Err("the filled store has no file".into());
    }
    std::fs::rename(&unfinished, &folder)?;
    Ok(folder)
}

/// Where every stream of the filled store ends.
pub(crate) fn versions(settings: &Settings) -> Versions {
    let mut versions = Versions::default();
    for stream in order(settings) {
        versions.count(stream);
    }
    versions
}

/// The stream of each event, in the order of the log: the first [`LOADED`] are those that are loaded.
fn order(settings: &Settings) -> impl Iterator<Item = u64> + use<> {
    let loaded = LOADED * LOADED_EVENTS;
    let every = (settings.events / loaded).max(2);
    let streams = settings.streams;
    (0..settings.events).map(move |index| {
        let turn = index / every;
        if index.is_multiple_of(every) && turn < loaded {
            turn % LOADED
        } else {
            // A step that shares no factor with usual numbers of streams: neighbours are far apart.
            LOADED + (index * 7_919) % streams
        }
    })
}

/// The stream with a number.
pub(crate) fn stream(number: u64) -> Outcome<StreamId> {
    let user = AadObjectId::parse(Uuid::from_u128(u128::from(number)).to_string())?;
    let tenant = TenantId::parse(Uuid::from_u128(7).to_string())?;
    Ok(StreamId::user(&UserKey::new(tenant, user)))
}

impl Versions {
    /// The next event of a stream, as a write.
    ///
    /// # Panics
    /// Never: the names that it makes are well-formed.
    pub(crate) fn next_write(&mut self, number: u64, settings: &Settings) -> StreamWrite {
        let expected = self.count(number);
        write(number, expected, settings)
    }
}

/// One event for a stream at `expected`.
pub(crate) fn write(number: u64, expected: u64, settings: &Settings) -> StreamWrite {
    let id = Uuid::from_u128((u128::from(number) << 64) | u128::from(expected + 1));
    let event = NewEvent {
        id: EventId(id),
        event_type: "CommandReceived",
        schema_version: 1,
        payload: payload(settings.payload),
        metadata: Metadata {
            time: chrono::DateTime::UNIX_EPOCH + chrono::TimeDelta::days(20_000),
            correlation_id: id,
            causation_id: id,
        },
    };
    StreamWrite {
        stream: stream(number).expect("a number makes well-formed names"),
        expected: Expected::Exactly(Version(expected)),
        events: vec![event],
    }
}

/// JSON of a length.
fn payload(length: usize) -> String {
    let (before, after) = (r#"{"text":""#, r#""}"#);
    let padding = length.saturating_sub(before.len() + after.len());
    let mut payload = String::with_capacity(length);
    payload.push_str(before);
    payload.push_str(&"x".repeat(padding));
    payload.push_str(after);
    payload
}

/// A short mark of the layout, so that a store of another layout is not taken for this one.
fn fnv(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, byte| {
        (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193)
    })
}
