//! A person's own time: when it is quiet for them, when a day begins, when a digest is due. Everything is computed
//! in the zone of the moment it is asked for, so it follows people who travel; daylight saving time is `chrono-tz`'s.

use chrono::{
    DateTime, Datelike as _, Days, NaiveDate, NaiveDateTime, TimeDelta, TimeZone as _, Utc, Weekday,
};
use chrono_tz::Tz;
use events::user::{DigestEvery, DigestPlan, QuietDays, QuietHours};

use super::state::UserState;
use crate::settings::Rules;
use crate::zone;

/// Days looked ahead for the end of quiet; a weekend with its nights has three.
const LOOK_AHEAD: u64 = 5;

/// The person's zone: as their own client tells it, else as Chronus or the organization does. A name that nobody knows
/// tells nothing.
pub fn zone(state: &UserState) -> Option<Tz> {
    let known = |name: &Option<String>| name.as_deref().and_then(zone::zone);
    known(&state.client.timezone).or_else(|| known(&state.client_defaults.timezone))
}

/// The person's language: as their own client tells it, else as Chronus or the organization does.
pub fn locale(state: &UserState) -> Option<&String> {
    let defaults = &state.client_defaults;
    state.client.locale.as_ref().or(defaults.locale.as_ref())
}

/// A local time as an instant: of two that have this time the first, and where the clock skips it, when the clock
/// goes on.
pub fn instant(zone: Tz, local: NaiveDateTime) -> DateTime<Utc> {
    let mut local = local;
    // No zone skips more than a day.
    for _ in 0..=48 {
        if let Some(found) = zone.from_local_datetime(&local).earliest() {
            return found.to_utc();
        }
        local += TimeDelta::minutes(30);
    }
    local.and_utc()
}

/// When a day begins for the person.
pub fn start_of(zone: Tz, day: NaiveDate) -> DateTime<Utc> {
    instant(zone, day.and_time(chrono::NaiveTime::MIN))
}

/// Until when it is quiet for this person; `None` when it is not quiet now.
pub fn quiet_until(state: &UserState, now: DateTime<Utc>, rules: &Rules) -> Option<DateTime<Utc>> {
    let hours = state.preferences.quiet_hours.or(rules.quiet_hours)?;
    until(zone(state)?, hours, now)
}

/// Until when it is quiet, by these hours in this zone.
pub fn until(zone: Tz, hours: QuietHours, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    if hours.off {
        return None;
    }
    let today = now.with_timezone(&zone).date_naive();
    let first = today.checked_sub_days(Days::new(2))?;
    let days = first
        .iter_days()
        .take(usize::try_from(LOOK_AHEAD).unwrap_or(0) + 3);
    let mut spans: Vec<(DateTime<Utc>, DateTime<Utc>)> =
        days.flat_map(|day| spans(zone, hours, day)).collect();
    spans.sort_unstable();
    // Spans that touch are one: the end of one may lie in the next.
    let mut end = None;
    for (from, to) in spans {
        let at = end.unwrap_or(now);
        if from <= at && at < to {
            end = Some(to);
        }
    }
    end
}

/// The quiet spans that begin on a day.
fn spans(zone: Tz, hours: QuietHours, day: NaiveDate) -> Vec<(DateTime<Utc>, DateTime<Utc>)> {
    let mut spans = Vec::new();
    let weekend = matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
    let next = day.checked_add_days(Days::new(1)).unwrap_or(day);
    let night = match hours.days {
        QuietDays::All | QuietDays::Weekends => true,
        QuietDays::Weekdays => !weekend,
    };
    if night && hours.from != hours.to {
        let ends = if hours.to > hours.from { day } else { next };
        // Where the clock skips a short span, it ends as it begins.
        spans.push((
            instant(zone, day.and_time(hours.from.naive())),
            instant(zone, ends.and_time(hours.to.naive())),
        ));
    }
    if weekend && hours.days == QuietDays::Weekends {
        spans.push((start_of(zone, day), start_of(zone, next)));
    }
    spans
}

/// When the digest comes that takes in what comes now. Without a zone the plan's hours are UTC's.
pub fn digest_at(zone: Option<Tz>, plan: DigestPlan, now: DateTime<Utc>) -> DateTime<Utc> {
    let zone = zone.unwrap_or(Tz::UTC);
    let today = now.with_timezone(&zone).date_naive();
    let comes = |day: &NaiveDate| match plan.every {
        DigestEvery::Daily => true,
        DigestEvery::Weekly => day.weekday() == plan.weekday,
    };
    let at = today
        .iter_days()
        .take(15)
        .filter(comes)
        .map(|day| instant(zone, day.and_time(plan.at.naive())))
        .find(|at| *at > now);
    // Only where the calendar ends is there no such day.
    at.unwrap_or(now)
}

#[cfg(test)]
mod tests;
