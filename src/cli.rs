//! The command line. Data goes to stdout, everything else to stderr; a reader that goes away (`| head`) is no
//! failure. Exit codes: 0 done, 1 failed, 64 wrong configuration or command line, 78 a store that cannot be checked since
//! its set-up is wrong.

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use clap::error::{ContextKind, ContextValue};
use clap::{Parser, Subcommand};
use events::EventStore;
use uuid::Uuid;

use crate::config::{Config, ConfigError, Data, EXIT_USAGE};
use crate::periods::moment;
use crate::private;
use crate::store::Store;

mod access_request;
mod acts;
mod announcement;
mod audit;
mod backup;
mod check;
mod deadletter;
mod demo;
mod doctor;
mod erase;
mod erasures;
mod export;
mod key_service;
mod keys;
mod listen;
mod manifest;
mod members;
#[cfg(feature = "kurrentdb")]
mod migrate;
mod models;
mod progress;
mod ready;
mod rebuild;
mod replay;
mod report;
mod responses;
mod restore;
mod sandbox;
mod scratch;
mod serve;
#[cfg(feature = "kurrentdb")]
mod store_check;
mod tenant;
mod why;

/// Chronus notifications as cards in Microsoft Teams, and the answers back to Chronus.
#[derive(Debug, Parser)]
#[command(name = "chronus-teams", version, arg_required_else_help = true)]
pub struct Cli {
    /// Configuration file; chronus-teams.toml where it exists, if not given
    #[arg(long, global = true, value_name = "FILE", env = "CHRONUS_TEAMS_CONFIG")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the service
    Serve(serve::Serve),
    /// Play a sample scenario against service and sandbox, and check what becomes of it
    Demo(demo::Demo),
    /// Stand in for Microsoft: login, Bot Connector and people at Teams clients
    Sandbox(Box<sandbox::Sandbox>),
    /// Print the event log, as NDJSON or for people
    Replay(replay::Replay),
    /// Print numbers
    Report(report::Report),
    /// Write the log as Parquet files, for your own tools
    Export(export::Export),
    /// Say why a card was sent or not, in one sentence with its evidence
    Why(why::Why),
    /// Delete the read models and build them again from the log; the service must be stopped
    Rebuild,
    /// Back up the log and its keys, also beside a running service
    Backup(backup::Backup),
    /// Make the data folder from a backup; the service must be stopped
    Restore(restore::Restore),
    /// Check that log, snapshots and read models agree with each other
    Check(check::Check),
    /// Look at everything around the service (clock, names, certificates, login, disk, …) and say what to do
    Doctor(doctor::Doctor),
    /// Succeed where a service or key service answers that it is ready: the health check of a container
    Ready(ready::Ready),
    /// Show cards that ended without arriving, and send them after all
    #[command(name = "deadletter")]
    DeadLetter(deadletter::DeadLetter),
    /// Show how announcements fare, and withdraw one
    Announcement(announcement::Announcement),
    /// Show answers that Chronus did not take, hand them over again, and switch its webhook
    Responses(responses::Responses),
    /// Show tenants, and switch the integration on and off
    Tenant(tenant::Tenant),
    /// Show who members are in Teams, and settle what disagrees
    Members(members::Members),
    /// Forget a member, and the person of the tenant that it is; the service must be stopped
    Erase(erase::Erase),
    /// Print which erasures were done or asked for, as a list that `restore --erasures` takes; also beside a running service
    Erasures(erasures::List),
    /// Write everything that is kept about a member, for whoever asks to see it; the service must be stopped
    AccessRequest(access_request::AccessRequest),
    /// Print who did what, when, why and from where, also beside a running service
    Audit(audit::Audit),
    /// Make API keys
    Keys(keys::Keys),
    /// Receive answers as Chronus does: verify, keep, fail on demand; needs no service and no configuration
    Listen(listen::Listen),
    /// Write the Teams app package for the organization's catalogue
    Manifest(manifest::Manifest),
    /// Copy the event log from the embedded store to a KurrentDB cluster, or home again; the service must be stopped
    #[cfg(feature = "kurrentdb")]
    Migrate(migrate::Migrate),
    /// Check that a KurrentDB cluster keeps the event store's promises, also when the network fails
    #[cfg(feature = "kurrentdb")]
    StoreCheck(store_check::StoreCheck),
    /// Hold the keys that open personal values, for several nodes
    KeyService(key_service::KeyService),
}

