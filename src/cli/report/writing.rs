//! The delivery report as a table, CSV or JSON.

use std::io::{self, Write};

use chrono::{DateTime, SecondsFormat, Utc};
use comfy_table::{CellAlignment, Table, presets};
use projections::delivery_report::DeliveryReport;
use serde_json::{Value, json};

use super::funnel::Summary;

/// For people.
pub(super) fn table(summary: &Summary, out: &mut impl Write) -> io::Result<()> {
    let mut funnel = plain(&["stage", "notifications", "of accepted"]);
    for stage in &summary.funnel {
        let percent = summary
            .percent(stage)
            .map_or_else(String::new, |percent| format!("{percent:.1} %"));
        funnel.add_row([stage.stage.to_owned(), stage.notifications.to_string(), percent]);
    }
    right(&mut funnel, &[1, 2]);
    writeln!(out, "{}\n", trimmed(&funnel))?;
    if summary.standing.is_empty() {
        writeln!(out, "Everything accepted was delivered.\n")?;
    } else {
        let mut standing = plain(&[
            "not delivered",
            "state",
            "reason",
            "code",
            "notifications",
            "tries",
            "oldest",
        ]);
        for row in &summary.standing {
            standing.add_row([
                row.outcome.replace('_', " "),
                row.state.to_owned(),
                row.reason.clone().unwrap_or_default(),
                row.code.clone().unwrap_or_default(),
                row.notifications.to_string(),
                row.tries.to_string(),
                row.oldest.map(moment).unwrap_or_default(),
            ]);
        }
        right(&mut standing, &[4, 5]);
        writeln!(out, "{}\n", trimmed(&standing))?;
    }
    writeln!(out, "Computed at position {} of the log.", summary.position)
}

/// One row per stage and per state with reason; the position stands in every row.
pub(super) fn csv(summary: &Summary, out: &mut impl Write) -> anyhow::Result<()> {
    let mut rows = csv::Writer::from_writer(out);
    rows.write_record([
        "part",
        "outcome",
        "state",
        "reason",
        "code",
        "notifications",
        "tries",
        "oldest",
        "position",
    ])?;
    let position = summary.position.to_string();
    for stage in &summary.funnel {
        let count = stage.notifications.to_string();
        rows.write_record(["funnel", stage.stage, "", "", "", &count, "", "", &position])?;
    }
    for row in &summary.standing {
        rows.write_record([
            "standing",
            row.outcome,
            row.state,
            row.reason.as_deref().unwrap_or_default(),
            row.code.as_deref().unwrap_or_default(),
            &row.notifications.to_string(),
            &row.tries.to_string(),
            &row.oldest.map(moment).unwrap_or_default(),
            &position,
        ])?;
    }
    rows.flush()?;
    Ok(())
}

/// One JSON object: the summary, and every count by organization, type and card.
pub(super) fn json(summary: &Summary, report: &DeliveryReport, out: &mut impl Write) -> anyhow::Result<()> {
    let lines: Vec<Value> = report
        .lines
        .iter()
        .map(|line| {
            json!({
                "organization": line.organization_id,
                "event_type": line.event_type,
                "card": line.card.as_str(),
                "state": line.state.as_str(),
                "reason": line.reason,
                "code": line.code,
                "notifications": line.count,
                "tries": line.attempts,
                "oldest": line.oldest.map(moment),
            })
        })
        .collect();
    let mut object = serde_json::to_value(summary)?;
    if let Value::Object(fields) = &mut object {
        fields.insert("lines".to_owned(), Value::Array(lines));
    }
    serde_json::to_writer_pretty(&mut *out, &object)?;
    writeln!(out)?;
    Ok(())
}

fn moment(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn plain(heading: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(heading);
    table
}

fn right(table: &mut Table, columns: &[usize]) {
    for column in columns {
        if let Some(column) = table.column_mut(*column) {
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
