//! `check`: whether log, snapshots and read models agree, with either store. Reads only, also beside a running service. The verdict goes to
//! stdout; the exit code is 0 where nothing was found and 1 otherwise.

use std::io::{self, Write};

use anyhow::Context as _;
use clap::Args;
use events::Position;
use tokio::sync::watch;

use super::progress;
use super::scratch::Scratch;
use crate::check;
use crate::check::Verdict;
use crate::config::Config;

/// Check that log, snapshots and read models agree with each other.
#[derive(Debug, Args)]
pub(super) struct Check {
    /// Hold every event against the hash that was made of it, and name what changed since
    #[arg(long)]
    audit: bool,
    /// Print the verdict as one JSON object
    #[arg(long)]
    json: bool,
}

impl Check {
    pub(super) fn run(self, config: &Config) -> anyhow::Result<()> {
        let verdict = super::block_on(examine(config, self.audit))?;
        let mut out = io::stdout().lock();
        if self.json {
            serde_json::to_writer_pretty(&mut out, &verdict)?;
            writeln!(out)?;
        } else {
            print(&verdict, &mut out)?;
        }
        out.flush()?;
        anyhow::ensure!(
            verdict.sound,
            "log, snapshots and read models do not agree; keep a copy of all of it before anything else is done to it"
        );
        Ok(())
    }
}

async fn examine(config: &Config, audit: bool) -> anyhow::Result<Verdict> {
    let store = super::open_store(config).await?;
    let scratch = Scratch::new().context("failed to make a temporary folder")?;
    let (read_models, fold) = (config.data.projections(), scratch.file("anew.db"));
    let keys = config.data.keys();
    let check = check::Check {
        file: store.embedded.is_some().then_some(&*config.data.folder),
        read_models: &read_models,
        audit,
        // With a key service the keys lie elsewhere; a log that needs none may have none.
        keys: config.keys.url.is_none().then_some(&*keys),
        masters: config.clone().ready_to_open()?.keys.masters,
        options: config.projection_options(),
        scratch: &fold,
    };
    let step = watch::Sender::new(("reading the log's file", Position::START, Position::START));
    progress::steps(step.subscribe(), check.run(&*store.log, &step)).await
}

fn print(verdict: &Verdict, out: &mut impl Write) -> io::Result<()> {
    for fault in &verdict.faults {
        let place = fault
            .position
            .map_or_else(String::new, |position| format!(" at position {position}"));
        writeln!(out, "{}{place}: {}", fault.part.as_str(), fault.what)?;
    }
    if verdict.faults.len() >= check::FAULTS {
        writeln!(out, "there may be more")?;
    }
    if let Some(position) = verdict.audited {
        writeln!(
            out,
            "every event up to position {position} was held against its hash"
        )?;
    }
    let compared = match verdict.read_models {
        Some(position) => format!("read models compared at position {position}"),
        None => "no read models to compare".to_owned(),
    };
    writeln!(
        out,
        "{}: {} events up to position {} in {} streams, {} notifications, {} snapshots, {} sealed values opened, {compared}",
        if verdict.sound { "sound" } else { "NOT SOUND" },
        verdict.events,
        verdict.position,
        verdict.streams,
        verdict.notifications,
        verdict.snapshots,
        verdict.opened,
    )
}
