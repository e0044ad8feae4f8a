//! Changes that were asked for with an `Idempotency-Key`: that one was begun, and what was answered. Of the key the log holds the
//! hash alone.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// See [`OutboundEvent::RequestBegun`](crate::OutboundEvent::RequestBegun). Stands before the change is made; once more where somebody
/// takes up what was left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestBegun {
    /// The SHA-256 of the key, in hexadecimal.
    pub key: String,
    /// The SHA-256 of what was asked for and by whom, in hexadecimal: another one is another request.
    pub request: String,
    /// The process that carries it out, by an id of its own.
    pub process: Uuid,
    /// Until when no other process takes it up.
    pub until: DateTime<Utc>,
}

/// See [`OutboundEvent::RequestAnswered`](crate::OutboundEvent::RequestAnswered).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestAnswered {
    /// The SHA-256 of the key, in hexadecimal.
    pub key: String,
    /// What a repeat is answered; absent where it was not carried out, so that a repeat is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<KeptAnswer>,
}

/// An answer that is given again. Nothing that is shown only once stands in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The JSON text.
    pub body: String,
}
