//! Whether the cluster can be used, as far as this process's own calls know. An outage is told once, and once that it
//! is over.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::failure::Failure;
use super::unavailable::unavailable;
use crate::envelope::Position;
use crate::store::{AppendError, Condition};

/// An outage, or its end, is told when it lasted for so long: an election is none.
const TOLD_AFTER: Duration = Duration::from_secs(5);
/// How long the cluster may be silent and the store still count as usable.
const LONGEST_ELECTION: Duration = Duration::from_secs(10);

/// See the module.
#[derive(Debug)]
pub(super) struct Health {
    known: Mutex<Known>,
    condition: watch::Sender<Condition>,
}

#[derive(Debug)]
struct Known {
    /// When the cluster last answered anything.
    answered: Instant,
    /// Why it does not answer, since then.
    silent: Option<String>,
    /// Since when nothing could be appended, and why. Reads may go on: of a disk that is full, of a leader without others.
    unwritten: Option<(Instant, String)>,
    /// The outage is told.
    told: bool,
    /// What a call failed with last, whether or not it was done in the end.
    met: Option<String>,
}

impl Known {
    fn away(&self) -> Option<(Instant, &str)> {
        let silent = self.silent.as_deref().map(|reason| (self.answered, reason));
        let unwritten = self.unwritten.as_ref();
        silent.or(unwritten.map(|(since, reason)| (*since, reason.as_str())))
    }
}

impl Default for Health {
    fn default() -> Self {
        Self {
            known: Mutex::new(Known {
                answered: Instant::now(),
                silent: None,
                unwritten: None,
                told: false,
                met: None,
            }),
            condition: watch::Sender::new(Condition::Usable),
        }
    }
}

impl Health {
    pub(super) fn condition(&self) -> watch::Receiver<Condition> {
        self.condition.subscribe()
    }

    /// The cluster answered.
    pub(super) fn answered(&self) {
        self.note(|known| {
            known.answered = Instant::now();
            known.silent.take().is_some()
        });
    }

    /// The cluster took an append.
    pub(super) fn written(&self) {
        self.note(|known| {
            known.answered = Instant::now();
            known.silent.take().is_some() | known.unwritten.take().is_some()
        });
    }

    /// A try failed; the next one may do.
    pub(super) fn met(&self, failure: &Failure) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).met = Some(failure.told());
    }

    /// What a try failed with last.
    pub(super) fn last_met(&self) -> Option<String> {
        self.known
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .met
            .clone()
    }

    /// The cluster did not answer.
    pub(super) fn failed(&self, failure: &Failure) {
        self.note(|known| {
            known.silent = Some(failure.told());
            true
        });
    }

    /// An append that was begun at `since` was tried in vain.
    pub(super) fn unwritten(&self, since: Instant, failure: &Failure) {
        self.note(|known| {
            let since = known.unwritten.as_ref().map_or(since, |(since, _)| *since);
            known.unwritten = Some((since, failure.told()));
            true
        });
    }

    /// Whether nothing answered for as long as somebody would wait.
    pub(super) fn is_silent_for(&self, patience: Duration) -> bool {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.silent.is_some() && known.answered.elapsed() >= patience
    }

    /// Why nothing can be stored now. An election is no outage.
    pub(super) fn check_usable(&self) -> Result<(), AppendError> {
        let why = match &*self.condition.borrow() {
            Condition::Away { since, reason } if since.elapsed() > LONGEST_ELECTION => {
                let seconds = since.elapsed().as_secs();
                format!("nothing could be stored for {seconds} s: {reason}")
            }
            Condition::WentBack { seen } => gone(*seen),
            Condition::Usable | Condition::Away { .. } => return Ok(()),
        };
        Err(unavailable(false, why.into()))
    }

    /// Nothing is appended to a log that went back.
    pub(super) fn check_whole(&self) -> Result<(), AppendError> {
        match &*self.condition.borrow() {
            Condition::WentBack { seen } => Err(unavailable(false, gone(*seen).into())),
            Condition::Usable | Condition::Away { .. } => Ok(()),
        }
    }

    /// The log does not hold any more what was seen of it. For good: only a start can ask for an operator's word.
    pub(super) fn gone(&self, seen: Position) {
        if matches!(&*self.condition.borrow(), Condition::WentBack { .. }) {
            return;
        }
        tracing::error!(
            target: "alert", alert = "log_went_back", seen = seen.0,
            "the event log does not hold any more what was seen of it: the cluster was restored from an older copy or made \
             anew; nothing is appended any more. Stop the services, then put the log back, or start with serve --accept-loss"
        );
        self.condition.send_replace(Condition::WentBack { seen });
    }

    /// An outage that lasts is told once.
    pub(super) fn tell_outage(&self) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let reason = match known.away() {
            Some((since, reason)) if !known.told && since.elapsed() >= TOLD_AFTER => reason.to_owned(),
            _ => return,
        };
        known.told = true;
        drop(known);
        tracing::warn!(
            reason,
            "nothing can be stored in the event store; it is tried until it can"
        );
    }

    /// Changes what is known, and tells it where that says that something changed.
    fn note(&self, change: impl FnOnce(&mut Known) -> bool) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if !change(&mut known) {
            return;
        }
        let now = match known.away() {
            Some((since, reason)) => Condition::Away {
                since,
                reason: reason.to_owned(),
            },
            None => Condition::Usable,
        };
        let over = now == Condition::Usable && std::mem::take(&mut known.told);
        self.condition.send_if_modified(|condition| {
            let changed = !matches!(condition, Condition::WentBack { .. }) && *condition != now;
            if changed {
                *condition = now;
            }
            changed
        });
        drop(known);
        if over {
            tracing::info!("the event store takes events again");
        }
    }
}

/// What is told of a log that went back.
pub(super) fn gone(seen: Position) -> String {
    format!(
        "the log does not hold the event at {seen} any more, which was seen there: it was restored from an older copy, or made \
         anew; stop the services and see docs/scaling.md"
    )
}

#[cfg(test)]
mod tests {
    use super::super::failure::Meaning;
    use super::*;

    fn failure() -> Failure {
        Failure::new(Meaning::NotDone, "nobody there")
    }

    #[test]
    fn reads_that_go_on_do_not_hide_that_nothing_can_be_appended() {
        let health = Health::default();
        let begun = Instant::now();
        health.unwritten(begun, &failure());
        health.answered();
        let away = |since| Condition::Away {
            since,
            reason: "nobody there".to_owned(),
        };
        assert_eq!(*health.condition().borrow(), away(begun));
        health.unwritten(Instant::now(), &failure());
        assert_eq!(*health.condition().borrow(), away(begun), "since the first one");
        health.written();
        assert_eq!(*health.condition().borrow(), Condition::Usable);
    }

    #[test]
    fn it_is_silent_from_a_failure_until_an_answer() {
        let health = Health::default();
        assert!(!health.is_silent_for(Duration::ZERO));
        health.failed(&failure());
        assert!(health.is_silent_for(Duration::ZERO));
        assert!(!health.is_silent_for(Duration::from_secs(60)));
        health.answered();
        assert!(!health.is_silent_for(Duration::ZERO));
    }

    #[test]
    fn a_log_that_went_back_stays_so_whatever_answers() {
        let health = Health::default();
        health.gone(Position(7));
        health.written();
        health.failed(&failure());
        assert_eq!(
            *health.condition().borrow(),
            Condition::WentBack { seen: Position(7) }
        );
        assert!(health.check_whole().is_err() && health.check_usable().is_err());
    }
}
