//! Reading CloudEvents off an HTTP request in the three modes of the CloudEvents HTTP binding: structured, batched
//! and binary. Each event of a batch stands alone: one that cannot be read does not spoil its neighbours.

use cloudevents::event::{Data, EventBuilder as _, EventBuilderV10};
use cloudevents::{AttributesReader as _, Event};
use percent_encoding::percent_decode_str;
use serde_json::Value;

/// The media type of one structured event.
pub const STRUCTURED: &str = "application/cloudevents+json";
/// The media type of a batch.
pub const BATCH: &str = "application/cloudevents-batch+json";

/// One CloudEvent, or why it is none.
#[derive(Debug)]
pub struct Received {
    /// The event's `id` as far as it could be read, so that the answer can name it.
    pub id: Option<String>,
    /// The event's `source` as far as it could be read.
    pub source: Option<String>,
    /// The event.
    pub event: Result<Event, String>,
}

/// Why the whole request cannot be read.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// The body is not JSON.
    #[error("the body is not valid JSON: {0}")]
    NotJson(String),
    /// A batch is not a list.
    #[error("a batch must be a JSON list of CloudEvents")]
    NotAList,
    /// More events than a request may carry.
    #[error("the batch holds {found} events; send at most {most} at a time")]
    TooMany {
        /// Events found.
        found: usize,
        /// Events allowed.
        most: usize,
    },
    /// Neither a structured nor a batch media type, and no `ce-` headers.
    #[error(
        "send {STRUCTURED}, {BATCH}, or application/json with ce-specversion, ce-id, ce-source and ce-type headers"
    )]
    NoCloudEvent,
}

/// Reads a request. `headers` gives a header's value by its lower-case name.
pub fn read(
    content_type: &str,
    headers: &[(String, String)],
    body: &[u8],
    max_batch: usize,
) -> Result<Vec<Received>, EnvelopeError> {
    let media = content_type
        .split(';')
        .next()
        .unwrap_or("")
        .trim()
        .to_ascii_lowercase();
    let json = |body: &[u8]| -> Result<Value, EnvelopeError> {
        serde_json::from_slice(body).map_err(|error| EnvelopeError::NotJson(error.to_string()))
    };
    match media.as_str() {
        BATCH => {
            let Value::Array(list) = json(body)? else {
                return Err(EnvelopeError::NotAList);
            };
            if list.len() > max_batch {
                return Err(EnvelopeError::TooMany {
                    found: list.len(),
                    most: max_batch,
                });
            }
            Ok(list.into_iter().map(structured).collect())
        }
        STRUCTURED => Ok(vec![structured(json(body)?)]),
        _ if headers.iter().any(|(name, _)| name == "ce-specversion") => {
            Ok(vec![binary(&media, headers, json(body)?)])
        }
        _ => Err(EnvelopeError::NoCloudEvent),
    }
}

fn structured(value: Value) -> Received {
    let text = |key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
    let (id, source, version) = (text("id"), text("source"), text("specversion"));
    let event = if version.as_deref() == Some("1.0") {
        serde_json::from_value::<Event>(value).map_err(|error| error.to_string())
    } else {
        Err("specversion must be \"1.0\"".to_owned())
    };
    Received { id, source, event }
}

fn binary(media: &str, headers: &[(String, String)], body: Value) -> Received {
    let attribute = |name: &str| {
        let value = headers
            .iter()
            .find(|(header, _)| header.strip_prefix("ce-") == Some(name));
        value.map(|(_, value)| percent_decode_str(value).decode_utf8_lossy().into_owned())
    };
    let (id, source) = (attribute("id"), attribute("source"));
    if attribute("specversion").as_deref() != Some("1.0") {
        return Received {
            id,
            source,
            event: Err("ce-specversion must be 1.0".to_owned()),
        };
    }
    let media = if media.is_empty() {
        "application/json"
    } else {
        media
    };
    let mut builder = EventBuilderV10::new().data(media, Data::Json(body));
    if let Some(id) = &id {
        builder = builder.id(id);
    }
    if let Some(source) = &source {
        builder = builder.source(source);
    }
    if let Some(event_type) = attribute("type") {
        builder = builder.ty(event_type);
    }
    if let Some(subject) = attribute("subject") {
        builder = builder.subject(subject);
    }
    if let Some(time) = attribute("time") {
        builder = builder.time(time);
    }
    Received {
        id,
        source,
        event: builder.build().map_err(|error| error.to_string()),
    }
}

/// The event's JSON data, if it has any.
pub fn json_data(event: &Event) -> Option<Value> {
    match event.data()? {
        Data::Json(value) => Some(value.clone()),
        Data::String(text) => serde_json::from_str(text).ok(),
        Data::Binary(bytes) => serde_json::from_slice(bytes).ok(),
    }
}

/// Attributes as owned text: id, source, type, subject, time.
pub fn attributes(event: &Event) -> (&str, &str, &str, Option<&str>) {
    (event.id(), event.source(), event.ty(), event.subject())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event(id: &str) -> Value {
        json!({ "specversion": "1.0", "id": id, "source": "/chronus/acme", "type": "com.chronus.x.y",
                "datacontenttype": "application/json", "data": { "title": "T" } })
    }

    #[test]
    fn a_bad_event_does_not_spoil_its_neighbours() {
        let batch = json!([event("1"), { "specversion": "1.0", "id": "2" }, 7, event("4")]).to_string();
        let read = read(BATCH, &[], batch.as_bytes(), 10).unwrap();
        let good: Vec<bool> = read.iter().map(|received| received.event.is_ok()).collect();
        assert_eq!(good, [true, false, false, true]);
        assert_eq!(read[1].id.as_deref(), Some("2"));
    }

    #[test]
    fn binary_mode_reads_its_attributes_from_headers() {
        let headers = [
            ("ce-specversion", "1.0"),
            ("ce-id", "a%20b"),
            ("ce-source", "/chronus/acme"),
            ("ce-type", "com.chronus.x.y"),
            ("ce-subject", "meeting/9"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let read = read(
            "application/json; charset=utf-8",
            &headers,
            br#"{"title":"T"}"#,
            1,
        )
        .unwrap();
        let event = read[0].event.as_ref().unwrap();
        assert_eq!(
            attributes(event),
            ("a b", "/chronus/acme", "com.chronus.x.y", Some("meeting/9"))
        );
        assert_eq!(json_data(event), Some(json!({ "title": "T" })));
    }

    #[test]
    fn requests_that_are_no_cloud_events_are_told_what_to_send() {
        assert_eq!(
            read("application/json", &[], b"{}", 1).unwrap_err(),
            EnvelopeError::NoCloudEvent
        );
        assert!(matches!(
            read(STRUCTURED, &[], b"{", 1).unwrap_err(),
            EnvelopeError::NotJson(_)
        ));
        assert_eq!(read(BATCH, &[], b"{}", 1).unwrap_err(), EnvelopeError::NotAList);
        let two = json!([event("1"), event("2")]).to_string();
        assert!(matches!(
            read(BATCH, &[], two.as_bytes(), 1),
            Err(EnvelopeError::TooMany { found: 2, most: 1 })
        ));
    }
}
