//! What is to be done, as plain data: made by whoever folds the log, taken by router, lanes and responder.

use chrono::{DateTime, Utc};

use crate::envelope::Position;
use crate::ids::{NotificationId, TenantId, UserKey};
use crate::user::SuppressedReason;

mod answers;
mod invitations;
mod routing;

pub use answers::{Most, PendingResponse, ReceiverStanding};
pub use invitations::{Invitation, InvitationFigures};
pub use routing::{
    LinkRoute, LookUpRoute, LostMessage, Route, RouteLink, SubjectRoute, Unreached, Unroutable,
};

/// One thing for a delivery lane to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Work {
    /// Post this notification's card.
    Send(NotificationId),
    /// Put the newest revision of this notification's card.
    Update(NotificationId),
    /// Ask who the person is.
    Profile,
    /// Ask again who the person is, since what is known is old. There is no hurry: it takes a small share of the
    /// tenant's pace.
    AgedProfile,
}

/// Work that is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueWork {
    /// For whom.
    pub user: UserKey,
    /// What.
    pub work: Work,
    /// Where the event that made it due stands.
    pub position: Position,
    /// An attempt began and no outcome is known.
    pub attempted: bool,
}

/// A tenant with unsettled work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantDue {
    /// The tenant.
    pub tenant_id: TenantId,
    /// When the first of its work is due.
    pub due_at: DateTime<Utc>,
}

/// Tenants with unsettled work, those due first at the front.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantsDue {
    /// Those asked for.
    pub tenants: Vec<TenantDue>,
    /// The position as of which they are told.
    pub position: Position,
}

/// A card of a part that is switched off, which waits or is to be listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoppedCard {
    /// The person.
    pub user: UserKey,
    /// The card.
    pub notification_id: NotificationId,
    /// Which kind of part.
    pub reason: SuppressedReason,
}

/// A card of Chronus' that waits in a tenant that is switched off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldCard {
    /// The person.
    pub user: UserKey,
    /// The card.
    pub notification_id: NotificationId,
}
