//! What every route of Chronus' API works with.

use std::sync::Arc;
use std::time::Duration;

use actors::Directory;
use actors::intake::Intake;
use events::{Clock, EventStore, Lineage, OrganizationId, Position, Vault};
use projections::ReadModels;
use projections::metrics::checkpoints::Checkpoints;
use tokio::sync::{Semaphore, watch};

use super::body::BodyLimits;
use super::gate::Gates;
use super::openings::Openings;
use super::problem::Problem;
use super::reloading::Reloading;
use crate::cards::renderer::Renderer;
use crate::chronus::answer::Answers;
use crate::chronus::member_claims::MemberClaims;
use crate::chronus::replay::Replayer;
use crate::chronus::response_replay::ResponseReplayer;
use crate::config::ApiKeys;
use crate::keyring::Keyring;
use crate::onboarding::Onboarding;
use crate::repeats::Repeats;

/// Reports that are made at once on this node. Each reads the log once through; those who wait are served in turn.
pub const REPORTS_AT_ONCE: usize = 1;

/// How long a question waits for read models that are being built.
const BUILDING: Duration = Duration::from_secs(3);

/// One for all threads; every handler takes what it needs.
#[derive(Debug)]
pub struct ApiState {
    /// Who may ask, and for which organization.
    pub keys: ApiKeys,
    /// Has the configuration's secrets read again.
    pub reloading: Reloading,
    /// Makes keys and takes them back.
    pub keyring: Arc<Keyring>,
    /// Registers organizations and links their tenants.
    pub onboarding: Arc<Onboarding>,
    /// Changes that were asked for with an idempotency key.
    pub repeats: Arc<Repeats>,
    /// What an organization may have under way, and in which turn its questions are answered.
    pub gates: Gates,
    /// The log.
    pub store: Arc<dyn EventStore>,
    /// Which log it is.
    pub lineage: Lineage,
    /// Where the log ends.
    pub head: watch::Receiver<Position>,
    /// The read models.
    pub models: ReadModels,
    /// Where the log ended when the service began.
    pub began_at: Position,
    /// The people.
    pub directory: Directory,
    /// Seals and opens what is personal.
    pub vault: Vault,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Takes drafts into the log.
    pub intake: Intake,
    /// What member events told, against which cards are held.
    pub claims: MemberClaims,
    /// Builds answers.
    pub answers: Arc<Answers>,
    /// Opens what a calendar link leads to.
    pub renderer: Arc<Renderer>,
    /// Whose webhook is configured.
    pub receivers: Vec<OrganizationId>,
    /// What a body with events or people may be.
    pub bodies: BodyLimits,
    /// What a body with an administrator's order may be.
    pub orders: BodyLimits,
    /// Openings of personal values that were recorded a moment ago.
    pub openings: Openings,
    /// Events that one request may carry.
    pub max_batch: usize,
    /// The turn of those who want a report: [`REPORTS_AT_ONCE`] permits.
    pub reports: Arc<Semaphore>,
    /// Where checkpoints of reports are kept.
    pub checkpoints: Option<Checkpoints>,
}

impl ApiState {
    /// Waits until the read models have what the log held when the service began: rows that are half made, as after an
    /// upgrade, would say that the other half never happened.
    pub(crate) async fn built(&self) -> Result<(), Problem> {
        let built = self.models.caught_up_to(self.began_at);
        match tokio::time::timeout(BUILDING, built).await {
            Ok(true) => Ok(()),
            Ok(false) | Err(_) => Err(Problem::unavailable(
                "the read models are being built from the log; try again shortly",
                10,
            )),
        }
    }

    pub(crate) fn replayer(&self) -> Replayer {
        Replayer {
            models: self.models.clone(),
            directory: self.directory.clone(),
            store: Arc::clone(&self.store),
            clock: Arc::clone(&self.clock),
        }
    }

    pub(super) fn response_replayer(&self) -> ResponseReplayer {
        ResponseReplayer {
            models: self.models.clone(),
            store: Arc::clone(&self.store),
            clock: Arc::clone(&self.clock),
        }
    }
}
