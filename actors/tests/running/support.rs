//! A store that can be told to misbehave, and the commands that the tests use.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use actors::action::Typed;
use actors::ports::NoKnownChats;
use actors::settings::{ActorSettings, Rules};
use actors::user::Deps;
use actors::user::command::{ActivityChat, Inbound, UserCommand, What};
use chrono::DateTime;
use events::store::memory::MemoryStore;
use events::store::{Direction, Snapshot};
use events::user::{ClientDefaultsChanged, ClientObserved, Command, ConversationRef, InstallEvidence};
use events::{
    ActivityId, AppendError, Appended, ConversationId, EventStore, ManualClock, Position, ReadError,
    Recorded, StreamId, StreamWrite, UserKey, Version,
};
use futures_util::future::{BoxFuture, FutureExt as _};
use tokio::sync::{Semaphore, watch};
use uuid::Uuid;

/// The in-memory store behind a gate.
#[derive(Debug)]
pub(crate) struct Gated {
    pub(crate) inner: MemoryStore,
    /// Appends wait here; closed gates hold the actor in the middle of a command.
    pub(crate) gate: Semaphore,
    /// Appends that panic, to kill the actor that made them.
    pub(crate) panics: AtomicUsize,
    /// Appends that panic after they were written.
    pub(crate) late_panics: AtomicUsize,
    pub(crate) reads: AtomicUsize,
    /// The types of the events of each append.
    appends: Mutex<Vec<Vec<&'static str>>>,
}

impl Gated {
    pub(crate) fn open() -> Arc<Self> {
        Self::with_permits(Semaphore::MAX_PERMITS)
    }

    pub(crate) fn closed() -> Arc<Self> {
        Self::with_permits(0)
    }

    fn with_permits(permits: usize) -> Arc<Self> {
        Arc::new(Self {
            inner: MemoryStore::new(),
            gate: Semaphore::new(permits),
            panics: AtomicUsize::new(0),
            late_panics: AtomicUsize::new(0),
            reads: AtomicUsize::new(0),
            appends: Mutex::default(),
        })
    }

    /// The types of the events of each append so far.
    pub(crate) fn appended(&self) -> Vec<Vec<&'static str>> {
        self.appends.lock().unwrap().clone()
    }

    pub(crate) async fn names(&self, user: &UserKey) -> Vec<String> {
        let all = self
            .inner
            .read_stream(StreamId::user(user), Version(1), Direction::Forwards, usize::MAX)
            .await;
        all.unwrap()
            .iter()
            .map(|event| event.event_type.to_string())
            .collect()
    }
}

fn take_one(counter: &AtomicUsize) -> bool {
    counter
        .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1))
        .is_ok()
}

impl EventStore for Gated {
    fn append(&self, writes: Vec<StreamWrite>) -> BoxFuture<'_, Result<Vec<Appended>, AppendError>> {
        async move {
            self.gate.acquire().await.unwrap().forget();
            assert!(!take_one(&self.panics), "told to panic");
            let types = writes
                .iter()
                .flat_map(|write| &write.events)
                .map(|event| event.event_type);
            self.appends.lock().unwrap().push(types.collect());
            let appended = self.inner.append(writes).await;
            assert!(!take_one(&self.late_panics), "told to panic after writing");
            appended
        }
        .boxed()
    }

    fn read_stream(
        &self,
        stream: StreamId,
        from: Version,
        direction: Direction,
        max: usize,
    ) -> BoxFuture<'_, Result<Vec<Recorded>, ReadError>> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        self.inner.read_stream(stream, from, direction, max)
    }

    fn read_log(&self, after: Position, max: usize) -> BoxFuture<'_, Result<Vec<Recorded>, ReadError>> {
        self.inner.read_log(after, max)
    }

    fn head(&self) -> watch::Receiver<Position> {
        self.inner.head()
    }

    fn load_snapshot(&self, stream: StreamId) -> BoxFuture<'_, Result<Option<Snapshot>, ReadError>> {
        self.inner.load_snapshot(stream)
    }

    fn save_snapshot(&self, stream: StreamId, snapshot: Snapshot) -> BoxFuture<'_, Result<(), AppendError>> {
        self.inner.save_snapshot(stream, snapshot)
    }
}

pub(crate) fn deps(store: Arc<dyn EventStore>, settings: ActorSettings) -> Deps {
    Deps {
        store,
        clock: Arc::new(clock()),
        rules: Arc::new(Rules::default()),
        settings: Arc::new(settings),
        chats: Arc::new(NoKnownChats),
    }
}

pub(crate) fn clock() -> ManualClock {
    ManualClock::at(DateTime::from_timestamp_millis(1_700_000_000_000).unwrap())
}

pub(crate) fn user(name: &str) -> UserKey {
    UserKey::parse(format!("tenant/{name}")).unwrap()
}

fn inbound(key: u128, what: What) -> UserCommand {
    inbound_at(key, what, "https://smba.trafficmanager.net/amer")
}

fn inbound_at(key: u128, what: What, service_url: &str) -> UserCommand {
    UserCommand::Receive(Box::new(Inbound {
        tenant_off: false,
        activity_key: Uuid::from_u128(key),
        at: None,
        chat: ActivityChat::Own(ConversationRef {
            conversation_id: ConversationId::parse("a:chat").unwrap(),
            service_url: service_url.into(),
            teams_user_id: "29:x".into(),
            bot_id: "28:bot".into(),
        }),
        client: ClientObserved::default(),
        app_version: None,
        client_defaults: ClientDefaultsChanged::default(),
        what,
    }))
}

pub(crate) fn install(key: u128) -> UserCommand {
    inbound(key, What::Installed(InstallEvidence::InstallationUpdate))
}

/// An install whose chat is at this service URL.
pub(crate) fn install_at(key: u128, service_url: &str) -> UserCommand {
    let what = What::Installed(InstallEvidence::InstallationUpdate);
    inbound_at(key, what, service_url)
}

pub(crate) fn help(key: u128) -> UserCommand {
    inbound(key, What::Typed(Typed::plain(Command::Help)))
}

pub(crate) fn reaction(key: u128, message: &str) -> UserCommand {
    inbound(key, What::Reacted(ActivityId::parse(message).unwrap()))
}
