//! Many tenants' pace over hours of simulated time, judged by a checker that counts as strictly as Teams does.

use std::collections::VecDeque;

use tokio::task::JoinSet;
use tokio::time::{Duration, Instant, sleep_until};

use super::{Limits, Pacing, UserKey, Window};

/// Teams' count of one tenant: fails on the first operation too many.
struct Strict {
    window: Window,
    recent: VecDeque<Instant>,
}

impl Strict {
    fn new(window: Window) -> Self {
        Self {
            window,
            recent: VecDeque::new(),
        }
    }

    /// Whether the window has room for this operation.
    fn takes(&mut self, at: Instant) -> bool {
        while self
            .recent
            .front()
            .is_some_and(|first| *first + self.window.period <= at)
        {
            self.recent.pop_front();
        }
        self.recent.push_back(at);
        self.recent.len() <= usize::try_from(self.window.count.get()).unwrap()
    }
}

/// Sends `count` cards to as many people as soon as the pace lets them, and says how long each tenth took.
async fn drain(tenant: usize, count: usize) -> Vec<Duration> {
    let limits = Limits::default();
    let mut pacing = Pacing::new(&limits);
    let mut strict = Strict::new(limits.tenant);
    let mut tenths = Vec::new();
    let mut begun = Instant::now();
    for number in 1..=count {
        sleep_until(pacing.reserve(Instant::now())).await;
        let now = Instant::now();
        let user = UserKey::parse(format!("{tenant}/{number}")).unwrap();
        pacing.chat(&user, now).unwrap();
        assert!(strict.takes(now), "card {number} of tenant {tenant} was too many");
        if number.is_multiple_of(count / 10) {
            tenths.push(begun.elapsed());
            begun = now;
        }
    }
    tenths
}

#[tokio::test(start_paused = true)]
async fn one_tenant_gets_three_hundred_thousand_cards_at_forty_eight_a_second_with_no_window_exceeded() {
    let tenths = drain(0, 300_000).await;
    let longest = Duration::from_secs(30_000 / 48);
    for (tenth, took) in tenths.iter().enumerate() {
        assert!(*took <= longest, "tenth {tenth} took {took:?}, not {longest:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_thousand_tenants_drain_beside_each_other_each_at_its_own_full_pace() {
    let begun = Instant::now();
    let mut tenants = JoinSet::new();
    for tenant in 0..1_000 {
        tenants.spawn(drain(tenant, 240));
    }
    tenants.join_all().await;
    assert!(begun.elapsed() <= Duration::from_secs(5), "{:?}", begun.elapsed());
}

#[test]
fn the_checker_refuses_the_fifty_first_in_a_second() {
    let mut strict = Strict::new(Limits::default().tenant);
    let start = Instant::now();
    assert!((0..50).all(|_| strict.takes(start)));
    assert!(!strict.takes(start + Duration::from_millis(999)));
}
