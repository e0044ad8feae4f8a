//! Reports of a long log: how long one as of any past position takes with checkpoints, what making them costs beside the
//! plain scan of the same log, and whether memory stays flat.
//!
//! `cargo bench -p projections --bench as_of -- 10000000` makes a log of so many events in a new folder and asks every
//! report as of a hundred random positions; a path after the number keeps the log there. The log is made of the product's own event types.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark tells and ends where something fails"
)]

use std::path::Path;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use events::organization::{CardKind, Class, DomainEventAccepted, Recipient, Recipients};
use events::sealing::Sealed;
use events::sealing::memory::MemoryKeyTable;
use events::store::sqlite::{SqliteOptions, SqliteStore};
use events::tenant::OrganizationLinked;
use events::user::{
    Connected, DeliveryAttempted, NotificationDelivered, NotificationQueued, NotificationSeen,
    RequestAccepted, SeenEvidence, Source, UnknownPolicy,
};
use events::{
    ConversationId, EventId, EventStore, Expected, MemberId, Metadata, NewEvent, NotificationId,
    OrganizationEvent, OrganizationId, PersonId, Position, StoredEvent, StreamId, StreamWrite, SubjectRef,
    TenantEvent, TenantId, UserEvent, UserKey, Vault,
};
use projections::metrics::buckets::Span;
use projections::metrics::catalogue;
use projections::metrics::checkpoints::{Checkpoints, Until};
use projections::metrics::fold::Fold;
use projections::metrics::ledger::Filter;
use projections::metrics::tally::{self, By, Question};
use tokio::sync::watch;

const ORGANIZATIONS: u64 = 20;
const PEOPLE: u64 = 50_000;
/// Cards that go through their stages together.
const TOGETHER: u64 = 1_000;
const KINDS: [(CardKind, &str, Class); 4] = [
    (
        CardKind::MentoringRequest,
        "com.chronus.mentoring_request.sent",
        Class::Direct,
    ),
    (CardKind::Meeting, "com.chronus.meeting.scheduled", Class::Direct),
    (
        CardKind::ErgEvent,
        "com.chronus.erg_event.invited",
        Class::Broadcast,
    ),
    (CardKind::Survey, "com.chronus.survey.requested", Class::Broadcast),
];
const PROGRAMS: [&str; 4] = ["Spring", "Autumn", "Pride", "Parents"];

/// A log in the making.
struct Town {
    store: SqliteStore,
    now: DateTime<Utc>,
    events: u64,
    sealed: Sealed,
}

fn organization(of: u64) -> OrganizationId {
    OrganizationId::parse(format!("org-{of:02}")).unwrap()
}

fn user(person: u64) -> UserKey {
    let tenant = person % ORGANIZATIONS;
    UserKey::parse(format!("tenant-{tenant:02}/person-{person:06}")).unwrap()
}

