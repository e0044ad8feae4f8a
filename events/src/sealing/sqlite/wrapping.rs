//! Has the keys of a table lie as the master keys say: all of them under the current one, or open where there is none. It is done in
//! slices between what is asked of the table, each slice in one commit, so a kill leaves each key under one or the other.

use rusqlite::{Connection, OptionalExtension as _};
use uuid::Uuid;

use super::master::{Closed, MasterKey, Masters, WRAPPED};
use super::{PersonKey, closed, place_of};
use crate::sealing::{KeyTableId, PersonId};

/// Keys in one commit.
const SLICE: usize = 200;

/// How far it is: the last key that was looked at.
#[derive(Debug, Default)]
pub(super) struct Cursor(Option<(String, u32)>);

/// Notes which format the file has: one that holds wrapped keys is none for earlier releases.
pub(super) fn note_format(connection: &Connection, masters: &Masters) -> rusqlite::Result<()> {
    let found: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if masters.current.is_some() && found < super::WRAPPING {
        connection.pragma_update(None, "user_version", super::WRAPPING)?;
    }
    Ok(())
}

/// The secret that keys lookups, made where there is none; it lies as the keys do. Notes which table it is, which may be told.
pub(super) fn lookup_secret(
    connection: &mut Connection,
    masters: &Masters,
) -> rusqlite::Result<zeroize::Zeroizing<[u8; 32]>> {
    let transaction = connection.transaction()?;
    let kept: Option<Vec<u8>> = transaction
        .query_row("SELECT secret FROM secrets WHERE name = 'lookup'", [], |row| {
            row.get(0)
        })
        .optional()?;
    let plain = match &kept {
        Some(kept) => masters.open("secrets/lookup", kept).map_err(closed)?,
        None => zeroize::Zeroizing::new(super::random_bytes::<32>()),
    };
    if kept.is_none_or(|kept| !masters.is_current(&kept)) {
        let wrapped = masters.close("secrets/lookup", &plain);
        let put = "INSERT OR REPLACE INTO secrets VALUES ('lookup', ?1)";
        transaction.execute(put, [wrapped.as_slice()])?;
    }
    if masters.current.is_some() {
        let id = KeyTableId::of(&plain);
        let put = "INSERT OR REPLACE INTO secrets VALUES ('id', ?1)";
        transaction.execute(put, [id.0.as_bytes().as_slice()])?;
    }
    transaction.commit()?;
    Ok(plain)
}

/// Wraps some keys; answers whether there may be more.
pub(super) fn some(
    connection: &mut Connection,
    masters: &Masters,
    cursor: &mut Cursor,
) -> rusqlite::Result<bool> {
    let (person, generation) = cursor.0.clone().unwrap_or_default();
    let transaction = connection.transaction()?;
    let kept: Vec<(String, u32, Vec<u8>)> = transaction
        .prepare_cached(
            "SELECT person, generation, secret FROM keys
             WHERE (person, generation) > (?1, ?2) AND secret IS NOT NULL ORDER BY person, generation LIMIT ?3",
        )?
        .query_map((&person, generation, SLICE), |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?
        .collect::<rusqlite::Result<_>>()?;
    let more = kept.len() == SLICE;
    for (person, generation, secret) in &kept {
        if masters.is_current(secret) {
            continue;
        }
        let place = place_of(&PersonId::from_stored(person), *generation);
        let plain = masters.open(&place, secret).map_err(closed)?;
        transaction
            .prepare_cached("UPDATE keys SET secret = ?3 WHERE person = ?1 AND generation = ?2")?
            .execute((person, generation, masters.close(&place, &plain).as_slice()))?;
    }
    transaction.commit()?;
    if let Some((person, generation, _)) = kept.last() {
        cursor.0 = Some((person.clone(), *generation));
    }
    if !more {
        finish(connection, masters)?;
    }
    Ok(more)
}

/// What lay open, or under another master, is gone from the write-ahead log as well.
fn finish(connection: &Connection, masters: &Masters) -> rusqlite::Result<()> {
    if masters.current.is_none() {
        let format: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
        if format == super::WRAPPING {
            connection.pragma_update(None, "user_version", super::OPEN)?;
        }
    }
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
}

/// How the keys of a table lie.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Wrapping {
    /// Keys that lie open.
    pub open: u64,
    /// Keys under the current master key.
    pub current: u64,
    /// Keys under another one.
    pub other: u64,
}

/// Counts how keys lie.
pub(super) fn count(connection: &Connection, current: Option<&MasterKey>) -> rusqlite::Result<Wrapping> {
    let current = current.map_or(Uuid::nil(), MasterKey::id);
    connection.query_row(
        "SELECT coalesce(sum(length(secret) <> ?1), 0),
                coalesce(sum(length(secret) = ?1 AND substr(secret, 1, 16) = ?2), 0),
                coalesce(sum(length(secret) = ?1 AND substr(secret, 1, 16) <> ?2), 0)
         FROM keys WHERE secret IS NOT NULL",
        (WRAPPED, current.as_bytes().as_slice()),
        |row| {
            Ok(Wrapping {
                open: row.get::<_, i64>(0)?.unsigned_abs(),
                current: row.get::<_, i64>(1)?.unsigned_abs(),
                other: row.get::<_, i64>(2)?.unsigned_abs(),
            })
        },
    )
}

/// A key as it lies in the table, opened.
pub(super) fn opened(
    masters: &Masters,
    person: &PersonId,
    generation: u32,
    kept: &[u8],
) -> Result<PersonKey, Closed> {
    let secret = masters.open(&place_of(person, generation), kept)?;
    Ok(PersonKey { generation, secret })
}
