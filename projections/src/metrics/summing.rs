//! Sums of changes by group and line, from whatever they are read: the changes of a fold, or those that a checkpoint kept.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use events::OrganizationId;
use events::organization::{CardKind, Class};

use super::buckets::{self, Span};
use super::crowd::{Crowd, code, person_code};
use super::definition::{Definition, FEWEST, Measure, Section};
use super::ledger::{Cell, Ledger, Row};
use super::question::{By, Labels, MOST_GROUPS, Question, TallyError};

/// A group's name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Key {
    All,
    Date(NaiveDate),
    Text(String),
}

/// What decides where a change counts, apart from when.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Place {
    pub(super) cell: Cell,
    pub(super) organization: Option<OrganizationId>,
    pub(super) program: Option<String>,
    pub(super) kind: Option<CardKind>,
    pub(super) class: Option<Class>,
    pub(super) event_type: Option<String>,
}

impl Place {
    pub(super) fn of(cell: &Cell, row: &Row) -> Self {
        Self {
            cell: cell.clone(),
            organization: row.organization.clone(),
            program: row.program.clone(),
            kind: row.kind,
            class: row.class,
            event_type: row.event_type.clone(),
        }
    }
}

/// Where the changes of a place count in the tables that are asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Target {
    section: usize,
    line: u32,
    /// The group, where it does not go by time.
    group: Option<u32>,
}

/// A change without its row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) position: u64,
    /// When what is counted happened, in microseconds.
    pub(super) at: i64,
    /// The row's number, see [`code`].
    pub(super) row: u64,
    /// The person's, see [`person_code`].
    pub(super) person: u64,
    pub(super) value: i64,
    pub(super) delta: i64,
}

/// One line of one group.
#[derive(Debug, Clone, Default)]
pub(super) struct Sum {
    /// How many rows count, each as often as it does.
    pub(super) total: i64,
    /// Whether any counts.
    pub(super) any: bool,
    /// What they measure, where that is asked for.
    pub(super) values: Vec<i64>,
    rows: HashMap<u64, Held>,
}

#[derive(Debug, Clone, Copy)]
struct Held {
    net: i64,
    person: u64,
}

/// One group.
#[derive(Debug, Default)]
pub(super) struct Group {
    pub(super) lines: BTreeMap<Labels, Sum>,
    /// Who is behind it; of many people only how many, since nobody asks more of them.
    pub(super) people: People,
    /// The same by the first labels of a line, where those name a group of people.
    pub(super) behind_labels: BTreeMap<Labels, Crowd>,
}

/// Who is behind a group.
#[derive(Debug, Clone)]
pub(super) enum People {
    Few(Crowd),
    Many(usize),
}

impl Default for People {
    fn default() -> Self {
        Self::Few(Crowd::default())
    }
}

impl People {
    pub(super) fn of(crowd: &Crowd) -> Self {
        match crowd.size() {
            size if size < FEWEST => Self::Few(crowd.clone()),
            size => Self::Many(size),
        }
    }

    pub(super) fn size(&self) -> usize {
        match self {
            Self::Few(crowd) => crowd.size(),
            Self::Many(size) => *size,
        }
    }
}

#[derive(Debug)]
struct SectionSums {
    section: &'static Section,
    by: Option<By>,
    keys: Vec<Key>,
    key_numbers: HashMap<Key, u32>,
    lines: Vec<Labels>,
    line_numbers: HashMap<Labels, u32>,
    /// By group and line.
    sums: HashMap<(u32, u32), Sum>,
    crowds: HashMap<u32, Crowd>,
    label_crowds: HashMap<(u32, u32), Crowd>,
    /// Groups of moments, by quarter of an hour.
    moments: HashMap<i64, u32>,
    last_moment: Option<(i64, u32)>,
}

/// Sums in the making.
#[derive(Debug)]
pub(super) struct Summing<'q> {
    definition: &'static Definition,
    asked: &'q Question,
    /// Whether anybody asks who is behind a group.
    guarded: bool,
    sections: Vec<SectionSums>,
}

const QUARTER: i64 = 15 * 60 * 1_000_000;

/// From 1980 on every zone's clocks differ from UTC by whole quarters of an hour.
const QUARTERS_SINCE: i64 = 315_532_800 * 1_000_000;

impl<'q> Summing<'q> {
    pub(super) fn new(definition: &'static Definition, asked: &'q Question) -> Self {
        let sections = definition.sections.iter().map(|section| SectionSums {
            section,
            by: by_of(section, asked),
            keys: Vec::new(),
            key_numbers: HashMap::new(),
            lines: Vec::new(),
            line_numbers: HashMap::new(),
            sums: HashMap::new(),
            crowds: HashMap::new(),
            label_crowds: HashMap::new(),
            moments: HashMap::new(),
            last_moment: None,
        });
        Self {
            definition,
            asked,
            guarded: !asked.small_groups,
            sections: sections.collect(),
        }
    }

