//! The embedded store: the contract, and what it promises beyond.

use std::path::Path;
use std::sync::Arc;

use events::store::sqlite::check::check;
use events::store::sqlite::{OpenError, SqliteOptions, SqliteStore};
use events::store::{Follow, Snapshot};
use events::{AppendError, Direction, EventStore, Position, Version};

use crate::support::{derived, event, ids, stream, whole_log, write};

fn open(folder: &Path) -> SqliteStore {
    SqliteStore::open(folder, &SqliteOptions::default()).unwrap()
}

/// Folds and checkpoints as often as it can, so that the tests meet every border.
fn restless() -> SqliteOptions {
    SqliteOptions {
        fold_after: 3,
        checkpoint_after: 1_000,
        group_events: 5,
        ..SqliteOptions::default()
    }
}

super::suite::contract!({
    let folder = tempfile::tempdir().unwrap();
    (Arc::new(open(folder.path())), folder)
});

mod when_it_folds_all_the_time {
    use std::sync::Arc;

    use super::{SqliteStore, restless};

    crate::suite::contract!({
        let folder = tempfile::tempdir().unwrap();
        (
            Arc::new(SqliteStore::open(folder.path(), &restless()).unwrap()),
            folder,
        )
    });
}

#[tokio::test]
async fn everything_is_there_after_a_restart_and_a_follower_goes_on_where_it_was() {
    for options in [SqliteOptions::default(), restless()] {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(folder.path(), &options).unwrap();
        for version in 0..150 {
            store
                .append(vec![write("a", version, &[&version.to_string()])])
                .await
                .unwrap();
        }
        let mut follow = Follow::new(&store, Position::START, 100);
        let first = follow.next().await.unwrap().unwrap();
        let at = follow.position();
        let before = whole_log(&store).await;
        store.close().await;
        drop(store);

        let store = SqliteStore::open(folder.path(), &options).unwrap();
        assert_eq!(whole_log(&store).await, before);
        store.append(vec![write("a", 150, &["new"])]).await.unwrap();
        let mut follow = Follow::new(&store, at, 1_000);
        let rest = follow.next().await.unwrap().unwrap();
        let seen: Vec<_> = first.iter().chain(&rest).map(|e| e.version.0).collect();
        assert_eq!(seen, (1..=151).collect::<Vec<_>>());
        assert_eq!(check(folder.path()).unwrap().faults, Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_second_process_is_refused_and_a_reader_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    store.append(vec![write("a", 0, &["1"])]).await.unwrap();
    let refused = SqliteStore::open(folder.path(), &SqliteOptions::default()).unwrap_err();
    assert!(matches!(refused, OpenError::InUse { .. }), "{refused}");

    let reader = SqliteStore::open_read_only(folder.path()).unwrap();
    assert_eq!(ids(&whole_log(&reader).await), derived(&["1"]));
    let by_stream = reader
        .read_stream(stream("a"), Version(1), Direction::Forwards, 9)
        .await
        .unwrap();
    assert_eq!(by_stream.len(), 1);
    assert!(matches!(
        reader.append(vec![write("a", 1, &["2"])]).await,
        Err(AppendError::Unavailable { .. })
    ));
}

#[tokio::test]
async fn a_full_disk_acknowledges_nothing_and_the_store_recovers_when_space_returns() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path(), &restless()).unwrap();
    store.append(vec![write("a", 0, &["1"])]).await.unwrap();
    store.limit_pages(Some(1)).await.unwrap();
    let mut version = 1;
    let error = loop {
        let mut big = event(&format!("big-{version}"));
        big.payload = format!(r#"{{"command":"help","padding":"{}"}}"#, "x".repeat(20_000));
        let mut write = write("a", version, &[]);
        write.events = vec![big];
        match store.append(vec![write]).await {
            Ok(_) => version += 1,
            Err(error) => break error,
        }
        assert!(version < 100, "the limit had no effect");
    };
    assert!(
        matches!(
            error,
            AppendError::Unavailable {
                maybe_written: false,
                ..
            }
        ),
        "{error:?}"
    );
    assert_eq!(whole_log(&store).await.len() as u64, version);

    store.limit_pages(None).await.unwrap();

    store.append(vec![write("a", version, &["after"])]).await.unwrap();
    assert_eq!(whole_log(&store).await.len() as u64, version + 1);
    assert_eq!(check(folder.path()).unwrap().faults, Vec::<String>::new());
}

#[tokio::test]
async fn a_conflict_does_not_fail_its_neighbours_in_the_same_commit() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let writes = (0..50).map(|number| {
        let expected = if number % 5 == 0 { 9 } else { 0 };
        store.append(vec![write(
            &format!("s{number}"),
            expected,
            &[&number.to_string()],
        )])
    });
    let results = futures_util::future::join_all(writes).await;
    for (number, result) in results.iter().enumerate() {
        assert_eq!(result.is_ok(), number % 5 != 0, "{number}: {result:?}");
    }
    assert_eq!(whole_log(&store).await.len(), 40);
}

