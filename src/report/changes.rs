//! What changed between two positions: each figure that is another one, with the events that changed it.

use events::{EventStore, OrganizationId, Position};
use projections::metrics::rows;
use projections::metrics::tally::{self, Figures, Line, Table};
use serde_json::{Value, json};
use tokio::sync::watch;

use super::compute::{self, ReportError};
use super::document::{figures, moment};
use super::query::{AsOf, ReportQuery};

/// Events that are named for one figure, at most; the rest are counted.
const MOST_NAMED: usize = 20;

/// One figure that changed.
#[derive(Debug, Clone)]
pub struct Changed {
    /// The table's name.
    pub table: &'static str,
    /// The group's name.
    pub group: String,
    /// The line's labels.
    pub labels: Vec<String>,
    /// What is counted, and how it was and is written.
    pub figures: Vec<(&'static str, String, String)>,
    /// The first events that changed it.
    pub events: Vec<Named>,
    /// How many changed it.
    pub changes: usize,
}

/// An event that changed a figure.
#[derive(Debug, Clone)]
pub struct Named {
    /// Where it stands.
    pub position: Position,
    /// Its type and when it was recorded; empty where the store let go of it.
    pub event: String,
    /// The row that counts by it, or no longer.
    pub row: String,
    /// +1 or -1.
    pub delta: i64,
}

/// What changed.
#[derive(Debug, Clone)]
pub struct Difference {
    /// The question as of the earlier position.
    pub before: String,
    /// The question as of the later position.
    pub after: String,
    /// Every figure that is another one.
    pub changed: Vec<Changed>,
}

/// Compares the report of `query` with itself as of `and`.
pub async fn difference<'c>(
    store: &dyn EventStore,
    query: &ReportQuery,
    and: AsOf,
    configured: impl Iterator<Item = &'c OrganizationId>,
    at: &watch::Sender<Position>,
) -> Result<Difference, ReportError> {
    // Both places are found first; the log is then folded once, to the later one.
    let one = place(store, query, query.as_of, at).await?;
    let other = place(store, query, and, at).await?;
    let (first, last) = (one.min(other), one.max(other));
    let later = ReportQuery {
        as_of: AsOf::Position(last, None),
        ..query.clone()
    };
    let folded = compute::fold(store, &later, at).await?;
    compute::demand_names(folded.fold.names(), folded.position, &later, configured)?;
    let ledger = folded.fold.ledger();
    let now = compute::question(folded.position, &later);
    let then = tally::Question {
        upto: first,
        ..now.clone()
    };
    let tables = (
        tally::tables(query.definition, ledger, &then)?,
        tally::tables(query.definition, ledger, &now)?,
    );
    let mut changed = Vec::new();
    for (before, after) in tables.0.iter().zip(&tables.1) {
        for (group, line, was, is) in lines(before, after) {
            let behind = rows::changes_of(after.section, &group, &line, ledger, &now, first);
            let mut events = Vec::new();
            for change in behind.iter().take(MOST_NAMED) {
                let event = store.event_at(change.position).await?;
                let hidden = change.row.anonymous;
                events.push(Named {
                    position: change.position,
                    event: event.map_or_else(String::new, |event| {
                        format!("{} {}", event.event_type, moment(event.metadata.time))
                    }),
                    row: if hidden {
                        "(anonymous)".to_owned()
                    } else {
                        change.row.id.clone()
                    },
                    delta: change.delta,
                });
            }
            let shown = |figures_of: &Figures| figures(after.section.measure, figures_of);
            let pairs = shown(&was).into_iter().zip(shown(&is));
            changed.push(Changed {
                table: after.section.name,
                group,
                labels: line.iter().map(ToString::to_string).collect(),
                figures: pairs
                    .filter(|(was, is)| was != is)
                    .map(|(was, is)| (was.name, was.told(), is.told()))
                    .collect(),
                events: if is == Figures::Hidden { Vec::new() } else { events },
                changes: behind.len(),
            });
        }
    }
    Ok(Difference {
        before: query.path(first),
        after: query.path(last),
        changed,
    })
}

