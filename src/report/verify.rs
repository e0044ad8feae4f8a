//! A written report against the log: what stands in the file, and what the log gives for the same question.

use events::{EventStore, OrganizationId, Position};
use projections::metrics::checkpoints::Checkpoints;
use tokio::sync::watch;

use super::compute::{ReportError, compute};
use super::query::{AsOf, Format, QueryFault, ReportQuery};
use super::writing::write;

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The file is what the log gives, byte for byte.
    Same {
        /// The content's hash.
        sha256: String,
    },
    /// The log gives the same report, and the file was changed after it was written.
    Edited {
        /// The first line that differs, from 1.
        line: usize,
    },
    /// The log gives another report.
    Other {
        /// The hash in the file.
        written: String,
        /// The hash of what the log gives.
        computed: String,
    },
}

/// Why a file cannot be compared.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// It says of itself nothing that a report says.
    #[error("this is no report of chronus-teams: it has no {0}")]
    NoReport(&'static str),
    /// Its question cannot be read.
    #[error("the question in the file cannot be read")]
    Query(#[from] QueryFault),
    /// The log does not answer.
    #[error(transparent)]
    Report(#[from] ReportError),
}

/// Asks the log the question that stands in the file, and compares the bytes.
pub async fn verify<'c>(
    store: &dyn EventStore,
    checkpoints: Option<&Checkpoints>,
    bytes: &[u8],
    configured: impl Iterator<Item = &'c OrganizationId>,
    at: &watch::Sender<Position>,
) -> Result<Verdict, VerifyError> {
    let text = std::str::from_utf8(bytes).map_err(|_| VerifyError::NoReport("UTF-8 text"))?;
    let bom = text.starts_with('\u{feff}');
    let plain = text.trim_start_matches('\u{feff}');
    let query =
        ReportQuery::parse(&path_in(plain).ok_or(VerifyError::NoReport("question (/v1/reports/…)"))?)?;
    if !matches!(query.as_of, AsOf::Position(..)) {
        return Err(VerifyError::NoReport("position"));
    }
    let written = hash_in(plain).ok_or(VerifyError::NoReport("SHA-256"))?;
    let document = compute(store, checkpoints, &query, configured, at).await?;
    let computed = document.sha256();
    if computed != written {
        return Ok(Verdict::Other { written, computed });
    }
    let again = write(&document, format_of(plain), bom);
    if again == bytes {
        return Ok(Verdict::Same { sha256: computed });
    }
    let again = String::from_utf8_lossy(&again).into_owned();
    let same = text
        .lines()
        .zip(again.lines())
        .take_while(|(one, other)| one == other)
        .count();
    Ok(Verdict::Edited { line: same + 1 })
}

fn format_of(text: &str) -> Format {
    if text.starts_with("<!doctype html>") {
        Format::Html
    } else if text.starts_with('{') {
        Format::Json
    } else if text.starts_with("table,") {
        Format::Csv
    } else {
        Format::Table
    }
}

/// The first question in a text. In a page its ampersands are escaped.
fn path_in(text: &str) -> Option<String> {
    let from = text.find("/v1/reports/")?;
    let path = text[from..].split(['"', ',', '<', '\n', '\r', ' ']).next()?;
    Some(path.replace("&amp;", "&"))
}

/// The last word of 64 hexadecimal digits.
fn hash_in(text: &str) -> Option<String> {
    let mut words = text.split(|c: char| !c.is_ascii_hexdigit());
    words.rfind(|word| word.len() == 64).map(ToOwned::to_owned)
}
