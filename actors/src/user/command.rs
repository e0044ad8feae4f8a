//! What a user actor can be asked. Everything a rule needs stands in the command: personal text already sealed,
//! time given beside it.

use chrono::{DateTime, TimeDelta, Utc};
use events::user::{
    ClientDefaultsChanged, ClientObserved, ConversationRef, InstallEvidence, ProfileCause, ProfileResolved,
    Recovery, SuppressedReason, UninstallEvidence,
};
use events::{ActivityId, EventId, NotificationId, Sealed, SubjectRef};
use uuid::Uuid;

use crate::action::{Act, Action, Plain, Typed};
use crate::card::CardSpec;
use crate::ports::{LinkRoute, Route, SendResult, SubjectRoute};

/// What one user's actor decides upon. Whoever wants to know more than that it is recorded asks by a
/// [`Command`](super::asking::Command) of its own, which names the type of its reply.
#[derive(Debug, Clone, PartialEq)]
pub enum UserCommand {
    /// An activity came from Teams.
    Receive(Box<Inbound>),
    /// The router found a recipient.
    Queue(Box<Route>),
    /// The person's link to a member is to follow the evidence.
    Link(Box<LinkRoute>),
    /// A subject of this person entered a state in Chronus.
    ChangeSubject(Box<SubjectRoute>),
    /// What the person wrote could not be handed to Chronus in the end.
    HandOverFailed {
        /// The `reply_id` or `message_id`.
        reply_id: Uuid,
        /// The thread of the answer.
        correlation_id: Uuid,
    },
    /// A lane is ready to post a card: may it, and what?
    BeginSend {
        /// The card.
        notification_id: NotificationId,
    },
    /// A lane has just had this card queued and is ready to post it, where nothing of the person's waits before it.
    BeginSendAtOnce {
        /// The card.
        notification_id: NotificationId,
    },
    /// As `BeginSend` while the person's tenant is switched off.
    BeginSendWhileOff {
        /// The card.
        notification_id: NotificationId,
    },
    /// The router found a card of Chronus' that waits in a tenant that is switched off.
    TenantOff {
        /// The card.
        notification_id: NotificationId,
    },
    /// The router found a card of a part that is switched off, which waits or is to be listed.
    Stop {
        /// The card.
        notification_id: NotificationId,
        /// Which kind of part.
        reason: SuppressedReason,
    },
    /// The router queued a card whose person was found only now that their tenant is on again: it is one of those that came
    /// while it was off.
    WasHeld {
        /// The card.
        notification_id: NotificationId,
    },
    /// A lane asked for the chat anew before posting this card, and got it.
    ReferenceOpened {
        /// The card.
        notification_id: NotificationId,
        /// The try.
        attempt: u32,
        /// The chat.
        conversation: ConversationRef,
    },
    /// An operator wants a card sent after all that ended without arriving.
    Requeue {
        /// The card.
        notification_id: NotificationId,
        /// The replay; the same one again has no effect.
        replay_id: Uuid,
        /// Who asks: `cli`, or the name of an API key.
        by: String,
    },
    /// The person is to be forgotten.
    Erase {
        /// The erasure; the same one again has no effect.
        erasure_id: Uuid,
        /// Who asks: `cli`, or the name of an API key.
        by: String,
    },
    /// A lane posted a card.
    FinishSend {
        /// The card.
        notification_id: NotificationId,
        /// The try.
        attempt: u32,
        /// The revision that was posted.
        revision: u32,
        /// What became of it.
        result: SendResult,
    },
    /// A lane could not draw the card, and never will.
    ContentGone {
        /// The card.
        notification_id: NotificationId,
        /// The try.
        attempt: u32,
    },
    /// A lane found a try that no running process is making.
    Interrupted {
        /// The card.
        notification_id: NotificationId,
    },
    /// A lane is ready to update a card in place.
    BeginUpdate {
        /// The card.
        notification_id: NotificationId,
    },
    /// A lane updated a card in place.
    FinishUpdate {
        /// The card.
        notification_id: NotificationId,
        /// The revision put.
        revision: u32,
        /// `None` when it worked, else the code for which it was given up.
        abandoned: Option<String>,
    },
    /// A lane could not update a card in place.
    UpdateFailed {
        /// The card.
        notification_id: NotificationId,
        /// The revision put.
        revision: u32,
        /// The outcome of the PUT.
        result: SendResult,
    },
    /// A lane asked for the chat anew before updating this card, and got it.
    UpdateReferenceOpened {
        /// The card.
        notification_id: NotificationId,
        /// The revision to be put.
        revision: u32,
        /// The chat.
        conversation: ConversationRef,
    },
    /// The read models saw that what is known of the person is to be read again, or that their chat is somebody else's too.
    RequestProfile {
        /// Why.
        because: ProfileCause,
        /// The event that showed it; the same one again has no second effect.
        cause: EventId,
    },
    /// Somebody wants to know something of the person's state; nothing is to be recorded.
    Look,
    /// Teams told who the person is.
    ProfileFound(Box<ProfileResolved>),
    /// Teams did not tell.
    ProfileFailed(LookUpFailure),
}

/// Why a look-up brought nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LookUpFailure {
    /// HTTP status, where there was an answer.
    pub status: Option<u16>,
    /// The connector's code or a short reason.
    pub code: String,
    /// Whether Microsoft's side, and not the question, is the reason: no token, no answer, 429, 5xx.
    pub is_outage: bool,
    /// How long the connector asks to wait.
    pub retry_after: Option<TimeDelta>,
}

