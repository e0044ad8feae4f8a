//! What an erasure has to reach: the person behind a member, and the addresses under which values were sealed. And which
//! erasures were asked for that are not done.

use chrono::{DateTime, Utc};
use events::organization::{DomainEventAccepted, Recipient};
use events::outbound::{ErasureCertified, ErasureOrdered};
use events::{EventId, Lookup, MemberId, OrganizationId, PersonId, UserKey};
use rusqlite::{Connection, Row};
use uuid::Uuid;

use crate::database::{Sql, Statements as _, json_of, json_opt, stored, stored_opt, time, uuid};
use crate::fold::Fold;
use crate::{links, members, tenants};

/// Under which names personal values of a member lie.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Traces {
    /// The persons of the tenant that are this member: whoever is linked to it, or was until the member or the person left and is
    /// nobody else since. Whoever was linked by mistake, or is in doubt, is not.
    pub users: Vec<UserKey>,
    /// The lookups of the addresses that the directory shows of these persons, and of the one that Chronus told last, each unless
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
    let mut shown: Vec<Lookup> = known.lookup.into_iter().collect();
    for user in &users {
        shown.extend(db.all(
            "SELECT DISTINCT lookup FROM email_mapping WHERE user = ?1 AND valid_to IS NULL",
            [user],
            |row| stored(row, "lookup"),
        )?);
    }
    shown.sort_unstable();
    shown.dedup();
    let mut lookups = Vec::new();
    for lookup in shown {
        if is_nobody_elses(db, organization, Some(member), &users, lookup.as_str())? {
            lookups.push(lookup);
        }
    }
    let users = users.into_iter().filter_map(|user| UserKey::parse(user).ok());
    Ok(Some(Traces {
        users: users.collect(),
        lookups,
    }))
}

/// Whether the organization's directory shows an address of nobody but `users`, and no other member is told to have it: what was sealed under it
/// may be somebody else's otherwise.
fn is_nobody_elses(
    db: &Connection,
    organization: &str,
    member: Option<&str>,
    users: &[String],
    lookup: &str,
) -> Sql<bool> {
    let others = members::of_lookup(db, organization, lookup, 2)?;
    if others.iter().any(|other| Some(other.id.as_str()) != member) {
        return Ok(false);
    }
    let shown: Vec<String> = db.all(
        "SELECT DISTINCT user FROM email_mapping
         WHERE tenant IN (SELECT tenant FROM tenants WHERE organization = ?1) AND lookup = ?2 AND valid_to IS NULL",
        (organization, lookup),
        |row| row.get("user"),
    )?;
    Ok(shown.iter().all(|user| users.contains(user)))
}

/// Why somebody is to be forgotten.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Chronus asked.
    Chronus,
    /// The person asked.
    Person,
    /// An administrator asked, and perhaps does it at this moment.
    Administrator {
        /// Who.
        by: String,
        /// Why.
        reason: String,
    },
    /// It was done, and a backup of before was restored.
    Restore {
        /// Who asked for it then.
        by: String,
        /// Why.
        reason: String,
    },
    /// Something of before an erasure came after it.
    Late,
    /// Chronus removed the member long ago.
    Retention,
}

/// An erasure that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Its id, which follows from whoever asked: asked for twice it is done once.
    pub id: Uuid,
    /// Of which organization.
    pub organization_id: OrganizationId,
    /// The member, where one was named.
    pub member_id: Option<MemberId>,
    /// The person, where they asked themselves.
    pub user: Option<UserKey>,
    /// Whose keys are to be destroyed beside those that the log gives.
    pub persons: Vec<PersonId>,
    /// Why.
    pub origin: Origin,
    /// When it was recorded that it is asked for.
    pub recorded_at: DateTime<Utc>,
    /// When it was asked for: what Chronus told of the member later stays.
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
        "INSERT OR IGNORE INTO erasures (id, organization, member, origin, position, recorded_ms, asked_us)
         VALUES (?1, ?2, ?3, 'chronus', ?4, ?5, ?6)",
        (
            recipient.notification_id.0.into_bytes(),
            organization,
            member.as_str(),
            f.position,
            f.ms,
            us,
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
        "INSERT OR IGNORE INTO erasures (id, organization, user, origin, position, recorded_ms, asked_us)
         VALUES (?1, ?2, ?3, 'person', ?4, ?5, ?6)",
        (
            f.event.0.into_bytes(),
            organization,
            user.to_string(),
            f.position,
            f.ms,
            f.time.timestamp_micros(),
        ),
    )
    .map(drop)
}

