//! Times in the reader's zone and language, with the zone named; 24 hours a day everywhere.

use chrono::{DateTime, Datelike as _, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;

use super::text::Texts;

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
        moment(text)
            .map(Self::Moment)
            .or_else(|| text.parse().ok().map(Self::Day))
    }
}

/// Reads RFC 3339.
pub fn moment(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text.trim())
        .ok()
        .map(|at| at.to_utc())
}

/// The zone of an IANA name; UTC where it is absent or unknown.
pub fn zone(name: Option<&str>) -> Tz {
    name.and_then(|name| name.trim().parse().ok()).unwrap_or(Tz::UTC)
}

/// Who reads a card, and when.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader {
    /// In which language.
    pub(super) text: Texts,
    /// In which zone.
    pub(super) zone: Tz,
    /// When the card is drawn; serves only to tell how long something has waited.
    pub(super) now: DateTime<Utc>,
}

impl Reader {
    /// A moment: `Fri 4 Dec 2026, 17:00 (Europe/Lisbon)`.
    pub(super) fn moment(&self, at: DateTime<Utc>) -> String {
        self.zoned(&self.date_time(at))
    }

    /// A moment where the zone is named nearby: `Fri 4 Dec, 17:00`.
    pub(super) fn short(&self, at: DateTime<Utc>) -> String {
        self.text
            .date_time(&self.short_day(self.day_of(at)), &self.clock(at))
    }

    /// From when to when, as short as is clear: `Fri 4 Dec 2026, 17:00 – 17:45 (Europe/Lisbon)`.
    pub(super) fn span(&self, from: DateTime<Utc>, to: Option<DateTime<Utc>>) -> String {
        let Some(to) = to.filter(|to| *to > from) else {
            return self.moment(from);
        };
        let end = if self.day_of(from) == self.day_of(to) {
            self.clock(to)
        } else {
            self.date_time(to)
        };
        self.zoned(&self.text.span(&self.date_time(from), &end))
    }

    /// As [`Reader::span`], where the zone is named nearby.
    pub(super) fn short_span(&self, from: DateTime<Utc>, to: Option<DateTime<Utc>>) -> String {
        match to.filter(|to| *to > from && self.day_of(*to) == self.day_of(from)) {
            Some(to) => self.text.span(&self.short(from), &self.clock(to)),
            None => self.short(from),
        }
    }

    /// A deadline; a day without a time is the same day everywhere.
    pub(super) fn deadline(&self, deadline: Deadline) -> String {
        match deadline {
            Deadline::Moment(at) => self.moment(at),
            Deadline::Day(day) => self.day(day),
        }
    }

    /// A day: `Fri 4 Dec 2026`.
    pub(super) fn day(&self, day: NaiveDate) -> String {
        let (weekday, month) = self.names(day);
        let year = day.year().try_into().unwrap_or_default();
        self.text.date(&weekday, day.day(), &month, year)
    }

    /// A time that has passed, in one unit: `4 days`. `None` where it is under an hour.
    pub(super) fn age(&self, since: DateTime<Utc>) -> Option<String> {
        let age: TimeDelta = self.now - since;
        let count = |n: i64| u32::try_from(n).unwrap_or(u32::MAX);
        match (age.num_days(), age.num_hours()) {
            (days, _) if days > 0 => Some(self.text.age_days(count(days))),
            (_, hours) if hours > 0 => Some(self.text.age_hours(count(hours))),
            _ => None,
        }
    }

