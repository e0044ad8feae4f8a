//! Erasures that a restored log does not hold are ordered in it again, wherever they are known from.

use events::outbound::{ErasureCertified, ErasureOrdered};
use events::{OrganizationId, OutboundEvent};
use uuid::Uuid;

use super::*;
use crate::audit;
use crate::backup::erasures::{Erasures, KnownErasure, read_list};

const ERASURE: Uuid = Uuid::from_u128(0xe1);

fn acme() -> OrganizationId {
    OrganizationId::parse("acme").unwrap()
}

impl Data {
    /// Erases a person and certifies it.
    async fn erase(&mut self, person: &str) {
        let persons = vec![person_id(person)];
        let keys_destroyed = self.vault.destroy(&persons[0]).await.unwrap() as u64;
        let certificate = ErasureCertified {
            erasure_id: ERASURE,
            member_id: None,
            persons,
            until: *self.store.head().borrow(),
            keys_destroyed,
            by: "api:privacy".to_owned(),
            reason: "request 118".to_owned(),
            chain: None,
        };
        audit::record(&self.store, &SystemClock, Some(&acme()), certificate)
            .await
            .unwrap();
    }
}

/// The orders in the log that lies in a folder.
async fn orders(folder: &Path) -> Vec<ErasureOrdered> {
    let log = log_of(folder).await;
    let decoded = log
        .iter()
        .filter_map(|event| event.decode::<OutboundEvent>().ok());
    decoded
        .filter_map(|event| match event {
            OutboundEvent::ErasureOrdered(order) => Some(order),
            _ => None,
        })
        .collect()
}

async fn is_ordered(folder: &Path) {
    let orders = orders(folder).await;
    assert_eq!(orders.len(), 1, "{orders:#?}");
    let order = &orders[0];
    assert!(order.again && order.erasure_id == ERASURE, "{order:#?}");
    assert_eq!(order.persons, [person_id("ada")]);
    let lineage = events::lineage::read(&SqliteStore::open_read_only(folder).unwrap()).await;
    assert!(lineage.unwrap().repeats_erasures);
    let keys = SqliteKeyTable::open(folder).unwrap();
    assert!(keys.find(person_id("ada"), 1).await.unwrap().is_none());
    assert!(keys.find(person_id("ben"), 1).await.unwrap().is_some());
    keys.close().await;
}

/// A backup of before an erasure, and the folder of after it.
async fn erased_since(backup: &Path) -> tempfile::TempDir {
    let mut data = Data::new();
    data.write("ada").await;
    data.write("ben").await;
    data.back_up(backup).await.unwrap();
    data.erase("ada").await;
    data.close().await
}

async fn list_of(folder: &Path) -> Vec<KnownErasure> {
    let store = SqliteStore::open_read_only(folder).unwrap();
    Erasures::of(&store).await.unwrap().all()
}

async fn restore_with(from: &Path, to: &Path, erasures: &[KnownErasure]) -> Restored {
    let (at, _) = watch::channel(Position::START);
    let restore = Restore {
        from,
        to,
        point: Point::End,
        replace: true,
        erasures,
    };
    restore.run(&SystemClock, &at).await.unwrap()
}

#[tokio::test]
async fn what_was_erased_after_the_backup_is_ordered_in_the_restored_log_each_time() {
    let backup = backup_folder();
    let folder = erased_since(backup.path()).await;
    for _ in 0..2 {
        let restored = restore(backup.path(), folder.path(), Point::End, true).await;
        assert_eq!(restored.unwrap().erasures, 1);
        is_ordered(folder.path()).await;
    }
}

#[tokio::test]
async fn a_list_brings_it_into_an_empty_folder_and_what_is_no_list_is_refused() {
    let (backup, target) = (backup_folder(), tempfile::tempdir().unwrap());
    let folder = erased_since(backup.path()).await;
    let list = backup.path().join("erasures.ndjson");
    let known = list_of(folder.path()).await;
    std::fs::write(&list, serde_json::to_string(&known[0]).unwrap() + "\n\n").unwrap();
    let read = read_list(&list).unwrap();
    assert_eq!(read, known);
    let restored = restore_with(backup.path(), target.path(), &read).await;
    assert_eq!((restored.erasures, restored.destroyed_again), (1, 1));
    is_ordered(target.path()).await;
    std::fs::write(&list, "{}").unwrap();
    let refused = read_list(&list).unwrap_err().to_string();
    assert!(refused.starts_with("line 1 of "), "{refused}");
}

#[tokio::test]
async fn what_another_log_erased_is_not_this_ones() {
    let (backup, mut other) = (backup_folder(), Data::new());
    erased_since(backup.path()).await;
    other.write("cleo").await;
    other.write("ada").await;
    other.erase("ada").await;
    let folder = other.close().await;
    let restored = restore(backup.path(), folder.path(), Point::End, true).await;
    assert_eq!(restored.unwrap().erasures, 0);
    assert_eq!(orders(folder.path()).await, []);
}

#[tokio::test]
async fn what_the_part_of_the_backup_erased_that_is_left_out_is_ordered_and_what_is_restored_is_not() {
    let (mut data, backup) = (Data::new(), backup_folder());
    data.write("ada").await;
    data.write("ben").await;
    data.erase("ada").await;
    data.back_up(backup.path()).await.unwrap();
    for (last, ordered) in [(2, 1), (3, 0)] {
        let target = tempfile::tempdir().unwrap();
        let point = Point::Position(Position(last));
        let restored = restore(backup.path(), target.path(), point, false).await.unwrap();
        assert_eq!(restored.erasures, ordered, "up to {last}");
    }
}

#[tokio::test]
async fn a_restore_that_is_cut_off_forgets_none_however_often() {
    let backup = backup_folder();
    let folder = erased_since(backup.path()).await;
    let to = folder.path();
    let made = tempfile::tempdir().unwrap();
    restore_with(backup.path(), made.path(), &list_of(to).await).await;
    // As a kill leaves it that finds the old log gone from its place, and nothing of it whole elsewhere.
    let building = to.join("restoring");
    std::fs::create_dir(&building).unwrap();
    std::fs::write(building.join("moving"), "").unwrap();
    for name in ["events.db", "keys.db"] {
        std::fs::rename(made.path().join(name), building.join(name)).unwrap();
        std::fs::remove_file(to.join(name)).unwrap();
    }
    assert!(is_cut_off(to));
    for _ in 0..2 {
        let restored = restore(backup.path(), to, Point::End, true).await.unwrap();
        assert_eq!(restored.erasures, 1);
        is_ordered(to).await;
    }
}

#[tokio::test]
async fn a_log_that_lies_there_and_cannot_be_read_is_told() {
    let backup = backup_folder();
    let folder = erased_since(backup.path()).await;
    for name in ["events.db", "events.db-wal", "events.db-shm"] {
        drop(std::fs::remove_file(folder.path().join(name)));
    }
    std::fs::write(folder.path().join("events.db"), "no log".repeat(1_000)).unwrap();
    let restored = restore(backup.path(), folder.path(), Point::End, true)
        .await
        .unwrap();
    assert_eq!(restored.unread, [folder.path().join("events.db")]);
}
