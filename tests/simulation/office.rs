//! What is on its way to the service: Chronus' events and Teams' activities, each sent again until it is acknowledged.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use serde_json::Value;

/// What is true of Chronus' knowledge once an event was acknowledged.
#[derive(Debug, Clone)]
pub(crate) enum Effect {
    /// Its cards are for these.
    Cards {
        humans: Vec<usize>,
    },
    Member {
        human: usize,
        mail: String,
        at: DateTime<Utc>,
    },
    Gone {
        human: usize,
    },
    Meeting {
        human: usize,
        number: u32,
        at: DateTime<Utc>,
        revision: u32,
        cancelled: bool,
    },
    /// The card that everybody gets at the end.
    Last {
        human: usize,
    },
}

/// A domain event.
#[derive(Debug, Clone)]
pub(crate) struct Letter {
    pub(crate) id: String,
    pub(crate) event: Value,
    pub(crate) due: DateTime<Utc>,
    pub(crate) effect: Effect,
    pub(crate) under_way: bool,
    /// Sent once more after it was acknowledged.
    pub(crate) again: bool,
}

/// What Teams does with an activity that is not answered.
#[derive(Debug, Clone)]
pub(crate) enum Kind {
    /// Sends it again.
    Told,
    /// The same, and the log keeps one event of it.
    Typed,
    /// Tells the person that it did not work.
    Press {
        human: usize,
        /// The subject and the card that its button named.
        on: Vec<String>,
        shown: String,
    },
}

/// An activity.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) id: String,
    pub(crate) activity: Value,
    pub(crate) due: DateTime<Utc>,
    pub(crate) kind: Kind,
    /// Who did it.
    pub(crate) human: usize,
    pub(crate) under_way: bool,
}

/// See the module.
#[derive(Debug, Clone, Default)]
pub(crate) struct Office(Arc<Mutex<Inner>>);

#[derive(Debug, Default)]
pub(crate) struct Inner {
    pub(crate) letters: Vec<Letter>,
    pub(crate) calls: Vec<Call>,
    /// Everything that Chronus ever wrote.
    pub(crate) written: Vec<Letter>,
    pub(crate) counted: u32,
}

impl Office {
    pub(crate) fn with<T>(&self, act: impl FnOnce(&mut Inner) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// A number that nothing else has.
    pub(crate) fn number(&self) -> u32 {
        self.with(|inner| {
            inner.counted += 1;
            inner.counted
        })
    }

    pub(crate) fn writes(&self, event: Value, due: DateTime<Utc>, effect: Effect) {
        let letter = Letter {
            id: event["id"].as_str().unwrap().to_owned(),
            event,
            due,
            effect,
            under_way: false,
            again: false,
        };
        self.with(|inner| {
            inner.written.push(letter.clone());
            inner.letters.push(letter);
        });
    }

    pub(crate) fn calls(&self, human: usize, activity: Value, due: DateTime<Utc>, kind: Kind) {
        let id = activity["id"].as_str().unwrap().to_owned();
        self.with(|inner| {
            inner.calls.push(Call {
                id,
                activity,
                due,
                kind,
                human,
                under_way: false,
            });
        });
    }

    /// Whoever waited for an answer gets none: the service died. Presses are not made again.
    pub(crate) fn hung_up(&self) {
        self.with(|inner| {
            for letter in &mut inner.letters {
                letter.under_way = false;
            }
            inner
                .calls
                .retain(|call| !call.under_way || !matches!(call.kind, Kind::Press { .. }));
            for call in &mut inner.calls {
                call.under_way = false;
            }
        });
    }

    /// Nothing is under way or due.
    pub(crate) fn is_idle(&self, now: DateTime<Utc>) -> bool {
        self.with(|inner| {
            inner.letters.iter().all(|letter| letter.due > now)
                && inner.calls.iter().all(|call| call.due > now)
        })
    }

    /// Everything that waits is said now.
    pub(crate) fn at_once(&self, now: DateTime<Utc>) {
        self.with(|inner| {
            for letter in &mut inner.letters {
                letter.due = letter.due.min(now);
            }
            for call in &mut inner.calls {
                call.due = call.due.min(now);
            }
        });
    }
}