/// A number that looks random and is the same in every run.
fn mixed(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl Town {
    async fn new(folder: &Path) -> Self {
        let vault = Vault::new(std::sync::Arc::new(MemoryKeyTable::default()));
        let person = PersonId::organization(&organization(0));
        let mut town = Self {
            store: SqliteStore::open(folder, &SqliteOptions::default()).unwrap(),
            now: "2025-01-01T00:00:00Z".parse().unwrap(),
            events: 0,
            sealed: vault.seal(&person, "Would you be my mentor?").await.unwrap(),
        };
        let links = (0..ORGANIZATIONS).map(|of| {
            let tenant = TenantId::parse(format!("tenant-{of:02}")).unwrap();
            let linked = TenantEvent::from(OrganizationLinked {
                organization_id: organization(of),
            });
            (
                StreamId::tenant(&tenant),
                vec![event(linked, &format!("link {of}"))],
            )
        });
        town.append(links.collect()).await;
        for part in 0..PEOPLE / TOGETHER {
            let people = (part * TOGETHER..(part + 1) * TOGETHER).map(|person| {
                let connected = UserEvent::from(Connected { at: None });
                (
                    StreamId::user(&user(person)),
                    vec![event(connected, &format!("connect {person}"))],
                )
            });
            town.append(people.collect()).await;
        }
        town
    }

    async fn append(&mut self, streams: Vec<(StreamId, Vec<NewEvent>)>) {
        let mut writes = Vec::with_capacity(streams.len());
        for (stream, mut events) in streams {
            for one in &mut events {
                self.now += TimeDelta::milliseconds(3_000);
                one.metadata.time = self.now;
                self.events += 1;
            }
            writes.push(StreamWrite {
                stream,
                expected: Expected::Any,
                events,
            });
        }
        self.store.append(writes).await.unwrap();
    }

    /// A card to each of a thousand people, and what becomes of it.
    async fn cards(&mut self, wave: u64) {
        let cards: Vec<Card> = (0..TOGETHER)
            .map(|card| Card::new(wave * TOGETHER + card))
            .collect();
        let mut accepted: Vec<(StreamId, Vec<NewEvent>)> = Vec::new();
        for of in 0..ORGANIZATIONS {
            let theirs = cards.iter().filter(|card| card.person % ORGANIZATIONS == of);
            let events = theirs.map(|card| card.accepted(&self.sealed)).collect();
            accepted.push((StreamId::organization(&organization(of)), events));
        }
        self.append(accepted).await;
        let mut stage = async |chosen: u64, of: &dyn Fn(&Card) -> NewEvent| {
            let some = cards.iter().filter(|card| mixed(card.number + 77) % 100 < chosen);
            let streams = some.map(|card| (StreamId::user(&user(card.person)), vec![of(card)]));
            self.append(streams.collect()).await;
        };
        stage(98, &Card::queued).await;
        stage(97, &Card::attempted).await;
        stage(95, &Card::delivered).await;
        stage(60, &Card::seen).await;
        stage(30, &Card::acted).await;
    }
}

struct Card {
    number: u64,
    person: u64,
}

fn event(event: impl StoredEvent, name: &str) -> NewEvent {
    let id = EventId::derive([name]);
    let metadata = Metadata {
        time: DateTime::UNIX_EPOCH,
        correlation_id: id.0,
        causation_id: id.0,
    };
    NewEvent::encode(id, &event, metadata)
}

impl Card {
    fn new(number: u64) -> Self {
        // Each of a wave is another person's.
        let person = (number + mixed(number / TOGETHER) % PEOPLE) % PEOPLE;
        Self { number, person }
    }

    fn kind(&self) -> (CardKind, &'static str, Class) {
        KINDS[usize::try_from(mixed(self.number) % 4).unwrap()]
    }

    fn id(&self) -> NotificationId {
        NotificationId::derive([self.number.to_string().as_str()])
    }

    fn subject(&self) -> SubjectRef {
        let kind = ["mentoring_request", "meeting", "erg_event", "survey"];
        let kind = kind[usize::try_from(mixed(self.number) % 4).unwrap()];
        SubjectRef::parse(format!("{kind}/{}", self.number)).unwrap()
    }

    fn member(&self) -> MemberId {
        MemberId::parse(format!("m-{}", self.person)).unwrap()
    }

    fn accepted(&self, sealed: &Sealed) -> NewEvent {
        let recipient = Recipient {
            notification_id: self.id(),
            member_id: Some(self.member()),
            email: None,
            lookup: None,
            former_lookup: None,
            aad_object_id: None,
            object_id_withdrawn: false,
            timezone: None,
            locale: None,
        };
        let accepted = DomainEventAccepted {
            source: "/bench".into(),
            id: self.number.to_string(),
            event_type: self.kind().1.into(),
            subject: Some(self.subject()),
            time: None,
            recipients: Recipients::Listed(vec![recipient]),
            actor: None,
            program: Some(PROGRAMS[usize::try_from(mixed(self.number + 5) % 4).unwrap()].to_owned()),
            class: None,
            expires_at: None,
            facts: None,
            organizers: Vec::new(),
            send_at: None,
            erg: None,
            superseded: false,
            trace: None,
            content: sealed.clone(),
        };
        event(
            OrganizationEvent::from(accepted),
            &format!("accepted {}", self.number),
        )
    }

    fn queued(&self) -> NewEvent {
        let organization = organization(self.person % ORGANIZATIONS);
        let queued = NotificationQueued {
            notification_id: self.id(),
            source: Source::DomainEvent {
                organization_id: organization,
                event_id: EventId::derive([format!("accepted {}", self.number).as_str()]),
                position: Position(1),
            },
            card: self.kind().0,
            subject: Some(self.subject()),
            class: self.kind().2,
            expires_at: "2030-01-01T00:00:00Z".parse().unwrap(),
            unknown_policy: UnknownPolicy::Retry,
            state: None,
            facts: None,
            prompt: None,
            awaited: false,
            happened_at: None,
            most_a_day: None,
            member_id: Some(self.member()),
        };
        event(UserEvent::from(queued), &format!("queued {}", self.number))
    }

    fn attempted(&self) -> NewEvent {
        let attempted = DeliveryAttempted {
            notification_id: self.id(),
            attempt: 1,
        };
        event(UserEvent::from(attempted), &format!("attempted {}", self.number))
    }

    fn delivered(&self) -> NewEvent {
        let delivered = NotificationDelivered {
            notification_id: self.id(),
            attempt: 1,
            activity_id: None,
            conversation_id: ConversationId::parse("a:1").unwrap(),
            revision: 1,
        };
        event(UserEvent::from(delivered), &format!("delivered {}", self.number))
    }

    fn seen(&self) -> NewEvent {
        let seen = NotificationSeen {
            notification_id: self.id(),
            evidence: SeenEvidence::Pressed,
            activity_id: None,
        };
        event(UserEvent::from(seen), &format!("seen {}", self.number))
    }

    fn acted(&self) -> NewEvent {
        let accepted = RequestAccepted {
            organization_id: organization(self.person % ORGANIZATIONS),
            notification_id: self.id(),
            subject: self.subject(),
            domain_event: EventId::derive([format!("accepted {}", self.number).as_str()]),
            member_id: None,
            platform: None,
        };
        event(UserEvent::from(accepted), &format!("acted {}", self.number))
    }
}

/// Resident memory of this process.
fn memory() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let resident = pages
        .split(' ')
        .nth(1)
        .and_then(|pages| pages.parse::<u64>().ok());
    resident.unwrap_or_default() * 4 / 1_024
}

