//! What can go wrong while the log is followed.

use std::path::PathBuf;

use events::ReadError;

use crate::database;
use crate::folding::FoldError;

/// Why the read models do not follow the log.
#[derive(Debug, thiserror::Error)]
pub enum ProjectorError {
    /// The file could not be opened or laid out.
    #[error("the read models' file {path} cannot be opened; check the folder and its rights")]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: rusqlite::Error,
    },
    /// An event could not be folded.
    #[error(transparent)]
    Fold(#[from] FoldError),
    /// The log could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The thread that folds ended by a panic.
    #[error("folding the event log broke off")]
    Broken,
    /// Somebody read a damaged page.
    #[error("the read models' file is damaged")]
    Damaged,
}

impl ProjectorError {
    pub(super) fn is_damage(&self) -> bool {
        match self {
            Self::Damaged => true,
            Self::Open { source, .. } | Self::Fold(FoldError::Database(source)) => {
                database::is_damage(source)
            }
            Self::Fold(FoldError::Undecodable { .. } | FoldError::Stream { .. })
            | Self::Read(_)
            | Self::Broken => false,
        }
    }
}

/// An error with its causes in one line.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
