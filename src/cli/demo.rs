//! `demo`: plays the sample scenario and says what became of it.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use clap::Args;
use events::store::sqlite::SqliteStore;
use events::{Clock as _, EventId, SystemClock};
use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

use super::serve::stop_signal;
use crate::config::{Log, LogFormat};
use crate::demo::clock::PlayClock;
use crate::demo::narrator::narrate;
use crate::demo::play::{Telling, play};
use crate::demo::progress::Progress;
use crate::demo::stage::API_KEY;
use crate::demo::verdict::{Verdict, verdict};
use crate::demo::{LogOnCluster, Scenario, Stage, StageOptions, say};

/// Play a sample scenario against service and sandbox, and check what becomes of it
#[derive(Debug, Args)]
pub(super) struct Demo {
    /// Stay up afterwards, for trying things out
    #[arg(long)]
    stay: bool,
    /// Where service and sandbox keep their data; a second run goes on where the first one was
    #[arg(long, value_name = "FOLDER", default_value = "data/demo")]
    data: PathBuf,
    /// Tell every step and every card, and not the story alone
    #[arg(long)]
    verbose: bool,
    /// Begin anew: delete what an earlier run left in the folder
    #[arg(long)]
    fresh: bool,
    /// Where the service listens
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:3978")]
    listen: SocketAddr,
    /// Where the sandbox listens
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:3979")]
    sandbox: SocketAddr,
    /// Keep the service's log on this KurrentDB cluster, in streams of this run's own, and not in the folder
    #[arg(long, value_name = "URL")]
    store: Option<String>,
}

/// The hour in UTC at which every play begins: a working day everywhere its people live.
const MORNING: u32 = 9;

/// Where the folder's runs keep what their streams' names begin with.
const PREFIX: &str = "stream-prefix.txt";

impl Demo {
    pub(super) fn run(self) -> anyhow::Result<()> {
        crate::telemetry::start(&Log {
            level: "warn".to_owned(),
            format: LogFormat::Text,
        });
        super::in_system(self.perform())
    }

    async fn perform(self) -> anyhow::Result<()> {
        self.demand_own_folder()?;
        if self.fresh && self.data.join("finished-steps.txt").exists() {
            std::fs::remove_dir_all(&self.data)
                .with_context(|| format!("failed to delete {}", self.data.display()))?;
        }
        std::fs::create_dir_all(&self.data)
            .with_context(|| format!("failed to make {}", self.data.display()))?;
        let scenario = Scenario::sample().context("failed to read the scenario")?;
        let options = StageOptions {
            // Whatever folder the tools run in, the configuration that is written for them leads here.
            folder: super::absolute(&self.data),
            listen: self.listen,
            sandbox: self.sandbox,
            cluster: self.cluster()?,
        };
        let mut progress = Progress::open(&self.data);
        if self.telling() == Telling::Story {
            self.introduce(&scenario, &progress);
        }
        progress
            .begin_at(MORNING, SystemClock.now())
            .with_context(|| format!("failed to write in {}", self.data.display()))?;
        let clock = Arc::new(PlayClock::default());
        clock.wait(progress.waited(&scenario));
        let stage = Stage::start(&options, &scenario, clock).await?;
        say(format_args!(
            "\nThe console   {}/console   (sign in with {API_KEY})\nThe chats     {}/sandbox",
            stage.url(),
            stage.sandbox.url()
        ));
        tokio::select! {
            played = self.play(&stage, &scenario, &mut progress) => {
                let verdict = played?;
                self.finish(stage, &verdict).await
            }
            stopped = stop_signal() => {
                stopped?;
                stage.stop().await?;
                bail!("stopped before the end; the next run goes on from here")
            }
        }
    }

    /// Refuses a folder that is a service's, or another demo's that runs.
    fn demand_own_folder(&self) -> anyhow::Result<()> {
        let data = self.data.display();
        if self.data.join("events.db").exists() {
            bail!(
                "{data} holds a service's log, which the demo does not touch; name another folder with --data"
            );
        }
        let service = self.data.join("service");
        if service.join("events.db").exists() && SqliteStore::lock(&service).is_err() {
            bail!(
                "another demo runs here, in {data}; stop it, or name another folder with --data and other addresses with \
                 --listen and --sandbox"
            );
        }
        Ok(())
    }

