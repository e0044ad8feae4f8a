//! The email mapping: in each tenant, which Teams user an address belongs to, and since when.
//!
//! A row says "this user has this address, as mail address or as UPN". Its status follows from all rows of the
//! address that hold at present:
//!
//! - `guest`: the user is a guest of the tenant; guests are never matched.
//! - `matched`: exactly one user has it as mail address, or nobody does and exactly one has it as UPN.
//! - `shadowed`: it is this user's UPN, but another user's mail address, which counts more.
//! - `conflict`: several users have it with equal right, so none of them is matched.
//!
//! A user of whom the directory's newest answer was that it does not tell (400, 403, 404) keeps their rows, as long as
//! nobody else shows the address: then the newest answer that tells something counts. A user of whom the directory tells
//! an address anew that others have too makes those others be looked up at once.
//!
//! A row that no longer holds is closed, never deleted; erasing a user closes the rows and drops their sealed
//! addresses.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use events::outbound::UnroutableReason;
use events::user::{Identity, MatchedBy, MemberRole, Presence, ProfileResolved};
use events::{Lookup, Position, Sealed, TenantId, UserEvent, UserKey};
use rusqlite::{Connection, Row};
use serde::{Deserialize, Serialize};

use crate::database::{Sql, Statements as _, json_of, json_opt, name_of, position, stored, time, time_opt};
use crate::fold::Fold;
use crate::touched::{Again, Touched};
use crate::{people, tenants};

/// Whether an address leads to a user; the module tells the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MappingStatus {
    /// Leads to this user.
    Matched,
    /// Another user has it as mail address.
    Shadowed,
    /// Several users have it with equal right.
    Conflict,
    /// The user is a guest.
    Guest,
}

/// An address of a Teams user.
#[derive(Debug, Clone, PartialEq)]
pub struct Mapping {
    /// The user.
    pub user: UserKey,
    /// The address's lookup.
    pub lookup: Lookup,
    /// Mail address or UPN.
    pub kind: MatchedBy,
    /// Person of the tenant or guest.
    pub role: MemberRole,
    /// Whether it leads to the user; of a closed row, the status that it had last.
    pub status: MappingStatus,
    /// The address; gone after an erasure.
    pub address: Option<Sealed>,
    /// The event since which it holds.
    pub valid_from: Position,
    /// When that event happened.
    pub valid_from_time: DateTime<Utc>,
    /// The event since which it does not hold any more.
    pub valid_to: Option<Position>,
    /// When that event happened.
    pub valid_to_time: Option<DateTime<Utc>>,
}

/// Where an address leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Match {
    /// To this user.
    User {
        user: String,
        kind: MatchedBy,
        /// The event since which the user has the address.
        since: i64,
        /// When that was, in milliseconds.
        since_ms: i64,
    },
    /// To nobody.
    Nobody(UnroutableReason),
}

pub(crate) fn fold(f: &Fold<'_>, user: &UserKey, event: &UserEvent) -> Sql<Option<Again>> {
    match event {
        UserEvent::Identity(event) => match event {
            Identity::ProfileResolved(profile) => resolved(f, user, profile),
            Identity::ProfileConfirmed(_) => confirmed(f, user),
            Identity::ProfileUnavailable(failed) if matches!(failed.status, Some(400 | 403 | 404)) => {
                doubt(f, user)
            }
            Identity::ProfileUnavailable(_)
            | Identity::ProfileRequested(_)
            | Identity::MemberLinked(_)
            | Identity::MemberUnlinked(_) => Ok(None),
        },
        UserEvent::Presence(Presence::Erased(_)) => erased(f, user),
        UserEvent::Presence(_)
        | UserEvent::Settings(_)
        | UserEvent::Chat(_)
        | UserEvent::Answer(_)
        | UserEvent::Queue(_)
        | UserEvent::Delivery(_)
        | UserEvent::Update(_) => Ok(None),
    }
}

/// Rows of an address whose lookup the first releases computed otherwise go by today's lookup from now on.
pub(crate) fn rename(f: &Fold<'_>, tenant: &str, former: &Lookup, lookup: &Lookup) -> Sql<()> {
    let renamed = f.db.run(
        "UPDATE OR REPLACE email_mapping SET lookup = ?3 WHERE tenant = ?1 AND lookup = ?2",
        (tenant, former.as_str(), lookup.as_str()),
    )?;
    if renamed > 0 {
        weigh(f, tenant, lookup.as_str())?;
    }
    Ok(())
}

