//! Members: which address Chronus gave for a member id. Learnt from `com.chronus.member.*` events and from every
//! recipient that carries both; the newest address counts, also for recipients that wait already.
//!
//! A removed member keeps a row without an address, so that a link in some user's stream does not bring the
//! member back.

use events::organization::Recipient;
use events::{Lookup, MemberId, OrganizationId};
use rusqlite::Connection;

use crate::database::{Sql, Statements as _, stored_opt};
use crate::fold::Fold;
use crate::notifications::waiting;

/// What is known of a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The address's lookup.
    pub lookup: Option<Lookup>,
    /// Chronus said that the member is gone.
    pub removed: bool,
}

/// Takes in recipients that carry both a member id and an address.
pub(crate) fn learn(f: &Fold<'_>, organization: &str, recipients: &[Recipient]) -> Sql<()> {
    for recipient in recipients {
        if let (Some(member), Some(lookup)) = (&recipient.member_id, &recipient.lookup) {
            put(f, organization, member, Some(lookup))?;
        }
    }
    Ok(())
}

/// Takes in members that exist, with or without an address.
pub(crate) fn upsert(f: &Fold<'_>, organization: &str, recipients: &[Recipient]) -> Sql<()> {
    for recipient in recipients {
        if let Some(member) = &recipient.member_id {
            put(f, organization, member, recipient.lookup.as_ref())?;
        }
    }
    Ok(())
}

fn put(f: &Fold<'_>, organization: &str, member: &MemberId, lookup: Option<&Lookup>) -> Sql<()> {
    let known = find(f.db, organization, member.as_str())?;
    let lookup = lookup.or_else(|| known.as_ref().and_then(|known| known.lookup.as_ref()));
    if known
        .as_ref()
        .is_some_and(|known| !known.removed && known.lookup.as_ref() == lookup)
    {
        return Ok(());
    }
    let new = Member {
        lookup: lookup.cloned(),
        removed: false,
    };
    set(f, organization, member, &new)
}

/// Forgets the addresses of members that are gone.
pub(crate) fn remove(f: &Fold<'_>, organization: &str, recipients: &[Recipient]) -> Sql<()> {
    for member in recipients
        .iter()
        .filter_map(|recipient| recipient.member_id.as_ref())
    {
        set(
            f,
            organization,
            member,
            &Member {
                lookup: None,
                removed: true,
            },
        )?;
    }
    Ok(())
}

fn set(f: &Fold<'_>, organization: &str, member: &MemberId, new: &Member) -> Sql<()> {
    let lookup = new.lookup.as_ref().map(Lookup::as_str);
    f.db.run(
        "INSERT OR REPLACE INTO members (organization, member, lookup, removed, position)
         VALUES (?1, ?2, ?3, ?4, ?5)",
        (organization, member.as_str(), lookup, new.removed, f.position),
    )?;
    waiting::reconsider_member(f, organization, member.as_str(), lookup)
}

/// What is known of a member.
pub(crate) fn find(db: &Connection, organization: &str, member: &str) -> Sql<Option<Member>> {
    db.first(
        "SELECT lookup, removed FROM members WHERE organization = ?1 AND member = ?2",
        (organization, member),
        |row| {
            Ok(Member {
                lookup: stored_opt(row, "lookup")?,
                removed: row.get("removed")?,
            })
        },
    )
}

/// What is known of a member, by its ids.
pub(crate) fn member(
    db: &Connection,
    organization: &OrganizationId,
    member: &MemberId,
) -> Sql<Option<Member>> {
    find(db, organization.as_str(), member.as_str())
}
