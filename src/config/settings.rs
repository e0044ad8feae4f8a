//! The groups that concern this process alone: data, HTTP, actors, read models, log.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use events::LogId;
use ipnet::IpNet;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, de};

use super::check::Problems;
use super::data_store::fault_of;
use super::delivery::WindowSetting;

/// The read models' file in the data folder.
pub(crate) const PROJECTIONS: &str = "projections.db";

/// Where operators look, where nothing else is configured.
pub const ADMIN_LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 3980);

/// `[data]`: where data lies.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Data {
    /// The folder of the log, the keys and the read models; relative to the working directory.
    pub folder: PathBuf,
    /// Which event store: `sqlite`, the embedded one in the folder, or the connection string of a KurrentDB cluster,
    /// which may hold a password. The embedded one where neither this nor a file is given.
    #[serde(deserialize_with = "super::check::secret")]
    pub store: Option<SecretString>,
    /// A file that holds the connection string.
    #[serde(deserialize_with = "super::check::file")]
    pub store_file: Option<PathBuf>,
    /// What the streams' names begin with on a cluster that others use too.
    pub stream_prefix: String,
    /// The log that is served: no other one, and no new one.
    #[serde(deserialize_with = "log_id")]
    pub log_id: Option<LogId>,
}

impl Default for Data {
    fn default() -> Self {
        Self {
            folder: PathBuf::from("data"),
            store: None,
            store_file: None,
            stream_prefix: String::new(),
            log_id: None,
        }
    }
}

impl Data {
    pub(super) fn check(&self, problems: &mut Problems<'_>) {
        if self.folder.as_os_str().is_empty() {
            problems.add("data.folder", "the folder's name is empty; write a path");
        }
        problems.check_one_secret("data.store", self.store.is_some() && self.store_file.is_some());
        let store = self.store.as_ref().map(ExposeSecret::expose_secret);
        if let Some(fault) = store.and_then(fault_of) {
            problems.add("data.store", fault);
        }
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_');
        if !self.stream_prefix.chars().all(plain) {
            problems.add(
                "data.stream_prefix",
                "a prefix with other characters would hide the streams' categories; write letters, digits, dots and \
                 underscores",
            );
        }
    }

    /// The event log.
    pub fn events(&self) -> PathBuf {
        self.folder.join("events.db")
    }

    /// The keys that open personal values.
    pub fn keys(&self) -> PathBuf {
        self.folder.join("keys.db")
    }

    /// The read models.
    pub fn projections(&self) -> PathBuf {
        self.folder.join(PROJECTIONS)
    }
}

/// `[http]`: the HTTP server.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Http {
    /// Address and port to listen on; port 0 takes any free one.
    #[serde(deserialize_with = "address")]
    pub listen: SocketAddr,
    /// Address and port for operators: metrics, the health page, and why the service is not ready.
    #[serde(deserialize_with = "address")]
    pub admin_listen: SocketAddr,
    /// Where people's browsers reach `listen`, for calendar entries; without it cards have none of this service's.
    pub public_url: Option<url::Url>,
    /// Longest request body, in bytes; longer ones are answered 413.
    pub max_body_bytes: usize,
    /// Most events in one batch.
    pub max_batch: usize,
    /// Deepest nesting of JSON accepted.
    pub max_json_depth: usize,
    /// Requests that one address may send, before anything of them is read.
    pub address_limit: WindowSetting,
    /// Requests that one address may send with no key or token, or with one that is not known.
    pub wrong_key_limit: WindowSetting,
    /// Requests that one key may send to hand over events.
    pub ingest_limit: WindowSetting,
    /// Requests that one key may send to read.
    pub read_limit: WindowSetting,
    /// Requests that one key may send to change something.
    pub admin_limit: WindowSetting,
    /// Addresses and networks of proxies that tell for whom they ask.
    pub trusted_proxies: Vec<String>,
    /// Threads that serve requests.
    pub workers: usize,
    /// How long requests under way may take to end when the service stops, in seconds.
    pub shutdown_seconds: u64,
}

impl Default for Http {
    fn default() -> Self {
        Self {
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 3978),
            admin_listen: ADMIN_LISTEN,
            public_url: None,
            max_body_bytes: 1 << 20,
            max_batch: 500,
            max_json_depth: 32,
            address_limit: each_second(10_000),
            wrong_key_limit: WindowSetting {
                count: 300,
                seconds: 60,
            },
            ingest_limit: each_second(2_000),
            read_limit: each_second(1_000),
            admin_limit: each_second(100),
            trusted_proxies: Vec::new(),
            workers: cores(),
            shutdown_seconds: 20,
        }
    }
}

