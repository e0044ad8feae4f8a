//! `keys new`: makes an API key. It is printed once and stored nowhere; the configuration holds its hash.

use std::io::{self, Write};

use actors::onboarding::OPERATORS;
use clap::{Args, Subcommand};
use events::OrganizationId;
use secrecy::ExposeSecret as _;

use super::models;
use crate::config::{Config, ConfigError, KeyHash, Role, new_key};

/// Make API keys.
#[derive(Debug, Args)]
pub(super) struct Keys {
    #[command(subcommand)]
    command: KeysCommand,
}

#[derive(Debug, Subcommand)]
enum KeysCommand {
    /// Make a key and print it once, with the section for the configuration
    New(New),
}

#[derive(Debug, Args)]
struct New {
    /// The organization's id, as in the configuration; `operators` for a key that registers organizations
    #[arg(long, value_name = "ID")]
    organization: OrganizationId,
    /// What the key may be used for; give it again for more
    #[arg(long = "role", value_name = "ROLE", required = true)]
    roles: Vec<Role>,
    /// What the key is called in logs
    #[arg(long, default_value = "chronus")]
    name: String,
}

impl Keys {
    /// The key goes into a configuration that may not be there yet; where one is, it must name the organization.
    pub(super) fn run(
        self,
        config: &Result<Config, ConfigError>,
        out: &mut impl Write,
    ) -> anyhow::Result<()> {
        let KeysCommand::New(mut new) = self.command;
        if new.organization.as_str() == OPERATORS || new.roles.contains(&Role::Operator) {
            return operator(new, out);
        }
        match config {
            Ok(config) if config.organizations.is_empty() => writeln!(
                io::stderr().lock(),
                "no configuration with organizations is here, so whether {} is one was not checked; run this where \
                 `serve` runs, or name its file with --config",
                new.organization
            )?,
            Ok(config) => models::demand_configured(config, &new.organization)?,
            Err(error) => writeln!(
                io::stderr().lock(),
                "the configuration cannot be used, so whether it names {} was not looked at: {error}",
                new.organization
            )?,
        }
        new.roles.sort_unstable();
        new.roles.dedup();
        let key = new_key(&new.organization)?;
        let key = key.expose_secret();
        let roles: Vec<String> = new
            .roles
            .iter()
            .map(|role| format!("{:?}", role.as_str()))
            .collect();
        writeln!(
            out,
            "The key, shown only now; whoever calls the API sends it as `Authorization: Bearer <key>`:\n\n\
             {key}\n\n\
             Put this into the configuration, in the [[organizations]] section of {organization}:\n\n\
             [[organizations.api_keys]]\n\
             name = {name}\n\
             sha256 = \"{hash}\"\n\
             roles = [{roles}]",
            organization = new.organization,
            // A JSON string is also a TOML string.
            name = serde_json::Value::String(new.name),
            hash = KeyHash::of(key),
            roles = roles.join(", "),
        )?;
        Ok(())
    }
}

/// A key of whoever operates the service; it is no organization's.
fn operator(new: New, out: &mut impl Write) -> anyhow::Result<()> {
    anyhow::ensure!(
        new.organization.as_str() == OPERATORS && new.roles == [Role::Operator],
        "a key that registers organizations is made by --organization {OPERATORS} --role operator, and may do nothing else"
    );
    let key = new_key(&new.organization)?;
    let key = key.expose_secret();
    writeln!(
        out,
        "The key, shown only now; whoever registers organizations sends it as `Authorization: Bearer <key>`:\n\n\
         {key}\n\n\
         Put this into the configuration:\n\n\
         [[operators]]\n\
         name = {name}\n\
         sha256 = \"{hash}\"",
        name = serde_json::Value::String(new.name),
        hash = KeyHash::of(key),
    )?;
    Ok(())
}
