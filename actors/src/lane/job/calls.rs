//! Calls to the outside. Each is counted at the last moment, ends in time, and is not made where the work became
//! another node's meanwhile, or the service is stopping: then only what left before is waited for.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use events::store::Outage;
use events::user::{ConversationRef, Recovery};
use events::{ActivityId, Position, UserKey};
use futures_util::future::BoxFuture;
use tokio_util::sync::CancellationToken;

use crate::lane::LaneDeps;
use crate::lane::pacing::{Arrival, Call, Departure, Departures};
use crate::partition::Hold;
use crate::ports::{Further, Message, OpenResult, ProfileResult, Rejection, SendResult};
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
        match self.fenced(Call::Send).await {
            Ok(requests) => {
                let sending = self.deps.connector.send(user, to, message, &requests);
                requests.result(sending).await
            }
            Err(reason) => not_sent(reason),
        }
    }

    pub(super) async fn update(
        &self,
        user: &UserKey,
        to: &ConversationRef,
        activity_id: &ActivityId,
        message: &Message,
    ) -> SendResult {
        match self.fenced(Call::Update).await {
            Ok(requests) => {
                let connector = &self.deps.connector;
                let sending = connector.update(user, to, activity_id, message, &requests);
                requests.result(sending).await
            }
            Err(reason) => not_sent(reason),
        }
    }

    /// `None` where nothing came in time, or nothing was asked.
    pub(super) async fn profile(&self, user: &UserKey, of: &ConversationRef) -> Option<ProfileResult> {
        let requests = self.begin(Call::Profile).await?;
        let asked = self.deps.connector.profile(user, of, &requests);
        let result = tokio::time::timeout(GUARD, asked).await.ok();
        requests.ended(match &result {
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
        let requests = self.begin(Call::Open).await?;
        let asked = self.deps.connector.open_chat(user, last, by, &requests);
        let result = tokio::time::timeout(GUARD, asked).await.ok();
        requests.ended(match &result {
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

    /// The first request of a call, once its moment has come.
    async fn begin(&self, call: Call) -> Option<Requests<'_>> {
        let departure = self.leave(call).await?;
        Some(Requests {
            calls: self,
            call,
            newest: Mutex::new(Some(departure)),
        })
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
    async fn fenced(&self, call: Call) -> Result<Requests<'_>, &'static str> {
        let requests = self.begin(call).await.ok_or(SendResult::STOPPING)?;
        if !self.hold.is_valid() {
            requests.ended(Arrival::Never);
            return Err(SendResult::NOT_THE_OWNER);
        }
        Ok(requests)
    }
}

fn not_sent(reason: &str) -> SendResult {
    SendResult::NotSent {
        reason: reason.to_owned(),
        configuration: false,
    }
}

/// The requests of one call, each counted for itself.
#[derive(Debug)]
struct Requests<'c> {
    calls: &'c Calls<'c>,
    call: Call,
    /// The newest one; none where it was answered and no other may leave.
    newest: Mutex<Option<Departure>>,
}

impl Requests<'_> {
    fn put(&self, newest: Option<Departure>) -> Option<Departure> {
        let mut place = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut place, newest)
    }

    /// What becomes of them, in time.
    async fn result(&self, sending: BoxFuture<'_, SendResult>) -> SendResult {
        let result = tokio::time::timeout(GUARD, sending).await;
        let result = result.unwrap_or_else(|_| SendResult::NoAnswer {
            reason: "timeout".to_owned(),
        });
        self.ended(match &result {
            SendResult::Accepted { .. } | SendResult::Rejected(_) => Arrival::Answered,
            SendResult::NoAnswer { .. } => Arrival::Unknown,
            SendResult::NotSent { .. } => Arrival::Never,
        });
        result
    }

    /// The call ended, and its newest request so.
    fn ended(&self, arrival: Arrival) {
        if let Some(departure) = self.put(None) {
            departure.ended(arrival);
        }
    }
}

impl Further for Requests<'_> {
    fn further(&self) -> BoxFuture<'_, Result<(), &'static str>> {
        Box::pin(async {
            self.ended(Arrival::Answered);
            let departure = self.calls.leave(self.call).await.ok_or(SendResult::STOPPING)?;
            if !self.calls.hold.is_valid() {
                departure.ended(Arrival::Never);
                return Err(SendResult::NOT_THE_OWNER);
            }
            self.put(Some(departure));
            Ok(())
        })
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
