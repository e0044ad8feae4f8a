//! The responder over a work list that lags behind the log.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use actors::Responder;
use actors::ports::{
    ChronusWebhook, Most, PendingResponse, PendingResponses, PortError, Progress, ReceiverStanding,
    WebhookResult,
};
use actors::responder::HandOverRules;
use chrono::{DateTime, Utc};
use events::store::memory::MemoryStore;
use events::tenant::IntegrationEnabled;
use events::{
    EventId, EventStore, Expected, Metadata, NewEvent, OrganizationId, Position, StreamId, StreamWrite,
    TenantEvent, TenantId,
};
use futures_util::future::{BoxFuture, FutureExt as _};
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::support::clock;

/// Lists one answer until the fold is told to have come to the log's end.
#[derive(Debug)]
struct Lagging {
    folded: watch::Sender<Position>,
    head: Position,
}

impl Progress for Lagging {
    fn folded(&self) -> watch::Receiver<Position> {
        self.folded.subscribe()
    }
}

impl PendingResponses for Lagging {
    fn due(
        &self,
        _: DateTime<Utc>,
        _: DateTime<Utc>,
        _: HashSet<OrganizationId>,
        _: Most,
    ) -> BoxFuture<'_, Result<Vec<PendingResponse>, PortError>> {
        let stale = (*self.folded.borrow() < self.head).then(|| PendingResponse {
            position: Position(1),
            organization_id: OrganizationId::parse("acme").unwrap(),
            correlation_id: Uuid::nil(),
            attempts: 0,
            tries_before: 0,
            receiver: ReceiverStanding::default(),
            due_at: DateTime::UNIX_EPOCH,
        });
        async { Ok(stale.into_iter().collect()) }.boxed()
    }
}

#[derive(Debug, Default)]
struct Counting {
    calls: AtomicUsize,
    called: Notify,
}

impl ChronusWebhook for Counting {
    fn deliver(&self, _: OrganizationId, _: Position) -> BoxFuture<'_, Result<WebhookResult, PortError>> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        self.called.notify_one();
        async { Ok(WebhookResult::Taken(204)) }.boxed()
    }
}

/// A log with so many events.
async fn log(events: u64) -> Arc<MemoryStore> {
    let store = Arc::new(MemoryStore::new());
    for number in 0..events {
        let id = EventId::derive([number.to_string().as_str()]);
        let metadata = Metadata {
            time: DateTime::UNIX_EPOCH,
            correlation_id: id.0,
            causation_id: id.0,
        };
        let event = TenantEvent::from(IntegrationEnabled { by: "test".into() });
        let write = StreamWrite {
            stream: StreamId::tenant(&TenantId::parse("t").unwrap()),
            expected: Expected::Any,
            events: vec![NewEvent::encode(id, &event, metadata)],
        };
        store.append(vec![write]).await.unwrap();
    }
    store
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_was_taken_before_the_start_is_not_handed_over_again() {
    // Given a log whose newest events, that the answer was taken, are not folded yet.
    let store = log(3).await;
    let lagging = Arc::new(Lagging {
        folded: watch::Sender::new(Position(1)),
        head: Position(3),
    });
    let webhook = Arc::new(Counting::default());
    let responder = Responder {
        pending: Arc::clone(&lagging) as _,
        progress: Arc::clone(&lagging) as _,
        ownership: Arc::new(actors::partition::SoleOwner),
        webhook: Arc::clone(&webhook) as _,
        store,
        clock: Arc::new(clock()),
        rules: HandOverRules {
            delays: Vec::new(),
            ..HandOverRules::default()
        },
    };
    let cancel = CancellationToken::new();
    let running = tokio::spawn(responder.run(cancel.clone()));

    // When time goes by before the fold comes to the log's end, and after,
    let early = tokio::time::timeout(std::time::Duration::from_secs(60), webhook.called.notified()).await;
    lagging.folded.send_replace(Position(3));
    tokio::time::sleep(std::time::Duration::from_secs(60)).await;
    cancel.cancel();
    running.await.unwrap();

    // Then nothing was handed over.
    assert!(early.is_err(), "handed over from a list that lags behind");
    assert_eq!(webhook.calls.load(Ordering::SeqCst), 0);
}

/// A great many answers wait for one organization, whose receiver is down, and one for another.
#[derive(Debug)]
struct Backlog {
    folded: watch::Sender<Position>,
    waiting: Mutex<BTreeMap<Position, OrganizationId>>,
    /// The most that was ever handed out at once.
    most: AtomicUsize,
}

impl Progress for Backlog {
    fn folded(&self) -> watch::Receiver<Position> {
        self.folded.subscribe()
    }
}

impl PendingResponses for Backlog {
    fn due(
        &self,
        _: DateTime<Utc>,
        _: DateTime<Utc>,
        but: HashSet<OrganizationId>,
        most: Most,
    ) -> BoxFuture<'_, Result<Vec<PendingResponse>, PortError>> {
        let mut given: HashMap<OrganizationId, usize> = HashMap::new();
        let mut due = Vec::new();
        for (position, organization_id) in &*self.waiting.lock().unwrap() {
            let given = given.entry(organization_id.clone()).or_default();
            if but.contains(organization_id) || *given == most.each {
                continue;
            }
            *given += 1;
            due.push(PendingResponse {
                position: *position,
                organization_id: organization_id.clone(),
                correlation_id: Uuid::nil(),
                attempts: 0,
                tries_before: 0,
                receiver: ReceiverStanding::default(),
                due_at: DateTime::UNIX_EPOCH,
            });
        }
        self.most.fetch_max(due.len(), Ordering::SeqCst);
        async { Ok(due) }.boxed()
    }
}

