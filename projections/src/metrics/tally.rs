//! From sums to tables: figures as of a position, in groups, with groups of few people hidden.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::crowd::Crowd;
use super::definition::{Definition, FEWEST, Measure, Section};
use super::ledger::Ledger;
use super::percentile::nearest_rank;
pub use super::question::{By, Labels, MOST_GROUPS, Question, TallyError};
use super::summing::{Group as Sums, Key, People, Sum, Summing};

/// A line's figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Figures {
    /// Not shown, since few people are behind it.
    Hidden,
    /// How many.
    Count {
        /// How many.
        count: i64,
        /// Of how many, where the section has a base.
        of: Option<i64>,
    },
    /// How many values, and where they lie.
    Spread {
        /// How many values.
        count: i64,
        /// Half of them are at most this.
        median: Option<i64>,
        /// Nine tenths of them are at most this.
        p90: Option<i64>,
    },
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its labels, in the order of the section's.
    pub labels: Labels,
    /// Its figures.
    pub figures: Figures,
}

/// Lines of one group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Its name; empty where there is one for all.
    pub name: String,
    /// Whether it is hidden, since few people are behind it.
    pub hidden: bool,
    /// Its lines, in order.
    pub lines: Vec<Line>,
}

/// A section's figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// The section.
    pub section: &'static Section,
    /// By what it is grouped.
    pub by: Option<By>,
    /// Its groups, in order.
    pub groups: Vec<Group>,
}

/// The tables of a report.
pub fn tables(
    definition: &'static Definition,
    ledger: &Ledger,
    asked: &Question,
) -> Result<Vec<Table>, TallyError> {
    let mut summing = Summing::new(definition, asked);
    summing.add_ledger(ledger);
    tables_of(definition, summing, asked)
}

/// The tables of what was summed up.
pub(super) fn tables_of(
    definition: &'static Definition,
    summing: Summing<'_>,
    asked: &Question,
) -> Result<Vec<Table>, TallyError> {
    let sums = summing.finish()?;
    let sections = definition.sections.iter().zip(&sums);
    let tables = sections.map(|(section, groups)| table(definition, section, groups, asked));
    Ok(tables.collect())
}

fn table(
    definition: &Definition,
    section: &'static Section,
    groups: &BTreeMap<Key, Sums>,
    asked: &Question,
) -> Table {
    let hidden = hidden_groups(definition, groups, asked);
    let by = super::summing::by_of(section, asked);
    let groups = groups.iter().map(|(key, sums)| {
        let is_hidden = hidden.contains(key);
        Group {
            name: name_of(key, by),
            hidden: is_hidden,
            lines: if is_hidden {
                Vec::new()
            } else {
                figures(definition, section, sums, asked)
            },
        }
    });
    Table {
        section,
        by,
        groups: groups.collect(),
    }
}

pub(super) fn name_of(key: &Key, by: Option<By>) -> String {
    match (key, by) {
        (Key::All, _) => String::new(),
        (Key::Date(date), Some(By::Span(span))) => span.name(*date),
        (Key::Date(date), _) => date.to_string(),
        (Key::Text(text), _) => text.clone(),
    }
}

/// Whether groups of few people are hidden in this report.
fn guards(definition: &Definition, asked: &Question) -> bool {
    let parts = asked.by.is_some() || asked.filter.narrows();
    !asked.small_groups && (definition.guarded || parts)
}

pub(super) fn hidden_groups(
    definition: &Definition,
    groups: &BTreeMap<Key, Sums>,
    asked: &Question,
) -> BTreeSet<Key> {
    if !guards(definition, asked) {
        return BTreeSet::new();
    }
    let sizes = groups
        .iter()
        .map(|(key, sums)| (key.clone(), sums.people.clone()));
    small(sizes.collect())
}

pub(super) fn hidden_labels(
    definition: &Definition,
    section: &Section,
    sums: &Sums,
    asked: &Question,
) -> BTreeSet<Labels> {
    let guarded = !asked.small_groups && (definition.guarded || section.group_labels > 0);
    if !guarded || section.group_labels == 0 {
        return BTreeSet::new();
    }
    let behind = sums.behind_labels.iter();
    small(
        behind
            .map(|(labels, crowd)| (labels.clone(), People::of(crowd)))
            .collect(),
    )
}

/// The groups that are too small to be shown. Where those would be found by taking what is shown from the whole, the next
/// smallest is hidden with them.
fn small<K: Ord + Clone>(sizes: BTreeMap<K, People>) -> BTreeSet<K> {
    let mut hidden = BTreeSet::new();
    let mut behind = Crowd::default();
    for (key, people) in &sizes {
        if let People::Few(crowd) = people
            && crowd.size() > 0
        {
            hidden.insert(key.clone());
            behind.extend(crowd);
        }
    }
    while !hidden.is_empty() && behind.size() < FEWEST {
        let shown = sizes
            .iter()
            .filter(|(key, people)| people.size() > 0 && !hidden.contains(*key));
        let Some((key, people)) = shown.min_by_key(|(key, people)| (people.size(), (*key).clone())) else {
            break;
        };
        hidden.insert(key.clone());
        match people {
            People::Few(crowd) => behind.extend(crowd),
            // Of many it takes no more.
            People::Many(_) => break,
        }
    }
    hidden
}

fn figures(definition: &Definition, section: &'static Section, sums: &Sums, asked: &Question) -> Vec<Line> {
    let hidden = hidden_labels(definition, section, sums, asked);
    let none = Sum::default();
    let fixed: Vec<Labels> = section
        .lines
        .iter()
        .map(|labels| labels.iter().map(|label| Cow::Borrowed(*label)).collect())
        .collect();
    let others = sums.lines.keys().filter(|labels| !fixed.contains(labels));
    let mut written: Vec<Line> = Vec::new();
    for labels in fixed.iter().chain(others) {
        let sum = sums.lines.get(labels).unwrap_or(&none);
        let prefix: Labels = labels.iter().take(section.group_labels).cloned().collect();
        if hidden.contains(&prefix) {
            let line = hidden_line(section, prefix);
            if written.last() != Some(&line) {
                written.push(line);
            }
            continue;
        }
        if sum.any || fixed.contains(labels) {
            written.push(Line {
                labels: labels.clone(),
                figures: figure(section, sum, sums),
            });
        }
    }
    written
}

fn hidden_line(section: &Section, mut prefix: Labels) -> Line {
    prefix.resize(section.labels.len(), Cow::Borrowed(""));
    Line {
        labels: prefix,
        figures: Figures::Hidden,
    }
}

fn figure(section: &Section, sum: &Sum, sums: &Sums) -> Figures {
    match section.measure {
        Measure::Count(base) => {
            let of = base.map(|base| {
                let base: Labels = base.iter().map(|label| Cow::Borrowed(*label)).collect();
                sums.lines.get(&base).map_or(0, |sum| sum.total)
            });
            Figures::Count { count: sum.total, of }
        }
        Measure::Standing => Figures::Count {
            count: sum.total,
            of: None,
        },
        Measure::Duration | Measure::Number => {
            let mut values = sum.values.clone();
            values.sort_unstable();
            Figures::Spread {
                count: sum.total,
                median: nearest_rank(&values, 50),
                p90: nearest_rank(&values, 90),
            }
        }
    }
}
