//! The commands about KurrentDB, run as programs against the stand-in of `tests/standin`, which is not KurrentDB.
#![expect(clippy::unwrap_used, reason = "a failed step of a test is the test's failure")]

mod migrate;
mod store_check;

use kurrent_standin::harness::{Cluster, Spawner};
use tokio::process::Command;

/// Not a test of its own: the body of the stand-in's processes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn standin_process() {
    kurrent_standin::harness::become_process().await.unwrap();
}

async fn cluster(nodes: u32) -> Cluster {
    let spawner = Spawner::test("standin_process");
    if nodes < 3 {
        return Cluster::start(spawner, nodes).await.unwrap();
    }
    // As a real one fares.
    Cluster::supervised(spawner, nodes).await.unwrap()
}

/// The program, undisturbed by the configuration of whoever tests.
fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_chronus-teams"));
    command.kill_on_drop(true);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("CHRONUS_TEAMS_") {
            command.env_remove(name);
        }
    }
    command
}
