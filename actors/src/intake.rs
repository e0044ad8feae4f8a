//! Takes domain events into organizations' streams: each one once, for ever.
//!
//! One task per organization owns its stream. It takes every request that waits, drops what the stream already
//! holds, appends the rest in one go and answers after the commit. Whether an event is known is asked of an index
//! that follows the log; what the index may not have folded yet is kept here. Crash story: a request that was not
//! answered is sent again by Chronus and then found, or appended.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use events::organization::{DomainEventAccepted, OrderKey};
use events::{AppendError, EventId, EventStore, Metadata, OrganizationId, Position, ReadError};
use futures_util::future::BoxFuture;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::ports::{PortError, Progress};

mod order;
mod writer;

use writer::Writer;

/// Requests that may wait for one organization; one more is answered with "busy".
const WAITING: usize = 256;

/// Knows which domain events the log holds, as far as it has folded.
pub trait AcceptedIndex: Progress {
    /// The known ones among `ids`.
    fn find(&self, ids: Vec<EventId>) -> BoxFuture<'_, Result<HashMap<EventId, Ingested>, PortError>>;
    /// When the newest event of an organization with each of `keys` happened, of those that supersede older ones.
    fn newest(
        &self,
        organization: OrganizationId,
        keys: Vec<OrderKey>,
    ) -> BoxFuture<'_, Result<HashMap<OrderKey, DateTime<Utc>>, PortError>>;
}

/// A domain event in the log, as its first answer told of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ingested {
    /// Where it stands.
    pub position: Position,
    /// When it was handed over first.
    pub accepted_at: DateTime<Utc>,
    /// Whether the log held a newer event about the same thing before.
    pub superseded: bool,
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

/// The outcome of handing over a draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IngestOutcome {
    /// It is in the log now.
    Accepted(Ingested),
    /// It was in the log before, and the first answer holds.
    Duplicate(Ingested),
}

impl IngestOutcome {
    /// The event in the log.
    pub fn ingested(self) -> Ingested {
        match self {
            Self::Accepted(ingested) | Self::Duplicate(ingested) => ingested,
        }
    }
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

type Answer = Result<Vec<IngestOutcome>, IntakeError>;

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
    pub async fn ingest(&self, organization: &OrganizationId, drafts: Vec<Draft>) -> Answer {
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
        let (store, index) = (Arc::clone(&self.0.store), Arc::clone(&self.0.index));
        let writer = Writer::new(organization.clone(), store, index);
        self.0.tasks.spawn(writer.run(receiver, self.0.cancel.clone()));
        writers.insert(organization.clone(), sender.clone());
        sender
    }
}
