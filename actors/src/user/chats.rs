//! The last check of a chat before it becomes a person's address: it must not be another person's. What looks like a
//! personal chat is one person's for ever, so the first one keeps it.

use events::user::ConversationRef;
use events::{ConversationId, UserKey};

use super::command::{ActivityChat, UserCommand, What};
use super::state::UserState;
use super::{AskError, Deps, Request};
use crate::ports::{KnownChats, PortError};

/// Whether the chat is another person's current one. Ids of the form `19:…` name the person, so they need no question.
pub(crate) async fn is_anothers(
    chats: &dyn KnownChats,
    user: &UserKey,
    conversation: &ConversationId,
) -> Result<bool, PortError> {
    if !conversation.as_str().starts_with("a:") {
        return Ok(false);
    }
    let other = chats.others(user.clone(), conversation.clone()).await?;
    if let Some(other) = &other {
        tracing::warn!(%user, %other, "a chat that is another person's was told as this one's and is no address of theirs");
    }
    Ok(other.is_some())
}

/// The requests without claims to other people's chats; `None` where there are none. Such an activity counts as one from
/// another place.
pub(super) async fn without_others(
    user: &UserKey,
    deps: &Deps,
    state: &UserState,
    requests: &[Request],
) -> Result<Option<Vec<Request>>, AskError> {
    let mut changed = None;
    for (at, request) in requests.iter().enumerate() {
        for (place, command) in request.commands.iter().enumerate() {
            let Some(chat) = claimed(command).filter(|chat| {
                let known = state.conversation.as_ref().filter(|_| state.installed);
                known.is_none_or(|known| known.conversation_id != chat.conversation_id)
            }) else {
                continue;
            };
            let asked = is_anothers(&*deps.chats, user, &chat.conversation_id).await;
            let is_anothers = asked.map_err(|error| {
                tracing::warn!(%user, error = &error as &dyn std::error::Error, "whose chat it is could not be looked up");
                AskError::Busy
            })?;
            if is_anothers {
                let list = changed.get_or_insert_with(|| requests.to_vec());
                let mut commands = list[at].commands.to_vec();
                disclaim(&mut commands[place]);
                list[at].commands = commands.into();
            }
        }
    }
    Ok(changed)
}

/// The chat that a command would make the person's address.
fn claimed(command: &UserCommand) -> Option<&ConversationRef> {
    let UserCommand::Receive(inbound) = command else {
        return None;
    };
    match &inbound.chat {
        ActivityChat::Own(chat) => Some(chat),
        ActivityChat::Unproven(_) | ActivityChat::Another => None,
    }
}

/// As from a place that is not provably the person's: a button works, by whoever the verified activity names; words are not
/// read, and installs, removals and receipts mean nothing.
fn disclaim(command: &mut UserCommand) {
    let UserCommand::Receive(inbound) = command else {
        return;
    };
    inbound.chat = ActivityChat::Another;
    match inbound.what {
        What::Pressed { .. } | What::Contact => {}
        What::Installed(_)
        | What::Upgraded
        | What::Uninstalled(_)
        | What::Typed(_)
        | What::Reacted(_)
        | What::ReadUpTo(_) => inbound.what = What::Contact,
    }
}

#[cfg(test)]
mod tests;
