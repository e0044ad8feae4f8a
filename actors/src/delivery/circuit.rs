//! Circuits: a host that is down is waited for, not tried with every card.
//!
//! One circuit per host of the Bot Connector and one for Microsoft's login. After so many failures in a row it opens:
//! nothing is tried for a while, then one call at a time, until one succeeds. A card that waits for a circuit has not
//! been tried, so an outage costs it nothing but time. Nothing here is kept across a restart: the first few calls
//! find out again.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::ports::{ProfileResult, SendResult};

/// The numbers of a circuit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CircuitSettings {
    /// Failures in a row that open it.
    pub failures: u32,
    /// How long it stays open at first; doubles with each probe that fails.
    pub first_pause: Duration,
    /// Longest that it stays open between two probes.
    pub longest_pause: Duration,
}

impl Default for CircuitSettings {
    fn default() -> Self {
        Self {
            // Few: each may be a try whose outcome nobody knows, and an open circuit costs a second and a question.
            failures: 2,
            first_pause: Duration::from_secs(1),
            longest_pause: Duration::from_secs(30),
        }
    }
}

/// How long a probe may take before another one is let through.
const PROBE_PATIENCE: TimeDelta = TimeDelta::seconds(90);

/// Whether a call may be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leave {
    /// It may.
    Go,
    /// It may, and everybody else waits for what becomes of it.
    Probe,
    /// Not before then.
    Wait(DateTime<Utc>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Closed,
    Open { until: DateTime<Utc> },
    HalfOpen { until: DateTime<Utc> },
}

/// One circuit. Pure: time is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Circuit {
    state: State,
    failures: u32,
    trips: u32,
}

impl Default for Circuit {
    fn default() -> Self {
        Self {
            state: State::Closed,
            failures: 0,
            trips: 0,
        }
    }
}

impl Circuit {
    /// What a call made now would be, without making it.
    pub fn peek(&self, now: DateTime<Utc>) -> Leave {
        match self.state {
            State::Closed => Leave::Go,
            State::Open { until } | State::HalfOpen { until } if until > now => Leave::Wait(until),
            State::Open { .. } | State::HalfOpen { .. } => Leave::Probe,
        }
    }

    /// Whether a call may be made now; a probe that is given leave holds back all others.
    pub fn ask(&mut self, now: DateTime<Utc>) -> Leave {
        let leave = self.peek(now);
        if leave == Leave::Probe {
            self.state = State::HalfOpen {
                until: now + PROBE_PATIENCE,
            };
        }
        leave
    }

    /// A call got an answer.
    pub fn succeeded(&mut self) {
        *self = Self::default();
    }

    /// A call got no usable answer. Answers whether this opened the circuit.
    pub fn failed(&mut self, now: DateTime<Utc>, settings: &CircuitSettings) -> bool {
        match self.state {
            // A call that began before the circuit opened tells nothing new.
            State::Open { .. } => false,
            State::HalfOpen { .. } => {
                self.open(now, settings);
                false
            }
            State::Closed => {
                self.failures += 1;
                let opens = self.failures >= settings.failures;
                if opens {
                    self.open(now, settings);
                }
                opens
            }
        }
    }

    fn open(&mut self, now: DateTime<Utc>, settings: &CircuitSettings) {
        let pause = settings
            .first_pause
            .saturating_mul(2_u32.saturating_pow(self.trips))
            .min(settings.longest_pause);
        self.trips += 1;
        self.state = State::Open {
            until: now + TimeDelta::from_std(pause).unwrap_or(PROBE_PATIENCE),
        };
    }
}

/// What a call showed of whether the other side is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// The host answered, and the login gave a token.
    Alive,
    /// The host gave no usable answer.
    HostDown,
    /// The login gave no token.
    LoginDown,
    /// Nothing.
    None,
}

impl Sign {
    /// Reads what became of a POST or PUT.
    pub fn of_send(result: &SendResult) -> Self {
        match result {
            SendResult::Rejected(rejection) if rejection.status >= 500 => Self::HostDown,
            SendResult::Accepted { .. } | SendResult::Rejected(_) => Self::Alive,
            SendResult::NotSent {
                reason,
                configuration,
            } => Self::of_reason(reason, *configuration),
            SendResult::NoAnswer { .. } => Self::HostDown,
        }
    }

