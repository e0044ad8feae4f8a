//! `deadletter`: cards that ended without certainly arriving, and sending them after all.
//!
//! `list` only reads and works beside a running service. `replay` writes the log itself and so needs the service
//! stopped; the cards leave at its next start. While it runs, `POST /v1/dead-letters/replay` does the same.

use std::io::{self, BufWriter, Write as _};
use std::sync::Arc;

use actors::Directory;
use actors::ports::NoKnownChats;
use actors::user::Deps;
use chrono::{DateTime, SecondsFormat, Utc};
use clap::{Args, Subcommand, ValueEnum};
use events::{NotificationId, OrganizationId, Position, SystemClock};
use projections::dead_letters::DeadLetterFilter;
use projections::notifications::NotificationState;
use uuid::Uuid;

use super::{acts, models, moment};
use crate::audit;
use crate::chronus::replay::{Replayed, Replayer, Which};
use crate::config::Config;
use crate::told::letter;

/// Dead letters read at a time.
const PAGE: usize = 500;

/// Show cards that ended without arriving, and send them after all.
#[derive(Debug, Args)]
pub(super) struct DeadLetter {
    #[command(subcommand)]
    command: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Print dead letters, oldest end first
    List {
        #[command(flatten)]
        which: Filter,
        /// One JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Send dead letters after all; the service must be stopped
    Replay {
        #[command(flatten)]
        which: Filter,
        /// Only this card; give it again for more
        #[arg(long = "id", value_name = "NOTIFICATION")]
        ids: Vec<NotificationId>,
        /// Every dead letter of the organization
        #[arg(long, conflicts_with = "ids")]
        all: bool,
        /// The replay's id: the same one again has no second effect. A new one if not given
        #[arg(long, value_name = "UUID")]
        replay_id: Option<Uuid>,
    },
}

#[derive(Debug, Args)]
struct Filter {
    /// The organization's id, as in the configuration
    #[arg(long, value_name = "ID")]
    organization: OrganizationId,
    /// Only those in this state
    #[arg(long, value_enum)]
    state: Option<State>,
    /// Only those with this code of the connector's, or ours
    #[arg(long)]
    code: Option<String>,
    /// Only domain events of this type
    #[arg(long, value_name = "TYPE")]
    event_type: Option<String>,
    /// Only those that ended at this moment or later: 2026-03-01 or 2026-03-01T09:30:00Z
    #[arg(long, value_name = "TIME", value_parser = moment)]
    since: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
enum State {
    /// Refused for good, or because of the set-up
    Refused,
    /// Perhaps arrived, and left at that
    UnknownHeld,
    /// Its time ran out after it had been tried
    Expired,
    /// Its time ran out before anybody was found for it
    Unroutable,
}

impl Filter {
    fn filter(&self) -> DeadLetterFilter {
        DeadLetterFilter {
            state: self.state.map(|state| match state {
                State::Refused => NotificationState::Refused,
                State::UnknownHeld => NotificationState::UnknownHeld,
                State::Expired => NotificationState::Expired,
                State::Unroutable => NotificationState::Unroutable,
            }),
            code: self.code.clone(),
            event_type: self.event_type.clone(),
            since: self.since,
        }
    }
}

impl DeadLetter {
    pub(super) fn run(self, config: &Config) -> anyhow::Result<()> {
        match self.command {
            What::List { which, json } => super::block_on(list(config, &which, json)),
            What::Replay {
                which,
                ids,
                all,
                replay_id,
            } => {
                let filter = which.filter();
                let narrowed = filter != DeadLetterFilter::default();
                anyhow::ensure!(
                    all || narrowed || !ids.is_empty(),
                    "say which: --id, a filter, or --all"
                );
                anyhow::ensure!(
                    ids.is_empty() || !narrowed,
                    "give either --id or a filter, not both"
                );
                let organization = which.organization;
                let which = if ids.is_empty() {
                    Which::Filtered(filter)
                } else {
                    Which::Named(ids)
                };
                #[expect(
                    clippy::disallowed_methods,
                    reason = "a replay that nobody named gets a name here, once"
                )]
                let id = replay_id.unwrap_or_else(Uuid::new_v4);
                let done = super::in_system(replay(config, &organization, which, id))?;
                let answer = serde_json::json!({ "replay_id": id, "replayed": done });
                writeln!(io::stdout().lock(), "{answer}")?;
                Ok(())
            }
        }
    }
}

async fn list(config: &Config, which: &Filter, as_json: bool) -> anyhow::Result<()> {
    let models = models::open(config).await?;
    models::demand_organization(config, &models.models, &which.organization).await?;
    let mut out = BufWriter::new(io::stdout().lock());
    let mut after = Position::START;
    loop {
        let organization = which.organization.clone();
        let page = models
            .models
            .dead_letters(organization, which.filter(), after, PAGE)
            .await?;
        let Some(last) = page.last() else { break };
        after = last.state_position;
        for card in &page {
            if as_json {
                writeln!(out, "{}", letter(card))?;
            } else {
                let since = card.state_since.to_rfc3339_opts(SecondsFormat::Secs, true);
                let code = card.code.as_deref().or(card.reason.as_deref()).unwrap_or("-");
                let event_type = card.event_type.as_deref().unwrap_or("-");
                let state = card.state.as_str();
                let attempts = card.attempts;
                writeln!(
                    out,
                    "{since}  {}  {state:<12}  {code:<28}  {attempts:>3}  {event_type}",
                    card.id
                )?;
            }
        }
    }
    out.flush()?;
    Ok(())
}

async fn replay(
    config: &Config,
    organization: &OrganizationId,
    which: Which,
    id: Uuid,
) -> anyhow::Result<Replayed> {
    let stop_first = "stop the service first, or use POST /v1/dead-letters/replay while it runs";
    let (store, models) = models::open_for_change(config, stop_first).await?;
    if let Err(unknown) = models::demand_organization(config, &models, organization).await {
        store.close().await;
        return Err(unknown);
    }
    let about = Some(format!("replay/{id}"));
    let recorded = acts::about_to(&*store, Some(organization), audit::acts::LETTERS, about, None).await;
    if let Err(error) = recorded {
        store.close().await;
        return Err(error);
    }
    let directory = Directory::start(Deps {
        store: Arc::clone(&store),
        clock: Arc::new(SystemClock),
        rules: Arc::new(config.rules()),
        settings: Arc::new(config.actors.settings()),
        chats: Arc::new(NoKnownChats),
    });
    let replayer = Replayer {
        models,
        directory: directory.clone(),
        store: Arc::clone(&store),
        clock: Arc::new(SystemClock),
    };
    let done = replayer.replay(organization, which, id, "cli").await;
    directory.stop();
    store.close().await;
    Ok(done?)
}
