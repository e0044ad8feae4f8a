//! One thing that a lane does for one person, from the actor's leave to the recorded outcome.

use std::time::Duration;

use events::user::{ConversationRef, ProfileResolved, Recovery};
use events::{NotificationId, PersonId, Position, UserKey, VaultError};

use super::LaneDeps;
use crate::delivery::Outcome;
use crate::delivery::circuit::{Leave, Sign, host_of};
use crate::delivery::observer::report;
use crate::partition::{Hold, Partition};
use crate::ports::{
    DueWork, MemberProfile, Message, OpenResult, ProfileResult, Rejection, RenderError, SendResult, Work,
};
use crate::user::command::{Reply, SendPermit, UpdatePermit, UserCommand};
use crate::user::{Answer, AskError};

/// Longer than any of the connector's own time limits: a port that never answers must not hold a lane.
const GUARD: Duration = Duration::from_secs(60);
/// How long a person rests after the log could not be written.
const REST: Duration = Duration::from_secs(1);
/// Tries of an update in place before it is given up.
const UPDATE_TRIES: u32 = 8;
/// Longest that one throttled answer holds the tenant back; the card itself waits as long as it was told.
const LONGEST_SLOW_DOWN: Duration = Duration::from_secs(5);

/// What a job leaves behind.
#[derive(Debug)]
pub(super) struct Done {
    pub(super) user: UserKey,
    /// The last event recorded; `None` when nothing was.
    pub(super) position: Option<Position>,
    /// The person is left alone for this long.
    pub(super) rest: Option<Duration>,
    /// The connector said that it is too much.
    pub(super) throttled: Option<Duration>,
    /// An update failed, for the how-many-th time.
    pub(super) update_failed: Option<u32>,
    /// The host that was called, and what the call showed of it; `None` where no call was made.
    pub(super) called: Option<(String, Sign)>,
}

impl Done {
    fn at(user: UserKey, position: Option<Position>) -> Self {
        Self {
            user,
            position,
            rest: None,
            throttled: None,
            update_failed: None,
            called: None,
        }
    }

    fn called(mut self, conversation: &ConversationRef, sign: Sign) -> Self {
        self.called = Some((host_of(&conversation.service_url).to_owned(), sign));
        self
    }

    fn resting(user: UserKey, error: &AskError) -> Self {
        tracing::warn!(%user, error = error as &dyn std::error::Error, "a lane could not ask the person's actor");
        Self {
            rest: Some(REST),
            ..Self::at(user, None)
        }
    }
}

/// Does one thing, if it is this node's to do. Runs to its end even when the service is stopping: an outcome must not
/// be lost.
pub(super) async fn perform(deps: LaneDeps, due: DueWork, update_tries: u32, leave: Leave) -> Done {
    let user = due.user;
    let Some(hold) = deps.ownership.begin(Partition::of_tenant(&user.tenant_id)) else {
        return Done::at(user, None);
    };
    match due.work {
        Work::Send(id) if due.attempted => {
            let command = UserCommand::Interrupted { notification_id: id };
            match deps.directory.ask(&user, command).await {
                Ok(answer) => Done::at(user, answer.position),
                Err(error) => Done::resting(user, &error),
            }
        }
        Work::Send(id) => {
            if leave == Leave::Probe
                && let Some(done) = knock(&deps, &user).await
            {
                return done;
            }
            send(&deps, &hold, user, id).await
        }
        Work::Update(id) => update(&deps, &hold, user, id, update_tries).await,
        Work::Profile => profile(&deps, user).await,
    }
}

/// Finds out whether a host is back by a question that changes nothing: a card posted to a host that answers 5xx would
/// be a try whose outcome nobody knows, and those are few. Answers what to do where the host is not back.
async fn knock(deps: &LaneDeps, user: &UserKey) -> Option<Done> {
    let conversation = match deps.directory.ask(user, UserCommand::Locate).await {
        Ok(Answer {
            reply: Reply::Profile(conversation),
            ..
        }) => conversation,
        Ok(_) => return None,
        Err(error) => return Some(Done::resting(user.clone(), &error)),
    };
    let asked = tokio::time::timeout(GUARD, deps.connector.profile(user, &conversation)).await;
    let sign = match asked.as_ref().map_or(Sign::HostDown, Sign::of_profile) {
        Sign::Alive => return None,
        Sign::None | Sign::HostDown => Sign::HostDown,
        Sign::LoginDown => Sign::LoginDown,
    };
    let done = Done {
        rest: Some(REST),
        ..Done::at(user.clone(), None)
    };
    Some(done.called(&conversation, sign))
}

