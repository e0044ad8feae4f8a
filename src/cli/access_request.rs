//! `access-request`: everything that the log holds about a member, in a folder: for machines and for people. That it was
//! opened is recorded in the log, and so the service has to be stopped; while it runs,
//! `POST /v1/members/{id}/access-request` does the same.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use events::{EventStore, MemberId, OrganizationId, Position, SystemClock, Vault};
use projections::ReadModels;
use tokio::sync::watch;

use super::{acts, models, progress};
use crate::audit;
use crate::chronus::access_request::telling::Form;
use crate::chronus::access_request::{Entry, Head, Whose, gather};
use crate::chronus::identity;
use crate::config::Config;
use crate::keys::KeyStore;

/// Write everything that is kept about a member, in a form for machines and one for people.
#[derive(Debug, Args)]
pub(super) struct AccessRequest {
    /// The organization's id, as in the configuration
    #[arg(long, value_name = "ID")]
    organization: OrganizationId,
    /// Why; kept in the log, so without personal data
    #[arg(long)]
    reason: String,
    /// The folder to make, with data.ndjson and page.html
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
    /// The member's id in Chronus
    #[arg(value_name = "MEMBER")]
    member: MemberId,
}

impl AccessRequest {
    pub(super) fn run(self, config: &Config) -> anyhow::Result<()> {
        identity::check_reason(&self.reason).map_err(anyhow::Error::msg)?;
        anyhow::ensure!(
            !self.out.exists(),
            "{} exists already; name a folder that is to be made",
            self.out.display()
        );
        super::in_system(async {
            let stop_first =
                "stop the service first, or use POST /v1/members/{id}/access-request while it runs";
            let (store, models) = models::open_for_change(config, stop_first).await?;
            let written = self.write(config, &*store, &models).await;
            store.close().await;
            let events = written?;
            writeln!(
                io::stdout().lock(),
                "{}: {events} events in {}",
                self.member,
                self.out.display()
            )?;
            Ok(())
        })
    }

    async fn write(
        &self,
        config: &Config,
        store: &dyn EventStore,
        models: &ReadModels,
    ) -> anyhow::Result<usize> {
        models::demand_organization(config, models, &self.organization).await?;
        let traces = models
            .traces(self.organization.clone(), self.member.clone())
            .await?
            .with_context(|| format!("organization {} has no member {}", self.organization, self.member))?;
        let head = Head {
            organization_id: self.organization.clone(),
            member_id: self.member.clone(),
            people: traces.users.clone(),
            log: events::lineage::read(store).await?.log_id,
            position: *store.head().borrow(),
        };
        self.record(store).await?;
        let ready = config.clone().ready_to_open()?.keys;
        let keys = KeyStore::open(&ready, &config.data.folder).await?;
        let whose = Whose::new(&self.organization, &self.member, &traces);
        let written = self.write_folder(store, &keys.vault(), &whose, &head).await;
        keys.close().await;
        written
    }

    async fn record(&self, store: &dyn EventStore) -> anyhow::Result<()> {
        let about = format!("member/{}", self.member);
        let opening = acts::opening(about, "access-request", &self.reason);
        audit::record(store, &SystemClock, Some(&self.organization), opening)
            .await
            .map(drop)
            .context("that personal values are opened could not be recorded, so they stay closed")
    }

    /// Writes beside the folder and renames at the end, so that what looks whole is.
    async fn write_folder(
        &self,
        store: &dyn EventStore,
        vault: &Vault,
        whose: &Whose,
        head: &Head,
    ) -> anyhow::Result<usize> {
        let part = self.out.with_extension("part");
        fs::create_dir_all(&part).with_context(|| format!("failed to make {}", part.display()))?;
        let mut files = Files::make(&part, head)?;
        let (teller, at) = watch::channel(Position::START);
        let gathering = gather(store, vault, whose, head.position, &teller, |entry| {
            files.take(&entry)
        });
        progress::during("reading the log", at, head.position, gathering).await?;
        let entries = files.finish()?;
        fs::rename(&part, &self.out)
            .with_context(|| format!("failed to rename {} to {}", part.display(), self.out.display()))?;
        Ok(entries)
    }
}

/// The two files.
#[derive(Debug)]
struct Files {
    files: [(Form, BufWriter<File>); 2],
    entries: usize,
}

impl Files {
    fn make(folder: &Path, head: &Head) -> io::Result<Self> {
        let make = |form: Form, name: &str| {
            let mut file = BufWriter::new(File::create(folder.join(name))?);
            file.write_all(form.head(head).as_bytes())?;
            Ok::<_, io::Error>((form, file))
        };
        Ok(Self {
            files: [make(Form::Ndjson, "data.ndjson")?, make(Form::Page, "page.html")?],
            entries: 0,
        })
    }

    fn take(&mut self, entry: &Entry) -> io::Result<()> {
        for (form, file) in &mut self.files {
            file.write_all(form.entry(entry).as_bytes())?;
        }
        self.entries += 1;
        Ok(())
    }

    fn finish(self) -> io::Result<usize> {
        for (form, mut file) in self.files {
            file.write_all(form.foot(self.entries).as_bytes())?;
            file.into_inner()?.sync_all()?;
        }
        Ok(self.entries)
    }
}
