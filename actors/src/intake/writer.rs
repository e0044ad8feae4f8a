//! The one task that writes an organization's stream.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use events::organization::{DomainEventAccepted, OrderKey};
use events::{
    AppendError, Direction, EventId, EventStore, Expected, NewEvent, OrganizationEvent, OrganizationId,
    Position, Recorded, StreamId, StreamWrite, Version,
};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::order::NewestTimes;
use super::{AcceptedIndex, Answer, Draft, IngestOutcome, Ingested, IntakeError, Request};
use crate::append::version_of;
use crate::ports::PortError;

/// Requests appended in one go.
const GROUP: usize = 64;
/// Bytes of payload appended in one go, so that what many hand over at once is not too much for one append. A single
/// event may be more.
const GROUP_BYTES: usize = 512 << 10;
/// Events appended in one go.
const GROUP_EVENTS: usize = 500;
/// Tries to append before a conflict is reported.
const TRIES: usize = 5;

/// The one writer of an organization's stream.
pub(super) struct Writer {
    organization: OrganizationId,
    stream: StreamId,
    store: Arc<dyn EventStore>,
    index: Arc<dyn AcceptedIndex>,
    folded: watch::Receiver<Position>,
    known: Option<Known>,
}

/// What the writer knows of its stream.
struct Known {
    version: Version,
    /// Events that the index may not have folded yet.
    recent: HashMap<EventId, Ingested>,
    /// When the newest of these happened.
    newest: NewestTimes,
}

impl Writer {
    pub(super) fn new(
        organization: OrganizationId,
        store: Arc<dyn EventStore>,
        index: Arc<dyn AcceptedIndex>,
    ) -> Self {
        Self {
            stream: StreamId::organization(&organization),
            organization,
            store,
            folded: index.folded(),
            index,
            known: None,
        }
    }

    pub(super) async fn run(mut self, mut requests: mpsc::Receiver<Request>, cancel: CancellationToken) {
        let mut group = Vec::with_capacity(GROUP);
        loop {
            tokio::select! {
                biased;
                received = requests.recv_many(&mut group, GROUP) => {
                    if received == 0 { return }
                    self.serve(std::mem::take(&mut group)).await;
                }
                () = cancel.cancelled() => requests.close(),
            }
            if requests.is_closed() && requests.is_empty() {
                return;
            }
        }
    }

    async fn serve(&mut self, group: Vec<Request>) {
        let drafts: Vec<&Draft> = group.iter().flat_map(|request| &request.drafts).collect();
        let result = self.ingest(&drafts).await;
        if result.is_err() {
            // Whether something was written may be unknown: look again before the next append.
            self.known = None;
        }
        let mut outcomes = result.as_ref().map(|outcomes| outcomes.iter().copied());
        for request in group {
            let count = request.drafts.len();
            let answer = match &mut outcomes {
                Ok(outcomes) => Ok(outcomes.by_ref().take(count).collect()),
                Err(error) => Err((*error).clone()),
            };
            // The asker may be gone; its events are in the log all the same.
            drop(request.respond.send(answer));
        }
    }

    async fn ingest(&mut self, drafts: &[&Draft]) -> Answer {
        for _ in 0..TRIES {
            let folded = *self.folded.borrow();
            let mut known = match self.known.take() {
                Some(known) => known,
                None => self.look().await?,
            };
            let indexed = self
                .index
                .find(drafts.iter().map(|draft| draft.event_id).collect())
                .await;
            let mut before = indexed.map_err(index_error)?;
            for (id, ingested) in &known.recent {
                before.entry(*id).or_insert(*ingested);
            }
            let fresh = fresh(drafts, &before);
            let fresh = self.ordered(&known, fresh).await?;
            known.recent.retain(|_, ingested| ingested.position > folded);
            known.newest.forget(folded);
            if !fresh.is_empty() {
                match self.append(&mut known, &fresh).await {
                    Ok(Written::Here) => {}
                    // Another node took the same a moment earlier, and answers for it.
                    Ok(Written::Elsewhere) => {
                        for draft in &fresh {
                            let stands = known.recent.get(&draft.event_id);
                            before.extend(stands.map(|ingested| (draft.event_id, *ingested)));
                        }
                    }
                    Err(IntakeError::Append(error)) => match &*error {
                        AppendError::Conflict { .. } => continue,
                        AppendError::Busy => return Err(IntakeError::Busy),
                        AppendError::Malformed { .. } | AppendError::Unavailable { .. } => {
                            return Err(IntakeError::Append(error));
                        }
                    },
                    Err(error) => return Err(error),
                }
            }
            let outcomes = outcomes(drafts, &before, &known.recent);
            self.known = Some(known);
            return Ok(outcomes);
        }
        Err(IntakeError::Busy)
    }

