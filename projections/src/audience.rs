//! Whom `all` means: every present member of an organization with what the evidence says of who that is in Teams. The
//! count before sending and the sending itself both ask here.

use std::collections::BTreeMap;

use events::EventId;
use events::outbound::UnroutableReason;
use rusqlite::Connection;

use crate::database::{Sql, Statements as _, stored};
use crate::fold::Fold;
use crate::identity::{self, Found, Named};
use crate::{people, tenants};

/// Each present member, in the order of their ids, then people who are linked without being a known member.
pub(crate) fn of(db: &Connection, organization: &str) -> Sql<Vec<(Option<String>, Found)>> {
    let members: Vec<String> = db.all(
        "SELECT member FROM members WHERE organization = ?1 AND removed = 0 ORDER BY member",
        [organization],
        |row| row.get(0),
    )?;
    let mut audience = Vec::with_capacity(members.len());
    for member in members {
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
