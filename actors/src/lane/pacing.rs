//! Teams' limits, kept by us: so many operations a second per tenant, and several windows per chat
//! (teams-protocol, section 3.6). Pure: time is given.

use std::num::NonZeroU32;
use std::time::Duration;

use events::UserKey;
use tokio::time::Instant;

mod chats;
#[cfg(test)]
mod simulated;
mod tenant;

use chats::Chats;
use tenant::Rate;

/// At most `count` operations within `period`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Operations.
    pub count: NonZeroU32,
    /// Length.
    pub period: Duration,
}

impl Window {
    /// A window of `count` operations in `seconds`; both at least 1.
    pub fn new(count: u32, seconds: u32) -> Self {
        let count = NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN);
        Self {
            count,
            period: Duration::from_secs(u64::from(seconds.max(1))),
        }
    }
}

/// The limits that lanes keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Per tenant.
    pub tenant: Window,
    /// Per chat; all hold at once.
    pub chat: Vec<Window>,
    /// Requests under way at once, per tenant.
    pub concurrency: usize,
    /// Requests under way at once, of all tenants together; the tenants take turns.
    pub total_concurrency: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            tenant: Window::new(50, 1),
            chat: vec![
                Window::new(7, 1),
                Window::new(8, 2),
                Window::new(60, 30),
                Window::new(1_800, 3_600),
            ],
            concurrency: 30,
            total_concurrency: 512,
        }
    }
}

/// One tenant's pace.
#[derive(Debug)]
pub(super) struct Pacing {
    rate: Rate,
    chats: Chats,
}

impl Pacing {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            rate: Rate::new(limits.tenant),
            chats: Chats::new(&limits.chat),
        }
    }

    /// When the tenant's next operation may leave; that moment is taken.
    pub(super) fn reserve(&mut self, now: Instant) -> Instant {
        self.rate.reserve(now)
    }

    /// Until when the whole tenant is held back, where it is.
    pub(super) fn held_until(&self, now: Instant) -> Option<Instant> {
        self.rate.held_until(now)
    }

    /// Takes a place in each of the chat's windows, or says how long to wait.
    pub(super) fn chat(&mut self, user: &UserKey, now: Instant) -> Result<(), Duration> {
        self.chats.take(user, now)
    }

    /// The chat's operation ended: Teams counted it at some moment up to now.
    pub(super) fn ended(&mut self, user: &UserKey, now: Instant) {
        self.chats.ended(user, now);
    }

    /// The connector said that it is too much.
    pub(super) fn throttled(&mut self, now: Instant, wait: Duration) {
        self.rate.throttled(now, wait);
    }

    /// Whether forgetting it would change nothing.
    pub(super) fn is_fresh(&mut self, now: Instant) -> bool {
        self.chats.forget(now);
        self.chats.is_empty() && self.rate.is_fresh(now)
    }
}