    /// Where the changes of a place count; `None` where nothing of them is asked for.
    pub(super) fn target(&mut self, place: &Place) -> Option<Target> {
        let filter = &self.asked.filter;
        if !filter.admits(
            place.organization.as_ref(),
            place.program.as_ref(),
            place.kind,
            place.event_type.as_ref(),
        ) {
            return None;
        }
        let mut sections = self.definition.sections.iter();
        let section = sections.position(|section| section.name == place.cell.section)?;
        let sums = &mut self.sections[section];
        let line = sums.line(&place.cell.labels);
        let group = text_key(sums.by, place).map(|key| sums.key(key));
        Some(Target { section, line, group })
    }

    /// Adds a change. Those of one row come in the log's order.
    pub(super) fn add(&mut self, target: Target, entry: &Entry) {
        let sums = &mut self.sections[target.section];
        if entry.position > self.asked.upto.0 || !is_in_period(sums.section, entry.at, self.asked) {
            return;
        }
        let group = target
            .group
            .unwrap_or_else(|| sums.moment(entry.at, self.asked.zone));
        let sum = sums.sums.entry((group, target.line)).or_default();
        if sums.section.moves {
            let held = sum.rows.entry(entry.row).or_insert(Held { net: 0, person: 0 });
            held.net += entry.delta;
            held.person = entry.person;
            return;
        }
        sum.total += entry.delta;
        sum.any = true;
        if matches!(sums.section.measure, Measure::Duration | Measure::Number) {
            sum.values.push(entry.value);
        }
        if self.guarded {
            sums.crowds.entry(group).or_default().add(entry.person);
            if sums.section.group_labels > 0 {
                let place = (group, target.line);
                sums.label_crowds.entry(place).or_default().add(entry.person);
            }
        }
    }

    /// Adds the changes of a fold.
    pub(super) fn add_ledger(&mut self, ledger: &Ledger) {
        let mut targets: HashMap<Place, Option<Target>> = HashMap::new();
        for change in ledger.changes() {
            let place = Place::of(ledger.cell(change.cell), &change.row);
            let target = if let Some(target) = targets.get(&place) {
                *target
            } else {
                let target = self.target(&place);
                targets.insert(place, target);
                target
            };
            if let Some(target) = target {
                self.add(target, &entry_of(change));
            }
        }
    }

    /// The groups of each section, in the order of the definition's.
    pub(super) fn finish(self) -> Result<Vec<BTreeMap<Key, Group>>, TallyError> {
        let (asked, guarded) = (self.asked, self.guarded);
        let sections = self.sections.into_iter();
        sections.map(|sums| sums.groups(asked, guarded)).collect()
    }
}

/// A change without its row.
pub(super) fn entry_of(change: &super::ledger::Change) -> Entry {
    Entry {
        position: change.position.0,
        at: change.at.timestamp_micros(),
        row: code(&change.row.id),
        person: person_code(&change.row.person),
        value: change.value,
        delta: change.delta,
    }
}

impl SectionSums {
    fn line(&mut self, labels: &Labels) -> u32 {
        if let Some(number) = self.line_numbers.get(labels) {
            return *number;
        }
        let number = number_of(self.lines.len());
        self.lines.push(labels.clone());
        self.line_numbers.insert(labels.clone(), number);
        number
    }

    fn key(&mut self, key: Key) -> u32 {
        if let Some(number) = self.key_numbers.get(&key) {
            return *number;
        }
        let number = number_of(self.keys.len());
        self.keys.push(key.clone());
        self.key_numbers.insert(key, number);
        number
    }

    /// The group of a moment.
    fn moment(&mut self, at: i64, zone: chrono_tz::Tz) -> u32 {
        let quarter = at.div_euclid(QUARTER);
        if let Some((_, group)) = self.last_moment.filter(|(last, _)| *last == quarter) {
            return group;
        }
        let whole = at >= QUARTERS_SINCE;
        if whole && let Some(group) = self.moments.get(&quarter) {
            self.last_moment = Some((quarter, *group));
            return *group;
        }
        let group = self.key(moment_key(self.by, moment_of(at), zone));
        if whole {
            self.moments.insert(quarter, group);
            self.last_moment = Some((quarter, group));
        }
        group
    }

