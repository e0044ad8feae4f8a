//! `migrate`: copies a log from the embedded store to a KurrentDB cluster, or home again, event by event in its order.
//!
//! It may be killed and started again at any time: what is already there is compared with the source by its ids, and
//! the rest follows. Some stored events name positions of the log (where a card's content stands, which answer was
//! handed over); they get the positions that those events have in the new log. At the end both logs are read and
//! compared, by counts and hashes per stream; the copy gets an id of its own and knows those of the source, so that marks
//! on the source's positions are understood and never looked up. Snapshots and read models are not copied: they are made from the log, and
//! the folder's read models are given up, since they speak of positions of the old one. What nodes of a cluster said
//! about their leases is left out: it says nothing to anybody else. The keys that open personal values stay in the data
//! folder.

use std::collections::VecDeque;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use clap::{Args, ValueEnum};
use events::store::kurrent::{Address, KurrentOptions, KurrentStore};
use events::store::sqlite::{SqliteOptions, SqliteStore};
use events::{EventStore, Expected, NewEvent, Position, Recorded, StreamKind, StreamWrite, Version};
use tokio::sync::watch;

use super::progress;
use crate::config::PROJECTIONS;

mod compare;
mod naming;
mod references;

use compare::{Digests, compare};
use references::{Interned, Places};

/// Events read at once.
const PAGE: usize = 2_000;
/// Events of one stream that stand together are appended together, up to this many.
const BATCH: usize = 200;
/// Bytes of payload appended together: servers before 25.1 take 1 MiB.
const BATCH_BYTES: usize = 512 << 10;

/// How long an append is tried again.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where a log may lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// The embedded store
    Sqlite,
    /// A cluster
    Kurrentdb,
}

/// Copy the event log from the embedded store to a KurrentDB cluster, or home again; the service must be stopped
#[derive(Debug, Args)]
pub(super) struct Migrate {
    /// What to copy from
    #[arg(long, value_enum, default_value = "sqlite")]
    from: Kind,
    /// What to copy to: the other one
    #[arg(long, value_enum, default_value = "kurrentdb")]
    to: Kind,
    /// The data folder: of the embedded store, and of the keys and read models that belong to the log
    #[arg(long, value_name = "FOLDER", default_value = "data")]
    data: PathBuf,
    /// The cluster, such as `kurrentdb://user:password@host:2113`
    #[arg(
        long,
        value_name = "URL",
        env = "CHRONUS_TEAMS_DATA__STORE",
        hide_env_values = true
    )]
    url: String,
    /// What the names of all streams begin with there
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        env = "CHRONUS_TEAMS_DATA__STREAM_PREFIX"
    )]
    prefix: String,
}

/// The two logs, and how far the copy is.
struct Copy<'a> {
    source: &'a dyn EventStore,
    target: &'a dyn EventStore,
    places: Places,
    types: Interned,
    at: watch::Sender<Position>,
}

impl Migrate {
    pub(super) fn run(self) -> anyhow::Result<()> {
        ensure!(
            self.from != self.to,
            "a log is copied from sqlite to kurrentdb, or with --from kurrentdb --to sqlite home again"
        );
        let home = self.to == Kind::Sqlite;
        super::log_warnings();
        super::block_on(async {
            if !home {
                // Opening for writing would make a log where there is none; and it takes the lock of a running service.
                drop(SqliteStore::open_read_only(&self.data)?);
            }
            let embedded = SqliteStore::open(&self.data, &SqliteOptions::default())?;
            let options = KurrentOptions {
                prefix: self.prefix.clone(),
                // Nobody waits for an answer here.
                patience: PATIENCE,
                ..KurrentOptions::default()
            };
            let cluster = KurrentStore::open(Address::parse(&self.url)?, options).await?;
            let done = if home {
                migrate(&cluster, &embedded, "kurrentdb").await
            } else {
                migrate(&embedded, &cluster, "sqlite").await
            };
            cluster.close().await;
            embedded.close().await;
            done?;
            projections::disown(&self.data.join(PROJECTIONS));
            writeln!(io::stdout().lock(), "{}", self.next_steps())?;
            Ok(())
        })
    }

