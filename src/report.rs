//! Reports for analysts: what is asked, the log folded up to a position, and the answer as a table, CSV, JSON or HTML.
//! Command line and API make the same bytes here.

pub mod changes;
pub mod compute;
pub mod document;
pub mod names;
pub mod query;
pub mod verify;
pub mod why;
mod writing;

pub use compute::{ReportError, compute};
pub use document::Document;
pub use query::{AsOf, Format, ReportQuery};
pub use writing::write;

/// A report as a part of a page: tables, charts, and what it says of itself.
pub fn part_of_a_page(document: &Document) -> String {
    writing::html::part(document)
}

/// Text that no spreadsheet takes for a formula.
pub fn safe_in_a_spreadsheet(text: &str) -> String {
    writing::csv::safe(text)
}