async fn send(deps: &LaneDeps, hold: &Hold, user: UserKey, id: NotificationId) -> Done {
    let begin = UserCommand::BeginSend { notification_id: id };
    let permit = match deps.directory.ask(&user, begin).await {
        Ok(Answer {
            reply: Reply::Send(permit),
            ..
        }) => permit,
        Ok(answer) => return Done::at(user, answer.position),
        Err(error) => return Done::resting(user, &error),
    };
    let SendPermit {
        attempt,
        mut conversation,
        recover,
        card,
    } = *permit;
    let revision = card.revision;
    let message = match deps.renderer.render(&card).await {
        Ok(message) => message,
        Err(RenderError::ContentErased) => {
            let gone = UserCommand::ContentGone {
                notification_id: id,
                attempt,
            };
            let position = record(deps, &user, gone).await;
            return Done::at(user, position);
        }
        Err(RenderError::Port(error)) => {
            tracing::warn!(notification = %id, error = &error as &dyn std::error::Error, "a card could not be drawn");
            let finish = UserCommand::FinishSend {
                notification_id: id,
                attempt,
                revision,
                result: SendResult::NotSent {
                    reason: SendResult::NOT_DRAWN.to_owned(),
                    configuration: false,
                },
            };
            let position = record(deps, &user, finish).await;
            return Done::at(user, position);
        }
    };
    let opened = match recover {
        Some(by) => reopen(deps, &user, id, attempt, &mut conversation, by).await,
        None => Ok(()),
    };
    let result = match opened {
        Ok(()) => fenced(hold, deps.connector.send(&user, &conversation, &message)).await,
        Err(result) => result,
    };
    report(&*deps.observer, &user.tenant_id, id, &Outcome::of(&result));
    let (throttled, sign) = (throttled(&result), Sign::of_send(&result));
    let finish = UserCommand::FinishSend {
        notification_id: id,
        attempt,
        revision,
        result,
    };
    let position = record(deps, &user, finish).await;
    Done {
        throttled,
        ..Done::at(user, position)
    }
    .called(&conversation, sign)
}

/// Asks for the chat anew; what came instead of it counts as what became of the card.
async fn reopen(
    deps: &LaneDeps,
    user: &UserKey,
    id: NotificationId,
    attempt: u32,
    conversation: &mut ConversationRef,
    by: Recovery,
) -> Result<(), SendResult> {
    let asked = tokio::time::timeout(GUARD, deps.connector.open_chat(user, conversation, by)).await;
    let opened = match asked {
        Ok(OpenResult::Opened {
            conversation_id,
            service_url,
        }) => ConversationRef {
            conversation_id,
            service_url,
            ..conversation.clone()
        },
        Ok(OpenResult::Rejected(rejection)) => return Err(SendResult::Rejected(rejection)),
        Ok(OpenResult::Failed {
            reason,
            configuration,
        }) => {
            return Err(SendResult::NotSent {
                reason,
                configuration,
            });
        }
        Err(_) => {
            return Err(SendResult::NotSent {
                reason: "chat_not_opened".to_owned(),
                configuration: false,
            });
        }
    };
    *conversation = opened.clone();
    let command = UserCommand::ReferenceOpened {
        notification_id: id,
        attempt,
        conversation: opened,
    };
    record(deps, user, command).await;
    Ok(())
}

fn throttled(result: &SendResult) -> Option<Duration> {
    let SendResult::Rejected(rejection) = result else {
        return None;
    };
    (rejection.status == 429).then(|| {
        rejection
            .retry_after
            .unwrap_or(Duration::from_secs(1))
            .min(LONGEST_SLOW_DOWN)
    })
}

/// Records an outcome, however long the log cannot be written: forgetting it would post the card again.
async fn record(deps: &LaneDeps, user: &UserKey, command: UserCommand) -> Option<Position> {
    let mut wait = Duration::from_millis(50);
    loop {
        match deps.directory.ask(user, command.clone()).await {
            Ok(answer) => return answer.position,
            Err(AskError::Decode(error)) => {
                tracing::error!(%user, %error, "an outcome could not be recorded");
                return None;
            }
            Err(error) => {
                tracing::warn!(%user, error = &error as &dyn std::error::Error, "an outcome waits to be recorded");
                tokio::time::sleep(wait).await;
                wait = (wait * 2).min(Duration::from_secs(5));
            }
        }
    }
}

