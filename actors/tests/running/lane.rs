//! Lanes: what stands in the log before and after a POST, one at a time per chat, and what a crash leaves.

use std::collections::{HashSet, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use actors::Directory;
use actors::card::CardSpec;
use actors::delivery::{CircuitSettings, Circuits, Uncounted};
use actors::lane::{Express, LaneDeps, Limits, Window, run_lanes};
use actors::partition::SoleOwner;
use actors::ports::{
    CardRenderer, Connector, DueWork, Further, MemberProfile, Message, OpenResult, Outbox, PortError,
    ProfileResult, Progress, Rejection, RenderError, SendResult, TenantDue, TenantsDue, Work,
};
use actors::settings::ActorSettings;
use actors::user::command::UserCommand;
use actors::user::state::{Phase, UserState};
use chrono::{DateTime, Utc};
use events::sealing::memory::MemoryKeyTable;
use events::user::{ConversationRef, MemberRole, Recovery};
use events::{
    ActivityId, Clock as _, Event, EventStore as _, Position, SystemClock, TenantId, UserKey, Vault,
};
use futures_util::future::{BoxFuture, FutureExt as _};
use serde_json::json;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::support::{Gated, deps, help, install, install_at, user};

/// A work list folded from the log at each question: never behind.
#[derive(Debug)]
pub(crate) struct Live(Arc<Gated>);

impl Live {
    pub(crate) async fn states(&self) -> Vec<(UserKey, UserState)> {
        let mut states: Vec<(UserKey, UserState)> = Vec::new();
        for recorded in self.0.read_log(Position::START, usize::MAX).await.unwrap() {
            let Ok(Event::User(event)) = recorded.decode_any() else {
                continue;
            };
            let key = recorded.stream.user_key().unwrap();
            let index = states
                .iter()
                .position(|(known, _)| *known == key)
                .unwrap_or_else(|| {
                    states.push((key, UserState::default()));
                    states.len() - 1
                });
            states[index].1.apply(&event, &recorded.metadata);
        }
        states
    }

    async fn work(&self, now: DateTime<Utc>) -> Vec<DueWork> {
        let mut work = Vec::new();
        for (user, state) in self.states().await {
            if state.profile.is_requested() {
                work.push(DueWork {
                    user,
                    work: Work::Profile,
                    position: Position(1),
                    attempted: false,
                });
                continue;
            }
            let due = state.notifications.iter().find(|n| match n.phase {
                Phase::Queued | Phase::Attempted => true,
                Phase::Retry(at) | Phase::Unknown(Some(at)) => at <= now,
                _ => false,
            });
            work.extend(due.map(|n| DueWork {
                user,
                work: Work::Send(n.id),
                position: Position(1),
                attempted: n.phase == Phase::Attempted,
            }));
        }
        work
    }
}

impl Progress for Live {
    fn folded(&self) -> watch::Receiver<Position> {
        self.0.head()
    }
}

impl Outbox for Live {
    fn tenants(&self, _changed_after: Option<Position>) -> BoxFuture<'_, Result<TenantsDue, PortError>> {
        async move {
            let due_at = SystemClock.now();
            let position = *self.0.head().borrow();
            let waiting = !self.work(due_at).await.is_empty();
            let tenants = waiting
                .then(|| TenantDue {
                    tenant_id: TenantId::parse("tenant").unwrap(),
                    due_at,
                })
                .into_iter()
                .collect();
            Ok(TenantsDue { tenants, position })
        }
        .boxed()
    }

    fn due(
        &self,
        _tenant: TenantId,
        now: DateTime<Utc>,
        busy: HashSet<UserKey>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<DueWork>, PortError>> {
        async move {
            Ok(self
                .work(now)
                .await
                .into_iter()
                .filter(|w| !busy.contains(&w.user))
                .take(limit)
                .collect())
        }
        .boxed()
    }
}

/// A connector that looks at the log while it "posts".
#[derive(Debug)]
pub(crate) struct Watching {
    store: Arc<Gated>,
    pub(crate) posts: Mutex<Vec<UserKey>>,
    under_way: Mutex<HashSet<UserKey>>,
    /// What the next posts meet instead of being taken.
    failing: Mutex<VecDeque<SendResult>>,
    opened: Mutex<Vec<(Recovery, usize)>>,
    /// Whether hosts named `dead…` take no connection.
    dead_hosts: AtomicBool,
    /// Whether every post needs a second request.
    twice: AtomicBool,
    /// When each request of a post was made.
    requests: Mutex<Vec<Instant>>,
}

impl Watching {
    fn is_dead(&self, chat: &ConversationRef) -> bool {
        chat.service_url.contains("//dead") && self.dead_hosts.load(Ordering::SeqCst)
    }
}

impl Connector for Watching {
    fn send<'a>(
        &'a self,
        user: &'a UserKey,
        to: &'a ConversationRef,
        _message: &'a Message,
        further: &'a dyn Further,
    ) -> BoxFuture<'a, SendResult> {
        async move {
            if self.is_dead(to) {
                return SendResult::NotSent {
                    reason: "connect".to_owned(),
                    configuration: false,
                };
            }
            assert!(
                self.under_way.lock().unwrap().insert(user.clone()),
                "two posts at once into one chat"
            );
            let names = self.store.names(user).await;
            let attempts = names.iter().filter(|name| *name == "DeliveryAttempted").count();
            let settled = names
                .iter()
                .filter(|name| *name == "NotificationDelivered")
                .count();
            assert!(
                attempts > settled,
                "a post left before its attempt was in the log"
            );
            self.requests.lock().unwrap().push(Instant::now());
            tokio::task::yield_now().await;
            if self.twice.load(Ordering::SeqCst) {
                further.further().await.unwrap();
                self.requests.lock().unwrap().push(Instant::now());
            }
            self.under_way.lock().unwrap().remove(user);
            if let Some(failure) = self.failing.lock().unwrap().pop_front() {
                return failure;
            }
            let mut posts = self.posts.lock().unwrap();
            posts.push(user.clone());
            SendResult::Accepted {
                activity_id: ActivityId::parse(posts.len().to_string()).ok(),
            }
        }
        .boxed()
    }

    fn update<'a>(
        &'a self,
        _user: &'a UserKey,
        _to: &'a ConversationRef,
        _activity_id: &'a ActivityId,
        _message: &'a Message,
        _: &'a dyn Further,
    ) -> BoxFuture<'a, SendResult> {
        async { SendResult::Accepted { activity_id: None } }.boxed()
    }

    fn open_chat<'a>(
        &'a self,
        _user: &'a UserKey,
        last: &'a ConversationRef,
        by: Recovery,
        _: &'a dyn Further,
    ) -> BoxFuture<'a, OpenResult> {
        let posted = self.posts.lock().unwrap().len();
        self.opened.lock().unwrap().push((by, posted));
        let opened = OpenResult::Opened {
            conversation_id: last.conversation_id.clone(),
            service_url: last.service_url.clone(),
        };
        async { opened }.boxed()
    }

    fn profile<'a>(
        &'a self,
        _user: &'a UserKey,
        of: &'a ConversationRef,
        _: &'a dyn Further,
    ) -> BoxFuture<'a, ProfileResult> {
        if self.is_dead(of) {
            let reason = "connect".to_owned();
            return async { ProfileResult::Failed { reason } }.boxed();
        }
        let email = Some("ada@example.org".to_owned());
        let profile = MemberProfile {
            name: Some("Ada".into()),
            email,
            upn: None,
            role: MemberRole::User,
        };
        async { ProfileResult::Found(profile) }.boxed()
    }
}

