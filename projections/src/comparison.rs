//! Are kept rows the fold of the log? Folds the log anew, up to the kept rows' own checkpoint, and compares the two
//! files table by table. Reads the kept file only, also while a service folds into it; repairs nothing.

use std::path::Path;

use events::{EventStore, Position};
use rusqlite::Connection;

use crate::database::{self, Sql, Statements as _};
use crate::folding::FoldError;
use crate::following::Options;
use crate::projector::{Projector, ProjectorError};

/// A table whose rows are not what the log folds to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The table.
    pub table: String,
    /// Rows that are kept and should not be.
    pub unexpected: u64,
    /// Rows that should be kept and are not.
    pub missing: u64,
}

/// What a comparison found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Comparison {
    /// There are no rows to compare: no file, or one of another release or of other options. The next start of the
    /// service builds them.
    NothingKept,
    /// The rows at this position were compared.
    Compared {
        /// The kept rows' checkpoint.
        position: Position,
        /// Tables that differ; empty when all is well.
        differences: Vec<Difference>,
    },
}

/// Folds the log of `store` into a new file at `scratch` and compares it with the one at `kept`. `began` is handed the
/// fold that is under way and where it will end, so that the caller can tell how far it is.
pub async fn compare(
    kept: &Path,
    scratch: &Path,
    options: &Options,
    store: &dyn EventStore,
    began: impl FnOnce(tokio::sync::watch::Receiver<Position>, Position),
) -> Result<Comparison, ProjectorError> {
    if !kept.exists() {
        return Ok(Comparison::NothingKept);
    }
    let mut anew = Projector::open(scratch, options.clone())?;
    let failed = |source| ProjectorError::Open {
        path: kept.to_owned(),
        source,
    };
    let Some((connection, position)) = hold(kept, scratch, options).map_err(failed)? else {
        return Ok(Comparison::NothingKept);
    };
    began(anew.read_models().folded(), position);
    let reached = anew.catch_up_to(store, position).await?;
    if reached != position {
        // The log ends before the rows do: they were made from another one.
        let differences = vec![Difference {
            table: "meta".to_owned(),
            unexpected: 1,
            missing: 0,
        }];
        return Ok(Comparison::Compared {
            position,
            differences,
        });
    }
    let differences = differences(&connection).map_err(FoldError::from)?;
    Ok(Comparison::Compared {
        position,
        differences,
    })
}

/// Opens the kept rows beside the new ones and holds the kept ones at their present moment, whatever is folded into
/// them meanwhile.
fn hold(kept: &Path, scratch: &Path, options: &Options) -> Sql<Option<(Connection, Position)>> {
    let connection = database::open_for_reading(kept)?;
    connection.execute("ATTACH DATABASE ?1 AS anew", [scratch.to_string_lossy()])?;
    connection.execute_batch("BEGIN")?;
    let ttl = options.default_ttl.num_milliseconds();
    if !database::is_current(&connection, ttl, &options.skip)? {
        return Ok(None);
    }
    let (position, _) = database::checkpoint(&connection)?;
    Ok(Some((connection, position)))
}

fn differences(db: &Connection) -> Sql<Vec<Difference>> {
    let tables: Vec<String> = db.all(
        "SELECT name FROM anew.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
         ORDER BY name",
        [],
        |row| row.get(0),
    )?;
    let mut found = Vec::new();
    for table in tables {
        let quoted = table.replace('"', "\"\"");
        let only_in = |one: &str, other: &str| -> Sql<u64> {
            let sql = format!(
                "SELECT count(*) FROM (SELECT * FROM {one}.\"{quoted}\" EXCEPT SELECT * FROM {other}.\"{quoted}\")"
            );
            db.query_row(&sql, [], |row| database::count(row, "count(*)"))
        };
        let (unexpected, missing) = (only_in("main", "anew")?, only_in("anew", "main")?);
        if unexpected + missing > 0 {
            found.push(Difference {
                table,
                unexpected,
                missing,
            });
        }
    }
    Ok(found)
}
