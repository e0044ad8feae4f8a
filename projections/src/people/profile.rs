//! Who a person is: asking Teams, what it told, and forgetting it. Keeps the look-up in the outbox in step.

use events::UserKey;
use events::user::{ProfileResolved, ProfileUnavailable};

use super::ProfileState;
use crate::database::{Sql, Statements as _, json_of, name_of};
use crate::fold::Fold;
use crate::outbox;

/// A profile look-up that is to be made.
struct LookUp {
    /// The event that asked for it first.
    asked: i64,
    due_ms: i64,
    delayed: bool,
}

pub(super) fn requested(f: &Fold<'_>, user: &UserKey) -> Sql<()> {
    let look_up = LookUp {
        asked: f.position,
        due_ms: f.ms,
        delayed: false,
    };
    set(f, user, ProfileState::Requested, Some(&look_up))
}

pub(super) fn unavailable(f: &Fold<'_>, user: &UserKey, event: &ProfileUnavailable) -> Sql<()> {
    let asked = asked(f, user)?.unwrap_or(f.position);
    let look_up = event.retry_at.map(|at| LookUp {
        asked,
        due_ms: at.timestamp_millis(),
        delayed: true,
    });
    set(f, user, ProfileState::Unavailable, look_up.as_ref())
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
    set(f, user, ProfileState::Resolved, None)
}

pub(super) fn erased(f: &Fold<'_>, user: &UserKey) -> Sql<()> {
    let key = user.to_string();
    f.db.run(
        "UPDATE people SET name = NULL, address = NULL, erased = 1, connected = 0, connected_ms = ?2 WHERE user = ?1",
        (&key, f.ms),
    )?;
    let links: Vec<String> = f.db.all(
        "SELECT organization FROM links WHERE user = ?1 ORDER BY organization",
        [&key],
        |row| row.get(0),
    )?;
    for organization in links {
        super::unlink(f, &key, &organization)?;
    }
    set(f, user, ProfileState::None, None)
}

fn asked(f: &Fold<'_>, user: &UserKey) -> Sql<Option<i64>> {
    let sql = "SELECT profile_position FROM people WHERE user = ?1";
    f.db.first(sql, [user.to_string()], |row| row.get(0))
        .map(Option::flatten)
}

/// Keeps the profile's state and the look-up in the outbox in step.
fn set(f: &Fold<'_>, user: &UserKey, state: ProfileState, look_up: Option<&LookUp>) -> Sql<()> {
    let key = user.to_string();
    if let Some(asked) = asked(f, user)? {
        outbox::remove(f, user.tenant_id.as_str(), &outbox::Key::profile(&key, asked))?;
    }
    f.db.run(
        "UPDATE people SET profile = ?2, profile_position = ?3 WHERE user = ?1",
        (&key, name_of(&state), look_up.map(|look_up| look_up.asked)),
    )?;
    let Some(look_up) = look_up else { return Ok(()) };
    let due = outbox::Due {
        // Nothing can be matched before it, so it comes first.
        expires_ms: 0,
        at_ms: look_up.due_ms,
        delayed: look_up.delayed,
        attempted: false,
    };
    outbox::put(
        f,
        user.tenant_id.as_str(),
        &outbox::Key::profile(&key, look_up.asked),
        due,
    )
}
