//! Who a node serves, and what they may not.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use tonic::Status;

use crate::log::Log;
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
    /// To write the metadata of the server's own streams, of which `$all` is one.
    Administrate,
}

/// A user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// `name:password`.
    pub credentials: String,
    /// What they may not; an administrator may everything.
    pub lacks: Vec<Right>,
    /// Whether they read `$all` only where its access list names them.
    pub ordinary: bool,
}

impl User {
    /// Somebody who may everything.
    pub fn admin(credentials: &str) -> Self {
        Self {
            credentials: credentials.to_owned(),
            lacks: Vec::new(),
            ordinary: false,
        }
    }

    /// Somebody with the rights that a user has by default.
    pub fn ordinary(credentials: &str) -> Self {
        Self {
            credentials: credentials.to_owned(),
            lacks: vec![Right::Administrate],
            ordinary: true,
        }
    }

    /// Somebody who may everything but this.
    pub fn without(credentials: &str, right: Right) -> Self {
        Self {
            credentials: credentials.to_owned(),
            lacks: vec![right],
            ordinary: false,
        }
    }

    fn name(&self) -> &str {
        self.credentials.split_once(':').map_or("", |(name, _)| name)
    }
}

/// Why a call is not answered.
pub(crate) enum Refused {
    /// With a status.
    Status(Status),
    /// With HTTP's 500, as a header that cannot be read.
    Broken,
}

/// The stream with the access list of `$all`.
const ALL_METADATA: &str = "$$$all";

/// Whom the access list of `$all` lets read it.
fn readers_of_all(log: &Log) -> Vec<String> {
    let newest = log
        .stream(ALL_METADATA)
        .ok()
        .flatten()
        .and_then(|events| events.last().cloned());
    let data = newest.map(|event| event.event.data.clone()).unwrap_or_default();
    let metadata: serde_json::Value = serde_json::from_slice(&data).unwrap_or_default();
    serde_json::from_value(metadata["$acl"]["$r"].clone()).unwrap_or_default()
}

/// What the caller with this header may not.
pub(crate) fn admitted(users: &[User], log: &Log, header: Option<&str>) -> Result<Vec<Right>, Refused> {
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
    let Some(user) = user else {
        return Err(Refused::Status(Status::unauthenticated("Unauthenticated")));
    };
    let mut lacks = user.lacks.clone();
    if user.ordinary && !readers_of_all(log).iter().any(|reader| reader == user.name()) {
        lacks.push(Right::ReadAll);
    }
    Ok(lacks)
}

pub(crate) fn denied() -> Status {
    crate::service::with_trailers(
        Status::permission_denied("Access Denied"),
        &[(keys::EXCEPTION, "access-denied")],
    )
}

/// The right that appending to a stream needs.
pub(crate) fn append(stream: &str) -> Right {
    if stream.starts_with("$$$") {
        Right::Administrate
    } else if stream.starts_with("$$") {
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
