//! What is told of a delivery: a line for people, or an object for machines.

use std::fmt;

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use super::signature::Fault;

/// What became of a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Became {
    /// It is new, and kept.
    Taken,
    /// It is known; taken as well, without a second effect.
    Again,
    /// Failed on demand, with this status.
    Failed(u16),
    /// Not genuine.
    Refused(Fault),
    /// It could not be kept.
    Lost(String),
}

impl Became {
    pub(super) fn status(&self) -> u16 {
        match self {
            Self::Taken | Self::Again => 200,
            Self::Failed(status) => *status,
            Self::Refused(_) => 401,
            Self::Lost(_) => 503,
        }
    }

    fn word(&self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::Again => "again",
            Self::Failed(_) => "failed",
            Self::Refused(_) => "refused",
            Self::Lost(_) => "lost",
        }
    }
}

impl fmt::Display for Became {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Taken => f.write_str("taken"),
            Self::Again => f.write_str("taken before"),
            Self::Failed(status) => write!(f, "failed on demand with {status}"),
            Self::Refused(fault) => write!(f, "refused: {fault}"),
            Self::Lost(why) => write!(f, "it cannot be kept: {why}"),
        }
    }
}

/// One delivery.
#[derive(Debug)]
pub struct Delivery<'a> {
    /// When it was answered.
    pub at: DateTime<Utc>,
    /// The header `webhook-id`.
    pub id: &'a str,
    /// The body as it came.
    pub body: &'a [u8],
    /// What became of it.
    pub became: &'a Became,
}

impl Delivery<'_> {
    /// `09:14:30  taken    mentoring_request.accepted  mentoring_request/123  m-01  (id)`
    pub fn text(&self) -> String {
        let event = self.event();
        let field = |value: &Value| value.as_str().unwrap_or("-").to_owned();
        let kind = field(&event["type"]);
        let kind = kind.strip_prefix("com.chronus.teams.").unwrap_or(&kind);
        let mut line = format!(
            "{}  {:<8} {kind}  {}  {}  ({})",
            self.at.format("%H:%M:%S"),
            self.became.word(),
            field(&event["subject"]),
            field(&event["data"]["member_id"]),
            self.id,
        );
        if let Some(why) = why(self.became) {
            line.push_str("  ");
            line.push_str(&why);
        }
        // What comes from outside moves no cursor.
        line.replace(|c: char| c.is_control(), " ")
    }

    /// The same for machines, with the whole event.
    pub fn json(&self) -> Value {
        json!({
            "at": self.at.to_rfc3339_opts(SecondsFormat::Millis, true), "id": self.id, "became": self.became.word(),
            "status": self.became.status(), "why": why(self.became), "event": self.event(),
        })
    }

    fn event(&self) -> Value {
        serde_json::from_slice(self.body).unwrap_or_default()
    }
}

fn why(became: &Became) -> Option<String> {
    match became {
        Became::Taken | Became::Again => None,
        Became::Failed(_) | Became::Refused(_) | Became::Lost(_) => Some(became.to_string()),
    }
}