fn resolved(f: &Fold<'_>, user: &UserKey, profile: &ProfileResolved) -> Sql<Option<Again>> {
    let role = name_of(&profile.role);
    let now = [
        (
            profile.email_lookup.as_ref(),
            MatchedBy::Email,
            profile.email.as_ref(),
        ),
        (profile.upn_lookup.as_ref(), MatchedBy::Upn, profile.upn.as_ref()),
    ];
    let mut touched = BTreeSet::new();
    for (lookup, kind, role_before) in open_rows(f.db, user)? {
        let holds = role_before == role
            && now.iter().any(|(new, new_kind, _)| {
                new.is_some_and(|new| new.as_str() == lookup) && name_of(new_kind) == kind
            });
        if !holds {
            close(f, user, &lookup, &kind)?;
            touched.insert(lookup);
        }
    }
    let mut shown_anew = believe(f, user)?;
    for (lookup, kind, address) in now {
        if let Some(lookup) = lookup {
            if open(f, user, lookup, kind, &role, address)? {
                shown_anew.insert(lookup.as_str().to_owned());
            }
            touched.insert(lookup.as_str().to_owned());
        }
    }
    touched.extend(shown_anew.iter().cloned());
    contest(f, user, &shown_anew)?;
    settle(f, user, &touched)
}

/// The directory told the same as before: that counts again where it was doubted.
fn confirmed(f: &Fold<'_>, user: &UserKey) -> Sql<Option<Again>> {
    let shown_anew = believe(f, user)?;
    contest(f, user, &shown_anew)?;
    if shown_anew.is_empty() {
        return Ok(None);
    }
    settle(f, user, &shown_anew)
}

/// Ends the doubt about a user's addresses; answers those that were doubted.
fn believe(f: &Fold<'_>, user: &UserKey) -> Sql<BTreeSet<String>> {
    set_doubt(f, user, false)
}

/// The directory does not tell who the user is: whoever else shows one of their addresses has it.
fn doubt(f: &Fold<'_>, user: &UserKey) -> Sql<Option<Again>> {
    let doubted = set_doubt(f, user, true)?;
    if doubted.is_empty() {
        return Ok(None);
    }
    settle(f, user, &doubted)
}

fn set_doubt(f: &Fold<'_>, user: &UserKey, doubted: bool) -> Sql<BTreeSet<String>> {
    let changed: Vec<String> = f.db.all(
        "UPDATE email_mapping SET doubted = ?2 WHERE user = ?1 AND valid_to IS NULL AND doubted <> ?2
         RETURNING lookup",
        (user.to_string(), doubted),
        |row| row.get(0),
    )?;
    Ok(changed.into_iter().collect())
}

/// A user shows addresses that they did not show before. Whoever else has one of them is looked up at once: the
/// directory's newest answer wins, and theirs is older.
fn contest(f: &Fold<'_>, user: &UserKey, lookups: &BTreeSet<String>) -> Sql<()> {
    let user_key = user.to_string();
    for lookup in lookups {
        for other in holders(f.db, user.tenant_id.as_str(), lookup)? {
            if other.user != user_key && !other.guest {
                people::profile::contested(f, &other.user)?;
            }
        }
    }
    Ok(())
}

fn erased(f: &Fold<'_>, user: &UserKey) -> Sql<Option<Again>> {
    let mut touched = BTreeSet::new();
    for (lookup, kind, _) in open_rows(f.db, user)? {
        close(f, user, &lookup, &kind)?;
        touched.insert(lookup);
    }
    f.db.run(
        "UPDATE email_mapping SET address = NULL WHERE user = ?1",
        [user.to_string()],
    )?;
    settle(f, user, &touched)
}

/// Lookup, kind and role of each row of the user that holds.
fn open_rows(db: &Connection, user: &UserKey) -> Sql<Vec<(String, String, String)>> {
    db.all(
        "SELECT lookup, kind, role FROM email_mapping WHERE user = ?1 AND valid_to IS NULL ORDER BY lookup, kind",
        [user.to_string()],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )
}

