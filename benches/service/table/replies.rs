//! Row 2: people type, and a card comes in reply; ours and bots on Microsoft's kits for JavaScript.

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::cards::Measured;
use super::figure::Figure;
use super::peers;
use super::program::Program;
use super::standin::now;
use super::surroundings::Surroundings;
use crate::figures::Latencies;
use crate::http::{Connection, hammer, post};
use crate::{Outcome, Settings};

/// Connections at once.
const CONNECTIONS: u64 = 64;
/// Replies that are waited for one after the other.
const ALONE: u64 = 150;
/// What is typed; each of the bots answers it.
const TEXT: &str = "status";

/// What one of them did.
struct Run {
    acknowledged: Latencies,
    /// From the request until the reply came.
    replies: Latencies,
    /// Replies a second, from the first request until the last reply.
    rate: f64,
    /// How long after the load the last one came.
    late: Duration,
    until_acknowledged: Duration,
    until_replied: Duration,
}

pub(crate) async fn measure(folder: &Path, settings: &Settings) -> Outcome<Measured> {
    let surroundings = Surroundings::start()?;
    let people = settings.people.min(2_000);
    let mut program = Program::new(&folder.join("ours"), &surroundings)?;
    program.launch().await?;
    program.move_in(&surroundings, 0, people).await?;
    let address = program.address;
    let load = Load {
        surroundings: &surroundings,
        people,
        time: Duration::from_secs(settings.seconds),
    };
    load.run(address, Duration::from_secs(2), || program.processor_time())
        .await?;
    let ours = load.run(address, load.time, || program.processor_time()).await?;
    surroundings.settled().await?;
    program.folded().await?;
    let alone = load.alone(address).await?;
    program.stop().await?;
    let mut figures = figures_of_ours(&ours, &alone);
    let (mut best, mut best_p99, mut absent) = (0.0_f64, f64::INFINITY, Vec::new());
    for peer in peers::BOTS {
        if !peers::is_installed(peer) {
            absent.push(peer);
            continue;
        }
        let bot = peers::bot(peer, &surroundings, folder).await?;
        load.run(bot.address, Duration::from_secs(3), || bot.processor_time())
            .await?;
        let run = load.run(bot.address, load.time, || bot.processor_time()).await?;
        let alone = load.alone(bot.address).await?;
        figures.push(Figure::new(format!("{peer}: replies a second"), run.rate, "/s"));
        figures.push(Figure::ms(
            format!("{peer}: acknowledged, p99"),
            run.acknowledged.p99(),
        ));
        figures.push(Figure::ms(
            format!("{peer}: a reply alone, median"),
            alone.median(),
        ));
        figures.push(Figure::new(
            format!("{peer}: processor time until replied"),
            each(run.until_replied, &run),
            "ms",
        ));
        if run.rate > best {
            best = run.rate;
            best_p99 = run.acknowledged.p99().as_secs_f64();
        }
    }
    if best > 0.0 {
        figures.push(Figure::ratio("replies against the best of the bots", ours.rate, best).at_least(10.0));
        let p99 = ours.acknowledged.p99().as_secs_f64();
        figures.push(Figure::ratio("acknowledged p99 against that bot's", p99, best_p99).at_most(0.1));
    }
    let nothing = nothing(&surroundings, settings).await?;
    figures.push(Figure::new("an HTTP server that does nothing", nothing, "/s"));
    let absent = if absent.is_empty() {
        String::new()
    } else {
        format!("; not there: {}", absent.join(", "))
    };
    let sizes = format!(
        "{CONNECTIONS} connections for {} s, {people} people, `{TEXT}` with an RS256 token{absent}; a bot on the kit for .NET \
         is not run here, its figure by processor time stands in its place",
        settings.seconds
    );
    Ok((figures, sizes))
}

