//! Whom `all` means: every present member of an organization with what the evidence says of who that is in Teams. The
//! count before sending and the sending itself both ask here.

use std::collections::BTreeMap;

use events::organization::{CardKind, DomainEventAccepted, Recipient};
use events::outbound::UnroutableReason;
use events::user::MatchedBy;
use events::{EventId, SubjectRef, UserKey};
use rusqlite::Connection;

use crate::database::{Sql, Statements as _, name_of, stored};
use crate::fold::Fold;
use crate::identity::{self, Found, Named};
use crate::notifications::rank;
use crate::{people, tenants};

/// Each present member, in the order of their ids, then people who are linked without being a known member. `between` is
/// called before each.
pub(crate) fn of(
    db: &Connection,
    organization: &str,
    between: impl Fn(),
) -> Sql<Vec<(Option<String>, Found)>> {
    let members: Vec<String> = db.all(
        "SELECT member FROM members WHERE organization = ?1 AND removed = 0 ORDER BY member",
        [organization],
        |row| row.get(0),
    )?;
    let mut audience = Vec::with_capacity(members.len());
    for member in members {
        between();
        let named = Named {
            member: Some(&member),
            ..Named::default()
        };
        let found = identity::search(db, organization, named)?;
        audience.push((Some(member), found));
    }
    let Some(tenant) = tenants::of_organization(db, organization)? else {
        return Ok(audience);
    };
    for (user, member) in people::linked_beside_members(db, organization)? {
        if user.split_once('/').is_some_and(|(of, _)| of == tenant) {
            let tenant = tenant.clone();
            let matched_by = None;
            audience.push((
                member,
                Found::User {
                    tenant,
                    user,
                    matched_by,
                },
            ));
        }
    }
    Ok(audience)
}

/// An event for all, as far as a card for somebody needs it later.
pub(crate) struct ForAll<'a> {
    pub(crate) organization: &'a str,
    pub(crate) event: &'a DomainEventAccepted,
    pub(crate) card: CardKind,
    /// Until when nobody is told.
    pub(crate) send_ms: Option<i64>,
    pub(crate) expires_ms: i64,
}

/// Notes that an event for all came while the directory was being asked who these people are. Just before and just
/// after an install it is to reach the same members.
pub(crate) fn await_answers(f: &Fold<'_>, all: &ForAll<'_>) -> Sql<()> {
    let Some(tenant) = tenants::of_organization(f.db, all.organization)? else {
        return Ok(());
    };
    for user in people::not_told_yet(f.db, &tenant)? {
        let Ok(key) = UserKey::parse(&user) else { continue };
        f.db.prepare_cached(
            "INSERT OR IGNORE INTO audience_waiting (user, domain_event, notification, organization, position,
                 accepted_ms, correlation, event_type, card, subject, class, expires_ms, expiry_asked, send_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
        )?
        .execute(rusqlite::params![
            user,
            f.event.0.into_bytes(),
            Recipient::notification_id_of_all(f.event, &key).0.into_bytes(),
            all.organization,
            f.position,
            f.ms,
            f.correlation.into_bytes(),
            all.event.event_type,
            all.card.as_str(),
            all.event.subject.as_ref().map(SubjectRef::as_str),
            rank(all.event.class()),
            all.expires_ms,
            all.event.expires_at.is_some(),
            all.send_ms,
        ])?;
    }
    Ok(())
}

/// The directory told who a person is: a member gets what came for all meanwhile, as if it had been known, but for what ran
/// out by then, which left them out; of anybody else it is forgotten.
pub(crate) fn answered(f: &Fold<'_>, user: &str, is: Option<(&str, &MatchedBy)>) -> Sql<()> {
    if people::answered_at(f.db, user)?.is_none() {
        return Ok(());
    }
    if let Some((member, matched_by)) = is {
        f.db.run(
            "DELETE FROM left_out WHERE member = ?2
               AND domain_event IN (SELECT domain_event FROM audience_waiting WHERE user = ?1 AND expires_ms > ?3)",
            (user, member, f.ms),
        )?;
        f.db.run(
            "INSERT OR IGNORE INTO notifications (id, organization, tenant, user, member, matched_by, domain_event,
                 domain_position, correlation, event_type, card, subject, class, state, reason, due_ms,
                 state_position, state_ms, created_position, created_ms, expires_ms, expiry_asked, send_ms)
             SELECT notification, organization, substr(user, 1, instr(user, '/') - 1), user, ?2, ?3, domain_event,
                 position, correlation, event_type, card, subject, class, iif(send_ms > ?5, 'deferred', 'resolved'),
                 iif(send_ms > ?5, 'scheduled', NULL), iif(send_ms > ?5, send_ms, NULL), ?4, ?5, position, accepted_ms,
                 expires_ms, expiry_asked, send_ms
             FROM audience_waiting WHERE user = ?1 AND expires_ms > ?5",
            (user, member, name_of(matched_by), f.position, f.ms),
        )?;
    }
    f.db.run("DELETE FROM audience_waiting WHERE user = ?1", [user])
        .map(drop)
}

/// Notes a member whom an event for all does not reach.
pub(crate) fn left_out(f: &Fold<'_>, member: Option<&str>, reason: UnroutableReason) -> Sql<()> {
    let Some(member) = member else { return Ok(()) };
    f.db.run(
        "INSERT OR IGNORE INTO left_out (domain_event, member, reason) VALUES (?1, ?2, ?3)",
        (f.event.0.into_bytes(), member, reason.as_str()),
    )
    .map(drop)
}

/// How many members an event for all did not reach, by reason.
pub(crate) fn count_left_out(db: &Connection, event: EventId) -> Sql<BTreeMap<UnroutableReason, u64>> {
    let counts: Vec<(UnroutableReason, i64)> = db.all(
        "SELECT reason, count(*) AS members FROM left_out WHERE domain_event = ?1 GROUP BY reason",
        [event.0.into_bytes()],
        |row| Ok((stored(row, "reason")?, row.get("members")?)),
    )?;
    let counts = counts.into_iter();
    Ok(counts
        .map(|(reason, members)| (reason, members.try_into().unwrap_or(0)))
        .collect())
}
