//! Clusters of the stand-in and stores on them.

use std::sync::Arc;
use std::time::Duration;

use events::EventStore;
use events::store::kurrent::{Address, KurrentOptions, KurrentStore};
use kurrent_standin::harness::{Cluster, Spawner};
use uuid::Uuid;

/// A real cluster to test against, where the one who tests has one.
const URL: &str = "CHRONUS_TEAMS_TEST_KURRENTDB_URL";

/// Everything a service would wait for, in a tenth of the time.
pub(crate) fn options() -> KurrentOptions {
    KurrentOptions {
        call_timeout: Duration::from_millis(600),
        connect_timeout: Duration::from_millis(500),
        patience: Duration::from_secs(15),
        open_patience: Duration::from_secs(15),
        first_pause: Duration::from_millis(10),
        longest_pause: Duration::from_millis(200),
        look_every: Duration::from_millis(300),
        ..KurrentOptions::default()
    }
}

pub(crate) fn spawner() -> Spawner {
    Spawner::test("standin_process")
}

pub(crate) async fn cluster(nodes: u32) -> Cluster {
    if nodes < 3 {
        return Cluster::start(spawner(), nodes).await.unwrap();
    }
    // As a real one fares.
    Cluster::supervised(spawner(), nodes).await.unwrap()
}

pub(crate) async fn open(url: &str) -> Arc<KurrentStore> {
    open_with(url, options()).await
}

pub(crate) async fn open_with(url: &str, options: KurrentOptions) -> Arc<KurrentStore> {
    let url = format!("{url}&gossipTimeout=300");
    Arc::new(
        KurrentStore::open(Address::parse(&url).unwrap(), options)
            .await
            .unwrap(),
    )
}

/// A store without events, and what must live as long as it.
pub(crate) async fn store() -> (Arc<dyn EventStore>, Option<Cluster>) {
    if let Ok(url) = std::env::var(URL) {
        let options = KurrentOptions {
            prefix: format!("test.{}.", Uuid::new_v4().simple()),
            ..KurrentOptions::default()
        };
        return (
            Arc::new(
                KurrentStore::open(Address::parse(&url).unwrap(), options)
                    .await
                    .unwrap(),
            ),
            None,
        );
    }
    let cluster = Cluster::single(spawner()).await.unwrap();
    (open(&cluster.url()).await, Some(cluster))
}
