use std::path::Path;

use events::sealing::{KeyTable, PersonId, Vault};
use events::{
    Direction, EventId, Expected, Metadata, NewEvent, StoredEvent as _, StreamId, StreamWrite, SystemClock,
    UserEvent, UserKey, Version,
};
use projections::Projector;

use super::*;

fn config(folder: &Path) -> Config {
    let folder = serde_json::Value::from(folder.to_string_lossy());
    Config::from_text(&format!("[data]\nfolder = {folder}\n"), "the test", []).unwrap()
}

async fn opened(folder: &Path) -> Result<Opened, LineageFault> {
    open(&config(folder), &SystemClock, OnLoss::Refuse).await
}

async fn accepted(folder: &Path) -> Opened {
    open(&config(folder), &SystemClock, OnLoss::Accept).await.unwrap()
}

/// What the refusal says.
async fn refusal(folder: &Path) -> String {
    match opened(folder).await {
        Err(fault @ LineageFault::Incomplete { .. }) => fault.to_string(),
        other => panic!("{other:?}"),
    }
}

impl Opened {
    /// One more event with a value sealed for `person`.
    async fn append(&self, person: &str) {
        let key = UserKey::parse(format!("t/{person}")).unwrap();
        let stream = StreamId::user(&key);
        let name = self
            .keys
            .vault()
            .seal(&PersonId::user(&key), person)
            .await
            .unwrap();
        let payload = serde_json::json!({ "name": name, "role": "user" }).to_string();
        let event = UserEvent::decode("ProfileResolved", 1, &payload).unwrap();
        self.write(stream, &event).await;
    }

    async fn write(&self, stream: StreamId, event: &UserEvent) {
        let id = EventId::unique();
        let metadata = Metadata {
            time: SystemClock.now(),
            correlation_id: id.0,
            causation_id: id.0,
        };
        let write = StreamWrite {
            stream,
            expected: Expected::Any,
            events: vec![NewEvent::encode(id, event, metadata)],
        };
        self.store.log.append(vec![write]).await.unwrap();
    }

    /// Read models and keys see all of it, and everything is closed.
    async fn close(self, folder: &Path) {
        let config = config(folder);
        let mut projector = Projector::open(config.data.projections(), config.projection_options()).unwrap();
        let head = projector.catch_up(&*self.store.log).await.unwrap();
        let KeyStore::Local(table) = &self.keys else {
            panic!()
        };
        let last = self.store.log.event_at(head).await.unwrap().unwrap();
        table
            .see(self.lineage.log_id.unwrap(), head, last.id)
            .await
            .unwrap();
        self.store.log.close().await;
        self.keys.close().await;
    }
}

fn remove(folder: &Path, name: &str) {
    for suffix in ["", "-wal", "-shm"] {
        drop(std::fs::remove_file(folder.join(format!("{name}{suffix}"))));
    }
}

fn copy(from: &Path, to: &Path, name: &str) {
    remove(to, name);
    std::fs::copy(from.join(name), to.join(name)).unwrap();
}

/// A folder with a log, read models and keys that agree, and a copy of it as it was in the middle.
async fn folders() -> (tempfile::TempDir, tempfile::TempDir) {
    let (folder, older) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let log = opened(folder.path()).await.unwrap();
    log.append("ada").await;
    log.close(folder.path()).await;
    for name in ["events.db", "keys.db", "projections.db"] {
        copy(folder.path(), older.path(), name);
    }
    let log = opened(folder.path()).await.unwrap();
    log.append("ben").await;
    log.close(folder.path()).await;
    (folder, older)
}

#[tokio::test]
async fn a_log_gets_its_id_once() {
    let folder = tempfile::tempdir().unwrap();
    let log = opened(folder.path()).await.unwrap();
    let (id, existed) = (log.lineage.log_id, log.existed);
    log.close(folder.path()).await;
    let again = opened(folder.path()).await.unwrap();
    assert!(!existed && again.existed && id.is_some());
    assert_eq!(again.lineage.log_id, id);
    assert_eq!(
        ReadModels::seen(&config(folder.path()).data.projections())
            .unwrap()
            .log_id,
        id
    );
}

#[tokio::test]
async fn an_emptied_log_is_not_served_whoever_alone_remembers_it() {
    for forgetful in ["projections.db", "keys.db", "neither"] {
        let (folder, _older) = folders().await;
        let folder = folder.path();
        remove(folder, "events.db");
        remove(folder, forgetful);
        let told = refusal(folder).await;
        assert!(told.contains("have seen the log up to position"), "{told}");
        assert!(
            told.contains("--accept-loss") && told.contains("restore"),
            "{told}"
        );
        assert!(
            refusal(folder).await.contains("acknowledged events are missing"),
            "the refusal left something behind"
        );
    }
}

