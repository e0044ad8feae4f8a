//! `erase`: forgets a member and the person that it is. It writes the log and destroys keys itself, and so needs the
//! service stopped; while it runs, `POST /v1/members/{id}/erase` does the same.

use std::io::{self, Write as _};
use std::sync::Arc;

use actors::Directory;
use actors::ports::NoKnownChats;
use actors::user::Deps;
use anyhow::Context as _;
use clap::Args;
use events::{Clock as _, EventStore, MemberId, OrganizationId, SystemClock};
use projections::ReadModels;
use uuid::Uuid;

use super::{acts, models};
use crate::audit;
use crate::chronus::erasure::{Erased, Eraser, Order};
use crate::chronus::identity;
use crate::config::Config;
use crate::keys::KeyStore;

/// Forget a member, and the person of the tenant that it is.
#[derive(Debug, Args)]
pub(super) struct Erase {
    /// The organization's id, as in the configuration
    #[arg(long, value_name = "ID")]
    organization: OrganizationId,
    /// Why; kept in the log, so without personal data
    #[arg(long)]
    reason: String,
    /// The erasure's id: the same one again does what is left. A new one if not given
    #[arg(long, value_name = "UUID")]
    erasure_id: Option<Uuid>,
    /// The member's id in Chronus
    #[arg(value_name = "MEMBER")]
    member: MemberId,
}

impl Erase {
    pub(super) fn run(self, config: &Config) -> anyhow::Result<()> {
        identity::check_reason(&self.reason).map_err(anyhow::Error::msg)?;
        super::in_system(async {
            let stop_first = "stop the service first, or use POST /v1/members/{id}/erase while it runs";
            let (store, models) = models::open_for_change(config, stop_first).await?;
            let erased = self.erase(config, &store, models).await;
            store.close().await;
            self.tell(&erased?)
        })
    }

    async fn erase(
        &self,
        config: &Config,
        store: &Arc<dyn EventStore>,
        models: ReadModels,
    ) -> anyhow::Result<Erased> {
        models::demand_organization(config, &models, &self.organization).await?;
        acts::about_to(
            &**store,
            Some(&self.organization),
            audit::acts::MEMBER_ERASE,
            Some(format!("member/{}", self.member)),
            Some(&self.reason),
        )
        .await?;
        let ready = config.clone().ready_to_open()?.keys;
        let keys = KeyStore::open(&ready, &config.data.folder).await?;
        let directory = Directory::start(Deps {
            store: Arc::clone(store),
            clock: Arc::new(SystemClock),
            rules: Arc::new(config.rules()),
            settings: Arc::new(config.actors.settings()),
            chats: Arc::new(NoKnownChats),
        });
        let eraser = Eraser {
            models,
            vault: keys.vault(),
            directory: directory.clone(),
            store: Arc::clone(store),
            clock: Arc::new(SystemClock),
        };
        #[expect(
            clippy::disallowed_methods,
            reason = "an erasure that nobody named gets a name here, once"
        )]
        let erasure_id = self.erasure_id.unwrap_or_else(Uuid::new_v4);
        let order = Order {
            erasure_id,
            by: "cli".to_owned(),
            reason: self.reason.clone(),
            asked_at: SystemClock.now(),
        };
        let erased = eraser.erase(&self.organization, &self.member, &order).await;
        directory.stop();
        keys.close().await;
        let erased = erased.with_context(|| {
            let id = order.erasure_id;
            format!("the erasure broke off; the service does the rest when it is started, or run it again with --erasure-id {id}")
        })?;
        erased.with_context(|| format!("organization {} has no member {}", self.organization, self.member))
    }

    fn tell(&self, erased: &Erased) -> anyhow::Result<()> {
        let mut out = io::stdout().lock();
        writeln!(
            out,
            "{}: erased, {} keys destroyed, certified as entry {} of the audit",
            self.member, erased.keys_destroyed, erased.certificate
        )?;
        for user in &erased.people {
            writeln!(out, "  person {}", user.aad_object_id)?;
        }
        if erased.people.is_empty() {
            writeln!(out, "  nobody in the tenant is or was this member")?;
        }
        Ok(())
    }
}
