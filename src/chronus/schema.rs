//! The JSON Schemas of domain events (`schemas/`): which one an event of a type must fit, and in words what is wrong
//! with one that does not. Nothing of what an event says gets into those words.

use std::collections::HashMap;
use std::sync::LazyLock;

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{Registry, ValidationError, Validator};
use serde_json::Value;

mod count;
mod describe;
pub mod links;
#[cfg(test)]
mod tests;
pub mod unknown;

/// What all schemas refer to.
const COMMON: &str = include_str!("../../schemas/common.json");
/// The schema of every type without one of its own.
const PLAIN: &str = include_str!("../../schemas/plain.json");
/// The schemas of the kinds.
const KINDS: [&str; 10] = [
    include_str!("../../schemas/announcement.json"),
    include_str!("../../schemas/connection.json"),
    include_str!("../../schemas/erg_event.json"),
    include_str!("../../schemas/meeting.json"),
    include_str!("../../schemas/member.json"),
    include_str!("../../schemas/mentoring_request.json"),
    include_str!("../../schemas/message.json"),
    include_str!("../../schemas/recommended_match.json"),
    include_str!("../../schemas/survey.json"),
    include_str!("../../schemas/task.json"),
];
/// Faults of one event that are told.
pub const MOST_FAULTS: usize = 20;
/// Errors that are looked at to find one of them: several may be about one place.
const ERRORS: usize = 3;

/// Something in an event that does not fit its schema.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Fault {
    /// JSON pointer into the CloudEvent.
    pub pointer: String,
    /// What is wrong and what to send instead.
    pub detail: String,
}

/// What in `event`, a CloudEvent of `event_type`, does not fit the schema of its type: one fault for each place, in
/// the order of the places, `most` at most and never more than twenty. Lists are counted first; where one is too long,
/// nothing else is looked at.
pub fn faults(event_type: &str, event: &Value, most: usize) -> Vec<Fault> {
    let most = most.clamp(1, MOST_FAULTS);
    let schema = SCHEMAS.of(event_type);
    let too_long = count::faults(&schema.document, event);
    if !too_long.is_empty() {
        return too_long.into_iter().take(most).collect();
    }
    if schema.validator.is_valid(event) {
        return Vec::new();
    }
    let errors = schema.validator.iter_errors(event).take(most * ERRORS);
    let mut faults: Vec<Fault> = errors.map(|e| fault(schema, &e)).collect();
    faults.sort_by(|a, b| a.pointer.cmp(&b.pointer));
    faults.dedup_by(|next, kept| next.pointer == kept.pointer);
    faults.truncate(most);
    faults
}

/// What is meant by an attribute of a CloudEvent, by its pointer.
pub fn attribute(pointer: &str) -> Option<&'static str> {
    describe::place(&COMMON_SCHEMA["$defs"]["attributes"], pointer)
}

/// What all schemas refer to, read.
static COMMON_SCHEMA: LazyLock<Value> = LazyLock::new(|| serde_json::from_str(COMMON).unwrap_or_default());

/// What in `answer`, a CloudEvent for Chronus, does not fit `schemas/answer.json`, in words.
pub fn answer_faults(answer: &Value) -> Vec<String> {
    let faults = ANSWER.iter_errors(answer).take(MOST_FAULTS);
    faults
        .map(|fault| format!("{}: {fault}", fault.instance_path()))
        .collect()
}

/// The schema of everything that Chronus is told.
static ANSWER: LazyLock<Validator> = LazyLock::new(|| {
    let document = serde_json::from_str(include_str!("../../schemas/answer.json"));
    jsonschema::options()
        .should_validate_formats(true)
        .build(&document.unwrap_or(Value::Bool(false)))
        .expect("the schema is a part of the program, and a test compiles it")
});

static SCHEMAS: LazyLock<Schemas> = LazyLock::new(|| {
    Schemas::compile().expect("the schemas are a part of the program, and a test compiles every one of them")
});

struct Schema {
    document: Value,
    validator: Validator,
}

/// All schemas, compiled.
struct Schemas {
    schemas: Vec<Schema>,
    /// Which one a type must fit.
    types: HashMap<String, usize>,
    /// Which one every type with such a beginning must fit.
    beginnings: Vec<(String, usize)>,
}

