//! The reachability ledger: whom the service can reach, since when, by which evidence, and what was so before.
//!
//! A person's state is the first of these that applies: what the app's standing in the chat is (never installed,
//! uninstalled, blocked, disabled by an administrator), the person's own wish (disconnected, paused), else reachable.
//! A recipient for whom no Teams user is found has a state too, so that an audience can be counted before sending.

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, Utc};
use events::outbound::UnroutableReason;
use events::{AadObjectId, Lookup, MemberId, OrganizationId, Position, UserKey};
use rusqlite::{Connection, Row};
use serde::{Deserialize, Serialize};

use crate::database::{
    Sql, Statements as _, checkpoint, position, sql_limit, stored, stored_opt, time, time_opt,
};
use crate::identity::{self, Found, Named};
use crate::{audience, tenants};

/// Whether and why a recipient can be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// A card would be sent.
    Reachable,
    /// The address is known, and nobody with it ever had the app.
    NeverInstalled,
    /// The person blocked the bot.
    Blocked,
    /// The app was removed.
    Uninstalled,
    /// An administrator disabled the app.
    DisabledByAdmin,
    /// The person turned notifications off.
    Disconnected,
    /// The person paused notifications.
    Paused,
    /// The address belongs to a guest of the tenant.
    Guest,
    /// Chronus never told an address, or no tenant is linked.
    NoMapping,
    /// The evidence about whose address it is disagrees.
    Conflict,
    /// Chronus removed the member.
    Removed,
    /// An administrator said that the member is nobody in the tenant.
    Unlinked,
}

impl Reach {
    /// Every state.
    pub const ALL: [Self; 12] = [
        Self::Reachable,
        Self::NeverInstalled,
        Self::Blocked,
        Self::Uninstalled,
        Self::DisabledByAdmin,
        Self::Disconnected,
        Self::Paused,
        Self::Guest,
        Self::NoMapping,
        Self::Conflict,
        Self::Removed,
        Self::Unlinked,
    ];

    /// The stored name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reachable => "reachable",
            Self::NeverInstalled => "never_installed",
            Self::Blocked => "blocked",
            Self::Uninstalled => "uninstalled",
            Self::DisabledByAdmin => "disabled_by_admin",
            Self::Disconnected => "disconnected",
            Self::Paused => "paused",
            Self::Guest => "guest",
            Self::NoMapping => "no_mapping",
            Self::Conflict => "conflict",
            Self::Removed => "removed",
            Self::Unlinked => "unlinked",
        }
    }

    /// Reads a stored name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reach| reach.as_str() == name)
    }

    fn of_nobody(reason: UnroutableReason) -> Self {
        match reason {
            UnroutableReason::NoMapping | UnroutableReason::Checking => Self::NeverInstalled,
            UnroutableReason::AppMissing => Self::Uninstalled,
            UnroutableReason::MemberRemoved => Self::Removed,
            UnroutableReason::Unlinked => Self::Unlinked,
            UnroutableReason::Conflict => Self::Conflict,
            UnroutableReason::Guest => Self::Guest,
            UnroutableReason::UnknownMember
            | UnroutableReason::NoTenant
            | UnroutableReason::TenantOff
            | UnroutableReason::ProgrammeOff
            | UnroutableReason::ErgOff => Self::NoMapping,
        }
    }
}

/// A person and whether the service can reach them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reached {
    /// Who.
    pub user: UserKey,
    /// The person in Chronus, where linked and Chronus gave an id.
    pub member_id: Option<MemberId>,
    /// The state.
    pub reach: Reach,
    /// What showed it.
    pub evidence: Option<String>,
    /// Since when.
    pub since: Option<DateTime<Utc>>,
    /// The person's zone, as their own client names it.
    pub client_timezone: Option<String>,
    /// The person's zone, as Chronus or the organization names it.
    pub given_timezone: Option<String>,
}

/// One line of a person's ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerEntry {
    /// Where the event stands.
    pub position: Position,
    /// When it happened.
    pub time: DateTime<Utc>,
    /// `reachable`, `uninstalled`, `blocked`, `disabled_by_admin`, `connected`, `disconnected`, `paused`, `resumed`.
    pub state: String,
    /// What showed it.
    pub evidence: String,
}

/// An audience, counted before anything is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preflight {
    /// The position at which it was counted.
    pub position: Position,
    /// People by state, and recipients for whom there is nobody; every state is there.
    pub counts: BTreeMap<Reach, u64>,
    /// Recipients that are a person who was counted before them: one card goes to both names.
    pub repeated: u64,
}

/// A recipient as Chronus names it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Addressee {
    /// The member's id.
    pub member_id: Option<MemberId>,
    /// The lookup of the address.
    pub lookup: Option<Lookup>,
    /// The object id.
    pub aad_object_id: Option<AadObjectId>,
}

/// A person's ledger, oldest first.
pub(crate) fn ledger(db: &Connection, user: &UserKey) -> Sql<Vec<LedgerEntry>> {
    db.all(
        "SELECT * FROM reachability WHERE user = ?1 ORDER BY position",
        [user.to_string()],
        |row| {
            Ok(LedgerEntry {
                position: position(row, "position")?,
                time: time(row, "time_ms")?,
                state: row.get("state")?,
                evidence: row.get("evidence")?,
            })
        },
    )
}

