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