impl Schemas {
    fn compile() -> Result<Self, Box<dyn std::error::Error>> {
        let common: Value = serde_json::from_str(COMMON)?;
        let name = common["$id"].as_str().unwrap_or_default().to_owned();
        let registry = Registry::new().add(name, common)?.prepare()?;
        let mut all = Self {
            schemas: Vec::new(),
            types: HashMap::new(),
            beginnings: Vec::new(),
        };
        // The plain one comes first, so that it is what is left when nothing else fits.
        for text in [PLAIN].into_iter().chain(KINDS) {
            let document: Value = serde_json::from_str(text)?;
            let validator = jsonschema::options()
                .should_validate_formats(true)
                .with_registry(&registry)
                .build(&document)?;
            all.register(&document);
            all.schemas.push(Schema { document, validator });
        }
        Ok(all)
    }

    /// A schema lists the types that it is for, or says how they begin.
    fn register(&mut self, document: &Value) {
        let (types, place) = (&document["properties"]["type"], self.schemas.len());
        let listed = types["enum"].as_array().into_iter().flatten();
        self.types
            .extend(listed.filter_map(|name| Some((name.as_str()?.to_owned(), place))));
        if let Some(pattern) = types["pattern"].as_str() {
            let beginning = pattern.trim_start_matches('^').replace("\\.", ".");
            self.beginnings.push((beginning, place));
        }
    }

    fn of(&self, event_type: &str) -> &Schema {
        let begun = || {
            self.beginnings
                .iter()
                .find(|(beginning, _)| event_type.starts_with(beginning))
        };
        let place = self.types.get(event_type).copied().or_else(|| Some(begun()?.1));
        &self.schemas[place.unwrap_or(0)]
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "of the many ways to fail a schema, those that somebody comes to have words of their own"
)]
fn fault(schema: &Schema, error: &ValidationError<'_>) -> Fault {
    let mut pointer = error.instance_path().as_str().to_owned();
    let wrong = match error.kind() {
        ValidationErrorKind::Required { property } => {
            let property = property.as_str().unwrap_or_default();
            pointer = format!("{pointer}/{}", property.replace('~', "~0").replace('/', "~1"));
            "is missing".to_owned()
        }
        ValidationErrorKind::Type { kind } => format!("must be {}", type_words(kind)),
        ValidationErrorKind::Format { format } if format == "date-time" => {
            "must be a time with its offset, such as 2026-11-30T17:00:00Z".to_owned()
        }
        ValidationErrorKind::Pattern { .. }
            if error
                .instance()
                .as_str()
                .is_some_and(|text| text.trim().is_empty()) =>
        {
            "is empty".to_owned()
        }
        ValidationErrorKind::MinItems { limit } => format!("must list at least {limit}"),
        ValidationErrorKind::MaxItems { limit } => format!("must list at most {limit}"),
        ValidationErrorKind::MinLength { limit } => format!("must have at least {limit} characters"),
        ValidationErrorKind::MaxLength { limit } => format!("must have at most {limit} characters"),
        ValidationErrorKind::Minimum { limit } => format!("must be {limit} or more"),
        ValidationErrorKind::Maximum { limit } => format!("must be {limit} or less"),
        _ => "is not what it should be".to_owned(),
    };
    let detail = match describe::place(&schema.document, &pointer) {
        Some(description) if !wrong.ends_with(description) => format!("{wrong}; send {description}"),
        _ => wrong,
    };
    Fault { pointer, detail }
}

fn type_words(kind: &TypeKind) -> String {
    use jsonschema::JsonType;
    let word = |one: JsonType| match one {
        JsonType::Array => Some("a list"),
        JsonType::Boolean => Some("true or false"),
        JsonType::Integer => Some("a whole number"),
        JsonType::Number => Some("a number"),
        JsonType::Object => Some("an object"),
        JsonType::String => Some("text"),
        // Absent and null mean the same; nobody should be told to send null.
        JsonType::Null => None,
    };
    match kind {
        TypeKind::Single(one) => word(*one).unwrap_or("null").to_owned(),
        TypeKind::Multiple(several) => several.iter().filter_map(word).collect::<Vec<_>>().join(" or "),
    }
}
