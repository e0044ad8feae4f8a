//! A trace of Chronus' goes on in what is told of it.

use events::Recorded;
use events::organization::DomainEventAccepted;
use serde_json::Value;

/// The attribute and the header of W3C Trace Context.
pub(super) const TRACEPARENT: &str = "traceparent";

/// Names the trace that the domain event came with, where it came with one, at the span of what is told (the CloudEvents
/// extension for distributed tracing).
pub(super) fn go_on(told: &mut Value, recorded: &Recorded, about: Option<&DomainEventAccepted>) {
    if let Some(trace) = about.and_then(|about| about.trace) {
        told[TRACEPARENT] = trace.at(recorded.id).to_string().into();
    }
}
