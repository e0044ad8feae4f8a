//! Takes domain events into organizations' streams: each one once, for ever.
//!
//! One task per organization owns its stream. It takes every request that waits, drops what the stream already
//! holds, appends the rest in one go and answers after the commit. Whether an event is known is asked of an index
//! that follows the log; what the index may not have folded yet is kept here. Crash story: a request that was not
//! answered is sent again by Chronus and then found, or appended.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use events::organization::DomainEventAccepted;
use events::{
    AppendError, Direction, EventId, EventStore, Expected, Metadata, NewEvent, OrganizationEvent,
    OrganizationId, Position, ReadError, StreamId, StreamWrite, Version,
};
use futures_util::future::BoxFuture;
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::append::version_of;
use crate::ports::{PortError, Progress};

/// Requests that may wait for one organization; one more is answered with "busy".
const WAITING: usize = 256;
/// Requests appended in one go.
const GROUP: usize = 64;
/// Tries to append before a conflict is reported.
const TRIES: usize = 5;

/// Knows which domain events the log holds, as far as it has folded.
pub trait AcceptedIndex: Progress {
    /// Where the known ones among `ids` stand.
    fn find(&self, ids: Vec<EventId>) -> BoxFuture<'_, Result<HashMap<EventId, Position>, PortError>>;
}

/// A domain event that passed validation.
#[derive(Debug, Clone)]
pub struct Draft {
    /// From [`DomainEventAccepted::event_id`].
    pub event_id: EventId,
    /// The event.
    pub event: DomainEventAccepted,
    /// When it came and which thread it starts.
    pub metadata: Metadata,
}

/// What became of a draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It is in the log now.
    Accepted(Position),
    /// It was in the log before.
    Duplicate(Position),
}

