//! Makes a data folder from a backup, as of its end or of an earlier moment.
//!
//! The log is written anew beside the place where it will lie, then put there. What lay there before is moved aside and
//! kept. The restored log has a new id, so that no mark and no cursor from after the cut is taken for one of what is
//! written next. Destroyed keys stay destroyed: those of the backup's own keys, and those of the keys that lay there. Erasures that the
//! restored log does not hold and that are known ([`super::carrying`]) stand in it as orders before it is put in place, so no
//! kill loses them; the service carries them out before it serves anybody.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use events::lineage::{self, FORMAT as LOG_FORMAT, LogNamed, LogRestored};
use events::outbound::ErasureOrdered;
use events::store::sqlite::{SqliteOptions, SqliteStore};
use events::{
    Clock, EventId, EventStore, Expected, LogEvent, LogId, OrganizationId, Position, StreamWrite, Version,
};
use futures_util::future::join_all;
use serde::Serialize;
use tokio::sync::watch;

use super::carrying::{self, ASIDE, Before, OfBackup};
use super::chunk::Line;
use super::erasures::KnownErasure;
use super::{BackupError, Manifest, chunk, files, keys};

/// Appends that wait for the disk together.
const TOGETHER: usize = 1_000;
/// Where the files are made that will be put in place, within the data folder.
const BUILDING: &str = "restoring";
/// Stands there from when what lay in the data folder may be moved aside. With a file still beside it the restore was cut off.
const MOVING: &str = "moving";
/// What is put in place.
const MADE: [&str; 2] = ["events.db", "keys.db"];
/// Files of a data folder that a restore puts aside.
const FILES: [&str; 12] = [
    "events.db",
    "events.db-wal",
    "events.db-shm",
    "keys.db",
    "keys.db-wal",
    "keys.db-shm",
    "projections.db",
    "projections.db-wal",
    "projections.db-shm",
    "reports.db",
    "reports.db-wal",
    "reports.db-shm",
];

/// Up to where a log is restored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Point {
    /// The backup's end.
    End,
    /// This position.
    Position(Position),
    /// The last event that had happened at this moment.
    Time(DateTime<Utc>),
}

impl Point {
    fn includes(self, line: &Line) -> bool {
        match self {
            Self::End => true,
            Self::Position(last) => line.position <= last,
            Self::Time(moment) => line.time <= moment.timestamp_millis(),
        }
    }
}

/// What is restored, and where.
#[derive(Debug)]
pub struct Restore<'a> {
    /// The backup.
    pub from: &'a Path,
    /// The data folder.
    pub to: &'a Path,
    /// Up to where.
    pub point: Point,
    /// Whether what lies there may be put aside.
    pub replace: bool,
    /// Erasures that are to be done again, beside those that what lies there tells of.
    pub erasures: &'a [KnownErasure],
}

/// What was restored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Restored {
    /// The last position of the backup that was restored.
    pub kept: Position,
    /// When the event there happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<DateTime<Utc>>,
    /// Keys whose destruction was repeated.
    pub destroyed_again: usize,
    /// Erasures that the service does again at its start, since the restored log does not hold them.
    pub erasures: usize,
    /// Logs that lay there and cannot be read, so that it is not known whom they erased.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<PathBuf>,
    /// Whether the keys were restored; else they must be put there by hand.
    pub keys: bool,
    /// Where the files that lay there are now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aside: Option<PathBuf>,
}