#[tokio::test]
async fn after_closing_appends_are_refused_and_a_follower_ends() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    store.append(vec![write("a", 0, &["1"])]).await.unwrap();
    store.close().await;
    assert!(matches!(
        store.append(vec![write("a", 1, &["2"])]).await,
        Err(AppendError::Unavailable { .. })
    ));
    let mut follow = Follow::new(&store, Position::START, 10);
    assert_eq!(follow.next().await.unwrap().map(|events| events.len()), Some(1));
    assert!(follow.next().await.unwrap().is_none());
}

#[tokio::test]
async fn a_damaged_head_is_found_by_the_check() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path(), &restless()).unwrap();
    for version in 0..10 {
        store
            .append(vec![write("a", version, &[&version.to_string()])])
            .await
            .unwrap();
    }
    store.close().await;
    let connection = rusqlite::Connection::open(folder.path().join("events.db")).unwrap();
    connection.execute("UPDATE heads SET version = 7", []).unwrap();
    let report = check(folder.path()).unwrap();
    assert_eq!(
        (report.events, report.streams, report.faults.len()),
        (10, 1, 1),
        "{report:?}"
    );
}

#[tokio::test]
async fn a_head_without_events_is_found_by_the_check() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    store.append(vec![write("a", 0, &["1"])]).await.unwrap();
    store.append(vec![write("b", 0, &["2"])]).await.unwrap();
    store.close().await;
    let connection = rusqlite::Connection::open(folder.path().join("events.db")).unwrap();
    connection
        .execute("DELETE FROM events WHERE position = 2", [])
        .unwrap();
    let report = check(folder.path()).unwrap();
    assert_eq!((report.events, report.faults.len()), (1, 1), "{report:?}");
}

#[tokio::test]
async fn an_event_whose_type_has_no_name_is_an_error_and_is_not_skipped() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    store.append(vec![write("a", 0, &["1"])]).await.unwrap();
    let connection = rusqlite::Connection::open(folder.path().join("events.db")).unwrap();
    connection.execute("DELETE FROM types", []).unwrap();
    store.close().await;
    drop(store);
    let store = open(folder.path());

    assert!(store.read_log(Position::START, 10).await.is_err());
    let by_stream = store.read_stream(stream("a"), Version(1), Direction::Forwards, 10);
    assert!(by_stream.await.is_err());
    let report = check(folder.path()).unwrap();
    assert_eq!(report.faults.len(), 1, "{report:?}");
}

#[tokio::test]
async fn many_small_commits_do_not_let_the_write_ahead_log_grow() {
    let folder = tempfile::tempdir().unwrap();
    let options = SqliteOptions {
        checkpoint_after: 100_000,
        ..SqliteOptions::default()
    };
    let store = SqliteStore::open(folder.path(), &options).unwrap();
    for version in 0..600 {
        store
            .append(vec![write("a", version, &[&version.to_string()])])
            .await
            .unwrap();
    }
    let length = std::fs::metadata(folder.path().join("events.db-wal"))
        .unwrap()
        .len();
    assert!(length < 1_000_000, "it has {length} bytes");
    assert_eq!(store.commits(), 600);
}

