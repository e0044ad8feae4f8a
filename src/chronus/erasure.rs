//! Forgetting a member and the person that it is. Values in the log stay sealed for ever once their keys are destroyed;
//! read models and actors forget what they hold by the facts that are recorded then. One that broke off is repeated:
//! whatever is left is found by the same traces, since the fact that clears them comes last.

use std::sync::Arc;

use actors::Directory;
use actors::tenant::{TenantCommand, TenantError};
use actors::user::AskError;
use actors::user::asking::ErasePerson;
use events::sealing::VaultError;
use events::{Clock, EventStore, MemberId, OrganizationId, TenantId, UserKey, Vault};
use projections::erasure::Traces;
use projections::{QueryError, ReadModels};
use uuid::Uuid;

/// Erases members.
#[derive(Debug, Clone)]
pub struct Eraser {
    /// The read models that tell who a member is.
    pub models: ReadModels,
    /// Whose keys are destroyed.
    pub vault: Vault,
    /// The people.
    pub directory: Directory,
    /// The log.
    pub store: Arc<dyn EventStore>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// Who asks, and why.
#[derive(Debug, Clone)]
pub struct Order {
    /// The erasure; a person is forgotten once by the same one.
    pub erasure_id: Uuid,
    /// `cli`, or the name of an API key.
    pub by: String,
    /// Kept in the log as it is, so without personal data.
    pub reason: String,
}

/// What an erasure did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erased {
    /// The persons of the tenant that the member is or was last.
    pub people: Vec<UserKey>,
    /// Keys that were there and are destroyed; none where all of them were before.
    pub keys_destroyed: usize,
}

/// Why an erasure broke off. What it destroyed stays so; the same one again does the rest.
#[derive(Debug, thiserror::Error)]
pub enum EraseError {
    /// Who the member is could not be read.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// A key could not be destroyed.
    #[error("a key could not be destroyed")]
    Keys(#[from] VaultError),
    /// A person could not be asked.
    #[error("a person's actor could not be asked")]
    Ask(#[from] AskError),
    /// The erasure could not be recorded.
    #[error("the erasure could not be recorded")]
    Record(#[from] TenantError),
}

impl Eraser {
    /// Erases a member of an organization; `None` where the organization never had it, or has no tenant.
    pub async fn erase(
        &self,
        organization: &OrganizationId,
        member: &MemberId,
        order: &Order,
    ) -> Result<Option<Erased>, EraseError> {
        let traces = self.models.traces(organization.clone(), member.clone()).await?;
        let tenant = self.models.tenant_of(organization.clone()).await?;
        let (Some(traces), Some(tenant)) = (traces, tenant) else {
            return Ok(None);
        };
        let keys_destroyed = self.destroy_keys(organization, member, &traces).await?;
        for user in &traces.users {
            let command = ErasePerson {
                erasure_id: order.erasure_id,
                by: order.by.clone(),
            };
            self.directory.ask(user, command).await?;
        }
        self.record(&tenant, organization, member, order).await?;
        Ok(Some(Erased {
            people: traces.users,
            keys_destroyed,
        }))
    }

    async fn destroy_keys(
        &self,
        organization: &OrganizationId,
        member: &MemberId,
        traces: &Traces,
    ) -> Result<usize, VaultError> {
        let mut destroyed = 0;
        for person in traces.persons(organization, member) {
            destroyed += self.vault.destroy(&person).await?;
        }
        Ok(destroyed)
    }

    async fn record(
        &self,
        tenant: &TenantId,
        organization: &OrganizationId,
        member: &MemberId,
        order: &Order,
    ) -> Result<(), TenantError> {
        let command = TenantCommand::EraseMember {
            organization_id: organization.clone(),
            member_id: member.clone(),
            reason: order.reason.clone(),
        };
        actors::tenant::execute(&*self.store, &*self.clock, tenant, &command, &order.by).await?;
        Ok(())
    }
}
