//! What the embedded stores promise about positions beyond their order.

use std::sync::Arc;

use events::store::memory::MemoryStore;
use events::store::sqlite::{SqliteOptions, SqliteStore};
use events::{EventStore, Position};

use crate::support::{derived, ids, whole_log, write};

#[tokio::test]
async fn the_embedded_stores_number_positions_without_gaps() {
    positions_are_dense(Arc::new(MemoryStore::new())).await;
    let folder = tempfile::tempdir().unwrap();
    let options = SqliteOptions::default();
    positions_are_dense(Arc::new(SqliteStore::open(folder.path(), &options).unwrap())).await;
}

async fn positions_are_dense(store: Arc<dyn EventStore>) {
    assert_eq!(*store.head().borrow(), Position::START);
    store.append(vec![write("a", 0, &["1", "2"])]).await.unwrap();
    let appended = store
        .append(vec![write("b", 0, &["3"]), write("a", 2, &["4"])])
        .await
        .unwrap();
    assert_eq!(
        appended
            .iter()
            .map(|a| (a.version.0, a.position.0))
            .collect::<Vec<_>>(),
        [(1, 3), (3, 4)]
    );
    let log = whole_log(&*store).await;
    assert_eq!(ids(&log), derived(&["1", "2", "3", "4"]));
    assert_eq!(log.iter().map(|e| e.position.0).collect::<Vec<_>>(), [1, 2, 3, 4]);
    assert_eq!(log.iter().map(|e| e.version.0).collect::<Vec<_>>(), [1, 2, 1, 3]);
    assert_eq!(*store.head().borrow(), Position(4));
    assert_eq!(
        ids(&store.read_log(Position(1), 2).await.unwrap()),
        derived(&["2", "3"])
    );
}
