//! Reports of a long log without reading it from its beginning. At regular places of the log a file beside it keeps what the
//! folds made of the stretch before: the changes of every report, and the state from which the folds go on. A report as of
//! any position adds up the stretches before it and reads at most the rest of one.
//!
//! The file is a shortcut and never a part of an answer: figures are the same bytes without it. It is made by whoever asks
//! for a report, and made again where another log, another release or damage makes it useless. It holds what stands open in
//! the log's events, ids above all, and nothing that is sealed there, so an erasure has nothing to take out of it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use events::{DecodeError, EventId, EventStore, LogId, Position, ReadError, Recorded};
use rusqlite::{Connection, OptionalExtension as _};
use tokio::sync::watch;
use uuid::Uuid;

use super::blocks;
use super::catalogue;
use super::definition::Definition;
use super::fold::Fold;
use super::names::Names;
use super::place_text;
use super::question::{Question, TallyError};
use super::state_file::{StateError, StateFile};
use super::summing::{Entry, Place, Summing, Target, entry_of};
use super::tally::{self, Table};

/// Its name in the data folder.
pub const FILE: &str = "reports.db";

/// Events between two checkpoints.
pub const EVERY: usize = 20_000;

/// Events read at a time.
const BATCH: usize = 2_000;

/// Raised whenever what the file holds is laid out otherwise.
const FORMAT: i64 = 2;

/// Where checkpoints are kept, and how many.
#[derive(Debug, Clone)]
pub struct Checkpoints {
    path: PathBuf,
    every: usize,
}

/// As of when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// As of this position, which the log has reached.
    Position(Position),
    /// As of the last event that was recorded at this moment or before.
    Time(DateTime<Utc>),
}

/// A report's figures.
#[derive(Debug)]
pub struct Answer {
    /// The tables.
    pub tables: Vec<Table>,
    /// Which names the log holds.
    pub names: Names,
    /// As of where.
    pub position: Position,
    /// When the last event up to there was recorded.
    pub recorded_at: Option<DateTime<Utc>>,
}

