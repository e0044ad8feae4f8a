//! A hash chain over the log, so that a byte that changed in the file is found and named.
//!
//! The log is cut into segments. Each row of the table keeps eight bytes of the SHA-256 of every event of its segment,
//! and the SHA-256 of these together with the digest of the segment before. The rows are written behind the log, by the
//! thread that moves the write-ahead log, so an append costs nothing more; a log of an earlier release gets them after its
//! first start. The last row may be short and is written again when it grows, from the hashes that it has: what changed
//! meanwhile is not hashed anew.

use rusqlite::{Connection, OptionalExtension as _, Row};
use sha2::{Digest as _, Sha256};

/// Events in a full segment.
const EVENTS: usize = 1_024;
/// Segments written in one transaction.
const AT_ONCE: usize = 32;
/// Bytes kept of each event's hash.
const LEAF: usize = 8;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Segment {
    first: u64,
    last: u64,
    digest: Vec<u8>,
    leaves: Vec<u8>,
}

impl Segment {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            first: row.get(0)?,
            last: row.get(1)?,
            digest: row.get(2)?,
            leaves: row.get(3)?,
        })
    }

    fn is_full(&self) -> bool {
        self.leaves.len() >= EVENTS * LEAF
    }

    /// What the digest must be after `before`.
    fn chained(&self, before: &[u8]) -> Vec<u8> {
        let mut hash = Sha256::new();
        hash.update(before);
        hash.update(self.first.to_le_bytes());
        hash.update(self.last.to_le_bytes());
        hash.update(&self.leaves);
        hash.finalize().to_vec()
    }
}

const ROWS: &str = "SELECT first, last, digest, leaves FROM segments";
const LOG: &str = "SELECT e.position, e.version, e.schema_version, e.time, e.event_id, e.correlation_id, e.causation_id, \
    coalesce(s.name, ''), coalesce(t.name, ''), e.payload FROM events e \
    LEFT JOIN streams s ON s.id = e.stream LEFT JOIN types t ON t.id = e.type WHERE e.position > ?1 ORDER BY e.position";

/// Hashes what is not hashed yet, up to some segments; answers whether there is more.
pub(super) fn seal(connection: &Connection) -> rusqlite::Result<bool> {
    let last = connection
        .prepare_cached(&format!("{ROWS} ORDER BY first DESC LIMIT 1"))?
        .query_row([], Segment::read)
        .optional()?;
    let (mut before, mut open) = match last {
        Some(last) if last.is_full() => (last.digest.clone(), next_after(last.last)),
        Some(last) => (digest_before(connection, last.first)?, last),
        None => (Vec::new(), next_after(0)),
    };
    let mut made = Vec::new();
    let mut log = connection.prepare_cached(LOG)?;
    let mut rows = log.query([open.last])?;
    while made.len() < AT_ONCE
        && let Some(row) = rows.next()?
    {
        open.last = row.get(0)?;
        open.leaves.extend(leaf(row)?);
        if open.is_full() {
            open.digest = open.chained(&before);
            before.clone_from(&open.digest);
            let next = next_after(open.last);
            made.push(std::mem::replace(&mut open, next));
        }
    }
    let more = made.len() >= AT_ONCE;
    drop(rows);
    if !more && open.last >= open.first {
        let digest = open.chained(&before);
        // Nothing was added to the short one.
        if digest != open.digest {
            made.push(Segment { digest, ..open });
        }
    }
    if !made.is_empty() {
        write(connection, &made)?;
    }
    Ok(more)
}

fn next_after(last: u64) -> Segment {
    Segment {
        first: last + 1,
        last,
        digest: Vec::new(),
        leaves: Vec::new(),
    }
}

fn digest_before(connection: &Connection, first: u64) -> rusqlite::Result<Vec<u8>> {
    let digest = connection
        .prepare_cached("SELECT digest FROM segments WHERE first < ?1 ORDER BY first DESC LIMIT 1")?
        .query_row([first], |row| row.get(0))
        .optional()?;
    Ok(digest.unwrap_or_default())
}

fn write(connection: &Connection, segments: &[Segment]) -> rusqlite::Result<()> {
    connection.execute_batch("BEGIN IMMEDIATE")?;
    let written = || -> rusqlite::Result<()> {
        let mut put = connection.prepare_cached("INSERT OR REPLACE INTO segments VALUES (?1, ?2, ?3, ?4)")?;
        for segment in segments {
            put.execute((segment.first, segment.last, &segment.digest, &segment.leaves))?;
        }
        connection.execute_batch("COMMIT")
    };
    written().inspect_err(|_| {
        if let Err(error) = connection.execute_batch("ROLLBACK") {
            tracing::warn!(%error, "hashes of the log could not be rolled back");
        }
    })
}

/// The kept part of an event's hash: everything that is stored of it, with the names and not the numbers of its stream
/// and type.
fn leaf(row: &Row<'_>) -> rusqlite::Result<[u8; LEAF]> {
    let mut hash = Sha256::new();
    for column in 0..4 {
        hash.update(row.get::<_, i64>(column)?.to_le_bytes());
    }
    for column in 4..10 {
        // Whatever a damaged byte made of it: text, bytes, or nothing.
        let value = row.get_ref(column)?;
        let bytes = value.as_bytes_or_null()?.unwrap_or_default();
        hash.update((bytes.len() as u64).to_le_bytes());
        hash.update(bytes);
    }
    let digest: [u8; 32] = hash.finalize().into();
    let mut kept = [0; LEAF];
    kept.copy_from_slice(&digest[..LEAF]);
    Ok(kept)
}

