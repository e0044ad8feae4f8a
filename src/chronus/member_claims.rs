//! Warns where a card names another address or object id for a member than member events told: the card follows the
//! member. Member events that the read models have not folded yet are remembered here until they are.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use events::organization::MemberChange;
use events::{AadObjectId, Lookup, MemberId, OrganizationId, Position, Sealed, Vault};
use projections::members::Member;
use projections::{QueryError, ReadModels};

use super::warning::{MOST_WARNINGS, Warning};

/// Members remembered whose event is not folded yet; beyond that the newest are not, and a warning may be missing.
const MOST_RECENT: usize = 10_000;

/// What one event says of members.
#[derive(Debug)]
pub struct MemberWords {
    /// What a member event tells; `None` for an event with cards.
    pub change: Option<MemberChange>,
    /// Those whom it names by a member id, with their places in `data.recipients`.
    pub named: Vec<NamedMember>,
}

/// A member as an event names it.
#[derive(Debug)]
pub struct NamedMember {
    /// The place in `data.recipients`.
    pub place: usize,
    /// The member.
    pub id: MemberId,
    /// The address beside the id.
    pub email: Option<String>,
    /// The object id beside it.
    pub aad_object_id: Option<AadObjectId>,
    /// Whether the object id that was given is taken back.
    pub object_id_withdrawn: bool,
}

/// What is known of a member.
#[derive(Debug, Clone, Default)]
struct Known {
    removed: bool,
    lookup: Option<Lookup>,
    address: Option<Address>,
    object: Option<AadObjectId>,
}

#[derive(Debug, Clone)]
enum Address {
    Open(String),
    Closed(Sealed),
}

impl Known {
    fn of(member: Member) -> Self {
        Self {
            removed: member.removed,
            lookup: member.lookup.filter(|_| member.address_told),
            address: member
                .address
                .filter(|_| member.address_told)
                .map(Address::Closed),
            object: member.object_id.filter(|_| member.object_told),
        }
    }
}

type Recent = HashMap<(OrganizationId, MemberId), (Position, Known)>;

/// See the module.
#[derive(Debug)]
pub struct MemberClaims {
    models: ReadModels,
    vault: Vault,
    recent: Mutex<Recent>,
}

impl MemberClaims {
    /// What the read models know, and what comes meanwhile.
    pub fn new(models: ReadModels, vault: Vault) -> Self {
        let recent = Mutex::default();
        Self {
            models,
            vault,
            recent,
        }
    }

    /// The warnings for events that were taken at these positions, in the order of the log.
    pub async fn warnings(
        &self,
        organization: &OrganizationId,
        events: Vec<(MemberWords, Position)>,
    ) -> Result<Vec<Vec<Warning>>, QueryError> {
        let folded = *self.models.folded().borrow();
        self.forget(folded);
        let mut known = self.known(organization, &events).await?;
        let mut warnings = Vec::with_capacity(events.len());
        for (words, position) in events {
            let mut found = Vec::new();
            match words.change {
                Some(change) => {
                    for named in words.named {
                        let id = named.id.clone();
                        let told = self.told(known.remove(&id).unwrap_or_default(), named, change);
                        self.remember(organization, &id, position, &told);
                        known.insert(id, told);
                    }
                }
                None => {
                    for named in &words.named {
                        if found.len() < MOST_WARNINGS
                            && let Some(member) = known.get(&named.id)
                        {
                            found.extend(self.differs(named, member).await);
                        }
                    }
                }
            }
            warnings.push(found);
        }
        Ok(warnings)
    }

    async fn known(
        &self,
        organization: &OrganizationId,
        events: &[(MemberWords, Position)],
    ) -> Result<HashMap<MemberId, Known>, QueryError> {
        let mut ids: Vec<MemberId> = events
            .iter()
            .flat_map(|(words, _)| &words.named)
            .map(|named| named.id.clone())
            .collect();
        ids.sort_unstable();
        ids.dedup();
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let found = self.models.members(organization.clone(), ids.clone()).await?;
        let mut known: HashMap<MemberId, Known> = found
            .into_iter()
            .map(|member| (member.id.clone(), Known::of(member)))
            .collect();
        let recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        for id in ids {
            if let Some((_, newer)) = recent.get(&(organization.clone(), id.clone())) {
                known.insert(id, newer.clone());
            }
        }
        Ok(known)
    }

    /// What is known of a member after a member event.
    fn told(&self, before: Known, named: NamedMember, change: MemberChange) -> Known {
        match change {
            MemberChange::Removed | MemberChange::EraseRequested => Known {
                removed: true,
                ..Known::default()
            },
            MemberChange::Upserted => Known {
                removed: false,
                lookup: named
                    .email
                    .as_ref()
                    .map(|email| self.vault.lookup(email))
                    .or(before.lookup),
                address: named.email.map(Address::Open).or(before.address),
                object: named
                    .aad_object_id
                    .or(before.object.filter(|_| !named.object_id_withdrawn)),
            },
        }
    }

    async fn differs(&self, named: &NamedMember, member: &Known) -> Option<Warning> {
        let at = format!("/data/recipients/{}", named.place);
        if member.removed {
            let detail =
                "was removed by a member event; nothing goes to the member until another member event";
            return Some(Warning::at("member_removed", format!("{at}/member_id"), detail));
        }
        if let (Some(told), Some(given)) = (&member.object, &named.aad_object_id)
            && told != given
        {
            let detail = format!("is {given}, but member events told {told}; the card follows the member");
            return Some(Warning::at(
                "other_object_id",
                format!("{at}/aad_object_id"),
                detail,
            ));
        }
        let (email, lookup) = (named.email.as_ref()?, member.lookup.as_ref()?);
        if self.vault.lookup(email) == *lookup {
            return None;
        }
        let told = match member.address.as_ref()? {
            Address::Open(address) => Some(address.clone()),
            Address::Closed(address) => self.vault.open(address).await.ok().flatten(),
        };
        let told = told.unwrap_or_else(|| "another address".to_owned());
        let detail = format!("is {email}, but member events told {told}; the card follows the member");
        Some(Warning::at("other_address", format!("{at}/email"), detail))
    }

    fn remember(&self, organization: &OrganizationId, id: &MemberId, position: Position, known: &Known) {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (organization.clone(), id.clone());
        if recent.len() < MOST_RECENT || recent.contains_key(&key) {
            recent.insert(key, (position, known.clone()));
        }
    }

    fn forget(&self, folded: Position) {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        recent.retain(|_, (position, _)| *position > folded);
    }
}
