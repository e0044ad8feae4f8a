//! From changes to tables: sums as of a position, in groups, with groups of few people hidden.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use events::Position;

use super::buckets::{self, Span};
use super::definition::{Definition, FEWEST, Measure, Section};
use super::ledger::{Change, Filter, Ledger, Row};
use super::percentile::nearest_rank;

/// By what figures are grouped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum By {
    /// Calendar days, weeks or months.
    Span(Span),
    /// Hours of the day on the zone's clock.
    Hour,
    /// Days of the week.
    Weekday,
    /// Which card.
    Kind,
    /// The programme.
    Program,
    /// From person to person, or to many.
    Class,
    /// The organization.
    Organization,
}

impl By {
    /// Every one, with its name.
    pub const ALL: [(&'static str, Self); 9] = [
        ("day", Self::Span(Span::Day)),
        ("week", Self::Span(Span::Week)),
        ("month", Self::Span(Span::Month)),
        ("hour", Self::Hour),
        ("weekday", Self::Weekday),
        ("kind", Self::Kind),
        ("program", Self::Program),
        ("class", Self::Class),
        ("organization", Self::Organization),
    ];

    /// Its name.
    pub fn as_str(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(_, by)| *by == self)
            .map_or("", |(name, _)| name)
    }
}

/// What is asked of a ledger.
#[derive(Debug, Clone)]
pub struct Question {
    /// By what figures are grouped; `None` for one group.
    pub by: Option<By>,
    /// Whose days and hours.
    pub zone: Tz,
    /// The last position that counts.
    pub upto: Position,
    /// Which period counts, and whether the report narrows.
    pub filter: Filter,
    /// Shows groups of few people too.
    pub small_groups: bool,
}

/// A group's name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    All,
    Date(NaiveDate),
    Text(String),
}

/// A line's labels.
pub type Labels = Vec<Cow<'static, str>>;

/// A row behind a figure.
#[derive(Debug, Clone)]
struct Held<'l> {
    net: i64,
    change: &'l Change,
}

type Lines<'l> = BTreeMap<Labels, BTreeMap<&'l str, Held<'l>>>;

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

/// Why a report cannot be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TallyError {
    /// More groups than anybody reads.
    #[error(
        "the period has more than {MOST_GROUPS} groups of that length; narrow it with --from and --to, or take longer ones"
    )]
    TooManyGroups,
}

/// Groups of one table, at most.
pub const MOST_GROUPS: usize = 5_000;

/// The tables of a report.
pub fn tables(definition: &Definition, ledger: &Ledger, asked: &Question) -> Result<Vec<Table>, TallyError> {
    let sections = definition.sections.iter();
    sections
        .map(|section| table(definition, section, ledger, asked))
        .collect()
}

fn table(
    definition: &Definition,
    section: &'static Section,
    ledger: &Ledger,
    asked: &Question,
) -> Result<Table, TallyError> {
    let grouped = group(section, ledger, asked)?;
    let hidden = hidden_groups(definition, &grouped, asked);
    let groups = grouped.iter().map(|(key, lines)| {
        let is_hidden = hidden.contains(key);
        Group {
            name: name_of(key, by_of(section, asked)),
            hidden: is_hidden,
            lines: if is_hidden {
                Vec::new()
            } else {
                figures(definition, section, lines, asked)
            },
        }
    });
    Ok(Table {
        section,
        by: by_of(section, asked),
        groups: groups.collect(),
    })
}

