//! How a card stands, by the log alone: a word for every way a card can be waiting, sent or not sent, and why.

use std::borrow::Cow;

use events::organization::SubjectState;
use events::outbound::UnroutableReason;
use events::user::{DeferReason, MergeReason, RefusalClass, SeenEvidence, SuppressedReason};

use serde::{Deserialize, Serialize};

use crate::database::name_of;

/// A word for what somebody answered, see [`events::user::Answer::word`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct AnswerWord(pub &'static str);

impl<'de> Deserialize<'de> for AnswerWord {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        let known = events::user::Answer::WORDS.iter().find(|word| **word == text);
        let unknown = || serde::de::Error::custom("no answer is called so");
        known.map(|word| Self(word)).ok_or_else(unknown)
    }
}

/// How a card stands. Every state that is not in the chat carries its reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum CardState {
    /// The person is looked for; the reason is the last one that was recorded, if any was.
    Looking(Option<UnroutableReason>),
    /// Queued; its turn has not come.
    Waiting,
    /// Put off until a time.
    Deferred(DeferReason),
    /// A try created nothing and is made again.
    Retrying(String),
    /// A try is under way.
    UnderWay,
    /// Nobody knows whether it arrived.
    Unknown {
        /// What happened to the try.
        reason: String,
        /// Whether it is tried again.
        again: bool,
    },
    /// In the chat.
    Delivered,
    /// The person certainly saw it.
    Seen(SeenEvidence),
    /// The person answered on it, in this word.
    Acted(AnswerWord),
    /// Teams did not take it.
    Refused {
        /// What the refusal says about what to do.
        class: RefusalClass,
        /// Teams' code, or ours.
        code: String,
    },
    /// Not sent, by decision.
    Suppressed(SuppressedReason),
    /// Not sent, since its subject ended so.
    Withdrawn(SubjectState),
    /// Not sent, since its time ran out.
    Expired,
    /// Not sent, since nobody was found.
    Unroutable(UnroutableReason),
    /// Not sent by itself: another card shows it.
    Merged(MergeReason),
    /// Not sent by itself: the card about the same subject that the person has shows it.
    SameSubject,
}

/// What a state comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Outcome {
    /// In the chat.
    Delivered,
    /// Shown by another card.
    ShownElsewhere,
    /// Waits.
    Waiting,
    /// A try is under way.
    UnderWay,
    /// Nobody knows.
    Unknown,
    /// Teams refused it.
    Refused,
    /// Not sent, for a reason.
    NotSent,
}

impl Outcome {
    /// Every outcome, in the order in which reports list them.
    pub const ALL: [Self; 7] = [
        Self::Delivered,
        Self::ShownElsewhere,
        Self::Waiting,
        Self::UnderWay,
        Self::Unknown,
        Self::Refused,
        Self::NotSent,
    ];

    /// Its word in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::ShownElsewhere => "shown_elsewhere",
            Self::Waiting => "waiting",
            Self::UnderWay => "under_way",
            Self::Unknown => "unknown",
            Self::Refused => "refused",
            Self::NotSent => "not_sent",
        }
    }
}

