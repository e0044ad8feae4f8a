//! What the machine gives: a bare `fdatasync`, processor time and memory of this process, read from `/proc`.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::Outcome;
use crate::figures::Latencies;

/// Bytes of a bare append: about one event with its frame.
const BLOCK: usize = 1_024;

/// `USER_HZ`, which Linux fixes at 100 for `/proc`.
const TICKS: u32 = 100;

/// Appends a small block and waits until it is on disk, again and again for `time`.
pub(crate) fn fdatasync(folder: &Path, time: Duration) -> Outcome<Latencies> {
    let path = folder.join("bare.bin");
    let mut file = File::create(&path)?;
    let begun = Instant::now();
    let mut taken = Vec::new();
    while begun.elapsed() < time {
        let start = Instant::now();
        file.write_all(&[0x5a; BLOCK])?;
        file.sync_data()?;
        taken.push(start.elapsed());
    }
    let elapsed = begun.elapsed();
    std::fs::remove_file(path)?;
    Ok(Latencies::new(taken, elapsed))
}

/// Processor time that this process has used so far, over all its threads.
pub(crate) fn processor_time() -> Outcome<Duration> {
    processor_time_of("self")
}

/// The same of another process.
pub(crate) fn processor_time_of(process: &str) -> Outcome<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The name in brackets may hold blanks; the 14th and 15th fields are the times in user and system mode.
    let (_, rest) = stat.rsplit_once(')').ok_or("a process has no name")?;
    let ticks = rest
        .split_whitespace()
        .skip(11)
        .take(2)
        .map(str::parse::<u32>)
        .sum::<Result<u32, _>>()?;
    Ok(Duration::from_secs(1) * ticks / TICKS)
}

/// Memory of a process.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Memory {
    /// Bytes on the heap and in other memory of its own.
    pub(crate) own: i64,
    /// Bytes of files that are mapped; the system takes them back when it likes.
    pub(crate) files: i64,
}

impl Memory {
    /// The larger of both, each for itself.
    pub(crate) fn max_of(self, other: Self) -> Self {
        Self {
            own: self.own.max(other.own),
            files: self.files.max(other.files),
        }
    }
}

/// What is resident now of this process.
pub(crate) fn memory() -> Outcome<Memory> {
    memory_of("self")
}

/// What is resident now of a process.
pub(crate) fn memory_of(process: &str) -> Outcome<Memory> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let bytes = |name: &str| -> Outcome<i64> {
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix(name))
            .ok_or_else(|| format!("/proc/self/status has no {name}"))?;
        let kib: i64 = line.trim().trim_end_matches(" kB").parse()?;
        Ok(kib * 1_024)
    };
    Ok(Memory {
        own: bytes("RssAnon:")?,
        files: bytes("RssFile:")?,
    })
}

/// Bytes that this process has had written to the disk so far.
pub(crate) fn written() -> Outcome<u64> {
    let io = std::fs::read_to_string("/proc/self/io")?;
    let bytes = io.lines().find_map(|line| line.strip_prefix("write_bytes: "));
    Ok(bytes.ok_or("/proc/self/io does not count bytes")?.parse()?)
}

/// How busy the machine was during the last minute.
pub(crate) fn load() -> String {
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    load.split(' ').next().unwrap_or_default().to_owned()
}
