//! People: what is known of each Teams user: reachability with its evidence, install, connection, profile, links
//! to members, last activity. Also lists the profile look-ups for the outbox.

use chrono::{DateTime, Utc};
use events::user::{
    Chat, ConversationRef, Delivery, Identity, InstallEvidence, MatchedBy, MemberLinked, MemberRole,
    Presence, Reachability, Settings, UninstallEvidence,
};
use events::{MemberId, OrganizationId, Position, Sealed, TenantId, UserEvent, UserKey};
use rusqlite::{Connection, Row};
use serde::{Deserialize, Serialize};

use crate::database::{
    Sql, Statements as _, json_opt, name_of, position, stored, stored_opt, time, time_opt,
};
use crate::fold::Fold;
use crate::touched::{Again, Touched};
use crate::{erasure, ledger, links, tenants};

pub(crate) mod profile;

/// How far asking Teams who a person is has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProfileState {
    /// Never asked.
    None,
    /// To be asked.
    Requested,
    /// Told.
    Resolved,
    /// Teams could not tell; asked again where a look-up stands in the outbox.
    Unavailable,
}

/// A Teams user's link to a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The organization.
    pub organization_id: OrganizationId,
    /// The person in Chronus, where Chronus gave an id.
    pub member_id: Option<MemberId>,
    /// By which address.
    pub matched_by: MatchedBy,
    /// Since when.
    pub linked_at: DateTime<Utc>,
}

/// A Teams user.
#[derive(Debug, Clone, PartialEq)]
pub struct Person {
    /// Who.
    pub user: UserKey,
    /// What is known of reaching them; `None` before anything is.
    pub reachability: Option<Reachability>,
    /// What showed it.
    pub reachability_evidence: Option<String>,
    /// The event since which it is so.
    pub reachability_position: Option<Position>,
    /// When that event happened.
    pub reachability_since: Option<DateTime<Utc>>,
    /// Whether the app is installed.
    pub installed: bool,
    /// Whether the person wants notifications.
    pub connected: bool,
    /// When the person last connected or disconnected.
    pub connected_since: Option<DateTime<Utc>>,
    /// How far asking who they are has come.
    pub profile: ProfileState,
    /// Person of the tenant or guest, once told.
    pub role: Option<MemberRole>,
    /// Display name; gone after an erasure.
    pub name: Option<Sealed>,
    /// Mail address, else UPN; gone after an erasure.
    pub address: Option<Sealed>,
    /// Whether the person was erased and did not come back.
    pub erased: bool,
    /// When the person was first heard of.
    pub first_seen: DateTime<Utc>,
    /// When the person last did something in the chat.
    pub last_activity: Option<DateTime<Utc>>,
    /// The members that the person is.
    pub links: Vec<Link>,
}

/// Answers what is to be looked at again.
/// Makes the person known; answers whether nobody had heard of them before.
pub(crate) fn seen(f: &Fold<'_>, user: &UserKey) -> Sql<bool> {
    let made = f.db.run(
        "INSERT OR IGNORE INTO people (user, tenant, first_ms) VALUES (?1, ?2, ?3)",
        (user.to_string(), user.tenant_id.as_str(), f.ms),
    )?;
    Ok(made > 0)
}

/// `came` says that nobody had heard of the person before.
pub(crate) fn fold(f: &Fold<'_>, user: &UserKey, event: &UserEvent, came: bool) -> Sql<Vec<Again>> {
    let key = user.to_string();
    if is_activity(event) {
        f.db.run("UPDATE people SET active_ms = ?2 WHERE user = ?1", (&key, f.ms))?;
    }
    match event {
        UserEvent::Presence(event) => fold_presence(f, user, event, came),
        UserEvent::Identity(event) => fold_identity(f, user, event),
        UserEvent::Settings(event) => fold_settings(f, &key, event).map(|()| Vec::new()),
        UserEvent::Chat(_)
        | UserEvent::Answer(_)
        | UserEvent::Queue(_)
        | UserEvent::Delivery(_)
        | UserEvent::Update(_) => Ok(Vec::new()),
    }
}

