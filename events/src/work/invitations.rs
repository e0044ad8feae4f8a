//! Invitations to events whose organizers hear how they fare.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::envelope::Position;
use crate::ids::{EventId, OrganizationId, SubjectRef};

/// An invitation that names organizers, to an event that did not end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// Who invites.
    pub organization_id: OrganizationId,
    /// The event.
    pub subject: SubjectRef,
    /// The newest domain event that names its organizers.
    pub event_id: EventId,
    /// Where that stands.
    pub position: Position,
    /// When that was handed over.
    pub invited_at: DateTime<Utc>,
    /// When the event begins.
    pub starts_at: Option<DateTime<Utc>>,
    /// Where the newest figures about it stand, and when they were counted.
    pub told: Option<(Position, DateTime<Utc>)>,
}

impl Invitation {
    /// What figures about an event are about: a subject of their own, so that they change no card of who is invited.
    /// `None` where the event's own id leaves no room for it.
    pub fn figures_subject(event: &SubjectRef) -> Option<SubjectRef> {
        let (_, id) = event.as_str().split_once('/')?;
        SubjectRef::parse(format!("figures/{id}")).ok()
    }
}

/// How many people an invitation reached. Each is counted once, however many cards about the event they got.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitationFigures {
    /// Everybody who is meant and whose card was not made void before it left.
    pub invited: u64,
    /// Of them, in whose chat the invitation is, by itself or in a list.
    pub told: u64,
    /// Of these, who certainly saw it: by a press, a reaction or a read receipt.
    pub seen: u64,
    /// Of these, who answered.
    pub answered: u64,
    /// On its way, or put off until the person wants it, or nobody knows whether it arrived.
    pub waiting: u64,
    /// Who is not found, or does not get it, as things stand.
    pub unreachable: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_about_a_subject_of_their_own() {
        let of = |event: &str| Invitation::figures_subject(&SubjectRef::parse(event).unwrap());
        assert_eq!(of("erg_event/7").unwrap().as_str(), "figures/7");
        assert_eq!(of("erg_event/a/b").unwrap().as_str(), "figures/a/b");
    }
}
