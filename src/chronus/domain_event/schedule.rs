//! When an announcement is meant to be sent.

use chrono::{DateTime, TimeDelta, Utc};
use events::organization::{CardKind, DomainKind};
use serde_json::{Map, Value};

use super::{Invalid, invalid, moment};
use crate::chronus::warning::Warning;

/// What is meant for later than this is told of: nobody plans so far ahead, and a year is mistyped easily.
const FAR: TimeDelta = TimeDelta::days(366);

/// The time that an announcement names; nothing else is held until a time.
pub(super) fn of(
    kind: DomainKind,
    data: &Map<String, Value>,
    expires_at: Option<DateTime<Utc>>,
) -> Result<Option<DateTime<Utc>>, Invalid> {
    if kind != DomainKind::Notify(CardKind::Announcement) {
        return Ok(None);
    }
    let send_at = moment(data, "send_at")?;
    if send_at
        .zip(expires_at)
        .is_some_and(|(send, expires)| expires <= send)
    {
        return invalid(
            "/data/send_at",
            "must lie before expires_at: what is not sent by then is not sent at all",
        );
    }
    Ok(send_at)
}

/// What its sender may not expect of the time, of an event that was handed over at `accepted_at` first.
pub(super) fn warning(send_at: Option<DateTime<Utc>>, accepted_at: DateTime<Utc>) -> Option<Warning> {
    let send_at = send_at?;
    let said = |code, detail: &str| Some(Warning::at(code, "/data/send_at", detail));
    if send_at <= accepted_at {
        return said("send_at_past", "is past; the announcement is sent at once");
    }
    if send_at - accepted_at > FAR {
        return said(
            "send_at_far",
            "lies more than a year ahead; the announcement waits until then, unless it is withdrawn",
        );
    }
    None
}