    /// What is to be done now, for people.
    fn next_steps(&self) -> String {
        let folder = self.data.display();
        let ready = "The read models are built from the new log at the next start; GET /readyz answers 200 when that is \
                     done.";
        match self.to {
            Kind::Kurrentdb => {
                let prefix = match self.prefix.as_str() {
                    "" => String::new(),
                    prefix => format!(" and data.stream_prefix to {prefix:?}"),
                };
                format!(
                    "Next: set data.store to this cluster{prefix}, keep data.folder = {folder} (its keys.db opens what \
                     the log has sealed), and start the service. {ready} Keep events.db as a backup; nothing reads it \
                     any more."
                )
            }
            Kind::Sqlite => format!(
                "Next: take data.store and data.stream_prefix out of the configuration, set data.folder to {folder} \
                 (with the keys.db that the nodes used), and start one service. {ready}"
            ),
        }
    }
}

async fn migrate(source: &dyn EventStore, target: &dyn EventStore, from: &str) -> anyhow::Result<()> {
    let head = *source.head().borrow();
    let (at, told) = watch::channel(Position::START);
    let mut copy = Copy {
        source,
        target,
        places: Places::default(),
        types: Interned::default(),
        at,
    };
    let copied = progress::during("copying", told.clone(), head, copy.copy(head)).await?;
    copy.at.send_replace(Position::START);
    let (before, after) = progress::during("comparing", told, head, copy.digests(head)).await?;
    let streams = compare(&before, &after)?;
    naming::name(source, target, from, copied).await?;
    writeln!(
        io::stdout().lock(),
        "{} events of {streams} streams are in both logs and equal; {copied} were copied now",
        before.events()
    )?;
    Ok(())
}

/// Reads a log in pages, without what is true of one store alone: its leases, and what it says of itself.
struct Pages<'a> {
    store: &'a dyn EventStore,
    after: Position,
    until: Position,
}

impl<'a> Pages<'a> {
    fn new(store: &'a dyn EventStore, after: Position, until: Position) -> Self {
        Self { store, after, until }
    }

    /// The next events; none at the end.
    async fn next(&mut self) -> anyhow::Result<Vec<Recorded>> {
        while self.after < self.until {
            let mut page = self.store.read_log(self.after, PAGE).await?;
            let Some(last) = page.last() else { break };
            self.after = last.position;
            let until = self.until;
            page.retain(|event| event.position <= until && travels(event.stream.kind()));
            if !page.is_empty() {
                return Ok(page);
            }
        }
        Ok(Vec::new())
    }
}

