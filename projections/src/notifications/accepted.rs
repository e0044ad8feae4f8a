//! From an accepted domain event to one notification per recipient: resolved to a Teams user where one is found,
//! waiting where none is.

use events::organization::{CardKind, DomainEventAccepted, Recipient, Recipients, SubjectState};
use events::{Lookup, MemberId, NotificationId, SubjectRef, UserKey};
use rusqlite::Connection;
use serde_json::json;

use super::card::note;
use super::rank;
use super::waiting::{self, Found};
use crate::database::{Sql, Statements as _, name_of};
use crate::fold::Fold;
use crate::{members, people, subject_changes, tenants};

/// What every notification of one domain event shares.
struct Origin<'a> {
    organization: &'a str,
    event: &'a DomainEventAccepted,
    card: CardKind,
    revised: Option<(&'a SubjectRef, SubjectState)>,
}

impl Origin<'_> {
    /// Whether somebody who holds no card about the subject has nothing to hear.
    fn is_for_holders_only(&self) -> bool {
        let told_anyway = matches!(
            self.card,
            CardKind::RequestOutcome | CardKind::Connection | CardKind::MessageNotice
        ) && matches!(self.event.recipients, Recipients::Listed(_));
        self.revised
            .is_some_and(|(_, state)| state.concerns_holders_only())
            && !told_anyway
    }
}

/// Makes the notifications. `revised` names the subject that this very event changed: whoever holds a card about it
/// sees that card change and gets no second one from here.
pub(crate) fn create(
    f: &Fold<'_>,
    organization: &str,
    event: &DomainEventAccepted,
    card: CardKind,
    revised: Option<(&SubjectRef, SubjectState)>,
) -> Sql<()> {
    let origin = Origin {
        organization,
        event,
        card,
        revised,
    };
    if origin.is_for_holders_only() {
        return Ok(());
    }
    match &event.recipients {
        Recipients::Listed(recipients) => recipients
            .iter()
            .try_for_each(|recipient| for_recipient(f, &origin, recipient)),
        Recipients::All => for_all(f, &origin),
    }
}

fn for_recipient(f: &Fold<'_>, origin: &Origin<'_>, recipient: &Recipient) -> Sql<()> {
    let member = recipient.member_id.as_ref().map(MemberId::as_str);
    let lookup = match (&recipient.lookup, member) {
        (Some(lookup), _) => Some(lookup.clone()),
        (None, Some(member)) => {
            members::find(f.db, origin.organization, member)?.and_then(|known| known.lookup)
        }
        (None, None) => None,
    };
    let lookup = lookup.as_ref().map(Lookup::as_str);
    let found = waiting::search(f.db, origin.organization, member, lookup)?;
    let covered = match (origin.revised, &found) {
        (Some((subject, _)), Found::User { user, .. }) => {
            subject_changes::addressed(f, user)?;
            holds(f.db, origin.organization, subject, user)?
        }
        (Some((subject, _)), Found::Nobody(_)) => waits(f, origin.organization, subject, member, lookup)?,
        (None, _) => false,
    };
    if covered {
        return Ok(());
    }
    insert(f, origin, recipient.notification_id, member, lookup, &found)
}

/// Every linked member of the organization, as of this event's place in the log.
fn for_all(f: &Fold<'_>, origin: &Origin<'_>) -> Sql<()> {
    let Some(tenant) = tenants::of_organization(f.db, origin.organization)? else {
        return Ok(());
    };
    for (user, member) in people::linked_in(f.db, origin.organization)? {
        let Ok(key) = UserKey::parse(&user) else { continue };
        if key.tenant_id.as_str() != tenant {
            continue;
        }
        if let Some((subject, _)) = origin.revised
            && holds(f.db, origin.organization, subject, &user)?
        {
            continue;
        }
        let id = Recipient::notification_id_of_all(f.event, &key);
        let found = Found::User {
            tenant: tenant.clone(),
            user,
            matched_by: None,
        };
        insert(f, origin, id, member.as_deref(), None, &found)?;
    }
    Ok(())
}

/// Whether the person has, or will get, a card about the subject.
fn holds(db: &Connection, organization: &str, subject: &SubjectRef, user: &str) -> Sql<bool> {
    let held = db.first(
        "SELECT 1 FROM notifications WHERE organization = ?1 AND subject = ?2 AND user = ?3
           AND state IN ('resolved', 'queued', 'attempted', 'retry', 'delivered', 'seen', 'answered',
                         'unknown_held', 'unknown_retry', 'deferred', 'merged')",
        (organization, subject.as_str(), user),
        |_| Ok(()),
    )?;
    Ok(held.is_some())
}

/// Whether a card about the subject waits for this recipient, or did until this event withdrew it. One that waits
/// shows what is so by the time it is sent; to a person who never saw anything there is nothing to tell.
fn waits(
    f: &Fold<'_>,
    organization: &str,
    subject: &SubjectRef,
    member: Option<&str>,
    lookup: Option<&str>,
) -> Sql<bool> {
    let waited = f.db.first(
        "SELECT 1 FROM notifications WHERE organization = ?1 AND subject = ?2
           AND (state = 'unresolved' OR (state = 'withdrawn' AND state_position = ?3))
           AND user IS NULL AND (member = ?4 OR lookup = ?5)",
        (organization, subject.as_str(), f.position, member, lookup),
        |_| Ok(()),
    )?;
    Ok(waited.is_some())
}

fn insert(
    f: &Fold<'_>,
    origin: &Origin<'_>,
    id: NotificationId,
    member: Option<&str>,
    lookup: Option<&str>,
    found: &Found,
) -> Sql<()> {
    let event = origin.event;
    let (state, tenant, user, matched_by, reason) = match found {
        Found::User {
            tenant,
            user,
            matched_by,
        } => (
            "resolved",
            Some(tenant),
            Some(user),
            matched_by.as_ref().map(name_of),
            None,
        ),
        Found::Nobody(reason) => ("unresolved", None, None, None, Some(reason.as_str())),
    };
    let default_expiry = f.ms.saturating_add(f.default_ttl.num_milliseconds());
    let inserted = f
        .db
        .prepare_cached(
            "INSERT OR IGNORE INTO notifications (id, organization, tenant, user, member, lookup, matched_by,
                 domain_event, domain_position, correlation, event_type, card, subject, class, state, reason,
                 state_position, state_ms, created_position, created_ms, expires_ms, expiry_asked)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?9, ?17, ?9, ?17, ?18, ?19)",
        )?
        .execute(rusqlite::params![
            id.0.into_bytes(),
            origin.organization,
            tenant,
            user,
            member,
            lookup,
            matched_by,
            f.event.0.into_bytes(),
            f.position,
            f.correlation.into_bytes(),
            event.event_type,
            origin.card.as_str(),
            event.subject.as_ref().map(SubjectRef::as_str),
            rank(event.class()),
            state,
            reason,
            f.ms,
            event.expires_at.map_or(default_expiry, |at| at.timestamp_millis()),
            event.expires_at.is_some(),
        ])?;
    if inserted == 0 {
        return Ok(());
    }
    note(f, id, "accepted", &json!({ "state": state, "reason": reason }))
}
