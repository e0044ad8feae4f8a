use chrono::DateTime;

use super::*;
use crate::clock::ManualClock;
use crate::store::memory::MemoryStore;

fn clock() -> ManualClock {
    ManualClock::at(DateTime::UNIX_EPOCH)
}

fn named(log_id: LogId) -> LogEvent {
    LogNamed {
        log_id,
        format: FORMAT,
    }
    .into()
}

fn restored(log_id: LogId, kept: u64) -> LogEvent {
    LogRestored {
        erasures: 0,
        log_id,
        kept: Position(kept),
        by: "cli".to_owned(),
    }
    .into()
}

fn folded(events: &[LogEvent]) -> Lineage {
    let mut lineage = Lineage::default();
    for event in events {
        lineage.apply(event);
    }
    lineage
}

#[test]
fn a_place_before_the_cut_is_shared_and_one_behind_it_is_lost() {
    let (first, second) = (LogId::derive(["1"]), LogId::derive(["2"]));
    let lineage = folded(&[named(first), restored(second, 10)]);
    assert_eq!(lineage.standing(second, Position(99)), Standing::Here);
    assert_eq!(lineage.standing(first, Position(10)), Standing::Here);
    assert_eq!(
        lineage.standing(first, Position(11)),
        Standing::Lost(Position(10))
    );
    assert_eq!(
        lineage.standing(LogId::derive(["3"]), Position(1)),
        Standing::Foreign
    );
}

#[test]
fn a_second_cut_further_back_takes_more_of_the_first_id() {
    let (first, second, third) = (LogId::derive(["1"]), LogId::derive(["2"]), LogId::derive(["3"]));
    let lineage = folded(&[named(first), restored(second, 10), restored(third, 5)]);
    assert_eq!(lineage.standing(first, Position(7)), Standing::Lost(Position(5)));
    assert_eq!(lineage.standing(second, Position(5)), Standing::Here);
    let moved = LogMoved {
        log_id: LogId::derive(["4"]),
        from: "sqlite".to_owned(),
    };
    let lineage = folded(&[named(first), restored(second, 10), moved.into()]);
    assert_eq!(
        lineage.standing(second, Position(1)),
        Standing::Lost(Position::START)
    );
}

#[tokio::test]
async fn a_log_tells_its_id_after_it_was_named() {
    let store = MemoryStore::new();
    let mut lineage = read(&store).await.unwrap();
    assert_eq!(lineage, Lineage::default());
    let id = LogId::derive(["1"]);
    record(&store, &clock(), &mut lineage, vec![named(id)])
        .await
        .unwrap();
    assert_eq!(read(&store).await.unwrap(), lineage);
    assert_eq!(lineage.log_id, Some(id));
}

#[tokio::test]
async fn two_that_name_it_at_once_do_not_both_succeed() {
    let store = MemoryStore::new();
    let (mut one, mut other) = (Lineage::default(), Lineage::default());
    record(&store, &clock(), &mut one, vec![named(LogId::derive(["1"]))])
        .await
        .unwrap();
    let second = record(&store, &clock(), &mut other, vec![named(LogId::derive(["2"]))]).await;
    assert!(matches!(second, Err(AppendError::Conflict { .. })), "{second:?}");
}

#[tokio::test]
async fn a_newer_format_is_refused() {
    let store = MemoryStore::new();
    let event = LogNamed {
        log_id: LogId::derive(["1"]),
        format: FORMAT + 1,
    };
    record(&store, &clock(), &mut Lineage::default(), vec![event.into()])
        .await
        .unwrap();
    assert!(matches!(read(&store).await, Err(LineageError::Newer { found }) if found == FORMAT + 1));
}

#[tokio::test]
async fn a_mark_is_held_against_what_stands_in_the_log() {
    let store = MemoryStore::new();
    let mut lineage = Lineage::default();
    let id = LogId::derive(["1"]);
    record(&store, &clock(), &mut lineage, vec![named(id)])
        .await
        .unwrap();
    let there = store.read_log(Position::START, 1).await.unwrap().remove(0);
    let mark = |log: &str, position: u64, event: EventId| Mark {
        log_id: Some(LogId::derive([log])),
        position: Position(position),
        event: Some(event),
    };
    let seen = |mark| verify(&store, &lineage, mark);
    assert_eq!(seen(mark("1", 1, there.id)).await.unwrap(), None);
    let (other, head) = (EventId::derive(["other"]), there.position);
    assert_eq!(
        seen(mark("1", 1, other)).await.unwrap(),
        Some(Loss::Different { seen: Position(1) })
    );
    let shorter = Loss::Shorter {
        seen: Position(2),
        head,
    };
    assert_eq!(seen(mark("1", 2, other)).await.unwrap(), Some(shorter));
    assert_eq!(seen(mark("2", 2, other)).await.unwrap(), Some(shorter));
    let foreign = seen(mark("2", 1, there.id)).await.unwrap();
    assert!(matches!(foreign, Some(Loss::Foreign { .. })), "{foreign:?}");
}
