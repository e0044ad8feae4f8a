//! One Teams user: rules (`decide`, `apply`) inside, a thin actix shell outside.
//!
//! The shell loads the stream once, then answers each command by decide → append → apply, one command at a time
//! (`AtomicResponse`). Crash story: nothing is answered before its events are on disk; a crash in between leaves
//! events whose repeat decides to nothing. On a version conflict it re-reads the stream and decides again. After
//! any store failure it forgets its state, so the next command starts from the log.

use std::sync::Arc;

use actix::{Actor, AtomicResponse, Context, Handler, Message, WrapFuture as _};
use events::store::Snapshot;
use events::{
    AppendError, Clock, DecodeError, Direction, EventId, EventStore, Expected, Metadata, NewEvent, Position,
    ReadError, StreamId, StreamWrite, UserKey, Version,
};
use tokio::sync::oneshot;

use crate::settings::{ActorSettings, Rules};

pub mod command;
pub mod decide;
pub mod keys;
pub mod notification;
pub mod notifications;
pub mod quiet;
pub mod standing;
pub mod state;
pub mod subject;
pub mod view;

use command::{Press, Reply, SendPermit, UpdatePermit, UserCommand, What};
use decide::{Decision, decide};
use state::{Profile, SNAPSHOT_SCHEMA, UserState};

/// Events read from a stream at a time.
const PAGE: usize = 500;

/// Tries to append before a conflict is reported; each reads the other writer's events first.
const CONFLICT_TRIES: usize = 5;

/// What every user actor works with.
#[derive(Debug, Clone)]
pub struct Deps {
    /// The log.
    pub store: Arc<dyn EventStore>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The rules' numbers.
    pub rules: Arc<Rules>,
    /// How actors live.
    pub settings: Arc<ActorSettings>,
}

/// Why a command had no effect.
#[derive(Debug, Clone, thiserror::Error)]
pub enum AskError {
    /// Too much waits for this person.
    #[error("too many commands wait for this person; try again shortly")]
    Busy,
    /// The log could not be written.
    #[error("the person's events could not be stored")]
    Append(#[source] Arc<AppendError>),
    /// The log could not be read.
    #[error("the person's events could not be read")]
    Read(#[source] Arc<ReadError>),
    /// The log holds something that this release cannot read.
    #[error("the person's events hold one that this release cannot read")]
    Decode(#[source] Arc<DecodeError>),
    /// The actor died several times over this command.
    #[error("the person's actor failed while handling the command")]
    Crashed,
}

/// The answer to a command, and how far the log was when it was given.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The answer.
    pub reply: Reply,
    /// The last event appended for it; `None` when none was needed.
    pub position: Option<Position>,
}

/// A command with the way back.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(crate) struct Ask {
    pub(crate) command: Arc<UserCommand>,
    pub(crate) respond: oneshot::Sender<Result<Answer, AskError>>,
}

/// Asks the actor to end when its mailbox is empty.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(crate) struct Retire;

/// The actor of one Teams user.
#[derive(Debug)]
pub(crate) struct UserActor {
    user: UserKey,
    deps: Deps,
    loaded: Option<Loaded>,
}

/// The fold and how far it goes.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The fold.
    pub state: UserState,
    /// The version it includes.
    pub version: Version,
}

impl UserActor {
    pub(crate) fn new(user: UserKey, deps: Deps) -> Self {
        Self {
            user,
            deps,
            loaded: None,
        }
    }
}

impl Actor for UserActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(self.deps.settings.mailbox);
    }
}

impl Handler<Ask> for UserActor {
    type Result = AtomicResponse<Self, ()>;

    fn handle(&mut self, ask: Ask, _ctx: &mut Self::Context) -> Self::Result {
        let (user, deps, loaded) = (self.user.clone(), self.deps.clone(), self.loaded.take());
        let work = async move {
            let outcome = execute(&user, &deps, loaded, &ask.command).await;
            (outcome, ask.respond)
        };
        AtomicResponse::new(Box::pin(actix::fut::ActorFutureExt::map(
            work.into_actor(self),
            |(outcome, respond), actor, _ctx| {
                let answer = outcome.map(|(loaded, answer)| {
                    actor.loaded = Some(loaded);
                    answer
                });
                // The asker may have gone (a closed HTTP connection); the effect is on disk all the same.
                drop(respond.send(answer));
            },
        )))
    }
}

impl Handler<Retire> for UserActor {
    type Result = ();

    fn handle(&mut self, _retire: Retire, ctx: &mut Self::Context) {
        actix::ActorContext::stop(ctx);
    }
}

