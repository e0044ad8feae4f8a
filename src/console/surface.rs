//! What the console works with: what the API works with, and who is signed in.

use std::collections::HashMap;

use actix_web::web::Data;
use events::{OrganizationId, TenantId};
use tokio::sync::watch;

use super::counted::Counted;
use super::pulse::Pulse;
use super::sessions::Sessions;
use super::tails::Tails;
use crate::config::Config;
use crate::http::state::ApiState;
use crate::metrics::sampling::Sample;

/// An organization as it is configured.
#[derive(Debug, Clone)]
pub struct About {
    /// What people read.
    pub name: String,
    /// Its tenant.
    pub tenant: TenantId,
    /// Where its answers are posted.
    pub webhook: Option<String>,
    /// What it hears of every card.
    pub receipts: Vec<String>,
}

/// See the module.
#[derive(Debug)]
pub struct ConsoleSurface {
    /// What the API works with; the pages call its functions.
    pub api: Data<ApiState>,
    /// The organizations.
    pub organizations: HashMap<OrganizationId, About>,
    /// Who is signed in.
    pub sessions: Sessions,
    /// Whether cookies are for https alone.
    pub secure: bool,
    /// Whether positions of the log are counted one by one.
    pub dense: bool,
    /// What the log told of the last hours.
    pub pulse: Pulse,
    /// Everybody counted by whether they can be reached, a moment ago.
    pub counted: Counted,
    /// Pages that follow the log.
    pub tails: Tails,
    /// The newest look at queues and ages.
    pub sample: watch::Receiver<Sample>,
}

/// The organizations of a configuration.
pub fn about(config: &Config) -> HashMap<OrganizationId, About> {
    let organizations = config.organizations.iter().map(|one| {
        let about = About {
            name: one.display_name().to_owned(),
            tenant: one.tenant_id.clone(),
            webhook: one.webhook.as_ref().map(|webhook| shown(&webhook.url)),
            receipts: one
                .receipts
                .iter()
                .map(|receipt| format!("{receipt:?}").to_lowercase())
                .collect(),
        };
        (one.id.clone(), about)
    });
    organizations.collect()
}

impl ConsoleSurface {
    /// What is known of an organization: by the configuration, or by what was linked at run time.
    pub(super) fn about(&self, organization: &OrganizationId) -> Option<About> {
        let configured = self.organizations.get(organization).cloned();
        configured.or_else(|| {
            self.api.onboarding.read(|state, _| {
                let (link, _) = state.link_of(organization)?;
                let name = state
                    .registered(organization)
                    .and_then(|(fact, _)| fact.name.clone());
                Some(About {
                    name: name.unwrap_or_else(|| organization.to_string()),
                    tenant: link.tenant_id.clone(),
                    webhook: None,
                    receipts: Vec::new(),
                })
            })
        })
    }
}

/// An address without what may be a secret in it.
fn shown(url: &url::Url) -> String {
    let query = if url.query().is_some() { "?…" } else { "" };
    format!("{}{}{query}", url.origin().ascii_serialization(), url.path())
}