fn close(f: &Fold<'_>, user: &UserKey, lookup: &str, kind: &str) -> Sql<()> {
    f.db.run(
        "UPDATE email_mapping SET valid_to = ?5, valid_to_ms = ?6
         WHERE tenant = ?1 AND lookup = ?2 AND user = ?3 AND kind = ?4 AND valid_to IS NULL",
        (
            user.tenant_id.as_str(),
            lookup,
            user.to_string(),
            kind,
            f.position,
            f.ms,
        ),
    )
    .map(drop)
}

/// Opens a row, or keeps the one that holds already with the address sealed anew. Answers whether it was opened.
fn open(
    f: &Fold<'_>,
    user: &UserKey,
    lookup: &Lookup,
    kind: MatchedBy,
    role: &str,
    address: Option<&Sealed>,
) -> Sql<bool> {
    let (user_key, kind, address) = (user.to_string(), name_of(&kind), address.map(json_of));
    let kept = f.db.run(
        "UPDATE email_mapping SET address = ?5
         WHERE tenant = ?1 AND lookup = ?2 AND user = ?3 AND kind = ?4 AND valid_to IS NULL",
        (
            user.tenant_id.as_str(),
            lookup.as_str(),
            &user_key,
            &kind,
            &address,
        ),
    )?;
    if kept > 0 {
        return Ok(false);
    }
    f.db.run(
        "INSERT INTO email_mapping (tenant, lookup, user, kind, valid_from, valid_from_ms, role, status, address)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'matched', ?8)",
        (user.tenant_id.as_str(), lookup.as_str(), &user_key, &kind, f.position, f.ms, role, &address),
    )
    .map(|_| true)
}

/// Gives the rows of each address their status; the recipients that wait for one of them are to be looked at again.
fn settle(f: &Fold<'_>, user: &UserKey, lookups: &BTreeSet<String>) -> Sql<Option<Again>> {
    let tenant = user.tenant_id.as_str();
    for lookup in lookups {
        weigh(f, tenant, lookup)?;
    }
    let Some(organization) = tenants::organization_of(f.db, tenant)? else {
        return Ok(None);
    };
    let touched = Touched {
        lookups: lookups.clone(),
        ..Touched::user(&user.to_string())
    };
    Ok(Some(Again::of(&organization, touched)))
}

/// Gives the rows of an address their status.
fn weigh(f: &Fold<'_>, tenant: &str, lookup: &str) -> Sql<()> {
    let rows = holders(f.db, tenant, lookup)?;
    for row in &rows {
        f.db.run(
            "UPDATE email_mapping SET status = ?5
             WHERE tenant = ?1 AND lookup = ?2 AND user = ?3 AND kind = ?4 AND valid_to IS NULL",
            (
                tenant,
                lookup,
                &row.user,
                name_of(&row.kind),
                name_of(&status_of(row, &rows)),
            ),
        )?;
    }
    Ok(())
}

/// The addresses that a user has at present.
pub(crate) fn lookups_of(db: &Connection, user: &str) -> Sql<Vec<String>> {
    db.all(
        "SELECT DISTINCT lookup FROM email_mapping INDEXED BY email_mapping_by_user
         WHERE user = ?1 AND valid_to IS NULL ORDER BY lookup",
        [user],
        |row| row.get(0),
    )
}

/// Whether the directory's newest answer about a user told an address.
pub(crate) fn is_shown(db: &Connection, user: &str) -> Sql<bool> {
    let sql = "SELECT 1 FROM email_mapping INDEXED BY email_mapping_by_user
               WHERE user = ?1 AND valid_to IS NULL AND doubted = 0 LIMIT 1";
    Ok(db.first(sql, [user], |_| Ok(()))?.is_some())
}

/// The users who have an address at present.
pub(crate) fn users_with(db: &Connection, tenant: &str, lookup: &str) -> Sql<BTreeSet<String>> {
    let holders = holders(db, tenant, lookup)?;
    Ok(holders.into_iter().map(|holder| holder.user).collect())
}

/// A user who has an address at present.
struct Holder {
    user: String,
    kind: MatchedBy,
    guest: bool,
    doubted: bool,
    since: i64,
    since_ms: i64,
}

fn holders(db: &Connection, tenant: &str, lookup: &str) -> Sql<Vec<Holder>> {
    db.all(
        "SELECT user, kind, role, doubted, valid_from, valid_from_ms FROM email_mapping
         WHERE tenant = ?1 AND lookup = ?2 AND valid_to IS NULL",
        (tenant, lookup),
        |row| {
            Ok(Holder {
                user: row.get("user")?,
                kind: stored(row, "kind")?,
                guest: stored::<MemberRole>(row, "role")? == MemberRole::Guest,
                doubted: row.get("doubted")?,
                since: row.get("valid_from")?,
                since_ms: row.get("valid_from_ms")?,
            })
        },
    )
}

