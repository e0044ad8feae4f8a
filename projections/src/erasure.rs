//! What an erasure has to reach: the person behind a member, and the addresses under which values were sealed.

use events::{Lookup, MemberId, OrganizationId, PersonId, UserKey};
use rusqlite::Connection;

use crate::database::{Sql, Statements as _, stored};
use crate::{links, members};

/// Under which names personal values of a member lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traces {
    /// The persons of the tenant that are this member: whoever is linked to it, or was last and is nobody else since.
    pub users: Vec<UserKey>,
    /// The lookups of the addresses that Chronus told last, and of those that the directory showed of these persons.
    pub lookups: Vec<Lookup>,
}

impl Traces {
    /// Whose keys seal what is personal of the member.
    pub fn persons(&self, organization: &OrganizationId, member: &MemberId) -> Vec<PersonId> {
        let by_address = self
            .lookups
            .iter()
            .map(|lookup| PersonId::address(organization, lookup));
        [PersonId::member(organization, member)]
            .into_iter()
            .chain(by_address)
            .chain(self.users.iter().map(PersonId::user))
            .collect()
    }
}

/// The traces of a member; `None` where the organization never had it.
pub(crate) fn traces(
    db: &Connection,
    organization: &OrganizationId,
    member: &MemberId,
) -> Sql<Option<Traces>> {
    let (organization, member) = (organization.as_str(), member.as_str());
    let Some(known) = members::find(db, organization, member)? else {
        return Ok(None);
    };
    let mut users = links::users_of(db, organization, member)?;
    if let Some(last) = links::bound_to(db, organization, member)?.filter(|last| !users.contains(last)) {
        let linked = "SELECT 1 FROM links WHERE user = ?1 AND organization = ?2";
        if db.first(linked, (&last, organization), |_| Ok(()))?.is_none() {
            users.push(last);
        }
    }
    let mut lookups: Vec<Lookup> = known.lookup.into_iter().collect();
    for user in &users {
        lookups.extend(db.all(
            "SELECT DISTINCT lookup FROM email_mapping WHERE user = ?1",
            [user],
            |row| stored(row, "lookup"),
        )?);
    }
    lookups.sort_unstable();
    lookups.dedup();
    let users = users.into_iter().filter_map(|user| UserKey::parse(user).ok());
    Ok(Some(Traces {
        users: users.collect(),
        lookups,
    }))
}
