//! The rows behind the figures that are shown, and the changes of one line.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use events::Position;

use super::definition::{Definition, Measure, Section};
use super::ledger::{Change, Ledger, Row};
use super::question::{By, Labels, Question, TallyError};
use super::summing::{self, Key, Summing};
use super::tally::{self, name_of};

/// A row behind a figure.
#[derive(Debug, Clone)]
struct Held<'l> {
    net: i64,
    change: &'l Change,
}

type Lines<'l> = BTreeMap<Labels, BTreeMap<&'l str, Held<'l>>>;

/// A row behind a figure, as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedRow {
    /// The section's name.
    pub section: &'static str,
    /// The group's name.
    pub group: String,
    /// The line's labels.
    pub labels: Labels,
    /// How often it counts there.
    pub count: i64,
    /// What it measures.
    pub value: i64,
    /// The row; `None` for rows of anonymous surveys, which are added up.
    pub row: Option<Row>,
    /// When what is counted happened.
    pub at: Option<DateTime<Utc>>,
    /// The event that made it count.
    pub position: Option<Position>,
}

/// The rows behind the figures that are shown.
pub fn rows(
    definition: &'static Definition,
    ledger: &Ledger,
    asked: &Question,
) -> Result<Vec<ListedRow>, TallyError> {
    let mut summing = Summing::new(definition, asked);
    summing.add_ledger(ledger);
    let sums = summing.finish()?;
    let mut listed = Vec::new();
    for (section, sums) in definition.sections.iter().zip(&sums) {
        let grouped = group(section, ledger, asked, sums.keys());
        let hidden = tally::hidden_groups(definition, sums, asked);
        for (key, sums) in sums.iter().filter(|(key, _)| !hidden.contains(*key)) {
            let Some(lines) = grouped.get(key) else { continue };
            let hidden = tally::hidden_labels(definition, section, sums, asked);
            for (labels, rows) in lines {
                if !hidden.contains(&labels[..section.group_labels.min(labels.len())]) {
                    let name = name_of(key, summing::by_of(section, asked));
                    list(section, &name, labels, rows, &mut listed);
                }
            }
        }
    }
    Ok(listed)
}

fn list(
    section: &'static Section,
    group: &str,
    labels: &Labels,
    rows: &BTreeMap<&str, Held<'_>>,
    listed: &mut Vec<ListedRow>,
) {
    let mut unnamed = 0;
    for held in rows.values().filter(|held| held.net != 0) {
        if held.change.row.anonymous {
            unnamed += held.net;
            continue;
        }
        listed.push(ListedRow {
            section: section.name,
            group: group.to_owned(),
            labels: labels.clone(),
            count: held.net,
            value: held.change.value,
            row: Some(Row::clone(&held.change.row)),
            at: Some(held.change.at),
            position: Some(held.change.position),
        });
    }
    if unnamed != 0 {
        listed.push(ListedRow {
            section: section.name,
            group: group.to_owned(),
            labels: labels.clone(),
            count: unnamed,
            value: 0,
            row: None,
            at: None,
            position: None,
        });
    }
}

/// The changes between two positions that touch one line of one group.
pub fn changes_of<'l>(
    section: &'static Section,
    group: &str,
    labels: &Labels,
    ledger: &'l Ledger,
    asked: &Question,
    after: Position,
) -> Vec<&'l Change> {
    let by = summing::by_of(section, asked);
    let touches = |change: &&Change| {
        let cell = ledger.cell(change.cell);
        let counts = change.position > after && change.position <= asked.upto;
        let here = cell.section == section.name && cell.labels == *labels;
        counts && here && summing::covers(section, change, asked) && {
            let name = name_of(&summing::key_of(by, cell, change, asked.zone), by);
            // What is so at the end of a bucket is changed by everything before.
            name == group || (section.measure == Measure::Standing && name.as_str() <= group)
        }
    };
    ledger.changes().iter().filter(touches).collect()
}

/// Every row by its place; of a section of what is so at the end of a bucket, each row in all buckets from its own on.
fn group<'l, 'k>(
    section: &'static Section,
    ledger: &'l Ledger,
    asked: &Question,
    keys: impl Iterator<Item = &'k Key>,
) -> BTreeMap<Key, Lines<'l>> {
    let by = summing::by_of(section, asked);
    let mut groups: BTreeMap<Key, Lines<'l>> = BTreeMap::new();
    let counts = ledger.changes().iter().filter(|change| {
        change.position <= asked.upto
            && ledger.cell(change.cell).section == section.name
            && summing::covers(section, change, asked)
    });
    for change in counts {
        let cell = ledger.cell(change.cell);
        let lines = groups
            .entry(summing::key_of(by, cell, change, asked.zone))
            .or_default();
        add(lines, &cell.labels, change, change.delta);
    }
    if section.measure != Measure::Standing || !matches!(by, Some(By::Span(_))) {
        return groups;
    }
    let mut so_far = Lines::new();
    let mut all = BTreeMap::new();
    let mut left = groups.into_iter().peekable();
    for key in keys {
        while let Some((_, lines)) = left.next_if(|(before, _)| before <= key) {
            for (labels, rows) in lines {
                for held in rows.into_values() {
                    add(&mut so_far, &labels, held.change, held.net);
                }
            }
        }
        all.insert(key.clone(), so_far.clone());
    }
    all
}

fn add<'l>(lines: &mut Lines<'l>, labels: &Labels, change: &'l Change, delta: i64) {
    let rows = match lines.get_mut(labels) {
        Some(rows) => rows,
        None => lines.entry(labels.clone()).or_default(),
    };
    let held = rows.entry(&change.row.id).or_insert(Held { net: 0, change });
    held.net += delta;
    held.change = change;
}
