//! One owner a partition, whatever stops.

use std::collections::BTreeSet;

use actors::partition::{Hold, Ownership as _, PARTITIONS, Partition};
use events::store::Direction;
use events::{EventStore as _, StreamId, Version};
use tokio::time::{Instant, advance, sleep};

use crate::nodes::{Cluster, Node, Reach};

const ALL: usize = PARTITIONS as usize;

fn counts(nodes: &[&Node]) -> Vec<usize> {
    let held: Vec<Vec<Partition>> = nodes.iter().map(|node| node.held()).collect();
    let together: BTreeSet<Partition> = held.iter().flatten().copied().collect();
    assert_eq!(
        together.len(),
        held.iter().map(Vec::len).sum::<usize>(),
        "a partition has two owners"
    );
    held.iter().map(Vec::len).collect()
}

fn valid(holds: &[(Partition, Hold)]) -> usize {
    holds.iter().filter(|(_, hold)| hold.is_valid()).count()
}

#[tokio::test(start_paused = true)]
async fn a_node_alone_owns_everything_and_shares_with_those_who_join() {
    let mut cluster = Cluster::new();
    let one = cluster.start();
    sleep(cluster.settle()).await;
    assert_eq!(counts(&[&one]), [ALL]);
    let two = cluster.start();
    sleep(cluster.settle()).await;
    assert_eq!(counts(&[&one, &two]), [ALL / 2, ALL / 2]);
    let three = cluster.start();
    sleep(cluster.settle()).await;
    assert_eq!(counts(&[&one, &two, &three]), [22, 21, 21]);
    let peers = two.leases.sharing().peers;
    assert_eq!(
        peers.iter().map(|peer| peer.partitions).collect::<Vec<_>>(),
        [22, 21]
    );
}

#[tokio::test(start_paused = true)]
async fn a_dead_nodes_work_is_taken_over_within_its_span() {
    let mut cluster = Cluster::new();
    let (one, two) = (cluster.start(), cluster.start());
    sleep(cluster.settle()).await;
    one.crash();
    let died = Instant::now();
    while counts(&[&two]) != [ALL] {
        sleep(cluster.settings.look_every / 4).await;
        assert!(
            died.elapsed() <= cluster.hand_over(),
            "nobody took over within {:?}",
            cluster.hand_over()
        );
    }
    assert_eq!(two.leases.sharing().expired, 1);
}

#[tokio::test(start_paused = true)]
async fn a_frozen_owner_may_not_act_before_anybody_else_may() {
    let mut cluster = Cluster::new();
    let (one, two) = (cluster.start(), cluster.start());
    sleep(cluster.settle()).await;
    let before = one.hold_all();
    one.reach(Reach::Frozen);
    while valid(&two.hold_all()) < ALL {
        let theirs: BTreeSet<Partition> = two
            .hold_all()
            .into_iter()
            .map(|(partition, _)| partition)
            .collect();
        for (partition, hold) in &before {
            assert!(
                !(hold.is_valid() && theirs.contains(partition)),
                "two nodes may act for {partition}"
            );
        }
        advance(cluster.settings.look_every / 8).await;
    }
    assert_eq!(valid(&before), 0);
    assert!(one.hold_all().is_empty());

    one.reach(Reach::Well);
    assert_eq!(
        (valid(&before), one.hold_all().len()),
        (0, 0),
        "it acts before it looked"
    );
    drop(before);
    sleep(cluster.settle()).await;
    assert_eq!(counts(&[&two, &one]), [ALL / 2, ALL / 2]);
    assert_eq!(one.leases.sharing().lost, (ALL / 2) as u64);
}

#[tokio::test(start_paused = true)]
async fn a_hold_from_before_the_loss_stays_void_when_the_partition_comes_back() {
    let mut cluster = Cluster::new();
    let (one, two) = (cluster.start(), cluster.start());
    sleep(cluster.settle()).await;
    let before = one.hold_all();
    one.reach(Reach::Frozen);
    sleep(cluster.hand_over()).await;
    one.reach(Reach::Well);
    two.crash();
    sleep(cluster.hand_over() + cluster.settle()).await;
    assert_eq!(counts(&[&one]), [ALL]);
    assert_eq!(valid(&before), 0);
    assert!(
        one.hold_all()
            .iter()
            .all(|(_, hold)| hold.epoch() > before[0].1.epoch())
    );
}

