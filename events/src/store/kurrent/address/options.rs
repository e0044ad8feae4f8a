//! The options of a connection string: each is known, stands once, and has a value that means something.

use std::collections::HashSet;
use std::time::Duration;

use percent_encoding::percent_decode_str;

use super::{Address, AddressError, wrong};

/// Every option that is understood, as it is written.
const KNOWN: [&str; 14] = [
    "tls",
    "tlsVerifyCert",
    "tlsCAFile",
    "userCertFile",
    "userKeyFile",
    "gossipTimeout",
    "keepAliveInterval",
    "keepAliveTimeout",
    "defaultDeadline",
    "connectionName",
    "nodePreference",
    "maxDiscoverAttempts",
    "discoveryInterval",
    "throwOnAppendFailure",
];
/// No answer of a server comes sooner, over any network.
const SHORTEST: Duration = Duration::from_millis(50);

impl Address {
    pub(super) fn read_options(&mut self, query: &str) -> Result<(), AddressError> {
        let (mut certificate, mut key) = (None, None);
        let mut seen = HashSet::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = known(name)?;
            if !seen.insert(name) {
                return wrong(format!("has the option {name} twice"));
            }
            let Ok(value) = percent_decode_str(value).decode_utf8() else {
                return wrong(format!("has a value of {name} that is no UTF-8"));
            };
            let value = value.as_ref();
            if value.trim().is_empty() {
                return wrong(format!("has the option {name} without a value"));
            }
            match name {
                "tls" => self.tls = flag(name, value)?,
                "tlsVerifyCert" => self.verified = flag(name, value)?,
                "tlsCAFile" => self.ca_file = Some(value.into()),
                "userCertFile" => certificate = Some(value.into()),
                "userKeyFile" => key = Some(value.into()),
                "gossipTimeout" => self.gossip_timeout = millis(name, value)?.unwrap_or(self.gossip_timeout),
                "keepAliveInterval" => self.keep_alive = millis(name, value)?,
                "keepAliveTimeout" => {
                    self.keep_alive_timeout = millis(name, value)?.unwrap_or(self.keep_alive_timeout);
                }
                "defaultDeadline" => self.deadline = millis(name, value)?,
                "connectionName" => self.connection_name = Some(value.to_owned()),
                "nodePreference" => prefers_leader(value)?,
                // The store goes on looking as long as its patience lasts.
                "throwOnAppendFailure" => drop(flag(name, value)?),
                "discoveryInterval" => drop(millis(name, value)?),
                _ => attempts(name, value)?,
            }
        }
        self.identity = match (certificate, key) {
            (Some(certificate), Some(key)) => Some((certificate, key)),
            (None, None) => None,
            _ => return wrong("names one of userCertFile and userKeyFile; both are needed"),
        };
        Ok(())
    }
}

/// The option's name as it is known, in whatever case it is written. An unknown one is not repeated: it may be a part of
/// a password. The nearest known one says enough.
fn known(name: &str) -> Result<&'static str, AddressError> {
    if let Some(known) = KNOWN.iter().find(|known| known.eq_ignore_ascii_case(name)) {
        return Ok(known);
    }
    let lower = name.to_ascii_lowercase();
    let begun = KNOWN
        .iter()
        .filter(|known| known.to_ascii_lowercase().starts_with(&lower));
    if let Some(nearest) = begun.min_by_key(|known| known.len()).filter(|_| name.len() > 3) {
        return wrong(format!(
            "has an option that does not exist; the nearest one that does is {nearest}"
        ));
    }
    let nearest = KNOWN
        .iter()
        .map(|known| (distance(&lower, &known.to_ascii_lowercase()), known))
        .min();
    match nearest {
        Some((far, nearest)) if far <= 4 && far < nearest.len() => wrong(format!(
            "has an option that does not exist; the nearest one that does is {nearest}"
        )),
        _ => wrong(format!(
            "has an option that does not exist; there are {}",
            KNOWN.join(", ")
        )),
    }
}