fn fold_presence(f: &Fold<'_>, user: &UserKey, event: &Presence, came: bool) -> Sql<Vec<Again>> {
    let key = user.to_string();
    match event {
        Presence::AppInstalled(event) => {
            let back = f.db.run(
                "UPDATE people SET erased = 0, connected = 1, paused_ms = NULL, paused_until_ms = NULL
                 WHERE user = ?1 AND erased = 1",
                [&key],
            )? > 0;
            f.db.run("UPDATE people SET installed = 1 WHERE user = ?1", [&key])?;
            set_chat(f, user, &event.conversation)?;
            reach(f, &key, Reachability::Reachable, install_evidence(event.evidence))?;
            if came || back {
                // Chronus may have given the object id before anybody saw the person.
                return Ok(concerned(f, user)?.into_iter().collect());
            }
        }
        Presence::AppUninstalled(event) => {
            f.db.run("UPDATE people SET installed = 0 WHERE user = ?1", [&key])?;
            links::chat_unshared(f, &key)?;
            reach(
                f,
                &key,
                Reachability::Uninstalled,
                uninstall_evidence(event.evidence),
            )?;
        }
        Presence::ReachabilityChanged(event) => reach(f, &key, event.state, &event.evidence)?,
        Presence::ClientObserved(event) => {
            set_zone(f, &key, "client_timezone", event.timezone.as_deref())?;
        }
        Presence::ClientDefaultsChanged(event) => {
            set_zone(f, &key, "given_timezone", event.timezone.as_deref())?;
        }
        Presence::Erased(_) => return profile::erased(f, user),
        Presence::ReferenceRefreshed(event) => set_chat(f, user, &event.conversation)?,
        Presence::ActivityObserved(_) => {}
        Presence::ErasureRequested(_) => erasure::requested_by_person(f, user)?,
    }
    Ok(Vec::new())
}

fn fold_identity(f: &Fold<'_>, user: &UserKey, event: &Identity) -> Sql<Vec<Again>> {
    let again = match event {
        Identity::MemberLinked(event) => Some(link(f, &user.to_string(), event)?),
        Identity::MemberUnlinked(event) => {
            let key = user.to_string();
            links::settled(f, &key, event.organization_id.as_str())?;
            links::doubt(f, &key, event)?;
            let concerned = concerned(f, user)?;
            unlink(f, &key, event.organization_id.as_str())?.or(concerned)
        }
        Identity::ProfileRequested(event) => {
            profile::requested(f, user, event.because)?;
            None
        }
        Identity::ProfileUnavailable(event) => {
            profile::unavailable(f, user, event)?;
            None
        }
        Identity::ProfileResolved(event) => {
            profile::resolved(f, user, event)?;
            None
        }
        Identity::ProfileConfirmed(_) => {
            profile::confirmed(f, user)?;
            // It may be what a first link waits for.
            concerned(f, user)?
        }
    };
    Ok(again.into_iter().collect())
}

fn fold_settings(f: &Fold<'_>, user: &str, event: &Settings) -> Sql<()> {
    match event {
        Settings::Connected(_) => connect(f, user, true),
        Settings::Disconnected(_) => connect(f, user, false),
        Settings::Paused(event) => pause(f, user, Some(event.until), "command"),
        Settings::Resumed(event) => pause(f, user, None, &name_of(&event.by)),
        Settings::PreferencesChanged(_) => Ok(()),
    }
}

/// The person's chat. One that somebody else, of whatever tenant, was told to have at the same time is neither's.
fn set_chat(f: &Fold<'_>, user: &UserKey, chat: &ConversationRef) -> Sql<()> {
    let (key, chat) = (user.to_string(), chat.conversation_id.as_str());
    let changed = f.db.run(
        "UPDATE people SET conversation = ?2 WHERE user = ?1 AND conversation IS NOT ?2",
        (&key, chat),
    )? > 0;
    if !changed {
        return Ok(());
    }
    links::chat_unshared(f, &key)?;
    if !chat.starts_with("a:") || of_chat(f.db, user, chat)?.is_none() {
        return Ok(());
    }
    links::chat_shared(f, chat)
}

