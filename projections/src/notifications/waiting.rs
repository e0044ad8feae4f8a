//! Recipients for whom no Teams user was found yet, and what makes them be looked at again: a profile, a link, a
//! member's address, a tenant. Only those concerned are looked at, oldest first. A recipient who was found stays
//! found: whatever is learnt later does not move a card from one person to another.

use std::collections::BTreeSet;

use events::organization::SubjectState;
use events::outbound::{NotificationUnroutable, UnroutableReason};
use events::user::MatchedBy;
use events::{NotificationId, SubjectRef};
use rusqlite::{Connection, Row};
use serde_json::json;

use super::NotificationState;
use super::card::{Card, Why, note};
use crate::database::{Sql, Statements as _, name_of, uuid};
use crate::email_mapping::{self, Match};
use crate::fold::Fold;
use crate::{people, tenants};

/// Who a recipient is in Teams.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Found {
    /// This person.
    User {
        tenant: String,
        user: String,
        /// `None` where an earlier link told it.
        matched_by: Option<MatchedBy>,
    },
    /// Nobody, for this reason.
    Nobody(UnroutableReason),
}

/// Looks for a recipient: by address where one is known, else by an earlier link to the member. A link never
/// stands in for an address that leads nowhere: the address may have been put right since.
pub(crate) fn search(
    db: &Connection,
    organization: &str,
    member: Option<&str>,
    lookup: Option<&str>,
) -> Sql<Found> {
    let Some(tenant) = tenants::of_organization(db, organization)? else {
        return Ok(Found::Nobody(UnroutableReason::NoTenant));
    };
    if let Some(lookup) = lookup {
        return Ok(match email_mapping::lead(db, &tenant, lookup)? {
            Match::User(user, kind) => Found::User {
                tenant,
                user,
                matched_by: Some(kind),
            },
            Match::Nobody(reason) => Found::Nobody(reason),
        });
    }
    let linked = match member {
        Some(member) => people::linked_to(db, &tenant, organization, member)?,
        None => None,
    };
    Ok(match linked {
        Some(user) => Found::User {
            tenant,
            user,
            matched_by: None,
        },
        None => Found::Nobody(UnroutableReason::UnknownMember),
    })
}

/// A recipient who waits.
struct Waiting {
    row: i64,
    id: NotificationId,
    organization: String,
    member: Option<String>,
    lookup: Option<String>,
    reason: String,
}

fn read(row: &Row<'_>) -> Sql<Waiting> {
    Ok(Waiting {
        row: row.get("row")?,
        id: NotificationId(uuid(row, "id")?),
        organization: row.get("organization")?,
        member: row.get("member")?,
        lookup: row.get("lookup")?,
        reason: row.get("reason")?,
    })
}

/// Recipients who wait for an address.
pub(crate) const BY_LOOKUP: &str = "SELECT row, id, organization, member, lookup, reason
     FROM notifications INDEXED BY notifications_waiting_by_lookup
     WHERE state = 'unresolved' AND organization = ?1 AND lookup = ?2";

/// Recipients who wait and are this member.
pub(crate) const BY_MEMBER: &str = "SELECT row, id, organization, member, lookup, reason
     FROM notifications INDEXED BY notifications_waiting_by_member
     WHERE state = 'unresolved' AND organization = ?1 AND member = ?2 ORDER BY row";

/// Some addresses of a tenant lead elsewhere now.
pub(crate) fn reconsider_lookups(f: &Fold<'_>, tenant: &str, lookups: &BTreeSet<String>) -> Sql<()> {
    let Some(organization) = tenants::organization_of(f.db, tenant)? else {
        return Ok(());
    };
    let mut concerned = Vec::new();
    for lookup in lookups {
        concerned.extend(f.db.all(BY_LOOKUP, (&organization, lookup), read)?);
    }
    concerned.sort_by_key(|waiting| waiting.row);
    reconsider(f, &concerned)
}

/// A member's address changed: it counts for recipients who wait already, too.
pub(crate) fn reconsider_member(
    f: &Fold<'_>,
    organization: &str,
    member: &str,
    lookup: Option<&str>,
) -> Sql<()> {
    f.db.run(
        "UPDATE notifications SET lookup = ?3
         WHERE state = 'unresolved' AND organization = ?1 AND member = ?2",
        (organization, member, lookup),
    )?;
    reconsider_linked(f, organization, member)
}

/// A member was linked to a user, or is not any more.
pub(crate) fn reconsider_linked(f: &Fold<'_>, organization: &str, member: &str) -> Sql<()> {
    let concerned = f.db.all(BY_MEMBER, (organization, member), read)?;
    reconsider(f, &concerned)
}

/// The organization's tenant changed.
pub(crate) fn reconsider_organization(f: &Fold<'_>, organization: &str) -> Sql<()> {
    let concerned = f.db.all(
        "SELECT row, id, organization, member, lookup, reason
         FROM notifications INDEXED BY notifications_waiting_by_lookup
         WHERE state = 'unresolved' AND organization = ?1 ORDER BY row",
        [organization],
        read,
    )?;
    reconsider(f, &concerned)
}

fn reconsider(f: &Fold<'_>, concerned: &[Waiting]) -> Sql<()> {
    for waiting in concerned {
        let found = search(
            f.db,
            &waiting.organization,
            waiting.member.as_deref(),
            waiting.lookup.as_deref(),
        )?;
        match found {
            Found::User {
                tenant,
                user,
                matched_by,
            } => {
                let matched_by = matched_by.as_ref().map(name_of);
                f.db.run(
                    "UPDATE notifications SET state = 'resolved', reason = NULL, tenant = ?2, user = ?3,
                         matched_by = ?4, state_position = ?5, state_ms = ?6
                     WHERE row = ?1",
                    (waiting.row, tenant, user, &matched_by, f.position, f.ms),
                )?;
                note(f, waiting.id, "resolved", &json!({ "matched_by": matched_by }))?;
            }
            Found::Nobody(reason) if reason.as_str() != waiting.reason => {
                f.db.run(
                    "UPDATE notifications SET reason = ?2, state_position = ?3, state_ms = ?4 WHERE row = ?1",
                    (waiting.row, reason.as_str(), f.position, f.ms),
                )?;
                note(f, waiting.id, "waiting", &json!({ "reason": reason.as_str() }))?;
            }
            Found::Nobody(_) => {}
        }
    }
    Ok(())
}

/// A subject ended: cards about it that found nobody yet are not sent any more.
pub(crate) fn withdraw(
    f: &Fold<'_>,
    organization: &str,
    subject: &SubjectRef,
    state: SubjectState,
) -> Sql<()> {
    let waiting: Vec<NotificationId> = f.db.all(
        "SELECT id FROM notifications INDEXED BY notifications_by_subject
         WHERE organization = ?1 AND subject = ?2 AND state = 'unresolved' ORDER BY row",
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

fn end(f: &Fold<'_>, id: NotificationId, state: NotificationState, reason: &str, what: &str) -> Sql<()> {
    if let Some(mut card) = Card::load(f, id)?
        && matches!(
            card.state,
            NotificationState::Unresolved | NotificationState::Resolved
        )
    {
        let before = card.clone();
        card.enter(f, state, Why::because(reason));
        card.store(f, Some(&before))?;
    }
    note(f, id, what, &json!({ "reason": reason }))
}
