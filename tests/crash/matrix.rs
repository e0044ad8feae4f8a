//! The crash matrix: the real binary under load from both sides, killed at random places and started again each time.
//! What is checked afterwards is seen from outside: every event that was answered 202 ends in a delivered or a
//! reasoned state, every activity that was answered 200 had its effect once, a card stands in a chat twice only where
//! the log says that its arrival was unknown, and the data folder agrees with itself.
//!
//! `CHRONUS_CRASH_KILLS` says how often it is killed and `CHRONUS_CRASH_SEED` where; `make crash` sets them. The last
//! line on stderr tells what happened.

mod load;
mod seeded;
mod verdict;

use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use chronus_teams::sandbox::Sandbox;
use chronus_teams::sandbox::faults::{Effect, Fault, Operation};

use crate::serve::{Running, Serve};
use load::Load;
pub(crate) use seeded::Seeded;

/// Kills where nobody says otherwise.
const KILLS: u64 = 12;
/// The seed where nobody says otherwise.
const SEED: u64 = 20_260_302;
/// One round in so many is killed while it starts.
const KILLED_EARLY: u64 = 4;
/// Things that happen in a round at most before the kill, beyond five.
const LONGEST_STEPS: u64 = 120;
/// A round in which nothing happens any more ends all the same.
const LONGEST_ROUND: Duration = Duration::from_secs(5);

/// What a variable says, or else `otherwise`.
pub(crate) fn number(variable: &str, otherwise: u64) -> u64 {
    match std::env::var(variable) {
        Ok(text) => text.parse().unwrap(),
        Err(_) => otherwise,
    }
}

/// What is done to the world around the service while it runs.
pub(crate) trait Trouble {
    /// Once in each round, when the service has started.
    async fn happen(&mut self, seeded: &mut Seeded);
    /// Before the service runs to the end.
    async fn end(&mut self);
}

/// None.
struct Calm;

impl Trouble for Calm {
    async fn happen(&mut self, _: &mut Seeded) {}

    async fn end(&mut self) {}
}

#[actix_web::test]
async fn whatever_was_acknowledged_survives_any_number_of_kills_and_happens_once() {
    play(None, KILLS, &mut Calm).await;
}

/// Plays the matrix with the embedded store, or the one at `store`, with so many kills where nobody says otherwise.
pub(crate) async fn play(store: Option<&str>, kills: u64, trouble: &mut impl Trouble) {
    let (kills, seed) = (
        number("CHRONUS_CRASH_KILLS", kills),
        number("CHRONUS_CRASH_SEED", SEED),
    );
    let sandbox = Arc::new(load::sandbox().await);
    let serve = Arc::new(Serve::beside(&sandbox, store));
    let undisturbed = start(&serve).await;
    load::installed_before(&sandbox).await;
    undisturbed.kill();
    let load = Load::start(&sandbox, &serve);
    let mut seeded = Seeded::new(seed);
    for _ in 0..kills {
        round(&sandbox, &serve, &load, &mut seeded, trouble).await;
    }

    trouble.end().await;
    let running = start(&serve).await;
    let done = load.finish().await;
    let settled = verdict::settled(&serve, &done).await;
    verdict::told(&sandbox, &done).await;
    running.kill();

    let summary = verdict::hold(&sandbox, &serve, &done, &settled);
    let store = store.map_or("embedded store", |_| "stand-in cluster");
    drop(writeln!(
        std::io::stderr(),
        "{store}, {kills} kills, seed {seed}: {summary}"
    ));
    let (success, verdict) = serve.check();
    assert!(success, "seed {seed}: {verdict:#}");
}

async fn start(serve: &Arc<Serve>) -> Running {
    let serve = Arc::clone(serve);
    tokio::task::spawn_blocking(move || serve.start_with(&[]))
        .await
        .unwrap()
}

/// Runs the service until a drawn number of things happened, and kills it within the next milliseconds.
async fn round(
    sandbox: &Arc<Sandbox>,
    serve: &Arc<Serve>,
    load: &Load,
    seeded: &mut Seeded,
    trouble: &mut impl Trouble,
) {
    if seeded.below(KILLED_EARLY) == 0 {
        let (serve, wait) = (Arc::clone(serve), Duration::from_millis(seeded.below(200)));
        let killed = tokio::task::spawn_blocking(move || serve.spawn_and_kill_after(wait));
        return killed.await.unwrap();
    }
    let running = start(serve).await;
    // Posts that are under way for long are likelier to be met by the kill: before the work and after it.
    for effect in [
        Effect::Slow { milliseconds: 150 },
        Effect::Stall { delivered: true },
        Effect::Stall { delivered: false },
    ] {
        sandbox.order(Fault::next(effect, 1).on(Operation::Send));
    }
    trouble.happen(seeded).await;
    let until = load.steps(sandbox) + 5 + seeded.below(LONGEST_STEPS);
    let reached = sandbox.wait_until(LONGEST_ROUND, |sandbox| load.steps(sandbox) >= until);
    // A quiet round is killed where it stands.
    drop(reached.await);
    tokio::time::sleep(Duration::from_micros(seeded.below(3_000))).await;
    running.kill();
    sandbox.clear_faults();
}
