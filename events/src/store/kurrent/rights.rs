//! Which right a call needs, and saying so where it is refused.

use tonic::{Code, Status};

use super::calls::{Calls, Expectation};
use super::failure::Failure;
use super::nodes::Link;
use super::right::Right;
use super::wire::Empty;
use super::write::append_error;
use super::{AppendError, KurrentStore, mapping};
use crate::stream::StreamId;

impl Calls {
    /// The failure of a call that was answered with a status.
    pub(super) fn refusal(&self, link: &Link, status: &Status, right: &Right) -> Failure {
        let failure = Failure::status(&link.node, status);
        let user = self.nodes.address().user();
        match (status.code(), user) {
            (Code::PermissionDenied, Some(user)) => failure.hinted(&format!(
                "the user {user} lacks the right {} on the stream {}; see \"Rights\" in docs/scaling.md",
                right.name, right.stream
            )),
            (Code::PermissionDenied | Code::Unauthenticated, None) => failure.hinted(&format!(
                "it wants a user with the right {} on the stream {}; write user:password@ before the host",
                right.name, right.stream
            )),
            (Code::Unauthenticated, Some(user)) => failure.hinted(&format!(
                "the user {user} is not known there, or the password is another"
            )),
            _ => failure,
        }
    }
}

impl KurrentStore {
    /// Whether this user may write the metadata of a stream of the service's, by which the server keeps the newest events
    /// of some. The store does without where it may not.
    pub async fn check_metadata(&self, stream: &StreamId) -> Result<(), AppendError> {
        let name = self.calls.names.stored(stream);
        let event = mapping::proposed_keep_newest(&name, 1);
        let name = format!("$${name}");
        let absent = Expectation::NoStream(Empty {});
        let written = self.calls.persist(self.calls.limits.patience, |link| {
            let (event, name) = (event.clone(), &name);
            async move { self.calls.append(&link, name, absent, vec![event]).await }
        });
        written.await.map(drop).map_err(append_error)
    }
}
