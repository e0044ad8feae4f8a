//! The fold of the keys' stream, and what may be done to a key. Nothing here reads a clock.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use events::outbound::{ApiKeyMade, ApiKeyRevoked};
use events::{OrganizationId, OutboundEvent};
use uuid::Uuid;

use super::{principal, roles};
use crate::config::{KeyHash, Principal, Role};

/// Keys of one organization that are taken at once, at most.
const MOST: usize = 50;
/// Longest name of a key, in characters.
const LONGEST_NAME: usize = 64;
/// How long a key may live at most, where it is to end by itself.
const LONGEST_LIFE: TimeDelta = TimeDelta::days(5 * 366);
/// How long a key that was replaced may be taken at most.
const LONGEST_OVERLAP: TimeDelta = TimeDelta::days(30);

/// Why a key may not be changed so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyRefusal {
    /// The name.
    #[error("a key's name has 1 to {LONGEST_NAME} letters, digits, dots, dashes or underscores")]
    Name,
    /// The name stands for another key.
    #[error("a key of this name is taken already; replace it, or choose another name")]
    Taken,
    /// The roles.
    #[error("name at least one role: ingest, read, analyst, audit, admin")]
    Roles,
    /// The end.
    #[error("expires_at must be later than now and within five years")]
    Expiry,
    /// The time in which both are taken.
    #[error("overlap_seconds may be 30 days at most")]
    Overlap,
    /// Too many.
    #[error("an organization has at most {MOST} keys at a time; take one back first")]
    TooMany,
    /// There is none, or it is another organization's.
    #[error("there is no such key that was made at run time and is taken")]
    Missing,
    /// The key with this id was made before; it was shown then.
    #[error("this key was made already, and is not shown again; replace it")]
    Made,
}

/// What a key is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// Its id, by the caller's choice.
    pub key_id: Uuid,
    /// What it is called.
    pub name: String,
    /// What it may be used for.
    pub roles: Vec<Role>,
    /// When it ends by itself.
    pub expires_at: Option<DateTime<Utc>>,
}

/// Which key is replaced, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replace {
    /// The key.
    pub key_id: Uuid,
    /// The id of the one in its place, by the caller's choice.
    pub new_id: Uuid,
    /// For how long both are taken.
    pub overlap: TimeDelta,
    /// When the new one ends by itself; as the old one where nothing is said.
    pub expires_at: Option<DateTime<Utc>>,
}

/// What is held of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Whose it is.
    pub organization: OrganizationId,
    /// The key; none for one of the configuration.
    pub key_id: Option<Uuid>,
    /// What it is called.
    pub name: String,
    /// What it may be used for.
    pub roles: Vec<Role>,
    /// When it was made, and by whom.
    pub made: Option<(DateTime<Utc>, String)>,
    /// When it ends by itself.
    pub expires_at: Option<DateTime<Utc>>,
    /// From when on it is not taken any more.
    pub revoked_from: Option<DateTime<Utc>>,
    /// The key that it took the place of.
    pub replaces: Option<Uuid>,
}

impl Held {
    /// One of the configuration.
    pub fn of_configuration(key: &Principal) -> Self {
        Self {
            organization: key.organization.clone(),
            key_id: None,
            name: key.name.clone(),
            roles: key.roles.clone(),
            made: None,
            expires_at: None,
            revoked_from: None,
            replaces: None,
        }
    }
}

#[derive(Debug, Clone)]
struct Key {
    fact: ApiKeyMade,
    made_at: DateTime<Utc>,
    revoked_from: Option<DateTime<Utc>>,
}

impl Key {
    fn is_taken(&self, now: DateTime<Utc>) -> bool {
        self.fact.expires_at.is_none_or(|end| end > now) && self.revoked_from.is_none_or(|end| end > now)
    }
}

/// The fold.
#[derive(Debug, Clone, Default)]
pub struct Keys {
    /// In the order in which they were made.
    keys: Vec<Key>,
    used: HashMap<(OrganizationId, String), DateTime<Utc>>,
}

