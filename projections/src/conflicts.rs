//! Conflicts: addresses and members of whom the evidence disagrees who they are, with that evidence and with what went to
//! nobody because of it. Each is listed until the evidence agrees, or an administrator settles it.

use std::collections::BTreeMap;

use events::outbound::UnroutableReason;
use events::user::{MatchedBy, MemberRole};
use events::{MemberId, OrganizationId, Position, Sealed, UserKey};
use rusqlite::Connection;
use serde::{Deserialize, Serialize};

use crate::database::{Sql, Statements as _, json_opt, position, sql_limit, stored, stored_opt};
use crate::email_mapping::MappingStatus;
use crate::links::Decided;
use crate::members::{self, Member};
use crate::notifications::{self, Notification};
use crate::{links, tenants};

/// Cards that one conflict lists.
const MOST_CARDS: i64 = 100;

/// What disagrees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConflictKind {
    /// Several people of the tenant have the address.
    PeopleShareAddress,
    /// Several members lead to one person.
    MembersSharePerson,
    /// The address came to somebody else than the member was linked to, and Chronus said nothing since.
    AddressChangedHands,
}

/// A person who has the address, or is claimed by a member.
#[derive(Debug, Clone, PartialEq)]
pub struct PersonEvidence {
    /// Who.
    pub user: UserKey,
    /// As mail address or as UPN.
    pub kind: MatchedBy,
    /// Person of the tenant or guest.
    pub role: MemberRole,
    /// Whether the address leads to the person.
    pub status: MappingStatus,
    /// The event since which the person has it.
    pub since: Position,
    /// The member that the person is linked to.
    pub linked_to: Option<MemberId>,
}

/// A member whom the conflict is about.
#[derive(Debug, Clone, PartialEq)]
pub struct MemberEvidence {
    /// What Chronus told.
    pub member: Member,
    /// The person to whom the member was linked last.
    pub was_linked_to: Option<UserKey>,
    /// Why nobody gets the member's cards; `None` where somebody does.
    pub reason: Option<UnroutableReason>,
}

/// See the module.
#[derive(Debug, Clone, PartialEq)]
pub struct Conflict {
    /// What disagrees.
    pub kind: ConflictKind,
    /// The address, where it is about one.
    pub address: Option<Sealed>,
    /// The members.
    pub members: Vec<MemberEvidence>,
    /// The people.
    pub people: Vec<PersonEvidence>,
    /// Cards that go to nobody because of it: those that wait, and those that ended so.
    pub cards: Vec<Notification>,
}

/// The conflicts of an organization in the order of their addresses' lookups, after `after`; answers where to go on.
pub(crate) fn list(
    db: &Connection,
    organization: &OrganizationId,
    after: &str,
    limit: usize,
) -> Sql<(Vec<Conflict>, Option<String>)> {
    let organization = organization.as_str();
    let Some(tenant) = tenants::of_organization(db, organization)? else {
        return Ok((Vec::new(), None));
    };
    // A member without an address stands under its own id, after all addresses.
    let keys: Vec<String> = db.all(
        "SELECT DISTINCT key FROM (
             SELECT ifnull(lookup, '~' || member) AS key FROM members INDEXED BY members_in_conflict
             WHERE organization = ?1 AND reason = 'conflict'
             UNION
             SELECT lookup FROM email_mapping INDEXED BY email_mapping_conflicts
             WHERE tenant = ?2 AND status = 'conflict' AND valid_to IS NULL)
         WHERE key > ?3 ORDER BY key LIMIT ?4",
        (organization, &tenant, after, sql_limit(limit)),
        |row| row.get(0),
    )?;
    let next = keys.last().filter(|_| keys.len() == limit).cloned();
    let conflicts = keys.iter().map(|key| one(db, organization, &tenant, key));
    Ok((conflicts.collect::<Sql<_>>()?, next))
}

fn one(db: &Connection, organization: &str, tenant: &str, key: &str) -> Sql<Conflict> {
    let mut concerned: BTreeMap<String, Member> = BTreeMap::new();
    let mut add = |member: Option<Member>| {
        if let Some(member) = member {
            concerned.insert(member.id.to_string(), member);
        }
    };
    let mut people = Vec::new();
    if let Some(member) = key.strip_prefix('~') {
        let member = members::find(db, organization, member)?;
        if let Some(object) = member.as_ref().and_then(|member| member.object_id.as_ref()) {
            let user = format!("{tenant}/{object}");
            people = addresses_of(db, organization, tenant, &user)?;
            if let Some(linked) = links::member_of(db, organization, &user)? {
                add(members::find(db, organization, &linked)?);
            }
            for other in members::of_object(db, organization, object.as_str(), MOST_CARDS)? {
                add(Some(other));
            }
        }
        add(member);
    } else {
        for member in members::of_lookup(db, organization, key, MOST_CARDS)? {
            add(Some(member));
        }
        people = holders(db, organization, tenant, key)?;
    }
    // Whoever is linked to one of the people has a part in it, by whatever evidence.
    for person in &people {
        let linked = person.linked_to.as_ref();
        add(linked.map_or(Ok(None), |member| {
            members::find(db, organization, member.as_str())
        })?);
    }
    let mut evidence = Vec::with_capacity(concerned.len());
    for (id, member) in concerned {
        evidence.push(MemberEvidence {
            reason: reason_of(db, organization, &id)?,
            was_linked_to: links::bound_to(db, organization, &id)?.and_then(|user| UserKey::parse(user).ok()),
            member,
        });
    }
    let address = address_of(db, tenant, key, &evidence)?;
    let shared = people
        .iter()
        .filter(|person| person.status == MappingStatus::Conflict);
    let kind = if shared.count() > 1 {
        ConflictKind::PeopleShareAddress
    } else if evidence.len() > 1 {
        ConflictKind::MembersSharePerson
    } else {
        ConflictKind::AddressChangedHands
    };
    Ok(Conflict {
        kind,
        address,
        cards: cards(db, organization, key, &evidence)?,
        members: evidence,
        people,
    })
}

