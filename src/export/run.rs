//! One export: the log read once through, its new part written.

use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, Datelike as _, Utc};
use events::{Event, EventStore, OrganizationId, Position, Recorded, TenantEvent, TenantId};
use projections::metrics::catalogue;
use projections::metrics::fold::Fold;
use tokio::sync::watch;

use super::columns::Rows;
use super::folder::{ExportError, Folder, Manifest};
use super::tables::{self, CHANGES, EVENTS};

/// Events read at a time.
const BATCH: usize = 2_000;
/// Events in one file, at most; with their changes they are what an export holds in memory beside the cards it knows.
const IN_A_FILE: usize = 50_000;
/// How often a log that is followed is looked at.
const LOOK: Duration = Duration::from_secs(2);

/// What is exported.
#[derive(Debug, Clone)]
pub struct Export {
    /// Where to.
    pub folder: PathBuf,
    /// Of this organization alone.
    pub organization: Option<OrganizationId>,
    /// Where the last one ended.
    pub goes_on: bool,
    /// What is recorded from now on too, until it is stopped.
    pub follow: bool,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exported {
    /// Events written.
    pub events: u64,
    /// Changes written.
    pub changes: u64,
    /// Bytes of the files.
    pub bytes: u64,
    /// Up to where the folder holds everything now.
    pub position: Position,
}

/// What was read and is not in a file yet: all of one month.
#[derive(Debug)]
struct Pending {
    month: DateTime<Utc>,
    first: Position,
    last: Position,
    read: usize,
    events: Rows,
    changes: Rows,
}

#[derive(Debug)]
struct Running<'e> {
    export: &'e Export,
    folder: Folder,
    fold: Fold,
    tenants: Vec<TenantId>,
    pending: Option<Pending>,
    done: Exported,
}

impl Export {
    /// Exports what the log holds now, and what follows where that is asked for. `at` is told how far it is.
    pub async fn run(
        &self,
        store: &dyn EventStore,
        at: &watch::Sender<Position>,
    ) -> Result<Exported, ExportError> {
        let lineage = events::lineage::read(store).await;
        let lineage = lineage.map_err(|error| ExportError::Lineage(Box::new(error)))?;
        let manifest = Manifest::new(lineage.log_id, self.organization.clone());
        let folder = Folder::open(&self.folder, manifest, self.goes_on)?;
        let done = Exported {
            events: 0,
            changes: 0,
            bytes: 0,
            position: folder.manifest.position,
        };
        let mut running = Running {
            export: self,
            folder,
            fold: Fold::of_every_report().ok_or(ExportError::NoReports)?,
            tenants: Vec::new(),
            pending: None,
            done,
        };
        let (mut after, mut head) = (Position::START, *store.head().borrow());
        loop {
            // Cards that began before have to be known, so the log is read from its beginning in any case.
            while after < head {
                let page = store.read_log(after, BATCH).await?;
                let Some(last) = page.last() else { break };
                after = last.position;
                for event in page.iter().filter(|event| self.follow || event.position <= head) {
                    running.take(event)?;
                }
                at.send_replace(after);
            }
            running.flush()?;
            if !self.follow {
                return Ok(running.done);
            }
            tokio::time::sleep(LOOK).await;
            head = head.max(
                store
                    .read_log(after, 1)
                    .await?
                    .last()
                    .map_or(head, |one| one.position),
            );
        }
    }
}

impl Running<'_> {
    fn take(&mut self, event: &Recorded) -> Result<(), ExportError> {
        let position = event.position;
        let unreadable = |source| ExportError::Unreadable { position, source };
        self.learn(event).map_err(unreadable)?;
        self.fold.see(event).map_err(unreadable)?;
        if position <= self.folder.manifest.position {
            self.fold.forget_changes();
            return Ok(());
        }
        let month = month_of(event.metadata.time);
        let full = |pending: &Pending| pending.month != month || pending.read >= IN_A_FILE;
        if self.pending.as_ref().is_some_and(full) {
            self.flush()?;
        }
        let pending = self.pending.get_or_insert_with(|| Pending {
            month,
            first: position,
            last: position,
            read: 0,
            events: Rows::new(EVENTS.columns),
            changes: Rows::new(CHANGES.columns),
        });
        (pending.last, pending.read) = (position, pending.read + 1);
        let wanted = self.export.organization.as_ref();
        if tables::is_of(event, wanted, &self.tenants)
            && let Some(row) =
                tables::event(event).map_err(|source| ExportError::Json { position, source })?
        {
            pending.events.add(row);
        }
        for definition in catalogue::ALL {
            let Some(ledger) = self.fold.ledger_of(definition) else {
                continue;
            };
            for change in ledger.changes() {
                if wanted.is_none_or(|one| change.row.organization.as_ref() == Some(one)) {
                    let cell = ledger.cell(change.cell);
                    pending
                        .changes
                        .add(tables::change(definition, cell, change, event));
                }
            }
        }
        self.fold.forget_changes();
        Ok(())
    }

    /// Whose the tenants are.
    fn learn(&mut self, event: &Recorded) -> Result<(), events::DecodeError> {
        let Some(wanted) = &self.export.organization else {
            return Ok(());
        };
        if let Some(tenant) = event.stream.tenant_id()
            && let Event::Tenant(TenantEvent::OrganizationLinked(e)) = event.decode_any()?
        {
            self.tenants.retain(|one| *one != tenant);
            if e.organization_id == *wanted {
                self.tenants.push(tenant);
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), ExportError> {
        let Some(pending) = self.pending.take() else {
            return Ok(());
        };
        let places = (pending.first, pending.last);
        self.folder.add(&EVENTS, pending.month, places, &pending.events)?;
        self.folder
            .add(&CHANGES, pending.month, places, &pending.changes)?;
        self.folder.reached(pending.last)?;
        self.done.events += pending.events.len() as u64;
        self.done.changes += pending.changes.len() as u64;
        (self.done.bytes, self.done.position) = (self.folder.bytes, pending.last);
        Ok(())
    }
}

fn month_of(time: DateTime<Utc>) -> DateTime<Utc> {
    let first = time.date_naive().with_day(1).unwrap_or(time.date_naive());
    first.and_time(chrono::NaiveTime::MIN).and_utc()
}
