//! Who a person is: asking the tenant's directory, what it told, how old that is, and forgetting it. Keeps the look-up
//! in the outbox in step. A look-up that is wanted soon stands there; what is merely old is found by its age, so that
//! a person of whom nothing is wanted costs no row.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use events::organization::Recipient;
use events::user::{MemberRole, ProfileCause, ProfileResolved, ProfileUnavailable};
use events::{MemberId, TenantId, UserKey};
use rusqlite::Connection;

use super::ProfileState;
use crate::database::{Sql, Statements as _, at_ms, json_of, name_of, stored};
use crate::fold::Fold;
use crate::touched::Again;
use crate::{links, members, outbox};

/// A look-up that is to be made again sooner than this stands in the outbox; any other is one of an old profile.
const SOON_MS: i64 = 2 * 3_600_000;

/// When a person is asked for again whose profile has no address, by the number of such answers; after these as often
/// as anybody. New accounts often get their address within the first hours.
const INCOMPLETE_MS: [i64; 5] = [60_000, 600_000, 3_600_000, 3 * 3_600_000, 9 * 3_600_000];

/// What something else shows puts a person's look-up first no more often than this, so that a storm of events is no
/// storm of look-ups.
const HURRY_MS: i64 = 60_000;

/// A look-up that is to be made.
#[derive(Clone, Copy)]
struct LookUp {
    /// The event that asked for it first.
    asked: i64,
    due_ms: i64,
    delayed: bool,
}

/// The person's actor wants them looked up.
pub(super) fn requested(f: &Fold<'_>, user: &UserKey, because: Option<ProfileCause>) -> Sql<()> {
    links::directory_asked(f, &user.to_string(), because)?;
    // That somebody shows the same address the actor has from here, where the look-up was put in its place.
    if because == Some(ProfileCause::AddressShared) && stands(f, user)?.is_some() {
        return Ok(());
    }
    request(f, user, f.position)
}

fn request(f: &Fold<'_>, user: &UserKey, asked: i64) -> Sql<()> {
    let look_up = LookUp {
        asked,
        due_ms: f.ms,
        delayed: false,
    };
    f.db.run(
        "UPDATE people SET profile = ?2 WHERE user = ?1",
        (user.to_string(), name_of(&ProfileState::Requested)),
    )?;
    set(f, user, Some(look_up))
}

