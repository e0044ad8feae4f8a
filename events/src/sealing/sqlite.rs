//! The embedded key table: its own SQLite file, apart from the log, so that destroying a key needs no change to
//! the log and a copy of the log alone opens nothing.
//!
//! One thread owns the connection. A key is on disk before it is handed out: a value sealed under a key that a
//! crash lost would be lost. A destroyed key is overwritten in the file (`secure_delete`) and the write-ahead log
//! is emptied before the destruction is answered; its row stays, so that generations go up.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use futures_util::future::{BoxFuture, FutureExt as _};
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, params};
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::{KeyTable, KeyTableError, PersonId, PersonKey, random_bytes};
use crate::envelope::Position;
use crate::ids::{EventId, LogId};
use crate::lineage::Mark;
use crate::store::sqlite::format::{self, FormatError};

mod copy;
mod master;
mod wrapping;

pub use copy::{KeyState, KeysCopy, LeftOver, destroy_all, repeat_destructions};
pub use master::{Closed, MasterKey, Masters};
use wrapping::Cursor;
pub use wrapping::Wrapping;

/// The table's file within the data folder.
pub const FILE_NAME: &str = "keys.db";

/// Requests that may wait.
const QUEUE: usize = 1_024;
/// Requests served in one commit.
const GROUP: usize = 512;

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS keys (
        person     TEXT    NOT NULL,
        generation INTEGER NOT NULL,
        secret     BLOB, -- NULL once destroyed
        PRIMARY KEY (person, generation)
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS secrets (name TEXT PRIMARY KEY, secret BLOB NOT NULL) WITHOUT ROWID;
    -- How far the log was when a service last said so. Every key that the log needs up to there is here.
    CREATE TABLE IF NOT EXISTS seen (
        one      INTEGER PRIMARY KEY CHECK (one = 1),
        log_id   BLOB    NOT NULL,
        position INTEGER NOT NULL,
        event    BLOB    NOT NULL
    );
";

/// The layout of a file whose keys lie open.
const OPEN: u32 = 1;
/// The layout of one that may hold keys wrapped under a master key, which earlier releases cannot read.
const WRAPPING: u32 = 2;
/// The newest layout that this release reads; a newer release may raise it.
const FORMAT: u32 = WRAPPING;

/// Why the key table could not be opened.
#[derive(Debug, thiserror::Error)]
#[error("cannot open the key table {path}, and without it nothing that was sealed can be read")]
pub struct OpenError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    #[source]
    pub source: FormatError,
}

type Answer<T> = oneshot::Sender<Result<T, KeyTableError>>;

enum Job {
    Create {
        persons: Vec<PersonId>,
        respond: Answer<Vec<PersonKey>>,
    },
    Find {
        person: PersonId,
        generation: u32,
        respond: Answer<Option<PersonKey>>,
    },
    Destroy {
        person: PersonId,
        respond: Answer<usize>,
    },
    Known {
        keys: Vec<(PersonId, u32)>,
        respond: Answer<Vec<bool>>,
    },
    Seen {
        log_id: LogId,
        position: Position,
        event: EventId,
        respond: Answer<()>,
    },
    Masters {
        masters: Masters,
        respond: Answer<()>,
    },
}

/// See the module.
pub struct SqliteKeyTable {
    jobs: Mutex<Option<mpsc::Sender<Job>>>,
    thread: Mutex<Option<std::thread::JoinHandle<()>>>,
    lookup_secret: Zeroizing<[u8; 32]>,
}

impl std::fmt::Debug for SqliteKeyTable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SqliteKeyTable").finish_non_exhaustive()
    }
}

impl SqliteKeyTable {
    /// Opens the table in `folder`, making it if needed, readable by its owner alone.
    pub fn open(folder: &Path) -> Result<Self, OpenError> {
        Self::open_under(folder, Masters::default())
    }

