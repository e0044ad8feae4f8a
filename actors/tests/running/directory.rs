//! One person at a time, whatever happens to the actor.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use actors::Directory;
use actors::ports::SendResult;
use actors::settings::ActorSettings;
use actors::user::AskError;
use actors::user::command::UserCommand;
use events::{ActivityId, EventStore as _};
use tokio_util::sync::CancellationToken;

use crate::support::{Gated, deps, help, install, reaction, user};

fn settings() -> ActorSettings {
    ActorSettings {
        mailbox: 4,
        idle: Duration::from_secs(60),
        arbiters: 2,
        ..ActorSettings::default()
    }
}

fn count(names: &[String], name: &str) -> usize {
    names.iter().filter(|found| *found == name).count()
}

#[actix::test]
async fn commands_that_arrive_together_are_carried_out_one_after_the_other() {
    let store = Gated::open();
    let settings = ActorSettings {
        mailbox: 1_000,
        ..settings()
    };
    let directory = Directory::start(deps(Arc::clone(&store) as _, settings));
    let ada = user("ada");
    directory.ask(&ada, install(0)).await.unwrap();
    let asked = (1..=100).map(|key| directory.ask(&ada, help(key)));
    for answer in futures_util::future::join_all(asked).await {
        answer.unwrap();
    }
    assert_eq!(count(&store.names(&ada).await, "CommandReceived"), 100);
    // Loaded once: the state stays in memory between commands.
    assert_eq!(store.reads.load(Ordering::SeqCst), 1);
}

#[actix::test]
async fn what_waits_while_an_append_is_under_way_is_one_append() {
    let store = Gated::closed();
    let settings = ActorSettings {
        mailbox: 1_000,
        ..settings()
    };
    let directory = Directory::start(deps(Arc::clone(&store) as _, settings));
    let ada = user("ada");
    let asked: Vec<_> = (0..40)
        .map(|key| {
            let (directory, ada) = (directory.clone(), ada.clone());
            tokio::task::spawn_local(async move { directory.ask(&ada, help(key)).await })
        })
        .collect();
    tokio::task::yield_now().await;
    // One for what came first, and one for all that came meanwhile.
    store.gate.add_permits(2);
    let all = futures_util::future::join_all(asked);
    for answer in tokio::time::timeout(Duration::from_secs(60), all).await.unwrap() {
        answer.unwrap().unwrap();
    }
    assert_eq!(count(&store.names(&ada).await, "CommandReceived"), 40);
}

#[actix::test]
async fn what_was_decided_together_is_decided_again_where_another_node_was_first() {
    let store = Gated::closed();
    let settings = ActorSettings {
        mailbox: 1_000,
        ..settings()
    };
    let nodes = [(); 2].map(|()| Directory::start(deps(Arc::clone(&store) as _, settings.clone())));
    let ada = user("ada");
    let asked: Vec<_> = (0..60)
        .map(|number| {
            let (directory, ada) = (nodes[number % 2].clone(), ada.clone());
            // Each of them comes to both nodes, and beside others.
            let key = number as u128 / 2;
            tokio::task::spawn_local(async move { directory.ask(&ada, help(key)).await })
        })
        .collect();
    tokio::task::yield_now().await;
    store.gate.add_permits(1_000);
    for answer in futures_util::future::join_all(asked).await {
        answer.unwrap().unwrap();
    }
    assert_eq!(count(&store.names(&ada).await, "CommandReceived"), 30);
}

#[actix::test]
async fn a_reaction_that_outruns_the_connectors_answer_counts_once_that_came() {
    let store = Gated::open();
    let directory = Directory::start(deps(Arc::clone(&store) as _, settings()));
    let ada = user("ada");
    directory.ask(&ada, install(0)).await.unwrap();
    let known = actors::user::load(&*store, &ada).await.unwrap();
    let notification_id = known.state.notifications.iter().next().unwrap().id;
    let begin = UserCommand::BeginSend { notification_id };
    directory.ask(&ada, begin).await.unwrap();
    // Of no time by which the message could be told, and once more for a message of nobody's.
    for (key, message) in [(1, "1795000000000"), (2, "1795000000001")] {
        directory.ask(&ada, reaction(key, message)).await.unwrap();
    }
    assert_eq!(count(&store.names(&ada).await, "NotificationSeen"), 0);
    let sent = UserCommand::FinishSend {
        notification_id,
        attempt: 1,
        revision: 1,
        result: SendResult::Accepted {
            activity_id: Some(ActivityId::parse("1795000000000").unwrap()),
        },
    };
    directory.ask(&ada, sent).await.unwrap();
    directory.ask(&ada, help(3)).await.unwrap();
    assert_eq!(count(&store.names(&ada).await, "NotificationSeen"), 1);
}

#[actix::test]
async fn an_actor_that_lost_a_race_reads_again_and_decides_again() {
    let store = Gated::open();
    let (one, two) = (
        Directory::start(deps(Arc::clone(&store) as _, settings())),
        Directory::start(deps(Arc::clone(&store) as _, settings())),
    );
    let ada = user("ada");
    one.ask(&ada, install(0)).await.unwrap();
    two.ask(&ada, help(1)).await.unwrap();
    // `one` still holds the state from before `help(1)`.
    one.ask(&ada, help(1)).await.unwrap();
    one.ask(&ada, help(2)).await.unwrap();
    assert_eq!(count(&store.names(&ada).await, "CommandReceived"), 2);
}

