//! Events of before an erasure that came after it: what they sealed must not open, though it was sealed under a key that the erasure
//! did not know.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use events::organization::DomainEventAccepted;
use events::{Event, MemberId, OrganizationEvent, OrganizationId, PersonId, Recorded, Sealed, TenantEvent};

/// When the newest erasure of each member was asked for, as far as the log was read.
#[derive(Debug, Default)]
pub(super) struct Late {
    asked_at: HashMap<PersonId, DateTime<Utc>>,
}

impl Late {
    /// Folds one event; answers what of it is of before an erasure, with the member whom it is about.
    pub(super) fn see<'a>(&mut self, event: &Recorded, decoded: &'a Event) -> Vec<&'a Sealed> {
        match decoded {
            Event::Tenant(TenantEvent::MemberErased(said)) => {
                let person = PersonId::member(&said.organization_id, &said.member_id);
                let asked_at = said.asked_at.unwrap_or(event.metadata.time);
                let known = self.asked_at.entry(person).or_insert(asked_at);
                *known = asked_at.max(*known);
                Vec::new()
            }
            Event::Organization(OrganizationEvent::DomainEventAccepted(told)) => {
                let organization = event.stream.organization_id();
                organization.map_or_else(Vec::new, |organization| {
                    self.of_before(event, &organization, told)
                })
            }
            Event::Tenant(_) | Event::User(_) | Event::Outbound(_) | Event::Lease(_) | Event::Log(_) => {
                Vec::new()
            }
        }
    }

    fn of_before<'a>(
        &self,
        event: &Recorded,
        organization: &OrganizationId,
        told: &'a DomainEventAccepted,
    ) -> Vec<&'a Sealed> {
        if self.asked_at.is_empty() {
            return Vec::new();
        }
        let happened_at = told.happened_at(event.metadata.time);
        let is_erased = |member: &MemberId| {
            let asked_at = self.asked_at.get(&PersonId::member(organization, member));
            asked_at.is_some_and(|asked_at| happened_at <= *asked_at)
        };
        let recipients = told.recipients.listed().iter();
        let named = recipients.filter(|one| one.member_id.as_ref().is_some_and(is_erased));
        let mut sealed: Vec<&Sealed> = named.filter_map(|one| one.email.as_ref()).collect();
        let actor = told.actor.as_ref().and_then(|actor| actor.member_id.as_ref());
        if let Some(actor) = actor.filter(|actor| is_erased(actor))
            && told.content.person == PersonId::member(organization, actor)
        {
            sealed.push(&told.content);
        }
        sealed
    }
}
