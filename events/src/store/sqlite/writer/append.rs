//! Judging one request and inserting its events, within the group's transaction.
//!
//! A conflict is known before anything of the request is inserted, so that its neighbours in the group stay.

use std::cell::OnceCell;

use chrono::SubsecRound as _;

use super::{Group, Writer};
use crate::envelope::{Metadata, NewEvent, Position, Recorded, Version};
use crate::ids::EventId;
use crate::store::rules::{Verdict, judge, well_formed};
use crate::store::sqlite::heads::{Head, StreamRow};
use crate::store::sqlite::reader::stream_row;
use crate::store::{AppendError, Appended, Snapshot, StreamWrite};
use crate::stream::StreamId;

/// Why a request within a group was not written.
pub(super) enum Failure {
    /// This request alone: a conflict, a malformed one.
    Refused(AppendError),
    /// The whole group.
    Sqlite(rusqlite::Error),
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

/// Events of one stream that stand in the log, one after the other.
#[derive(Default)]
struct Standing {
    /// Their ids, the newest first.
    ids: Vec<EventId>,
    /// Where the newest stands.
    position: u64,
}

/// An event as readers see it, at its place.
fn recorded(stream: &StreamId, event: NewEvent, at: Head) -> Recorded {
    Recorded {
        stream: stream.clone(),
        version: Version(at.version),
        position: Position(at.position),
        id: event.id,
        event_type: event.event_type.into(),
        schema_version: event.schema_version,
        payload: event.payload.into(),
        metadata: Metadata {
            // As the file keeps it.
            time: event.metadata.time.trunc_subsecs(3),
            ..event.metadata
        },
    }
}

impl Writer {
    /// One request: all of its streams are judged before any is written.
    pub(super) fn write(
        &mut self,
        group: &mut Group,
        writes: Vec<StreamWrite>,
    ) -> Result<Vec<Appended>, Failure> {
        well_formed(&writes).map_err(Failure::Refused)?;
        let mut judged = Vec::with_capacity(writes.len());
        for write in &writes {
            let row = self.row(group, &write.stream)?;
            let head = match row {
                Some(row) => self.head_of(group, row)?,
                None => Head::default(),
            };
            judged.push((row, head, self.judge(row, head, write)?));
        }
        let mut appended = Vec::with_capacity(writes.len());
        for (write, (row, head, verdict)) in writes.into_iter().zip(judged) {
            appended.push(match verdict {
                Verdict::Write => {
                    let row = match row {
                        Some(row) => row,
                        None => self.new_row(group, &write.stream)?,
                    };
                    self.insert(group, row, head, write)?
                }
                Verdict::Repeat(version) => {
                    let position = Position(self.standing(row, head, version, 1)?.position);
                    Appended {
                        version,
                        position,
                        recognised: true,
                    }
                }
            });
        }
        Ok(appended)
    }

    /// Keeps a snapshot in place of an older one; a stream without events has none.
    pub(super) fn save_snapshot(
        &mut self,
        group: &mut Group,
        stream: &StreamId,
        snapshot: &Snapshot,
    ) -> rusqlite::Result<()> {
        let Some(row) = self.row(group, stream)? else {
            return Ok(());
        };
        let sql = "INSERT INTO snapshots VALUES (?1, ?2, ?3, ?4) ON CONFLICT (stream) DO UPDATE \
                   SET version = ?2, schema = ?3, state = ?4 WHERE version <= ?2";
        self.connection.prepare_cached(sql)?.execute((
            row,
            snapshot.version.0,
            snapshot.schema,
            &snapshot.state,
        ))?;
        group.bytes += snapshot.state.len() as u64;
        Ok(())
    }

    fn insert(
        &mut self,
        group: &mut Group,
        row: StreamRow,
        mut head: Head,
        write: StreamWrite,
    ) -> rusqlite::Result<Appended> {
        let sql = "INSERT INTO events VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
        let StreamWrite { stream, events, .. } = write;
        for event in events {
            let event_type = self.type_row(event.event_type)?;
            group.position += 1;
            let position = group.position;
            self.connection.prepare_cached(sql)?.execute(rusqlite::params![
                position,
                row,
                head.version + 1,
                head.position,
                event_type,
                event.schema_version,
                event.metadata.time.timestamp_millis(),
                event.id.0.as_bytes(),
                event.metadata.correlation_id.as_bytes(),
                event.metadata.causation_id.as_bytes(),
                event.payload,
            ])?;
            head = Head {
                version: head.version + 1,
                position,
            };
            group.bytes += event.payload.len() as u64 + 120;
            group.written.push((row, head.version, position));
            group.events.push(recorded(&stream, event, head));
        }
        group.heads.insert(row, head);
        Ok(Appended {
            version: Version(head.version),
            position: Position(head.position),
            recognised: false,
        })
    }

