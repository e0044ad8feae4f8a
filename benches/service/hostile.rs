//! A hostile organization beside an honest one: how long the honest one's events take alone, and while the other sends, back
//! to back over several connections, whatever is dearest to refuse or to do. The service has the limits that it is
//! shipped with. Whoever sends would be on another machine, so the hostile ones' thread runs only where a processor would be
//! idle. The first line sends nothing: what its last column is beside 1 is the machine's doing, in the others too.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::figures::Latencies;
use crate::http::{Connection, request};
use crate::intake::mentoring_request;
use crate::stage::{API_KEY, HOSTILE_KEY, Stage};
use crate::{Outcome, Settings, say};

const STRUCTURED: &str = "application/cloudevents+json";
const BATCH: &str = "application/cloudevents-batch+json";
/// Connections of the hostile organization.
const CONNECTIONS: usize = 4;
/// Between two events of the honest one.
const PACE: Duration = Duration::from_millis(10);
/// The two take turns in slices of this length, since a machine is another one every minute.
const SLICE: Duration = Duration::from_secs(1);
/// Between the slices, until what was under way has ended.
const BREAK: Duration = Duration::from_millis(200);
/// Whence the honest one sends, as a trusted proxy tells it, and the hostile one.
const HONEST: &str = "x-forwarded-for: 192.0.2.1\r\n";
const HOSTILE: &str = "x-forwarded-for: 192.0.2.2\r\n";

pub(crate) async fn measure(folder: &Path, settings: &Settings) -> Outcome<()> {
    let stage = Stage::start_as_shipped(&folder.join("data")).await?;
    let (address, people) = (stage.address(), settings.people);
    // Five times as long as others are measured: the hundredth part of what is measured decides.
    let slices = settings.seconds * 5;
    say(
        "| what the other organization sends | its answers/s | honest alone: median | p99 | beside: median | p99 | p99 against alone |\n|---|---|---|---|---|---|---|",
    )?;
    let measured = tokio::task::spawn_blocking(move || {
        let mut honest = Honest::new(address, people)?;
        // The first ones make keys and open files.
        honest.send(SLICE, &mut Vec::new())?;
        for (name, attack) in attacks()? {
            let attackers = Attackers::start(address, attack);
            let (mut alone, mut beside) = (Vec::new(), Vec::new());
            for _ in 0..slices {
                honest.send(SLICE, &mut alone)?;
                attackers.on(true);
                honest.send(SLICE, &mut beside)?;
                attackers.on(false);
                std::thread::sleep(BREAK);
            }
            let rate = attackers.stop()? as f64 / (SLICE * u32::try_from(slices)?).as_secs_f64();
            let (alone, beside) = (Latencies::new(alone, SLICE), Latencies::new(beside, SLICE));
            let ratio = beside.p99().as_secs_f64() / alone.p99().as_secs_f64();
            say(&format!(
                "| {name} | {rate:.0} | {alone} | {beside} | {ratio:.2} |"
            ))?;
        }
        Outcome::Ok(())
    });
    measured.await??;
    stage.stop().await
}

/// The honest organization: one event after the other at a pace far below what the service can take.
struct Honest {
    runtime: tokio::runtime::Runtime,
    address: SocketAddr,
    connection: Connection,
    people: u64,
    number: u64,
}

impl Honest {
    fn new(address: SocketAddr, people: u64) -> Outcome<Self> {
        let runtime = alone()?;
        let connection = runtime.block_on(Connection::open(address))?;
        Ok(Self {
            runtime,
            address,
            connection,
            people,
            number: 0,
        })
    }

    fn send(&mut self, time: Duration, taken: &mut Vec<Duration>) -> Outcome<()> {
        // The one before was idle for long where the other organization was slow to end.
        self.connection = self.runtime.block_on(Connection::open(self.address))?;
        let begun = Instant::now();
        while begun.elapsed() < time {
            self.number += 1;
            let body = mentoring_request(&format!("honest-{}", self.number), self.number % self.people);
            let request = request("POST", "/v1/events", API_KEY, HONEST, STRUCTURED, body.as_bytes());
            let start = Instant::now();
            let answer = self.runtime.block_on(self.connection.ask(&request))?;
            taken.push(start.elapsed());
            if answer.status != 202 {
                return Err(format!("the honest organization was answered with {}", answer.status).into());
            }
            std::thread::sleep(PACE);
        }
        Ok(())
    }
}

fn alone() -> Outcome<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?)
}

/// A request; its number makes it another one where it is to be taken each time.
type Attack = Arc<dyn Fn(u64) -> Arc<Vec<u8>> + Send + Sync>;

/// The hostile organization's thread.
struct Attackers {
    orders: Arc<Orders>,
    thread: JoinHandle<Outcome<()>>,
}

#[derive(Default)]
struct Orders {
    on: AtomicBool,
    stop: AtomicBool,
    answers: AtomicU64,
}

impl Attackers {
    fn start(address: SocketAddr, attack: Option<Attack>) -> Self {
        let orders = Arc::new(Orders::default());
        let given = Arc::clone(&orders);
        let thread = std::thread::spawn(move || {
            #[cfg(target_os = "linux")]
            only_where_idle()?;
            let local = tokio::task::LocalSet::new();
            for attack in std::iter::repeat_n(attack, CONNECTIONS).flatten() {
                local.spawn_local(attacking(address, attack, Arc::clone(&given)));
            }
            alone()?.block_on(local);
            Ok(())
        });
        Self { orders, thread }
    }

