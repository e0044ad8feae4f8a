//! Links between Teams users and members: those that are there, those that should be or should not be there any more,
//! and what an administrator said. The evidence decides in `identity.rs`; the router has the person's actor record
//! the change, and folding that event settles it.

use events::tenant::{LinkDecision, MemberLinkDecided};
use events::user::{MatchedBy, ProfileCause, UnlinkReason};
use events::{TenantId, UserKey};
use rusqlite::Connection;

use crate::database::{Sql, Statements as _, name_of, stored_opt};
use crate::fold::Fold;
use crate::touched::{Again, Touched};

/// The member that a user is linked to.
pub(crate) fn member_of(db: &Connection, organization: &str, user: &str) -> Sql<Option<String>> {
    db.first(
        "SELECT member FROM links WHERE user = ?1 AND organization = ?2",
        (user, organization),
        |row| row.get(0),
    )
    .map(Option::flatten)
}

/// The users that are linked to a member.
pub(crate) fn users_of(db: &Connection, organization: &str, member: &str) -> Sql<Vec<String>> {
    db.all(
        "SELECT user FROM links INDEXED BY links_by_member WHERE organization = ?1 AND member = ?2 ORDER BY user",
        (organization, member),
        |row| row.get(0),
    )
}

/// The user to whom a member was linked last, whether the link is still there or not.
pub(crate) fn bound_to(db: &Connection, organization: &str, member: &str) -> Sql<Option<String>> {
    db.first(
        "SELECT user FROM bindings WHERE organization = ?1 AND member = ?2",
        (organization, member),
        |row| row.get(0),
    )
}

/// The members who were linked to a user last, whether the link is still there or not.
pub(crate) fn bound_members(db: &Connection, organization: &str, user: &str) -> Sql<Vec<String>> {
    db.all(
        "SELECT member FROM bindings INDEXED BY bindings_by_user
         WHERE organization = ?1 AND user = ?2 ORDER BY member",
        (organization, user),
        |row| row.get(0),
    )
}

/// A link was recorded: the member stays bound to this person, also after the link ends.
pub(crate) fn bind(f: &Fold<'_>, organization: &str, member: &str, user: &str) -> Sql<()> {
    f.db.run(
        "INSERT OR REPLACE INTO bindings (organization, member, user) VALUES (?1, ?2, ?3)",
        (organization, member, user),
    )
    .map(drop)
}

/// What an administrator said of a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decided {
    /// The member is this person.
    Person(UserKey),
    /// The member is nobody in the tenant.
    Nobody,
}

/// What an administrator said of a member.
pub(crate) fn decision(db: &Connection, organization: &str, member: &str) -> Sql<Option<Decided>> {
    db.first(
        "SELECT user FROM member_decisions WHERE organization = ?1 AND member = ?2",
        (organization, member),
        |row| Ok(stored_opt(row, "user")?.map_or(Decided::Nobody, Decided::Person)),
    )
}

/// The members of whom an administrator said that they are this person.
pub(crate) fn decided_for(db: &Connection, organization: &str, user: &str) -> Sql<Vec<String>> {
    db.all(
        "SELECT member FROM member_decisions INDEXED BY member_decisions_by_user
         WHERE organization = ?1 AND user = ?2 ORDER BY member",
        (organization, user),
        |row| row.get(0),
    )
}

/// Takes in an administrator's word.
pub(crate) fn decide(f: &Fold<'_>, tenant: &TenantId, event: &MemberLinkDecided) -> Sql<Again> {
    let (organization, member) = (event.organization_id.as_str(), event.member_id.as_str());
    let mut touched = Touched::member(member);
    if let Some(Decided::Person(before)) = decision(f.db, organization, member)? {
        touched.users.insert(before.to_string());
    }
    touched.users.extend(users_of(f.db, organization, member)?);
    let user = match &event.decision {
        LinkDecision::Linked { aad_object_id } => {
            Some(UserKey::new(tenant.clone(), aad_object_id.clone()).to_string())
        }
        LinkDecision::Unlinked | LinkDecision::Automatic => None,
    };
    if event.decision == LinkDecision::Automatic {
        f.db.run(
            "DELETE FROM member_decisions WHERE organization = ?1 AND member = ?2",
            (organization, member),
        )?;
    } else {
        f.db.run(
            "INSERT OR REPLACE INTO member_decisions (organization, member, user, position) VALUES (?1, ?2, ?3, ?4)",
            (organization, member, user, f.position),
        )?;
    }
    Ok(Again::of(organization, touched))
}

