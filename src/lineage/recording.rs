//! Tells the key table now and then how far the log is.

use std::sync::Arc;
use std::time::Duration;

use events::sealing::sqlite::SqliteKeyTable;
use events::store::Outage;
use events::{EventStore, LogId, Position};
use tokio_util::sync::CancellationToken;

/// How often at most: each time is a write to the disk.
const PERIOD: Duration = Duration::from_millis(500);

/// Tells it until `cancel`, and once more then.
pub(crate) async fn record_marks(
    store: Arc<dyn EventStore>,
    table: Arc<SqliteKeyTable>,
    log_id: LogId,
    cancel: CancellationToken,
) {
    let mut head = store.head();
    let mut told = Position::START;
    loop {
        let position = *head.borrow_and_update();
        if position > told && tell(&*store, &table, log_id, position).await {
            told = position;
        }
        if cancel.is_cancelled() {
            return;
        }
        let next = async {
            tokio::time::sleep(PERIOD).await;
            head.changed().await
        };
        if let Some(Err(_)) = cancel.run_until_cancelled(next).await {
            return cancel.cancelled().await;
        }
    }
}

/// Answers whether the table was told; where not, it is told with the next change.
async fn tell(store: &dyn EventStore, table: &SqliteKeyTable, log_id: LogId, position: Position) -> bool {
    let event = match store.event_at(position).await {
        Ok(event) => event,
        Err(error) => {
            // An outage of the store is told by the store, once.
            if !Outage::caused(&error) {
                tracing::warn!(%error, "the newest event could not be read");
            }
            return false;
        }
    };
    let Some(event) = event else { return false };
    match table.see(log_id, position, event.id).await {
        Ok(()) => true,
        Err(error) => {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the key table could not be told how far the log is"
            );
            false
        }
    }
}
