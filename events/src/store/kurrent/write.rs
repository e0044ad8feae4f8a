//! Appending: one stream after the other, each exact however often it has to be sent.

use std::time::Instant;

use super::failure::Meaning;
use super::health;
use super::unavailable::unavailable;
use super::{
    Answer, AppendError, Appended, Direction, Empty, Exhausted, Expectation, Expected, KurrentStore,
    Position, ReadError, Recorded, StreamWrite, Version, mapping, stream_from, stream_options,
};
use crate::store::rules::{self, Verdict};
use crate::stream::StreamId;

/// How often an append to wherever the stream ends is tried against others.
const RACES: usize = 32;

impl KurrentStore {
    pub(super) async fn write(&self, writes: Vec<StreamWrite>) -> Result<Vec<Appended>, AppendError> {
        if self.head.is_closed() {
            return Err(unavailable(false, "the store is closed".into()));
        }
        self.calls.health.check_whole()?;
        if writes.len() > 1 {
            self.judge_all(&writes).await?;
        }
        let mut appended = Vec::with_capacity(writes.len());
        for write in writes {
            match self.write_one(write).await {
                Ok(one) => appended.push(one),
                // The streams before this one are written.
                Err(error) if !appended.is_empty() => return Err(unavailable(true, Box::new(error))),
                Err(error) => return Err(error),
            }
        }
        Ok(appended)
    }

    /// Refuses, before anything is written, what would be refused anyway.
    async fn judge_all(&self, writes: &[StreamWrite]) -> Result<(), AppendError> {
        for write in writes {
            let Expected::Exactly(expected) = write.expected else {
                continue;
            };
            let version = self.version(&write.stream).await?;
            let there = self.standing(write, expected, version).await?;
            let (Verdict::Write | Verdict::Repeat(_)) = judge(write, version, &there)?;
        }
        Ok(())
    }

    /// What stands where a write would stand.
    async fn standing(
        &self,
        write: &StreamWrite,
        expected: Version,
        version: Version,
    ) -> Result<Vec<Recorded>, AppendError> {
        if version <= expected {
            return Ok(Vec::new());
        }
        let (from, max) = (expected.plus(1), write.events.len());
        let read = super::EventStore::read_stream(self, write.stream.clone(), from, Direction::Forwards, max);
        read.await.map_err(|error| unavailable(false, Box::new(error)))
    }

    async fn write_one(&self, write: StreamWrite) -> Result<Appended, AppendError> {
        match write.expected {
            Expected::Exactly(expected) => self.write_exactly(&write, expected).await,
            Expected::Any => {
                for _ in 0..RACES {
                    let version = self.version(&write.stream).await?;
                    match self.write_exactly(&write, version).await {
                        Err(AppendError::Conflict { .. }) => {}
                        settled => return settled,
                    }
                }
                Err(AppendError::Busy)
            }
        }
    }

    async fn write_exactly(&self, write: &StreamWrite, expected: Version) -> Result<Appended, AppendError> {
        let conflict = |actual| AppendError::Conflict {
            stream: write.stream.clone(),
            expected,
            actual,
        };
        let expectation = match expected.0.checked_sub(1) {
            None => {
                self.limit_new_stream(&write.stream).await?;
                Expectation::NoStream(Empty {})
            }
            Some(revision) if i64::try_from(revision).is_ok() => Expectation::Revision(revision),
            // The server counts with signed numbers, and no stream is that long.
            Some(_) => return Err(conflict(self.version(&write.stream).await?)),
        };
        let head = self.head.now();
        let answer = self.send(write, expectation).await.map_err(append_error)?;
        match answer {
            // The server knows the ids of one append alone. The same events from elsewhere are a repeat all the same.
            Answer::Conflict { current } => {
                let version = version_of(current);
                let there = self.standing(write, expected, version).await?;
                match judge(write, version, &there)? {
                    Verdict::Repeat(version) if !there.is_empty() => {
                        let position = there.last().map_or(Position::START, |last| last.position);
                        self.head.raise(position);
                        Ok(Appended {
                            version,
                            position,
                            recognised: true,
                        })
                    }
                    // It was at this version for a moment only; whoever asks looks again.
                    Verdict::Repeat(_) | Verdict::Write => Err(conflict(version)),
                }
            }
            Answer::Written { revision, position } => {
                let version = Version(revision + 1);
                // What is newly written stands behind everything known before it was sent. Anything else is the
                // answer to a repeat, and servers differ in which position they tell then.
                let position = match position.map(Position) {
                    Some(position) if position > head => position,
                    _ => self.position_at(&write.stream, version).await?,
                };
                if position <= head {
                    // It was written by this call, and stands before what was there when the call was made.
                    self.calls.health.gone(head);
                    return Err(unavailable(true, health::gone(head).into()));
                }
                self.head.raise(position);
                Ok(Appended {
                    version,
                    position,
                    recognised: false,
                })
            }
        }
    }

