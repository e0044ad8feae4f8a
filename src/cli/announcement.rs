//! `announcement`: which announcements there are, how one fares, who saw it, and taking one back.
//!
//! All but `withdraw` only read and work beside a running service. `withdraw` writes the log itself and so needs the service stopped;
//! the cards follow at its next start. While it runs, `POST /v1/announcements/{id}/withdraw` does the same.

use std::io::{self, Write as _};
use std::sync::Arc;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use events::{
    Clock as _, EventStore, Expected, NewEvent, OrganizationEvent, OrganizationId, StreamId, StreamWrite,
    SubjectRef, SystemClock,
};
use projections::ReadModels;
use projections::announcements::Figures;

use super::{acts, models};
use crate::audit;
use crate::chronus::{announcing, domain_event, identity};
use crate::config::Config;
use crate::keys::KeyStore;
use crate::report::query;

/// Announcements, or people, read at a time.
const PAGE: usize = 500;

/// Show how announcements fare, and withdraw one.
#[derive(Debug, Args)]
pub(super) struct Announcement {
    #[command(subcommand)]
    command: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Print announcements, the one handed over last first
    List {
        /// The organization's id, as in the configuration
        #[arg(long, value_name = "ID")]
        organization: OrganizationId,
        /// One JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Print how many of an announcement's cards stand how, and how many people saw it
    Show {
        #[command(flatten)]
        one: One,
        /// As one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Print who saw an announcement; where it was withdrawn, before it was replaced; one JSON object a line
    Seen(One),
    /// Take an announcement back: what was not sent is dropped, what is in a chat is replaced there; the service must be stopped
    Withdraw {
        #[command(flatten)]
        one: One,
        /// It was never meant to be sent: not even its title stays
        #[arg(long)]
        mistake: bool,
        /// Why; kept in the log, so without personal data
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
}

#[derive(Debug, Args)]
struct One {
    /// The organization's id, as in the configuration
    #[arg(long, value_name = "ID")]
    organization: OrganizationId,
    /// What the announcement is called: announcement/31
    #[arg(value_name = "SUBJECT", value_parser = query::subject)]
    subject: SubjectRef,
}

impl Announcement {
    pub(super) fn run(self, config: &Config) -> anyhow::Result<()> {
        match self.command {
            What::List { organization, json } => super::block_on(list(config, organization, json)),
            What::Show { one, json } => super::block_on(show(config, &one, json)),
            What::Seen(one) => super::block_on(seen(config, &one)),
            What::Withdraw { one, mistake, reason } => {
                super::in_system(withdraw(config, &one, mistake, &reason))
            }
        }
    }
}

type Found = (projections::announcements::Announcement, Figures);

async fn find(models: &ReadModels, one: &One) -> anyhow::Result<Found> {
    let (organization, subject) = (one.organization.clone(), one.subject.clone());
    let found = models.announcement(organization, subject).await?;
    found.with_context(|| {
        format!(
            "organization {} handed over no announcement {}",
            one.organization, one.subject
        )
    })
}

async fn list(config: &Config, organization: OrganizationId, as_json: bool) -> anyhow::Result<()> {
    let models = models::open(config).await?;
    models::demand_organization(config, &models.models, &organization).await?;
    let mut out = io::stdout().lock();
    let mut before = None;
    loop {
        let page = models.models.announcements(organization.clone(), before, PAGE);
        let (found, next) = page.await?;
        for one in &found {
            let told = announcing::announcement(one, SystemClock.now());
            if as_json {
                writeln!(out, "{told}")?;
                continue;
            }
            let state = told["state"].as_str().unwrap_or_default();
            let when = one.send_at.unwrap_or(one.handed_over_at);
            writeln!(out, "{}  {state}  {}", one.subject, when.to_rfc3339())?;
        }
        before = next;
        if before.is_none() {
            return Ok(());
        }
    }
}

async fn show(config: &Config, one: &One, as_json: bool) -> anyhow::Result<()> {
    let models = models::open(config).await?;
    let found = find(&models.models, one).await?;
    tell(&found, as_json)
}

fn tell((found, figures): &Found, as_json: bool) -> anyhow::Result<()> {
    let told = announcing::with_figures(found, figures, SystemClock.now());
    let mut out = io::stdout().lock();
    if as_json {
        writeln!(out, "{told}")?;
        return Ok(());
    }
    let state = told["state"].as_str().unwrap_or_default();
    writeln!(out, "{}: {state}", found.subject)?;
    for (name, count) in told["cards"].as_object().into_iter().flatten() {
        if *count != 0 {
            writeln!(out, "  {name:<20} {count}")?;
        }
    }
    writeln!(out, "  {:<20} {}", "seen", figures.seen)?;
    Ok(())
}

async fn seen(config: &Config, one: &One) -> anyhow::Result<()> {
    let models = models::open(config).await?;
    let (found, _) = find(&models.models, one).await?;
    let mut out = io::stdout().lock();
    let mut after = 0;
    loop {
        let page = models
            .models
            .announcement_seers(one.organization.clone(), found.clone(), after, PAGE);
        let (seers, next) = page.await?;
        for seer in &seers {
            writeln!(out, "{}", announcing::seer(seer))?;
        }
        match next {
            Some(next) => after = next,
            None => return Ok(()),
        }
    }
}

async fn withdraw(config: &Config, one: &One, mistake: bool, reason: &str) -> anyhow::Result<()> {
    identity::check_reason(reason).map_err(anyhow::Error::msg)?;
    let stop_first = "stop the service first, or use POST /v1/announcements/{id}/withdraw while it runs";
    let (store, models) = models::open_for_change(config, stop_first).await?;
    let withdrawn = take_back(config, &store, &models, (one, mistake, reason)).await;
    store.close().await;
    let what = if withdrawn? {
        "withdrawn; what waits is dropped and what is in a chat is replaced when the service is started"
    } else {
        "withdrawn before; nothing to change"
    };
    writeln!(io::stdout().lock(), "{}: {what}", one.subject)?;
    Ok(())
}

/// Appends the word that an announcement is withdrawn, where it is not; answers whether it was not.
async fn take_back(
    config: &Config,
    store: &Arc<dyn EventStore>,
    models: &ReadModels,
    (one, mistake, reason): (&One, bool, &str),
) -> anyhow::Result<bool> {
    let (found, _) = find(models, one).await?;
    if found.withdrawn.is_some() {
        return Ok(false);
    }
    let (act, about) = (audit::acts::ANNOUNCEMENT_WITHDRAW, Some(one.subject.to_string()));
    acts::about_to(&**store, Some(&one.organization), act, about, Some(reason)).await?;
    let now = SystemClock.now();
    let checked = announcing::withdrawal(&one.organization, &found, mistake, now)?;
    let ready = config.clone().ready_to_open()?.keys;
    let keys = KeyStore::open(&ready, &config.data.folder).await?;
    let sealed = domain_event::seal(&keys.vault(), &one.organization, vec![checked], now).await;
    keys.close().await;
    let events = sealed?.into_iter().map(|(draft, _)| {
        let event = OrganizationEvent::from(draft.event);
        NewEvent::encode(draft.event_id, &event, draft.metadata)
    });
    let write = StreamWrite {
        stream: StreamId::organization(&one.organization),
        expected: Expected::Any,
        events: events.collect(),
    };
    store.append(vec![write]).await?;
    Ok(true)
}
