use events::sealing::sqlite::SqliteKeyTable;
use events::sealing::{KeyTable, PersonId, Vault};
use events::store::sqlite::check::check;
use events::store::sqlite::{SqliteOptions, SqliteStore};
use events::user::Identity;
use events::{
    Direction, EventStore, Expected, Metadata, NewEvent, Recorded, StoredEvent as _, StreamId, StreamWrite,
    SystemClock, UserEvent, UserKey, Version,
};
use std::sync::Arc;
use tokio::sync::watch;

use super::*;

mod erased;

/// A data folder that is being written.
struct Data {
    folder: tempfile::TempDir,
    store: SqliteStore,
    keys: Arc<SqliteKeyTable>,
    vault: Vault,
    written: i64,
}

impl Data {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(folder.path(), &SqliteOptions::default()).unwrap();
        let keys = Arc::new(SqliteKeyTable::open(folder.path()).unwrap());
        let vault = Vault::new(Arc::clone(&keys) as Arc<dyn KeyTable>);
        Self {
            folder,
            store,
            keys,
            vault,
            written: 0,
        }
    }

    /// One event about `person`, a minute after the one before.
    async fn write(&mut self, person: &str) {
        let name = self.vault.seal(&person_id(person), person).await.unwrap();
        let payload = serde_json::json!({ "name": name, "role": "user" }).to_string();
        let event = UserEvent::decode("ProfileResolved", 1, &payload).unwrap();
        self.written += 1;
        let id = EventId::derive([person, &self.written.to_string()]);
        let metadata = Metadata {
            time: minute(self.written),
            correlation_id: id.0,
            causation_id: id.0,
        };
        let write = StreamWrite {
            stream: stream(person),
            expected: Expected::Any,
            events: vec![NewEvent::encode(id, &event, metadata)],
        };
        self.store.append(vec![write]).await.unwrap();
    }

    async fn back_up(&self, to: &Path) -> Result<Taken, BackupError> {
        let (at, _) = watch::channel(Position::START);
        let table = self.folder.path().join("keys.db");
        take(
            &self.store,
            &SystemClock,
            to,
            Some(&table),
            &to.join("keys.db"),
            &at,
        )
        .await
    }

    async fn log(&self) -> Vec<Recorded> {
        self.store.read_log(Position::START, usize::MAX).await.unwrap()
    }

    async fn close(self) -> tempfile::TempDir {
        self.store.close().await;
        self.keys.close().await;
        self.folder
    }
}

fn person_id(person: &str) -> PersonId {
    PersonId::user(&UserKey::parse(format!("t/{person}")).unwrap())
}

fn stream(person: &str) -> StreamId {
    StreamId::user(&UserKey::parse(format!("t/{person}")).unwrap())
}

fn minute(number: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + chrono::TimeDelta::minutes(number)
}

async fn restore(from: &Path, to: &Path, point: Point, replace: bool) -> Result<Restored, BackupError> {
    let (at, _) = watch::channel(Position::START);
    let restore = Restore {
        from,
        to,
        point,
        replace,
        erasures: &[],
    };
    restore.run(&SystemClock, &at).await
}

fn verified(folder: &Path) -> Result<Verified, BackupError> {
    verify(folder, &watch::channel(Position::START).0)
}

async fn log_of(folder: &Path) -> Vec<Recorded> {
    let store = SqliteStore::open_read_only(folder).unwrap();
    store.read_log(Position::START, usize::MAX).await.unwrap()
}

fn backup_folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

