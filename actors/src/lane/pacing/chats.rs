//! The windows of each chat, counted strictly as Teams counts them.
//!
//! Teams counts an operation when it takes it, which is some moment between the request's leaving and its answer. So
//! an operation counts here from its answer on, and the next one leaves only when every window has room even then.
//!
//! Memory: a chat that was quiet for a while and had only a few operations is forgotten. What forgetting could let
//! slip through the longest window is taken off that window beforehand, a tenth of it.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use events::UserKey;
use tokio::time::Instant;

use super::Window;

/// How long a chat must be quiet before it may be forgotten.
const QUIET: Duration = Duration::from_secs(60);
/// How often the table is looked through.
const SWEEP: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub(super) struct Chats {
    /// Shortest first.
    windows: Vec<(usize, Duration)>,
    /// Operations that a quiet chat may have had and be forgotten.
    few: usize,
    quiet: Duration,
    chats: HashMap<UserKey, VecDeque<Instant>>,
    swept: Option<Instant>,
}

impl Chats {
    pub(super) fn new(limits: &[Window]) -> Self {
        let mut windows: Vec<(usize, Duration)> = limits
            .iter()
            .map(|window| {
                let count = usize::try_from(window.count.get()).unwrap_or(usize::MAX);
                (count, window.period)
            })
            .collect();
        windows.sort_by_key(|(_, period)| *period);
        let mut few = usize::MAX;
        let longest = windows.last().map_or(Duration::ZERO, |(_, period)| *period);
        let quiet = longest.min(QUIET);
        if let Some((count, period)) = windows.last_mut().filter(|(_, period)| *period > quiet) {
            let slips = *count / 10;
            let quiets = period.as_secs().div_ceil(quiet.as_secs().max(1)).max(1);
            few = slips / usize::try_from(quiets).unwrap_or(usize::MAX);
            *count -= slips;
        }
        Self {
            windows,
            few,
            quiet,
            chats: HashMap::new(),
            swept: None,
        }
    }

    pub(super) fn take(&mut self, user: &UserKey, now: Instant) -> Result<(), Duration> {
        if self.swept.is_none_or(|at| now >= at + SWEEP) {
            self.swept = Some(now);
            self.forget(now);
        }
        let taken = match self.chats.entry(user.clone()) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => entry.insert(VecDeque::new()),
        };
        let wait = self
            .windows
            .iter()
            .filter_map(|(count, period)| {
                let oldest = taken
                    .len()
                    .checked_sub(*count)
                    .and_then(|index| taken.get(index))?;
                let wait = (*oldest + *period).saturating_duration_since(now);
                (!wait.is_zero()).then_some(wait)
            })
            .max();
        if let Some(wait) = wait {
            return Err(wait);
        }
        taken.push_back(now);
        let most = self.windows.iter().map(|(count, _)| *count).max().unwrap_or(0);
        while taken.len() > most {
            taken.pop_front();
        }
        Ok(())
    }

    /// Whether anything is known of the chat's recent past.
    pub(super) fn knows(&self, user: &UserKey) -> bool {
        self.chats.contains_key(user)
    }

    /// Takes over what the log tells of a chat's recent past, in place of what is known, which is nothing more.
    pub(super) fn remember(&mut self, user: &UserKey, mut taken: Vec<Instant>) {
        taken.sort();
        self.chats.insert(user.clone(), taken.into());
    }

    /// The longest window.
    pub(super) fn longest(&self) -> Duration {
        self.windows.last().map_or(Duration::ZERO, |(_, period)| *period)
    }

    pub(super) fn ended(&mut self, user: &UserKey, now: Instant) {
        if let Some(last) = self.chats.get_mut(user).and_then(VecDeque::back_mut) {
            *last = now;
        }
    }

    pub(super) fn forget(&mut self, now: Instant) {
        let longest = self.longest();
        self.chats.retain(|_, taken| {
            while taken.front().is_some_and(|first| *first + longest <= now) {
                taken.pop_front();
            }
            let quiet = taken.back().is_none_or(|last| *last + self.quiet <= now);
            !taken.is_empty() && (!quiet || taken.len() > self.few)
        });
    }

    pub(super) fn is_empty(&self) -> bool {
        self.chats.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::Limits;
    use super::*;

    fn ada() -> UserKey {
        UserKey::parse("t/ada").unwrap()
    }

    #[test]
    fn a_chat_that_had_its_share_waits_and_others_do_not() {
        let mut chats = Chats::new(&Limits::default().chat);
        let now = Instant::now();
        let burst = (0..100).take_while(|_| chats.take(&ada(), now).is_ok()).count();
        assert_eq!(burst, 7);
        assert_eq!(chats.take(&ada(), now), Err(Duration::from_secs(1)));
        assert!(chats.take(&UserKey::parse("t/bob").unwrap(), now).is_ok());
    }

    #[test]
    fn an_operation_counts_from_its_answer_on() {
        let mut chats = Chats::new(&[Window::new(1, 1)]);
        let now = Instant::now();
        chats.take(&ada(), now).unwrap();
        let answered = now + Duration::from_millis(900);
        chats.ended(&ada(), answered);
        assert!(chats.take(&ada(), now + Duration::from_secs(1)).is_err());
        assert!(chats.take(&ada(), answered + Duration::from_secs(1)).is_ok());
    }

    #[test]
    fn chats_that_get_a_card_now_and_then_need_no_memory() {
        let mut chats = Chats::new(&Limits::default().chat);
        let start = Instant::now();
        for second in 0..600_u64 {
            for person in 0..50 {
                let user = UserKey::parse(format!("t/{second}-{person}")).unwrap();
                chats.take(&user, start + Duration::from_secs(second)).unwrap();
            }
        }
        assert!(chats.chats.len() <= 50 * 70, "{}", chats.chats.len());
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

        /// Whoever asks as often as they like, after whatever pauses, never gets more than a window holds.
        #[test]
        fn no_window_is_ever_exceeded(pauses in prop::collection::vec(
            prop_oneof![9 => 0..2_500_u64, 1 => 55_000..90_000_u64], 100..3_000,
        )) {
            let limits = [Window::new(7, 1), Window::new(8, 2), Window::new(60, 30), Window::new(180, 360)];
            let mut chats = Chats::new(&limits);
            let mut now = Instant::now();
            let mut taken: Vec<Instant> = Vec::new();
            for pause in pauses {
                now += Duration::from_millis(pause / 5);
                if pause > 50_000 {
                    now += Duration::from_millis(pause);
                }
                if chats.take(&ada(), now).is_ok() {
                    taken.push(now);
                }
            }
            for window in limits {
                let count = usize::try_from(window.count.get()).unwrap();
                for pair in taken.windows(count + 1) {
                    prop_assert!(pair[count] - pair[0] >= window.period, "more than {window:?}");
                }
            }
        }
    }
}
