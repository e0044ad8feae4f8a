//! Any interleaving of appends gives the same answers and the same log on the embedded store as in memory.

use events::store::memory::MemoryStore;
use events::store::sqlite::check::check;
use events::store::sqlite::{SqliteOptions, SqliteStore};
use events::{AppendError, Appended, Direction, EventStore, Version};
use proptest::prelude::*;

use crate::support::{stream, whole_log, write};

#[derive(Debug, Clone)]
struct Step {
    name: u8,
    expected: u64,
    ids: Vec<u8>,
}

fn step() -> impl Strategy<Value = Step> {
    (0_u8..4, 0_u64..6, proptest::collection::vec(0_u8..6, 1..4)).prop_map(|(name, expected, ids)| Step {
        name,
        expected,
        ids,
    })
}

fn told(result: Result<Vec<Appended>, AppendError>) -> String {
    match result {
        Ok(appended) => format!("{appended:?}"),
        Err(error) => error.to_string(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn the_embedded_store_behaves_as_the_one_in_memory(steps in proptest::collection::vec(step(), 1..40), restart in 0_usize..40) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let folder = tempfile::tempdir().unwrap();
            let options = SqliteOptions { fold_after: 2, checkpoint_after: 500, ..SqliteOptions::default() };
            let mut embedded = SqliteStore::open(folder.path(), &options).unwrap();
            let memory = MemoryStore::new();
            for (index, step) in steps.iter().enumerate() {
                if index == restart {
                    embedded.close().await;
                    drop(embedded);
                    embedded = SqliteStore::open(folder.path(), &options).unwrap();
                }
                let (name, ids) = (format!("s{}", step.name), step.ids.iter().map(ToString::to_string).collect::<Vec<_>>());
                let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
                let of = |expected| vec![write(&name, expected, &ids)];
                let in_memory = told(memory.append(of(step.expected)).await);
                assert_eq!(told(embedded.append(of(step.expected)).await), in_memory);
                let (a, b) = (
                    memory.read_stream(stream(&name), Version(2), Direction::Forwards, 3).await.unwrap(),
                    embedded.read_stream(stream(&name), Version(2), Direction::Forwards, 3).await.unwrap(),
                );
                assert_eq!(a, b);
            }
            assert_eq!(whole_log(&embedded).await, whole_log(&memory).await);
            assert_eq!(check(folder.path()).unwrap().faults, Vec::<String>::new());
        });
    }
}
