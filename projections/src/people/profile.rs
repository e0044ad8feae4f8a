//! Who a person is: asking the tenant's directory, what it told, how old that is, and forgetting it. Keeps the look-up
//! in the outbox in step. A look-up that is wanted soon stands there; what is merely old is found by its age, so that
//! a person of whom nothing is wanted costs no row.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use events::organization::Recipient;
use events::user::{MemberRole, ProfileResolved, ProfileUnavailable};
use events::{TenantId, UserKey};
use rusqlite::Connection;

use super::ProfileState;
use crate::database::{Sql, Statements as _, at_ms, json_of, name_of, stored};
use crate::fold::Fold;
use crate::{links, outbox};

/// A look-up that is to be made again sooner than this stands in the outbox; any other is one of an old profile.
const SOON_MS: i64 = 2 * 3_600_000;

/// When a person is asked for again whose profile has no address, by the number of such answers; after these as often
/// as anybody. New accounts often get their address within the first hours.
const INCOMPLETE_MS: [i64; 5] = [60_000, 600_000, 3_600_000, 3 * 3_600_000, 9 * 3_600_000];

/// A look-up that is to be made.
#[derive(Clone, Copy)]
struct LookUp {
    /// The event that asked for it first.
    asked: i64,
    due_ms: i64,
    delayed: bool,
}

pub(super) fn requested(f: &Fold<'_>, user: &UserKey) -> Sql<()> {
    links::directory_asked(f, &user.to_string())?;
    let look_up = LookUp {
        asked: f.position,
        due_ms: f.ms,
        delayed: false,
    };
    f.db.run(
        "UPDATE people SET profile = ?2 WHERE user = ?1",
        (user.to_string(), name_of(&ProfileState::Requested)),
    )?;
    set(f, user, Some(look_up))
}

/// What the directory told of a user is older than what something else shows: they are looked up at once, before
/// anything is sent to them.
pub(crate) fn wanted(f: &Fold<'_>, user: &str) -> Sql<()> {
    let Ok(user) = UserKey::parse(user) else {
        return Ok(());
    };
    let told = "SELECT 1 FROM people WHERE user = ?1 AND erased = 0 AND reachability IS NOT NULL";
    if f.db.first(told, [user.to_string()], |_| Ok(()))?.is_none() {
        return Ok(());
    }
    requested(f, &user)
}

/// Chronus told addresses of members. A linked person of whom the directory told others is looked up.
pub(crate) fn compare(f: &Fold<'_>, organization: &str, recipients: &[Recipient]) -> Sql<()> {
    for recipient in recipients {
        let (Some(member), Some(lookup)) = (&recipient.member_id, &recipient.lookup) else {
            continue;
        };
        let users: Vec<String> = f.db.all(
            "SELECT user FROM links INDEXED BY links_by_member WHERE organization = ?1 AND member = ?2
               AND NOT EXISTS (SELECT 1 FROM email_mapping WHERE email_mapping.user = links.user AND lookup = ?3
                               AND valid_to IS NULL)
             ORDER BY user",
            (organization, member.as_str(), lookup.as_str()),
            |row| row.get(0),
        )?;
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
        "UPDATE people SET profile = ?2, profile_answered_ms = ?3, answered_position = ?5,
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
    links::directory_asked(f, &user.to_string())?;
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

pub(super) fn erased(f: &Fold<'_>, user: &UserKey) -> Sql<()> {
    let key = user.to_string();
    links::directory_asked(f, &key)?;
    f.db.run(
        "UPDATE people SET name = NULL, address = NULL, erased = 1, connected = 0, connected_ms = ?2,
             profile = ?3, profile_answered_ms = NULL, profile_incomplete = 0
         WHERE user = ?1",
        (&key, f.ms, name_of(&ProfileState::None)),
    )?;
    let links: Vec<String> = f.db.all(
        "SELECT organization FROM links WHERE user = ?1 ORDER BY organization",
        [&key],
        |row| row.get(0),
    )?;
    for organization in links {
        super::unlink(f, &key, &organization)?;
    }
    set(f, user, None)?;
    super::reconsider(f, user)
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
        outbox::remove(f, user.tenant_id.as_str(), &outbox::Key::profile(&key, asked))?;
    }
    f.db.run(
        "UPDATE people SET profile_position = ?2, profile_answered_ms = iif(?2 IS NULL, profile_answered_ms, NULL)
         WHERE user = ?1",
        (&key, look_up.map(|look_up| look_up.asked)),
    )?;
    let Some(look_up) = look_up else { return Ok(()) };
    let due = outbox::Due {
        // Nothing can be matched before it, so it comes first.
        expires_ms: 0,
        at_ms: look_up.due_ms,
        delayed: look_up.delayed,
        attempted: false,
        owed_ms: look_up.due_ms,
    };
    outbox::put(
        f,
        user.tenant_id.as_str(),
        &outbox::Key::profile(&key, look_up.asked),
        due,
    )
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