    fn groups(mut self, asked: &Question, guarded: bool) -> Result<BTreeMap<Key, Group>, TallyError> {
        for sum in self.sums.values_mut() {
            sum.settle();
        }
        // Where nothing counts any more it is as if nothing ever had.
        self.sums.retain(|_, sum| sum.any);
        let used: std::collections::HashSet<u32> = self.sums.keys().map(|(group, _)| *group).collect();
        if used.len() > MOST_GROUPS {
            return Err(TallyError::TooManyGroups);
        }
        let keys = used.into_iter();
        let keys: BTreeMap<Key, u32> = keys
            .map(|number| (self.keys[number as usize].clone(), number))
            .collect();
        let by = self.by;
        if self.section.measure == Measure::Standing && matches!(by, Some(By::Span(_))) {
            return self.accumulated(keys, asked, guarded);
        }
        let mut groups = self.each(keys, guarded);
        if let Some(By::Span(span)) = by {
            for key in between(span, asked, groups.keys())? {
                groups.entry(key).or_default();
            }
        }
        if by.is_none() {
            groups.entry(Key::All).or_default();
        }
        Ok(groups)
    }

    /// Each group by itself.
    fn each(mut self, keys: BTreeMap<Key, u32>, guarded: bool) -> BTreeMap<Key, Group> {
        let names: HashMap<u32, Key> = keys.into_iter().map(|(key, number)| (number, key)).collect();
        let by_labels = self.section.group_labels;
        let mut groups: BTreeMap<Key, Group> = BTreeMap::new();
        for ((group, line), mut sum) in std::mem::take(&mut self.sums) {
            let Some(key) = names.get(&group) else { continue };
            let into = groups.entry(key.clone()).or_default();
            let labels = &self.lines[line as usize];
            if guarded {
                sum.people(self.crowds.entry(group).or_default());
            }
            if guarded && by_labels > 0 {
                let first = labels.iter().take(by_labels).cloned().collect();
                let behind = into.behind_labels.entry(first).or_default();
                sum.people(behind);
                if let Some(crowd) = self.label_crowds.remove(&(group, line)) {
                    behind.extend(&crowd);
                }
            }
            sum.rows = HashMap::new();
            into.lines.insert(labels.clone(), sum);
        }
        for (group, crowd) in self.crowds {
            if let Some(into) = names.get(&group).and_then(|key| groups.get_mut(key)) {
                into.people = People::of(&crowd);
            }
        }
        groups
    }

    /// What is so at the end of each bucket: everything that came before it too.
    fn accumulated(
        mut self,
        numbers: BTreeMap<Key, u32>,
        asked: &Question,
        guarded: bool,
    ) -> Result<BTreeMap<Key, Group>, TallyError> {
        let Some(By::Span(span)) = self.by else {
            return Ok(BTreeMap::new());
        };
        let mut all: Vec<Key> = between(span, asked, numbers.keys())?;
        all.extend(numbers.keys().cloned());
        all.sort_unstable();
        all.dedup();
        let from = asked
            .filter
            .from
            .map(|from| Key::Date(span.start(from, asked.zone)));
        let mut so_far = SoFar::default();
        let mut groups = BTreeMap::new();
        let mut by_group: HashMap<u32, Vec<(u32, Sum)>> = HashMap::new();
        for ((group, line), sum) in std::mem::take(&mut self.sums) {
            by_group.entry(group).or_default().push((line, sum));
        }
        for key in all {
            let number = numbers.get(&key);
            for (line, sum) in number
                .and_then(|number| by_group.remove(number))
                .into_iter()
                .flatten()
            {
                so_far.add(line, &sum);
            }
            if from.as_ref().is_none_or(|from| key >= *from) {
                groups.insert(key, so_far.group(&self.lines, guarded));
            }
        }
        Ok(groups)
    }
}

/// What is so of each row up to some bucket.
#[derive(Debug, Default)]
struct SoFar {
    rows: HashMap<(u32, u64), Held>,
    /// Of each line the sum, and how many rows count.
    lines: BTreeMap<u32, (i64, i64)>,
    /// How many rows count for each person.
    counts: HashMap<u64, i64>,
    crowd: Crowd,
}

impl SoFar {
    fn add(&mut self, line: u32, sum: &Sum) {
        for (row, change) in &sum.rows {
            let before = self.rows.get(&(line, *row)).copied();
            let net = before.map_or(0, |held| held.net) + change.net;
            let (total, counting) = self.lines.entry(line).or_default();
            *total += change.net;
            if let Some(before) = before.filter(|held| held.net != 0) {
                *counting -= 1;
                let count = self.counts.entry(before.person).or_default();
                *count -= 1;
                if *count == 0 {
                    self.crowd.remove(before.person);
                }
            }
            if net != 0 {
                *counting += 1;
                *self.counts.entry(change.person).or_default() += 1;
                self.crowd.add(change.person);
            }
            let person = change.person;
            self.rows.insert((line, *row), Held { net, person });
        }
    }

