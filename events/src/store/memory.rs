//! A store that lives as long as the process: for tests, and the measure of what the others promise.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use futures_util::future::{BoxFuture, FutureExt as _};
use tokio::sync::watch;

use super::rules::{Verdict, well_formed};
use super::{AppendError, Appended, Direction, EventStore, ReadError, Snapshot, StreamWrite, rules};
use crate::envelope::{Position, Recorded, Version};
use crate::stream::StreamId;

/// See the module.
#[derive(Debug)]
pub struct MemoryStore {
    inner: Mutex<Inner>,
    head: watch::Sender<Position>,
}

#[derive(Debug, Default)]
struct Inner {
    log: Vec<Recorded>,
    /// Indexes into the log, by stream.
    streams: HashMap<StreamId, Vec<usize>>,
    snapshots: HashMap<StreamId, Snapshot>,
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self {
            inner: Mutex::default(),
            head: watch::Sender::new(Position::START),
        }
    }

    fn with<T>(&self, act: impl FnOnce(&mut Inner) -> T) -> T {
        act(&mut self.inner.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Inner {
    fn append(&mut self, writes: Vec<StreamWrite>) -> Result<Vec<Appended>, AppendError> {
        well_formed(&writes)?;
        let mut verdicts = Vec::with_capacity(writes.len());
        for write in &writes {
            let indexes = self.streams.get(&write.stream).map_or(&[][..], Vec::as_slice);
            let version = Version(indexes.len() as u64);
            let id_at = |at: Version| {
                let index = usize::try_from(at.0).ok()?.checked_sub(1)?;
                indexes.get(index).map(|index| self.log[*index].id)
            };
            verdicts.push(match rules::judge(write, version, id_at)? {
                Verdict::Write => None,
                Verdict::Repeat(last) => {
                    let index = indexes[usize::try_from(last.0 - 1).unwrap_or(usize::MAX)];
                    Some(Appended {
                        version: last,
                        position: self.log[index].position,
                        recognised: true,
                    })
                }
            });
        }
        Ok(writes
            .into_iter()
            .zip(verdicts)
            .map(|(write, known)| known.unwrap_or_else(|| self.write(write)))
            .collect())
    }

    fn write(&mut self, write: StreamWrite) -> Appended {
        let indexes = self.streams.entry(write.stream.clone()).or_default();
        for event in write.events {
            indexes.push(self.log.len());
            self.log.push(Recorded {
                stream: write.stream.clone(),
                version: Version(indexes.len() as u64),
                position: Position(self.log.len() as u64 + 1),
                id: event.id,
                event_type: event.event_type.into(),
                schema_version: event.schema_version,
                payload: event.payload.into(),
                metadata: event.metadata,
            });
        }
        Appended {
            version: Version(indexes.len() as u64),
            position: Position(self.log.len() as u64),
            recognised: false,
        }
    }

    fn read_stream(
        &self,
        stream: &StreamId,
        from: Version,
        direction: Direction,
        max: usize,
    ) -> Vec<Recorded> {
        let Some(indexes) = self.streams.get(stream) else {
            return Vec::new();
        };
        let events = indexes.iter().map(|index| &self.log[*index]);
        match direction {
            Direction::Forwards => events.filter(|e| e.version >= from).take(max).cloned().collect(),
            Direction::Backwards => events
                .rev()
                .filter(|e| e.version <= from)
                .take(max)
                .cloned()
                .collect(),
        }
    }
}

impl EventStore for MemoryStore {
    fn append(&self, writes: Vec<StreamWrite>) -> BoxFuture<'_, Result<Vec<Appended>, AppendError>> {
        async move {
            let (result, head) = self.with(|inner| (inner.append(writes), inner.log.len() as u64));
            self.head.send_replace(Position(head));
            result
        }
        .boxed()
    }

    fn read_stream(
        &self,
        stream: StreamId,
        from: Version,
        direction: Direction,
        max: usize,
    ) -> BoxFuture<'_, Result<Vec<Recorded>, ReadError>> {
        async move { Ok(self.with(|inner| inner.read_stream(&stream, from, direction, max))) }.boxed()
    }

    fn read_log(&self, after: Position, max: usize) -> BoxFuture<'_, Result<Vec<Recorded>, ReadError>> {
        let skip = usize::try_from(after.0).unwrap_or(usize::MAX);
        async move { Ok(self.with(|inner| inner.log.iter().skip(skip).take(max).cloned().collect())) }.boxed()
    }

    fn head(&self) -> watch::Receiver<Position> {
        self.head.subscribe()
    }

    fn load_snapshot(&self, stream: StreamId) -> BoxFuture<'_, Result<Option<Snapshot>, ReadError>> {
        async move { Ok(self.with(|inner| inner.snapshots.get(&stream).cloned())) }.boxed()
    }

    fn save_snapshot(&self, stream: StreamId, snapshot: Snapshot) -> BoxFuture<'_, Result<(), AppendError>> {
        async move {
            self.with(|inner| {
                let newer = inner
                    .snapshots
                    .get(&stream)
                    .is_some_and(|known| known.version > snapshot.version);
                if !newer {
                    inner.snapshots.insert(stream, snapshot);
                }
            });
            Ok(())
        }
        .boxed()
    }
}
