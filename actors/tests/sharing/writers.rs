//! Two nodes write the same streams: whichever a request reaches, the log holds each fact once.

use std::collections::HashMap;
use std::sync::Arc;

use actors::action::Typed;
use actors::intake::{AcceptedIndex, Draft, Ingested};
use actors::ports::NoKnownChats;
use actors::ports::{PortError, Progress, SendResult};
use actors::settings::{ActorSettings, Rules};
use actors::tenant::{self, TenantCommand};
use actors::user::asking::{BeginSend, SendWhen};
use actors::user::command::{ActivityChat, Inbound, Permission, UserCommand, What};
use actors::user::{Deps, load};
use actors::{Directory, Intake};
use chrono::{DateTime, Utc};
use events::organization::{DomainEventAccepted, OrderKey, Recipients};
use events::store::Direction;
use events::store::memory::MemoryStore;
use events::user::{ClientDefaultsChanged, ClientObserved, Command, ConversationRef, InstallEvidence};
use events::{
    ConversationId, EventId, EventStore as _, ManualClock, Metadata, OrganizationId, PersonId, Position,
    Recorded, Sealed, StreamId, TenantId, UserKey, Version,
};
use futures_util::future::{BoxFuture, FutureExt as _};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::nodes::Simulated;

pub(crate) fn clock() -> ManualClock {
    ManualClock::at(DateTime::from_timestamp_millis(1_700_000_000_000).unwrap())
}

pub(crate) fn ada() -> UserKey {
    UserKey::parse("tenant/ada").unwrap()
}

pub(crate) fn directory(store: &Arc<MemoryStore>, snapshot_every: u64) -> Directory {
    Directory::start(Deps {
        store: Arc::clone(store) as _,
        clock: Simulated::from_now(),
        rules: Arc::new(Rules::default()),
        settings: Arc::new(ActorSettings {
            arbiters: 1,
            shared_log: true,
            snapshot_every,
            ..ActorSettings::default()
        }),
        chats: Arc::new(NoKnownChats),
    })
}

fn inbound(key: u128, what: What) -> UserCommand {
    UserCommand::Receive(Box::new(Inbound {
        tenant_off: false,
        activity_key: Uuid::from_u128(key),
        at: None,
        chat: ActivityChat::Own(ConversationRef {
            conversation_id: ConversationId::parse("a:chat").unwrap(),
            service_url: "https://smba.trafficmanager.net/amer".into(),
            teams_user_id: "29:x".into(),
            bot_id: "28:bot".into(),
        }),
        client: ClientObserved::default(),
        app_version: None,
        client_defaults: ClientDefaultsChanged::default(),
        what,
    }))
}

pub(crate) fn install() -> UserCommand {
    inbound(0, What::Installed(InstallEvidence::InstallationUpdate))
}

fn typed(key: u128, command: Command) -> UserCommand {
    inbound(key, What::Typed(Typed::plain(command)))
}

async fn names(store: &MemoryStore, stream: StreamId) -> Vec<String> {
    let all = store
        .read_stream(stream, Version(1), Direction::Forwards, usize::MAX)
        .await;
    all.unwrap()
        .iter()
        .map(|event| event.event_type.to_string())
        .collect()
}

#[actix::test]
async fn one_person_written_to_by_two_nodes_at_once_has_each_activity_once() {
    let store = Arc::new(MemoryStore::new());
    let nodes = [directory(&store, 4), directory(&store, 4)];
    nodes[0].ask(&ada(), install()).await.unwrap();
    // Teams may hand the same activity to both nodes, and different ones in any order.
    let asked = (1..=40_u128).flat_map(|key| {
        nodes.iter().map(move |node| async move {
            loop {
                match node.ask(&ada(), typed(key, Command::Help)).await {
                    Ok(answer) => return answer,
                    Err(error) => assert!(matches!(error, actors::user::AskError::Busy), "{error}"),
                }
                tokio::task::yield_now().await;
            }
        })
    });
    futures_util::future::join_all(asked).await;
    let names = names(&store, StreamId::user(&ada())).await;
    assert_eq!(names.iter().filter(|name| *name == "CommandReceived").count(), 40);
    // Snapshots of both nodes were kept; whoever starts from one of them knows everything.
    let loaded = load(&*store, &ada()).await.unwrap();
    assert_eq!(loaded.version, Version::NONE.plus(names.len()));
    for node in nodes {
        node.stop();
    }
}

