//! The hosts that the configuration names: each once, with the keys that name it.

use url::{Host, Url};

use crate::config::Config;

/// A host that is asked.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// The first of its keys.
    pub(super) key: String,
    /// Scheme, host and port; paths and parameters may be secret and are never shown.
    pub(super) url: Url,
    /// Whether its certificate is for the operator or Chronus to renew, and not for Microsoft.
    pub(super) is_ours: bool,
    /// Whether its clock is known to be right: Microsoft's.
    pub(super) tells_time: bool,
}

impl Place {
    /// How it is shown.
    pub(super) fn about(&self) -> String {
        shown(&self.url)
    }

    /// Its host where that is a name, and its port.
    pub(super) fn name(&self) -> Option<(String, u16)> {
        match self.url.host()? {
            Host::Domain(name) => Some((name.to_owned(), self.port())),
            Host::Ipv4(_) | Host::Ipv6(_) => None,
        }
    }

    pub(super) fn port(&self) -> u16 {
        self.url.port_or_known_default().unwrap_or(443)
    }
}

/// Host and port of a URL, without what else it holds.
pub(super) fn shown(url: &Url) -> String {
    let host = url.host_str().unwrap_or("?");
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

/// Every host once, Microsoft's first.
pub(super) fn of(config: &Config) -> Vec<Place> {
    let teams = &config.teams;
    let mut named: Vec<(String, &Url, bool, bool)> = vec![
        ("teams.login_url".to_owned(), &teams.login_url, false, true),
        ("teams.service_url".to_owned(), &teams.service_url, false, true),
    ];
    for (index, issuer) in teams.issuers.iter().enumerate() {
        let key = format!("teams.issuers[{index}].metadata_url");
        named.push((key, &issuer.metadata_url, false, false));
    }
    for (index, organization) in config.organizations.iter().enumerate() {
        if let Some(webhook) = &organization.webhook {
            named.push((
                format!("organizations[{index}].webhook.url"),
                &webhook.url,
                true,
                false,
            ));
        }
    }
    let discovered = config.organizations.iter().enumerate();
    let discovered: Vec<(usize, Url)> = discovered
        .filter_map(|(index, organization)| {
            let sign_in = organization.sign_in.as_ref()?;
            Some((index, sign_in.discovery().or_else(|| sign_in.keys_url.clone())?))
        })
        .collect();
    for (index, url) in &discovered {
        named.push((
            format!("organizations[{index}].sign_in.issuer"),
            url,
            false,
            false,
        ));
    }
    if let Some(url) = &config.http.public_url {
        named.push(("http.public_url".to_owned(), url, true, false));
    }
    let mut places: Vec<Place> = Vec::new();
    for (key, url, is_ours, tells_time) in named {
        let known = places
            .iter_mut()
            .find(|place| place.url.scheme() == url.scheme() && shown(&place.url) == shown(url));
        match known {
            Some(place) => place.tells_time |= tells_time,
            None => places.push(Place {
                key,
                url: url.clone(),
                is_ours,
                tells_time,
            }),
        }
    }
    places
}
