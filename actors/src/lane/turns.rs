//! Room for requests under way, shared by all tenants and given out in weighted turns.
//!
//! Each turn has a price, the smaller the heavier the tenant, and is given to whoever has paid least so far. So while
//! several wait, each gets a share of the turns that is proportional to its weight, and a tenant with a hundred
//! thousand cards takes its turn like one with a single card. Who had nothing to send meanwhile gains a head start
//! of one turn at most, so a quiet tenant goes first when it comes and cannot save up. Nobody starves: each turn that
//! others get raises what they have paid, until it exceeds what the waiting one would pay.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use tokio::sync::oneshot;

/// The price of one turn of a tenant of weight 1.
const PRICE: u64 = 1 << 20;

/// See the module. All clones share the room.
#[derive(Debug, Clone)]
pub(super) struct Turns(Arc<Mutex<Waiting>>);

#[derive(Debug)]
struct Waiting {
    free: usize,
    /// What the newest turn's owner had paid with it.
    paid: u64,
    /// Numbers those who wait, so that of two with the same price the first goes first.
    next: u64,
    queue: BTreeMap<(u64, u64), oneshot::Sender<Place>>,
}

/// One tenant's share, and what it has paid.
#[derive(Debug, Clone, Copy)]
pub(super) struct Account {
    price: u64,
    paid: u64,
}

impl Account {
    pub(super) fn new(weight: NonZeroU32) -> Self {
        Self {
            price: (PRICE / u64::from(weight.get())).max(1),
            paid: 0,
        }
    }

    /// Notes that a turn was taken.
    pub(super) fn took(&mut self, place: &Place) {
        self.paid = place.paid;
    }
}

/// Room for one request, given back when dropped.
#[derive(Debug)]
pub(super) struct Place {
    turns: Turns,
    paid: u64,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.turns.give_back();
    }
}

impl Turns {
    pub(super) fn new(room: usize) -> Self {
        Self(Arc::new(Mutex::new(Waiting {
            free: room.max(1),
            paid: 0,
            next: 0,
            queue: BTreeMap::new(),
        })))
    }

    /// Asks for room. Who stops waiting pays nothing.
    pub(super) fn ask(&self, account: Account) -> Asked {
        let (grant, granted) = oneshot::channel();
        let key = {
            let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let pays = (account.paid + account.price).max(waiting.paid);
            let key = (pays, waiting.next);
            waiting.next += 1;
            waiting.queue.insert(key, grant);
            key
        };
        self.serve();
        Asked {
            turns: self.clone(),
            key,
            granted,
        }
    }

    fn give_back(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).free += 1;
        self.serve();
    }

    /// Gives free room to those who have paid least.
    fn serve(&self) {
        loop {
            let (grant, place) = {
                let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
                if waiting.free == 0 {
                    return;
                }
                let Some(((paid, _), grant)) = waiting.queue.pop_first() else {
                    return;
                };
                waiting.free -= 1;
                waiting.paid = waiting.paid.max(paid);
                let turns = self.clone();
                (grant, Place { turns, paid })
            };
            // Who stopped waiting in this moment gives it back by dropping it, which serves the next.
            drop(grant.send(place));
        }
    }
}

/// Waits for room.
#[derive(Debug)]
pub(super) struct Asked {
    turns: Turns,
    key: (u64, u64),
    granted: oneshot::Receiver<Place>,
}

impl Future for Asked {
    type Output = Option<Place>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Poll::Ready(ready!(Pin::new(&mut self.granted).poll(context)).ok())
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        let mut waiting = self.turns.0.lock().unwrap_or_else(PoisonError::into_inner);
        let grant = waiting.queue.remove(&self.key);
        drop(waiting);
        drop(grant);
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;
    use proptest::prelude::*;

    use super::*;

    fn weight(weight: u32) -> NonZeroU32 {
        NonZeroU32::new(weight).unwrap()
    }

