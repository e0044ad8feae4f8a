//! Copies of the key table, for backups: of one moment, and without what was destroyed.

use std::path::Path;

use rusqlite::{Connection, OpenFlags, OptionalExtension as _};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::super::KeyTableId;
use super::master::{Closed, Masters};
use super::wrapping::{self, Wrapping};
use super::{FormatError, OpenError, PersonId, PersonKey};

fn failed(path: &Path) -> impl FnOnce(rusqlite::Error) -> OpenError {
    let path = path.to_owned();
    move |source| OpenError {
        path,
        source: FormatError::from(source),
    }
}

/// What a table knows of a key.
#[derive(Debug)]
pub enum KeyState {
    /// It opens what it sealed.
    Kept(PersonKey),
    /// It is there, wrapped under a master key that is not at hand.
    Wrapped(Closed),
    /// Its person was erased.
    Destroyed,
    /// The table is older than the value, or another one.
    NeverMade,
}

/// Keys in a table that is not used any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeftOver {
    /// Those that open what they sealed.
    pub live: u64,
    /// Those among them that are destroyed in the table that is used.
    pub destroyed: u64,
}

/// A copy that is read.
#[derive(Debug)]
pub struct KeysCopy(Connection, Masters);

impl KeysCopy {
    /// Opens a copy, or a table beside the service that writes it.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags).map_err(failed(path))?;
        Ok(Self(connection, Masters::default()))
    }

    /// The same with the master keys that its keys may lie under.
    #[must_use]
    pub fn under(self, masters: Masters) -> Self {
        Self(self.0, masters)
    }

    /// How its keys lie.
    pub fn wrapping(&self) -> Result<Wrapping, rusqlite::Error> {
        wrapping::count(&self.0, self.1.current.as_ref())
    }

    /// Writes the table into an empty file: every live row, and nothing of a destroyed key.
    pub fn write_to(&self, empty: &Path) -> Result<(), OpenError> {
        let written = self.0.execute("VACUUM INTO ?1", [empty.to_string_lossy()]);
        written.map(drop).map_err(failed(empty))
    }

    /// What SQLite finds wrong with the file, if anything.
    pub fn fault(&self) -> Result<Option<String>, rusqlite::Error> {
        let checked: String = self
            .0
            .query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
        Ok((checked != "ok").then_some(checked))
    }

    /// What is known of a key.
    pub fn key(&self, person: &PersonId, generation: u32) -> Result<KeyState, rusqlite::Error> {
        let mut find = self
            .0
            .prepare_cached("SELECT secret FROM keys WHERE person = ?1 AND generation = ?2")?;
        let mut rows = find.query((person.as_str(), generation))?;
        let Some(row) = rows.next()? else {
            return Ok(KeyState::NeverMade);
        };
        let kept: Option<Vec<u8>> = row.get(0)?;
        let Some(kept) = kept else {
            return Ok(KeyState::Destroyed);
        };
        let opened = wrapping::opened(&self.1, person, generation, &kept);
        Ok(opened.map_or_else(KeyState::Wrapped, KeyState::Kept))
    }

    /// How many keys of people there are that open what they sealed, and how many of these are destroyed in the table at `now`.
    pub fn left_over(&self, now: &Path) -> Result<LeftOver, rusqlite::Error> {
        let live = "SELECT count(*) FROM main.keys WHERE secret IS NOT NULL";
        let live: i64 = self.0.query_row(live, [], |row| row.get(0))?;
        self.0
            .execute("ATTACH DATABASE ?1 AS now", [now.to_string_lossy()])?;
        let destroyed = "SELECT count(*) FROM main.keys k WHERE k.secret IS NOT NULL AND EXISTS \
                         (SELECT 1 FROM now.keys n WHERE n.person = k.person AND n.generation = k.generation AND n.secret IS NULL)";
        let destroyed: Result<i64, _> = self.0.query_row(destroyed, [], |row| row.get(0));
        self.0.execute_batch("DETACH DATABASE now")?;
        Ok(LeftOver {
            live: live.unsigned_abs(),
            destroyed: destroyed?.unsigned_abs(),
        })
    }

    /// The table's id.
    pub fn id(&self) -> Result<KeyTableId, rusqlite::Error> {
        // A table with wrapped keys says it itself.
        let named: Option<[u8; 16]> = self
            .0
            .query_row("SELECT secret FROM secrets WHERE name = 'id'", [], |row| {
                row.get(0)
            })
            .optional()?;
        if let Some(id) = named {
            return Ok(KeyTableId(Uuid::from_bytes(id)));
        }
        let secret: [u8; 32] =
            self.0
                .query_row("SELECT secret FROM secrets WHERE name = 'lookup'", [], |row| {
                    row.get(0)
                })?;
        Ok(KeyTableId::of(&Zeroizing::new(secret)))
    }
}

/// Destroys in the table at `into`, which nobody uses, what is destroyed in the table at `known`, so that an erasure
/// holds after a restore too. Answers how many keys that were.
pub fn repeat_destructions(known: &Path, into: &Path) -> Result<usize, OpenError> {
    let run = || -> rusqlite::Result<usize> {
        let connection = Connection::open(into)?;
        connection.pragma_update(None, "secure_delete", "ON")?;
        connection.execute("ATTACH DATABASE ?1 AS known", [known.to_string_lossy()])?;
        // Also those that only the other table knows of, so that their generation is not given out again.
        let remembered = "INSERT OR IGNORE INTO main.keys SELECT person, generation, NULL FROM known.keys WHERE secret IS NULL";
        connection.execute(remembered, [])?;
        let destroyed = connection.execute(
            "UPDATE main.keys SET secret = NULL WHERE secret IS NOT NULL AND EXISTS \
             (SELECT 1 FROM known.keys k WHERE k.person = keys.person AND k.generation = keys.generation \
              AND k.secret IS NULL)",
            [],
        )?;
        connection.execute_batch("DETACH DATABASE known")?;
        Ok(destroyed)
    };
    run().map_err(failed(into))
}

/// Destroys the keys of these persons in the table at `into`, which nobody uses. Answers how many there were.
pub fn destroy_all(into: &Path, persons: &[PersonId]) -> Result<usize, OpenError> {
    let run = || -> rusqlite::Result<usize> {
        let mut connection = Connection::open(into)?;
        connection.pragma_update(None, "secure_delete", "ON")?;
        let transaction = connection.transaction()?;
        let mut destroyed = 0;
        for person in persons {
            destroyed += transaction
                .prepare_cached("UPDATE keys SET secret = NULL WHERE person = ?1 AND secret IS NOT NULL")?
                .execute([person.as_str()])?;
        }
        transaction.commit()?;
        Ok(destroyed)
    };
    run().map_err(failed(into))
}
