//! What an erasure has to reach: the person behind a member, and the addresses under which values were sealed.

use events::{Lookup, MemberId, OrganizationId, PersonId, UserKey};
use rusqlite::Connection;

use crate::database::{Sql, Statements as _, stored};
use crate::{links, members};

/// Under which names personal values of a member lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traces {
    /// The persons of the tenant that are this member: whoever is linked to it, or was until the member or the person left and is
    /// nobody else since. Whoever was linked by mistake, or is in doubt, is not.
    pub users: Vec<UserKey>,
    /// The lookups of the addresses that the directory shows of these persons, and of the one that Chronus told last, unless
    /// it is another person's or another member's as well.
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
    if let Some(last) = links::held_by(db, organization, member)?.filter(|last| !users.contains(last)) {
        let linked = "SELECT 1 FROM links WHERE user = ?1 AND organization = ?2";
        if db.first(linked, (&last, organization), |_| Ok(()))?.is_none() {
            users.push(last);
        }
    }
    let mut lookups: Vec<Lookup> = Vec::new();
    for user in &users {
        lookups.extend(db.all(
            "SELECT DISTINCT lookup FROM email_mapping WHERE user = ?1 AND valid_to IS NULL",
            [user],
            |row| stored(row, "lookup"),
        )?);
    }
    if let Some(told) = known.lookup.filter(|told| !lookups.contains(told))
        && is_nobody_elses(db, organization, member, told.as_str())?
    {
        lookups.push(told);
    }
    lookups.sort_unstable();
    lookups.dedup();
    let users = users.into_iter().filter_map(|user| UserKey::parse(user).ok());
    Ok(Some(Traces {
        users: users.collect(),
        lookups,
    }))
}

/// Whether nobody of the tenant shows the address now, and no other member is told to have it.
fn is_nobody_elses(db: &Connection, organization: &str, member: &str, lookup: &str) -> Sql<bool> {
    let others = members::of_lookup(db, organization, lookup, 2)?;
    if others.iter().any(|other| other.id.as_str() != member) {
        return Ok(false);
    }
    let shown = "SELECT 1 FROM email_mapping WHERE lookup = ?1 AND valid_to IS NULL";
    Ok(db.first(shown, [lookup], |_| Ok(()))?.is_none())
}
