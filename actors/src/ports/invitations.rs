//! Invitations whose organizers hear how they fare.

use std::fmt::Debug;

use chrono::{DateTime, Utc};
pub use events::work::{Invitation, InvitationFigures};
use events::{OrganizationId, SubjectRef};
use futures_util::future::BoxFuture;

use super::PortError;

/// What the log tells of invitations.
pub trait Invitations: Debug + Send + Sync + 'static {
    /// Those that were handed over since `since`, name organizers, and are to events that did not end.
    fn open(&self, since: DateTime<Utc>) -> BoxFuture<'_, Result<Vec<Invitation>, PortError>>;

    /// How many people the invitation to an event reached.
    fn figures(
        &self,
        organization: OrganizationId,
        event: SubjectRef,
    ) -> BoxFuture<'_, Result<InvitationFigures, PortError>>;
}
