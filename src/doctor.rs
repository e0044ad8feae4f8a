//! Looks at everything around the service that it cannot do without: its folder and disk, the clock, names, certificates,
//! Microsoft's login and keys, the Bot Connector, the receivers of answers, the way in. Each look ends in a [`Finding`]
//! with one fix where something is to be done. Nothing is changed, nothing is sent to anybody, no secret is shown, and
//! nobody is waited for longer than a limit.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use events::Clock;
use futures_util::future::{BoxFuture, FutureExt as _, join_all};
use url::Url;

use crate::config::{Config, ConfigError};
use crate::http_client::{self, HttpLimits};

mod clock;
mod disk;
pub mod finding;
mod folder;
mod keys;
mod log;
mod login;
mod names;
mod places;
mod process;
mod proxy;
mod receiver;
mod tls;

use finding::{Check, Finding};
use places::Place;

/// What is asked, and how patiently.
#[derive(Debug)]
pub struct Doctor {
    /// The configuration, with secrets where they could be read.
    config: Config,
    /// Why the service could not be started with it.
    unusable: Option<ConfigError>,
    /// How long anybody may take to answer.
    limit: Duration,
    clock: Arc<dyn Clock>,
}

impl Doctor {
    /// Looks at what this configuration names; nobody is waited for longer than `limit`. `public_url` is where the world
    /// outside reaches the service, where the configuration does not say.
    pub fn new(mut config: Config, public_url: Option<Url>, limit: Duration, clock: Arc<dyn Clock>) -> Self {
        if public_url.is_some() {
            config.http.public_url = public_url;
        }
        let ready = config
            .clone()
            .ready_to_serve(crate::config::Authentication::Required);
        let (config, unusable) = match ready {
            Ok(ready) => (ready, None),
            Err(error) => (config, Some(error)),
        };
        Self {
            config,
            unusable,
            limit,
            clock,
        }
    }

    /// All findings, in the order in which things are best mended.
    pub async fn examine(&self) -> Vec<Finding> {
        let mut findings = self.configuration();
        let http = http_client::build(HttpLimits {
            connect: self.limit,
            total: self.limit,
        });
        let http = match http {
            Ok(http) => http,
            Err(error) => {
                findings.push(Finding::wrong(
                    Check::Tls,
                    "this machine",
                    format!("{error}"),
                    "install the machine's certificates (package ca-certificates), or name a file by SSL_CERT_FILE",
                ));
                return findings;
            }
        };
        findings.extend(folder::secrets(&self.config));
        let looks = self.looks(&http);
        findings.extend(join_all(looks).await.into_iter().flatten());
        findings
    }

    fn looks<'a>(&'a self, http: &'a reqwest::Client) -> Vec<BoxFuture<'a, Vec<Finding>>> {
        let config = &self.config;
        let places = places::of(config);
        let mut looks = vec![self.bounded(Check::Folder, "data.folder", self.on_disk(folder::look))];
        let put_aside = self.on_disk(|folder| folder::put_aside(&folder));
        looks.push(self.bounded(Check::Folder, "data.folder", put_aside));
        looks.push(self.bounded(Check::Disk, "data.folder", self.on_disk(disk::look)));
        looks.push(self.bounded(Check::Process, "data.folder", process::look(config, http)));
        looks.push(self.bounded(Check::Log, "data.store", log::look(config)));
        for place in places.iter().filter(|place| place.tells_time) {
            looks.push(self.at(
                Check::Clock,
                place,
                clock::look(place.clone(), http, &*self.clock),
            ));
        }
        for place in &places {
            looks.push(self.at(Check::Dns, place, names::look(place.clone())));
        }
        for place in places.iter().filter(|place| place.url.scheme() == "https") {
            looks.push(self.at(Check::Tls, place, tls::look(place.clone(), self.clock.now())));
        }
        let login = login::look(config, http, Arc::clone(&self.clock), self.unusable.is_none());
        looks.push(self.bounded(Check::Login, "teams.login_url", login));
        for issuer in &config.teams.issuers {
            let look = keys::signing(issuer, config.teams.require_endorsements, http);
            looks.push(self.bounded(Check::SigningKeys, "teams.issuers", look));
        }
        looks.push(self.bounded(
            Check::Connector,
            "teams.service_url",
            login::connector(config, http),
        ));
        for organization in &config.organizations {
            looks.push(self.bounded(
                Check::Webhook,
                organization.id.as_str(),
                receiver::look(organization, http),
            ));
        }
        for organization in config.organizations.iter().filter(|one| one.sign_in.is_some()) {
            let about = organization.id.as_str();
            looks.push(self.bounded(Check::SigningKeys, about, keys::of_people(organization, http)));
        }
        looks.push(self.bounded(Check::Proxy, "http.public_url", proxy::look(config, http)));
        looks.push(self.bounded(Check::KeyTable, "keys", keys::table(config)));
        looks.push(self.bounded(Check::KeyService, "keys.url", keys::service(config, http)));
        looks
    }

    /// What only the disk is asked, away from the others.
    async fn on_disk(&self, look: fn(PathBuf) -> Vec<Finding>) -> Vec<Finding> {
        let folder = self.config.data.folder.clone();
        let looked = tokio::task::spawn_blocking(move || look(folder)).await;
        looked.unwrap_or_default()
    }

    fn at<'a>(
        &self,
        check: Check,
        place: &Place,
        look: impl Future<Output = Vec<Finding>> + Send + 'a,
    ) -> BoxFuture<'a, Vec<Finding>> {
        within(self.limit, check, &place.about(), look)
    }

    /// For looks that ask several times in turn, each time within the limit.
    fn bounded<'a>(
        &self,
        check: Check,
        about: &str,
        look: impl Future<Output = Vec<Finding>> + Send + 'a,
    ) -> BoxFuture<'a, Vec<Finding>> {
        within(self.limit * 3, check, about, look)
    }

    fn configuration(&self) -> Vec<Finding> {
        let mut findings = match &self.unusable {
            Some(error) => finding::of_configuration(error),
            None => vec![Finding::good(
                Check::Configuration,
                "the whole",
                match self.config.organizations.len() {
                    1 => "one organization can be served".to_owned(),
                    many => format!("{many} organizations can be served"),
                },
            )],
        };
        for organization in &self.config.organizations {
            if organization.api_keys.is_empty() {
                findings.push(Finding::warning(
                    Check::Configuration,
                    organization.id.as_str(),
                    "it has no API key, so nothing can be sent for it",
                    format!(
                        "make one: chronus-teams keys new --organization {} --role ingest --role read",
                        organization.id
                    ),
                ));
            }
        }
        findings
    }
}

/// Gives up waiting where nobody answers.
fn within<'a>(
    limit: Duration,
    check: Check,
    about: &str,
    look: impl Future<Output = Vec<Finding>> + Send + 'a,
) -> BoxFuture<'a, Vec<Finding>> {
    let about = about.to_owned();
    async move {
        tokio::time::timeout(limit, look).await.unwrap_or_else(|_| {
            let what = format!("no answer within {} s", limit.as_secs_f64());
            vec![Finding::wrong(check, about, what, check.when_silent())]
        })
    }
    .boxed()
}
