//! Every sample, kept in `tests/fixtures/cards/`: its JSON in English, from which `tools/cards/render.mjs` draws
//! pictures; in the other languages what can be read on it, in order, for the rest is the same.

use std::path::PathBuf;

use serde_json::{Map, Value};

use super::samples;
use crate::cards::card_of;
use crate::cards::language::Language;

fn record(folder: &str, recorded: impl FnOnce()) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(format!("../../../tests/fixtures/cards{folder}"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(recorded);
}

#[test]
fn every_card_is_drawn_as_recorded() {
    record("", || {
        for sample in samples::all() {
            insta::assert_json_snapshot!(sample.name, sample.drawn(Language::English).0);
        }
    });
}

/// Fields of elements whose texts a person reads or hears, in the order in which they stand.
const READ: [&str; 11] = [
    "text",
    "altText",
    "label",
    "placeholder",
    "errorMessage",
    "title",
    "tooltip",
    "value",
    "speak",
    "summary",
    "inlines",
];

/// What can be read on a card, one line for each element.
fn outline(value: &Value, lines: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| outline(item, lines)),
        Value::Object(fields) => {
            match fields.get("type").and_then(Value::as_str) {
                Some("RichTextBlock") => {
                    let runs = fields["inlines"].as_array().map_or(&[][..], Vec::as_slice);
                    lines.push(runs.iter().map(run).collect());
                    return;
                }
                Some(kind) if kind.starts_with("Action.") => {
                    lines.push(format!("[{}]", fields["title"].as_str().unwrap_or_default()));
                }
                Some("AdaptiveCard") => lines.push(format!(
                    "speak: {}",
                    fields.get("speak").and_then(Value::as_str).unwrap_or_default()
                )),
                _ => lines.extend(read(fields)),
            }
            for inner in ["columns", "items", "facts", "choices", "card", "body", "actions"] {
                fields.get(inner).iter().for_each(|inner| outline(inner, lines));
            }
        }
        _ => {}
    }
}

fn run(run: &Value) -> String {
    let text = run["text"].as_str().unwrap_or_default();
    if run["strikethrough"] == true {
        format!("~{text}~")
    } else {
        text.to_owned()
    }
}

fn read(fields: &Map<String, Value>) -> Option<String> {
    let texts = READ
        .iter()
        .filter_map(|key| fields.get(*key).and_then(Value::as_str));
    let line = texts.collect::<Vec<_>>().join(" | ");
    (!line.is_empty()).then_some(line)
}

#[test]
fn every_card_reads_as_recorded_in_every_other_language() {
    for language in Language::ALL
        .into_iter()
        .filter(|language| *language != Language::English)
    {
        let mut page = String::new();
        for sample in samples::all() {
            let message = sample.drawn(language);
            let mut lines = Vec::new();
            outline(card_of(&message), &mut lines);
            page.extend(["# ", sample.name, "\n", &lines.join("\n"), "\n\n"]);
        }
        record("/languages", || insta::assert_snapshot!(language.code(), page));
    }
}

/// Writes every card in every language for the pictures (`make cards`): `CARDS_JSON` names the folder; without it a
/// passing one is taken. The names of the files are what `tools/cards/render.mjs` looks for.
#[test]
fn every_card_can_be_written_down_for_the_pictures() {
    let passing = tempfile::tempdir().unwrap();
    let folder = std::env::var_os("CARDS_JSON").map_or_else(|| passing.path().to_owned(), PathBuf::from);
    for language in Language::ALL {
        let folder = folder.join(language.code());
        std::fs::create_dir_all(&folder).unwrap();
        for sample in samples::all() {
            let card = card_of(&sample.drawn(language)).to_string();
            let file = folder.join(format!("{}.json", sample.name));
            std::fs::write(&file, &card).unwrap();
        }
        let written = std::fs::read_dir(&folder).unwrap().count();
        assert!(written >= samples::all().len(), "two samples of one name");
    }
}