/// Reads the process's arguments, runs the command and answers its exit code.
pub fn run() -> ExitCode {
    // Whatever a command writes may hold personal data, and most of them may open it.
    private::for_the_owner_alone();
    private::no_core_dumps();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let code = if error.use_stderr() { EXIT_USAGE } else { 0 };
            return exit_code(&told(&error), code);
        }
    };
    match cli.command.run(cli.config.as_deref()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => exit_code(&complain(&error), code_of(&error)),
    }
}

#[cfg(feature = "kurrentdb")]
fn code_of(error: &anyhow::Error) -> u8 {
    use events::store::kurrent::AddressError;
    if error.is::<ConfigError>() || error.is::<AddressError>() {
        EXIT_USAGE
    } else if error.is::<store_check::CannotCheck>() || store_check::is_set_up(error) {
        store_check::EXIT_SET_UP
    } else {
        1
    }
}

#[cfg(not(feature = "kurrentdb"))]
fn code_of(error: &anyhow::Error) -> u8 {
    if error.is::<ConfigError>() { EXIT_USAGE } else { 1 }
}

impl Command {
    fn run(self, config: Option<&Path>) -> anyhow::Result<()> {
        match self {
            Self::Serve(serve) => serve.run(load(config)?, config),
            Self::Demo(demo) => demo.run(),
            Self::Sandbox(sandbox) => sandbox.run(),
            Self::Replay(replay) => replay.run(&load(config)?),
            Self::Report(report) => report.run(&load(config)?),
            Self::Export(export) => export.run(&load(config)?),
            Self::Why(why) => why.run(&load(config)?),
            Self::Rebuild => rebuild::run(&load(config)?),
            Self::Backup(backup) => backup.run(|| Ok(load(config)?)),
            Self::Restore(restore) => restore.run(&load(config)?),
            Self::Check(check) => check.run(&load(config)?),
            Self::Doctor(doctor) => doctor.run(config),
            Self::Ready(ready) => ready.run(),
            Self::DeadLetter(deadletter) => deadletter.run(&load(config)?),
            Self::Announcement(announcement) => announcement.run(&load(config)?),
            Self::Responses(responses) => responses.run(&load(config)?),
            Self::Tenant(tenant) => tenant.run(&load(config)?),
            Self::Members(members) => members.run(&load(config)?),
            Self::Erase(erase) => erase.run(&load(config)?),
            Self::Erasures(list) => list.run(&load(config)?),
            Self::Audit(audit) => audit.run(&load(config)?),
            Self::AccessRequest(asked) => asked.run(&load(config)?),
            Self::Keys(keys) => keys.run(&Config::load(config), &mut io::stdout().lock()),
            Self::Listen(listen) => listen.run(),
            Self::Manifest(manifest) => {
                manifest.run(Config::load(config).ok().as_ref(), &mut io::stdout().lock())
            }
            #[cfg(feature = "kurrentdb")]
            Self::Migrate(migrate) => migrate.run(),
            #[cfg(feature = "kurrentdb")]
            Self::StoreCheck(check) => check.run(),
            Self::KeyService(service) => service.run(load(config)?),
        }
    }
}

/// Reads the configuration and starts logging by it.
fn load(file: Option<&Path>) -> Result<Config, ConfigError> {
    let config = Config::load(file)?;
    crate::telemetry::start(&config.log);
    Ok(config)
}

/// Starts logging for a tool without a configuration: what it waits for, and what is wrong.
#[cfg(feature = "kurrentdb")]
fn log_warnings() {
    crate::telemetry::start(&crate::config::Log {
        level: "warn".to_owned(),
        ..crate::config::Log::default()
    });
}

/// Runs asynchronous work of an offline tool to its end.
fn block_on<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("failed to start the runtime")?
        .block_on(work)
}

