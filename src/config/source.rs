//! Where values come from: the file's TOML, then the variables over it, each value remembered with its origin.
//!
//! `CHRONUS_TEAMS_HTTP__LISTEN` sets `http.listen`; a number counts list entries from 0, so
//! `CHRONUS_TEAMS_ORGANIZATIONS__0__WEBHOOK__SECRET` sets the first organization's secret. A variable's text is
//! read as what the key takes. A variable of this prefix that sets nothing is refused: it is a mistake.

use serde::Deserialize;
use toml::{Table, Value};

use super::check::Problems;
use super::origins::Origins;
use super::schema::{self, Kind, Place};
use super::{ConfigError, Problem};

/// What the names of variables begin with.
pub const VARIABLE_PREFIX: &str = "CHRONUS_TEAMS_";

/// Names the configuration file itself, so it is no key.
const FILE_VARIABLE: &str = "CHRONUS_TEAMS_CONFIG";

/// The file with the variables over it; every value is of the kind that its key takes.
#[derive(Debug)]
pub(super) struct Merged {
    table: Table,
    origins: Origins,
}

impl Merged {
    pub(super) fn read(
        text: &str,
        file: &str,
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let mut origins = Origins::of_file(file);
        let mut table = parse_toml(text, file)?;
        let mut found = Vec::new();
        for variable in sorted(variables) {
            if let Err(what) = set_variable(&mut table, &variable, &mut origins) {
                found.push(Problem {
                    key: variable.path(),
                    origin: format!("variable {}", variable.name),
                    what,
                });
            }
        }
        let mut problems = Problems::new(&origins);
        problems.extend(found);
        check_section(&table, "", "", &mut problems);
        problems.into_result(())?;
        Ok(Self { table, origins })
    }

    pub(super) fn origins(&self) -> &Origins {
        &self.origins
    }

    /// The typed configuration.
    pub(super) fn parse<T: for<'de> Deserialize<'de>>(&self) -> Result<T, ConfigError> {
        serde_path_to_error::deserialize(Value::Table(self.table.clone())).map_err(|error| {
            let key = error.path().to_string();
            let mut problems = Problems::new(&self.origins);
            let what = error.inner().message();
            if key.ends_with(".tenant_id") {
                problems.add(&key, format!("{what}; write the tenant's id, 36 characters"));
            } else {
                problems.add(&key, what);
            }
            problems.into_error()
        })
    }
}

/// Reads the file. A syntax error is told by its line; the line itself is not shown, since it may hold a secret.
fn parse_toml(text: &str, file: &str) -> Result<Table, ConfigError> {
    text.parse::<Table>().map_err(|error| {
        let line = error
            .span()
            .and_then(|span| text.get(..span.start))
            .map_or(1, |before| before.matches('\n').count() + 1);
        let first = error.message().lines().next().unwrap_or("syntax error");
        ConfigError {
            problems: vec![Problem {
                key: String::new(),
                origin: format!("{file}, line {line}"),
                what: format!("this is not TOML: {first}"),
            }],
        }
    })
}

struct Variable {
    name: String,
    segments: Vec<String>,
    value: String,
}

impl Variable {
    /// The key, with numbers in brackets.
    fn path(&self) -> String {
        join(&self.segments, |number| format!("[{number}]"))
    }

    /// The key, with `[]` for numbers.
    fn pattern(&self) -> String {
        join(&self.segments, |_| "[]".to_owned())
    }
}

fn join(segments: &[String], number: impl Fn(&str) -> String) -> String {
    segments.iter().fold(String::new(), |mut path, segment| {
        if segment.parse::<usize>().is_ok() {
            path.push_str(&number(segment));
        } else {
            if !path.is_empty() {
                path.push('.');
            }
            path.push_str(segment);
        }
        path
    })
}

/// Our variables, list entries in their order.
fn sorted(variables: impl IntoIterator<Item = (String, String)>) -> Vec<Variable> {
    let mut ours: Vec<Variable> = variables
        .into_iter()
        .filter(|(name, _)| name != FILE_VARIABLE)
        .filter_map(|(name, value)| {
            let path = name.strip_prefix(VARIABLE_PREFIX)?.to_ascii_lowercase();
            let segments = path.split("__").map(str::to_owned).collect();
            Some(Variable {
                name,
                segments,
                value,
            })
        })
        .collect();
    ours.sort_by_key(|variable| {
        let order = |segment: &String| (segment.parse::<usize>().unwrap_or(0), segment.clone());
        variable.segments.iter().map(order).collect::<Vec<_>>()
    });
    ours
}

