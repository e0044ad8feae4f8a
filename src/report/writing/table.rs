//! A report for people at a terminal.

use std::fmt::Write as _;

use comfy_table::{CellAlignment, Table, presets};
use projections::metrics::definition::Measure;
use projections::metrics::rows::ListedRow;
use projections::metrics::tally::{self, Figures};

use super::super::document::{Document, Figure, figures, moment};

/// The text.
pub(in super::super) fn write(document: &Document) -> String {
    let mut out = String::new();
    match &document.rows {
        Some(rows) => writeln!(out, "{}\n", listed(rows)),
        None => document.tables.iter().try_for_each(|table| {
            let shown = section(table);
            writeln!(out, "{}\n{shown}\n", table.section.title)
        }),
    }
    .unwrap_or_default();
    let head = &document.head;
    let lines = [
        ("counted", format!("{}: {}", head.definition, head.about)),
        ("as of", format!("position {} of log {}", head.position, head.log)),
        ("recorded", head.recorded()),
        ("zone", head.zone.to_owned()),
        ("by", format!("{}; {}", head.binary, head.rules)),
        ("query", head.query.clone()),
        ("sha256", document.sha256()),
    ];
    for (name, value) in lines {
        writeln!(out, "{name:<9} {value}").unwrap_or_default();
    }
    out
}

fn section(table: &tally::Table) -> String {
    let blank = figures(table.section.measure, &empty(table.section.measure));
    let mut columns: Vec<&str> = table.by.iter().map(|by| by.as_str()).collect();
    columns.extend(table.section.labels);
    let first_figure = columns.len();
    columns.extend(blank.iter().map(|figure| figure.heading));
    let mut shown = plain(&columns);
    let mut any = false;
    for group in &table.groups {
        if group.hidden {
            let mut cells = vec![group.name.clone()];
            cells.retain(|_| table.by.is_some());
            cells.push("(few people: hidden)".to_owned());
            shown.add_row(cells);
            any = true;
        }
        for line in &group.lines {
            let mut cells: Vec<String> = table.by.iter().map(|_| group.name.clone()).collect();
            cells.extend(line.labels.iter().map(|label| printable(label)));
            cells.extend(
                figures(table.section.measure, &line.figures)
                    .iter()
                    .map(Figure::told),
            );
            shown.add_row(cells);
            any = true;
        }
    }
    if !any {
        return "nothing\n".to_owned();
    }
    right(&mut shown, first_figure..columns.len());
    trimmed(&shown) + "\n"
}

/// Figures of nothing, for the names of the columns.
pub(in super::super) fn empty(measure: Measure) -> Figures {
    match measure {
        Measure::Count(base) => Figures::Count {
            count: 0,
            of: base.map(|_| 0),
        },
        Measure::Standing => Figures::Count { count: 0, of: None },
        Measure::Duration | Measure::Number => Figures::Spread {
            count: 0,
            median: None,
            p90: None,
        },
    }
}

fn listed(rows: &[ListedRow]) -> String {
    let mut shown = plain(&[
        "table", "group", "line", "count", "value", "row", "person", "subject", "happened", "position",
    ]);
    for row in rows {
        let known = row.row.as_ref();
        let subject = known.and_then(|known| known.subject.as_ref());
        let labels: Vec<&str> = row
            .labels
            .iter()
            .map(AsRef::as_ref)
            .filter(|label| !label.is_empty())
            .collect();
        shown.add_row([
            row.section.to_owned(),
            printable(&row.group),
            printable(&labels.join(" ")),
            row.count.to_string(),
            row.value.to_string(),
            known.map_or_else(|| "(anonymous)".to_owned(), |known| known.id.clone()),
            known.map(|known| known.person.clone()).unwrap_or_default(),
            subject.map(ToString::to_string).unwrap_or_default(),
            row.at.map(moment).unwrap_or_default(),
            row.position
                .map(|position| position.to_string())
                .unwrap_or_default(),
        ]);
    }
    trimmed(&shown)
}

/// A name from outside without what would move the cursor.
fn printable(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

fn plain(heading: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(heading);
    // The same bytes on every terminal.
    table.set_content_arrangement(comfy_table::ContentArrangement::Disabled);
    table
}

fn right(table: &mut Table, columns: std::ops::Range<usize>) {
    for column in columns {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
}

/// Without the spaces around the outermost columns.
fn trimmed(table: &Table) -> String {
    let lines: Vec<String> = table
        .lines()
        .map(|line| line.strip_prefix(' ').unwrap_or(&line).trim_end().to_owned())
        .collect();
    lines.join("\n")
}
