//! Whether each database of a data folder is the one that its name says. A log that was opened where the keys should lie
//! would get tables of its own there, and read models that are made again would drop the tables of whatever lies in their
//! place.

use std::collections::HashSet;
use std::path::Path;

use rusqlite::{Connection, OpenFlags};

/// The files of a data folder, what they hold, and a table that each has and no other.
const PLACES: [(&str, &str, &str); 3] = [
    ("events.db", "the log", "streams"),
    ("keys.db", "the keys", "secrets"),
    ("projections.db", "the read models", "people"),
];

/// The files in `folder` that hold what belongs into another one, in words. What cannot be read is not told here: whoever
/// opens it does. Changes nothing.
pub fn misplaced(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for (name, _, own) in PLACES {
        let path = folder.join(name);
        let tables = tables(&path).unwrap_or_default();
        if tables.contains(own) {
            continue;
        }
        let other = PLACES.iter().find(|(_, _, mark)| tables.contains(*mark));
        if let Some((place, what, _)) = other {
            found.push(format!(
                "{} holds {what}, which belong into {place}",
                path.display()
            ));
        }
    }
    found
}

fn tables(path: &Path) -> rusqlite::Result<HashSet<String>> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags)?;
    let mut named = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")?;
    let names = named.query_map([], |row| row.get(0))?;
    names.collect()
}