    /// The log on a cluster, where one is named: the folder's earlier runs lie there too.
    fn cluster(&self) -> anyhow::Result<Option<LogOnCluster>> {
        let Some(url) = self.store.clone() else {
            return Ok(None);
        };
        let file = self.data.join(PREFIX);
        let prefix = match std::fs::read_to_string(&file) {
            Ok(text) => text.trim().to_owned(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let prefix = format!("demo.{}.", EventId::unique().0.simple());
                std::fs::write(&file, format!("{prefix}\n"))
                    .with_context(|| format!("failed to write {}", file.display()))?;
                prefix
            }
            Err(error) => return Err(error).with_context(|| format!("failed to read {}", file.display())),
        };
        let url = SecretString::from(url);
        Ok(Some(LogOnCluster { url, prefix }))
    }

    async fn play(
        &self,
        stage: &Stage,
        scenario: &Scenario,
        progress: &mut Progress,
    ) -> anyhow::Result<Verdict> {
        let (cancel, store) = (CancellationToken::new(), stage.service.store());
        let after = *store.head().borrow();
        let played = async {
            let played = play(stage, scenario, progress, self.telling()).await;
            cancel.cancel();
            played
        };
        let told = async {
            match self.telling() {
                Telling::Story => {}
                Telling::Everything => narrate(store, scenario, after, cancel.clone()).await,
            }
        };
        let (played, ()) = tokio::join!(played, told);
        let verdict = verdict(stage, scenario, &played?).await?;
        match self.telling() {
            Telling::Story => say(format_args!("\n{}", verdict.sums)),
            Telling::Everything => say(format_args!("\n{}\n", verdict.table)),
        }
        for failed in &verdict.failed {
            say(format_args!("  ✗ {failed}"));
        }
        say(format_args!(
            "{} expectations held, {} did not.",
            verdict.held,
            verdict.failed.len()
        ));
        Ok(verdict)
    }

    async fn finish(&self, stage: Stage, verdict: &Verdict) -> anyhow::Result<()> {
        if self.stay {
            self.explain(&stage);
            tokio::select! {
                stopped = stop_signal() => stopped?,
                () = stage.service.part_ended() => {}
            }
        }
        stage.stop().await?;
        if verdict.failed.is_empty() {
            Ok(())
        } else {
            bail!("the demo did not end as it should")
        }
    }

    fn telling(&self) -> Telling {
        if self.verbose {
            Telling::Everything
        } else {
            Telling::Story
        }
    }

    /// What this is, and where it begins.
    fn introduce(&self, scenario: &Scenario, progress: &Progress) {
        let (people, steps) = (scenario.people.len(), scenario.steps().count());
        say(format_args!(
            "A sample organization of {people} people, Chronus, and a stand-in for Microsoft Teams, all on this machine."
        ));
        let done = scenario.steps().filter(|step| progress.has(&step.name)).count();
        let data = self.data.display();
        if done > 0 {
            say(format_args!(
                "Goes on where the last run ended: {done} of {steps} steps are done, their data is in {data}. --fresh begins anew."
            ));
        }
        say(
            "Its clock runs ahead of yours: it begins at 9:00 UTC, days pass in moments, and its log has these times.",
        );
    }

    fn explain(&self, stage: &Stage) {
        let (url, sandbox) = (stage.url(), stage.sandbox.url());
        let operators = format!("http://{}", stage.service.admin_address());
        let data = super::absolute(&self.data);
        say(format_args!(
            r#"
The console           {url}/console   (sign in with {API_KEY})
Everybody's chats     {sandbox}/sandbox   (press and type there)
Queues and health     {operators}/health
What to do next       {next}

In another terminal, what became of the cards (the log lies in {data}/service, its configuration in {config}):

  {program} --config {config} report delivery --organization acme

and a card of your own for Priya Nair:

  curl -X POST {url}/v1/events -H 'authorization: Bearer {API_KEY}' -H 'content-type: application/cloudevents+json' -d '{{"specversion":"1.0","id":"my-1","source":"/try","type":"com.chronus.news.published","datacontenttype":"application/json","data":{{"recipients":[{{"email":"priya.nair@acme.example"}}],"title":"Hello","body":"Sent by curl."}}}}'

Stop with Ctrl-C; the next run goes on with the same data."#,
            next = next(),
            data = data.display(),
            config = data.join("chronus-teams.toml").display(),
            program = program(),
        ));
    }
}

/// Where it is written what to do next.
fn next() -> String {
    let readme = super::absolute(std::path::Path::new("README.md"));
    if readme.exists() {
        format!("{}, \"Send an event\"", readme.display())
    } else {
        "README.md of the source, \"Send an event\"".to_owned()
    }
}

/// This program as it can be started from anywhere.
fn program() -> String {
    let path = std::env::current_exe().unwrap_or_else(|_| PathBuf::from("chronus-teams"));
    path.display().to_string()
}
