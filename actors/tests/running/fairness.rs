//! Tenants beside each other: one with a burst waiting, others with a card now and then.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};

use actors::Directory;
use actors::card::CardSpec;
use actors::delivery::{CircuitSettings, Circuits, Uncounted};
use actors::lane::{Express, LaneDeps, Limits, Window, run_lanes};
use actors::partition::SoleOwner;
use actors::ports::{
    CardRenderer, Connector, DueWork, Further, Message, OpenResult, Outbox, PortError, ProfileResult,
    Progress, RenderError, SendResult, TenantDue, TenantsDue, Work,
};
use actors::settings::ActorSettings;
use actors::user::load;
use chrono::{DateTime, Utc};
use events::sealing::memory::MemoryKeyTable;
use events::user::{ConversationRef, Recovery};
use events::{ActivityId, EventStore as _, NotificationId, Position, SystemClock, TenantId, UserKey, Vault};
use futures_util::future::{BoxFuture, FutureExt as _};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::support::{Gated, deps, install};

const BURST: usize = 300;
const QUIET: usize = 10;

/// Work list and Teams in one: what was posted no longer waits.
#[derive(Debug)]
struct Both {
    store: Arc<Gated>,
    waiting: Mutex<BTreeMap<UserKey, NotificationId>>,
    posted: watch::Sender<Vec<UserKey>>,
}

impl Progress for Both {
    fn folded(&self) -> watch::Receiver<Position> {
        self.store.head()
    }
}

impl Outbox for Both {
    fn tenants(&self, _: Option<Position>) -> BoxFuture<'_, Result<TenantsDue, PortError>> {
        let waiting = self.waiting.lock().unwrap();
        let tenants: HashMap<_, _> = waiting
            .keys()
            .map(|user| (user.tenant_id.clone(), DateTime::UNIX_EPOCH))
            .collect();
        let tenants = tenants
            .into_iter()
            .map(|(tenant_id, due_at)| TenantDue { tenant_id, due_at })
            .collect();
        let position = *self.store.head().borrow();
        async move { Ok(TenantsDue { tenants, position }) }.boxed()
    }

    fn due(
        &self,
        tenant: TenantId,
        _: DateTime<Utc>,
        busy: HashSet<UserKey>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<DueWork>, PortError>> {
        let waiting = self.waiting.lock().unwrap();
        let due = waiting
            .iter()
            .filter(|(user, _)| user.tenant_id == tenant && !busy.contains(user))
            .take(limit)
            .map(|(user, card)| DueWork {
                user: user.clone(),
                work: Work::Send(*card),
                position: Position(1),
                attempted: false,
            })
            .collect();
        async move { Ok(due) }.boxed()
    }
}

impl Connector for Both {
    fn send<'a>(
        &'a self,
        user: &'a UserKey,
        _: &'a ConversationRef,
        _: &'a Message,
        _: &'a dyn Further,
    ) -> BoxFuture<'a, SendResult> {
        async move {
            tokio::task::yield_now().await;
            self.waiting.lock().unwrap().remove(user);
            self.posted.send_modify(|posted| posted.push(user.clone()));
            SendResult::Accepted {
                activity_id: ActivityId::parse("1").ok(),
            }
        }
        .boxed()
    }

    fn update<'a>(
        &'a self,
        _: &'a UserKey,
        _: &'a ConversationRef,
        _: &'a ActivityId,
        _: &'a Message,
        _: &'a dyn Further,
    ) -> BoxFuture<'a, SendResult> {
        async { SendResult::Accepted { activity_id: None } }.boxed()
    }

    fn open_chat<'a>(
        &'a self,
        _: &'a UserKey,
        _: &'a ConversationRef,
        _: Recovery,
        _: &'a dyn Further,
    ) -> BoxFuture<'a, OpenResult> {
        unreachable!("no chat is lost")
    }

    fn profile<'a>(
        &'a self,
        _: &'a UserKey,
        _: &'a ConversationRef,
        _: &'a dyn Further,
    ) -> BoxFuture<'a, ProfileResult> {
        unreachable!("no profile is due")
    }
}

