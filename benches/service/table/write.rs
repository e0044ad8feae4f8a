//! Where the rows go: a file for machines, which keeps rows that were not measured this time, the table of
//! `docs/performance.md`, and plots.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::figure::Row;
use super::growth::Stage;
use super::plot;
use crate::Outcome;

const BEGIN: &str = "<!-- speed table: written by `make bench` -->";
const END: &str = "<!-- end of the speed table -->";

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs")
}

/// All rows that are known, with these in place of their former ones.
pub(crate) fn rows(new: Vec<Row>) -> Outcome<()> {
    let path = docs().join("performance/speed.json");
    std::fs::create_dir_all(docs().join("performance"))?;
    let mut rows: Vec<Row> = match std::fs::read_to_string(&path) {
        Ok(text) => serde_json::from_str(&text)?,
        Err(_) => Vec::new(),
    };
    rows.retain(|row| new.iter().all(|new| new.number != row.number));
    rows.extend(new);
    rows.sort_by_key(|row| row.number);
    std::fs::write(&path, format!("{}\n", serde_json::to_string_pretty(&rows)?))?;
    std::fs::write(docs().join("performance/ratios.svg"), plot::ratios(&rows))?;
    into_page(&table(&rows)?)
}

/// One plot for each thing that should not grow.
pub(crate) fn growth(stages: &[Stage]) -> Outcome<()> {
    std::fs::create_dir_all(docs().join("performance"))?;
    Ok(std::fs::write(
        docs().join("performance/growth.svg"),
        plot::growth(stages),
    )?)
}

fn table(rows: &[Row]) -> Outcome<String> {
    let mut text = String::from("| # | work | measured | target | |\n|---|---|---|---|---|\n");
    for row in rows {
        for (index, figure) in row.figures.iter().enumerate() {
            let (number, work) = match index {
                0 => (row.number.to_string(), row.work.as_str()),
                _ => (String::new(), ""),
            };
            let met = match figure.is_met() {
                None => "",
                Some(true) => "met",
                Some(false) => "**missed**",
            };
            writeln!(
                text,
                "| {number} | {work} | {}: {} | {} | {met} |",
                figure.what,
                figure.shown(),
                figure.wanted()
            )?;
        }
    }
    text.push_str("\nConditions, row by row:\n\n");
    for row in rows {
        writeln!(text, "- {}: {}. {}.", row.number, row.conditions, row.measured)?;
    }
    Ok(text)
}

fn into_page(table: &str) -> Outcome<()> {
    let path = docs().join("performance.md");
    let page = std::fs::read_to_string(&path)?;
    let (before, rest) = page
        .split_once(BEGIN)
        .ok_or("the page has no place for the table")?;
    let (_, after) = rest.split_once(END).ok_or("the table's place has no end")?;
    Ok(std::fs::write(
        path,
        format!("{before}{BEGIN}\n\n{table}\n{END}{after}"),
    )?)
}
