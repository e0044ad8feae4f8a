//! The same on a cluster: the crash matrix and the demo with their log on three nodes of the stand-in, which is not
//! KurrentDB. In the matrix nodes of the store die, freeze and step down while the service is killed.

use std::time::Duration;

use kurrent_standin::harness::{Cluster, Spawner, become_process};

use crate::demo::Demo;
use crate::matrix::{Seeded, Trouble, play};

/// Nodes of the store.
const NODES: u32 = 3;
/// Kills where nobody says otherwise.
const KILLS: u64 = 6;
/// After how many lines of its output each run of the demo is killed.
const KILLED_AFTER: [usize; 4] = [3, 30, 12, 45];

/// Not a test of its own: the processes of the stand-in, which the harness starts.
#[tokio::test]
async fn standin_process() {
    become_process().await.unwrap();
}

async fn cluster() -> Cluster {
    let spawner = Spawner::test("clustered::standin_process");
    Cluster::supervised(spawner, NODES).await.unwrap()
}

/// A connection string by which what is dead is found out soon.
fn url(cluster: &Cluster) -> String {
    format!("{}&gossipTimeout=300&defaultDeadline=1500", cluster.url())
}

/// What happens to the nodes of the store.
struct Nodes {
    cluster: Cluster,
    killed: Option<u32>,
    frozen: Option<u32>,
}

impl Nodes {
    async fn mend(&mut self) {
        if let Some(node) = self.killed.take() {
            // It led, so its log is longer than the others'.
            self.cluster.restart_fallen(node).await.unwrap();
        }
        if let Some(node) = self.frozen.take() {
            // Frozen for long it ends by itself, and the supervisor starts it.
            self.cluster.thaw(node).await.unwrap();
        }
    }
}

impl Trouble for Nodes {
    async fn happen(&mut self, seeded: &mut Seeded) {
        self.mend().await;
        let leader = self.cluster.led().await.unwrap();
        match seeded.below(4) {
            0 => {
                self.cluster.kill(leader).await.unwrap();
                self.killed = Some(leader);
            }
            1 => {
                self.cluster.freeze(leader).await.unwrap();
                self.frozen = Some(leader);
            }
            2 => self.cluster.step_down().await.unwrap(),
            _ => self.cluster.leaderless(Duration::from_millis(800)).await.unwrap(),
        }
    }

    async fn end(&mut self) {
        self.mend().await;
    }
}

#[actix_web::test]
async fn whatever_was_acknowledged_survives_kills_of_the_service_and_trouble_in_its_store() {
    let cluster = cluster().await;
    let url = url(&cluster);
    let mut nodes = Nodes {
        cluster,
        killed: None,
        frozen: None,
    };
    play(Some(&url), KILLS, &mut nodes).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sample_scenario_ends_on_a_cluster_as_it_does_on_the_embedded_store() {
    let mut cluster = cluster().await;
    let url = url(&cluster);
    let embedded = tokio::task::spawn_blocking(|| Demo::new().run());

    // Killed on the way, and the store's leader with it.
    let demo = Demo::on(&url);
    let demo = tokio::task::spawn_blocking(move || {
        for lines in KILLED_AFTER {
            demo.run_and_kill_after(lines);
        }
        demo
    });
    let demo = demo.await.unwrap();
    let leader = cluster.led().await.unwrap();
    cluster.kill(leader).await.unwrap();
    let (finished, verdict) = tokio::task::spawn_blocking(move || {
        let finished = demo.run();
        let verdict = demo.check();
        (finished, verdict)
    })
    .await
    .unwrap();

    let embedded = embedded.await.unwrap();
    assert!(embedded.succeeded, "{embedded:#?}");
    assert!(finished.succeeded, "{finished:#?}");
    assert_eq!(finished.table(), embedded.table());
    assert_eq!(verdict["sound"], true, "{verdict:#}");
    assert!(
        verdict["read_models"].is_number(),
        "nothing was compared: {verdict:#}"
    );
    assert!(verdict["snapshots"].is_number(), "{verdict:#}");
}
