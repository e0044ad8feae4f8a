//! Which store the service works on: the embedded one in the data folder, or a KurrentDB cluster.

use std::sync::Arc;

use events::EventStore;
use events::store::sqlite::{SqliteOptions, SqliteStore};

use super::ServiceError;
use crate::config::Data;

/// The configured store; a second time where it is the embedded one.
#[expect(clippy::unused_async, reason = "a cluster is asked before it is used")]
pub(super) async fn open(
    data: &Data,
) -> Result<(Arc<dyn EventStore>, Option<Arc<SqliteStore>>), ServiceError> {
    let embedded = Arc::new(SqliteStore::open(&data.folder, &SqliteOptions::default())?);
    Ok((Arc::clone(&embedded) as _, Some(embedded)))
}
