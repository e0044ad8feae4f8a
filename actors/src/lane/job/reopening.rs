//! Asking for the chat with a person by their object id.

use events::UserKey;
use events::user::{ConversationRef, Recovery};

use super::calls::Calls;
use crate::ports::{OpenResult, SendResult};
use crate::user::command::UserCommand;

/// Asks for the chat anew and records its address; what came instead of it counts as the outcome of the call that was
/// to follow.
pub(super) async fn reopen(
    calls: &Calls<'_>,
    user: &UserKey,
    last: &ConversationRef,
    by: Recovery,
    opened: impl FnOnce(ConversationRef) -> UserCommand,
) -> Result<ConversationRef, SendResult> {
    let conversation = match calls.open_chat(user, last, by).await {
        Some(OpenResult::Opened {
            conversation_id,
            service_url,
        }) => ConversationRef {
            conversation_id,
            service_url,
            ..last.clone()
        },
        Some(OpenResult::Rejected(rejection)) => return Err(SendResult::Rejected(rejection)),
        Some(OpenResult::Failed {
            reason,
            configuration,
        }) => return Err(not_sent(&reason, configuration)),
        None => return Err(not_sent("chat_not_opened", false)),
    };
    let is_new = conversation.conversation_id != last.conversation_id;
    if is_new {
        let directory = &calls.deps.directory;
        match directory
            .is_anothers_chat(user, &conversation.conversation_id)
            .await
        {
            Ok(false) => {}
            Ok(true) => return Err(not_sent(SendResult::NOT_THEIR_CHAT, false)),
            Err(error) => {
                tracing::warn!(%user, error = &error as &dyn std::error::Error, "whose chat it is could not be looked up");
                return Err(not_sent("chat_not_opened", false));
            }
        }
    }
    calls.record(user, opened(conversation.clone())).await;
    Ok(conversation)
}

pub(super) fn not_sent(reason: &str, configuration: bool) -> SendResult {
    SendResult::NotSent {
        reason: reason.to_owned(),
        configuration,
    }
}