impl Copy<'_> {
    /// Copies up to `head`; answers how many events were new in the target.
    async fn copy(&mut self, head: Position) -> anyhow::Result<u64> {
        let from = self.resume(head).await?;
        let mut pages = Pages::new(self.source, from, head);
        let mut copied = 0;
        loop {
            let page = pages.next().await?;
            if page.is_empty() {
                return Ok(copied);
            }
            let mut rest = page.as_slice();
            while !rest.is_empty() {
                let (run, after) = rest.split_at(run_length(rest));
                self.append(run).await?;
                copied += run.len() as u64;
                rest = after;
            }
        }
    }

    /// Compares what the target has with the beginning of the source; answers up to where the source is copied.
    async fn resume(&mut self, head: Position) -> anyhow::Result<Position> {
        let mut originals = Pages::new(self.source, Position::START, head);
        let mut copies = Pages::new(self.target, Position::START, Position(u64::MAX));
        let (mut waiting, mut from) = (VecDeque::new(), Position::START);
        loop {
            let page = copies.next().await?;
            if page.is_empty() {
                return Ok(from);
            }
            for copy in page {
                if waiting.is_empty() {
                    waiting.extend(originals.next().await?);
                }
                let original: Option<Recorded> = waiting.pop_front();
                let Some(original) = original.filter(|o| o.id == copy.id && o.stream == copy.stream) else {
                    bail!(
                        "the target holds an event at {} that is not the copy of this log's next one; copy into an \
                         empty store, or choose another --prefix",
                        copy.position
                    );
                };
                self.places.note(original.position, copy.position);
                from = original.position;
            }
            self.at.send_replace(from);
        }
    }

    /// Appends events that stand together in one stream.
    async fn append(&mut self, run: &[Recorded]) -> anyhow::Result<()> {
        let (Some(first), Some(last)) = (run.first(), run.last()) else {
            return Ok(());
        };
        let mut events = Vec::with_capacity(run.len());
        for event in run {
            events.push(NewEvent {
                id: event.id,
                event_type: self.types.get(&event.event_type),
                schema_version: event.schema_version,
                payload: self.places.translate(event)?.into_owned(),
                metadata: event.metadata,
            });
        }
        let write = StreamWrite {
            stream: first.stream.clone(),
            expected: Expected::Exactly(Version(first.version.0.saturating_sub(1))),
            events,
        };
        let appended = self.target.append(vec![write]).await.with_context(|| {
            format!(
                "failed to copy the events at {} to {}",
                first.position, last.position
            )
        })?;
        self.note(run, appended.first().map(|appended| appended.position))
            .await?;
        self.at.send_replace(last.position);
        Ok(())
    }

    /// Notes where the copies stand.
    async fn note(&mut self, run: &[Recorded], last: Option<Position>) -> anyhow::Result<()> {
        if let ([only], Some(position)) = (run, last) {
            self.places.note(only.position, position);
            return Ok(());
        }
        let Some(first) = run.first() else { return Ok(()) };
        let (stream, from) = (first.stream.clone(), first.version);
        let copies = self
            .target
            .read_stream(stream, from, events::Direction::Forwards, run.len())
            .await?;
        ensure!(
            copies.len() == run.len(),
            "what was just copied cannot be read back"
        );
        for (original, copy) in run.iter().zip(copies) {
            self.places.note(original.position, copy.position);
        }
        Ok(())
    }

    /// What either log holds, the source with the target's positions.
    async fn digests(&self, head: Position) -> anyhow::Result<(Digests, Digests)> {
        let (mut before, mut after) = (Digests::default(), Digests::default());
        let mut originals = Pages::new(self.source, Position::START, head);
        loop {
            let page = originals.next().await?;
            let Some(last) = page.last() else { break };
            for event in &page {
                before.add(event, &self.places.translate(event)?);
            }
            self.at.send_replace(last.position);
        }
        let mut copies = Pages::new(self.target, Position::START, Position(u64::MAX));
        loop {
            let page = copies.next().await?;
            if page.is_empty() {
                break;
            }
            for event in &page {
                after.add(event, &references::plain(event)?);
            }
        }
        Ok((before, after))
    }
}

fn travels(kind: StreamKind) -> bool {
    match kind {
        StreamKind::User | StreamKind::Organization | StreamKind::Tenant | StreamKind::Outbound => true,
        StreamKind::Lease | StreamKind::Log => false,
    }
}

/// How many events from the start belong to one stream and fit into one append.
fn run_length(events: &[Recorded]) -> usize {
    let Some(first) = events.first() else { return 0 };
    let mut bytes = 0;
    let fits = |event: &&Recorded| {
        bytes += event.payload.len();
        event.stream == first.stream && bytes <= BATCH_BYTES
    };
    // An event that is too large alone is for the server to refuse. A reference to an event of the same append could
    // not be translated; whatever names positions is appended alone.
    let run = events
        .iter()
        .take(BATCH)
        .take_while(fits)
        .take_while(|event| !references::has_any(event));
    run.count().max(1)
}
