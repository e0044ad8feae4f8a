//! How every command names a moment: RFC 3339, or a day, week or month, which stands for its first moment in a zone.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use chrono::{DateTime, Datelike as _, NaiveDate, SecondsFormat, Utc, Weekday};
use chrono_tz::Tz;
use projections::metrics::buckets;

/// An end of a period. `from` includes it, `to` does not, so `--from 2026-03 --to 2026-04` is March.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// This very moment.
    Moment(DateTime<Utc>),
    /// The first moment of this day in the zone that is asked for.
    Day(NaiveDate),
}

/// The text names no moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "write a day such as 2026-03-01, a week such as 2026-W10, a month such as 2026-03, or a moment such as \
     2026-03-01T09:30:00Z"
)]
pub struct NotAMoment;

/// Years whose days are written with four digits in every zone.
const YEARS: RangeInclusive<i32> = 2..=9998;

impl Bound {
    /// The moment in `zone`.
    pub fn resolve(self, zone: Tz) -> DateTime<Utc> {
        match self {
            Self::Moment(at) => at,
            Self::Day(day) => buckets::beginning(day, zone),
        }
    }
}

impl FromStr for Bound {
    type Err = NotAMoment;
    fn from_str(text: &str) -> Result<Self, NotAMoment> {
        let text = text.trim();
        let bound = match DateTime::parse_from_rfc3339(text) {
            Ok(at) => Self::Moment(at.to_utc()),
            Err(_) => Self::Day(day(text).ok_or(NotAMoment)?),
        };
        let year = match bound {
            Self::Moment(at) => at.year(),
            Self::Day(day) => day.year(),
        };
        YEARS.contains(&year).then_some(bound).ok_or(NotAMoment)
    }
}

/// The first day that a name of a day, week or month stands for. Names are taken as they are written out, so that a
/// slip is not read as another day.
fn day(text: &str) -> Option<NaiveDate> {
    let numbers = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let parts: Vec<&str> = text.split('-').collect();
    match *parts.as_slice() {
        [year, month, day] if [year.len(), month.len(), day.len()] == [4, 2, 2] => {
            [year, month, day].into_iter().all(numbers).then_some(())?;
            NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
        }
        [year, week] if year.len() == 4 && week.len() == 3 && week.starts_with('W') => {
            (numbers(year) && numbers(&week[1..])).then_some(())?;
            NaiveDate::from_isoywd_opt(year.parse().ok()?, week[1..].parse().ok()?, Weekday::Mon)
        }
        [year, month] if [year.len(), month.len()] == [4, 2] => {
            (numbers(year) && numbers(month)).then_some(())?;
            NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, 1)
        }
        _ => None,
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Moment(at) => f.write_str(&at.to_rfc3339_opts(SecondsFormat::AutoSi, true)),
            Self::Day(day) => day.fmt(f),
        }
    }
}

/// Reads a moment where days are those of UTC.
pub fn moment(text: &str) -> Result<DateTime<Utc>, String> {
    let bound: Bound = text.parse().map_err(|error: NotAMoment| error.to_string())?;
    Ok(bound.resolve(Tz::UTC))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_weeks_and_months_stand_for_their_first_moment() {
        let berlin = Tz::Europe__Berlin;
        let read = |text: &str| text.parse::<Bound>().unwrap().resolve(berlin).to_rfc3339();
        assert_eq!(read("2026-03-30"), "2026-03-29T22:00:00+00:00");
        assert_eq!(read("2026-W01"), "2025-12-28T23:00:00+00:00");
        assert_eq!(read("2026-03"), "2026-02-28T23:00:00+00:00");
        assert_eq!(read("2026-03-01T09:30:00+02:00"), "2026-03-01T07:30:00+00:00");
        assert_eq!(
            moment("2026-03-01").unwrap().to_rfc3339(),
            "2026-03-01T00:00:00+00:00"
        );
    }

    #[test]
    fn what_names_no_day_is_an_error_that_says_how_to_write_one() {
        for text in [
            "",
            "yesterday",
            "2026",
            "2026-3-1",
            "2026-13",
            "2026-02-29",
            "2026-W54",
            "0000-01",
            "0001-01",
            "9999-12-31",
            "0001-01-01T00:00:00+14:00",
            "2026-W00",
            "01.03.2026",
            "2026-03-01T09:30",
            "2026-03-01 ",
            " +026-03",
            "2026-é3",
        ] {
            let read = text.parse::<Bound>();
            assert_eq!(read.is_ok(), text == "2026-03-01 ", "{text:?}");
        }
    }
}
