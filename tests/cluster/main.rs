//! Service nodes as processes of their own on one stand-in cluster, behind one address, with the sandbox as Microsoft
//! and Chronus. What is checked is seen from outside: nothing that was acknowledged is lost, and a card stands in a chat
//! twice only where the log says that its arrival was unknown. Each test tells on stderr what it measured.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should fail where it stands"
)]

mod balancer;
mod large;
mod load;
mod moving;
mod nodes;
mod outages;
mod restored;
mod verdict;

use std::io::Write as _;
use std::sync::Arc;
use std::time::Instant;

use kurrent_standin::harness::{self, Cluster, Spawner};

use load::Load;
use nodes::{UNHURRIED, World};

/// Not a test of its own: the processes of the stand-in, which the harness starts.
#[tokio::test]
async fn standin_process() {
    harness::become_process().await.unwrap();
}

async fn world() -> World {
    let store = Cluster::supervised(Spawner::test("standin_process"), 3)
        .await
        .unwrap();
    World::new(store).await
}

/// Signs of life of a node in a day, where leases hold for 15 s.
const SIGNS_A_DAY: u64 = 86_400 * 2 / 15;

/// What an event about leases adds to the log is so little that a node's signs of life are under 5 MB a day.
async fn signs_of_life_are_small(world: &World) {
    let tallies = world.store.tallies().await.unwrap();
    let leases = tallies["lease"];
    let each = leases.bytes / leases.events;
    say(&format!("an event about leases has {each} bytes in the log"));
    assert!(each * SIGNS_A_DAY < 5_000_000, "{leases:?}");
}

fn say(text: &str) {
    drop(writeln!(std::io::stderr(), "{text}"));
}

#[actix_web::test]
async fn a_node_that_is_killed_under_load_loses_nothing_and_its_work_goes_on_elsewhere() {
    let world = world().await;
    let (one, two) = (world.node("one"), world.node("two"));
    let (dying, staying) = (one.start().await, two.start().await);
    world.shared(&[&one, &two], &[32, 32]).await;
    world.everybody_installs().await;
    let load = Load::start(&world);
    load.reaches(60).await;

    let killed = Instant::now();
    dying.kill();
    world.shared(&[&two], &[64]).await;
    let taken = killed.elapsed();
    let before = load.steps();
    load.reaches(before + 60).await;
    let done = load.finish().await;

    let summary = verdict::hold(&world, &two, &done).await;
    signs_of_life_are_small(&world).await;
    say(&format!(
        "killed under load: the other node owned everything after {taken:?}; {summary}"
    ));
    staying.terminate().await;
}

#[actix_web::test]
async fn a_node_that_is_frozen_under_load_loses_its_work_and_sends_nothing_when_it_thaws() {
    let world = world().await;
    let (one, two) = (world.node("one"), world.node("two"));
    let (frozen, staying) = (one.start().await, two.start().await);
    world.shared(&[&one, &two], &[32, 32]).await;
    world.everybody_installs().await;
    let load = Load::start(&world);
    load.reaches(40).await;

    let froze = Instant::now();
    frozen.signal("-STOP").await;
    world.shared(&[&two], &[64]).await;
    let taken = froze.elapsed();
    frozen.signal("-CONT").await;
    world.shared(&[&one, &two], &[32, 32]).await;
    let before = load.steps();
    load.reaches(before + 40).await;
    let done = load.finish().await;

    let summary = verdict::hold(&world, &one, &done).await;
    say(&format!(
        "frozen under load: the other node owned everything after {taken:?}; {summary}"
    ));
    for running in [frozen, staying] {
        running.terminate().await;
    }
}

#[actix_web::test]
async fn three_nodes_join_and_leave_under_load_and_nothing_is_lost_or_sent_twice() {
    let mut world = world().await;
    world.lease_seconds = UNHURRIED;
    let nodes = ["one", "two", "three"].map(|name| world.node(name));
    let [one, two, three] = &nodes;
    let first = one.start().await;
    world.shared(&[one], &[64]).await;
    world.everybody_installs().await;
    let load = Load::start(&world);
    load.reaches(20).await;

    let joining = Instant::now();
    let (second, third) = (two.start().await, three.start().await);
    world.shared(&[one, two, three], &[22, 21, 21]).await;
    let joined = joining.elapsed();
    world.told(&[one, two, three]).await;
    let before = load.steps();
    load.reaches(before + 40).await;

    let leaving = Instant::now();
    first.terminate().await;
    let ended = leaving.elapsed();
    world.shared(&[two, three], &[32, 32]).await;
    let left = leaving.elapsed();
    world.told(&[two, three]).await;
    let before = load.steps();
    load.reaches(before + 40).await;
    let again = one.start().await;
    world.shared(&[two, three, one], &[22, 21, 21]).await;
    world.told(&[two, three, one]).await;
    let before = load.steps();
    load.reaches(before + 20).await;
    let done = load.finish().await;

    let summary = verdict::hold(&world, three, &done).await;
    say(&format!(
        "joining and leaving: shared among three {joined:?} after two were started; one stopped within {ended:?}, shared \
         among two after {left:?}; {summary}"
    ));
    assert_eq!(summary.expired, 0, "nobody died, so nobody may be declared dead");
    for running in [again, second, third] {
        running.terminate().await;
    }
    Arc::into_inner(world.sandbox).unwrap().stop().await;
}