    /// Reads what became of asking for a profile.
    pub fn of_profile(result: &ProfileResult) -> Self {
        match result {
            ProfileResult::Rejected(rejection) if rejection.status >= 500 => Self::HostDown,
            ProfileResult::Found(_) | ProfileResult::Rejected(_) => Self::Alive,
            ProfileResult::Failed { reason } if reason.starts_with(SendResult::NO_TOKEN) => Self::LoginDown,
            ProfileResult::Failed { .. } => Self::None,
        }
    }

    fn of_reason(reason: &str, configuration: bool) -> Self {
        if reason.starts_with(SendResult::NO_TOKEN) {
            Self::LoginDown
        } else if configuration || [SendResult::NOT_DRAWN, SendResult::NOT_THE_OWNER].contains(&reason) {
            Self::None
        } else {
            Self::HostDown
        }
    }
}

/// The circuits of every host and of the login.
#[derive(Debug)]
pub struct Circuits {
    settings: CircuitSettings,
    all: Mutex<All>,
}

#[derive(Debug, Default)]
struct All {
    login: Circuit,
    hosts: HashMap<String, Circuit>,
}

impl Circuits {
    /// All closed.
    pub fn new(settings: CircuitSettings) -> Self {
        Self {
            settings,
            all: Mutex::default(),
        }
    }

    /// Whether a call to `host` may be made now. An unknown host may be tried.
    pub fn ask(&self, host: Option<&str>, now: DateTime<Utc>) -> Leave {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        let of_host = |all: &All| {
            host.and_then(|host| all.hosts.get(host))
                .map_or(Leave::Go, |circuit| circuit.peek(now))
        };
        match (all.login.peek(now), of_host(&all)) {
            (Leave::Wait(one), Leave::Wait(other)) => Leave::Wait(one.max(other)),
            (Leave::Wait(until), _) | (_, Leave::Wait(until)) => Leave::Wait(until),
            (Leave::Go, Leave::Go) => Leave::Go,
            (Leave::Probe, _) | (_, Leave::Probe) => {
                all.login.ask(now);
                if let Some(circuit) = host.and_then(|host| all.hosts.get_mut(host)) {
                    circuit.ask(now);
                }
                Leave::Probe
            }
        }
    }

    /// Notes what a call to `host` showed.
    pub fn note(&self, host: &str, sign: Sign, now: DateTime<Utc>) {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        let opened = match sign {
            Sign::None => None,
            Sign::Alive => {
                all.login.succeeded();
                // Only hosts that failed are remembered, so that the table stays small.
                if all.hosts.remove(host).is_some_and(|circuit| circuit.trips > 0) {
                    tracing::info!(target: "alert", host, "the Bot Connector answers again");
                }
                None
            }
            Sign::HostDown => {
                all.login.succeeded();
                let circuit = all.hosts.entry(host.to_owned()).or_default();
                circuit.failed(now, &self.settings).then_some(host)
            }
            Sign::LoginDown => all
                .login
                .failed(now, &self.settings)
                .then_some("Microsoft's login"),
        };
        if let Some(place) = opened {
            tracing::error!(target: "alert", alert = "circuit_open", host = place, "no usable answers; cards wait");
        }
    }

    /// A call that was given leave was not made after all.
    pub fn unused(&self, host: Option<&str>, now: DateTime<Utc>) {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        let again = |circuit: &mut Circuit| {
            if matches!(circuit.state, State::HalfOpen { .. }) {
                circuit.state = State::Open { until: now };
            }
        };
        again(&mut all.login);
        if let Some(circuit) = host.and_then(|host| all.hosts.get_mut(host)) {
            again(circuit);
        }
    }

    /// The hosts whose circuit is not closed, and `login` where the login's is not.
    pub fn not_closed(&self) -> Vec<String> {
        let all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        let hosts = all.hosts.iter().map(|(host, circuit)| (host.as_str(), circuit));
        hosts
            .chain([("login", &all.login)])
            .filter(|(_, circuit)| circuit.state != State::Closed)
            .map(|(name, _)| name.to_owned())
            .collect()
    }
}

