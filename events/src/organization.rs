//! What an organization's stream holds: the domain events that Chronus handed over.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::codec::stored_events;
use crate::ids::{AadObjectId, EventId, MemberId, NotificationId, OrganizationId, SubjectRef, UserKey};
use crate::sealing::{Lookup, Sealed};
use crate::trace::TraceParent;

mod card_kind;
mod facts;
mod kind;
mod ordering;
mod part;
mod subject;
mod topic;

pub use card_kind::{
    AnswerForm, CardKind, CardOrigin, ChatKind, Family, Lists, NaturalEnd, Role, SubjectKind, Tells,
};
pub use facts::{Question, QuestionKind, ReminderKind, Slot, SubjectFacts};
pub use kind::{DomainKind, FIGURES_TYPE, MemberChange};
pub use ordering::{CLOCK_TOLERANCE, OrderKey, is_ahead};
pub use part::{Part, PartKind, plain};
pub use subject::SubjectState;
pub use topic::Topic;

stored_events! {
    /// A fact in an organization's stream.
    pub enum OrganizationEvent ("organization") {
        /// Chronus handed over a domain event and was told so.
        DomainEventAccepted = 1,
    }
}

/// A CloudEvent from Chronus. What the router needs stands open; everything else is sealed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DomainEventAccepted {
    /// The CloudEvent's `source`.
    pub source: String,
    /// The CloudEvent's `id`, unique within its source.
    pub id: String,
    /// The CloudEvent's `type`: `com.chronus.<subject>.<what>`.
    #[serde(rename = "type")]
    pub event_type: String,
    /// The Chronus thing it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<SubjectRef>,
    /// When it happened in Chronus.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<DateTime<Utc>>,
    /// Who is to be told.
    pub recipients: Recipients,
    /// Who caused it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<Actor>,
    /// The programme it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub program: Option<String>,
    /// The ERG that it belongs to, by a keyed hash of its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub erg: Option<String>,
    /// Asked for by Chronus; where absent the type decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<Class>,
    /// A card that is not sent by then is not sent at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
    /// Before then it is told to nobody; at once where absent or past by the time it is handed over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub send_at: Option<DateTime<Utc>>,
    /// What of the content the rules go by: times, choices, nothing personal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facts: Option<SubjectFacts>,
    /// Members who organize what it invites to, and hear how many people it reached.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub organizers: Vec<MemberId>,
    /// Whether the log held a newer event about the same thing when it was handed over; Chronus was told so.
    #[serde(default, skip_serializing_if = "is_false")]
    pub superseded: bool,
    /// The trace of Chronus that it is a part of, where it came with one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<TraceParent>,
    /// The CloudEvent's `data` as JSON text (its recipients' addresses taken out), sealed for the person who
    /// caused it, or for the organization where nobody is named.
    pub content: Sealed,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
fn is_false(value: &bool) -> bool {
    !*value
}

impl DomainEventAccepted {
    /// The id of the stored event, derived from what makes a CloudEvent unique.
    pub fn event_id(organization: &OrganizationId, source: &str, id: &str) -> EventId {
        EventId::derive([organization.as_str(), source, id])
    }

    /// What the service makes of it.
    pub fn kind(&self) -> DomainKind {
        DomainKind::of(&self.event_type)
    }

    /// The parts of the organization's work that it belongs to.
    pub fn parts(&self) -> impl Iterator<Item = Part> {
        let programme = self.program.as_deref().map(Part::programme);
        programme.into_iter().chain(self.erg.as_deref().map(Part::erg))
    }

    /// Until when it is told to nobody, where that was ahead when it was handed over at `accepted_at`.
    pub fn held_until(&self, accepted_at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.send_at.filter(|at| *at > accepted_at)
    }

    /// Which cards overtake which.
    pub fn class(&self) -> Class {
        let broadcast = matches!(self.recipients, Recipients::All) || self.kind().is_broadcast();
        self.class.unwrap_or(if broadcast {
            Class::Broadcast
        } else {
            Class::Direct
        })
    }
}

/// Who is to be told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Recipients {
    /// Every linked member of the organization, as of the event's place in the log.
    All,
    /// These people.
    Listed(Vec<Recipient>),
}

impl Recipients {
    /// The people listed; nobody when all are meant.
    pub fn listed(&self) -> &[Recipient] {
        match self {
            Self::All => &[],
            Self::Listed(recipients) => recipients,
        }
    }
}

/// One person to be told: a member id, an address, an object id, or several of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recipient {
    /// The card's id, derived from the domain event and this recipient.
    pub notification_id: NotificationId,
    /// The person in Chronus.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member_id: Option<MemberId>,
    /// The person's address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<Sealed>,
    /// The address's lookup, by which the Teams user is found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lookup: Option<Lookup>,
    /// The lookup that the first releases gave the address, where it was another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub former_lookup: Option<Lookup>,
    /// The person's object id in Entra, where Chronus knows it. It counts more than any address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aad_object_id: Option<AadObjectId>,
    /// A member event took back the object id that an earlier one gave.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub object_id_withdrawn: bool,
    /// The person's time zone, as Chronus names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
    /// The person's language tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
}

impl Recipient {
    /// The id of the card for a listed recipient, however they are named.
    pub fn card_id(
        event: EventId,
        member_id: Option<&MemberId>,
        lookup: Option<&Lookup>,
        person: Option<&AadObjectId>,
    ) -> NotificationId {
        match person {
            Some(person) if member_id.is_none() && lookup.is_none() => {
                Self::notification_id_of_object(event, person)
            }
            Some(_) | None => Self::notification_id(event, member_id, lookup),
        }
    }

    /// The id of the card for a listed recipient who has a member id, an address or both.
    pub fn notification_id(
        event: EventId,
        member_id: Option<&MemberId>,
        lookup: Option<&Lookup>,
    ) -> NotificationId {
        let member = member_id.map_or("", MemberId::as_str);
        // The address counts only where there is no member id: a changed address is still the same person.
        let address = if member.is_empty() {
            lookup.map_or("", Lookup::as_str)
        } else {
            ""
        };
        NotificationId::derive([event.to_string().as_str(), member, address])
    }

    /// The id of the card for a recipient who has nothing but an object id in Entra.
    pub fn notification_id_of_object(event: EventId, person: &AadObjectId) -> NotificationId {
        NotificationId::derive([event.to_string().as_str(), "", "", person.as_str()])
    }

    /// The id of the card for a linked member when a domain event is for all of them.
    pub fn notification_id_of_all(event: EventId, user: &UserKey) -> NotificationId {
        NotificationId::derive([event.to_string().as_str(), "all", user.to_string().as_str()])
    }
}

/// Who caused a domain event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Actor {
    /// The person in Chronus.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member_id: Option<MemberId>,
    /// The person's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Sealed>,
}

/// Which cards overtake which, within one tenant; the order is the rank.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// The answer to something the person just did in the chat.
    Reply,
    /// From person to person.
    Direct,
    /// To many.
    Broadcast,
}
