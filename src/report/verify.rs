//! A written report against the log: what stands in the file, and what the log gives for the same question.

use events::{EventStore, OrganizationId, Position};
use projections::metrics::checkpoints::Checkpoints;
use serde_json::Value;
use tokio::sync::watch;

use super::compute::{ReportError, compute};
use super::query::{AsOf, Format, QueryFault, ReportQuery};
use super::writing::{parquet, write};

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
        /// The first line that differs, from 1; a Parquet file has none.
        line: Option<usize>,
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
    let text = if parquet::is(bytes) {
        ""
    } else {
        std::str::from_utf8(bytes).map_err(|_| VerifyError::NoReport("UTF-8 text"))?
    };
    let bom = text.starts_with('\u{feff}');
    let plain = text.trim_start_matches('\u{feff}');
    let format = if parquet::is(bytes) {
        Format::Parquet
    } else {
        format_of(plain)
    };
    let claimed = claimed(plain, bytes, format);
    let path = claimed
        .query
        .ok_or(VerifyError::NoReport("question (/v1/reports/…)"))?;
    let query = ReportQuery::parse(&path)?;
    if !matches!(query.as_of, AsOf::Position(..)) {
        return Err(VerifyError::NoReport("position"));
    }
    let written = claimed.sha256.ok_or(VerifyError::NoReport("SHA-256"))?;
    let document = compute(store, checkpoints, &query, configured, at).await?;
    let computed = document.sha256();
    if computed != written {
        return Ok(Verdict::Other { written, computed });
    }
    let again = write(&document, format, bom);
    if again == bytes {
        return Ok(Verdict::Same { sha256: computed });
    }
    if format == Format::Parquet {
        return Ok(Verdict::Edited { line: None });
    }
    let again = String::from_utf8_lossy(&again).into_owned();
    let same = text
        .lines()
        .zip(again.lines())
        .take_while(|(one, other)| one == other)
        .count();
    Ok(Verdict::Edited { line: Some(same + 1) })
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

/// What a file says of itself: only in the place where a report of its format says it. Names and labels may look like it.
#[derive(Debug, Default, PartialEq, Eq)]
struct Claimed {
    query: Option<String>,
    sha256: Option<String>,
}

fn claimed(text: &str, bytes: &[u8], format: Format) -> Claimed {
    let claimed = match format {
        Format::Json => in_json(text),
        Format::Csv => in_csv(text),
        Format::Html => Claimed {
            query: in_list(text, "Query"),
            sha256: in_list(text, "SHA-256 of the content"),
        },
        Format::Table => Claimed {
            query: in_foot(text, "query"),
            sha256: in_foot(text, "sha256"),
        },
        Format::Parquet => {
            let (query, sha256) = parquet::claimed(bytes);
            Claimed { query, sha256 }
        }
    };
    Claimed {
        query: claimed.query.filter(|query| query.starts_with("/v1/reports/")),
        sha256: claimed.sha256.filter(|hash| is_hash(hash)),
    }
}

fn is_hash(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn in_json(text: &str) -> Claimed {
    let report: Value = serde_json::from_str(text).unwrap_or_default();
    let text = |value: &Value| value.as_str().map(ToOwned::to_owned);
    Claimed {
        query: text(&report["report"]["query"]),
        sha256: text(&report["sha256"]),
    }
}

fn in_csv(text: &str) -> Claimed {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let Ok(heading) = reader.headers().cloned() else {
        return Claimed::default();
    };
    let Some(Ok(line)) = reader.records().next() else {
        return Claimed::default();
    };
    // The last two columns; a label may be called like one of them.
    let column = |name: &str| {
        let named = heading.iter().enumerate().filter(|(_, heading)| *heading == name);
        line.get(named.last()?.0).map(ToOwned::to_owned)
    };
    Claimed {
        query: column("query"),
        sha256: column("sha256"),
    }
}

/// The last entry of this name in a page's list.
fn in_list(text: &str, name: &str) -> Option<String> {
    let (_, after) = text.rsplit_once(&format!("<dt>{name}</dt><dd>"))?;
    let (value, _) = after.split_once("</dd>")?;
    Some(value.replace("&amp;", "&"))
}

/// The last line of this name.
fn in_foot(text: &str, name: &str) -> Option<String> {
    let value = |line: &str| Some(line.strip_prefix(name)?.strip_prefix(' ')?.trim().to_owned());
    text.lines().rev().find_map(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUERY: &str = "/v1/reports/delivery?zone=UTC&as_of=7";
    const OTHER: &str = "/v1/reports/reach?zone=UTC&as_of=9";

    fn hash(digit: &str) -> String {
        digit.repeat(64)
    }

    #[test]
    fn a_label_that_looks_like_a_question_or_a_hash_is_none() {
        let (ours, theirs) = (hash("a"), hash("b"));
        let csv = format!(
            "table,program,query,sha256\nx,{OTHER} {theirs},{QUERY},{ours}\nx,{theirs},{QUERY},{ours}\n"
        );
        let json = serde_json::json!({
            "report": { "query": QUERY }, "sha256": ours, "tables": [{ "query": OTHER, "sha256": theirs }],
        });
        let html = format!(
            "<!doctype html><td>{OTHER}</td><dl><dt>Query</dt><dd>{}</dd>\n<dt>SHA-256 of the content</dt><dd>{ours}</dd>\n</dl><td>{theirs}</td>",
            QUERY.replace('&', "&amp;")
        );
        let table = format!("| {OTHER} | {theirs} |\n\nquery     {QUERY}\nsha256    {ours}\n");
        for (text, format) in [
            (csv, Format::Csv),
            (json.to_string(), Format::Json),
            (html, Format::Html),
            (table, Format::Table),
        ] {
            let expected = Claimed {
                query: Some(QUERY.to_owned()),
                sha256: Some(ours.clone()),
            };
            assert_eq!(claimed(&text, text.as_bytes(), format), expected, "{format:?}");
        }
    }
}
