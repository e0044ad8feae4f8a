//! `key-service`: gives the keys in the data folder to the nodes that share them, until it is told to stop.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context as _;
use clap::Args;
use events::SystemClock;
use events::sealing::sqlite::SqliteKeyTable;
use events::store::sqlite::SqliteStore;

use super::serve::stop_signal;
use crate::config::Config;
use crate::keys::audit::Audit;
use crate::keys::service::{Serving, serve};
use crate::service::addresses::advice;

/// Hold the keys for several nodes
#[derive(Debug, Args)]
pub(super) struct KeyService {
    /// Address and port; only nodes should reach it
    #[arg(long, default_value = "127.0.0.1:3981", value_name = "ADDRESS")]
    listen: SocketAddr,
}

impl KeyService {
    pub(super) fn run(self, config: Config) -> anyhow::Result<()> {
        let config = config.ready_to_serve_keys()?;
        let token = config.keys.token.clone().context("keys.token was demanded")?;
        let tls = config.keys.tls_files();
        let tls = tls.map(|(certificate, key)| crate::keys::tls::server(certificate, key));
        let tls = tls.transpose()?;
        anyhow::ensure!(
            tls.is_some() || config.keys.plain_http || self.listen.ip().is_loopback(),
            "keys would travel in the clear from {}; give keys.tls_certificate_file and keys.tls_key_file, or set \
             keys.plain_http on a network that carries nothing else",
            self.listen
        );
        std::fs::create_dir_all(&config.data.folder)
            .with_context(|| format!("data.folder {} cannot be made", config.data.folder.display()))?;
        crate::private::tighten(&config.data.folder);
        super::in_system(async move {
            // Two that write one key table would not know of each other's keys.
            let _alone = SqliteStore::lock(&config.data.folder).with_context(|| {
                format!(
                    "the keys in {} are in use by a service or another key service; give this one a data.folder of its own",
                    config.data.folder.display()
                )
            })?;
            let table = Arc::new(SqliteKeyTable::open_under(
                &config.data.folder,
                config.keys.masters.clone(),
            )?);
            let audit = Audit::open(&config.data.folder).context("keys-audit.ndjson cannot be written")?;
            let encrypted = tls.is_some();
            let serving = Serving {
                table: Arc::clone(&table) as _,
                token,
                audit,
                clock: Arc::new(SystemClock),
                tls,
            };
            let (address, handle, running) = serve(serving, self.listen).map_err(|error| {
                let advice = advice(&error, "--listen");
                anyhow::Error::new(error).context(format!("cannot listen on {}: {advice}", self.listen))
            })?;
            tracing::info!(%address, encrypted, "the key service is up");
            let running = tokio::spawn(running);
            stop_signal().await?;
            handle.stop(true).await;
            running.await.context("the key service broke off")??;
            table.close().await;
            Ok(())
        })
    }
}
