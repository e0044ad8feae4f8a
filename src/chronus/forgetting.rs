//! Does the erasures that were asked for without an administrator: by Chronus' event `member.erase_requested`, and by a person
//! in the chat; and forgets members whom Chronus removed long ago, where the configuration says so. What is to be done
//! follows from the log: whatever was asked for and has no certificate. So one that broke off is done again after a start,
//! or by another node.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use actors::partition::{Ownership, Partition};
use chrono::{DateTime, TimeDelta, Utc};
use events::store::Outage;
use projections::QueryError;
use projections::erasure::Asked;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::erasure::{Cause, Eraser};

/// How often it is looked whether something was asked for.
const TICK: Duration = Duration::from_secs(2);
/// Erasures of one organization, and of all, that are done before the others are looked at again.
const OF_EACH: u32 = 20;
const MOST: u32 = 200;
/// For how long one that broke off is let be.
const REST: TimeDelta = TimeDelta::minutes(1);

/// See the module.
#[derive(Debug)]
pub struct Forgetting {
    /// Does them.
    pub eraser: Eraser,
    /// Which organizations are this node's.
    pub ownership: Arc<dyn Ownership>,
    /// For how long members are remembered whom Chronus removed; for ever where nothing is said.
    pub remembers: Option<TimeDelta>,
}

impl Forgetting {
    /// Looks and does until cancelled.
    pub async fn run(self, cancel: CancellationToken) {
        let mut rests = HashMap::new();
        while !cancel.is_cancelled() {
            let round = cancel.run_until_cancelled(self.round(&mut rests)).await;
            let more = match round {
                Some(Ok(more)) => more,
                Some(Err(error)) => {
                    if !Outage::caused(&error) {
                        let error = &error as &dyn std::error::Error;
                        tracing::warn!(error, "erasures that were asked for could not be looked through");
                    }
                    false
                }
                None => return,
            };
            if !more {
                let _ = cancel.run_until_cancelled(tokio::time::sleep(TICK)).await;
            }
        }
    }

    /// Does some; answers whether any was done, so that there may be more.
    async fn round(&self, rests: &mut HashMap<Uuid, DateTime<Utc>>) -> Result<bool, QueryError> {
        let (models, now) = (&self.eraser.models, self.eraser.clock.now());
        // What was done a moment ago is not to be done again.
        let head = *self.eraser.store.head().borrow();
        models.caught_up_to(head).await;
        rests.retain(|_, until| *until > now);
        let mut due: Vec<(Asked, Cause)> = Vec::new();
        due.extend(
            models
                .erasures(OF_EACH, MOST)
                .await?
                .into_iter()
                .map(|asked| (asked, Cause::Asked)),
        );
        if let Some(remembers) = self.remembers {
            let removed = models.removed_before(now - remembers, OF_EACH).await?;
            due.extend(removed.into_iter().map(|asked| (asked, Cause::Age)));
        }
        let mut done = false;
        for (asked, cause) in due {
            let partition = Partition::of_organization(&asked.organization_id);
            if rests.contains_key(&asked.id) || !self.ownership.serves(partition) {
                continue;
            }
            if self.erase(&asked, cause).await {
                done = true;
            } else {
                rests.insert(asked.id, now + REST);
            }
        }
        Ok(done)
    }

    async fn erase(&self, asked: &Asked, cause: Cause) -> bool {
        let (organization, erasure) = (&asked.organization_id, asked.id);
        match self.eraser.erase_asked(asked, cause).await {
            Ok(Some(erased)) => {
                let keys = erased.keys_destroyed;
                tracing::info!(%organization, %erasure, keys, ?cause, "somebody was forgotten");
                true
            }
            Ok(None) => false,
            Err(error) => {
                tracing::warn!(
                    %organization, %erasure, error = &error as &dyn std::error::Error,
                    "an erasure that was asked for broke off; it is done again in a minute"
                );
                false
            }
        }
    }
}