    /// The drafts, each with the note whether it is older than what the log will hold before it.
    async fn ordered(&self, known: &Known, fresh: Vec<&Draft>) -> Result<Vec<Draft>, IntakeError> {
        let mut newest = self.newest(known, fresh.iter().map(|draft| &draft.event)).await?;
        let ordered = fresh.into_iter().map(|draft| {
            let (mut draft, accepted_at) = (draft.clone(), draft.metadata.time);
            draft.event.superseded = newest.supersede(&draft.event, accepted_at);
            newest.note(&draft.event, accepted_at, Position::START);
            draft
        });
        Ok(ordered.collect())
    }

    async fn newest<'a>(
        &self,
        known: &Known,
        about: impl Iterator<Item = &'a DomainEventAccepted>,
    ) -> Result<NewestTimes, IntakeError> {
        let keys: Vec<OrderKey> = about.flat_map(DomainEventAccepted::order_keys).collect();
        if keys.is_empty() {
            return Ok(known.newest.clone());
        }
        let indexed = self.index.newest(self.organization.clone(), keys).await;
        Ok(known.newest.with(indexed.map_err(index_error)?))
    }

    /// Appends and notes where each event stands: whoever hands one over again gets the same answer.
    async fn append(&self, known: &mut Known, fresh: &[Draft]) -> Result<Written, IntakeError> {
        let mut written = Written::Here;
        let encoded = fresh.iter().map(|draft| {
            let event = OrganizationEvent::from(draft.event.clone());
            (draft, NewEvent::encode(draft.event_id, &event, draft.metadata))
        });
        let (mut drafts, mut events, mut bytes) = (Vec::new(), Vec::new(), 0);
        for (draft, event) in encoded {
            let size = event.payload.len();
            if !events.is_empty() && (bytes + size > GROUP_BYTES || events.len() >= GROUP_EVENTS) {
                let group = std::mem::take(&mut events);
                written = written.and(self.append_group(known, &drafts, group).await?);
                drafts.clear();
                bytes = 0;
            }
            bytes += size;
            drafts.push(draft);
            events.push(event);
        }
        Ok(written.and(self.append_group(known, &drafts, events).await?))
    }

    async fn append_group(
        &self,
        known: &mut Known,
        fresh: &[&Draft],
        events: Vec<NewEvent>,
    ) -> Result<Written, IntakeError> {
        let expected = Expected::Exactly(known.version);
        let write = StreamWrite {
            stream: self.stream.clone(),
            expected,
            events,
        };
        let failed = |error| IntakeError::Append(Arc::new(error));
        let appended = self.store.append(vec![write]).await.map_err(failed)?;
        let first = known.version.plus(1);
        known.version = known.version.plus(fresh.len());
        if let ([draft], [appended]) = (fresh, appended.as_slice())
            && !appended.recognised
        {
            known.note(
                draft.event_id,
                &draft.event,
                draft.metadata.time,
                appended.position,
            );
            return Ok(Written::Here);
        }
        // A store tells the position of the last event alone, and positions may leave gaps.
        let stored = self
            .store
            .read_stream(self.stream.clone(), first, Direction::Forwards, fresh.len())
            .await
            .map_err(|error| IntakeError::Read(Arc::new(error)))?;
        // What stands is noted, not what was meant: another node may have written it, at another time.
        for recorded in &stored {
            known.stands(recorded);
        }
        Ok(if appended.iter().any(|appended| appended.recognised) {
            Written::Elsewhere
        } else {
            Written::Here
        })
    }

    /// Reads back what the index may not have folded yet.
    async fn look(&self) -> Result<Known, IntakeError> {
        let read_error = |e| IntakeError::Read(Arc::new(e));
        let folded = *self.folded.borrow();
        let version = version_of(&*self.store, &self.stream).await.map_err(read_error)?;
        let mut known = Known {
            version,
            recent: HashMap::new(),
            newest: NewestTimes::default(),
        };
        let mut from = version;
        while from > Version::NONE {
            let page = self
                .store
                .read_stream(self.stream.clone(), from, Direction::Backwards, 500)
                .await
                .map_err(read_error)?;
            for recorded in page.iter().filter(|r| r.position > folded) {
                known.stands(recorded);
            }
            match page.last() {
                Some(oldest) if oldest.position > folded => from = Version(oldest.version.0 - 1),
                _ => break,
            }
        }
        Ok(known)
    }
}