/// The person of any tenant, other than `but`, whose current chat this is.
pub(crate) fn of_chat(db: &Connection, but: &UserKey, conversation: &str) -> Sql<Option<UserKey>> {
    db.first(
        "SELECT user FROM people INDEXED BY people_by_chat
         WHERE conversation = ?1 AND user <> ?2 AND erased = 0 ORDER BY user",
        (conversation, but.to_string()),
        |row| stored(row, "user"),
    )
}

fn set_zone(f: &Fold<'_>, user: &str, column: &str, zone: Option<&str>) -> Sql<()> {
    f.db.run(
        &format!("UPDATE people SET {column} = ?2 WHERE user = ?1"),
        (user, zone),
    )
    .map(drop)
}

/// Whether the person themselves did something in the chat.
fn is_activity(event: &UserEvent) -> bool {
    match event {
        UserEvent::Presence(event) => match event {
            Presence::ReferenceRefreshed(event) => event.recovered_for.is_none(),
            Presence::AppInstalled(_) | Presence::ClientObserved(_) | Presence::ActivityObserved(_) => true,
            Presence::AppUninstalled(_)
            | Presence::ClientDefaultsChanged(_)
            | Presence::ReachabilityChanged(_)
            | Presence::ErasureRequested(_)
            | Presence::Erased(_) => false,
        },
        UserEvent::Settings(event) => match event {
            Settings::Connected(_)
            | Settings::Disconnected(_)
            | Settings::Paused(_)
            | Settings::PreferencesChanged(_) => true,
            Settings::Resumed(_) => false,
        },
        UserEvent::Chat(event) => match event {
            Chat::CommandReceived(_)
            | Chat::ActionIgnored(_)
            | Chat::SurveyStepSaved(_)
            | Chat::SurveyStepShown(_) => true,
            Chat::SubjectChanged(_) | Chat::MessageHandOverFailed(_) => false,
        },
        UserEvent::Delivery(event) => matches!(event, Delivery::Seen(_)),
        UserEvent::Answer(_) => true,
        UserEvent::Identity(_) | UserEvent::Queue(_) | UserEvent::Update(_) => false,
    }
}

/// A new state, which the ledger keeps, or newer evidence for the one that is known.
fn reach(f: &Fold<'_>, user: &str, state: Reachability, evidence: &str) -> Sql<()> {
    let known: Option<String> =
        f.db.first("SELECT reachability FROM people WHERE user = ?1", [user], |row| {
            row.get(0)
        })?
        .flatten();
    f.db.run(
        "UPDATE people SET reachability = ?2, reachability_evidence = ?3, reachability_position = ?4,
             reachability_ms = ?5
         WHERE user = ?1 AND (reachability IS NOT ?2 OR reachability_evidence IS NOT ?3)",
        (user, state.as_str(), evidence, f.position, f.ms),
    )?;
    if known.as_deref() == Some(state.as_str()) {
        return Ok(());
    }
    ledger::enter(f, user, state.as_str(), evidence)
}

fn install_evidence(evidence: InstallEvidence) -> &'static str {
    match evidence {
        InstallEvidence::InstallationUpdate => "installation_update",
        InstallEvidence::ConversationUpdate => "conversation_update",
        InstallEvidence::Activity => "activity",
    }
}

fn uninstall_evidence(evidence: UninstallEvidence) -> &'static str {
    match evidence {
        UninstallEvidence::InstallationUpdate => "installation_update",
        UninstallEvidence::MembersRemoved => "members_removed",
        UninstallEvidence::Refusal => "refusal",
    }
}