#[derive(Debug)]
struct Blank;

impl CardRenderer for Blank {
    fn render<'a>(&'a self, _card: &'a CardSpec) -> BoxFuture<'a, Result<Message, RenderError>> {
        async { Ok(Message(json!({ "type": "message" }))) }.boxed()
    }
}

pub(crate) struct World {
    pub(crate) store: Arc<Gated>,
    pub(crate) live: Arc<Live>,
    pub(crate) connector: Arc<Watching>,
    pub(crate) directory: Directory,
    pub(crate) deps: LaneDeps,
}

pub(crate) fn world() -> World {
    let store = Gated::open();
    let live = Arc::new(Live(Arc::clone(&store)));
    let connector = Arc::new(Watching {
        store: Arc::clone(&store),
        posts: Mutex::default(),
        under_way: Mutex::default(),
        failing: Mutex::default(),
        opened: Mutex::default(),
        dead_hosts: AtomicBool::new(true),
        twice: AtomicBool::new(false),
        requests: Mutex::default(),
    });
    let mut user_deps = deps(Arc::clone(&store) as _, ActorSettings::default());
    user_deps.clock = Arc::new(SystemClock);
    let directory = Directory::start(user_deps);
    let deps = LaneDeps {
        express: Express::default(),
        switches: Arc::new(actors::ports::AlwaysOn),
        after_restart: false,
        directory: directory.clone(),
        outbox: Arc::clone(&live) as _,
        progress: Arc::clone(&live) as _,
        connector: Arc::clone(&connector) as _,
        renderer: Arc::new(Blank),
        vault: Vault::new(Arc::new(MemoryKeyTable::default())),
        clock: Arc::new(SystemClock),
        limits: Arc::new(Limits::default()),
        circuits: Arc::new(Circuits::new(CircuitSettings::default())),
        observer: Arc::new(Uncounted),
        ownership: Arc::new(SoleOwner),
    };
    World {
        store,
        live,
        connector,
        directory,
        deps,
    }
}

