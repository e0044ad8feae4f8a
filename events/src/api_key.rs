//! Keys of the API that were made at run time. Of a key the log holds the hash alone: it carries 256 random bits, so there is
//! nothing to guess.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::ids::OrganizationId;

/// See [`OutboundEvent::ApiKeyMade`](crate::OutboundEvent::ApiKeyMade).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKeyMade {
    /// The key.
    pub key_id: Uuid,
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// What it is called.
    pub name: String,
    /// Its SHA-256, in hexadecimal.
    pub sha256: String,
    /// What it may be used for, by the names of roles.
    pub roles: Vec<String>,
    /// When it ends by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
    /// The key that it takes the place of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<Uuid>,
    /// Who made it.
    pub by: String,
}

/// See [`OutboundEvent::ApiKeyRevoked`](crate::OutboundEvent::ApiKeyRevoked).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKeyRevoked {
    /// The key.
    pub key_id: Uuid,
    /// From when on it is not taken any more: at once, or a while after it was replaced.
    pub from: DateTime<Utc>,
    /// Who said so.
    pub by: String,
    /// Whose key it is; absent in logs of earlier releases, where no two organizations had keys with one id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization_id: Option<OrganizationId>,
}

/// See [`OutboundEvent::ApiKeyUsed`](crate::OutboundEvent::ApiKeyUsed). Recorded now and then, and not for each request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKeyUsed {
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// What it is called, also where it is one of the configuration.
    pub name: String,
    /// The newest use that is known.
    pub at: DateTime<Utc>,
}