    /// Gives `turns` turns to tenants that always have something to send; answers who got each.
    fn played(weights: &[u32], room: usize, turns: usize) -> Vec<usize> {
        let shared = Turns::new(room);
        let mut accounts: Vec<Account> = weights.iter().map(|w| Account::new(weight(*w))).collect();
        let mut asked: Vec<Asked> = accounts.iter().map(|account| shared.ask(*account)).collect();
        let mut under_way = std::collections::VecDeque::new();
        let mut order = Vec::new();
        while order.len() < turns {
            for index in 0..asked.len() {
                if let Some(Some(place)) = (&mut asked[index]).now_or_never() {
                    accounts[index].took(&place);
                    asked[index] = shared.ask(accounts[index]);
                    under_way.push_back(place);
                    order.push(index);
                }
            }
            // The oldest request ends.
            drop(under_way.pop_front());
        }
        order
    }

    proptest! {
        #[test]
        fn a_tenants_share_of_the_turns_is_that_of_its_weight(
            weights in prop::collection::vec(1..=20_u32, 2..8), room in 1..5_usize,
        ) {
            let turns = 4_000;
            let order = played(&weights, room, turns);
            let sum: u32 = weights.iter().sum();
            for (tenant, weight) in weights.iter().enumerate() {
                let got = order.iter().take(turns).filter(|other| **other == tenant).count() as f64;
                let fair = turns as f64 * f64::from(*weight) / f64::from(sum);
                let slack = (room * weights.len() + 2) as f64;
                prop_assert!((got - fair).abs() <= slack, "{tenant} got {got}, not {fair}: {weights:?}");
            }
        }

        #[test]
        fn nobody_waits_longer_than_one_round_of_all_weights(
            weights in prop::collection::vec(1..=50_u32, 2..8), room in 1..5_usize,
        ) {
            let order = played(&weights, room, 2_000);
            let sum: u32 = weights.iter().sum();
            for (tenant, weight) in weights.iter().enumerate() {
                let round = usize::try_from(sum.div_ceil(*weight)).unwrap() + room * weights.len() + 2;
                let mut waited = 0;
                for other in &order {
                    waited = if *other == tenant { 0 } else { waited + 1 };
                    prop_assert!(waited <= round, "{tenant} waited for {waited} turns: {weights:?}");
                }
            }
        }
    }

    #[test]
    fn who_was_quiet_goes_first_and_has_saved_up_one_turn_at_most() {
        let turns = Turns::new(1);
        let mut busy = Account::new(weight(1));
        let quiet = Account::new(weight(1));
        for _ in 0..100 {
            let place = turns.ask(busy).now_or_never().flatten().unwrap();
            busy.took(&place);
        }
        let held = turns.ask(busy).now_or_never().flatten().unwrap();
        busy.took(&held);
        let mut again = turns.ask(busy);
        let mut came = turns.ask(quiet);
        drop(held);
        let first = (&mut came)
            .now_or_never()
            .flatten()
            .expect("the quiet one goes first");
        let mut quiet = quiet;
        quiet.took(&first);
        let mut more = turns.ask(quiet);
        drop(first);
        let second = (&mut more).now_or_never().flatten();
        drop(second);
        assert!(
            (&mut again).now_or_never().flatten().is_some(),
            "the busy one must follow"
        );
    }

    #[test]
    fn who_stops_waiting_leaves_nothing_behind_and_takes_no_room() {
        let turns = Turns::new(1);
        let account = Account::new(weight(1));
        let held = turns.ask(account).now_or_never().flatten().unwrap();
        let waiting = turns.ask(account);
        let given_up = turns.ask(account);
        drop(waiting);
        drop(held);
        // Granted, and dropped before it was looked at.
        drop(given_up);
        assert!(turns.ask(account).now_or_never().flatten().is_some());
        assert!(turns.0.lock().unwrap().queue.is_empty());
    }
}