/// The users who may be meant by an address: those who have it as mail address, else those with it as UPN; where the
/// directory tells of nobody any more who has it, those of whom it did.
fn candidates(rows: &[Holder]) -> BTreeSet<&str> {
    let having = |kind: MatchedBy, doubted: bool| -> BTreeSet<&str> {
        rows.iter()
            .filter(|row| !row.guest && row.kind == kind && row.doubted == doubted)
            .map(|row| row.user.as_str())
            .collect()
    };
    [false, true]
        .into_iter()
        .flat_map(|doubted| [having(MatchedBy::Email, doubted), having(MatchedBy::Upn, doubted)])
        .find(|candidates| !candidates.is_empty())
        .unwrap_or_default()
}

fn status_of(row: &Holder, rows: &[Holder]) -> MappingStatus {
    let candidates = candidates(rows);
    if row.guest {
        MappingStatus::Guest
    } else if !candidates.contains(row.user.as_str()) {
        MappingStatus::Shadowed
    } else if candidates.len() > 1 {
        MappingStatus::Conflict
    } else {
        MappingStatus::Matched
    }
}

/// Where an address leads in a tenant.
pub(crate) fn lead(db: &Connection, tenant: &str, lookup: &str) -> Sql<Match> {
    let rows = holders(db, tenant, lookup)?;
    let candidates = candidates(&rows);
    let mut users = candidates.iter();
    Ok(match (users.next(), users.next()) {
        (Some(user), None) => {
            let theirs = rows.iter().filter(|row| row.user == **user);
            let by_email = theirs.clone().any(|row| row.kind == MatchedBy::Email);
            Match::User {
                user: (*user).to_owned(),
                kind: if by_email {
                    MatchedBy::Email
                } else {
                    MatchedBy::Upn
                },
                since: theirs.clone().map(|row| row.since).min().unwrap_or_default(),
                since_ms: theirs.map(|row| row.since_ms).min().unwrap_or_default(),
            }
        }
        (Some(_), Some(_)) => Match::Nobody(UnroutableReason::Conflict),
        (None, _) if rows.is_empty() => Match::Nobody(UnroutableReason::NoMapping),
        (None, _) => Match::Nobody(UnroutableReason::Guest),
    })
}

/// Whether anybody else of the tenant has, or ever had, the address of this person.
pub(crate) fn was_anothers(db: &Connection, tenant: &str, lookup: &str, user: &str) -> Sql<bool> {
    let sql = "SELECT 1 FROM email_mapping WHERE tenant = ?1 AND lookup = ?2 AND user <> ?3 LIMIT 1";
    let another = db.first(sql, (tenant, lookup, user), |_| Ok(()))?;
    Ok(another.is_some())
}

/// Every row of an address in a tenant, also closed ones, oldest first.
pub(crate) fn of_lookup(db: &Connection, tenant: &TenantId, lookup: &Lookup) -> Sql<Vec<Mapping>> {
    db.all(
        "SELECT * FROM email_mapping WHERE tenant = ?1 AND lookup = ?2 ORDER BY valid_from, user, kind",
        (tenant.as_str(), lookup.as_str()),
        read,
    )
}

/// Every address of a user, also closed ones, oldest first.
pub(crate) fn of_user(db: &Connection, user: &UserKey) -> Sql<Vec<Mapping>> {
    db.all(
        "SELECT * FROM email_mapping WHERE user = ?1 ORDER BY valid_from, kind",
        [user.to_string()],
        read,
    )
}

fn read(row: &Row<'_>) -> Sql<Mapping> {
    let valid_to: Option<i64> = row.get("valid_to")?;
    Ok(Mapping {
        user: stored(row, "user")?,
        lookup: stored(row, "lookup")?,
        kind: stored(row, "kind")?,
        role: stored(row, "role")?,
        status: stored(row, "status")?,
        address: json_opt(row, "address")?,
        valid_from: position(row, "valid_from")?,
        valid_from_time: time(row, "valid_from_ms")?,
        valid_to: valid_to.map(|_| position(row, "valid_to")).transpose()?,
        valid_to_time: time_opt(row, "valid_to_ms")?,
    })
}
