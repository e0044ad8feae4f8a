//! What a card is to say. An actor decides this from its state; how it looks is the renderer's business, so the
//! same description serves a new card, an update in place and the answer to a press.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use events::organization::{CardKind, SubjectFacts, SubjectState, Topic};
use events::user::{Command, DigestPlan, InputFault, QuietHours, Rsvp, Source, TopicWay};
use events::{NotificationId, OrganizationId, Sealed, SubjectRef, UserKey};

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
    /// What was wrong with what the person gave on it, so that it did not count.
    pub fault: Option<InputFault>,
    /// What it says.
    pub content: CardContent,
}

/// What a card says.
#[derive(Debug, Clone, PartialEq)]
pub enum CardContent {
    /// The first greeting.
    Welcome {
        /// How the person stands.
        link: LinkView,
        /// How many of each topic waited for them to come and wait for their answer still.
        waiting: BTreeMap<Topic, u32>,
    },
    /// The greeting after an absence.
    WelcomeBack {
        /// How the person stands.
        link: LinkView,
        /// Until when the person wants nothing, where a pause goes on.
        paused_until: Option<DateTime<Utc>>,
        /// Notifications that were not sent while the person was away.
        missed: u32,
        /// Those of them that are still so.
        list: Box<ListView>,
    },
    /// The commands.
    Help(LinkView),
    /// How things stand.
    Status(StatusView),
    /// The person connected (again).
    Connected {
        /// How the person stands.
        link: LinkView,
        /// Until when the person paused: connecting does not end a pause.
        paused_until: Option<DateTime<Utc>>,
        /// What was not sent while the person was away and is still so.
        list: Box<ListView>,
    },
    /// The person disconnected.
    Disconnected,
    /// The integration is switched off for the tenant.
    SwitchedOff,
    /// The typed text is no command. The text itself was not kept.
    NotUnderstood {
        /// The commands that come nearest, best first; never empty.
        near: Vec<Command>,
    },
    /// The press came from a card that is gone or offers something else now.
    StaleAction,
    /// A Chronus thing that was meant for a member who the person is not, or not any more.
    NotTheirs,
    /// A Chronus thing that was meant for a member who the person was, and may turn out to be again.
    InDoubt,
    /// A Chronus thing.
    Subject(Box<SubjectCard>),
    /// Several Chronus things.
    List(ListView),
    /// Something to write to somebody.
    Compose(ComposeView),
    /// The person's settings.
    Settings(SettingsView),
    /// The person paused.
    Paused {
        /// When the pause ends by itself.
        until: DateTime<Utc>,
    },
    /// A pause ended, or there was none.
    Resumed {
        /// What was not sent meanwhile and is still so.
        list: Box<ListView>,
    },
    /// What is kept about the person, and how to have it deleted.
    Privacy(LinkView),
    /// What is kept about the person is being deleted, as they asked.
    Erasing,
    /// Whether the person means to disconnect.
    ConfirmDisconnect,
}

impl CardContent {
    /// Which card it is.
    pub fn kind(&self) -> CardKind {
        match self {
            Self::Welcome { .. } => CardKind::Welcome,
            Self::WelcomeBack { .. } => CardKind::WelcomeBack,
            Self::Help(_) => CardKind::Help,
            Self::Status(_) => CardKind::Status,
            Self::Connected { .. } => CardKind::Connected,
            Self::Disconnected => CardKind::Disconnected,
            Self::SwitchedOff => CardKind::SwitchedOff,
            Self::NotUnderstood { .. } => CardKind::NotUnderstood,
            Self::StaleAction | Self::NotTheirs | Self::InDoubt => CardKind::StaleAction,
            Self::Subject(card) => card.kind,
            Self::List(view) => view.kind,
            Self::Compose(view) => view.kind,
            Self::Settings(_) => CardKind::Settings,
            Self::Paused { .. } => CardKind::Paused,
            Self::Resumed { .. } => CardKind::Resumed,
            Self::Privacy(_) | Self::Erasing => CardKind::Privacy,
            Self::ConfirmDisconnect => CardKind::ConfirmDisconnect,
        }
    }
}

/// A card about a Chronus thing, or a line about it in a list.
#[derive(Debug, Clone, PartialEq)]
pub struct SubjectCard {
    /// Which card.
    pub kind: CardKind,
    /// The notification about it, which buttons of a card of its own name; those in a list name the list's and
    /// add the subject.
    pub notification_id: NotificationId,
    /// The Chronus thing.
    pub subject: Option<SubjectRef>,
    /// The domain event with the newest content. It may say less than `original`: what it leaves out still holds.
    pub source: Source,
    /// The domain events with the content before that, oldest first.
    pub earlier: Vec<Source>,
    /// The domain event with the content before the last move or update, where there was one.
    pub previous: Option<Source>,
    /// The domain event that this notification came from.
    pub original: Source,
    /// How the subject stands.
    pub state: SubjectState,
    /// When that became known.
    pub at: DateTime<Utc>,
    /// Whether this person brought it about here in Teams.
    pub here: bool,
    /// What rules go by, as of now.
    pub facts: SubjectFacts,
    /// The same before the last move or update.
    pub previous_facts: Option<SubjectFacts>,
    /// What the person answered.
    pub answer: Option<AnswerView>,
    /// When the person answered.
    pub answered_at: Option<DateTime<Utc>>,
    /// Whether an answer is possible now, so that buttons are worth drawing.
    pub open: bool,
    /// Whether a newer card in the chat asks the same, which is the one to answer.
    pub newer: bool,
    /// Where the person can write to whom it is about: a connection or a thread of theirs.
    pub writes_to: Option<SubjectRef>,
    /// Later messages of the thread that this card shows too, oldest first.
    pub more: Vec<MessageView>,
}

