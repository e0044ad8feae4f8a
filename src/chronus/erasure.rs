//! Forgetting a member and the person that it is. Values in the log stay sealed for ever once their keys are destroyed;
//! read models and actors forget what they hold by the facts that are recorded then. One that broke off is repeated:
//! whatever is left is found by the same traces, since the fact that clears them comes last.

use std::sync::Arc;

use actors::Directory;
use actors::tenant::{TenantCommand, TenantError};
use actors::user::AskError;
use actors::user::asking::ErasePerson;
use events::outbound::ErasureCertified;
use events::sealing::VaultError;
use events::{
    Clock, EventStore, MemberId, OrganizationId, PersonId, Position, TenantId, UserKey, Vault, Version,
};
use projections::erasure::{Asked, Traces};
use projections::{QueryError, ReadModels};
use uuid::Uuid;

use crate::audit::{self, AuditError};

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

impl Order {
    /// Who asked where no administrator did.
    fn of(asked: &Asked, cause: Cause) -> Self {
        let (by, reason) = match cause {
            Cause::Asked if asked.user.is_some() => ("person", "asked for by the person in the chat"),
            Cause::Asked => ("chronus", "asked for by Chronus"),
            Cause::Age => (
                "retention",
                "removed by Chronus longer ago than members are remembered",
            ),
        };
        Self {
            erasure_id: asked.id,
            by: by.to_owned(),
            reason: reason.to_owned(),
        }
    }
}

/// Why somebody is forgotten without an administrator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// Chronus or the person asked for it.
    Asked,
    /// They have been gone for as long as the configuration remembers them.
    Age,
}

/// What an erasure did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erased {
    /// The persons of the tenant that the member is or was last.
    pub people: Vec<UserKey>,
    /// Keys that were there and are destroyed; none where all of them were before.
    pub keys_destroyed: usize,
    /// The number of the certificate in the organization's audit.
    pub certificate: Version,
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
    /// It is done and could not be certified.
    #[error("the erasure could not be certified")]
    Certify(#[from] AuditError),
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
        let erased = self
            .erase_traces(organization, &tenant, member, traces, order)
            .await?;
        Ok(Some(erased))
    }

    /// Does what was asked for without an administrator: by Chronus' event, or by the person. `None` where the organization has
    /// no tenant.
    pub async fn erase_asked(&self, asked: &Asked, cause: Cause) -> Result<Option<Erased>, EraseError> {
        let organization = &asked.organization_id;
        let Some(tenant) = self.models.tenant_of(organization.clone()).await? else {
            return Ok(None);
        };
        let order = Order::of(asked, cause);
        let (member, user) = match (&asked.member_id, &asked.user) {
            (Some(member), _) => (Some(member.clone()), None),
            (None, Some(user)) => {
                let traces = self.models.traces_of_person(organization.clone(), user.clone());
                let (member, lookups) = traces.await?;
                (member, Some((user.clone(), lookups)))
            }
            (None, None) => (None, None),
        };
        if let Some(member) = &member {
            let known = self.models.traces(organization.clone(), member.clone()).await?;
            // Of a member who was never told of there may be words all the same.
            let mut traces = known.unwrap_or_default();
            if let Some((user, _)) = user.filter(|(user, _)| !traces.users.contains(user)) {
                traces.users.push(user);
            }
            let erased = self.erase_traces(organization, &tenant, member, traces, &order);
            return erased.await.map(Some);
        }
        let (users, lookups) = user.map_or_else(Default::default, |(user, lookups)| (vec![user], lookups));
        let addresses = lookups
            .iter()
            .map(|lookup| PersonId::address(organization, lookup));
        let persons: Vec<PersonId> = users.iter().map(PersonId::user).chain(addresses).collect();
        let (until, keys_destroyed) = self.forget(&persons, &users, &order).await?;
        let certificate = certificate(None, persons, until, keys_destroyed, &order);
        Ok(Some(Erased {
            people: users,
            keys_destroyed,
            certificate: self.certify(organization, certificate).await?,
        }))
    }

    async fn erase_traces(
        &self,
        organization: &OrganizationId,
        tenant: &TenantId,
        member: &MemberId,
        traces: Traces,
        order: &Order,
    ) -> Result<Erased, EraseError> {
        let persons = traces.persons(organization, member);
        let (until, keys_destroyed) = self.forget(&persons, &traces.users, order).await?;
        self.record(tenant, organization, member, order).await?;
        let certificate = certificate(Some(member), persons, until, keys_destroyed, order);
        Ok(Erased {
            people: traces.users,
            keys_destroyed,
            certificate: self.certify(organization, certificate).await?,
        })
    }

    /// Destroys keys and has the persons' actors forget; answers where the log ended before, and how many keys there were.
    async fn forget(
        &self,
        persons: &[PersonId],
        users: &[UserKey],
        order: &Order,
    ) -> Result<(Position, usize), EraseError> {
        let (until, mut destroyed) = (*self.store.head().borrow(), 0);
        for person in persons {
            destroyed += self.vault.destroy(person).await?;
        }
        for user in users {
            let command = ErasePerson {
                erasure_id: order.erasure_id,
                by: order.by.clone(),
            };
            self.directory.ask(user, command).await?;
        }
        Ok((until, destroyed))
    }

    async fn certify(
        &self,
        organization: &OrganizationId,
        certificate: ErasureCertified,
    ) -> Result<Version, AuditError> {
        audit::record(&*self.store, &*self.clock, Some(organization), certificate).await
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

/// What stands in the audit of it.
fn certificate(
    member: Option<&MemberId>,
    persons: Vec<PersonId>,
    until: Position,
    keys_destroyed: usize,
    order: &Order,
) -> ErasureCertified {
    ErasureCertified {
        erasure_id: order.erasure_id,
        member_id: member.cloned(),
        persons,
        until,
        keys_destroyed: keys_destroyed as u64,
        by: order.by.clone(),
        reason: order.reason.trim().to_owned(),
        chain: None,
    }
}