fn tell(what: &str, events: u64, took: Duration) {
    let rate = events as f64 / took.as_secs_f64();
    println!(
        "{what:<44} {:>8.1} s {rate:>10.0} events/s {:>6} MiB",
        took.as_secs_f64(),
        memory()
    );
}

fn question(upto: Position, by: Option<By>, small_groups: bool) -> Question {
    Question {
        by,
        zone: Tz::Europe__Berlin,
        upto,
        filter: Filter::default(),
        small_groups,
    }
}

async fn scan(store: &dyn EventStore, upto: Position, mut see: impl FnMut(&events::Recorded)) -> u64 {
    let (mut after, mut read) = (Position::START, 0);
    while after < upto {
        let page = store.read_log(after, 2_000).await.unwrap();
        let Some(last) = page.last() else { break };
        after = last.position;
        for recorded in page.iter().filter(|recorded| recorded.position <= upto) {
            see(recorded);
            read += 1;
        }
    }
    read
}

#[tokio::main]
async fn main() {
    let mut sizes = std::env::args().filter_map(|size| size.parse::<u64>().ok());
    let wanted = sizes.next().unwrap_or(300_000);
    let asked = sizes.next().unwrap_or(100);
    let folder = tempfile::tempdir().unwrap();
    let kept = std::env::args().skip(1).find(|argument| argument.contains('/'));
    let folder = kept.map_or_else(|| folder.path().to_owned(), std::path::PathBuf::from);
    std::fs::create_dir_all(&folder).unwrap();
    let began = Instant::now();
    let mut town = Town::new(&folder).await;
    let mut wave = 0;
    while town.events < wanted {
        town.cards(wave).await;
        wave += 1;
    }
    tell("appended", town.events, began.elapsed());
    let store = &town.store;
    let head = *store.head().borrow();

    let began = Instant::now();
    let read = scan(store, head, |recorded| drop(recorded.decode_any().unwrap())).await;
    tell("plain scan: read and decoded", read, began.elapsed());

    let delivery = catalogue::find("delivery").unwrap();
    let some = Position(head.0.min(500_000));
    let began = Instant::now();
    let mut fold = Fold::new(delivery, Filter::default()).unwrap();
    let read = scan(store, some, |recorded| fold.see(recorded).unwrap()).await;
    let expected = tally::tables(delivery, fold.ledger(), &question(some, None, true)).unwrap();
    tell("one report without checkpoints", read, began.elapsed());
    drop(fold);

    let checkpoints = Checkpoints::in_folder(&folder);
    let (teller, at) = watch::channel(Position::START);
    let mut seen = at.clone();
    let watching = tokio::spawn(async move {
        let mut next = 0;
        while seen.changed().await.is_ok() {
            let now = seen.borrow_and_update().0;
            if now >= next {
                println!("  at {now:>9}: {} MiB", memory());
                next = now + 1_000_000;
            }
        }
    });
    let began = Instant::now();
    let first = checkpoints
        .answer(
            store,
            delivery,
            &question(head, None, true),
            Until::Position(head),
            &teller,
        )
        .await
        .unwrap();
    assert!(first.is_some());
    tell(
        "first report: checkpoints of all reports made",
        town.events,
        began.elapsed(),
    );
    drop(teller);
    watching.await.unwrap();
    let bytes = std::fs::metadata(folder.join("reports.db")).unwrap().len();
    let log = std::fs::metadata(folder.join("events.db")).unwrap().len();
    println!(
        "reports.db {} MiB beside events.db {} MiB",
        bytes >> 20,
        log >> 20
    );

    let (teller, _at) = watch::channel(Position::START);
    let again = checkpoints
        .answer(
            store,
            delivery,
            &question(some, None, true),
            Until::Position(some),
            &teller,
        )
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        again.tables, expected,
        "the figures are not those of the plain fold"
    );

    ask(&checkpoints, store, head, asked).await;
}

/// Every report as of random positions.
async fn ask(checkpoints: &Checkpoints, store: &dyn EventStore, head: Position, asked: u64) {
    let (teller, _at) = watch::channel(Position::START);
    let groupings = [
        ("whole", None, true),
        ("by day", Some(By::Span(Span::Day)), true),
        ("by kind, few people hidden", Some(By::Kind), false),
    ];
    for (name, by, small_groups) in groupings {
        for definition in catalogue::ALL {
            let mut took: Vec<Duration> = Vec::new();
            for number in 0..asked {
                let place = Position(mixed(number * 31 + 7) % head.0 + 1);
                let began = Instant::now();
                let asked = question(place, by, small_groups);
                let answer = checkpoints
                    .answer(store, definition, &asked, Until::Position(place), &teller)
                    .await;
                assert!(answer.unwrap().is_some());
                took.push(began.elapsed());
            }
            took.sort_unstable();
            let of = |percent: usize| took[(took.len() * percent).div_ceil(100) - 1].as_millis();
            println!(
                "{:<16} {name:<28} p50 {:>6} ms  p99 {:>6} ms  longest {:>6} ms  {} MiB",
                definition.name,
                of(50),
                of(99),
                of(100),
                memory()
            );
        }
    }
}