#[tokio::test(start_paused = true)]
async fn nothing_is_given_back_while_its_work_is_under_way() {
    let mut cluster = Cluster::new();
    let one = cluster.start();
    sleep(cluster.settle()).await;
    let mut work = one.hold_all();
    let two = cluster.start();
    sleep(cluster.settle()).await;
    assert_eq!(counts(&[&one, &two]), [ALL / 2, 0]);
    assert_eq!((valid(&work), one.leases.sharing().draining), (ALL, ALL / 2));
    work.truncate(ALL - 10);
    sleep(cluster.settle()).await;
    assert_eq!(counts(&[&one, &two]), [ALL / 2, 10]);
    work.clear();
    sleep(cluster.settle()).await;
    assert_eq!(counts(&[&one, &two]), [ALL / 2, ALL / 2]);
}

#[tokio::test(start_paused = true)]
async fn a_node_that_stops_hands_over_at_once_what_has_no_work_under_way() {
    let mut cluster = Cluster::new();
    let (one, two) = (cluster.start(), cluster.start());
    sleep(cluster.settle()).await;
    let mut work = one.hold_all();
    work.truncate(1);
    one.leases.leave();
    sleep(cluster.settle()).await;
    assert_eq!((counts(&[&two]), one.has_ended()), (vec![ALL - 1], false));
    assert!(one.hold_all().is_empty(), "a stopping node begins something");
    assert_eq!(valid(&work), 1);
    work.clear();
    sleep(cluster.settle()).await;
    assert_eq!((counts(&[&two]), one.has_ended()), (vec![ALL], true));
}

#[tokio::test(start_paused = true)]
async fn an_append_whose_answer_was_lost_is_found_in_the_log() {
    let mut cluster = Cluster::new();
    let one = cluster.start();
    one.reach(Reach::Deaf);
    sleep(4 * cluster.settings.span).await;
    assert_eq!(counts(&[&one]), [ALL]);
    assert_eq!(one.leases.sharing().taken, ALL as u64);
    assert_eq!(one.leases.sharing().lost, 0);
}

#[tokio::test(start_paused = true)]
async fn a_store_that_is_away_for_a_minute_moves_no_work() {
    let mut cluster = Cluster::new();
    let (one, two) = (cluster.start(), cluster.start());
    sleep(cluster.settle()).await;
    one.reach(Reach::Cut);
    two.reach(Reach::Cut);
    sleep(10 * cluster.settings.span).await;
    assert_eq!(counts(&[&one, &two]), [0, 0]);
    two.reach(Reach::Well);
    sleep(cluster.settings.look_every).await;
    one.reach(Reach::Well);
    sleep(cluster.settle()).await;
    assert_eq!(counts(&[&one, &two]), [ALL / 2, ALL / 2]);
    let sharings = [one.leases.sharing(), two.leases.sharing()];
    assert_eq!(
        sharings.map(|sharing| (sharing.lost, sharing.expired)),
        [(0, 0), (0, 0)]
    );
}

#[tokio::test(start_paused = true)]
async fn a_newcomer_needs_only_the_newest_part_of_the_stream() {
    let mut cluster = Cluster::new();
    let (one, two) = (cluster.start(), cluster.start());
    sleep(400 * cluster.settings.renew_every).await;
    let stream = |from, direction, max| {
        cluster
            .store
            .read_stream(StreamId::leases(), from, direction, max)
    };
    let all = stream(Version(1), Direction::Forwards, usize::MAX).await.unwrap();
    let newest = stream(Version(u64::MAX), Direction::Backwards, 260)
        .await
        .unwrap();
    assert!(all.len() > 700, "{}", all.len());
    assert!(newest.iter().any(|event| &*event.event_type == "LeasesKept"));
    assert_eq!(counts(&[&one, &two]), [ALL / 2, ALL / 2]);
    // Two signs of life a renewal span, whatever the number of partitions.
    assert!(
        all.len() < 900,
        "{} events for 400 renewals of two nodes",
        all.len()
    );
    let three = cluster.start();
    sleep(cluster.settle()).await;
    assert_eq!(counts(&[&one, &two, &three]), [22, 21, 21]);
}
