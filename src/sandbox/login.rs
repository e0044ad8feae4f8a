//! Microsoft's login as the service meets it: the Bot Framework's OpenID metadata and keys, and the token endpoint of
//! Entra for the client-credentials grant. Refuses what Entra refuses, in its words' shape (teams-protocol, section 2).

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use chrono::{DateTime, Duration, Utc};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};
use subtle::ConstantTimeEq as _;

use super::assertions::{AssertionAsked, Assertions};
use super::keys::{KeyError, Keys};
use super::login_refusal::LoginRefusal;

/// The audience of the tokens that a bot sends with.
pub const CONNECTOR_AUDIENCE: &str = "https://api.botframework.com";
/// The issuer of the tokens that Teams' activities carry.
pub const ISSUER: &str = "https://api.botframework.com";
/// The only scope that the token endpoint grants.
pub const SCOPE: &str = "https://api.botframework.com/.default";
/// The authority that stands for every tenant of a multi-tenant bot.
const BOT_FRAMEWORK: &str = "botframework.com";
/// Tokens remembered as verified; more are verified anew.
const REMEMBERED: usize = 1_024;

/// Who signs the tokens of a tenant's people, where the login is at `url`.
pub(super) fn issuer_of_people(url: &str, tenant: &str) -> String {
    format!("{url}/{tenant}/v2.0")
}

/// The fields of a token request; every one may be missing.
#[derive(Debug, Clone, Deserialize)]
pub struct TokenForm {
    grant_type: Option<String>,
    client_id: Option<String>,
    #[serde(default, deserialize_with = "secret")]
    client_secret: Option<SecretString>,
    client_assertion_type: Option<String>,
    client_assertion: Option<String>,
    scope: Option<String>,
}

fn secret<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<SecretString>, D::Error> {
    Ok(Option::<String>::deserialize(from)?.map(SecretString::from))
}

/// The login's state.
#[derive(Debug)]
pub struct Login {
    keys: Arc<Keys>,
    app_id: String,
    app_secret: SecretString,
    lifetime: Duration,
    tenants: RwLock<BTreeSet<String>>,
    verified: Mutex<HashMap<String, i64>>,
    assertions: Assertions,
}

impl Login {
    /// Knows one app; its tokens live for `lifetime`.
    pub fn new(keys: Arc<Keys>, app_id: String, app_secret: SecretString, lifetime: Duration) -> Self {
        Self {
            keys,
            app_id,
            app_secret,
            lifetime,
            tenants: RwLock::new(BTreeSet::from([BOT_FRAMEWORK.to_owned()])),
            verified: Mutex::default(),
            assertions: Assertions::default(),
        }
    }

    /// Whose assertions are taken in place of the secret.
    pub fn assertions(&self) -> &Assertions {
        &self.assertions
    }

    /// Makes a directory known.
    pub fn add_tenant(&self, tenant: &str) {
        let mut tenants = self.tenants.write().unwrap_or_else(PoisonError::into_inner);
        tenants.insert(tenant.to_ascii_lowercase());
    }

    /// Forgets which tokens were verified; asked for after a rotation.
    pub fn forget_verified(&self) {
        self.verified
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }

    /// Checks a token request as Entra does.
    pub fn check(
        &self,
        url: &str,
        tenant: &str,
        form: &TokenForm,
        now: DateTime<Utc>,
    ) -> Result<(), LoginRefusal> {
        let tenants = self.tenants.read().unwrap_or_else(PoisonError::into_inner);
        if !tenants.contains(&tenant.to_ascii_lowercase()) {
            return Err(LoginRefusal::new(
                400,
                "invalid_request",
                90_002,
                "Tenant not found.",
            ));
        }
        match form.grant_type.as_deref() {
            Some("client_credentials") => {}
            None => {
                let text = "The request body must contain the following parameter: 'grant_type'.";
                return Err(LoginRefusal::new(400, "invalid_request", 900_144, text));
            }
            Some(_) => {
                let text = "The app requested an unsupported grant type.";
                return Err(LoginRefusal::new(400, "unsupported_grant_type", 70_003, text));
            }
        }
        if form.client_id.as_deref() != Some(self.app_id.as_str()) {
            let text = "Application with the given identifier was not found in the directory.";
            return Err(LoginRefusal::new(400, "unauthorized_client", 700_016, text));
        }
        match &form.client_assertion {
            Some(assertion) => {
                let asked = AssertionAsked {
                    kind: form.client_assertion_type.as_deref(),
                    assertion,
                    client_id: &self.app_id,
                    endpoint: &format!("{url}/{tenant}/oauth2/v2.0/token"),
                    now,
                };
                self.assertions.check(&asked, &self.keys)?;
            }
            None => self.check_secret(form.client_secret.as_ref())?,
        }
        if form.scope.as_deref() != Some(SCOPE) {
            let text = "The provided value for the input parameter 'scope' is not valid.";
            return Err(LoginRefusal::new(400, "invalid_scope", 70_011, text));
        }
        Ok(())
    }