/// Why there is no answer from checkpoints. The log itself can still be read.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// The file cannot be used.
    #[error("the checkpoints of reports cannot be used")]
    File(#[from] StateError),
    /// What is in the file is not what was written.
    #[error("the checkpoints of reports are damaged")]
    Damaged,
    /// The log cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// An event cannot be read.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// The question cannot be answered.
    #[error(transparent)]
    Tally(#[from] TallyError),
    /// Nothing was recorded by then.
    #[error("nothing was recorded by then")]
    BeforeTheLog,
}

impl From<rusqlite::Error> for CheckpointError {
    fn from(error: rusqlite::Error) -> Self {
        Self::File(StateError::from(error))
    }
}

/// A stretch of the log that has a checkpoint at its end.
#[derive(Debug, Clone, Copy)]
struct Stretch {
    after: Position,
    upto: Position,
    /// The earliest time of its events, in microseconds.
    earliest: i64,
}

/// What follows the last checkpoint, folded.
#[derive(Debug)]
struct Tail {
    fold: Fold,
    /// Where each of its events stands, and when it was recorded.
    events: Vec<(Position, DateTime<Utc>)>,
}

impl Checkpoints {
    /// Those of a data folder.
    pub fn in_folder(folder: &Path) -> Self {
        Self::new(folder.join(FILE), EVERY)
    }

    /// In this file, one after so many events.
    pub fn new(path: PathBuf, every: usize) -> Self {
        Self { path, every }
    }

    /// The figures of a report, where the log is long enough for checkpoints. What they lack is read from the log and kept.
    pub async fn answer(
        &self,
        store: &dyn EventStore,
        definition: &'static Definition,
        asked: &Question,
        until: Until,
        at: &watch::Sender<Position>,
    ) -> Result<Option<Answer>, CheckpointError> {
        let head = *store.head().borrow();
        if head.0 < self.every as u64 {
            return Ok(None);
        }
        let file = self.open(store, head).await?;
        let answered = self.answer_from(&file, store, definition, asked, until, at).await;
        if matches!(
            answered,
            Err(CheckpointError::Damaged | CheckpointError::File(StateError::Json(_)))
        ) {
            self.remove();
        }
        answered.map(Some)
    }

    async fn answer_from(
        &self,
        file: &StateFile,
        store: &dyn EventStore,
        definition: &'static Definition,
        asked: &Question,
        until: Until,
        at: &watch::Sender<Position>,
    ) -> Result<Answer, CheckpointError> {
        let known = last_stretch(file)?.map_or(Position::START, |last| last.upto);
        let tail = match until {
            Until::Position(position) if position <= known => None,
            Until::Position(position) => Some(self.extend(file, store, position, at).await?),
            Until::Time(_) => {
                let head = *store.head().borrow();
                Some(self.extend(file, store, head, at).await?)
            }
        };
        let (position, recorded_at) = match until {
            Until::Position(position) => (position, recorded_before(file, store, position).await?),
            Until::Time(time) => last_by(file, store, tail.as_ref(), time).await?,
        };
        let asked = Question {
            upto: position,
            ..asked.clone()
        };
        let mut summing = Summing::new(definition, &asked);
        sum(file, definition, position, &mut summing)?;
        let names = match &tail {
            Some(tail) => {
                if let Some(ledger) = tail.fold.ledger_of(definition) {
                    summing.add_ledger(ledger);
                }
                tail.fold.names().clone()
            }
            None => Names::read(file),
        };
        file.check()?;
        Ok(Answer {
            tables: tally::tables_of(definition, summing, &asked)?,
            names,
            position,
            recorded_at,
        })
    }

    /// Opens the file; makes it anew where it is not of this log as it stands, or of another release.
    async fn open(&self, store: &dyn EventStore, head: Position) -> Result<StateFile, CheckpointError> {
        let log = events::lineage::read(store)
            .await
            .map_err(|_| CheckpointError::Damaged)?;
        if self.path.exists() {
            if let Ok(Some((file, upto, event))) = self.current(log.log_id)
                && upto <= head
                && !store.contradicts(upto, event).await?
            {
                return Ok(file);
            }
            self.remove();
        }
        Ok(self.make(log.log_id)?)
    }

    /// The file where it is this release's and of this log, and the last event that it knows.
    fn current(&self, log: Option<LogId>) -> Result<Option<(StateFile, Position, EventId)>, rusqlite::Error> {
        let db = connect(&self.path)?;
        let format: i64 = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
        if format != FORMAT {
            return Ok(None);
        }
        let (release, theirs, upto, event) =
            db.query_row("SELECT release, log_id, upto, upto_event FROM meta", [], |row| {
                Ok((
                    row.get::<_, String>(0)?,
                    row.get::<_, Option<[u8; 16]>>(1)?,
                    row.get::<_, i64>(2)?,
                    row.get::<_, [u8; 16]>(3)?,
                ))
            })?;
        let ours = log.map(|id| id.0.into_bytes());
        if release != release_and_definitions() || theirs != ours {
            return Ok(None);
        }
        let event = EventId(Uuid::from_bytes(event));
        Ok(Some((StateFile::new(db), Position(upto.cast_unsigned()), event)))
    }

    fn make(&self, log: Option<LogId>) -> Result<StateFile, StateError> {
        let db = connect(&self.path)?;
        db.execute_batch(
            "BEGIN IMMEDIATE;
             CREATE TABLE IF NOT EXISTS meta (
                 one INTEGER PRIMARY KEY CHECK (one = 1), release TEXT NOT NULL, log_id BLOB,
                 upto INTEGER NOT NULL, upto_event BLOB NOT NULL
             );
             CREATE TABLE IF NOT EXISTS state (
                 map TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (map, key)
             ) WITHOUT ROWID;
             CREATE TABLE IF NOT EXISTS places (
                 definition TEXT NOT NULL, number INTEGER NOT NULL, place TEXT NOT NULL,
                 PRIMARY KEY (definition, number)
             ) WITHOUT ROWID;
             CREATE TABLE IF NOT EXISTS stretches (
                 upto INTEGER PRIMARY KEY, after INTEGER NOT NULL, earliest INTEGER NOT NULL
             );
             CREATE TABLE IF NOT EXISTS changes (
                 definition TEXT NOT NULL, upto INTEGER NOT NULL, net BLOB NOT NULL, each BLOB NOT NULL,
                 PRIMARY KEY (definition, upto)
             );",
        )?;
        db.execute(
            "INSERT OR IGNORE INTO meta (one, release, log_id, upto, upto_event) VALUES (1, ?1, ?2, 0, ?3)",
            (
                release_and_definitions(),
                log.map(|id| id.0.into_bytes()),
                [0_u8; 16],
            ),
        )?;
        db.pragma_update(None, "user_version", FORMAT)?;
        db.execute_batch("COMMIT")?;
        Ok(StateFile::new(db))
    }

    /// Nothing is lost with it. What cannot be removed is found useless again the next time.
    fn remove(&self) {
        for end in ["", "-wal", "-shm"] {
            let mut name = self.path.as_os_str().to_owned();
            name.push(end);
            drop(std::fs::remove_file(PathBuf::from(name)));
        }
    }

    /// Keeps a checkpoint after each so many events up to `upto`, and folds what follows the last.
    async fn extend(
        &self,
        file: &StateFile,
        store: &dyn EventStore,
        upto: Position,
        at: &watch::Sender<Position>,
    ) -> Result<Tail, CheckpointError> {
        let mut places = Places::default();
        let mut after = last_stretch(file)?.map_or(Position::START, |last| last.upto);
        loop {
            let events = self.read(store, after, upto).await?;
            if events.len() < self.every {
                if !freeze(file, after)? {
                    after = last_stretch(file)?.map_or(Position::START, |last| last.upto);
                    continue;
                }
                let mut fold = Fold::of_all(file).ok_or(CheckpointError::Damaged)?;
                for recorded in &events {
                    fold.see(recorded)?;
                }
                file.check()?;
                let events = events.iter();
                let events = events.map(|recorded| (recorded.position, recorded.metadata.time));
                let events = events.collect();
                return Ok(Tail { fold, events });
            }
            if keep(file, &mut places, after, &events)? {
                after = events.last().map_or(after, |last| last.position);
            } else {
                // Another process kept it meanwhile.
                places = Places::default();
                after = last_stretch(file)?.map_or(Position::START, |last| last.upto);
            }
            at.send_replace(after);
        }
    }

    /// The next events, as many as go between two checkpoints.
    async fn read(
        &self,
        store: &dyn EventStore,
        mut after: Position,
        upto: Position,
    ) -> Result<Vec<Recorded>, CheckpointError> {
        let mut events: Vec<Recorded> = Vec::new();
        while events.len() < self.every && after < upto {
            let page = store
                .read_log(after, BATCH.min(self.every - events.len()))
                .await?;
            let Some(last) = page.last() else { break };
            after = last.position;
            let wanted = page.into_iter().filter(|recorded| recorded.position <= upto);
            events.extend(wanted);
        }
        Ok(events)
    }
}

/// From now on the file is read as it stands, whatever others add to it; `false` where they added something since.
fn freeze(file: &StateFile, after: Position) -> Result<bool, CheckpointError> {
    let upto: Option<i64> = file.with(|db| {
        db.execute_batch("BEGIN")?;
        Ok(db.query_row("SELECT upto FROM meta", [], |row| row.get(0))?)
    });
    file.check()?;
    let same = upto.is_some_and(|upto| upto.cast_unsigned() == after.0);
    if !same {
        file.with(|db| Ok(db.execute_batch("ROLLBACK")?));
        file.check()?;
    }
    Ok(same)
}

/// Folds a stretch and keeps a checkpoint at its end; `false` where another process was faster.
fn keep(
    file: &StateFile,
    places: &mut Places,
    after: Position,
    events: &[Recorded],
) -> Result<bool, CheckpointError> {
    let Some(last) = events.last() else {
        return Ok(true);
    };
    file.with(|db| Ok(db.execute_batch("BEGIN IMMEDIATE")?));
    file.check()?;
    let kept = (|| {
        let stands: i64 = file
            .with(|db| Ok(db.query_row("SELECT upto FROM meta", [], |row| row.get(0))?))
            .unwrap_or_default();
        file.check()?;
        if stands.cast_unsigned() != after.0 {
            return Ok(false);
        }
        let mut fold = Fold::of_all(file).ok_or(CheckpointError::Damaged)?;
        for recorded in events {
            fold.see(recorded)?;
        }
        fold.settle(file);
        for definition in catalogue::ALL {
            let ledger = fold.ledger_of(definition).ok_or(CheckpointError::Damaged)?;
            let mut changes = Vec::with_capacity(ledger.changes().len());
            for change in ledger.changes() {
                let place = Place::of(ledger.cell(change.cell), &change.row);
                let number = places.number(file, definition, place)?;
                changes.push((number, entry_of(change)));
            }
            write_changes(file, definition, last.position, &changes);
        }
        write_stretch(file, after, events, last);
        file.check()?;
        Ok(true)
    })();
    let end = if matches!(kept, Ok(true)) {
        "COMMIT"
    } else {
        "ROLLBACK"
    };
    file.with(|db| Ok(db.execute_batch(end)?));
    file.check()?;
    kept
}

fn write_changes(file: &StateFile, definition: &Definition, upto: Position, changes: &[(u32, Entry)]) {
    let net = blocks::encode(blocks::netted(changes).iter());
    let each = blocks::encode(changes.iter());
    file.with(|db| {
        let put = "INSERT INTO changes (definition, upto, net, each) VALUES (?1, ?2, ?3, ?4)";
        let row = (definition.name, upto.0.cast_signed(), net, each);
        Ok(db.prepare_cached(put)?.execute(row)?)
    });
}

fn write_stretch(file: &StateFile, after: Position, events: &[Recorded], last: &Recorded) {
    let times = events
        .iter()
        .map(|recorded| recorded.metadata.time.timestamp_micros());
    let earliest = times.min().unwrap_or_default();
    let upto = last.position.0.cast_signed();
    file.with(|db| {
        db.execute(
            "INSERT INTO stretches (upto, after, earliest) VALUES (?1, ?2, ?3)",
            (upto, after.0.cast_signed(), earliest),
        )?;
        let moved = "UPDATE meta SET upto = ?1, upto_event = ?2";
        Ok(db.execute(moved, (upto, last.id.0.into_bytes()))?)
    });
}

/// The numbers of places, by report.
#[derive(Debug, Default)]
struct Places(HashMap<&'static str, HashMap<Place, u32>>);

impl Places {
    fn number(
        &mut self,
        file: &StateFile,
        definition: &'static Definition,
        place: Place,
    ) -> Result<u32, CheckpointError> {
        if !self.0.contains_key(definition.name) {
            let known = places(file, definition)?;
            let known = known.into_iter().map(|(number, place)| (place, number));
            self.0.insert(definition.name, known.collect());
        }
        let numbers = self.0.entry(definition.name).or_default();
        let next = u32::try_from(numbers.len()).map_err(|_| CheckpointError::Damaged)?;
        if let Some(number) = numbers.get(&place) {
            return Ok(*number);
        }
        let text = place_text::write(&place);
        file.with(|db| {
            let put = "INSERT INTO places (definition, number, place) VALUES (?1, ?2, ?3)";
            Ok(db.prepare_cached(put)?.execute((definition.name, next, text?))?)
        });
        numbers.insert(place, next);
        Ok(next)
    }
}

/// Every place of a report, with its number.
fn places(file: &StateFile, definition: &'static Definition) -> Result<Vec<(u32, Place)>, CheckpointError> {
    let texts = file.with(|db| {
        let all = "SELECT number, place FROM places WHERE definition = ?1";
        let mut statement = db.prepare_cached(all)?;
        let rows = statement.query_map([definition.name], |row| {
            Ok((row.get::<_, u32>(0)?, row.get::<_, String>(1)?))
        })?;
        Ok(rows.collect::<Result<Vec<_>, _>>()?)
    });
    file.check()?;
    let read = texts.unwrap_or_default().into_iter().map(|(number, text)| {
        let place = place_text::read(definition, &text).ok_or(CheckpointError::Damaged)?;
        Ok((number, place))
    });
    read.collect()
}

/// Adds up what the checkpoints hold up to a position.
fn sum(
    file: &StateFile,
    definition: &'static Definition,
    upto: Position,
    summing: &mut Summing<'_>,
) -> Result<(), CheckpointError> {
    let mut targets: Vec<Option<Target>> = Vec::new();
    for (number, place) in places(file, definition)? {
        let index = number as usize;
        if targets.len() <= index {
            targets.resize(index + 1, None);
        }
        targets[index] = summing.target(&place);
    }
    let mut damaged = false;
    let mut add = |bytes: &[u8]| {
        let read = blocks::decode(bytes, |place, entry| {
            if let Some(target) = targets.get(place as usize).copied().flatten() {
                summing.add(target, entry);
            }
        });
        damaged |= read.is_none();
    };
    file.with(|db| {
        let upto = upto.0.cast_signed();
        let whole = "SELECT net FROM changes WHERE definition = ?1 AND upto <= ?2 ORDER BY upto";
        let mut statement = db.prepare_cached(whole)?;
        let mut rows = statement.query((definition.name, upto))?;
        while let Some(row) = rows.next()? {
            add(row.get_ref(0)?.as_blob().unwrap_or_default());
        }
        let cut = "SELECT each FROM changes WHERE definition = ?1 AND upto > ?2 ORDER BY upto LIMIT 1";
        let mut statement = db.prepare_cached(cut)?;
        let mut rows = statement.query((definition.name, upto))?;
        if let Some(row) = rows.next()? {
            add(row.get_ref(0)?.as_blob().unwrap_or_default());
        }
        Ok(())
    });
    file.check()?;
    if damaged {
        Err(CheckpointError::Damaged)
    } else {
        Ok(())
    }
}

const STRETCH: &str = "SELECT after, upto, earliest FROM stretches";

fn stretch(file: &StateFile, and: &str, value: i64) -> Result<Option<Stretch>, CheckpointError> {
    let found = file.with(|db| {
        let mut statement = db.prepare_cached(&format!("{STRETCH} {and} LIMIT 1"))?;
        let found = statement.query_row([value], |row| {
            Ok(Stretch {
                after: Position(row.get::<_, i64>(0)?.cast_unsigned()),
                upto: Position(row.get::<_, i64>(1)?.cast_unsigned()),
                earliest: row.get(2)?,
            })
        });
        Ok(found.optional()?)
    });
    file.check()?;
    Ok(found.flatten())
}

fn last_stretch(file: &StateFile) -> Result<Option<Stretch>, CheckpointError> {
    stretch(file, "WHERE upto > ?1 ORDER BY upto DESC", 0)
}

/// When the last event up to a position was recorded.
async fn recorded_before(
    file: &StateFile,
    store: &dyn EventStore,
    position: Position,
) -> Result<Option<DateTime<Utc>>, CheckpointError> {
    if let Some(event) = store.event_at(position).await? {
        return Ok(Some(event.metadata.time));
    }
    // Nothing stands exactly there, so it is the last before it in its stretch.
    let before = stretch(
        file,
        "WHERE after < ?1 ORDER BY upto DESC",
        position.0.cast_signed(),
    )?;
    let after = before.map_or(Position::START, |stretch| stretch.after.min(stretch.upto));
    let (_, at) = last_of(store, after, position, |_| true).await?;
    Ok(at)
}

/// The last event that was recorded at a moment or before.
async fn last_by(
    file: &StateFile,
    store: &dyn EventStore,
    tail: Option<&Tail>,
    time: DateTime<Utc>,
) -> Result<(Position, Option<DateTime<Utc>>), CheckpointError> {
    let of_tail = tail.and_then(|tail| tail.events.iter().rfind(|(_, at)| *at <= time));
    if let Some((position, at)) = of_tail {
        return Ok((*position, Some(*at)));
    }
    let mut before = i64::MAX;
    while let Some(found) = stretch(file, "WHERE upto < ?1 ORDER BY upto DESC", before)? {
        before = found.upto.0.cast_signed();
        if found.earliest > time.timestamp_micros() {
            continue;
        }
        let (position, at) = last_of(store, found.after, found.upto, |at| at <= time).await?;
        if at.is_some() {
            return Ok((position, at));
        }
    }
    Err(CheckpointError::BeforeTheLog)
}

/// The last event in a stretch whose time is one that is wanted.
async fn last_of(
    store: &dyn EventStore,
    after: Position,
    upto: Position,
    wanted: impl Fn(DateTime<Utc>) -> bool,
) -> Result<(Position, Option<DateTime<Utc>>), CheckpointError> {
    let (mut from, mut found) = (after, (after, None));
    while from < upto {
        let page = store.read_log(from, BATCH).await?;
        let Some(last) = page.last() else { break };
        from = last.position;
        let mut there = page.iter().filter(|one| one.position <= upto);
        if let Some(one) = there.rfind(|one| wanted(one.metadata.time)) {
            found = (one.position, Some(one.metadata.time));
        }
    }
    Ok(found)
}

fn connect(path: &Path) -> Result<Connection, rusqlite::Error> {
    let db = Connection::open(path)?;
    db.busy_timeout(crate::database::BUSY_TIMEOUT)?;
    db.set_prepared_statement_cache_capacity(32);
    db.pragma_update(None, "journal_mode", "WAL")?;
    db.pragma_update(None, "synchronous", "NORMAL")?;
    db.pragma_update(None, "temp_store", "MEMORY")?;
    db.pragma_update(None, "cache_size", -65_536)?;
    Ok(db)
}

/// What has to be the same for a file to be of use.
fn release_and_definitions() -> String {
    let definitions = catalogue::ALL.map(Definition::id);
    format!("{} {}", env!("CARGO_PKG_VERSION"), definitions.join(","))
}
