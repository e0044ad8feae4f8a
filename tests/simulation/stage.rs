//! A whole story: lives after lives over one log, and the verdict.

use std::path::Path;
use std::sync::{Arc, Mutex};

use actix_web::rt::System;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use chrono::TimeDelta;
use chronus_teams::config::{Config, KeyHash};
use events::sealing::memory::MemoryKeyTable;
use events::{Clock as _, Recorded, Vault};
use serde::{Deserialize, Serialize};
use sha2::Digest as _;

use crate::clock::WorldClock;
use crate::deeds::Stage;
use crate::draw::Draw;
use crate::faults::Faults;
use crate::life::{self, Phase, Play};
use crate::office::Office;
use crate::plants::Plant;
use crate::points::Points;
use crate::post::KEY;
use crate::store::DiskStore;
use crate::story::Plan;
use crate::teams::{SERVICE_URL, Teams, World};
use crate::truth::{BOT, TENANT, Truth};
use crate::verdict;

/// What came of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Outcome {
    /// Of the log and of the order of everything outside of it.
    pub(crate) hash: String,
    pub(crate) points: u64,
    pub(crate) deaths: u32,
    pub(crate) events: usize,
    pub(crate) outside_faults: u64,
    pub(crate) cards: usize,
    /// Days, times people.
    pub(crate) person_days: f64,
    /// What must not be and is.
    pub(crate) faults: Vec<String>,
    /// What happened, where the plan asks for it.
    pub(crate) told: Vec<String>,
}

/// More lives than any plan has kills mean that something kills by itself.
const MOST_LIVES: u32 = 50;

/// Plays it.
pub(crate) fn play(plan: &Plan) -> Outcome {
    // In memory: no story waits for a real disk.
    let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir());
    let folder = folder.unwrap();
    let points = Arc::new(Points::new(plan.kills.iter().copied(), plan.tells));
    let world = World {
        truth: Arc::new(Mutex::new(Truth::new(plan.people))),
        clock: Arc::new(WorldClock::new(life::begin())),
        points: Arc::clone(&points),
        faults: Arc::new(Faults::new(plan.seed, plan.faults)),
        plant: plan.plant,
    };
    let mut pauses = Draw::new(plan.seed, "pauses");
    let mut play = Play {
        stage: Stage {
            world: world.clone(),
            office: Office::default(),
            draw: Draw::new(plan.seed, "stage"),
        },
        story: plan.story(),
        phase: Phase::Deeds(0),
        store: Arc::new(DiskStore::new(
            plan.seed,
            Arc::clone(&points),
            Arc::clone(&world.faults),
            plan.plant,
        )),
        vault: Vault::new(Arc::new(MemoryKeyTable::default())),
        teams: Arc::new(Teams::new(plan.seed, world.clone())),
        config: configuration(folder.path()),
        quiet_half_days: plan.quiet_half_days(),
    };
    while play.phase != Phase::Over {
        let system = System::with_tokio_rt(|| {
            let mut runtime = tokio::runtime::Builder::new_current_thread();
            runtime.enable_all().start_paused(true).build().unwrap()
        });
        system.block_on(async {
            world.clock.begins();
            play.lives().await;
            let pause = i64::try_from(pauses.below(600)).unwrap();
            let back = if world.has(Plant::ClockGoesBack) { 30 } else { 0 };
            world
                .clock
                .ends(TimeDelta::seconds(pause) - TimeDelta::days(back));
        });
        // Whatever was under way is cut off here, as by a kill.
        drop(system);
        play.stage.office.hung_up();
        if points.never_ends() {
            let what = format!("there is no rest: {} points were passed", points.seen());
            world.with(|truth| truth.fault(what));
            play.phase = Phase::Over;
        }
        if play.phase == Phase::Over {
            break;
        }
        let (kept, lost) = futures_util::FutureExt::now_or_never(play.store.lose_tail()).unwrap();
        world.notes(|| format!("of what waited for the disk {kept} were written and {lost} were not"));
        let deaths = world.with(|truth| {
            truth.deaths += 1;
            truth.deaths
        });
        points.revive();
        assert!(deaths < MOST_LIVES, "the service dies without being killed");
    }
    ends(plan, &play, folder.path())
}

fn ends(plan: &Plan, play: &Play, folder: &Path) -> Outcome {
    let world = &play.stage.world;
    play.store.is_honest();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let (mut hash, mut told) = world.points.end();
    let log = runtime.block_on(verdict::at_the_end(play, folder));
    if plan.tells {
        let line = |recorded: &Recorded| {
            let (stream, position) = (&recorded.stream, recorded.position);
            format!("{position} {stream} {} {}", recorded.event_type, recorded.payload)
        };
        told.push("--- the log".to_owned());
        told.extend(log.iter().map(line));
    }
    for recorded in &log {
        hash.update(recorded.stream.as_str());
        hash.update(recorded.id.0.as_bytes());
        hash.update(&*recorded.event_type);
        hash.update(recorded.payload.as_bytes());
        hash.update(format!("{:?}", recorded.metadata));
    }
    let days = (world.clock.now() - life::begin()).as_seconds_f64() / 86_400.0;
    world.with(|truth| Outcome {
        hash: BASE64.encode(hash.finalize()),
        points: world.points.seen(),
        deaths: truth.deaths,
        events: log.len(),
        outside_faults: world.faults.counted(),
        cards: truth.humans.iter().map(|human| human.chat.len()).sum(),
        person_days: days * plan.people as f64,
        faults: truth.faults.clone(),
        told,
    })
}

fn configuration(folder: &Path) -> Config {
    let text = format!(
        r#"
[data]
folder = {folder}
[teams]
app_id = "{BOT}"
service_url = "{SERVICE_URL}"
gcc_service_url = "{SERVICE_URL}"
login_url = "http://127.0.0.1:9/"
allowed_hosts = ["http://127.0.0.1:9"]
[actors]
idle_seconds = 60
snapshot_every = 16
[delivery]
quiet_hours = "off"
[[organizations]]
id = "acme"
tenant_id = "{TENANT}"
webhook = {{ url = "http://127.0.0.1:9/", secret = "whsec_dGhlLXRlc3RzLXNpZ24tdGhlaXItYW5zd2Vycy13aXRoLXRoaXM=" }}
api_keys = [{{ name = "all", sha256 = "{key}", roles = ["ingest", "read", "admin"] }}]
"#,
        folder = serde_json::Value::from(folder.to_string_lossy()),
        key = KeyHash::of(KEY),
    );
    Config::from_text(&text, "the simulation's configuration", []).unwrap()
}
