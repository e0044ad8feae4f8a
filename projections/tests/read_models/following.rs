//! Following the log: live, after a restart, over damage.

use std::collections::BTreeSet;
use std::sync::Arc;

use events::store::memory::MemoryStore;
use events::{EventId, EventStore as _, Metadata, NewEvent, Position, StreamId};
use projections::{FoldError, Health, Options, Projector, ProjectorError, rebuild};
use tokio_util::sync::CancellationToken;

use crate::world::{REQUEST, World, card, domain_event, dump, event_id, user};

/// A world with a little of everything, folded.
async fn busy() -> World {
    let mut world = World::linked().await;
    world.joins("ada", "ada@x").await;
    world
        .chronus_says(domain_event(REQUEST, "1", &["m1 ada@x", "bob@x"]))
        .await;
    world.queue_all().await;
    world.fold().await;
    world
}

/// Appends an event that no release can read.
async fn append_nonsense(world: &mut World) -> Position {
    let id = EventId::derive(["nonsense"]);
    let metadata = Metadata {
        time: world.now,
        correlation_id: id.0,
        causation_id: id.0,
    };
    let event = NewEvent {
        id,
        event_type: "Nonsense",
        schema_version: 1,
        payload: "{}".into(),
        metadata,
    };
    world.append_raw(StreamId::user(&user("ada")), event).await
}

fn open(world: &World, options: Options) -> Projector {
    Projector::open(world.path(), options).unwrap()
}

#[tokio::test]
async fn rows_appear_while_following_and_the_position_is_announced() {
    let mut world = World::linked().await;
    let projector = open(&world, Options::default());
    let models = projector.read_models();
    let cancel = CancellationToken::new();
    let store: Arc<dyn events::EventStore> = Arc::<MemoryStore>::clone(&world.store);
    let following = tokio::spawn(projector.run(store, cancel.clone()));
    let at = world.chronus_says(domain_event(REQUEST, "1", &["ada@x"])).await;
    assert!(models.caught_up_to(at).await);
    assert!(models.notification(card("1", "ada@x")).await.unwrap().is_some());
    assert_eq!(
        models
            .accepted(vec![event_id("1"), event_id("2")])
            .await
            .unwrap()
            .into_iter()
            .map(|(id, accepted)| (id, accepted.position))
            .collect::<Vec<_>>(),
        [(event_id("1"), at)]
    );
    cancel.cancel();
    following.await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn what_was_folded_is_moved_into_the_file_once_nothing_more_comes() {
    let mut world = World::linked().await;
    let projector = open(&world, Options::default());
    let models = projector.read_models();
    let store: Arc<dyn events::EventStore> = Arc::<MemoryStore>::clone(&world.store);
    tokio::spawn(projector.run(store, CancellationToken::new()));
    let wal = format!("{}-wal", world.path().display());
    let waiting = || std::fs::metadata(&wal).unwrap().len();
    for number in ["1", "2"] {
        let at = world
            .chronus_says(domain_event(REQUEST, number, &["ada@x"]))
            .await;
        assert!(models.caught_up_to(at).await);
        assert!(waiting() > 0);
        // The clock stands still but for this.
        tokio::time::timeout(std::time::Duration::from_secs(60), async {
            while waiting() > 0 {
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            }
        })
        .await
        .unwrap();
    }
}

#[tokio::test]
async fn a_restart_goes_on_where_the_checkpoint_stands() {
    let mut world = busy().await;
    let before = dump(&world.path());
    let mut again = open(&world, Options::default());
    assert_eq!(again.position(), *world.store.head().borrow());
    assert_eq!(
        again.catch_up(world.store.as_ref()).await.unwrap(),
        again.position()
    );
    assert_eq!(dump(&world.path()), before);
    world.chronus_says(domain_event(REQUEST, "2", &["ada@x"])).await;
    again.catch_up(world.store.as_ref()).await.unwrap();
    assert!(
        again
            .read_models()
            .notification(card("2", "ada@x"))
            .await
            .unwrap()
            .is_some()
    );
}

#[tokio::test]
async fn a_missing_file_a_damaged_one_and_one_of_another_release_are_built_again() {
    let world = busy().await;
    let before = dump(&world.path());
    for case in ["missing", "damaged", "other release"] {
        let path = world.folder.path().join(format!("{case}.db"));
        match case {
            "missing" => {}
            "damaged" => std::fs::write(&path, [7; 4096]).unwrap(),
            _ => {
                let other = rusqlite::Connection::open(&path).unwrap();
                other
                    .execute_batch("PRAGMA user_version = 9999; CREATE TABLE people (a); CREATE TABLE x (b)")
                    .unwrap();
            }
        }
        let mut projector = Projector::open(&path, Options::default()).unwrap();
        assert_eq!(projector.position(), Position::START, "{case}");
        projector.catch_up(world.store.as_ref()).await.unwrap();
        assert_eq!(dump(&path), before, "{case}");
    }
}

/// Everything but the first page becomes nonsense.
fn damage(path: &std::path::Path) {
    let connection = rusqlite::Connection::open(path).unwrap();
    let page: u32 = connection
        .pragma_query_value(None, "page_size", |row| row.get(0))
        .unwrap();
    let busy: i64 = connection
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))
        .unwrap();
    assert_eq!(busy, 0, "what is damaged would be read from the WAL");
    let mut bytes = std::fs::read(path).unwrap();
    let rest = &mut bytes[usize::try_from(page).unwrap()..];
    assert!(!rest.is_empty());
    rest.fill(0xAB);
    std::fs::write(path, bytes).unwrap();
}

