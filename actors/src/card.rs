//! What a card is to say. An actor decides this from its state; how it looks is the renderer's business, so the
//! same description serves a new card, an update in place and the answer to a press.

use chrono::{DateTime, Utc};
use events::organization::{CardKind, SubjectState};
use events::user::Source;
use events::{NotificationId, OrganizationId, Sealed, UserKey};

/// A card for one person, before it is drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct CardSpec {
    /// The person who will see it.
    pub user: UserKey,
    /// The notification it is, which its buttons name.
    pub notification_id: NotificationId,
    /// Grows with each change of what the card shows, from 1.
    pub revision: u32,
    /// BCP 47 language tag, where known.
    pub locale: Option<String>,
    /// IANA zone, where known.
    pub timezone: Option<String>,
    /// What it says.
    pub content: CardContent,
}

/// What a card says.
#[derive(Debug, Clone, PartialEq)]
pub enum CardContent {
    /// The first greeting.
    Welcome(LinkView),
    /// The greeting after an absence.
    WelcomeBack {
        /// How the person stands.
        link: LinkView,
        /// Notifications that were not sent while the person was away.
        missed: u32,
    },
    /// The commands.
    Help(LinkView),
    /// How things stand.
    Status(StatusView),
    /// The person connected (again).
    Connected {
        /// How the person stands.
        link: LinkView,
        /// Notifications that were not sent while the person was disconnected.
        missed: u32,
    },
    /// The person disconnected.
    Disconnected,
    /// The typed text is no command. The text itself was not kept.
    NotUnderstood,
    /// The press came from a card that is gone or offers something else now.
    StaleAction,
    /// A mentoring request.
    MentoringRequest {
        /// The domain event to read the content from.
        source: Source,
        /// How it ended; `None` while an answer is possible.
        resolution: Option<Resolution>,
    },
    /// Any other domain event.
    Plain {
        /// The domain event to read the content from.
        source: Source,
        /// How its subject ended, where it did.
        resolution: Option<Resolution>,
    },
}

impl CardContent {
    /// Which card it is.
    pub fn kind(&self) -> CardKind {
        match self {
            Self::Welcome(_) => CardKind::Welcome,
            Self::WelcomeBack { .. } => CardKind::WelcomeBack,
            Self::Help(_) => CardKind::Help,
            Self::Status(_) => CardKind::Status,
            Self::Connected { .. } => CardKind::Connected,
            Self::Disconnected => CardKind::Disconnected,
            Self::NotUnderstood => CardKind::NotUnderstood,
            Self::StaleAction => CardKind::StaleAction,
            Self::MentoringRequest { .. } => CardKind::MentoringRequest,
            Self::Plain { .. } => CardKind::Plain,
        }
    }
}

/// How a subject ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resolution {
    /// The state it entered.
    pub state: SubjectState,
    /// Whether this person did it here in Teams.
    pub here: bool,
    /// When it became known.
    pub at: DateTime<Utc>,
}

/// How a person stands with Chronus.
#[derive(Debug, Clone, PartialEq)]
pub struct LinkView {
    /// Display name.
    pub name: Option<Sealed>,
    /// The address that Teams gave: mail, else UPN.
    pub address: Option<Sealed>,
    /// How far the match went.
    pub state: LinkState,
    /// Whether the person turned notifications off.
    pub disconnected: bool,
}

/// How far the match between the Teams user and a Chronus member went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkState {
    /// Matched.
    Linked(OrganizationId),
    /// The address is known, but Chronus has not named it yet.
    Unmatched,
    /// The address is being looked up.
    Pending,
    /// Guests of a tenant are not matched.
    Guest,
    /// Teams did not tell an address.
    NoAddress,
}

/// How things stand, for the status card.
#[derive(Debug, Clone, PartialEq)]
pub struct StatusView {
    /// The match.
    pub link: LinkView,
    /// Since when the person is connected or disconnected.
    pub since: Option<DateTime<Utc>>,
    /// Mentoring requests that wait for an answer.
    pub open_requests: u32,
    /// When the oldest of them was queued.
    pub oldest_open_request: Option<DateTime<Utc>>,
    /// The newest notifications from Chronus, newest first, at most five.
    pub recent: Vec<RecentNotification>,
}

/// A line of the status card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecentNotification {
    /// Which card.
    pub card: CardKind,
    /// Its state in a word that [`crate::card::RecentState`] explains.
    pub state: RecentState,
    /// When it entered that state.
    pub at: DateTime<Utc>,
}

/// A notification's state in the words of the status card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecentState {
    /// Not sent yet.
    Waiting,
    /// Sent.
    Sent,
    /// Certainly seen.
    Seen,
    /// Answered.
    Answered,
    /// Not sent, and it will not be.
    NotSent,
    /// Perhaps sent.
    Unknown,
}