/// Why nothing was taken.
#[derive(Debug, Clone, thiserror::Error)]
pub enum IntakeError {
    /// Too much waits.
    #[error("too many events wait for this organization; try again shortly")]
    Busy,
    /// The log could not be written.
    #[error("the events could not be stored")]
    Append(#[source] Arc<AppendError>),
    /// The log could not be read.
    #[error("the organization's events could not be read")]
    Read(#[source] Arc<ReadError>),
    /// The index could not be asked.
    #[error("the index of accepted events could not be asked")]
    Index(#[source] Arc<PortError>),
    /// The service is stopping.
    #[error("the service is stopping; try again shortly")]
    Stopping,
}

type Answer = Result<Vec<Taken>, IntakeError>;

#[derive(Debug)]
struct Request {
    drafts: Vec<Draft>,
    respond: oneshot::Sender<Answer>,
}

/// The door for domain events. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Intake(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    store: Arc<dyn EventStore>,
    index: Arc<dyn AcceptedIndex>,
    writers: Mutex<HashMap<OrganizationId, mpsc::Sender<Request>>>,
    tasks: TaskTracker,
    cancel: CancellationToken,
}

impl Intake {
    /// A door into `store`; its tasks end when `cancel` is, after answering what waits.
    pub fn new(store: Arc<dyn EventStore>, index: Arc<dyn AcceptedIndex>, cancel: CancellationToken) -> Self {
        let (writers, tasks) = (Mutex::default(), TaskTracker::new());
        Self(Arc::new(Inner {
            store,
            index,
            writers,
            tasks,
            cancel,
        }))
    }

    /// Takes drafts of one organization, all-or-nothing; answers in their order, after the commit.
    pub async fn take(&self, organization: &OrganizationId, drafts: Vec<Draft>) -> Answer {
        if drafts.is_empty() {
            return Ok(Vec::new());
        }
        let (respond, answer) = oneshot::channel();
        let writer = self.writer(organization);
        writer
            .try_send(Request { drafts, respond })
            .map_err(|error| match error {
                mpsc::error::TrySendError::Full(_) => IntakeError::Busy,
                mpsc::error::TrySendError::Closed(_) => IntakeError::Stopping,
            })?;
        answer.await.unwrap_or(Err(IntakeError::Stopping))
    }

    /// Waits until everything that was taken is answered. Cancel first.
    pub async fn stopped(&self) {
        self.0.tasks.close();
        self.0.tasks.wait().await;
    }

    fn writer(&self, organization: &OrganizationId) -> mpsc::Sender<Request> {
        let mut writers = self.0.writers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(writer) = writers.get(organization).filter(|writer| !writer.is_closed()) {
            return writer.clone();
        }
        let (sender, receiver) = mpsc::channel(WAITING);
        let writer = Writer {
            stream: StreamId::organization(organization),
            store: Arc::clone(&self.0.store),
            index: Arc::clone(&self.0.index),
            folded: self.0.index.folded(),
            known: None,
        };
        self.0.tasks.spawn(writer.run(receiver, self.0.cancel.clone()));
        writers.insert(organization.clone(), sender.clone());
        sender
    }
}

/// The one writer of an organization's stream.
struct Writer {
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
    recent: HashMap<EventId, Position>,
}

impl Writer {
    async fn run(mut self, mut requests: mpsc::Receiver<Request>, cancel: CancellationToken) {
        let mut group = Vec::with_capacity(GROUP);
        loop {
            tokio::select! {
                biased;
                taken = requests.recv_many(&mut group, GROUP) => {
                    if taken == 0 { return }
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
        let result = self.take(&drafts).await;
        if result.is_err() {
            // Whether something was written may be unknown: look again before the next append.
            self.known = None;
        }
        let mut taken = result.as_ref().map(|taken| taken.iter().copied());
        for request in group {
            let count = request.drafts.len();
            let answer = match &mut taken {
                Ok(taken) => Ok(taken.by_ref().take(count).collect()),
                Err(error) => Err((*error).clone()),
            };
            // The asker may be gone; its events are in the log all the same.
            drop(request.respond.send(answer));
        }
    }

    async fn take(&mut self, drafts: &[&Draft]) -> Answer {
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
            let mut places = indexed.map_err(|e| IntakeError::Index(Arc::new(e)))?;
            places.extend(known.recent.iter().map(|(id, position)| (*id, *position)));
            known.recent.retain(|_, position| *position > folded);

            let mut fresh: Vec<&Draft> = Vec::new();
            for draft in drafts {
                let twice = fresh.iter().any(|earlier| earlier.event_id == draft.event_id);
                if !twice && !places.contains_key(&draft.event_id) {
                    fresh.push(draft);
                }
            }
            if !fresh.is_empty() {
                match self.append(&mut known, &fresh).await {
                    Ok(()) => {}
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
            let taken = answers(drafts, &places, &known.recent);
            self.known = Some(known);
            return Ok(taken);
        }
        Err(IntakeError::Busy)
    }

    /// Appends and notes where each event stands: whoever hands one over again gets the same answer.
    async fn append(&self, known: &mut Known, fresh: &[&Draft]) -> Result<(), IntakeError> {
        let events = fresh
            .iter()
            .map(|draft| {
                let event = OrganizationEvent::from(draft.event.clone());
                NewEvent::encode(draft.event_id, &event, draft.metadata)
            })
            .collect();
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
        if let ([draft], [appended]) = (fresh, appended.as_slice()) {
            known.recent.insert(draft.event_id, appended.position);
            return Ok(());
        }
        // A store tells the position of the last event alone, and positions may leave gaps.
        let stored = self
            .store
            .read_stream(self.stream.clone(), first, Direction::Forwards, fresh.len())
            .await
            .map_err(|error| IntakeError::Read(Arc::new(error)))?;
        known
            .recent
            .extend(stored.iter().map(|recorded| (recorded.id, recorded.position)));
        Ok(())
    }

    /// Reads back what the index may not have folded yet.
    async fn look(&self) -> Result<Known, IntakeError> {
        let read_error = |e| IntakeError::Read(Arc::new(e));
        let folded = *self.folded.borrow();
        let version = version_of(&*self.store, &self.stream).await.map_err(read_error)?;
        let mut recent = HashMap::new();
        let mut from = version;
        while from > Version::NONE {
            let page = self
                .store
                .read_stream(self.stream.clone(), from, Direction::Backwards, 500)
                .await
                .map_err(read_error)?;
            recent.extend(
                page.iter()
                    .filter(|r| r.position > folded)
                    .map(|r| (r.id, r.position)),
            );
            match page.last() {
                Some(oldest) if oldest.position > folded => from = Version(oldest.version.0 - 1),
                _ => break,
            }
        }
        Ok(Known { version, recent })
    }
}

fn answers(
    drafts: &[&Draft],
    before: &HashMap<EventId, Position>,
    now: &HashMap<EventId, Position>,
) -> Vec<Taken> {
    let mut answered = std::collections::HashSet::new();
    drafts
        .iter()
        .map(|draft| {
            if let Some(position) = before.get(&draft.event_id) {
                return Taken::Duplicate(*position);
            }
            let position = now.get(&draft.event_id).copied().unwrap_or_default();
            // The second of two equal events in one request is a duplicate of the first.
            if answered.insert(draft.event_id) {
                Taken::Accepted(position)
            } else {
                Taken::Duplicate(position)
            }
        })
        .collect()
}