fn connect(f: &Fold<'_>, user: &str, connected: bool) -> Sql<()> {
    f.db.run(
        "UPDATE people SET connected = ?2, connected_ms = ?3 WHERE user = ?1",
        (user, connected, f.ms),
    )?;
    let state = if connected { "connected" } else { "disconnected" };
    ledger::enter(f, user, state, "command")
}

/// A pause ends by itself at its time, or before by a word of the person's.
fn pause(f: &Fold<'_>, user: &str, until: Option<DateTime<Utc>>, evidence: &str) -> Sql<()> {
    f.db.run(
        "UPDATE people SET paused_ms = ?2, paused_until_ms = ?3 WHERE user = ?1",
        (
            user,
            until.map(|_| f.ms),
            until.map(|until| until.timestamp_millis()),
        ),
    )?;
    let state = if until.is_some() { "paused" } else { "resumed" };
    ledger::enter(f, user, state, evidence)
}

fn link(f: &Fold<'_>, user: &str, event: &MemberLinked) -> Sql<Again> {
    let organization = event.organization_id.as_str();
    let mut touched = Touched::user(user);
    touched.members.extend(take_link(f, user, organization)?);
    let member = event.member_id.as_ref().map(MemberId::as_str);
    f.db.run(
        "INSERT INTO links (user, organization, member, matched_by, position, linked_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        (
            user,
            organization,
            member,
            name_of(&event.matched_by),
            f.position,
            f.ms,
        ),
    )?;
    if let Some(member) = member {
        links::bind(f, organization, member, user)?;
    }
    links::settled(f, user, organization)?;
    links::certain(f, user, organization)?;
    touched.members.extend(member.map(str::to_owned));
    Ok(Again::of(organization, touched))
}

/// Takes a link away; answers the member that it led to.
fn take_link(f: &Fold<'_>, user: &str, organization: &str) -> Sql<Option<String>> {
    f.db.first(
        "DELETE FROM links WHERE user = ?1 AND organization = ?2 RETURNING member",
        (user, organization),
        |row| row.get(0),
    )
    .map(Option::flatten)
}

/// Ends a link; a member whom two users had may now lead to the other one.
fn unlink(f: &Fold<'_>, user: &str, organization: &str) -> Sql<Option<Again>> {
    let Some(member) = take_link(f, user, organization)? else {
        return Ok(None);
    };
    let mut touched = Touched::user(user);
    touched.members.insert(member);
    Ok(Some(Again::of(organization, touched)))
}

/// Whom the evidence about a person is about is to be looked at again.
fn concerned(f: &Fold<'_>, user: &UserKey) -> Sql<Option<Again>> {
    let organization = tenants::organization_of(f.db, user.tenant_id.as_str())?;
    Ok(organization.map(|organization| Again::of(&organization, Touched::user(&user.to_string()))))
}

/// Whether a person has the app, as far as is known.
pub(crate) fn has_app(db: &Connection, user: &str) -> Sql<bool> {
    let installed = db.first("SELECT installed FROM people WHERE user = ?1", [user], |row| {
        row.get(0)
    })?;
    Ok(installed.unwrap_or(false))
}

/// People of a tenant with the app of whom the directory is being asked, and never told anything yet.
pub(crate) fn not_told_yet(db: &Connection, tenant: &str) -> Sql<Vec<String>> {
    db.all(
        "SELECT user FROM people INDEXED BY people_by_tenant
         WHERE tenant = ?1 AND installed = 1 AND erased = 0 AND answered_position IS NULL AND profile_position IS NOT NULL
         ORDER BY user",
        [tenant],
        |row| row.get(0),
    )
}

/// Where the directory's newest answer about a person stands.
pub(crate) fn answered_at(db: &Connection, user: &str) -> Sql<Option<i64>> {
    db.first(
        "SELECT answered_position FROM people WHERE user = ?1",
        [user],
        |row| row.get(0),
    )
    .map(Option::flatten)
}

