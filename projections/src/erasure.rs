//! What an erasure has to reach: the person behind a member, and the addresses under which values were sealed. And which
//! erasures were asked for that are not done.

use chrono::{DateTime, Utc};
use events::organization::{DomainEventAccepted, Recipient};
use events::outbound::ErasureCertified;
use events::{EventId, Lookup, MemberId, OrganizationId, PersonId, UserKey};
use rusqlite::Connection;
use uuid::Uuid;

use crate::database::{Sql, Statements as _, stored, stored_opt, time, uuid};
use crate::fold::Fold;
use crate::{links, members, tenants};

/// Under which names personal values of a member lie.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
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

/// An erasure that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Its id, which follows from whoever asked: asked for twice it is done once.
    pub id: Uuid,
    /// Of which organization.
    pub organization_id: OrganizationId,
    /// The member, where Chronus asked.
    pub member_id: Option<MemberId>,
    /// The person, where they asked themselves.
    pub user: Option<UserKey>,
    /// When it was asked for.
    pub asked_at: DateTime<Utc>,
}

/// Chronus asks for it, unless it told later that the member is there.
pub(crate) fn requested_by_chronus(
    f: &Fold<'_>,
    organization: &str,
    event: &DomainEventAccepted,
    recipient: &Recipient,
) -> Sql<()> {
    let Some(member) = &recipient.member_id else {
        return Ok(());
    };
    let newer = "SELECT 1 FROM member_times
                 WHERE organization = ?1 AND member = ?2 AND fact = 'presence' AND happened_us > ?3";
    let us = f.happened_us(event);
    if f.db
        .first(newer, (organization, member.as_str(), us), |_| Ok(()))?
        .is_some()
    {
        return Ok(());
    }
    f.db.run(
        "INSERT OR IGNORE INTO erasures (id, organization, member, position, asked_ms) VALUES (?1, ?2, ?3, ?4, ?5)",
        (
            recipient.notification_id.0.into_bytes(),
            organization,
            member.as_str(),
            f.position,
            f.ms,
        ),
    )
    .map(drop)
}

/// The person asks for it.
pub(crate) fn requested_by_person(f: &Fold<'_>, user: &UserKey) -> Sql<()> {
    let Some(organization) = tenants::organization_of(f.db, user.tenant_id.as_str())? else {
        return Ok(());
    };
    f.db.run(
        "INSERT OR IGNORE INTO erasures (id, organization, user, position, asked_ms) VALUES (?1, ?2, ?3, ?4, ?5)",
        (f.event.0.into_bytes(), organization, user.to_string(), f.position, f.ms),
    )
    .map(drop)
}

/// It is done.
pub(crate) fn certified(f: &Fold<'_>, event: &ErasureCertified) -> Sql<()> {
    f.db.run(
        "DELETE FROM erasures WHERE id = ?1",
        [event.erasure_id.into_bytes()],
    )
    .map(drop)
}

/// The oldest erasures that were asked for, a few of each organization in turn.
pub(crate) fn asked(db: &Connection, of_each: u32, most: u32) -> Sql<Vec<Asked>> {
    db.all(
        "SELECT id, organization, member, user, asked_ms
         FROM (SELECT *, row_number() OVER (PARTITION BY organization ORDER BY position, id) AS turn FROM erasures)
         WHERE turn <= ?1 ORDER BY turn, position, id LIMIT ?2",
        (of_each, most),
        |row| {
            Ok(Asked {
                id: uuid(row, "id")?,
                organization_id: stored(row, "organization")?,
                member_id: stored_opt(row, "member")?,
                user: stored_opt(row, "user")?,
                asked_at: time(row, "asked_ms")?,
            })
        },
    )
}

/// What an erasure has to reach that a person asked for: the member that they are, and the addresses that the directory shows
/// of them and of nobody else, unless a member who is somebody else was told to have it.
pub(crate) fn traces_of_person(
    db: &Connection,
    organization: &OrganizationId,
    user: &UserKey,
) -> Sql<(Option<MemberId>, Vec<Lookup>)> {
    let (organization, user) = (organization.as_str(), user.to_string());
    let member = links::member_of(db, organization, &user)?;
    let shown: Vec<Lookup> = db.all(
        "SELECT DISTINCT lookup FROM email_mapping AS one WHERE user = ?1 AND valid_to IS NULL
         AND NOT EXISTS (SELECT 1 FROM email_mapping AS other
             WHERE other.lookup = one.lookup AND other.user != ?1 AND other.valid_to IS NULL)",
        [&user],
        |row| stored(row, "lookup"),
    )?;
    let mut lookups = Vec::new();
    for lookup in shown {
        let told = members::of_lookup(db, organization, lookup.as_str(), 2)?;
        if told.iter().all(|one| Some(one.id.as_str()) == member.as_deref()) {
            lookups.push(lookup);
        }
    }
    Ok((member.and_then(|member| MemberId::parse(member).ok()), lookups))
}

/// Members whom Chronus removed before a moment and who are not forgotten, the longest gone first.
pub(crate) fn removed_before(db: &Connection, before: DateTime<Utc>, most: u32) -> Sql<Vec<Asked>> {
    db.all(
        "SELECT organization, member, removed_ms FROM members
         WHERE removed = 1 AND removed_ms IS NOT NULL AND removed_ms < ?1
         ORDER BY removed_ms, organization, member LIMIT ?2",
        (before.timestamp_millis(), most),
        |row| {
            let (organization, member): (String, String) = (row.get("organization")?, row.get("member")?);
            let removed: i64 = row.get("removed_ms")?;
            // The same removal is forgotten by the same erasure, whoever looks.
            let name = EventId::derive(["forget_removed", &organization, &member, &removed.to_string()]);
            Ok(Asked {
                id: name.0,
                organization_id: stored(row, "organization")?,
                member_id: Some(stored(row, "member")?),
                user: None,
                asked_at: time(row, "removed_ms")?,
            })
        },
    )
}
