//! Spans for a collector: OTLP over HTTP, in its JSON form (OpenTelemetry protocol 1.x: `/v1/traces`, ids in hexadecimal,
//! times as decimal nanoseconds in text).

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use events::Clock;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use url::Url;

use super::spans::Span;
use crate::http_client;

/// `SPAN_KIND_INTERNAL` and `SPAN_KIND_CONSUMER`.
const KINDS: (u8, u8) = (1, 5);
/// `STATUS_CODE_ERROR`.
const ERROR: u8 = 2;

/// Who is told, and with which headers.
#[derive(Clone)]
pub struct CollectorSettings {
    /// The collector's address; `/v1/traces` is added.
    pub endpoint: Url,
    /// What it wants to see, such as a key. Marked as sensitive, so never printed.
    pub headers: HeaderMap,
}

impl std::fmt::Debug for CollectorSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CollectorSettings")
            .field("endpoint", &self.endpoint.as_str())
            .finish_non_exhaustive()
    }
}

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The collector has them.
    Taken,
    /// It never will: asking again changes nothing.
    Refused { status: u16 },
    /// Not now.
    Away { retry_after: Option<Duration> },
}

#[derive(Debug)]
pub(super) struct Collector {
    settings: CollectorSettings,
    url: Url,
    http: reqwest::Client,
    clock: Arc<dyn Clock>,
}

impl Collector {
    pub(super) fn new(settings: CollectorSettings, http: reqwest::Client, clock: Arc<dyn Clock>) -> Self {
        let mut url = settings.endpoint.clone();
        let path = format!("{}/v1/traces", url.path().trim_end_matches('/'));
        url.set_path(&path);
        Self {
            settings,
            url,
            http,
            clock,
        }
    }

    pub(super) async fn take(&self, spans: &[Span]) -> Outcome {
        let request = self
            .http
            .post(self.url.clone())
            .headers(self.settings.headers.clone());
        match request.json(&message(spans)).send().await {
            Ok(answer) if answer.status().is_success() => Outcome::Taken,
            // What the protocol names as worth another try.
            Ok(answer) if matches!(answer.status().as_u16(), 429 | 502 | 503 | 504) => Outcome::Away {
                retry_after: http_client::retry_after(answer.headers(), self.clock.now()),
            },
            Ok(answer) => Outcome::Refused {
                status: answer.status().as_u16(),
            },
            Err(_) => Outcome::Away { retry_after: None },
        }
    }
}

/// The spans as a collector reads them.
fn message(spans: &[Span]) -> Value {
    let spans: Vec<Value> = spans.iter().map(written).collect();
    json!({ "resourceSpans": [{
        "resource": { "attributes": [
            text("service.name", "chronus-teams"), text("service.version", env!("CARGO_PKG_VERSION")),
        ] },
        "scopeSpans": [{ "scope": { "name": "chronus-teams.log" }, "spans": spans }],
    }] })
}

fn written(span: &Span) -> Value {
    let attributes: Vec<Value> = span
        .attributes
        .iter()
        .map(|(name, value)| text(name, value))
        .collect();
    json!({
        "traceId": format!("{:032x}", span.trace),
        "spanId": format!("{:016x}", span.id),
        "parentSpanId": span.parent.map_or_else(String::new, |parent| format!("{parent:016x}")),
        "name": span.name,
        "kind": if span.came_in { KINDS.1 } else { KINDS.0 },
        "startTimeUnixNano": nanoseconds(span.begins),
        "endTimeUnixNano": nanoseconds(span.ends),
        "attributes": attributes,
        "status": if span.failed { json!({ "code": ERROR }) } else { json!({}) },
    })
}

fn text(name: &str, value: &str) -> Value {
    json!({ "key": name, "value": { "stringValue": value } })
}

fn nanoseconds(at: DateTime<Utc>) -> String {
    at.timestamp_nanos_opt().unwrap_or_default().max(0).to_string()
}
