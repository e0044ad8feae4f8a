//! Teams' limits, kept by us: so many operations a second per tenant, and several windows per chat
//! (teams-protocol, section 3.6). Pure: time is given.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::time::Duration;

use events::{TenantId, UserKey};
use tokio::time::Instant;

mod chats;
mod departures;
#[cfg(test)]
mod simulated;
mod tenant;

use chats::Chats;
pub(super) use departures::{Arrival, Call, Departure, Departures};
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
    /// By how much requests may come closer together on their way than they left.
    pub tenant_margin: Duration,
    /// Per chat; all hold at once.
    pub chat: Vec<Window>,
    /// Requests under way at once, per tenant.
    pub concurrency: usize,
    /// Requests under way at once, of all tenants together; the tenants take turns.
    pub total_concurrency: usize,
    /// A tenant's share of these turns, against the others'; 1 where none is given.
    pub weights: HashMap<TenantId, NonZeroU32>,
}

impl Limits {
    /// A tenant's weight in the turns.
    pub(super) fn weight(&self, tenant: &TenantId) -> NonZeroU32 {
        self.weights.get(tenant).copied().unwrap_or(NonZeroU32::MIN)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            tenant: Window::new(50, 1),
            tenant_margin: Duration::from_millis(30),
            chat: vec![
                Window::new(7, 1),
                Window::new(8, 2),
                Window::new(60, 30),
                Window::new(1_800, 3_600),
            ],
            concurrency: 30,
            total_concurrency: 512,
            weights: HashMap::new(),
        }
    }
}

/// Profiles that are read for their age alone leave no closer together than this: a tenth of the pace that Teams
/// allows, which reads 400,000 people a day.
const AGED_EVERY: Duration = Duration::from_millis(200);
/// Longest that they wait while look-ups fail.
const LONGEST_AGED_PAUSE: Duration = Duration::from_secs(300);

/// One tenant's pace.
#[derive(Debug)]
pub(super) struct Pacing {
    rate: Rate,
    departures: Departures,
    span: Duration,
    chats: Chats,
    /// When the next look-up of an aged profile may leave.
    aged_profile: Option<Instant>,
    /// Look-ups that failed in a row.
    look_ups_failed: u32,
    /// Since when this process alone serves the tenant, where another one may have done so before.
    took_over: Option<Instant>,
}

impl Pacing {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            rate: Rate::new(limits.tenant, limits.tenant_margin),
            departures: Departures::new(limits.tenant, limits.tenant_margin),
            span: limits.tenant.period + limits.tenant_margin,
            chats: Chats::new(&limits.chat),
            aged_profile: None,
            look_ups_failed: 0,
            took_over: None,
        }
    }

    /// Another process may have sent to this tenant until then. What it sent last is not known, so nothing leaves for
    /// the length of a window; of each chat the log is asked, for the length of the chat's longest.
    pub(super) fn took_over(&mut self, at: Instant) {
        self.took_over = self.took_over.max(Some(at));
        self.rate.hold_until(at + self.span);
        self.departures.hold_until(at + self.span);
    }

    /// The last moment before a request.
    pub(super) fn departures(&self) -> Departures {
        self.departures.clone()
    }

    /// How far back the log is to be asked what a chat got; `None` where that is known.
    pub(super) fn unknown_past(&self, user: &UserKey, now: Instant) -> Option<Duration> {
        let longest = self.chats.longest();
        let young = self.took_over.is_some_and(|at| now < at + longest);
        (young && !self.chats.knows(user)).then_some(longest)
    }

    /// Takes over what the log tells of a chat's recent past.
    pub(super) fn remember(&mut self, user: &UserKey, taken: Vec<Instant>) {
        self.chats.remember(user, taken);
    }

    /// Whether the profile of somebody may be read now for its age alone; that moment is taken.
    pub(super) fn aged_profile(&mut self, now: Instant) -> bool {
        if !self.may_read_aged(now) {
            return false;
        }
        self.aged_profile = Some(now + AGED_EVERY);
        true
    }

    /// Whether the profile of somebody may be read now for its age alone.
    pub(super) fn may_read_aged(&self, now: Instant) -> bool {
        self.aged_profile.is_none_or(|at| at <= now)
    }

    /// A look-up ended. While they fail, whatever may wait waits longer and longer.
    pub(super) fn looked_up(&mut self, now: Instant, failed: bool) {
        if !failed {
            self.look_ups_failed = 0;
            return;
        }
        let pause = AGED_EVERY.saturating_mul(2_u32.saturating_pow(self.look_ups_failed));
        self.look_ups_failed = self.look_ups_failed.saturating_add(1);
        self.aged_profile = self.aged_profile.max(Some(now + pause.min(LONGEST_AGED_PAUSE)));
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
        let reads = self.may_read_aged(now) && self.look_ups_failed == 0;
        reads && self.chats.is_empty() && self.rate.is_fresh(now) && self.departures.is_fresh(now)
    }
}
