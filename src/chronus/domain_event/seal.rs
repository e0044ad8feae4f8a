//! From a checked CloudEvent to a draft for the log: everything personal is sealed for the person it is about.

use actors::intake::Draft;
use chrono::{DateTime, Utc};
use events::organization::{Actor, DomainEventAccepted, Recipient, Recipients};
use events::user::ClientDefaultsChanged;
use events::{EventId, Metadata, NotificationId, OrganizationId, PersonId, Sealed, Vault, VaultError};

use super::{Checked, Named};
use crate::chronus::parts;

/// The places that the values of a domain event are bound to.
const CONTENT: &str = "DomainEventAccepted.content";
const ACTOR: &str = "DomainEventAccepted.actor.name";
const EMAIL: &str = "DomainEventAccepted.recipients.listed.email";

/// Before an address that is nobody's; no address has it.
const OUTSIDE: &str = "outside domains: ";

/// A recipient as the answer to Chronus names it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Ticket {
    /// The card's id, by which its status can be asked.
    pub notification_id: NotificationId,
    /// The recipient's place in `data.recipients`.
    pub recipient: usize,
}

/// Seals checked events, with one durable write for all keys that must be made.
///
/// # Panics
/// Never: the vault answers with as many values as it was given.
pub async fn seal(
    vault: &Vault,
    organization: &OrganizationId,
    checked: Vec<Checked>,
    now: DateTime<Utc>,
) -> Result<Vec<(Draft, Vec<Ticket>)>, VaultError> {
    let mut values = Vec::new();
    for event in &checked {
        let writer = writer(organization, event);
        values.push((writer.clone(), CONTENT, event.content.clone()));
        values.extend(event.actor_name.clone().map(|name| (writer.clone(), ACTOR, name)));
        for named in event.recipients.iter().flatten() {
            let Some(email) = &named.email else { continue };
            let person = named.member_id.as_ref().map_or_else(
                || PersonId::address(organization, &vault.lookup(email)),
                |member| PersonId::member(organization, member),
            );
            values.push((person, EMAIL, email.clone()));
        }
    }
    let mut sealed = vault.seal_placed(values).await?.into_iter();
    let mut next = || {
        sealed
            .next()
            .expect("each value that was given is sealed, in order")
    };
    let drafts = checked.into_iter().map(|event| {
        let content = next();
        let name = event.actor_name.as_ref().map(|_| next());
        let has_actor = event.actor_member.is_some() || name.is_some();
        let actor = has_actor.then_some(Actor {
            member_id: event.actor_member,
            name,
        });
        let defaults = event.client_defaults;
        let recipients = event.recipients.map(|listed| {
            let listed = listed.into_iter();
            let listed = listed.map(|named| recipient(vault, event.event_id, named, &mut next));
            listed.collect::<Vec<_>>()
        });
        let recipients = recipients.map(|listed| with_client_defaults(listed, defaults));
        let tickets = recipients.iter().flatten().enumerate();
        let tickets = tickets
            .map(|(recipient, one)| Ticket {
                notification_id: one.notification_id,
                recipient,
            })
            .collect();
        let accepted = DomainEventAccepted {
            source: event.source,
            id: event.id,
            event_type: event.event_type,
            subject: event.subject,
            time: event.time,
            recipients: recipients.map_or(Recipients::All, Recipients::Listed),
            actor,
            erg: event.erg.as_deref().map(|name| parts::erg_key(vault, name)),
            program: event.program,
            class: event.class,
            expires_at: event.expires_at,
            send_at: event.send_at,
            facts: event.facts.map(|facts| facts.with_keyed_place(vault)),
            organizers: event.organizers,
            // The intake finds out.
            superseded: false,
            trace: event.trace,
            content,
        };
        let thread = event.event_id.0;
        let metadata = Metadata {
            time: now,
            correlation_id: thread,
            causation_id: thread,
        };
        (
            Draft {
                event_id: event.event_id,
                event: accepted,
                metadata,
            },
            tickets,
        )
    });
    Ok(drafts.collect())
}

/// A recipient for the log; `next` gives the address sealed, where there is one.
fn recipient(vault: &Vault, event: EventId, named: Named, next: &mut impl FnMut() -> Sealed) -> Recipient {
    let Named {
        member_id,
        email,
        aad_object_id,
        object_id_withdrawn,
        outside,
    } = named;
    let lookup = email.as_deref().map(|email| vault.lookup(email));
    // A look-up that no address has: the recipient is known and nobody's.
    let nobodys = |email: &str| vault.lookup(&format!("{OUTSIDE}{email}"));
    let matched = email
        .as_deref()
        .filter(|_| outside)
        .map_or_else(|| lookup.clone(), |email| Some(nobodys(email)));
    Recipient {
        notification_id: Recipient::card_id(
            event,
            member_id.as_ref(),
            lookup.as_ref(),
            aad_object_id.as_ref(),
        ),
        former_lookup: email
            .as_deref()
            .filter(|_| !outside)
            .and_then(|email| vault.former_lookup(email)),
        email: email.map(|_| next()),
        member_id,
        lookup: matched,
        aad_object_id,
        object_id_withdrawn,
        timezone: None,
        locale: None,
    }
}

fn with_client_defaults(listed: Vec<Recipient>, given: Vec<ClientDefaultsChanged>) -> Vec<Recipient> {
    let given = given
        .into_iter()
        .chain(std::iter::repeat_with(ClientDefaultsChanged::default));
    let listed = listed.into_iter().zip(given);
    listed
        .map(|(recipient, given)| Recipient {
            locale: given.locale,
            timezone: given.timezone,
            ..recipient
        })
        .collect()
}

/// Whose key seals the content: the person who caused the event, else the organization.
fn writer(organization: &OrganizationId, event: &Checked) -> PersonId {
    let member = event.actor_member.as_ref();
    member.map_or_else(
        || PersonId::organization(organization),
        |member| PersonId::member(organization, member),
    )
}
