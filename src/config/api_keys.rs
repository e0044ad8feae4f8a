//! API keys: `ctk_<organization>_<43 characters>`, of which only the SHA-256 is configured.
//!
//! A key carries 256 random bits, so a plain hash is enough: there is nothing to guess. Looking a key up takes
//! the same time whether and where it is found.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Instant;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use events::OrganizationId;
use secrecy::SecretString;
use serde::{Deserialize, Deserializer, de};
use sha2::{Digest as _, Sha256};
use subtle::{ConditionallySelectable as _, ConstantTimeEq as _};
use uuid::Uuid;

/// What a key may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
#[value(rename_all = "snake_case")]
pub enum Role {
    /// Hand over domain events.
    Ingest,
    /// Read what became of notifications, and the answers.
    Read,
    /// Read reports and history over all people.
    Analyst,
    /// Read who did what.
    Audit,
    /// Change how the organization is served.
    Admin,
    /// Register organizations. Only keys of `[[operators]]` have it, and they have no other.
    Operator,
}

impl Role {
    /// Every one there is.
    pub const ALL: [Self; 6] = [
        Self::Ingest,
        Self::Read,
        Self::Analyst,
        Self::Audit,
        Self::Admin,
        Self::Operator,
    ];

    /// The word in the configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ingest => "ingest",
            Self::Read => "read",
            Self::Analyst => "analyst",
            Self::Audit => "audit",
            Self::Admin => "admin",
            Self::Operator => "operator",
        }
    }
}

/// The SHA-256 of a key.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyHash([u8; 32]);

impl KeyHash {
    /// The hash of `key`.
    pub fn of(key: &str) -> Self {
        Self(Sha256::digest(key.as_bytes()).into())
    }

    /// Whether this is the row of zeros that the example file has in place of a hash.
    pub(super) fn is_placeholder(&self) -> bool {
        self.0 == [0; 32]
    }

    /// Reads 64 hexadecimal digits.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        if text.len() != 64 || !text.is_ascii() {
            return None;
        }
        for (index, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(text.get(2 * index..2 * index + 2)?, 16).ok()?;
        }
        // `from_str_radix` takes a sign, which no hash has.
        (!text.contains('+')).then_some(Self(bytes))
    }
}

impl fmt::Display for KeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for KeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyHash(…)")
    }
}

impl<'de> Deserialize<'de> for KeyHash {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        // The text is not shown: somebody may have put the key itself here.
        Self::parse(&text).ok_or_else(|| {
            de::Error::custom(
                "this is not the SHA-256 of a key in 64 hexadecimal digits; `chronus-teams keys new` prints one",
            )
        })
    }
}

/// A configured key.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiKey {
    /// What the key is called in logs and by its owner.
    pub name: String,
    /// Its hash.
    pub sha256: KeyHash,
    /// What it may be used for.
    pub roles: Vec<Role>,
}

/// A key of whoever operates the service: it registers organizations.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OperatorKey {
    /// What the key is called in logs and by its owner.
    pub name: String,
    /// Its hash.
    pub sha256: KeyHash,
}

/// What somebody calls with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caller {
    /// An API key.
    Key,
    /// A token of a person's.
    Person,
}

/// Who is calling the API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// For which organization.
    pub organization: OrganizationId,
    /// The key's name, or who the person is by their issuer's word.
    pub name: String,
    /// Which of the two.
    pub caller: Caller,
    /// What it may be used for.
    pub roles: Vec<Role>,
    /// The key, where it was made at run time; none where it is one of the configuration.
    pub key_id: Option<Uuid>,
}

impl Principal {
    /// Who it is, as the log has it: `api:` and the name of a key, or `person:` and who that is.
    pub fn by(&self) -> String {
        match self.caller {
            Caller::Key => format!("api:{}", self.name),
            Caller::Person => format!("person:{}", self.name),
        }
    }

    /// Whether the caller may do what needs `role`; an admin may do everything for the organization.
    pub fn may(&self, role: Role) -> bool {
        let is_admin = role != Role::Operator && self.roles.contains(&Role::Admin);
        is_admin || self.roles.contains(&role)
    }
}

/// Every key that is taken: those of the configuration, and those that were made at run time. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct ApiKeys(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    taken: RwLock<Taken>,
    /// When each was used last, by organization and name.
    used: Mutex<HashMap<(OrganizationId, String), Instant>>,
}

#[derive(Debug, Default)]
struct Taken {
    configured: Vec<(KeyHash, Principal)>,
    made: Vec<(KeyHash, Principal)>,
}

