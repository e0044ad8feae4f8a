//! The circuits of every host and of the login, shared by all lanes. Each call asks for its own host, so a host that is
//! down holds up only its own chats; the login is everybody's.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use tokio::sync::watch;

use super::{Admission, Circuit, CircuitSettings, Sign, State};

/// The circuits of every host and of the login.
#[derive(Debug)]
pub struct Circuits {
    settings: CircuitSettings,
    all: Mutex<All>,
    /// Grows whenever somebody who waits may be let through now, or told a nearer time.
    changes: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct All {
    login: Circuit,
    hosts: HashMap<String, Circuit>,
}

/// Permission to make one call. A probe holds back everybody else until its outcome is noted, and no longer than this
/// is kept: whoever drops it unused lets the next one try.
#[derive(Debug)]
pub struct HostPermit {
    circuits: Arc<Circuits>,
    probed: Option<String>,
}

impl HostPermit {
    /// Whether this call finds out for all whether the other side is back.
    pub fn is_probe(&self) -> bool {
        self.probed.is_some()
    }

    /// Notes what a call to `host` showed. It settles a probe that was made there.
    pub fn note(&mut self, host: &str, sign: Sign, now: DateTime<Utc>) {
        self.circuits.note(host, sign, now);
        if sign != Sign::None && self.probed.as_deref() == Some(host) && sign != Sign::LoginDown {
            self.probed = None;
        }
    }
}

impl Drop for HostPermit {
    fn drop(&mut self) {
        if let Some(host) = self.probed.take() {
            self.circuits.unused(&host);
        }
    }
}

impl Circuits {
    /// All closed.
    pub fn new(settings: CircuitSettings) -> Self {
        Self {
            settings,
            all: Mutex::default(),
            changes: watch::Sender::new(0),
        }
    }

    /// Tells of each change of a circuit.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Whether nothing is waited for: then nobody need find out which host a call goes to.
    pub fn all_closed(&self) -> bool {
        let all = self.lock();
        all.hosts
            .values()
            .chain([&all.login])
            .all(|circuit| circuit.state == State::Closed)
    }

    /// Permission for a call while nothing is waited for, or to a host that nobody knows yet.
    pub fn unhindered(self: &Arc<Self>) -> HostPermit {
        HostPermit {
            circuits: Arc::clone(self),
            probed: None,
        }
    }

    /// Permission for a call to `host` now, or the time before which there is none.
    pub fn admit(self: &Arc<Self>, host: &str, now: DateTime<Utc>) -> Result<HostPermit, DateTime<Utc>> {
        match self.ask(host, now) {
            Admission::Wait(until) => Err(until),
            Admission::Allow => Ok(self.unhindered()),
            Admission::Probe => Ok(HostPermit {
                circuits: Arc::clone(self),
                probed: Some(host.to_owned()),
            }),
        }
    }

    /// Until when nothing can be called, since the login gives no token.
    pub fn login_closed_until(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match self.lock().login.peek(now) {
            Admission::Wait(until) => Some(until),
            Admission::Allow | Admission::Probe => None,
        }
    }

    /// Until when `host` is not to be called, without asking for a call.
    pub fn host_closed_until(&self, host: &str, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match self.lock().hosts.get(host)?.peek(now) {
            Admission::Wait(until) => Some(until),
            Admission::Allow | Admission::Probe => None,
        }
    }

    fn ask(&self, host: &str, now: DateTime<Utc>) -> Admission {
        let mut all = self.lock();
        let of_host = all
            .hosts
            .get(host)
            .map_or(Admission::Allow, |circuit| circuit.peek(now));
        match (all.login.peek(now), of_host) {
            (Admission::Wait(one), Admission::Wait(other)) => Admission::Wait(one.max(other)),
            (Admission::Wait(until), _) | (_, Admission::Wait(until)) => Admission::Wait(until),
            (Admission::Allow, Admission::Allow) => Admission::Allow,
            (Admission::Probe, _) | (_, Admission::Probe) => {
                all.login.ask(now);
                if let Some(circuit) = all.hosts.get_mut(host) {
                    circuit.ask(now);
                }
                Admission::Probe
            }
        }
    }

    /// Notes what a call to `host` showed.
    pub fn note(&self, host: &str, sign: Sign, now: DateTime<Utc>) {
        let opened = {
            let mut all = self.lock();
            match sign {
                Sign::None => return,
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
            }
        };
        if let Some(place) = opened {
            tracing::error!(target: "alert", alert = "circuit_open", host = place, "no usable answers; cards wait");
        }
        self.changes.send_modify(|count| *count += 1);
    }

    /// A probe was not made after all, or showed nothing: another one may be made at once.
    fn unused(&self, host: &str) {
        {
            let mut all = self.lock();
            let again = |circuit: &mut Circuit| {
                if matches!(circuit.state, State::HalfOpen { .. }) {
                    circuit.state = State::Open {
                        until: DateTime::<Utc>::MIN_UTC,
                    };
                }
            };
            again(&mut all.login);
            if let Some(circuit) = all.hosts.get_mut(host) {
                again(circuit);
            }
        }
        self.changes.send_modify(|count| *count += 1);
    }

