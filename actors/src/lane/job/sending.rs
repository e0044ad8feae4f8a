//! Posting a card.

use events::{NotificationId, UserKey};
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use super::calls::{Calls, throttled};
use super::done::Done;
use super::profile;
use super::reopening::{not_sent, reopen};
use crate::delivery::Outcome;
use crate::delivery::circuit::Sign;
use crate::delivery::observer::report;
use crate::lane::LaneDeps;
use crate::lane::express::Offer;
use crate::lane::pacing::Departures;
use crate::partition::Partition;
use crate::ports::{RenderError, SendResult};
use crate::user::Answer;
use crate::user::asking::{BeginSend, SendWhen};
use crate::user::command::{Permission, SendPermit, UserCommand};

pub(super) async fn send(calls: &Calls<'_>, user: UserKey, id: NotificationId, tenant_off: bool) -> Done {
    // The thread is that of the card; the person's actor tells it.
    let span = tracing::info_span!(
        target: "thread", "attempt", notification.id = %id, correlation.id = tracing::field::Empty
    );
    let begin = || {
        let begin = BeginSend {
            notification_id: id,
            when: if tenant_off {
                SendWhen::WhileOff
            } else {
                SendWhen::Due
            },
        };
        let asked = calls.deps.directory.ask(&user, begin);
        asked.instrument(span.clone())
    };
    let mut answer = begin().await;
    if let Ok(Answer {
        reply: Permission::LookUp(wanted),
        ..
    }) = &answer
        && !tenant_off
    {
        // Whatever comes of it is on record before the second question, so there is no third one.
        let looked_up = profile::look_up(calls, user.clone(), wanted).await;
        if looked_up.rest.is_some() || looked_up.throttled.is_some() {
            return looked_up;
        }
        answer = begin().await;
    }
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => return Done::resting(user, &error),
    };
    match answer.reply {
        Permission::Send(permit) => attempt(calls, user, id, *permit).instrument(span).await,
        Permission::LookUp(_) => Done::resting_briefly(user),
        Permission::NotDue => Done::at(user, answer.position),
    }
}

/// Queues a card and sends it, with one append for both; the router is told when it is queued.
pub(in crate::lane) async fn queue_and_send(
    deps: LaneDeps,
    departures: Departures,
    offer: Offer,
    stopping: CancellationToken,
) -> Done {
    let Offer { route, taken } = offer;
    let (user, id) = (route.user.clone(), route.notification_id);
    let Some(hold) = deps.ownership.begin(Partition::of_tenant(&user.tenant_id)) else {
        return Done::at(user, None);
    };
    let calls = Calls {
        deps: &deps,
        hold: &hold,
        departures: &departures,
        stopping: &stopping,
    };
    let mut permit = deps.circuits.unhindered();
    let span = tracing::info_span!(
        target: "thread", "attempt", notification.id = %id, correlation.id = tracing::field::Empty
    );
    let begin = BeginSend {
        notification_id: id,
        when: SendWhen::AtOnce,
    };
    let asked = deps
        .directory
        .ask_together(&user, [UserCommand::Queue(route)], begin);
    let answer = asked.instrument(span.clone()).await;
    // A router that stops waiting finds the card in its list again, and then queued.
    drop(
        taken.send(
            answer
                .as_ref()
                .map(|answer| answer.position)
                .map_err(Clone::clone),
        ),
    );
    let done = match answer {
        Ok(Answer { reply, position }) => match reply {
            Permission::Send(leave) => attempt(&calls, user, id, *leave).instrument(span).await,
            // Somebody who is to be looked up first finds their card in the work list.
            Permission::LookUp(_) | Permission::NotDue => Done::at(user, position),
        },
        Err(error) => Done::resting(user, &error),
    };
    if let Some((host, sign)) = &done.called {
        permit.note(host, *sign, deps.clock.now());
    }
    done
}

/// Makes the try that the permit is for.
async fn attempt(calls: &Calls<'_>, user: UserKey, id: NotificationId, permit: SendPermit) -> Done {
    let SendPermit {
        attempt,
        mut conversation,
        recover,
        card,
    } = permit;
    let finish = |result| UserCommand::FinishSend {
        notification_id: id,
        attempt,
        revision: card.revision,
        result,
    };
    let message = match calls.deps.renderer.render(&card).await {
        Ok(message) => message,
        Err(RenderError::ContentErased) => {
            let gone = UserCommand::ContentGone {
                notification_id: id,
                attempt,
            };
            let position = calls.record(&user, gone).await;
            return Done::at(user, position);
        }
        Err(RenderError::Unreadable(error)) => {
            tracing::error!(notification = %id, error = &error as &dyn std::error::Error, "a card's content cannot be read");
            let result = not_sent(SendResult::UNREADABLE, false);
            report(&*calls.deps.observer, &user.tenant_id, id, &Outcome::of(&result));
            let position = calls.record(&user, finish(result)).await;
            return Done::at(user, position);
        }
        Err(RenderError::Port(error)) => {
            tracing::warn!(notification = %id, error = &error as &dyn std::error::Error, "a card could not be drawn");
            let position = calls
                .record(&user, finish(not_sent(SendResult::NOT_DRAWN, false)))
                .await;
            return Done::at(user, position);
        }
    };
    let opened = |conversation| UserCommand::ReferenceOpened {
        notification_id: id,
        attempt,
        conversation,
    };
    let chat = match recover {
        Some(by) => reopen(calls, &user, &conversation, by, opened).await,
        None => Ok(conversation.clone()),
    };
    let (result, asked_there) = match chat {
        Ok(chat) => {
            conversation = chat;
            (calls.send(&user, &conversation, &message).await, true)
        }
        Err(result) => (result, false),
    };
    let outcome = Outcome::of(&result);
    tracing::debug!(target: "thread", attempt, outcome = outcome.as_str(), "the card was tried");
    report(&*calls.deps.observer, &user.tenant_id, id, &outcome);
    let (throttled, sign) = (throttled(&result), sign_of(&result, asked_there));
    let position = calls.record(&user, finish(result)).await;
    Done {
        throttled,
        ..Done::at(user, position)
    }
    .called(&conversation, sign)
}

/// What a result shows of the chat's own host, which was not asked where the chat could not be reopened.
pub(super) fn sign_of(result: &SendResult, asked_there: bool) -> Sign {
    let sign = Sign::of_send(result);
    if asked_there || sign == Sign::LoginDown {
        sign
    } else {
        Sign::None
    }
}