#[tokio::test]
async fn an_older_copy_of_the_log_is_not_served_and_after_an_accepted_loss_it_is() {
    let (folder, older) = folders().await;
    let folder = folder.path();
    copy(older.path(), folder, "events.db");
    refusal(folder).await;

    let log = accepted(folder).await;
    let events = log
        .store
        .log
        .read_stream(StreamId::log(), Version(1), Direction::Forwards, 99)
        .await
        .unwrap();
    let last: LogEvent = events.last().unwrap().decode().unwrap();
    let LogEvent::LossAccepted(loss) = last else {
        panic!("{last:?}")
    };
    assert!(
        loss.missing.iter().any(|what| what.contains("keys.db")),
        "{loss:?}"
    );
    assert_eq!(log.lineage.log_id, Some(loss.log_id));
    log.append("cleo").await;
    log.append("dan").await;
    log.close(folder).await;
    opened(folder).await.unwrap();
}

#[tokio::test]
async fn after_an_accepted_loss_a_kill_at_once_does_not_bring_the_refusal_back() {
    for emptied in [true, false] {
        let (folder, older) = folders().await;
        let folder = folder.path();
        remove(folder, "events.db");
        if !emptied {
            copy(older.path(), folder, "events.db");
        }
        let log = accepted(folder).await;
        log.store.log.close().await;
        drop(log);
        opened(folder).await.unwrap();
    }
}

#[tokio::test]
async fn another_log_is_not_served() {
    let ((folder, _), (other, _)) = (folders().await, folders().await);
    copy(other.path(), folder.path(), "events.db");
    let told = refusal(folder.path()).await;
    assert!(told.contains("belong to the log"), "{told}");
}

#[tokio::test]
async fn a_log_that_was_cut_and_written_on_is_not_served() {
    let (folder, older) = folders().await;
    let cut = opened(older.path()).await.unwrap();
    cut.append("cleo").await;
    cut.append("dan").await;
    cut.close(older.path()).await;
    copy(older.path(), folder.path(), "events.db");
    let told = refusal(folder.path()).await;
    assert!(told.contains("another event"), "{told}");
}

#[tokio::test]
async fn a_restore_that_was_cut_off_is_not_served() {
    for left in [&["events.db", "keys.db"][..], &["keys.db"]] {
        let (folder, _older) = folders().await;
        let (folder, building) = (folder.path(), folder.path().join("restoring"));
        std::fs::create_dir(&building).unwrap();
        std::fs::write(building.join("moving"), "").unwrap();
        for name in left {
            std::fs::rename(folder.join(name), building.join(name)).unwrap();
        }
        // These were put aside with all that lay there.
        remove(folder, "projections.db");
        for _ in 0..2 {
            let told = refusal(folder).await;
            assert!(told.contains("restore into this folder was cut off"), "{told}");
        }
        accepted(folder).await.close(folder).await;
        opened(folder).await.unwrap();
    }
}

#[tokio::test]
async fn without_its_keys_a_log_is_not_served() {
    let (folder, _older) = folders().await;
    let folder = folder.path();
    remove(folder, "keys.db");
    let told = refusal(folder).await;
    assert!(told.contains("keys.db does not exist"), "{told}");
    assert!(
        !folder.join("keys.db").exists(),
        "a new table would hide the loss"
    );

    accepted(folder).await.close(folder).await;
    opened(folder).await.unwrap();
}

#[tokio::test]
async fn an_older_copy_of_the_keys_is_told() {
    let (folder, older) = folders().await;
    copy(older.path(), folder.path(), "keys.db");
    let told = refusal(folder.path()).await;
    assert!(told.contains("1 keys") && told.contains("older copy"), "{told}");
    accepted(folder.path()).await.close(folder.path()).await;
    opened(folder.path()).await.unwrap();
}

#[tokio::test]
async fn other_keys_are_told() {
    let ((folder, _), (other, _)) = (folders().await, folders().await);
    copy(other.path(), folder.path(), "keys.db");
    let told = refusal(folder.path()).await;
    assert!(told.contains("belong to the log"), "{told}");
    remove(folder.path(), "keys.db");
    let fresh = SqliteKeyTable::open(folder.path()).unwrap();
    fresh.close().await;
    let told = refusal(folder.path()).await;
    assert!(
        told.contains("not the one that the log was written with"),
        "{told}"
    );
}