    /// The zone's name.
    pub(super) fn zone_name(&self) -> &'static str {
        self.zone.name()
    }

    fn date_time(&self, at: DateTime<Utc>) -> String {
        self.text.date_time(&self.day(self.day_of(at)), &self.clock(at))
    }

    fn zoned(&self, time: &str) -> String {
        self.text.in_zone(time, self.zone_name())
    }

    fn short_day(&self, day: NaiveDate) -> String {
        let (weekday, month) = self.names(day);
        self.text.date_short(&weekday, day.day(), &month)
    }

    fn names(&self, day: NaiveDate) -> (String, String) {
        let weekday = self.text.weekday(day.weekday().number_from_monday());
        (weekday, self.text.month(day.month()))
    }

    fn day_of(&self, at: DateTime<Utc>) -> NaiveDate {
        at.with_timezone(&self.zone).date_naive()
    }

    fn clock(&self, at: DateTime<Utc>) -> String {
        at.with_timezone(&self.zone).format("%H:%M").to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::super::language::Language;
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn reader(language: Language, name: Option<&str>) -> Reader {
        Reader {
            text: Texts::of(language),
            zone: zone(name),
            now: at("2026-11-23T12:00:00Z"),
        }
    }

    fn english(name: &str) -> Reader {
        reader(Language::English, Some(name))
    }

    #[test]
    fn a_moment_is_shown_in_the_readers_zone_and_names_it() {
        let at = at("2026-12-04T23:30:00Z");
        assert_eq!(
            english("Asia/Kolkata").moment(at),
            "Sat 5 Dec 2026, 05:00 (Asia/Kolkata)"
        );
        assert_eq!(english("Nowhere/Land").moment(at), "Fri 4 Dec 2026, 23:30 (UTC)");
        assert_eq!(
            reader(Language::English, None).moment(at),
            "Fri 4 Dec 2026, 23:30 (UTC)"
        );
    }

    #[test]
    fn each_language_writes_a_moment_its_own_way() {
        let at = at("2026-12-04T17:05:00Z");
        let written = Language::ALL.map(|language| reader(language, Some("Europe/Lisbon")).moment(at));
        assert_eq!(
            written,
            [
                "Fri 4 Dec 2026, 17:05 (Europe/Lisbon)",
                "vie, 4 dic 2026, 17:05 (Europe/Lisbon)",
                "ven. 4 déc. 2026, 17:05 (Europe/Lisbon)",
                "Fr., 4. Dez. 2026, 17:05 (Europe/Lisbon)",
                "الجمعة 4 ديسمبر 2026، 17:05 (\u{2068}Europe/Lisbon\u{2069})",
            ]
        );
    }

    #[test]
    fn summer_time_counts() {
        let lisbon = english("Europe/Lisbon");
        let winter = lisbon.moment(at("2026-01-15T12:00:00Z"));
        let summer = lisbon.moment(at("2026-07-15T12:00:00Z"));
        assert!(
            winter.contains("12:00") && summer.contains("13:00"),
            "{winter} {summer}"
        );
    }

    #[test]
    fn a_span_names_its_second_day_only_where_it_is_another() {
        let lisbon = english("Europe/Lisbon");
        let start = at("2026-12-04T17:00:00Z");
        assert_eq!(
            lisbon.span(start, Some(at("2026-12-04T17:45:00Z"))),
            "Fri 4 Dec 2026, 17:00 – 17:45 (Europe/Lisbon)"
        );
        assert_eq!(
            lisbon.span(start, Some(at("2026-12-05T09:00:00Z"))),
            "Fri 4 Dec 2026, 17:00 – Sat 5 Dec 2026, 09:00 (Europe/Lisbon)"
        );
        assert_eq!(lisbon.span(start, Some(start)), lisbon.moment(start));
        assert_eq!(
            lisbon.short_span(start, Some(at("2026-12-04T17:45:00Z"))),
            "Fri 4 Dec, 17:00 – 17:45"
        );
    }

    #[test]
    fn a_date_without_a_time_is_the_same_day_everywhere() {
        let day = Deadline::parse("2026-12-04").unwrap();
        assert_eq!(english("Pacific/Auckland").deadline(day), "Fri 4 Dec 2026");
        assert_eq!(Deadline::parse("soon"), None);
    }

    #[test]
    fn an_age_is_told_in_its_largest_unit() {
        let utc = english("UTC");
        assert_eq!(utc.age(at("2026-11-19T11:00:00Z")).as_deref(), Some("4 days"));
        assert_eq!(utc.age(at("2026-11-23T10:59:00Z")).as_deref(), Some("1 hour"));
        assert_eq!(utc.age(at("2026-11-23T11:30:00Z")), None);
        assert_eq!(utc.age(at("2027-01-01T00:00:00Z")), None);
    }
}
