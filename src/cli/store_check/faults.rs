//! What the store promises while something fails: whatever was answered is there exactly once, a follower sees all of
//! it, and calls end.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use events::store::Follow;
use events::store::kurrent::{KurrentOptions, Switch, official};
use events::{EventStore, Position, Recorded};

use super::bench::{Setting, whole_log, write};
use super::{LIMIT, Report, Seen};

/// Writers at once, each with a stream.
const WRITERS: u64 = 4;
/// Appends of each.
const EACH: u64 = 100;
/// Answers before something happens.
const BEFORE: u64 = 60;
/// How long an append into silence is tried again.
const PATIENCE: Duration = Duration::from_secs(8);
/// How long connections are silent or refused: longer than a call may take.
const OUTAGE: Duration = Duration::from_secs(5);

pub(super) async fn network(report: &mut Report) {
    report
        .look(
            "connections that break under load lose and double nothing",
            async |setting| {
                survives(setting, async |switch, _| {
                    for _ in 0..10 {
                        switch.cut();
                        tokio::time::sleep(Duration::from_millis(120)).await;
                    }
                    Ok(())
                })
                .await
            },
        )
        .await;
    report
        .look(
            "a network that swallows everything for 5 s loses and doubles nothing",
            async |setting| {
                survives(setting, async |switch, _| {
                    switch.silence(true);
                    tokio::time::sleep(OUTAGE).await;
                    switch.silence(false);
                    Ok(())
                })
                .await
            },
        )
        .await;
    report
        .look(
            "a cluster that cannot be reached for 5 s loses and doubles nothing",
            async |setting| {
                survives(setting, async |switch, _| {
                    switch.refuse(true);
                    switch.cut();
                    tokio::time::sleep(OUTAGE).await;
                    switch.refuse(false);
                    Ok(())
                })
                .await
            },
        )
        .await;
    report
        .look(
            "a call into silence ends, and says what it does not know",
            calls_end,
        )
        .await;
    report
        .look(
            "a follower hears of events after its connection broke",
            hears_again,
        )
        .await;
}

pub(super) async fn elections(report: &mut Report) {
    report
        .look(
            "a leader that steps down under load loses and doubles nothing",
            async |setting| {
                survives(setting, async |_, setting: &Setting| {
                    for _ in 0..3 {
                        official::resign_leader(&setting.address, LIMIT).await?;
                        tokio::time::sleep(OUTAGE).await;
                    }
                    Ok(())
                })
                .await
            },
        )
        .await;
}

/// Writes to several streams and follows from another connection, both through one switch, while `happen` happens.
async fn survives(
    setting: Setting,
    happen: impl AsyncFnOnce(&Switch, &Setting) -> anyhow::Result<()>,
) -> Seen {
    let switch = Switch::default();
    let writing = setting.open_through(Some(switch.clone())).await?;
    let following = setting.open_through(Some(switch.clone())).await?;
    let (tell, mut told) = tokio::sync::mpsc::channel(1_024);
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let (store, tell) = (Arc::clone(&writing), tell.clone());
            tokio::spawn(async move {
                let mut longest = Duration::ZERO;
                for version in 0..EACH {
                    let begun = Instant::now();
                    let write = write(&format!("s{writer}"), version, &[&format!("{writer}/{version}")])?;
                    let appended = store.append(vec![write]).await?;
                    longest = longest.max(begun.elapsed());
                    let Some(appended) = appended.first() else {
                        bail!("an append told nothing")
                    };
                    tell.send(appended.position).await?;
                    // So that the load lasts while things happen.
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
                Ok(longest)
            })
        })
        .collect();
    drop(tell);
    let follower = tokio::spawn(followed(following));
    let mut answered: Vec<Position> = Vec::new();
    for _ in 0..BEFORE {
        answered.extend(told.recv().await);
    }
    happen(&switch, &setting).await?;
    while let Some(position) = told.recv().await {
        answered.push(position);
    }
    let mut longest = Duration::ZERO;
    for writer in writers {
        longest = longest.max(writer.await?.context("a writer gave up")?);
    }
    let seen = follower.await??;
    let log = whole_log(&*writing).await?;
    answered.sort();
    let there: Vec<Position> = log.iter().map(|event| event.position).collect();
    ensure!(
        answered == there,
        "{} appends were answered and {} events are there",
        answered.len(),
        there.len()
    );
    ensure!(seen == log, "the follower saw something else than the log");
    Ok(format!("longest append {:.1} s", longest.as_secs_f64()))
}

/// Everything that the writers of [`survives`] write. A read that fails is tried again, as the read models do it.
async fn followed(store: Arc<impl EventStore>) -> anyhow::Result<Vec<Recorded>> {
    let mut follow = Follow::new(&*store, Position::START, 16);
    let mut seen = Vec::new();
    while (seen.len() as u64) < WRITERS * EACH {
        match follow.next().await {
            Ok(Some(events)) => seen.extend(events),
            Ok(None) => bail!("the follower ended early"),
            Err(error) => {
                tracing::debug!(
                    error = &error as &dyn std::error::Error,
                    "the follower tries again"
                );
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
    Ok(seen)
}

async fn calls_end(setting: Setting) -> Seen {
    let switch = Switch::default();
    let options = KurrentOptions {
        patience: PATIENCE,
        ..super::options(&setting.prefix)
    };
    let store = setting.open_as(options, Some(switch.clone())).await?;
    store.append(vec![write("a", 0, &["1"])?]).await?;
    switch.silence(true);
    let writing = write("a", 1, &["2"])?;
    let patience = PATIENCE + Duration::from_secs(20);
    let begun = Instant::now();
    let answer = tokio::time::timeout(patience, store.append(vec![writing])).await;
    switch.silence(false);
    let answer = answer.context("the append never ended")?;
    let Err(events::AppendError::Unavailable { maybe_written, .. }) = answer else {
        bail!("an append into silence answered {answer:?}");
    };
    ensure!(maybe_written, "it says that nothing was written, and cannot know");
    let lasted = begun.elapsed();
    let again = store.append(vec![write("a", 1, &["2"])?]).await?;
    ensure!(
        again.first().is_some_and(|appended| appended.version.0 == 2),
        "the repeat told another version"
    );
    ensure!(
        whole_log(&*store).await?.len() == 2,
        "the repeat was written a second time"
    );
    Ok(format!("after {:.0} s", lasted.as_secs_f64()))
}

async fn hears_again(setting: Setting) -> Seen {
    let switch = Switch::default();
    let (writing, following) = (
        setting.open().await?,
        setting.open_through(Some(switch.clone())).await?,
    );
    let mut head = following.head();
    for version in 0..5 {
        switch.cut();
        let appended = writing
            .append(vec![write("a", version, &[&version.to_string()])?])
            .await?;
        let Some(appended) = appended.first() else {
            bail!("an append told nothing")
        };
        head.wait_for(|head| *head >= appended.position).await?;
    }
    Ok(String::new())
}
