//! The forms in which a report is written. Each ends with what the report says of itself and with its hash.

use super::document::Document;
use super::query::Format;

pub(super) mod csv;
mod flat;
pub(super) mod html;
pub(super) mod parquet;
pub(super) mod table;

/// A report's bytes; `bom` begins CSV with a byte order mark.
pub fn write(document: &Document, format: Format, bom: bool) -> Vec<u8> {
    let text = match format {
        Format::Table => table::write(document),
        Format::Csv => csv::write(document),
        Format::Json => document.json(),
        Format::Html => html::write(document),
        // Writing into memory does not fail.
        Format::Parquet => return parquet::write(document).unwrap_or_default(),
    };
    let mark = if bom && format == Format::Csv {
        "\u{feff}"
    } else {
        ""
    };
    format!("{mark}{text}").into_bytes()
}
