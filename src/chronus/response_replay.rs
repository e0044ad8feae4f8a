//! Handing answers over again: those that were given up, or, on demand, those that were taken. Each is an event in the
//! organization's stream of answers, once for one replay. The list is read page by page, so that any number of them takes
//! the same memory.

use std::sync::Arc;

use actors::RecordError;
use actors::responder::{Operator, Requeue};
use events::{Clock, EventId, EventStore, OrganizationId, Position};
use projections::responses::{Response, ResponseFilter, ResponseState};
use projections::{QueryError, ReadModels};
use serde::Serialize;
use uuid::Uuid;

/// Answers read and recorded at a time.
const PAGE: usize = 500;

/// Which answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WhichResponses {
    /// Those with these ids, whether they were taken or not.
    Named(Vec<EventId>),
    /// Every one that fits.
    Filtered(ResponseFilter),
}

/// What a replay did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct ReplayedResponses {
    /// Answers that are handed over by this replay, now or since the same replay was asked for before.
    pub requeued: u64,
    /// Answers that wait to be handed over already.
    pub waiting: u64,
    /// Answers that the organization does not have.
    pub missing: u64,
}

/// Why a replay broke off. What was asked for before stays so; the same replay again does the rest.
#[derive(Debug, thiserror::Error)]
pub enum ResponseReplayError {
    /// The list could not be read.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// The log could not be written.
    #[error(transparent)]
    Record(#[from] RecordError),
}

/// Hands answers over again.
#[derive(Debug, Clone)]
pub struct ResponseReplayer {
    /// The read models that list them.
    pub models: ReadModels,
    /// The log.
    pub store: Arc<dyn EventStore>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

impl ResponseReplayer {
    /// Has `which` of an organization handed over again, as the replay `id` that `by` asks for.
    pub async fn replay(
        &self,
        organization: &OrganizationId,
        which: WhichResponses,
        id: Uuid,
        by: &str,
    ) -> Result<ReplayedResponses, ResponseReplayError> {
        let mut done = ReplayedResponses::default();
        // Before anything is read: what is appended after this is perhaps not in the rows.
        let folded = *self.models.folded().borrow();
        let operator = Operator {
            id: None,
            store: &*self.store,
            clock: &*self.clock,
            by,
            folded,
        };
        match which {
            WhichResponses::Named(ids) => {
                for ids in ids.chunks(PAGE) {
                    let found = self
                        .models
                        .responses_of_organization(organization.clone(), ids.to_vec())
                        .await?;
                    done.missing += count(ids.len().saturating_sub(found.len()));
                    page(&operator, organization, &found, id, &mut done).await?;
                }
            }
            WhichResponses::Filtered(filter) => {
                let mut after = Position::START;
                loop {
                    let found = self
                        .models
                        .responses_settled(organization.clone(), filter.clone(), after, PAGE)
                        .await?;
                    let Some(last) = found.last() else { break };
                    after = last.position;
                    page(&operator, organization, &found, id, &mut done).await?;
                }
            }
        }
        Ok(done)
    }
}

async fn page(
    operator: &Operator<'_>,
    organization: &OrganizationId,
    found: &[Response],
    id: Uuid,
    done: &mut ReplayedResponses,
) -> Result<(), RecordError> {
    let mut asked = Vec::with_capacity(found.len());
    for response in found {
        if response.replay == Some(id) {
            done.requeued += 1;
        } else if response.state == ResponseState::Pending {
            done.waiting += 1;
        } else {
            asked.push(Requeue {
                position: response.position,
                correlation_id: response.correlation_id,
            });
        }
    }
    if !asked.is_empty() {
        operator.requeue(organization, &asked, id).await?;
        done.requeued += count(asked.len());
    }
    Ok(())
}

fn count(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