    /// Sends one append until it is answered. Where the server says that it takes less than was thought, once more.
    async fn send(&self, write: &StreamWrite, expectation: Expectation) -> Result<Answer, Exhausted> {
        loop {
            let name = self.calls.names.stored(&write.stream);
            let events = write.events.iter().map(mapping::proposed).collect();
            let events = self.calls.made_to_fit(events).await?;
            let sent = self.calls.persist(self.calls.limits.patience, |link| {
                let (events, name) = (events.clone(), &name);
                async move { self.calls.append(&link, name, expectation, events).await }
            });
            let begun = Instant::now();
            let sent = sent.await;
            match &sent {
                Ok(_) => self.calls.health.written(),
                Err(exhausted)
                    if exhausted.failure.meaning.passes() || exhausted.failure.meaning == Meaning::SetUp =>
                {
                    self.calls.health.unwritten(begun, &exhausted.failure);
                }
                Err(_) => {}
            }
            match sent {
                Err(exhausted) if matches!(exhausted.failure.meaning, Meaning::TooLarge(Some(limit)) if self.calls.largest.learn(limit)) =>
                    {}
                answered => return answered,
            }
        }
    }

    /// The version of a stream's last event.
    async fn version(&self, stream: &StreamId) -> Result<Version, AppendError> {
        let end = stream_options::Revision::End(Empty {});
        let from = stream_from(&self.calls.names.stored(stream), end);
        let read = self.read("reading a stream's end", from, Direction::Backwards, 1);
        let last = read.await.map_err(|error| unavailable(false, Box::new(error)))?;
        Ok(version_of(last.first().map(|event| event.revision)))
    }

    /// The position of an event that is known to be written.
    async fn position_at(&self, stream: &StreamId, version: Version) -> Result<Position, AppendError> {
        let at = stream_options::Revision::At(version.0.saturating_sub(1));
        let from = stream_from(&self.calls.names.stored(stream), at);
        let read = self.read("reading back an append", from, Direction::Forwards, 1);
        let found = read.await.map_err(|error| unavailable(true, Box::new(error)))?;
        let lost = || unavailable(true, "what was just appended cannot be read".into());
        let event = found.first().ok_or_else(lost)?;
        mapping::position(event).map_err(|failure| unavailable(true, Box::new(failure)))
    }
}

fn judge(write: &StreamWrite, version: Version, there: &[Recorded]) -> Result<Verdict, AppendError> {
    let id_at = |at: Version| {
        there
            .iter()
            .find(|event| event.version == at)
            .map(|event| event.id)
    };
    rules::judge(write, version, id_at)
}

fn version_of(revision: Option<u64>) -> Version {
    revision.map_or(Version::NONE, |revision| Version(revision + 1))
}

pub(super) fn append_error(exhausted: Exhausted) -> AppendError {
    let Exhausted { failure, maybe_done } = exhausted;
    match failure.meaning {
        Meaning::TooLarge(_) => AppendError::Malformed {
            reason: "it is larger than the server takes",
        },
        Meaning::Busy if !maybe_done => AppendError::Busy,
        Meaning::NotDone
        | Meaning::NotLeader(_)
        | Meaning::Busy
        | Meaning::Unknown
        | Meaning::Deleted
        | Meaning::BadPosition
        | Meaning::Refused
        | Meaning::SetUp => unavailable(maybe_done, failure.into_cause()),
    }
}

impl From<ReadError> for AppendError {
    /// Nothing was written when what had to be read first could not be.
    fn from(error: ReadError) -> Self {
        unavailable(false, Box::new(error))
    }
}