fn set_variable(table: &mut Table, variable: &Variable, origins: &mut Origins) -> Result<(), String> {
    let pattern = variable.pattern();
    let kind = match schema::place(&pattern) {
        Place::Value(Kind::ChoiceByText(_)) => {
            return Err("this table can be set in the file only".to_owned());
        }
        Place::Value(kind) => kind,
        Place::Section | Place::Sections => {
            return Err(format!(
                "this names a section, not a key; go on with two underscores and the key, as in {}__…",
                variable.name
            ));
        }
        Place::Unknown => return Err(unknown(schema::suggestion(&pattern).map(variable_name))),
    };
    let value = read_text(kind, &variable.value)?;
    *slot(table, &variable.segments)? = value;
    origins.set(variable.path(), variable.name.clone());
    Ok(())
}

/// The variable that sets a key.
fn variable_name(path: &str) -> String {
    let nested = path.replace("[]", "__0").replace('.', "__");
    format!("{VARIABLE_PREFIX}{}", nested.to_ascii_uppercase())
}

/// The place of a value, with the sections around it made where they are missing.
fn slot<'t>(table: &'t mut Table, segments: &[String]) -> Result<&'t mut Value, String> {
    let (first, rest) = segments.split_first().ok_or("the name ends too early")?;
    let mut at = table
        .entry(first.as_str())
        .or_insert_with(|| empty_for(rest.first()));
    for (depth, segment) in rest.iter().enumerate() {
        let next = rest.get(depth + 1);
        at = match (at, segment.parse::<usize>()) {
            (Value::Array(list), Ok(index)) => {
                if index > list.len() {
                    return Err(format!(
                        "the list has {} entries so far; number them from 0 without gaps",
                        list.len()
                    ));
                }
                if index == list.len() {
                    list.push(empty_for(next));
                }
                list.get_mut(index).ok_or("the list is too short")?
            }
            (Value::Table(section), Err(_)) => {
                section.entry(segment.as_str()).or_insert_with(|| empty_for(next))
            }
            _ => return Err("the file holds something else at this place; correct the file".to_owned()),
        };
    }
    Ok(at)
}

fn empty_for(next: Option<&String>) -> Value {
    match next {
        Some(segment) if segment.parse::<usize>().is_ok() => Value::Array(Vec::new()),
        _ => Value::Table(Table::new()),
    }
}

/// A variable's text as what the key takes; ranges are checked later, with the file's values. What is wrong is not shown: it may
/// be a secret under a wrong name.
fn read_text(kind: Kind, text: &str) -> Result<Value, String> {
    let number = |text: &str| {
        text.trim()
            .parse::<i64>()
            .map(Value::Integer)
            .map_err(|_| "this is not a whole number".to_owned())
    };
    let items = || text.split(',').map(str::trim).filter(|item| !item.is_empty());
    match kind {
        Kind::Text | Kind::Secret | Kind::Choice(_) => Ok(Value::String(text.to_owned())),
        Kind::Number(..) => number(text),
        Kind::Flag => text
            .trim()
            .parse()
            .map(Value::Boolean)
            .map_err(|_| "this is neither true nor false".to_owned()),
        Kind::Texts | Kind::Choices(_) => Ok(Value::Array(
            items().map(|item| Value::String(item.to_owned())).collect(),
        )),
        Kind::Numbers(..) => items().map(number).collect::<Result<_, _>>().map(Value::Array),
        Kind::ChoiceByText(_) => Err("this table can be set in the file only".to_owned()),
    }
}

fn unknown(suggestion: Option<impl std::fmt::Display>) -> String {
    match suggestion {
        Some(known) => format!("nothing is called so; did you mean `{known}`?"),
        None => "nothing is called so; docs/configuration.md lists every key".to_owned(),
    }
}

