//! Recipients for whom no Teams user was found yet, and what makes them be looked at again: a profile, a link, a
//! member's address, an administrator's word, a tenant. Only those concerned are looked at, oldest first. A recipient
//! who was found stays found: whatever is learnt later does not move a card from one person to another.

use events::organization::{PartKind, SubjectState};
use events::outbound::{NotificationUnroutable, RecipientReopened, UnroutableReason};
use events::{NotificationId, SubjectRef};
use rusqlite::Row;
use serde_json::json;

use super::card::{Why, change, note};
use super::{NotificationState, unreached};
use crate::database::{Sql, Statements as _, name_of, uuid};
use crate::fold::Fold;
use crate::identity::{self, Found, Named};
use crate::touched::Touched;
use crate::{parts, subject_changes};

/// A recipient who waits.
struct Waiting {
    row: i64,
    id: NotificationId,
    organization: String,
    member: Option<String>,
    lookup: Option<String>,
    object: Option<String>,
    reason: String,
}

impl Waiting {
    fn is_switched_off(&self) -> bool {
        let off = [PartKind::Programme, PartKind::Erg].map(UnroutableReason::of_part);
        off.iter().any(|reason| reason.as_str() == self.reason)
    }
}

fn read(row: &Row<'_>) -> Sql<Waiting> {
    Ok(Waiting {
        row: row.get("row")?,
        id: NotificationId(uuid(row, "id")?),
        organization: row.get("organization")?,
        member: row.get("member")?,
        lookup: row.get("lookup")?,
        object: row.get("object")?,
        reason: row.get("reason")?,
    })
}

/// Recipients who wait for an address and are no member by name.
pub(crate) const BY_LOOKUP: &str = "SELECT row, id, organization, member, lookup, object, reason
     FROM notifications INDEXED BY notifications_waiting_by_lookup
     WHERE state = 'unresolved' AND organization = ?1 AND lookup = ?2 AND member IS NULL";

/// Recipients who wait and are this member.
pub(crate) const BY_MEMBER: &str = "SELECT row, id, organization, member, lookup, object, reason
     FROM notifications INDEXED BY notifications_waiting_by_member
     WHERE state = 'unresolved' AND organization = ?1 AND member = ?2 ORDER BY row";

/// Recipients who wait and are nothing but this object id.
pub(crate) const BY_OBJECT: &str = "SELECT row, id, organization, member, lookup, object, reason
     FROM notifications INDEXED BY notifications_waiting_by_object
     WHERE state = 'unresolved' AND organization = ?1 AND object = ?2";

/// What is known of some members, addresses or people changed.
pub(crate) fn reconsider(f: &Fold<'_>, organization: &str, touched: &Touched) -> Sql<()> {
    let mut concerned = Vec::new();
    let db = f.rows()?;
    for member in &touched.members {
        concerned.extend(db.all(BY_MEMBER, (organization, member), read)?);
    }
    for lookup in &touched.lookups {
        concerned.extend(db.all(BY_LOOKUP, (organization, lookup), read)?);
    }
    for user in &touched.users {
        let object = user.split_once('/').map_or("", |(_, object)| object);
        concerned.extend(db.all(BY_OBJECT, (organization, object), read)?);
    }
    concerned.sort_by_key(|waiting| waiting.row);
    concerned.dedup_by_key(|waiting| waiting.row);
    look_again(f, &concerned)
}

/// The organization's tenant changed.
pub(crate) fn reconsider_organization(f: &Fold<'_>, organization: &str) -> Sql<()> {
    let concerned = f.rows()?.all(
        "SELECT row, id, organization, member, lookup, object, reason
         FROM notifications INDEXED BY notifications_waiting_by_lookup
         WHERE state = 'unresolved' AND organization = ?1 ORDER BY row",
        [organization],
        read,
    )?;
    look_again(f, &concerned)
}

