//! `store-check`: does a KurrentDB cluster keep the promises that the service relies on? It writes under a prefix of
//! its own, chosen by chance, and tells promise by promise what holds. Nothing but the cluster is needed.
//!
//! The faults are made on this side, on the connections of the check itself, so they may be tried on a cluster that
//! others use; only `--step-down` touches the cluster. What the check writes stays there: delete the streams of its
//! prefix when it is not wanted.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use clap::Args;
use comfy_table::{Table, presets};
use events::store::kurrent::{Address, KurrentOptions, official};
use serde::Serialize;
use uuid::Uuid;

use self::bench::Setting;

mod bench;
mod faults;
mod promises;
mod set_up;

pub(super) use set_up::{CannotCheck, EXIT_SET_UP, is_set_up};

/// How long asking the version may take.
const LIMIT: Duration = Duration::from_secs(20);
/// How long one promise may take; a cluster that elects a leader needs seconds.
const PROMISE: Duration = Duration::from_secs(120);

/// Check that a KurrentDB cluster keeps the event store's promises, also when the network fails
#[derive(Debug, Args)]
pub(super) struct StoreCheck {
    /// The cluster, such as `kurrentdb://user:password@host:2113`
    #[arg(
        long,
        value_name = "URL",
        env = "CHRONUS_TEAMS_DATA__STORE",
        hide_env_values = true
    )]
    url: String,
    /// Also ask the leader to step down, under load, three times; needs the rights of an operator
    #[arg(long)]
    step_down: bool,
    /// Leave out what fails on purpose: connections that break, are silent or refused, and their recovery
    #[arg(long, conflicts_with = "step_down")]
    no_faults: bool,
    /// Print the verdict as one JSON object
    #[arg(long)]
    json: bool,
}

/// What became of one promise.
#[derive(Debug, Serialize)]
struct Line {
    /// The promise, as a sentence.
    promise: &'static str,
    /// Whether it holds.
    holds: bool,
    /// What was seen instead, or worth telling.
    note: String,
    /// How long looking took.
    seconds: f64,
}

/// The verdict as a whole.
#[derive(Debug, Serialize)]
struct Verdict {
    /// The cluster, without credentials.
    cluster: String,
    /// What the server says it is.
    server: String,
    /// What the streams' names begin with.
    prefix: String,
    /// Whether every promise holds.
    holds: bool,
    promises: Vec<Line>,
}

/// What a promise's check answers: what is worth telling, or what is wrong.
type Seen = anyhow::Result<String>;

impl StoreCheck {
    pub(super) fn run(self) -> anyhow::Result<()> {
        super::log_warnings();
        let verdict = super::block_on(self.examine())?;
        let mut out = io::stdout().lock();
        if self.json {
            serde_json::to_writer_pretty(&mut out, &verdict)?;
            writeln!(out)?;
        } else {
            print(&verdict, &mut out)?;
        }
        out.flush()?;
        let broken = verdict.promises.iter().filter(|line| !line.holds).count();
        anyhow::ensure!(
            broken == 0,
            "{broken} promises do not hold; this cluster must not be used as it is"
        );
        Ok(())
    }

    async fn examine(&self) -> anyhow::Result<Verdict> {
        let address = Address::parse(&self.url)?;
        let prefix = random_prefix();
        let mut report = Report::new(address, prefix);
        set_up::look(&report.setting).await?;
        let server = if report.look("a node that leads is found", promises::leader).await {
            // The official client answers for itself: a version that cannot be had is told, and is no promise.
            let server = official::server_version(&report.setting.address, LIMIT).await;
            self.look_at_all(&mut report).await;
            server.unwrap_or_else(|error| format!("unknown ({error})"))
        } else {
            "unknown".to_owned()
        };
        Ok(Verdict {
            cluster: report.setting.address.to_string(),
            server,
            prefix: report.setting.prefix.clone(),
            holds: report.lines.iter().all(|line| line.holds),
            promises: report.lines,
        })
    }

    async fn look_at_all(&self, report: &mut Report) {
        promises::all(report).await;
        if !self.no_faults {
            faults::network(report).await;
        }
        if self.step_down {
            faults::elections(report).await;
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a place that nobody used before, not the id of an event"
)]
fn random_prefix() -> String {
    format!("storecheck.{}.", Uuid::new_v4().simple())
}

/// Collects the lines; tells on stderr which promise is being looked at.
struct Report {
    setting: Setting,
    lines: Vec<Line>,
}

impl Report {
    fn new(address: Address, prefix: String) -> Self {
        Self {
            setting: Setting { address, prefix },
            lines: Vec::new(),
        }
    }

    /// Looks at one promise, within streams of its own; answers whether it holds.
    async fn look(&mut self, promise: &'static str, check: impl AsyncFnOnce(Setting) -> Seen) -> bool {
        tracing::debug!(promise, "looking");
        let begun = Instant::now();
        let setting = Setting {
            address: self.setting.address.clone(),
            prefix: format!("{}{}.", self.setting.prefix, self.lines.len() + 1),
        };
        let seen = tokio::time::timeout(PROMISE, check(setting)).await;
        let (holds, note) = match seen {
            Ok(Ok(note)) => (true, note),
            Ok(Err(error)) => (false, format!("{error:#}")),
            Err(_) => (false, format!("nothing was known after {} s", PROMISE.as_secs())),
        };
        self.lines.push(Line {
            promise,
            holds,
            note,
            seconds: begun.elapsed().as_secs_f64(),
        });
        holds
    }
}

/// How the check opens its stores: calls are given up sooner than in a service, so that faults take seconds.
fn options(prefix: &str) -> KurrentOptions {
    KurrentOptions {
        prefix: prefix.to_owned(),
        call_timeout: Duration::from_secs(3),
        patience: Duration::from_secs(60),
        open_patience: Duration::from_secs(20),
        ..KurrentOptions::default()
    }
}

fn print(verdict: &Verdict, out: &mut impl Write) -> io::Result<()> {
    writeln!(
        out,
        "{}, server {}, streams {}*\n",
        verdict.cluster, verdict.server, verdict.prefix
    )?;
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    for line in &verdict.promises {
        let holds = if line.holds { "holds" } else { "BROKEN" };
        let seconds = format!("{:.1} s", line.seconds);
        table.add_row([holds, line.promise, &seconds, &line.note]);
    }
    writeln!(out, "{table}\n")?;
    let broken = verdict.promises.iter().filter(|line| !line.holds).count();
    match broken {
        0 => writeln!(out, "All {} promises hold.", verdict.promises.len()),
        broken => writeln!(out, "{broken} of {} promises are broken.", verdict.promises.len()),
    }
}
