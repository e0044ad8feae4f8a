//! One Teams user: rules (`decide`, `apply`) inside, a thin actix shell outside.
//!
//! The shell loads the stream once, then answers each command by decide → append → apply, one command at a time
//! (`AtomicResponse`). Crash story: nothing is answered before its events are on disk; a crash in between leaves
//! events whose repeat decides to nothing. On a version conflict it re-reads the stream and decides again. After
//! any store failure it forgets its state, so the next command starts from the log.

use std::sync::Arc;

use actix::{Actor, AtomicResponse, Context, Handler, Message, WrapFuture as _};
use events::{AppendError, Clock, DecodeError, EventStore, Position, ReadError, UserKey, Version};
use tokio::sync::oneshot;
use tracing::{Instrument as _, Span};

use crate::settings::{ActorSettings, Rules};

pub mod command;
pub mod decide;
mod execute;
pub mod keys;
pub mod membership;
pub mod notification;
pub mod notifications;
pub mod profile;
pub mod quiet;
pub mod recent;
mod reply;
mod revisions;
pub mod standing;
pub mod state;
pub mod subject;
pub mod view;

use command::{Reply, UserCommand};
use execute::execute;
pub use execute::load;
use state::UserState;

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
    /// What the asker is doing: what is decided belongs to it.
    pub(crate) span: Span,
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
    /// The newest snapshot of it.
    kept: Kept,
}

/// The newest snapshot, and what came since.
#[derive(Debug, Clone, Copy, Default)]
struct Kept {
    /// The version that it includes.
    version: Version,
    /// How many bytes it has.
    bytes: usize,
    /// Bytes of the events since then, about.
    since: usize,
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
        let Ask {
            command,
            span,
            respond,
        } = ask;
        let work = async move { (execute(&user, &deps, loaded, &command).await, respond) }.instrument(span);
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