/// An operator wants a card sent after all: it is looked at as if it had just come. Of a subject that ended meanwhile
/// there is nothing to tell.
pub(crate) fn reopen(f: &Fold<'_>, event: &RecipientReopened) -> Sql<()> {
    let id = event.notification_id;
    let reopened = f.rows()?.all(
        "UPDATE notifications SET state = 'unresolved', reason = 'no_mapping', settled_ms = NULL, expires_ms = ?2,
             expiry_asked = 1, reopened = ?3, unreached = ?4, state_position = ?5, state_ms = ?6
         WHERE id = ?1 AND state = 'unroutable'
         RETURNING row, id, organization, member, lookup, object, reason",
        (
            id.0.into_bytes(),
            event.until.timestamp_millis(),
            event.replay_id.into_bytes(),
            format!(",{},", unreached::UNDELIVERABLE),
            f.position,
            f.ms,
        ),
        read,
    )?;
    if reopened.is_empty() {
        return Ok(());
    }
    note(
        f,
        id,
        "reopened",
        &json!({ "replay_id": event.replay_id, "by": event.by }),
    )?;
    if let Some(state) = subject_changes::ended_since(f.db, event.domain_event)? {
        return end(f, id, NotificationState::Withdrawn, &name_of(&state), "withdrawn");
    }
    if let Some(off) = parts::off_of(f.db, event.domain_event)? {
        return f
            .db
            .run(
                "UPDATE notifications SET reason = ?2 WHERE id = ?1",
                (id.0.into_bytes(), UnroutableReason::of_part(off).as_str()),
            )
            .map(drop);
    }
    look_again(f, &reopened)
}

fn look_again(f: &Fold<'_>, concerned: &[Waiting]) -> Sql<()> {
    // Whoever is found for a part that is switched off gets nothing of it.
    for waiting in concerned.iter().filter(|waiting| !waiting.is_switched_off()) {
        let named = Named {
            member: waiting.member.as_deref(),
            lookup: waiting.lookup.as_deref(),
            object: waiting.object.as_deref(),
        };
        let found = identity::search(f.db, &waiting.organization, named)?;
        let reason = found.reason();
        match found {
            Found::User {
                tenant,
                user,
                matched_by,
            } => {
                let matched_by = matched_by.as_ref().map(name_of);
                f.db.run(
                    "UPDATE notifications SET state = iif(send_ms > ?6, 'deferred', 'resolved'),
                         reason = iif(send_ms > ?6, 'scheduled', NULL), due_ms = iif(send_ms > ?6, send_ms, NULL),
                         tenant = ?2, user = ?3, matched_by = ?4, state_position = ?5, state_ms = ?6
                     WHERE row = ?1",
                    (waiting.row, tenant, user, &matched_by, f.position, f.ms),
                )?;
                note(f, waiting.id, "resolved", &json!({ "matched_by": matched_by }))?;
            }
            Found::Checking { .. } | Found::Nobody(_) => {
                let reason = reason.map_or("", UnroutableReason::as_str);
                if reason != waiting.reason {
                    f.db.run(
                        "UPDATE notifications SET reason = ?2, state_position = ?3, state_ms = ?4 WHERE row = ?1",
                        (waiting.row, reason, f.position, f.ms),
                    )?;
                    note(f, waiting.id, "waiting", &json!({ "reason": reason }))?;
                }
            }
        }
    }
    Ok(())
}

/// A subject ended: cards about it that found nobody yet, or whose time has not come, are not sent any more.
pub(crate) fn withdraw(
    f: &Fold<'_>,
    organization: &str,
    subject: &SubjectRef,
    state: SubjectState,
) -> Sql<()> {
    let waiting: Vec<NotificationId> = f.rows()?.all(
        "SELECT id FROM notifications INDEXED BY notifications_by_subject
         WHERE organization = ?1 AND subject = ?2
           AND (state = 'unresolved' OR (state = 'deferred' AND queued_position IS NULL)) ORDER BY row",
        (organization, subject.as_str()),
        |row| Ok(NotificationId(uuid(row, "id")?)),
    )?;
    for id in waiting {
        end(f, id, NotificationState::Withdrawn, &name_of(&state), "withdrawn")?;
    }
    Ok(())
}

/// The router gave a recipient up. A card that some user's stream has taken meanwhile stays with that user.
pub(crate) fn unroutable(f: &Fold<'_>, event: &NotificationUnroutable) -> Sql<()> {
    end(
        f,
        event.notification_id,
        NotificationState::Unroutable,
        event.reason.as_str(),
        "unroutable",
    )
}

fn end(
    f: &Fold<'_>,
    id: NotificationId,
    state: NotificationState,
    reason: &str,
    what: &'static str,
) -> Sql<()> {
    change(f, id, |card| {
        let is_open = matches!(
            card.state,
            NotificationState::Unresolved | NotificationState::Resolved
        );
        if is_open || card.is_scheduled() {
            card.enter(f, state, Why::because(reason));
        }
    })?;
    note(f, id, what, &json!({ "reason": reason }))
}
