//! One request for a token, and what its answer means.

use chrono::{DateTime, Duration, Utc};
use events::EventId;
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::Value;

use super::super::credential::ProofError;
use super::{TokenError, TokenSettings};
use crate::http_client::{self, read_limited};

/// A token answer has about 2 KB.
const MAX_ANSWER_BYTES: usize = 64 * 1024;
/// Longest life believed; Microsoft's tokens live 60 to 90 minutes, up to 24 hours with some set-ups.
const MAX_LIFETIME_SECONDS: i64 = 24 * 3600;

pub(super) struct Granted {
    pub(super) secret: SecretString,
    pub(super) lifetime: Duration,
}

#[derive(Deserialize)]
struct Grant {
    access_token: String,
    expires_in: Value,
    token_type: Option<String>,
}

pub(super) async fn ask(
    http: &reqwest::Client,
    settings: &TokenSettings,
    now: DateTime<Utc>,
) -> Result<Granted, TokenError> {
    let id = EventId::unique().0;
    let endpoint = settings.endpoint.as_str();
    let proof = settings
        .credential
        .proof(&settings.client_id, endpoint, now, id)
        .await;
    let proof = proof.map_err(|error| unproven(&error))?;
    let mut form = vec![
        ("grant_type", "client_credentials"),
        ("client_id", &*settings.client_id),
    ];
    form.extend(proof.iter().map(|(name, value)| (*name, value.as_str())));
    form.push(("scope", &settings.scope));
    let request = http.post(settings.endpoint.clone()).form(&form);
    let response = request
        .send()
        .await
        .map_err(|error| retryable(http_client::failure(&error)))?;
    let status = response.status();
    let retry_after = http_client::retry_after(response.headers(), now);
    let body = read_limited(response, MAX_ANSWER_BYTES)
        .await
        .map_err(|_| retryable("broken_answer"))?;
    answered(status.as_u16(), &body, retry_after)
}

/// What the login's answer means.
pub(super) fn answered(
    status: u16,
    body: &[u8],
    retry_after: Option<std::time::Duration>,
) -> Result<Granted, TokenError> {
    if (200..300).contains(&status) {
        granted(body).ok_or_else(|| retryable("unreadable_answer"))
    } else {
        Err(refusal(status, body, retry_after))
    }
}

fn unproven(error: &ProofError) -> TokenError {
    tracing::error!(
        error = error as &dyn std::error::Error,
        "the bot cannot prove at Microsoft's login who it is"
    );
    let (code, advice) = match error {
        ProofError::Unreadable { .. } => (
            "federated_token_unreadable",
            "let the file that teams.federated_token_file names hold a token",
        ),
        ProofError::Sign => ("assertion_not_signed", "check teams.certificate_file and its key"),
    };
    TokenError::Configuration {
        code: code.to_owned(),
        advice,
    }
}

fn retryable(reason: &str) -> TokenError {
    TokenError::Retryable {
        reason: reason.to_owned(),
        retry_after: None,
    }
}

/// `expires_in` is a number at the v2 endpoint and a string at others.
fn granted(body: &[u8]) -> Option<Granted> {
    let grant: Grant = serde_json::from_slice(body).ok()?;
    let seconds = match &grant.expires_in {
        Value::Number(number) => number.as_i64()?,
        Value::String(text) => text.trim().parse().ok()?,
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    let bearer = grant
        .token_type
        .is_none_or(|kind| kind.eq_ignore_ascii_case("bearer"));
    // Anything else could not stand in a header.
    let sendable =
        !grant.access_token.is_empty() && grant.access_token.bytes().all(|byte| byte.is_ascii_graphic());
    let usable = seconds > 0 && bearer && sendable;
    usable.then(|| Granted {
        secret: grant.access_token.into(),
        lifetime: Duration::seconds(seconds.min(MAX_LIFETIME_SECONDS)),
    })
}

fn refusal(status: u16, body: &[u8], retry_after: Option<std::time::Duration>) -> TokenError {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let number = aadsts(&body);
    let oauth = body
        .get("error")
        .and_then(Value::as_str)
        .filter(|code| is_oauth_code(code));
    let code = match (number, oauth) {
        (Some(number), _) => format!("AADSTS{number}"),
        (None, Some(oauth)) => oauth.to_owned(),
        (None, None) => format!("status_{status}"),
    };
    let transient = matches!(status, 408 | 429 | 500..) || matches!(number, Some(50196 | 90033 | 90055));
    if transient || oauth == Some("temporarily_unavailable") {
        return TokenError::Retryable {
            reason: code,
            retry_after,
        };
    }
    TokenError::Configuration {
        code,
        advice: advice(number),
    }
}

/// Codes are words such as `invalid_client`; a proxy may write a sentence there, which is not kept.
fn is_oauth_code(code: &str) -> bool {
    !code.is_empty() && code.len() <= 64 && code.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
}

/// The first number of `error_codes`, else the one at the head of `error_description`.
fn aadsts(body: &Value) -> Option<u64> {
    let listed = body
        .get("error_codes")
        .and_then(|codes| codes.get(0))
        .and_then(Value::as_u64);
    listed.or_else(|| {
        let description = body.get("error_description")?.as_str()?;
        let digits = description.strip_prefix("AADSTS")?;
        let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
        digits.get(..end)?.parse().ok()
    })
}

fn advice(aadsts: Option<u64>) -> &'static str {
    match aadsts {
        Some(700_016) => {
            "the app id is not known in the authority's tenant; a single-tenant bot needs its home tenant as authority"
        }
        Some(7_000_215) => {
            "the client secret is wrong; write the secret's value, not its id, into teams.client_secret_file and restart"
        }
        Some(7_000_222) => {
            "the client secret has expired; make a new one in Entra, write its value into teams.client_secret_file and \
             restart"
        }
        Some(7_000_229) => {
            "the app has no service principal in the authority's tenant; create it or correct the authority"
        }
        Some(90_002) => "the authority's tenant does not exist; correct the authority",
        Some(70_011 | 1_002_012) => "the scope is wrong; it must end with /.default",
        Some(700_027) => {
            "the client assertion is wrong; add the certificate of teams.certificate_file to the app in Entra"
        }
        Some(70_021 | 700_211..=700_213) => {
            "no federated credential of the app fits the token of teams.federated_token_file; issuer, subject and audience \
             must be those that Entra has"
        }
        Some(700_024) => "the client assertion is out of its time; check this machine's clock",
        _ => "check the authority, app id and client secret",
    }
}