/// The rows behind the figures that are shown.
pub fn rows(
    definition: &Definition,
    ledger: &Ledger,
    asked: &Question,
) -> Result<Vec<ListedRow>, TallyError> {
    let mut listed = Vec::new();
    for section in definition.sections {
        let grouped = group(section, ledger, asked)?;
        let hidden = hidden_groups(definition, &grouped, asked);
        for (key, lines) in grouped.iter().filter(|(key, _)| !hidden.contains(*key)) {
            let hidden = hidden_labels(definition, section, lines, asked);
            for (labels, rows) in lines {
                if !hidden.contains(&labels[..section.group_labels.min(labels.len())]) {
                    list(
                        section,
                        &name_of(key, by_of(section, asked)),
                        labels,
                        rows,
                        &mut listed,
                    );
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
    let by = by_of(section, asked);
    let touches = |change: &&Change| {
        let cell = ledger.cell(change.cell);
        let counts = change.position > after && change.position <= asked.upto;
        let here = cell.section == section.name && cell.labels == *labels;
        counts && here && is_in_period(section, change, asked) && {
            let name = name_of(&key_of(by, change, asked.zone), by);
            // What is so at the end of a bucket is changed by everything before.
            name == group || (section.measure == Measure::Standing && name.as_str() <= group)
        }
    };
    ledger.changes().iter().filter(touches).collect()
}

/// Hours and days of the week say nothing of what is so at the end of a bucket.
fn by_of(section: &Section, asked: &Question) -> Option<By> {
    let standing = section.measure == Measure::Standing;
    asked
        .by
        .filter(|by| !(standing && matches!(by, By::Hour | By::Weekday)))
}

fn is_in_period(section: &Section, change: &Change, asked: &Question) -> bool {
    match section.measure {
        Measure::Standing => asked.filter.to.is_none_or(|to| change.at < to),
        Measure::Count(_) | Measure::Duration | Measure::Number => asked.filter.covers(change.at),
    }
}

fn key_of(by: Option<By>, change: &Change, zone: Tz) -> Key {
    let row = &change.row;
    let text = |text: Option<String>| Key::Text(text.unwrap_or_else(|| "(none)".to_owned()));
    match by {
        None => Key::All,
        Some(By::Span(span)) => Key::Date(span.start(change.at, zone)),
        Some(By::Hour) => Key::Text(buckets::hour(change.at, zone)),
        Some(By::Weekday) => Key::Text(buckets::weekday(change.at, zone)),
        Some(By::Kind) => text(row.kind.map(|kind| kind.as_str().to_owned())),
        Some(By::Program) => text(row.program.clone()),
        Some(By::Class) => text(row.class.map(|class| crate::database::name_of(&class))),
        Some(By::Organization) => text(row.organization.as_ref().map(ToString::to_string)),
    }
}

fn name_of(key: &Key, by: Option<By>) -> String {
    match (key, by) {
        (Key::All, _) => String::new(),
        (Key::Date(date), Some(By::Span(span))) => span.name(*date),
        (Key::Date(date), _) => date.to_string(),
        (Key::Text(text), _) => text.clone(),
    }
}

fn group<'l>(
    section: &'static Section,
    ledger: &'l Ledger,
    asked: &Question,
) -> Result<BTreeMap<Key, Lines<'l>>, TallyError> {
    let by = by_of(section, asked);
    let mut groups: BTreeMap<Key, Lines<'l>> = BTreeMap::new();
    let counts = ledger.changes().iter().filter(|change| {
        change.position <= asked.upto
            && ledger.cell(change.cell).section == section.name
            && is_in_period(section, change, asked)
    });
    for change in counts {
        let lines = groups.entry(key_of(by, change, asked.zone)).or_default();
        add(lines, &ledger.cell(change.cell).labels, change, change.delta);
        if groups.len() > MOST_GROUPS {
            return Err(TallyError::TooManyGroups);
        }
    }
    if let Some(By::Span(span)) = by {
        fill(&mut groups, span, asked)?;
        if section.measure == Measure::Standing {
            return Ok(accumulated(groups, span, asked));
        }
    }
    if by.is_none() {
        groups.entry(Key::All).or_default();
    }
    Ok(groups)
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

/// Buckets in which nothing happened have figures too: none.
fn fill(groups: &mut BTreeMap<Key, Lines<'_>>, span: Span, asked: &Question) -> Result<(), TallyError> {
    let date = |key: Option<&Key>| match key {
        Some(Key::Date(date)) => Some(*date),
        Some(Key::All | Key::Text(_)) | None => None,
    };
    let start = |at: DateTime<Utc>| span.start(at, asked.zone);
    let first = asked
        .filter
        .from
        .map(start)
        .or_else(|| date(groups.keys().next()));
    let last = asked
        .filter
        .to
        .map(|to| start(to - chrono::TimeDelta::milliseconds(1)));
    let last = last.or_else(|| date(groups.keys().next_back()));
    let (Some(mut next), Some(last)) = (first, last) else {
        return Ok(());
    };
    while next <= last {
        groups.entry(Key::Date(next)).or_default();
        if groups.len() > MOST_GROUPS {
            return Err(TallyError::TooManyGroups);
        }
        let Some(after) = span.next(next) else { break };
        next = after;
    }
    Ok(())
}

/// What is so at the end of each bucket: everything that came before it too.
fn accumulated<'l>(
    groups: BTreeMap<Key, Lines<'l>>,
    span: Span,
    asked: &Question,
) -> BTreeMap<Key, Lines<'l>> {
    let from = asked
        .filter
        .from
        .map(|from| Key::Date(span.start(from, asked.zone)));
    let mut so_far = Lines::new();
    let mut all = BTreeMap::new();
    for (key, lines) in groups {
        for (labels, rows) in lines {
            for held in rows.into_values() {
                add(&mut so_far, &labels, held.change, held.net);
            }
        }
        if from.as_ref().is_none_or(|from| key >= *from) {
            all.insert(key, so_far.clone());
        }
    }
    all
}

fn people<'l>(rows: impl IntoIterator<Item = &'l Held<'l>>) -> BTreeSet<&'l str> {
    let counted = rows.into_iter().filter(|held| held.net != 0);
    counted.map(|held| held.change.row.person.as_str()).collect()
}

/// Whether groups of few people are hidden in this report.
fn guards(definition: &Definition, asked: &Question) -> bool {
    let parts = asked.by.is_some() || asked.filter.narrows();
    !asked.small_groups && (definition.guarded || parts)
}

fn hidden_groups(
    definition: &Definition,
    groups: &BTreeMap<Key, Lines<'_>>,
    asked: &Question,
) -> BTreeSet<Key> {
    if !guards(definition, asked) {
        return BTreeSet::new();
    }
    let sizes = groups.iter().map(|(key, lines)| {
        let people = people(lines.values().flat_map(BTreeMap::values));
        (key.clone(), people.into_iter().map(ToOwned::to_owned).collect())
    });
    small(sizes.collect())
}

fn hidden_labels(
    definition: &Definition,
    section: &Section,
    lines: &Lines<'_>,
    asked: &Question,
) -> BTreeSet<Labels> {
    let guarded = !asked.small_groups && (definition.guarded || section.group_labels > 0);
    if !guarded || section.group_labels == 0 {
        return BTreeSet::new();
    }
    let mut sizes: BTreeMap<Labels, BTreeSet<String>> = BTreeMap::new();
    for (labels, rows) in lines {
        let prefix = labels.iter().take(section.group_labels).cloned().collect();
        let people = people(rows.values()).into_iter().map(ToOwned::to_owned);
        sizes.entry(prefix).or_default().extend(people);
    }
    small(sizes)
}

/// The groups that are too small to be shown. Where those would be found by taking what is shown from the whole, the next
/// smallest is hidden with them.
fn small<K: Ord + Clone>(sizes: BTreeMap<K, BTreeSet<String>>) -> BTreeSet<K> {
    let mut hidden = BTreeSet::new();
    let mut behind: BTreeSet<String> = BTreeSet::new();
    for (key, people) in &sizes {
        if (1..FEWEST).contains(&people.len()) {
            hidden.insert(key.clone());
            behind.extend(people.iter().cloned());
        }
    }
    while !hidden.is_empty() && behind.len() < FEWEST {
        let shown = sizes
            .iter()
            .filter(|(key, people)| !people.is_empty() && !hidden.contains(*key));
        let Some((key, people)) = shown.min_by_key(|(key, people)| (people.len(), (*key).clone())) else {
            break;
        };
        hidden.insert(key.clone());
        behind.extend(people.iter().cloned());
    }
    hidden
}

fn figures(
    definition: &Definition,
    section: &'static Section,
    lines: &Lines<'_>,
    asked: &Question,
) -> Vec<Line> {
    let hidden = hidden_labels(definition, section, lines, asked);
    let none = BTreeMap::new();
    let fixed: Vec<Labels> = section
        .lines
        .iter()
        .map(|labels| labels.iter().map(|label| Cow::Borrowed(*label)).collect())
        .collect();
    let others = lines.keys().filter(|labels| !fixed.contains(labels));
    let mut written: Vec<Line> = Vec::new();
    for labels in fixed.iter().chain(others) {
        let rows = lines.get(labels).unwrap_or(&none);
        let prefix: Labels = labels.iter().take(section.group_labels).cloned().collect();
        if hidden.contains(&prefix) {
            let line = hidden_line(section, prefix);
            if written.last() != Some(&line) {
                written.push(line);
            }
            continue;
        }
        let is_fixed = fixed.contains(labels);
        if is_fixed || rows.values().any(|held| held.net != 0) {
            written.push(Line {
                labels: labels.clone(),
                figures: figure(section, rows, lines),
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

fn total(rows: &BTreeMap<&str, Held<'_>>) -> i64 {
    rows.values().map(|held| held.net).sum()
}

fn figure(section: &Section, rows: &BTreeMap<&str, Held<'_>>, lines: &Lines<'_>) -> Figures {
    match section.measure {
        Measure::Count(base) => {
            let of = base.map(|base| {
                let base: Labels = base.iter().map(|label| Cow::Borrowed(*label)).collect();
                lines.get(&base).map_or(0, total)
            });
            Figures::Count {
                count: total(rows),
                of,
            }
        }
        Measure::Standing => Figures::Count {
            count: total(rows),
            of: None,
        },
        Measure::Duration | Measure::Number => spread(rows),
    }
}

fn spread(rows: &BTreeMap<&str, Held<'_>>) -> Figures {
    let mut values: Vec<i64> = Vec::new();
    for held in rows.values() {
        for _ in 0..held.net.max(0) {
            values.push(held.change.value);
        }
    }
    values.sort_unstable();
    Figures::Spread {
        count: total(rows),
        median: nearest_rank(&values, 50),
        p90: nearest_rank(&values, 90),
    }
}
