//! The log in memory, as a disk would have it: what was handed over is written a moment later, together with what else waits,
//! and what was not written when the process dies is lost, up to a place that the disk chose.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use events::store::memory::MemoryStore;
use events::store::{AppendError, Appended, Direction, Expected, ReadError, Snapshot, StreamWrite};
use events::{EventId, EventStore, NewEvent, Position, Recorded, StreamId, Version};
use futures_util::future::{BoxFuture, FutureExt as _};
use tokio::sync::{oneshot, watch};
use uuid::Uuid;

use crate::draw::Draw;
use crate::faults::{Faults, StoreFault};
use crate::plants::Plant;
use crate::points::Points;

type Outcome = Result<Vec<Appended>, AppendError>;

/// See the module.
#[derive(Debug)]
pub(crate) struct DiskStore {
    log: Mutex<Arc<MemoryStore>>,
    points: Arc<Points>,
    faults: Arc<Faults>,
    inner: Mutex<Inner>,
    plant: Mutex<Option<Plant>>,
}

#[derive(Debug)]
struct Inner {
    unsynced: VecDeque<(Vec<StreamWrite>, oneshot::Sender<Outcome>)>,
    draw: Draw,
    /// The state that was read last.
    snapshot: Option<Vec<u8>>,
}

impl DiskStore {
    pub(crate) fn new(seed: u64, points: Arc<Points>, faults: Arc<Faults>, plant: Option<Plant>) -> Self {
        Self {
            log: Mutex::default(),
            points,
            faults,
            plant: Mutex::new(plant),
            inner: Mutex::new(Inner {
                unsynced: VecDeque::new(),
                draw: Draw::new(seed, "store"),
                snapshot: None,
            }),
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn log(&self) -> Arc<MemoryStore> {
        Arc::clone(&self.log.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn plant(&self) -> Option<Plant> {
        *self.plant.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on it is what it seems.
    pub(crate) fn is_honest(&self) {
        *self.plant.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// The process died: of what waited only the first so many reached the disk.
    pub(crate) async fn lose_tail(&self) -> (usize, usize) {
        let (waiting, kept) = {
            let mut inner = self.inner();
            let waiting: Vec<_> = inner.unsynced.drain(..).collect();
            let kept = inner.draw.below(waiting.len() as u64 + 1);
            (waiting, usize::try_from(kept).unwrap())
        };
        let all = waiting.len();
        if self.plant() == Some(Plant::AnsweredBeforeWritten) {
            self.loses_what_it_answered().await;
        }
        for (writes, _) in waiting.into_iter().take(kept) {
            drop(self.log().append(writes).await);
        }
        (kept, all - kept)
    }

    /// Writes all that waits.
    async fn sync(&self) {
        loop {
            let next = self.inner().unsynced.pop_front();
            let Some((writes, respond)) = next else { return };
            let outcome = self.log().append(writes).await;
            drop(respond.send(outcome));
        }
    }

    /// Something else goes on meanwhile.
    async fn pause(&self, most_micros: u64) {
        let micros = self.inner().draw.below(most_micros);
        tokio::time::sleep(Duration::from_micros(micros)).await;
    }

    /// What is really written of it.
    fn written(&self, mut writes: Vec<StreamWrite>) -> Vec<StreamWrite> {
        let left_out = self.plant().map_or(&[][..], Plant::unrecorded);
        for write in &mut writes {
            // Something must stand there, or the versions would tell.
            for event in &mut write.events {
                if left_out.contains(&event.event_type) {
                    (event.event_type, event.schema_version) = ("ActivityObserved", 1);
                    r#"{"at":"2026-01-05T09:00:00Z"}"#.clone_into(&mut event.payload);
                }
            }
        }
        writes
    }

    async fn answer_of(&self, writes: Vec<StreamWrite>) -> Outcome {
        let told = told(&writes);
        self.points.pass(format!("append {told}")).await;
        let fault = self.faults.store();
        if let Some(StoreFault::Busy) = fault {
            return Err(AppendError::Busy);
        }
        if let Some(StoreFault::Refused) = fault {
            if self.plant() == Some(Plant::RefusedCountsAsWritten) {
                return Ok(self.made_up(&writes).await);
            }
            return Err(unavailable(false));
        }
        let writes = self.written(writes);
        let repeated = (self.plant() == Some(Plant::RepeatWritten)).then(|| renamed(writes.clone()));
        let (respond, answer) = oneshot::channel();
        self.inner().unsynced.push_back((writes, respond));
        self.pause(3_000).await;
        self.points.alive().await;
        self.sync().await;
        let outcome = answer.await.unwrap_or_else(|_| Err(unavailable(true)));
        let verdict = match &outcome {
            Ok(_) => "",
            Err(AppendError::Conflict { .. }) => " (conflict)",
            Err(_) => " (not)",
        };
        self.points.pass(format!("appended {told}{verdict}")).await;
        if let (Some(StoreFault::Unanswered), Ok(_)) = (fault, &outcome) {
            if let Some(repeated) = repeated {
                return self.log().append(repeated).await;
            }
            return Err(unavailable(true));
        }
        outcome
    }

    /// What would have been answered if it had been written.
    async fn made_up(&self, writes: &[StreamWrite]) -> Vec<Appended> {
        let mut position = self.log().head().borrow().0;
        let mut answers = Vec::new();
        for write in writes {
            let stream = write.stream.clone();
            let stands = self
                .log()
                .read_stream(stream, Version(u64::MAX), Direction::Backwards, 1)
                .await;
            let last = stands.ok().and_then(|stands| Some(stands.first()?.version.0));
            let count = write.events.len() as u64;
            position += count;
            answers.push(Appended {
                version: Version(last.unwrap_or_default() + count),
                position: Position(position),
                recognised: false,
            });
        }
        answers
    }

    /// Some of the newest events were never on disk.
    async fn loses_what_it_answered(&self) {
        let all = self
            .log()
            .read_log(Position::START, usize::MAX)
            .await
            .unwrap_or_default();
        let lost = usize::try_from(self.inner().draw.below(6)).unwrap();
        let kept = MemoryStore::new();
        for recorded in &all[..all.len().saturating_sub(lost)] {
            let write = StreamWrite {
                stream: recorded.stream.clone(),
                expected: Expected::Any,
                events: vec![NewEvent {
                    id: recorded.id,
                    event_type: Box::leak(recorded.event_type.to_string().into_boxed_str()),
                    schema_version: recorded.schema_version,
                    payload: recorded.payload.to_string(),
                    metadata: recorded.metadata,
                }],
            };
            drop(kept.append(vec![write]).await);
        }
        *self.log.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(kept);
    }
}

/// The same events under other ids, for whatever version.
fn renamed(mut writes: Vec<StreamWrite>) -> Vec<StreamWrite> {
    for write in &mut writes {
        write.expected = Expected::Any;
        for event in &mut write.events {
            event.id = EventId(Uuid::new_v5(&event.id.0, b"again"));
        }
    }
    writes
}

fn unavailable(maybe_written: bool) -> AppendError {
    AppendError::Unavailable {
        action: "writing to the simulated disk",
        maybe_written,
        source: "the simulated disk fails now".into(),
    }
}

fn told(writes: &[StreamWrite]) -> String {
    let write = |write: &StreamWrite| {
        let types: Vec<_> = write.events.iter().map(|event| event.event_type).collect();
        format!("{} {types:?}", write.stream)
    };
    writes.iter().map(write).collect::<Vec<_>>().join(", ")
}

impl EventStore for DiskStore {
    fn append(&self, writes: Vec<StreamWrite>) -> BoxFuture<'_, Outcome> {
        self.answer_of(writes).boxed()
    }

    fn read_stream(
        &self,
        stream: StreamId,
        from: Version,
        direction: Direction,
        max: usize,
    ) -> BoxFuture<'_, Result<Vec<Recorded>, ReadError>> {
        async move {
            self.pause(500).await;
            self.points.alive().await;
            let mut read = self.log().read_stream(stream, from, direction, max).await?;
            if self.plant() == Some(Plant::StreamReadShort) && read.len() > 3 {
                read.pop();
            }
            Ok(read)
        }
        .boxed()
    }

    fn read_log(&self, after: Position, max: usize) -> BoxFuture<'_, Result<Vec<Recorded>, ReadError>> {
        async move {
            self.points.alive().await;
            let mut read = self.log().read_log(after, max).await?;
            if self.plant() == Some(Plant::FollowerMissesEvents) && read.len() > 1 {
                read.retain(|event| event.position.0 % 41 != 0);
            }
            Ok(read)
        }
        .boxed()
    }

    fn head(&self) -> watch::Receiver<Position> {
        self.log().head()
    }

    fn load_snapshot(&self, stream: StreamId) -> BoxFuture<'_, Result<Option<Snapshot>, ReadError>> {
        async move {
            let mut found = self.log().load_snapshot(stream).await?;
            let mut inner = self.inner();
            if let (Some(Plant::SnapshotOfAnother), Some(found)) = (self.plant(), &mut found) {
                let another = inner.snapshot.replace(found.state.clone());
                found.state = another.unwrap_or_default();
            }
            Ok(found)
        }
        .boxed()
    }

    fn save_snapshot(&self, stream: StreamId, snapshot: Snapshot) -> BoxFuture<'_, Result<(), AppendError>> {
        async move {
            self.points.pass(format!("snapshot {stream}")).await;
            self.log().save_snapshot(stream, snapshot).await
        }
        .boxed()
    }
}