#[actix::test]
async fn a_node_that_remembers_an_old_state_looks_again_before_it_does_nothing() {
    let store = Arc::new(MemoryStore::new());
    let (one, two) = (directory(&store, 256), directory(&store, 256));
    one.ask(&ada(), install()).await.unwrap();
    let card = load(&*store, &ada())
        .await
        .unwrap()
        .state
        .notifications
        .iter()
        .next()
        .unwrap()
        .id;
    // Node two learns the state before the command, node one changes it.
    two.ask(
        &ada(),
        UserCommand::Interrupted {
            notification_id: card,
        },
    )
    .await
    .unwrap();
    let known: Vec<_> = load(&*store, &ada())
        .await
        .unwrap()
        .state
        .notifications
        .iter()
        .map(|n| n.id)
        .collect();
    one.ask(&ada(), typed(1, Command::Help)).await.unwrap();
    let loaded = load(&*store, &ada()).await.unwrap();
    let queued = loaded
        .state
        .notifications
        .iter()
        .find(|n| !known.contains(&n.id))
        .unwrap();
    let begin = BeginSend {
        notification_id: queued.id,
        when: SendWhen::Due,
    };
    let answer = two.ask(&ada(), begin).await.unwrap();
    assert!(matches!(answer.reply, Permission::Send(_)), "{:?}", answer.reply);
    let answer = one.ask(&ada(), begin).await.unwrap();
    assert!(
        matches!(answer.reply, Permission::NotDue),
        "both nodes may send: {:?}",
        answer.reply
    );
    one.stop();
    two.stop();
}

#[actix::test]
async fn of_two_nodes_that_ask_for_leave_to_send_at_once_one_gets_it() {
    for _ in 0..20 {
        let store = Arc::new(MemoryStore::new());
        let nodes = [directory(&store, 256), directory(&store, 256)];
        nodes[0].ask(&ada(), install()).await.unwrap();
        let notification_id = load(&*store, &ada())
            .await
            .unwrap()
            .state
            .notifications
            .iter()
            .next()
            .unwrap()
            .id;
        let begin = || BeginSend {
            notification_id,
            when: SendWhen::Due,
        };
        let ada = ada();
        let (one, two) = tokio::join!(nodes[0].ask(&ada, begin()), nodes[1].ask(&ada, begin()));
        let leave = [one, two].map(|answer| matches!(answer.unwrap().reply, Permission::Send(_)));
        assert_eq!(leave.iter().filter(|leave| **leave).count(), 1, "{leave:?}");
        for node in nodes {
            node.stop();
        }
    }
}

#[actix::test]
async fn an_outcome_and_its_denial_by_another_node_do_not_pass_for_each_other() {
    let store = Arc::new(MemoryStore::new());
    let nodes = [directory(&store, 256), directory(&store, 256)];
    nodes[0].ask(&ada(), install()).await.unwrap();
    let notification_id = load(&*store, &ada())
        .await
        .unwrap()
        .state
        .notifications
        .iter()
        .next()
        .unwrap()
        .id;
    nodes[0]
        .ask(&ada(), UserCommand::BeginSend { notification_id })
        .await
        .unwrap();
    // Node two knows the attempt; both then decide from the same state.
    nodes[1]
        .ask(&ada(), UserCommand::BeginSend { notification_id })
        .await
        .unwrap();
    nodes[1]
        .ask(&ada(), UserCommand::Interrupted { notification_id })
        .await
        .unwrap();
    let finish = UserCommand::FinishSend {
        notification_id,
        attempt: 1,
        revision: 1,
        result: SendResult::Accepted { activity_id: None },
    };
    nodes[0].ask(&ada(), finish).await.unwrap();
    let names = names(&store, StreamId::user(&ada())).await;
    let told: Vec<&str> = names.iter().map(String::as_str).collect();
    assert_eq!(
        told[told.len() - 3..],
        [
            "DeliveryAttempted",
            "DeliveryOutcomeUnknown",
            "NotificationDelivered"
        ]
    );
    for node in nodes {
        node.stop();
    }
}