impl World {
    /// Runs lanes until nothing is left to do.
    pub(crate) async fn drain(&self) {
        let cancel = CancellationToken::new();
        let lanes = tokio::task::spawn(run_lanes(self.deps.clone(), cancel.clone()));
        let mut head = self.store.head();
        while self.live.states().await.iter().any(|(_, state)| {
            state.profile.is_requested()
                || state
                    .notifications
                    .iter()
                    .any(|n| n.phase != Phase::Delivered && n.phase != Phase::Unknown(None))
        }) {
            head.changed().await.unwrap();
        }
        cancel.cancel();
        lanes.await.unwrap();
    }
}

#[actix::test]
async fn every_card_is_posted_once_with_its_attempt_on_record_before() {
    let world = world();
    for number in 0..6 {
        let person = user(&number.to_string());
        world.directory.ask(&person, install(0)).await.unwrap();
        world.directory.ask(&person, help(1)).await.unwrap();
    }
    world.drain().await;
    assert_eq!(world.connector.posts.lock().unwrap().len(), 12);
    for (_, state) in world.live.states().await {
        assert!(
            state
                .notifications
                .iter()
                .all(|n| n.phase == Phase::Delivered && n.attempts == 1)
        );
    }
}

#[actix::test]
async fn an_attempt_that_a_crash_cut_off_becomes_unknown_and_is_made_again() {
    let world = world();
    let ada = user("ada");
    world.directory.ask(&ada, install(0)).await.unwrap();
    let card = world.live.states().await[0]
        .1
        .notifications
        .iter()
        .next()
        .unwrap()
        .id;
    // The process dies here, after the attempt was stored.
    world
        .directory
        .ask(
            &ada,
            UserCommand::BeginSend {
                notification_id: card,
            },
        )
        .await
        .unwrap();
    let cancel = CancellationToken::new();
    let lanes = tokio::task::spawn(run_lanes(world.deps.clone(), cancel.clone()));
    let mut head = world.store.head();
    while !world
        .store
        .names(&ada)
        .await
        .contains(&"DeliveryOutcomeUnknown".to_owned())
    {
        head.changed().await.unwrap();
    }
    cancel.cancel();
    lanes.await.unwrap();
    assert!(
        world.connector.posts.lock().unwrap().is_empty(),
        "it was posted again at once"
    );
}

/// A refused token makes a second request of one post; Teams counts both.
#[actix::test]
async fn requests_that_a_post_makes_beyond_its_first_are_counted_in_the_tenants_pace() {
    let mut world = world();
    let tenant = Window::new(4, 1);
    world.deps.limits = Arc::new(Limits {
        tenant,
        ..Limits::default()
    });
    world.connector.twice.store(true, Ordering::SeqCst);
    for number in 0..5 {
        let person = user(&number.to_string());
        world.directory.ask(&person, install(0)).await.unwrap();
    }
    world.drain().await;
    let requests = world.connector.requests.lock().unwrap();
    assert_eq!(requests.len(), 10);
    for five in requests.windows(5) {
        assert!(
            five[4] - five[0] >= Duration::from_secs(1),
            "{:?}",
            five[4] - five[0]
        );
    }
}

fn rejected(status: u16, code: &str) -> SendResult {
    SendResult::Rejected(Rejection {
        status,
        code: Some(code.to_owned()),
        retry_after: None,
    })
}

#[actix::test]
async fn a_chat_that_is_not_found_is_asked_for_anew_before_the_second_post() {
    let world = world();
    let ada = user("ada");
    world.directory.ask(&ada, install(0)).await.unwrap();
    world
        .connector
        .failing
        .lock()
        .unwrap()
        .push_back(rejected(404, "ConversationNotFound"));
    world.drain().await;
    assert_eq!(*world.connector.opened.lock().unwrap(), [(Recovery::Global, 0)]);
    let names = world.store.names(&ada).await;
    let told: Vec<&str> = names
        .iter()
        .map(String::as_str)
        .filter(|name| {
            name.starts_with("Delivery") || name.starts_with("Reference") || *name == "NotificationDelivered"
        })
        .collect();
    assert_eq!(
        told,
        [
            "DeliveryAttempted",
            "DeliveryRetryScheduled",
            "DeliveryAttempted",
            "ReferenceRefreshed",
            "NotificationDelivered"
        ]
    );
}

