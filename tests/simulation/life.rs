//! One life of the service: from its start to its end or its death. What people and Chronus do goes on over all lives.

use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use actix_web::http::Method;
use actix_web::test::{self, TestRequest};
use actix_web::{App, body};
use chrono::{DateTime, TimeDelta, Utc};
use chronus_teams::config::{Authentication, Config};
use chronus_teams::service::within::{Outside, Within};
use events::Vault;
use serde_json::Value;

use crate::aside::Here;
use crate::asking;
use crate::deeds::Stage;
use crate::hook::Hook;
use crate::office::Kind;
use crate::post;
use crate::rest;
use crate::store::DiskStore;
use crate::story::Deed;
use crate::teams::Teams;

/// A request and its answer.
pub(crate) type Door = Rc<dyn Fn(TestRequest) -> Pin<Box<dyn Future<Output = (u16, Value)>>>>;

/// How far a story is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// The deed that comes next.
    Deeds(usize),
    /// Everybody is told everything, and so many half days have passed.
    Told(u32),
    /// Everybody gets a last card.
    LastCards,
    /// All is done.
    Over,
}

/// Looks, a tenth of a second apart or until something is due, after which there is no rest: more than an hour in which
/// something is due all the time. What cannot be done waits for an hour at most, as an answer in a chat that is not known.
const MOST_ROUNDS: u32 = 40_000;

/// What outlives the service.
#[derive(Debug)]
pub(crate) struct Play {
    pub(crate) stage: Stage,
    pub(crate) story: Vec<(usize, Deed)>,
    pub(crate) phase: Phase,
    pub(crate) store: Arc<DiskStore>,
    pub(crate) vault: Vault,
    pub(crate) teams: Arc<Teams>,
    pub(crate) config: Config,
    /// Half days that pass in the end in which nothing new happens.
    pub(crate) quiet_half_days: u32,
}

impl Play {
    /// Lives until the process dies or the story is over.
    pub(crate) async fn lives(&mut self) {
        let points = Arc::clone(&self.stage.world.points);
        tokio::select! {
            biased;
            () = points.died() => {}
            () = self.goes_on() => {}
        }
    }

    async fn goes_on(&mut self) {
        let world = self.stage.world.clone();
        let outside = Outside {
            store: Arc::clone(&self.store) as _,
            vault: self.vault.clone(),
            clock: Arc::clone(&world.clock) as _,
            connector: Arc::clone(&self.teams) as _,
            aside: Arc::new(Here(Arc::clone(&world.points))),
        };
        let config = self
            .config
            .clone()
            .ready_to_serve(Authentication::InsecureLoopback)
            .unwrap();
        let receiver = world.clone();
        let started = Within::start(&config, outside, |answers| Hook::shared(receiver, answers)).await;
        let within = match started {
            Ok(within) => Rc::new(within),
            // Whoever looks after the process starts it again.
            Err(error) if world.faults.go_on() => {
                world.notes(|| format!("the service does not start: {error}"));
                return;
            }
            Err(error) => {
                world.with(|truth| truth.fault(format!("the service does not start: {error:?}")));
                self.phase = Phase::Over;
                return;
            }
        };
        world.notes(|| "the service is up".to_owned());
        let door = opened(&within).await;
        while self.phase != Phase::Over {
            self.step(&within, &door).await;
            if let Some(part) = within.ended() {
                world.with(|truth| truth.fault(format!("{part} ended")));
                self.phase = Phase::Over;
            }
        }
    }

    async fn step(&mut self, within: &Within, door: &Door) {
        match self.phase {
            Phase::Deeds(next) => {
                if let Some((number, deed)) = self.story.get(next).copied() {
                    self.phase = Phase::Deeds(next + 1);
                    self.deed(number, deed, within, door).await;
                } else {
                    self.stage.world.faults.end();
                    self.stage.office.at_once(self.stage.now());
                    self.phase = Phase::Told(0);
                }
            }
            Phase::Told(half_days) if half_days < self.quiet_half_days => {
                self.rests(within, door).await;
                self.jumps(TimeDelta::hours(12), door).await;
                self.phase = Phase::Told(half_days + 1);
            }
            Phase::Told(_) => {
                self.rests(within, door).await;
                let members = self
                    .stage
                    .world
                    .with(|truth| truth.those(|human| human.told && human.employed));
                for human in members {
                    self.stage.private_card(human, human % 2 == 0, false, true);
                }
                self.phase = Phase::LastCards;
            }
            Phase::LastCards => {
                self.rests(within, door).await;
                asking::at_the_end(&self.stage.world, door).await;
                self.phase = Phase::Over;
            }
            Phase::Over => {}
        }
    }