async fn place(
    store: &dyn EventStore,
    query: &ReportQuery,
    as_of: AsOf,
    at: &watch::Sender<Position>,
) -> Result<Position, ReportError> {
    let asked = ReportQuery {
        as_of,
        ..query.clone()
    };
    compute::position(store, &asked, at).await
}

type Pair = (String, tally::Labels, Figures, Figures);

/// The lines that differ. Where a group is hidden in either, nothing is said of it.
fn lines(before: &Table, after: &Table) -> Vec<Pair> {
    let empty = super::writing::table::empty(after.section.measure);
    let mut pairs = Vec::new();
    let mut names: Vec<&str> = before
        .groups
        .iter()
        .chain(&after.groups)
        .map(|group| &*group.name)
        .collect();
    names.sort_unstable();
    names.dedup();
    for name in names {
        let of = |table: &Table| -> Option<Vec<Line>> {
            let group = table.groups.iter().find(|group| group.name == name);
            group.map_or_else(
                || Some(Vec::new()),
                |group| (!group.hidden).then(|| group.lines.clone()),
            )
        };
        let (Some(before), Some(after)) = (of(before), of(after)) else {
            continue;
        };
        let mut labels: Vec<&tally::Labels> = after.iter().chain(&before).map(|line| &line.labels).collect();
        let mut seen = std::collections::HashSet::new();
        labels.retain(|one| seen.insert(*one));
        for one in labels {
            let figure = |lines: &[Line]| {
                let line = lines.iter().find(|line| line.labels == *one);
                line.map_or_else(|| empty.clone(), |line| line.figures.clone())
            };
            let (was, is) = (figure(&before), figure(&after));
            if was != is && was != Figures::Hidden && is != Figures::Hidden {
                pairs.push((name.to_owned(), one.clone(), was, is));
            }
        }
    }
    pairs
}

impl Difference {
    /// For people.
    pub fn told(&self) -> String {
        let mut out = vec![format!("from {}\nto   {}\n", self.before, self.after)];
        if self.changed.is_empty() {
            out.push("No figure that is shown changed.".to_owned());
        }
        for one in &self.changed {
            let place: Vec<&str> = std::iter::once(one.table)
                .chain([one.group.as_str()])
                .chain(one.labels.iter().map(String::as_str))
                .filter(|part| !part.is_empty())
                .collect();
            let figures: Vec<String> = one
                .figures
                .iter()
                .map(|(name, was, is)| {
                    let word = if was.is_empty() { "nothing" } else { was };
                    format!("{name} {word} → {}", if is.is_empty() { "nothing" } else { is })
                })
                .collect();
            out.push(format!("{}: {}", place.join(" / "), figures.join(", ")));
            for event in &one.events {
                out.push(format!(
                    "  {:+} {} at position {}: {}",
                    event.delta, event.event, event.position, event.row
                ));
            }
            let more = one.changes.saturating_sub(one.events.len());
            if more > 0 {
                out.push(format!("  and {more} more events"));
            }
        }
        out.join("\n") + "\n"
    }

    /// For machines.
    pub fn json(&self) -> Value {
        let changed = self.changed.iter().map(|one| {
            let figures = one.figures.iter();
            json!({
                "table": one.table, "group": one.group, "labels": one.labels,
                "figures": figures.map(|(name, was, is)| json!({ "figure": name, "was": was, "is": is })).collect::<Vec<_>>(),
                "changes": one.changes,
                "events": one.events.iter().map(|event| json!({
                    "position": event.position, "event": event.event, "row": event.row, "delta": event.delta,
                })).collect::<Vec<_>>(),
            })
        });
        json!({ "before": self.before, "after": self.after, "changed": changed.collect::<Vec<_>>() })
    }
}
