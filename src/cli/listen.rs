//! `listen`: an offline receiver of answers, for whoever builds Chronus' side; `listen replay` posts what it kept to the
//! receiver that was built. Exit code 1 of `replay`: an answer was not taken.

use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::{Args, Subcommand};
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use super::serve::stop_signal;
use crate::listen::journal::{self, Journal};
use crate::listen::line::Delivery;
use crate::listen::replay::Replay;
use crate::listen::{Faults, Options, start};
use crate::service::addresses::advice;

/// Receive answers as Chronus does: verify, keep, fail on demand
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Listen {
    #[command(subcommand)]
    command: Option<ListenCommand>,
    #[command(flatten)]
    receive: Receive,
}

#[derive(Debug, Subcommand)]
enum ListenCommand {
    /// Post kept answers again, each signed anew
    Replay(Again),
}

#[derive(Debug, Args)]
struct Receive {
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:3982")]
    listen: SocketAddr,
    /// File with the signing secret (whsec_…); a new one is made and printed if not given
    #[arg(long, value_name = "FILE")]
    secret_file: Option<PathBuf>,
    /// Fail so many deliveries, then take them
    #[arg(long, value_name = "COUNT")]
    fail: Option<u64>,
    /// What failed ones are answered; 500 with --fail, and without it every delivery is failed so
    #[arg(long, value_name = "STATUS", value_parser = clap::value_parser!(u16).range(300..=599))]
    status: Option<u16>,
    /// Ask failed ones to come again after so many seconds (Retry-After)
    #[arg(long, value_name = "SECONDS")]
    retry_after: Option<u64>,
    /// Take so long to answer, such as 5s or 300ms
    #[arg(long, value_name = "TIME", value_parser = time)]
    slow: Option<Duration>,
    /// Keep what came in this file, and know it after a restart
    #[arg(long, value_name = "FILE")]
    keep: Option<PathBuf>,
    /// Print an object a line instead of text
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct Again {
    /// What --keep wrote
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Where to post
    #[arg(long, value_name = "URL")]
    to: Url,
    /// File with the signing secret (whsec_…)
    #[arg(long, value_name = "FILE")]
    secret_file: PathBuf,
}

impl Listen {
    pub(super) fn run(self) -> anyhow::Result<()> {
        match self.command {
            Some(ListenCommand::Replay(again)) => super::block_on(again.run()),
            None => self.receive.run(),
        }
    }
}

impl Receive {
    fn run(self) -> anyhow::Result<()> {
        let (secret, is_new) = match &self.secret_file {
            Some(file) => (read_secret(file)?, false),
            None => (new_secret()?, true),
        };
        let journal = self
            .keep
            .as_deref()
            .map(Journal::open)
            .transpose()?
            .unwrap_or_default();
        let known = journal.len();
        let listen = self.listen;
        let options = Options {
            listen,
            secret: secret.clone(),
            faults: self.faults(),
            journal,
            told: if self.json { tell_machines } else { tell_people },
        };
        super::in_system(async move {
            let (address, handle, running) = start(options).map_err(|error| {
                let advice = advice(&error, "--listen");
                anyhow::Error::new(error).context(format!("cannot listen on {listen}: {advice}"))
            })?;
            announce(address, is_new.then_some(&secret), known)?;
            let running = tokio::spawn(running);
            stop_signal().await?;
            handle.stop(true).await;
            running.await.context("the receiver broke off")??;
            Ok(())
        })
    }

    fn faults(&self) -> Faults {
        Faults {
            count: self.fail,
            status: self.status.or(self.fail.map(|_| 500)),
            retry_after: self.retry_after,
            slow: self.slow.unwrap_or_default(),
        }
    }
}

impl Again {
    async fn run(self) -> anyhow::Result<()> {
        let kept = journal::read(&self.file)?;
        let replay = Replay::new(self.to, &read_secret(&self.secret_file)?)?;
        let mut not_taken = 0_usize;
        for answer in &kept {
            let became = match replay.post(answer).await {
                Ok(status @ 200..=299) => status.to_string(),
                Ok(status) => {
                    not_taken += 1;
                    format!("{status}, not taken")
                }
                Err(why) => {
                    not_taken += 1;
                    format!("no answer ({why})")
                }
            };
            writeln!(io::stdout().lock(), "{}  {became}", answer.id)?;
        }
        anyhow::ensure!(
            not_taken == 0,
            "{not_taken} of {} answers were not taken",
            kept.len()
        );
        Ok(())
    }
}

/// What is received is data, and goes to stdout.
fn tell_people(delivery: &Delivery<'_>) {
    tell(&delivery.text());
}

fn tell_machines(delivery: &Delivery<'_>) {
    tell(&delivery.json().to_string());
}

/// A reader that went away is no failure of the receiver's.
fn tell(line: &str) {
    let mut out = io::stdout().lock();
    drop(writeln!(out, "{line}").and_then(|()| out.flush()));
}

/// How the service is told of it, on stderr.
fn announce(address: SocketAddr, new_secret: Option<&SecretString>, known: usize) -> io::Result<()> {
    let mut out = io::stderr().lock();
    writeln!(out, "listening on http://{address}; {known} answers are known")?;
    if let Some(secret) = new_secret {
        writeln!(
            out,
            "with a secret of this run, since no --secret-file names one. For the service's configuration:\n\n\
             [organizations.webhook]\nurl = \"http://{address}/\"\nsecret = \"{}\"\n",
            secret.expose_secret()
        )?;
    }
    out.flush()
}

fn new_secret() -> anyhow::Result<SecretString> {
    let mut bytes = [0; 32];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| anyhow::anyhow!("this machine gives no random bytes"))?;
    Ok(SecretString::from(format!("whsec_{}", STANDARD.encode(bytes))))
}

fn read_secret(file: &Path) -> anyhow::Result<SecretString> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("failed to read the secret in {}", file.display()))?;
    let text = text.trim();
    standardwebhooks::Webhook::new(text).map_err(|_| {
        anyhow::anyhow!(
            "the secret in {} cannot sign; it is whsec_ and base64",
            file.display()
        )
    })?;
    Ok(SecretString::from(text))
}

fn time(text: &str) -> Result<Duration, String> {
    let milliseconds = text.strip_suffix("ms").map(str::parse::<u64>);
    let seconds = text.strip_suffix('s').unwrap_or(text).parse::<u64>();
    match milliseconds {
        Some(Ok(milliseconds)) => Ok(Duration::from_millis(milliseconds)),
        Some(Err(_)) | None => seconds
            .map(Duration::from_secs)
            .map_err(|_| "write a time such as 5s or 300ms".to_owned()),
    }
}