/// The state of a row of `people`, in SQL, at the time that parameter `now` gives; [`Reach`] tells the order. Guests are
/// never matched, so they come before the person's wish.
fn state_at(now: &str) -> String {
    format!(
        "CASE
         WHEN people.reachability IS NULL OR people.erased = 1 THEN 'never_installed'
         WHEN people.reachability <> 'reachable' THEN people.reachability
         WHEN people.installed = 0 THEN 'uninstalled'
         WHEN people.role = 'guest' THEN 'guest'
         WHEN people.connected = 0 THEN 'disconnected'
         WHEN ifnull(people.paused_until_ms, 0) > {now} THEN 'paused'
         ELSE 'reachable' END"
    )
}

/// The people of an organization's tenant in the order of their keys, after `after`, in one state where one is asked
/// for.
pub(crate) fn list(
    db: &Connection,
    organization: &OrganizationId,
    state: Option<Reach>,
    after: Option<&UserKey>,
    now: DateTime<Utc>,
    limit: usize,
) -> Sql<Vec<Reached>> {
    let Some(tenant) = tenants::of_organization(db, organization.as_str())? else {
        return Ok(Vec::new());
    };
    let at = state_at("?6");
    let sql = format!(
        "SELECT people.user AS user, {at} AS state, people.paused_ms AS paused_ms, people.reachability_evidence AS evidence,
             people.reachability_ms AS since_ms, people.connected_ms AS connected_ms,
             people.client_timezone AS client_timezone, people.given_timezone AS given_timezone,
             (SELECT member FROM links WHERE links.user = people.user AND links.organization = ?1) AS member
         FROM people INDEXED BY people_by_tenant
         WHERE people.tenant = ?2 AND people.user > ?3 AND (?4 IS NULL OR {at} = ?4)
         ORDER BY people.user LIMIT ?5"
    );
    let after = after.map(UserKey::to_string).unwrap_or_default();
    db.all(
        &sql,
        (
            organization.as_str(),
            tenant,
            after,
            state.map(Reach::as_str),
            sql_limit(limit),
            now.timestamp_millis(),
        ),
        read,
    )
}

fn read(row: &Row<'_>) -> Sql<Reached> {
    let reach: Reach = stored(row, "state")?;
    // What the person wished says more than how the app stands in the chat.
    let wished = match reach {
        Reach::Disconnected => Some("connected_ms"),
        Reach::Paused => Some("paused_ms"),
        Reach::Reachable
        | Reach::NeverInstalled
        | Reach::Blocked
        | Reach::Uninstalled
        | Reach::DisabledByAdmin
        | Reach::Guest
        | Reach::NoMapping
        | Reach::Conflict
        | Reach::Removed
        | Reach::Unlinked => None,
    };
    Ok(Reached {
        user: stored(row, "user")?,
        member_id: stored_opt(row, "member")?,
        reach,
        evidence: match wished {
            Some(_) => Some("command".to_owned()),
            None => row.get("evidence")?,
        },
        since: time_opt(row, wished.unwrap_or("since_ms"))?,
        client_timezone: row.get("client_timezone")?,
        given_timezone: row.get("given_timezone")?,
    })
}

/// Counts an audience of named recipients. Each is counted as it would be found if it were sent to now.
pub(crate) fn preflight(
    db: &Connection,
    organization: &OrganizationId,
    whom: &[Addressee],
    now: DateTime<Utc>,
    between: impl Fn(),
) -> Sql<Preflight> {
    let mut counted = Counted::new(db, now);
    for addressee in whom {
        between();
        let named = Named {
            member: addressee.member_id.as_ref().map(MemberId::as_str),
            lookup: addressee.lookup.as_ref().map(Lookup::as_str),
            object: addressee.aad_object_id.as_ref().map(AadObjectId::as_str),
        };
        let found = identity::search(db, organization.as_str(), named)?;
        counted.add(found)?;
    }
    counted.done()
}

/// Counts everybody of an organization: the members that Chronus told of, and the linked people beside them.
pub(crate) fn preflight_all(
    db: &Connection,
    organization: &OrganizationId,
    now: DateTime<Utc>,
    between: impl Fn(),
) -> Sql<Preflight> {
    let mut counted = Counted::new(db, now);
    for (_, found) in audience::of(db, organization.as_str(), &between)? {
        between();
        counted.add(found)?;
    }
    counted.done()
}

/// Recipients, each person once, as the sending makes one card of a domain event for each.
struct Counted<'a> {
    db: &'a Connection,
    now: DateTime<Utc>,
    counts: BTreeMap<Reach, u64>,
    people: HashSet<String>,
    repeated: u64,
}

impl<'a> Counted<'a> {
    fn new(db: &'a Connection, now: DateTime<Utc>) -> Self {
        Self {
            db,
            now,
            counts: Reach::ALL.into_iter().map(|reach| (reach, 0)).collect(),
            people: HashSet::new(),
            repeated: 0,
        }
    }

    fn add(&mut self, found: Found) -> Sql<()> {
        let reach = match found {
            Found::Nobody(reason) => Reach::of_nobody(reason),
            Found::User { user, .. } | Found::Checking { user, .. } => {
                if self.people.contains(&user) {
                    self.repeated += 1;
                    return Ok(());
                }
                let reach = self.reach_of(&user)?;
                self.people.insert(user);
                reach
            }
        };
        *self.counts.entry(reach).or_default() += 1;
        Ok(())
    }

    fn reach_of(&self, user: &str) -> Sql<Reach> {
        let sql = format!("SELECT {} AS state FROM people WHERE user = ?1", state_at("?2"));
        let state = self.db.first(&sql, (user, self.now.timestamp_millis()), |row| {
            stored(row, "state")
        })?;
        Ok(state.unwrap_or(Reach::NeverInstalled))
    }

    fn done(self) -> Sql<Preflight> {
        Ok(Preflight {
            position: checkpoint(self.db)?.0,
            counts: self.counts,
            repeated: self.repeated,
        })
    }
}