impl Restore<'_> {
    /// Restores; `at` is told how far it is. The service must be stopped.
    pub async fn run(
        &self,
        clock: &dyn Clock,
        at: &watch::Sender<Position>,
    ) -> Result<Restored, BackupError> {
        let manifest = Manifest::must_be_in(self.from)?;
        if let Point::Position(last) = self.point
            && last > manifest.head
        {
            return Err(BackupError::Refused(format!(
                "the backup ends at position {}; choose that or an earlier one",
                manifest.head
            )));
        }
        files::make_folder(self.to)?;
        // Held until all is in place: a service that runs, or starts meanwhile, has it or is refused.
        let _lock = self.lock()?;
        let occupied = FILES.iter().any(|name| self.to.join(name).exists());
        if occupied && !self.replace {
            return Err(BackupError::Refused(format!(
                "{} holds a log or keys already; restore into an empty folder, or say --replace, which moves them aside",
                self.to.display()
            )));
        }
        let building = self.to.join(BUILDING);
        // What a restore that was cut off had made may be all that knows of what it replaced.
        if is_cut_off(self.to) {
            self.put_building_aside(clock)?;
        }
        let mut before = Before::look(self.to).await;
        forget(&building)?;
        files::make_folder(&building)?;
        let written = self
            .write_log(&manifest, &mut before, &building, clock, at)
            .await?;
        let destroyed_again = self.restore_keys(&manifest, &before, &written, &building)?;
        // From here on a kill leaves neither the old files nor the new ones: `is_cut_off` tells the next start.
        files::replace(&building.join(MOVING), b"")?;
        let aside = occupied.then(|| self.put_aside(clock)).transpose()?;
        for name in MADE {
            let new = building.join(name);
            if new.exists() {
                files::put(&new, &self.to.join(name))?;
            }
        }
        forget(&building)?;
        Ok(Restored {
            kept: written.kept,
            time: written.time,
            destroyed_again,
            erasures: written.orders.len(),
            unread: before.unread,
            keys: manifest.keys.is_some(),
            aside,
        })
    }

    fn lock(&self) -> Result<std::fs::File, BackupError> {
        SqliteStore::lock(self.to).map_err(|error| match error {
            events::store::sqlite::OpenError::InUse { path } => BackupError::Refused(format!(
                "{} is in use by another process; stop the service first",
                path.display()
            )),
            other @ (events::store::sqlite::OpenError::File { .. }
            | events::store::sqlite::OpenError::Format { .. }
            | events::store::sqlite::OpenError::Sqlite { .. }) => other.into(),
        })
    }

    /// Writes the log, and the orders to erase again behind it.
    async fn write_log(
        &self,
        manifest: &Manifest,
        before: &mut Before,
        building: &Path,
        clock: &dyn Clock,
        at: &watch::Sender<Position>,
    ) -> Result<Written, BackupError> {
        let store = SqliteStore::open(building, &SqliteOptions::default())?;
        let (mut chain, mut last, mut ended) = ("", None, false);
        let mut of_backup = OfBackup::default();
        for part in &manifest.chunks {
            let read = chunk::read(self.from, part, chain);
            if ended && read.is_err() {
                // What is left out may be damaged.
                before.unread.push(self.from.join(&part.file));
                break;
            }
            let lines = read?;
            chain = &part.sha256;
            let included = lines
                .iter()
                .take_while(|line| !ended && self.point.includes(line));
            let included = included.count();
            of_backup.see(&lines, included);
            for page in lines[..included].chunks(TOGETHER) {
                append(&store, page, &self.from.join(&part.file)).await?;
                last = page.last().map(|line| (line.position, line.time)).or(last);
                at.send_replace(last.map_or(Position::START, |(position, _)| position));
            }
            ended |= included < lines.len();
        }
        let (kept, time) = last.map_or((Position::START, None), |(position, time)| {
            (position, DateTime::from_timestamp_millis(time))
        });
        let begins = of_backup.begins;
        let orders = of_backup.missing(before, self.erasures);
        record(&store, clock, kept, orders.len()).await?;
        carrying::record(&store, clock, &orders).await?;
        store.close().await;
        Ok(Written {
            kept,
            time,
            begins,
            orders,
        })
    }

    /// Puts the copy of the keys there, and destroys again what was destroyed since.
    fn restore_keys(
        &self,
        manifest: &Manifest,
        before: &Before,
        written: &Written,
        building: &Path,
    ) -> Result<usize, BackupError> {
        let Some(copy) = &manifest.keys else { return Ok(0) };
        let (from, to) = (self.from.join(&copy.file), building.join("keys.db"));
        if keys::hash(&from)? != copy.sha256 {
            return Err(BackupError::Damaged {
                path: from,
                what: "its bytes are not those that were written".to_owned(),
            });
        }
        keys::copy(&from, &to)?;
        let repeated = before.destroy_again(self.to, written.begins, &to);
        Ok(repeated + carrying::destroy(&to, &written.orders)?)
    }

    /// Keeps what a restore had made that was cut off.
    fn put_building_aside(&self, clock: &dyn Clock) -> Result<(), BackupError> {
        let aside = self.to.join(format!("{}-cut-off", aside_name(clock)));
        let building = self.to.join(BUILDING);
        std::fs::rename(&building, &aside).map_err(files::failed("move aside", &building))?;
        files::sync_folder(self.to)
    }

    fn put_aside(&self, clock: &dyn Clock) -> Result<PathBuf, BackupError> {
        let aside = self.to.join(aside_name(clock));
        files::make_folder(&aside)?;
        for name in FILES {
            let (from, to) = (self.to.join(name), aside.join(name));
            if from.exists() {
                std::fs::rename(&from, &to).map_err(files::failed("move aside", &from))?;
            }
        }
        files::sync_folder(self.to)?;
        Ok(aside)
    }
}

