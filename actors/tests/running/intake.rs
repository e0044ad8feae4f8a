//! Domain events are taken once, for ever, and in groups.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use actors::Intake;
use actors::intake::{AcceptedIndex, Draft, Taken};
use actors::ports::{PortError, Progress};
use chrono::DateTime;
use events::organization::{DomainEventAccepted, Recipients};
use events::{EventId, EventStore as _, Metadata, OrganizationId, PersonId, Position, Sealed};
use futures_util::future::{BoxFuture, FutureExt as _};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::support::Gated;

/// An index that folds when told to.
#[derive(Debug)]
struct Index {
    known: Mutex<HashMap<EventId, Position>>,
    folded: watch::Sender<Position>,
}

impl Index {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            known: Mutex::default(),
            folded: watch::Sender::new(Position::START),
        })
    }

    async fn fold(&self, store: &Gated) {
        let log = store.read_log(Position::START, usize::MAX).await.unwrap();
        let last = log.last().map_or(Position::START, |event| event.position);
        self.known
            .lock()
            .unwrap()
            .extend(log.into_iter().map(|event| (event.id, event.position)));
        self.folded.send_replace(last);
    }
}

impl Progress for Index {
    fn folded(&self) -> watch::Receiver<Position> {
        self.folded.subscribe()
    }
}

impl AcceptedIndex for Index {
    fn find(&self, ids: Vec<EventId>) -> BoxFuture<'_, Result<HashMap<EventId, Position>, PortError>> {
        let known = self.known.lock().unwrap();
        let found = ids
            .into_iter()
            .filter_map(|id| known.get(&id).map(|position| (id, *position)))
            .collect();
        async move { Ok(found) }.boxed()
    }
}

fn acme() -> OrganizationId {
    OrganizationId::parse("acme").unwrap()
}

fn draft(id: &str) -> Draft {
    let event_id = DomainEventAccepted::event_id(&acme(), "/chronus", id);
    let person = PersonId::organization(&acme());
    Draft {
        event_id,
        event: DomainEventAccepted {
            source: "/chronus".into(),
            id: id.into(),
            event_type: "com.chronus.news.published".into(),
            subject: None,
            time: None,
            recipients: Recipients::All,
            actor: None,
            program: None,
            class: None,
            expires_at: None,
            facts: None,
            content: Sealed {
                person,
                generation: 1,
                ciphertext: "x".into(),
            },
        },
        metadata: Metadata {
            time: DateTime::UNIX_EPOCH,
            correlation_id: event_id.0,
            causation_id: event_id.0,
        },
    }
}

fn is_accepted(taken: &[Taken]) -> Vec<bool> {
    taken
        .iter()
        .map(|taken| matches!(taken, Taken::Accepted(_)))
        .collect()
}

#[tokio::test]
async fn an_event_is_taken_once_whether_or_not_the_index_has_folded_it() {
    let (store, index) = (Gated::open(), Index::new());
    let intake = Intake::new(
        Arc::clone(&store) as _,
        Arc::clone(&index) as _,
        CancellationToken::new(),
    );
    let first = intake
        .take(&acme(), vec![draft("1"), draft("2"), draft("1")])
        .await
        .unwrap();
    assert_eq!(is_accepted(&first), [true, true, false]);
    assert_eq!(
        is_accepted(&intake.take(&acme(), vec![draft("2"), draft("3")]).await.unwrap()),
        [false, true]
    );
    index.fold(&store).await;
    assert_eq!(
        is_accepted(&intake.take(&acme(), vec![draft("3"), draft("4")]).await.unwrap()),
        [false, true]
    );
    // After a restart, with the index behind.
    let intake = Intake::new(
        Arc::clone(&store) as _,
        Arc::clone(&index) as _,
        CancellationToken::new(),
    );
    assert_eq!(
        is_accepted(&intake.take(&acme(), vec![draft("4"), draft("1")]).await.unwrap()),
        [false, false]
    );
    assert_eq!(store.read_log(Position::START, 99).await.unwrap().len(), 4);
}

#[tokio::test]
async fn requests_that_wait_are_appended_together_and_each_gets_its_own_answer() {
    let (store, index) = (Gated::closed(), Index::new());
    let intake = Intake::new(Arc::clone(&store) as _, index, CancellationToken::new());
    let asked: Vec<_> = (0..50)
        .map(|number| {
            let intake = intake.clone();
            tokio::spawn(async move {
                intake
                    .take(&acme(), vec![draft(&(number % 25).to_string())])
                    .await
            })
        })
        .collect();
    store.gate.add_permits(1_000);
    let mut accepted = 0;
    for answer in asked {
        accepted += is_accepted(&answer.await.unwrap().unwrap())
            .into_iter()
            .filter(|a| *a)
            .count();
    }
    assert_eq!(accepted, 25);
    assert_eq!(store.read_log(Position::START, 99).await.unwrap().len(), 25);
}

#[tokio::test]
async fn what_was_asked_before_the_stop_is_answered() {
    let (store, index, cancel) = (Gated::closed(), Index::new(), CancellationToken::new());
    let intake = Intake::new(Arc::clone(&store) as _, index, cancel.clone());
    let organization = acme();
    let asked = intake.take(&organization, vec![draft("1")]);
    let stop = async {
        cancel.cancel();
        store.gate.add_permits(1);
        intake.stopped().await;
    };
    let (answer, ()) = tokio::join!(asked, stop);
    assert_eq!(is_accepted(&answer.unwrap()), [true]);
}
