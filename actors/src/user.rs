//! One Teams user: rules (`decide`, `apply`) inside, a thin actix shell outside.
//!
//! The shell loads the stream once, then answers what is asked of it by decide → append → apply, in the order of asking.
//! What waits while an append is under way is decided together, each command upon what those before it led to, and is one
//! append (`execute`). Crash story: nothing is answered before its events are on disk; a crash in between leaves
//! events whose repeat decides to nothing. On a version conflict it reads the stream again and decides again. After
//! any store failure it forgets its state, so the next command starts from the log.

use std::collections::VecDeque;
use std::sync::Arc;

use actix::{
    Actor, ActorContext as _, ActorFutureExt as _, AsyncContext as _, Context, Handler, Message,
    WrapFuture as _,
};
use events::{AppendError, Clock, DecodeError, EventStore, Position, ReadError, UserKey, Version};
use tokio::sync::oneshot;
use tracing::{Instrument as _, Span};

use crate::ports::KnownChats;
use crate::settings::{ActorSettings, Rules};

pub mod asking;
pub(crate) mod chats;
pub mod command;
pub mod decide;
mod early;
mod execute;
pub mod keys;
pub mod membership;
pub mod notification;
pub mod notifications;
pub mod profile;
pub mod quiet;
pub mod recent;
mod revisions;
pub mod standing;
pub mod state;
pub mod subject;
pub mod view;
pub mod wished;

use asking::Asker;
use command::UserCommand;
use early::Early;
pub use execute::load;
use execute::{execute, keep_snapshot};
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
    /// Whose chats are known.
    pub chats: Arc<dyn KnownChats>,
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
pub struct Answer<R> {
    /// The answer.
    pub reply: R,
    /// The last event appended for it; `None` when none was needed.
    pub position: Option<Position>,
}

/// Commands with the way back.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(crate) struct Ask {
    pub(crate) request: Request,
    /// Told the last event appended for it, `None` when none was needed, once the asker has its reply.
    pub(crate) respond: oneshot::Sender<Result<Option<Position>, AskError>>,
}

/// What is asked at once.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// Decided one after the other, upon each other; the last one is answered.
    pub(crate) commands: Arc<[UserCommand]>,
    /// Who gets the reply to the last one.
    pub(crate) asker: Arc<dyn Asker>,
    /// What the asker is doing: what is decided belongs to it.
    pub(crate) span: Span,
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
    early: Early,
    /// What came while something is under way; the directory bounds it.
    waiting: VecDeque<Ask>,
    working: bool,
    retiring: bool,
}

/// The fold and how far it goes.
#[derive(Debug, Clone, Default)]
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
            early: Early::default(),
            waiting: VecDeque::new(),
            working: false,
            retiring: false,
        }
    }

    /// Begins with what waits, unless something is under way.
    fn go_on(&mut self, ctx: &mut Context<Self>) {
        if self.working {
            return;
        }
        if self.waiting.is_empty() {
            if self.retiring {
                ctx.stop();
            }
            return;
        }
        self.working = true;
        // Taken only when this is polled, which is after the mailbox: what waits there comes with it.
        let work = async {}.into_actor(self).then(|(), actor, _| {
            let waiting: Vec<Ask> = actor.waiting.drain(..).collect();
            let (user, deps, loaded) = (actor.user.clone(), actor.deps.clone(), actor.loaded.take());
            let early = std::mem::take(&mut actor.early);
            let span = waiting
                .first()
                .map_or_else(Span::none, |ask| ask.request.span.clone());
            // Boxed: what a decision works with is large, and lies here only while it works.
            async move { Box::pin(serve(&user, &deps, (loaded, early), waiting)).await }
                .instrument(span)
                .into_actor(actor)
        });
        ctx.spawn(work.map(|(loaded, early), actor, ctx| {
            (actor.loaded, actor.early) = (loaded, early);
            actor.working = false;
            actor.go_on(ctx);
        }));
    }
}

/// Answers what was asked, as much at a time as is one append; answers what is known of the person then, and which receipts
/// came too early.
async fn serve(
    user: &UserKey,
    deps: &Deps,
    (mut loaded, mut early): (Option<Loaded>, Early),
    mut asked: Vec<Ask>,
) -> (Option<Loaded>, Early) {
    while !asked.is_empty() {
        let requests: Vec<Request> = asked.iter().map(|ask| ask.request.clone()).collect();
        match execute(user, deps, loaded.take(), &requests).await {
            Ok((mut known, answers)) => {
                // Who asked may have gone (a closed HTTP connection); the effect is on disk all the same.
                for (ask, position) in asked.drain(..answers.len()).zip(answers) {
                    early.keep(&ask.request, &known.state);
                    drop(ask.respond.send(Ok(position)));
                }
                keep_snapshot(user, deps, &mut known).await;
                loaded = look_again(user, deps, known, &mut early).await;
            }
            Err(error) => {
                for ask in asked.drain(..) {
                    drop(ask.respond.send(Err(error.clone())));
                }
            }
        }
    }
    (loaded, early)
}

/// Takes in the receipts that came too early, once their cards' tries have ended.
async fn look_again(user: &UserKey, deps: &Deps, known: Loaded, early: &mut Early) -> Option<Loaded> {
    let receipts = early.due(&known.state);
    if receipts.is_empty() {
        return Some(known);
    }
    // Nobody waits for an answer. What fails here was no more than told early.
    let looked = execute(user, deps, Some(known), &receipts).await;
    looked.ok().map(|(known, _)| known)
}

impl Actor for UserActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(self.deps.settings.mailbox);
    }
}

impl Handler<Ask> for UserActor {
    type Result = ();

    fn handle(&mut self, ask: Ask, ctx: &mut Self::Context) {
        self.waiting.push_back(ask);
        self.go_on(ctx);
    }
}

impl Handler<Retire> for UserActor {
    type Result = ();

    fn handle(&mut self, _retire: Retire, ctx: &mut Self::Context) {
        self.retiring = true;
        self.go_on(ctx);
    }
}
