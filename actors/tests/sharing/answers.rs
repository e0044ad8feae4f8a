//! What router and responder record outside a person's stream, by two nodes whose lists are both behind.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use actors::partition::{Ownership, SoleOwner};
use actors::ports::{
    ChronusWebhook, HeldCard, LinkRoute, LookUpRoute, LostMessage, Most, PendingResponse, PendingResponses,
    PortError, Progress, ReceiverStanding, Route, Routing, StoppedCard, SubjectRoute, Unreached, Unroutable,
    WebhookResult,
};
use actors::responder::HandOverRules;
use actors::{Responder, Router};
use chrono::{DateTime, Utc};
use events::outbound::UnroutableReason;
use events::store::Direction;
use events::store::memory::MemoryStore;
use events::{EventId, EventStore as _, NotificationId, OrganizationId, Position, StreamId, Version};
use futures_util::future::{BoxFuture, FutureExt as _};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::nodes::{Cluster, Reach, Simulated};
use crate::writers::{clock, directory};

fn acme() -> OrganizationId {
    OrganizationId::parse("acme").unwrap()
}

/// A node's list that never learns what was done, and says that it folded the log up to a position.
#[derive(Debug)]
struct Stale(watch::Sender<Position>);

impl Stale {
    fn folded_to(position: Position) -> Arc<Self> {
        Arc::new(Self(watch::Sender::new(position)))
    }
}

impl Progress for Stale {
    fn folded(&self) -> watch::Receiver<Position> {
        self.0.subscribe()
    }
}

impl PendingResponses for Stale {
    fn due(
        &self,
        _: DateTime<Utc>,
        _: DateTime<Utc>,
        _: HashSet<OrganizationId>,
        _: Most,
    ) -> BoxFuture<'_, Result<Vec<PendingResponse>, PortError>> {
        let response = |position| PendingResponse {
            position: Position(position),
            organization_id: acme(),
            correlation_id: Uuid::nil(),
            attempts: 0,
            tries_before: 0,
            receiver: ReceiverStanding::default(),
            due_at: DateTime::UNIX_EPOCH,
        };
        async move {
            // A question takes a while, so that simulated time goes on between two rounds.
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
            Ok(vec![response(3), response(8)])
        }
        .boxed()
    }
}

impl Routing for Stale {
    fn resolved(&self, _: usize) -> BoxFuture<'_, Result<Vec<Route>, PortError>> {
        async { Ok(Vec::new()) }.boxed()
    }

    fn timed(&self, _: DateTime<Utc>, _: usize) -> BoxFuture<'_, Result<Vec<Route>, PortError>> {
        async { Ok(Vec::new()) }.boxed()
    }

    fn links(&self, _: usize) -> BoxFuture<'_, Result<Vec<LinkRoute>, PortError>> {
        async { Ok(Vec::new()) }.boxed()
    }

    fn look_ups(&self, _: usize) -> BoxFuture<'_, Result<Vec<LookUpRoute>, PortError>> {
        async { Ok(Vec::new()) }.boxed()
    }

    fn subject_changes(&self, _: usize) -> BoxFuture<'_, Result<Vec<SubjectRoute>, PortError>> {
        async { Ok(Vec::new()) }.boxed()
    }

    fn lost_messages(&self, _: usize) -> BoxFuture<'_, Result<Vec<LostMessage>, PortError>> {
        async { Ok(Vec::new()) }.boxed()
    }

    fn held(&self, _: usize) -> BoxFuture<'_, Result<Vec<HeldCard>, PortError>> {
        async { Ok(Vec::new()) }.boxed()
    }

    fn stopped(&self, _: usize) -> BoxFuture<'_, Result<Vec<StoppedCard>, PortError>> {
        async { Ok(Vec::new()) }.boxed()
    }

    fn unroutable(&self, _: DateTime<Utc>, _: usize) -> BoxFuture<'_, Result<Vec<Unroutable>, PortError>> {
        let unroutable = |card: &str| Unroutable {
            organization_id: acme(),
            notification_id: NotificationId::derive([card]),
            domain_event: EventId::derive(["event"]),
            correlation_id: Uuid::nil(),
            reason: UnroutableReason::NoMapping,
            reopened: None,
        };
        let listed = vec![unroutable("1"), unroutable("2"), unroutable("3")];
        async move { Ok(listed) }.boxed()
    }

    fn unreached(&self, _: DateTime<Utc>, _: usize) -> BoxFuture<'_, Result<Vec<Unreached>, PortError>> {
        async { Ok(Vec::new()) }.boxed()
    }
}

/// A receiver that takes everything and counts. Where nodes are to race, it answers none before it was asked by all.
#[derive(Debug, Default)]
struct Receiver {
    taken: Mutex<Vec<Position>>,
    all: Option<tokio::sync::Barrier>,
}