impl Keys {
    /// Folds one event.
    pub fn apply(&mut self, event: &OutboundEvent, time: DateTime<Utc>) {
        match event {
            OutboundEvent::ApiKeyMade(fact) => self.keys.push(Key {
                fact: fact.clone(),
                made_at: time,
                revoked_from: None,
            }),
            OutboundEvent::ApiKeyRevoked(fact) => {
                let mut keys = self.keys.iter_mut();
                let known = keys.find(|key| {
                    let owner = &key.fact.organization_id;
                    key.fact.key_id == fact.key_id
                        && fact.organization_id.as_ref().is_none_or(|of| of == owner)
                });
                if let Some(key) = known {
                    // The earlier end counts: nobody lengthens the life of a key by taking it back.
                    key.revoked_from = Some(key.revoked_from.map_or(fact.from, |known| known.min(fact.from)));
                }
            }
            OutboundEvent::ApiKeyUsed(fact) => {
                let key = (fact.organization_id.clone(), fact.name.clone());
                let known = self.used.entry(key).or_insert(fact.at);
                *known = (*known).max(fact.at);
            }
            OutboundEvent::NotificationUnroutable(_)
            | OutboundEvent::RecipientUnreached(_)
            | OutboundEvent::RecipientReopened(_)
            | OutboundEvent::ResponseDelivered(_)
            | OutboundEvent::ResponseFailed(_)
            | OutboundEvent::ResponseRequeued(_)
            | OutboundEvent::WebhookDisabled(_)
            | OutboundEvent::WebhookEnabled(_)
            | OutboundEvent::PersonalValuesOpened(_)
            | OutboundEvent::ActRecorded(_)
            | OutboundEvent::CallersRefused(_)
            | OutboundEvent::ErasureOrdered(_)
            | OutboundEvent::ErasureCertified(_)
            | OutboundEvent::RequestBegun(_)
            | OutboundEvent::RequestAnswered(_)
            | OutboundEvent::OrganizationRegistered(_)
            | OutboundEvent::LinkCodeMade(_)
            | OutboundEvent::LinkCodeTried(_)
            | OutboundEvent::TenantLinked(_)
            | OutboundEvent::TenantUnlinked(_)
            | OutboundEvent::OrganizationSettingsChanged(_) => {}
        }
    }

    /// The keys that are taken at `now`.
    pub fn taken(&self, now: DateTime<Utc>) -> Vec<(KeyHash, Principal)> {
        let taken = self.keys.iter().filter(|key| key.is_taken(now));
        taken
            .filter_map(|key| Some((KeyHash::parse(&key.fact.sha256)?, principal(&key.fact))))
            .collect()
    }

    /// Those of an organization, newest first.
    pub(super) fn of(&self, organization: &OrganizationId) -> Vec<Held> {
        let own = self.keys.iter().rev();
        let own = own.filter(|key| key.fact.organization_id == *organization);
        own.map(|key| Held {
            organization: organization.clone(),
            key_id: Some(key.fact.key_id),
            name: key.fact.name.clone(),
            roles: roles(&key.fact.roles),
            made: Some((key.made_at, key.fact.by.clone())),
            expires_at: key.fact.expires_at,
            revoked_from: key.revoked_from,
            replaces: key.fact.replaces,
        })
        .collect()
    }

    /// When a key was used last, as was recorded.
    pub(super) fn used_at(&self, key: &(OrganizationId, String)) -> Option<DateTime<Utc>> {
        self.used.get(key).copied()
    }

    /// Whether the organization has, or had, a key with this id. Whether another one has is nobody's business here.
    fn has(&self, organization: &OrganizationId, key_id: Uuid) -> bool {
        let mut keys = self.keys.iter();
        keys.any(|key| key.fact.key_id == key_id && key.fact.organization_id == *organization)
    }

    fn taken_of(&self, organization: &OrganizationId, now: DateTime<Utc>) -> impl Iterator<Item = &Key> {
        let own = self.keys.iter();
        own.filter(move |key| key.fact.organization_id == *organization && key.is_taken(now))
    }
}

fn is_name(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    !name.is_empty() && name.chars().count() <= LONGEST_NAME && name.chars().all(fits)
}

