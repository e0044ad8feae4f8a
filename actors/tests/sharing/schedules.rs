//! Random schedules of joining, leaving, crashing, freezing and lost answers: never two who may act for one
//! partition, and in the end everything is owned and evenly shared.

use std::time::Duration;

use actors::partition::{Hold, Ownership as _, PARTITIONS, Partition};
use proptest::collection::vec;
use proptest::prelude::*;
use tokio::time::sleep;

use crate::nodes::{Cluster, Node, Reach};

/// Nodes at a time.
const MOST: usize = 5;

#[derive(Debug, Clone, Copy)]
enum Step {
    Join,
    Leave(usize),
    Crash(usize),
    Reach(usize, Reach),
    Work(usize),
    EndWork(usize),
    Pass(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let reach = prop_oneof![
        Just(Reach::Well),
        Just(Reach::Frozen),
        Just(Reach::Deaf),
        Just(Reach::Cut)
    ];
    prop_oneof![
        3 => Just(Step::Join),
        1 => (0..MOST).prop_map(Step::Leave),
        1 => (0..MOST).prop_map(Step::Crash),
        4 => (0..MOST, reach).prop_map(|(node, reach)| Step::Reach(node, reach)),
        2 => (0..MOST).prop_map(Step::Work),
        2 => (0..MOST).prop_map(Step::EndWork),
        8 => (1_u64..4_000).prop_map(Step::Pass),
    ]
}

/// A node with the work that it began.
struct Busy {
    node: Node,
    work: Vec<(Partition, Hold)>,
    crashed: bool,
    leaving: bool,
}

/// Whoever may act for a partition now: through work under way, or by beginning some.
fn check_owners(nodes: &[Busy]) {
    let mut owners = [None; PARTITIONS as usize];
    for (number, busy) in nodes.iter().enumerate().filter(|(_, busy)| !busy.crashed) {
        let working = busy.work.iter().filter(|(_, hold)| hold.is_valid());
        let working = working.map(|(partition, _)| *partition);
        let could = Partition::all().filter(|partition| busy.node.leases.serves(*partition));
        for partition in working.chain(could) {
            let owner = owners[usize::from(partition.number())].get_or_insert(number);
            assert_eq!(*owner, number, "two nodes may act for partition {partition}");
        }
    }
}

async fn pass(nodes: &[Busy], time: Duration) {
    let slice = Duration::from_millis(50);
    let mut left = time;
    while left > Duration::ZERO {
        sleep(slice.min(left)).await;
        left = left.saturating_sub(slice);
        check_owners(nodes);
    }
}

async fn play(steps: Vec<Step>) {
    let mut cluster = Cluster::new();
    let mut nodes: Vec<Busy> = Vec::new();
    for step in steps {
        match step {
            Step::Join if nodes.len() < MOST => nodes.push(Busy {
                node: cluster.start(),
                work: Vec::new(),
                crashed: false,
                leaving: false,
            }),
            Step::Pass(ms) => pass(&nodes, Duration::from_millis(ms)).await,
            Step::Join => {}
            Step::Leave(at) => {
                if let Some(busy) = nodes.get_mut(at) {
                    busy.node.leases.leave();
                    busy.leaving = true;
                }
            }
            Step::Crash(at) => {
                if let Some(busy) = nodes.get_mut(at) {
                    busy.node.crash();
                    busy.crashed = true;
                }
            }
            Step::Reach(at, reach) => {
                nodes.get(at).inspect(|busy| busy.node.reach(reach));
            }
            Step::Work(at) => {
                if let Some(busy) = nodes.get_mut(at) {
                    busy.work.extend(busy.node.hold_all());
                }
            }
            Step::EndWork(at) => {
                nodes.get_mut(at).into_iter().for_each(|busy| busy.work.clear());
            }
        }
        check_owners(&nodes);
    }
    for busy in &mut nodes {
        busy.node.reach(Reach::Well);
        busy.work.clear();
    }
    let time = 2 * cluster.hand_over() + 4 * cluster.settle();
    pass(&nodes, time).await;
    let running = nodes.iter().filter(|busy| !busy.crashed && !busy.leaving);
    let held: Vec<usize> = running.map(|busy| busy.node.held().len()).collect();
    if let (Some(least), Some(most)) = (held.iter().min(), held.iter().max()) {
        assert_eq!(held.iter().sum::<usize>(), PARTITIONS as usize, "{held:?}");
        assert!(most - least <= 1, "{held:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn no_schedule_gives_a_partition_two_owners(steps in vec(step(), 1..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        runtime.block_on(play(steps));
    }
}
