//! The demo: service, sandbox and a sample organization in one process, playing a scenario of some thirty people
//! over real HTTP. It checks what became of everything and says so.
//!
//! Everything it does can be done again: after `kill -9` the next run goes on where it was, since Chronus' events
//! and people's deeds keep their ids, the sandbox remembers what Teams would remember, and the service what its log
//! holds. The demo's own note of finished steps only saves time.

use std::io::{self, Write as _};

pub mod clock;
pub mod narrator;
pub mod play;
mod played;
pub mod progress;
pub mod scenario;
mod sight;
pub mod stage;
mod times;
pub mod verdict;

pub use played::{Cards, Played};
pub use scenario::Scenario;
pub use stage::{LogOnCluster, Stage, StageOptions};

/// Says a line to whoever watches. A watcher who went away changes nothing.
pub(crate) fn say(line: impl std::fmt::Display) {
    let mut out = io::stdout().lock();
    let said = writeln!(out, "{line}").and_then(|()| out.flush());
    drop(said);
}
