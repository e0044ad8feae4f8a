//! Delivery by several nodes: the owner posts, nobody else does, also when the owner loses the tenant half-way.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use actors::Directory;
use actors::card::CardSpec;
use actors::delivery::{CircuitSettings, Circuits, Uncounted};
use actors::lane::{Express, LaneDeps, Limits, run_lanes};
use actors::partition::{Ownership as _, Partition};
use actors::ports::{
    CardRenderer, Connector, DueWork, Further, Message, OpenResult, Outbox, PortError, ProfileResult,
    Progress, RenderError, SendResult, TenantDue, TenantsDue, Work,
};
use actors::user::load;
use actors::user::state::Phase;
use chrono::{DateTime, Utc};
use events::sealing::memory::MemoryKeyTable;
use events::store::memory::MemoryStore;
use events::user::{ConversationRef, Recovery};
use events::{ActivityId, EventStore as _, Position, TenantId, UserKey, Vault};
use futures_util::future::{BoxFuture, FutureExt as _};
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

use crate::nodes::{Cluster, Node, Reach, Simulated};
use crate::writers::{ada, directory, install};

/// Everybody's list: what the log says now.
#[derive(Debug)]
struct Live(Arc<MemoryStore>);

impl Live {
    async fn work(&self, now: DateTime<Utc>) -> Vec<DueWork> {
        let state = load(&*self.0, &ada()).await.unwrap().state;
        let due = state.notifications.iter().find(|card| match card.phase {
            Phase::Queued | Phase::Attempted => true,
            Phase::Retry(at) | Phase::Unknown(Some(at)) => at <= now,
            _ => false,
        });
        let work = |card: &actors::user::state::Notification| DueWork {
            user: ada(),
            work: Work::Send(card.id),
            position: Position(1),
            attempted: card.phase == Phase::Attempted,
        };
        due.map(work).into_iter().collect()
    }
}

impl Progress for Live {
    fn folded(&self) -> watch::Receiver<Position> {
        self.0.head()
    }
}

impl Outbox for Live {
    fn tenants(&self, _: Option<Position>) -> BoxFuture<'_, Result<TenantsDue, PortError>> {
        let tenant_id = ada().tenant_id;
        let due_at = DateTime::UNIX_EPOCH;
        let tenants = vec![TenantDue { tenant_id, due_at }];
        let position = Position::START;
        async move { Ok(TenantsDue { tenants, position }) }.boxed()
    }

    fn due(
        &self,
        _: TenantId,
        now: DateTime<Utc>,
        busy: HashSet<UserKey>,
        _: usize,
    ) -> BoxFuture<'_, Result<Vec<DueWork>, PortError>> {
        async move {
            let mut work = self.work(now).await;
            work.retain(|work| !busy.contains(&work.user));
            Ok(work)
        }
        .boxed()
    }
}

/// A node's way to Teams and its card drawing, where it can be held up.
#[derive(Debug, Default)]
struct Edge {
    posts: Mutex<usize>,
    drawing: Notify,
    go_on: Notify,
    slow: bool,
}

impl CardRenderer for Edge {
    fn render<'a>(&'a self, _: &'a CardSpec) -> BoxFuture<'a, Result<Message, RenderError>> {
        async move {
            self.drawing.notify_one();
            if self.slow {
                self.go_on.notified().await;
            }
            Ok(Message(serde_json::json!({})))
        }
        .boxed()
    }
}

impl Connector for Edge {
    fn send<'a>(
        &'a self,
        _: &'a UserKey,
        _: &'a ConversationRef,
        _: &'a Message,
        _: &'a dyn Further,
    ) -> BoxFuture<'a, SendResult> {
        async move {
            *self.posts.lock().unwrap() += 1;
            SendResult::Accepted {
                activity_id: Some(ActivityId::parse("1").unwrap()),
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
        last: &'a ConversationRef,
        _: Recovery,
        _: &'a dyn Further,
    ) -> BoxFuture<'a, OpenResult> {
        let (conversation_id, service_url) = (last.conversation_id.clone(), last.service_url.clone());
        async move {
            OpenResult::Opened {
                conversation_id,
                service_url,
            }
        }
        .boxed()
    }

    fn profile<'a>(
        &'a self,
        _: &'a UserKey,
        _: &'a ConversationRef,
        _: &'a dyn Further,
    ) -> BoxFuture<'a, ProfileResult> {
        let reason = "not asked".to_owned();
        async move { ProfileResult::Failed { reason } }.boxed()
    }
}

