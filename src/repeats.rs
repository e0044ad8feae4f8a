//! Changes that are asked for with an `Idempotency-Key` are made once. That one is begun stands in a stream of the log before it is
//! made, and its answer afterwards, so that a repeat gets that answer again: on any node, after a restart, and where the process
//! was killed in between. Then the repeat takes up what was left, and finds by their ids the events that were recorded already.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::TimeDelta;
use events::outbound::{KeptAnswer, RequestAnswered, RequestBegun};
use events::{
    AppendError, Clock, DecodeError, Direction, EventId, EventStore, Expected, Metadata, NewEvent,
    OrganizationId, OutboundEvent, Position, ReadError, Recorded, StreamId, StreamWrite, Version,
};
use uuid::Uuid;

pub mod state;

use state::{Ask, KEPT_FOR, MOST, Place, Seen, Verdict};

/// Events read at a time.
const PAGE: usize = 500;
/// How often a claim is decided anew because somebody else's came first.
const TRIES: usize = 16;
/// For how long a change is its process's alone, where several may run: longer than any takes.
const CLAIMED_FOR: TimeDelta = TimeDelta::minutes(2);

/// Why it is not known whether a request was seen before; then it is not carried out.
#[derive(Debug, thiserror::Error)]
pub enum RepeatError {
    /// The log could not be read.
    #[error("requests that were seen before could not be read")]
    Read(#[from] ReadError),
    /// It holds something that this release does not know.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// It could not be written.
    #[error("that a request is carried out could not be recorded")]
    Append(#[from] AppendError),
}

/// A change that is made once, however often it is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Once {
    /// What the ids of its events come from.
    seed: EventId,
    /// Where it was begun first: what it recorded stands later.
    since: Position,
    /// Whether it was begun before, by somebody who left no answer.
    resumed: bool,
}

impl Once {
    /// The id of one event of the change.
    pub fn id(&self, what: &str) -> EventId {
        EventId::derive(["once", self.seed.to_string().as_str(), what])
    }

    /// Where it was begun first.
    pub fn since(&self) -> Position {
        self.since
    }

    /// Whether this event of the change was recorded by somebody who left no answer.
    pub async fn stands(
        &self,
        store: &dyn EventStore,
        stream: &StreamId,
        id: EventId,
    ) -> Result<bool, ReadError> {
        if !self.resumed {
            return Ok(false);
        }
        let mut from = Version(u64::MAX);
        loop {
            let page = store
                .read_stream(stream.clone(), from, Direction::Backwards, PAGE)
                .await?;
            let later = page.iter().take_while(|event| event.position > self.since);
            if later.into_iter().any(|event| event.id == id) {
                return Ok(true);
            }
            match page.last() {
                Some(last) if last.position > self.since && last.version.0 > 1 => {
                    from = Version(last.version.0 - 1);
                }
                Some(_) | None => return Ok(false),
            }
        }
    }
}

/// What is to be done with a request.
#[derive(Debug)]
pub enum Turn {
    /// Carry it out, and settle the claim.
    Now(Claim),
    /// Answer this again.
    Again(KeptAnswer),
    /// It is being carried out; ask again after so many seconds.
    UnderWay(u64),
    /// The key was used for another request.
    Other,
    /// The organization's keys are all taken for so many seconds.
    TooMany(u64),
}

/// A change that this process makes. Where it is dropped unsettled, the next one who asks takes it up.
#[derive(Debug)]
pub struct Claim {
    repeats: Arc<Repeats>,
    organization: OrganizationId,
    key: String,
    once: Once,
}

impl Claim {
    /// The change.
    pub fn once(&self) -> Once {
        self.once
    }

    /// Keeps what it was answered; none where it was not carried out.
    pub async fn settle(self, answer: Option<KeptAnswer>) -> Result<(), RepeatError> {
        let event = RequestAnswered {
            key: self.key.clone(),
            answer,
        };
        // Whoever reads takes the first answer, so it need not be decided on what stands.
        self.repeats
            .append(&self.organization, Expected::Any, event.into())
            .await?;
        Ok(())
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        let running = (self.organization.clone(), std::mem::take(&mut self.key));
        self.repeats.running().remove(&running);
    }
}

#[derive(Debug, Default)]
struct Folded {
    seen: Seen,
    version: Option<Version>,
}

/// See the module.
#[derive(Debug)]
pub struct Repeats {
    store: Arc<dyn EventStore>,
    clock: Arc<dyn Clock>,
    /// Whether no other process works on this log.
    alone: bool,
    process: Uuid,
    folded: Mutex<HashMap<OrganizationId, Arc<tokio::sync::Mutex<Folded>>>>,
    running: Mutex<HashSet<(OrganizationId, String)>>,
}

impl Repeats {
    /// Over a log that this process works on `alone`, or with others.
    pub fn new(store: Arc<dyn EventStore>, clock: Arc<dyn Clock>, alone: bool) -> Arc<Self> {
        Arc::new(Self {
            store,
            clock,
            alone,
            process: EventId::unique().0,
            folded: Mutex::default(),
            running: Mutex::default(),
        })
    }

