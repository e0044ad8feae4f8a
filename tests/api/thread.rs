//! One thread through the log lines: from the domain event to Chronus' receipt of the answer, found by its correlation
//! id alone, in the lines as they are written for machines.

use std::collections::BTreeSet;
use std::io::Write;
use std::sync::{Arc, Mutex, OnceLock};

use chronus_teams::config::LogFormat;
use chronus_teams::telemetry;
use serde_json::Value;
use tracing_subscriber::EnvFilter;

use crate::support::{ADA, World, mentoring_request, press};

/// Everything that was written so far.
#[derive(Debug, Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Lines {
    /// Starts writing the lines of this process here, as `log.format = "json"` and `log.level = "info,thread=debug"`
    /// do.
    fn start() -> Self {
        static LINES: OnceLock<Lines> = OnceLock::new();
        let start = || {
            let lines = Self::default();
            let writer = lines.clone();
            let filter = EnvFilter::new("info,thread=debug");
            let lines_of = telemetry::lines(LogFormat::Json, filter, move || writer.clone(), false);
            tracing::subscriber::set_global_default(lines_of).unwrap();
            lines
        };
        LINES.get_or_init(start).clone()
    }

    fn read(&self) -> Vec<Value> {
        let bytes = self.0.lock().unwrap().clone();
        let text = String::from_utf8(bytes).unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

/// Whether a line belongs to the thread: by a field of its own or of a span that it was written in.
fn belongs(line: &Value, thread: &str) -> bool {
    let spans = line["spans"].as_array().cloned().unwrap_or_default();
    line["correlation.id"] == thread || spans.iter().any(|span| span["correlation.id"] == thread)
}

#[actix_web::test]
async fn the_correlation_id_finds_every_stage_from_the_domain_event_to_the_answer() {
    let lines = Lines::start();
    let world = World::start().await;
    world.install(ADA).await;
    let card = world.send(&[mentoring_request("1", ADA.email)]).await.card(0);
    let other = world.send(&[mentoring_request("2", ADA.email)]).await.card(0);
    let status = world.reaches(&card, "delivered").await;
    world.reaches(&other, "delivered").await;
    assert!(
        world
            .client(ADA)
            .press(press(&card, "Accept"))
            .await
            .unwrap()
            .taken()
    );
    world.webhook_got(1).await;
    world.at_rest().await;

    let thread = status["correlation_id"].as_str().unwrap();
    let found: Vec<Value> = lines
        .read()
        .into_iter()
        .filter(|line| belongs(line, thread))
        .collect();
    let messages: BTreeSet<&str> = found.iter().filter_map(|line| line["message"].as_str()).collect();
    for message in [
        "a domain event was taken",
        "decided",
        "the card was tried",
        "the card was put",
        "the answer was handed over",
    ] {
        assert!(messages.contains(message), "{message:?} is not among {found:#?}");
    }
    let decided: BTreeSet<(&str, &str)> = found
        .iter()
        .filter_map(|line| Some((line["span"]["name"].as_str()?, line["event"].as_str()?)))
        .collect();
    // A card that can leave at once is queued by the lane, with its try.
    let queued = ["route", "attempt"].map(|stage| decided.contains(&(stage, "NotificationQueued")));
    assert!(queued.contains(&true), "it was queued nowhere: {decided:?}");
    for step in [
        ("attempt", "DeliveryAttempted"),
        ("attempt", "NotificationDelivered"),
        ("activity", "RequestAccepted"),
    ] {
        assert!(decided.contains(&step), "{step:?} is not among {decided:?}");
    }
    let text = Value::from(found).to_string();
    for personal in [ADA.email, ADA.name, "Would you mentor me?"] {
        assert!(!text.contains(personal), "{personal:?} stands in the log lines");
    }
}
