//! `report delivery`: the funnel from accepted to answered, and how everything else stands and why.
//!
//! The numbers are those of one position in the log, which is printed with them; the same position gives the same
//! numbers to everybody. They come from the service's own read models when these have folded all that the log held
//! when the report began, and otherwise from a fold of the whole log into a temporary file. Neither disturbs a
//! running service.

use std::io::{self, BufWriter, Write as _};
use std::time::Duration;

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use clap::{Args, Subcommand, ValueEnum};
use events::{EventStore, OrganizationId, Position};
use projections::delivery_report::{DeliveryReport, ReportFilter};
use projections::{Projector, ReadModels};

use super::{moment, progress};
use crate::config::Config;

mod funnel;
mod reachability;
mod writing;

use super::scratch::Scratch;
use funnel::Summary;

/// How long a running service is given to fold what the log held when the report began.
const PATIENCE: u32 = 20;
/// How often it is asked.
const PAUSE: Duration = Duration::from_millis(50);

/// Print numbers.
#[derive(Debug, Args)]
pub(super) struct Report {
    #[command(subcommand)]
    command: ReportCommand,
}

#[derive(Debug, Subcommand)]
enum ReportCommand {
    /// What became of the notifications that Chronus asked for
    Delivery(Delivery),
    /// Whom the service can reach, and what to tell those it cannot
    Reachability(reachability::Reachability),
}

#[derive(Debug, Args)]
struct Delivery {
    /// Only this organization
    #[arg(long, value_name = "ID")]
    organization: Option<OrganizationId>,
    /// Only domain events of this type, such as `com.chronus.mentoring_request.sent`
    #[arg(long, value_name = "TYPE")]
    event_type: Option<String>,
    /// Only notifications accepted at this moment or later: 2026-03-01 or 2026-03-01T09:30:00Z
    #[arg(long, value_name = "TIME", value_parser = moment)]
    since: Option<DateTime<Utc>>,
    /// Only notifications accepted before this moment
    #[arg(long, value_name = "TIME", value_parser = moment)]
    until: Option<DateTime<Utc>>,
    /// Count the chat's own cards too: welcomes and answers to commands
    #[arg(long)]
    chat: bool,
    /// Fold the log from its start even where the service's read models would do
    #[arg(long)]
    fresh: bool,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Table,
    /// Comma-separated, with a heading
    Csv,
    /// One JSON object, with every count by organization, type and card
    Json,
}

impl Report {
    pub(super) fn run(self, config: &Config) -> anyhow::Result<()> {
        let delivery = match self.command {
            ReportCommand::Delivery(delivery) => delivery,
            ReportCommand::Reachability(reachability) => return reachability.run(config),
        };
        let (head, mut report) = super::block_on(delivery.compute(config))?;
        if !delivery.chat {
            report.lines.retain(|line| line.organization_id.is_some());
        }
        let summary = Summary::of(&report, head);
        let mut out = BufWriter::new(io::stdout().lock());
        match delivery.format {
            Format::Table => writing::table(&summary, &mut out)?,
            Format::Csv => writing::csv(&summary, &mut out)?,
            Format::Json => writing::json(&summary, &report, &mut out)?,
        }
        out.flush()?;
        Ok(())
    }
}

impl Delivery {
    fn filter(&self) -> ReportFilter {
        ReportFilter {
            organization_id: self.organization.clone(),
            event_type: self.event_type.clone(),
            card: None,
            from: self.since,
            until: self.until,
        }
    }

    /// The log's head when the report began, and the counts.
    async fn compute(&self, config: &Config) -> anyhow::Result<(Position, DeliveryReport)> {
        let store = super::open_log(config).await?;
        let head = *store.head().borrow();
        if !self.fresh
            && let Some(report) = self.read_models_report(config, head).await?
        {
            return Ok((head, report));
        }
        let report = self.log_report(config, &*store, head).await?;
        Ok((head, report))
    }

    /// From the service's own read models, where they have folded up to `head` or do so within a second.
    async fn read_models_report(
        &self,
        config: &Config,
        head: Position,
    ) -> anyhow::Result<Option<DeliveryReport>> {
        let (path, options) = (config.data.projections(), config.projection_options());
        let opened = tokio::task::spawn_blocking(move || ReadModels::open_read_only(path, &options)).await?;
        let Some(models) = opened else {
            return Ok(None);
        };
        for _ in 0..PATIENCE {
            let report = models.delivery_report(self.filter()).await?;
            if report.position >= head {
                self.demand_organization(config, &models).await?;
                return Ok(Some(report));
            }
            tokio::time::sleep(PAUSE).await;
        }
        Ok(None)
    }

    async fn log_report(
        &self,
        config: &Config,
        store: &dyn EventStore,
        head: Position,
    ) -> anyhow::Result<DeliveryReport> {
        let folder = Scratch::new().context("failed to make a temporary folder")?;
        let mut projector = Projector::open(folder.file("projections.db"), config.projection_options())?;
        let models = projector.read_models();
        progress::during(
            "folding the log",
            models.folded(),
            head,
            projector.catch_up(store),
        )
        .await?;
        self.demand_organization(config, &models).await?;
        Ok(models.delivery_report(self.filter()).await?)
    }

    async fn demand_organization(&self, config: &Config, models: &ReadModels) -> anyhow::Result<()> {
        match &self.organization {
            Some(organization) => super::models::demand_organization(config, models, organization).await,
            None => Ok(()),
        }
    }
}
