//! Links between Teams users and members: those that are there, those that should be or should not be there any more,
//! and what an administrator said. The evidence decides in `identity.rs`; the router has the person's actor record
//! the change, and folding that event settles it.

use events::tenant::{LinkDecision, MemberLinkDecided};
use events::user::{MatchedBy, MemberUnlinked, ProfileCause, UnlinkReason};
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

/// The user who was a member until the member or the user left; nobody where the link was wrong, or is in doubt.
pub(crate) fn held_by(db: &Connection, organization: &str, member: &str) -> Sql<Option<String>> {
    db.first(
        "SELECT user FROM bindings WHERE organization = ?1 AND member = ?2 AND held = 1",
        (organization, member),
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

/// The member of whom nobody can tell whether a person still is.
pub(crate) fn doubted(db: &Connection, organization: &str, user: &str) -> Sql<Option<String>> {
    let sql = "SELECT member FROM doubts WHERE user = ?1 AND organization = ?2";
    db.first(sql, (user, organization), |row| row.get(0))
}

/// The people of whom nobody can tell whether they still are a member.
pub(crate) fn doubted_as(db: &Connection, organization: &str, member: &str) -> Sql<Vec<String>> {
    db.all(
        "SELECT user FROM doubts INDEXED BY doubts_by_member WHERE organization = ?1 AND member = ?2 ORDER BY user",
        (organization, member),
        |row| row.get(0),
    )
}

/// A link ended, for good or since the evidence disagrees.
pub(crate) fn doubt(f: &Fold<'_>, user: &str, event: &MemberUnlinked) -> Sql<()> {
    let organization = event.organization_id.as_str();
    if matches!(
        event.reason,
        Some(UnlinkReason::MemberRemoved | UnlinkReason::Guest)
    ) {
        f.db.run(
            "UPDATE bindings SET held = 1 WHERE organization = ?1 AND user = ?2
               AND member = (SELECT member FROM links WHERE user = ?2 AND organization = ?1)",
            (organization, user),
        )?;
    }
    match &event.member_id {
        Some(member) if event.reason == Some(UnlinkReason::Conflict) => {
            f.db.run(
                "INSERT OR REPLACE INTO doubts (user, organization, member) VALUES (?1, ?2, ?3)",
                (user, organization, member.as_str()),
            )
            .map(drop)
        }
        Some(_) | None => certain(f, user, organization),
    }
}

/// Nobody doubts any more who a person is.
pub(crate) fn certain(f: &Fold<'_>, user: &str, organization: &str) -> Sql<()> {
    let sql = "DELETE FROM doubts WHERE user = ?1 AND organization = ?2";
    f.db.run(sql, (user, organization)).map(drop)
}

/// A person was erased: nothing is doubted of nobody.
pub(crate) fn erased(f: &Fold<'_>, user: &str) -> Sql<()> {
    f.db.run("DELETE FROM doubts WHERE user = ?1", [user]).map(drop)
}

/// The link that a person should have.
pub(crate) struct Wanted<'a> {
    /// The member whom they are linked to.
    pub(crate) linked: Option<&'a str>,
    /// The member whom they should be linked to, and what shows it.
    pub(crate) member: Option<(&'a str, MatchedBy)>,
    /// Why the link that is there ends, or why the one that ended in doubt ended for good.
    pub(crate) why: Option<UnlinkReason>,
}

/// Notes which link a person should have, where it is not the one that they have, or where that is in doubt no longer.
pub(crate) fn want(f: &Fold<'_>, organization: &str, user: &str, wanted: Wanted<'_>) -> Sql<()> {
    let Wanted {
        linked,
        member: wanted,
        why,
    } = wanted;
    let ends_doubt = linked.is_none() && wanted.is_none() && why.is_some();
    if wanted.as_ref().map(|(member, _)| *member) == linked && !ends_doubt {
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
        "INSERT INTO link_look_ups (user, because, cause, position) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT DO UPDATE SET because = ?2, cause = ?3, position = ?4 WHERE because <> ?5",
        (
            user,
            name_of(&ProfileCause::AddressShared),
            f.event.0.into_bytes(),
            f.position,
            name_of(&ProfileCause::ChatShared),
        ),
    )
    .map(drop)
}

/// Notes of everybody who has this chat that somebody else has it too: their actors are told that it is nobody's.
pub(crate) fn chat_shared(f: &Fold<'_>, chat: &str) -> Sql<()> {
    f.db.run(
        "INSERT OR REPLACE INTO link_look_ups (user, because, cause, position)
         SELECT user, ?2, ?3, ?4 FROM people INDEXED BY people_by_chat
         WHERE conversation = ?1 AND erased = 0 AND installed = 1",
        (
            chat,
            name_of(&ProfileCause::ChatShared),
            f.event.0.into_bytes(),
            f.position,
        ),
    )
    .map(drop)
}

/// A person's chat is nobody else's, or no address any more.
pub(crate) fn chat_unshared(f: &Fold<'_>, user: &str) -> Sql<()> {
    f.db.run(
        "DELETE FROM link_look_ups WHERE user = ?1 AND because = ?2",
        (user, name_of(&ProfileCause::ChatShared)),
    )
    .map(drop)
}

/// The person's actor was told to have them looked up. That somebody else shows their address it is told all the same.
pub(crate) fn directory_asked(f: &Fold<'_>, user: &str, because: Option<ProfileCause>) -> Sql<()> {
    f.db.run(
        "DELETE FROM link_look_ups WHERE user = ?1 AND (because NOT IN (?2, ?4) OR because = ?3)",
        (
            user,
            name_of(&ProfileCause::AddressShared),
            because.as_ref().map(name_of),
            name_of(&ProfileCause::ChatShared),
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
    f.db.run(
        "DELETE FROM link_look_ups WHERE user = ?1 AND because <> ?2",
        (user, name_of(&ProfileCause::ChatShared)),
    )
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
