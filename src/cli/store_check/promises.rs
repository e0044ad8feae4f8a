//! What the store promises, without any fault.

use std::sync::Arc;

use anyhow::{bail, ensure};
use events::store::kurrent::official;
use events::store::{Appended, Follow, Snapshot};
use events::{AppendError, Direction, EventStore, Position, Version};

use super::bench::{Setting, event, stream, versions, whole_log, write};
use super::{LIMIT, Report, Seen};

/// Writers at once.
const WRITERS: u64 = 8;
/// Appends of each.
const EACH: u64 = 25;

pub(super) async fn all(report: &mut Report) {
    report
        .look("events come back as they were written", come_back)
        .await;
    report
        .look(
            "positions follow the order of commits, and each finds its event",
            positions,
        )
        .await;
    report
        .look(
            "a wrong expected version is a conflict that writes nothing",
            conflict,
        )
        .await;
    report
        .look("a repeat is a success that writes nothing", repeat)
        .await;
    report
        .look("a repeat of which only a part is there is a conflict", partial)
        .await;
    report
        .look("a stream is read in pages, in both directions", pages)
        .await;
    report
        .look("a read after an answered append sees it, on any connection", seen)
        .await;
    report
        .look("writers that race for one version leave one winner", race)
        .await;
    report
        .look(
            "a follower gets everything once, in order, while many write",
            follow,
        )
        .await;
    report
        .look("of many snapshots the newest is kept", snapshots)
        .await;
    report.look("an event of 64 KiB is taken", large).await;
    report
        .look("the official client reads the same", second_opinion)
        .await;
}

pub(super) async fn leader(setting: Setting) -> Seen {
    setting.open().await?;
    Ok(String::new())
}

async fn come_back(setting: Setting) -> Seen {
    let store = setting.open().await?;
    let sent = event("a", "1")?;
    store.append(vec![write("a", 0, &["1"])?]).await?;
    let read = store
        .read_stream(stream("a")?, Version(1), Direction::Forwards, 10)
        .await?;
    let [read] = read.as_slice() else {
        bail!("{} events came back for one", read.len())
    };
    ensure!(
        (
            read.id,
            &*read.event_type,
            read.schema_version,
            &*read.payload,
            read.metadata
        ) == (
            sent.id,
            sent.event_type,
            sent.schema_version,
            sent.payload.as_str(),
            sent.metadata
        ),
        "the event came back changed"
    );
    Ok(String::new())
}

async fn positions(setting: Setting) -> Seen {
    let store = setting.open().await?;
    let first = store.append(vec![write("a", 0, &["1", "2"])?]).await?;
    let second = store.append(vec![write("b", 0, &["3"])?]).await?;
    let log = whole_log(&*store).await?;
    let told = [first[0].position, second[0].position];
    ensure!(log.len() == 3, "the log has {} events for 3", log.len());
    ensure!(
        log.windows(2).all(|two| two[0].position < two[1].position),
        "positions do not grow"
    );
    ensure!(
        [log[1].position, log[2].position] == told,
        "an append told another position than a read"
    );
    for event in &log {
        let found = store.event_at(event.position).await?;
        ensure!(
            found.as_ref() == Some(event),
            "nothing is found at {}",
            event.position
        );
    }
    let nowhere = store.event_at(Position(log[2].position.0 + 1)).await?;
    ensure!(nowhere.is_none(), "an event is found where none begins");
    Ok(String::new())
}

async fn conflict(setting: Setting) -> Seen {
    let store = setting.open().await?;
    store.append(vec![write("a", 0, &["1"])?]).await?;
    for expected in [0, 2] {
        match store.append(vec![write("a", expected, &["x"])?]).await {
            Err(AppendError::Conflict {
                actual: Version(1), ..
            }) => {}
            other => bail!("expecting {expected} of a stream at 1 gave {other:?}"),
        }
    }
    let length = whole_log(&*store).await?.len();
    ensure!(length == 1, "a conflict wrote something");
    Ok(String::new())
}

async fn repeat(setting: Setting) -> Seen {
    let store = setting.open().await?;
    let first = store.append(vec![write("a", 0, &["1", "2"])?]).await?;
    for version in 2..40 {
        store
            .append(vec![write("a", version, &[&format!("more-{version}")])?])
            .await?;
    }
    // Another connection: what one remembers of its own appends does not count.
    let other = setting.open().await?;
    let again = other.append(vec![write("a", 0, &["1", "2"])?]).await?;
    let same = |again: &Appended, first: &Appended| {
        (again.version, again.position) == (first.version, first.position) && again.recognised
    };
    ensure!(
        again.len() == 1 && again.iter().zip(&first).all(|(again, first)| same(again, first)),
        "the answer was {first:?} and then {again:?}"
    );
    let length = whole_log(&*store).await?.len();
    ensure!(length == 40, "the log has {length} events for 40");
    Ok(String::new())
}

async fn partial(setting: Setting) -> Seen {
    let store = setting.open().await?;
    store.append(vec![write("a", 0, &["1", "2"])?]).await?;
    for ids in [&["1", "x"][..], &["x", "2"], &["1", "2", "3"]] {
        let answer = store.append(vec![write("a", 0, ids)?]).await;
        ensure!(
            matches!(answer, Err(AppendError::Conflict { .. })),
            "{ids:?} gave {answer:?}"
        );
    }
    ensure!(whole_log(&*store).await?.len() == 2, "a part was written");
    Ok(String::new())
}