/// One organization's receiver answers nothing until the time limit; the others' take everything.
#[derive(Debug)]
struct OneDown {
    backlog: Arc<Backlog>,
    down: OrganizationId,
    tried: AtomicUsize,
    taken: watch::Sender<usize>,
}

impl ChronusWebhook for OneDown {
    fn deliver(
        &self,
        organization: OrganizationId,
        position: Position,
    ) -> BoxFuture<'_, Result<WebhookResult, PortError>> {
        async move {
            if organization == self.down {
                self.tried.fetch_add(1, Ordering::SeqCst);
                tokio::time::sleep(Duration::from_secs(10)).await;
                return Ok(WebhookResult::NotTaken {
                    status: None,
                    reason: "timeout".into(),
                    retry_after: None,
                });
            }
            self.backlog.waiting.lock().unwrap().remove(&position);
            self.taken.send_modify(|taken| *taken += 1);
            Ok(WebhookResult::Taken(200))
        }
        .boxed()
    }
}

#[tokio::test(start_paused = true)]
async fn a_receiver_that_is_down_for_an_hour_holds_up_nobody_else_and_is_asked_now_and_then() {
    let organization = |name: &str| OrganizationId::parse(name).unwrap();
    let waiting = (1..=200).map(|number| (Position(number), organization("down")));
    let others = (201..=300).map(|number| (Position(number), organization("other")));
    let backlog = Arc::new(Backlog {
        folded: watch::Sender::new(Position(u64::MAX)),
        waiting: Mutex::new(waiting.chain(others).collect()),
        most: AtomicUsize::new(0),
    });
    let webhook = Arc::new(OneDown {
        backlog: Arc::clone(&backlog),
        down: organization("down"),
        tried: AtomicUsize::new(0),
        taken: watch::Sender::new(0),
    });
    let responder = Responder {
        pending: Arc::clone(&backlog) as _,
        progress: Arc::clone(&backlog) as _,
        ownership: Arc::new(actors::partition::SoleOwner),
        webhook: Arc::clone(&webhook) as _,
        store: log(0).await,
        clock: Arc::new(clock()),
        rules: HandOverRules::default(),
    };
    let cancel = CancellationToken::new();
    let running = tokio::spawn(responder.run(cancel.clone()));

    let mut taken = webhook.taken.subscribe();
    let begun = tokio::time::Instant::now();
    taken.wait_for(|taken| *taken == 100).await.unwrap();
    assert!(
        begun.elapsed() < Duration::from_secs(5),
        "the others waited for the one that is down: {:?}",
        begun.elapsed()
    );
    tokio::time::sleep(Duration::from_secs(3_600)).await;
    cancel.cancel();
    running.await.unwrap();

    let tried = webhook.tried.load(Ordering::SeqCst);
    assert!((60..120).contains(&tried), "asked {tried} times in an hour");
    assert!(
        backlog.most.load(Ordering::SeqCst) <= 100,
        "more was held than is handed over"
    );
}
