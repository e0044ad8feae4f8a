//! Reading CloudEvents off an HTTP request in the three modes of the CloudEvents HTTP binding: structured, batched
//! and binary. A request is cut into its events before any of them is read, and each of them stands alone: one that
//! cannot be read does not spoil its neighbours.

use cloudevents::Event;
use cloudevents::event::Data;
use serde_json::{Map, Value};

use super::json_text::cut::{self, members};
use super::json_text::once::{self, Unread};
use super::json_text::{fault, shape::Shape};
use super::schema::Fault;
use super::warning::Warning;

mod attributes;
mod headers;
#[cfg(test)]
mod tests;

/// The media type of one structured event.
pub const STRUCTURED: &str = "application/cloudevents+json";
/// The media type of a batch.
pub const BATCH: &str = "application/cloudevents-batch+json";
/// Deepest nesting that the JSON reader takes, whatever is configured.
const READER_DEPTH: usize = 126;
/// Characters of an id or a source that an answer repeats; longer ones are refused.
const SHOWN: usize = 256;

/// Values that one JSON body, or one event of a batch, may hold: room for the longest list of recipients, each with all
/// that can be said of one.
pub const MAX_VALUES: usize = 65_536;

/// What a request and each of its events may hold.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Events in one request.
    pub batch: usize,
    /// Lists and objects within one another, in one event.
    pub depth: usize,
    /// Values in one event.
    pub values: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            batch: 500,
            depth: 32,
            values: MAX_VALUES,
        }
    }
}

/// One CloudEvent, or why it is none.
#[derive(Debug)]
pub struct Received {
    /// The event's `id` as far as it could be read, so that the answer can name it.
    pub id: Option<String>,
    /// The event's `source` as far as it could be read.
    pub source: Option<String>,
    /// The event, and what in its attributes has no effect.
    pub event: Result<(Event, Vec<Warning>), Fault>,
}

/// Why the whole request cannot be read.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// The body is no JSON object.
    #[error("the body is not a JSON object; reading ended at byte {at}")]
    NotAnObject {
        /// Where reading ended.
        at: usize,
    },
    /// A batch is no list, or its quotes or brackets do not match, so that nobody can tell where an event ends.
    #[error("a batch must be a JSON list of CloudEvents; reading ended at byte {at}")]
    NotAList {
        /// Where reading ended.
        at: usize,
    },
    /// More events than a request may carry.
    #[error("the batch holds {found} events; send at most {most} at a time")]
    TooMany {
        /// Events found.
        found: usize,
        /// Events allowed.
        most: usize,
    },
    /// Another character set than UTF-8.
    #[error("the body must be UTF-8; send it so and leave charset out of Content-Type")]
    Charset,
    /// Neither a structured nor a batch media type, and no `ce-` headers.
    #[error(
        "send {STRUCTURED}, {BATCH}, or application/json with ce-specversion, ce-id, ce-source and ce-type headers"
    )]
    NoCloudEvent,
    /// Nothing where an event should be.
    #[error("the body is empty; send a CloudEvent")]
    Empty,
    /// One structured event under another media type.
    #[error("the body is one CloudEvent; send it as {STRUCTURED}")]
    OneEvent,
    /// A list under another media type than that of a batch.
    #[error("the body is a list; send it as {BATCH}")]
    List,
}

/// An event of a request, not read yet.
#[derive(Debug)]
pub enum Part<'r> {
    /// All of it is JSON.
    Structured(&'r [u8]),
    /// Its attributes are headers, its data is the body.
    Binary {
        /// `Content-Type` without its parameters.
        media: String,
        /// The headers whose names begin with `ce-`, without that, as they came.
        headers: &'r [(String, Vec<u8>)],
        /// The body.
        body: &'r [u8],
    },
}

/// Cuts a request into its events. `headers` are those whose names begin with `ce-`, in lower case and without that,
/// in the order in which they came.
pub fn cut<'r>(
    content_type: &str,
    headers: &'r [(String, Vec<u8>)],
    body: &'r [u8],
    limits: Limits,
) -> Result<Vec<Part<'r>>, EnvelopeError> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let media = essence(content_type);
    if !is_utf8(content_type) {
        return Err(EnvelopeError::Charset);
    }
    let is_binary =
        media != BATCH && media != STRUCTURED && headers.iter().any(|(name, _)| name == "specversion");
    let begins = body.iter().copied().find(|byte| !byte.is_ascii_whitespace());
    match (media.as_str(), begins) {
        (_, None) if !is_binary => Err(EnvelopeError::Empty),
        (BATCH, Some(b'{')) if is_event(body) => Err(EnvelopeError::OneEvent),
        (STRUCTURED, Some(b'[')) => Err(EnvelopeError::List),
        (BATCH, _) => {
            let items = cut::items(body, limits.batch);
            let items = items.map_err(|uncut| EnvelopeError::NotAList { at: uncut.at })?;
            if items.count > limits.batch {
                return Err(EnvelopeError::TooMany {
                    found: items.count,
                    most: limits.batch,
                });
            }
            Ok(items.first.into_iter().map(Part::Structured).collect())
        }
        (STRUCTURED, _) => match members(body) {
            Err(uncut) => Err(EnvelopeError::NotAnObject { at: uncut.at }),
            Ok(_) => Ok(vec![Part::Structured(body)]),
        },
        _ if is_binary => Ok(vec![Part::Binary { media, headers, body }]),
        (_, Some(b'[')) => Err(EnvelopeError::List),
        (_, Some(b'{')) if is_event(body) => Err(EnvelopeError::OneEvent),
        _ => Err(EnvelopeError::NoCloudEvent),
    }
}

