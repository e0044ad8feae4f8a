//! Members: what Chronus told of each member id. Member events (`com.chronus.member.*`) own a member's address; what a
//! card's recipient tells beside a member id counts only until they tell it. An object id from Chronus counts by itself.
//!
//! A removed member keeps a row without an address, so that neither a later card nor a link brings the member back;
//! a member event does.

use events::organization::{DomainEventAccepted, Recipient};
use events::outbound::UnroutableReason;
use events::tenant::MemberErased;
use events::{AadObjectId, Lookup, MemberId, OrganizationId, Sealed};
use rusqlite::{Connection, Row};

use crate::database::{Sql, Statements as _, json_of, json_opt, stored, stored_opt};
use crate::fold::Fold;
use crate::touched::{Again, Touched};
use crate::{client_defaults, erased, links};

/// What is known of a member.
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts, each with its own evidence"
)]
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// The member's id.
    pub id: MemberId,
    /// Whether a member event told of it; else only cards named it.
    pub told: bool,
    /// The address's lookup.
    pub lookup: Option<Lookup>,
    /// The address.
    pub address: Option<Sealed>,
    /// Whether a member event told the address.
    pub address_told: bool,
    /// The event that told this address first.
    pub(crate) claim_position: i64,
    /// The newest member event that told this address.
    pub(crate) told_position: Option<i64>,
    /// When that event happened, in milliseconds.
    pub(crate) told_ms: Option<i64>,
    /// When Chronus told this address first, in milliseconds.
    pub(crate) claim_ms: i64,
    /// When Chronus removed the member last, in milliseconds.
    pub(crate) removed_ms: Option<i64>,
    /// The member's object id in Entra, where Chronus gave it.
    pub object_id: Option<AadObjectId>,
    /// Whether a member event told the object id.
    pub object_told: bool,
    /// Chronus said that the member is gone.
    pub removed: bool,
}

impl Member {
    /// Whether what member events told of the address is older than that somebody has it: by the place in the log, or by when
    /// it happened. What comes late says who had the address then, and nothing of who got it since.
    pub(crate) fn is_told_before(&self, since: i64, since_ms: i64) -> bool {
        let is_newer = self.told_position.is_some_and(|told| told >= since)
            && self.told_ms.is_some_and(|told| told >= since_ms);
        !is_newer
    }
}

/// Takes in a recipient of a card who carries a member id.
pub(crate) fn learn(f: &Fold<'_>, organization: &str, recipient: &Recipient) -> Sql<Option<Again>> {
    let Some(member) = &recipient.member_id else {
        return Ok(None);
    };
    let known = find(f.db, organization, member.as_str())?;
    let mut new = known.clone().unwrap_or_else(|| unknown(member));
    let says_nothing = recipient.lookup.is_none() && recipient.aad_object_id.is_none();
    if new.removed || says_nothing {
        return Ok(None);
    }
    if let Some(lookup) = recipient.lookup.as_ref().filter(|_| !new.address_told)
        && new.lookup.as_ref() != Some(lookup)
    {
        new.lookup = Some(lookup.clone());
        new.address.clone_from(&recipient.email);
        (new.claim_position, new.claim_ms) = (f.position, f.ms);
    }
    if let Some(object_id) = recipient.aad_object_id.as_ref().filter(|_| !new.object_told) {
        new.object_id = Some(object_id.clone());
    }
    set(f, organization, known.as_ref(), &new)
}

/// Takes in a member that exists, with or without an address.
pub(crate) fn upsert(
    f: &Fold<'_>,
    organization: &str,
    event: &DomainEventAccepted,
    recipient: &Recipient,
) -> Sql<Option<Again>> {
    let us = f.happened_us(event);
    let Some(member) = &recipient.member_id else {
        return Ok(None);
    };
    let known = find(f.db, organization, member.as_str())?;
    let mut new = known.clone().unwrap_or_else(|| unknown(member));
    new.told = true;
    if is_newest(f, organization, member, "presence", us)? {
        new.removed = false;
    }
    if let Some(lookup) = &recipient.lookup
        && is_newest(f, organization, member, "address", us)?
    {
        if new.lookup.as_ref() != Some(lookup) {
            (new.claim_position, new.claim_ms) = (f.position, f.ms);
        }
        new.lookup = Some(lookup.clone());
        new.address.clone_from(&recipient.email);
        new.address_told = true;
        (new.told_position, new.told_ms) = (Some(f.position), Some(us / 1_000));
    }
    let says_object = recipient.aad_object_id.is_some() || recipient.object_id_withdrawn;
    if says_object && is_newest(f, organization, member, "object_id", us)? {
        new.object_id.clone_from(&recipient.aad_object_id);
        new.object_told = recipient.aad_object_id.is_some();
    }
    set(f, organization, known.as_ref(), &new)
}

