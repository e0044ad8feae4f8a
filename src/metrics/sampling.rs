//! Looks at queues and ages now and then, keeps what it saw for the health page, and sets the gauges.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use actors::Directory;
use actors::delivery::Circuits;
use actors::partition::Ownership;
use chrono::{DateTime, Utc};
use events::store::Condition;
use events::{Clock, OrganizationId, Position};
use metrics::{counter, gauge};
use projections::backlog::Backlog;
use projections::{ReadModels, WorkList};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::Exporter;
use super::counting::{class_name, seconds};
use super::labels::Labels;

/// The files that are measured.
const FILES: [&str; 8] = [
    "events.db",
    "events.db-wal",
    "keys.db",
    "keys.db-wal",
    "projections.db",
    "projections.db-wal",
    "reports.db",
    "reports.db-wal",
];

/// What was seen at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sample {
    /// When.
    pub at: Option<DateTime<Utc>>,
    /// The log's last position.
    pub head: Position,
    /// What waits.
    pub backlog: Backlog,
    /// Actors in memory.
    pub actors: usize,
    /// Hosts that are waited for, since they do not answer.
    pub waited_for: Vec<String>,
}

/// See the module.
#[derive(Debug)]
pub struct Sampling {
    /// The log's head.
    pub head: watch::Receiver<Position>,
    /// Whether the store can be used.
    pub condition: watch::Receiver<Condition>,
    /// The data folder.
    pub folder: PathBuf,
    /// The read models.
    pub models: ReadModels,
    /// What is to be done.
    pub work: WorkList,
    /// The user actors.
    pub directory: Directory,
    /// Which hosts are waited for.
    pub circuits: Arc<Circuits>,
    /// How the work is shared out among nodes.
    pub ownership: Arc<dyn Ownership>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Tenants and organizations that have a label of their own.
    pub tenants: Arc<Labels>,
    /// How often to look.
    pub period: Duration,
    /// Where the newest sample is kept.
    pub newest: watch::Sender<Sample>,
    /// What keeps the metrics.
    pub exporter: Exporter,
}

impl Sampling {
    /// Looks until cancelled.
    pub async fn run(self, cancel: CancellationToken) {
        let mut ticks = tokio::time::interval(self.period);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        while cancel.run_until_cancelled(ticks.tick()).await.is_some() {
            match self.models.backlog().await {
                Ok(backlog) => self.keep(backlog),
                Err(error) => tracing::warn!(%error, "queues and ages could not be looked at"),
            }
            self.tell_sharing();
            self.tell_condition();
            self.tell_files().await;
            self.exporter.tidy();
        }
    }

    fn keep(&self, backlog: Backlog) {
        let sample = Sample {
            at: Some(self.clock.now()),
            head: *self.head.borrow(),
            backlog,
            actors: self.directory.running_count(),
            waited_for: self.circuits.not_closed(),
        };
        self.set_gauges(&sample);
        self.newest.send_replace(sample);
    }

    fn set_gauges(&self, sample: &Sample) {
        let now = sample.at.unwrap_or_default();
        let age = |since: Option<DateTime<Utc>>| since.map_or(0.0, |since| seconds(now - since));
        let backlog = &sample.backlog;
        // Tenants that share a label are added up before it is set.
        let mut groups: BTreeMap<_, (u64, Option<DateTime<Utc>>)> = BTreeMap::new();
        for waiting in &backlog.outbox {
            let label = (
                self.tenants.of(waiting.tenant_id.as_str()),
                class_name(waiting.class),
            );
            let (count, oldest) = groups.entry(label).or_default();
            *count += waiting.count;
            *oldest = [*oldest, waiting.oldest].into_iter().flatten().min();
        }
        for ((tenant, class), (count, oldest)) in groups {
            gauge!(super::QUEUE, "tenant" => tenant.clone(), "class" => class).set(count as f64);
            gauge!(super::QUEUE_AGE, "tenant" => tenant, "class" => class).set(age(oldest));
        }
        self.by_organization(super::UNRESOLVED, &backlog.unresolved);
        self.by_organization(super::RESPONSES_WAITING, &backlog.responses);
        // Of every organization that ever had an answer, so that one that is on again is set back.
        let on = backlog.responses.iter().map(|(id, _)| (id.clone(), 0));
        let off = backlog.webhooks_off.iter();
        let off = off.map(|webhook| (webhook.organization_id.clone(), 1));
        self.by_organization(super::WEBHOOKS_OFF, &on.chain(off).collect::<Vec<_>>());
        gauge!(super::OVERDUE_AGE).set(age(backlog.overdue_since(now)));
        gauge!(super::UNSETTLED_AGE).set(age(backlog.oldest_unsettled()));
        gauge!(super::UNRESOLVED_AGE).set(age(backlog.oldest_unresolved));
        gauge!(super::RESPONSES_AGE).set(age(backlog.oldest_response));
        gauge!(super::HEAD).set(sample.head.0 as f64);
        let behind = |known: watch::Receiver<Position>| sample.head.0.saturating_sub(known.borrow().0) as f64;
        gauge!(super::LAG).set(behind(self.models.folded()));
        gauge!(super::WORK_LAG).set(behind(self.work.folded()));
        gauge!(super::ACTORS).set(sample.actors as f64);
        gauge!(super::CIRCUITS).set(sample.waited_for.len() as f64);
    }

    fn tell_condition(&self) {
        let (away, gone) = match &*self.condition.borrow() {
            Condition::Usable => (0.0, 0.0),
            Condition::Away { since, .. } => (since.elapsed().as_secs_f64(), 0.0),
            Condition::WentBack { .. } => (0.0, 1.0),
        };
        gauge!(super::STORE_AWAY).set(away);
        gauge!(super::LOG_WENT_BACK).set(gone);
    }

    fn tell_sharing(&self) {
        let sharing = self.ownership.sharing();
        let partitions = [
            ("held", sharing.held.len()),
            ("draining", sharing.draining),
            ("free", sharing.free),
        ];
        for (state, count) in partitions {
            gauge!(super::PARTITIONS, "state" => state).set(count as f64);
        }
        gauge!(super::PEERS).set(sharing.peers.len() as f64);
        counter!(super::HANDED_OVER, "how" => "taken").absolute(sharing.taken);
        counter!(super::HANDED_OVER, "how" => "lost").absolute(sharing.lost);
        counter!(super::EXPIRED).absolute(sharing.expired);
    }

    async fn tell_files(&self) {
        let folder = self.folder.clone();
        let sizes = tokio::task::spawn_blocking(move || {
            let sizes = FILES.map(|name| std::fs::metadata(folder.join(name)).map_or(0, |file| file.len()));
            FILES.into_iter().zip(sizes)
        });
        for (name, bytes) in sizes.await.into_iter().flatten() {
            gauge!(super::FILE_BYTES, "file" => name).set(bytes as f64);
        }
    }

    fn by_organization(&self, name: &'static str, counts: &[(OrganizationId, u64)]) {
        let mut groups: BTreeMap<String, u64> = BTreeMap::new();
        for (organization, count) in counts {
            *groups.entry(self.tenants.of(organization.as_str())).or_default() += count;
        }
        for (organization, count) in groups {
            gauge!(name, "organization" => organization).set(count as f64);
        }
    }
}