/// Whether a JSON object calls itself a CloudEvent.
fn is_event(body: &[u8]) -> bool {
    members(body).is_ok_and(|members| members.iter().any(|member| member.name == b"\"specversion\""))
}

/// A media type without its parameters, in lower case.
fn essence(media: &str) -> String {
    let essence = media.split(';').next().unwrap_or("");
    essence.trim().to_ascii_lowercase()
}

/// Whether a media type names no other character set than UTF-8.
fn is_utf8(media: &str) -> bool {
    let mut parameters = media.split(';').skip(1).filter_map(|one| one.split_once('='));
    parameters.all(|(name, value)| {
        let value = value.trim().trim_matches('"');
        let known = ["utf-8", "utf8", "us-ascii"];
        !name.trim().eq_ignore_ascii_case("charset")
            || known.iter().any(|known| value.eq_ignore_ascii_case(known))
    })
}

impl Part<'_> {
    /// Reads the event.
    pub fn read(self, limits: Limits) -> Received {
        match self {
            Self::Structured(json) => structured(json, limits),
            Self::Binary { media, headers, body } => binary(&media, headers, body, limits),
        }
    }
}

/// Reads JSON that stands at `pointer` of an event, if it is no larger and no deeper than may be.
fn json(text: &[u8], pointer: &str, limits: Limits) -> Result<Value, Fault> {
    let (shape, depth) = (Shape::up_to(text, limits.values), limits.depth.min(READER_DEPTH));
    if shape.values > limits.values {
        let detail = format!(
            "holds more than {} values; send several smaller events",
            limits.values
        );
        let pointer = pointer.to_owned();
        return Err(Fault { pointer, detail });
    }
    if shape.depth > depth {
        let pointer = fault::too_deep(text, pointer, depth);
        let detail = format!("lies deeper than {depth} lists and objects within one another; nest less");
        return Err(Fault { pointer, detail });
    }
    once::read(text).map_err(|unread| match unread {
        Unread::Unreadable => fault::first(text, pointer),
        Unread::Twice(place) => Fault {
            pointer: format!("{pointer}{place}"),
            detail: "is given twice; send it once".to_owned(),
        },
    })
}

fn structured(text: &[u8], limits: Limits) -> Received {
    let fields = json(text, "", limits).and_then(|value| match value {
        Value::Object(fields) => Ok(fields),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => Err(Fault {
            pointer: String::new(),
            detail: "must be a JSON object: a CloudEvent".to_owned(),
        }),
    });
    let (id, source) = match &fields {
        Ok(fields) => (shown(fields.get("id")), shown(fields.get("source"))),
        // What names the event can often be read where the whole cannot.
        Err(_) => names(text),
    };
    Received {
        id,
        source,
        event: fields.and_then(|fields| attributes::event(fields, limits)),
    }
}

fn shown(value: Option<&Value>) -> Option<String> {
    let text = value?.as_str()?;
    Some(text.chars().take(SHOWN).collect())
}

/// The `id` and the `source` of an event that cannot be read as a whole, each where it is there once.
fn names(event: &[u8]) -> (Option<String>, Option<String>) {
    let members = members(event).unwrap_or_default();
    let one_text = |name: &str| {
        let mut named = members
            .iter()
            .filter(|member| serde_json::from_slice::<String>(member.name).is_ok_and(|found| found == name));
        // A text and nothing else: what else may stand there was not bounded.
        let text: String = serde_json::from_slice(named.next()?.value).ok()?;
        named.next().is_none().then(|| text.chars().take(SHOWN).collect())
    };
    (one_text("id"), one_text("source"))
}

fn binary(media: &str, headers: &[(String, Vec<u8>)], body: &[u8], limits: Limits) -> Received {
    let (mut fields, fault) = headers::attributes(headers);
    let (id, source) = (shown(fields.get("id")), shown(fields.get("source")));
    let fault = fault.or_else(|| said_elsewhere(&fields, media));
    let data = || {
        if !media.is_empty() {
            fields.insert("datacontenttype".to_owned(), media.into());
        }
        attributes::check_media(media)?;
        fields.insert("data".to_owned(), json(body, "/data", limits)?);
        attributes::event(fields, limits)
    };
    Received {
        id,
        source,
        event: fault.map_or_else(data, Err),
    }
}

/// What a header says that in this mode `Content-Type` or the body says: one of the two would be dropped in silence.
fn said_elsewhere(fields: &Map<String, Value>, media: &str) -> Option<Fault> {
    let told = |name: &str| fields.get(name).and_then(Value::as_str);
    let (pointer, detail) = if told("data").is_some() {
        ("/data", "is the body in this mode; leave the header ce-data out")
    } else if told("datacontenttype").is_some_and(|other| essence(other) != media) {
        (
            "/datacontenttype",
            "is told by Content-Type in this mode, and otherwise; leave the header ce-datacontenttype out",
        )
    } else {
        return None;
    };
    Some(Fault {
        pointer: pointer.to_owned(),
        detail: detail.to_owned(),
    })
}

/// Takes the event's JSON data, if it has any.
pub fn take_data(event: &mut Event) -> Option<Value> {
    match event.take_data().2? {
        Data::Json(value) => Some(value),
        Data::String(text) => serde_json::from_str(&text).ok(),
        Data::Binary(bytes) => serde_json::from_slice(&bytes).ok(),
    }
}
