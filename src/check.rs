//! Does what a service keeps agree with itself? Four questions, each answered from the log: is the log dense and its
//! index true, does every event decode and obey the laws of its kind ([`laws`]), are kept snapshots the fold of their
//! stream, and are the read models the fold of the log. Reads only, also beside a running service; repairs nothing.
//!
//! The embedded log is looked at in its file too; a cluster is asked stream by stream (`streams`).

use std::path::Path;

use actors::user::state::{SNAPSHOT_SCHEMA, UserState};
use anyhow::Context as _;
use events::sealing::sqlite::Masters;
use events::store::sqlite::SqliteStore;
use events::store::sqlite::check::{audit, check as check_file, integrity, snapshot_streams};
use events::{
    Direction, Event, EventStore, OutboundEvent, Position, ReadError, StreamId, StreamKind, UserEvent,
    Version,
};
use projections::ProjectorError;
use projections::comparison::{Comparison, compare};
use serde::Serialize;
use tokio::sync::watch;

mod chain;
mod derived;
mod keys;
mod late;
pub mod laws;
mod streams;

use chain::Chains;
use keys::Keys;
use late::Late;
use laws::Laws;
use streams::Streams;

/// Events read at a time.
const BATCH: usize = 2_000;
/// Faults told apart; a folder that is damaged all over need not fill the memory with words.
pub const FAULTS: usize = 100;

/// Something that does not agree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// Which part of the check found it.
    pub part: Part,
    /// The event at which it shows, where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<Position>,
    /// What does not agree, in words without personal content.
    pub what: String,
}

/// The parts of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Positions, versions, the chain through each stream, and the index over them.
    Log,
    /// Whether each event can be read.
    Decoding,
    /// Whether the keys are there that the log was written with, and open what they sealed.
    Keys,
    /// What must hold between events.
    Laws,
    /// Whether a stored byte changed since.
    Audit,
    /// Kept folds of single streams.
    Snapshots,
    /// The read models.
    ReadModels,
}

impl Part {
    /// The name in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Log => "log",
            Self::Decoding => "decoding",
            Self::Keys => "keys",
            Self::Laws => "laws",
            Self::Audit => "audit",
            Self::Snapshots => "snapshots",
            Self::ReadModels => "read models",
        }
    }
}

/// What a check found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// Whether nothing was found.
    pub sound: bool,
    /// The position up to which the log was read.
    pub position: Position,
    /// Events read.
    pub events: u64,
    /// Streams they stand in.
    pub streams: u64,
    /// Notifications whose laws were checked.
    pub notifications: u64,
    /// Snapshots compared with the fold of their stream.
    pub snapshots: u64,
    /// Sealed values that were opened, a sample of all.
    pub opened: u64,
    /// The position at which the read models were compared; absent where there are none to compare.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_models: Option<Position>,
    /// Up to where every event was held against its hash, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audited: Option<Position>,
    /// What does not agree.
    pub faults: Vec<Fault>,
}

impl Verdict {
    fn fault(&mut self, part: Part, position: Option<Position>, what: String) {
        if self.faults.len() < FAULTS {
            self.faults.push(Fault { part, position, what });
        }
    }
}

/// What to look at, and what the read models were made with.
#[derive(Debug)]
pub struct Check<'a> {
    /// The folder with the log's file, where the store is the embedded one.
    pub file: Option<&'a Path>,
    /// The read models' file.
    pub read_models: &'a Path,
    /// Whether every event is held against the hash that was made of it.
    pub audit: bool,
    /// The key table's file, where it is a file.
    pub keys: Option<&'a Path>,
    /// The master keys that these may lie under.
    pub masters: Masters,
    /// How the read models are made.
    pub options: projections::Options,
    /// Where the read models are folded anew; must not exist.
    pub scratch: &'a Path,
}