/// Reads a user's state from the log.
pub async fn load(store: &dyn EventStore, user: &UserKey) -> Result<Loaded, AskError> {
    let stream = StreamId::user(user);
    let snapshot = store
        .load_snapshot(stream.clone())
        .await
        .map_err(|e| AskError::Read(Arc::new(e)))?;
    let from_snapshot = snapshot
        .filter(|snapshot| snapshot.schema == SNAPSHOT_SCHEMA)
        .and_then(|snapshot| {
            let state = serde_json::from_slice(&snapshot.state).ok()?;
            Some(Loaded {
                state,
                version: snapshot.version,
            })
        });
    let start = from_snapshot.unwrap_or(Loaded {
        state: UserState::default(),
        version: Version::NONE,
    });
    catch_up(store, &stream, start).await
}

/// Folds what the stream holds beyond `loaded`.
async fn catch_up(store: &dyn EventStore, stream: &StreamId, mut loaded: Loaded) -> Result<Loaded, AskError> {
    loop {
        let page = store
            .read_stream(stream.clone(), loaded.version.plus(1), Direction::Forwards, PAGE)
            .await
            .map_err(|e| AskError::Read(Arc::new(e)))?;
        for recorded in &page {
            let event = recorded.decode().map_err(|e| AskError::Decode(Arc::new(e)))?;
            loaded.state.apply(&event, &recorded.metadata);
            loaded.version = recorded.version;
        }
        if page.len() < PAGE {
            return Ok(loaded);
        }
    }
}

/// Read, decide, append, apply, answer.
async fn execute(
    user: &UserKey,
    deps: &Deps,
    loaded: Option<Loaded>,
    command: &UserCommand,
) -> Result<(Loaded, Answer), AskError> {
    let stream = StreamId::user(user);
    // Where other nodes write too, what is remembered may be old. An append would find out; "nothing to do" would not.
    let mut doubtful = deps.settings.shared_log && loaded.is_some();
    let mut loaded = match loaded {
        Some(loaded) => loaded,
        None => load(&*deps.store, user).await?,
    };
    let now = deps.clock.now();
    for _ in 0..CONFLICT_TRIES {
        let mut decision = decide(&loaded.state, command, now, &deps.rules);
        if decision.facts.is_empty() && std::mem::take(&mut doubtful) {
            loaded = catch_up(&*deps.store, &stream, loaded).await?;
            decision = decide(&loaded.state, command, now, &deps.rules);
        }
        if decision.facts.is_empty() {
            let reply = answer(
                &View {
                    state: &loaded.state,
                    user,
                    now,
                    rules: &deps.rules,
                },
                command,
                &decision,
            );
            return Ok((
                loaded,
                Answer {
                    reply,
                    position: None,
                },
            ));
        }
        let events = encode(&stream, &decision, now);
        let expected = Expected::Exactly(loaded.version);
        let write = StreamWrite {
            stream: stream.clone(),
            expected,
            events,
        };
        match deps.store.append(vec![write]).await {
            Ok(appended) => {
                for fact in &decision.facts {
                    loaded.state.apply(&fact.event, &metadata(fact, now));
                }
                loaded.version = loaded.version.plus(decision.facts.len());
                save_snapshot(deps, &stream, &loaded, decision.facts.len()).await;
                let reply = answer(
                    &View {
                        state: &loaded.state,
                        user,
                        now,
                        rules: &deps.rules,
                    },
                    command,
                    &decision,
                );
                let position = appended.first().map(|appended| appended.position);
                return Ok((loaded, Answer { reply, position }));
            }
            Err(AppendError::Conflict { .. }) => {
                loaded = catch_up(&*deps.store, &stream, loaded).await?;
            }
            Err(AppendError::Busy) => return Err(AskError::Busy),
            Err(error) => return Err(AskError::Append(Arc::new(error))),
        }
    }
    Err(AskError::Busy)
}

fn metadata(fact: &decide::Fact, now: chrono::DateTime<chrono::Utc>) -> Metadata {
    Metadata {
        time: now,
        correlation_id: fact.correlation_id,
        causation_id: fact.causation_id,
    }
}

/// The facts as they are stored. A store takes an append for a repeat when the ids are the same, so an id must stand
/// for what was decided: two nodes that decide the same at once agree, and of two that decide differently one
/// conflicts. An attempt is never the same as another one: leave to send is given once.
fn encode(stream: &StreamId, decision: &Decision, now: chrono::DateTime<chrono::Utc>) -> Vec<NewEvent> {
    let facts = decision.facts.iter().enumerate();
    facts
        .map(|(index, fact)| {
            let place = decision.event_id(stream.as_str(), index);
            let mut event = NewEvent::encode(place, &fact.event, metadata(fact, now));
            event.id = if matches!(fact.event, events::UserEvent::DeliveryAttempted(_)) {
                EventId::unique()
            } else {
                EventId::derive([
                    place.to_string().as_str(),
                    event.event_type,
                    event.payload.as_str(),
                ])
            };
            event
        })
        .collect()
}

