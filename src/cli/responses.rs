//! `responses`: answers that Chronus did not take, handing them over again, and the switch of an organization's webhook.
//!
//! `given-up` and `webhook` only read and work beside a running service. What changes something writes the log itself and
//! so needs the service stopped; while it runs, `POST /v1/responses/replay`, `/v1/webhook/enable` and `/disable` do the
//! same.

use std::io::{self, BufWriter, Write as _};
use std::sync::Arc;

use actors::responder::Operator;
use anyhow::Context as _;
use chrono::{DateTime, SecondsFormat, Utc};
use clap::{Args, Subcommand, ValueEnum};
use events::{EventId, OrganizationId, Position, SystemClock};
use projections::ReadModels;
use projections::responses::{ResponseFilter, ResponseKind};
use uuid::Uuid;

use super::{acts, models, moment};
use crate::audit;
use crate::chronus::response_replay::{ResponseReplayer, WhichResponses};
use crate::config::Config;
use crate::told;

/// Answers read at a time.
const PAGE: usize = 500;
/// What to do while the service runs.
const STOP_FIRST: &str =
    "stop the service first, or use POST /v1/responses/replay, /v1/webhook/enable or /disable while it runs";

/// Show answers that Chronus did not take, hand them over again, and switch its webhook.
#[derive(Debug, Args)]
pub(super) struct Responses {
    #[command(subcommand)]
    command: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Print answers that were given up, in the order of the feed
    #[command(visible_alias = "list")]
    GivenUp {
        #[command(flatten)]
        of: Of,
        #[command(flatten)]
        which: Filter,
        /// One JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Hand answers over again; the service must be stopped
    Replay {
        #[command(flatten)]
        of: Of,
        #[command(flatten)]
        which: Filter,
        /// Only this answer, by the id of its CloudEvent; give it again for more
        #[arg(long = "id", value_name = "ANSWER")]
        ids: Vec<EventId>,
        /// Every answer that was given up
        #[arg(long, conflicts_with = "ids")]
        all: bool,
        /// Not only answers that were given up, but also those that were taken or left to the feed
        #[arg(long, conflicts_with = "ids")]
        taken_too: bool,
        /// The replay's id: the same one again has no second effect. A new one if not given
        #[arg(long, value_name = "UUID")]
        replay_id: Option<Uuid>,
    },
    /// Print how the organization's receiver of answers stands
    Webhook(Of),
    /// Post answers to the organization's webhook again; the service must be stopped
    Enable(Of),
    /// Post nothing more to the organization's webhook; the service must be stopped
    Disable(Of),
}

#[derive(Debug, Args)]
struct Of {
    /// The organization's id, as in the configuration
    #[arg(long, value_name = "ID")]
    organization: OrganizationId,
}

#[derive(Debug, Args)]
struct Filter {
    /// Only those with this reason, such as `status_500` or timeout
    #[arg(long)]
    reason: Option<String>,
    /// Only those of this kind
    #[arg(long, value_enum)]
    kind: Option<Kind>,
    /// Only those given at this moment or later: 2026-03-01 or 2026-03-01T09:30:00Z
    #[arg(long, value_name = "TIME", value_parser = moment)]
    since: Option<DateTime<Utc>>,
    /// Only those given before this moment
    #[arg(long, value_name = "TIME", value_parser = moment)]
    until: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// What a person answered
    Answer,
    /// A card will certainly not arrive
    Undeliverable,
    /// A card does not arrive as things stand
    Unreached,
    /// A card arrived
    Delivered,
    /// A card was seen
    Seen,
}

impl Filter {
    fn filter(&self, taken_too: bool) -> ResponseFilter {
        ResponseFilter {
            taken_too,
            reason: self.reason.clone(),
            kind: self.kind.map(|kind| match kind {
                Kind::Answer => ResponseKind::Answer,
                Kind::Undeliverable => ResponseKind::Undeliverable,
                Kind::Unreached => ResponseKind::Unreached,
                Kind::Delivered => ResponseKind::Delivered,
                Kind::Seen => ResponseKind::Seen,
            }),
            since: self.since,
            until: self.until,
        }
    }
}

impl Responses {
    pub(super) fn run(self, config: &Config) -> anyhow::Result<()> {
        super::block_on(async {
            match self.command {
                What::GivenUp { of, which, json } => {
                    list(config, of.organization, &which.filter(false), json).await
                }
                What::Replay {
                    of,
                    which,
                    ids,
                    all,
                    taken_too,
                    replay_id,
                } => {
                    let which = asked_for(&which.filter(taken_too), ids, all)?;
                    replay(config, of.organization, which, replay_id).await
                }
                What::Webhook(of) => show(config, of.organization).await,
                What::Enable(of) => switch(config, of.organization, true).await,
                What::Disable(of) => switch(config, of.organization, false).await,
            }
        })
    }
}

fn asked_for(filter: &ResponseFilter, ids: Vec<EventId>, all: bool) -> anyhow::Result<WhichResponses> {
    let narrowed = *filter != ResponseFilter::default();
    anyhow::ensure!(
        all || narrowed || !ids.is_empty(),
        "say which: --id, --since, --reason, --kind, or --all"
    );
    anyhow::ensure!(
        ids.is_empty() || !narrowed,
        "give either --id or a filter, not both"
    );
    Ok(if ids.is_empty() {
        WhichResponses::Filtered(filter.clone())
    } else {
        WhichResponses::Named(ids)
    })
}

async fn list(
    config: &Config,
    organization: OrganizationId,
    filter: &ResponseFilter,
    as_json: bool,
) -> anyhow::Result<()> {
    let models = models::open(config).await?;
    known(&models.models, &organization).await?;
    let mut out = BufWriter::new(io::stdout().lock());
    let mut after = Position::START;
    loop {
        let page = models
            .models
            .responses_settled(organization.clone(), filter.clone(), after, PAGE)
            .await?;
        let Some(last) = page.last() else { break };
        after = last.position;
        for response in &page {
            let told = told::answer(response);
            if as_json {
                writeln!(out, "{told}")?;
            } else {
                let time = response.answered_at.to_rfc3339_opts(SecondsFormat::Secs, true);
                let kind = told["kind"].as_str().unwrap_or_default();
                let reason = response.reason.as_deref().unwrap_or("-");
                let (id, attempts) = (response.id, response.attempts);
                writeln!(out, "{time}  {id}  {kind:<13}  {reason:<16}  {attempts:>3}")?;
            }
        }
    }
    out.flush()?;
    Ok(())
}

async fn show(config: &Config, organization: OrganizationId) -> anyhow::Result<()> {
    let models = models::open(config).await?;
    known(&models.models, &organization).await?;
    let webhook = models.models.webhook(organization.clone()).await?;
    let known = config.organizations.iter().find(|known| known.id == organization);
    let is_configured = known.is_some_and(|known| known.webhook.is_some());
    let told = told::standing(&organization, is_configured, webhook.as_ref());
    writeln!(io::stdout().lock(), "{told}")?;
    Ok(())
}

/// A name that no organization has is a slip, and not one without answers.
async fn known(models: &ReadModels, organization: &OrganizationId) -> anyhow::Result<()> {
    let tenant = models.tenant_of(organization.clone()).await?;
    tenant.map(drop).with_context(|| {
        format!("the log knows no organization {organization}; `tenant list` prints those there are")
    })
}

async fn replay(
    config: &Config,
    organization: OrganizationId,
    which: WhichResponses,
    replay_id: Option<Uuid>,
) -> anyhow::Result<()> {
    #[expect(
        clippy::disallowed_methods,
        reason = "a replay that nobody named gets a name here, once"
    )]
    let id = replay_id.unwrap_or_else(Uuid::new_v4);
    let (store, models) = models::open_for_change(config, STOP_FIRST).await?;
    known(&models, &organization).await?;
    let about = Some(format!("replay/{id}"));
    let recorded = acts::about_to(&*store, Some(&organization), audit::acts::RESPONSES, about, None).await;
    if let Err(error) = recorded {
        store.close().await;
        return Err(error);
    }
    let replayer = ResponseReplayer {
        models,
        store: Arc::clone(&store),
        clock: Arc::new(SystemClock),
    };
    let done = replayer.replay(&organization, which, id, "cli").await;
    store.close().await;
    let answer = serde_json::json!({ "replay_id": id, "replayed": done? });
    writeln!(io::stdout().lock(), "{answer}")?;
    Ok(())
}

async fn switch(config: &Config, organization: OrganizationId, on: bool) -> anyhow::Result<()> {
    let (store, models) = models::open_for_change(config, STOP_FIRST).await?;
    known(&models, &organization).await?;
    let act = if on {
        audit::acts::WEBHOOK_ON
    } else {
        audit::acts::WEBHOOK_OFF
    };
    if let Err(error) = acts::about_to(&*store, Some(&organization), act, None, None).await {
        store.close().await;
        return Err(error);
    }
    let webhook = models.webhook(organization.clone()).await?;
    let is_on = webhook.is_none_or(|webhook| webhook.off.is_none());
    let folded = *models.folded().borrow();
    let operator = Operator {
        id: None,
        store: &*store,
        clock: &SystemClock,
        by: "cli",
        folded,
    };
    let recorded = match (is_on, on) {
        (false, true) => operator.enable(&organization).await,
        (true, false) => operator.disable(&organization).await,
        (true, true) | (false, false) => Ok(()),
    };
    store.close().await;
    recorded?;
    let what = if is_on == on {
        "nothing to change"
    } else {
        "changed"
    };
    writeln!(io::stdout().lock(), "{organization}: {what}")?;
    Ok(())
}
