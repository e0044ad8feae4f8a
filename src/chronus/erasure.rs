//! Forgetting a member and the person that it is. Values in the log stay sealed for ever once their keys are destroyed;
//! read models and actors forget what they hold by the facts that are recorded then. One that broke off is repeated:
//! whatever is left is found by the same traces, since the fact that clears them comes last.

use std::sync::Arc;

use actors::Directory;
use actors::tenant::{TenantCommand, TenantError};
use actors::user::AskError;
use actors::user::asking::ErasePerson;
use chrono::{DateTime, Utc};
use events::outbound::{ErasureCertified, ErasureOrdered};
use events::sealing::VaultError;
use events::{
    Clock, EventStore, MemberId, OrganizationId, PersonId, Position, TenantId, UserKey, Vault, Version,
};
use projections::erasure::{Asked, Origin};
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
    /// When it was asked for. What Chronus told of the member later than that stays.
    pub asked_at: DateTime<Utc>,
}

impl Order {
    /// Who asked for what stands in the log.
    fn of(asked: &Asked) -> Self {
        let (by, reason) = match &asked.origin {
            Origin::Person => ("person", "asked for by the person in the chat"),
            Origin::Chronus => ("chronus", "asked for by Chronus"),
            Origin::Retention => (
                "retention",
                "removed by Chronus longer ago than members are remembered",
            ),
            Origin::Late => ("service", "told after an erasure, and of before it"),
            Origin::Administrator { by, reason } | Origin::Restore { by, reason } => (&**by, &**reason),
        };
        Self {
            erasure_id: asked.id,
            by: by.to_owned(),
            reason: reason.to_owned(),
            asked_at: asked.asked_at,
        }
    }
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
    /// That it is asked for, or that it is done, could not be recorded in the audit.
    #[error("the audit could not be written")]
    Certify(#[from] AuditError),
}

impl Eraser {
    /// Erases a member of an organization; `None` where the organization never had it, or has no tenant. It is recorded first that it
    /// is asked for, so one that is cut off is done all the same, by [`super::forgetting`].
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
        let ordered = ErasureOrdered {
            erasure_id: order.erasure_id,
            member_id: Some(member.clone()),
            persons: Vec::new(),
            asked_at: order.asked_at,
            again: false,
            by: order.by.clone(),
            reason: order.reason.trim().to_owned(),
            chain: None,
        };
        audit::record(&*self.store, &*self.clock, Some(organization), ordered).await?;
        let whose = Whose {
            member: Some(member),
            persons: traces.persons(organization, member),
            users: traces.users,
        };
        Ok(Some(self.forget(organization, &tenant, whose, order).await?))
    }

    /// Does what the log asks for. `None` where the organization has no tenant.
    pub async fn erase_asked(&self, asked: &Asked) -> Result<Option<Erased>, EraseError> {
        let organization = &asked.organization_id;
        let Some(tenant) = self.models.tenant_of(organization.clone()).await? else {
            return Ok(None);
        };
        let order = Order::of(asked);
        if let (Origin::Late, Some(member)) = (&asked.origin, &asked.member_id) {
            return self.close_late(organization, member, &order).await.map(Some);
        }
        let mut users: Vec<UserKey> = asked.persons.iter().filter_map(PersonId::as_user).collect();
        users.extend(asked.user.clone());
        let mut persons = asked.persons.clone();
        let mut member = asked.member_id.clone();
        if let (None, Some(user)) = (&member, &asked.user) {
            let traces = self.models.traces_of_person(organization.clone(), user.clone());
            let (is, lookups) = traces.await?;
            if is.is_none() {
                persons.extend(lookups.iter().map(|one| PersonId::address(organization, one)));
            }
            member = is;
        }
        if let Some(member) = &member {
            let known = self.models.traces(organization.clone(), member.clone()).await?;
            // Of a member who was never told of there may be words all the same.
            let traces = known.unwrap_or_default();
            persons.extend(traces.persons(organization, member));
            users.extend(traces.users);
        }
        users.sort_unstable();
        users.dedup();
        persons.extend(users.iter().map(PersonId::user));
        persons.sort_unstable();
        persons.dedup();
        let whose = Whose {
            member: member.as_ref(),
            persons,
            users,
        };
        Ok(Some(self.forget(organization, &tenant, whose, &order).await?))
    }

    /// Destroys keys, has the persons' actors and the read models forget, and certifies it. What was sealed meanwhile, under keys that
    /// were made after the first were destroyed, is closed with the rest.
    async fn forget(
        &self,
        organization: &OrganizationId,
        tenant: &TenantId,
        whose: Whose<'_>,
        order: &Order,
    ) -> Result<Erased, EraseError> {
        let mut keys_destroyed = self.destroy(&whose.persons).await?;
        for user in &whose.users {
            let command = ErasePerson {
                erasure_id: order.erasure_id,
                by: order.by.clone(),
            };
            self.directory.ask(user, command).await?;
        }
        if let Some(member) = whose.member {
            self.record(tenant, organization, member, order).await?;
        }
        let until = *self.store.head().borrow();
        keys_destroyed += self.destroy(&whose.persons).await?;
        let certificate = certificate(whose.member, whose.persons, until, keys_destroyed, order);
        Ok(Erased {
            people: whose.users,
            keys_destroyed,
            certificate: self.certify(organization, certificate).await?,
        })
    }

    /// Closes what came after an erasure and is of before it. Whoever came back since stays.
    async fn close_late(
        &self,
        organization: &OrganizationId,
        member: &MemberId,
        order: &Order,
    ) -> Result<Erased, EraseError> {
        let persons = vec![PersonId::member(organization, member)];
        let until = *self.store.head().borrow();
        let keys_destroyed = self.destroy(&persons).await?;
        let certificate = certificate(Some(member), persons, until, keys_destroyed, order);
        Ok(Erased {
            people: Vec::new(),
            keys_destroyed,
            certificate: self.certify(organization, certificate).await?,
        })
    }

    /// Destroys the keys of these persons; answers how many there were.
    async fn destroy(&self, persons: &[PersonId]) -> Result<usize, EraseError> {
        let mut destroyed = 0;
        for person in persons {
            destroyed += self.vault.destroy(person).await?;
        }
        Ok(destroyed)
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
            erasure_id: order.erasure_id,
            asked_at: order.asked_at,
        };
        actors::tenant::execute(&*self.store, &*self.clock, tenant, &command, &order.by).await?;
        Ok(())
    }
}

/// Who is forgotten.
#[derive(Debug)]
struct Whose<'a> {
    member: Option<&'a MemberId>,
    /// Whose keys are destroyed.
    persons: Vec<PersonId>,
    /// The persons of the tenant.
    users: Vec<UserKey>,
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
