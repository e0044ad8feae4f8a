//! Putting a card's newest form over the one in the chat.

use std::time::Duration;

use events::{NotificationId, UserKey};
use tracing::Instrument as _;

use super::calls::{Calls, throttled};
use super::done::Done;
use crate::delivery::circuit::Sign;
use crate::ports::{Rejection, RenderError, SendResult};
use crate::user::Answer;
use crate::user::command::{Reply, UpdatePermit, UserCommand};

/// Tries before it is given up.
const TRIES: u32 = 8;

pub(super) async fn update(calls: &Calls<'_>, user: UserKey, id: NotificationId, tries: u32) -> Done {
    let begin = UserCommand::BeginUpdate { notification_id: id };
    let permit = match calls.deps.directory.ask(&user, begin).await {
        Ok(Answer {
            reply: Reply::Update(permit),
            ..
        }) => permit,
        Ok(answer) => return Done::at(user, answer.position),
        Err(error) => return Done::resting(user, &error),
    };
    let span = tracing::info_span!(
        target: "thread", "update", notification.id = %id, correlation.id = %permit.correlation_id
    );
    put(calls, user, id, *permit, tries).instrument(span).await
}

async fn put(calls: &Calls<'_>, user: UserKey, id: NotificationId, permit: UpdatePermit, tries: u32) -> Done {
    let UpdatePermit {
        conversation,
        activity_id,
        card,
        ..
    } = permit;
    let finish = |abandoned| UserCommand::FinishUpdate {
        notification_id: id,
        revision: card.revision,
        abandoned,
    };
    let result = match calls.deps.renderer.render(&card).await {
        Ok(message) => calls.update(&user, &conversation, &activity_id, &message).await,
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
            SendResult::NotSent {
                reason: SendResult::NOT_DRAWN.to_owned(),
                configuration: false,
            }
        }
    };
    let (throttled, sign) = (throttled(&result), Sign::of_send(&result));
    let tries = tries + 1;
    let abandoned = match again_after(&result, tries) {
        Again::In(wait) => {
            return Done {
                rest: Some(wait),
                throttled,
                // A side that is down is waited for; only its answers count against the update.
                update_failed: Some(if sign == Sign::Alive { tries } else { tries - 1 }),
                ..Done::at(user, None)
            }
            .called(&conversation, sign);
        }
        Again::Never(code) => Some(code),
        Again::Done => None,
    };
    tracing::debug!(target: "thread", abandoned, "the card was put");
    let position = calls.record(&user, finish(abandoned)).await;
    Done::at(user, position).called(&conversation, sign)
}

enum Again {
    Done,
    In(Duration),
    Never(String),
}

/// A PUT is safe to repeat, so everything that may pass is repeated, a bounded number of times.
fn again_after(result: &SendResult, tries: u32) -> Again {
    let backoff = Duration::from_secs(1 << tries.min(6));
    let (wait, code) = match result {
        SendResult::Accepted { .. } => return Again::Done,
        SendResult::Rejected(Rejection {
            status,
            code,
            retry_after,
        }) => {
            let code = code.clone().unwrap_or_else(|| format!("status_{status}"));
            if !matches!(status, 401 | 408 | 412 | 429 | 500..=599) {
                return Again::Never(code);
            }
            (
                retry_after.filter(|asked| !asked.is_zero()).unwrap_or(backoff),
                code,
            )
        }
        SendResult::NotSent { reason, .. } | SendResult::NoAnswer { reason } => (backoff, reason.clone()),
    };
    if tries >= TRIES {
        Again::Never(code)
    } else {
        Again::In(wait)
    }
}