fn check_end(end: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Result<(), KeyRefusal> {
    match end {
        Some(end) if end <= now || end > now + LONGEST_LIFE => Err(KeyRefusal::Expiry),
        Some(_) | None => Ok(()),
    }
}

/// Decides what making a key leads to.
pub fn decide_make(
    state: &Keys,
    organization: &OrganizationId,
    configured: &[Principal],
    ask: &Ask,
    sha256: KeyHash,
    by: &str,
    now: DateTime<Utc>,
) -> Result<ApiKeyMade, KeyRefusal> {
    if state.has(organization, ask.key_id) {
        return Err(KeyRefusal::Made);
    }
    if !is_name(&ask.name) {
        return Err(KeyRefusal::Name);
    }
    if ask.roles.is_empty() || ask.roles.contains(&Role::Operator) {
        return Err(KeyRefusal::Roles);
    }
    check_end(ask.expires_at, now)?;
    let is_configured = configured.iter().any(|key| key.name == ask.name);
    if is_configured
        || state
            .taken_of(organization, now)
            .any(|key| key.fact.name == ask.name)
    {
        return Err(KeyRefusal::Taken);
    }
    if state.taken_of(organization, now).count() >= MOST {
        return Err(KeyRefusal::TooMany);
    }
    let mut roles = ask.roles.clone();
    roles.sort_unstable();
    roles.dedup();
    Ok(ApiKeyMade {
        key_id: ask.key_id,
        organization_id: organization.clone(),
        name: ask.name.clone(),
        sha256: sha256.to_string(),
        roles: roles.iter().map(|role| role.as_str().to_owned()).collect(),
        expires_at: ask.expires_at,
        replaces: None,
        by: by.to_owned(),
    })
}

/// Decides what replacing a key leads to: one of the same name and roles, and an end of the old one.
pub fn decide_replace(
    state: &Keys,
    organization: &OrganizationId,
    replace: &Replace,
    sha256: KeyHash,
    by: &str,
    now: DateTime<Utc>,
) -> Result<(ApiKeyMade, ApiKeyRevoked), KeyRefusal> {
    if state.has(organization, replace.new_id) {
        return Err(KeyRefusal::Made);
    }
    if replace.overlap < TimeDelta::zero() || replace.overlap > LONGEST_OVERLAP {
        return Err(KeyRefusal::Overlap);
    }
    check_end(replace.expires_at, now)?;
    // One that was replaced already, and is taken for a while longer, is not replaced again.
    let mut taken = state
        .taken_of(organization, now)
        .filter(|key| key.revoked_from.is_none());
    let old = taken.find(|key| key.fact.key_id == replace.key_id);
    let old = old.ok_or(KeyRefusal::Missing)?;
    let is_longer_taken = replace.overlap > TimeDelta::zero();
    if is_longer_taken && state.taken_of(organization, now).count() >= MOST {
        return Err(KeyRefusal::TooMany);
    }
    let made = ApiKeyMade {
        key_id: replace.new_id,
        sha256: sha256.to_string(),
        // A key that was to end does not live for ever because it is replaced.
        expires_at: replace.expires_at.or(old.fact.expires_at),
        replaces: Some(replace.key_id),
        by: by.to_owned(),
        ..old.fact.clone()
    };
    let revoked = ApiKeyRevoked {
        key_id: replace.key_id,
        from: now + replace.overlap,
        by: by.to_owned(),
        organization_id: Some(organization.clone()),
    };
    Ok((made, revoked))
}

/// Decides what taking a key back leads to: nothing where it is not taken any more.
pub fn decide_revoke(
    state: &Keys,
    organization: &OrganizationId,
    key_id: Uuid,
    by: &str,
    now: DateTime<Utc>,
) -> Result<Option<ApiKeyRevoked>, KeyRefusal> {
    let mut own = state.keys.iter();
    let key = own.find(|key| key.fact.key_id == key_id && key.fact.organization_id == *organization);
    let key = key.ok_or(KeyRefusal::Missing)?;
    Ok(key.is_taken(now).then(|| ApiKeyRevoked {
        key_id,
        from: now,
        by: by.to_owned(),
        organization_id: Some(organization.clone()),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Uuid = Uuid::from_u128(1);
    const TWO: Uuid = Uuid::from_u128(2);

    fn acme() -> OrganizationId {
        OrganizationId::parse("acme").unwrap()
    }

    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(minute)
    }

    fn ask(key_id: Uuid, name: &str) -> Ask {
        Ask {
            key_id,
            name: name.to_owned(),
            roles: vec![Role::Read, Role::Ingest, Role::Read],
            expires_at: None,
        }
    }

    fn make(state: &Keys, ask: &Ask, now: DateTime<Utc>) -> Result<ApiKeyMade, KeyRefusal> {
        decide_make(state, &acme(), &[], ask, KeyHash::of("key"), "api:all", now)
    }

    fn after(events: &[OutboundEvent]) -> Keys {
        let mut keys = Keys::default();
        for event in events {
            keys.apply(event, at(0));
        }
        keys
    }

    fn one() -> ApiKeyMade {
        make(&Keys::default(), &ask(ONE, "nightly"), at(0)).unwrap()
    }

    #[test]
    fn a_key_is_taken_from_when_it_is_made_until_it_is_taken_back() {
        let made = one();
        assert_eq!(made.roles, ["ingest", "read"]);
        let mut keys = after(&[made.into()]);
        assert_eq!(keys.taken(at(1)).len(), 1);
        let revoked = decide_revoke(&keys, &acme(), ONE, "api:all", at(2))
            .unwrap()
            .unwrap();
        keys.apply(&revoked.into(), at(2));
        assert_eq!(keys.taken(at(2)).len(), 0);
        assert_eq!(decide_revoke(&keys, &acme(), ONE, "api:all", at(3)), Ok(None));
    }

    #[test]
    fn two_organizations_may_choose_one_id_and_neither_learns_of_the_other() {
        let mut keys = after(&[one().into()]);
        let globex = OrganizationId::parse("globex").unwrap();
        let hash = KeyHash::of("theirs");
        let theirs = decide_make(&keys, &globex, &[], &ask(ONE, "nightly"), hash, "api:all", at(1));
        keys.apply(&theirs.unwrap().into(), at(1));
        let revoked = decide_revoke(&keys, &globex, ONE, "api:all", at(2));
        keys.apply(&revoked.unwrap().unwrap().into(), at(2));
        let taken = keys.taken(at(3));
        assert_eq!(taken.len(), 1);
        assert_eq!(taken[0].1.organization, acme());
    }

    #[test]
    fn a_key_ends_by_itself() {
        let ending = Ask {
            expires_at: Some(at(10)),
            ..ask(ONE, "nightly")
        };
        let keys = after(&[make(&Keys::default(), &ending, at(0)).unwrap().into()]);
        assert_eq!((keys.taken(at(9)).len(), keys.taken(at(10)).len()), (1, 0));
        assert_eq!(make(&Keys::default(), &ending, at(10)), Err(KeyRefusal::Expiry));
    }

    #[test]
    fn while_a_key_is_replaced_both_are_taken_and_then_the_new_one_alone() {
        let mut keys = after(&[one().into()]);
        let replace = Replace {
            key_id: ONE,
            new_id: TWO,
            overlap: TimeDelta::minutes(5),
            expires_at: None,
        };
        let decide =
            |keys: &Keys| decide_replace(keys, &acme(), &replace, KeyHash::of("new"), "api:all", at(1));
        let (made, revoked) = decide(&keys).unwrap();
        assert_eq!((made.name.as_str(), made.replaces), ("nightly", Some(ONE)));
        keys.apply(&made.into(), at(1));
        keys.apply(&revoked.into(), at(1));
        assert_eq!((keys.taken(at(5)).len(), keys.taken(at(6)).len()), (2, 1));
        assert_eq!(decide(&keys), Err(KeyRefusal::Made));
        // Taken back in between, the old one is not taken any longer than that.
        let revoked = decide_revoke(&keys, &acme(), ONE, "api:all", at(2))
            .unwrap()
            .unwrap();
        keys.apply(&revoked.into(), at(2));
        assert_eq!(keys.taken(at(3)).len(), 1);
    }

    #[test]
    fn a_key_in_the_place_of_another_ends_when_that_one_would_have() {
        let ending = Ask {
            expires_at: Some(at(10)),
            ..ask(ONE, "nightly")
        };
        let keys = after(&[make(&Keys::default(), &ending, at(0)).unwrap().into()]);
        for (asked, ends) in [(None, at(10)), (Some(at(20)), at(20))] {
            let replace = Replace {
                key_id: ONE,
                new_id: TWO,
                overlap: TimeDelta::zero(),
                expires_at: asked,
            };
            let replaced = decide_replace(&keys, &acme(), &replace, KeyHash::of("new"), "api:all", at(1));
            assert_eq!(replaced.unwrap().0.expires_at, Some(ends));
        }
    }

    #[test]
    fn what_may_not_be_is_refused() {
        let keys = after(&[one().into()]);
        let later = at(1);
        assert_eq!(make(&keys, &ask(ONE, "other"), later), Err(KeyRefusal::Made));
        assert_eq!(make(&keys, &ask(TWO, "nightly"), later), Err(KeyRefusal::Taken));
        for name in ["", "two words", "a/b", "ü", &"x".repeat(65)] {
            assert_eq!(
                make(&keys, &ask(TWO, name), later),
                Err(KeyRefusal::Name),
                "{name}"
            );
        }
        let nothing = Ask {
            roles: Vec::new(),
            ..ask(TWO, "other")
        };
        assert_eq!(make(&keys, &nothing, later), Err(KeyRefusal::Roles));
        let bolt = OrganizationId::parse("bolt").unwrap();
        assert_eq!(
            decide_revoke(&keys, &bolt, ONE, "api:all", later),
            Err(KeyRefusal::Missing)
        );
    }

    #[test]
    fn an_organization_has_no_more_keys_than_it_may() {
        let mut keys = Keys::default();
        for number in 0..MOST {
            let one = ask(Uuid::from_u128(number as u128), &format!("key-{number}"));
            keys.apply(&make(&keys.clone(), &one, at(0)).unwrap().into(), at(0));
        }
        let more = ask(Uuid::from_u128(1_000), "more");
        assert_eq!(make(&keys, &more, at(0)), Err(KeyRefusal::TooMany));
        // Nor by replacing one that is taken for a while longer.
        let replaced = |overlap| {
            let replace = Replace {
                key_id: Uuid::from_u128(0),
                new_id: more.key_id,
                overlap,
                expires_at: None,
            };
            decide_replace(&keys, &acme(), &replace, KeyHash::of("new"), "api:all", at(0)).map(drop)
        };
        assert_eq!(replaced(TimeDelta::minutes(1)), Err(KeyRefusal::TooMany));
        assert_eq!(replaced(TimeDelta::zero()), Ok(()));
    }
}
