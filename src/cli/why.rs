//! `why`: why a card was sent or not, in one sentence with its evidence.

use std::io::{self, Write as _};

use anyhow::bail;
use clap::Args;
use events::{NotificationId, OrganizationId, Position, SubjectRef};
use tokio::sync::watch;

use super::progress;
use crate::config::Config;
use crate::report::query;
use crate::report::why::{Asked, why};

/// Say why a card was sent or not
#[derive(Debug, Args)]
pub(super) struct Why {
    /// A notification's id; or a person: a member id, an object id, or TENANT/OBJECT-ID
    #[arg(value_name = "NOTIFICATION|PERSON")]
    who: String,
    /// The subject, such as meeting/9, where a person is named
    #[arg(value_name = "SUBJECT", value_parser = query::subject)]
    subject: Option<SubjectRef>,
    /// Only cards of this organization
    #[arg(long, value_name = "ID")]
    organization: Option<OrganizationId>,
    /// One JSON object a card
    #[arg(long)]
    json: bool,
}

impl Why {
    pub(super) fn run(self, config: &Config) -> anyhow::Result<()> {
        let asked = match (self.who.parse::<NotificationId>(), self.subject.clone()) {
            (Ok(id), None) => Asked::Card(id),
            (_, Some(subject)) => Asked::PersonAndSubject(self.who.clone(), subject),
            (Err(_), None) => bail!(
                "{:?} is no notification id; name a person and a subject: `why m-17 meeting/9`",
                self.who
            ),
        };
        super::block_on(self.print(config, &asked))
    }

    async fn print(&self, config: &Config, asked: &Asked) -> anyhow::Result<()> {
        let store = super::open_log(config).await?;
        let (teller, at) = watch::channel(Position::START);
        let head = *store.head().borrow();
        let asking = why(&*store, self.organization.as_ref(), asked, &teller);
        let found = progress::during("reading the log", at, head, asking).await?;
        if found.is_empty() {
            match asked {
                Asked::Card(id) => bail!(
                    "no card in this log has the id {id}: Chronus never asked for it, or another log has it"
                ),
                Asked::PersonAndSubject(person, subject) => {
                    bail!("no card about {subject} was ever asked for {person:?} in this log")
                }
            }
        }
        let mut out = io::stdout().lock();
        for one in found {
            if self.json {
                writeln!(out, "{}", one.json())?;
            } else {
                writeln!(out, "{}\nRule: {}.\nCard: {}\n", one.sentence, one.rule, one.id)?;
            }
        }
        Ok(())
    }
}
