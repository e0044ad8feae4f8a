//! Who is running: Teams user → actor. Starts an actor on its first message, spreads actors over arbiters (one
//! thread each), lets idle ones go, and replaces one that died.
//!
//! No message is lost between: a mailbox that closed under a message (retired, or a panic) makes the directory
//! start a fresh actor from the log and send the command again. That is safe because every command may come twice.
//! Two actors of one person may overlap for a moment; the expected version in the log decides between them.

use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash as _, Hasher as _};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use actix::prelude::SendError;
use actix::{Actor as _, Addr, Arbiter, ArbiterHandle};
use events::{ConversationId, Position, UserKey};
use tokio::sync::{Semaphore, oneshot};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::ports::PortError;
use crate::user::asking::{Asked, Asker, Command};
use crate::user::chats;
use crate::user::command::UserCommand;
use crate::user::{Answer, Ask, AskError, Deps, Request, Retire, UserActor};

/// Locks that the map is split over, so that threads rarely meet at one.
const SHARDS: usize = 64;

/// Actors started for one command before giving up on it.
const STARTS: usize = 3;

/// Finds and starts user actors. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Directory(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    deps: Deps,
    arbiters: Vec<Arbiter>,
    handles: Vec<ArbiterHandle>,
    shards: Vec<Mutex<HashMap<UserKey, Entry>>>,
}

#[derive(Debug)]
struct Entry {
    addr: Addr<UserActor>,
    /// Places before the actor. An actix mailbox bounds each clone of its address and not their sum, so the sum is
    /// counted here.
    room: Arc<Semaphore>,
    last_used: Instant,
}

impl Directory {
    /// A directory whose actors run on their own threads; on the caller's where the settings name no threads. Must be called
    /// inside an actix system.
    pub fn start(deps: Deps) -> Self {
        let arbiters: Vec<Arbiter> = (0..deps.settings.arbiters).map(|_| Arbiter::new()).collect();
        let handles = if arbiters.is_empty() {
            vec![Arbiter::current()]
        } else {
            arbiters.iter().map(Arbiter::handle).collect()
        };
        let shards = (0..SHARDS).map(|_| Mutex::default()).collect();
        Self(Arc::new(Inner {
            deps,
            arbiters,
            handles,
            shards,
        }))
    }

    /// Puts a command to a person's actor and waits for the answer.
    ///
    /// # Errors
    /// Too much waits for the person, the log cannot be read or written, or the actor died over the command.
    pub async fn ask<C: Command>(&self, user: &UserKey, command: C) -> Result<Answer<C::Reply>, AskError> {
        self.ask_together(user, [], command).await
    }

    /// Puts several commands to a person's actor, which decides one upon the other and appends what they lead to at once;
    /// the last one is answered.
    ///
    /// # Errors
    /// Those of [`Directory::ask`].
    pub async fn ask_together<C: Command>(
        &self,
        user: &UserKey,
        first: impl IntoIterator<Item = UserCommand>,
        last: C,
    ) -> Result<Answer<C::Reply>, AskError> {
        let asked = Arc::new(Asked::new(last));
        let request = Request {
            commands: first.into_iter().chain([asked.command()]).collect(),
            asker: Arc::clone(&asked) as Arc<dyn Asker>,
            span: tracing::Span::current(),
        };
        let position = self.put(user, request).await?;
        // Noted before the answer was given.
        let reply = asked.take().ok_or(AskError::Crashed)?;
        Ok(Answer { reply, position })
    }

    /// Puts a request to a person's actor and waits until its reply is noted.
    async fn put(&self, user: &UserKey, request: Request) -> Result<Option<Position>, AskError> {
        for _ in 0..STARTS {
            let (addr, room) = self.running(user);
            // Held until the answer: what one person's actor has before it stays bounded.
            let Ok(_place) = room.try_acquire() else {
                return Err(AskError::Busy);
            };
            let (respond, answer) = oneshot::channel();
            let request = request.clone();
            match addr.try_send(Ask { request, respond }) {
                Ok(()) => match answer.await {
                    Ok(answer) => return answer,
                    // Retired or panicked with the command in its mailbox or in its hands.
                    Err(_) => self.forget(user, &addr),
                },
                Err(SendError::Full(_)) => return Err(AskError::Busy),
                Err(SendError::Closed(_)) => self.forget(user, &addr),
            }
        }
        tracing::error!(%user, "an actor died repeatedly over one command");
        Err(AskError::Crashed)
    }

    /// Whether a chat is another person's current one.
    ///
    /// # Errors
    /// Where that cannot be looked up.
    pub(crate) async fn is_anothers_chat(
        &self,
        user: &UserKey,
        conversation: &ConversationId,
    ) -> Result<bool, PortError> {
        chats::is_anothers(&*self.0.deps.chats, user, conversation).await
    }

    /// How many actors are running.
    pub fn running_count(&self) -> usize {
        self.0.shards.iter().map(|shard| lock(shard).len()).sum()
    }

    /// Lets idle actors go, until cancelled.
    pub async fn retire_idle(&self, cancel: CancellationToken) {
        let idle = self.0.deps.settings.idle;
        let mut ticks = tokio::time::interval((idle / 4).max(Duration::from_millis(10)));
        // After a machine slept one look does.
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        while cancel.run_until_cancelled(ticks.tick()).await.is_some() {
            self.retire_unused_for(idle);
        }
    }

    fn retire_unused_for(&self, idle: Duration) {
        for shard in &self.0.shards {
            let retired: Vec<Addr<UserActor>> = lock(shard)
                .extract_if(|_, entry| entry.last_used.elapsed() >= idle)
                .map(|(_, entry)| entry.addr)
                .collect();
            for addr in retired {
                // A full mailbox means work: the actor then lives until its last address is dropped.
                if let Err(error) = addr.try_send(Retire) {
                    tracing::debug!(%error, "an idle actor had work after all");
                }
            }
        }
    }

    /// Ends every actor and its thread. Commands that wait are answered or, at the latest, dropped; nothing that was
    /// acknowledged is lost.
    pub fn stop(&self) {
        self.retire_unused_for(Duration::ZERO);
        for arbiter in &self.0.arbiters {
            arbiter.stop();
        }
    }

    fn running(&self, user: &UserKey) -> (Addr<UserActor>, Arc<Semaphore>) {
        let mut shard = lock(&self.0.shards[hash(user) % SHARDS]);
        let entry = shard.entry(user.clone()).or_insert_with(|| {
            let (key, deps) = (user.clone(), self.0.deps.clone());
            let handle = &self.0.handles[hash(user) / SHARDS % self.0.handles.len()];
            let addr = UserActor::start_in_arbiter(handle, move |_| UserActor::new(key, deps));
            let room = Arc::new(Semaphore::new(self.0.deps.settings.mailbox.max(1)));
            Entry {
                addr,
                room,
                last_used: Instant::now(),
            }
        });
        entry.last_used = Instant::now();
        (entry.addr.clone(), Arc::clone(&entry.room))
    }

    fn forget(&self, user: &UserKey, dead: &Addr<UserActor>) {
        let mut shard = lock(&self.0.shards[hash(user) % SHARDS]);
        if shard.get(user).is_some_and(|entry| entry.addr == *dead) {
            shard.remove(user);
        }
    }
}

fn lock<T>(shard: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

fn hash(user: &UserKey) -> usize {
    let mut hasher = DefaultHasher::new();
    user.hash(&mut hasher);
    usize::try_from(hasher.finish() & 0x7fff_ffff).unwrap_or(0)
}