impl CardRenderer for Both {
    fn render<'a>(&'a self, _: &'a CardSpec) -> BoxFuture<'a, Result<Message, RenderError>> {
        async { Ok(Message(serde_json::json!({ "type": "message" }))) }.boxed()
    }
}

/// Lanes over these people, with room for one request in all and no limit of a tenant's own, so that the turns alone
/// decide; answers who was posted to, in order.
async fn played(people: impl Iterator<Item = String>, weights: &[(&str, u32)]) -> Vec<UserKey> {
    let store = Gated::open();
    let mut user_deps = deps(Arc::clone(&store) as _, ActorSettings::default());
    user_deps.clock = Arc::new(SystemClock);
    let directory = Directory::start(user_deps);
    let mut waiting = BTreeMap::new();
    for name in people {
        let user = UserKey::parse(name).unwrap();
        directory.ask(&user, install(0)).await.unwrap();
        let state = load(&*store, &user).await.unwrap().state;
        waiting.insert(user, state.notifications.iter().next().unwrap().id);
    }
    let all = waiting.len();
    let both = Arc::new(Both {
        store,
        waiting: Mutex::new(waiting),
        posted: watch::Sender::new(Vec::new()),
    });
    let weights = weights.iter().map(|(tenant, weight)| {
        let tenant = TenantId::parse(*tenant).unwrap();
        (tenant, NonZeroU32::new(*weight).unwrap())
    });
    let lanes = LaneDeps {
        express: Express::default(),
        switches: Arc::new(actors::ports::AlwaysOn),
        after_restart: false,
        directory: directory.clone(),
        outbox: Arc::clone(&both) as _,
        progress: Arc::clone(&both) as _,
        connector: Arc::clone(&both) as _,
        renderer: Arc::clone(&both) as _,
        vault: Vault::new(Arc::new(MemoryKeyTable::default())),
        clock: Arc::new(SystemClock),
        limits: Arc::new(Limits {
            tenant: Window::new(100_000, 1),
            total_concurrency: 1,
            weights: weights.collect(),
            ..Limits::default()
        }),
        circuits: Arc::new(Circuits::new(CircuitSettings::default())),
        observer: Arc::new(Uncounted),
        ownership: Arc::new(SoleOwner),
    };
    let cancel = CancellationToken::new();
    let running = tokio::task::spawn(run_lanes(lanes, cancel.clone()));
    let mut posted = both.posted.subscribe();
    posted.wait_for(|posted| posted.len() == all).await.unwrap();
    cancel.cancel();
    running.await.unwrap();
    directory.stop();
    both.posted.borrow().clone()
}

#[actix::test]
async fn a_tenants_burst_does_not_make_the_cards_of_others_wait_for_its_end() {
    let burst = (0..BURST).map(|number| format!("burst/{number}"));
    let quiet = (0..QUIET).map(|number| format!("quiet-{number}/ada"));
    let order = played(burst.chain(quiet), &[]).await;
    let last = order
        .iter()
        .rposition(|user| user.tenant_id.as_str() != "burst")
        .unwrap();
    assert!(
        last < BURST / 2,
        "a card of another tenant was number {last} of {}",
        order.len()
    );
}

#[actix::test]
async fn of_two_bursts_the_heavier_tenants_is_over_sooner_and_the_other_goes_on_beside_it() {
    let people = (0..BURST).flat_map(|number| [format!("heavy/{number}"), format!("light/{number}")]);
    let order = played(people, &[("heavy", 4)]).await;
    let of = |tenant: &str| {
        let tenant = tenant.to_owned();
        move |user: &&UserKey| user.tenant_id.as_str() == tenant
    };
    // While both have something to send, four of five turns are the heavy one's; a lane reads its list now and then
    // and has nothing to send meanwhile, so less than that is asked for.
    let half = &order[..BURST];
    let (heavy, light) = (
        half.iter().filter(of("heavy")).count(),
        half.iter().filter(of("light")).count(),
    );
    assert!(heavy > light * 2, "{heavy} against {light}");
    assert!(light > BURST / 20, "{heavy} against {light}");
}
