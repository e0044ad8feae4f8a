//! The rows of the reachability ledger; what is asked of them is told by [`crate::reachability`].

use crate::database::{Sql, Statements as _};
use crate::fold::Fold;

/// Notes a change in the ledger.
pub(crate) fn enter(f: &Fold<'_>, user: &str, state: &str, evidence: &str) -> Sql<()> {
    f.db.run(
        "INSERT OR REPLACE INTO reachability (user, position, state, evidence, time_ms) VALUES (?1, ?2, ?3, ?4, ?5)",
        (user, f.position, state, evidence, f.ms),
    )
    .map(drop)
}