/// Walks a section: unknown keys, missing keys, values of the wrong kind.
fn check_section(section: &Table, path: &str, pattern: &str, problems: &mut Problems<'_>) {
    for (name, value) in section {
        let below = |around: &str| {
            if around.is_empty() {
                name.clone()
            } else {
                format!("{around}.{name}")
            }
        };
        let (path, pattern) = (below(path), below(pattern));
        match (schema::place(&pattern), value) {
            (Place::Unknown, _) => problems.add(&path, unknown(schema::suggestion(&pattern))),
            (Place::Value(kind), value) => check_value(kind, value, &path, problems),
            (Place::Section, Value::Table(inner)) => check_section(inner, &path, &pattern, problems),
            (Place::Section, _) => problems.add(&path, format!("this is a section; write [{path}]")),
            (Place::Sections, Value::Array(list)) => {
                for (index, entry) in list.iter().enumerate() {
                    let path = format!("{path}[{index}]");
                    match entry {
                        Value::Table(inner) => {
                            check_section(inner, &path, &format!("{pattern}[]"), problems);
                        }
                        Value::String(_)
                        | Value::Integer(_)
                        | Value::Float(_)
                        | Value::Boolean(_)
                        | Value::Datetime(_)
                        | Value::Array(_) => problems.add(&path, "each entry of this list is a section"),
                    }
                }
            }
            (Place::Sections, _) => {
                problems.add(&path, format!("this is a list of sections; write [[{path}]]"));
            }
        }
    }
    for name in schema::required_in(pattern).filter(|name| !section.contains_key(*name)) {
        problems.add(
            &format!("{path}.{name}"),
            "this is missing, and its section needs it",
        );
    }
}

fn check_value(kind: Kind, value: &Value, path: &str, problems: &mut Problems<'_>) {
    let entries: &[Value] = match value {
        Value::Array(list) => list,
        Value::String(_)
        | Value::Integer(_)
        | Value::Float(_)
        | Value::Boolean(_)
        | Value::Datetime(_)
        | Value::Table(_) => &[],
    };
    let each = |kind: Kind, problems: &mut Problems<'_>| {
        for (index, entry) in entries.iter().enumerate() {
            check_value(kind, entry, &format!("{path}[{index}]"), problems);
        }
    };
    match (kind, value) {
        (Kind::Text | Kind::Secret, Value::String(_)) | (Kind::Flag, Value::Boolean(_)) => {}
        (Kind::Number(least, most), Value::Integer(number)) => {
            let fits = u64::try_from(*number).is_ok_and(|number| (least..=most).contains(&number));
            if !fits {
                problems.add(path, format!("{number} is out of range; write {least} to {most}"));
            }
        }
        (Kind::Choice(words), Value::String(text)) => {
            if !words.contains(&text.as_str()) {
                problems.add(path, format!("this is not known; write {}", words.join(" or ")));
            }
        }
        (Kind::Texts, Value::Array(_)) => each(Kind::Text, problems),
        (Kind::Choices(words), Value::Array(_)) => each(Kind::Choice(words), problems),
        (Kind::Numbers(least, most), Value::Array(_)) => each(Kind::Number(least, most), problems),
        (Kind::ChoiceByText(words), Value::Table(map)) => {
            for (name, entry) in map {
                check_value(Kind::Choice(words), entry, &format!("{path}.{name:?}"), problems);
            }
        }
        // The value is not shown: it may be a secret under a wrong name.
        (kind, value) => problems.add(path, format!("this is {}; write {}", a(value), wanted(kind))),
    }
}

fn a(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "text",
        Value::Integer(_) => "a number",
        Value::Float(_) => "a number with a fraction",
        Value::Boolean(_) => "true or false",
        Value::Datetime(_) => "a date",
        Value::Array(_) => "a list",
        Value::Table(_) => "a section",
    }
}

fn wanted(kind: Kind) -> String {
    match kind {
        Kind::Text | Kind::Secret => "text in quotes".to_owned(),
        Kind::Number(least, most) => format!("a whole number, {least} to {most}"),
        Kind::Flag => "true or false".to_owned(),
        Kind::Choice(words) => format!("one of \"{}\"", words.join("\", \"")),
        Kind::Texts => "a list of texts, such as [\"one\", \"two\"]".to_owned(),
        Kind::Choices(words) => format!("a list of \"{}\"", words.join("\", \"")),
        Kind::Numbers(..) => "a list of whole numbers, such as [5, 60]".to_owned(),
        Kind::ChoiceByText(words) => format!("a section whose values are \"{}\"", words.join("\" or \"")),
    }
}
