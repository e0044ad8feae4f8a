//! Programmes and ERGs as administrators name them, and as those are told of that are switched off.

use events::organization::{Part, PartKind, plain};
use events::{OrganizationId, PersonId, Sealed, Vault, VaultError};
use projections::parts::PartOff;
use serde_json::{Value, json};

/// The place that a part's name is bound to.
const NAME: &str = "PartSwitchedOff.name";
/// How long a name may be, in characters.
const MOST: usize = 200;

/// By what an ERG of this name is found.
pub(crate) fn erg_key(vault: &Vault, name: &str) -> String {
    vault.keyed_hash("erg", &plain(name))
}

/// A part that somebody names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NamedPart {
    /// Which kind.
    pub(crate) kind: PartKind,
    /// What it is called.
    pub(crate) name: String,
}

impl NamedPart {
    /// One of the two is named.
    pub(crate) fn of(programme: Option<String>, erg: Option<String>) -> Result<Self, String> {
        let (kind, name) = match (programme, erg) {
            (Some(name), None) => (PartKind::Programme, name),
            (None, Some(name)) => (PartKind::Erg, name),
            (Some(_), Some(_)) | (None, None) => return Err("name a program or an erg".to_owned()),
        };
        let name = name.trim().to_owned();
        if name.is_empty() || name.chars().count() > MOST || name.chars().any(char::is_control) {
            return Err(format!(
                "a name has 1 to {MOST} characters and no control characters"
            ));
        }
        Ok(Self { kind, name })
    }

    /// By what it is found.
    pub(crate) fn part(&self, vault: &Vault) -> Part {
        match self.kind {
            PartKind::Programme => Part::programme(&self.name),
            PartKind::Erg => Part::erg(&erg_key(vault, &self.name)),
        }
    }

    /// Its name, sealed for the organization.
    pub(crate) async fn sealed(
        &self,
        vault: &Vault,
        organization: &OrganizationId,
    ) -> Result<Sealed, VaultError> {
        let person = PersonId::organization(organization);
        vault.seal_at(&person, NAME, &self.name).await
    }

    /// What the audit calls it: an ERG by its key alone.
    pub(crate) fn about(&self, vault: &Vault) -> String {
        format!("{}/{}", self.kind.as_str(), self.part(vault).key)
    }
}

/// A part that is switched off; `name` where it could be opened.
pub(crate) fn told(off: &PartOff, name: Option<String>) -> Value {
    let mut told = json!({
        "kind": off.part.kind,
        "name": name,
        "since": off.since,
        "by": off.by,
        "reason": off.reason,
    });
    if let Some(fields) = told.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_programme_or_an_erg_is_named_and_not_both() {
        let named = |programme: Option<&str>, erg: Option<&str>| {
            NamedPart::of(programme.map(str::to_owned), erg.map(str::to_owned))
        };
        assert_eq!(
            named(Some(" Spring "), None),
            Ok(NamedPart {
                kind: PartKind::Programme,
                name: "Spring".to_owned()
            })
        );
        assert_eq!(named(None, Some("Pride")).unwrap().kind, PartKind::Erg);
        for (programme, erg) in [
            (None, None),
            (Some("a"), Some("b")),
            (Some(" "), None),
            (Some("a\u{7}"), None),
        ] {
            assert!(named(programme, erg).is_err(), "{programme:?} {erg:?}");
        }
    }
}