impl Check<'_> {
    /// Checks. `at` is told which step is under way, how far it is, and where it ends.
    pub async fn run(
        &self,
        store: &dyn EventStore,
        at: &watch::Sender<(&'static str, Position, Position)>,
    ) -> anyhow::Result<Verdict> {
        let mut verdict = Verdict::default();
        if let Some(folder) = self.file {
            let folder = folder.to_owned();
            let report = tokio::task::spawn_blocking(move || check_file(&folder))
                .await?
                .context("failed to read the log's file events.db")?;
            verdict.streams = report.streams;
            for fault in report.faults {
                verdict.fault(Part::Log, None, fault);
            }
        }
        if let (true, Some(folder)) = (self.audit, self.file) {
            let folder = folder.to_owned();
            let found = tokio::task::spawn_blocking(move || audit(&folder)).await?;
            let found = found.context("failed to read the log's hashes in events.db")?;
            verdict.audited = Some(Position(found.hashed_to));
            for (position, what) in found.faults {
                verdict.fault(Part::Audit, Some(Position(position)), what);
            }
        }
        match self.read_through(store, at, &mut verdict).await {
            // A file that is damaged so that it cannot be read on is not sound; what was found before is told too.
            Err(error) if self.file.is_some() && is_unreadable(&error) => {
                let what = format!("cannot be read on, so that the rest was not looked at: {error:#}");
                verdict.fault(Part::Log, None, what);
            }
            read => read?,
        }
        verdict.sound = verdict.faults.is_empty();
        Ok(verdict)
    }

    /// Everything for which the log is read.
    async fn read_through(
        &self,
        store: &dyn EventStore,
        at: &watch::Sender<(&'static str, Position, Position)>,
        verdict: &mut Verdict,
    ) -> anyhow::Result<()> {
        let mut keys = Keys::open(self.keys, &self.masters, verdict);
        let streams = self.read(store, at, &mut keys, verdict).await?;
        keys.close(store, verdict).await?;
        if let Some(table) = self.keys {
            let table = table.to_owned();
            let mut looked = std::mem::take(verdict);
            *verdict = tokio::task::spawn_blocking(move || {
                keys::put_aside(&table, &mut looked);
                looked
            })
            .await?;
        }
        let snapshots = match (self.file, &streams) {
            (Some(folder), _) => names_in(folder).await?,
            (None, Some(streams)) => {
                verdict.streams = streams.count();
                for fault in streams.compare(store).await? {
                    verdict.fault(Part::Log, None, fault);
                }
                let people = streams.names().filter(|name| name.kind() == StreamKind::User);
                people.cloned().collect()
            }
            (None, None) => Vec::new(),
        };
        self.snapshots(store, snapshots, verdict).await?;
        self.compare(store, at, verdict).await
    }

    /// Reads the log; answers its streams where no file tells of them.
    async fn read(
        &self,
        store: &dyn EventStore,
        at: &watch::Sender<(&'static str, Position, Position)>,
        keys: &mut Keys,
        verdict: &mut Verdict,
    ) -> anyhow::Result<Option<Streams>> {
        let head = *store.head().borrow();
        let mut laws = Laws::default();
        let mut chains = Chains::default();
        let mut late = Late::default();
        let mut streams = self.file.is_none().then(Streams::default);
        loop {
            let events = store.read_log(verdict.position, BATCH).await?;
            let Some(last) = events.last().map(|event| event.position.min(head)) else {
                break;
            };
            for event in events.iter().filter(|event| event.position <= head) {
                verdict.events += 1;
                if let Some(fault) = streams.as_mut().and_then(|streams| streams.see(event)) {
                    verdict.fault(Part::Log, Some(event.position), fault);
                }
                keys.see(event, verdict);
                match event.decode_any() {
                    Ok(decoded) => {
                        laws.see(event, &decoded);
                        keys.late(event, &late.see(event, &decoded), verdict);
                        if let Event::Outbound(OutboundEvent::ErasureCertified(said)) = &decoded {
                            keys.certified(event, said, verdict);
                        }
                        if let Some(fault) = chains.see(event, &decoded) {
                            verdict.fault(Part::Audit, Some(event.position), fault);
                        }
                        if let Some(fault) = derived::fault(event, &decoded) {
                            verdict.fault(Part::Laws, Some(event.position), fault);
                        }
                    }
                    Err(error) => {
                        verdict.fault(Part::Decoding, Some(event.position), error.to_string());
                    }
                }
            }
            verdict.position = last;
            at.send_replace(("reading the log", last, head));
            if last >= head {
                break;
            }
        }
        verdict.notifications = laws.notifications();
        for (position, what) in laws.into_faults() {
            verdict.fault(Part::Laws, Some(position), what);
        }
        Ok(streams)
    }

    async fn snapshots(
        &self,
        store: &dyn EventStore,
        streams: Vec<StreamId>,
        verdict: &mut Verdict,
    ) -> anyhow::Result<()> {
        for stream in streams {
            let Some(kept) = store.load_snapshot(stream.clone()).await? else {
                continue;
            };
            // One of another release is ignored by the service too.
            if kept.schema != SNAPSHOT_SCHEMA {
                continue;
            }
            verdict.snapshots += 1;
            let fold = self.fold_now(store, &stream, kept.version).await?;
            let same = serde_json::from_slice::<UserState>(&kept.state).is_ok_and(|kept| Some(kept) == fold);
            if !same {
                let what = format!(
                    "the snapshot of {stream} at version {} is not the fold of its events",
                    kept.version
                );
                verdict.fault(Part::Snapshots, None, what);
            }
        }
        Ok(())
    }

    /// The fold of a stream up to a version. Beside a running service a snapshot may be newer than the moment at which the
    /// log was opened here; then the log is opened again.
    async fn fold_now(
        &self,
        store: &dyn EventStore,
        stream: &StreamId,
        to: Version,
    ) -> anyhow::Result<Option<UserState>> {
        let folded = fold(store, stream, to).await?;
        match (folded, self.file) {
            (None, Some(folder)) => {
                let folder = folder.to_owned();
                let newer = tokio::task::spawn_blocking(move || SqliteStore::open_read_only(&folder)).await?;
                fold(&newer.context("failed to open the log again")?, stream, to).await
            }
            (folded, _) => Ok(folded),
        }
    }

    async fn compare(
        &self,
        store: &dyn EventStore,
        at: &watch::Sender<(&'static str, Position, Position)>,
        verdict: &mut Verdict,
    ) -> anyhow::Result<()> {
        if self.read_models.exists() {
            let path = self.read_models.to_owned();
            let found = tokio::task::spawn_blocking(move || integrity(&path)).await?;
            for fault in found.unwrap_or_else(|error| vec![error.to_string()]) {
                let what = format!("SQLite finds projections.db damaged: {fault}; `rebuild` makes it anew");
                verdict.fault(Part::ReadModels, None, what);
            }
            if verdict.faults.iter().any(|fault| fault.part == Part::ReadModels) {
                return Ok(());
            }
        }
        let forward = |mut folded: watch::Receiver<Position>, head: Position| {
            let at = at.clone();
            tokio::spawn(async move {
                while folded.changed().await.is_ok() {
                    at.send_replace(("folding the read models anew", *folded.borrow(), head));
                }
            });
        };
        let compared = compare(self.read_models, self.scratch, &self.options, store, forward).await;
        let compared = match compared {
            // What cannot be read was told above; behind it there is nothing to compare.
            Err(ProjectorError::Fold(error)) if error.position().is_some() => return Ok(()),
            compared => compared?,
        };
        if let Comparison::Compared {
            position,
            differences,
        } = compared
        {
            verdict.read_models = Some(position);
            for found in differences {
                let what = format!(
                    "table {}: {} rows are kept that the log does not give, {} are missing; `rebuild` makes them anew",
                    found.table, found.unexpected, found.missing
                );
                verdict.fault(Part::ReadModels, Some(position), what);
            }
        }
        Ok(())
    }
}

fn is_unreadable(error: &anyhow::Error) -> bool {
    let mut causes = error.chain();
    causes.any(|cause| cause.downcast_ref::<ReadError>().is_some())
}

/// The streams that the file keeps a snapshot of.
async fn names_in(folder: &Path) -> anyhow::Result<Vec<StreamId>> {
    let folder = folder.to_owned();
    let names = tokio::task::spawn_blocking(move || snapshot_streams(&folder))
        .await?
        .context("failed to list the snapshots")?;
    let streams = names.iter().map(|name| StreamId::parse(name));
    Ok(streams.collect::<Result<_, _>>()?)
}

/// A stream's state at a version; `None` where an event of it cannot be read.
async fn fold(store: &dyn EventStore, stream: &StreamId, to: Version) -> anyhow::Result<Option<UserState>> {
    let (mut state, mut version) = (UserState::default(), Version::NONE);
    while version < to {
        let left = usize::try_from(to.0 - version.0).unwrap_or(BATCH).min(BATCH);
        let page = store
            .read_stream(stream.clone(), version.plus(1), Direction::Forwards, left)
            .await?;
        for recorded in &page {
            let Ok(event) = recorded.decode::<UserEvent>() else {
                return Ok(None);
            };
            state.apply(&event, &recorded.metadata);
            version = recorded.version;
        }
        if page.is_empty() {
            return Ok(None);
        }
    }
    Ok(Some(state))
}