/// The last look before something leaves: where the work became another node's meanwhile, nothing is sent.
async fn fenced(hold: &Hold, sending: futures_util::future::BoxFuture<'_, SendResult>) -> SendResult {
    if !hold.is_valid() {
        return SendResult::NotSent {
            reason: SendResult::NOT_THE_OWNER.to_owned(),
            configuration: false,
        };
    }
    tokio::time::timeout(GUARD, sending)
        .await
        .unwrap_or_else(|_| SendResult::NoAnswer {
            reason: "timeout".to_owned(),
        })
}

async fn update(deps: &LaneDeps, hold: &Hold, user: UserKey, id: NotificationId, tries: u32) -> Done {
    let begin = UserCommand::BeginUpdate { notification_id: id };
    let permit = match deps.directory.ask(&user, begin).await {
        Ok(Answer {
            reply: Reply::Update(permit),
            ..
        }) => permit,
        Ok(answer) => return Done::at(user, answer.position),
        Err(error) => return Done::resting(user, &error),
    };
    let UpdatePermit {
        conversation,
        activity_id,
        card,
    } = *permit;
    let revision = card.revision;
    let result = match deps.renderer.render(&card).await {
        Ok(Message(message)) => {
            fenced(
                hold,
                deps.connector
                    .update(&user, &conversation, &activity_id, &Message(message)),
            )
            .await
        }
        Err(RenderError::ContentErased) => {
            let abandoned = Some("content_erased".to_owned());
            let finish = UserCommand::FinishUpdate {
                notification_id: id,
                revision,
                abandoned,
            };
            let position = record(deps, &user, finish).await;
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
    let finish = UserCommand::FinishUpdate {
        notification_id: id,
        revision,
        abandoned,
    };
    let position = record(deps, &user, finish).await;
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
            (retry_after.unwrap_or(backoff), code)
        }
        SendResult::NotSent { reason, .. } | SendResult::NoAnswer { reason } => (backoff, reason.clone()),
    };
    if tries >= UPDATE_TRIES {
        Again::Never(code)
    } else {
        Again::In(wait)
    }
}

async fn profile(deps: &LaneDeps, user: UserKey) -> Done {
    let conversation = match deps.directory.ask(&user, UserCommand::BeginProfile).await {
        Ok(Answer {
            reply: Reply::Profile(conversation),
            ..
        }) => conversation,
        Ok(answer) => return Done::at(user, answer.position),
        Err(error) => return Done::resting(user, &error),
    };
    let asked = tokio::time::timeout(GUARD, deps.connector.profile(&user, &conversation)).await;
    let sign = asked.as_ref().map_or(Sign::HostDown, Sign::of_profile);
    let failed = |status, code: &str| UserCommand::ProfileFailed {
        status,
        code: code.to_owned(),
    };
    let finish = match asked {
        Ok(ProfileResult::Found(profile)) => match seal(deps, &user, profile).await {
            Ok(sealed) => UserCommand::ProfileFound(Box::new(sealed)),
            Err(error) => {
                tracing::warn!(%user, error = &error as &dyn std::error::Error, "a profile could not be sealed");
                return Done {
                    rest: Some(REST),
                    ..Done::at(user, None)
                }
                .called(&conversation, sign);
            }
        },
        Ok(ProfileResult::Rejected(rejection)) => failed(
            Some(rejection.status),
            rejection.code.as_deref().unwrap_or("no_code"),
        ),
        Ok(ProfileResult::Failed { reason }) => failed(None, &reason),
        Err(_) => failed(None, "timeout"),
    };
    let position = record(deps, &user, finish).await;
    Done::at(user, position).called(&conversation, sign)
}

/// The profile with its personal fields sealed under the person's key.
async fn seal(
    deps: &LaneDeps,
    user: &UserKey,
    profile: MemberProfile,
) -> Result<ProfileResolved, VaultError> {
    let person = PersonId::user(user);
    let MemberProfile {
        name,
        email,
        upn,
        role,
    } = profile;
    let (email_lookup, upn_lookup) = (
        email.as_deref().map(|a| deps.vault.lookup(a)),
        upn.as_deref().map(|a| deps.vault.lookup(a)),
    );
    let fields = [name, email, upn];
    let plain = fields
        .iter()
        .flatten()
        .map(|text| (person.clone(), text.clone()))
        .collect();
    let mut sealed = deps.vault.seal_all(plain).await?.into_iter();
    let [name, email, upn] = fields.map(|field| field.and_then(|_| sealed.next()));
    Ok(ProfileResolved {
        name,
        email,
        email_lookup,
        upn,
        upn_lookup,
        role,
    })
}