async fn pages(setting: Setting) -> Seen {
    const LENGTH: u64 = 100;
    let store = setting.open().await?;
    let ids: Vec<String> = (1..=LENGTH).map(|id| id.to_string()).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    store.append(vec![write("a", 0, &ids)?]).await?;
    for from in [0, 1, 33, 64, 99, 100, 101, u64::MAX] {
        for max in [1, 7, 64, 1_000] {
            let forwards = store
                .read_stream(stream("a")?, Version(from), Direction::Forwards, max)
                .await?;
            let expected: Vec<u64> = (from.max(1)..=LENGTH).take(max).collect();
            ensure!(
                versions(&forwards) == expected,
                "forwards from {from}, {max} at most"
            );
            let backwards = store
                .read_stream(stream("a")?, Version(from), Direction::Backwards, max)
                .await?;
            let expected: Vec<u64> = (1..=from.min(LENGTH)).rev().take(max).collect();
            ensure!(
                versions(&backwards) == expected,
                "backwards from {from}, {max} at most"
            );
        }
    }
    Ok(String::new())
}

async fn seen(setting: Setting) -> Seen {
    let (writing, reading) = (setting.open().await?, setting.open().await?);
    for version in 0..50 {
        let appended = writing
            .append(vec![write("a", version, &[&version.to_string()])?])
            .await?;
        for store in [&writing, &reading] {
            let last = store
                .read_stream(stream("a")?, Version(u64::MAX), Direction::Backwards, 1)
                .await?;
            let last = last.first().map(|event| (event.version, event.position));
            ensure!(
                last == Some((appended[0].version, appended[0].position)),
                "append {version} is not seen"
            );
        }
    }
    Ok(String::new())
}

async fn race(setting: Setting) -> Seen {
    let (one, other) = (setting.open().await?, setting.open().await?);
    for round in 0..10 {
        let racers = (0..WRITERS).map(|racer| {
            let store = if racer.is_multiple_of(2) {
                Arc::clone(&one)
            } else {
                Arc::clone(&other)
            };
            async move {
                anyhow::Ok(
                    store
                        .append(vec![write("a", round, &[&format!("{round}/{racer}")])?])
                        .await
                        .is_ok(),
                )
            }
        });
        let won = futures_util::future::try_join_all(racers).await?;
        let winners = won.iter().filter(|won| **won).count();
        ensure!(winners == 1, "round {round} had {winners} winners");
    }
    Ok(String::new())
}

async fn follow(setting: Setting) -> Seen {
    let (writing, following) = (setting.open().await?, setting.open().await?);
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let store = Arc::clone(&writing);
            tokio::spawn(async move {
                for version in 0..EACH {
                    let write = write(&format!("w{writer}"), version, &[&format!("{writer}/{version}")])?;
                    store.append(vec![write]).await?;
                }
                anyhow::Ok(())
            })
        })
        .collect();
    let mut follow = Follow::new(&*following, Position::START, 7);
    let mut followed = Vec::new();
    while (followed.len() as u64) < WRITERS * EACH {
        match follow.next().await? {
            Some(events) => followed.extend(events),
            None => bail!("the follower ended early"),
        }
    }
    for writer in writers {
        writer.await??;
    }
    ensure!(
        followed == whole_log(&*writing).await?,
        "the follower saw something else than the log"
    );
    Ok(format!("{} events", followed.len()))
}

async fn snapshots(setting: Setting) -> Seen {
    let store = setting.open().await?;
    let snapshot = |version| Snapshot {
        version: Version(version),
        schema: 3,
        state: vec![7; 900],
    };
    for version in [1, 5, 2] {
        store.save_snapshot(stream("a")?, snapshot(version)).await?;
    }
    let kept = store.load_snapshot(stream("a")?).await?;
    ensure!(kept == Some(snapshot(5)), "another snapshot was kept");
    let prefix = format!("{}snapshot-", setting.prefix);
    let kept = official::read_stream(&setting.address, &prefix, &stream("a")?, LIMIT)
        .await?
        .len();
    ensure!(kept == 1, "{kept} snapshots are still read");
    Ok(String::new())
}

async fn large(setting: Setting) -> Seen {
    let store = setting.open().await?;
    let mut large = write("a", 0, &["1"])?;
    for event in &mut large.events {
        event.payload = format!("{{\"text\":\"{}\"}}", "x".repeat(64 << 10));
    }
    let payload = large.events.first().map(|event| event.payload.clone());
    store.append(vec![large]).await?;
    let read = store
        .read_stream(stream("a")?, Version(1), Direction::Forwards, 1)
        .await?;
    ensure!(
        read.first().map(|event| event.payload.to_string()) == payload,
        "it came back changed"
    );
    Ok(String::new())
}

async fn second_opinion(setting: Setting) -> Seen {
    let store = setting.open().await?;
    store.append(vec![write("a", 0, &["1", "2", "3"])?]).await?;
    let seen = official::read_stream(&setting.address, &setting.prefix, &stream("a")?, LIMIT).await?;
    let ours = store
        .read_stream(stream("a")?, Version(1), Direction::Forwards, 9)
        .await?;
    ensure!(
        seen.len() == ours.len(),
        "it reads {} events, we read {}",
        seen.len(),
        ours.len()
    );
    for (seen, ours) in seen.iter().zip(&ours) {
        let same = seen.id == ours.id.0
            && seen.revision + 1 == ours.version.0
            && seen.event_type == *ours.event_type
            && seen.data == ours.payload.as_bytes();
        ensure!(same, "the event of version {} differs", ours.version);
    }
    Ok(String::new())
}
