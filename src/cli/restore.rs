//! `restore`: makes the data folder from a backup, as of its end or of an earlier moment. The service must be stopped.

use std::io::{self, Write as _};
use std::path::PathBuf;

use chrono::{DateTime, SecondsFormat, Utc};
use clap::Args;
use events::{Position, SystemClock};
use tokio::sync::watch;

use super::{moment, progress};
use crate::backup::erasures::read_list;
use crate::backup::{Manifest, Point, Restore as Work};
use crate::config::Config;

/// Make the data folder from a backup; the service must be stopped
#[derive(Debug, Args)]
pub(super) struct Restore {
    /// The backup's folder
    #[arg(long, value_name = "FOLDER")]
    from: PathBuf,
    /// Only what stands up to this position
    #[arg(long, value_name = "POSITION", conflicts_with = "time")]
    position: Option<u64>,
    /// Only what had happened at this moment
    #[arg(long, value_name = "TIME", value_parser = moment)]
    time: Option<DateTime<Utc>>,
    /// Move what lies in the data folder aside; it is kept in a folder within
    #[arg(long)]
    replace: bool,
    /// Erasures that are to be done again, as `erasures` printed them: for a folder that knows nothing of them
    #[arg(long, value_name = "FILE")]
    erasures: Option<PathBuf>,
    /// Print what was done as one JSON object
    #[arg(long)]
    json: bool,
}

impl Restore {
    pub(super) fn run(self, config: &Config) -> anyhow::Result<()> {
        let point = match (self.position, self.time) {
            (Some(position), _) => Point::Position(Position(position)),
            (None, Some(time)) => Point::Time(time),
            (None, None) => Point::End,
        };
        let restored = super::block_on(async {
            let head = Manifest::must_be_in(&self.from)?.head;
            let erasures = self.erasures.as_deref().map(read_list).transpose()?;
            let work = Work {
                from: &self.from,
                to: &config.data.folder,
                point,
                replace: self.replace,
                erasures: erasures.as_deref().unwrap_or_default(),
            };
            let (at, told) = watch::channel(Position::START);
            Ok(progress::during("restoring", told, head, work.run(&SystemClock, &at)).await?)
        })?;
        let mut out = io::stdout().lock();
        if self.json {
            writeln!(out, "{}", serde_json::to_string(&restored)?)?;
            return Ok(());
        }
        let time = restored.time.map_or_else(String::new, |time| {
            format!(", {}", time.to_rfc3339_opts(SecondsFormat::Millis, true))
        });
        writeln!(out, "restored up to position {}{time}", restored.kept)?;
        if !restored.keys {
            writeln!(
                out,
                "the backup holds no keys: put keys.db there before the service is started"
            )?;
        }
        if restored.destroyed_again > 0 {
            writeln!(
                out,
                "{} keys that were destroyed since stay destroyed",
                restored.destroyed_again
            )?;
        }
        if restored.erasures > 0 {
            writeln!(
                out,
                "{} erasures that the backup knows nothing of are done again when the service is started, before anybody is served",
                restored.erasures
            )?;
        }
        for log in &restored.unread {
            writeln!(
                out,
                "{} cannot be read, so whom it erased is not known: erase these members again, or restore once more with --erasures",
                log.display()
            )?;
        }
        if let Some(aside) = restored.aside {
            writeln!(
                out,
                "what lay there is in {}, keys of people among it: remove it when it is not needed any more",
                aside.display()
            )?;
        }
        writeln!(out, "the read models are built at the next start")?;
        Ok(())
    }
}