/// When the directory told last who a person is.
pub(crate) fn answered_ms(db: &Connection, user: &str) -> Sql<Option<i64>> {
    let sql = "SELECT answered_ms FROM people WHERE user = ?1";
    db.first(sql, [user], |row| row.get(0)).map(Option::flatten)
}

/// The one user linked to a member in the organization's tenant, while the member is not removed.
pub(crate) fn linked_to(
    db: &Connection,
    tenant: &str,
    organization: &str,
    member: &str,
) -> Sql<Option<String>> {
    let mut users: Vec<String> = db.all(
        "SELECT links.user FROM links JOIN people USING (user)
         WHERE links.organization = ?1 AND links.member = ?2 AND people.tenant = ?3 AND people.erased = 0
           AND NOT EXISTS (SELECT 1 FROM members WHERE organization = ?1 AND member = ?2 AND removed = 1)
         LIMIT 2",
        (organization, member, tenant),
        |row| row.get(0),
    )?;
    Ok(if users.len() == 1 { users.pop() } else { None })
}

/// The users linked to no member that has a row: linked by an address alone, or by a name of long ago.
pub(crate) fn linked_beside_members(
    db: &Connection,
    organization: &str,
) -> Sql<Vec<(String, Option<String>)>> {
    db.all(
        "SELECT links.user, links.member FROM links JOIN people USING (user)
         WHERE links.organization = ?1 AND people.erased = 0
           AND NOT EXISTS (SELECT 1 FROM members
                           WHERE members.organization = ?1 AND members.member = links.member)
         ORDER BY links.user",
        [organization],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

/// One person.
pub(crate) fn find(db: &Connection, user: &UserKey) -> Sql<Option<Person>> {
    let person = db.first("SELECT * FROM people WHERE user = ?1", [user.to_string()], read)?;
    person.map(|person| with_links(db, person)).transpose()
}

/// The people of a tenant, in the order of their keys, after `after`.
pub(crate) fn of_tenant(
    db: &Connection,
    tenant: &TenantId,
    after: Option<&UserKey>,
    limit: usize,
) -> Sql<Vec<Person>> {
    let after = after.map(UserKey::to_string).unwrap_or_default();
    let people = db.all(
        "SELECT * FROM people WHERE tenant = ?1 AND user > ?2 ORDER BY user LIMIT ?3",
        (tenant.as_str(), after, i64::try_from(limit).unwrap_or(i64::MAX)),
        read,
    )?;
    people.into_iter().map(|person| with_links(db, person)).collect()
}

fn with_links(db: &Connection, mut person: Person) -> Sql<Person> {
    person.links = db.all(
        "SELECT * FROM links WHERE user = ?1 ORDER BY organization",
        [person.user.to_string()],
        |row| {
            Ok(Link {
                organization_id: stored(row, "organization")?,
                member_id: stored_opt(row, "member")?,
                matched_by: stored(row, "matched_by")?,
                linked_at: time(row, "linked_ms")?,
            })
        },
    )?;
    Ok(person)
}

fn read(row: &Row<'_>) -> Sql<Person> {
    let known: Option<i64> = row.get("reachability_position")?;
    Ok(Person {
        user: stored(row, "user")?,
        reachability: stored_opt(row, "reachability")?,
        reachability_evidence: row.get("reachability_evidence")?,
        reachability_position: known
            .map(|_| position(row, "reachability_position"))
            .transpose()?,
        reachability_since: time_opt(row, "reachability_ms")?,
        installed: row.get("installed")?,
        connected: row.get("connected")?,
        connected_since: time_opt(row, "connected_ms")?,
        profile: stored(row, "profile")?,
        role: stored_opt(row, "role")?,
        name: json_opt(row, "name")?,
        address: json_opt(row, "address")?,
        erased: row.get("erased")?,
        first_seen: time(row, "first_ms")?,
        last_activity: time_opt(row, "active_ms")?,
        links: Vec::new(),
    })
}
