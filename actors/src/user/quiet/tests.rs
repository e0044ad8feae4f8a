//! Quiet hours and digests by the clocks of people.

use chrono::Timelike as _;
use events::user::TimeOfDay;
use proptest::prelude::*;

use super::*;

const ZONES: [&str; 8] = [
    "Europe/Berlin",
    "America/New_York",
    "America/Sao_Paulo",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Africa/Cairo",
    "UTC",
];

fn zone_of(name: &str) -> Tz {
    name.parse().unwrap()
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn hours(from: (u32, u32), to: (u32, u32), days: QuietDays) -> QuietHours {
    QuietHours {
        from: TimeOfDay::of(from.0, from.1),
        to: TimeOfDay::of(to.0, to.1),
        days,
        off: false,
    }
}

#[test]
fn the_nights_in_which_the_clock_changes_end_at_the_right_moment() {
    let berlin = zone_of("Europe/Berlin");
    let night = hours((21, 0), (7, 0), QuietDays::All);
    for (now, ends) in [
        ("2026-03-28T21:00:00Z", "2026-03-29T05:00:00Z"),
        ("2026-10-24T21:00:00Z", "2026-10-25T06:00:00Z"),
        ("2026-01-10T20:00:00Z", "2026-01-11T06:00:00Z"),
    ] {
        assert_eq!(until(berlin, night, at(now)), Some(at(ends)), "{now}");
    }
    // 02:30 does not exist in the night in which the clock goes on.
    let early = hours((1, 0), (2, 30), QuietDays::All);
    assert_eq!(
        until(berlin, early, at("2026-03-29T00:30:00Z")),
        Some(at("2026-03-29T01:00:00Z"))
    );
}

#[test]
fn the_hour_that_comes_twice_is_quiet_twice_where_it_is_quiet() {
    let new_york = zone_of("America/New_York");
    let night = hours((0, 30), (3, 0), QuietDays::All);
    for now in ["2026-11-01T05:15:00Z", "2026-11-01T06:15:00Z"] {
        assert_eq!(
            until(new_york, night, at(now)),
            Some(at("2026-11-01T08:00:00Z")),
            "{now}"
        );
    }
}

#[test]
fn weekdays_and_weekends_are_those_of_the_person() {
    let tokyo = zone_of("Asia/Tokyo");
    let weekdays = hours((21, 0), (7, 0), QuietDays::Weekdays);
    // Friday's night ends on Saturday; Saturday's is no quiet one.
    assert_eq!(
        until(tokyo, weekdays, at("2026-03-06T20:00:00Z")),
        Some(at("2026-03-06T22:00:00Z"))
    );
    assert_eq!(until(tokyo, weekdays, at("2026-03-07T14:00:00Z")), None);
    let weekends = hours((21, 0), (7, 0), QuietDays::Weekends);
    // From Friday evening through to Monday morning.
    assert_eq!(
        until(tokyo, weekends, at("2026-03-06T13:00:00Z")),
        Some(at("2026-03-08T22:00:00Z"))
    );
    let off = QuietHours {
        off: true,
        ..weekends
    };
    assert_eq!(until(tokyo, off, at("2026-03-06T13:00:00Z")), None);
}

proptest! {
    #[test]
    fn quiet_ends_and_right_before_its_end_it_is_still_quiet(
        zone in proptest::sample::select(&ZONES[..]),
        seconds in 1_700_000_000_i64..1_900_000_000,
        from in (0_u32..24, 0_u32..60),
        to in (0_u32..24, 0_u32..60),
        days in proptest::sample::select(vec![QuietDays::All, QuietDays::Weekdays, QuietDays::Weekends]),
    ) {
        let (zone, now) = (zone_of(zone), DateTime::from_timestamp(seconds, 0).unwrap());
        let hours = hours(from, to, days);
        if let Some(end) = until(zone, hours, now) {
            prop_assert!(end > now);
            prop_assert_eq!(until(zone, hours, end - TimeDelta::seconds(1)), Some(end));
            prop_assert!(until(zone, hours, end).is_none() || end - now > TimeDelta::days(2));
        } else {
            // By the person's own clock it is not between the two, unless the day has no quiet.
            let clock = now.with_timezone(&zone).time().with_second(0).unwrap();
            let (from, to) = (hours.from.naive(), hours.to.naive());
            let between = if from <= to { from <= clock && clock < to } else { clock >= from || clock < to };
            let shifted = zone.offset_from_utc_datetime(&(now - TimeDelta::days(1)).naive_utc()).to_string()
                != zone.offset_from_utc_datetime(&(now + TimeDelta::days(1)).naive_utc()).to_string();
            prop_assert!(!between || days == QuietDays::Weekdays || shifted);
        }
    }

    #[test]
    fn a_digest_comes_later_within_its_period_and_at_its_time(
        zone in proptest::sample::select(&ZONES[..]),
        seconds in 1_700_000_000_i64..1_900_000_000,
        weekly in any::<bool>(),
    ) {
        let (zone, now) = (zone_of(zone), DateTime::from_timestamp(seconds, 0).unwrap());
        let every = if weekly { DigestEvery::Weekly } else { DigestEvery::Daily };
        let plan = DigestPlan { every, ..DigestPlan::default() };
        let comes = digest_at(Some(zone), plan, now);
        let longest = TimeDelta::days(if weekly { 7 } else { 1 }) + TimeDelta::hours(25);
        prop_assert!(comes > now && comes - now <= longest);
        let local = comes.with_timezone(&zone);
        prop_assert_eq!((local.hour(), local.minute()), (9, 0));
        prop_assert!(!weekly || local.weekday() == Weekday::Mon);
    }
}

#[test]
fn a_digest_takes_in_what_comes_before_its_time_and_the_next_one_what_comes_at_it() {
    let plan = DigestPlan {
        at: TimeOfDay::of(9, 0),
        ..DigestPlan::default()
    };
    for (now, comes) in [
        ("2026-03-02T08:59:59Z", "2026-03-02T09:00:00Z"),
        ("2026-03-02T09:00:00Z", "2026-03-03T09:00:00Z"),
    ] {
        assert_eq!(digest_at(None, plan, at(now)), at(comes), "{now}");
    }
}

#[test]
fn a_persons_own_client_knows_their_language_best() {
    let mut state = UserState::default();
    assert_eq!(locale(&state), None);
    state.client_defaults.locale = Some("de-DE".into());
    assert_eq!(locale(&state).map(String::as_str), Some("de-DE"));
    state.client.locale = Some("fr-FR".into());
    assert_eq!(locale(&state).map(String::as_str), Some("fr-FR"));
}
