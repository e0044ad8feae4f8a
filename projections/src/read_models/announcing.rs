//! Questions about announcements.

use events::{OrganizationId, Position, SubjectRef};

use super::{QueryError, ReadModels};
use crate::announcements::{self, Announcement, Figures, Seer};

impl ReadModels {
    /// An announcement and how its cards stand; `None` where the organization handed over none of this name.
    pub async fn announcement(
        &self,
        organization: OrganizationId,
        subject: SubjectRef,
    ) -> Result<Option<(Announcement, Figures)>, QueryError> {
        self.ask(move |db| {
            let Some(found) = announcements::find(db, &organization, &subject)? else {
                return Ok(None);
            };
            let figures = announcements::figures(db, &organization, &found)?;
            Ok(Some((found, figures)))
        })
        .await
    }

    /// A page of announcements, the newest first, and the place before which the next one begins.
    pub async fn announcements(
        &self,
        organization: OrganizationId,
        before: Option<Position>,
        limit: usize,
    ) -> Result<(Vec<Announcement>, Option<Position>), QueryError> {
        self.ask(move |db| announcements::list(db, &organization, before, limit))
            .await
    }

    /// A page of who saw an announcement, before it was replaced where it was withdrawn, and the row after which the next one
    /// begins.
    pub async fn announcement_seers(
        &self,
        organization: OrganizationId,
        of: Announcement,
        after: i64,
        limit: usize,
    ) -> Result<(Vec<Seer>, Option<i64>), QueryError> {
        self.ask(move |db| announcements::seers(db, &organization, &of, after, limit))
            .await
    }
}
