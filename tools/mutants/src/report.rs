//! What became of the mutants, by area, and which survivors nobody has explained.

use std::collections::BTreeMap;

use crate::areas;
use crate::find::Mutant;
use crate::journal::Journal;
use crate::play::Fate;

#[derive(Default)]
struct Counts {
    mutants: usize,
    killed: usize,
    out_of_time: usize,
    explained: usize,
    open: usize,
    untried: usize,
}

/// Prints the table and the open survivors; whether there are none.
pub fn print(mutants: &[&Mutant], journal: &Journal, explained: &BTreeMap<String, String>) -> bool {
    let mut by_area: BTreeMap<&str, Counts> = BTreeMap::new();
    let mut open = Vec::new();
    for mutant in mutants {
        let counts = by_area
            .entry(areas::of(&mutant.file).unwrap_or_default())
            .or_default();
        counts.mutants += 1;
        match journal.fate(&mutant.key) {
            Some(Fate::Killed(_)) => counts.killed += 1,
            Some(Fate::OutOfTime(_)) => counts.out_of_time += 1,
            Some(Fate::Survived | Fate::Unreached) if explained.contains_key(&mutant.key) => {
                counts.explained += 1
            }
            Some(fate) => {
                counts.open += 1;
                open.push((mutant, fate));
            }
            None => counts.untried += 1,
        }
    }
    for (mutant, fate) in &open {
        let how = if **fate == Fate::Unreached {
            "unreached"
        } else {
            "survived "
        };
        println!("{how} {:>4} {}", mutant.line, mutant.key);
    }
    println!(
        "\n| area | mutants | killed | of them out of time | survived, explained | survived, open | not tried |"
    );
    println!("|---|---|---|---|---|---|---|");
    let mut all = Counts::default();
    for (area, counts) in areas::names().filter_map(|name| Some((name, by_area.get(name)?))) {
        row(area, counts);
        all.mutants += counts.mutants;
        all.killed += counts.killed;
        all.out_of_time += counts.out_of_time;
        all.explained += counts.explained;
        all.open += counts.open;
        all.untried += counts.untried;
    }
    row("all", &all);
    open.is_empty() && all.untried == 0
}

fn row(area: &str, counts: &Counts) {
    let killed = counts.killed + counts.out_of_time;
    let tried = counts.mutants - counts.untried;
    let share = if tried == 0 {
        0.0
    } else {
        100.0 * killed as f64 / tried as f64
    };
    println!(
        "| {area} | {} | {killed} ({share:.1} %) | {} | {} | {} | {} |",
        counts.mutants, counts.out_of_time, counts.explained, counts.open, counts.untried
    );
}
