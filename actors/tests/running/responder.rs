//! The responder over a work list that lags behind the log.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use actors::Responder;
use actors::ports::{ChronusWebhook, PendingResponse, PendingResponses, PortError, Progress, WebhookResult};
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
    fn due(&self, _: DateTime<Utc>, _: usize) -> BoxFuture<'_, Result<Vec<PendingResponse>, PortError>> {
        let stale = (*self.folded.borrow() < self.head).then(|| PendingResponse {
            position: Position(1),
            organization_id: OrganizationId::parse("acme").unwrap(),
            attempts: 0,
            due_at: DateTime::UNIX_EPOCH,
        });
        async { Ok(stale.into_iter().collect()) }.boxed()
    }

    fn next_due(&self) -> BoxFuture<'_, Result<Option<DateTime<Utc>>, PortError>> {
        async { Ok(None) }.boxed()
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
        delays: Vec::new(),
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
