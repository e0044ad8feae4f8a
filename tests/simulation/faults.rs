//! What the outside does wrong, drawn for each call by its number.

use std::sync::{Mutex, PoisonError};

use crate::draw::Draw;

/// How a request to the Bot Connector fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CallFault {
    /// 429, with or without a time to wait.
    Throttled(Option<u64>),
    /// 412.
    Collided,
    /// 5xx; whether it took effect all the same.
    Broken(u16, bool),
    /// Nothing comes back; whether it took effect.
    Silent(bool),
    /// The connection breaks after the request left; whether it took effect.
    Reset(bool),
    /// No connection.
    Unreachable,
    /// Microsoft's login gives no token.
    NoToken,
    /// It takes this long, in seconds.
    Slow(u64),
    /// The chat is not found, though it is there.
    Lost,
}

/// How an append fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StoreFault {
    /// Too much waits.
    Busy,
    /// Nothing was written.
    Refused,
    /// It was written, and nobody says so.
    Unanswered,
}

/// How Chronus' receiver fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HookFault {
    /// Answers with this status and takes nothing.
    Status(u16),
    /// Takes it, and the answer is lost.
    Unanswered,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Faults(Mutex<Inner>);

#[derive(Debug)]
struct Inner {
    /// Of a hundred calls.
    rate: u64,
    connector: Draw,
    store: Draw,
    hook: Draw,
    counted: u64,
    of_log: u32,
}

impl Faults {
    /// So many of a hundred calls fail, a quarter of that of appends.
    pub(crate) fn new(seed: u64, rate: u64) -> Self {
        Self(Mutex::new(Inner {
            rate,
            connector: Draw::new(seed, "connector"),
            store: Draw::new(seed, "disk"),
            hook: Draw::new(seed, "webhook"),
            counted: 0,
            of_log: 0,
        }))
    }

    fn with<T>(&self, act: impl FnOnce(&mut Inner) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// From now on nothing fails.
    pub(crate) fn end(&self) {
        self.with(|inner| inner.rate = 0);
    }

    /// How often the log failed.
    pub(crate) fn of_log(&self) -> u32 {
        self.with(|inner| inner.of_log)
    }

    /// Whether something may fail still.
    pub(crate) fn go_on(&self) -> bool {
        self.with(|inner| inner.rate > 0)
    }

    /// How often something failed.
    pub(crate) fn counted(&self) -> u64 {
        self.with(|inner| inner.counted)
    }

    /// What the next request to the Bot Connector meets.
    pub(crate) fn call(&self) -> Option<CallFault> {
        self.with(|inner| {
            let rate = inner.rate;
            let draw = &mut inner.connector;
            if !draw.percent(rate) {
                return None;
            }
            let took_effect = draw.percent(50);
            let fault = match draw.below(12) {
                0 => CallFault::Throttled(Some(draw.below(5) + 1)),
                1 => CallFault::Throttled(None),
                2 => CallFault::Collided,
                3 | 4 => CallFault::Broken(draw.one_of(&[500, 502, 503, 504, 408])?, took_effect),
                5 | 6 => CallFault::Silent(took_effect),
                7 => CallFault::Reset(took_effect),
                8 => CallFault::Unreachable,
                9 => CallFault::NoToken,
                10 => CallFault::Slow(draw.below(20) + 1),
                _ => CallFault::Lost,
            };
            inner.counted += 1;
            Some(fault)
        })
    }

    /// What the next append meets.
    pub(crate) fn store(&self) -> Option<StoreFault> {
        self.with(|inner| {
            if !inner.store.percent(inner.rate) || !inner.store.percent(25) {
                return None;
            }
            inner.counted += 1;
            inner.of_log += 1;
            inner
                .store
                .one_of(&[StoreFault::Busy, StoreFault::Refused, StoreFault::Unanswered])
        })
    }

    /// What the next answer meets at Chronus.
    pub(crate) fn hook(&self) -> Option<HookFault> {
        self.with(|inner| {
            if !inner.hook.percent(inner.rate) {
                return None;
            }
            inner.counted += 1;
            inner.hook.one_of(&[
                HookFault::Status(500),
                HookFault::Status(503),
                HookFault::Status(400),
                HookFault::Unanswered,
                HookFault::Unanswered,
            ])
        })
    }
}
