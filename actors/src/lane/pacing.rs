//! Teams' limits, kept by us: so many operations a second per tenant, and several windows per chat
//! (teams-protocol, section 3.6). Token buckets by `governor`.

use std::num::NonZeroU32;
use std::time::Duration;

use events::UserKey;
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultDirectRateLimiter, DefaultKeyedRateLimiter, Quota, RateLimiter};
use tokio::time::Instant;

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

    fn quota(self) -> Quota {
        let each = self.period / self.count.get();
        // A bucket that starts full and refills steadily lets up to twice its size through in one period, while
        // Teams counts strictly; so half of the window may burst and the rest is spread.
        let burst = NonZeroU32::new(self.count.get() / 2).unwrap_or(NonZeroU32::MIN);
        Quota::with_period(each * 2).map_or(Quota::per_second(NonZeroU32::MIN), |quota| {
            quota.allow_burst(burst)
        })
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
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            tenant: Window::new(50, 1),
            chat: vec![Window::new(7, 1), Window::new(60, 30), Window::new(1_800, 3_600)],
            concurrency: 30,
        }
    }
}

/// One tenant's buckets.
#[derive(Debug)]
pub(super) struct Pacing {
    tenant: DefaultDirectRateLimiter,
    chats: Vec<DefaultKeyedRateLimiter<UserKey>>,
    clock: DefaultClock,
    slow_until: Option<Instant>,
}

impl Pacing {
    pub(super) fn new(limits: &Limits) -> Self {
        let count = limits.tenant.count.get();
        // A bucket lets through its size and its refill within one window, and Teams counts strictly: the two
        // together make the window. A small bucket is enough to fill the pipe.
        let burst = NonZeroU32::new(count / 25).unwrap_or(NonZeroU32::MIN);
        let refill = count.saturating_sub(burst.get()).max(1);
        let quota = Quota::with_period(limits.tenant.period / refill)
            .map_or(Quota::per_second(NonZeroU32::MIN), |quota| {
                quota.allow_burst(burst)
            });
        Self {
            tenant: RateLimiter::direct(quota),
            chats: limits
                .chat
                .iter()
                .map(|window| RateLimiter::keyed(window.quota()))
                .collect(),
            clock: DefaultClock::default(),
            slow_until: None,
        }
    }

    /// Waits for the tenant's next token, and out a slow-down.
    pub(super) async fn tenant(&self) {
        if let Some(until) = self.slow_until {
            tokio::time::sleep_until(until).await;
        }
        self.tenant.until_ready().await;
    }

    /// Takes a token from each of the chat's buckets, or says how long to wait.
    pub(super) fn chat(&self, user: &UserKey) -> Result<(), Duration> {
        for bucket in &self.chats {
            bucket
                .check_key(user)
                .map_err(|not_yet| not_yet.wait_time_from(self.clock.now()))?;
        }
        for bucket in &self.chats {
            // Chats that rested long enough to have a full bucket need no memory.
            if bucket.len() > 10_000 {
                bucket.retain_recent();
            }
        }
        Ok(())
    }

    /// Holds the whole tenant back: the connector said that it is too much.
    pub(super) fn slow_down(&mut self, wait: Duration) {
        let until = Instant::now() + wait;
        self.slow_until = Some(self.slow_until.map_or(until, |known| known.max(until)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chat_that_had_its_share_waits_and_others_do_not() {
        let pacing = Pacing::new(&Limits::default());
        let (ada, bob) = (UserKey::parse("t/ada").unwrap(), UserKey::parse("t/bob").unwrap());
        let burst = (0..100).take_while(|_| pacing.chat(&ada).is_ok()).count();
        assert!((1..=7).contains(&burst), "{burst} at once");
        assert!(pacing.chat(&ada).is_err());
        assert!(pacing.chat(&bob).is_ok());
    }
}
