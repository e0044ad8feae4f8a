//! `doctor`: looks at everything around the service and says one fix for each thing that is wrong. Works beside a running
//! service and before the first start. Exit code 0 where nothing is wrong (warnings may stand), 1 where something is, 64
//! where the configuration cannot be read at all.

use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use events::SystemClock;
use serde_json::json;
use url::Url;

use crate::config::{Config, ConfigError, Log};
use crate::doctor::Doctor as Examination;
use crate::doctor::finding::{Finding, Verdict, of_configuration};

/// Look at everything around the service and say what to do
#[derive(Debug, Args)]
pub(super) struct Doctor {
    /// Print the findings as one JSON object
    #[arg(long)]
    json: bool,
    /// How long one call may take, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=60))]
    timeout: u64,
    #[arg(
        long,
        value_name = "URL",
        help = "Where Teams and browsers reach the service, such as https://teams.acme.example, where http.public_url does not say"
    )]
    public_url: Option<Url>,
}

impl Doctor {
    pub(super) fn run(self, file: Option<&Path>) -> anyhow::Result<()> {
        // What it finds is told on stdout; log lines of what it asks would say it twice.
        crate::telemetry::start(&Log {
            level: "off".to_owned(),
            ..Log::default()
        });
        let config = match Config::load(file) {
            Ok(config) => config,
            Err(error) => {
                self.tell(&of_configuration(&error))?;
                // Its problems are told on stdout.
                return Err(ConfigError { problems: Vec::new() }.into());
            }
        };
        let limit = Duration::from_secs(self.timeout);
        let doctor = Examination::new(config, self.public_url.clone(), limit, Arc::new(SystemClock));
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .context("failed to start the runtime")?;
        let findings = runtime.block_on(doctor.examine());
        // A name server or a disk that does not answer is not waited for.
        runtime.shutdown_background();
        self.tell(&findings)?;
        let wrong = count(&findings, Verdict::Wrong);
        anyhow::ensure!(
            wrong == 0,
            "{wrong} things are wrong; mend the first one and ask again"
        );
        Ok(())
    }

    fn tell(&self, findings: &[Finding]) -> io::Result<()> {
        let mut out = io::stdout().lock();
        if self.json {
            let told = json!({
                "wrong": count(findings, Verdict::Wrong), "warnings": count(findings, Verdict::Warning),
                "findings": findings,
            });
            writeln!(out, "{told:#}")?;
        } else {
            for finding in findings {
                print(finding, &mut out)?;
            }
        }
        out.flush()
    }
}

fn count(findings: &[Finding], verdict: Verdict) -> usize {
    findings
        .iter()
        .filter(|finding| finding.verdict == verdict)
        .count()
}

fn print(finding: &Finding, out: &mut impl Write) -> io::Result<()> {
    let word = match finding.verdict {
        Verdict::Good => "ok",
        Verdict::Warning => "WARN",
        Verdict::Wrong => "WRONG",
        Verdict::Skipped => "-",
    };
    let Finding {
        check, about, what, ..
    } = finding;
    writeln!(out, "{word:<6}{:<14}{about}: {what}", check.as_str())?;
    match &finding.fix {
        Some(fix) => writeln!(out, "{:<20}fix: {fix}", ""),
        None => Ok(()),
    }
}
