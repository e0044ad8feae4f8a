//! Configuration: one TOML file, then `CHRONUS_TEAMS_…` variables over it, checked as a whole before anything is
//! bound.
//!
//! Every key stands in [`schema`] with what it takes, so an unknown key, a value of the wrong kind or one out of
//! range is refused with the key's full name, where it was written and what to write in its place. All problems
//! are reported at once. Nothing here opens a socket or starts a task; the secrets' files are read only by
//! [`Config::ready_to_serve`], so the offline tools work without them.

use std::fmt;
use std::path::{Path, PathBuf};

use actors::onboarding::OPERATORS;
use events::OrganizationId;
use serde::Deserialize;

use crate::cards::calendar::CalendarLinks;

mod api_keys;
mod check;
mod cluster;
mod console;
mod data_store;
mod delivery;
mod master;
mod metrics;
mod organization;
mod origins;
mod placeholders;
mod privacy;
pub mod schema;
mod settings;
mod sign_in;
mod source;
mod teams;
mod traces;
mod webhook;

pub use api_keys::{ApiKey, ApiKeys, Caller, KeyHash, NoRandomness, OperatorKey, Principal, Role, new_key};
pub use cluster::{Cluster, Keys};
pub use console::Console;
pub(crate) use data_store::{EMBEDDED, NO_KURRENTDB};
pub use delivery::{Delivery, Policy, Responses, WindowSetting};
pub use metrics::{Metrics, MetricsAccess};
pub use organization::{German, Organization};
pub use privacy::Privacy;
#[cfg(feature = "kurrentdb")]
pub(crate) use settings::PROJECTIONS;
pub use settings::{ADMIN_LISTEN, Actors, Data, Http, Log, LogFormat, Projections};
pub use sign_in::{Grant, SignIn, TokenAlgorithm};
pub use source::VARIABLE_PREFIX;
pub use teams::{AppType, Issuer, Teams};
pub use traces::Traces;
pub use webhook::WebhookSetting;

/// The file that is read when none is named, where it exists.
pub const DEFAULT_FILE: &str = "chronus-teams.toml";

/// The exit code for a configuration or a command line that cannot be used (`EX_USAGE` of BSD's `sysexits.h`).
pub const EXIT_USAGE: u8 = 64;

/// Everything that can be set.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where data lies.
    pub data: Data,
    /// The HTTP server.
    pub http: Http,
    /// The bot's identity and whom it trusts.
    pub teams: Teams,
    /// The Chronus customers served.
    pub organizations: Vec<Organization>,
    /// Who may register organizations while the service runs.
    pub operators: Vec<OperatorKey>,
    /// How cards are sent.
    pub delivery: Delivery,
    /// How answers are handed to Chronus.
    pub responses: Responses,
    /// How user actors live.
    pub actors: Actors,
    /// How the read models are made.
    pub projections: Projections,
    /// What is measured, and who may read it.
    pub metrics: Metrics,
    /// The pages for people.
    pub console: Console,
    /// Who is told of threads as traces.
    pub traces: Traces,
    /// What is forgotten by itself.
    pub privacy: Privacy,
    /// What is logged.
    pub log: Log,
    /// How several nodes share the work.
    pub cluster: Cluster,
    /// Where the keys are.
    pub keys: Keys,
    /// Which file or variable gave each value.
    #[serde(skip)]
    origins: origins::Origins,
}

/// One thing that is wrong, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The full key; empty where the file as a whole is meant.
    pub key: String,
    /// The file or variable that it was read from; empty for a value that was not given anywhere.
    pub origin: String,
    /// What is wrong and what to write, as one lower-case fragment. Never holds a secret.
    pub what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.key)?;
        match (self.key.is_empty(), self.origin.is_empty()) {
            (true, true) => return f.write_str(&self.what),
            (false, true) => {}
            (true, false) => f.write_str(&self.origin)?,
            (false, false) => write!(f, " ({})", self.origin)?,
        }
        write!(f, ": {}", self.what)
    }
}

/// The configuration cannot be used. Its text has a line per problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// Everything that was found, at least one.
    pub problems: Vec<Problem>,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the configuration cannot be used")?;
        self.problems
            .iter()
            .try_for_each(|problem| write!(f, "\n  {problem}"))
    }
}

impl std::error::Error for ConfigError {}

/// Who may reach the bot endpoint, as the one who starts the service decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authentication {
    /// Every activity carries a token that is checked.
    Required,
    /// No token is asked for; only on a loopback address, for a local Teams client.
    InsecureLoopback,
}

impl Config {
    /// The way to calendar entries, where people's browsers reach the service. The key is made of the bot's secret, or of its
    /// certificate's key, which every node has; replacing that ends the links. With a federated token there are none.
    pub fn calendar_links(&self) -> Option<CalendarLinks> {
        let seed = self.teams.credential()?.seed()?;
        CalendarLinks::new(self.http.public_url.clone()?, &seed)
    }

