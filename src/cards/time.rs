//! Times in the reader's zone, with the zone named.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;

/// A day, with or without a time of day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deadline {
    /// A moment.
    Moment(DateTime<Utc>),
    /// The end of a day, wherever the reader is.
    Day(NaiveDate),
}

impl Deadline {
    /// Reads RFC 3339 (`2026-12-04T17:00:00Z`) or a date (`2026-12-04`).
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let moment = DateTime::parse_from_rfc3339(text).map(|at| Self::Moment(at.to_utc()));
        moment.ok().or_else(|| text.parse().ok().map(Self::Day))
    }

    /// The deadline in words.
    pub fn show(self, zone: Tz) -> String {
        match self {
            Self::Moment(at) => moment(at, zone),
            Self::Day(day) => day.format("%a %-d %b %Y").to_string(),
        }
    }
}

/// The zone of an IANA name; UTC where it is absent or unknown.
pub fn zone(name: Option<&str>) -> Tz {
    name.and_then(|name| name.trim().parse().ok()).unwrap_or(Tz::UTC)
}

/// A moment: `Fri 4 Dec 2026, 17:00 (Europe/Lisbon)`.
pub fn moment(at: DateTime<Utc>, zone: Tz) -> String {
    let local = at.with_timezone(&zone).format("%a %-d %b %Y, %H:%M");
    format!("{local} ({})", zone.name())
}

/// A moment of the last days, where the zone is named nearby: `Fri 4 Dec, 17:00`.
pub fn short(at: DateTime<Utc>, zone: Tz) -> String {
    at.with_timezone(&zone).format("%a %-d %b, %H:%M").to_string()
}

/// A time that has passed, in one unit: `4 days`. `None` where it is under an hour.
pub fn age(since: DateTime<Utc>, now: DateTime<Utc>) -> Option<String> {
    let age: TimeDelta = now - since;
    let (count, unit) = match (age.num_days(), age.num_hours()) {
        (days, _) if days > 0 => (days, "day"),
        (_, hours) if hours > 0 => (hours, "hour"),
        _ => return None,
    };
    Some(format!("{count} {unit}{}", if count == 1 { "" } else { "s" }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_moment_is_shown_in_the_readers_zone_and_names_it() {
        let at = at("2026-12-04T23:30:00Z");
        assert_eq!(
            moment(at, zone(Some("Asia/Kolkata"))),
            "Sat 5 Dec 2026, 05:00 (Asia/Kolkata)"
        );
        assert_eq!(
            moment(at, zone(Some("Nowhere/Land"))),
            "Fri 4 Dec 2026, 23:30 (UTC)"
        );
        assert_eq!(moment(at, zone(None)), "Fri 4 Dec 2026, 23:30 (UTC)");
    }

    #[test]
    fn summer_time_counts() {
        let winter = moment(at("2026-01-15T12:00:00Z"), zone(Some("Europe/Lisbon")));
        let summer = moment(at("2026-07-15T12:00:00Z"), zone(Some("Europe/Lisbon")));
        assert!(
            winter.contains("12:00") && summer.contains("13:00"),
            "{winter} {summer}"
        );
    }

    #[test]
    fn a_date_without_a_time_is_the_same_day_everywhere() {
        let day = Deadline::parse("2026-12-04").unwrap();
        assert_eq!(day.show(zone(Some("Pacific/Auckland"))), "Fri 4 Dec 2026");
        assert_eq!(Deadline::parse("soon"), None);
    }

    #[test]
    fn an_age_is_told_in_its_largest_unit() {
        let now = at("2026-11-23T12:00:00Z");
        assert_eq!(age(at("2026-11-19T11:00:00Z"), now).as_deref(), Some("4 days"));
        assert_eq!(age(at("2026-11-23T10:59:00Z"), now).as_deref(), Some("1 hour"));
        assert_eq!(age(at("2026-11-23T11:30:00Z"), now), None);
        assert_eq!(age(at("2027-01-01T00:00:00Z"), now), None);
    }
}
