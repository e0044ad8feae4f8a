//! The shortest story with the same kind of fault: parts are left out for as long as it still goes wrong.

use std::collections::BTreeSet;

use crate::process::played;
use crate::stage::Outcome;
use crate::story::Plan;

/// Stories played in search of a shorter one, at most.
const MOST: u32 = 150;

/// Plays with fewer kills, without faults outside, with fewer deeds and people. Answers what is left, and its outcome.
pub(crate) fn shortest(plan: &Plan, outcome: Outcome) -> (Plan, Outcome) {
    let mut search = Search {
        plan: plan.clone(),
        kinds: outcome.faults.iter().map(|fault| kind(fault)).collect(),
        outcome,
        left: MOST,
    };
    search.tries(|plan| plan.kills.clear());
    for at in (0..search.plan.kills.len()).rev() {
        search.tries(|plan| {
            if at < plan.kills.len() {
                plan.kills.remove(at);
            }
        });
    }
    search.tries(|plan| plan.faults = 0);
    search.tries(|plan| plan.deeds /= 2);
    search.tries(|plan| plan.deeds = plan.deeds * 3 / 4);
    let mut part = search.deeds().len().div_ceil(2).max(1);
    loop {
        let mut at = 0;
        while at < search.deeds().len() {
            let deeds = search.deeds();
            let left_out: Vec<usize> = deeds.into_iter().skip(at).take(part).collect();
            if !search.tries(|plan| plan.without.extend(&left_out)) {
                at += part;
            }
        }
        if part == 1 || search.left == 0 {
            return (search.plan, search.outcome);
        }
        part = part.div_ceil(2);
    }
}

/// What a fault says, without the words that name one card, person or number.
fn kind(fault: &str) -> String {
    let words = fault.split_whitespace();
    let words = words.filter(|word| !word.contains(|letter: char| letter.is_ascii_digit()));
    words.collect::<Vec<_>>().join(" ")
}

struct Search {
    plan: Plan,
    /// What went wrong in the story that is to be made shorter.
    kinds: BTreeSet<String>,
    outcome: Outcome,
    left: u32,
}

impl Search {
    /// The numbers of the deeds that are in it.
    fn deeds(&self) -> Vec<usize> {
        self.plan.story().into_iter().map(|(number, _)| number).collect()
    }

    /// Whether one of the faults that are to be found is among these.
    fn is_the_same(&self, outcome: &Outcome) -> bool {
        let mut kinds = outcome.faults.iter().map(|fault| kind(fault));
        kinds.any(|kind| self.kinds.contains(&kind))
    }

    /// Keeps a change under which it still goes wrong.
    fn tries(&mut self, change: impl FnOnce(&mut Plan)) -> bool {
        let mut plan = self.plan.clone();
        change(&mut plan);
        if self.left == 0 || plan.is(&self.plan) {
            return false;
        }
        self.left -= 1;
        let outcome = played(&plan);
        let goes_wrong = self.is_the_same(&outcome);
        if goes_wrong {
            (self.plan, self.outcome) = (plan, outcome);
        }
        goes_wrong
    }
}