/// The host of a service URL: what stands between `//` and the next `/`.
pub fn host_of(service_url: &str) -> &str {
    let rest = service_url
        .split_once("://")
        .map_or(service_url, |(_, rest)| rest);
    rest.split('/').next().unwrap_or(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    /// Five failures, so that what comes before the last of them can be told from it.
    fn settings() -> CircuitSettings {
        CircuitSettings {
            failures: 5,
            ..CircuitSettings::default()
        }
    }

    fn opened() -> Circuit {
        let mut circuit = Circuit::default();
        for _ in 0..5 {
            assert_eq!(circuit.ask(at(0)), Leave::Go);
            circuit.failed(at(0), &settings());
        }
        circuit
    }

    #[test]
    fn failures_in_a_row_open_it_and_a_success_between_them_does_not_let_it() {
        let settings = settings();
        let mut circuit = Circuit::default();
        for _ in 0..20 {
            for _ in 0..4 {
                assert!(!circuit.failed(at(0), &settings));
            }
            circuit.succeeded();
        }
        assert_eq!(circuit.ask(at(0)), Leave::Go);
        assert_eq!(opened().peek(at(0)), Leave::Wait(at(1)));
    }

    #[test]
    fn an_open_circuit_lets_one_probe_through_and_closes_when_it_succeeds() {
        let mut circuit = opened();
        assert_eq!(circuit.ask(at(1)), Leave::Probe);
        assert!(matches!(circuit.ask(at(1)), Leave::Wait(_)), "two probes at once");
        circuit.succeeded();
        assert_eq!(circuit.ask(at(1)), Leave::Go);
    }

    #[test]
    fn each_failed_probe_doubles_the_pause_up_to_its_bound() {
        let settings = settings();
        let mut circuit = opened();
        let mut now = at(0);
        let mut pauses = Vec::new();
        for _ in 0..8 {
            let Leave::Wait(until) = circuit.peek(now) else {
                panic!("it is not open")
            };
            pauses.push((until - now).num_seconds());
            now = until;
            assert_eq!(circuit.ask(now), Leave::Probe);
            circuit.failed(now, &settings);
        }
        assert_eq!(pauses, [1, 2, 4, 8, 16, 30, 30, 30]);
    }

    #[test]
    fn a_probe_that_never_comes_back_does_not_keep_it_open_for_ever() {
        let mut circuit = opened();
        assert_eq!(circuit.ask(at(1)), Leave::Probe);
        assert_eq!(circuit.ask(at(1) + PROBE_PATIENCE), Leave::Probe);
    }

    #[test]
    fn a_login_that_is_down_holds_every_host_and_a_host_that_is_down_only_itself() {
        let circuits = Circuits::new(settings());
        for _ in 0..5 {
            circuits.note("a.example", Sign::HostDown, at(0));
        }
        assert!(matches!(circuits.ask(Some("a.example"), at(0)), Leave::Wait(_)));
        assert_eq!(circuits.ask(Some("b.example"), at(0)), Leave::Go);
        assert_eq!(circuits.ask(None, at(0)), Leave::Go);
        for _ in 0..5 {
            circuits.note("b.example", Sign::LoginDown, at(0));
        }
        for host in [Some("a.example"), Some("b.example"), None] {
            assert!(matches!(circuits.ask(host, at(0)), Leave::Wait(_)), "{host:?}");
        }
        assert_eq!(circuits.ask(Some("b.example"), at(2)), Leave::Probe);
        circuits.note("b.example", Sign::Alive, at(2));
        assert_eq!(circuits.ask(Some("b.example"), at(2)), Leave::Go);
        assert_eq!(circuits.not_closed(), ["a.example"]);
    }

    #[test]
    fn a_probe_that_was_not_made_may_be_made_by_another() {
        let circuits = Circuits::new(settings());
        for _ in 0..5 {
            circuits.note("a.example", Sign::HostDown, at(0));
        }
        assert_eq!(circuits.ask(Some("a.example"), at(1)), Leave::Probe);
        circuits.unused(Some("a.example"), at(1));
        assert_eq!(circuits.ask(Some("a.example"), at(1)), Leave::Probe);
    }

    #[test]
    fn a_throttled_or_refused_call_shows_that_the_host_is_there() {
        let rejected = |status| {
            SendResult::Rejected(crate::ports::Rejection {
                status,
                code: None,
                retry_after: None,
            })
        };
        for status in [400, 401, 403, 404, 412, 429] {
            assert_eq!(Sign::of_send(&rejected(status)), Sign::Alive, "{status}");
        }
        for status in [500, 502, 503, 504] {
            assert_eq!(Sign::of_send(&rejected(status)), Sign::HostDown, "{status}");
        }
        assert_eq!(
            host_of("https://smba.trafficmanager.net/amer/"),
            "smba.trafficmanager.net"
        );
    }
}