#[tokio::test]
async fn a_second_run_adds_what_is_new_and_the_restored_log_is_the_same_event_for_event() {
    let (mut data, backup, target) = (Data::new(), backup_folder(), tempfile::tempdir().unwrap());
    data.write("ada").await;
    data.write("ben").await;
    let first = data.back_up(backup.path()).await.unwrap();
    assert_eq!((first.events, first.chunks), (2, 1));
    data.write("ada").await;
    let second = data.back_up(backup.path()).await.unwrap();
    assert_eq!((second.events, second.chunks, second.head), (1, 1, Position(3)));
    assert_eq!(data.back_up(backup.path()).await.unwrap().chunks, 0);
    let whole = verified(backup.path()).unwrap();
    assert_eq!((whole.events, whole.streams, whole.keys), (3, 2, true));

    let restored = restore(backup.path(), target.path(), Point::End, false)
        .await
        .unwrap();
    assert_eq!(restored.kept, Position(3));
    let there = log_of(target.path()).await;
    assert_eq!(there[..3], data.log().await[..]);
    assert!(there[3..].iter().all(|event| event.stream == StreamId::log()));
    assert_eq!(check(target.path()).unwrap().faults, Vec::<String>::new());
    let keys = Arc::new(SqliteKeyTable::open(target.path()).unwrap());
    let UserEvent::Identity(Identity::ProfileResolved(profile)) = there[0].decode().unwrap() else {
        panic!()
    };
    let opened = Vault::new(keys).open(&profile.name.unwrap()).await.unwrap();
    assert_eq!(opened.as_deref(), Some("ada"));
}

#[tokio::test]
async fn a_log_is_restored_as_of_a_position_and_as_of_a_moment() {
    let (mut data, backup) = (Data::new(), backup_folder());
    for person in ["ada", "ben", "ada", "cleo"] {
        data.write(person).await;
    }
    data.back_up(backup.path()).await.unwrap();
    for (point, kept) in [
        (Point::Position(Position(3)), 3),
        (Point::Time(minute(2)), 2),
        (Point::Time(minute(0)), 0),
    ] {
        let target = tempfile::tempdir().unwrap();
        let restored = restore(backup.path(), target.path(), point, false).await.unwrap();
        assert_eq!(restored.kept, Position(kept), "{point:?}");
        let there = log_of(target.path()).await;
        let kept = usize::try_from(kept).unwrap();
        assert_eq!(there[..kept], data.log().await[..kept]);
        let lineage = events::lineage::read(&SqliteStore::open_read_only(target.path()).unwrap()).await;
        assert!(lineage.unwrap().log_id.is_some());
    }
    let beyond = restore(backup.path(), backup.path(), Point::Position(Position(5)), false).await;
    assert!(matches!(beyond, Err(BackupError::Refused(_))), "{beyond:?}");
}

#[tokio::test]
async fn a_changed_byte_a_missing_file_and_a_lost_key_are_found_and_not_restored() {
    type Damage = fn(&Path);
    let damages: [(&str, Damage); 4] = [
        ("a byte of the log", |folder| {
            let path = chunk_file(folder);
            let mut bytes = std::fs::read(&path).unwrap();
            let at = bytes.windows(3).position(|window| window == b"box").unwrap();
            bytes[at + 20] ^= 1;
            std::fs::write(path, bytes).unwrap();
        }),
        ("a chunk", |folder| {
            std::fs::remove_file(chunk_file(folder)).unwrap();
        }),
        ("a byte of the keys", |folder| {
            let path = folder.join("keys.db");
            let mut bytes = std::fs::read(&path).unwrap();
            let last = bytes.len() - 1;
            bytes[last] ^= 1;
            std::fs::write(path, bytes).unwrap();
        }),
        ("the manifest's end", |folder| {
            let path = folder.join(MANIFEST);
            let text = std::fs::read_to_string(&path).unwrap();
            std::fs::write(path, &text[..text.len() / 2]).unwrap();
        }),
    ];
    for (what, damage) in damages {
        let (mut data, backup, target) = (Data::new(), backup_folder(), tempfile::tempdir().unwrap());
        data.write("ada").await;
        data.back_up(backup.path()).await.unwrap();
        damage(backup.path());
        assert!(verified(backup.path()).is_err(), "{what}");
        assert!(
            restore(backup.path(), target.path(), Point::End, false)
                .await
                .is_err(),
            "{what}"
        );
        assert!(!target.path().join("events.db").exists(), "{what}");
    }
}

fn chunk_file(folder: &Path) -> PathBuf {
    std::fs::read_dir(folder.join(LOG))
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path()
}