/// What an audit found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Audit {
    /// Up to where the log is hashed; what was written since is not looked at.
    pub hashed_to: u64,
    /// Positions of events that are not those that were stored, with what is wrong.
    pub faults: Vec<(u64, String)>,
}

/// Faults told apart.
const FAULTS: usize = 100;

/// Holds the log against its hashes.
pub(super) fn audit(connection: &Connection) -> rusqlite::Result<Audit> {
    let mut found = Audit::default();
    let mut segments = connection.prepare(&format!("{ROWS} ORDER BY first"))?;
    let mut segments = segments.query([])?;
    let mut log = connection.prepare(LOG)?;
    let mut events = log.query([0])?;
    let (mut before, mut next): (Vec<u8>, Option<(u64, [u8; LEAF])>) = (Vec::new(), None);
    while let Some(row) = segments.next()? {
        let segment = Segment::read(row)?;
        if segment.chained(&before) != segment.digest || segment.first != found.hashed_to + 1 {
            let what = format!(
                "the hash chain breaks between positions {} and {}",
                segment.first, segment.last
            );
            found.tell(segment.first, what);
        }
        for (kept, position) in segment.leaves.chunks(LEAF).zip(segment.first..=segment.last) {
            while next.is_none_or(|(at, _)| at < position) {
                let Some(row) = events.next()? else { break };
                next = Some((row.get(0)?, leaf(row)?));
            }
            match next {
                Some((at, hash)) if at == position && hash[..] == *kept => {}
                Some((at, _)) if at == position => {
                    found.tell(
                        position,
                        "a byte of this event changed since it was stored".to_owned(),
                    );
                }
                _ => found.tell(position, "this event is gone".to_owned()),
            }
        }
        (before, found.hashed_to) = (segment.digest, segment.last);
    }
    Ok(found)
}

impl Audit {
    fn tell(&mut self, position: u64, what: String) {
        if self.faults.len() < FAULTS {
            self.faults.push((position, what));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A log of `count` events of one stream.
    fn log(count: u64) -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(include_str!("schema.sql")).unwrap();
        connection
            .execute_batch("INSERT INTO streams VALUES (1, 'tenant-t'); INSERT INTO types VALUES (1, 'E')")
            .unwrap();
        add(&connection, 1..=count);
        connection
    }

    fn add(connection: &Connection, positions: std::ops::RangeInclusive<u64>) {
        let sql = "INSERT INTO events VALUES (?1, 1, ?1, ?1 - 1, 1, 1, 0, x'01', x'02', x'03', '{\"n\":' || ?1 || '}')";
        for position in positions {
            connection.execute(sql, [position]).unwrap();
        }
    }

    fn seal_all(connection: &Connection) {
        while seal(connection).unwrap() {}
    }

    fn faults(connection: &Connection) -> Vec<u64> {
        let audit = audit(connection).unwrap();
        audit.faults.into_iter().map(|(position, _)| position).collect()
    }

    #[test]
    fn a_whole_log_is_hashed_to_its_end_however_it_grew() {
        for (first, then) in [(1, 3), (1_023, 1), (1_024, 1), (1_000, 3_000), (40_000, 5)] {
            let log = log(first);
            seal_all(&log);
            add(&log, first + 1..=first + then);
            seal_all(&log);
            seal_all(&log);
            let audit = audit(&log).unwrap();
            assert_eq!(
                (audit.hashed_to, audit.faults),
                (first + then, Vec::new()),
                "{first} {then}"
            );
        }
    }

    #[test]
    fn any_changed_column_names_its_position() {
        let log = log(2_000);
        seal_all(&log);
        for (position, change) in [
            (1, "payload = '{\"n\":2}'"),
            (700, "event_id = x'09'"),
            (1_024, "time = 1"),
            (1_025, "correlation_id = x''"),
            (1_500, "causation_id = x'04'"),
            (1_999, "schema_version = 2"),
            (2_000, "version = 7"),
        ] {
            log.execute_batch("SAVEPOINT before").unwrap();
            log.execute(
                &format!("UPDATE events SET {change} WHERE position = ?1"),
                [position],
            )
            .unwrap();
            assert_eq!(faults(&log), [position], "{change}");
            log.execute_batch("ROLLBACK TO before; RELEASE before").unwrap();
        }
        log.execute("DELETE FROM events WHERE position = 5", []).unwrap();
        assert_eq!(faults(&log), [5]);
    }

    #[test]
    fn a_change_in_a_short_segment_is_not_hashed_anew_when_it_grows() {
        let log = log(10);
        seal_all(&log);
        log.execute("UPDATE events SET payload = '{}' WHERE position = 3", [])
            .unwrap();
        add(&log, 11..=2_000);
        seal_all(&log);
        assert_eq!(faults(&log), [3]);
    }

    #[test]
    fn hashes_that_were_made_to_fit_break_the_chain_behind_them() {
        let log = log(3_000);
        seal_all(&log);
        log.execute("DELETE FROM segments WHERE first = 1", []).unwrap();
        assert!(faults(&log).contains(&1_025));
        let leaves: Vec<u8> = vec![0; EVENTS * LEAF];
        log.execute("UPDATE segments SET leaves = ?1 WHERE first = 1025", [leaves])
            .unwrap();
        assert!(faults(&log).contains(&1_025));
    }
}