/// Keeps a snapshot of a long stream now and then. A lost one costs time and nothing else.
async fn save_snapshot(deps: &Deps, stream: &StreamId, loaded: &Loaded, added: usize) {
    let every = deps.settings.snapshot_every.max(1);
    let before = loaded.version.0.saturating_sub(added as u64) / every;
    if loaded.version.0 / every == before {
        return;
    }
    let state = serde_json::to_vec(&loaded.state);
    let Ok(state) = state.inspect_err(|error| tracing::warn!(%error, "a snapshot could not be written"))
    else {
        return;
    };
    let snapshot = Snapshot {
        version: loaded.version,
        schema: SNAPSHOT_SCHEMA,
        state,
    };
    if let Err(error) = deps.store.save_snapshot(stream.clone(), snapshot).await {
        tracing::warn!(%error, "a snapshot could not be kept");
    }
}

/// What the asker gets, read off the state after the facts were applied.
fn answer(view: &View<'_>, command: &UserCommand, decision: &Decision) -> Reply {
    let state = view.state;
    match command {
        UserCommand::Receive(inbound) => {
            let What::Pressed { press, .. } = &inbound.what else {
                return Reply::Done;
            };
            press_answer(view, press)
        }
        UserCommand::BeginSend { notification_id } => {
            let attempted =
                |fact: &decide::Fact| matches!(fact.event, events::UserEvent::DeliveryAttempted(_));
            let card = state
                .notification(*notification_id)
                .filter(|_| decision.facts.iter().any(attempted));
            let (Some(card), Some(conversation)) = (card, &state.conversation) else {
                return Reply::NotDue;
            };
            Reply::Send(Box::new(SendPermit {
                attempt: card.attempts,
                conversation: conversation.clone(),
                recover: card.recovery,
                card: view.card(card),
            }))
        }
        UserCommand::BeginUpdate { notification_id } => {
            let card = state
                .notification(*notification_id)
                .filter(|card| decide::wants_update(card));
            let (Some(card), Some(conversation)) = (card, &state.conversation) else {
                return Reply::NotDue;
            };
            let Some(activity_id) = card.activity_id.clone() else {
                return Reply::NotDue;
            };
            let conversation = conversation.clone();
            let card = view.card(card);
            Reply::Update(Box::new(UpdatePermit {
                conversation,
                activity_id,
                card,
            }))
        }
        UserCommand::Locate => match &state.conversation {
            Some(conversation) => Reply::Profile(Box::new(conversation.clone())),
            None => Reply::NotDue,
        },
        UserCommand::BeginProfile => match (&state.profile, &state.conversation) {
            (Profile::Requested(_), Some(conversation)) => Reply::Profile(Box::new(conversation.clone())),
            _ => Reply::NotDue,
        },
        UserCommand::Requeue {
            notification_id,
            replay_id,
            ..
        } => Reply::Requeued(decide::requeued(state, *notification_id, *replay_id)),
        UserCommand::Queue(_)
        | UserCommand::ChangeSubject(_)
        | UserCommand::HandOverFailed { .. }
        | UserCommand::ReferenceOpened { .. }
        | UserCommand::FinishSend { .. }
        | UserCommand::ContentGone { .. }
        | UserCommand::Interrupted { .. }
        | UserCommand::FinishUpdate { .. }
        | UserCommand::ProfileFound(_)
        | UserCommand::ProfileFailed { .. } => Reply::Done,
    }
}

fn press_answer(view: &View<'_>, press: &Press) -> Reply {
    let Some(id) = press.on else {
        return Reply::Done;
    };
    let state = view.state;
    let card = state.notification(id).map_or_else(
        || crate::card::CardSpec {
            user: view.user.clone(),
            notification_id: id,
            revision: 1,
            locale: state.client.locale.clone(),
            timezone: state.client.timezone.clone(),
            content: crate::card::CardContent::StaleAction,
        },
        |card| view.card(card),
    );
    Reply::Card(Box::new(card))
}

/// What an answer is read off.
#[derive(Clone, Copy)]
struct View<'a> {
    state: &'a UserState,
    user: &'a UserKey,
    now: chrono::DateTime<chrono::Utc>,
    rules: &'a Rules,
}

impl View<'_> {
    fn card(&self, card: &state::Notification) -> crate::card::CardSpec {
        view::card(self.state, self.user, card, self.now, self.rules)
    }
}