/// A log that was written.
#[derive(Debug)]
struct Written {
    kept: Position,
    time: Option<DateTime<Utc>>,
    /// The event that it begins with.
    begins: Option<EventId>,
    /// What stands in it to be erased again.
    orders: Vec<(OrganizationId, ErasureOrdered)>,
}

fn aside_name(clock: &dyn Clock) -> String {
    format!("{ASIDE}{}", clock.now().format("%Y%m%dT%H%M%S%.3fZ"))
}

/// Whether a restore into this data folder was cut off while its files were put in place, so that neither what lay there nor
/// what was restored is whole.
pub fn is_cut_off(folder: &Path) -> bool {
    let building = folder.join(BUILDING);
    building.join(MOVING).exists() && MADE.iter().any(|name| building.join(name).exists())
}

/// Forgets a restore that was cut off, where an operator goes on without it.
pub fn forget_cut_off(folder: &Path) -> Result<(), BackupError> {
    forget(&folder.join(BUILDING))
}

async fn append(store: &SqliteStore, lines: &[Line], path: &Path) -> Result<(), BackupError> {
    let damaged = |what: String| BackupError::Damaged {
        path: path.to_owned(),
        what,
    };
    let mut appends = Vec::with_capacity(lines.len());
    for line in lines {
        let before = Version(line.version.0.saturating_sub(1));
        let (stream, event) = line.clone().event().map_err(damaged)?;
        appends.push(store.append(vec![StreamWrite {
            stream,
            expected: Expected::Exactly(before),
            events: vec![event],
        }]));
    }
    // Asked for in this order, so they are written in this order.
    for (line, appended) in lines.iter().zip(join_all(appends).await) {
        let appended = appended?;
        if appended
            .first()
            .is_none_or(|appended| appended.position != line.position)
        {
            return Err(damaged(format!(
                "the event at position {} stands in it twice",
                line.position
            )));
        }
    }
    Ok(())
}

/// The event that ends the restored log: that it was restored, its new id, and how many orders to erase again follow.
async fn record(
    store: &SqliteStore,
    clock: &dyn Clock,
    kept: Position,
    erasures: usize,
) -> Result<(), BackupError> {
    let mut lineage = lineage::read(store).await?;
    let mut events: Vec<LogEvent> = Vec::new();
    if lineage.log_id.is_none() {
        let (log_id, format) = (LogId::unique(), LOG_FORMAT);
        events.push(LogNamed { log_id, format }.into());
    }
    let restored = LogRestored {
        log_id: LogId::unique(),
        kept,
        by: "cli".to_owned(),
        erasures: erasures as u64,
    };
    events.push(restored.into());
    Ok(lineage::record(store, clock, &mut lineage, events).await?)
}

fn forget(folder: &Path) -> Result<(), BackupError> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(files::failed("remove", folder)(error))
        }
        _ => Ok(()),
    }
}
