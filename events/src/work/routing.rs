//! What the router has to do.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::ids::{EventId, MemberId, NotificationId, OrganizationId, SubjectRef, UserKey};
use crate::organization::{CardKind, Class, SubjectFacts, SubjectState};
use crate::outbound::UnroutableReason;
use crate::user::{ClientDefaultsChanged, MatchedBy, ProfileCause, Source, UnlinkReason};

/// A recipient resolved to a Teams user, not queued yet.
#[derive(Debug, Clone, PartialEq)]
pub struct Route {
    /// The card to queue.
    pub notification_id: NotificationId,
    /// The person found.
    pub user: UserKey,
    /// The domain event.
    pub source: Source,
    /// The thread that the domain event started.
    pub correlation_id: Uuid,
    /// Which card.
    pub card: CardKind,
    /// The Chronus thing.
    pub subject: Option<SubjectRef>,
    /// Which cards overtake which.
    pub class: Class,
    /// The domain event's type, by which policies are chosen.
    pub event_type: String,
    /// The state that the domain event tells of the subject.
    pub state: Option<SubjectState>,
    /// What rules go by of the domain event's content.
    pub facts: Option<SubjectFacts>,
    /// Asked for by Chronus; the default time-to-live applies where absent.
    pub expires_at: Option<DateTime<Utc>>,
    /// When Chronus handed the domain event over.
    pub accepted_at: DateTime<Utc>,
    /// The time that it was meant for, where that was ahead then.
    pub held_until: Option<DateTime<Utc>>,
    /// How the person was matched, so that the link can be recorded.
    pub link: Option<RouteLink>,
    /// When the domain event happened, as far as the order of events goes.
    pub happened_at: Option<DateTime<Utc>>,
    /// The person's language and zone, as Chronus or the organization tells them.
    pub client_defaults: ClientDefaultsChanged,
    /// What else Chronus told of the subject, in the order in which it happened: what this person did not hear of yet
    /// is recorded with the card, so that it says what is so from the first.
    pub changes: Vec<SubjectRoute>,
    /// Whether the person's tenant was switched off since Chronus handed the domain event over, and is on again.
    pub was_held: bool,
    /// How many cards that can wait the organization wants a person to get within a day.
    pub most_a_day: Option<u32>,
}

impl Route {
    /// Since when the card may be in the chat: since it was handed over, or the time that it was meant for.
    pub fn begins_at(&self) -> DateTime<Utc> {
        self.held_until
            .map_or(self.accepted_at, |at| at.max(self.accepted_at))
    }
}

/// How a recipient was matched to a Teams user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteLink {
    /// The organization.
    pub organization_id: OrganizationId,
    /// The person in Chronus, where Chronus gave an id.
    pub member_id: Option<MemberId>,
    /// What shows it.
    pub matched_by: MatchedBy,
}

/// A person whose link to a member does not follow the evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkRoute {
    /// The person.
    pub user: UserKey,
    /// The organization.
    pub organization_id: OrganizationId,
    /// The member that the person is, and what shows it; `None` where the link is to end.
    pub to: Option<(MemberId, MatchedBy)>,
    /// Why a link that is there ends.
    pub why: Option<UnlinkReason>,
    /// The event that showed it.
    pub cause: EventId,
    /// The thread that it belongs to.
    pub correlation_id: Uuid,
}

/// A person of whom the directory is to be asked before they are linked, or since somebody else shows their address; or whose
/// chat somebody else has too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookUpRoute {
    /// The person.
    pub user: UserKey,
    /// Why.
    pub because: ProfileCause,
    /// The event that claimed or showed their address.
    pub cause: EventId,
}

/// A subject that entered a state, for one person who holds a card about it.
#[derive(Debug, Clone, PartialEq)]
pub struct SubjectRoute {
    /// The person.
    pub user: UserKey,
    /// The Chronus thing.
    pub subject: SubjectRef,
    /// The state it entered.
    pub state: SubjectState,
    /// The card that somebody gets by this domain event who holds none.
    pub card: Option<CardKind>,
    /// The domain event that told it.
    pub domain_event: EventId,
    /// Where the domain event stands, as a card's source; `None` where the read models do not know.
    pub source: Option<Source>,
    /// What rules go by of the domain event's content.
    pub facts: Option<SubjectFacts>,
    /// Whether the domain event is for this person: it lists them, or lists nobody. Their card changes in any case;
    /// a reminder wakes only those whom it is for.
    pub addressed: bool,
    /// When Chronus handed the domain event over.
    pub accepted_at: DateTime<Utc>,
    /// Asked for by Chronus; the default time-to-live applies where absent.
    pub expires_at: Option<DateTime<Utc>>,
    /// The thread that the domain event started.
    pub correlation_id: Uuid,
    /// When the domain event happened, as far as the order of events goes.
    pub happened_at: Option<DateTime<Utc>>,
}

/// Something a person wrote that could not be handed to Chronus in the end, and they were not told yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LostMessage {
    /// The person.
    pub user: UserKey,
    /// The `reply_id` or `message_id`.
    pub reply_id: Uuid,
    /// The thread of the answer.
    pub correlation_id: Uuid,
}

/// A recipient for whom nobody was found so far, of whom Chronus was not told for this reason.
#[derive(Debug, Clone, PartialEq)]
pub struct Unreached {
    /// Who it is.
    pub recipient: Unroutable,
    /// Until when the card is still sent should somebody be found.
    pub until: DateTime<Utc>,
}

/// A recipient whose notification ran out before anybody was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Unroutable {
    /// The organization.
    pub organization_id: OrganizationId,
    /// The card that was never queued.
    pub notification_id: NotificationId,
    /// The domain event.
    pub domain_event: EventId,
    /// The thread that the domain event started.
    pub correlation_id: Uuid,
    /// Why nobody was found.
    pub reason: UnroutableReason,
    /// The replay by which an operator reopened it last, after it had run out before.
    pub reopened: Option<Uuid>,
}