    /// The hosts whose circuit is not closed, and `login` where the login's is not.
    pub fn not_closed(&self) -> Vec<String> {
        let all = self.lock();
        let hosts = all.hosts.iter().map(|(host, circuit)| (host.as_str(), circuit));
        hosts
            .chain([("login", &all.login)])
            .filter(|(_, circuit)| circuit.state != State::Closed)
            .map(|(name, _)| name.to_owned())
            .collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, All> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{at, settings};
    use super::*;

    fn with_down(host: &str) -> Arc<Circuits> {
        let circuits = Arc::new(Circuits::new(settings()));
        for _ in 0..5 {
            circuits.note(host, Sign::HostDown, at(0));
        }
        circuits
    }

    fn waits(circuits: &Arc<Circuits>, host: &str, seconds: i64) -> bool {
        matches!(circuits.ask(host, at(seconds)), Admission::Wait(_))
    }

    #[test]
    fn a_login_that_is_down_holds_every_host_and_a_host_that_is_down_only_itself() {
        let circuits = with_down("a.example");
        assert!(waits(&circuits, "a.example", 0));
        assert_eq!(circuits.ask("b.example", at(0)), Admission::Allow);
        assert_eq!(circuits.login_closed_until(at(0)), None);
        for _ in 0..5 {
            circuits.note("b.example", Sign::LoginDown, at(0));
        }
        for host in ["a.example", "b.example", "c.example"] {
            assert!(waits(&circuits, host, 0), "{host}");
        }
        assert!(circuits.login_closed_until(at(0)).is_some());
        let mut probe = circuits.admit("b.example", at(2)).unwrap();
        assert!(probe.is_probe());
        probe.note("b.example", Sign::Alive, at(2));
        assert_eq!(circuits.ask("b.example", at(2)), Admission::Allow);
        assert_eq!(circuits.not_closed(), ["a.example"]);
    }

    #[test]
    fn every_probe_settles_whether_it_was_made_or_not() {
        for sign in [
            None,
            Some(Sign::None),
            Some(Sign::LoginDown),
            Some(Sign::HostDown),
            Some(Sign::Alive),
        ] {
            let circuits = with_down("a.example");
            let mut probe = circuits.admit("a.example", at(1)).unwrap();
            assert!(waits(&circuits, "a.example", 1), "two probes at once");
            if let Some(sign) = sign {
                probe.note("a.example", sign, at(1));
            }
            drop(probe);
            let after = circuits.ask("a.example", at(1));
            match sign {
                Some(Sign::HostDown) => assert_eq!(after, Admission::Wait(at(3))),
                Some(Sign::Alive) => assert_eq!(after, Admission::Allow),
                None | Some(Sign::None | Sign::LoginDown) => assert_eq!(after, Admission::Probe, "{sign:?}"),
            }
        }
    }

    #[test]
    fn a_probe_whose_call_went_to_another_host_is_made_again() {
        let circuits = with_down("a.example");
        let mut probe = circuits.admit("a.example", at(1)).unwrap();
        probe.note("b.example", Sign::Alive, at(1));
        drop(probe);
        assert_eq!(circuits.ask("a.example", at(1)), Admission::Probe);
    }

    #[test]
    fn whoever_waits_hears_of_every_change() {
        let circuits = with_down("a.example");
        let mut changes = circuits.changes();
        let probe = circuits.admit("a.example", at(1)).unwrap();
        drop(probe);
        assert!(changes.has_changed().unwrap());
        changes.mark_unchanged();
        circuits.note("a.example", Sign::Alive, at(1));
        assert!(changes.has_changed().unwrap());
        assert!(circuits.all_closed());
    }

    #[test]
    fn a_probe_of_the_login_holds_back_every_host_until_it_is_settled_or_dropped() {
        let circuits = Arc::new(Circuits::new(settings()));
        for _ in 0..5 {
            circuits.note("a.example", Sign::LoginDown, at(0));
        }
        let probe = circuits.admit("b.example", at(2)).unwrap();
        assert!(probe.is_probe());
        assert!(
            waits(&circuits, "c.example", 2),
            "two probes of the login at once"
        );
        drop(probe);
        let mut probe = circuits.admit("c.example", at(2)).unwrap();
        assert!(probe.is_probe(), "the next one may try at once");
        probe.note("c.example", Sign::Alive, at(2));
        assert!(!probe.is_probe(), "it is settled");
        assert!(circuits.all_closed());
    }

    #[test]
    fn a_host_that_gives_no_answer_shows_that_the_login_does() {
        let circuits = Arc::new(Circuits::new(settings()));
        for _ in 0..4 {
            circuits.note("a.example", Sign::LoginDown, at(0));
        }
        circuits.note("a.example", Sign::HostDown, at(0));
        circuits.note("a.example", Sign::LoginDown, at(0));
        assert_eq!(circuits.login_closed_until(at(0)), None);
    }

    #[test]
    fn until_when_a_host_is_closed_is_told_without_a_probe() {
        let circuits = with_down("a.example");
        assert_eq!(circuits.host_closed_until("a.example", at(0)), Some(at(1)));
        assert_eq!(circuits.host_closed_until("a.example", at(1)), None);
        assert_eq!(circuits.host_closed_until("b.example", at(0)), None);
    }

    #[test]
    fn changes_are_counted_one_by_one() {
        let circuits = with_down("a.example");
        let changes = circuits.changes();
        let counted = *changes.borrow();
        assert_eq!(counted, 5);
        drop(circuits.admit("a.example", at(1)).unwrap());
        assert_eq!(*changes.borrow(), 6);
        circuits.note("a.example", Sign::Alive, at(1));
        assert_eq!(*changes.borrow(), 7);
    }
}