#[tokio::test]
async fn a_tenant_that_two_nodes_configure_at_once_is_configured_once() {
    let store = MemoryStore::new();
    let (clock, tenant) = (clock(), TenantId::parse("t-1").unwrap());
    let configure = TenantCommand::Configure(OrganizationId::parse("acme").unwrap());
    let both = (0..8).map(|_| tenant::execute(&store, &clock, &tenant, &configure, "configuration"));
    for done in futures_util::future::join_all(both).await {
        done.unwrap();
    }
    let stream = StreamId::tenant(&tenant);
    assert_eq!(
        names(&store, stream.clone()).await,
        ["OrganizationLinked", "IntegrationEnabled"]
    );
    tenant::execute(&store, &clock, &tenant, &TenantCommand::Disable, "one")
        .await
        .unwrap();
    tenant::execute(&store, &clock, &tenant, &TenantCommand::Enable, "two")
        .await
        .unwrap();
    tenant::execute(&store, &clock, &tenant, &TenantCommand::Disable, "one")
        .await
        .unwrap();
    assert_eq!(names(&store, stream).await.len(), 5);
}

/// A node's index of accepted events: folded as far as it was told.
#[derive(Debug)]
struct Index {
    store: Arc<MemoryStore>,
    folded: watch::Sender<Position>,
}

impl Index {
    fn behind(store: &Arc<MemoryStore>) -> Arc<Self> {
        Arc::new(Self {
            store: Arc::clone(store),
            folded: watch::Sender::new(Position::START),
        })
    }

    fn fold(&self) {
        self.folded.send_replace(*self.store.head().borrow());
    }
}

impl Progress for Index {
    fn folded(&self) -> watch::Receiver<Position> {
        self.folded.subscribe()
    }
}

impl AcceptedIndex for Index {
    fn find(&self, ids: Vec<EventId>) -> BoxFuture<'_, Result<HashMap<EventId, Ingested>, PortError>> {
        let folded = *self.folded.borrow();
        async move {
            let log = self.store.read_log(Position::START, usize::MAX).await.unwrap();
            let known = log
                .iter()
                .filter(|event| event.position <= folded && ids.contains(&event.id));
            let ingested = |event: &Recorded| Ingested {
                position: event.position,
                accepted_at: event.metadata.time,
                superseded: false,
            };
            Ok(known.map(|event| (event.id, ingested(event))).collect())
        }
        .boxed()
    }

    fn newest(
        &self,
        _: OrganizationId,
        _: Vec<OrderKey>,
    ) -> BoxFuture<'_, Result<HashMap<OrderKey, DateTime<Utc>>, PortError>> {
        async { Ok(HashMap::new()) }.boxed()
    }
}

fn acme() -> OrganizationId {
    OrganizationId::parse("acme").unwrap()
}

fn draft(id: usize) -> Draft {
    let id = id.to_string();
    let event_id = DomainEventAccepted::event_id(&acme(), "/chronus", &id);
    Draft {
        event_id,
        event: DomainEventAccepted {
            source: "/chronus".into(),
            id,
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
                person: PersonId::organization(&acme()),
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

#[tokio::test]
async fn a_domain_event_handed_to_two_nodes_is_taken_once_however_far_each_has_folded() {
    let store = Arc::new(MemoryStore::new());
    let indexes = [Index::behind(&store), Index::behind(&store)];
    let intakes = indexes.each_ref().map(|index| {
        Intake::new(
            Arc::clone(&store) as _,
            Arc::clone(index) as _,
            CancellationToken::new(),
        )
    });
    let mut positions: HashMap<usize, Position> = HashMap::new();
    let mut accepted: HashMap<usize, u32> = HashMap::new();
    for round in 0..30 {
        // Both nodes get overlapping requests at the same time.
        let asked = (0..12).map(|number| {
            let first = round * 3 + number;
            let drafts = vec![draft(first), draft(first + 1)];
            let intake = intakes[number % 2].clone();
            async move { (first, intake.ingest(&acme(), drafts).await.unwrap()) }
        });
        for (first, taken) in futures_util::future::join_all(asked).await {
            for (number, taken) in (first..).zip(taken) {
                if matches!(taken, actors::intake::IngestOutcome::Accepted(_)) {
                    *accepted.entry(number).or_default() += 1;
                }
                let position = taken.ingested().position;
                assert_eq!(
                    *positions.entry(number).or_insert(position),
                    position,
                    "event {number} stands in two places"
                );
            }
        }
        if round % 4 == 1 {
            indexes[round % 2].fold();
        }
    }
    assert!(
        positions.keys().all(|number| accepted.get(number) == Some(&1)),
        "an event is accepted once and a duplicate ever after: {accepted:?}"
    );
    let log = store.read_log(Position::START, usize::MAX).await.unwrap();
    let mut ids: Vec<EventId> = log.iter().map(|event| event.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), log.len(), "an event was taken twice");
    assert_eq!(log.len(), positions.len());
}