impl SubjectCard {
    /// How the subject ended, where it did.
    pub fn ended(&self) -> Option<SubjectState> {
        Some(self.state).filter(|state| state.is_final())
    }
}

/// A message among several on one card.
#[derive(Debug, Clone, PartialEq)]
pub struct MessageView {
    /// The domain event with its newest words.
    pub source: Source,
    /// The domain event that it came from, which tells who wrote it.
    pub original: Source,
    /// [`SubjectState::Open`], [`SubjectState::Edited`] or [`SubjectState::Deleted`].
    pub state: SubjectState,
    /// When it came.
    pub at: DateTime<Utc>,
}

/// What a person answered.
#[derive(Debug, Clone, PartialEq)]
pub enum AnswerView {
    /// The request was accepted.
    Accepted,
    /// The request was declined.
    Declined,
    /// The meeting was accepted.
    SlotAccepted {
        /// At this of its times.
        slot: Option<String>,
    },
    /// The meeting was declined.
    MeetingDeclined,
    /// Another time was proposed.
    Proposed {
        /// This one.
        starts_at: DateTime<Utc>,
    },
    /// Whether the meeting took place.
    Held(bool),
    /// Whether the person comes; may change.
    Rsvp(Rsvp),
    /// How far the survey is.
    Survey {
        /// Answers so far, in the order of the questions.
        saved: Vec<(String, Sealed)>,
        /// The question to show, by its place from 0; their number when all were shown.
        current: usize,
        /// Whether it was submitted.
        submitted: bool,
    },
    /// The announcement was acknowledged.
    Acknowledged,
    /// The match was asked.
    MatchRequested,
    /// The match was dismissed.
    MatchDismissed,
    /// The message was answered; another answer is possible.
    Replied {
        /// The last answer's words.
        text: Sealed,
        /// When.
        at: DateTime<Utc>,
        /// Whether it could not be handed to Chronus.
        failed: bool,
        /// Answers given on this card so far.
        count: u32,
    },
    /// The task was done.
    Completed,
}

/// Several Chronus things.
#[derive(Debug, Clone, PartialEq)]
pub struct ListView {
    /// Which list.
    pub kind: CardKind,
    /// Those that the card shows, at most [`ListView::MOST`], in the order whose numbers a person can type.
    pub items: Vec<SubjectCard>,
    /// How many of the list stand before the first of them.
    pub from: u32,
    /// How many there are, of a list that is not asked for.
    pub total: u32,
    /// How many more there are, which `more` shows.
    pub more: u32,
    /// Notifications not sent since the person went away, those included that are void by now.
    pub missed: u32,
    /// The name that was typed.
    pub query: Option<Sealed>,
    /// The item that a command named by its number, from 1.
    pub item: Option<u32>,
}

impl ListView {
    /// Items that a list shows at most.
    pub const MOST: usize = 10;
}

/// Something to write to somebody.
#[derive(Debug, Clone, PartialEq)]
pub struct ComposeView {
    /// [`CardKind::Compose`] or [`CardKind::WhichThread`].
    pub kind: CardKind,
    /// The connections or threads that may be meant, newest first. With a `query` the renderer leaves those whose
    /// name fits, and all where none does.
    pub targets: Vec<SubjectCard>,
    /// The name that was typed.
    pub query: Option<Sealed>,
    /// What was sent from this card last.
    pub sent: Option<SentView>,
    /// Whether a newer card asks the same: this one is to be answered no more.
    pub is_closed: bool,
    /// Whether it was shown before, so that where nobody is left to write to, a conversation ended.
    pub was_shown: bool,
}

/// A message that the person sent.
#[derive(Debug, Clone, PartialEq)]
pub struct SentView {
    /// To which connection or thread.
    pub subject: SubjectRef,
    /// The words.
    pub text: Sealed,
    /// When.
    pub at: DateTime<Utc>,
    /// Whether it could not be handed to Chronus.
    pub failed: bool,
}

/// The person's settings.
#[derive(Debug, Clone, PartialEq)]
pub struct SettingsView {
    /// Every topic that can be switched, with how it reaches the person.
    pub topics: BTreeMap<Topic, TopicWay>,
    /// The quiet hours that hold; `None` where there are none.
    pub quiet_hours: Option<QuietHours>,
    /// Whether the quiet hours are the person's own and not the default.
    pub own_quiet_hours: bool,
    /// When digests come.
    pub digest: DigestPlan,
    /// Until when the person paused.
    pub paused_until: Option<DateTime<Utc>>,
    /// How the person stands.
    pub link: LinkView,
    /// Whether something was saved on this card.
    pub saved: bool,
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
    /// How many of each topic wait for an answer.
    pub waiting: BTreeMap<Topic, u32>,
    /// When the oldest mentoring request that waits was queued.
    pub oldest_open_request: Option<DateTime<Utc>>,
    /// When the next meeting begins.
    pub next_meeting: Option<DateTime<Utc>>,
    /// Until when the person paused.
    pub paused_until: Option<DateTime<Utc>>,
    /// Until when it is quiet now.
    pub quiet_until: Option<DateTime<Utc>>,
    /// Whether it answers what came late, since what the person asked for after it holds.
    pub overtaken: bool,
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
