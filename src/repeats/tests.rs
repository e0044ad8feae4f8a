use chrono::{DateTime, Utc};
use events::ManualClock;
use events::store::memory::MemoryStore;

use super::*;

fn ask(key: &str, request: &str) -> Ask {
    Ask {
        key: key.to_owned(),
        request: request.to_owned(),
    }
}

fn acme() -> OrganizationId {
    OrganizationId::parse("acme").unwrap()
}

fn answer(body: &str) -> KeptAnswer {
    KeptAnswer {
        status: 200,
        body: body.to_owned(),
    }
}

struct Log {
    store: Arc<dyn EventStore>,
    clock: Arc<ManualClock>,
}

impl Log {
    fn new() -> Self {
        Self {
            store: Arc::new(MemoryStore::default()),
            clock: Arc::new(ManualClock::at(DateTime::<Utc>::UNIX_EPOCH)),
        }
    }

    /// A process that starts.
    fn process(&self, alone: bool) -> Arc<Repeats> {
        Repeats::new(Arc::clone(&self.store), Arc::clone(&self.clock) as _, alone)
    }
}

async fn claim(repeats: &Arc<Repeats>, ask: Ask) -> Claim {
    match repeats.begin(&acme(), ask).await.unwrap() {
        Turn::Now(claim) => claim,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_first_answer_is_given_again_also_after_a_restart_and_for_a_day() {
    let log = Log::new();
    let first = log.process(true);
    let claim = claim(&first, ask("k", "r")).await;
    assert!(matches!(
        first.begin(&acme(), ask("k", "r")).await.unwrap(),
        Turn::UnderWay(_)
    ));
    claim.settle(Some(answer("done"))).await.unwrap();
    let restarted = log.process(true);
    for process in [&first, &restarted] {
        let again = process.begin(&acme(), ask("k", "r")).await.unwrap();
        assert!(matches!(again, Turn::Again(kept) if kept == answer("done")));
        let other = process.begin(&acme(), ask("k", "another")).await.unwrap();
        assert!(matches!(other, Turn::Other), "{other:?}");
    }
    log.clock.advance(KEPT_FOR);
    for process in [&first, &log.process(true)] {
        let anew = process.begin(&acme(), ask("k", "another")).await.unwrap();
        let Turn::Now(claim) = anew else {
            panic!("{anew:?}")
        };
        claim.settle(None).await.unwrap();
    }
}

#[tokio::test]
async fn what_a_killed_process_left_is_taken_up_with_the_same_ids_and_is_found() {
    let log = Log::new();
    let killed = claim(&log.process(true), ask("k", "r")).await;
    let (once, stream) = (killed.once(), StreamId::audit(&acme()));
    let recorded = once.id("act");
    let event = events::outbound::WebhookEnabled { by: "me".to_owned() };
    let metadata = Metadata {
        time: log.clock.now(),
        correlation_id: recorded.0,
        causation_id: recorded.0,
    };
    let write = StreamWrite {
        stream: stream.clone(),
        expected: Expected::Any,
        events: vec![NewEvent::encode(recorded, &OutboundEvent::from(event), metadata)],
    };
    log.store.append(vec![write]).await.unwrap();
    drop(killed);

    let taken_up = claim(&log.process(true), ask("k", "r")).await;
    let once = taken_up.once();
    assert_eq!(once.id("act"), recorded);
    assert!(once.stands(&*log.store, &stream, recorded).await.unwrap());
    assert!(!once.stands(&*log.store, &stream, once.id("other")).await.unwrap());
}

#[tokio::test]
async fn another_node_waits_for_the_one_that_began_and_takes_over_when_that_is_gone() {
    let log = Log::new();
    let (one, other) = (log.process(false), log.process(false));
    let began = claim(&one, ask("k", "r")).await;
    let waits = other.begin(&acme(), ask("k", "r")).await.unwrap();
    assert!(
        matches!(waits, Turn::UnderWay(seconds) if seconds > 60),
        "{waits:?}"
    );
    drop(began);
    log.clock.advance(CLAIMED_FOR);
    drop(claim(&other, ask("k", "r")).await);
    // What is let go of is anybody's at once.
    claim(&other, ask("k", "r")).await.settle(None).await.unwrap();
    drop(claim(&log.process(false), ask("k", "r")).await);
}

#[tokio::test]
async fn an_organization_has_room_for_so_many_keys_and_no_more_and_no_other_notices() {
    let log = Log::new();
    let process = log.process(true);
    for number in 0..MOST {
        drop(claim(&process, ask(&number.to_string(), "r")).await);
    }
    let full = process.begin(&acme(), ask("one more", "r")).await.unwrap();
    assert!(matches!(full, Turn::TooMany(86_401)), "{full:?}");
    let bolt = OrganizationId::parse("bolt").unwrap();
    let free = process.begin(&bolt, ask("one more", "r")).await.unwrap();
    assert!(matches!(free, Turn::Now(_)), "{free:?}");
    let restarted = log.process(true).begin(&acme(), ask("0", "other")).await.unwrap();
    assert!(matches!(restarted, Turn::Other), "{restarted:?}");
}
