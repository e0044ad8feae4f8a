//! `backup`: a copy of the log and of its keys, taken beside a running service; `backup verify` reads one as a restore
//! would.

use std::io::{self, Write as _};
use std::path::PathBuf;

use anyhow::{Context as _, ensure};
use clap::{Args, Subcommand};
use events::{Position, SystemClock};
use tokio::sync::watch;

use super::progress;
use crate::backup;
use crate::config::Config;

/// Back up the log and its keys, also beside a running service; again into the same folder adds what is new
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(super) struct Backup {
    #[command(subcommand)]
    command: Option<BackupCommand>,
    /// The backup's folder; made where it is missing
    #[arg(long, value_name = "FOLDER", required = true)]
    to: Option<PathBuf>,
    /// Where the copy of the keys goes, apart from the log; the backup's folder if not given
    #[arg(long, value_name = "FILE")]
    keys_to: Option<PathBuf>,
    /// Print what was done as one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum BackupCommand {
    /// Read a backup whole and tell whether it can be restored
    Verify {
        /// The backup's folder
        #[arg(value_name = "FOLDER")]
        folder: PathBuf,
        /// Print what was found as one JSON object
        #[arg(long)]
        json: bool,
    },
}

impl Backup {
    /// `config` is read only where it is needed: a backup can be verified anywhere.
    pub(super) fn run(self, config: impl FnOnce() -> anyhow::Result<Config>) -> anyhow::Result<()> {
        match self.command {
            Some(BackupCommand::Verify { folder, json }) => verify(folder, json),
            None => {
                let folder = self.to.context("--to names the backup's folder")?;
                take(&config()?, &folder, self.keys_to, self.json)
            }
        }
    }
}

fn take(
    config: &Config,
    folder: &std::path::Path,
    keys_to: Option<PathBuf>,
    json: bool,
) -> anyhow::Result<()> {
    let taken = super::block_on(async {
        let store = super::open_store(config).await?;
        ensure!(
            store.embedded.is_some(),
            "the log lies on a KurrentDB cluster: back it up with the cluster's own means, and the keys where they lie"
        );
        let key_table = config.data.keys();
        let key_table = (config.keys.url.is_none() && key_table.exists()).then_some(&*key_table);
        let keys_to = keys_to.unwrap_or_else(|| folder.join("keys.db"));
        let head = *store.log.head().borrow();
        let (at, told) = watch::channel(Position::START);
        let work = backup::take(&*store.log, &SystemClock, folder, key_table, &keys_to, &at);
        Ok(progress::during("backing up", told, head, work).await?)
    })?;
    let mut out = io::stdout().lock();
    if json {
        writeln!(out, "{}", serde_json::to_string(&taken)?)?;
    } else {
        let keys = if taken.keys {
            "and the keys"
        } else {
            "without the keys, which lie elsewhere"
        };
        writeln!(
            out,
            "backed up to position {}: {} new events in {} new files, {keys}; read back and whole",
            taken.head, taken.events, taken.chunks
        )?;
    }
    Ok(())
}

fn verify(folder: PathBuf, json: bool) -> anyhow::Result<()> {
    let verified = super::block_on(async {
        let head = backup::Manifest::must_be_in(&folder)?.head;
        let (at, told) = watch::channel(Position::START);
        let work = tokio::task::spawn_blocking(move || backup::verify(&folder, &at));
        Ok(progress::during("reading the backup", told, head, work).await??)
    })?;
    let mut out = io::stdout().lock();
    if json {
        writeln!(out, "{}", serde_json::to_string(&verified)?)?;
    } else {
        let keys = if verified.keys {
            "with every key that they need"
        } else {
            "without keys"
        };
        writeln!(
            out,
            "whole: {} events in {} streams up to position {}, {keys}",
            verified.events, verified.streams, verified.head
        )?;
    }
    Ok(())
}
