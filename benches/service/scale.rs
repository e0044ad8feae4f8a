//! A thousand tenants drained beside each other within Teams' limits, and a restart while a great many cards wait.

use std::path::Path;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use events::organization::{CardKind, Class};
use events::store::sqlite::{SqliteOptions, SqliteStore};
use events::user::{NotificationQueued, Source, UnknownPolicy};
use events::{
    Clock as _, EventId, EventStore as _, Expected, Metadata, NewEvent, NotificationId, StreamId,
    StreamWrite, SystemClock, UserEvent,
};
use projections::{Options, Projector};
use tokio::task::JoinSet;

use crate::figures::ms;
use crate::http::{Connection, post};
use crate::machine::Memory;
use crate::town::{Town, email, key, user};
use crate::{Outcome, Settings, say};

/// People of each tenant.
const PEOPLE: u64 = 4;
/// Cards for each of them.
const CARDS: u64 = 25;
/// Tenants whose events are handed over at once.
const AT_ONCE: u64 = 16;
/// How often memory is looked at.
const LOOK: Duration = Duration::from_millis(500);
/// How long a part may take.
const PATIENCE: Duration = Duration::from_secs(900);
/// Cards appended at a time.
const PART: u64 = 20_000;
/// Seconds that are looked at after the restart.
const AFTER: usize = 10;

/// All tenants at once.
pub(crate) async fn measure(folder: &Path, settings: &Settings) -> Outcome<()> {
    let tenants = settings.tenants;
    let mut town = Town::build(&folder.join("town"), vec![PEOPLE; usize::try_from(tenants)?]).await?;
    town.launch()?;
    town.move_in().await?;
    let before = town.memory()?;
    let (sent, cards) = (town.calls(), tenants * PEOPLE * CARDS);
    let begun = Instant::now();
    hand_over_everywhere(&town, tenants).await?;
    let taken = begun.elapsed();
    let (mut peak, mut looked) = (before, Instant::now());
    let mut samples = Vec::new();
    while town.calls() < sent + cards {
        town.until(PATIENCE, |town| {
            looked.elapsed() > LOOK || town.calls() >= sent + cards
        })
        .await?;
        looked = Instant::now();
        let now = town.memory()?;
        peak = peak.max_of(now);
        samples.push((town.calls() - sent, now.own));
    }
    let took = begun.elapsed();
    let after = town.memory()?;
    let counts = town.sandbox.counts();
    say(&format!(
        "\n{cards} cards of {tenants} tenants were taken from Chronus within {:.1} s and were in the chats after {:.1} s: \
         {:.0} cards/s in all; calls refused with 429: {}, cards that met another: {}",
        taken.as_secs_f64(),
        took.as_secs_f64(),
        cards as f64 / took.as_secs_f64(),
        counts.throttled,
        counts.collided,
    ))?;
    tell_memory(before, peak, after)?;
    for tenth in 1..=10 {
        if let Some((done, own)) = samples.iter().find(|(done, _)| *done >= cards * tenth / 10) {
            say(&format!("after {done} cards: {} MiB of its own", own >> 20))?;
        }
    }
    town.pull_down().await
}

/// Each tenant's events in one request, several tenants at once.
async fn hand_over_everywhere(town: &Town, tenants: u64) -> Outcome<()> {
    let address = town.address();
    let mut hands = JoinSet::new();
    for first in 0..AT_ONCE.min(tenants) {
        hands.spawn(async move {
            let mut connection = Connection::open(address).await?;
            for organization in (first..tenants).step_by(usize::try_from(AT_ONCE)?) {
                let events: Vec<String> = (0..PEOPLE * CARDS)
                    .map(|card| event(organization, card))
                    .collect();
                let body = format!("[{}]", events.join(","));
                let key = key(organization);
                let request = post("/v1/events", &key, "application/cloudevents-batch+json", &body);
                let answer = connection.ask(&request).await?;
                if answer.status != 202 {
                    return Err(format!("events were answered with {}", answer.status).into());
                }
            }
            Outcome::Ok(())
        });
    }
    while let Some(hand) = hands.join_next().await {
        hand??;
    }
    Ok(())
}

fn event(organization: u64, card: u64) -> String {
    format!(
        r#"{{"specversion":"1.0","id":"c-{card}","source":"/load","type":"com.chronus.announcement.published",
"subject":"announcement/{card}","data":{{"recipients":[{{"email":"{}"}}],"title":"News {card}",
"body":"The spring programme opens on Monday."}}}}"#,
        email(organization, card % PEOPLE)
    )
}