#[tokio::test]
async fn a_log_that_takes_nothing_says_so_until_it_takes_something_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    store.append(vec![write("a", 0, &["1"])]).await.unwrap();
    assert!(store.check_writable().await.is_ok());

    let other = rusqlite::Connection::open(folder.path().join("events.db")).unwrap();
    other
        .execute_batch(
            "CREATE TRIGGER no_events BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'no'); END;
             CREATE TRIGGER no_meta BEFORE INSERT ON meta BEGIN SELECT RAISE(ABORT, 'no'); END;",
        )
        .unwrap();
    assert!(store.append(vec![write("a", 1, &["2"])]).await.is_err());
    assert!(store.check_writable().await.is_err());

    other
        .execute_batch("DROP TRIGGER no_events; DROP TRIGGER no_meta")
        .unwrap();
    assert!(store.check_writable().await.is_ok());
    store.append(vec![write("a", 1, &["2"])]).await.unwrap();
}

/// A copy of the file alone, by hand, is right as soon as nothing was written for a moment.
#[tokio::test]
async fn what_was_committed_stands_in_the_file_itself_soon() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    for version in 0..50 {
        store
            .append(vec![write("a", version, &[&version.to_string()])])
            .await
            .unwrap();
    }
    let mut events = 0;
    for _ in 0..200 {
        let copy = tempfile::tempdir().unwrap();
        std::fs::copy(folder.path().join("events.db"), copy.path().join("events.db")).unwrap();
        if let Ok(copied) = SqliteStore::open_read_only(copy.path()) {
            events = whole_log(&copied).await.len();
        }
        if events == 50 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(events, 50);
}

#[tokio::test]
async fn a_fold_that_takes_many_commits_never_hides_an_event() {
    let folder = tempfile::tempdir().unwrap();
    let options = SqliteOptions {
        fold_after: 40,
        ..SqliteOptions::default()
    };
    let store = SqliteStore::open(folder.path(), &options).unwrap();
    for version in 0..6 {
        for number in 0..60 {
            let (name, id) = (format!("s{number}"), format!("{number}/{version}"));
            store.append(vec![write(&name, version, &[&id])]).await.unwrap();
            let read = store.read_stream(stream(&name), Version(1), Direction::Forwards, 99);
            assert_eq!(read.await.unwrap().len() as u64, version + 1, "of {name}");
        }
        // Seen from disk alone, in the middle of a fold.
        assert_eq!(check(folder.path()).unwrap().faults, Vec::<String>::new());
        let reader = SqliteStore::open_read_only(folder.path()).unwrap();
        for number in 0..60 {
            let name = stream(&format!("s{number}"));
            let last = reader.read_stream(name, Version(u64::MAX), Direction::Backwards, 1);
            assert_eq!(last.await.unwrap()[0].version, Version(version + 1));
        }
    }
}

#[tokio::test]
async fn snapshots_wait_for_the_disk_together_with_the_appends_beside_them() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let snapshot = |version| Snapshot {
        version: Version(version),
        schema: 1,
        state: vec![1; 100],
    };
    let appends = (0..40).map(|number| {
        let name = format!("s{number}");
        let id = number.to_string();
        store.append(vec![write(&name, 0, &[&id])])
    });
    let snapshots = (0..40).map(|number| store.save_snapshot(stream(&format!("s{number}")), snapshot(1)));
    let (appended, saved) = futures_util::future::join(
        futures_util::future::join_all(appends),
        futures_util::future::join_all(snapshots),
    )
    .await;
    assert!(appended.iter().all(Result::is_ok), "{appended:?}");
    assert!(saved.iter().all(Result::is_ok), "{saved:?}");
    assert!(store.commits() < 40, "{} commits", store.commits());
    let kept = store.load_snapshot(stream("s39")).await.unwrap();
    assert_eq!(kept, Some(snapshot(1)));
}
