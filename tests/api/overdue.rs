//! What waits on purpose is not stuck: a night, a pause of 30 days and a tenant that is off are played, and the page alert
//! of `deploy/alerts.yml` is asked what it makes of them. A card that nobody puts off and that does not leave is. Where
//! Prometheus' promtool is there it judges as well; the rule is simple enough to be judged here in any case.

use std::fmt::Write as _;

use chrono::{NaiveTime, TimeDelta};
use chrono_tz::Europe::Berlin;
use chronus_teams::sandbox::faults::{Effect, Fault, Operation};
use events::Clock as _;

use crate::support::{ACME_KEY, ADA, Answer, World, mentoring_request, plain};

const RULES: &str = include_str!("../../deploy/alerts.yml");
const ALERT: &str = "ChronusTeamsStuck";
const METRIC: &str = "chronus_teams_overdue_oldest_seconds";

/// Minutes between two looks of Prometheus; thirty days of them are enough work.
const STEP: usize = 5;

/// The gauge's value at moments so far apart.
struct Series {
    minutes: usize,
    values: Vec<i64>,
}

impl Series {
    fn every(span: TimeDelta) -> Self {
        Self {
            minutes: usize::try_from(span.num_minutes()).unwrap(),
            values: Vec::new(),
        }
    }

    /// Time goes on; what is due is done, unless it cannot be, and the gauge is read.
    async fn goes_on(&mut self, world: &World, times: usize, rests: bool) {
        for _ in 0..times {
            world
                .clock
                .advance(TimeDelta::minutes(i64::try_from(self.minutes).unwrap()));
            if rests {
                world.at_rest().await;
            }
            let (backlog, now) = (
                world.service().models().backlog().await.unwrap(),
                world.clock.now(),
            );
            let late = backlog
                .overdue_since(now)
                .map_or(0, |since| (now - since).num_seconds());
            self.values.push(late);
        }
    }

    /// Whether the alert fires at any minute, by the rule's own words.
    fn fires(&self) -> bool {
        let rule = RULES
            .split("- alert: ")
            .find(|rule| rule.starts_with(ALERT))
            .unwrap();
        let line = |name: &str| {
            let mut lines = rule.lines().map(str::trim);
            lines.find_map(|line| line.strip_prefix(name)).unwrap().to_owned()
        };
        let above: i64 = line(&format!("expr: max({METRIC}) > ")).parse().unwrap();
        let minutes: usize = line("for: ").trim_end_matches('m').parse().unwrap();
        let long_enough = minutes.div_ceil(self.minutes) + 1;
        self.values
            .windows(long_enough.min(self.values.len()))
            .any(|window| window.len() >= long_enough && window.iter().all(|value| *value > above))
    }

    /// The same by promtool, where it is installed.
    fn fires_in_prometheus(&self) -> Option<bool> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("alerts.yml"), RULES).unwrap();
        let mut values = String::new();
        for value in &self.values {
            write!(values, "{value}+0x{} ", self.minutes / STEP - 1).unwrap();
        }
        let end = self.minutes * self.values.len() - STEP;
        let text = format!(
            "rule_files: [alerts.yml]\nevaluation_interval: {STEP}m\ntests:\n- interval: {STEP}m\n  input_series:\n  - series: \
             '{METRIC}{{instance=\"a\"}}'\n    values: '{values}'\n  promql_expr_test:\n  - expr: \
             count_over_time(ALERTS{{alertname=\"{ALERT}\",alertstate=\"firing\"}}[{end}m])\n    eval_time: {end}m\n    \
             exp_samples: []\n"
        );
        std::fs::write(folder.path().join("test.yml"), text).unwrap();
        let run = std::process::Command::new("promtool")
            .args(["test", "rules", "test.yml"])
            .current_dir(folder.path())
            .output()
            .ok()?;
        let said = String::from_utf8_lossy(&run.stdout).into_owned() + &String::from_utf8_lossy(&run.stderr);
        assert!(run.status.success() || said.contains("got:"), "{said}");
        Some(!run.status.success())
    }

    #[track_caller]
    fn wakes_somebody(&self, expected: bool) {
        assert_eq!(self.fires(), expected, "{:?}", self.values);
        if let Some(fires) = self.fires_in_prometheus() {
            assert_eq!(fires, expected, "promtool: {:?}", self.values);
        }
    }
}

#[actix_web::test]
async fn a_card_that_waits_for_the_morning_wakes_nobody() {
    let world = World::start_with_quiet_hours("21:00-07:00").await;
    let ada = world.install(ADA).await;
    world
        .clock
        .advance_to(Berlin, NaiveTime::from_hms_opt(22, 0, 0).unwrap());
    assert!(ada.say("status").await.unwrap().taken());
    world.at_rest().await;
    let card = world.send(&[plain("1", ADA.email, "Good morning")]).await.card(0);
    world.reaches(&card, "deferred").await;
    let mut night = Series::every(TimeDelta::minutes(30));
    night.goes_on(&world, 15, true).await;
    // In its last hour the card counts as work that is about to be done.
    night.goes_on(&world, 3, false).await;
    world.reaches(&card, "delivered").await;
    night.goes_on(&world, 2, true).await;
    night.wakes_somebody(false);
}

#[actix_web::test]
async fn a_pause_of_thirty_days_wakes_nobody() {
    let world = World::start().await;
    let ada = world.install(ADA).await;
    assert!(ada.say("pause 30 days").await.unwrap().taken());
    world.at_rest().await;
    let card = world.send(&[mentoring_request("1", ADA.email)]).await.card(0);
    world.reaches(&card, "suppressed").await;
    let mut pause = Series::every(TimeDelta::hours(12));
    pause.goes_on(&world, 62, true).await;
    pause.wakes_somebody(false);
    assert_eq!(world.status_of(&card).await["settled"], true);
}

#[actix_web::test]
async fn a_tenant_that_is_off_for_a_week_wakes_nobody_nor_does_it_when_it_is_on_again() {
    let world = World::start().await;
    world.install(ADA).await;
    let switch = async |to: &str| {
        let request = world.http.post(world.url(&format!("/v1/tenant/{to}")));
        let answer = Answer::of(request.bearer_auth(ACME_KEY)).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        world.at_rest().await;
    };
    switch("disable").await;
    world.send(&[plain("1", ADA.email, "Not now")]).await;
    world.at_rest().await;
    let mut off = Series::every(TimeDelta::hours(4));
    off.goes_on(&world, 42, true).await;
    switch("enable").await;
    off.goes_on(&world, 3, true).await;
    off.wakes_somebody(false);
}

#[actix_web::test]
async fn a_card_that_cannot_leave_for_hours_wakes_somebody() {
    let world = World::start().await;
    world.install(ADA).await;
    let throttle = Effect::Throttle {
        retry_after: Some(600),
    };
    let fault = Fault::next(throttle, 1_000).on(Operation::Send);
    world.sandbox.order(fault.for_user(&ADA.key()));
    let card = world.send(&[plain("1", ADA.email, "Stuck")]).await.card(0);
    world.reaches(&card, "retry").await;
    let mut stuck = Series::every(TimeDelta::minutes(5));
    stuck.goes_on(&world, 24, false).await;
    stuck.wakes_somebody(true);
}
