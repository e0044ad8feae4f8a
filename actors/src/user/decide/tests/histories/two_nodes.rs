//! Every command comes to two nodes, now or later, alone or with others, in any order. What each remembers, what they kept as snapshots and
//! what the log folds to are the same, to the byte.

use std::sync::Arc;

use events::store::Direction;
use events::store::memory::MemoryStore;
use events::{Clock as _, EventStore as _, ManualClock, StreamId, UserKey, Version};
use futures_util::FutureExt as _;

use super::*;
use crate::settings::ActorSettings;
use crate::user::asking::Asked;
use crate::user::execute::{execute, keep_snapshot};
use crate::user::state::SNAPSHOT_SCHEMA;
use crate::user::{Deps, Loaded, Request};

/// How much later than the first node the second one's clock shows.
const APART: TimeDelta = TimeDelta::milliseconds(300);

struct Node {
    deps: Deps,
    clock: ManualClock,
    loaded: Option<Loaded>,
}

impl Node {
    fn new(store: &Arc<MemoryStore>, now: DateTime<Utc>) -> Self {
        let clock = ManualClock::at(now);
        let deps = Deps {
            store: Arc::clone(store) as _,
            clock: Arc::new(clock.clone()),
            rules: Arc::new(Rules::default()),
            settings: Arc::new(ActorSettings {
                shared_log: true,
                snapshot_every: 3,
                ..ActorSettings::default()
            }),
            chats: Arc::new(crate::ports::NoKnownChats),
        };
        Self {
            deps,
            clock,
            loaded: None,
        }
    }

    /// Does these, those that come together in one append.
    fn does(&mut self, commands: &[UserCommand], now: DateTime<Utc>) {
        self.clock.advance(now - self.clock.now());
        let user = user();
        let request = |command: &UserCommand| Request {
            commands: Arc::new([command.clone()]),
            asker: Arc::new(Asked::new(command.clone())),
            span: tracing::Span::none(),
        };
        let requests: Vec<Request> = commands.iter().map(request).collect();
        let done = execute(&user, &self.deps, self.loaded.take(), &requests);
        let (mut loaded, answers) = done.now_or_never().unwrap().unwrap();
        assert_eq!(answers.len(), commands.len());
        keep_snapshot(&user, &self.deps, &mut loaded)
            .now_or_never()
            .unwrap();
        self.loaded = Some(loaded);
    }
}

fn user() -> UserKey {
    UserKey::parse("tenant/ada").unwrap()
}

fn bytes(state: &UserState) -> Vec<u8> {
    serde_json::to_vec(state).unwrap()
}

/// What the log says up to a version.
fn fold(store: &MemoryStore, until: Version) -> UserState {
    let all = store.read_stream(
        StreamId::user(&user()),
        Version(1),
        Direction::Forwards,
        usize::MAX,
    );
    let mut state = UserState::default();
    for recorded in all.now_or_never().unwrap().unwrap() {
        if recorded.version <= until {
            state.apply(&recorded.decode().unwrap(), &recorded.metadata);
        }
    }
    state
}

fn assert_same(store: &MemoryStore, node: &Node) {
    let loaded = node.loaded.as_ref().unwrap();
    let folded = fold(store, loaded.version);
    assert_eq!(
        folded, loaded.state,
        "a node remembers something else than what stands"
    );
    assert!(
        bytes(&folded) == bytes(&loaded.state),
        "equal states are other bytes"
    );
    let kept = store
        .load_snapshot(StreamId::user(&user()))
        .now_or_never()
        .unwrap()
        .unwrap();
    if let Some(snapshot) = kept {
        assert_eq!(snapshot.schema, SNAPSHOT_SCHEMA);
        let folded = bytes(&fold(store, snapshot.version));
        assert!(
            folded == snapshot.state,
            "a snapshot says something else than what stands"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_two_nodes_remember_is_what_stands(
        steps in proptest::collection::vec((step(), 0_usize..2, 0_usize..4), 1..60),
    ) {
        let store = Arc::new(MemoryStore::new());
        let mut life = Life::new();
        let mut nodes = [Node::new(&store, life.user.now), Node::new(&store, life.user.now)];
        // What one node was told and the other one is to be told so many steps later.
        let mut late: Vec<(usize, usize, UserCommand)> = Vec::new();
        let steps = std::iter::once((Step::Install, 0, 0)).chain(steps);
        for (step, first, later) in steps {
            if let Step::Hours(hours) = step {
                life.user.now += TimeDelta::hours(hours);
            }
            life.user.now += TimeDelta::seconds(7);
            let Some(command) = life.command(&step) else { continue };
            nodes[first].does(std::slice::from_ref(&command), life.user.now);
            assert_same(&store, &nodes[first]);
            late.push((later, 1 - first, command));
            let mut waiting = Vec::new();
            // What a node is told now comes to it together.
            let mut together: [Vec<UserCommand>; 2] = Default::default();
            for (steps, node, command) in std::mem::take(&mut late) {
                if steps > 0 {
                    waiting.push((steps - 1, node, command));
                } else {
                    together[node].push(command);
                }
            }
            late = waiting;
            for (node, commands) in nodes.iter_mut().zip(together) {
                if !commands.is_empty() {
                    node.does(&commands, life.user.now + APART);
                    assert_same(&store, node);
                }
            }
            life.user.state = fold(&store, Version(u64::MAX));
        }
    }
}
