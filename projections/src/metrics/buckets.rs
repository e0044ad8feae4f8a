//! Days, weeks and months as people in a zone have them. A bucket is named by its local date, so the day on which
//! clocks change is one day of 23 or 25 hours, and a day that a zone left out has no bucket with anything in it.

use chrono::{
    DateTime, Datelike as _, Days, Months, NaiveDate, NaiveTime, TimeDelta, TimeZone as _, Timelike as _, Utc,
};
use chrono_tz::Tz;

/// How long a bucket is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Span {
    /// A calendar day.
    Day,
    /// From Monday to Sunday (ISO 8601).
    Week,
    /// A calendar month.
    Month,
}

impl Span {
    /// The first day of the bucket in which a moment lies.
    pub fn start(self, at: DateTime<Utc>, zone: Tz) -> NaiveDate {
        self.start_of(at.with_timezone(&zone).date_naive())
    }

    fn start_of(self, day: NaiveDate) -> NaiveDate {
        match self {
            Self::Day => day,
            Self::Week => day
                .checked_sub_days(Days::new(u64::from(day.weekday().num_days_from_monday())))
                .unwrap_or(day),
            Self::Month => day.with_day(1).unwrap_or(day),
        }
    }

    /// The first day of the bucket after the one that begins so.
    pub fn next(self, start: NaiveDate) -> Option<NaiveDate> {
        match self {
            Self::Day => start.checked_add_days(Days::new(1)),
            Self::Week => start.checked_add_days(Days::new(7)),
            Self::Month => start.checked_add_months(Months::new(1)),
        }
    }

    /// Its name: `2026-03-29`, `2026-W13`, `2026-03`. Names sort as their buckets do.
    pub fn name(self, start: NaiveDate) -> String {
        match self {
            Self::Day => start.format("%Y-%m-%d").to_string(),
            Self::Week => start.format("%G-W%V").to_string(),
            Self::Month => start.format("%Y-%m").to_string(),
        }
    }
}

/// The first moment of a day in a zone. Where clocks skip midnight it is the first one that there is; where they show it
/// twice, the earlier one.
pub fn beginning(day: NaiveDate, zone: Tz) -> DateTime<Utc> {
    let midnight = day.and_time(NaiveTime::MIN);
    // No zone skips more than a day; the skipped day of Apia begins where the next one does.
    for quarter in 0..=96 {
        let local = midnight + TimeDelta::minutes(15 * quarter);
        if let Some(there) = zone.from_local_datetime(&local).earliest() {
            return there.to_utc();
        }
    }
    midnight.and_utc()
}

/// The hour of the day on the clock there, 00 to 23. An hour that clocks show twice is one.
pub fn hour(at: DateTime<Utc>, zone: Tz) -> String {
    format!("{:02}", at.with_timezone(&zone).hour())
}

/// The day of the week, numbered from Monday, so that names sort as days do.
pub fn weekday(at: DateTime<Utc>, zone: Tz) -> String {
    let day = at.with_timezone(&zone).weekday();
    format!("{} {day}", day.number_from_monday())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_day_on_which_clocks_change_is_one_day() {
        let berlin = Tz::Europe__Berlin;
        // 29 March 2026 has 23 hours: 23:00Z to 22:00Z.
        assert_eq!(beginning(date("2026-03-29"), berlin), at("2026-03-28T23:00:00Z"));
        assert_eq!(beginning(date("2026-03-30"), berlin), at("2026-03-29T22:00:00Z"));
        for moment in ["2026-03-28T23:00:00Z", "2026-03-29T21:59:59Z"] {
            assert_eq!(
                Span::Day.start(at(moment), berlin),
                date("2026-03-29"),
                "{moment}"
            );
        }
        // 25 October 2026 has 25 hours, and 02 on the clock twice.
        assert_eq!(beginning(date("2026-10-25"), berlin), at("2026-10-24T22:00:00Z"));
        assert_eq!(beginning(date("2026-10-26"), berlin), at("2026-10-25T23:00:00Z"));
        assert_eq!(hour(at("2026-10-25T00:30:00Z"), berlin), "02");
        assert_eq!(hour(at("2026-10-25T01:30:00Z"), berlin), "02");
    }

    #[test]
    fn zones_with_odd_offsets_skipped_days_and_skipped_midnights() {
        let kathmandu = Tz::Asia__Kathmandu;
        assert_eq!(
            beginning(date("2026-03-01"), kathmandu),
            at("2026-02-28T18:15:00Z")
        );
        assert_eq!(
            Span::Day.start(at("2026-02-28T18:14:59Z"), kathmandu),
            date("2026-02-28")
        );
        // Apia had no 30 December 2011: it begins where the 31st does, and nothing lies in it.
        let apia = Tz::Pacific__Apia;
        let after = beginning(date("2011-12-31"), apia);
        assert_eq!(after, at("2011-12-30T10:00:00Z"));
        assert_eq!(beginning(date("2011-12-30"), apia), after);
        assert_eq!(
            Span::Day.start(at("2011-12-30T09:59:59Z"), apia),
            date("2011-12-29")
        );
        // Cairo skipped midnight on 28 April 2023.
        assert_eq!(
            beginning(date("2023-04-28"), Tz::Africa__Cairo),
            at("2023-04-27T22:00:00Z")
        );
    }

    #[test]
    fn leap_days_weeks_and_months() {
        assert_eq!(Span::Day.next(date("2028-02-28")), Some(date("2028-02-29")));
        assert_eq!(Span::Month.next(date("2028-02-01")), Some(date("2028-03-01")));
        // The last days of 2026 belong to its week 53, the first of 2027 too.
        for day in ["2026-12-28", "2027-01-03"] {
            let start = Span::Week.start_of(date(day));
            assert_eq!(
                (start, Span::Week.name(start).as_str()),
                (date("2026-12-28"), "2026-W53")
            );
        }
        assert_eq!(weekday(at("2026-03-02T12:00:00Z"), Tz::UTC), "1 Mon");
    }
}