/// Forgets the address of a member that is gone.
pub(crate) fn remove(
    f: &Fold<'_>,
    organization: &str,
    event: &DomainEventAccepted,
    recipient: &Recipient,
) -> Sql<Option<Again>> {
    let us = f.happened_us(event);
    let Some(member) = &recipient.member_id else {
        return Ok(None);
    };
    let known = find(f.db, organization, member.as_str())?;
    let mut new = known.clone().unwrap_or_else(|| unknown(member));
    new.told = true;
    if is_newest(f, organization, member, "presence", us)? {
        (new.removed, new.removed_ms) = (true, Some(f.ms));
        f.db.run(
            "DELETE FROM member_decisions WHERE organization = ?1 AND member = ?2",
            (organization, member.as_str()),
        )?;
    }
    if is_newest(f, organization, member, "address", us)? {
        (new.lookup, new.address, new.address_told) = (None, None, false);
        (new.claim_position, new.claim_ms) = (0, 0);
        (new.told_position, new.told_ms) = (None, None);
    }
    if is_newest(f, organization, member, "object_id", us)? {
        (new.object_id, new.object_told) = (None, false);
    }
    set(f, organization, known.as_ref(), &new)
}

/// Forgets what Chronus told of a member up to when the erasure was asked for. What it told of later stays, and a member event that
/// happened later brings the member back.
pub(crate) fn erase(f: &Fold<'_>, event: &MemberErased) -> Sql<Option<Again>> {
    let (organization, member) = (event.organization_id.as_str(), &event.member_id);
    let asked_us = event.asked_at.unwrap_or(f.time).timestamp_micros();
    erased::note(f, organization, member, asked_us)?;
    let Some(known) = find(f.db, organization, member.as_str())? else {
        return Ok(None);
    };
    let mut new = Member {
        told: true,
        removed: true,
        ..unknown(member)
    };
    if !is_newest(f, organization, member, "presence", asked_us)? {
        (new.removed, new.removed_ms) = (known.removed, known.removed_ms);
    }
    if !is_newest(f, organization, member, "address", asked_us)? {
        (new.lookup, new.address, new.address_told) =
            (known.lookup.clone(), known.address.clone(), known.address_told);
        (new.claim_position, new.claim_ms) = (known.claim_position, known.claim_ms);
        (new.told_position, new.told_ms) = (known.told_position, known.told_ms);
    }
    if !is_newest(f, organization, member, "object_id", asked_us)? {
        (new.object_id, new.object_told) = (known.object_id.clone(), known.object_told);
    }
    f.db.run(
        "DELETE FROM member_decisions WHERE organization = ?1 AND member = ?2",
        (organization, member.as_str()),
    )?;
    client_defaults::erase(f, organization, member.as_str(), asked_us)?;
    // A card that waits for the member goes on waiting for nothing but the member.
    f.rows()?.run(
        "UPDATE notifications SET lookup = NULL
         WHERE state = 'unresolved' AND organization = ?1 AND member = ?2 AND lookup IS NOT NULL",
        (organization, member.as_str()),
    )?;
    set(f, organization, Some(&known), &new)
}

/// Whether a member event that happened at `us` is the newest that tells this of a member; of equal times the later in the
/// log is. Notes it.
fn is_newest(f: &Fold<'_>, organization: &str, member: &MemberId, fact: &str, us: i64) -> Sql<bool> {
    let noted = f.db.run(
        "INSERT INTO member_times (organization, member, fact, happened_us) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT DO UPDATE SET happened_us = excluded.happened_us WHERE happened_us <= excluded.happened_us",
        (organization, member.as_str(), fact, us),
    )?;
    Ok(noted > 0)
}

