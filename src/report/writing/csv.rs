//! A report with one line a figure. Text that a spreadsheet would take for a formula begins with an apostrophe.

use super::super::document::Document;
use super::flat::{self, Field};

/// The text.
pub(in super::super) fn write(document: &Document) -> String {
    let flat = flat::of(document);
    let heading = flat.columns.iter().map(|(name, _)| (*name).to_owned()).collect();
    let lines = flat
        .lines
        .into_iter()
        .map(|line| line.into_iter().map(text).collect());
    let mut writer = csv::Writer::from_writer(Vec::new());
    for line in std::iter::once(heading).chain(lines) {
        let line: Vec<String> = line;
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

fn text(field: Field) -> String {
    match field {
        Field::Own(text) => text,
        Field::Told(text) => safe(&text),
        Field::Whole(number) => number.map(|number| number.to_string()).unwrap_or_default(),
        Field::Figure(value) => value.plain(),
    }
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
