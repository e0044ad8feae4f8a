//! `erasures`: which erasures the log holds, as a list that `restore --erasures` takes; also beside a running service.

use std::io::{self, BufWriter, Write as _};

use chrono::{DateTime, Utc};
use clap::Args;

use super::moment;
use crate::backup::erasures::Erasures;
use crate::config::Config;

/// Print which erasures were done or asked for, one JSON object a line, for `restore --erasures`
#[derive(Debug, Args)]
pub(super) struct List {
    /// Only those that were asked for or done since then: the time of the backup that is to be restored
    #[arg(long, value_name = "TIME", value_parser = moment)]
    since: Option<DateTime<Utc>>,
}

impl List {
    pub(super) fn run(self, config: &Config) -> anyhow::Result<()> {
        let erasures = super::block_on(async {
            let store = super::open_log(config).await?;
            Ok(Erasures::of(&*store).await?)
        })?;
        let mut out = BufWriter::new(io::stdout().lock());
        for erasure in erasures.all() {
            let newest = erasure.done_at.unwrap_or(erasure.asked_at).max(erasure.asked_at);
            // One that is not done may be done at any time.
            if erasure.done_at.is_none() || self.since.is_none_or(|since| newest >= since) {
                writeln!(out, "{}", serde_json::to_string(&erasure)?)?;
            }
        }
        Ok(out.flush()?)
    }
}