#[actix::test]
async fn cards_for_a_connector_that_is_down_wait_untried_and_all_leave_when_it_is_back() {
    let mut world = world();
    world.deps.circuits = Arc::new(Circuits::new(CircuitSettings {
        failures: 3,
        first_pause: std::time::Duration::from_millis(20),
        longest_pause: std::time::Duration::from_millis(20),
    }));
    world.deps.limits = Arc::new(Limits {
        concurrency: 1,
        ..Limits::default()
    });
    let down = || SendResult::NotSent {
        reason: "no_connection".to_owned(),
        configuration: false,
    };
    // Three open the circuit, and two probes find it down still.
    world
        .connector
        .failing
        .lock()
        .unwrap()
        .extend(std::iter::repeat_with(down).take(5));
    for number in 0..12 {
        world
            .directory
            .ask(&user(&number.to_string()), install(0))
            .await
            .unwrap();
    }
    world.drain().await;
    assert_eq!(world.connector.posts.lock().unwrap().len(), 12);
    assert!(world.deps.circuits.not_closed().is_empty());
    let states = world.live.states().await;
    let attempts: u32 = states
        .iter()
        .flat_map(|(_, state)| &state.notifications)
        .map(|card| card.attempts)
        .sum();
    assert_eq!(attempts, 12 + 5, "cards were tried while nobody could take them");
}

#[actix::test]
async fn a_host_that_is_down_holds_up_its_own_chats_and_nobody_elses() {
    let mut world = world();
    let forever = std::time::Duration::from_secs(3_600);
    world.deps.circuits = Arc::new(Circuits::new(CircuitSettings {
        failures: 2,
        first_pause: forever,
        longest_pause: forever,
    }));
    world.deps.limits = Arc::new(Limits {
        concurrency: 1,
        ..Limits::default()
    });
    for number in 0..20 {
        let person = user(&format!("a-{number}"));
        let install = install_at(0, "https://dead.example/amer");
        world.directory.ask(&person, install).await.unwrap();
    }
    let healthy = user("b");
    let install = install_at(0, "https://alive.example/amer");
    world.directory.ask(&healthy, install).await.unwrap();

    let cancel = CancellationToken::new();
    let lanes = tokio::task::spawn(run_lanes(world.deps.clone(), cancel.clone()));
    let mut head = world.store.head();
    let delivered = || async {
        let names = world.store.names(&healthy).await;
        names.contains(&"NotificationDelivered".to_owned())
    };
    let waited = tokio::time::timeout(std::time::Duration::from_secs(30), async {
        while !delivered().await {
            head.changed().await.unwrap();
        }
    });
    assert!(
        waited.await.is_ok(),
        "a healthy chat waits for a host that is not its own"
    );
    assert_eq!(world.deps.circuits.not_closed(), ["dead.example"]);
    cancel.cancel();
    lanes.await.unwrap();
    let tried: u32 = world
        .live
        .states()
        .await
        .iter()
        .filter(|(user, _)| *user != healthy)
        .flat_map(|(_, state)| &state.notifications)
        .map(|card| card.attempts)
        .sum();
    assert!(
        tried <= 2,
        "{tried} cards were tried at a host that was known to be down"
    );
}

#[actix::test]
async fn everybody_at_a_host_that_is_back_gets_their_card() {
    let mut world = world();
    let short = std::time::Duration::from_millis(20);
    world.deps.circuits = Arc::new(Circuits::new(CircuitSettings {
        failures: 2,
        first_pause: short,
        longest_pause: short,
    }));
    for number in 0..20 {
        let person = user(&number.to_string());
        let install = install_at(0, "https://dead.example/amer");
        world.directory.ask(&person, install).await.unwrap();
    }
    let (connector, circuits) = (Arc::clone(&world.connector), Arc::clone(&world.deps.circuits));
    let repair = async move {
        let mut changes = circuits.changes();
        while circuits.all_closed() {
            changes.changed().await.unwrap();
        }
        connector.dead_hosts.store(false, Ordering::SeqCst);
    };
    tokio::join!(world.drain(), repair);
    assert_eq!(world.connector.posts.lock().unwrap().len(), 20);
    assert!(world.deps.circuits.all_closed());
}