    /// The same, with keys that lie wrapped under a master key: those that lie otherwise are wrapped while the table is used.
    pub fn open_under(folder: &Path, masters: Masters) -> Result<Self, OpenError> {
        let path = folder.join(FILE_NAME);
        let error = |source| OpenError {
            path: path.clone(),
            source,
        };
        let mut connection = connect(&path).map_err(error)?;
        wrapping::note_format(&connection, &masters).map_err(|e| error(e.into()))?;
        let secret = wrapping::lookup_secret(&mut connection, &masters);
        let lookup_secret = secret.map_err(|e| error(e.into()))?;
        let (jobs, waiting) = mpsc::channel(QUEUE);
        let thread = std::thread::Builder::new()
            .name("key-table".to_owned())
            .spawn(move || run(connection, masters, waiting))
            .map_err(|source| error(rusqlite::Error::ToSqlConversionFailure(Box::new(source)).into()))?;
        Ok(Self {
            jobs: Mutex::new(Some(jobs)),
            thread: Mutex::new(Some(thread)),
            lookup_secret,
        })
    }

    /// How far the log was when the table in `folder` was last told; `None` where there is no table, or one that was
    /// never told. Changes nothing.
    pub fn last_seen(folder: &Path) -> Result<Option<Mark>, OpenError> {
        let path = folder.join(FILE_NAME);
        if !path.exists() {
            return Ok(None);
        }
        last_seen(&path).map_err(|source| OpenError { path, source })
    }

    /// Notes how far the log is.
    pub async fn see(&self, log_id: LogId, position: Position, event: EventId) -> Result<(), KeyTableError> {
        self.ask("note how far the log is", |respond| Job::Seen {
            log_id,
            position,
            event,
            respond,
        })
        .await
    }

    /// Has keys lie wrapped under other master keys from now on. Those that lie otherwise are wrapped while the table is used; the
    /// masters that they lie under must be among the previous ones. Where the table does not open with these, nothing changes.
    pub async fn take_masters(&self, masters: Masters) -> Result<(), KeyTableError> {
        self.ask("take another master key", |respond| Job::Masters {
            masters,
            respond,
        })
        .await
    }

    /// Which of these keys were ever made, destroyed ones included, in the order asked. A value that is sealed under a
    /// key that was never made says that the table is an older copy or another one.
    pub async fn known(&self, keys: Vec<(PersonId, u32)>) -> Result<Vec<bool>, KeyTableError> {
        self.ask("look up keys", |respond| Job::Known { keys, respond })
            .await
    }

    /// Finishes what waits and ends the thread.
    pub async fn close(&self) {
        drop(self.jobs.lock().unwrap_or_else(PoisonError::into_inner).take());
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread
            && !matches!(
                tokio::task::spawn_blocking(move || thread.join()).await,
                Ok(Ok(()))
            )
        {
            tracing::error!("the key table's thread ended by a panic");
        }
    }

    async fn ask<T>(
        &self,
        action: &'static str,
        job: impl FnOnce(Answer<T>) -> Job,
    ) -> Result<T, KeyTableError> {
        let gone = || KeyTableError {
            action,
            source: "the key table is closed".into(),
        };
        let (respond, answer) = oneshot::channel();
        let jobs = self
            .jobs
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
            .ok_or_else(gone)?;
        jobs.send(job(respond)).await.map_err(|_| gone())?;
        answer.await.unwrap_or_else(|_| Err(gone()))
    }
}

impl KeyTable for SqliteKeyTable {
    fn current_or_create(
        &self,
        persons: Vec<PersonId>,
    ) -> BoxFuture<'_, Result<Vec<PersonKey>, KeyTableError>> {
        self.ask("make keys", |respond| Job::Create { persons, respond })
            .boxed()
    }

    fn find(
        &self,
        person: PersonId,
        generation: u32,
    ) -> BoxFuture<'_, Result<Option<PersonKey>, KeyTableError>> {
        self.ask("find a key", move |respond| Job::Find {
            person,
            generation,
            respond,
        })
        .boxed()
    }

    fn destroy(&self, person: PersonId) -> BoxFuture<'_, Result<usize, KeyTableError>> {
        self.ask("destroy keys", |respond| Job::Destroy { person, respond })
            .boxed()
    }

    fn lookup_secret(&self) -> Zeroizing<[u8; 32]> {
        self.lookup_secret.clone()
    }
}

