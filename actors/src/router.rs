//! The router: a process manager that turns what the read models resolved into commands to user actors.
//!
//! It holds no state of its own. A recipient resolved to a Teams user stays listed until `NotificationQueued` is
//! folded, so a crash anywhere repeats a command that the actor recognises. Because the resolving itself is a fold
//! of the log in order, an install just before a domain event and one just after it lead to the same card.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use events::outbound::{NotificationUnroutable, RecipientUnreached};
use events::store::Outage;
use events::{
    Clock, EventId, EventStore, Metadata, NotificationId, OrganizationId, OutboundEvent, Position, StreamId,
    UserKey,
};
use futures_util::StreamExt as _;
use futures_util::future::{BoxFuture, FutureExt as _};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use crate::append::{NewFact, caught_up, record_all};
use crate::directory::Directory;
use crate::lane::Express;
use crate::ports::{
    HeldCard, LinkRoute, LookUpRoute, LostMessage, PortError, Progress, Route, Routing, StoppedCard,
    SubjectRoute, Unreached, Unroutable,
};
use crate::user::AskError;
use crate::user::command::UserCommand;

/// Items taken from the work list at a time: what comes meanwhile waits for no more than these.
const BATCH: usize = 200;
/// Recipients that nobody was found for, recorded at a time: a hundred thousand of them take some two hundred appends.
const NOTED: usize = 500;
/// Cards queued that may not be folded yet, before more are: the list is asked for so many more than it is to give.
const SETTLING: usize = 2 * BATCH;
/// Commands under way at once.
const AT_ONCE: usize = 64;
/// How often expiry is looked at when nothing else happens.
const TICK: Duration = Duration::from_millis(500);
/// How long to wait after something failed.
const PAUSE: Duration = Duration::from_millis(200);

/// See the module.
#[derive(Debug)]
pub struct Router {
    /// The user actors.
    pub directory: Directory,
    /// What is to be done.
    pub routing: Arc<dyn Routing>,
    /// How far the work list has folded.
    pub progress: Arc<dyn Progress>,
    /// The log.
    pub store: Arc<dyn EventStore>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// How long nobody may be found for a recipient before that is noted for Chronus.
    pub unreached_after: TimeDelta,
    /// The way to the lanes, for cards that can be queued and sent at once.
    pub express: Express,
}

