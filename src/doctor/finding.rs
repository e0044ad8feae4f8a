//! What a look came to: a line, and one fix where something is to be done.

use serde::Serialize;

use crate::config::ConfigError;

/// What was looked at. The words do not change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// Whether the service could be started with the configuration.
    Configuration,
    /// Owner and rights of the data folder and of secrets' files.
    Folder,
    /// Space, and the time that writing for certain takes.
    Disk,
    /// Who else uses the folder and the addresses.
    Process,
    /// Whether the event log can be read.
    Log,
    /// This machine's time against others'.
    Clock,
    /// Whether names lead to addresses.
    Dns,
    /// Certificates: names, authority, end.
    Tls,
    /// Whether Microsoft's login gives the bot a token.
    Login,
    /// Whether Microsoft's keys can be had, with which what Teams sends is checked.
    SigningKeys,
    /// Whether the Bot Connector answers.
    Connector,
    /// Whether an organization's receiver of answers does.
    Webhook,
    /// The way in: what the world outside meets.
    Proxy,
    /// The key service of a cluster.
    KeyService,
    /// How the keys of people lie in the data folder.
    KeyTable,
}

impl Check {
    /// As it is printed.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Configuration => "configuration",
            Self::Folder => "folder",
            Self::Disk => "disk",
            Self::Process => "process",
            Self::Log => "log",
            Self::Clock => "clock",
            Self::Dns => "dns",
            Self::Tls => "tls",
            Self::Login => "login",
            Self::SigningKeys => "signing_keys",
            Self::Connector => "connector",
            Self::Webhook => "webhook",
            Self::Proxy => "proxy",
            Self::KeyService => "key_service",
            Self::KeyTable => "key_table",
        }
    }

    /// What to do where nobody answered in time.
    pub(super) fn when_silent(self) -> &'static str {
        match self {
            Self::Configuration | Self::Folder | Self::Disk | Self::Process | Self::KeyTable => {
                "look at the disk: it does not answer; a network volume may have lost its server"
            }
            Self::Log => {
                "look at the disk, or at the cluster's nodes: chronus-teams store-check asks them one by one"
            }
            Self::Dns => "let this machine reach its name servers (/etc/resolv.conf)",
            Self::Clock
            | Self::Tls
            | Self::Login
            | Self::SigningKeys
            | Self::Connector
            | Self::Webhook
            | Self::Proxy
            | Self::KeyService => "let this machine reach that host: look at firewalls and routes on the way",
        }
    }
}

/// How it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// As it should be.
    Good,
    /// It works, and will not for ever, or not well.
    Warning,
    /// It does not work.
    Wrong,
    /// Not looked at, for the reason that is told.
    Skipped,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What kind of thing.
    pub check: Check,
    /// Which: a host, a folder, an organization.
    pub about: String,
    /// How it stands.
    pub verdict: Verdict,
    /// What was seen. Never holds a secret.
    pub what: String,
    /// What to do; always there where something is to be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
}

impl Finding {
    pub(super) fn good(check: Check, about: impl Into<String>, what: impl Into<String>) -> Self {
        Self::new(check, about, Verdict::Good, what, None)
    }

    pub(super) fn skipped(check: Check, about: impl Into<String>, why: impl Into<String>) -> Self {
        Self::new(check, about, Verdict::Skipped, why, None)
    }

    pub(super) fn warning(
        check: Check,
        about: impl Into<String>,
        what: impl Into<String>,
        fix: impl Into<String>,
    ) -> Self {
        Self::new(check, about, Verdict::Warning, what, Some(fix.into()))
    }

    pub(super) fn wrong(
        check: Check,
        about: impl Into<String>,
        what: impl Into<String>,
        fix: impl Into<String>,
    ) -> Self {
        Self::new(check, about, Verdict::Wrong, what, Some(fix.into()))
    }

    fn new(
        check: Check,
        about: impl Into<String>,
        verdict: Verdict,
        what: impl Into<String>,
        fix: Option<String>,
    ) -> Self {
        Self {
            check,
            about: about.into(),
            verdict,
            what: what.into(),
            fix,
        }
    }
}

/// A finding for each thing that is wrong with a configuration. What it tells names the fix behind a semicolon.
pub fn of_configuration(error: &ConfigError) -> Vec<Finding> {
    let findings = error.problems.iter().map(|problem| {
        let (what, fix) = problem.what.split_once("; ").unwrap_or((
            &problem.what,
            "correct it; docs/configuration.md tells what it takes",
        ));
        let about = match (problem.key.is_empty(), problem.origin.is_empty()) {
            (true, true) => "the whole".to_owned(),
            (true, false) => problem.origin.clone(),
            (false, true) => problem.key.clone(),
            (false, false) => format!("{} ({})", problem.key, problem.origin),
        };
        Finding::wrong(Check::Configuration, about, what, fix)
    });
    findings.collect()
}