/// An administrator asks for it, or a restore lost it. Where it is asked for already, what was asked for first counts.
pub(crate) fn ordered(f: &Fold<'_>, organization: &OrganizationId, event: &ErasureOrdered) -> Sql<()> {
    let origin = if event.again { "restore" } else { "administrator" };
    f.db.run(
        "INSERT INTO erasures (id, organization, member, persons, origin, by, reason, position, recorded_ms, asked_us)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
         ON CONFLICT DO UPDATE SET persons = excluded.persons, origin = excluded.origin, by = excluded.by,
             reason = excluded.reason, recorded_ms = excluded.recorded_ms",
        (
            event.erasure_id.into_bytes(),
            organization.as_str(),
            event.member_id.as_ref().map(MemberId::as_str),
            json_of(&event.persons),
            origin,
            &event.by,
            &event.reason,
            f.position,
            f.ms,
            event.asked_at.timestamp_micros(),
        ),
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
        "SELECT id, organization, member, user, persons, origin, by, reason, recorded_ms, asked_us
         FROM (SELECT *, row_number() OVER (PARTITION BY organization ORDER BY position, id) AS turn FROM erasures)
         WHERE turn <= ?1 ORDER BY turn, position, id LIMIT ?2",
        (of_each, most),
        read,
    )
}

/// Erasures that a restore lost, in the order of their ids, after one of them.
pub(crate) fn lost(db: &Connection, after: Uuid, most: u32) -> Sql<Vec<Asked>> {
    db.all(
        "SELECT id, organization, member, user, persons, origin, by, reason, recorded_ms, asked_us
         FROM erasures WHERE origin = 'restore' AND id > ?1 ORDER BY id LIMIT ?2",
        (after.into_bytes(), most),
        read,
    )
}

fn read(row: &Row<'_>) -> Sql<Asked> {
    let origin: String = row.get("origin")?;
    let word = |column| {
        row.get::<_, Option<String>>(column)
            .map(Option::unwrap_or_default)
    };
    Ok(Asked {
        id: uuid(row, "id")?,
        organization_id: stored(row, "organization")?,
        member_id: stored_opt(row, "member")?,
        user: stored_opt(row, "user")?,
        persons: json_opt(row, "persons")?.unwrap_or_default(),
        origin: match origin.as_str() {
            "chronus" => Origin::Chronus,
            "person" => Origin::Person,
            "late" => Origin::Late,
            "restore" => Origin::Restore {
                by: word("by")?,
                reason: word("reason")?,
            },
            _ => Origin::Administrator {
                by: word("by")?,
                reason: word("reason")?,
            },
        },
        recorded_at: time(row, "recorded_ms")?,
        asked_at: DateTime::from_timestamp_micros(row.get("asked_us")?).unwrap_or_default(),
    })
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
        "SELECT DISTINCT lookup FROM email_mapping WHERE user = ?1 AND valid_to IS NULL",
        [&user],
        |row| stored(row, "lookup"),
    )?;
    let users = [user];
    let mut lookups = Vec::new();
    for lookup in shown {
        if is_nobody_elses(db, organization, member.as_deref(), &users, lookup.as_str())? {
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
                persons: Vec::new(),
                origin: Origin::Retention,
                recorded_at: time(row, "removed_ms")?,
                asked_at: time(row, "removed_ms")?,
            })
        },
    )
}
