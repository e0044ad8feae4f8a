//! The circuits of every host and of the login, shared by all lanes.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};

use super::{Circuit, CircuitSettings, Leave, Sign, State};

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

#[cfg(test)]
mod tests {
    use super::super::tests::{at, settings};
    use super::*;

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
}
