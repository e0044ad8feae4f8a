//! The yardstick: an append-only file and `fdatasync`, nothing else.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::Outcome;
use crate::measure::Latencies;

/// Appends `batch` times `bytes` and waits until they are on disk, again and again for `time`.
pub(crate) fn batches(path: &Path, bytes: u64, batch: u64, time: Duration) -> Outcome<Latencies> {
    let block = vec![0x5a_u8; usize::try_from(bytes * batch)?];
    let mut file = File::options().create(true).append(true).open(path)?;
    let begun = Instant::now();
    let mut taken = Vec::new();
    while begun.elapsed() < time {
        let start = Instant::now();
        file.write_all(&block)?;
        file.sync_data()?;
        taken.push(start.elapsed());
    }
    Ok(Latencies::new(taken, begun.elapsed()))
}
