//! The Bot Connector, as the lanes see it.

use std::fmt::Debug;
use std::time::Duration;

use events::user::{ConversationRef, MemberRole, Recovery};
use events::{ActivityId, ConversationId, UserKey};
use futures_util::future::BoxFuture;

/// A message as the Bot Connector takes it: the JSON of an activity.
#[derive(Debug, Clone, PartialEq)]
pub struct Message(pub serde_json::Value);

/// What became of a POST or PUT.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SendResult {
    /// Taken. The connector may answer without an id.
    Accepted {
        /// The message in the chat.
        activity_id: Option<ActivityId>,
    },
    /// Answered with an error status.
    Rejected(Rejection),
    /// Certainly nothing was sent: no connection, no token, refused host.
    NotSent {
        /// A short reason without personal content.
        reason: String,
        /// Whether an operator must act before it can succeed (refused host, refused credentials).
        configuration: bool,
    },
    /// The request left, and no usable answer came: timeout, reset.
    NoAnswer {
        /// A short reason: `timeout`, `reset`.
        reason: String,
    },
}

impl SendResult {
    /// The reason of [`Self::NotSent`] when the chat's service URL may not be called.
    pub const URL_REFUSED: &str = "service_url_refused";
    /// What the reason of [`Self::NotSent`] begins with when Microsoft's login gave no token.
    pub const NO_TOKEN: &str = "no_token";
    /// The reason of [`Self::NotSent`] when the work became another node's.
    pub const NOT_THE_OWNER: &str = "not_the_owner";
    /// The reason of [`Self::NotSent`] when the service is stopping: the card leaves after the next start.
    pub const STOPPING: &str = "stopping";
    /// Reasons for which nothing came back: no connection, silence, a connection that broke.
    pub const NO_ANSWER: [&str; 3] = [Self::NO_CONNECTION, "timeout", "reset"];
    /// The reason when the host took no connection.
    pub const NO_CONNECTION: &str = "connect";
    /// The reason of [`Self::NotSent`] when the connector answered with a chat that is not plainly the person's own.
    pub const NOT_THEIR_CHAT: &str = "not_the_persons_chat";
    /// The reason of [`Self::NotSent`] when the card could not be drawn.
    pub const NOT_DRAWN: &str = "not_drawn";
    /// The reason of [`Self::NotSent`] when the card's content can never be read as it stands.
    pub const UNREADABLE: &str = "content_unreadable";
}

/// What became of asking for the chat with a person anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OpenResult {
    /// The chat, new or not: the same person always gives the same chat.
    Opened {
        /// The chat.
        conversation_id: ConversationId,
        /// The service URL to use for it from now on.
        service_url: String,
    },
    /// Answered with an error status.
    Rejected(Rejection),
    /// No usable answer. Asking shows nothing to the person, so it counts as not asked.
    Failed {
        /// A short reason.
        reason: String,
        /// Whether an operator must act before it can succeed.
        configuration: bool,
    },
}

/// An error answer of the Bot Connector, its three body shapes already read (teams-protocol, section 3.5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// HTTP status.
    pub status: u16,
    /// The code or sub-code, `None` where the body had none.
    pub code: Option<String>,
    /// `Retry-After`, where given.
    pub retry_after: Option<Duration>,
}

/// A person as the Bot Connector describes a chat's member.
#[derive(Clone, PartialEq, Eq)]
pub struct MemberProfile {
    /// Display name.
    pub name: Option<String>,
    /// Mail address.
    pub email: Option<String>,
    /// User principal name.
    pub upn: Option<String>,
    /// Person of the tenant or guest.
    pub role: MemberRole,
}

impl Debug for MemberProfile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MemberProfile")
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}

/// What became of asking who a chat's member is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProfileResult {
    /// Told.
    Found(MemberProfile),
    /// Answered with an error status.
    Rejected(Rejection),
    /// An answer that tells nothing of the person: it cannot be read, or it is about somebody else.
    Unusable {
        /// A short reason.
        reason: String,
    },
    /// No answer: no token, no connection, no time left.
    Failed {
        /// A short reason.
        reason: String,
    },
}

/// Leave for the requests that a call makes beyond its first one: with a new token, by another id, at another cloud's
/// host. Teams counts each of them, so each is asked for.
pub trait Further: Debug + Send + Sync {
    /// Waits until one more request may leave; the one before it was answered. Where none may leave any more, the
    /// reason, which is one of [`SendResult::NotSent`].
    fn further(&self) -> BoxFuture<'_, Result<(), &'static str>>;
}

/// For calls that nobody counts.
#[derive(Debug, Clone, Copy)]
pub struct Unpaced;

impl Further for Unpaced {
    fn further(&self) -> BoxFuture<'_, Result<(), &'static str>> {
        Box::pin(std::future::ready(Ok(())))
    }
}

/// The Bot Connector. Each call makes one request, and others only by leave of `further`.
pub trait Connector: Debug + Send + Sync + 'static {
    /// Posts a message into a personal chat. Not idempotent: Teams knows no idempotency key.
    fn send<'a>(
        &'a self,
        user: &'a UserKey,
        to: &'a ConversationRef,
        message: &'a Message,
        further: &'a dyn Further,
    ) -> BoxFuture<'a, SendResult>;

    /// Replaces a message that stands in a personal chat. Safe to repeat.
    fn update<'a>(
        &'a self,
        user: &'a UserKey,
        to: &'a ConversationRef,
        activity_id: &'a ActivityId,
        message: &'a Message,
        further: &'a dyn Further,
    ) -> BoxFuture<'a, SendResult>;

    /// Asks for the personal chat with a person whose chat `last` is not found any more. Safe to repeat.
    fn open_chat<'a>(
        &'a self,
        user: &'a UserKey,
        last: &'a ConversationRef,
        by: Recovery,
        further: &'a dyn Further,
    ) -> BoxFuture<'a, OpenResult>;

    /// Asks who the person in a personal chat is.
    fn profile<'a>(
        &'a self,
        user: &'a UserKey,
        of: &'a ConversationRef,
        further: &'a dyn Further,
    ) -> BoxFuture<'a, ProfileResult>;
}
