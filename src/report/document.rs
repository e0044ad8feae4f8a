//! A report that is ready to be written. Its hash is of its content, and the same in every format.

use std::fmt::Write as _;

use chrono::{DateTime, SecondsFormat, Utc};
use projections::metrics::definition::Measure;
use projections::metrics::percentile::permille;
use projections::metrics::rows::ListedRow;
use projections::metrics::tally::{By, Figures, Line, Table};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// What every output says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Name and version of the definition.
    pub definition: String,
    /// What it is about.
    pub about: &'static str,
    /// The definition in words.
    pub text: &'static str,
    /// As of which position.
    pub position: u64,
    /// When the event there was recorded.
    pub recorded_at: Option<DateTime<Utc>>,
    /// Which log, as it called itself by then.
    pub log: String,
    /// Whose days.
    pub zone: &'static str,
    /// By which rules.
    pub rules: String,
    /// Which program wrote it.
    pub binary: &'static str,
    /// The question in its written form.
    pub query: String,
}

impl Head {
    /// When the last event that counts was recorded.
    pub(super) fn recorded(&self) -> String {
        self.recorded_at.map(moment).unwrap_or_default()
    }

    fn json(&self) -> Value {
        json!({
            "definition": self.definition, "text": self.text, "position": self.position,
            "recorded_at": self.recorded_at.map(moment), "log": self.log, "zone": self.zone, "rules": self.rules,
            "binary": self.binary, "query": self.query,
        })
    }
}

/// A report.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// What it says of itself.
    pub head: Head,
    /// Its tables.
    pub tables: Vec<Table>,
    /// The rows behind its figures, where they were asked for.
    pub rows: Option<Vec<ListedRow>>,
}

impl Document {
    /// The hash of its content in hexadecimal digits.
    pub fn sha256(&self) -> String {
        let content = serde_json::to_vec(&self.content()).unwrap_or_default();
        let digest = Sha256::digest(&content);
        digest.iter().fold(String::new(), |mut text, byte| {
            write!(text, "{byte:02x}").unwrap_or_default();
            text
        })
    }

    /// As one JSON object, with its hash.
    pub(super) fn json(&self) -> String {
        let mut whole = self.content();
        whole["sha256"] = self.sha256().into();
        let mut text = serde_json::to_string_pretty(&whole).unwrap_or_default();
        text.push('\n');
        text
    }

    /// Everything that is hashed.
    fn content(&self) -> Value {
        let tables: Vec<Value> = self.tables.iter().map(table).collect();
        let mut content = json!({ "report": self.head.json(), "tables": tables });
        if let Some(rows) = &self.rows {
            content["rows"] = rows.iter().map(row).collect();
        }
        content
    }
}

fn table(table: &Table) -> Value {
    let groups = table.groups.iter().map(|group| {
        let lines: Vec<Value> = group.lines.iter().map(|one| line(table, one)).collect();
        json!({ "group": group.name, "hidden": group.hidden, "lines": lines })
    });
    json!({
        "table": table.section.name, "title": table.section.title, "by": table.by.map(By::as_str),
        "groups": groups.collect::<Vec<_>>(),
    })
}

fn line(table: &Table, line: &Line) -> Value {
    let labels = table.section.labels.iter().zip(&line.labels);
    let mut object: serde_json::Map<String, Value> = labels
        .map(|(name, label)| ((*name).to_owned(), Value::from(label.as_ref())))
        .collect();
    for figure in figures(table.section.measure, &line.figures) {
        object.insert(figure.name.to_owned(), figure.json());
    }
    Value::Object(object)
}

fn row(row: &ListedRow) -> Value {
    let known = row.row.as_ref();
    json!({
        "table": row.section, "group": row.group, "labels": row.labels, "count": row.count, "value": row.value,
        "row": known.map(|known| &known.id),
        "organization": known.and_then(|known| known.organization.as_ref()),
        "program": known.and_then(|known| known.program.as_ref()),
        "card": known.and_then(|known| known.kind),
        "type": known.and_then(|known| known.event_type.as_ref()),
        "subject": known.and_then(|known| known.subject.as_ref()),
        "person": known.map(|known| &known.person),
        "happened_at": row.at.map(moment), "position": row.position,
    })
}