/// How many letters must be put in, taken out or changed to make one word of the other.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, letter) in one.chars().enumerate() {
        let mut diagonal = at;
        let mut left = at + 1;
        for (cell, wanted) in row.iter_mut().skip(1).zip(&other) {
            let changed = diagonal + usize::from(letter != *wanted);
            diagonal = *cell;
            left = changed.min(diagonal + 1).min(left + 1);
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = at + 1;
        }
    }
    row.last().copied().unwrap_or(0)
}

fn flag(name: &str, value: &str) -> Result<bool, AddressError> {
    match value.to_ascii_lowercase().as_str() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => wrong(format!("sets {name} to neither; write true or false")),
    }
}

/// Milliseconds; -1 is none.
fn millis(name: &str, value: &str) -> Result<Option<Duration>, AddressError> {
    let span = match value.parse::<i64>() {
        Ok(-1) => return Ok(None),
        Ok(millis) if millis > 0 => Duration::from_millis(millis.unsigned_abs()),
        _ => {
            return wrong(format!(
                "sets {name} to no time; write milliseconds, or -1 for none"
            ));
        }
    };
    if span < SHORTEST {
        return wrong(format!(
            "sets {name} to less than {} ms, in which nothing is answered",
            SHORTEST.as_millis()
        ));
    }
    Ok(Some(span))
}

fn attempts(name: &str, value: &str) -> Result<(), AddressError> {
    match value.parse::<i64>() {
        Ok(number) if number == -1 || number > 0 => Ok(()),
        _ => wrong(format!("sets {name} to no number of attempts")),
    }
}

fn prefers_leader(value: &str) -> Result<(), AddressError> {
    match value.to_ascii_lowercase().as_str() {
        "leader" => Ok(()),
        "follower" | "random" | "readonlyreplica" => {
            wrong("prefers another node than the leader; only there a read sees every append")
        }
        _ => wrong("sets nodePreference to no kind of node; write leader, or leave it out"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(options: &str) -> String {
        Address::parse(&format!("kurrentdb://a?{options}"))
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn an_unknown_option_is_refused_with_the_nearest_known_one() {
        for (options, nearest) in [
            ("tlsCA=/ca.pem", "tlsCAFile"),
            ("tlsCaFiles=/ca.pem", "tlsCAFile"),
            ("tlsVerify=false", "tlsVerifyCert"),
            ("tsl=false", "tls"),
            ("keepAliveIntervall=10000", "keepAliveInterval"),
            ("deadline=1000", "there are"),
            ("defaultdeadlines=1000", "defaultDeadline"),
            ("somethingElse=1", "there are tls, tlsVerifyCert"),
        ] {
            let told = refusal(options);
            assert!(told.contains(nearest), "{options}: {told}");
        }
    }

    #[test]
    fn values_that_mean_nothing_are_refused() {
        for (options, told) in [
            ("nodePreference=nonsense", "no kind of node"),
            ("nodePreference=random", "leader"),
            ("defaultDeadline=1", "less than 50 ms"),
            ("defaultDeadline=0", "no time"),
            ("defaultDeadline=-2", "no time"),
            ("discoveryInterval=abc", "no time"),
            ("maxDiscoverAttempts=some", "attempts"),
            ("throwOnAppendFailure=maybe", "neither"),
            ("gossipTimeout=", "without a value"),
            ("connectionName=%20", "without a value"),
            ("tls", "without a value"),
            ("tls=false&TLS=true", "twice"),
        ] {
            let refused = refusal(options);
            assert!(refused.contains(told), "{options}: {refused}");
        }
        Address::parse(
            "kurrentdb://a?maxDiscoverAttempts=-1&discoveryInterval=100&throwOnAppendFailure=True&tls=False",
        )
        .unwrap();
    }
}
