//! Does the erasures that were asked for: by Chronus' event `member.erase_requested`, by a person in the chat, and by an
//! administrator whose own call was cut off; and forgets members whom Chronus removed long ago, where the configuration says so.
//! What is to be done follows from the log: whatever was asked for and has no certificate. So one that broke off is done again after
//! a start, or by another node. Those that a restore lost are done before anybody is served ([`repeat_lost`]).

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use actors::partition::{Ownership, Partition};
use chrono::{DateTime, TimeDelta, Utc};
use events::store::Outage;
use projections::QueryError;
use projections::erasure::{Asked, Origin};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::erasure::{EraseError, Eraser};

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
        let began = self.eraser.clock.now();
        while !cancel.is_cancelled() {
            let round = cancel.run_until_cancelled(self.round(&mut rests, began)).await;
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
    async fn round(
        &self,
        rests: &mut HashMap<Uuid, DateTime<Utc>>,
        began: DateTime<Utc>,
    ) -> Result<bool, QueryError> {
        let (models, now) = (&self.eraser.models, self.eraser.clock.now());
        // What was done a moment ago is not to be done again.
        let head = *self.eraser.store.head().borrow();
        models.caught_up_to(head).await;
        rests.retain(|_, until| *until > now);
        let mut due = models.erasures(OF_EACH, MOST).await?;
        if let Some(remembers) = self.remembers {
            due.extend(models.removed_before(now - remembers, OF_EACH).await?);
        }
        let mut done = false;
        for asked in due {
            let partition = Partition::of_organization(&asked.organization_id);
            let is_done_elsewhere = is_under_way(&asked, began, now) || !self.ownership.serves(partition);
            if rests.contains_key(&asked.id) || is_done_elsewhere {
                continue;
            }
            if self.erase(&asked).await {
                done = true;
            } else {
                rests.insert(asked.id, now + REST);
            }
        }
        Ok(done)
    }

    async fn erase(&self, asked: &Asked) -> bool {
        let (organization, erasure) = (&asked.organization_id, asked.id);
        match self.eraser.erase_asked(asked).await {
            Ok(Some(erased)) => {
                told(asked, erased.keys_destroyed);
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

fn told(asked: &Asked, keys: usize) {
    let (organization, erasure, origin) = (&asked.organization_id, asked.id, &asked.origin);
    tracing::info!(%organization, %erasure, keys, ?origin, "somebody was forgotten");
}

/// Whether an administrator asked a moment ago, and whoever they asked is probably doing it: a process that ended in the midst
/// of it began before this one, or is given a minute.
fn is_under_way(asked: &Asked, began: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    match asked.origin {
        Origin::Administrator { .. } => asked.recorded_at >= began && now < asked.recorded_at + REST,
        Origin::Chronus | Origin::Person | Origin::Restore { .. } | Origin::Late | Origin::Retention => false,
    }
}

/// Does again what was done before a backup of before was restored, so that nobody who was forgotten is served as they were
/// then. Where an actor cannot be asked its keys are destroyed all the same, and [`Forgetting`] goes on trying.
///
/// # Errors
/// Where keys cannot be destroyed, or the log cannot be read or written: then nobody is to be served.
pub async fn repeat_lost(eraser: &Eraser) -> Result<(), EraseError> {
    let head = *eraser.store.head().borrow();
    eraser.models.caught_up_to(head).await;
    let mut after = Uuid::nil();
    loop {
        let lost = eraser.models.lost_erasures(after, MOST).await?;
        let Some(last) = lost.last() else { return Ok(()) };
        after = last.id;
        for asked in &lost {
            let (organization, erasure) = (&asked.organization_id, asked.id);
            match eraser.erase_asked(asked).await {
                Ok(Some(erased)) => told(asked, erased.keys_destroyed),
                Ok(None) => {}
                Err(error @ EraseError::Ask(_)) => tracing::error!(
                    %organization, %erasure, error = &error as &dyn std::error::Error,
                    "an erasure that the restore lost broke off behind its keys; it is done again in a minute"
                ),
                Err(error) => return Err(error),
            }
        }
    }
}
