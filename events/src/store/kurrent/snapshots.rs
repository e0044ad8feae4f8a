//! Snapshots: the last event of a stream `<prefix>snapshot-<stream>` that keeps no other.
//!
//! What a newer one replaced stays on the server's disks until a scavenge, as everything there does.

use super::write::append_error;
use super::{
    AppendError, Direction, Empty, Expectation, KurrentStore, ReadError, Snapshot, mapping, stream_from,
    stream_options,
};
use crate::stream::StreamId;

impl KurrentStore {
    /// The newest snapshot with its revision, where there is one; the snapshot is `None` where it cannot be read.
    pub(super) async fn newest_snapshot(
        &self,
        stream: &StreamId,
    ) -> Result<Option<(u64, Option<Snapshot>)>, ReadError> {
        let end = stream_options::Revision::End(Empty {});
        let from = stream_from(&self.calls.names.snapshot(stream), end);
        let last = self
            .read("reading a snapshot", from, Direction::Backwards, 1)
            .await?;
        let newest = last.into_iter().next();
        Ok(newest.map(|event| (event.revision, mapping::snapshot(event))))
    }

    pub(super) async fn keep_snapshot(
        &self,
        stream: StreamId,
        snapshot: Snapshot,
    ) -> Result<(), AppendError> {
        let newest = self.newest_snapshot(&stream).await?;
        let name = self.calls.names.snapshot(&stream);
        let expectation = match newest {
            Some((_, Some(known))) if known.version > snapshot.version => return Ok(()),
            Some((revision, _)) => Expectation::Revision(revision),
            None => {
                self.keep_newest(&name, 1).await?;
                Expectation::NoStream(Empty {})
            }
        };
        // A conflict is another's snapshot, which serves as well.
        self.put(&name, expectation, mapping::proposed_snapshot(&snapshot))
            .await
    }

    async fn put(
        &self,
        name: &str,
        expectation: Expectation,
        event: super::wire::ProposedMessage,
    ) -> Result<(), AppendError> {
        let patience = self.calls.limits.patience;
        self.calls
            .persist(patience, |link| {
                let event = event.clone();
                async move { self.calls.append(&link, name, expectation, vec![event]).await }
            })
            .await
            .map(drop)
            .map_err(append_error)
    }
}
