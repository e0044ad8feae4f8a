use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

const MARGIN: Duration = Duration::from_millis(30);

fn counted() -> Counted {
    Counted::new(Window::new(50, 1), MARGIN)
}

fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// One request as the world has it.
#[derive(Debug, Clone, Copy)]
struct Request {
    /// After the one before it wanted to leave.
    pause: u64,
    /// By how much it is woken late, or its thread is kept from the processor before it leaves.
    late: u64,
    /// By how much longer than the others it travels there.
    there: u64,
    /// The same for its answer.
    back: u64,
}

fn requests() -> impl Strategy<Value = Vec<Request>> {
    // Most travel well; now and then the machine or the way stands still for up to two seconds.
    let hiccup = || prop_oneof![8 => Just(0_u64), 1 => 0..400_u64, 1 => 0..2_000_u64];
    let request = (0..25_u64, hiccup(), hiccup(), hiccup()).prop_map(|(pause, late, there, back)| Request {
        pause: pause.saturating_sub(12),
        late,
        there,
        back,
    });
    prop::collection::vec(request, 100..800)
}

/// Plays the requests and answers when each arrived. Every way takes 20 ms there and 20 ms back at least.
fn arrivals(requests: &[Request]) -> Vec<Instant> {
    let mut counted = counted();
    let mut now = Instant::now();
    let mut arrived = Vec::new();
    // Answers under way: when each comes, and when its request left.
    let mut answers: BTreeMap<(Instant, usize), Instant> = BTreeMap::new();
    for (number, request) in requests.iter().enumerate() {
        now += ms(request.pause);
        loop {
            while let Some(entry) = answers.first_entry().filter(|entry| entry.key().0 <= now) {
                let ((at, _), left) = entry.remove_entry();
                counted.ended(Call::Send, left, at, Arrival::Answered);
            }
            let next_answer = answers.first_key_value().map(|((at, _), _)| *at);
            match counted.take(now) {
                Ok(()) => break,
                // The timer fires late.
                Err(Wait::Until(moment)) => {
                    now = next_answer.map_or(moment, |at| at.min(moment)).max(now) + ms(request.late);
                }
                Err(Wait::Answer) => now = next_answer.unwrap(),
            }
        }
        let at = now + ms(20 + request.there);
        arrived.push(at);
        answers.insert((at + ms(20 + request.back), number), now);
    }
    arrived.sort();
    arrived
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// However requests come, however late they are woken, and however long each travels, no second holds more
    /// arrivals than the window.
    #[test]
    fn what_arrives_within_a_window_is_never_more_than_it_holds(requests in requests()) {
        for pair in arrivals(&requests).windows(51) {
            prop_assert!(pair[50] - pair[0] >= Duration::from_secs(1), "{:?}", pair[50] - pair[0]);
        }
    }
}

#[test]
fn answers_that_take_equally_long_slow_nothing_down() {
    let request = Request {
        pause: 0,
        late: 0,
        there: 200,
        back: 0,
    };
    let arrived = arrivals(&vec![request; 4_800]);
    let took = arrived[arrived.len() - 1] - arrived[0];
    // The first few answers tell nothing yet.
    assert!(took <= Duration::from_secs(101), "{took:?}");
}

#[test]
fn a_request_that_is_answered_late_keeps_its_place_until_a_window_after_it_may_have_arrived() {
    let mut counted = Counted::new(Window::new(1, 1), Duration::ZERO);
    let start = Instant::now();
    counted.take(start).unwrap();
    assert_eq!(counted.take(start + ms(5_000)), Err(Wait::Answer));
    counted.ended(Call::Send, start, start + ms(5_000), Arrival::Answered);
    assert_eq!(
        counted.take(start + ms(5_500)),
        Err(Wait::Until(start + ms(6_000)))
    );
    assert_eq!(counted.take(start + ms(6_000)), Ok(()));
    counted.ended(Call::Send, start + ms(6_000), start + ms(6_001), Arrival::Never);
    assert_eq!(counted.take(start + ms(6_001)), Ok(()), "it never left");
}

#[tokio::test(start_paused = true)]
async fn who_is_woken_late_counts_from_then_on() {
    let departures = Departures::new(Window::new(2, 1), Duration::ZERO);
    departures.hold_until(Instant::now() + ms(100));
    let waiting = departures.clone();
    let late = tokio::spawn(async move {
        for _ in 0..2 {
            waiting.pass(Call::Send).await.ended(Arrival::Answered);
        }
        Instant::now()
    });
    tokio::task::yield_now().await;
    // The processor is kept from it for half a second after its moment.
    tokio::time::advance(ms(600)).await;
    let left = late.await.unwrap();
    departures.pass(Call::Send).await.ended(Arrival::Answered);
    assert!(left.elapsed() >= Duration::from_secs(1), "{:?}", left.elapsed());
}

#[tokio::test(start_paused = true)]
async fn nothing_leaves_while_it_is_held_and_what_waited_counts_from_then_on() {
    let departures = Departures::new(Window::new(2, 1), Duration::ZERO);
    let start = Instant::now();
    departures.hold_until(start + Duration::from_secs(1));
    assert!(!departures.is_fresh(start));
    let mut left = Vec::new();
    for _ in 0..3 {
        departures.pass(Call::Send).await.ended(Arrival::Answered);
        left.push(start.elapsed().as_secs());
    }
    assert_eq!(left, [1, 1, 2]);
    assert!(!departures.is_fresh(Instant::now()));
    assert!(departures.is_fresh(Instant::now() + Duration::from_secs(1)));
}
