//! Many tenants' pace over hours of simulated time, judged by a checker that counts as strictly as Teams does.

use std::collections::{HashMap, VecDeque};

use tokio::task::JoinSet;
use tokio::time::{Duration, Instant, sleep_until};

use super::{Arrival, Call, Limits, Pacing, UserKey, Window};

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

/// How long the request with this number travels, within the margin.
fn travel(number: usize, margin: Duration) -> Duration {
    let share = u32::try_from(number.wrapping_mul(2_654_435_761) >> 7 & 0xff).unwrap();
    margin * share / 0xff
}

/// Sends `count` cards to as many people as soon as the pace lets them, and says how long each tenth took. What
/// arrives is counted, and each card travels for another time.
async fn drain(tenant: usize, count: usize) -> Vec<Duration> {
    let limits = Limits::default();
    let mut pacing = Pacing::new(&limits);
    let mut strict = Strict::new(limits.tenant);
    let mut tenths = Vec::new();
    let mut begun = Instant::now();
    let mut arrivals = Vec::with_capacity(count);
    for number in 1..=count {
        sleep_until(pacing.reserve(Instant::now())).await;
        let now = Instant::now();
        let user = UserKey::parse(format!("{tenant}/{number}")).unwrap();
        pacing.chat(&user, now).unwrap();
        pacing
            .departures()
            .pass(Call::Send)
            .await
            .ended(Arrival::Answered);
        arrivals.push(Instant::now() + travel(number, limits.tenant_margin));
        if number.is_multiple_of(count / 10) {
            tenths.push(begun.elapsed());
            begun = now;
        }
    }
    arrivals.sort();
    for (number, at) in arrivals.into_iter().enumerate() {
        assert!(strict.takes(at), "card {number} of tenant {tenant} was too many");
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

/// Processes that die at drawn moments, one after the other, each with nothing but what the log tells of the ones
/// before. They send all the time, to three people who get as much as they may and to some who get little.
#[tokio::test(start_paused = true)]
async fn no_window_is_exceeded_over_a_hundred_restarts() {
    let limits = Limits {
        chat: vec![
            Window::new(7, 1),
            Window::new(8, 2),
            Window::new(40, 30),
            Window::new(100, 120),
        ],
        ..Limits::default()
    };
    let mut tenant = Strict::new(limits.tenant);
    let mut chats: HashMap<UserKey, Vec<Strict>> = HashMap::new();
    let mut log: HashMap<UserKey, Vec<Instant>> = HashMap::new();
    let (mut sent, mut number) = (0, 0_usize);
    for life in 0..100_usize {
        let mut pacing = Pacing::new(&limits);
        pacing.took_over(Instant::now());
        let lives =
            Duration::from_millis(u64::try_from(life.wrapping_mul(2_654_435_761) >> 5 & 0xfff).unwrap());
        let dies = Instant::now() + lives;
        while Instant::now() < dies {
            sleep_until(pacing.reserve(Instant::now()).min(dies)).await;
            number += 1;
            let person = if number.is_multiple_of(2) {
                number % 3
            } else {
                number % 50
            };
            let user = UserKey::parse(format!("t/{person}")).unwrap();
            if !may_send(&mut pacing, &log, &user) {
                continue;
            }
            pacing
                .departures()
                .pass(Call::Send)
                .await
                .ended(Arrival::Answered);
            let at = Instant::now();
            if at >= dies {
                break;
            }
            assert!(tenant.takes(at), "the tenant got too many in life {life}");
            let windows = limits.chat.iter().map(|window| Strict::new(*window));
            for strict in chats.entry(user.clone()).or_insert_with(|| windows.collect()) {
                assert!(strict.takes(at), "{user} got too many in life {life}");
            }
            log.entry(user).or_default().push(at);
            sent += 1;
        }
    }
    assert!(sent > 1_000, "the pace never came up: {sent}");
}

/// Asks the pace, after it was told what the log knows.
fn may_send(pacing: &mut Pacing, log: &HashMap<UserKey, Vec<Instant>>, user: &UserKey) -> bool {
    let now = Instant::now();
    let unknown = pacing.unknown_past(user, now);
    if pacing.chat(user, now).is_err() {
        return false;
    }
    let Some(past) = unknown else { return true };
    let sent = log.get(user).into_iter().flatten().filter(|at| now - **at < past);
    let sent: Vec<Instant> = sent.copied().collect();
    if sent.is_empty() {
        return true;
    }
    pacing.remember(user, sent);
    pacing.chat(user, now).is_ok()
}

#[test]
fn the_checker_refuses_the_fifty_first_in_a_second() {
    let mut strict = Strict::new(Limits::default().tenant);
    let start = Instant::now();
    assert!((0..50).all(|_| strict.takes(start)));
    assert!(!strict.takes(start + Duration::from_millis(999)));
}