impl Router {
    /// Routes until cancelled.
    pub async fn run(self, cancel: CancellationToken) {
        let mut folded = self.progress.folded();
        if !caught_up(&*self.store, &mut folded, &cancel).await {
            return cancel.cancelled().await;
        }
        // Cards that were queued and may still be listed.
        let mut settling = HashMap::new();
        while !cancel.is_cancelled() {
            folded.mark_unchanged();
            let begun = Instant::now();
            match self.round(&mut settling).await {
                Ok(Round {
                    done: 0, failed: 0, ..
                }) => {
                    // Where the lists are long and other nodes' to do, looking through them is not all that is done.
                    let breath = (begun.elapsed() * 3).min(TICK);
                    tokio::select! { () = cancel.cancelled() => return, () = tokio::time::sleep(breath) => {} }
                    tokio::select! {
                        () = cancel.cancelled() => return,
                        _ = folded.changed() => {}
                        () = tokio::time::sleep(TICK) => {}
                    }
                }
                Ok(round) => {
                    // What was done stays listed until it is folded. Of cards it is known which they are.
                    let settled = folded.wait_for(|folded| *folded >= round.position);
                    if cancel.run_until_cancelled(settled).await.is_none() {
                        return;
                    }
                    if round.failed > 0 || (round.position == Position::START && round.queued == 0) {
                        tokio::time::sleep(PAUSE).await;
                    }
                }
                Err(error) => {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "the router's work list failed"
                    );
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    /// Does what is listed now.
    async fn round(&self, settling: &mut HashMap<NotificationId, Position>) -> Result<Round, PortError> {
        let mut round = Round::default();
        // Before the lists are asked for: what is recorded after this may still be listed.
        let folded = *self.progress.folded().borrow();
        let links = self.routing.links(BATCH).await?;
        round.add(self.ask_all(links.into_iter().map(link_command)).await);
        let look_ups = self.routing.look_ups(BATCH).await?;
        round.add(self.ask_all(look_ups.into_iter().map(look_up_command)).await);
        let subjects = self.routing.subject_changes(BATCH).await?;
        round.add(self.ask_all(subjects.into_iter().map(subject_command)).await);
        settling.retain(|_, position| *position > folded);
        if settling.len() < SETTLING {
            let limit = BATCH + settling.len();
            let mut routes = self.routing.resolved(limit).await?;
            routes.extend(self.routing.timed(self.clock.now(), limit).await?);
            routes.retain(|route| !settling.contains_key(&route.notification_id));
            round.add(self.queue_all(routes, settling).await);
        }
        let lost = self.routing.lost_messages(BATCH).await?;
        round.add(self.ask_all(lost.into_iter().map(lost_command)).await);
        let held = self.routing.held(BATCH).await?;
        round.add(self.ask_all(held.into_iter().map(held_command)).await);
        let stopped = self.routing.stopped(BATCH).await?;
        round.add(self.ask_all(stopped.into_iter().map(stopped_command)).await);
        let now = self.clock.now();
        let lost = self.routing.unroutable(now, NOTED).await?;
        round.add(self.note(lost.into_iter().map(unroutable), folded).await);
        let unreached = self.routing.unreached(now - self.unreached_after, NOTED).await?;
        round.add(
            self.note(unreached.into_iter().map(recipient_unreached), folded)
                .await,
        );
        Ok(round)
    }

    async fn ask_all(&self, commands: impl Iterator<Item = (UserKey, UserCommand)>) -> Round {
        let mut asked = Vec::new();
        for (user, command) in commands {
            let asking = async move {
                let answer = self.directory.ask(&user, command).await;
                outcome(&user, answer.map(|answer| answer.position))
            };
            asked.push(asking.instrument(span()).boxed());
        }
        sum(asked).await
    }

    /// Queues cards; those that can leave at once by their lanes, which try them in the same append.
    async fn queue_all(&self, routes: Vec<Route>, settling: &mut HashMap<NotificationId, Position>) -> Round {
        let mut queued = Vec::new();
        for route in routes {
            queued.push(self.queue(route).instrument(span()).boxed());
        }
        let mut queued = futures_util::stream::iter(queued).buffer_unordered(AT_ONCE);
        let mut round = Round::default();
        while let Some((card, outcome)) = queued.next().await {
            let written = outcome.position > Position::START;
            if outcome.failed == 0 {
                // One that was queued before stands before the head.
                let head = *self.store.head().borrow();
                settling.insert(card, if written { outcome.position } else { head });
            }
            round.add(Round {
                position: Position::START,
                queued: usize::from(written),
                ..outcome
            });
        }
        round
    }

    async fn queue(&self, route: Route) -> (NotificationId, Round) {
        let (card, user) = (route.notification_id, route.user.clone());
        let position = if route.was_held {
            let queue = UserCommand::Queue(Box::new(route));
            let held = UserCommand::WasHeld {
                notification_id: card,
            };
            let answer = self.directory.ask_together(&user, [queue], held).await;
            answer.map(|answer| answer.position)
        } else if let Some(taken) = self.express.offer(&route).await {
            taken
        } else {
            let queue = UserCommand::Queue(Box::new(route));
            let answer = self.directory.ask(&user, queue).await;
            answer.map(|answer| answer.position)
        };
        (card, outcome(&user, position))
    }

    /// Records what became of recipients in their organizations' streams, one append for each organization.
    async fn note(&self, noted: impl Iterator<Item = Noted>, folded: Position) -> Round {
        let mut by_organization: HashMap<OrganizationId, Vec<NewFact<OutboundEvent>>> = HashMap::new();
        for Noted { recipient, id, event } in noted {
            let metadata = Metadata {
                time: self.clock.now(),
                correlation_id: recipient.correlation_id,
                causation_id: recipient.domain_event.0,
            };
            let facts = by_organization.entry(recipient.organization_id).or_default();
            facts.push(NewFact { id, event, metadata });
        }
        let mut round = Round::default();
        for (organization, facts) in by_organization {
            let stream = StreamId::routing(&organization);
            round.add(match record_all(&*self.store, stream, &facts, folded).await {
                Ok(position) => Round {
                    done: facts.len(),
                    position,
                    ..Round::default()
                },
                Err(error) => {
                    if !Outage::caused(&error) {
                        tracing::warn!(%organization, error = &error as &dyn std::error::Error, "recipients not found could not be recorded");
                    }
                    Round { failed: facts.len(), ..Round::default() }
                }
            });
        }
        round
    }
}

/// What is to be recorded of a recipient.
struct Noted {
    recipient: Unroutable,
    id: EventId,
    event: OutboundEvent,
}

/// What a recipient's end, or its telling, is recorded under: once for the card, and once more for each replay.
fn noted_id(what: &str, recipient: &Unroutable, more: &[&str]) -> EventId {
    let card = recipient.notification_id.to_string();
    let reopened = recipient.reopened.map(|replay| replay.to_string());
    let parts = [what, card.as_str()].into_iter().chain(more.iter().copied());
    EventId::derive(parts.chain(reopened.as_deref()))
}

fn unroutable(recipient: Unroutable) -> Noted {
    let event = NotificationUnroutable {
        notification_id: recipient.notification_id,
        domain_event: recipient.domain_event,
        reason: recipient.reason,
    };
    Noted {
        id: noted_id("unroutable", &recipient, &[]),
        event: event.into(),
        recipient,
    }
}

/// Each reason is told once: whoever waits for a person to appear hears of it again only where the reason is another.
fn recipient_unreached(unreached: Unreached) -> Noted {
    let Unreached { recipient, until } = unreached;
    let id = noted_id("unreached", &recipient, &[recipient.reason.as_str()]);
    let event = RecipientUnreached {
        notification_id: recipient.notification_id,
        domain_event: recipient.domain_event,
        reason: recipient.reason,
        until,
    };
    Noted {
        id,
        event: event.into(),
        recipient,
    }
}

/// What became of one person's command.
fn outcome(user: &UserKey, answer: Result<Option<Position>, AskError>) -> Round {
    match answer {
        Ok(position) => Round {
            done: 1,
            position: position.unwrap_or_default(),
            ..Round::default()
        },
        Err(error) => {
            if !matches!(error, AskError::Busy) && !Outage::caused(&error) {
                tracing::warn!(%user, error = &error as &dyn std::error::Error, "a person could not be routed to");
            }
            Round {
                failed: 1,
                ..Round::default()
            }
        }
    }
}

fn span() -> tracing::Span {
    tracing::info_span!(target: "thread", "route", correlation.id = tracing::field::Empty)
}

/// Does things, several at once.
async fn sum(things: Vec<BoxFuture<'_, Round>>) -> Round {
    futures_util::stream::iter(things)
        .buffer_unordered(AT_ONCE)
        .fold(Round::default(), |mut sum, round| async move {
            sum.add(round);
            sum
        })
        .await
}

fn link_command(link: LinkRoute) -> (UserKey, UserCommand) {
    (link.user.clone(), UserCommand::Link(Box::new(link)))
}

fn look_up_command(look_up: LookUpRoute) -> (UserKey, UserCommand) {
    let LookUpRoute { user, because, cause } = look_up;
    (user, UserCommand::RequestProfile { because, cause })
}

fn subject_command(change: SubjectRoute) -> (UserKey, UserCommand) {
    (change.user.clone(), UserCommand::ChangeSubject(Box::new(change)))
}

fn held_command(held: HeldCard) -> (UserKey, UserCommand) {
    let notification_id = held.notification_id;
    (held.user, UserCommand::TenantOff { notification_id })
}

fn stopped_command(stopped: StoppedCard) -> (UserKey, UserCommand) {
    let StoppedCard {
        user,
        notification_id,
        reason,
    } = stopped;
    (
        user,
        UserCommand::Stop {
            notification_id,
            reason,
        },
    )
}

fn lost_command(lost: LostMessage) -> (UserKey, UserCommand) {
    let LostMessage {
        user,
        reply_id,
        correlation_id,
    } = lost;
    (
        user,
        UserCommand::HandOverFailed {
            reply_id,
            correlation_id,
        },
    )
}

/// What a round did.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Round {
    done: usize,
    failed: usize,
    /// Cards for which something was appended.
    queued: usize,
    /// The last event appended, for cards left out.
    position: Position,
}

impl Round {
    fn add(&mut self, other: Self) {
        self.done += other.done;
        self.failed += other.failed;
        self.queued += other.queued;
        self.position = self.position.max(other.position);
    }
}
