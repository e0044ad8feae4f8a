//! Teams' rate limits, enforced with sliding windows (teams-protocol, section 3.6): so many requests per second for
//! one app in one tenant, and four windows per chat and kind of call. A refused call does not count.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::faults::Operation;

/// At most `calls` within `seconds`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// The number of calls.
    pub calls: usize,
    /// The window's length in seconds.
    pub seconds: u64,
}

const fn window(calls: usize, seconds: u64) -> Window {
    Window { calls, seconds }
}

/// The limits in force. An empty list means none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Limits {
    /// All calls of the app in one tenant.
    pub tenant: Vec<Window>,
    /// Sends, updates and deletions in one chat.
    pub send: Vec<Window>,
    /// Creations of one chat.
    pub create: Vec<Window>,
    /// Questions for the members of one chat.
    pub members: Vec<Window>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            tenant: vec![window(50, 1)],
            send: vec![window(7, 1), window(8, 2), window(60, 30), window(1_800, 3_600)],
            create: vec![window(7, 1), window(8, 2), window(60, 30), window(1_800, 3_600)],
            members: vec![
                window(14, 1),
                window(16, 2),
                window(120, 30),
                window(3_600, 3_600),
            ],
        }
    }
}

impl Limits {
    /// No limits, for measuring the service alone.
    pub fn off() -> Self {
        Self {
            tenant: Vec::new(),
            send: Vec::new(),
            create: Vec::new(),
            members: Vec::new(),
        }
    }

    fn of(&self, operation: Operation) -> &[Window] {
        match operation {
            Operation::Token | Operation::Keys => &[],
            Operation::Create => &self.create,
            Operation::Members => &self.members,
            Operation::Send | Operation::Update | Operation::Delete => &self.send,
        }
    }
}

/// The calls of the recent past, oldest first.
#[derive(Debug, Default)]
pub struct Past(VecDeque<Instant>);

impl Past {
    /// How long to wait until `weight` more calls fit into every window; `None` if they fit now.
    fn wait(&mut self, windows: &[Window], weight: usize, now: Instant) -> Option<Duration> {
        let longest = windows.iter().map(|w| w.seconds).max()?;
        while let Some(first) = self.0.front() {
            if now.duration_since(*first) < Duration::from_secs(longest) {
                break;
            }
            self.0.pop_front();
        }
        windows
            .iter()
            .filter_map(|w| self.wait_for(*w, weight, now))
            .max()
    }

    fn wait_for(&self, window: Window, weight: usize, now: Instant) -> Option<Duration> {
        let length = Duration::from_secs(window.seconds);
        // The call whose leaving makes room, counted from the newest.
        let room = window.calls.checked_sub(weight).map_or(0, |calls| calls);
        let blocking = self.0.len().checked_sub(room + 1)?;
        let age = now.duration_since(*self.0.get(blocking)?);
        length.checked_sub(age).filter(|left| !left.is_zero())
    }

    fn count(&mut self, weight: usize, now: Instant) {
        self.0.extend(std::iter::repeat_n(now, weight));
    }
}

/// The recent past of one chat.
#[derive(Debug, Default)]
pub struct ChatWindows {
    send: Past,
    create: Past,
    members: Past,
}

/// The recent past of every tenant.
#[derive(Debug)]
pub struct Limiter {
    limits: Limits,
    tenants: Mutex<HashMap<String, Past>>,
}

impl Limiter {
    /// Enforces `limits`.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            tenants: Mutex::default(),
        }
    }

    /// Counts a call of `weight` messages, or tells how long to wait first.
    pub fn admit(
        &self,
        operation: Operation,
        tenant: &str,
        chat: Option<&Mutex<ChatWindows>>,
        weight: usize,
        now: Instant,
    ) -> Result<(), Duration> {
        let windows = self.limits.of(operation);
        let mut tenants = self.tenants.lock().unwrap_or_else(PoisonError::into_inner);
        if !self.limits.tenant.is_empty() {
            let past = tenants.entry(tenant.to_owned()).or_default();
            if let Some(wait) = past.wait(&self.limits.tenant, weight, now) {
                return Err(wait);
            }
        }
        if let Some(chat) = chat.filter(|_| !windows.is_empty()) {
            let mut chat = chat.lock().unwrap_or_else(PoisonError::into_inner);
            let past = match operation {
                Operation::Create => &mut chat.create,
                Operation::Members => &mut chat.members,
                Operation::Token
                | Operation::Keys
                | Operation::Send
                | Operation::Update
                | Operation::Delete => &mut chat.send,
            };
            if let Some(wait) = past.wait(windows, weight, now) {
                return Err(wait);
            }
            past.count(weight, now);
        }
        if let Some(past) = tenants.get_mut(tenant) {
            past.count(weight, now);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_admits_its_number_and_names_the_wait_until_the_oldest_leaves() {
        let windows = Limits::default().send;
        let start = Instant::now();
        let mut past = Past::default();
        for _ in 0..7 {
            assert_eq!(past.wait(&windows, 1, start), None);
            past.count(1, start);
        }
        assert_eq!(past.wait(&windows, 1, start), Some(Duration::from_secs(1)));
        let later = start + Duration::from_secs(1);
        assert_eq!(
            past.wait(&windows, 1, later),
            None,
            "the eighth fits into 8 per 2 s"
        );
        past.count(1, later);
        assert_eq!(past.wait(&windows, 1, later), Some(Duration::from_secs(1)));
    }

    #[test]
    fn a_split_message_counts_twice() {
        let start = Instant::now();
        let mut past = Past::default();
        past.count(6, start);
        assert_eq!(past.wait(&[window(7, 1)], 1, start), None);
        assert_eq!(past.wait(&[window(7, 1)], 2, start), Some(Duration::from_secs(1)));
    }

    #[test]
    fn the_tenant_limit_counts_calls_of_all_chats_and_a_refused_call_is_not_counted() {
        let limiter = Limiter::new(Limits::default());
        let start = Instant::now();
        for _ in 0..50 {
            assert_eq!(limiter.admit(Operation::Send, "t", None, 1, start), Ok(()));
        }
        for _ in 0..3 {
            let refused = limiter.admit(Operation::Send, "t", None, 1, start);
            assert_eq!(refused, Err(Duration::from_secs(1)));
        }
        assert_eq!(limiter.admit(Operation::Send, "other", None, 1, start), Ok(()));
        let later = start + Duration::from_secs(1);
        assert_eq!(limiter.admit(Operation::Send, "t", None, 1, later), Ok(()));
    }
}
