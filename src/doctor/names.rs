//! Whether a name leads to addresses.

use super::finding::{Check, Finding};
use super::places::Place;

/// Asks the machine's resolver; an address needs no look.
pub(super) async fn look(place: Place) -> Vec<Finding> {
    let Some((name, port)) = place.name() else {
        return Vec::new();
    };
    let found = tokio::net::lookup_host((name.as_str(), port)).await;
    let addresses = found.map(|found| found.map(|address| address.ip().to_string()).collect::<Vec<_>>());
    vec![match addresses {
        Ok(addresses) if !addresses.is_empty() => {
            Finding::good(Check::Dns, name, format!("leads to {}", addresses.join(", ")))
        }
        Ok(_) => unknown(&place, name, "no address has this name"),
        Err(error) => {
            let what = format!("no address can be found ({error})");
            unknown(&place, name, &what)
        }
    }]
}

fn unknown(place: &Place, name: String, what: &str) -> Finding {
    let fix = format!(
        "correct {}, or let this machine's name servers know the name",
        place.key
    );
    Finding::wrong(Check::Dns, name, what, fix)
}