/// A figure in its own unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Figure {
    /// Its name: `count`, `share_percent`, `median_ms`.
    pub(super) name: &'static str,
    /// The same for people.
    pub(super) heading: &'static str,
    /// Its value.
    pub(super) value: Written,
}

/// A value and how it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Written {
    /// A whole number.
    Whole(i64),
    /// Tenths of a percent.
    Permille(i64),
    /// Milliseconds.
    Millis(i64),
    /// None: nothing was counted.
    Nothing,
    /// Not shown.
    Hidden,
}

impl Written {
    /// For machines: plain numbers.
    pub(super) fn plain(self) -> String {
        match self {
            Self::Whole(value) | Self::Millis(value) => value.to_string(),
            Self::Permille(value) => format!("{}.{}", value / 10, value % 10),
            Self::Nothing => String::new(),
            Self::Hidden => "hidden".to_owned(),
        }
    }
}

impl Figure {
    /// For machines: plain numbers.
    pub(super) fn plain(&self) -> String {
        self.value.plain()
    }

    /// For people.
    pub(super) fn told(&self) -> String {
        match self.value {
            Written::Permille(_) => format!("{} %", self.plain()),
            Written::Millis(value) => duration(value),
            Written::Hidden => "few people".to_owned(),
            Written::Whole(_) | Written::Nothing => self.plain(),
        }
    }

    fn json(&self) -> Value {
        match self.value {
            Written::Whole(value) | Written::Millis(value) => value.into(),
            // As text: a fraction would be another one in binary.
            Written::Permille(_) | Written::Hidden => self.plain().into(),
            Written::Nothing => Value::Null,
        }
    }
}

/// The figures of a line, in the order of their columns; each measure always has the same.
pub(super) fn figures(measure: Measure, figures: &Figures) -> Vec<Figure> {
    let figure = |name, heading, value| Figure { name, heading, value };
    let count = |value| figure("count", "number", value);
    let of_values = |count_value, median, p90| match measure {
        Measure::Duration => vec![
            count(count_value),
            figure("median_ms", "median", median),
            figure("p90_ms", "90 %", p90),
        ],
        Measure::Number => vec![
            count(count_value),
            figure("median", "median", median),
            figure("p90", "90 %", p90),
        ],
        Measure::Count(Some(_)) => vec![count(count_value), figure("share_percent", "share", median)],
        Measure::Count(None) | Measure::Standing => vec![count(count_value)],
    };
    let spread = |value: Option<i64>| match (value, measure) {
        (None, _) => Written::Nothing,
        (Some(value), Measure::Duration) => Written::Millis(value),
        (Some(value), Measure::Number | Measure::Count(_) | Measure::Standing) => Written::Whole(value),
    };
    match figures {
        Figures::Hidden => of_values(Written::Hidden, Written::Hidden, Written::Hidden),
        Figures::Count { count, of } => {
            let share = of.and_then(|of| permille(*count, of));
            let share = share.map_or(Written::Nothing, Written::Permille);
            of_values(Written::Whole(*count), share, Written::Nothing)
        }
        Figures::Spread { count, median, p90 } => {
            of_values(Written::Whole(*count), spread(*median), spread(*p90))
        }
    }
}

/// A duration in the two units that matter, cut and not rounded.
fn duration(ms: i64) -> String {
    let seconds = ms / 1_000;
    let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
    match ms {
        ..1_000 => format!("{ms} ms"),
        1_000..60_000 => format!("{seconds}.{} s", ms % 1_000 / 100),
        60_000..3_600_000 => format!("{minutes} min {:02} s", seconds % 60),
        3_600_000..172_800_000 => format!("{hours} h {:02} min", minutes % 60),
        _ => format!("{days} d {:02} h", hours % 24),
    }
}

pub(super) fn moment(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_cut_to_two_units() {
        for (ms, told) in [
            (0, "0 ms"),
            (999, "999 ms"),
            (1_999, "1.9 s"),
            (61_500, "1 min 01 s"),
            (7_500_000, "2 h 05 min"),
            (172_800_000, "2 d 00 h"),
        ] {
            assert_eq!(duration(ms), told);
        }
    }
}
