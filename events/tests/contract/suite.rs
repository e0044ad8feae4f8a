//! The promises of `EventStore`, as tests that any store can be put through.

use std::sync::Arc;

use events::store::{Appended, Follow, Snapshot};
use events::{AppendError, Direction, EventStore, Expected, Position, StreamWrite, Version};

use crate::support::{derived, event, ids, stream, whole_log, write};

/// Makes a test for each promise; `$make` gives a fresh store and what must live as long as it.
macro_rules! contract {
    ($make:expr) => {
        $crate::suite::contract!($make,
            events_come_back_as_they_were_written,
            versions_and_positions_follow_commit_order,
            an_event_is_found_at_its_position_and_nowhere_else,
            a_wrong_expected_version_is_a_conflict_that_writes_nothing,
            a_repeat_is_a_success_that_writes_nothing,
            a_partial_repeat_is_a_conflict,
            a_repeat_is_recognised_however_much_was_written_since,
            an_expected_version_beyond_all_numbers_is_a_conflict,
            an_append_to_several_streams_is_all_or_nothing,
            malformed_appends_are_refused,
            any_appends_wherever_the_stream_ends,
            a_stream_is_read_in_pages_from_anywhere_in_both_directions,
            an_answered_append_is_seen_by_the_next_read,
            a_follower_gets_everything_once_in_order_while_many_write,
            writers_that_race_for_one_version_leave_one_winner,
            a_snapshot_replaces_older_ones_only
        );
    };
    ($make:expr, $($name:ident),+) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let (store, _alive) = $make;
                $crate::suite::$name(store).await;
            }
        )+
    };
}
pub(crate) use contract;

pub(crate) async fn events_come_back_as_they_were_written(store: Arc<dyn EventStore>) {
    let written = event("1");
    store.append(vec![write("a", 0, &["1"])]).await.unwrap();
    let read = store
        .read_stream(stream("a"), Version(1), Direction::Forwards, 10)
        .await
        .unwrap();
    assert_eq!(read.len(), 1);
    assert_eq!(
        (
            read[0].id,
            &*read[0].event_type,
            read[0].schema_version,
            &*read[0].payload,
            read[0].metadata
        ),
        (
            written.id,
            written.event_type,
            written.schema_version,
            written.payload.as_str(),
            written.metadata
        )
    );
    assert_eq!(
        (read[0].stream.clone(), read[0].version),
        (stream("a"), Version(1))
    );
    assert_eq!(whole_log(&*store).await, read);
}

pub(crate) async fn versions_and_positions_follow_commit_order(store: Arc<dyn EventStore>) {
    assert_eq!(*store.head().borrow(), Position::START);
    let first = store.append(vec![write("a", 0, &["1", "2"])]).await.unwrap();
    let appended = store
        .append(vec![write("b", 0, &["3"]), write("a", 2, &["4"])])
        .await
        .unwrap();
    assert_eq!(appended.iter().map(|a| a.version.0).collect::<Vec<_>>(), [1, 3]);
    let log = whole_log(&*store).await;
    assert_eq!(ids(&log), derived(&["1", "2", "3", "4"]));
    assert_eq!(log.iter().map(|e| e.version.0).collect::<Vec<_>>(), [1, 2, 1, 3]);
    assert!(log.windows(2).all(|two| two[0].position < two[1].position));
    assert_eq!(
        [log[1].position, log[2].position, log[3].position],
        [first[0].position, appended[0].position, appended[1].position]
    );
    assert_eq!(*store.head().borrow(), log[3].position);
    assert_eq!(
        ids(&store.read_log(log[0].position, 2).await.unwrap()),
        derived(&["2", "3"])
    );
}

pub(crate) async fn an_event_is_found_at_its_position_and_nowhere_else(store: Arc<dyn EventStore>) {
    store.append(vec![write("a", 0, &["1", "2"])]).await.unwrap();
    let log = whole_log(&*store).await;
    for event in &log {
        assert_eq!(
            store.event_at(event.position).await.unwrap().as_ref(),
            Some(event)
        );
    }
    for nowhere in [
        Position::START,
        Position(log[1].position.0 + 1),
        Position(1 << 40),
    ] {
        assert_eq!(store.event_at(nowhere).await.unwrap(), None, "at {nowhere}");
    }
}

