//! A writer process is killed at arbitrary moments: in a commit, in a fold, in a checkpoint. Afterwards every
//! append that was answered is there, no batch is half there, and log, heads and marks agree.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};
use std::sync::Arc;

use events::store::sqlite::check::check;
use events::store::sqlite::{SqliteOptions, SqliteStore};
use events::{Direction, EventStore, Version};

use crate::support::{stream, write};

/// Set for the process that is to be killed: the folder to write in.
const FOLDER: &str = "EVENTS_CRASH_FOLDER";
/// Writers in the doomed process, each with its own stream.
const WRITERS: u64 = 8;
/// Events per append.
const BATCH: u64 = 3;

fn options() -> SqliteOptions {
    SqliteOptions {
        fold_after: 5,
        checkpoint_after: 20_000,
        ..SqliteOptions::default()
    }
}

/// Not a test of its own: the body of the process that is killed. It prints each answered append.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn doomed_writer() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let store = Arc::new(SqliteStore::open(folder.as_ref(), &options()).unwrap());
    let writers = (0..WRITERS).map(|writer| {
        let store = Arc::clone(&store);
        async move {
            let name = format!("w{writer}");
            let last = store
                .read_stream(stream(&name), Version(u64::MAX), Direction::Backwards, 1)
                .await
                .unwrap();
            let mut version = last.first().map_or(0, |event| event.version.0);
            loop {
                let ids: Vec<String> = (0..BATCH).map(|n| format!("{writer}/{}", version + n)).collect();
                let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
                store.append(vec![write(&name, version, &ids)]).await.unwrap();
                version += BATCH;
                let mut out = std::io::stdout().lock();
                writeln!(out, "answered {writer} {version}").unwrap();
                out.flush().unwrap();
            }
        }
    });
    futures_util::future::join_all(writers).await;
}

#[tokio::test]
async fn nothing_answered_is_lost_and_nothing_is_half_written_when_the_process_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let mut answered = [0_u64; 8];
    for kill in 0..12_u64 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["crash::doomed_writer", "--exact", "--nocapture"])
            .env(FOLDER, folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        // Kill after a different number of answers each time; the moment within a commit is the scheduler's.
        let mut note = |line: &str| {
            let mut words = line
                .split_whitespace()
                .skip_while(|word| *word != "answered")
                .skip(1);
            if let (Some(Ok(writer)), Some(Ok(version))) = (
                words.next().map(str::parse::<usize>),
                words.next().map(str::parse::<u64>),
            ) {
                answered[writer] = answered[writer].max(version);
            }
        };
        for line in lines.by_ref().take(usize::try_from(20 + 37 * kill).unwrap()) {
            note(&line.unwrap());
        }
        child.kill().unwrap();
        lines.map_while(Result::ok).for_each(|line| note(&line));
        child.wait().unwrap();

        let report = check(folder.path()).unwrap();
        assert_eq!(report.faults, Vec::<String>::new(), "after kill {kill}");
        let store = SqliteStore::open(folder.path(), &options()).unwrap();
        for (writer, answered) in answered.iter().enumerate() {
            let name = format!("w{writer}");
            let last = store
                .read_stream(stream(&name), Version(u64::MAX), Direction::Backwards, 1)
                .await
                .unwrap();
            let version = last.first().map_or(0, |event| event.version.0);
            assert!(
                version >= *answered,
                "stream {name} ends at {version}, but {answered} was answered"
            );
            assert_eq!(version % BATCH, 0, "a batch of {name} is half there");
        }
        store.close().await;
    }
    assert!(
        answered.iter().sum::<u64>() > 100,
        "the killed processes hardly wrote: {answered:?}"
    );
}
