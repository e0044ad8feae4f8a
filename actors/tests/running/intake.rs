//! Domain events are taken once, for ever, and in groups.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use actors::Intake;
use actors::intake::{AcceptedIndex, Draft, IngestOutcome, Ingested};
use actors::ports::{PortError, Progress};
use chrono::{DateTime, TimeDelta, Utc};
use events::organization::{DomainEventAccepted, OrderKey, Recipients};
use events::{
    EventId, EventStore as _, Metadata, OrganizationEvent, OrganizationId, PersonId, Position, Recorded,
    Sealed, SubjectRef,
};
use futures_util::future::{BoxFuture, FutureExt as _};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::support::Gated;

/// An index that folds when told to.
#[derive(Debug)]
struct Index {
    known: Mutex<HashMap<EventId, Recorded>>,
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
            .extend(log.into_iter().map(|event| (event.id, event)));
        self.folded.send_replace(last);
    }
}

impl Progress for Index {
    fn folded(&self) -> watch::Receiver<Position> {
        self.folded.subscribe()
    }
}

fn accepted(recorded: &Recorded) -> DomainEventAccepted {
    let OrganizationEvent::DomainEventAccepted(event) = recorded.decode().unwrap();
    event
}

impl AcceptedIndex for Index {
    fn find(&self, ids: Vec<EventId>) -> BoxFuture<'_, Result<HashMap<EventId, Ingested>, PortError>> {
        let known = self.known.lock().unwrap();
        let ingested = |recorded: &Recorded| Ingested {
            position: recorded.position,
            accepted_at: recorded.metadata.time,
            superseded: accepted(recorded).superseded,
        };
        let found = ids
            .into_iter()
            .filter_map(|id| known.get(&id).map(|recorded| (id, ingested(recorded))))
            .collect();
        async move { Ok(found) }.boxed()
    }

    fn newest(
        &self,
        _: OrganizationId,
        keys: Vec<OrderKey>,
    ) -> BoxFuture<'_, Result<HashMap<OrderKey, DateTime<Utc>>, PortError>> {
        let known = self.known.lock().unwrap();
        let mut newest: HashMap<OrderKey, DateTime<Utc>> = HashMap::new();
        for recorded in known.values() {
            let (event, at) = (accepted(recorded), recorded.metadata.time);
            let asked = event.order_keys().into_iter().filter(|key| keys.contains(key));
            for key in asked.filter(|_| event.supersedes()) {
                let known = newest.entry(key).or_insert(event.happened_at(at));
                *known = (*known).max(event.happened_at(at));
            }
        }
        async move { Ok(newest) }.boxed()
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
            organizers: Vec::new(),
            send_at: None,
            erg: None,
            superseded: false,
            trace: None,
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

fn is_accepted(outcomes: &[IngestOutcome]) -> Vec<bool> {
    outcomes
        .iter()
        .map(|outcome| matches!(outcome, IngestOutcome::Accepted(_)))
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
        .ingest(&acme(), vec![draft("1"), draft("2"), draft("1")])
        .await
        .unwrap();
    assert_eq!(is_accepted(&first), [true, true, false]);
    assert_eq!(
        is_accepted(
            &intake
                .ingest(&acme(), vec![draft("2"), draft("3")])
                .await
                .unwrap()
        ),
        [false, true]
    );
    index.fold(&store).await;
    assert_eq!(
        is_accepted(
            &intake
                .ingest(&acme(), vec![draft("3"), draft("4")])
                .await
                .unwrap()
        ),
        [false, true]
    );
    // After a restart, with the index behind.
    let intake = Intake::new(
        Arc::clone(&store) as _,
        Arc::clone(&index) as _,
        CancellationToken::new(),
    );
    assert_eq!(
        is_accepted(
            &intake
                .ingest(&acme(), vec![draft("4"), draft("1")])
                .await
                .unwrap()
        ),
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
                    .ingest(&acme(), vec![draft(&(number % 25).to_string())])
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
    let asked = intake.ingest(&organization, vec![draft("1")]);
    let stop = async {
        cancel.cancel();
        store.gate.add_permits(1);
        intake.stopped().await;
    };
    let (answer, ()) = tokio::join!(asked, stop);
    assert_eq!(is_accepted(&answer.unwrap()), [true]);
}

/// A change of a meeting's time that happened so many minutes after the beginning of 1970; `None`: it does not say.
fn moved(id: &str, minute: Option<i64>) -> Draft {
    let mut draft = draft(id);
    draft.event.event_type = "com.chronus.meeting.moved".into();
    draft.event.subject = Some(SubjectRef::parse("meeting/9").unwrap());
    draft.event.time = minute.map(|minute| DateTime::UNIX_EPOCH + TimeDelta::minutes(minute));
    draft.metadata.time = DateTime::UNIX_EPOCH + TimeDelta::minutes(60);
    draft
}

fn superseded(outcomes: &[IngestOutcome]) -> Vec<bool> {
    outcomes
        .iter()
        .map(|outcome| outcome.ingested().superseded)
        .collect()
}

#[tokio::test]
async fn an_event_that_is_older_than_what_the_log_holds_of_its_subject_is_told_so() {
    let (store, index) = (Gated::open(), Index::new());
    let start = || {
        Intake::new(
            Arc::clone(&store) as _,
            Arc::clone(&index) as _,
            CancellationToken::new(),
        )
    };
    let intake = start();
    // Within one request, and in the next one before anything was folded.
    let batch = vec![
        moved("1", Some(10)),
        moved("2", Some(30)),
        moved("3", Some(20)),
        moved("4", Some(30)),
        draft("5"),
    ];
    let first = intake.ingest(&acme(), batch.clone()).await.unwrap();
    assert_eq!(superseded(&first), [false, false, true, false, false]);
    let next = intake.ingest(&acme(), vec![moved("6", Some(29))]).await.unwrap();
    assert_eq!(superseded(&next), [true]);

    // After it was folded, and after a restart, whether or not it was. A duplicate gets the first answer.
    index.fold(&store).await;
    let later = intake
        .ingest(&acme(), vec![moved("7", Some(29)), moved("8", Some(31))])
        .await
        .unwrap();
    assert_eq!(superseded(&later), [true, false]);
    let intake = start();
    let again = intake.ingest(&acme(), batch).await.unwrap();
    assert_eq!(superseded(&again), [false, false, true, false, false]);
    let restarted = intake.ingest(&acme(), vec![moved("9", Some(30))]).await.unwrap();
    assert_eq!(superseded(&restarted), [true]);
}

#[tokio::test]
async fn a_clock_gone_wrong_holds_no_subject_up() {
    let (store, index) = (Gated::open(), Index::new());
    let intake = Intake::new(store as _, index as _, CancellationToken::new());
    let drafts = vec![
        moved("1", Some(9_999_999)),
        moved("2", Some(60)),
        moved("3", None),
    ];
    let outcomes = intake.ingest(&acme(), drafts).await.unwrap();
    assert_eq!(superseded(&outcomes), [false, false, false]);
}