/// Notes which link a person should have, where it is not the one that they have.
pub(crate) fn want(
    f: &Fold<'_>,
    organization: &str,
    user: &str,
    linked: Option<&str>,
    wanted: Option<(&str, MatchedBy)>,
    why: Option<UnlinkReason>,
) -> Sql<()> {
    if wanted.as_ref().map(|(member, _)| *member) == linked {
        return f
            .db
            .run(
                "DELETE FROM link_changes WHERE user = ?1 AND organization = ?2",
                (user, organization),
            )
            .map(drop);
    }
    let (member, matched_by) = wanted.unzip();
    f.db.run(
        "INSERT INTO link_changes (user, organization, member, matched_by, why, cause, correlation, position)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
         ON CONFLICT DO UPDATE SET member = ?3, matched_by = ?4, why = ?5, cause = ?6, correlation = ?7, position = ?8
         WHERE member IS NOT ?3 OR matched_by IS NOT ?4 OR why IS NOT ?5",
        (
            user,
            organization,
            member,
            matched_by.as_ref().map(name_of),
            why.as_ref().map(name_of),
            f.event.0.into_bytes(),
            f.correlation.into_bytes(),
            f.position,
        ),
    )
    .map(drop)
}

/// Notes that the directory is to be asked who a person is, before they are linked.
pub(crate) fn ask_directory(f: &Fold<'_>, user: &str) -> Sql<()> {
    f.db.run(
        "INSERT OR IGNORE INTO link_look_ups (user, because, cause, position)
         SELECT ?1, ?4, ?2, ?3 WHERE NOT EXISTS (SELECT 1 FROM people WHERE user = ?1 AND profile = 'requested')",
        (
            user,
            f.event.0.into_bytes(),
            f.position,
            name_of(&ProfileCause::Linked),
        ),
    )
    .map(drop)
}

/// Notes that somebody else shows a person's address: the person's actor is told, so that nothing private leaves for
/// them before the directory answered, however long that takes.
pub(crate) fn contest(f: &Fold<'_>, user: &str) -> Sql<()> {
    f.db.run(
        "INSERT OR REPLACE INTO link_look_ups (user, because, cause, position) VALUES (?1, ?2, ?3, ?4)",
        (
            user,
            name_of(&ProfileCause::AddressShared),
            f.event.0.into_bytes(),
            f.position,
        ),
    )
    .map(drop)
}

/// The person's actor was told to have them looked up. That somebody else shows their address it is told all the same.
pub(crate) fn directory_asked(f: &Fold<'_>, user: &str, because: Option<ProfileCause>) -> Sql<()> {
    f.db.run(
        "DELETE FROM link_look_ups WHERE user = ?1 AND (because <> ?2 OR because = ?3)",
        (
            user,
            name_of(&ProfileCause::AddressShared),
            because.as_ref().map(name_of),
        ),
    )
    .map(drop)
}

/// The directory's word is that it does not tell of the person: whoever else shows their address has it.
pub(crate) fn uncontested(f: &Fold<'_>, user: &str) -> Sql<()> {
    f.db.run(
        "DELETE FROM link_look_ups WHERE user = ?1 AND because = ?2",
        (user, name_of(&ProfileCause::AddressShared)),
    )
    .map(drop)
}

/// The directory answered, or there is nobody to ask about.
pub(crate) fn directory_answered(f: &Fold<'_>, user: &str) -> Sql<()> {
    f.db.run("DELETE FROM link_look_ups WHERE user = ?1", [user])
        .map(drop)
}

/// A link was recorded or ended: what was noted about it is done, unless the evidence says something else yet.
pub(crate) fn settled(f: &Fold<'_>, user: &str, organization: &str) -> Sql<()> {
    f.db.run(
        "DELETE FROM link_changes WHERE user = ?1 AND organization = ?2",
        (user, organization),
    )
    .map(drop)
}