impl Http {
    pub(super) fn check(&self, problems: &mut Problems<'_>) {
        if self.listen.ip().is_multicast() {
            problems.add("http.listen", "a multicast address cannot be listened on");
        }
        if self.admin_listen.port() != 0 && self.admin_listen == self.listen {
            problems.add(
                "http.admin_listen",
                "this is http.listen too; operators' pages have an address of their own, so write another port",
            );
        }
        let plain = |url: &url::Url| url.scheme() == "https" && url.path() == "/" && url.query().is_none();
        if let Some(url) = self.public_url.as_ref().filter(|url| !plain(url)) {
            problems.add(
                "http.public_url",
                format!("\"{url}\" is not the https address of a host alone; write one such as https://teams.acme.example"),
            );
        }
        let unusable = |text: &&String| {
            let text = text.trim();
            text.parse::<IpAddr>().is_err() && text.parse::<IpNet>().is_err()
        };
        if let Some(wrong) = self.trusted_proxies.iter().find(unusable) {
            problems.add(
                "http.trusted_proxies",
                format!(
                    "{wrong:?} is no address; write one such as 10.0.0.7, or a network such as 10.0.0.0/8"
                ),
            );
        }
    }
}

fn address<'de, D: Deserializer<'de>>(from: D) -> Result<SocketAddr, D::Error> {
    let text = String::deserialize(from)?;
    text.trim().parse().map_err(|_| {
        de::Error::custom(format!(
            "{text:?} is not an address; write number and port, such as 127.0.0.1:3978"
        ))
    })
}

fn log_id<'de, D: Deserializer<'de>>(from: D) -> Result<Option<LogId>, D::Error> {
    let text = String::deserialize(from)?;
    let id = text.trim().parse().map_err(|_| {
        de::Error::custom(format!(
            "{text:?} is not a log's id; write what /readyz on http.admin_listen tells as log_id"
        ))
    })?;
    Ok(Some(LogId(id)))
}

fn each_second(count: u32) -> WindowSetting {
    WindowSetting { count, seconds: 1 }
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(2, NonZeroUsize::get)
}

/// `[actors]`: how user actors live.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Actors {
    /// Commands that may wait for one person; one more is answered 503.
    pub mailbox: usize,
    /// How long an actor that nobody asks for is kept, in seconds.
    pub idle_seconds: u64,
    /// Threads that actors are spread over.
    pub arbiters: usize,
    /// Events of one person after which a snapshot is kept.
    pub snapshot_every: u64,
}

impl Default for Actors {
    fn default() -> Self {
        let defaults = actors::settings::ActorSettings::default();
        Self {
            mailbox: defaults.mailbox,
            idle_seconds: defaults.idle.as_secs(),
            arbiters: defaults.arbiters,
            snapshot_every: defaults.snapshot_every,
        }
    }
}

impl Actors {
    /// As the actors take it.
    pub fn settings(&self) -> actors::settings::ActorSettings {
        actors::settings::ActorSettings {
            mailbox: self.mailbox,
            idle: Duration::from_secs(self.idle_seconds),
            arbiters: self.arbiters,
            snapshot_every: self.snapshot_every,
            shared_log: false,
        }
    }
}

/// `[projections]`: how the read models are made.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Projections {
    /// Positions of events that cannot be read and are left out by decision.
    pub skip: Vec<u64>,
}

/// How log lines are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line, for machines.
    Json,
}

/// `[log]`: what is logged. Log lines go to stderr.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// How lines are written.
    pub format: LogFormat,
    /// `error`, `warn`, `info`, `debug`, `trace`, or directives such as `info,actors=debug`; the variable
    /// `RUST_LOG` comes before it.
    pub level: String,
}

impl Default for Log {
    fn default() -> Self {
        Self {
            format: LogFormat::default(),
            level: "info".to_owned(),
        }
    }
}

impl Log {
    pub(super) fn check(&self, problems: &mut Problems<'_>) {
        // A directive that is no level would be read as the name of a target, and everything else fall silent.
        let level = |word: &str| {
            ["off", "error", "warn", "info", "debug", "trace"]
                .contains(&word.trim().to_ascii_lowercase().as_str())
        };
        let wrong = self
            .level
            .split(',')
            .find(|directive| !level(directive.rsplit_once('=').map_or(*directive, |(_, level)| level)));
        if let Some(wrong) = wrong {
            problems.add(
                "log.level",
                format!(
                    "{wrong:?} is not a level; write error, warn, info, debug or trace, or such as info,actors=debug"
                ),
            );
        }
    }
}