/// By whom events came to stand in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Written {
    /// By this append.
    Here,
    /// By another one before it.
    Elsewhere,
}

impl Written {
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Here, Self::Here) => Self::Here,
            (Self::Elsewhere, _) | (_, Self::Elsewhere) => Self::Elsewhere,
        }
    }
}

impl Known {
    /// Notes an event that stands in the log. One that cannot be read is known by its id; the read models report it.
    fn stands(&mut self, recorded: &Recorded) {
        let (id, accepted_at, position) = (recorded.id, recorded.metadata.time, recorded.position);
        if let Ok(OrganizationEvent::DomainEventAccepted(event)) = recorded.decode() {
            self.note(id, &event, accepted_at, position);
        } else {
            let ingested = Ingested {
                position,
                accepted_at,
                superseded: false,
            };
            self.recent.insert(id, ingested);
        }
    }

    fn note(
        &mut self,
        id: EventId,
        event: &DomainEventAccepted,
        accepted_at: DateTime<Utc>,
        position: Position,
    ) {
        let superseded = event.superseded;
        self.recent.insert(
            id,
            Ingested {
                position,
                accepted_at,
                superseded,
            },
        );
        self.newest.note(event, accepted_at, position);
    }
}

fn index_error(error: PortError) -> IntakeError {
    IntakeError::Index(Arc::new(error))
}

/// The drafts that the log does not hold, each once.
fn fresh<'a>(drafts: &[&'a Draft], before: &HashMap<EventId, Ingested>) -> Vec<&'a Draft> {
    let mut seen = HashSet::new();
    let mut fresh = Vec::new();
    for draft in drafts {
        if !before.contains_key(&draft.event_id) && seen.insert(draft.event_id) {
            fresh.push(*draft);
        }
    }
    fresh
}

fn outcomes(
    drafts: &[&Draft],
    before: &HashMap<EventId, Ingested>,
    now: &HashMap<EventId, Ingested>,
) -> Vec<IngestOutcome> {
    let mut answered = HashSet::new();
    drafts
        .iter()
        .map(|draft| {
            if let Some(ingested) = before.get(&draft.event_id) {
                return IngestOutcome::Duplicate(*ingested);
            }
            let ingested = now.get(&draft.event_id).copied().unwrap_or(Ingested {
                position: Position::START,
                accepted_at: draft.metadata.time,
                superseded: false,
            });
            // The second of two equal events in one request is a duplicate of the first.
            if answered.insert(draft.event_id) {
                IngestOutcome::Accepted(ingested)
            } else {
                IngestOutcome::Duplicate(ingested)
            }
        })
        .collect()
}
