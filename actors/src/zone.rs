//! Names of time zones as people, servers and clients write them: IANA's, old ones too, in any case, and those of Windows.

use std::collections::HashMap;
use std::sync::LazyLock;

use chrono_tz::{TZ_VARIANTS, Tz};

/// The zones of Windows.
const WINDOWS: &str = include_str!("zone/windows.txt");

static ZONES: LazyLock<HashMap<String, Tz>> = LazyLock::new(|| {
    let iana = TZ_VARIANTS.iter().map(|zone| (folded(zone.name()), *zone));
    let windows = WINDOWS.lines().filter_map(|line| {
        let (name, zone) = line.split_once('=')?;
        Some((folded(name), zone.parse().ok()?))
    });
    windows.chain(iana).collect()
});

/// The zone that a name stands for; `None` where nobody knows it.
pub fn zone(name: &str) -> Option<Tz> {
    name.parse().ok().or_else(|| ZONES.get(&folded(name)).copied())
}

/// Whether anybody knows a zone by this name.
pub fn is_known(name: &str) -> bool {
    zone(name).is_some()
}

/// Of several names, the first that is known; where none is, the first.
pub fn first_known<const N: usize>(names: [Option<&String>; N]) -> Option<String> {
    let given = || names.into_iter().flatten();
    given()
        .find(|name| is_known(name))
        .or_else(|| given().next())
        .cloned()
}

/// Spaces in names of IANA are written as underscores, and the other way round.
fn folded(name: &str) -> String {
    name.trim().replace('_', " ").to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_is_known_by_each_of_its_names() {
        for (name, known) in [
            ("Europe/Berlin", "Europe/Berlin"),
            (" europe/berlin ", "Europe/Berlin"),
            ("AMERICA/NEW YORK", "America/New_York"),
            ("Asia/Calcutta", "Asia/Calcutta"),
            ("US/Pacific", "US/Pacific"),
            ("utc", "UTC"),
            ("W. Europe Standard Time", "Europe/Berlin"),
            ("w. europe standard time", "Europe/Berlin"),
            ("India Standard Time", "Asia/Kolkata"),
        ] {
            let found = zone(name).map(Tz::name);
            assert!(
                found == Some(known) || (known == "Asia/Kolkata" && found == Some("Asia/Calcutta")),
                "{name}: {found:?}"
            );
        }
        for name in ["", "Mars/Olympus", "+02:00", "CEST-ish"] {
            assert_eq!(zone(name), None, "{name}");
        }
    }

    #[test]
    fn every_zone_of_windows_stands_for_one_that_is_known() {
        let lines = WINDOWS.lines().filter(|line| !line.starts_with('#'));
        for line in lines {
            let (name, known) = line.split_once('=').unwrap();
            assert_eq!(zone(name), known.parse().ok(), "{name}");
            assert!(zone(known).is_some(), "{known}");
        }
    }
}
