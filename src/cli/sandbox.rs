//! `sandbox`: stands in for Microsoft until it is told to stop. It needs no configuration file.

use std::collections::HashMap;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use secrecy::SecretString;
use url::Url;

use crate::sandbox::limits::Limits;
use crate::sandbox::people::PersonSpec;
use crate::sandbox::{Sandbox as Running, SandboxOptions};

/// Stand in for Microsoft: login, Bot Connector and people at Teams clients
#[derive(Debug, Args)]
pub(super) struct Sandbox {
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:3979")]
    listen: SocketAddr,
    /// The address by which the service reaches the sandbox; made from --listen if not given
    #[arg(long, value_name = "URL")]
    public_url: Option<Url>,
    /// Where the bot takes activities
    #[arg(
        long,
        value_name = "URL",
        default_value = "http://127.0.0.1:3978/api/messages"
    )]
    bot: Url,
    /// People to start with: a JSON list of objects with `tenant_id`, `aad_object_id`, and as known
    /// `name`, `email`, `upn`, `guest`, `locale`, `timezone`
    #[arg(long, value_name = "FILE")]
    people: Option<PathBuf>,
    /// Folder in which the chats are kept across restarts
    #[arg(long, value_name = "FOLDER")]
    journal: Option<PathBuf>,
    /// The bot's app id
    #[arg(
        long,
        value_name = "ID",
        default_value = "6f1d2c3b-4a5e-4f60-8b71-92a3b4c5d6e7"
    )]
    app_id: String,
    /// File that holds the bot's client secret; the word `sandbox` is the secret if not given
    #[arg(long, value_name = "FILE")]
    app_secret_file: Option<PathBuf>,
    /// A tenant known to the login besides those of the people; give it again for more
    #[arg(long = "tenant", value_name = "ID")]
    tenants: Vec<String>,
    /// An organization whose webhook is received, with the file of its signing secret; give it again for more
    #[arg(long = "webhook", value_name = "ORGANIZATION=FILE", value_parser = webhook)]
    webhooks: Vec<(String, PathBuf)>,
    /// How long an access token holds
    #[arg(long, value_name = "SECONDS", default_value_t = 3_599)]
    token_seconds: u64,
    /// Enforce no rate limits, for measuring the service alone
    #[arg(long)]
    no_limits: bool,
}

impl Sandbox {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let options = self.options()?;
        super::in_system(async move {
            let sandbox = Running::start(options).await?;
            announce(&sandbox).context("failed to write to stdout")?;
            super::serve::stop_signal().await?;
            sandbox.stop().await;
            Ok(())
        })
    }

    fn options(self) -> anyhow::Result<SandboxOptions> {
        let secret = match &self.app_secret_file {
            Some(file) => read_secret(file)?,
            None => SecretString::from("sandbox"),
        };
        let mut webhook_secrets = HashMap::new();
        for (organization, file) in self.webhooks {
            webhook_secrets.insert(organization, read_secret(&file)?);
        }
        let mut options = SandboxOptions::new(self.app_id, secret);
        options.listen = self.listen;
        options.public_url = self.public_url.map(String::from);
        options.bot_endpoint = Some(self.bot);
        options.people = self
            .people
            .as_deref()
            .map(read_people)
            .transpose()?
            .unwrap_or_default();
        options.tenants = self.tenants;
        options.webhook_secrets = webhook_secrets;
        options.token_lifetime = Duration::from_secs(self.token_seconds);
        options.journal = self.journal;
        if self.no_limits {
            options.limits = Limits::off();
        }
        Ok(options)
    }
}

fn announce(sandbox: &Running) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "sandbox          {}/sandbox", sandbox.url())?;
    writeln!(out, "openid metadata  {}", sandbox.openid_metadata_url())?;
    writeln!(out, "login authority  {}", sandbox.authority())?;
    writeln!(out, "service url      {}", sandbox.service_url("<tenant>"))?;
    writeln!(out, "people           {}", sandbox.stats().people)?;
    out.flush()
}

fn read_people(file: &Path) -> anyhow::Result<Vec<PersonSpec>> {
    let text =
        std::fs::read(file).with_context(|| format!("failed to read the people in {}", file.display()))?;
    serde_json::from_slice(&text).with_context(|| format!("{} is not a list of people", file.display()))
}

fn read_secret(file: &Path) -> anyhow::Result<SecretString> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("failed to read the secret in {}", file.display()))?;
    Ok(SecretString::from(text.trim()))
}

fn webhook(text: &str) -> Result<(String, PathBuf), String> {
    let (organization, file) = text
        .split_once('=')
        .ok_or("write the organization's id, an equals sign and the file of its secret")?;
    Ok((organization.to_owned(), PathBuf::from(file)))
}
