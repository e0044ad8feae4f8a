//! Figures from checkpoints are those of the log, whatever is asked, and however often it was asked before.

use std::path::Path;

use events::EventStore;
use events::store::memory::MemoryStore;
use tokio::sync::watch;

use super::super::checkpoints::{Answer, CheckpointError, Checkpoints, FILE, Until};
use super::*;

async fn store(log: &Log, upto: usize) -> MemoryStore {
    let store = MemoryStore::new();
    grow(&store, log, 0, upto).await;
    store
}

async fn grow(store: &MemoryStore, log: &Log, from: usize, upto: usize) {
    for write in &log.1[from..upto] {
        store.append(vec![write.clone()]).await.unwrap();
    }
}

async fn ask(
    folder: &Path,
    store: &MemoryStore,
    definition: &'static Definition,
    asked: &Question,
    until: Until,
) -> Result<Option<Answer>, CheckpointError> {
    let (at, _nobody) = watch::channel(Position::START);
    let checkpoints = Checkpoints::new(folder.join(FILE), 7);
    checkpoints.answer(store, definition, asked, until, &at).await
}

const GROUPINGS: [Option<By>; 5] = [
    None,
    Some(By::Span(Span::Day)),
    Some(By::Kind),
    Some(By::Program),
    Some(By::Hour),
];

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().build().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn figures_are_the_same_with_checkpoints_and_without(
        log in logs(), first in 7..70_usize, places in prop::collection::vec(any::<prop::sample::Index>(), 4), small_groups: bool
    ) {
        let folder = tempfile::tempdir().unwrap();
        let first = first.min(log.0.len());
        prop_assume!(first >= 7);
        runtime().block_on(async {
            // The file is made by a question about a shorter log, and goes on from there.
            let store = store(&log, first).await;
            let delivery = catalogue::find("delivery").unwrap();
            let upto = Until::Position(Position(first as u64));
            ask(folder.path(), &store, delivery, &question(first, None), upto).await.unwrap();
            grow(&store, &log, first, log.0.len()).await;
            for definition in catalogue::ALL {
                let fold = log.fold(definition, log.0.len());
                for (by, place) in GROUPINGS.into_iter().zip(places.iter().cycle()) {
                    let upto = place.index(log.0.len()) + 1;
                    let asked = Question { small_groups, ..question(upto, by) };
                    let expected = tables(&fold, definition, &asked);
                    let until = Until::Position(Position(upto as u64));
                    let answer = ask(folder.path(), &store, definition, &asked, until).await.unwrap().unwrap();
                    prop_assert_eq!(&answer.tables, &expected, "{} {:?} at {}", definition.name, by, upto);
                    prop_assert_eq!(answer.recorded_at, Some(log.0[upto - 1].metadata.time));
                    let then = Until::Time(log.0[upto - 1].metadata.time);
                    let answer = ask(folder.path(), &store, definition, &asked, then).await.unwrap().unwrap();
                    prop_assert_eq!(answer.position, Position(upto as u64));
                    prop_assert_eq!(&answer.tables, &expected);
                }
            }
            Ok(())
        })?;
    }
}

fn grown() -> Log {
    let mut log = Log::new();
    log.ask(0, Some("Spring"), &[0, 1, 2, 3, 4, 5, 6]);
    for what in 0..5 {
        for person in 0..7 {
            log.happens(what, 0, person);
        }
    }
    log
}

#[test]
fn what_lies_in_the_file_is_of_one_log_and_never_believed_when_damaged() {
    let log = grown();
    runtime().block_on(spoil(&log));
}

async fn spoil(log: &Log) {
    let folder = tempfile::tempdir().unwrap();
    let definition = catalogue::find("delivery").unwrap();
    let asked = question(log.0.len(), None);
    let until = Until::Position(Position(log.0.len() as u64));
    let expected = tables(&log.fold(definition, log.0.len()), definition, &asked);
    let whole = store(log, log.0.len()).await;
    let file = folder.path().join(FILE);
    for spoil in [
        "UPDATE changes SET net = zeroblob(3)",
        "UPDATE places SET place = '{}'",
        "UPDATE meta SET upto_event = zeroblob(16)",
        "UPDATE meta SET release = 'another'",
        "DROP TABLE stretches",
    ] {
        let answer = ask(folder.path(), &whole, definition, &asked, until)
            .await
            .unwrap();
        assert_eq!(answer.unwrap().tables, expected, "before {spoil}");
        let db = rusqlite::Connection::open(&file).unwrap();
        db.execute_batch(spoil).unwrap();
        drop(db);
        // Either it is made anew at once, or nothing comes of it and the next question finds none.
        if let Ok(answer) = ask(folder.path(), &whole, definition, &asked, until).await {
            assert_eq!(answer.unwrap().tables, expected, "after {spoil}");
        }
    }
    for suffix in ["", "-wal", "-shm"] {
        drop(std::fs::remove_file(
            folder.path().join(format!("{FILE}{suffix}")),
        ));
    }
    std::fs::write(
        &file,
        "this is no database, and longer than a page header would be",
    )
    .unwrap();
    let answer = ask(folder.path(), &whole, definition, &asked, until)
        .await
        .unwrap();
    assert_eq!(answer.unwrap().tables, expected);
    // Another log, as long: what was kept of the first is not used.
    let mut other = Log::new();
    for person in 0..60 {
        other.person(person, Disconnected { at: None });
    }
    for (number, write) in other.1.iter_mut().enumerate() {
        write.events[0].id = EventId::derive(["another log", &number.to_string()]);
    }
    let store = store(&other, other.0.len()).await;
    let asked = question(40, None);
    let expected = tables(&other.fold(definition, 40), definition, &asked);
    let until = Until::Position(Position(40));
    let answer = ask(folder.path(), &store, definition, &asked, until)
        .await
        .unwrap();
    assert_eq!(answer.unwrap().tables, expected);
}

#[test]
fn a_short_log_leaves_no_file() {
    let log = grown();
    runtime().block_on(short(&log));
}

async fn short(log: &Log) {
    let folder = tempfile::tempdir().unwrap();
    let short = store(log, 6).await;
    let definition = catalogue::find("reach").unwrap();
    let until = Until::Position(Position(6));
    let answer = ask(folder.path(), &short, definition, &question(6, None), until)
        .await
        .unwrap();
    assert!(answer.is_none());
    assert!(!folder.path().join(FILE).exists());
}