fn connect(path: &Path) -> Result<Connection, FormatError> {
    owner_only(path)?;
    let connection = Connection::open(path)?;
    format::check(&connection, FORMAT)?;
    format::must_be_writable(&connection)?;
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "secure_delete", "ON")?;
    connection.execute_batch(SCHEMA)?;
    let found = format::check(&connection, FORMAT)?;
    format::claim(&connection, found.max(OPEN))?;
    Ok(connection)
}

fn last_seen(path: &Path) -> Result<Option<Mark>, FormatError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    format::check(&connection, FORMAT)?;
    // A table of an earlier release was never told.
    let told: bool = connection.query_row(
        "SELECT count(*) > 0 FROM sqlite_schema WHERE name = 'seen'",
        [],
        |row| row.get(0),
    )?;
    if !told {
        return Ok(None);
    }
    let seen = connection.query_row("SELECT log_id, position, event FROM seen", [], |row| {
        Ok(Mark {
            log_id: Some(LogId(Uuid::from_bytes(row.get(0)?))),
            position: Position(row.get(1)?),
            event: Some(EventId(Uuid::from_bytes(row.get(2)?))),
        })
    });
    Ok(seen.optional()?)
}

/// Makes the file before SQLite does, so that it never exists with wider permissions.
#[cfg(unix)]
fn owner_only(path: &Path) -> rusqlite::Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let made = std::fs::File::options()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(path);
    made.map(drop)
        .map_err(|source| rusqlite::Error::ToSqlConversionFailure(Box::new(source)))
}

#[cfg(not(unix))]
fn owner_only(_path: &Path) -> rusqlite::Result<()> {
    Ok(())
}

/// Where a key lies, which its wrapping is bound to.
fn place_of(person: &PersonId, generation: u32) -> String {
    format!("keys/{generation}/{person}")
}

/// A key that stays closed, as the database's layer tells of a value that it cannot read.
fn closed(why: Closed) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Blob, Box::new(why))
}

/// What the thread works on.
struct Table {
    connection: Connection,
    masters: Masters,
    /// How far the wrapping is; nothing where all keys lie as they are to.
    unwrapped: Option<Cursor>,
}

fn run(connection: Connection, masters: Masters, mut jobs: mpsc::Receiver<Job>) {
    let mut table = Table {
        connection,
        masters,
        unwrapped: Some(Cursor::default()),
    };
    loop {
        // While something is left to be wrapped nobody is waited for.
        let job = if table.unwrapped.is_none() {
            match jobs.blocking_recv() {
                Some(job) => job,
                None => return,
            }
        } else {
            match jobs.try_recv() {
                Ok(job) => job,
                Err(mpsc::error::TryRecvError::Disconnected) => return,
                Err(mpsc::error::TryRecvError::Empty) => {
                    table.wrap_some();
                    continue;
                }
            }
        };
        table.serve(job, &mut jobs);
        table.wrap_some();
    }
}

