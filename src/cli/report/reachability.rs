//! `report reachability`: how many members of an organization the service can reach, why not the others, and what
//! an administrator can tell them. With `--list` every person of the tenant, by Teams id.

use std::io::{self, BufWriter, Write as _};

use chrono::SecondsFormat;
use clap::{Args, ValueEnum};
use events::{Clock as _, OrganizationId, SystemClock, UserKey};
use projections::ReadModels;
use projections::reachability::{Preflight, Reach, Reached};
use serde_json::json;

use crate::chronus::advice::advice;
use crate::cli::models;
use crate::config::Config;

/// People read at a time.
const PAGE: usize = 1_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Table,
    /// Comma-separated, with a heading
    Csv,
    /// One JSON object; with --list one a line
    Json,
}

#[derive(Debug, Args)]
pub(super) struct Reachability {
    /// The organization's id, as in the configuration
    #[arg(long, value_name = "ID")]
    organization: OrganizationId,
    /// Print every person of the tenant instead of counts
    #[arg(long)]
    list: bool,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

impl Reachability {
    pub(super) fn run(self, config: &Config) -> anyhow::Result<()> {
        crate::cli::block_on(async {
            let models = models::open(config).await?;
            models::demand_organization(config, &models.models, &self.organization).await?;
            let mut out = BufWriter::new(io::stdout().lock());
            if self.list {
                self.people(&models.models, &mut out).await?;
            } else {
                let counted = models
                    .models
                    .preflight(self.organization.clone(), None, SystemClock.now())
                    .await?;
                self.counts(&counted, &mut out)?;
            }
            out.flush()?;
            Ok(())
        })
    }

    fn counts(&self, counted: &Preflight, out: &mut impl io::Write) -> anyhow::Result<()> {
        let lines = counted.counts.iter();
        match self.format {
            Format::Table => {
                writeln!(out, "position {}\n", counted.position)?;
                for (reach, count) in lines {
                    writeln!(out, "{:<18} {count:>8}", reach.as_str())?;
                }
                writeln!(out)?;
                for (reach, _) in counted.counts.iter().filter(|(_, count)| **count > 0) {
                    if let Some(advice) = advice(*reach) {
                        writeln!(out, "{}: {advice}", reach.as_str())?;
                    }
                }
            }
            Format::Csv => {
                writeln!(out, "organization,position,state,count")?;
                for (reach, count) in lines {
                    writeln!(
                        out,
                        "{},{},{},{count}",
                        self.organization,
                        counted.position,
                        reach.as_str()
                    )?;
                }
            }
            Format::Json => {
                let states: serde_json::Map<_, _> = lines
                    .map(|(reach, count)| (reach.as_str().to_owned(), json!(count)))
                    .collect();
                let report = json!({
                    "organization": self.organization, "position": counted.position, "states": states,
                });
                writeln!(out, "{report}")?;
            }
        }
        Ok(())
    }

    async fn people(&self, models: &ReadModels, out: &mut impl io::Write) -> anyhow::Result<()> {
        let mut after: Option<UserKey> = None;
        if self.format == Format::Csv {
            writeln!(out, "tenant,aad_object_id,member,state,evidence,since")?;
        }
        loop {
            let page = models
                .reached(self.organization.clone(), None, after, SystemClock.now(), PAGE)
                .await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(last.user.clone());
            for person in &page {
                self.person(person, out)?;
            }
        }
    }

    fn person(&self, person: &Reached, out: &mut impl io::Write) -> anyhow::Result<()> {
        let since = person
            .since
            .map(|at| at.to_rfc3339_opts(SecondsFormat::Secs, true))
            .unwrap_or_default();
        let member = person
            .member_id
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default();
        let evidence = person.evidence.as_deref().unwrap_or_default();
        let (tenant, id) = (&person.user.tenant_id, &person.user.aad_object_id);
        let state: Reach = person.reach;
        match self.format {
            Format::Table => writeln!(
                out,
                "{id}  {:<18} {since:<20}  {evidence:<28}  {member}",
                state.as_str()
            )?,
            Format::Csv => writeln!(
                out,
                "{tenant},{id},{member},{},{evidence},{since}",
                state.as_str()
            )?,
            Format::Json => {
                let line = json!({
                    "tenant_id": tenant, "aad_object_id": id, "member_id": person.member_id,
                    "state": state.as_str(), "evidence": person.evidence, "since": person.since,
                    "advice": advice(state),
                });
                writeln!(out, "{line}")?;
            }
        }
        Ok(())
    }
}