/// A restart: killed, a great many cards appended to its log and folded, started again.
pub(crate) async fn restart(folder: &Path, settings: &Settings) -> Outcome<()> {
    restarted(folder, settings).await.map(drop)
}

/// The same; answers how long it took until the program was up, and until its first card left after that.
pub(crate) async fn restarted(folder: &Path, settings: &Settings) -> Outcome<(Duration, Duration)> {
    // One append names each person once.
    let (tenants, people) = (settings.tenants, PART.div_ceil(settings.tenants));
    let mut town = Town::build(&folder.join("town"), vec![people; usize::try_from(tenants)?]).await?;
    town.launch()?;
    town.move_in().await?;
    town.kill()?;
    let begun = Instant::now();
    fill(&town.data(), settings.waiting, tenants, people).await?;
    say(&format!(
        "{} waiting cards written and folded in {:.0} s",
        settings.waiting,
        begun.elapsed().as_secs_f64()
    ))?;

    let sent = town.calls();
    let up = town.launch()?;
    let begun = Instant::now();
    town.until(PATIENCE, |town| town.calls() > sent).await?;
    let first = begun.elapsed();
    let started = town.memory()?;
    let (mut seconds, mut peak) = (Vec::new(), started);
    let begun = Instant::now();
    let mut before = sent;
    for second in (1_u32..).take(AFTER) {
        let until = begun + Duration::from_secs(1) * second;
        tokio::time::sleep_until(until.into()).await;
        let now = town.calls();
        seconds.push((now - before).to_string());
        before = now;
        peak = peak.max_of(town.memory()?);
    }
    say(&format!(
        "\nup after {}; the first card {} later; cards a second from then on, of all {tenants} tenants: {}; calls \
         refused with 429: {}",
        ms(up),
        ms(first),
        seconds.join(", "),
        town.sandbox.counts().throttled
    ))?;
    tell_memory(started, peak, town.memory()?)?;
    town.pull_down().await?;
    Ok((up, first))
}

/// Appends cards of the chat itself to the log and folds them, as the service would have.
async fn fill(data: &Path, cards: u64, tenants: u64, people: u64) -> Outcome<()> {
    let store = SqliteStore::open(data, &SqliteOptions::default())?;
    let path = data.join("projections.db");
    let mut projector =
        tokio::task::spawn_blocking(move || Projector::open(path, Options::default())).await??;
    for first in (0..cards).step_by(usize::try_from(PART)?) {
        let writes = (first..cards.min(first + PART)).map(|number| waiting(number, tenants, people));
        store.append(writes.collect::<Outcome<Vec<_>>>()?).await?;
        projector.catch_up(&store).await?;
    }
    drop(projector);
    store.close().await;
    Ok(())
}

fn waiting(number: u64, tenants: u64, people: u64) -> Outcome<StreamWrite> {
    let user = user(number % tenants, number / tenants % people)?;
    let id = EventId::derive(["waiting", number.to_string().as_str()]);
    let now = SystemClock.now();
    let event = UserEvent::from(NotificationQueued {
        notification_id: NotificationId(id.0),
        source: Source::Chat,
        card: CardKind::Help,
        subject: None,
        class: Class::Broadcast,
        expires_at: now + TimeDelta::days(14),
        unknown_policy: UnknownPolicy::Hold,
        state: None,
        facts: None,
        prompt: None,
        awaited: false,
        happened_at: None,
        most_a_day: None,
        member_id: None,
    });
    let metadata = Metadata {
        time: now,
        correlation_id: id.0,
        causation_id: id.0,
    };
    Ok(StreamWrite {
        stream: StreamId::user(&user),
        expected: Expected::Any,
        events: vec![NewEvent::encode(id, &event, metadata)],
    })
}

fn tell_memory(before: Memory, peak: Memory, after: Memory) -> Outcome<()> {
    say(&format!(
        "the program's own memory: {} MiB before, {} MiB at most, {} MiB after (mapped files {} MiB, {} MiB, {} MiB)",
        before.own >> 20,
        peak.own >> 20,
        after.own >> 20,
        before.files >> 20,
        peak.files >> 20,
        after.files >> 20
    ))
}
