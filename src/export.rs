//! The log as Parquet files: events as they stand, and the changes that reports are sums of. Both are only ever added to, so
//! an export goes on where it ended, and as of any position it gives what a report gives.
//!
//! | module | holds |
//! |---|---|
//! | [`folder`] | the folder: which log, how far, and what of it is whole |
//! | [`tables`] | the tables and their columns |
//! | [`columns`] | values by column, and the file that they become |
//! | [`run`] | one export |

pub mod columns;
pub mod folder;
pub mod run;
pub mod tables;

pub use folder::ExportError;
pub use run::{Export, Exported};
