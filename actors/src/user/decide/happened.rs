//! When an activity happened, by Teams' clock.

use chrono::{DateTime, TimeDelta, Utc};

use crate::user::command::Inbound;

/// By how much our clock and Teams' may differ.
pub(super) const CLOCKS_DIFFER: TimeDelta = TimeDelta::seconds(5);

/// When it happened. What has no time of its own, or one that has not come yet, happened when it was received.
pub(super) fn happened_at(inbound: &Inbound, now: DateTime<Utc>) -> DateTime<Utc> {
    inbound.at.map_or(now, |at| at.min(now))
}
