//! Reads `.proto` files as far as messages need it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::{Field, Kind, Messages};

/// A field before its type's name is looked up: the message that declares it, its number, label and type.
struct Declared {
    scope: String,
    number: u32,
    repeated: bool,
    name: String,
}

#[derive(Default)]
struct Read {
    messages: BTreeSet<String>,
    enums: BTreeSet<String>,
    fields: Vec<Declared>,
}

/// Every message of the files in `folder`, and of Google's that they use.
pub(super) fn read(folder: &Path) -> Messages {
    let mut read = Read::default();
    for entry in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        let tokens = tokens(&text);
        let package = tokens.iter().position(|token| token == "package").unwrap();
        read.block(
            &mut tokens[package + 3..].iter().map(String::as_str),
            &tokens[package + 1],
        );
    }
    let mut messages: Messages = well_known();
    for name in &read.messages {
        messages.entry(name.clone()).or_default();
    }
    for field in &read.fields {
        let kind = read.resolve(&field.scope, &field.name, &messages);
        let declared = Field {
            repeated: field.repeated,
            kind,
        };
        messages
            .get_mut(&field.scope)
            .unwrap()
            .insert(field.number, declared);
    }
    messages
}

fn well_known() -> Messages {
    let plain = |kind: &str| Field {
        repeated: false,
        kind: Kind::Plain(kind.to_owned()),
    };
    let time = || BTreeMap::from([(1, plain("int64")), (2, plain("int32"))]);
    BTreeMap::from([
        ("google.protobuf.Empty".to_owned(), BTreeMap::new()),
        ("google.protobuf.Timestamp".to_owned(), time()),
        ("google.protobuf.Duration".to_owned(), time()),
        (
            "google.protobuf.Any".to_owned(),
            BTreeMap::from([(1, plain("string")), (2, plain("bytes"))]),
        ),
    ])
}

/// Words and signs, without comments.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    for line in text.lines() {
        let line = line.split("//").next().unwrap_or_default();
        let mut word = String::new();
        for sign in line.chars().chain([' ']) {
            if sign.is_alphanumeric() || matches!(sign, '_' | '.') {
                word.push(sign);
                continue;
            }
            if !word.is_empty() {
                tokens.push(std::mem::take(&mut word));
            }
            if !sign.is_whitespace() {
                tokens.push(sign.to_string());
            }
        }
    }
    tokens
}

impl Read {
    /// What stands between braces, or in the file, up to the closing one.
    fn block<'t>(&mut self, tokens: &mut impl Iterator<Item = &'t str>, scope: &str) {
        let mut said: Vec<&str> = Vec::new();
        while let Some(token) = tokens.next() {
            match (token, said.as_slice()) {
                ("}", _) => return,
                (";", _) => {
                    self.statement(&said, scope);
                    said.clear();
                }
                ("{", ["message", name]) => {
                    let name = format!("{scope}.{name}");
                    self.messages.insert(name.clone());
                    self.block(tokens, &name);
                    said.clear();
                }
                ("{", ["oneof", _]) => {
                    self.block(tokens, scope);
                    said.clear();
                }
                ("{", other) => {
                    if let ["enum", name] = other {
                        self.enums.insert(format!("{scope}.{name}"));
                    }
                    let mut depth = 1;
                    while depth > 0 {
                        match tokens.next() {
                            Some("{") => depth += 1,
                            Some("}") => depth -= 1,
                            Some(_) => {}
                            None => return,
                        }
                    }
                    said.clear();
                }
                _ => said.push(token),
            }
        }
    }

    fn statement(&mut self, said: &[&str], scope: &str) {
        let (repeated, name, number) = match said {
            ["repeated", name, _, "=", number] => (true, (*name).to_owned(), number),
            ["optional", name, _, "=", number] | [name, _, "=", number] => {
                (false, (*name).to_owned(), number)
            }
            ["map", "<", key, ",", value, ">", _, "=", number] => {
                (false, format!("map<{key},{value}>"), number)
            }
            _ => return,
        };
        if let Ok(number) = number.parse() {
            self.fields.push(Declared {
                scope: scope.to_owned(),
                number,
                repeated,
                name,
            });
        }
    }

    fn resolve(&self, scope: &str, name: &str, known: &Messages) -> Kind {
        let mut within = Some(scope);
        while let Some(at) = within {
            let full = format!("{at}.{name}");
            if self.enums.contains(&full) {
                return Kind::Plain("int32".to_owned());
            }
            if self.messages.contains(&full) {
                return Kind::Message(full);
            }
            within = at.rsplit_once('.').map(|(outer, _)| outer);
        }
        if self.enums.contains(name) {
            return Kind::Plain("int32".to_owned());
        }
        if self.messages.contains(name) || known.contains_key(name) {
            return Kind::Message(name.to_owned());
        }
        Kind::Plain(name.to_owned())
    }
}
