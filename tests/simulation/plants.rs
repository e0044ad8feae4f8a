//! Faults planted on purpose: each makes the service look from outside as if it had that fault. A simulation that does not
//! find them would find nothing.

use serde::{Deserialize, Serialize};

/// What is planted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Plant {
    /// An append is answered before it is on disk.
    AnsweredBeforeWritten,
    /// An append whose answer was lost is made once more, under other ids.
    RepeatWritten,
    /// An append that the disk refused counts as written.
    RefusedCountsAsWritten,
    /// Attempts are not recorded before the request leaves.
    AttemptNotRecorded,
    /// An unknown outcome is not recorded.
    UnknownNotRecorded,
    /// What became of a card is not recorded.
    DeliveryNotRecorded,
    /// What a person answered is not recorded.
    AnswerNotRecorded,
    /// Whoever follows the log misses an event now and then.
    FollowerMissesEvents,
    /// A stream is read without its newest event.
    StreamReadShort,
    /// A snapshot is another person's.
    SnapshotOfAnother,
    /// A request that got no answer counts as one that never left.
    SilenceCountsAsNotSent,
    /// A request that got no answer counts as taken.
    SilenceCountsAsTaken,
    /// A request is made again at once where the answer was an error.
    PostedAgainInside,
    /// A card goes into the chat of somebody else.
    WrongChat,
    /// A look-up answers with the address of somebody else.
    WrongProfile,
    /// A card that is to change does not.
    UpdateNotMade,
    /// Another message of the chat changes in its place.
    UpdateOfAnother,
    /// An answer that Chronus refused counts as taken.
    RefusedCountsAsTaken,
    /// An answer goes to Chronus twice each time.
    AnsweredTwice,
    /// Activities are answered and thrown away.
    ActivityThrownAway,
    /// The one who presses is taken for somebody else.
    SomebodyElseActs,
    /// All activities of a person have one id.
    OneIdForAll,
    /// When a domain event happened is forgotten: the order of arrival counts.
    TimeForgotten,
    /// The recipients of two events are mixed up.
    RecipientsMixed,
    /// Domain events are acknowledged and thrown away when too many come.
    EventThrownAway,
    /// After a start the clock is a month behind.
    ClockGoesBack,
}

impl Plant {
    pub(crate) const ALL: [Self; 26] = [
        Self::AnsweredBeforeWritten,
        Self::RepeatWritten,
        Self::RefusedCountsAsWritten,
        Self::AttemptNotRecorded,
        Self::UnknownNotRecorded,
        Self::DeliveryNotRecorded,
        Self::AnswerNotRecorded,
        Self::FollowerMissesEvents,
        Self::StreamReadShort,
        Self::SnapshotOfAnother,
        Self::SilenceCountsAsNotSent,
        Self::SilenceCountsAsTaken,
        Self::PostedAgainInside,
        Self::WrongChat,
        Self::WrongProfile,
        Self::UpdateNotMade,
        Self::UpdateOfAnother,
        Self::RefusedCountsAsTaken,
        Self::AnsweredTwice,
        Self::ActivityThrownAway,
        Self::SomebodyElseActs,
        Self::OneIdForAll,
        Self::TimeForgotten,
        Self::RecipientsMixed,
        Self::EventThrownAway,
        Self::ClockGoesBack,
    ];

    /// The events that are left out of the log.
    pub(crate) fn unrecorded(self) -> &'static [&'static str] {
        match self {
            Self::AttemptNotRecorded => &["DeliveryAttempted"],
            Self::UnknownNotRecorded => &["DeliveryOutcomeUnknown"],
            Self::DeliveryNotRecorded => &["NotificationDelivered"],
            Self::AnswerNotRecorded => &["RequestAccepted", "RequestDeclined"],
            _ => &[],
        }
    }
}