impl Table {
    fn wrap_some(&mut self) {
        let Some(cursor) = &mut self.unwrapped else { return };
        match wrapping::some(&mut self.connection, &self.masters, cursor) {
            Ok(true) => {}
            Ok(false) => self.unwrapped = None,
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "keys could not be wrapped under the master key; it is tried at the next start"
                );
                self.unwrapped = None;
            }
        }
    }

    /// Does what is asked, and what came meanwhile.
    fn serve(&mut self, job: Job, jobs: &mut mpsc::Receiver<Job>) {
        let mut creations = Vec::new();
        let mut next = Some(job);
        while let Some(job) = next {
            match job {
                Job::Create { persons, respond } => creations.push((persons, respond)),
                Job::Find {
                    person,
                    generation,
                    respond,
                } => {
                    let found = find(&self.connection, &self.masters, &person, generation);
                    drop(respond.send(found.map_err(|e| failed("find a key", e))));
                }
                Job::Destroy { person, respond } => {
                    let destroyed = destroy(&self.connection, &person);
                    drop(respond.send(destroyed.map_err(|e| failed("destroy keys", e))));
                }
                Job::Known { keys, respond } => {
                    let known = known(&self.connection, &keys);
                    drop(respond.send(known.map_err(|e| failed("look up keys", e))));
                }
                Job::Seen {
                    log_id,
                    position,
                    event,
                    respond,
                } => {
                    let noted = see(&self.connection, log_id, position, event);
                    drop(respond.send(noted.map_err(|e| failed("note how far the log is", e))));
                }
                Job::Masters { masters, respond } => {
                    let taken = self.take(masters);
                    drop(respond.send(taken.map_err(|e| failed("take another master key", e))));
                }
            }
            next = if creations.len() < GROUP {
                jobs.try_recv().ok()
            } else {
                None
            };
        }
        if !creations.is_empty() {
            create_group(&mut self.connection, &self.masters, creations);
        }
    }

    fn take(&mut self, masters: Masters) -> rusqlite::Result<()> {
        wrapping::note_format(&self.connection, &masters)?;
        wrapping::lookup_secret(&mut self.connection, &masters)?;
        self.masters = masters;
        self.unwrapped = Some(Cursor::default());
        Ok(())
    }
}

fn failed(action: &'static str, source: rusqlite::Error) -> KeyTableError {
    KeyTableError {
        action,
        source: Box::new(source),
    }
}

/// Makes the keys of many requests in one commit, then answers.
fn create_group(
    connection: &mut Connection,
    masters: &Masters,
    requests: Vec<(Vec<PersonId>, Answer<Vec<PersonKey>>)>,
) {
    let all = requests.iter().map(|(persons, _)| persons.as_slice());
    let made = create(connection, masters, all);
    let mut made = made.map(Vec::into_iter).map_err(std::sync::Arc::new);
    for (persons, respond) in requests {
        let answer = match &mut made {
            Ok(keys) => Ok(keys.by_ref().take(persons.len()).collect()),
            Err(error) => Err(KeyTableError {
                action: "make keys",
                source: Box::new(std::sync::Arc::clone(error)),
            }),
        };
        drop(respond.send(answer));
    }
}

fn create<'a>(
    connection: &mut Connection,
    masters: &Masters,
    requests: impl Iterator<Item = &'a [PersonId]>,
) -> rusqlite::Result<Vec<PersonKey>> {
    let transaction = connection.transaction()?;
    let mut keys = Vec::new();
    for person in requests.flatten() {
        let sql = "SELECT generation, secret FROM keys WHERE person = ?1 ORDER BY generation DESC LIMIT 1";
        let newest: Option<(u32, Option<Vec<u8>>)> = transaction
            .prepare_cached(sql)?
            .query_row([person.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let key = match newest {
            Some((generation, Some(kept))) => {
                wrapping::opened(masters, person, generation, &kept).map_err(closed)?
            }
            destroyed => {
                let generation = destroyed.map_or(1, |(generation, _)| generation + 1);
                let secret = Zeroizing::new(random_bytes::<32>());
                transaction
                    .prepare_cached("INSERT INTO keys VALUES (?1, ?2, ?3)")?
                    .execute(params![
                        person.as_str(),
                        generation,
                        masters.close(&place_of(person, generation), &secret).as_slice()
                    ])?;
                PersonKey { generation, secret }
            }
        };
        keys.push(key);
    }
    transaction.commit()?;
    Ok(keys)
}

fn find(
    connection: &Connection,
    masters: &Masters,
    person: &PersonId,
    generation: u32,
) -> rusqlite::Result<Option<PersonKey>> {
    let kept: Option<Option<Vec<u8>>> = connection
        .prepare_cached("SELECT secret FROM keys WHERE person = ?1 AND generation = ?2")?
        .query_row((person.as_str(), generation), |row| row.get(0))
        .optional()?;
    let kept = kept.flatten();
    kept.map(|kept| wrapping::opened(masters, person, generation, &kept).map_err(closed))
        .transpose()
}

fn known(connection: &Connection, keys: &[(PersonId, u32)]) -> rusqlite::Result<Vec<bool>> {
    let mut made = connection.prepare_cached("SELECT 1 FROM keys WHERE person = ?1 AND generation = ?2")?;
    keys.iter()
        .map(|(person, generation)| made.exists((person.as_str(), generation)))
        .collect()
}

fn see(connection: &Connection, log_id: LogId, position: Position, event: EventId) -> rusqlite::Result<()> {
    let sql = "INSERT OR REPLACE INTO seen VALUES (1, ?1, ?2, ?3)";
    connection
        .prepare_cached(sql)?
        .execute((log_id.0.as_bytes(), position.0, event.0.as_bytes()))?;
    // Whoever copies the file by hand copies what stands in it, not in the WAL.
    connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))
}