    pub(super) fn row(&mut self, group: &Group, stream: &StreamId) -> rusqlite::Result<Option<StreamRow>> {
        if let Some(row) = self.rows.get(stream.as_str()) {
            return Ok(Some(*row));
        }
        if let Some(row) = group.names.get(stream.as_str()) {
            return Ok(Some(*row));
        }
        let row = stream_row(&self.connection, stream)?;
        if let Some(row) = row {
            self.rows.put(stream.as_str().into(), row);
        }
        Ok(row)
    }

    fn new_row(&mut self, group: &mut Group, stream: &StreamId) -> rusqlite::Result<StreamRow> {
        self.connection
            .prepare_cached("INSERT INTO streams (name) VALUES (?1)")?
            .execute([stream.as_str()])?;
        let row = self.connection.last_insert_rowid();
        group.names.insert(stream.as_str().into(), row);
        Ok(row)
    }

    fn type_row(&mut self, name: &'static str) -> rusqlite::Result<i64> {
        if let Some(row) = self.types.get(name) {
            return Ok(*row);
        }
        let sql =
            "INSERT INTO types (name) VALUES (?1) ON CONFLICT (name) DO UPDATE SET name = name RETURNING id";
        let row = self
            .connection
            .prepare_cached(sql)?
            .query_row([name], |row| row.get(0))?;
        self.types.insert(name, row);
        Ok(row)
    }

    fn head_of(&mut self, group: &Group, row: StreamRow) -> rusqlite::Result<Head> {
        if let Some(head) = group.heads.get(&row).or_else(|| self.warm.get(&row)) {
            return Ok(*head);
        }
        let head = self.heads.head(&self.connection, row)?.unwrap_or_default();
        self.warm.put(row, head);
        Ok(head)
    }

    fn judge(&self, row: Option<StreamRow>, head: Head, write: &StreamWrite) -> Result<Verdict, Failure> {
        let count = write.events.len();
        // Read when the first id is asked for, which few requests need. The rules ask for versions that exist.
        let standing = OnceCell::new();
        let id_at = |version: Version| {
            let last = || self.standing(row, head, version.plus(count - 1), count);
            let (first, standing) = standing.get_or_init(|| (version.0, last()));
            let index = usize::try_from(version.0.checked_sub(*first)?).ok()?;
            let newest_first = count.checked_sub(index + 1)?;
            standing.as_ref().ok()?.ids.get(newest_first).copied()
        };
        let verdict = judge(write, Version(head.version), id_at);
        // What could not be read is no conflict.
        if let Some((_, Err(error))) = standing.into_inner() {
            return Err(Failure::Sqlite(error));
        }
        verdict.map_err(Failure::Refused)
    }

    /// The `count` events of a stream that end with version `last`, found by going back from the nearest mark.
    fn standing(
        &self,
        row: Option<StreamRow>,
        head: Head,
        last: Version,
        count: usize,
    ) -> rusqlite::Result<Standing> {
        let Some(row) = row else {
            return Ok(Standing::default());
        };
        let mark = self.heads.mark(&self.connection, row, last.0)?;
        let mut at = mark.unwrap_or(head);
        let mut found = Standing::default();
        let mut read = self
            .connection
            .prepare_cached("SELECT event_id, previous FROM events WHERE position = ?1")?;
        while at.version > 0 && found.ids.len() < count {
            let (id, previous): ([u8; 16], u64) =
                read.query_row([at.position], |row| Ok((row.get(0)?, row.get(1)?)))?;
            if at.version == last.0 {
                found.position = at.position;
            }
            if at.version <= last.0 {
                found.ids.push(EventId(uuid::Uuid::from_bytes(id)));
            }
            at = Head {
                version: at.version - 1,
                position: previous,
            };
        }
        Ok(found)
    }
}
