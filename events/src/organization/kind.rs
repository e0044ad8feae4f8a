//! What the service makes of a domain event.

use super::SubjectState;
use super::card_kind::CardKind;

/// What the service makes of a domain event, decided by its type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DomainKind {
    /// A card of its own for each recipient.
    Notify(CardKind),
    /// The subject's newest content and state: cards about it change in place, recipients who hold none get a card
    /// of this kind.
    Revise {
        /// The card for those who hold none.
        card: CardKind,
        /// The state that the subject entered.
        state: SubjectState,
    },
    /// Who a member is: no card.
    Member(MemberChange),
}

/// The change to a member that a `com.chronus.member.*` event tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemberChange {
    /// The member exists, with this address.
    Upserted,
    /// The member is gone.
    Removed,
    /// What is personal of the member is to be forgotten.
    EraseRequested,
}

const PREFIX: &str = "com.chronus.";

/// How an invitation fares, for whoever organizes the event. This service makes it; Chronus cannot send it.
pub const FIGURES_TYPE: &str = "com.chronus.erg_event.figures";

/// Every type with a meaning of its own, without its prefix, and what is made of it.
const KNOWN: [(&str, DomainKind); 39] = {
    use CardKind as Card;
    use SubjectState as State;

    [
        ("mentoring_request.sent", notify(Card::MentoringRequest)),
        (
            "mentoring_request.reminder",
            revise(Card::RequestReminder, State::Open),
        ),
        (
            "mentoring_request.accepted",
            revise(Card::RequestOutcome, State::Accepted),
        ),
        (
            "mentoring_request.declined",
            revise(Card::RequestOutcome, State::Declined),
        ),
        (
            "mentoring_request.withdrawn",
            revise(Card::RequestOutcome, State::Withdrawn),
        ),
        (
            "mentoring_request.expired",
            revise(Card::RequestOutcome, State::Expired),
        ),
        ("connection.started", revise(Card::Connection, State::Open)),
        ("connection.ending", revise(Card::Connection, State::Ending)),
        ("connection.ended", revise(Card::Connection, State::Ended)),
        ("recommended_match.suggested", notify(Card::RecommendedMatch)),
        (
            "recommended_match.withdrawn",
            revise(Card::RecommendedMatch, State::Withdrawn),
        ),
        ("meeting.requested", notify(Card::Meeting)),
        ("meeting.scheduled", revise(Card::Meeting, State::Scheduled)),
        ("meeting.moved", revise(Card::Meeting, State::Moved)),
        ("meeting.cancelled", revise(Card::Meeting, State::Cancelled)),
        ("meeting.reminder", notify(Card::MeetingReminder)),
        ("meeting.follow_up", notify(Card::MeetingFollowUp)),
        ("erg_event.invited", notify(Card::ErgEvent)),
        ("erg_event.updated", revise(Card::ErgEvent, State::Updated)),
        ("erg_event.cancelled", revise(Card::ErgEvent, State::Cancelled)),
        ("erg_event.reminder", notify(Card::ErgEventReminder)),
        ("announcement.published", notify(Card::Announcement)),
        (
            "announcement.withdrawn",
            revise(Card::Announcement, State::Withdrawn),
        ),
        ("survey.requested", notify(Card::Survey)),
        ("survey.reminder", revise(Card::SurveyReminder, State::Open)),
        ("survey.closed", revise(Card::Survey, State::Closed)),
        ("message.sent", notify(Card::Message)),
        ("message.posted", notify(Card::Message)),
        ("message.edited", revise(Card::Message, State::Edited)),
        ("message.deleted", revise(Card::Message, State::Deleted)),
        (
            "message.not_delivered",
            revise(Card::MessageNotice, State::Failed),
        ),
        ("task.assigned", notify(Card::Task)),
        ("task.due", revise(Card::TaskReminder, State::Open)),
        ("task.done", revise(Card::Task, State::Completed)),
        ("task.withdrawn", revise(Card::Task, State::Withdrawn)),
        ("member.upserted", DomainKind::Member(MemberChange::Upserted)),
        ("member.email_changed", DomainKind::Member(MemberChange::Upserted)),
        ("member.removed", DomainKind::Member(MemberChange::Removed)),
        (
            "member.erase_requested",
            DomainKind::Member(MemberChange::EraseRequested),
        ),
    ]
};

const fn notify(card: CardKind) -> DomainKind {
    DomainKind::Notify(card)
}

const fn revise(card: CardKind, state: SubjectState) -> DomainKind {
    DomainKind::Revise { card, state }
}

impl DomainKind {
    /// Every type with a meaning of its own that Chronus sends.
    pub fn types() -> impl Iterator<Item = String> {
        KNOWN.iter().map(|(name, _)| format!("{PREFIX}{name}"))
    }

    /// Reads a CloudEvent's type.
    pub fn of(event_type: &str) -> Self {
        if event_type == FIGURES_TYPE {
            return revise(CardKind::ErgEventFigures, SubjectState::Open);
        }
        let Some(name) = event_type.strip_prefix(PREFIX) else {
            return notify(CardKind::Plain);
        };
        if let Some((_, kind)) = KNOWN.iter().find(|(known, _)| *known == name) {
            return *kind;
        }
        match name.split_once('.') {
            Some(("recommended_match", _)) => notify(CardKind::RecommendedMatch),
            Some(("announcement", _)) => notify(CardKind::Announcement),
            _ => notify(CardKind::Plain),
        }
    }

    /// The card that a recipient gets who holds none; `None` where nobody gets one.
    pub fn card(self) -> Option<CardKind> {
        match self {
            Self::Notify(card) | Self::Revise { card, .. } => Some(card),
            Self::Member(_) => None,
        }
    }

    /// The state that the subject is in by this domain event; `None` for what is no subject.
    pub fn state(self) -> Option<SubjectState> {
        match self {
            Self::Notify(_) => Some(SubjectState::Open),
            Self::Revise { state, .. } => Some(state),
            Self::Member(_) => None,
        }
    }

    /// Whether it goes to many by its nature, and may wait behind what goes from person to person.
    pub fn is_broadcast(self) -> bool {
        self.card().is_some_and(|card| card.family().is_broadcast())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_that_nobody_knows_is_a_plain_card() {
        for event_type in [
            "com.chronus.meeting.painted",
            "com.chronus.x",
            "",
            "org.example.meeting.moved",
        ] {
            assert_eq!(
                DomainKind::of(event_type),
                DomainKind::Notify(CardKind::Plain),
                "{event_type}"
            );
        }
    }

    #[test]
    fn what_changes_a_subject_is_no_card_of_its_own() {
        let revised = |event_type: &str| match DomainKind::of(event_type) {
            DomainKind::Revise { card, state } => Some((card, state)),
            DomainKind::Notify(_) | DomainKind::Member(_) => None,
        };
        for (event_type, card, state) in [
            (
                "com.chronus.meeting.moved",
                CardKind::Meeting,
                SubjectState::Moved,
            ),
            (
                "com.chronus.erg_event.cancelled",
                CardKind::ErgEvent,
                SubjectState::Cancelled,
            ),
            (
                "com.chronus.mentoring_request.reminder",
                CardKind::RequestReminder,
                SubjectState::Open,
            ),
            (
                "com.chronus.message.not_delivered",
                CardKind::MessageNotice,
                SubjectState::Failed,
            ),
            ("com.chronus.task.done", CardKind::Task, SubjectState::Completed),
        ] {
            assert_eq!(revised(event_type), Some((card, state)), "{event_type}");
        }
        assert_eq!(revised("com.chronus.meeting.reminder"), None);
    }
}