fn unknown(id: &MemberId) -> Member {
    Member {
        id: id.clone(),
        told: false,
        lookup: None,
        address: None,
        address_told: false,
        claim_position: 0,
        told_position: None,
        told_ms: None,
        claim_ms: 0,
        removed_ms: None,
        object_id: None,
        object_told: false,
        removed: false,
    }
}

/// Writes a member's row; everybody whom the change concerns is to be looked at again.
fn set(f: &Fold<'_>, organization: &str, known: Option<&Member>, new: &Member) -> Sql<Option<Again>> {
    if known == Some(new) {
        return Ok(None);
    }
    let member = new.id.as_str();
    let mut touched = Touched::member(member);
    for row in known.into_iter().chain([new]) {
        touched
            .lookups
            .extend(row.lookup.as_ref().map(|lookup| lookup.as_str().to_owned()));
    }
    touched.users.extend(links::users_of(f.db, organization, member)?);
    f.db.prepare_cached(
        "INSERT OR REPLACE INTO members (organization, member, told, lookup, address, address_told, claim_position,
             told_position, object_id, object_told, removed, claim_ms, removed_ms, told_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
    )?
    .execute(rusqlite::params![
        organization,
        member,
        new.told,
        new.lookup.as_ref().map(Lookup::as_str),
        new.address.as_ref().map(json_of),
        new.address_told,
        new.claim_position,
        new.told_position,
        new.object_id.as_ref().map(AadObjectId::as_str),
        new.object_told,
        new.removed,
        new.claim_ms,
        new.removed_ms,
        new.told_ms,
    ])?;
    if let Some(old) = known.and_then(|known| known.object_id.as_ref()) {
        touched.objects.insert(old.as_str().to_owned());
    }
    Ok(Some(Again::of(organization, touched)))
}

/// Notes why nobody gets a member's cards, where nobody does.
pub(crate) fn set_reason(
    f: &Fold<'_>,
    organization: &str,
    member: &str,
    reason: Option<UnroutableReason>,
) -> Sql<()> {
    f.db.run(
        "UPDATE members SET reason = ?3 WHERE organization = ?1 AND member = ?2 AND reason IS NOT ?3",
        (organization, member, reason.map(UnroutableReason::as_str)),
    )
    .map(drop)
}

/// What is known of a member.
pub(crate) fn find(db: &Connection, organization: &str, member: &str) -> Sql<Option<Member>> {
    db.first(
        "SELECT * FROM members WHERE organization = ?1 AND member = ?2",
        (organization, member),
        read,
    )
}

pub(crate) fn read(row: &Row<'_>) -> Sql<Member> {
    Ok(Member {
        id: stored(row, "member")?,
        told: row.get("told")?,
        lookup: stored_opt(row, "lookup")?,
        address: json_opt(row, "address")?,
        address_told: row.get("address_told")?,
        claim_position: row.get("claim_position")?,
        told_position: row.get("told_position")?,
        told_ms: row.get("told_ms")?,
        claim_ms: row.get("claim_ms")?,
        removed_ms: row.get("removed_ms")?,
        object_id: stored_opt(row, "object_id")?,
        object_told: row.get("object_told")?,
        removed: row.get("removed")?,
    })
}

/// Members who are there and have this address, in the order of their ids.
pub(crate) fn of_lookup(db: &Connection, organization: &str, lookup: &str, limit: i64) -> Sql<Vec<Member>> {
    db.all(
        "SELECT * FROM members INDEXED BY members_by_lookup
         WHERE organization = ?1 AND lookup = ?2 ORDER BY member LIMIT ?3",
        (organization, lookup, limit),
        read,
    )
}

/// Members who are there and to whom Chronus gave this object id.
pub(crate) fn of_object(db: &Connection, organization: &str, object: &str, limit: i64) -> Sql<Vec<Member>> {
    db.all(
        "SELECT * FROM members INDEXED BY members_by_object
         WHERE organization = ?1 AND object_id = ?2 ORDER BY member LIMIT ?3",
        (organization, object, limit),
        read,
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

/// What is known of several members.
pub(crate) fn several(db: &Connection, organization: &OrganizationId, ids: &[MemberId]) -> Sql<Vec<Member>> {
    let mut found = Vec::new();
    for id in ids {
        found.extend(find(db, organization.as_str(), id.as_str())?);
    }
    Ok(found)
}
