//! Streams: named `<kind>-<id>`, so that KurrentDB's by-category reading works (a category ends at the first
//! dash).

use std::fmt;

use crate::ids::{InvalidId, OrganizationId, TenantId, UserKey};

/// What a stream is about, and with it which enum its events decode to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum StreamKind {
    /// One Teams user: [`crate::UserEvent`].
    User,
    /// One organization's domain events: [`crate::OrganizationEvent`].
    Organization,
    /// One tenant: [`crate::TenantEvent`].
    Tenant,
    /// What the service itself did for one organization outside a user's stream (routing that ended without a
    /// Teams user, answers handed to Chronus, personal values opened): [`crate::OutboundEvent`].
    Outbound,
    /// Which service node does what, where there are several: [`crate::LeaseEvent`].
    Lease,
    /// The log itself: [`crate::LogEvent`].
    Log,
}

impl StreamKind {
    /// Every kind there is.
    pub const ALL: [Self; 6] = [
        Self::User,
        Self::Organization,
        Self::Tenant,
        Self::Outbound,
        Self::Lease,
        Self::Log,
    ];

    /// The stored name; never changed.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Organization => "organization",
            Self::Tenant => "tenant",
            Self::Outbound => "outbound",
            Self::Lease => "lease",
            Self::Log => "log",
        }
    }

    /// How many of its newest events a stream of this kind needs, where older ones say nothing any more; a store that
    /// can do so lets the others go. `None` where everything is kept.
    pub fn newest_needed(self) -> Option<u32> {
        match self {
            // Everything that holds is written down again every 256 events; the rest is for those who look back.
            Self::Lease => Some(2_000),
            Self::User | Self::Organization | Self::Tenant | Self::Outbound | Self::Log => None,
        }
    }
}

/// A stream's name.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StreamId {
    kind: StreamKind,
    name: Box<str>,
}

impl StreamId {
    /// The stream of one Teams user.
    pub fn user(user: &UserKey) -> Self {
        Self::named(StreamKind::User, user)
    }

    /// The stream of one organization's domain events.
    pub fn organization(organization: &OrganizationId) -> Self {
        Self::named(StreamKind::Organization, organization)
    }

    /// The stream of one tenant.
    pub fn tenant(tenant: &TenantId) -> Self {
        Self::named(StreamKind::Tenant, tenant)
    }

    /// The stream of routing results without a user, for one organization.
    pub fn routing(organization: &OrganizationId) -> Self {
        Self::named(StreamKind::Outbound, format_args!("routing/{organization}"))
    }

    /// The stream of answers handed to Chronus, for one organization.
    pub fn responses(organization: &OrganizationId) -> Self {
        Self::named(StreamKind::Outbound, format_args!("responses/{organization}"))
    }

    /// The stream of what is answered for in one organization: who did what, and who looked at personal values.
    pub fn audit(organization: &OrganizationId) -> Self {
        Self::named(StreamKind::Outbound, format_args!("audit/{organization}"))
    }

    /// The stream of the API's keys that were made at run time.
    pub fn api_keys() -> Self {
        Self::named(StreamKind::Outbound, "keys")
    }

    /// The stream of organizations and links that are made at run time.
    pub fn onboarding() -> Self {
        Self::named(StreamKind::Outbound, "onboarding")
    }

    /// The stream of changes that an organization asked for with idempotency keys.
    pub fn requests(organization: &OrganizationId) -> Self {
        Self::named(StreamKind::Outbound, format_args!("requests/{organization}"))
    }

    /// The stream of what is answered for and concerns no organization alone.
    pub fn audit_of_service() -> Self {
        Self::named(StreamKind::Outbound, "audit")
    }

    /// Whether it is one of the two.
    pub fn is_audit(&self) -> bool {
        self.kind == StreamKind::Outbound && (self.id() == "audit" || self.id().starts_with("audit/"))
    }

    /// The stream of who owns which partition of the work.
    pub fn leases() -> Self {
        Self::named(StreamKind::Lease, "table")
    }

    /// The stream of the log itself.
    pub fn log() -> Self {
        Self::named(StreamKind::Log, "lineage")
    }

    fn named(kind: StreamKind, id: impl fmt::Display) -> Self {
        Self {
            kind,
            name: format!("{}-{id}", kind.as_str()).into(),
        }
    }

    /// Reads a stored name.
    pub fn parse(name: &str) -> Result<Self, InvalidId> {
        let form = InvalidId::Form {
            what: "stream name",
            form: "<user|organization|tenant|outbound|lease|log>-<id>",
        };
        let (kind, id) = name.split_once('-').ok_or_else(|| form.clone())?;
        let kind = StreamKind::ALL
            .into_iter()
            .find(|k| k.as_str() == kind)
            .ok_or_else(|| form.clone())?;
        if id.is_empty() {
            return Err(form);
        }
        Ok(Self {
            kind,
            name: name.into(),
        })
    }

    /// The stored name.
    pub fn as_str(&self) -> &str {
        &self.name
    }

    /// What the stream is about.
    pub fn kind(&self) -> StreamKind {
        self.kind
    }

    /// The part after the kind.
    pub fn id(&self) -> &str {
        self.name.split_once('-').map_or("", |(_, id)| id)
    }

    /// The Teams user, where this is a user's stream.
    pub fn user_key(&self) -> Option<UserKey> {
        (self.kind == StreamKind::User)
            .then(|| UserKey::parse(self.id()).ok())
            .flatten()
    }

    /// The organization, where this stream is an organization's.
    pub fn organization_id(&self) -> Option<OrganizationId> {
        let id = match self.kind {
            StreamKind::Organization => self.id(),
            StreamKind::Outbound => self.id().split_once('/').map_or("", |(_, id)| id),
            StreamKind::User | StreamKind::Tenant | StreamKind::Lease | StreamKind::Log => return None,
        };
        OrganizationId::parse(id).ok()
    }

    /// The tenant, where this is a tenant's or a user's stream.
    pub fn tenant_id(&self) -> Option<TenantId> {
        match self.kind {
            StreamKind::Tenant => TenantId::parse(self.id()).ok(),
            StreamKind::User => self.user_key().map(|key| key.tenant_id),
            StreamKind::Organization | StreamKind::Outbound | StreamKind::Lease | StreamKind::Log => None,
        }
    }
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl fmt::Debug for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StreamId({})", self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip_and_tell_what_they_are_about() {
        let user = UserKey::parse("t-1/a-1").unwrap();
        let organization = OrganizationId::parse("acme").unwrap();
        for stream in [
            StreamId::user(&user),
            StreamId::organization(&organization),
            StreamId::routing(&organization),
            StreamId::audit_of_service(),
            StreamId::api_keys(),
            StreamId::onboarding(),
            StreamId::requests(&organization),
            StreamId::leases(),
            StreamId::log(),
        ] {
            assert_eq!(StreamId::parse(stream.as_str()).unwrap(), stream);
        }
        assert_eq!(StreamId::user(&user).user_key(), Some(user));
        assert_eq!(
            StreamId::responses(&organization).organization_id(),
            Some(organization.clone())
        );
        assert!(StreamId::audit(&organization).is_audit() && StreamId::audit_of_service().is_audit());
        assert!(!StreamId::routing(&organization).is_audit());
        assert_eq!(StreamId::audit_of_service().organization_id(), None);
        assert!(StreamId::parse("somebody-1").is_err());
        assert!(StreamId::parse("user-").is_err());
    }
}
