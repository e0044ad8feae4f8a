//! What Chronus is told about an event that was taken and is not quite as it should be.

use serde::Serialize;

/// Warnings that one event's result carries at most.
pub const MOST_WARNINGS: usize = 20;

/// Something in an event that has no effect, or another one than its sender may expect. The event was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// The kind of warning, for machines; `docs/chronus-events.md` lists them.
    pub code: &'static str,
    /// What is amiss and what to do about it.
    pub detail: String,
    /// JSON pointer into the CloudEvent, where there is one place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
}

impl Warning {
    /// A warning about one place of an event.
    pub fn at(code: &'static str, pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
            pointer: Some(pointer.into()),
        }
    }
}
