//! `kurrent-standin [nodes] [--as-recorded]`: a cluster that stays up until it is interrupted, for clients that are no Rust
//! tests. The first line of its output is the connection string. With `--as-recorded` appends take as long as a real
//! server's.

use std::io::{self, Write as _};

use kurrent_standin::harness::{self, Cluster, Spawner};
use kurrent_standin::latency::Latency;

#[tokio::main]
async fn main() -> io::Result<()> {
    harness::become_process().await?;
    let nodes = std::env::args()
        .nth(1)
        .and_then(|nodes| nodes.parse().ok())
        .unwrap_or(1);
    let cluster = match nodes {
        1 => Cluster::single(Spawner::program()).await?,
        nodes => Cluster::start(Spawner::program(), nodes).await?,
    };
    if std::env::args().any(|argument| argument == "--as-recorded") {
        cluster.slow_down(Latency::RECORDED).await?;
    }
    let mut out = io::stdout().lock();
    writeln!(out, "{}", cluster.url())?;
    out.flush()?;
    drop(out);
    tokio::signal::ctrl_c().await
}
