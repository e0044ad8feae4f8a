//! What people cost in memory: known ones, who are rows on the disk and nothing else, and those whose actor runs.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actors::ports::NoKnownChats;
use actors::user::Deps;
use actors::user::asking::Locate;
use actors::{ActorSettings, Directory, Rules};
use events::{EventStore, SystemClock};
use futures_util::{StreamExt as _, stream};
use projections::{Options, Projector};
use tokio_util::sync::CancellationToken;

use crate::machine::{Memory, memory};
use crate::stage::Stage;
use crate::{Outcome, Settings, history, say, stage};

/// Actors started at the same time.
const AT_ONCE: usize = 64;
/// How long an actor is idle before it is let go, once the directory looks.
const IDLE: Duration = Duration::from_millis(200);

pub(crate) async fn measure(folder: &Path, settings: &Settings) -> Outcome<()> {
    lines(folder, settings).await.map(drop)
}

/// With nobody, with all known, with an actor of each, with all retired, and with all running again.
pub(crate) async fn lines(folder: &Path, settings: &Settings) -> Outcome<Vec<Memory>> {
    let stage = Stage::start(&folder.join("data"), 0).await?;
    let users = settings.users;
    let mut table = Table::begin(users)?;
    table.line("service and sandbox up, nobody known")?;
    let store = stage.service.store();
    let begun = Instant::now();
    let events = history::write(&*store, 0, users, None).await?;
    let mut folded = stage.service.models().folded();
    folded.wait_for(|position| position.0 >= events).await?;
    let followed = begun.elapsed();
    table.line(&format!("{users} people known, read models folded"))?;

    let directory = Directory::start(Deps {
        store: Arc::clone(&store),
        clock: Arc::new(SystemClock),
        rules: Arc::new(Rules::default()),
        settings: Arc::new(ActorSettings {
            idle: IDLE,
            ..ActorSettings::default()
        }),
        chats: Arc::new(NoKnownChats),
    });
    let started = start_all(&directory, users).await?;
    table.line("an actor of each runs, idle")?;
    retire_all(&directory).await?;
    table.line("all actors retired")?;
    start_all(&directory, users).await?;
    table.line("an actor of each runs again")?;
    retire_all(&directory).await?;
    directory.stop();

    let rebuilt = rebuild(&folder.join("again.db"), &*store).await?;
    say(&format!(
        "\nwriting {events} events while the read models follow: {:.0} events/s\n\
         building the read models again: {:.0} events/s\n\
         starting {users} actors, {AT_ONCE} at once: {:.0} actors/s",
        per_second(events, followed),
        per_second(events, rebuilt),
        per_second(users, started)
    ))?;
    stage.stop().await?;
    Ok(table.lines)
}

/// Asks each person's actor where the chat is, which changes nothing.
async fn start_all(directory: &Directory, users: u64) -> Outcome<Duration> {
    let begun = Instant::now();
    let mut asked = stream::iter(0..users)
        .map(|number| async move {
            let user = stage::user(number)?;
            Outcome::Ok(directory.ask(&user, Locate).await?)
        })
        .buffer_unordered(AT_ONCE);
    while let Some(answer) = asked.next().await {
        if answer?.reply.is_none() {
            return Err("an actor does not know its chat".into());
        }
    }
    let elapsed = begun.elapsed();
    if directory.running_count() as u64 == users {
        Ok(elapsed)
    } else {
        Err("not every actor runs".into())
    }
}

async fn retire_all(directory: &Directory) -> Outcome<()> {
    let cancel = CancellationToken::new();
    let retired = async {
        while directory.running_count() > 0 {
            tokio::time::sleep(IDLE).await;
        }
        // The actors end on their own threads.
        tokio::time::sleep(IDLE * 5).await;
        cancel.cancel();
    };
    tokio::join!(directory.retire_idle(cancel.clone()), retired);
    Ok(())
}

/// How long building the read models from the whole log takes, beside nothing else.
async fn rebuild(path: &Path, store: &dyn EventStore) -> Outcome<Duration> {
    let path = path.to_owned();
    let mut projector =
        tokio::task::spawn_blocking(move || Projector::open(path, Options::default())).await??;
    let begun = Instant::now();
    projector.catch_up(store).await?;
    let elapsed = begun.elapsed();
    if projector.position() == *store.head().borrow() {
        Ok(elapsed)
    } else {
        Err("the read models do not reach the head of the log".into())
    }
}

fn per_second(count: u64, time: Duration) -> f64 {
    count as f64 / time.as_secs_f64()
}

/// The lines of memory, each with what was added since the line before.
#[derive(Debug)]
struct Table {
    users: i64,
    before: Memory,
    lines: Vec<Memory>,
}

impl Table {
    fn begin(users: u64) -> Outcome<Self> {
        say("| state | own memory | mapped files | own memory added, per person |\n|---|---|---|---|")?;
        Ok(Self {
            users: i64::try_from(users)?.max(1),
            before: memory()?,
            lines: Vec::new(),
        })
    }

    fn line(&mut self, state: &str) -> Outcome<()> {
        let now = memory()?;
        say(&format!(
            "| {state} | {} MiB | {} MiB | {} bytes |",
            now.own >> 20,
            now.files >> 20,
            (now.own - self.before.own) / self.users
        ))?;
        self.before = now;
        self.lines.push(now);
        Ok(())
    }
}
