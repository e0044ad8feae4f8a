//! Times in the reader's zone and language; 24 hours a day everywhere. Each carries a mark, by which the card names the
//! zone behind the first of them (`zone.rs`).

use chrono::{DateTime, Datelike as _, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;

use super::mark::ZONE;
use super::text::Texts;
use super::zone;

/// A day within so many days needs no year to be told.
const NEAR_DAYS: i64 = 182;

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
    /// Whether the organizations of all that is shown name the hosts that cards may lead to.
    pub(super) hosts_are_named: bool,
}

impl Reader {
    /// A moment: `Fri 4 Dec, 17:00`, with its year where that is not near.
    pub(super) fn moment(&self, at: DateTime<Utc>) -> String {
        format!("{}{ZONE}", self.date_time(at))
    }

    /// From when to when, as short as is clear: `Fri 4 Dec, 17:00 – 17:45`.
    pub(super) fn span(&self, from: DateTime<Utc>, to: Option<DateTime<Utc>>) -> String {
        self.span_from(self.date_time(from), from, to)
    }

    /// As [`Reader::span`], for what is read soon: `Tomorrow, Fri 4 Dec, 17:00 – 17:45`.
    pub(super) fn near_span(&self, from: DateTime<Utc>, to: Option<DateTime<Utc>>) -> String {
        let begin = self
            .text
            .date_time(&self.near_day(self.day_of(from)), &self.clock(from));
        self.span_from(begin, from, to)
    }

    /// Where it ends on another day than it begins, both are told.
    fn span_from(&self, begin: String, from: DateTime<Utc>, to: Option<DateTime<Utc>>) -> String {
        let Some(to) = to.filter(|to| *to > from) else {
            return format!("{begin}{ZONE}");
        };
        let end = if self.day_of(from) == self.day_of(to) {
            self.clock(to)
        } else {
            self.date_time(to)
        };
        format!("{}{ZONE}", self.text.span(&begin, &end))
    }

    /// A deadline; a day without a time is the same day everywhere.
    pub(super) fn deadline(&self, deadline: Deadline) -> String {
        match deadline {
            Deadline::Moment(at) => self.moment(at),
            Deadline::Day(day) => self.day(day),
        }
    }

    /// A day: `Fri 4 Dec`, with its year where it is more than half a year away.
    pub(super) fn day(&self, day: NaiveDate) -> String {
        let (weekday, month) = self.names(day);
        let away = (day - self.day_of(self.now)).num_days().abs();
        if away <= NEAR_DAYS {
            return self.text.date_short(&weekday, day.day(), &month);
        }
        let year = day.year().try_into().unwrap_or_default();
        self.text.date(&weekday, day.day(), &month, year)
    }

    /// A day that is called today or tomorrow where it is, with its date: the card may be read later.
    fn near_day(&self, day: NaiveDate) -> String {
        match (day - self.day_of(self.now)).num_days() {
            0 => self.text.day_today(&self.day(day)),
            1 => self.text.day_tomorrow(&self.day(day)),
            _ => self.day(day),
        }
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

    /// The zone as people call it.
    pub(super) fn zone_phrase(&self) -> String {
        zone::phrase(self.text, self.zone)
    }

    fn date_time(&self, at: DateTime<Utc>) -> String {
        self.text.date_time(&self.day(self.day_of(at)), &self.clock(at))
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
            hosts_are_named: true,
        }
    }

    fn english(name: &str) -> Reader {
        reader(Language::English, Some(name))
    }

    /// A time without its mark.
    fn bare(time: &str) -> String {
        time.replace(ZONE, "")
    }

    #[test]
    fn a_moment_is_shown_in_the_readers_zone_and_marked_for_its_name() {
        let at = at("2026-12-04T23:30:00Z");
        assert_eq!(
            english("Asia/Kolkata").moment(at),
            format!("Sat 5 Dec, 05:00{ZONE}")
        );
        for utc in [english("Nowhere/Land"), reader(Language::English, None)] {
            assert_eq!(bare(&utc.moment(at)), "Fri 4 Dec, 23:30");
            assert_eq!(utc.zone_phrase(), "UTC");
        }
    }

    #[test]
    fn each_language_writes_a_moment_its_own_way() {
        let at = at("2026-12-04T17:05:00Z");
        let written = Language::ALL.map(|language| {
            let reader = reader(language, Some("Europe/Lisbon"));
            format!("{} · {}", bare(&reader.moment(at)), reader.zone_phrase())
        });
        assert_eq!(
            written,
            [
                "Fri 4 Dec, 17:05 · Lisbon time",
                "vie, 4 dic, 17:05 · hora de Lisboa",
                "ven. 4 déc., 17:05 · heure de Lisbonne",
                "Fr., 4. Dez., 17:05 · Zeit in Lissabon",
                "الجمعة 4 ديسمبر، 17:05 · بتوقيت لشبونة",
                "sex., 4 dez., 17:05 · hora de Lisboa",
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
    fn a_year_is_told_where_it_is_not_near() {
        let lisbon = english("Europe/Lisbon");
        assert_eq!(
            bare(&lisbon.moment(at("2026-03-02T08:15:00Z"))),
            "Mon 2 Mar 2026, 08:15"
        );
        assert_eq!(
            bare(&lisbon.moment(at("2027-01-14T17:00:00Z"))),
            "Thu 14 Jan, 17:00"
        );
        assert_eq!(
            bare(&lisbon.moment(at("2027-11-14T17:00:00Z"))),
            "Sun 14 Nov 2027, 17:00"
        );
    }

    #[test]
    fn a_span_names_its_second_day_only_where_it_is_another() {
        let lisbon = english("Europe/Lisbon");
        let start = at("2026-12-04T17:00:00Z");
        assert_eq!(
            bare(&lisbon.span(start, Some(at("2026-12-04T17:45:00Z")))),
            "Fri 4 Dec, 17:00 – 17:45"
        );
        assert_eq!(
            bare(&lisbon.span(start, Some(at("2026-12-05T09:00:00Z")))),
            "Fri 4 Dec, 17:00 – Sat 5 Dec, 09:00"
        );
        assert_eq!(lisbon.span(start, Some(start)), lisbon.moment(start));
    }

    #[test]
    fn what_is_near_is_called_today_or_tomorrow_with_its_date() {
        let lisbon = english("Europe/Lisbon");
        let near = |from: &str| bare(&lisbon.near_span(at(from), None));
        assert_eq!(near("2026-11-23T17:00:00Z"), "Today, Mon 23 Nov, 17:00");
        assert_eq!(near("2026-11-24T09:00:00Z"), "Tomorrow, Tue 24 Nov, 09:00");
        assert_eq!(near("2026-11-25T09:00:00Z"), "Wed 25 Nov, 09:00");
        // The day is the reader's own.
        let tokyo = english("Asia/Tokyo");
        assert!(
            tokyo
                .near_span(at("2026-11-23T17:00:00Z"), None)
                .starts_with("Tomorrow")
        );
    }

    #[test]
    fn a_date_without_a_time_is_the_same_day_everywhere() {
        let day = Deadline::parse("2026-12-04").unwrap();
        assert_eq!(english("Pacific/Auckland").deadline(day), "Fri 4 Dec");
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
