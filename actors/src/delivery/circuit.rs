//! Circuits: a host that is down is waited for, not tried with every card.
//!
//! One circuit per host of the Bot Connector and one for Microsoft's login. After so many failures in a row it opens:
//! nothing is tried for a while, then one call at a time, until one succeeds. A card that waits for a circuit has not
//! been tried, so an outage costs it nothing but time. Nothing here is kept across a restart: the first few calls
//! find out again.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

mod hosts;
mod sign;

pub use hosts::{Circuits, HostPermit};
pub use sign::{Sign, host_of};

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
pub enum Admission {
    /// It may.
    Allow,
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
    pub fn peek(&self, now: DateTime<Utc>) -> Admission {
        match self.state {
            State::Closed => Admission::Allow,
            State::Open { until } | State::HalfOpen { until } if until > now => Admission::Wait(until),
            State::Open { .. } | State::HalfOpen { .. } => Admission::Probe,
        }
    }

    /// Whether a call may be made now; a probe holds back all others.
    pub fn ask(&mut self, now: DateTime<Utc>) -> Admission {
        let admission = self.peek(now);
        if admission == Admission::Probe {
            self.state = State::HalfOpen {
                until: now + PROBE_PATIENCE,
            };
        }
        admission
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

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    /// Five failures, so that what comes before the last of them can be told from it.
    pub(super) fn settings() -> CircuitSettings {
        CircuitSettings {
            failures: 5,
            ..CircuitSettings::default()
        }
    }

    fn opened() -> Circuit {
        let mut circuit = Circuit::default();
        for _ in 0..5 {
            assert_eq!(circuit.ask(at(0)), Admission::Allow);
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
        assert_eq!(circuit.ask(at(0)), Admission::Allow);
        assert_eq!(opened().peek(at(0)), Admission::Wait(at(1)));
    }

    #[test]
    fn an_open_circuit_lets_one_probe_through_and_closes_when_it_succeeds() {
        let mut circuit = opened();
        assert_eq!(circuit.ask(at(1)), Admission::Probe);
        assert!(
            matches!(circuit.ask(at(1)), Admission::Wait(_)),
            "two probes at once"
        );
        circuit.succeeded();
        assert_eq!(circuit.ask(at(1)), Admission::Allow);
    }

    #[test]
    fn each_failed_probe_doubles_the_pause_up_to_its_bound() {
        let settings = settings();
        let mut circuit = opened();
        let mut now = at(0);
        let mut pauses = Vec::new();
        for _ in 0..8 {
            let Admission::Wait(until) = circuit.peek(now) else {
                panic!("it is not open")
            };
            pauses.push((until - now).num_seconds());
            now = until;
            assert_eq!(circuit.ask(now), Admission::Probe);
            circuit.failed(now, &settings);
        }
        assert_eq!(pauses, [1, 2, 4, 8, 16, 30, 30, 30]);
    }

    #[test]
    fn a_probe_that_never_comes_back_does_not_keep_it_open_for_ever() {
        let mut circuit = opened();
        assert_eq!(circuit.ask(at(1)), Admission::Probe);
        assert_eq!(circuit.ask(at(1) + PROBE_PATIENCE), Admission::Probe);
    }
}
