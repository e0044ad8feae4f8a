//! People who call the API with a token of their organization's own issuer. What a token says is believed after its signature, issuer,
//! audience and times were checked, and in doubt not at all; what somebody may do follows from one of its claims.

use std::sync::Arc;

use events::{Clock, OrganizationId};
use jsonwebtoken::Algorithm;
use serde_json::Value;

use crate::config::{Caller, Config, Principal, SignIn};
use crate::teams::auth::RejectReason;
use crate::teams::auth::jwt::Jwt;
use crate::teams::keys::{At, KeyCache, KeyError, KeyLifetimes, KeySource};

/// Longest name of a person that is taken, in bytes.
const LONGEST_NAME: usize = 200;

/// Why somebody is not let in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignInError {
    /// The token is not acceptable.
    #[error(transparent)]
    Rejected(#[from] RejectReason),
    /// It does not say who it is for.
    #[error(
        "the token does not say who it is for; ask for the claim oid, sub, or the one that person_claim names"
    )]
    Nobody,
    /// Nothing can be said, for want of the issuer's keys.
    #[error("the token cannot be checked: the issuer's keys are not available")]
    Unavailable {
        /// When asking again may help.
        retry_after: std::time::Duration,
    },
}

/// One organization's issuer.
#[derive(Debug)]
struct Trusted {
    organization: OrganizationId,
    setting: SignIn,
    algorithms: Vec<Algorithm>,
    keys: KeyCache,
}

/// Every issuer that is trusted. Holds their keys; make one and share it.
#[derive(Debug)]
pub struct SignIns {
    trusted: Vec<Trusted>,
    clock: Arc<dyn Clock>,
}

/// Where an issuer's keys are.
pub(crate) fn source(setting: &SignIn) -> Option<KeySource> {
    let at = match setting.discovery() {
        Some(url) => At::Metadata {
            url: url.into(),
            issuer: Some(setting.issuer.clone()),
        },
        None => At::Keys(setting.keys_url.clone()?.into()),
    };
    let algorithms = setting.algorithms.iter();
    Some(KeySource {
        at,
        algorithms: algorithms.map(|one| one.of_library()).collect(),
        channel: None,
    })
}

impl SignIns {
    /// Those of the configuration. Nothing is fetched before somebody comes.
    pub fn new(config: &Config, http: &reqwest::Client, clock: &Arc<dyn Clock>) -> Self {
        let trusted = config.organizations.iter().filter_map(|organization| {
            let setting = organization.sign_in.clone()?;
            let source = source(&setting)?;
            Some(Trusted {
                organization: organization.id.clone(),
                algorithms: source.algorithms.clone(),
                keys: KeyCache::new(http.clone(), source, KeyLifetimes::default(), Arc::clone(clock)),
                setting,
            })
        });
        Self {
            trusted: trusted.collect(),
            clock: Arc::clone(clock),
        }
    }

    /// Whether there is none, so that no token is one of a person's.
    pub fn is_empty(&self) -> bool {
        self.trusted.is_empty()
    }

    /// Who somebody with this token is.
    pub async fn principal(&self, token: &str) -> Result<Principal, SignInError> {
        let token = Jwt::read(token)?;
        let of_issuer = self.trusted.iter();
        let of_issuer = of_issuer.filter(|one| token.issuer() == Some(&one.setting.issuer));
        let mut wrong = RejectReason::Issuer;
        for trusted in of_issuer {
            // Several organizations may have one issuer; each has an audience of its own.
            match token.check_audience(&trusted.setting.audience) {
                Ok(()) => return self.checked(&token, trusted).await,
                Err(reason) => wrong = reason,
            }
        }
        Err(wrong.into())
    }

    async fn checked(&self, token: &Jwt<'_>, trusted: &Trusted) -> Result<Principal, SignInError> {
        token.check_algorithm(&trusted.algorithms)?;
        let lifetime = token.lifetime()?;
        lifetime.check(self.clock.now(), trusted.setting.clock_skew())?;
        // What could not be right whoever signed it has caused no question for its key.
        let key_id = token.key_id().ok_or(RejectReason::UnknownKey)?;
        let key = trusted.keys.key(key_id).await.map_err(|error| match error {
            KeyError::Unknown | KeyError::NotEndorsed => RejectReason::UnknownKey.into(),
            KeyError::Unavailable { retry_after } => SignInError::Unavailable { retry_after },
        })?;
        token.check_signature(&key)?;
        let setting = &trusted.setting;
        Ok(Principal {
            organization: trusted.organization.clone(),
            name: name(token, setting).ok_or(SignInError::Nobody)?,
            caller: Caller::Person,
            roles: setting.roles_of(texts(token.claim(&setting.claim))),
            key_id: None,
        })
    }
}

/// Who a token says it is for, where that is fit to be written down.
fn name(token: &Jwt<'_>, setting: &SignIn) -> Option<String> {
    let asked = setting.person_claim.as_deref();
    let claims = asked.map_or_else(|| vec!["oid", "sub"], |claim| vec![claim]);
    let mut told = claims
        .iter()
        .filter_map(|claim| token.claim(claim).and_then(Value::as_str));
    let name = told.next()?;
    let fits = !name.is_empty() && name.len() <= LONGEST_NAME && !name.contains(|c: char| c.is_control());
    fits.then(|| name.to_owned())
}

/// The texts of a claim that is one or a list of them.
fn texts(claim: Option<&Value>) -> impl Iterator<Item = &str> {
    let one = claim.and_then(Value::as_str);
    let many = claim.and_then(Value::as_array).into_iter().flatten();
    one.into_iter().chain(many.filter_map(Value::as_str))
}

#[cfg(test)]
mod tests;