impl Receiver {
    fn taken(&self) -> usize {
        self.taken.lock().unwrap().len()
    }
}

impl ChronusWebhook for Receiver {
    fn deliver(
        &self,
        _: OrganizationId,
        position: Position,
    ) -> BoxFuture<'_, Result<WebhookResult, PortError>> {
        async move {
            self.taken.lock().unwrap().push(position);
            if let Some(all) = &self.all {
                all.wait().await;
            }
            Ok(WebhookResult::Taken(200))
        }
        .boxed()
    }
}

fn responder(
    store: &Arc<MemoryStore>,
    ownership: Arc<dyn Ownership>,
    webhook: &Arc<Receiver>,
    list: Arc<Stale>,
) -> Responder {
    Responder {
        pending: Arc::clone(&list) as _,
        progress: list,
        ownership,
        webhook: Arc::clone(webhook) as _,
        store: Arc::clone(store) as _,
        clock: Simulated::from_now(),
        rules: HandOverRules::default(),
    }
}

async fn recorded(store: &MemoryStore, stream: StreamId) -> usize {
    let all = store
        .read_stream(stream, Version(1), Direction::Forwards, usize::MAX)
        .await;
    all.unwrap().len()
}

#[tokio::test(start_paused = true)]
async fn an_outcome_that_two_nodes_record_stands_in_the_log_once() {
    let store = Arc::new(MemoryStore::new());
    let webhook = Arc::new(Receiver {
        all: Some(tokio::sync::Barrier::new(2)),
        ..Receiver::default()
    });
    let cancel = CancellationToken::new();
    let running: Vec<_> = (0..2)
        .map(|_| {
            let list = Stale::folded_to(Position::START);
            let node = responder(&store, Arc::new(SoleOwner), &webhook, list);
            tokio::spawn(node.run(cancel.clone()))
        })
        .collect();
    tokio::time::sleep(std::time::Duration::from_secs(5)).await;
    cancel.cancel();
    for responder in running {
        responder.await.unwrap();
    }
    assert!(webhook.taken() >= 4, "both nodes handed over");
    assert_eq!(recorded(&store, StreamId::responses(&acme())).await, 2);
}

#[actix::test]
async fn an_expiry_that_two_nodes_record_stands_in_the_log_once() {
    let store = Arc::new(MemoryStore::new());
    let cancel = CancellationToken::new();
    let directory = directory(&store, 256);
    let routers: Vec<_> = (0..2)
        .map(|_| {
            let list = Stale::folded_to(Position::START);
            let router = Router {
                unreached_after: chrono::TimeDelta::seconds(20),
                express: actors::lane::Express::default(),
                directory: directory.clone(),
                routing: Arc::clone(&list) as _,
                progress: list,
                store: Arc::clone(&store) as _,
                clock: Arc::new(clock()),
            };
            tokio::task::spawn(router.run(cancel.clone()))
        })
        .collect();
    let mut head = store.head();
    head.wait_for(|head| *head >= Position(3)).await.unwrap();
    for _ in 0..1_000 {
        tokio::task::yield_now().await;
    }
    cancel.cancel();
    for router in routers {
        router.await.unwrap();
    }
    assert_eq!(recorded(&store, StreamId::routing(&acme())).await, 3);
    directory.stop();
}

#[tokio::test(start_paused = true)]
async fn a_frozen_node_hands_over_no_answer_after_it_lost_the_organization() {
    let mut cluster = Cluster::new();
    let (one, two) = (cluster.start(), cluster.start());
    tokio::time::sleep(cluster.settle()).await;
    let nodes = [one, two];
    let partition = actors::partition::Partition::of_organization(&acme());
    let owner = nodes
        .iter()
        .position(|node| node.leases.serves(partition))
        .unwrap();
    let webhooks = [Arc::new(Receiver::default()), Arc::new(Receiver::default())];
    nodes[owner].reach(Reach::Frozen);
    tokio::time::sleep(cluster.hand_over()).await;
    let cancel = CancellationToken::new();
    let running: Vec<_> = nodes
        .iter()
        .zip(&webhooks)
        .map(|(node, webhook)| {
            let ownership: Arc<dyn Ownership> = Arc::new(node.leases.clone());
            let list = Stale::folded_to(Position(u64::MAX));
            let node = responder(&cluster.store, ownership, webhook, list);
            tokio::spawn(node.run(cancel.clone()))
        })
        .collect();
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    cancel.cancel();
    for responder in running {
        responder.await.unwrap();
    }
    assert_eq!(webhooks[owner].taken(), 0, "the frozen node sent");
    assert!(webhooks[1 - owner].taken() >= 2, "nobody sent");
}
