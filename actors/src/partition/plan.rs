//! What a node does about the leases next. Pure: the table, who is silent and what is idle come from outside.

use std::collections::BTreeSet;
use std::time::Duration;

use events::lease::{
    LeasesReleased, LeasesRenewed, LeasesTaken, NodeExpired, NodeJoined, NodeLeaving, NodeLeft,
};
use events::{LeaseEvent, NodeId, Version};

use super::{Partition, Table};

/// After so many events of the stream everything that holds is written down once more.
const KEEP_EVERY: u64 = 256;

/// What a node knows besides the table.
#[derive(Debug)]
pub(super) struct Situation<'a> {
    pub(super) me: &'a NodeId,
    pub(super) span: Duration,
    /// Nodes that were silent for their whole span.
    pub(super) silent: &'a BTreeSet<NodeId>,
    /// What is being given back and has no work under way.
    pub(super) idle: &'a BTreeSet<Partition>,
    /// It is time for a sign of life.
    pub(super) renew: bool,
    /// The node is stopping.
    pub(super) leaving: bool,
}

/// The events to append next; none when there is nothing to do. Each of them counts as a sign of life.
pub(super) fn plan(table: &Table, situation: &Situation<'_>) -> Vec<LeaseEvent> {
    let mut plan = Plan {
        table: table.clone(),
        events: Vec::new(),
    };
    let me = situation.me;
    if situation.leaving && table.member(me).is_none() {
        return Vec::new();
    }
    if table.member(me).is_none() {
        plan.add(NodeJoined {
            node: me.clone(),
            span_ms: u64::try_from(situation.span.as_millis()).unwrap_or(u64::MAX),
        });
    }
    for node in situation.silent {
        if node != me && table.member(node).is_some() {
            let (node, by) = (node.clone(), me.clone());
            plan.add(NodeExpired { node, by });
        }
    }
    if situation.leaving && table.member(me).is_some_and(|member| !member.leaving) {
        plan.add(NodeLeaving { node: me.clone() });
    }
    release(&mut plan, situation);
    if situation.leaving && plan.table.owned_by(me).next().is_none() {
        plan.add(NodeLeft { node: me.clone() });
        return plan.events;
    }
    take(&mut plan, me);
    if situation.renew && plan.events.is_empty() {
        plan.add(LeasesRenewed { node: me.clone() });
    }
    keep(&mut plan, table.version(), me);
    plan.events
}

fn release(plan: &mut Plan, situation: &Situation<'_>) {
    let surplus = plan.table.surplus(situation.me);
    let idle: Vec<u16> = surplus
        .into_iter()
        .filter(|partition| situation.idle.contains(partition))
        .map(Partition::number)
        .collect();
    if !idle.is_empty() {
        let node = situation.me.clone();
        plan.add(LeasesReleased {
            node,
            partitions: idle,
        });
    }
}

fn take(plan: &mut Plan, me: &NodeId) {
    let room = plan
        .table
        .share(me)
        .saturating_sub(plan.table.owned_by(me).count());
    let free: Vec<u16> = plan.table.free().take(room).map(Partition::number).collect();
    if !free.is_empty() {
        plan.add(LeasesTaken {
            node: me.clone(),
            epoch: plan.table.epoch() + 1,
            partitions: free,
        });
    }
}

fn keep(plan: &mut Plan, before: Version, me: &NodeId) {
    let after = before.plus(plan.events.len() + 1);
    if !plan.events.is_empty() && before.0 / KEEP_EVERY != after.0 / KEEP_EVERY {
        let kept = plan.table.keep(me);
        plan.add(kept);
    }
}

/// Events, and the table as it will be after them.
struct Plan {
    table: Table,
    events: Vec<LeaseEvent>,
}

impl Plan {
    fn add(&mut self, event: impl Into<LeaseEvent>) {
        let event = event.into();
        self.table.apply(&event, self.table.version().plus(1));
        self.events.push(event);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(name: &str) -> NodeId {
        NodeId::parse(name).unwrap()
    }

    /// A table that several nodes work on in turns.
    #[derive(Default)]
    struct World(Table);

    impl World {
        fn act(&mut self, me: &str, silent: &[&str], idle: bool, leaving: bool) -> Vec<LeaseEvent> {
            let me = node(me);
            let silent = silent.iter().map(|name| node(name)).collect();
            let idle = if idle {
                Partition::all().collect()
            } else {
                BTreeSet::new()
            };
            let situation = Situation {
                me: &me,
                span: Duration::from_secs(6),
                silent: &silent,
                idle: &idle,
                renew: false,
                leaving,
            };
            let events = plan(&self.0, &situation);
            for event in &events {
                self.0.apply(event, self.0.version().plus(1));
            }
            events
        }

        fn counts(&self, names: &[&str]) -> Vec<usize> {
            names
                .iter()
                .map(|name| self.0.owned_by(&node(name)).count())
                .collect()
        }
    }

    #[test]
    fn the_first_node_takes_everything_and_then_rests() {
        let mut world = World::default();
        world.act("a", &[], true, false);
        assert_eq!(world.counts(&["a"]), [64]);
        assert_eq!(world.act("a", &[], true, false), []);
    }

    #[test]
    fn a_node_that_joins_gets_its_share_and_nothing_moves_again() {
        let mut world = World::default();
        for name in ["a", "b", "a", "b", "c", "a", "b", "c"] {
            world.act(name, &[], true, false);
        }
        assert_eq!(world.counts(&["a", "b", "c"]), [22, 21, 21]);
        for name in ["a", "b", "c"] {
            assert_eq!(world.act(name, &[], true, false), [], "{name} moves work about");
        }
    }

    #[test]
    fn what_has_work_under_way_is_not_given_back() {
        let mut world = World::default();
        world.act("a", &[], true, false);
        world.act("b", &[], true, false);
        assert_eq!(world.act("a", &[], false, false), []);
        assert_eq!(world.counts(&["a", "b"]), [64, 0]);
    }

    #[test]
    fn a_silent_nodes_work_is_shared_among_the_others() {
        let mut world = World::default();
        for name in ["a", "b", "c", "a", "b", "c"] {
            world.act(name, &[], true, false);
        }
        let epoch = world.0.epoch();
        world.act("b", &["a"], true, false);
        world.act("c", &[], true, false);
        assert_eq!(world.counts(&["a", "b", "c"]), [0, 32, 32]);
        assert!(world.0.epoch() > epoch, "a new owner needs a larger epoch");
    }

    #[test]
    fn a_node_that_stops_hands_over_what_is_idle_at_once() {
        let mut world = World::default();
        for name in ["a", "b", "a", "b"] {
            world.act(name, &[], true, false);
        }
        world.act("a", &[], true, true);
        world.act("b", &[], true, false);
        assert_eq!(world.counts(&["a", "b"]), [0, 64]);
        assert_eq!(world.act("a", &[], true, true), [], "a node that left stays away");
    }

    #[test]
    fn the_last_written_summary_is_enough() {
        let mut world = World::default();
        for name in ["a", "b", "a", "b", "c"] {
            world.act(name, &[], true, false);
        }
        world.act("b", &[], false, true);
        let mut restored = Table::default();
        restored.apply(&world.0.keep(&node("a")).into(), world.0.version());
        assert_eq!(restored, world.0);
    }
}
