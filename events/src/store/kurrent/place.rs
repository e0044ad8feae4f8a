//! What stands at a place of the log.

use super::calls::{Calls, all, at};
use super::failure::{Failure, Meaning};
use super::nodes::Link;
use super::{KurrentStore, read_error, wire};
use crate::envelope::Position;
use crate::store::{Direction, ReadError};

/// See the module.
pub(super) enum AtPlace {
    /// A record begins there; another's, where the place comes from another log.
    Event(Box<wire::RecordedEvent>),
    /// None begins there, and others stand behind: it was let go of.
    Later,
    /// None can: it is the middle of a record, or beyond the end.
    Nothing,
}

impl Calls {
    /// Looks over `link`, once.
    pub(super) async fn at_place(&self, link: &Link, position: Position) -> Result<AtPlace, Failure> {
        if position == Position::START {
            return Ok(AtPlace::Later);
        }
        let read = self
            .read(link, all(at(position)), Direction::Forwards, false, 1)
            .await;
        let first = match read {
            Err(failure) if failure.meaning == Meaning::BadPosition => None,
            read => read?.into_iter().next(),
        };
        Ok(match first {
            Some(event) if event.commit == position.0 => AtPlace::Event(Box::new(event)),
            Some(_) => AtPlace::Later,
            None => AtPlace::Nothing,
        })
    }
}

impl KurrentStore {
    /// Looks until somebody answers.
    pub(super) async fn at_place(
        &self,
        action: &'static str,
        position: Position,
    ) -> Result<AtPlace, ReadError> {
        let looking = self.calls.persist(self.calls.limits.patience, |link| async move {
            self.calls.at_place(&link, position).await
        });
        looking
            .await
            .map_err(|exhausted| read_error(action, exhausted.failure))
    }
}
