//! Logging: lines to stderr, as text for people or JSON for machines. What the tools print on stdout is data and
//! never passes through here.

use std::io::IsTerminal as _;

use tracing::Subscriber;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::config::{Log, LogFormat};

pub mod sampled;
#[cfg(test)]
mod tests;

/// Starts logging. The variable `RUST_LOG` comes before the configured level; a `RUST_LOG` that cannot be read
/// is ignored. Does nothing when logging was started before.
pub fn start(log: &Log) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(own(&log.level)));
    let lines = lines(
        log.format,
        filter,
        std::io::stderr,
        std::io::stderr().is_terminal(),
    );
    if tracing::subscriber::set_global_default(lines).is_err() {
        tracing::debug!("logging was started before");
    }
}

/// The web server tells each of its starts and stops in several lines of its own; the service says it once, with what
/// matters. Its parser calls it an error of ours when a client sends a request line that is none, which any port scanner
/// can do as often as it likes. Whoever names either in the level hears it all the same.
fn own(level: &str) -> String {
    match level.trim() {
        "off" => level.to_owned(),
        "error" => format!("actix_http=off,{level}"),
        _ => format!("actix_http=off,actix_server=warn,{level}"),
    }
}

/// What writes the lines.
pub fn lines<W>(
    format: LogFormat,
    filter: EnvFilter,
    writer: W,
    ansi: bool,
) -> Box<dyn Subscriber + Send + Sync>
where
    W: for<'writer> MakeWriter<'writer> + Send + Sync + 'static,
{
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(writer)
        .with_ansi(ansi);
    match format {
        LogFormat::Text => Box::new(lines.finish()),
        LogFormat::Json => Box::new(lines.json().flatten_event(true).finish()),
    }
}
