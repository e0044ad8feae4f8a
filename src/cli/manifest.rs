//! `manifest`: writes the Teams app package that an administrator uploads.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context as _, bail, ensure};
use clap::Args;
use url::Url;
use uuid::Uuid;

use crate::config::Config;
use crate::manifest::{App, package};

/// Write the Teams app package for the organization's catalogue
#[derive(Debug, Args)]
pub(super) struct Manifest {
    /// The bot's application id at Microsoft Entra, as in `teams.app_id`
    #[arg(long, value_name = "ID", value_parser = super::guid)]
    app_id: Uuid,
    /// The host with the pages that the catalogue links to, such as chronus.example.com
    #[arg(long, value_name = "HOST")]
    host: String,
    /// The app's id in the catalogue; the bot's, if not given. It must never change
    #[arg(long, value_name = "ID", value_parser = super::guid)]
    id: Option<Uuid>,
    /// The package's version; it must grow with every upload. The program's, if not given
    #[arg(long = "package-version", value_name = "VERSION")]
    version: Option<String>,
    /// What the app is called in Teams
    #[arg(long, default_value = "Chronus")]
    name: String,
    /// Who publishes it
    #[arg(long, default_value = "Chronus")]
    developer: String,
    /// The page with support; <https://HOST>, if not given
    #[arg(long, value_name = "URL")]
    website: Option<Url>,
    /// The page on privacy; <https://HOST/privacy>, if not given
    #[arg(long, value_name = "URL")]
    privacy: Option<Url>,
    /// The terms of use; <https://HOST/terms>, if not given
    #[arg(long, value_name = "URL")]
    terms: Option<Url>,
    /// Ask for the permission to be told that a card was read; it is granted when the app is installed
    #[arg(long)]
    read_receipts: bool,
    /// Where the package is written
    #[arg(long, value_name = "FILE", default_value = "chronus-teams.zip")]
    out: PathBuf,
}

impl Manifest {
    /// The package is made without a configuration too; where one names a bot, it must be this one.
    pub(super) fn run(self, config: Option<&Config>, out: &mut impl Write) -> anyhow::Result<()> {
        ensure!(
            !self.app_id.is_nil(),
            "--app-id is the example's placeholder; write the 36 characters of Microsoft App ID"
        );
        let configured = config.and_then(|config| config.teams.app_id.as_deref());
        let configured = configured
            .and_then(|id| Uuid::try_parse(id).ok())
            .filter(|id| !id.is_nil());
        if let Some(configured) = configured.filter(|id| *id != self.app_id) {
            bail!(
                "--app-id is {}, and teams.app_id is {configured}: the package would lead to another bot; write one of \
                 them into both places, or name that bot's configuration with --config",
                self.app_id
            );
        }
        let host = &self.host;
        let given = App::on_host(self.app_id, host)?;
        let app = App {
            id: self.id.unwrap_or(given.id),
            version: self.version.unwrap_or(given.version),
            name: self.name,
            developer: self.developer,
            website: self.website.unwrap_or(given.website),
            privacy: self.privacy.unwrap_or(given.privacy),
            terms: self.terms.unwrap_or(given.terms),
            bot_id: given.bot_id,
            read_receipts: self.read_receipts,
        };
        let bytes = package(&app)?;
        let file = self.out.display();
        std::fs::write(&self.out, bytes).with_context(|| format!("failed to write {file}"))?;
        writeln!(
            out,
            "{file}: {name} {version} for bot {bot}. Upload it in the Teams admin center under Teams apps, Manage apps.",
            name = app.name,
            version = app.version,
            bot = app.bot_id,
        )?;
        Ok(())
    }
}