#[tokio::test]
async fn a_destroyed_key_is_no_missing_key() {
    let (folder, _older) = folders().await;
    let log = opened(folder.path()).await.unwrap();
    log.append("cleo").await;
    let KeyStore::Local(table) = &log.keys else {
        panic!()
    };
    let cleo = PersonId::user(&UserKey::parse("t/cleo").unwrap());
    Vault::new(Arc::clone(table) as Arc<dyn KeyTable>)
        .destroy(&cleo)
        .await
        .unwrap();
    log.store.log.close().await;
    log.keys.close().await;
    drop(log);
    opened(folder.path()).await.unwrap();
}

/// A log as earlier releases left it: no stream of its own, no marks in keys and read models.
#[tokio::test]
async fn a_log_of_an_earlier_release_gets_an_id_and_is_looked_at_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let store = crate::store::open(&config(folder).data).await.unwrap();
    let keys = KeyStore::open(&config(folder).keys, folder).await.unwrap();
    let lineage = Lineage::default();
    let log = Opened {
        store,
        keys,
        lineage,
        existed: false,
    };
    log.append("ada").await;
    log.store.log.close().await;
    log.keys.close().await;
    drop(log);
    let kept = tempfile::tempdir().unwrap();
    copy(folder, kept.path(), "keys.db");

    remove(folder, "keys.db");
    let told = refusal(folder).await;
    assert!(told.contains("keys.db does not exist"), "{told}");
    copy(kept.path(), folder, "keys.db");
    let log = opened(folder).await.unwrap();
    assert!(log.existed && log.lineage.log_id.is_some() && log.lineage.key_table.is_some());
}

#[tokio::test]
async fn a_tool_that_would_forget_what_was_seen_is_refused_too() {
    let (folder, older) = folders().await;
    copy(older.path(), folder.path(), "events.db");
    let refused = open_for_tool(&config(folder.path())).await;
    assert!(
        matches!(refused, Err(LineageFault::Incomplete { .. })),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_folder_that_was_put_in_the_place_of_the_right_one_is_not_served() {
    let ((folder, _), (other, _), new) = (folders().await, folders().await, tempfile::tempdir().unwrap());
    let log = opened(folder.path()).await.unwrap();
    let expected = log.lineage.log_id.unwrap();
    log.close(folder.path()).await;
    let of = |folder: &Path| {
        let mut config = config(folder);
        config.data.log_id = Some(expected);
        config
    };
    for (wrong, words) in [(other.path(), "this is the log"), (new.path(), "this one is new")] {
        let refused = open(&of(wrong), &SystemClock, OnLoss::Refuse).await;
        let told = refused.unwrap_err().to_string();
        assert!(
            told.contains(words) && told.contains(&expected.to_string()),
            "{told}"
        );
        // An operator may go on with it, which is asked once.
        open(&of(wrong), &SystemClock, OnLoss::Accept)
            .await
            .unwrap()
            .close(wrong)
            .await;
        open(&of(wrong), &SystemClock, OnLoss::Refuse)
            .await
            .unwrap()
            .close(wrong)
            .await;
    }
    let right = open(&of(folder.path()), &SystemClock, OnLoss::Refuse)
        .await
        .unwrap();
    assert_eq!(right.lineage.log_id, Some(expected));
}

#[tokio::test]
async fn files_in_each_others_places_are_named_and_none_of_them_is_changed() {
    for (one, other) in [
        ("events.db", "keys.db"),
        ("keys.db", "projections.db"),
        ("events.db", "projections.db"),
    ] {
        let (folder, _older) = folders().await;
        let folder = folder.path();
        let bytes = |name: &str| std::fs::read(folder.join(name)).unwrap();
        let (of_one, of_other) = (bytes(one), bytes(other));
        std::fs::write(folder.join(one), &of_other).unwrap();
        std::fs::write(folder.join(other), &of_one).unwrap();
        for on_loss in [OnLoss::Refuse, OnLoss::Accept] {
            let refused = open(&config(folder), &SystemClock, on_loss).await;
            let told = refused.unwrap_err().to_string();
            assert!(told.contains(one) && told.contains(other), "{told}");
        }
        assert!(open_for_tool(&config(folder)).await.is_err());
        assert!(bytes(one) == of_other && bytes(other) == of_one, "{one}, {other}");
    }
}

#[tokio::test]
async fn a_newer_format_is_refused_in_every_file() {
    for file in ["events.db", "keys.db"] {
        let (folder, _older) = folders().await;
        let path = folder.path().join(file);
        rusqlite::Connection::open(&path)
            .unwrap()
            .pragma_update(None, "user_version", 99)
            .unwrap();
        let refused = opened(folder.path()).await.unwrap_err();
        let told = format!("{:#}", anyhow::Error::new(refused));
        assert!(told.contains("format 99") && told.contains(file), "{told}");
    }
}