pub(crate) async fn a_wrong_expected_version_is_a_conflict_that_writes_nothing(store: Arc<dyn EventStore>) {
    store.append(vec![write("a", 0, &["1"])]).await.unwrap();
    for expected in [0, 2] {
        let error = store
            .append(vec![write("a", expected, &["x"])])
            .await
            .unwrap_err();
        let AppendError::Conflict { actual, .. } = error else {
            panic!("{error} is no conflict")
        };
        assert_eq!(actual, Version(1));
    }
    assert_eq!(whole_log(&*store).await.len(), 1);
}

/// The answer to the same append again.
fn recognised(first: Appended) -> Appended {
    Appended {
        recognised: true,
        ..first
    }
}

pub(crate) async fn a_repeat_is_a_success_that_writes_nothing(store: Arc<dyn EventStore>) {
    let first = store.append(vec![write("a", 0, &["1", "2"])]).await.unwrap();
    store.append(vec![write("a", 2, &["3"])]).await.unwrap();
    assert!(first.iter().all(|appended| !appended.recognised));
    let again = store.append(vec![write("a", 0, &["1", "2"])]).await.unwrap();
    assert_eq!(again, [recognised(first[0])]);
    assert_eq!(whole_log(&*store).await.len(), 3);
}

pub(crate) async fn a_repeat_is_recognised_however_much_was_written_since(store: Arc<dyn EventStore>) {
    let mut answers = Vec::new();
    for version in (0..300).step_by(3) {
        let ids: Vec<String> = (1..=3).map(|n| (version + n).to_string()).collect();
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        answers.push(store.append(vec![write("a", version, &ids)]).await.unwrap());
    }
    for (index, first) in [0, 20, 21, 22, 42, 99].map(|index| (index, &answers[index])) {
        let version = 3 * index as u64;
        let ids: Vec<String> = (1..=3).map(|n| (version + n).to_string()).collect();
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();

        let repeated = store.append(vec![write("a", version, &ids)]).await.unwrap();

        assert_eq!(repeated, [recognised(first[0])], "at version {version}");
        let other = write("a", version, &[ids[0], "other", ids[2]]);
        assert!(matches!(
            store.append(vec![other]).await,
            Err(AppendError::Conflict { .. })
        ));
    }
    assert_eq!(whole_log(&*store).await.len(), 300);
}

pub(crate) async fn an_expected_version_beyond_all_numbers_is_a_conflict(store: Arc<dyn EventStore>) {
    store.append(vec![write("a", 0, &["1"])]).await.unwrap();
    let refused = store.append(vec![write("a", u64::MAX, &["2"])]).await;
    assert!(matches!(
        refused,
        Err(AppendError::Conflict {
            actual: Version(1),
            ..
        })
    ));
    store.append(vec![write("a", 1, &["2"])]).await.unwrap();
}

pub(crate) async fn a_partial_repeat_is_a_conflict(store: Arc<dyn EventStore>) {
    store.append(vec![write("a", 0, &["1", "2"])]).await.unwrap();
    for ids in [&["1", "x"][..], &["x", "2"], &["1", "2", "3"]] {
        let error = store.append(vec![write("a", 0, ids)]).await.unwrap_err();
        assert!(matches!(error, AppendError::Conflict { .. }), "{ids:?}: {error}");
    }
    assert_eq!(whole_log(&*store).await.len(), 2);
}

pub(crate) async fn an_append_to_several_streams_is_all_or_nothing(store: Arc<dyn EventStore>) {
    store.append(vec![write("a", 0, &["1"])]).await.unwrap();
    let error = store
        .append(vec![write("b", 0, &["2"]), write("a", 0, &["3"])])
        .await
        .unwrap_err();
    assert!(matches!(error, AppendError::Conflict { .. }));
    assert!(
        store
            .read_stream(stream("b"), Version(1), Direction::Forwards, 10)
            .await
            .unwrap()
            .is_empty()
    );
    // The refused attempt left nothing behind: the same streams can be written now.
    store
        .append(vec![write("b", 0, &["2"]), write("a", 1, &["3"])])
        .await
        .unwrap();
    assert_eq!(ids(&whole_log(&*store).await), derived(&["1", "2", "3"]));
}

pub(crate) async fn malformed_appends_are_refused(store: Arc<dyn EventStore>) {
    let twice = vec![write("a", 0, &["1"]), write("a", 1, &["2"])];
    for writes in [vec![], vec![write("a", 0, &[])], twice] {
        assert!(matches!(
            store.append(writes).await,
            Err(AppendError::Malformed { .. })
        ));
    }
    assert!(whole_log(&*store).await.is_empty());
}

