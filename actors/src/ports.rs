//! What this crate needs from outside, as small traits. The binary supplies them.

use std::fmt::Debug;

use events::Position;
use tokio::sync::watch;

mod answers;
mod cards;
mod chats;
mod connector;
mod invitations;
mod outbox;
mod routing;

pub use answers::{ChronusWebhook, Most, PendingResponse, PendingResponses, ReceiverStanding, WebhookResult};
pub use cards::{CardRenderer, RenderError};
pub use chats::{KnownChats, NoKnownChats};
pub use connector::{
    Connector, Further, MemberProfile, Message, OpenResult, ProfileResult, Rejection, SendResult, Unpaced,
};
pub use invitations::{Invitation, InvitationFigures, Invitations};
pub use outbox::{AlwaysOn, DueWork, Outbox, TenantDue, TenantSwitches, TenantsDue, Work};
pub use routing::{
    HeldCard, LinkRoute, LookUpRoute, LostMessage, Route, RouteLink, Routing, StoppedCard, SubjectRoute,
    Unreached, Unroutable,
};

/// A port failed for a reason outside the rules: a file, a network, a database. Try again later.
#[derive(Debug, thiserror::Error)]
#[error("{action} failed")]
pub struct PortError {
    /// What was attempted.
    pub action: &'static str,
    /// Why.
    #[source]
    pub source: Box<dyn std::error::Error + Send + Sync>,
}

/// How far the read models have folded the log. Work that was done at a later position may still be listed as due.
pub trait Progress: Debug + Send + Sync + 'static {
    /// The position folded so far, kept current.
    fn folded(&self) -> watch::Receiver<Position>;
}