/// Runs asynchronous work inside an actix system whose tasks share the machine's cores.
fn in_system<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("failed to start the runtime")?;
    // actix asks for the runtime by a closure that it calls once, on this thread.
    let runtime = std::cell::Cell::new(Some(runtime));
    let system = actix::System::with_tokio_rt(|| {
        runtime
            .take()
            .expect("actix asks for the runtime of a system once")
    });
    system.block_on(work)
}

/// The configured log, for reading beside a running service.
async fn open_log(config: &Config) -> anyhow::Result<Arc<dyn EventStore>> {
    Ok(open_store(config).await?.log)
}

/// Opens the configured store for reading.
async fn open_store(config: &Config) -> anyhow::Result<Store> {
    let opened = crate::store::open_read_only(&config.data).await;
    opened.with_context(|| match &config.data {
        Data {
            store: None,
            store_file: None,
            folder,
            ..
        } => {
            format!(
                "no event log can be read in data.folder {}; {}",
                absolute(folder).display(),
                fix_of_folder(folder)
            )
        }
        _ => "the event log cannot be read".to_owned(),
    })
}

/// The path from the root on, so that it is clear which folder a relative one is in.
fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf())
}

/// What to do where the embedded log in `folder` cannot be read.
fn fix_of_folder(folder: &Path) -> &'static str {
    match std::fs::File::open(folder.join("events.db")).map_err(|error| error.kind()) {
        Err(io::ErrorKind::NotFound) => "run this where `serve` runs, or name its file with --config",
        Err(io::ErrorKind::PermissionDenied) => {
            "this user may not read it; run this as the user that runs `serve`"
        }
        Ok(_) | Err(_) => "`check` tells what is damaged",
    }
}

/// Reads an id of 36 characters.
fn guid(text: &str) -> Result<Uuid, String> {
    Uuid::try_parse(text.trim())
        .map_err(|_| "write an id such as 6f1d2c3b-4a5e-4f60-8b71-92a3b4c5d6e7".to_owned())
}

/// The command that is meant by a word that other programs have for it.
fn meant_by(word: &str) -> Option<&'static str> {
    match word {
        "start" | "run" | "server" | "service" | "up" => Some("serve"),
        "init" | "key" => Some("keys new"),
        "package" | "app" => Some("manifest"),
        "verify" => Some("check"),
        "diagnose" | "test" => Some("doctor"),
        "log" | "events" => Some("replay"),
        "status" => Some("report delivery"),
        _ => None,
    }
}

/// What is wrong with the command line, and what is meant where that is likely; or the help that was asked for.
fn told(error: &clap::Error) -> io::Result<()> {
    use io::Write as _;
    error.print()?;
    let word = match error.get(ContextKind::InvalidSubcommand) {
        Some(ContextValue::String(word)) => word.as_str(),
        _ => return Ok(()),
    };
    match meant_by(word) {
        Some(meant) => writeln!(io::stderr().lock(), "\ndid you mean `chronus-teams {meant}`?"),
        None => Ok(()),
    }
}

/// The error and its causes, once, on stderr.
fn complain(error: &anyhow::Error) -> io::Result<()> {
    use io::Write as _;
    writeln!(io::stderr().lock(), "chronus-teams: {error:#}")
}

/// Whether the reader of stdout went away.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause
            .downcast_ref::<io::Error>()
            .is_some_and(|cause| cause.kind() == io::ErrorKind::BrokenPipe)
    })
}

/// `code`, unless even the message could not be written.
fn exit_code(written: &io::Result<()>, code: u8) -> ExitCode {
    ExitCode::from(if written.is_ok() { code } else { code.max(1) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        use clap::CommandFactory as _;
        Cli::command().debug_assert();
    }

    #[test]
    fn a_closed_pipe_is_found_below_other_errors() {
        let closed = io::Error::from(io::ErrorKind::BrokenPipe);
        let error = anyhow::Error::new(closed).context("failed to write");
        assert!(is_closed_pipe(&error));
        assert!(!is_closed_pipe(&anyhow::anyhow!("something else")));
    }
}
