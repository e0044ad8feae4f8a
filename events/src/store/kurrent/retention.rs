//! How much of a stream the server keeps: a count in the stream's metadata, written before the stream's first event.
//!
//! The server hides what is beyond the count from reading the stream at once; it goes off the disks, and out of
//! `$all`, when a scavenge has run, on each node by itself.

use super::write::append_error;
use super::{AppendError, Empty, Expectation, KurrentStore, failure::Meaning, mapping};
use crate::stream::StreamId;

impl KurrentStore {
    /// Before the first event of a stream of which only the newest are needed.
    pub(super) async fn limit_new_stream(&self, stream: &StreamId) -> Result<(), AppendError> {
        let Some(count) = stream.kind().newest_needed() else {
            return Ok(());
        };
        self.keep_newest(&self.calls.names.stored(stream), count).await
    }

    /// Writes the metadata where there is none; what somebody else decided stays.
    pub(super) async fn keep_newest(&self, name: &str, count: u32) -> Result<(), AppendError> {
        let metadata = format!("$${name}");
        let event = mapping::proposed_keep_newest(name, count);
        let absent = Expectation::NoStream(Empty {});
        let patience = self.calls.limits.patience;
        let written = self
            .calls
            .persist(patience, |link| {
                let (event, metadata) = (event.clone(), &metadata);
                async move { self.calls.append(&link, metadata, absent, vec![event]).await }
            })
            .await;
        match written {
            Ok(_) => Ok(()),
            Err(exhausted) if matches!(exhausted.failure.meaning, Meaning::Refused | Meaning::SetUp) => {
                // Writing metadata is a right of its own. The stream works without, and grows.
                tracing::warn!(
                    stream = name, failure = %exhausted.failure,
                    "the event store does not let this user limit a stream; set $maxCount = {count} by hand"
                );
                Ok(())
            }
            Err(exhausted) => Err(append_error(exhausted)),
        }
    }
}
