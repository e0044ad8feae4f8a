//! Lines for machines are parsed by programs of others, so their fields are held here as docs/configuration.md has them.

use std::collections::BTreeSet;
use std::io::Write;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tracing_subscriber::EnvFilter;

use super::{lines, own};
use crate::config::LogFormat;

#[derive(Debug, Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The lines that some work writes.
fn written(work: impl FnOnce()) -> Vec<Value> {
    written_at("info", work)
}

fn written_at(level: &str, work: impl FnOnce()) -> Vec<Value> {
    let written = Written::default();
    let writer = written.clone();
    let subscriber = lines(
        LogFormat::Json,
        EnvFilter::new(level),
        move || writer.clone(),
        false,
    );
    tracing::subscriber::with_default(subscriber, work);
    let bytes = written.0.lock().unwrap().clone();
    let text = String::from_utf8(bytes).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn fields(line: &Value) -> BTreeSet<&str> {
    line.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn a_line_for_machines_has_the_documented_fields_and_its_own_facts() {
    let told = written(|| {
        let outer = tracing::info_span!("route", correlation.id = "c-1");
        outer.in_scope(|| {
            // Made inside the outer one, which is its parent by that.
            let inner = tracing::info_span!("attempt", tenant = "t-1");
            inner.in_scope(|| {
                tracing::error!(target: "alert", alert = "configuration", notification = %"n-1", "a card\nwas refused");
            });
        });
        tracing::warn!(error = "none", "outside");
        tracing::debug!("below the level");
    });
    assert_eq!(told.len(), 2, "a line each, whatever stands in it: {told:?}");
    let line = &told[0];
    let expected = [
        "alert",
        "level",
        "message",
        "notification",
        "span",
        "spans",
        "target",
        "timestamp",
    ];
    assert_eq!(fields(line), BTreeSet::from(expected));
    assert_eq!(
        (&line["level"], &line["target"]),
        (&"ERROR".into(), &"alert".into())
    );
    assert_eq!(
        (&line["message"], &line["alert"]),
        (&"a card\nwas refused".into(), &"configuration".into())
    );
    assert_eq!(
        (&line["span"]["name"], &line["span"]["tenant"]),
        (&"attempt".into(), &"t-1".into())
    );
    assert_eq!(
        (&line["spans"][0]["name"], &line["spans"][0]["correlation.id"]),
        (&"route".into(), &"c-1".into())
    );
    let at = line["timestamp"].as_str().unwrap();
    assert!(
        at.ends_with('Z') && at.parse::<chrono::DateTime<chrono::Utc>>().is_ok(),
        "{at}"
    );
    assert_eq!(
        fields(&told[1]),
        BTreeSet::from(["error", "level", "message", "target", "timestamp"])
    );
}

#[test]
fn the_documentation_names_every_field_that_a_line_has() {
    let page = include_str!("../../docs/configuration.md");
    let section = page.split("\n## Log lines for machines\n").nth(1).unwrap();
    let section = section.split("\n## ").next().unwrap();
    for field in ["timestamp", "level", "target", "message", "span", "spans"] {
        assert!(section.contains(&format!("`{field}`")), "{field}");
    }
}

#[test]
fn the_web_server_itself_is_silent_unless_it_is_named() {
    let noise = || {
        tracing::error!(target: "actix_http::h1::dispatcher", "stream error: request parse error");
        tracing::info!(target: "actix_server::builder", "starting 2 workers");
        tracing::error!(target: "chronus_teams::http", "ours");
    };
    for level in ["error", "info", "debug"] {
        let told = written_at(&own(level), noise);
        assert_eq!(told.len(), 1, "{level}: {told:?}");
        assert_eq!(told[0]["message"], "ours");
    }
    assert_eq!(written_at(&own("info,actix_http=error"), noise).len(), 2);
    assert!(written_at(&own("off"), noise).is_empty());
}
