//! Why an activity was refused, and what the log may say about it. The token itself never gets here.

use crate::teams::activity::AttributionError;
use crate::teams::hosts::RefusedUrl;

/// Longest part of a claim that a log line shows, in characters.
const MAX_FACT_CHARS: usize = 200;

/// Why an activity was not let in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuthError {
    /// The token or the activity is not acceptable: 401.
    #[error(transparent)]
    Rejected(#[from] Rejected),
    /// Nothing can be said, for want of the issuer's keys: 503.
    #[error(
        "the token cannot be checked: the issuer's keys are not available; check that the metadata URL is reachable"
    )]
    Unavailable {
        /// When asking again may help.
        retry_after: std::time::Duration,
    },
}

/// A refusal: the reason and what the token said about itself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the activity was refused: {reason}")]
pub struct Rejected {
    /// Why.
    pub reason: RejectReason,
    /// The token's claims, perhaps forged.
    pub token: Box<TokenFacts>,
}

impl Rejected {
    pub(super) fn new(reason: RejectReason, token: TokenFacts) -> Self {
        Self {
            reason,
            token: Box::new(token),
        }
    }
}

/// What a token says about itself, for logs: cut to a sane length, control characters replaced.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TokenFacts {
    /// `iss`.
    pub issuer: Option<String>,
    /// `aud`; several are separated by spaces.
    pub audience: Option<String>,
    /// The header's `kid`.
    pub key_id: Option<String>,
    /// `serviceurl`.
    pub service_url: Option<String>,
}

/// Makes a claim fit for a log line.
pub(super) fn fact(claim: &str) -> String {
    claim
        .chars()
        .take(MAX_FACT_CHARS)
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}

/// Why a token or an activity is not acceptable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RejectReason {
    /// No `Authorization` header.
    #[error("there is no authorization header")]
    NoHeader,
    /// The header is not `Bearer <token>`.
    #[error("the authorization header is not `Bearer <token>`")]
    NotBearer,
    /// Not a signed JWT.
    #[error("the token is no signed JWT")]
    Malformed,
    /// Signed otherwise than is allowed, or not at all.
    #[error("the token is not signed by an algorithm that is allowed")]
    Algorithm,
    /// The issuer is not trusted.
    #[error("the token's issuer is not trusted")]
    Issuer,
    /// The issuer has no such key.
    #[error("the token's key is not one of the issuer's")]
    UnknownKey,
    /// The signature does not fit.
    #[error("the token's signature is wrong")]
    Signature,
    /// There is no `exp`.
    #[error("the token has no expiry")]
    NoExpiry,
    /// `exp` is past.
    #[error("the token has expired; check this machine's clock if it should not have")]
    Expired,
    /// `nbf` is to come.
    #[error("the token is not valid yet; check this machine's clock if it should be")]
    NotYetValid,
    /// The token is for another app.
    #[error("the token is for another app; check the configured app id if it should not be")]
    Audience,
    /// The activity is not from Teams.
    #[error("the activity's channel is not {}", super::CHANNEL)]
    Channel,
    /// The key may not speak for the channel.
    #[error("the token's key is not endorsed for the activity's channel")]
    Endorsement,
    /// The token names no service URL.
    #[error("the token has no serviceurl claim")]
    NoServiceUrlClaim,
    /// The activity names no service URL.
    #[error("the activity has no service URL")]
    NoServiceUrl,
    /// Token and activity name different service URLs.
    #[error("the token's serviceurl claim is not the activity's service URL")]
    ServiceUrlMismatch,
    /// The service URL may not be called.
    #[error(transparent)]
    Host(RefusedUrl),
    /// The activity does not name one tenant.
    #[error(transparent)]
    Attribution(AttributionError),
    /// The tenant is not served.
    #[error("the activity's tenant is not one that is served")]
    ForeignTenant,
}
