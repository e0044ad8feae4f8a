//! An append that could not be made, as whoever asked for it is told.

use crate::store::AppendError;

/// `maybe_written` says that nobody knows whether it stands in the log.
pub(super) fn unavailable(
    maybe_written: bool,
    source: Box<dyn std::error::Error + Send + Sync>,
) -> AppendError {
    AppendError::Unavailable {
        action: "appending",
        maybe_written,
        source,
    }
}
