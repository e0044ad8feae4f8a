//! Many stories at once, as many as there are cores, and what they amount to.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::process::played;
use crate::shrink::shortest;
use crate::stage::Outcome;
use crate::story::Plan;

/// What many stories amount to.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    pub(crate) stories: u64,
    pub(crate) points: u64,
    pub(crate) kills: u64,
    pub(crate) events: u64,
    pub(crate) outside_faults: u64,
    pub(crate) cards: u64,
    pub(crate) person_days: f64,
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} stories, {:.0} person-days, {} events in their logs, {} messages in their chats, {} faults outside, {} kills, \
             {} points passed",
            self.stories,
            self.person_days,
            self.events,
            self.cards,
            self.outside_faults,
            self.kills,
            self.points
        )
    }
}

impl Figures {
    fn count(&mut self, outcome: &Outcome) {
        self.stories += 1;
        self.points += outcome.points;
        self.kills += u64::from(outcome.deaths);
        self.events += outcome.events as u64;
        self.outside_faults += outcome.outside_faults;
        self.cards += outcome.cards as u64;
        self.person_days += outcome.person_days;
    }
}

/// Plays all of them. Answers the figures and the plans that went wrong, by their place.
pub(crate) fn all(plans: &[Plan]) -> (Figures, BTreeMap<usize, (Plan, Outcome)>) {
    let threads = std::thread::available_parallelism().map_or(2, std::num::NonZeroUsize::get);
    let (next, sum) = (
        AtomicUsize::new(0),
        Mutex::new((Figures::default(), BTreeMap::new())),
    );
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some((at, plan)) = Some(next.fetch_add(1, Ordering::Relaxed))
                    .and_then(|at| plans.get(at).map(|plan| (at, plan)))
                {
                    let outcome = played(plan);
                    let mut sum = sum.lock().unwrap();
                    sum.0.count(&outcome);
                    if !outcome.faults.is_empty() {
                        sum.1.insert(at, (plan.clone(), outcome));
                    }
                }
            });
        }
    });
    sum.into_inner().unwrap()
}

/// Plays all of them; fails with the shortest story of the first that went wrong.
pub(crate) fn hold(plans: &[Plan]) -> Figures {
    let (figures, mut wrong) = all(plans);
    let Some((_, (plan, outcome))) = wrong.pop_first() else {
        return figures;
    };
    let others: Vec<u64> = wrong.values().map(|(plan, _)| plan.seed).collect();
    let found = outcome.faults.clone();
    let (short, _) = shortest(&plan, outcome);
    panic!(
        "seed {} goes wrong: {found:#?}\nand so do the seeds {others:?}. Its shortest story:\n{}",
        plan.seed,
        story_of(&short)
    );
}

/// A plan and what happens in it, to read.
pub(crate) fn story_of(plan: &Plan) -> String {
    let told = played(&Plan {
        tells: true,
        ..plan.clone()
    });
    let deeds: Vec<String> = plan
        .story()
        .into_iter()
        .map(|(number, deed)| format!("{number:>4} {deed:?}"))
        .collect();
    format!(
        "{}\n--- deeds\n{}\n--- what happened\n{}\n--- what is wrong\n{}\n--- {} points, {} kills, log {}",
        serde_json::to_string(plan).unwrap(),
        deeds.join("\n"),
        told.told.join("\n"),
        told.faults.join("\n"),
        told.points,
        told.deaths,
        told.hash
    )
}