    fn on(&self, on: bool) {
        self.orders.on.store(on, Ordering::Relaxed);
    }

    /// How many answers there were.
    fn stop(self) -> Outcome<u64> {
        self.orders.stop.store(true, Ordering::Relaxed);
        self.thread.join().map_err(|_| "an attacker panicked")??;
        Ok(self.orders.answers.load(Ordering::Relaxed))
    }
}

/// From now on this thread gives its processor up at once to any other thread that can use it. A thread that merely stands
/// behind others keeps it until the scheduler's next tick.
#[cfg(target_os = "linux")]
fn only_where_idle() -> Outcome<()> {
    let thread = std::fs::read_link("/proc/thread-self")?;
    let mut tool = std::process::Command::new("chrt");
    let tool = tool.args(["--idle", "--pid", "0"]).args(thread.file_name());
    let set = tool.status();
    if !set.is_ok_and(|status| status.success()) {
        rustix::process::nice(19)?;
    }
    Ok(())
}

async fn attacking(address: SocketAddr, attack: Attack, orders: Arc<Orders>) {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let mut connection = None;
    while !orders.stop.load(Ordering::Relaxed) {
        if !orders.on.load(Ordering::Relaxed) {
            tokio::time::sleep(Duration::from_millis(2)).await;
            continue;
        }
        let request = attack(NUMBER.fetch_add(1, Ordering::Relaxed));
        // Who is refused before the body is read is hung up on.
        let mut open = match connection.take() {
            Some(open) => open,
            None => match Connection::open(address).await {
                Ok(open) => open,
                Err(_) => continue,
            },
        };
        if open.ask(&request).await.is_ok() {
            orders.answers.fetch_add(1, Ordering::Relaxed);
            connection = Some(open);
        }
    }
}

fn attacks() -> Outcome<Vec<(&'static str, Option<Attack>)>> {
    let survey = |questions: &str| {
        format!(
            r#"{{"specversion":"1.0","id":"x","source":"/x","type":"com.chronus.survey.requested","subject":"survey/1",
"data":{{"recipients":"all","title":"T","questions":[{questions}]}}}}"#
        )
    };
    let many = |part: &str, count: usize| vec![part; count].join(",");
    let empty = survey(&many("{}", 300_000));
    let small = survey(&many(r#"{"":0}"#, 30_000));
    let faults = format!("[{}]", many(&survey(&many("{}", 50)), 500));
    let halves = format!("[{}]", many(r#"{"id":"x","data":{"title":"\ud83d"}}"#, 500));
    let brackets = "[".repeat(1_000_000);
    let mut bomb = GzEncoder::new(Vec::new(), Compression::best());
    std::io::Write::write_all(&mut bomb, faults.as_bytes())?;
    let people = many(r#"{"member_id":"m-1","email":"p@acme.example"}"#, 10_000);
    let preflight = format!(r#"{{"recipients":[{people}]}}"#);
    let zipped = format!("{HOSTILE}content-encoding: gzip\r\n");
    let attacks: [(&str, Attack); 10] = [
        (
            "300,000 `{}` as questions",
            always(HOSTILE_KEY, STRUCTURED, &empty),
        ),
        (
            "30,000 small objects as questions",
            always(HOSTILE_KEY, STRUCTURED, &small),
        ),
        (
            "500 surveys with 50 faults each",
            always(HOSTILE_KEY, BATCH, &faults),
        ),
        (
            "the same as gzip",
            constant(request(
                "POST",
                "/v1/events",
                HOSTILE_KEY,
                &zipped,
                BATCH,
                &bomb.finish()?,
            )),
        ),
        (
            "500 events that cannot be read",
            always(HOSTILE_KEY, BATCH, &halves),
        ),
        ("1,000,000 brackets", always(HOSTILE_KEY, BATCH, &brackets)),
        ("a wrong key", always("ctk_bolt_wrong", STRUCTURED, "{}")),
        (
            "questions about 10,000 people",
            constant(request(
                "POST",
                "/v1/preflight",
                HOSTILE_KEY,
                HOSTILE,
                "application/json",
                preflight.as_bytes(),
            )),
        ),
        (
            "lists",
            constant(request(
                "GET",
                "/v1/reachability?limit=1000",
                HOSTILE_KEY,
                HOSTILE,
                "application/json",
                b"",
            )),
        ),
        ("events that are taken, 500 at a time", Arc::new(taken)),
    ];
    let nothing = std::iter::once(("nothing", None));
    Ok(nothing
        .chain(attacks.map(|(name, attack)| (name, Some(attack))))
        .collect())
}

fn constant(bytes: Vec<u8>) -> Attack {
    let bytes = Arc::new(bytes);
    Arc::new(move |_| Arc::clone(&bytes))
}

fn always(key: &str, media: &str, body: &str) -> Attack {
    constant(request(
        "POST",
        "/v1/events",
        key,
        HOSTILE,
        media,
        body.as_bytes(),
    ))
}

/// Events of the other organization that nothing is wrong with.
fn taken(number: u64) -> Arc<Vec<u8>> {
    let events: Vec<String> = (0..500)
        .map(|event| mentoring_request(&format!("hostile-{number}-{event}"), event))
        .collect();
    let body = format!("[{}]", events.join(","));
    Arc::new(request(
        "POST",
        "/v1/events",
        HOSTILE_KEY,
        HOSTILE,
        BATCH,
        body.as_bytes(),
    ))
}