    fn check_secret(&self, given: Option<&SecretString>) -> Result<(), LoginRefusal> {
        let given = given.map_or("", |secret| secret.expose_secret());
        if !bool::from(given.as_bytes().ct_eq(self.app_secret.expose_secret().as_bytes())) {
            let text = "Invalid client secret provided.";
            return Err(LoginRefusal::new(401, "invalid_client", 7_000_215, text));
        }
        Ok(())
    }

    /// An access token for the Bot Connector.
    pub fn issue(&self, tenant: &str, now: DateTime<Utc>) -> Result<Value, KeyError> {
        let seconds = self.lifetime.num_seconds();
        let token = self.keys.signing().sign(&json!({
            "aud": CONNECTOR_AUDIENCE,
            "iss": format!("https://sts.windows.net/{tenant}/"),
            "iat": now.timestamp(), "nbf": now.timestamp(), "exp": now.timestamp() + seconds,
            "appid": self.app_id, "tid": tenant, "ver": "1.0",
        }))?;
        Ok(json!({
            "token_type": "Bearer", "expires_in": seconds, "ext_expires_in": seconds, "access_token": token,
        }))
    }

    /// A person's token of `tenant`'s, with `claims` beside its issuer.
    pub fn person(&self, url: &str, tenant: &str, claims: &Value) -> Result<String, KeyError> {
        let mut claims = claims.clone();
        claims["iss"] = issuer_of_people(url, tenant).into();
        claims["tid"] = tenant.into();
        self.keys.signing().sign(&claims)
    }

    /// Whether an `Authorization` header carries a token that [`Login::issue`] made and that still holds.
    pub fn admits(&self, header: Option<&str>, now: DateTime<Utc>) -> bool {
        let Some(token) = header.and_then(|header| header.strip_prefix("Bearer ")) else {
            return false;
        };
        let mut verified = self.verified.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(expires) = verified.get(token) {
            return now.timestamp() < *expires;
        }
        let Some(expires) = self.expiry(token) else {
            return false;
        };
        if verified.len() >= REMEMBERED {
            verified.clear();
        }
        verified.insert(token.to_owned(), expires);
        now.timestamp() < expires
    }

    fn expiry(&self, token: &str) -> Option<i64> {
        let claims = self.keys.verify(token)?;
        let text = |name: &str| claims.get(name).and_then(Value::as_str);
        (text("aud") == Some(CONNECTOR_AUDIENCE) && text("appid") == Some(&self.app_id)).then_some(())?;
        claims.get("exp")?.as_i64()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn login() -> Login {
        let keys = Arc::new(Keys::new(Vec::new()).unwrap());
        Login::new(keys, "app".into(), "secret".into(), Duration::seconds(60))
    }

    fn form(grant: &str, id: &str, secret: &str, scope: &str) -> TokenForm {
        TokenForm {
            grant_type: Some(grant.into()),
            client_id: Some(id.into()),
            client_secret: Some(secret.into()),
            client_assertion_type: None,
            client_assertion: None,
            scope: Some(scope.into()),
        }
    }

    #[test]
    fn each_mistake_has_the_code_that_entra_gives_it() {
        let login = login();
        let good = form("client_credentials", "app", "secret", SCOPE);
        assert_eq!(
            login.check("http://login", "botframework.com", &good, DateTime::UNIX_EPOCH),
            Ok(())
        );
        let code = |tenant: &str, form: TokenForm| {
            login
                .check("http://login", tenant, &form, DateTime::UNIX_EPOCH)
                .unwrap_err()
                .code
        };
        assert_eq!(code("elsewhere", good), 90_002);
        assert_eq!(
            code(BOT_FRAMEWORK, form("password", "app", "secret", SCOPE)),
            70_003
        );
        assert_eq!(
            code(BOT_FRAMEWORK, form("client_credentials", "x", "secret", SCOPE)),
            700_016
        );
        assert_eq!(
            code(BOT_FRAMEWORK, form("client_credentials", "app", "x", SCOPE)),
            7_000_215
        );
        assert_eq!(
            code(BOT_FRAMEWORK, form("client_credentials", "app", "secret", "x")),
            70_011
        );
    }

    #[test]
    fn a_token_admits_until_it_expires_and_a_foreign_one_never() {
        let login = login();
        let now = DateTime::UNIX_EPOCH;
        let issued = login.issue("t", now).unwrap();
        let header = format!("Bearer {}", issued["access_token"].as_str().unwrap());
        assert!(login.admits(Some(&header), now));
        assert!(!login.admits(Some(&header), now + Duration::seconds(60)));
        assert!(!login.admits(None, now));
        assert!(!login.admits(Some("Bearer x.y.z"), now));
        let foreign = self::login().issue("t", now).unwrap();
        let header = format!("Bearer {}", foreign["access_token"].as_str().unwrap());
        assert!(!login.admits(Some(&header), now));
    }
}
