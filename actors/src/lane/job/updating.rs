//! Putting a card's newest form over the one in the chat.

use events::{NotificationId, UserKey};
use tracing::Instrument as _;

use super::calls::{Calls, throttled};
use super::done::Done;
use super::reopening::{not_sent, reopen};
use super::sending::sign_of;
use crate::ports::{RenderError, SendResult};
use crate::user::asking::BeginUpdate;
use crate::user::command::{UpdatePermit, UserCommand};

pub(super) async fn update(calls: &Calls<'_>, user: UserKey, id: NotificationId) -> Done {
    let begin = BeginUpdate { notification_id: id };
    let answer = match calls.deps.directory.ask(&user, begin).await {
        Ok(answer) => answer,
        Err(error) => return Done::resting(user, &error),
    };
    let Some(permit) = answer.reply else {
        return Done::at(user, answer.position);
    };
    let span = tracing::info_span!(
        target: "thread", "update", notification.id = %id, correlation.id = %permit.correlation_id
    );
    put(calls, user, id, *permit).instrument(span).await
}

async fn put(calls: &Calls<'_>, user: UserKey, id: NotificationId, permit: UpdatePermit) -> Done {
    let UpdatePermit {
        mut conversation,
        activity_id,
        recover,
        card,
        ..
    } = permit;
    let revision = card.revision;
    let finish = |abandoned| UserCommand::FinishUpdate {
        notification_id: id,
        revision,
        abandoned,
    };
    let message = match calls.deps.renderer.render(&card).await {
        Ok(message) => Ok(message),
        Err(RenderError::ContentErased) => {
            let position = calls
                .record(&user, finish(Some("content_erased".to_owned())))
                .await;
            return Done::at(user, position);
        }
        Err(RenderError::Unreadable(error)) => {
            tracing::error!(notification = %id, error = &error as &dyn std::error::Error, "a card's content cannot be read");
            let abandoned = finish(Some(SendResult::UNREADABLE.to_owned()));
            let position = calls.record(&user, abandoned).await;
            return Done::at(user, position);
        }
        Err(RenderError::Port(error)) => {
            tracing::warn!(notification = %id, error = &error as &dyn std::error::Error, "a card could not be drawn");
            Err(not_sent(SendResult::NOT_DRAWN, false))
        }
    };
    let opened = |conversation| UserCommand::UpdateReferenceOpened {
        notification_id: id,
        revision,
        conversation,
    };
    let chat = match (&message, recover) {
        (Ok(_), Some(by)) => reopen(calls, &user, &conversation, by, opened).await,
        (Ok(_), None) | (Err(_), _) => Ok(conversation.clone()),
    };
    let (result, asked_there) = match (message, chat) {
        (Ok(message), Ok(chat)) => {
            conversation = chat;
            let put = calls.update(&user, &conversation, &activity_id, &message);
            (put.await, true)
        }
        (Err(result), _) | (Ok(_), Err(result)) => (result, false),
    };
    let (throttled, sign) = (throttled(&result), sign_of(&result, asked_there));
    let taken = matches!(result, SendResult::Accepted { .. });
    tracing::debug!(target: "thread", taken, "the card was put");
    let outcome = if taken {
        finish(None)
    } else {
        UserCommand::UpdateFailed {
            notification_id: id,
            revision,
            result,
        }
    };
    let position = calls.record(&user, outcome).await;
    Done {
        throttled,
        ..Done::at(user, position)
    }
    .called(&conversation, sign)
}
