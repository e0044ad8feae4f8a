//! Rows 1 and 6: how many cards leave a second, and how soon one does.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::time::Duration;

use super::figure::{Figure, median};
use super::peers;
use super::program::Program;
use super::standin::now;
use super::surroundings::{Surroundings, hand_over};
use crate::figures::Latencies;
use crate::http::{Connection, hammer, post};
use crate::{Outcome, Settings};

/// Calls under way at a time, of ours and of the others.
const AT_ONCE: u64 = 50;
/// Bytes of a card that is posted for the comparison.
const CARD: usize = 3_000;
/// Cards that are sent one after the other.
const ALONE: u64 = 200;
/// Seconds of half load.
const HALF_LOAD: u64 = 8;
const TICK: Duration = Duration::from_millis(10);

/// What a row holds, and its sizes.
pub(crate) type Measured = (Vec<Figure>, String);

pub(crate) async fn measure(folder: &Path, settings: &Settings) -> Outcome<(Measured, Measured)> {
    let people = settings.people;
    let surroundings = Surroundings::start()?;
    let mut program = Program::new(&folder.join("ours"), &surroundings)?;
    program.launch().await?;
    program.move_in(&surroundings, 0, people).await?;
    surroundings.settled().await?;
    let mut rates = Vec::new();
    let mut costs = Vec::new();
    let (mut peer_rates, mut peer_costs) = (BTreeMap::<&str, Vec<f64>>::new(), Vec::new());
    for _ in 0..settings.rounds {
        let (rate, cost) = ours(&program, &surroundings, people).await?;
        rates.push(rate);
        costs.push(cost);
        for peer in peers::BOTS.into_iter().filter(|peer| peers::is_installed(peer)) {
            let (rate, seconds) = peers::send(peer, &surroundings, folder, people).await?;
            peer_rates.entry(peer).or_default().push(rate);
            if peer == peers::BOTS[0] {
                peer_costs.push(seconds * 1_000.0 / people as f64);
            }
        }
    }
    let rate = median(rates);
    let bare = bare(&surroundings, settings).await?;
    let mut figures = vec![
        Figure::new("cards a second", rate, "/s"),
        Figure::new("processor time a card", median(costs), "ms").at_most(0.2),
    ];
    for (peer, rates) in peer_rates {
        let peer_rate = median(rates);
        figures.push(Figure::new(format!("{peer}: cards a second"), peer_rate, "/s"));
        if peer == peers::BOTS[0] {
            let ratio = Figure::ratio("ours against the batched JavaScript sender", rate, peer_rate);
            figures.push(ratio.at_least(5.0));
            figures.push(Figure::new(
                format!("{peer}: processor time a card"),
                median(peer_costs.clone()),
                "ms",
            ));
        }
    }
    figures.push(Figure::new("a bare POST of such a card", bare, "/s"));
    figures.push(Figure::ratio("ours against the bare POST", rate, bare));
    let sizes = format!(
        "{people} people, {AT_ONCE} calls under way, median of {} rounds; from the first event handed over to the last card",
        settings.rounds
    );
    let soon = soon(&program, &surroundings, people, rate / 2.0).await?;
    program.stop().await?;
    Ok(((figures, sizes), soon))
}

/// A card for each: cards a second, and milliseconds of a processor a card.
async fn ours(program: &Program, surroundings: &Surroundings, people: u64) -> Outcome<(f64, f64)> {
    let before = surroundings.settled().await?;
    let used = program.processor_time()?;
    let begun = now();
    program.hand_over(0, people).await?;
    surroundings.until(before + people).await?;
    let used = program.processor_time()?.saturating_sub(used);
    let came = surroundings.came(before).await?;
    let last = came.iter().map(|(at, _)| *at).max().unwrap_or(begun);
    let rate = people as f64 / ((last - begun) as f64 / 1e6);
    Ok((rate, used.as_secs_f64() * 1_000.0 / people as f64))
}

/// The same card posted by something that does nothing else.
async fn bare(surroundings: &Surroundings, settings: &Settings) -> Outcome<f64> {
    let path = format!(
        "/amer/t/v3/conversations/a:bare-conversation-{:0>12}/activities",
        1
    );
    let request = post(&path, "token", "application/json", &"x".repeat(CARD));
    let time = Duration::from_secs(settings.seconds);
    let answered = hammer(surroundings.address, AT_ONCE, time, 201, move |_| request.clone()).await?;
    Ok(answered.rate())
}

/// Row 6: one card at a time, and at half of what the program sends at most.
async fn soon(program: &Program, surroundings: &Surroundings, people: u64, rate: f64) -> Outcome<Measured> {
    surroundings.settled().await?;
    program.folded().await?;
    let mut connection = Connection::open(program.address).await?;
    let mut alone = Vec::new();
    for number in 0..ALONE {
        let before = surroundings.cards().await?;
        let begun = now();
        connection
            .ask(&hand_over(std::iter::once(number % people)))
            .await?;
        surroundings.until(before + 1).await?;
        let came = surroundings.came(before).await?;
        alone.extend(came.first().map(|(at, _)| Duration::from_micros(at - begun)));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let alone = Latencies::new(alone, Duration::from_secs(1));
    surroundings.settled().await?;
    let half = half_load(program, surroundings, people, rate).await?;
    let figures = vec![
        Figure::ms("one alone, median", alone.median()).at_most(4.0),
        Figure::ms("one alone, p99", alone.p99()),
        Figure::new("half load", rate, "/s"),
        Figure::ms("at half load, median", half.median()),
        Figure::ms("at half load, p99", half.p99()).at_most(25.0),
    ];
    let sizes = format!(
        "{ALONE} cards one after the other; {HALF_LOAD} s of half load, {} cards",
        half.len()
    );
    Ok((figures, sizes))
}

/// Events at a fixed pace, whatever becomes of those before; each to somebody else.
async fn half_load(
    program: &Program,
    surroundings: &Surroundings,
    people: u64,
    rate: f64,
) -> Outcome<Latencies> {
    let before = surroundings.cards().await?;
    let ticks = HALF_LOAD * 1_000 / u64::try_from(TICK.as_millis())?;
    let begun = tokio::time::Instant::now();
    let (mut handed, mut next) = (HashMap::<u64, std::collections::VecDeque<u64>>::new(), 0);
    let mut hands = tokio::task::JoinSet::new();
    for tick in 1..=ticks {
        tokio::time::sleep_until(begun + TICK * u32::try_from(tick)?).await;
        let due = (rate * TICK.as_secs_f64() * tick as f64).floor();
        while (next as f64) < due {
            let whom = next % people;
            handed.entry(whom).or_default().push_back(now());
            let (address, request) = (program.address, hand_over(std::iter::once(whom)));
            hands.spawn(
                async move { Outcome::Ok(Connection::open(address).await?.ask(&request).await?.status) },
            );
            next += 1;
        }
    }
    while let Some(hand) = hands.join_next().await {
        if hand?? != 202 {
            return Err("an event was not taken".into());
        }
    }
    surroundings.until(before + next).await?;
    let mut taken = Vec::new();
    for (at, whom) in surroundings.came(before).await? {
        let begun = handed
            .get_mut(&whom)
            .and_then(std::collections::VecDeque::pop_front);
        taken.extend(begun.map(|begun| Duration::from_micros(at.saturating_sub(begun))));
    }
    Ok(Latencies::new(taken, begun.elapsed()))
}