#[tokio::test]
async fn an_erasure_after_the_backup_holds_after_the_restore() {
    let (mut data, backup) = (Data::new(), backup_folder());
    data.write("ada").await;
    data.write("ben").await;
    data.back_up(backup.path()).await.unwrap();
    data.vault.destroy(&person_id("ada")).await.unwrap();
    let folder = data.close().await;

    let refused = restore(backup.path(), folder.path(), Point::End, false).await;
    assert!(
        matches!(refused, Err(BackupError::Refused(_))),
        "what lies there is not overwritten"
    );
    let restored = restore(backup.path(), folder.path(), Point::End, true)
        .await
        .unwrap();
    assert_eq!(restored.destroyed_again, 1);
    assert!(restored.aside.unwrap().join("events.db").exists());
    let keys = SqliteKeyTable::open(folder.path()).unwrap();
    assert!(keys.find(person_id("ada"), 1).await.unwrap().is_none());
    assert!(keys.find(person_id("ben"), 1).await.unwrap().is_some());
}

#[tokio::test]
async fn a_running_service_is_not_restored_over() {
    let (mut data, backup) = (Data::new(), backup_folder());
    data.write("ada").await;
    data.back_up(backup.path()).await.unwrap();
    let refused = restore(backup.path(), data.folder.path(), Point::End, true)
        .await
        .unwrap_err();
    assert!(refused.to_string().contains("stop the service"), "{refused}");
}

#[tokio::test]
async fn a_backup_of_another_log_is_not_added_to() {
    let (mut one, mut other, backup) = (Data::new(), Data::new(), backup_folder());
    one.write("ada").await;
    other.write("ben").await;
    one.back_up(backup.path()).await.unwrap();
    let refused = other.back_up(backup.path()).await;
    assert!(matches!(refused, Err(BackupError::Other { .. })), "{refused:?}");
}

#[tokio::test]
async fn a_backup_from_before_a_restore_is_not_added_to_behind_the_cut() {
    let (mut data, backup, target) = (Data::new(), backup_folder(), tempfile::tempdir().unwrap());
    for person in ["ada", "ben"] {
        data.write(person).await;
    }
    data.back_up(backup.path()).await.unwrap();
    restore(backup.path(), target.path(), Point::Position(Position(1)), false)
        .await
        .unwrap();
    let store = SqliteStore::open(target.path(), &SqliteOptions::default()).unwrap();
    let (at, _) = watch::channel(Position::START);
    let refused = take(
        &store,
        &SystemClock,
        backup.path(),
        None,
        &backup.path().join("keys.db"),
        &at,
    )
    .await;
    assert!(matches!(refused, Err(BackupError::Other { .. })), "{refused:?}");
    let written = store
        .read_stream(stream("ada"), Version(1), Direction::Forwards, 9)
        .await
        .unwrap();
    assert_eq!(written.len(), 1);
}

#[test]
fn a_manifest_of_a_newer_release_is_called_so_whatever_its_shape() {
    let folder = backup_folder();
    std::fs::write(folder.path().join(MANIFEST), r#"{"format":99,"parts":{}}"#).unwrap();
    let refused = Manifest::read(folder.path());
    assert!(
        matches!(refused, Err(BackupError::Newer { found: 99 })),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_restore_that_is_cut_off_while_files_are_put_in_place_is_known_by_what_it_leaves() {
    let (mut data, backup) = (Data::new(), backup_folder());
    data.write("ada").await;
    data.back_up(backup.path()).await.unwrap();
    let folder = data.close().await;
    let to = folder.path();
    restore(backup.path(), to, Point::End, true).await.unwrap();
    assert!(!is_cut_off(to));

    // As a kill leaves it: before anything is moved, with nothing in place, with the log alone, with all.
    let building = to.join("restoring");
    std::fs::create_dir(&building).unwrap();
    std::fs::write(building.join("events.db"), "x").unwrap();
    assert!(!is_cut_off(to), "what lies there is whole");
    std::fs::write(building.join("moving"), "").unwrap();
    assert!(is_cut_off(to));
    std::fs::remove_file(building.join("events.db")).unwrap();
    assert!(!is_cut_off(to), "all of it was put in place");
    std::fs::write(building.join("keys.db"), "x").unwrap();
    assert!(is_cut_off(to));
    // Run again it is whole.
    restore(backup.path(), to, Point::End, true).await.unwrap();
    assert!(!is_cut_off(to) && to.join("events.db").exists() && to.join("keys.db").exists());
}