#[actix::test]
async fn a_full_mailbox_is_told_and_nothing_of_it_is_lost() {
    let store = Gated::closed();
    let directory = Directory::start(deps(Arc::clone(&store) as _, settings()));
    let ada = user("ada");
    let asked: Vec<_> = (0..40)
        .map(|key| {
            let (directory, ada) = (directory.clone(), ada.clone());
            tokio::task::spawn_local(async move { directory.ask(&ada, help(key)).await })
        })
        .collect();
    // Everybody has asked before the gate opens: the test runs on one thread and each asks without waiting.
    tokio::task::yield_now().await;
    store.gate.add_permits(1_000);
    let (mut done, mut busy) = (0, 0);
    for answer in asked {
        match answer.await.unwrap() {
            Ok(_) => done += 1,
            Err(AskError::Busy) => busy += 1,
            Err(error) => panic!("{error}"),
        }
    }
    assert!(busy > 0, "forty commands fitted into a mailbox of four");
    assert_eq!(count(&store.names(&ada).await, "CommandReceived"), done);
}

#[actix::test]
async fn an_actor_that_panics_is_replaced_by_one_built_from_the_log() {
    let store = Gated::open();
    let directory = Directory::start(deps(Arc::clone(&store) as _, settings()));
    let ada = user("ada");
    directory.ask(&ada, install(0)).await.unwrap();
    store.panics.store(1, Ordering::SeqCst);
    directory.ask(&ada, help(1)).await.unwrap();
    assert_eq!(count(&store.names(&ada).await, "CommandReceived"), 1);
}

#[actix::test]
async fn a_panic_after_the_append_does_not_repeat_the_effect() {
    let store = Gated::open();
    let directory = Directory::start(deps(Arc::clone(&store) as _, settings()));
    let ada = user("ada");
    directory.ask(&ada, install(0)).await.unwrap();
    store.late_panics.store(1, Ordering::SeqCst);
    directory.ask(&ada, help(1)).await.unwrap();
    assert_eq!(count(&store.names(&ada).await, "CommandReceived"), 1);
}

#[actix::test]
async fn an_actor_that_dies_each_time_is_given_up() {
    let store = Gated::open();
    store.panics.store(100, Ordering::SeqCst);
    let directory = Directory::start(deps(Arc::clone(&store) as _, settings()));
    assert!(matches!(
        directory.ask(&user("ada"), help(1)).await,
        Err(AskError::Crashed)
    ));
}

#[actix::test]
async fn idle_actors_are_let_go_and_no_command_is_lost_while_they_go() {
    let store = Gated::open();
    let settings = ActorSettings {
        idle: Duration::from_millis(1),
        mailbox: 1_000,
        ..settings()
    };
    let directory = Directory::start(deps(Arc::clone(&store) as _, settings));
    let cancel = CancellationToken::new();
    let sweeper = tokio::task::spawn_local({
        let (directory, cancel) = (directory.clone(), cancel.clone());
        async move { directory.retire_idle(cancel).await }
    });
    let people: Vec<_> = (0..10).map(|number| user(&number.to_string())).collect();
    for key in 0..60 {
        let asked = people.iter().map(|person| directory.ask(person, help(key)));
        for answer in futures_util::future::join_all(asked).await {
            answer.unwrap();
        }
    }
    for person in &people {
        assert_eq!(count(&store.names(person).await, "CommandReceived"), 60);
    }
    while directory.running_count() > 0 {
        tokio::task::yield_now().await;
    }
    cancel.cancel();
    sweeper.await.unwrap();
}

#[actix::test]
async fn a_long_life_is_loaded_from_its_snapshot() {
    let store = Gated::open();
    let settings = ActorSettings {
        snapshot_every: 16,
        mailbox: 100,
        ..settings()
    };
    let ada = user("ada");
    let directory = Directory::start(deps(Arc::clone(&store) as _, settings.clone()));
    for key in 0..40 {
        directory.ask(&ada, help(key)).await.unwrap();
    }
    let whole = actors::user::load(&events::store::memory::MemoryStore::new(), &ada)
        .await
        .unwrap();
    assert_eq!(whole.version.0, 0);
    let loaded = actors::user::load(&*store, &ada).await.unwrap();
    let snapshot = store
        .load_snapshot(events::StreamId::user(&ada))
        .await
        .unwrap()
        .unwrap();
    assert!(snapshot.version.0 > 0 && snapshot.version <= loaded.version);
    // The same as folding everything.
    let mut folded = actors::user::state::UserState::default();
    for recorded in store
        .inner
        .read_log(events::Position::START, usize::MAX)
        .await
        .unwrap()
    {
        folded.apply(&recorded.decode().unwrap(), &recorded.metadata);
    }
    assert_eq!(loaded.state, folded);
}