fn reason_of(db: &Connection, organization: &str, member: &str) -> Sql<Option<UnroutableReason>> {
    db.first(
        "SELECT reason FROM members WHERE organization = ?1 AND member = ?2",
        (organization, member),
        |row| stored_opt(row, "reason"),
    )
    .map(Option::flatten)
}

fn holders(db: &Connection, organization: &str, tenant: &str, lookup: &str) -> Sql<Vec<PersonEvidence>> {
    db.all(
        "SELECT email_mapping.*,
             (SELECT member FROM links WHERE links.user = email_mapping.user AND links.organization = ?3) AS linked_to
         FROM email_mapping WHERE tenant = ?1 AND lookup = ?2 AND valid_to IS NULL ORDER BY user, kind",
        (tenant, lookup, organization),
        |row| {
            Ok(PersonEvidence {
                user: stored(row, "user")?,
                kind: stored(row, "kind")?,
                role: stored(row, "role")?,
                status: stored(row, "status")?,
                since: position(row, "valid_from")?,
                linked_to: stored_opt(row, "linked_to")?,
            })
        },
    )
}

/// The addresses of the person whom an object id names, with the member that they are linked to.
fn addresses_of(db: &Connection, organization: &str, tenant: &str, user: &str) -> Sql<Vec<PersonEvidence>> {
    let mut found = Vec::new();
    let lookups: Vec<String> = db.all(
        "SELECT DISTINCT lookup FROM email_mapping WHERE user = ?1 AND valid_to IS NULL ORDER BY lookup",
        [user],
        |row| row.get(0),
    )?;
    for lookup in lookups {
        let all = holders(db, organization, tenant, &lookup)?;
        found.extend(all.into_iter().filter(|person| person.user.to_string() == user));
    }
    Ok(found)
}

fn address_of(
    db: &Connection,
    tenant: &str,
    lookup: &str,
    members: &[MemberEvidence],
) -> Sql<Option<Sealed>> {
    let theirs = members.iter().find(|evidence| {
        evidence
            .member
            .lookup
            .as_ref()
            .is_some_and(|of| of.as_str() == lookup)
    });
    if let Some(address) = theirs.and_then(|evidence| evidence.member.address.clone()) {
        return Ok(Some(address));
    }
    db.first(
        "SELECT address FROM email_mapping WHERE tenant = ?1 AND lookup = ?2 AND valid_to IS NULL",
        (tenant, lookup),
        |row| json_opt(row, "address"),
    )
    .map(Option::flatten)
}

/// Cards to one of the members, or to the address alone, that wait for this or ended because of it.
fn cards(
    db: &Connection,
    organization: &str,
    lookup: &str,
    members: &[MemberEvidence],
) -> Sql<Vec<Notification>> {
    let mut cards = db.all(
        "SELECT * FROM notifications INDEXED BY notifications_in_conflict
         WHERE organization = ?1 AND lookup = ?2 AND member IS NULL
           AND state IN ('unresolved', 'unroutable') AND reason = 'conflict' ORDER BY row DESC LIMIT ?3",
        (organization, lookup, MOST_CARDS),
        notifications::read,
    )?;
    for evidence in members {
        cards.extend(db.all(
            "SELECT * FROM notifications INDEXED BY notifications_in_conflict
             WHERE organization = ?1 AND member = ?2
               AND state IN ('unresolved', 'unroutable') AND reason = 'conflict' ORDER BY row DESC LIMIT ?3",
            (organization, evidence.member.id.as_str(), MOST_CARDS),
            notifications::read,
        )?);
    }
    cards.sort_by_key(|card| card.created_at);
    Ok(cards)
}

/// Everything that is known of one member.
#[derive(Debug, Clone, PartialEq)]
pub struct MemberStanding {
    /// What Chronus told, and why nobody gets the member's cards, where nobody does.
    pub evidence: MemberEvidence,
    /// The person that the member is linked to.
    pub linked_to: Option<UserKey>,
    /// What an administrator said, where that still counts.
    pub decided: Option<Decided>,
}

/// One member.
pub(crate) fn standing(
    db: &Connection,
    organization: &OrganizationId,
    id: &MemberId,
) -> Sql<Option<MemberStanding>> {
    let organization = organization.as_str();
    let Some(member) = members::find(db, organization, id.as_str())? else {
        return Ok(None);
    };
    let user = |text: String| UserKey::parse(text).ok();
    let linked = links::users_of(db, organization, id.as_str())?;
    Ok(Some(MemberStanding {
        evidence: MemberEvidence {
            reason: reason_of(db, organization, id.as_str())?,
            was_linked_to: links::bound_to(db, organization, id.as_str())?.and_then(user),
            member,
        },
        linked_to: linked.into_iter().next().and_then(user),
        decided: links::decision(db, organization, id.as_str())?,
    }))
}
