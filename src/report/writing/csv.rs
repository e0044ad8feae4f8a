//! A report with one line a figure. Text that a spreadsheet would take for a formula begins with an apostrophe.

use super::super::document::{Document, figures, moment};

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

/// The text.
pub(in super::super) fn write(document: &Document) -> String {
    let lines = if document.rows.is_some() {
        rows(document)
    } else {
        tables(document)
    };
    let mut writer = csv::Writer::from_writer(Vec::new());
    for line in lines {
        // Writing into memory does not fail, and every line has as many fields as the heading.
        if writer.write_record(&line).is_err() {
            return String::new();
        }
    }
    writer
        .into_inner()
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .unwrap_or_default()
}

fn constant(document: &Document) -> Vec<String> {
    let head = &document.head;
    vec![
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

fn tables(document: &Document) -> Vec<Vec<String>> {
    let names = label_names(document);
    let heading = ["table", "by", "group"].into_iter().chain(names.iter().copied());
    let heading = heading.chain(["measure", "value"]).chain(CONSTANT);
    let mut lines = vec![heading.map(ToOwned::to_owned).collect()];
    let constant = constant(document);
    let begin = lines.len();
    for table in &document.tables {
        let by = table.by.map_or("", |by| by.as_str());
        for group in &table.groups {
            let begin = [table.section.name.to_owned(), by.to_owned(), safe(&group.name)];
            if group.hidden {
                let mut line = begin.to_vec();
                line.extend(names.iter().map(|_| String::new()));
                line.extend(["count".to_owned(), "hidden".to_owned()]);
                line.extend(constant.iter().cloned());
                lines.push(line);
            }
            for one in &group.lines {
                for figure in figures(table.section.measure, &one.figures) {
                    let mut line = begin.to_vec();
                    line.extend(names.iter().map(|name| {
                        let place = table.section.labels.iter().position(|label| label == name);
                        place.map(|place| safe(&one.labels[place])).unwrap_or_default()
                    }));
                    line.extend([figure.name.to_owned(), figure.plain()]);
                    line.extend(constant.iter().cloned());
                    lines.push(line);
                }
            }
        }
    }
    if lines.len() == begin {
        lines.push(about_nothing(lines[0].len(), &constant));
    }
    lines
}

/// The line of a report without a figure: what it says of itself, so that the file can be verified.
fn about_nothing(fields: usize, constant: &[String]) -> Vec<String> {
    let mut line = vec![String::new(); fields - constant.len()];
    line.extend(constant.iter().cloned());
    line
}

fn rows(document: &Document) -> Vec<Vec<String>> {
    let heading = [
        "table",
        "group",
        "line",
        "count",
        "value",
        "row",
        "organization",
        "program",
        "card",
        "type",
        "subject",
        "person",
        "happened_at",
        "event_position",
    ];
    let mut lines = vec![
        heading
            .into_iter()
            .chain(CONSTANT)
            .map(ToOwned::to_owned)
            .collect(),
    ];
    let constant = constant(document);
    for row in document.rows.iter().flatten() {
        let known = row.row.as_ref();
        let text = |value: Option<String>| safe(&value.unwrap_or_default());
        let labels: Vec<&str> = row
            .labels
            .iter()
            .map(AsRef::as_ref)
            .filter(|label| !label.is_empty())
            .collect();
        let mut line = vec![
            row.section.to_owned(),
            safe(&row.group),
            safe(&labels.join(" / ")),
            row.count.to_string(),
            row.value.to_string(),
            known.map_or_else(|| "(anonymous)".to_owned(), |known| known.id.clone()),
            text(known.and_then(|known| known.organization.as_ref().map(ToString::to_string))),
            text(known.and_then(|known| known.program.clone())),
            text(known.and_then(|known| known.kind.map(|kind| kind.as_str().to_owned()))),
            text(known.and_then(|known| known.event_type.clone())),
            text(known.and_then(|known| known.subject.as_ref().map(ToString::to_string))),
            text(known.map(|known| known.person.clone())),
            row.at.map(moment).unwrap_or_default(),
            row.position
                .map(|position| position.to_string())
                .unwrap_or_default(),
        ];
        line.extend(constant.iter().cloned());
        lines.push(line);
    }
    if lines.len() == 1 {
        lines.push(about_nothing(lines[0].len(), &constant));
    }
    lines
}

/// Text that no spreadsheet takes for a formula, also not one that parts cells at semicolons or tabs: an apostrophe stands before
/// whatever would begin one.
pub(in super::super) fn safe(text: &str) -> String {
    let mut safe = String::with_capacity(text.len() + 1);
    // Where a cell can begin, and the place of the first letter since then that shows nothing.
    let mut begins = Some(0);
    if text.starts_with(['\t', '\r', '\n']) {
        safe.push('\'');
        begins = None;
    }
    for letter in text.chars() {
        if let Some(place) = begins
            && starts_formula(letter)
        {
            safe.insert(place, '\'');
        }
        safe.push(letter);
        if matches!(letter, ';' | '\t' | '\r' | '\n' | '"') {
            begins = Some(safe.len());
        } else if !letter.is_whitespace() && !shows_nothing(letter) {
            begins = None;
        }
    }
    safe
}

/// The signs with which a formula begins, also as wide as a Chinese letter.
fn starts_formula(letter: char) -> bool {
    matches!(
        letter,
        '=' | '+' | '-' | '@' | '\u{ff1d}' | '\u{ff0b}' | '\u{ff0d}' | '\u{ff20}' | '\u{2212}'
    )
}

/// Spaces without width, joiners, marks of direction, control characters.
fn shows_nothing(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::safe;

    #[test]
    fn no_name_becomes_a_formula() {
        for text in [
            "=1+1",
            "+1",
            "-1",
            "@x",
            "\t=1",
            " =HYPERLINK(\"x\")",
            "\r=1",
            "\n=1",
            "\u{200b}=1",
            "\u{feff} \u{202e}@x",
            "\u{ff1d}1+1",
        ] {
            assert!(safe(text).starts_with('\''), "{text:?}");
        }
        for (text, written) in [
            ("a;=1+1", "a;'=1+1"),
            ("a; =1;b\t+2", "a;' =1;b\t'+2"),
            ("a\";\u{200b}@x", "a\";'\u{200b}@x"),
        ] {
            assert_eq!(safe(text), written);
        }
        for text in ["", "Women's network", "2026-03-01", "a=b", "a; b=c"] {
            assert_eq!(safe(text), text);
        }
    }
}