/// An activity, reduced to what rules need.
#[derive(Debug, Clone, PartialEq)]
pub struct Inbound {
    /// Derived from tenant, conversation and activity id: the same activity always has the same key.
    pub activity_key: Uuid,
    /// When Teams says that it happened; absent where it does not say so in a way that can be read.
    pub at: Option<DateTime<Utc>>,
    /// Where it happened.
    pub chat: ActivityChat,
    /// What the activity told of the person's client; absent fields change nothing.
    pub client: ClientObserved,
    /// The app package's version.
    pub app_version: Option<String>,
    /// What the organization says of the language and zone of all its people.
    pub client_defaults: ClientDefaultsChanged,
    /// Whether the person's tenant is switched off.
    pub tenant_off: bool,
    /// What the person did.
    pub what: What,
}

impl Inbound {
    /// The card that answers it in the chat.
    pub fn reply_id(&self) -> NotificationId {
        NotificationId::derive(["chat", self.activity_key.to_string().as_str()])
    }
}

/// Where an activity happened, as far as it proves that.
#[derive(Debug, Clone, PartialEq)]
pub enum ActivityChat {
    /// Plainly the person's own chat with the bot: the only place that gives an address for private cards.
    Own(ConversationRef),
    /// Looks like it, and the activity does not say so. It counts as the person's own chat only where it is the one
    /// that is known already.
    Unproven(ConversationRef),
    /// Somewhere else, or nowhere that could be answered.
    Another,
}

/// What an activity says.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// The app was installed or the chat began.
    Installed(InstallEvidence),
    /// A new version of the app brought the bot: it is there, whether or not it was there before.
    Upgraded,
    /// The app was removed.
    Uninstalled(UninstallEvidence),
    /// The person typed.
    Typed(Typed<Sealed>),
    /// The person pressed a button.
    Pressed {
        /// Which.
        press: Press,
        /// The message it stands on.
        on: Option<ActivityId>,
    },
    /// The person reacted to a message of ours.
    Reacted(ActivityId),
    /// The person has read up to this message.
    ReadUpTo(ActivityId),
    /// Anything else: it still shows where the chat is.
    Contact,
}

/// A press whose free text is sealed; see [`Action`].
#[derive(Debug, Clone, PartialEq)]
pub struct Press {
    /// The card it was pressed on.
    pub on: Option<NotificationId>,
    /// Which form of the card the person had before them.
    pub revision: Option<u32>,
    /// Which of the subjects that the card shows, where it shows several.
    pub subject: Option<SubjectRef>,
    /// Which of a list's lines, by the notification that it stands for.
    pub line: Option<NotificationId>,
    /// What is asked for.
    pub act: Act<Sealed>,
    /// What is known of what the person gave.
    pub input: PressInput,
}

/// What is known of what a person gave on a card, beside the sealed words.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PressInput {
    /// An answer to a survey in clear, to be held against the question.
    pub plain: Option<Plain>,
    /// Tells equal words of this person from others; see [`events::Vault::fingerprint`].
    pub fingerprint: Option<Uuid>,
    /// Whether the words are longer than what is taken.
    pub too_long: bool,
}

impl Press {
    /// A press, with the text that the person wrote sealed and marked by the caller.
    pub fn sealed(action: Action, text: Option<Sealed>, fingerprint: Option<Uuid>) -> Self {
        let plain = action.act.survey_value().cloned().map(Plain);
        Self {
            on: action.on,
            revision: action.revision,
            subject: action.subject,
            line: action.line,
            input: PressInput {
                plain,
                fingerprint,
                too_long: action.too_long,
            },
            act: action.act.with_text(text),
        }
    }
}

/// Whether a card is to be posted now.
#[derive(Debug, Clone, PartialEq)]
pub enum Permission {
    /// Post this.
    Send(Box<SendPermit>),
    /// Ask who the person is first, and then for permission again.
    LookUp(Box<LookUp>),
    /// Nothing is to be posted any more, or not yet.
    NotDue,
}

/// What became of asking for a card to be sent after all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Requeue {
    /// It waits to be sent, by this replay: now or when it was asked for first.
    Done,
    /// It is on its way, or it arrived.
    NotDead,
    /// Its subject ended, so the card would no longer be true.
    SubjectEnded,
    /// The person has no such card.
    Missing,
}

/// A look-up to make.
#[derive(Debug, Clone, PartialEq)]
pub struct LookUp {
    /// In this chat.
    pub conversation: ConversationRef,
    /// What the directory told before: the same again is told in the same sealed words.
    pub known: Option<ProfileResolved>,
}

/// Leave to post a card, once: `DeliveryAttempted` is on disk.
#[derive(Debug, Clone, PartialEq)]
pub struct SendPermit {
    /// The try, from 1.
    pub attempt: u32,
    /// Where to.
    pub conversation: ConversationRef,
    /// The chat is to be asked for anew first, this way.
    pub recover: Option<Recovery>,
    /// What.
    pub card: CardSpec,
}

/// Leave to put a card.
#[derive(Debug, Clone, PartialEq)]
pub struct UpdatePermit {
    /// The thread that the card belongs to.
    pub correlation_id: Uuid,
    /// Where.
    pub conversation: ConversationRef,
    /// Which message.
    pub activity_id: ActivityId,
    /// The chat is to be asked for anew first, this way.
    pub recover: Option<Recovery>,
    /// What.
    pub card: CardSpec,
}
