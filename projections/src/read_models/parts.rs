//! Questions about programmes and ERGs that are switched off.

use events::OrganizationId;
use events::work::StoppedCard;

use super::{QueryError, ReadModels};
use crate::parts::{self, PartOff};

impl ReadModels {
    /// An organization's parts that are switched off.
    pub async fn parts_off(&self, organization: OrganizationId) -> Result<Vec<PartOff>, QueryError> {
        self.ask(move |db| parts::list(db, &organization)).await
    }

    /// Cards that are stopped and of which their person's stream does not say so yet.
    pub async fn stopped(&self, limit: usize) -> Result<Vec<StoppedCard>, QueryError> {
        self.ask_as_committed(move |db| parts::stopped(db, limit)).await
    }
}
