//! What something that was made from the log has seen of it.

use crate::envelope::Position;
use crate::ids::{EventId, LogId};
use crate::store::{EventStore, ReadError};

use super::{Lineage, Standing};

/// The furthest place of a log that somebody saw, and what stood there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// The log; `None` where an earlier release wrote the mark.
    pub log_id: Option<LogId>,
    /// The place.
    pub position: Position,
    /// The event at the place; `None` where nothing was seen yet.
    pub event: Option<EventId>,
}

/// What a mark saw and the log does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Loss {
    /// The log ends before the mark.
    #[error(
        "have seen the log up to position {seen}, but it ends at {head}: acknowledged events are missing \
         (a lost or damaged -wal file, an emptied file, an older copy)"
    )]
    Shorter {
        /// The mark's position.
        seen: Position,
        /// Where the log ends.
        head: Position,
    },
    /// Another event stands at the mark's position.
    #[error(
        "have seen another event at position {seen}: this is another log, or one that was cut and written on"
    )]
    Different {
        /// The mark's position.
        seen: Position,
    },
    /// The mark is of another log.
    #[error("belong to the log {theirs}, and this one is {ours}")]
    Foreign {
        /// The log that the mark is of.
        theirs: LogId,
        /// The log's id, as text.
        ours: Named,
    },
}

/// A log's id in a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Named(pub Option<LogId>);

impl std::fmt::Display for Named {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Some(id) => id.fmt(f),
            None => f.write_str("one without an id (new, or of an earlier release)"),
        }
    }
}

/// Whether the log still holds what `mark` saw.
pub async fn verify(
    store: &dyn EventStore,
    lineage: &Lineage,
    mark: Mark,
) -> Result<Option<Loss>, ReadError> {
    let (seen, head) = (mark.position, *store.head().borrow());
    let Some(event) = mark.event else { return Ok(None) };
    if let Some(theirs) = mark.log_id {
        match lineage.standing(theirs, seen) {
            Standing::Here => {}
            // The loss was accepted, or a backup was restored on purpose.
            Standing::Lost(_) => return Ok(None),
            // An emptied file is both; that it is short says more.
            Standing::Foreign if seen > head => return Ok(Some(Loss::Shorter { seen, head })),
            Standing::Foreign => {
                let ours = Named(lineage.log_id);
                return Ok(Some(Loss::Foreign { theirs, ours }));
            }
        }
    }
    if seen > head {
        return Ok(Some(Loss::Shorter { seen, head }));
    }
    // A store may have let go of an event that nobody needs any more, such as an old lease; that is no loss.
    let other = store.contradicts(seen, event).await?;
    Ok(other.then_some(Loss::Different { seen }))
}
