//! Tells on stderr how far long work is: one line that renews itself on a terminal, a line now and then elsewhere.

use std::io::{self, IsTerminal as _, Write as _};
use std::time::Duration;

use events::Position;
use tokio::sync::watch;

/// How often a terminal is told.
const ON_TERMINAL: Duration = Duration::from_millis(200);
/// How often a file or pipe is told.
const ELSEWHERE: Duration = Duration::from_secs(10);

/// Does `work` and tells meanwhile how far `at` is on its way to `head`.
pub(super) async fn during<T>(
    what: &str,
    at: watch::Receiver<Position>,
    head: Position,
    work: impl Future<Output = T>,
) -> T {
    let terminal = io::stderr().is_terminal();
    let mut ticks = tokio::time::interval(if terminal { ON_TERMINAL } else { ELSEWHERE });
    ticks.tick().await;
    tokio::pin!(work);
    let mut told = false;
    loop {
        tokio::select! {
            done = &mut work => {
                if told && terminal {
                    tell("\n");
                }
                return done;
            }
            _ = ticks.tick() => {
                let line = line(what, *at.borrow(), head);
                tell(&if terminal { format!("\r{line}") } else { format!("{line}\n") });
                told = true;
            }
        }
    }
}

/// Does `work` of several steps and tells meanwhile which one it is at, and how far.
pub(super) async fn steps<T>(
    at: watch::Receiver<(&'static str, Position, Position)>,
    work: impl Future<Output = T>,
) -> T {
    let terminal = io::stderr().is_terminal();
    let mut ticks = tokio::time::interval(if terminal { ON_TERMINAL } else { ELSEWHERE });
    ticks.tick().await;
    tokio::pin!(work);
    let mut told = false;
    loop {
        tokio::select! {
            done = &mut work => {
                if told && terminal {
                    tell("\n");
                }
                return done;
            }
            _ = ticks.tick() => {
                let (what, now, end) = *at.borrow();
                // Steps differ in length, so what stood there before is wiped.
                let line = if end == Position::START { what.to_owned() } else { line(what, now, end) };
                tell(&if terminal { format!("\r\x1b[K{line}") } else { format!("{line}\n") });
                told = true;
            }
        }
    }
}

fn line(what: &str, at: Position, head: Position) -> String {
    let percent = at.0.saturating_mul(100) / head.0.max(1);
    format!("{what}: {at} of {head} events ({percent} %)")
}

/// Nobody may be listening on stderr, and the work goes on all the same.
fn tell(text: &str) {
    let mut stderr = io::stderr().lock();
    let written = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
    drop(written);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_works_result_is_handed_on() {
        let (_, at) = watch::channel(Position(1));
        assert_eq!(during("folding", at, Position(2), async { 7 }).await, 7);
    }

    #[test]
    fn the_line_tells_position_and_share_also_of_an_empty_log() {
        assert_eq!(
            line("folding", Position(50), Position(200)),
            "folding: 50 of 200 events (25 %)"
        );
        assert_eq!(
            line("folding", Position(0), Position(0)),
            "folding: 0 of 0 events (0 %)"
        );
    }
}
