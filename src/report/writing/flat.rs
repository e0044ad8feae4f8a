//! A report with one line a figure, or one a row: what CSV and Parquet files hold.

use super::super::document::{Document, Written, figures, moment};

/// A value in a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Field {
    /// A word of ours.
    Own(String),
    /// Text from outside.
    Told(String),
    /// A number, where there is one.
    Whole(Option<i64>),
    /// A figure in the unit that its measure names.
    Figure(Written),
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Text.
    Text,
    /// Whole numbers.
    Whole,
    /// Figures.
    Figure,
}

/// Lines with their columns.
#[derive(Debug)]
pub(super) struct Flat {
    pub(super) columns: Vec<(&'static str, Kind)>,
    pub(super) lines: Vec<Vec<Field>>,
}

/// What every line ends with.
const CONSTANT: [&str; 7] = [
    "definition",
    "position",
    "recorded_at",
    "log",
    "zone",
    "query",
    "sha256",
];

/// The columns of a row that is listed.
const ROW: [(&str, Kind); 14] = [
    ("table", Kind::Text),
    ("group", Kind::Text),
    ("line", Kind::Text),
    ("count", Kind::Whole),
    ("value", Kind::Whole),
    ("row", Kind::Text),
    ("organization", Kind::Text),
    ("program", Kind::Text),
    ("card", Kind::Text),
    ("type", Kind::Text),
    ("subject", Kind::Text),
    ("person", Kind::Text),
    ("happened_at", Kind::Text),
    ("event_position", Kind::Whole),
];

/// The lines of a report. One without any figure has a line that says what it is of, so that the file can be verified.
pub(super) fn of(document: &Document) -> Flat {
    let mut flat = if document.rows.is_some() {
        rows(document)
    } else {
        tables(document)
    };
    if flat.lines.is_empty() {
        let nothing = flat.columns.iter().map(|(_, kind)| match kind {
            Kind::Text => Field::Own(String::new()),
            Kind::Whole => Field::Whole(None),
            Kind::Figure => Field::Figure(Written::Nothing),
        });
        flat.lines.push(nothing.collect());
    }
    let constant = constant(document);
    for line in &mut flat.lines {
        line.extend(constant.iter().cloned().map(Field::Own));
    }
    flat.columns.extend(CONSTANT.map(|name| (name, Kind::Text)));
    flat
}

fn constant(document: &Document) -> [String; CONSTANT.len()] {
    let head = &document.head;
    [
        format!("{} ({})", head.definition, head.binary),
        head.position.to_string(),
        head.recorded(),
        head.log.clone(),
        head.zone.to_owned(),
        head.query.clone(),
        document.sha256(),
    ]
}

/// The labels of every table, each name once.
fn label_names(document: &Document) -> Vec<&'static str> {
    let mut names: Vec<&'static str> = Vec::new();
    for name in document.tables.iter().flat_map(|table| table.section.labels) {
        if !names.contains(name) {
            names.push(name);
        }
    }
    names
}

fn own(text: &str) -> Field {
    Field::Own(text.to_owned())
}

fn tables(document: &Document) -> Flat {
    let names = label_names(document);
    let texts = ["table", "by", "group"].into_iter().chain(names.iter().copied());
    let texts = texts.chain(["measure"]).map(|name| (name, Kind::Text));
    let columns = texts.chain([("value", Kind::Figure)]).collect();
    let mut lines = Vec::new();
    for table in &document.tables {
        let by = table.by.map_or("", |by| by.as_str());
        for group in &table.groups {
            let begin = [own(table.section.name), own(by), Field::Told(group.name.clone())];
            if group.hidden {
                let mut line = begin.to_vec();
                line.extend(names.iter().map(|_| own("")));
                line.extend([own("count"), Field::Figure(Written::Hidden)]);
                lines.push(line);
            }
            for one in &group.lines {
                for figure in figures(table.section.measure, &one.figures) {
                    let mut line = begin.to_vec();
                    line.extend(names.iter().map(|name| {
                        let place = table.section.labels.iter().position(|label| label == name);
                        place.map_or_else(|| own(""), |place| Field::Told(one.labels[place].to_string()))
                    }));
                    line.extend([own(figure.name), Field::Figure(figure.value)]);
                    lines.push(line);
                }
            }
        }
    }
    Flat { columns, lines }
}

fn rows(document: &Document) -> Flat {
    let told = |value: Option<String>| Field::Told(value.unwrap_or_default());
    let whole = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let line = |row: &projections::metrics::rows::ListedRow| {
        let known = row.row.as_ref();
        let labels: Vec<&str> = row
            .labels
            .iter()
            .map(AsRef::as_ref)
            .filter(|label| !label.is_empty())
            .collect();
        vec![
            own(row.section),
            Field::Told(row.group.clone()),
            Field::Told(labels.join(" / ")),
            Field::Whole(Some(row.count)),
            Field::Whole(Some(row.value)),
            Field::Own(known.map_or_else(|| "(anonymous)".to_owned(), |known| known.id.clone())),
            told(known.and_then(|known| known.organization.as_ref().map(ToString::to_string))),
            told(known.and_then(|known| known.program.clone())),
            told(known.and_then(|known| known.kind.map(|kind| kind.as_str().to_owned()))),
            told(known.and_then(|known| known.event_type.clone())),
            told(known.and_then(|known| known.subject.as_ref().map(ToString::to_string))),
            told(known.map(|known| known.person.clone())),
            Field::Own(row.at.map(moment).unwrap_or_default()),
            Field::Whole(row.position.map(|position| whole(position.0))),
        ]
    };
    Flat {
        columns: ROW.to_vec(),
        lines: document.rows.iter().flatten().map(line).collect(),
    }
}