pub(crate) async fn any_appends_wherever_the_stream_ends(store: Arc<dyn EventStore>) {
    for id in ["1", "2"] {
        let write = StreamWrite {
            stream: stream("a"),
            expected: Expected::Any,
            events: vec![event(id)],
        };
        store.append(vec![write]).await.unwrap();
    }
    let read = store
        .read_stream(stream("a"), Version(2), Direction::Forwards, 10)
        .await
        .unwrap();
    assert_eq!(ids(&read), derived(&["2"]));
}

pub(crate) async fn a_stream_is_read_in_pages_from_anywhere_in_both_directions(store: Arc<dyn EventStore>) {
    const LENGTH: u64 = 300;
    for version in 0..LENGTH {
        let id = (version + 1).to_string();
        store
            .append(vec![
                write("a", version, &[&id]),
                write(&format!("other-{version}"), 0, &[&id]),
            ])
            .await
            .unwrap();
    }
    let versions = |read: Vec<events::Recorded>| read.iter().map(|e| e.version.0).collect::<Vec<_>>();
    for from in [0, 1, 2, 63, 64, 65, 127, 128, 200, 256, 299, 300, 301, u64::MAX] {
        for max in [0, 1, 7, 64, 1_000] {
            let forwards = store
                .read_stream(stream("a"), Version(from), Direction::Forwards, max)
                .await
                .unwrap();
            let expected: Vec<u64> = (from.max(1)..=LENGTH).take(max).collect();
            assert_eq!(
                versions(forwards),
                expected,
                "forwards from {from}, {max} at most"
            );
            let backwards = store
                .read_stream(stream("a"), Version(from), Direction::Backwards, max)
                .await
                .unwrap();
            let expected: Vec<u64> = (1..=from.min(LENGTH)).rev().take(max).collect();
            assert_eq!(
                versions(backwards),
                expected,
                "backwards from {from}, {max} at most"
            );
        }
    }
    assert!(
        store
            .read_stream(stream("none"), Version(1), Direction::Forwards, 9)
            .await
            .unwrap()
            .is_empty()
    );
}

pub(crate) async fn an_answered_append_is_seen_by_the_next_read(store: Arc<dyn EventStore>) {
    for version in 0..200 {
        let appended = store
            .append(vec![write("a", version, &[&version.to_string()])])
            .await
            .unwrap();
        let last = store
            .read_stream(stream("a"), Version(u64::MAX), Direction::Backwards, 1)
            .await
            .unwrap();
        assert_eq!(
            (last[0].version, last[0].position),
            (appended[0].version, appended[0].position)
        );
    }
}

pub(crate) async fn a_follower_gets_everything_once_in_order_while_many_write(store: Arc<dyn EventStore>) {
    const WRITERS: u64 = 16;
    const EACH: u64 = 50;
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let store = Arc::clone(&store);
            tokio::spawn(async move {
                for version in 0..EACH {
                    let name = format!("w{writer}");
                    store
                        .append(vec![write(&name, version, &[&format!("{writer}/{version}")])])
                        .await
                        .unwrap();
                }
            })
        })
        .collect();
    let mut follow = Follow::new(&*store, Position::START, 7);
    let mut followed = Vec::new();
    while (followed.len() as u64) < WRITERS * EACH {
        followed.extend(follow.next().await.unwrap().expect("the store is open"));
    }
    for writer in writers {
        writer.await.unwrap();
    }
    assert_eq!(followed, whole_log(&*store).await);
}

pub(crate) async fn writers_that_race_for_one_version_leave_one_winner(store: Arc<dyn EventStore>) {
    for round in 0..20 {
        let racers: Vec<_> = (0..8)
            .map(|racer| {
                let store = Arc::clone(&store);
                let id = format!("{round}/{racer}");
                tokio::spawn(async move { store.append(vec![write("a", round, &[&id])]).await.is_ok() })
            })
            .collect();
        let mut winners = 0;
        for racer in racers {
            winners += usize::from(racer.await.unwrap());
        }
        assert_eq!(winners, 1, "round {round}");
    }
}

pub(crate) async fn a_snapshot_replaces_older_ones_only(store: Arc<dyn EventStore>) {
    store.append(vec![write("a", 0, &["1", "2"])]).await.unwrap();
    assert_eq!(store.load_snapshot(stream("a")).await.unwrap(), None);
    let snapshot = |version| Snapshot {
        version: Version(version),
        schema: 3,
        state: vec![7; 9],
    };
    for version in [1, 2, 1] {
        store.save_snapshot(stream("a"), snapshot(version)).await.unwrap();
    }
    assert_eq!(store.load_snapshot(stream("a")).await.unwrap(), Some(snapshot(2)));
}