    async fn deed(&mut self, number: usize, deed: Deed, within: &Within, door: &Door) {
        match deed {
            Deed::Wait { millis } => self.waits(Duration::from_millis(millis), door).await,
            Deed::Jump { minutes } => {
                self.stage.world.notes(|| format!("deed {number}: {deed:?}"));
                self.jumps(TimeDelta::minutes(i64::try_from(minutes).unwrap()), door)
                    .await;
            }
            Deed::Rest => {
                self.stage.world.notes(|| format!("deed {number}: {deed:?}"));
                self.rests(within, door).await;
                crate::verdict::at_rest(&self.stage.world, &*self.store).await;
            }
            deed => {
                if self.stage.performs(deed) {
                    self.stage.world.notes(|| format!("deed {number}: {deed:?}"));
                }
                post::sends(&self.stage, door);
                let millis = 1 + self.stage.draw.below(40);
                tokio::time::sleep(Duration::from_millis(millis)).await;
            }
        }
    }

    async fn waits(&mut self, time: Duration, door: &Door) {
        let until = tokio::time::Instant::now() + time;
        while tokio::time::Instant::now() < until {
            post::sends(&self.stage, door);
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// Time passes at once; what waited for it goes on afterwards, as on a machine that slept.
    async fn jumps(&mut self, time: TimeDelta, door: &Door) {
        let mut left = time;
        while left > TimeDelta::zero() {
            let leap = left.min(TimeDelta::minutes(47));
            tokio::time::advance(leap.to_std().unwrap()).await;
            self.waits(Duration::from_secs(1), door).await;
            left -= leap;
        }
    }

    /// Until nothing is left to do within the hour.
    async fn rests(&mut self, within: &Within, door: &Door) {
        let (begun, mut rounds) = (self.stage.now(), 0);
        loop {
            rounds += 1;
            post::sends(&self.stage, door);
            tokio::time::sleep(Duration::from_millis(100)).await;
            let now = self.stage.now();
            let next = if self.stage.office.is_idle(now) {
                match rest::left(within, &*self.store, now).await {
                    None => return,
                    Some(left) => left,
                }
            } else {
                rest::Left {
                    what: "what is on its way to the service".to_owned(),
                    due: now,
                }
            };
            if now - begun > TimeDelta::days(20) || rounds > MOST_ROUNDS {
                let what = format!("there is no rest: {}", next.what);
                self.stage.world.with(|truth| truth.fault(what));
                return;
            }
            let ahead = next.due - now;
            if ahead > TimeDelta::seconds(2) {
                tokio::time::advance(ahead.to_std().unwrap()).await;
            }
        }
    }
}

/// The routes of the service, without a socket.
async fn opened(within: &Rc<Within>) -> Door {
    let routes = Rc::clone(within);
    let app = test::init_service(App::new().configure(move |app| routes.routes(app))).await;
    let app = Rc::new(app);
    Rc::new(move |request| {
        let app = Rc::clone(&app);
        Box::pin(async move {
            let answer = test::call_service(&*app, request.to_request()).await;
            let status = answer.status().as_u16();
            let body = body::to_bytes(answer.into_body()).await.unwrap_or_default();
            (status, serde_json::from_slice(&body).unwrap_or_default())
        })
    })
}

/// A request from this machine.
pub(crate) fn asked(path: &str) -> TestRequest {
    let here = "127.0.0.1:40000".parse().unwrap();
    TestRequest::with_uri(path).method(Method::POST).peer_addr(here)
}

/// Whether a press is of this kind of activity.
pub(crate) fn is_press(kind: &Kind) -> bool {
    matches!(kind, Kind::Press { .. })
}

/// When the world begins.
pub(crate) fn begin() -> DateTime<Utc> {
    DateTime::from_timestamp(1_767_603_600, 0).unwrap()
}