impl CardState {
    /// What it comes to.
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::Looking(_) | Self::Waiting | Self::Deferred(_) | Self::Retrying(_) => Outcome::Waiting,
            Self::UnderWay => Outcome::UnderWay,
            Self::Unknown { .. } => Outcome::Unknown,
            Self::Delivered | Self::Seen(_) | Self::Acted(_) => Outcome::Delivered,
            Self::Refused { .. } => Outcome::Refused,
            Self::Suppressed(_) | Self::Withdrawn(_) | Self::Expired | Self::Unroutable(_) => {
                Outcome::NotSent
            }
            Self::Merged(_) | Self::SameSubject => Outcome::ShownElsewhere,
        }
    }

    /// Its word in reports.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Looking(_) => "looking_for_person",
            Self::Waiting => "queued",
            Self::Deferred(_) => "deferred",
            Self::Retrying(_) => "retry",
            Self::UnderWay => "attempted",
            Self::Unknown { again: true, .. } => "unknown_retry",
            Self::Unknown { again: false, .. } => "unknown_held",
            Self::Delivered => "delivered",
            Self::Seen(_) => "seen",
            Self::Acted(_) => "acted",
            Self::Refused { .. } => "refused",
            Self::Suppressed(_) => "suppressed",
            Self::Withdrawn(_) => "withdrawn",
            Self::Expired => "expired",
            Self::Unroutable(_) => "unroutable",
            Self::Merged(_) => "merged",
            Self::SameSubject => "same_subject",
        }
    }

    /// Why; empty where the state says all there is.
    pub fn reason(&self) -> Cow<'static, str> {
        match self {
            Self::Looking(reason) => Cow::Borrowed(reason.map_or("", UnroutableReason::as_str)),
            Self::Deferred(reason) => Cow::Borrowed(reason.as_str()),
            Self::Retrying(reason) | Self::Unknown { reason, .. } => Cow::Owned(reason.clone()),
            Self::Seen(evidence) => Cow::Owned(name_of(evidence)),
            Self::Acted(word) => Cow::Borrowed(word.0),
            Self::Refused { class, .. } => Cow::Borrowed(class.as_str()),
            Self::Suppressed(reason) => Cow::Borrowed(reason.as_str()),
            Self::Withdrawn(state) => Cow::Owned(name_of(state)),
            Self::Unroutable(reason) => Cow::Borrowed(reason.as_str()),
            Self::Merged(reason) => Cow::Borrowed(reason.as_str()),
            Self::Waiting | Self::UnderWay | Self::Delivered | Self::Expired | Self::SameSubject => {
                Cow::Borrowed("")
            }
        }
    }

    /// Teams' code, or ours, where there is one.
    pub fn code(&self) -> &str {
        match self {
            Self::Refused { code, .. } => code,
            Self::Looking(_)
            | Self::Waiting
            | Self::Deferred(_)
            | Self::Retrying(_)
            | Self::UnderWay
            | Self::Unknown { .. }
            | Self::Delivered
            | Self::Seen(_)
            | Self::Acted(_)
            | Self::Suppressed(_)
            | Self::Withdrawn(_)
            | Self::Expired
            | Self::Unroutable(_)
            | Self::Merged(_)
            | Self::SameSubject => "",
        }
    }

    /// How sure it is that the person has the card; a surer state is not taken back by a less sure one.
    pub(super) fn certainty(&self) -> u8 {
        match self {
            Self::Acted(_) => 3,
            Self::Seen(_) => 2,
            Self::Delivered => 1,
            Self::Looking(_)
            | Self::Waiting
            | Self::Deferred(_)
            | Self::Retrying(_)
            | Self::UnderWay
            | Self::Unknown { .. }
            | Self::Refused { .. }
            | Self::Suppressed(_)
            | Self::Withdrawn(_)
            | Self::Expired
            | Self::Unroutable(_)
            | Self::Merged(_)
            | Self::SameSubject => 0,
        }
    }

    /// Whether the person has the card, or will get it as things stand.
    pub(super) fn is_held(&self) -> bool {
        match self.outcome() {
            Outcome::Delivered | Outcome::Waiting | Outcome::UnderWay | Outcome::Unknown => true,
            Outcome::ShownElsewhere => matches!(self, Self::Merged(_)),
            Outcome::Refused | Outcome::NotSent => false,
        }
    }
}

/// How far a card came. Each stage includes those before it: whoever acted saw it, and what was seen was delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Stage {
    /// Chronus asked for it.
    Accepted,
    /// It stands in the person's queue.
    Queued,
    /// A try was made.
    Attempted,
    /// It is in the chat.
    Delivered,
    /// The person certainly saw it: a read receipt, a reaction, a press, or any later act on it.
    Seen,
    /// The person answered on it.
    Acted,
}

impl Stage {
    /// Every stage, in order.
    pub const ALL: [Self; 6] = [
        Self::Accepted,
        Self::Queued,
        Self::Attempted,
        Self::Delivered,
        Self::Seen,
        Self::Acted,
    ];

    /// Its word in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Queued => "queued",
            Self::Attempted => "attempted",
            Self::Delivered => "delivered",
            Self::Seen => "seen",
            Self::Acted => "acted",
        }
    }
}
