//! What a start costs while a million cards wait: opening the read models, reading what waits (a service does that beside
//! everything else), the first look at all tenants, the first window of each tenant's lane, and a look at the tenants whose
//! work changed.
//!
//! `cargo bench -p projections --bench waiting -- [cards] [tenants]`
#![expect(
    clippy::unwrap_used,
    reason = "a measurement that cannot go on should end where it stands"
)]

use std::collections::HashSet;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use events::organization::{CardKind, Class};
use events::store::memory::MemoryStore;
use events::user::{NotificationQueued, Source, UnknownPolicy};
use events::{
    EventId, EventStore, Expected, Metadata, NewEvent, NotificationId, StreamId, StreamWrite, UserEvent,
    UserKey,
};
use projections::{Options, Projector};

/// Cards appended and folded at a time, so that the log need not be held in memory as a whole.
const PART: usize = 20_000;
/// What a lane takes at a time.
const WINDOW: usize = 30;

fn card(number: usize, tenants: usize, now: DateTime<Utc>) -> StreamWrite {
    let (tenant, person) = (number % tenants, number / tenants);
    let user = UserKey::parse(format!("tenant-{tenant:04}/person-{person:07}")).unwrap();
    let id = EventId::derive([number.to_string().as_str()]);
    let event = UserEvent::from(NotificationQueued {
        notification_id: NotificationId(id.0),
        source: Source::Chat,
        card: CardKind::Plain,
        subject: None,
        class: Class::Broadcast,
        expires_at: now + TimeDelta::days(14),
        unknown_policy: UnknownPolicy::Hold,
        state: None,
        facts: None,
        prompt: None,
        awaited: false,
        happened_at: None,
        most_a_day: None,
        member_id: None,
    });
    let metadata = Metadata {
        time: now,
        correlation_id: id.0,
        causation_id: id.0,
    };
    StreamWrite {
        stream: StreamId::user(&user),
        expected: Expected::Any,
        events: vec![NewEvent::encode(id, &event, metadata)],
    }
}

#[expect(clippy::print_stdout, reason = "the figures are what a benchmark is for")]
fn tell(what: &str, took: Duration) {
    println!("{what:<58} {:>10.1} ms", took.as_secs_f64() * 1_000.0);
}

#[tokio::main]
async fn main() {
    let mut sizes = std::env::args().filter_map(|size| size.parse::<usize>().ok());
    let (cards, tenants) = (sizes.next().unwrap_or(1_000_000), sizes.next().unwrap_or(1_000));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("projections.db");
    let now = DateTime::from_timestamp_millis(1_790_000_000_000).unwrap();
    let store = MemoryStore::new();
    let began = Instant::now();
    let mut projector = Projector::open(&path, Options::default()).unwrap();
    for start in (0..cards).step_by(PART) {
        let writes = (start..cards.min(start + PART)).map(|number| card(number, tenants, now));
        store.append(writes.collect()).await.unwrap();
        projector.catch_up(&store).await.unwrap();
    }
    tell(
        &format!("folding {cards} cards for {tenants} tenants"),
        began.elapsed(),
    );
    drop(projector);

    let began = Instant::now();
    let mut projector = Projector::open(&path, Options::default()).unwrap();
    tell("opening the read models, nothing to fold", began.elapsed());
    let began = Instant::now();
    projector.catch_up(&store).await.unwrap();
    tell("reading what waits, beside everything else", began.elapsed());
    let work = projector.work_list();
    let began = Instant::now();
    let all = work.tenants(None).unwrap();
    let (all, position) = (all.tenants, all.position);
    tell(
        &format!("the first look at all tenants ({} with work)", all.len()),
        began.elapsed(),
    );
    let began = Instant::now();
    let mut listed = 0;
    for due in &all {
        let window = work.due(&due.tenant_id, now, &HashSet::new(), WINDOW).unwrap();
        listed += window.len();
    }
    let took = began.elapsed();
    tell(&format!("the first window of every lane ({listed} cards)"), took);
    let lanes = u32::try_from(all.len()).unwrap_or(u32::MAX).max(1);
    tell("  each", took / lanes);
    let began = Instant::now();
    work.tenants(Some(position)).unwrap();
    tell("a look at the tenants whose work changed (none)", began.elapsed());
}
