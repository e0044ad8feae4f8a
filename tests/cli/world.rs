//! A data folder with a short log on the embedded store, and the program run on it.

use std::process::{Command, Output};
use std::sync::Arc;

use chrono::{DateTime, Duration, TimeZone, Utc};
use events::organization::DomainEventAccepted;
use events::sealing::sqlite::SqliteKeyTable;
use events::store::sqlite::{SqliteOptions, SqliteStore};
use events::{
    EventId, EventStore, Expected, Metadata, NewEvent, OrganizationEvent, PersonId, Sealed, StoredEvent,
    StreamId, StreamKind, StreamWrite, Vault,
};
use tempfile::TempDir;

/// The program with nothing of this machine's configuration.
pub(crate) fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_chronus-teams"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("CHRONUS_TEAMS_") {
            command.env_remove(name);
        }
    }
    command.env_remove("RUST_LOG");
    command
}

pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// When the first event happened; each later one a minute after the one before.
pub(crate) fn start() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 3, 2, 9, 0, 0).unwrap()
}

/// The id that follows from what a domain event says.
fn domain_event_id(stream: &StreamId, event: &impl StoredEvent) -> Option<EventId> {
    let organization = stream
        .organization_id()
        .filter(|_| stream.kind() == StreamKind::Organization)?;
    let decoded = OrganizationEvent::decode(event.type_name(), event.schema_version(), &event.to_json());
    let OrganizationEvent::DomainEventAccepted(accepted) = decoded.ok()?;
    Some(DomainEventAccepted::event_id(
        &organization,
        &accepted.source,
        &accepted.id,
    ))
}

pub(crate) struct World {
    pub(crate) folder: TempDir,
    store: Option<SqliteStore>,
    keys: Arc<SqliteKeyTable>,
    pub(crate) vault: Vault,
    appended: u32,
}

impl World {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(folder.path(), &SqliteOptions::default()).unwrap();
        let keys = Arc::new(SqliteKeyTable::open(folder.path()).unwrap());
        let vault = Vault::new(Arc::clone(&keys) as Arc<dyn events::KeyTable>);
        Self {
            folder,
            store: Some(store),
            keys,
            vault,
            appended: 0,
        }
    }

    pub(crate) async fn append(&mut self, stream: StreamId, event: impl StoredEvent) {
        let number = self.appended.to_string();
        let id = domain_event_id(&stream, &event)
            .unwrap_or_else(|| EventId::derive(["cli test", number.as_str()]));
        let metadata = Metadata {
            time: start() + Duration::minutes(i64::from(self.appended)),
            correlation_id: id.0,
            causation_id: id.0,
        };
        self.appended += 1;
        let write = StreamWrite {
            stream,
            expected: Expected::Any,
            events: vec![NewEvent::encode(id, &event, metadata)],
        };
        self.store().append(vec![write]).await.unwrap();
    }

    pub(crate) async fn seal(&self, person: &PersonId, text: &str) -> Sealed {
        self.vault.seal(person, text).await.unwrap()
    }

    /// Runs the program on the folder, with the log still open here as by a running service.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        program()
            .current_dir(self.folder.path())
            .env("CHRONUS_TEAMS_DATA__FOLDER", self.folder.path())
            .args(arguments)
            .output()
            .unwrap()
    }

    pub(crate) fn store(&self) -> &SqliteStore {
        self.store.as_ref().unwrap()
    }

    /// As after the service stopped: the log is closed and its lock free.
    pub(crate) async fn stop(&mut self) {
        self.store.take().unwrap().close().await;
        self.keys.close().await;
    }
}
