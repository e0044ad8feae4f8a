//! Calls to the outside. Each is counted at the last moment, ends in time, and is not made where the work became
//! another node's meanwhile, or the service is stopping: then only what left before is waited for.

use std::time::Duration;

use events::store::Outage;
use events::user::{ConversationRef, Recovery};
use events::{ActivityId, Position, UserKey};
use futures_util::future::BoxFuture;
use tokio_util::sync::CancellationToken;

use crate::lane::LaneDeps;
use crate::lane::pacing::{Arrival, Call, Departure, Departures};
use crate::partition::Hold;
use crate::ports::{Message, OpenResult, ProfileResult, Rejection, SendResult};
use crate::user::AskError;
use crate::user::command::UserCommand;

/// Longer than any of the connector's own time limits: a port that never answers must not hold a lane.
pub(in crate::lane) const GUARD: Duration = Duration::from_secs(60);
/// Longest that one throttled answer holds the tenant back; the card itself waits as long as it was told.
const LONGEST_SLOW_DOWN: Duration = Duration::from_secs(5);

/// See the module.
#[derive(Debug, Clone, Copy)]
pub(super) struct Calls<'a> {
    pub(super) deps: &'a LaneDeps,
    pub(super) hold: &'a Hold,
    pub(super) departures: &'a Departures,
    pub(super) stopping: &'a CancellationToken,
}

impl Calls<'_> {
    pub(super) async fn send(&self, user: &UserKey, to: &ConversationRef, message: &Message) -> SendResult {
        self.fenced(Call::Send, || self.deps.connector.send(user, to, message))
            .await
    }

    pub(super) async fn update(
        &self,
        user: &UserKey,
        to: &ConversationRef,
        activity_id: &ActivityId,
        message: &Message,
    ) -> SendResult {
        self.fenced(Call::Update, || {
            self.deps.connector.update(user, to, activity_id, message)
        })
        .await
    }

    /// `None` where nothing came in time, or nothing was asked.
    pub(super) async fn profile(&self, user: &UserKey, of: &ConversationRef) -> Option<ProfileResult> {
        let departure = self.leave(Call::Profile).await?;
        let asked = self.deps.connector.profile(user, of);
        let result = tokio::time::timeout(GUARD, asked).await.ok();
        departure.ended(match &result {
            Some(ProfileResult::Found(_) | ProfileResult::Rejected(_) | ProfileResult::Unusable { .. }) => {
                Arrival::Answered
            }
            Some(ProfileResult::Failed { .. }) | None => Arrival::Unknown,
        });
        result
    }

    /// `None` where nothing came in time, or nothing was asked.
    pub(super) async fn open_chat(
        &self,
        user: &UserKey,
        last: &ConversationRef,
        by: Recovery,
    ) -> Option<OpenResult> {
        let departure = self.leave(Call::Open).await?;
        let asked = self.deps.connector.open_chat(user, last, by);
        let result = tokio::time::timeout(GUARD, asked).await.ok();
        departure.ended(match &result {
            Some(OpenResult::Opened { .. } | OpenResult::Rejected(_)) => Arrival::Answered,
            Some(OpenResult::Failed { .. }) | None => Arrival::Unknown,
        });
        result
    }

    /// The moment of a request, once it has come; `None` where the service is stopping.
    async fn leave(&self, call: Call) -> Option<Departure> {
        let departure = self
            .stopping
            .run_until_cancelled(self.departures.pass(call))
            .await?;
        if self.stopping.is_cancelled() {
            departure.ended(Arrival::Never);
            return None;
        }
        Some(departure)
    }

    /// Records an outcome, however long the log cannot be written: forgetting it would post the card again.
    pub(super) async fn record(&self, user: &UserKey, command: UserCommand) -> Option<Position> {
        let mut wait = Duration::from_millis(50);
        loop {
            match self.deps.directory.ask(user, command.clone()).await {
                Ok(answer) => return answer.position,
                Err(AskError::Decode(error)) => {
                    tracing::error!(%user, %error, "an outcome could not be recorded");
                    return None;
                }
                Err(error) => {
                    if !Outage::caused(&error) {
                        tracing::warn!(%user, error = &error as &dyn std::error::Error, "an outcome waits to be recorded");
                    }
                    tokio::time::sleep(wait).await;
                    wait = (wait * 2).min(Duration::from_secs(5));
                }
            }
        }
    }

    /// The last look before something leaves: where the work became another node's meanwhile, nothing is sent.
    async fn fenced<'f>(
        &self,
        call: Call,
        sending: impl FnOnce() -> BoxFuture<'f, SendResult>,
    ) -> SendResult {
        let not_sent = |reason: &str| SendResult::NotSent {
            reason: reason.to_owned(),
            configuration: false,
        };
        let Some(departure) = self.leave(call).await else {
            return not_sent(SendResult::STOPPING);
        };
        if !self.hold.is_valid() {
            departure.ended(Arrival::Never);
            return not_sent(SendResult::NOT_THE_OWNER);
        }
        let result = tokio::time::timeout(GUARD, sending()).await;
        let result = result.unwrap_or_else(|_| SendResult::NoAnswer {
            reason: "timeout".to_owned(),
        });
        departure.ended(match &result {
            SendResult::Accepted { .. } | SendResult::Rejected(_) => Arrival::Answered,
            SendResult::NoAnswer { .. } => Arrival::Unknown,
            SendResult::NotSent { .. } => Arrival::Never,
        });
        result
    }
}

/// For how long the connector asks the tenant to be silent, where it does.
pub(super) fn throttled(result: &SendResult) -> Option<Duration> {
    let SendResult::Rejected(rejection) = result else {
        return None;
    };
    hold_off(rejection)
}

/// For how long a refusal asks the tenant to be silent, where it does.
pub(super) fn hold_off(rejection: &Rejection) -> Option<Duration> {
    (rejection.status == 429).then(|| {
        rejection
            .retry_after
            .filter(|asked| !asked.is_zero())
            .unwrap_or(Duration::from_secs(1))
            .min(LONGEST_SLOW_DOWN)
    })
}