fn figures_of_ours(ours: &Run, alone: &Latencies) -> Vec<Figure> {
    vec![
        Figure::new("acknowledged", ours.acknowledged.rate(), "/s"),
        Figure::ms("acknowledged, median", ours.acknowledged.median()),
        Figure::ms("acknowledged, p99", ours.acknowledged.p99()),
        Figure::new("replies a second", ours.rate, "/s"),
        Figure::ratio(
            "replies a request",
            ours.replies.len() as f64,
            ours.acknowledged.len() as f64,
        ),
        Figure::ms("reply at full load, median", ours.replies.median()),
        Figure::ms("reply at full load, p99", ours.replies.p99()),
        Figure::new("the last reply after the load", ours.late.as_secs_f64(), "s").at_most(0.5),
        Figure::new(
            "processor time until acknowledged",
            each(ours.until_acknowledged, ours),
            "ms",
        )
        .at_most(0.12),
        Figure::new(
            "processor time until replied",
            each(ours.until_replied, ours),
            "ms",
        )
        .at_most(0.15),
        Figure::ms("a reply alone, median", alone.median()).at_most(3.0),
        Figure::ms("a reply alone, p99", alone.p99()),
    ]
}

fn each(time: Duration, run: &Run) -> f64 {
    time.as_secs_f64() * 1_000.0 / run.acknowledged.len().max(1) as f64
}

async fn nothing(surroundings: &Surroundings, settings: &Settings) -> Outcome<f64> {
    let request = post("/api/messages", "token", "application/json", &"x".repeat(1_100));
    let time = Duration::from_secs(settings.seconds);
    let answered = hammer(surroundings.address, CONNECTIONS, time, 200, move |_| {
        request.clone()
    })
    .await?;
    Ok(answered.rate())
}

/// Who types.
struct Load<'a> {
    surroundings: &'a Surroundings,
    people: u64,
    time: Duration,
}

impl Load<'_> {
    async fn run(
        &self,
        address: SocketAddr,
        time: Duration,
        used: impl Fn() -> Outcome<Duration>,
    ) -> Outcome<Run> {
        let before = self.surroundings.settled().await?;
        let (sent, next) = (
            Mutex::new(HashMap::<u64, VecDeque<u64>>::new()),
            AtomicU64::new(0),
        );
        let cpu = used()?;
        let (first, begun) = (now(), Instant::now());
        let hands = (0..CONNECTIONS).map(|_| async {
            let mut connection = Connection::open(address).await?;
            let mut taken = Vec::new();
            while begun.elapsed() < time {
                let whom = next.fetch_add(1, Ordering::Relaxed) % self.people;
                let request = self.surroundings.message(whom, TEXT);
                sent.lock()
                    .map_err(|_| "a hand broke off")?
                    .entry(whom)
                    .or_default()
                    .push_back(now());
                let start = Instant::now();
                let answer = connection.ask(&request).await?;
                taken.push(start.elapsed());
                if answer.status != 200 {
                    return Err(format!("answered with {}", answer.status).into());
                }
            }
            Outcome::Ok(taken)
        });
        let taken = futures_util::future::try_join_all(hands).await?.concat();
        let acknowledged = Latencies::new(taken, begun.elapsed());
        let (end, until_acknowledged) = (now(), used()?.saturating_sub(cpu));
        self.surroundings
            .until_or_quiet(before + acknowledged.len() as u64)
            .await?;
        let until_replied = used()?.saturating_sub(cpu);
        let came = self.surroundings.came(before).await?;
        let last = came.iter().map(|(at, _)| *at).max().unwrap_or(end);
        let mut sent = sent.into_inner().map_err(|_| "a hand broke off")?;
        let replies = came.iter().filter_map(|(at, whom)| {
            let asked = sent.get_mut(whom)?.pop_front()?;
            Some(Duration::from_micros(at.saturating_sub(asked)))
        });
        Ok(Run {
            replies: Latencies::new(replies.collect(), Duration::from_micros(last - first)),
            rate: came.len() as f64 / ((last - first) as f64 / 1e6),
            late: Duration::from_micros(last.saturating_sub(end)),
            acknowledged,
            until_acknowledged,
            until_replied,
        })
    }

    /// One message after the other, each by somebody else: until its reply came.
    async fn alone(&self, address: SocketAddr) -> Outcome<Latencies> {
        let mut connection = Connection::open(address).await?;
        let mut taken = Vec::new();
        let begun = Instant::now();
        for number in 0..ALONE {
            let before = self.surroundings.cards().await?;
            let request = self.surroundings.message(number % self.people, TEXT);
            let asked = now();
            connection.ask(&request).await?;
            self.surroundings.until(before + 1).await?;
            let came = self.surroundings.came(before).await?;
            taken.extend(
                came.first()
                    .map(|(at, _)| Duration::from_micros(at.saturating_sub(asked))),
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(Latencies::new(taken, begun.elapsed()))
    }
}
