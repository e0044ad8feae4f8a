//! Whose a personal value is, and how a person is found without their address.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::ids::{MemberId, OrganizationId, UserKey};

/// Whose key seals a value.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PersonId(Box<str>);

impl PersonId {
    /// A Teams user.
    pub fn user(user: &UserKey) -> Self {
        Self(format!("user/{user}").into())
    }

    /// A person in Chronus.
    pub fn member(organization: &OrganizationId, member: &MemberId) -> Self {
        Self(format!("member/{organization}/{member}").into())
    }

    /// A person of whom Chronus gave nothing but an address.
    pub fn address(organization: &OrganizationId, lookup: &Lookup) -> Self {
        Self(format!("address/{organization}/{lookup}").into())
    }

    /// Content of an organization that no single person wrote.
    pub fn organization(organization: &OrganizationId) -> Self {
        Self(format!("organization/{organization}").into())
    }

    /// The Teams user, where it is one.
    pub fn as_user(&self) -> Option<UserKey> {
        let key = self.0.strip_prefix("user/")?;
        UserKey::parse(key).ok()
    }

    /// The stored form.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Reads the stored form.
    pub fn from_stored(text: &str) -> Self {
        Self(text.into())
    }
}

impl fmt::Debug for PersonId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PersonId({})", self.0)
    }
}

impl fmt::Display for PersonId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A keyed hash of the [normal form](crate::address::normal_form) of an email address or UPN.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Lookup(pub(super) Box<str>);

impl Lookup {
    /// The hash as hexadecimal text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Reads the stored form.
    pub fn from_stored(text: &str) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for Lookup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Lookup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Lookup({})", self.0)
    }
}