    /// Reads `file` (or [`DEFAULT_FILE`] where it exists) and the process's environment.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        let path = file.map_or_else(|| PathBuf::from(DEFAULT_FILE), Path::to_path_buf);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if file.is_none() && error.kind() == std::io::ErrorKind::NotFound => {
                return Self::from_text("", "", variables());
            }
            Err(error) => {
                return Err(ConfigError {
                    problems: vec![Problem {
                        key: String::new(),
                        origin: path.display().to_string(),
                        what: format!("the file cannot be read ({error}); check --config"),
                    }],
                });
            }
        };
        Self::from_text(&text, &path.display().to_string(), variables())
    }

    /// Reads the text of a file called `name`, with `variables` over it; the name is empty where there is no file.
    pub fn from_text(
        text: &str,
        name: &str,
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        // Some editors begin a file with a mark of its byte order.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let merged = source::Merged::read(text, name, variables)?;
        let mut config: Self = merged.parse()?;
        config.origins = merged.origins().clone();
        let mut problems = check::Problems::new(merged.origins());
        config.check(&mut problems);
        problems.into_result(config)
    }

    fn check(&self, problems: &mut check::Problems<'_>) {
        self.data.check(problems);
        self.http.check(problems);
        self.teams.check(problems);
        organization::check_all(&self.organizations, &self.operators, problems);
        self.delivery.check(problems);
        self.log.check(problems);
        self.cluster.check(problems);
        self.keys.check(problems);
        self.traces.check(problems);
    }

    /// Demands what the service cannot do without and reads the secrets' files; what the offline tools need is
    /// already checked. The secrets then stand in `client_secret` and `secret`, whichever way they were given.
    pub fn ready_to_serve(mut self, authentication: Authentication) -> Result<Self, ConfigError> {
        let origins = self.origins.clone();
        let mut problems = check::Problems::new(&origins);
        let login = self.teams.login();
        self.teams.demand(authentication, &mut problems);
        self.keys.demand(false, &mut problems);
        self.traces.demand(&mut problems);
        if authentication == Authentication::InsecureLoopback && !self.http.listen.ip().is_loopback() {
            problems.add(
                "http.listen",
                format!(
                    "{} is reachable from other machines, and without tokens only a loopback address is served; \
                     write 127.0.0.1:{}",
                    self.http.listen,
                    self.http.listen.port()
                ),
            );
        }
        if self.organizations.is_empty() && self.operators.is_empty() {
            problems.add(
                "organizations",
                "no organization is configured; add an [[organizations]] section with id and tenant_id",
            );
        }
        for (index, organization) in self.organizations.iter_mut().enumerate() {
            organization.demand(index, authentication, login, &mut problems);
        }
        if origins.has_no_file() {
            problems.begin_with(format!(
                "there is no {DEFAULT_FILE} here; copy chronus-teams.example.toml, or name yours with --config"
            ));
        }
        problems.into_result(self)
    }

    /// Demands what opening personal values cannot do without, and reads the token's file.
    pub fn ready_to_open(mut self) -> Result<Self, ConfigError> {
        let origins = self.origins.clone();
        let mut problems = check::Problems::new(&origins);
        self.keys.demand(false, &mut problems);
        problems.into_result(self)
    }

    /// Demands what the key service cannot do without, and reads its token's file.
    pub fn ready_to_serve_keys(mut self) -> Result<Self, ConfigError> {
        let origins = self.origins.clone();
        let mut problems = check::Problems::new(&origins);
        if self.keys.url.is_some() {
            problems.add(
                "keys.url",
                "this names another key service; the one that is started here has the keys in its data folder",
            );
        }
        self.keys.demand(true, &mut problems);
        problems.into_result(self)
    }

    /// Teams' limits and the organizations' weights, as the lanes take them.
    pub fn limits(&self) -> actors::lane::Limits {
        let weights = self.organizations.iter();
        let weights = weights.map(|organization| (organization.tenant_id.clone(), organization.weight));
        self.delivery.limits(weights.collect())
    }

    /// The rules of a user, as the actors take them.
    pub fn rules(&self) -> actors::settings::Rules {
        actors::settings::Rules {
            profile_max_age: self.teams.profile_max_age(),
            ..self.delivery.rules()
        }
    }

    /// How the read models are made; rows made otherwise are built again.
    pub fn projection_options(&self) -> projections::Options {
        projections::Options {
            default_ttl: self.delivery.rules().time_to_live,
            skip: self
                .projections
                .skip
                .iter()
                .copied()
                .map(events::Position)
                .collect(),
            ..projections::Options::default()
        }
    }

    /// The API keys of every organization, and those of operators.
    pub fn api_keys(&self) -> ApiKeys {
        let configured = self.organizations.iter().flat_map(|organization| {
            let keys = organization.api_keys.iter();
            keys.map(|key| (organization.id.clone(), key.clone()))
        });
        let operators = OrganizationId::parse(OPERATORS).ok();
        let operators = operators.into_iter().flat_map(|operators| {
            self.operators.iter().map(move |key| {
                let key = ApiKey {
                    name: key.name.clone(),
                    sha256: key.sha256,
                    roles: vec![Role::Operator],
                };
                (operators.clone(), key)
            })
        });
        let all: Vec<(OrganizationId, ApiKey)> = configured.chain(operators).collect();
        ApiKeys::new(all.iter().map(|(organization, key)| (organization, key)))
    }
}

/// The process's variables. One that is not Unicode cannot be one of ours unless its name is; then it is reported as bad.
fn variables() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os().filter_map(|(name, value)| {
        let name = name.into_string().ok()?;
        Some((name, value.to_string_lossy().into_owned()))
    })
}

#[cfg(test)]
mod tests;
