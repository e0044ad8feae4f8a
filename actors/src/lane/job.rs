//! One thing that a lane does for one person, from the actor's leave to the recorded outcome.

use std::time::Duration;

use chrono::{DateTime, Utc};
use events::UserKey;
use events::user::Recovery;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::LaneDeps;
use super::pacing::Departures;
use crate::delivery::circuit::{Circuits, HostPermit, Sign, host_of};
use crate::partition::Partition;
use crate::ports::{DueWork, ProfileResult, Work};
use crate::user::asking::{Locate, SentAfter};
use crate::user::command::UserCommand;

mod calls;
mod done;
mod profile;
mod reopening;
mod sending;
mod updating;

use calls::Calls;
pub(super) use calls::GUARD;
pub(super) use done::{Done, Past};
pub(super) use sending::queue_and_send;

/// A thing to do, and how.
#[derive(Debug)]
pub(super) struct Assignment {
    /// What.
    pub(super) due: DueWork,
    /// What the chat got since then is not known: the log is to be asked first.
    pub(super) unknown_since: Option<DateTime<Utc>>,
}

/// Does one thing, if it is this node's to do. Runs to its end even when the service is `stopping`: an outcome must not
/// be lost. But no further request leaves then, so that what is waited for is one request at most.
pub(super) async fn perform(
    deps: LaneDeps,
    departures: Departures,
    assignment: Assignment,
    stopping: CancellationToken,
) -> Done {
    let Assignment { due, unknown_since } = assignment;
    let user = due.user.clone();
    let Some(hold) = deps.ownership.begin(Partition::of_tenant(&user.tenant_id)) else {
        return Done::at(user, None);
    };
    if due.attempted
        && let Work::Send(id) = due.work
    {
        let command = UserCommand::Interrupted { notification_id: id };
        return match deps.directory.ask(&user, command).await {
            Ok(answer) => Done::at(user, answer.position),
            Err(error) => Done::resting(user, &error),
        };
    }
    let tenant_off = deps.switches.is_off(&user.tenant_id);
    if tenant_off && !matches!(due.work, Work::Send(_)) {
        // Taken from the list before the tenant was switched off.
        return Done::resting_briefly(user);
    }
    if let Some(since) = unknown_since
        && let Some(done) = remembered(&deps, &due, since).await
    {
        return done;
    }
    let calls = Calls {
        deps: &deps,
        hold: &hold,
        departures: &departures,
        stopping: &stopping,
    };
    let mut permit = match admitted(&deps, &user).await {
        Ok(permit) => permit,
        Err(done) => return done,
    };
    let probed = if !tenant_off && permit.is_probe() && matches!(due.work, Work::Send(_)) {
        probe_host(&calls, &user).await
    } else {
        None
    };
    let done = match (probed, due.work) {
        (Some(down), _) => down,
        (None, Work::Send(id)) => sending::send(&calls, user, id, tenant_off).await,
        (None, Work::Update(id)) => updating::update(&calls, user, id).await,
        (None, Work::Profile | Work::AgedProfile) => profile::profile(&calls, user).await,
    };
    if let Some((host, sign)) = &done.called {
        permit.note(host, *sign, deps.clock.now());
    }
    done
}

/// Permission to call the host of this person's chat, or what to do while it is waited for. As long as every host
/// answers nobody asks which it is.
async fn admitted(deps: &LaneDeps, user: &UserKey) -> Result<HostPermit, Done> {
    if deps.circuits.all_closed() {
        return Ok(deps.circuits.unhindered());
    }
    let host = match deps.directory.ask(user, Locate).await {
        Ok(answer) => answer.reply.map(|chat| host_of(&chat.service_url).to_owned()),
        Err(error) => return Err(Done::resting(user.clone(), &error)),
    };
    let Some(host) = host else {
        return Ok(deps.circuits.unhindered());
    };
    let now = deps.clock.now();
    let admitted = Circuits::admit(&deps.circuits, &host, now);
    admitted.map_err(|until| Done::held(user.clone(), host, (until - now).to_std().unwrap_or_default()))
}

/// Asks the log what the chat got lately. Where it got something, nothing is done yet: the lane counts that first.
async fn remembered(deps: &LaneDeps, due: &DueWork, since: DateTime<Utc>) -> Option<Done> {
    let user = &due.user;
    let sent = match deps.directory.ask(user, SentAfter(since)).await {
        Ok(answer) => answer.reply,
        Err(error) => return Some(Done::resting(user.clone(), &error)),
    };
    if sent.is_empty() {
        return None;
    }
    let (now, wall) = (Instant::now(), deps.clock.now());
    let ago = |at: &DateTime<Utc>| now.checked_sub((wall - *at).to_std().unwrap_or(Duration::ZERO));
    let past = Past {
        due: due.clone(),
        sent: sent.iter().filter_map(ago).collect(),
    };
    Some(Done {
        past: Some(past),
        ..Done::at(user.clone(), None)
    })
}

/// Finds out whether a host is back by a question that changes nothing: a card posted to a host that answers 5xx would
/// be a try whose outcome nobody knows, and those are few. Answers what to do where the host is not back.
async fn probe_host(calls: &Calls<'_>, user: &UserKey) -> Option<Done> {
    let conversation = match calls.deps.directory.ask(user, Locate).await {
        Ok(answer) => answer.reply?,
        Err(error) => return Some(Done::resting(user.clone(), &error)),
    };
    let asked = calls.profile(user, &conversation).await;
    let mut sign = asked.as_ref().map_or(Sign::HostDown, Sign::of_profile);
    // The members call alone may be out of order. Cards are not to wait for that.
    let answered = matches!(
        asked,
        Some(ProfileResult::Rejected(_) | ProfileResult::Unusable { .. })
    );
    if answered && matches!(sign, Sign::None | Sign::HostDown) {
        let opened = calls.open_chat(user, &conversation, Recovery::Global).await;
        sign = opened.as_ref().map_or(Sign::HostDown, Sign::of_opening);
    }
    let sign = match sign {
        Sign::Alive => return None,
        Sign::None | Sign::HostDown => Sign::HostDown,
        Sign::LoginDown => Sign::LoginDown,
    };
    Some(Done::resting_briefly(user.clone()).called(&conversation, sign))
}
