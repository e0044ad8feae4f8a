//! Replaying dead letters: each is asked of its person's actor, which records it once for one replay; one that nobody was
//! found for is looked at again. The list is read page by page, so that any number of them takes the same memory.

use std::sync::Arc;

use actors::reopening::Reopening;
use actors::user::AskError;
use actors::user::asking::RequeueCard;
use actors::user::command::Requeue;
use actors::{Directory, RecordError};
use events::{Clock, EventStore, NotificationId, OrganizationId, Position};
use futures_util::StreamExt as _;
use projections::dead_letters::DeadLetterFilter;
use projections::notifications::{Notification, NotificationState};
use projections::{QueryError, ReadModels};
use serde::Serialize;
use uuid::Uuid;

/// Dead letters read at a time.
const PAGE: usize = 500;
/// People asked at once.
const AT_ONCE: usize = 32;

/// Which dead letters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// These cards.
    Named(Vec<NotificationId>),
    /// Every dead letter that fits.
    Filtered(DeadLetterFilter),
}

/// What a replay did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Replayed {
    /// Cards that wait to be sent by this replay, now or since the same replay was asked for before.
    pub requeued: u64,
    /// Cards that are on their way, or arrived.
    pub not_dead: u64,
    /// Cards whose subject ended, so that they would no longer be true.
    pub subject_ended: u64,
    /// Cards that the organization or the person does not have.
    pub missing: u64,
}

/// Why a replay broke off. What was replayed before stays so; the same replay again does the rest.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The list could not be read.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// A person could not be asked.
    #[error("a person's actor could not be asked")]
    Ask(#[from] AskError),
    /// That a card is looked at again could not be recorded.
    #[error("that a card is to be sent after all could not be recorded")]
    Record(#[from] RecordError),
}

/// Replays dead letters.
#[derive(Debug, Clone)]
pub struct Replayer {
    /// The read models that list them.
    pub models: ReadModels,
    /// The people.
    pub directory: Directory,
    /// The log, for cards that nobody was found for.
    pub store: Arc<dyn EventStore>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

impl Replayer {
    /// Replays `which` of an organization, as the replay `id` that `by` asks for.
    pub async fn replay(
        &self,
        organization: &OrganizationId,
        which: Which,
        id: Uuid,
        by: &str,
    ) -> Result<Replayed, ReplayError> {
        let mut done = Replayed::default();
        match which {
            Which::Named(ids) => {
                let asked = ids.len();
                let found = self
                    .models
                    .notifications_of_organization(organization.clone(), ids)
                    .await?;
                let strangers = asked.saturating_sub(found.len());
                done.missing += u64::try_from(strangers).unwrap_or(u64::MAX);
                self.page(found, id, by, &mut done).await?;
            }
            Which::Filtered(filter) => {
                let mut after = Position::START;
                loop {
                    let page = self
                        .models
                        .dead_letters(organization.clone(), filter.clone(), after, PAGE)
                        .await?;
                    let Some(last) = page.last() else { break };
                    after = last.state_position;
                    self.page(page, id, by, &mut done).await?;
                }
            }
        }
        Ok(done)
    }

    async fn page(
        &self,
        cards: Vec<Notification>,
        id: Uuid,
        by: &str,
        done: &mut Replayed,
    ) -> Result<(), ReplayError> {
        let mut asking = futures_util::stream::iter(cards)
            .map(|card| self.one(card, id, by))
            .buffer_unordered(AT_ONCE);
        while let Some(result) = asking.next().await {
            let count = match result? {
                Requeue::Done => &mut done.requeued,
                Requeue::NotDead => &mut done.not_dead,
                Requeue::SubjectEnded => &mut done.subject_ended,
                Requeue::Missing => &mut done.missing,
            };
            *count += 1;
        }
        Ok(())
    }

    async fn one(&self, card: Notification, replay_id: Uuid, by: &str) -> Result<Requeue, ReplayError> {
        let Some(user) = card.user else {
            return self.reopened(card, replay_id, by).await;
        };
        let command = RequeueCard {
            notification_id: card.id,
            replay_id,
            by: by.to_owned(),
        };
        Ok(self.directory.ask(&user, command).await?.reply)
    }

    /// A card that nobody was found for is looked at again, as if it had just come.
    async fn reopened(&self, card: Notification, replay_id: Uuid, by: &str) -> Result<Requeue, ReplayError> {
        let (Some(organization_id), Some(domain_event)) = (card.organization_id, card.domain_event) else {
            return Ok(Requeue::Missing);
        };
        if card.reopened == Some(replay_id) {
            return Ok(Requeue::Done);
        }
        match card.state {
            NotificationState::Unroutable => {}
            NotificationState::Withdrawn => return Ok(Requeue::SubjectEnded),
            // Nobody was found yet, or somebody a moment ago.
            NotificationState::Unresolved
            | NotificationState::Resolved
            | NotificationState::Queued
            | NotificationState::Attempted
            | NotificationState::Retry
            | NotificationState::Delivered
            | NotificationState::Seen
            | NotificationState::Answered
            | NotificationState::Refused
            | NotificationState::UnknownHeld
            | NotificationState::UnknownRetry
            | NotificationState::Suppressed
            | NotificationState::Expired
            | NotificationState::Deferred
            | NotificationState::Merged => return Ok(Requeue::NotDead),
        }
        if self.models.ended_since(domain_event).await?.is_some() {
            return Ok(Requeue::SubjectEnded);
        }
        let reopening = Reopening {
            organization_id,
            notification_id: card.id,
            domain_event,
            correlation_id: card.correlation_id,
            replay_id,
            by: by.to_owned(),
        };
        let folded = *self.models.folded().borrow();
        actors::reopening::record(&*self.store, &*self.clock, reopening, folded).await?;
        Ok(Requeue::Done)
    }
}
