//! Who a node serves, and what they may not.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use tonic::Status;

use crate::wire::{keys, read_options};

/// What somebody may not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Right {
    /// To read `$all`.
    ReadAll,
    /// To read streams.
    Read,
    /// To append to streams.
    Write,
    /// To write the metadata of streams.
    WriteMetadata,
}

/// A user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// `name:password`.
    pub credentials: String,
    /// What they may not; an administrator may everything.
    pub lacks: Vec<Right>,
}

impl User {
    /// Somebody who may everything.
    pub fn admin(credentials: &str) -> Self {
        Self {
            credentials: credentials.to_owned(),
            lacks: Vec::new(),
        }
    }
}

/// Why a call is not answered.
pub(crate) enum Refused {
    /// With a status.
    Status(Status),
    /// With HTTP's 500, as a header that cannot be read.
    Broken,
}

/// What the caller with this header may not.
pub(crate) fn admitted(users: &[User], header: Option<&str>) -> Result<Vec<Right>, Refused> {
    if users.is_empty() {
        return Ok(Vec::new());
    }
    // Whoever names nobody has no rights; so has a token that says nothing.
    let Some(basic) = header.and_then(|header| header.strip_prefix("Basic ")) else {
        return Err(Refused::Status(denied()));
    };
    let Ok(credentials) = STANDARD.decode(basic) else {
        return Err(Refused::Broken);
    };
    let user = users
        .iter()
        .find(|user| user.credentials.as_bytes() == credentials);
    user.map(|user| user.lacks.clone())
        .ok_or_else(|| Refused::Status(Status::unauthenticated("Unauthenticated")))
}

pub(crate) fn denied() -> Status {
    crate::service::with_trailers(
        Status::permission_denied("Access Denied"),
        &[(keys::EXCEPTION, "access-denied")],
    )
}

/// The right that appending to a stream needs.
pub(crate) fn append(stream: &str) -> Right {
    if stream.starts_with("$$") {
        Right::WriteMetadata
    } else {
        Right::Write
    }
}

/// The right that reading from there needs.
pub(crate) fn read(from: Option<&read_options::From>) -> Right {
    match from {
        Some(read_options::From::Stream(_)) => Right::Read,
        Some(read_options::From::All(_)) | None => Right::ReadAll,
    }
}
