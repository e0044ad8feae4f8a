//! Tells on stderr how far long work is: a bar on a terminal, a line now and then elsewhere.

use std::io::{self, Write as _};
use std::time::Duration;

use events::Position;
use indicatif::{ProgressBar, ProgressStyle};
use tokio::sync::watch;

/// How often a terminal is told.
const ON_TERMINAL: Duration = Duration::from_millis(200);
/// How often a file or pipe is told.
const ELSEWHERE: Duration = Duration::from_secs(10);

/// How far work is: its name, where it stands, and where it ends; [`Position::START`] where no end is known.
type Step = (&'static str, Position, Position);

/// Does `work` and tells meanwhile how far `at` is on its way to `head`.
pub(super) async fn during<T>(
    what: &'static str,
    at: watch::Receiver<Position>,
    head: Position,
    work: impl Future<Output = T>,
) -> T {
    telling(|| (what, *at.borrow(), head), work).await
}

/// Does `work` of several steps and tells meanwhile which one it is at, and how far.
pub(super) async fn steps<T>(at: watch::Receiver<Step>, work: impl Future<Output = T>) -> T {
    telling(|| *at.borrow(), work).await
}

async fn telling<T>(step: impl Fn() -> Step, work: impl Future<Output = T>) -> T {
    let bar = ProgressBar::new(0).with_style(style());
    // The bar knows by itself whether anybody sees it.
    let seen = !bar.is_hidden();
    let mut ticks = tokio::time::interval(if seen { ON_TERMINAL } else { ELSEWHERE });
    ticks.tick().await;
    tokio::pin!(work);
    loop {
        tokio::select! {
            done = &mut work => {
                bar.finish_and_clear();
                return done;
            }
            _ = ticks.tick() => {
                let (what, at, end) = step();
                if seen {
                    bar.set_message(what);
                    bar.set_length(end.0.max(at.0));
                    bar.set_position(at.0);
                } else {
                    tell(&line(what, at, end));
                }
            }
        }
    }
}

fn style() -> ProgressStyle {
    ProgressStyle::with_template("{msg} {wide_bar} {percent} % {per_sec} {eta}")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
}

fn line(what: &str, at: Position, end: Position) -> String {
    if end == Position::START {
        return what.to_owned();
    }
    // A log that is written meanwhile grows beyond the end that was seen first.
    let end = end.max(at);
    let percent = at.0.saturating_mul(100) / end.0;
    format!("{what}: at {at} of {end} ({percent} %)")
}

/// Nobody may be listening on stderr, and the work goes on all the same.
fn tell(line: &str) {
    let _nobody_listens = writeln!(io::stderr().lock(), "{line}");
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
    fn the_line_tells_position_and_share_where_an_end_is_known() {
        assert_eq!(
            line("folding", Position(50), Position(200)),
            "folding: at 50 of 200 (25 %)"
        );
        assert_eq!(
            line("exporting", Position(210), Position(200)),
            "exporting: at 210 of 210 (100 %)"
        );
        assert_eq!(line("looking", Position(0), Position::START), "looking");
    }
}
