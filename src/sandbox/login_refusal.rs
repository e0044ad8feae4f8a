//! A refusal of the login, in Entra's form.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

/// A refusal of the token endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginRefusal {
    /// HTTP status.
    pub status: u16,
    /// The OAuth error.
    pub error: &'static str,
    /// The number after `AADSTS`.
    pub code: u32,
    /// The sentence after it.
    pub text: &'static str,
}

impl LoginRefusal {
    pub(super) const fn new(status: u16, error: &'static str, code: u32, text: &'static str) -> Self {
        Self {
            status,
            error,
            code,
            text,
        }
    }

    /// Entra's body.
    pub(super) fn body(&self, now: DateTime<Utc>) -> Value {
        json!({
            "error": self.error,
            "error_description": format!("AADSTS{}: {}", self.code, self.text),
            "error_codes": [self.code],
            "timestamp": now.format("%Y-%m-%d %H:%M:%SZ").to_string(),
            "trace_id": "00000000-0000-0000-0000-000000000000",
            "correlation_id": "00000000-0000-0000-0000-000000000000",
            "error_uri": format!("https://login.microsoftonline.com/error?code={}", self.code),
        })
    }
}
