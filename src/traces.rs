//! Tells an OpenTelemetry collector what the log holds, as traces: a thread of the log is a trace, an event in it a span
//! that began with what caused it. The log is followed and nothing is instrumented, so a trace shows what was recorded and
//! can be compared with the log, and a collector that is away holds up nothing.
//!
//! What is recorded while nobody follows (before the start, or while the collector stays away for longer than
//! 100,000 events) is not told; the log has it.

mod otlp;
mod spans;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use actors::intake::AcceptedIndex;
use events::store::Follow;
use events::{Clock, EventId, EventStore, OrganizationEvent, Position, Recorded, TraceParent};
use metrics::counter;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::metrics::SPANS;
use otlp::{Collector, Outcome};
use spans::{Span, Threads};

pub use otlp::CollectorSettings;

/// Events read at a time, so the most spans of one request.
const AT_ONCE: usize = 512;
/// So many events may wait for a collector that is away; what is older then is left out.
const MOST_BEHIND: u64 = 100_000;
/// How long to wait after a request that was not taken, at first and at most.
const PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));
/// How long to gather what is recorded before it is told.
const GATHERING: Duration = Duration::from_secs(1);

/// What is followed, and who is told.
#[derive(Debug)]
pub struct Traces {
    /// The log.
    pub store: Arc<dyn EventStore>,
    /// Finds the domain event with which a thread began.
    pub index: Arc<dyn AcceptedIndex>,
    /// Who is told.
    pub collector: CollectorSettings,
    /// Sends the requests; it has the time limits.
    pub http: reqwest::Client,
    /// By which a time to wait until is read.
    pub clock: Arc<dyn Clock>,
}

impl Traces {
    /// Tells what is recorded from now on, until `cancel`.
    pub async fn run(self, cancel: CancellationToken) {
        let collector = Collector::new(self.collector.clone(), self.http.clone(), Arc::clone(&self.clock));
        let mut threads = Threads::default();
        let mut after = *self.store.head().borrow();
        let followed = self.follow(&collector, &mut threads, &mut after);
        // A stop does not wait for a collector: the log has what was not told.
        let _told_to_stop = cancel.run_until_cancelled(followed).await;
    }

    async fn follow(&self, collector: &Collector, threads: &mut Threads, after: &mut Position) {
        let mut follow = Follow::new(&*self.store, *after, AT_ONCE);
        let mut pause = PAUSES.0;
        loop {
            let spans = match follow.next().await {
                Ok(Some(events)) => self.spans(events, threads).await,
                // Nothing more is written; whoever cancels is awaited.
                Ok(None) => return std::future::pending().await,
                Err(error) => {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "the log cannot be followed for traces"
                    );
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(PAUSES.1);
                    continue;
                }
            };
            *after = follow.position();
            self.tell(collector, spans, *after).await;
            pause = PAUSES.0;
            let head = self.store.head().borrow().0;
            if head.saturating_sub(after.0) > MOST_BEHIND {
                let left_out = head - after.0;
                counter!(SPANS, "outcome" => "left_out").increment(left_out);
                tracing::warn!(
                    left_out,
                    "the collector is too far behind; traces go on with what is recorded now"
                );
                *after = Position(head);
                follow = Follow::new(&*self.store, *after, AT_ONCE);
            }
            tokio::time::sleep(GATHERING).await;
        }
    }

    /// Tells until it is taken, refused for good, or too much waits behind it.
    async fn tell(&self, collector: &Collector, spans: Vec<Span>, upto: Position) {
        let mut pause = PAUSES.0;
        let count = spans.len() as u64;
        if spans.is_empty() {
            return;
        }
        loop {
            let outcome = collector.take(&spans).await;
            match outcome {
                Outcome::Taken => return counter!(SPANS, "outcome" => "taken").increment(count),
                Outcome::Refused { status } => {
                    counter!(SPANS, "outcome" => "refused").increment(count);
                    return tracing::warn!(
                        status,
                        "the collector refuses traces; check traces.endpoint and traces.headers"
                    );
                }
                Outcome::Away { retry_after } => {
                    let behind = self.store.head().borrow().0.saturating_sub(upto.0);
                    if behind > MOST_BEHIND {
                        return counter!(SPANS, "outcome" => "left_out").increment(count);
                    }
                    tokio::time::sleep(retry_after.unwrap_or(pause).min(PAUSES.1)).await;
                    pause = (pause * 2).min(PAUSES.1);
                }
            }
        }
    }

    async fn spans(&self, events: Vec<Recorded>, threads: &mut Threads) -> Vec<Span> {
        let mut spans = Vec::with_capacity(events.len());
        for event in events {
            let thread = event.metadata.correlation_id;
            if !threads.knows(&event) {
                let began = self.began(thread).await;
                threads.learn(thread, began);
            }
            spans.extend(threads.span(&event));
        }
        spans
    }

    /// The trace with which the domain event of a thread came. Where that cannot be read, the thread is a trace of its own.
    async fn began(&self, thread: Uuid) -> Option<TraceParent> {
        let id = EventId(thread);
        let position = self.index.find(vec![id]).await.ok()?.get(&id)?.position;
        let recorded = self.store.event_at(position).await.ok()??;
        match recorded.decode().ok()? {
            OrganizationEvent::DomainEventAccepted(event) => event.trace,
        }
    }
}