impl ApiKeys {
    /// These keys, each with the organization that it is for.
    pub fn new<'k>(keys: impl IntoIterator<Item = (&'k OrganizationId, &'k ApiKey)>) -> Self {
        let keys = keys.into_iter().map(|(organization, key)| {
            let principal = Principal {
                organization: organization.clone(),
                name: key.name.clone(),
                caller: Caller::Key,
                roles: key.roles.clone(),
                key_id: None,
            };
            (key.sha256, principal)
        });
        Self::configured(keys.collect())
    }

    fn configured(configured: Vec<(KeyHash, Principal)>) -> Self {
        let taken = Taken {
            configured,
            made: Vec::new(),
        };
        Self(Arc::new(Shared {
            taken: RwLock::new(taken),
            used: Mutex::default(),
        }))
    }

    /// Whose key this is. Every stored hash is compared in full, whatever the earlier ones gave.
    pub fn authenticate(&self, key: &str) -> Option<Principal> {
        let given = KeyHash::of(key);
        let taken = self.0.taken.read().unwrap_or_else(PoisonError::into_inner);
        let all = || taken.configured.iter().chain(&taken.made);
        let mut found = u64::MAX;
        for (index, (hash, _)) in (0_u64..).zip(all()) {
            found.conditional_assign(&index, hash.0.ct_eq(&given.0));
        }
        let index = usize::try_from(found).ok()?;
        let (_, principal) = all().nth(index)?;
        let mut used = self.0.used.lock().unwrap_or_else(PoisonError::into_inner);
        used.insert(
            (principal.organization.clone(), principal.name.clone()),
            Instant::now(),
        );
        Some(principal.clone())
    }

    /// Takes these keys that were made at run time, and no other such ones.
    pub(crate) fn take_made(&self, made: Vec<(KeyHash, Principal)>) {
        let mut taken = self.0.taken.write().unwrap_or_else(PoisonError::into_inner);
        taken.made = made;
    }

    /// Takes the keys of another configuration in place of those of the last one; answers whether they are others.
    pub(crate) fn take_configured(&self, keys: &Self) -> bool {
        if Arc::ptr_eq(&self.0, &keys.0) {
            return false;
        }
        let others = keys.0.taken.read().unwrap_or_else(PoisonError::into_inner);
        let configured = others.configured.clone();
        drop(others);
        let mut taken = self.0.taken.write().unwrap_or_else(PoisonError::into_inner);
        let changed = taken.configured != configured;
        taken.configured = configured;
        changed
    }

    /// Whether the key of somebody who showed it before is taken still.
    pub(crate) fn are_taken_of(&self, principal: &Principal) -> bool {
        let taken = self.0.taken.read().unwrap_or_else(PoisonError::into_inner);
        let mut all = taken.configured.iter().chain(&taken.made);
        all.any(|(_, known)| known == principal)
    }

    /// The keys of an organization that the configuration names.
    pub(crate) fn configured_of(&self, organization: &OrganizationId) -> Vec<Principal> {
        let taken = self.0.taken.read().unwrap_or_else(PoisonError::into_inner);
        let own = taken.configured.iter().map(|(_, principal)| principal);
        own.filter(|principal| principal.organization == *organization)
            .cloned()
            .collect()
    }

    /// When keys were used last on this node since its start.
    pub(crate) fn used(&self) -> HashMap<(OrganizationId, String), Instant> {
        self.0.used.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The random generator of the operating system failed.
#[derive(Debug, thiserror::Error)]
#[error("the system's random generator gave nothing; try again")]
pub struct NoRandomness;

/// Makes a key for `organization`: shown once, never stored.
pub fn new_key(organization: &OrganizationId) -> Result<SecretString, NoRandomness> {
    let mut bytes = [0_u8; 32];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| NoRandomness)?;
    Ok(format!("ctk_{organization}_{}", URL_SAFE_NO_PAD.encode(bytes)).into())
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    fn keys(entries: &[(&str, &str, &[Role])]) -> ApiKeys {
        let entry = |(organization, key, roles): &(&str, &str, &[Role])| {
            let principal = Principal {
                organization: OrganizationId::parse(organization).unwrap(),
                name: format!("{organization}'s"),
                caller: Caller::Key,
                roles: roles.to_vec(),
                key_id: None,
            };
            (KeyHash::of(key), principal)
        };
        ApiKeys::configured(entries.iter().map(entry).collect())
    }

    #[test]
    fn a_key_tells_its_organization_and_roles_wherever_it_stands() {
        let keys = keys(&[
            ("acme", "one", &[Role::Ingest]),
            ("bolt", "two", &[Role::Read]),
            ("core", "three", &[Role::Admin]),
        ]);
        for (key, organization) in [("one", "acme"), ("two", "bolt"), ("three", "core")] {
            let principal = keys.authenticate(key).unwrap();
            assert_eq!(principal.organization.as_str(), organization);
        }
        assert!(keys.authenticate("three").unwrap().may(Role::Ingest));
        assert!(!keys.authenticate("two").unwrap().may(Role::Ingest));
    }

    #[test]
    fn an_unknown_key_is_nobodys() {
        assert_eq!(keys(&[("acme", "one", &[])]).authenticate("two"), None);
        assert_eq!(ApiKeys::default().authenticate(""), None);
    }

    #[test]
    fn a_new_key_has_the_documented_form_and_is_never_the_same() {
        let organization = OrganizationId::parse("acme_eu").unwrap();
        let key = new_key(&organization).unwrap();
        let random = key.expose_secret().strip_prefix("ctk_acme_eu_").unwrap();
        assert_eq!(random.len(), 43);
        assert_eq!(URL_SAFE_NO_PAD.decode(random).unwrap().len(), 32);
        let other = new_key(&organization).unwrap();
        assert_ne!(key.expose_secret(), other.expose_secret());
    }

    #[test]
    fn a_hash_is_64_hexadecimal_digits_and_nothing_else() {
        let hash = KeyHash::of("key");
        assert_eq!(KeyHash::parse(&hash.to_string()), Some(hash));
        for bad in ["", "00", &"+1".repeat(32), &"zz".repeat(32), &"é".repeat(32)] {
            assert_eq!(KeyHash::parse(bad), None, "{bad}");
        }
    }
}
