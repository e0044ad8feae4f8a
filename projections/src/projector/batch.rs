//! One batch: folded into the open transaction, and told.

use std::collections::HashSet;
use std::sync::Arc;

use events::{Position, Recorded, StreamKind, TenantId};
use rusqlite::Connection;
use tokio::sync::watch;

use super::Options;
use crate::database::{self, Statements as _, sql_position};
use crate::folding::{FoldError, fold};
use crate::later::Later;
use crate::notifications::held::Cards;
use crate::outbox::Changes;
use crate::tenants;
use crate::work::Shared;

/// To whom it is told what is to be done.
pub(super) struct Telling {
    pub(super) work: Arc<Shared>,
    pub(super) known: watch::Sender<Position>,
    pub(super) off: watch::Sender<Arc<HashSet<TenantId>>>,
}

impl Telling {
    fn tell(
        &self,
        connection: &Connection,
        changes: Changes,
        switches: bool,
        to: Position,
    ) -> Result<(), FoldError> {
        if switches {
            self.off.send_replace(Arc::new(tenants::off(connection)?));
        }
        let news = self.work.news(connection)?;
        self.work.learn(changes.into_list(), news, to);
        self.known.send_replace(to);
        Ok(())
    }
}

/// Folds events in the open transaction, which is begun where there is none, tells what is to be done then, and writes what
/// nobody waits for. Answers how far it came, and what stopped it if something did. An event that cannot be folded is
/// refused before its first statement, so nothing of it is left behind.
pub(super) fn fold_batch(
    connection: &Connection,
    telling: &Telling,
    options: &Options,
    events: &[Recorded],
) -> Result<(Option<Position>, Result<(), FoldError>), FoldError> {
    let begins = connection.is_autocommit();
    if begins {
        connection.execute_batch("BEGIN IMMEDIATE")?;
    }
    let (changes, cards, later) = (Changes::default(), Cards::default(), Later::default());
    let mut switches = false;
    let mut last = None;
    let mut outcome = Ok(());
    for event in events {
        if options.skip.contains(&event.position) {
            tracing::warn!(
                position = event.position.0,
                "an event is left out of the read models by decision"
            );
            connection.run(
                "INSERT INTO skipped (position) VALUES (?1)",
                [sql_position(event.position)],
            )?;
        } else {
            match fold(connection, &changes, &cards, &later, options.default_ttl, event) {
                Ok(()) => {}
                Err(FoldError::Database(error)) => return Err(error.into()),
                Err(error) => {
                    outcome = Err(error);
                    break;
                }
            }
        }
        switches |= event.stream.kind() == StreamKind::Tenant;
        last = Some(event);
    }
    cards.write(connection)?;
    if let Some(last) = last {
        database::set_checkpoint(connection, last.position, last.id)?;
        telling.tell(connection, changes, switches, last.position)?;
        later.write(connection)?;
    } else if begins {
        connection.execute_batch("ROLLBACK")?;
    }
    Ok((last.map(|event| event.position), outcome))
}
