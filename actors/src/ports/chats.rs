//! Whose chats are known.

use std::fmt::Debug;

use events::{ConversationId, UserKey};
use futures_util::future::BoxFuture;

use super::PortError;

/// Whose personal chats are known, as of the log's last fold.
pub trait KnownChats: Debug + Send + Sync + 'static {
    /// The person, other than `but`, whose current chat this is; asked only where a person's chat would become another.
    fn others(
        &self,
        but: UserKey,
        conversation: ConversationId,
    ) -> BoxFuture<'_, Result<Option<UserKey>, PortError>>;
}

/// Nobody's chat is known: for tools that take no address.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoKnownChats;

impl KnownChats for NoKnownChats {
    fn others(&self, _: UserKey, _: ConversationId) -> BoxFuture<'_, Result<Option<UserKey>, PortError>> {
        Box::pin(std::future::ready(Ok(None)))
    }
}
