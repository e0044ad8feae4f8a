//! An event of any kind of stream, read by the kind of the stream that it stands in.

use crate::codec::DecodeError;
use crate::envelope::Recorded;
use crate::lease::LeaseEvent;
use crate::lineage::LogEvent;
use crate::organization::OrganizationEvent;
use crate::outbound::OutboundEvent;
use crate::stream::StreamKind;
use crate::tenant::TenantEvent;
use crate::user::UserEvent;

/// The stored name as this release writes it; `None` where it knows no event of that name.
pub fn stored_name(name: &str) -> Option<&'static str> {
    stored_names().find(|known| *known == name)
}

/// Every stored name that this release writes.
pub fn stored_names() -> impl Iterator<Item = &'static str> {
    let families = [
        UserEvent::TYPES,
        OrganizationEvent::TYPES,
        TenantEvent::TYPES,
        OutboundEvent::TYPES,
        LeaseEvent::TYPES,
        LogEvent::TYPES,
    ];
    families.into_iter().flatten().map(|(name, _)| *name)
}

/// An event of any kind of stream.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// From a user's stream.
    User(UserEvent),
    /// From an organization's stream.
    Organization(OrganizationEvent),
    /// From a tenant's stream.
    Tenant(TenantEvent),
    /// From an outbound stream.
    Outbound(OutboundEvent),
    /// From the stream of leases.
    Lease(LeaseEvent),
    /// From the stream of the log itself.
    Log(LogEvent),
}

impl Recorded {
    /// Reads the payload by its stream's kind.
    pub fn decode_any(&self) -> Result<Event, DecodeError> {
        match self.stream.kind() {
            StreamKind::User => self.decode().map(Event::User),
            StreamKind::Organization => self.decode().map(Event::Organization),
            StreamKind::Tenant => self.decode().map(Event::Tenant),
            StreamKind::Outbound => self.decode().map(Event::Outbound),
            StreamKind::Lease => self.decode().map(Event::Lease),
            StreamKind::Log => self.decode().map(Event::Log),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::StoredEvent as _;

    #[test]
    fn each_stored_name_belongs_to_one_family() {
        let names: Vec<&str> = UserEvent::TYPES.iter().map(|(name, _)| *name).collect();
        let different: std::collections::BTreeSet<&str> = names.iter().copied().collect();
        assert_eq!(different.len(), names.len(), "{names:?}");
    }

    #[test]
    fn an_unknown_name_is_an_error() {
        assert!(matches!(
            UserEvent::decode("Nonsense", 1, "{}"),
            Err(DecodeError::UnknownType { .. })
        ));
    }
}
