//! Mutation testing of the product's pure parts: one build holds all mutants, each switched on when a process starts.

mod areas;
mod explained;
mod find;
mod journal;
mod plant;
mod play;
mod process;
mod reach;
mod report;
mod tree;
mod values;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use clap::Parser;

use crate::find::Mutant;
use crate::journal::Journal;
use crate::play::Fate;
use crate::reach::Test;
use crate::tree::{TestBinary, Tree};

/// Tries each mutant of the rules and folds, and tells which ones no test notices.
#[derive(Parser)]
struct Arguments {
    /// Only mutants of this crate, and only its tests
    #[arg(long = "crate")]
    of: Option<String>,
    /// Only mutants of files whose path has one of these in it
    #[arg(long, value_delimiter = ',')]
    files: Vec<String>,
    /// Only mutants whose name has this in it
    #[arg(long)]
    mutant: Option<String>,
    /// Leaves out tests that take longer than so many seconds
    #[arg(long, default_value_t = f64::INFINITY)]
    longest: f64,
    /// Leaves out tests that run whole parts beside each other: what waits there in vain takes a minute
    #[arg(long)]
    quick: bool,
    /// Only tests whose name has one of these in it, on mutants that survived: what newly written tests kill
    #[arg(long, value_delimiter = ',')]
    tests: Vec<String>,
    /// Stops after so many seconds of trying; the next run goes on there
    #[arg(long = "for", default_value_t = u64::MAX)]
    seconds: u64,
    /// Mutants tried at a time
    #[arg(long, default_value_t = 1)]
    jobs: usize,
    /// Tries those again as well that were killed
    #[arg(long)]
    again: bool,
    /// Names the mutants and stops
    #[arg(long)]
    list: bool,
    /// Tells what is known and stops
    #[arg(long)]
    report: bool,
    /// The workspace
    #[arg(long, default_value = ".")]
    workspace: PathBuf,
}

impl Arguments {
    fn choose(&self, mutant: &Mutant) -> bool {
        let crates = self
            .of
            .as_ref()
            .is_none_or(|name| mutant.file.starts_with(&format!("{name}/")));
        let files = self.files.is_empty() || self.files.iter().any(|part| mutant.file.contains(part));
        crates && files && self.mutant.as_ref().is_none_or(|part| mutant.key.contains(part))
    }
}

fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    let workspace = arguments.workspace.canonicalize()?;
    let folder = workspace.join("target/mutants");
    std::fs::create_dir_all(&folder)?;
    let mut tree = Tree::copy(&workspace, folder.join("tree"))?;
    if arguments.list {
        for mutant in tree.mutants.iter().filter(|mutant| arguments.choose(mutant)) {
            println!("{:>4} {}", mutant.line, mutant.key);
        }
        return Ok(ExitCode::SUCCESS);
    }
    let mut journal = Journal::open(&folder.join("journal.ndjson"))?;
    if arguments.report {
        tree.recall();
    } else {
        let began = Instant::now();
        let mut binaries = tree.build()?;
        // No crate's tests reach another one's mutants.
        binaries.retain(|binary| arguments.of.as_ref().is_none_or(|of| binary.is_of(of)));
        binaries.retain(|binary| !arguments.quick || !play::waits(binary));
        eprintln!("built in {} s", began.elapsed().as_secs());
        let tests = reach::measure(&binaries, &folder.join("reached.json"))?;
        journal = try_all(&arguments, &tree, &binaries, &tests, journal)?;
        eprintln!("done in {} s", began.elapsed().as_secs());
    }
    tell(&arguments, &workspace, &tree, &journal)
}

fn try_all(
    arguments: &Arguments,
    tree: &Tree,
    binaries: &[TestBinary],
    tests: &[Test],
    journal: Journal,
) -> anyhow::Result<Journal> {
    let is_open = |number: &usize| {
        let mutant = &tree.mutants[*number];
        let fate = journal.fate(&mutant.key);
        let is_settled = matches!(fate, Some(Fate::Killed(_) | Fate::OutOfTime(_)));
        let is_wanted = if arguments.tests.is_empty() {
            arguments.again || !is_settled
        } else {
            fate.is_some() && !is_settled
        };
        arguments.choose(mutant) && !tree.left_out.contains(number) && is_wanted
    };
    let todo: Vec<usize> = (0..tree.mutants.len()).filter(is_open).collect();
    eprintln!("{} mutants to try", todo.len());
    let (next, journal) = (AtomicUsize::new(0), Mutex::new(journal));
    let began = Instant::now();
    let work = || -> anyhow::Result<()> {
        while began.elapsed().as_secs() < arguments.seconds
            && let Some(number) = todo.get(next.fetch_add(1, Ordering::Relaxed))
        {
            let chosen = |test: &&Test| {
                let is_named = arguments.tests.iter().any(|part| test.name.contains(part));
                test.seconds <= arguments.longest && (arguments.tests.is_empty() || is_named)
            };
            let fate = play::play(*number, binaries, tests, chosen)?;
            let mutant = &tree.mutants[*number];
            let mut journal = journal
                .lock()
                .map_err(|_| anyhow::anyhow!("another worker failed"))?;
            journal.note(&mutant.key, fate)?;
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..arguments.jobs.max(1)).map(|_| scope.spawn(work)).collect();
        workers
            .into_iter()
            .try_for_each(|worker| worker.join().map_err(|_| anyhow::anyhow!("a worker failed"))?)
    })?;
    journal
        .into_inner()
        .map_err(|_| anyhow::anyhow!("a worker failed"))
}

fn tell(arguments: &Arguments, workspace: &Path, tree: &Tree, journal: &Journal) -> anyhow::Result<ExitCode> {
    let explained = explained::read(&workspace.join("tools/mutants/explained.txt"))?;
    let numbered = tree.mutants.iter().enumerate();
    let compiled = numbered.filter(|(number, _)| !tree.left_out.contains(number));
    let chosen: Vec<&Mutant> = compiled
        .map(|(_, mutant)| mutant)
        .filter(|mutant| arguments.choose(mutant))
        .collect();
    let is_clean = report::print(&chosen, journal, &explained);
    println!(
        "\n{} mutants do not compile and are left out.",
        tree.left_out.len()
    );
    Ok(if is_clean {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