/// The look-up that stands in the outbox: what asked for it, and when it is due.
fn stands(f: &Fold<'_>, user: &UserKey) -> Sql<Option<(i64, i64)>> {
    let sql = "SELECT profile_position, profile_due_ms FROM people WHERE user = ?1 AND profile_position IS NOT NULL";
    f.db.first(sql, [user.to_string()], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// Puts the look-up of a person before anything that is to be sent to them: at once, or where that was done less than
/// [`HURRY_MS`] ago, when these are over. One that is due sooner stays.
fn hurry(f: &Fold<'_>, user: &UserKey) -> Sql<()> {
    let key = user.to_string();
    let hurried: Option<i64> =
        f.db.first(
            "SELECT profile_hurried_ms FROM people WHERE user = ?1",
            [&key],
            |row| row.get(0),
        )?
        .flatten();
    let not_before = hurried.map_or(f.ms, |hurried| {
        let next = hurried.saturating_add(HURRY_MS);
        next.clamp(f.ms, f.ms.saturating_add(HURRY_MS))
    });
    let stands = stands(f, user)?;
    if stands.is_some_and(|(_, due)| due <= not_before) {
        return Ok(());
    }
    let sql = "UPDATE people SET profile_hurried_ms = ?2 WHERE user = ?1";
    f.db.run(sql, (&key, not_before))?;
    let asked = stands.map_or(f.position, |(asked, _)| asked);
    if not_before == f.ms {
        return request(f, user, asked);
    }
    let look_up = LookUp {
        asked,
        due_ms: not_before,
        delayed: true,
    };
    set(f, user, Some(look_up))
}

/// What the directory told of a user is older than what something else shows: they are looked up, see [`hurry`].
pub(crate) fn wanted(f: &Fold<'_>, user: &str) -> Sql<bool> {
    let Ok(user) = UserKey::parse(user) else {
        return Ok(false);
    };
    let told = "SELECT 1 FROM people WHERE user = ?1 AND erased = 0 AND reachability IS NOT NULL";
    if f.db.first(told, [user.to_string()], |_| Ok(()))?.is_none() {
        return Ok(false);
    }
    hurry(f, &user)?;
    Ok(true)
}

/// Somebody else shows an address of this user. Nothing private leaves for them before the directory answered.
pub(crate) fn contested(f: &Fold<'_>, user: &str) -> Sql<()> {
    if wanted(f, user)? {
        links::contest(f, user)?;
    }
    Ok(())
}

/// People linked to a member by address of whom the directory did not tell the address; and whoever was linked to the
/// member last, where the address leads to nobody.
const DIFFER: &str =
    "SELECT user FROM links INDEXED BY links_by_member WHERE organization = ?1 AND member = ?2
       AND matched_by IN ('email', 'upn')
       AND NOT EXISTS (SELECT 1 FROM email_mapping WHERE email_mapping.user = links.user AND lookup = ?3
                       AND valid_to IS NULL)
     UNION
     SELECT user FROM bindings WHERE organization = ?1 AND member = ?2
       AND NOT EXISTS (SELECT 1 FROM links WHERE links.user = bindings.user AND links.organization = ?1
                         AND links.member = ?2)
       AND NOT EXISTS (SELECT 1 FROM email_mapping
                       WHERE email_mapping.tenant = substr(bindings.user, 1, instr(bindings.user, '/') - 1)
                         AND lookup = ?3 AND valid_to IS NULL)
     ORDER BY user";

/// Chronus named members. A person of whom the directory told other addresses than Chronus did is looked up.
pub(crate) fn compare(f: &Fold<'_>, organization: &str, recipients: &[Recipient]) -> Sql<()> {
    for recipient in recipients {
        let Some(member) = recipient.member_id.as_ref().map(MemberId::as_str) else {
            continue;
        };
        let lookup = match &recipient.lookup {
            Some(lookup) => Some(lookup.clone()),
            None => members::find(f.db, organization, member)?.and_then(|known| known.lookup),
        };
        let Some(lookup) = lookup else { continue };
        let users: Vec<String> =
            f.db.all(DIFFER, (organization, member, lookup.as_str()), |row| row.get(0))?;
        for user in users {
            wanted(f, &user)?;
        }
    }
    Ok(())
}

pub(super) fn unavailable(f: &Fold<'_>, user: &UserKey, event: &ProfileUnavailable) -> Sql<()> {
    let asked = asked(f, user)?.unwrap_or(f.position);
    let soon = event
        .retry_at
        .map(|at| at.timestamp_millis())
        .filter(|at| at.saturating_sub(f.ms) < SOON_MS);
    let look_up = soon.map(|due_ms| LookUp {
        asked,
        due_ms,
        delayed: true,
    });
    f.db.run(
        "UPDATE people SET profile = ?2, profile_answered_ms = ?3 WHERE user = ?1",
        (user.to_string(), name_of(&ProfileState::Unavailable), f.ms),
    )?;
    if matches!(event.status, Some(400 | 403 | 404)) {
        links::uncontested(f, &user.to_string())?;
    }
    set(f, user, look_up)
}

pub(super) fn resolved(f: &Fold<'_>, user: &UserKey, event: &ProfileResolved) -> Sql<()> {
    f.db.run(
        "UPDATE people SET role = ?2, name = ?3, address = ?4 WHERE user = ?1",
        (
            user.to_string(),
            name_of(&event.role),
            event.name.as_ref().map(json_of),
            event.email.as_ref().or(event.upn.as_ref()).map(json_of),
        ),
    )?;
    confirmed(f, user)
}

pub(super) fn confirmed(f: &Fold<'_>, user: &UserKey) -> Sql<()> {
    f.db.run(
        "UPDATE people SET profile = ?2, profile_answered_ms = ?3, answered_position = ?5, answered_ms = ?3,
             profile_incomplete = iif(address IS NULL AND role = ?4, profile_incomplete + 1, 0)
         WHERE user = ?1",
        (
            user.to_string(),
            name_of(&ProfileState::Resolved),
            f.ms,
            name_of(&MemberRole::User),
            f.position,
        ),
    )?;
    links::directory_answered(f, &user.to_string())?;
    let incomplete: Option<i64> = f.db.first(
        "SELECT profile_incomplete FROM people WHERE user = ?1",
        [user.to_string()],
        |row| row.get(0),
    )?;
    let step = usize::try_from(incomplete.unwrap_or(0) - 1).ok();
    let delay = step.and_then(|step| INCOMPLETE_MS.get(step));
    let look_up = delay.map(|delay| LookUp {
        asked: f.position,
        due_ms: f.ms.saturating_add(*delay),
        delayed: true,
    });
    set(f, user, look_up)
}

pub(super) fn erased(f: &Fold<'_>, user: &UserKey) -> Sql<Vec<Again>> {
    let key = user.to_string();
    links::directory_answered(f, &key)?;
    links::erased(f, &key)?;
    links::chat_unshared(f, &key)?;
    f.db.run(
        "UPDATE people SET name = NULL, address = NULL, conversation = NULL, erased = 1, connected = 0, connected_ms = ?2,
             profile = ?3, profile_answered_ms = NULL, profile_incomplete = 0, profile_hurried_ms = NULL
         WHERE user = ?1",
        (&key, f.ms, name_of(&ProfileState::None)),
    )?;
    let links: Vec<String> = f.db.all(
        "SELECT organization FROM links WHERE user = ?1 ORDER BY organization",
        [&key],
        |row| row.get(0),
    )?;
    let mut again = Vec::new();
    for organization in links {
        again.extend(super::unlink(f, &key, &organization)?);
    }
    set(f, user, None)?;
    again.extend(super::concerned(f, user)?);
    Ok(again)
}

fn asked(f: &Fold<'_>, user: &UserKey) -> Sql<Option<i64>> {
    let sql = "SELECT profile_position FROM people WHERE user = ?1";
    f.db.first(sql, [user.to_string()], |row| row.get(0))
        .map(Option::flatten)
}

/// Keeps the person's row and the look-up in the outbox in step.
fn set(f: &Fold<'_>, user: &UserKey, look_up: Option<LookUp>) -> Sql<()> {
    let key = user.to_string();
    if let Some(asked) = asked(f, user)? {
        outbox::remove(f, &outbox::Key::profile(&key, asked));
    }
    f.db.run(
        "UPDATE people SET profile_position = ?2, profile_due_ms = ?3, profile_delayed = ?4,
             profile_answered_ms = iif(?2 IS NULL, profile_answered_ms, NULL)
         WHERE user = ?1",
        (
            &key,
            look_up.map(|look_up| look_up.asked),
            look_up.map(|look_up| look_up.due_ms),
            look_up.is_some_and(|look_up| look_up.delayed),
        ),
    )?;
    if let Some(look_up) = look_up {
        let due = outbox::Due::of_look_up(look_up.due_ms, look_up.delayed);
        outbox::put(f, &outbox::Key::profile(&key, look_up.asked), due);
    }
    Ok(())
}

/// People of a tenant of whom the directory told nothing since a time, the longest first.
pub(crate) const AGED: &str = "SELECT user FROM people INDEXED BY people_by_profile_age
     WHERE tenant = ?1 AND profile_answered_ms IS NOT NULL AND installed = 1 AND erased = 0
       AND reachability = 'reachable' AND profile_answered_ms <= ?2
     ORDER BY profile_answered_ms";

/// For each tenant that is on, when the directory was asked for the person of whom it told nothing for longest.
pub(crate) const OLDEST: &str = "SELECT tenant,
         (SELECT profile_answered_ms FROM people INDEXED BY people_by_profile_age
          WHERE people.tenant = tenants.tenant AND profile_answered_ms IS NOT NULL AND installed = 1 AND erased = 0
            AND reachability = 'reachable'
          ORDER BY profile_answered_ms LIMIT 1) AS oldest_ms
     FROM tenants WHERE enabled = 1";

/// The people of [`AGED`], without those in `busy`.
pub(crate) fn aged(
    db: &Connection,
    tenant: &TenantId,
    since: DateTime<Utc>,
    busy: &HashSet<UserKey>,
    limit: usize,
) -> Sql<Vec<UserKey>> {
    let mut statement = db.prepare_cached(AGED)?;
    let mut rows = statement.query((tenant.as_str(), since.timestamp_millis()))?;
    let mut found = Vec::new();
    while found.len() < limit {
        let Some(row) = rows.next()? else { break };
        let user: UserKey = stored(row, "user")?;
        if !busy.contains(&user) {
            found.push(user);
        }
    }
    Ok(found)
}

/// The tenants of [`OLDEST`] that have such a person.
pub(crate) fn oldest(db: &Connection) -> Sql<Vec<(TenantId, DateTime<Utc>)>> {
    let all = db.all(OLDEST, [], |row| {
        Ok((stored(row, "tenant")?, row.get::<_, Option<i64>>("oldest_ms")?))
    })?;
    Ok(all
        .into_iter()
        .filter_map(|(tenant, oldest)| Some((tenant, at_ms(oldest?))))
        .collect())
}