fn destroy(connection: &Connection, person: &PersonId) -> rusqlite::Result<usize> {
    let sql = "UPDATE keys SET secret = NULL WHERE person = ?1 AND secret IS NOT NULL";
    let destroyed = connection.execute(sql, [person.as_str()])?;
    // The old page still stands in the write-ahead log: empty it, or the key would outlive its destruction.
    let busy: bool = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    if busy {
        tracing::warn!(
            "a destroyed key may stay in the key table's write-ahead log until the next checkpoint"
        );
    }
    Ok(destroyed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ada() -> PersonId {
        PersonId::from_stored("user/t/ada")
    }

    fn master(byte: u8) -> MasterKey {
        MasterKey::new(Zeroizing::new([byte; 32]))
    }

    fn masters(current: Option<u8>, previous: &[u8]) -> Masters {
        Masters {
            current: current.map(master),
            previous: previous.iter().map(|byte| master(*byte)).collect(),
        }
    }

    /// How the keys in a folder lie under a master key.
    fn lie(folder: &Path, current: u8) -> Wrapping {
        let copy = KeysCopy::open(&folder.join(FILE_NAME)).unwrap();
        copy.under(masters(Some(current), &[])).wrapping().unwrap()
    }

    fn number(n: usize) -> PersonId {
        PersonId::from_stored(&format!("user/t/{n}"))
    }

    #[tokio::test]
    async fn a_table_of_before_is_wrapped_while_it_is_used_and_opens_under_its_masters_alone() {
        let folder = tempfile::tempdir().unwrap();
        let table = SqliteKeyTable::open(folder.path()).unwrap();
        let persons: Vec<PersonId> = (0..500).map(number).collect();
        let made = table.current_or_create(persons.clone()).await.unwrap();
        let secret = table.lookup_secret();
        table.close().await;

        let table = SqliteKeyTable::open_under(folder.path(), masters(Some(1), &[])).unwrap();
        assert_eq!(table.lookup_secret(), secret);
        // Under another one while all of it is used; each key opens at any moment.
        table.take_masters(masters(Some(2), &[1])).await.unwrap();
        for (person, made) in persons.iter().zip(&made) {
            let found = table.find(person.clone(), 1).await.unwrap().unwrap();
            assert_eq!(found.secret, made.secret);
        }
        let new = table.current_or_create(vec![ada()]).await.unwrap();
        while lie(folder.path(), 2).current < 501 {
            table.find(ada(), 1).await.unwrap().unwrap();
        }
        table.close().await;
        let all = Wrapping {
            current: 501,
            ..Wrapping::default()
        };
        assert_eq!(lie(folder.path(), 2), all);

        for wrong in [masters(None, &[]), masters(Some(1), &[])] {
            let refused = SqliteKeyTable::open_under(folder.path(), wrong).unwrap_err();
            let source = std::error::Error::source(&refused.source).map(ToString::to_string);
            let told = format!("{} {}", refused.source, source.unwrap_or_default());
            assert!(told.contains(&master(2).id().to_string()), "{told}");
        }
        // Without a master again: open, and for an earlier release too.
        let table = SqliteKeyTable::open_under(folder.path(), masters(None, &[2])).unwrap();
        let found = table.find(ada(), 1).await.unwrap().unwrap();
        assert_eq!(found.secret, new[0].secret);
        while lie(folder.path(), 2).open < 501 {
            table.find(ada(), 1).await.unwrap().unwrap();
        }
        table.close().await;
        let connection = Connection::open(folder.path().join(FILE_NAME)).unwrap();
        let format: u32 = connection
            .pragma_query_value(None, "user_version", |row| row.get(0))
            .unwrap();
        assert_eq!(format, OPEN);
    }

    #[tokio::test]
    async fn of_a_wrapped_table_neither_key_nor_secret_lies_in_the_file_and_the_destroyed_stay_so() {
        let folder = tempfile::tempdir().unwrap();
        let table = SqliteKeyTable::open_under(folder.path(), masters(Some(1), &[])).unwrap();
        let made = table.current_or_create(vec![ada()]).await.unwrap();
        let secret = table.lookup_secret();
        assert_eq!(table.destroy(number(1)).await.unwrap(), 0);
        table.close().await;
        for entry in std::fs::read_dir(folder.path()).unwrap() {
            let bytes = std::fs::read(entry.unwrap().path()).unwrap();
            for plain in [&made[0].secret, &secret] {
                assert!(!bytes.windows(32).any(|window| window == plain.as_slice()));
            }
        }
        let copy = || KeysCopy::open(&folder.path().join(FILE_NAME)).unwrap();
        assert!(matches!(copy().key(&ada(), 1).unwrap(), KeyState::Wrapped(_)));
        let under = copy().under(masters(Some(1), &[]));
        assert!(matches!(under.key(&ada(), 1).unwrap(), KeyState::Kept(_)));
        assert_eq!(copy().id().unwrap(), super::super::KeyTableId::of(&secret));
        let table = SqliteKeyTable::open_under(folder.path(), masters(Some(1), &[])).unwrap();
        assert_eq!(table.destroy(ada()).await.unwrap(), 1);
        assert!(table.find(ada(), 1).await.unwrap().is_none());
        table.close().await;
        assert!(matches!(copy().key(&ada(), 1).unwrap(), KeyState::Destroyed));
    }

    #[tokio::test]
    async fn keys_and_the_lookup_secret_outlive_the_process() {
        let folder = tempfile::tempdir().unwrap();
        let table = SqliteKeyTable::open(folder.path()).unwrap();
        let made = table.current_or_create(vec![ada(), ada()]).await.unwrap();
        assert_eq!(made[0].secret, made[1].secret);
        let secret = table.lookup_secret();
        table.close().await;

        let table = SqliteKeyTable::open(folder.path()).unwrap();
        let found = table.find(ada(), 1).await.unwrap().unwrap();
        assert_eq!(found.secret, made[0].secret);
        assert_eq!(table.lookup_secret(), secret);
    }

    #[tokio::test]
    async fn a_destroyed_key_is_nowhere_in_the_files() {
        let folder = tempfile::tempdir().unwrap();
        let table = SqliteKeyTable::open(folder.path()).unwrap();
        let key = table.current_or_create(vec![ada()]).await.unwrap().remove(0);
        assert!(
            files_hold(folder.path(), key.secret.as_slice()),
            "the search itself does not work"
        );

        assert_eq!(table.destroy(ada()).await.unwrap(), 1);

        assert!(!files_hold(folder.path(), key.secret.as_slice()));
        assert!(table.find(ada(), 1).await.unwrap().is_none());
        assert_eq!(
            table.current_or_create(vec![ada()]).await.unwrap()[0].generation,
            2
        );
    }

    fn files_hold(folder: &Path, bytes: &[u8]) -> bool {
        std::fs::read_dir(folder).unwrap().any(|entry| {
            let content = std::fs::read(entry.unwrap().path()).unwrap();
            content.windows(bytes.len()).any(|window| window == bytes)
        })
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn only_the_owner_may_read_the_file() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let _table = SqliteKeyTable::open(folder.path()).unwrap();
        let mode = std::fs::metadata(folder.path().join(FILE_NAME))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o077, 0);
    }
}