struct Lanes {
    node: Node,
    edge: Arc<Edge>,
    directory: Directory,
}

fn lanes(cluster: &Cluster, node: Node, slow: bool, cancel: &CancellationToken) -> Lanes {
    let edge = Arc::new(Edge {
        slow,
        ..Edge::default()
    });
    let directory = directory(&cluster.store, 256);
    let live = Arc::new(Live(Arc::clone(&cluster.store)));
    let deps = LaneDeps {
        express: Express::default(),
        switches: Arc::new(actors::ports::AlwaysOn),
        after_restart: false,
        directory: directory.clone(),
        outbox: Arc::clone(&live) as _,
        progress: live,
        connector: Arc::clone(&edge) as _,
        renderer: Arc::clone(&edge) as _,
        vault: Vault::new(Arc::new(MemoryKeyTable::default())),
        clock: Simulated::from_now(),
        limits: Arc::new(Limits::default()),
        circuits: Arc::new(Circuits::new(CircuitSettings::default())),
        observer: Arc::new(Uncounted),
        ownership: Arc::new(node.leases.clone()),
    };
    tokio::task::spawn(run_lanes(deps, cancel.clone()));
    Lanes {
        node,
        edge,
        directory,
    }
}

/// Polls instead of sleeping: the actors' own threads know nothing of simulated time.
async fn until(mut done: impl AsyncFnMut() -> bool) {
    let begun = std::time::Instant::now();
    while !done().await {
        assert!(
            begun.elapsed() < std::time::Duration::from_secs(20),
            "it never came"
        );
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    }
}

async fn delivered(store: &MemoryStore) -> bool {
    let state = load(store, &ada()).await.unwrap().state;
    state
        .notifications
        .iter()
        .all(|card| card.phase == Phase::Delivered)
}

#[actix::test]
async fn only_the_owner_posts() {
    let mut cluster = Cluster::new();
    cluster.settings = actors::partition::leases::LeaseSettings::of_span(std::time::Duration::from_secs(2));
    let cancel = CancellationToken::new();
    let (one, two) = (cluster.start(), cluster.start());
    let partition = Partition::of_tenant(&ada().tenant_id);
    until(async || one.held().len() == 32 && two.held().len() == 32).await;
    let owner = usize::from(!one.leases.serves(partition));
    let nodes = [
        lanes(&cluster, one, false, &cancel),
        lanes(&cluster, two, false, &cancel),
    ];
    nodes[0].directory.ask(&ada(), install()).await.unwrap();
    until(async || delivered(&cluster.store).await).await;
    assert_eq!(*nodes[owner].edge.posts.lock().unwrap(), 1);
    assert_eq!(*nodes[1 - owner].edge.posts.lock().unwrap(), 0);
    cancel.cancel();
    for node in nodes {
        node.directory.stop();
    }
}

#[actix::test]
async fn an_owner_that_lost_the_tenant_between_the_attempt_and_the_post_does_not_post() {
    let mut cluster = Cluster::new();
    cluster.settings =
        actors::partition::leases::LeaseSettings::of_span(std::time::Duration::from_millis(600));
    let cancel = CancellationToken::new();
    let one = cluster.start();
    let partition = Partition::of_tenant(&ada().tenant_id);
    until(async || one.leases.serves(partition)).await;
    let old = lanes(&cluster, one, true, &cancel);
    old.directory.ask(&ada(), install()).await.unwrap();
    // The attempt is on record and the card is being drawn: here the owner falls silent.
    old.edge.drawing.notified().await;
    old.node.reach(Reach::Frozen);
    let two = cluster.start();
    until(async || two.leases.serves(partition)).await;
    let new = lanes(&cluster, two, false, &cancel);
    // The new owner calls the attempt unknown and, by the card's policy, sends once more after a pause.
    until(async || {
        let state = load(&*cluster.store, &ada()).await.unwrap().state;
        matches!(
            state.notifications.iter().next().unwrap().phase,
            Phase::Unknown(_)
        )
    })
    .await;
    old.edge.go_on.notify_one();
    until(async || delivered(&cluster.store).await).await;
    assert_eq!(*old.edge.posts.lock().unwrap(), 0, "the old owner posted");
    assert_eq!(*new.edge.posts.lock().unwrap(), 1);
    cancel.cancel();
    for node in [old, new] {
        node.node.reach(Reach::Well);
        node.directory.stop();
    }
}