    fn running(&self) -> std::sync::MutexGuard<'_, HashSet<(OrganizationId, String)>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whose turn it is to carry out what is asked; where it is this caller's, it stands in the log when this answers.
    pub async fn begin(
        self: &Arc<Self>,
        organization: &OrganizationId,
        ask: Ask,
    ) -> Result<Turn, RepeatError> {
        let folded = {
            let mut all = self.folded.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(all.entry(organization.clone()).or_default())
        };
        let mut folded = folded.lock().await;
        let mut tries = TRIES;
        loop {
            tries -= 1;
            self.refresh(organization, &mut folded).await?;
            let now = self.clock.now();
            folded.seen.forget_until(now);
            let place = Place {
                process: self.process,
                alone: self.alone,
                running: self.running().contains(&(organization.clone(), ask.key.clone())),
            };
            let begun = match folded.seen.verdict(&ask, place, now) {
                Verdict::New => None,
                Verdict::Resume { seed, since } => Some((seed, since)),
                Verdict::Again(answer) => return Ok(Turn::Again(answer)),
                Verdict::UnderWay(seconds) => return Ok(Turn::UnderWay(seconds)),
                Verdict::Other => return Ok(Turn::Other),
                Verdict::TooMany(seconds) => return Ok(Turn::TooMany(seconds)),
            };
            let event = RequestBegun {
                key: ask.key.clone(),
                request: ask.request.clone(),
                process: self.process,
                until: now + CLAIMED_FOR,
            };
            let expected = Expected::Exactly(folded.version.unwrap_or(Version::NONE));
            match self.append(organization, expected, event.into()).await {
                Ok((id, position)) => {
                    let (seed, since) = begun.unwrap_or((id, position));
                    let once = Once {
                        seed,
                        since,
                        resumed: begun.is_some(),
                    };
                    return Ok(Turn::Now(self.claimed(organization, &ask.key, once)));
                }
                Err(AppendError::Conflict { .. }) if tries > 0 => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn claimed(self: &Arc<Self>, organization: &OrganizationId, key: &str, once: Once) -> Claim {
        let running = (organization.clone(), key.to_owned());
        self.running().insert(running.clone());
        let (organization, key) = running;
        Claim {
            repeats: Arc::clone(self),
            organization,
            key,
            once,
        }
    }

    async fn append(
        &self,
        organization: &OrganizationId,
        expected: Expected,
        event: OutboundEvent,
    ) -> Result<(EventId, Position), AppendError> {
        let id = EventId::unique();
        let metadata = Metadata {
            time: self.clock.now(),
            correlation_id: id.0,
            causation_id: id.0,
        };
        let write = StreamWrite {
            stream: StreamId::requests(organization),
            expected,
            events: vec![NewEvent::encode(id, &event, metadata)],
        };
        let appended = self.store.append(vec![write]).await?;
        let position = appended.first().map_or(Position::START, |one| one.position);
        Ok((id, position))
    }

    /// Reads what was recorded since; the first time, what still counts of what was recorded ever.
    async fn refresh(&self, organization: &OrganizationId, folded: &mut Folded) -> Result<(), RepeatError> {
        let stream = StreamId::requests(organization);
        let Some(version) = folded.version else {
            let events = self.newest(&stream).await?;
            folded.version = Some(events.last().map_or(Version::NONE, |event| event.version));
            return Ok(fold(&mut folded.seen, &events)?);
        };
        let mut from = version.plus(1);
        loop {
            let events = self
                .store
                .read_stream(stream.clone(), from, Direction::Forwards, PAGE)
                .await?;
            fold(&mut folded.seen, &events)?;
            let Some(last) = events.last() else { return Ok(()) };
            folded.version = Some(last.version);
            from = last.version.plus(1);
        }
    }

    /// The events that still count, oldest first.
    async fn newest(&self, stream: &StreamId) -> Result<Vec<Recorded>, ReadError> {
        let since = self.clock.now() - KEPT_FOR;
        let mut found = Vec::new();
        let mut from = Version(u64::MAX);
        loop {
            let page = self
                .store
                .read_stream(stream.clone(), from, Direction::Backwards, PAGE)
                .await?;
            let older = page.last().map(|last| (last.metadata.time, last.version.0));
            found.extend(page);
            match older {
                // Each key that is kept has an event or two, seldom more.
                Some((time, version)) if time > since && version > 1 && found.len() < 4 * MOST => {
                    from = Version(version - 1);
                }
                Some(_) | None => break,
            }
        }
        found.reverse();
        Ok(found)
    }
}

fn fold(seen: &mut Seen, events: &[Recorded]) -> Result<(), DecodeError> {
    for event in events {
        seen.apply(event, &event.decode()?);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