    fn group(&self, lines: &[Labels], guarded: bool) -> Group {
        let sums = self.lines.iter().map(|(line, (total, counting))| {
            let sum = Sum {
                total: *total,
                any: *counting != 0,
                ..Sum::default()
            };
            (lines[*line as usize].clone(), sum)
        });
        Group {
            lines: sums.collect(),
            people: if guarded {
                People::of(&self.crowd)
            } else {
                People::default()
            },
            behind_labels: BTreeMap::new(),
        }
    }
}

impl Sum {
    /// Sums up rows that may have ceased to count.
    fn settle(&mut self) {
        for held in self.rows.values() {
            self.total += held.net;
            self.any |= held.net != 0;
        }
    }

    fn people(&self, crowd: &mut Crowd) {
        for held in self.rows.values().filter(|held| held.net != 0) {
            crowd.add(held.person);
        }
    }
}

fn number_of(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

fn moment_of(micros: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(micros).unwrap_or_default()
}

/// Hours and days of the week say nothing of what is so at the end of a bucket.
pub(super) fn by_of(section: &Section, asked: &Question) -> Option<By> {
    let standing = section.measure == Measure::Standing;
    asked
        .by
        .filter(|by| !(standing && matches!(by, By::Hour | By::Weekday)))
}

fn is_in_period(section: &Section, at: i64, asked: &Question) -> bool {
    let (from, to) = (asked.filter.from, asked.filter.to);
    let before_end = to.is_none_or(|to| at < to.timestamp_micros());
    let since = |from: DateTime<Utc>| at >= from.timestamp_micros();
    before_end && (section.measure == Measure::Standing || from.is_none_or(since))
}

/// The group of everything in a place, where it does not go by time.
fn text_key(by: Option<By>, place: &Place) -> Option<Key> {
    let text = |text: Option<String>| Some(Key::Text(text.unwrap_or_else(|| "(none)".to_owned())));
    match by {
        None => Some(Key::All),
        Some(By::Span(_) | By::Hour | By::Weekday) => None,
        Some(By::Kind) => text(place.kind.map(|kind| kind.as_str().to_owned())),
        Some(By::Program) => text(place.program.clone()),
        Some(By::Class) => text(place.class.map(|class| crate::database::name_of(&class))),
        Some(By::Organization) => text(place.organization.as_ref().map(ToString::to_string)),
    }
}

fn moment_key(by: Option<By>, at: DateTime<Utc>, zone: chrono_tz::Tz) -> Key {
    match by {
        Some(By::Span(span)) => Key::Date(span.start(at, zone)),
        Some(By::Hour) => Key::Text(buckets::hour(at, zone)),
        Some(By::Weekday) => Key::Text(buckets::weekday(at, zone)),
        None | Some(By::Kind | By::Program | By::Class | By::Organization) => Key::All,
    }
}

/// The group of a change.
pub(super) fn key_of(
    by: Option<By>,
    cell: &Cell,
    change: &super::ledger::Change,
    zone: chrono_tz::Tz,
) -> Key {
    text_key(by, &Place::of(cell, &change.row)).unwrap_or_else(|| moment_key(by, change.at, zone))
}

/// Whether a change's moment lies in the period.
pub(super) fn covers(section: &Section, change: &super::ledger::Change, asked: &Question) -> bool {
    is_in_period(section, change.at.timestamp_micros(), asked)
}

/// Buckets in which nothing happened have figures too: none. So all from the first to the last.
fn between<'k>(
    span: Span,
    asked: &Question,
    keys: impl DoubleEndedIterator<Item = &'k Key>,
) -> Result<Vec<Key>, TallyError> {
    let dates: Vec<NaiveDate> = keys
        .filter_map(|key| match key {
            Key::Date(date) => Some(*date),
            Key::All | Key::Text(_) => None,
        })
        .collect();
    let start = |at: DateTime<Utc>| span.start(at, asked.zone);
    let from = asked.filter.from.map(start);
    let to = asked.filter.to.map(|to| start(to - TimeDelta::milliseconds(1)));
    let (Some(mut next), Some(last)) = (
        from.or_else(|| dates.first().copied()),
        to.or_else(|| dates.last().copied()),
    ) else {
        return Ok(Vec::new());
    };
    let mut between = Vec::new();
    while next <= last {
        between.push(Key::Date(next));
        if between.len() > MOST_GROUPS {
            return Err(TallyError::TooManyGroups);
        }
        let Some(after) = span.next(next) else { break };
        next = after;
    }
    Ok(between)
}