#[tokio::test]
async fn a_page_that_is_found_damaged_while_it_is_read_is_healed_while_the_service_runs() {
    let mut world = busy().await;
    let before = dump(&world.path());
    let projector = open(&world, Options::default());
    damage(&world.path());
    let (models, cancel) = (projector.read_models(), CancellationToken::new());
    let store: Arc<dyn events::EventStore> = Arc::<MemoryStore>::clone(&world.store);
    let following = tokio::spawn(projector.run(store, cancel.clone()));

    let answered = async {
        loop {
            match models.notification(card("1", "m1 ada@x")).await {
                Ok(found) => break found,
                Err(_) => tokio::task::yield_now().await,
            }
        }
    };
    let found = tokio::time::timeout(std::time::Duration::from_secs(20), answered)
        .await
        .unwrap();
    assert!(found.is_some(), "half of the rows is no answer");
    assert_eq!(dump(&world.path()), before);
    let at = world.chronus_says(domain_event(REQUEST, "2", &["ada@x"])).await;
    assert!(models.caught_up_to(at).await);
    assert_eq!(*models.health().borrow(), Health::Following);
    cancel.cancel();
    following.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_log_restored_from_a_backup_is_noticed() {
    let mut world = busy().await;
    let mut shorter = World::linked().await;
    shorter.joins("eve", "eve@x").await;
    shorter.fold().await;
    let expected = dump(&shorter.path());
    let mut projector = open(&world, Options::default());
    projector.catch_up(shorter.store.as_ref()).await.unwrap();
    assert_eq!(dump(&world.path()), expected);

    // Another log that has grown past the checkpoint is noticed by the event that stands there.
    world.store = Arc::new(MemoryStore::new());
    for name in ["a", "b", "c", "d", "e"] {
        world.joins(name, "a@x").await;
    }
    projector.catch_up(world.store.as_ref()).await.unwrap();
    assert!(
        projector
            .read_models()
            .person(user("eve"))
            .await
            .unwrap()
            .is_none()
    );
    assert!(projector.read_models().person(user("e")).await.unwrap().is_some());
}

#[tokio::test]
async fn an_event_that_cannot_be_read_stops_the_follower_visibly_until_it_is_skipped_by_decision() {
    let mut world = busy().await;
    let bad = append_nonsense(&mut world).await;
    let after = world.chronus_says(domain_event(REQUEST, "2", &["ada@x"])).await;
    let projector = open(&world, Options::default());
    let models = projector.read_models();

    let store: Arc<dyn events::EventStore> = Arc::<MemoryStore>::clone(&world.store);
    let stopped = projector.run(store, CancellationToken::new()).await.unwrap_err();

    assert!(matches!(
        stopped,
        ProjectorError::Fold(FoldError::Undecodable { position, .. }) if position == bad
    ));
    assert!(matches!(&*models.health().borrow(), Health::Stopped { position, .. } if *position == bad));
    assert_eq!(
        *models.folded().borrow(),
        Position(bad.0 - 1),
        "what stands before it is folded"
    );

    let skip = Options {
        skip: BTreeSet::from([bad]),
        ..Options::default()
    };
    let mut projector = open(&world, skip.clone());
    assert_eq!(
        projector.position(),
        Position(bad.0 - 1),
        "no rebuild is needed to leave it out"
    );
    assert_eq!(projector.catch_up(world.store.as_ref()).await.unwrap(), after);

    drop(projector);
    assert_eq!(open(&world, skip).position(), after);
    let withdrawn = open(&world, Options::default());
    assert_eq!(
        withdrawn.position(),
        Position::START,
        "the decision was taken back"
    );
}

#[tokio::test]
async fn another_time_to_live_builds_the_file_again() {
    let world = busy().await;
    let options = Options {
        default_ttl: chrono::Duration::days(1),
        ..Options::default()
    };
    assert_eq!(open(&world, options).position(), Position::START);
}

#[tokio::test]
async fn a_rebuild_in_place_gives_the_same_rows_to_readers_already_there() {
    let world = busy().await;
    let before = dump(&world.path());
    let models = world.models();
    assert!(models.person(user("ada")).await.unwrap().is_some());
    let at = rebuild(world.path(), Options::default(), world.store.as_ref())
        .await
        .unwrap();
    assert_eq!(at, *world.store.head().borrow());
    assert_eq!(dump(&world.path()), before);
    assert!(models.person(user("ada")).await.unwrap().is_some());
}
