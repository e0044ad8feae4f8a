//! Who a recipient is in Teams, by the order of evidence:
//!
//! 1. the object id that Chronus gave for the member;
//! 2. the word of an administrator, which links a member or says that it is nobody;
//! 3. the member's address as member events told it, by what the directory tells of who has it;
//! 4. the same for an address that only a card's recipient told.
//!
//! What an address alone shows is believed with care. Before a member is linked for the first time, the directory must
//! have answered after the address was claimed. A member who was linked to one person goes to another by an address only
//! after a member event that is newer than the day when the address came to that other person, unless a member event told
//! an address that nobody else ever had. One person is one member
//! of an organization: of several who lead to the same person the stronger evidence counts, then the link that is
//! there; otherwise nobody is meant until it is settled. Members of whom only cards told, with the same address, do not
//! contradict each other: their cards go to whoever has the address, who is linked to one of them.

use std::collections::BTreeSet;

use events::outbound::UnroutableReason;
use events::user::{MatchedBy, MemberRole};
use rusqlite::Connection;

use crate::database::{Sql, Statements as _, stored_opt};
use crate::email_mapping::{self, Match};
use crate::fold::Fold;
use crate::links::Decided;
use crate::members::{self, Member};
use crate::notifications::waiting;
use crate::{audience, links, people, tenants};

/// Members with one address that are looked at. Of more, all but the one who is linked are in conflict anyway.
pub(crate) const MOST_CLAIMANTS: i64 = 64;

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
    /// It seems to be this person; the directory is asked whether it is so.
    Checking {
        user: String,
        matched_by: MatchedBy,
        /// Without the app the directory is not told of them, and nothing would arrive.
        has_app: bool,
    },
    /// Nobody, for this reason.
    Nobody(UnroutableReason),
}

impl Found {
    /// Why nobody is meant, as yet.
    pub(crate) fn reason(&self) -> Option<UnroutableReason> {
        match self {
            Self::User { .. } => None,
            Self::Checking { has_app: true, .. } => Some(UnroutableReason::Checking),
            Self::Checking { has_app: false, .. } => Some(UnroutableReason::AppMissing),
            Self::Nobody(reason) => Some(*reason),
        }
    }
}

/// A recipient as Chronus named it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Named<'a> {
    pub(crate) member: Option<&'a str>,
    pub(crate) lookup: Option<&'a str>,
    pub(crate) object: Option<&'a str>,
}

/// How strong the evidence is that a member is a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Strength {
    /// An address that a card told.
    Card,
    /// An address that a member event told.
    MemberEvent,
    /// An administrator's word.
    Admin,
    /// An object id from Chronus.
    ObjectId,
}

/// What the evidence about one member says, whatever other members say.
enum Claim {
    Person {
        user: String,
        strength: Strength,
        matched_by: MatchedBy,
        /// The directory has to be asked before this is believed.
        unproven: bool,
    },
    Nobody(UnroutableReason),
}

/// Looks for a recipient.
pub(crate) fn search(db: &Connection, organization: &str, named: Named<'_>) -> Sql<Found> {
    let Some(tenant) = tenants::of_organization(db, organization)? else {
        return Ok(Found::Nobody(UnroutableReason::NoTenant));
    };
    let here = Here {
        db,
        organization,
        tenant: &tenant,
    };
    if let Some(member) = named.member {
        return match members::find(db, organization, member)? {
            Some(known) => here.of_member(&known),
            None => here.of_unknown(member, named),
        };
    }
    if let Some(object) = named.object {
        return here.of_object(object);
    }
    match named.lookup {
        Some(lookup) => here.of_address(lookup),
        None => Ok(Found::Nobody(UnroutableReason::UnknownMember)),
    }
}

/// An organization and its tenant.
struct Here<'a> {
    db: &'a Connection,
    organization: &'a str,
    tenant: &'a str,
}

impl Here<'_> {
    fn found(&self, user: String, matched_by: Option<MatchedBy>) -> Found {
        Found::User {
            tenant: self.tenant.to_owned(),
            user,
            matched_by,
        }
    }

    /// A member that the log says nothing of but what this question says.
    fn of_unknown(&self, member: &str, named: Named<'_>) -> Sql<Found> {
        if let Some(object) = named.object {
            return self.of_object(object);
        }
        if let Some(lookup) = named.lookup {
            return self.of_address(lookup);
        }
        let linked = people::linked_to(self.db, self.tenant, self.organization, member)?;
        Ok(
            linked.map_or(Found::Nobody(UnroutableReason::UnknownMember), |user| {
                self.found(user, None)
            }),
        )
    }

    fn of_object(&self, object: &str) -> Sql<Found> {
        let user = format!("{}/{object}", self.tenant);
        Ok(match self.refusal(&user)? {
            Some(reason) => Found::Nobody(reason),
            None => self.found(user, Some(MatchedBy::ObjectId)),
        })
    }

    /// An address without a member id: whose it is among the members, else whose it is in the directory.
    fn of_address(&self, lookup: &str) -> Sql<Found> {
        let owners = members::of_lookup(self.db, self.organization, lookup, MOST_CLAIMANTS)?;
        if let [owner] = owners.as_slice() {
            return self.of_member(owner);
        }
        let mut first_reason = None;
        for owner in &owners {
            match self.of_member(owner)? {
                Found::Nobody(reason) => first_reason = first_reason.or(Some(reason)),
                found @ (Found::User { .. } | Found::Checking { .. }) => return Ok(found),
            }
        }
        if let Some(reason) = first_reason {
            return Ok(Found::Nobody(reason));
        }
        Ok(match email_mapping::lead(self.db, self.tenant, lookup)? {
            Match::Nobody(reason) => Found::Nobody(reason),
            Match::User { user, kind, .. } => self.found(user, Some(kind)),
        })
    }

    fn of_member(&self, member: &Member) -> Sql<Found> {
        let (user, strength, matched_by, unproven) = match self.claim(member)? {
            Claim::Nobody(reason) => return Ok(Found::Nobody(reason)),
            Claim::Person {
                user,
                strength,
                matched_by,
                unproven,
            } => (user, strength, matched_by, unproven),
        };
        let linked = links::member_of(self.db, self.organization, &user)?;
        let is_linked = linked.as_deref() == Some(member.id.as_str());
        for rival in self.claimants(&user)? {
            if rival.id == member.id {
                continue;
            }
            let Claim::Person {
                user: theirs,
                strength: rivaling,
                ..
            } = self.claim(&rival)?
            else {
                continue;
            };
            // What cards alone told of two members is no contradiction: each card says whom it is for.
            let counts_less =
                rivaling < strength || rivaling == Strength::Card || (rivaling == strength && is_linked);
            if theirs == user && !counts_less {
                return Ok(Found::Nobody(UnroutableReason::Conflict));
            }
        }
        Ok(if unproven {
            let has_app = people::has_app(self.db, &user)?;
            Found::Checking {
                user,
                matched_by,
                has_app,
            }
        } else {
            self.found(user, Some(matched_by))
        })
    }

    fn claim(&self, member: &Member) -> Sql<Claim> {
        if member.removed {
            return Ok(Claim::Nobody(UnroutableReason::MemberRemoved));
        }
        if let Some(object) = &member.object_id {
            let user = format!("{}/{object}", self.tenant);
            return self.proven(user, Strength::ObjectId, MatchedBy::ObjectId);
        }
        match links::decision(self.db, self.organization, member.id.as_str())? {
            Some(Decided::Person(user)) if user.tenant_id.as_str() == self.tenant => {
                return self.proven(user.to_string(), Strength::Admin, MatchedBy::Admin);
            }
            Some(Decided::Nobody) => return Ok(Claim::Nobody(UnroutableReason::Unlinked)),
            Some(Decided::Person(_)) | None => {}
        }
        let Some(lookup) = &member.lookup else {
            let linked = people::linked_to(self.db, self.tenant, self.organization, member.id.as_str())?;
            return Ok(match linked {
                Some(user) => Claim::Person {
                    user,
                    strength: Strength::Card,
                    matched_by: MatchedBy::Email,
                    unproven: false,
                },
                None => Claim::Nobody(UnroutableReason::UnknownMember),
            });
        };
        self.by_address(member, lookup.as_str())
    }

    fn by_address(&self, member: &Member, lookup: &str) -> Sql<Claim> {
        let (user, kind, since) = match email_mapping::lead(self.db, self.tenant, lookup)? {
            Match::Nobody(reason) => return Ok(Claim::Nobody(reason)),
            Match::User { user, kind, since } => (user, kind, since),
        };
        let bound = links::bound_to(self.db, self.organization, member.id.as_str())?;
        let bound = bound.filter(|bound| self.is_of_tenant(bound));
        let mut unproven = false;
        if bound.as_deref() != Some(user.as_str()) {
            // Somebody else had the address before: only a newer word of Chronus tells that it is this person's now. One that
            // nobody ever had has not changed hands, so it leads to whoever comes with it, as for a member who is new.
            let is_older = member.told_position.is_none_or(|told| told < since);
            let changed_hands =
                !member.address_told || email_mapping::was_anothers(self.db, self.tenant, lookup, &user)?;
            if bound.is_some() && is_older && changed_hands {
                return Ok(Claim::Nobody(UnroutableReason::Conflict));
            }
            let answered = people::answered_at(self.db, &user)?;
            unproven = answered.is_none_or(|answered| answered < member.claim_position);
        }
        let strength = if member.address_told {
            Strength::MemberEvent
        } else {
            Strength::Card
        };
        Ok(Claim::Person {
            user,
            strength,
            matched_by: kind,
            unproven,
        })
    }

    fn proven(&self, user: String, strength: Strength, matched_by: MatchedBy) -> Sql<Claim> {
        Ok(match self.refusal(&user)? {
            Some(reason) => Claim::Nobody(reason),
            None => Claim::Person {
                user,
                strength,
                matched_by,
                unproven: false,
            },
        })
    }

    /// Why a person who was named outright is nobody to send to.
    fn refusal(&self, user: &str) -> Sql<Option<UnroutableReason>> {
        let sql = "SELECT role, erased FROM people WHERE user = ?1";
        let row = self.db.first(sql, [user], |row| {
            Ok((
                stored_opt::<MemberRole>(row, "role")?,
                row.get::<_, bool>("erased")?,
            ))
        })?;
        Ok(match row {
            None | Some((_, true)) => Some(UnroutableReason::NoMapping),
            Some((Some(MemberRole::Guest), false)) => Some(UnroutableReason::Guest),
            Some((_, false)) => None,
        })
    }

    fn is_of_tenant(&self, user: &str) -> bool {
        user.split_once('/')
            .is_some_and(|(tenant, _)| tenant == self.tenant)
    }

    /// Members about whom something says that they are this person.
    fn claimants(&self, user: &str) -> Sql<Vec<Member>> {
        let object = user.split_once('/').map_or("", |(_, object)| object);
        let mut found = members::of_object(self.db, self.organization, object, MOST_CLAIMANTS)?;
        for lookup in email_mapping::lookups_of(self.db, user)? {
            found.extend(members::of_lookup(
                self.db,
                self.organization,
                &lookup,
                MOST_CLAIMANTS,
            )?);
        }
        let named = links::decided_for(self.db, self.organization, user)?;
        let linked = links::member_of(self.db, self.organization, user)?;
        for member in named.into_iter().chain(linked) {
            found.extend(members::find(self.db, self.organization, &member)?);
        }
        let mut known = BTreeSet::new();
        found.retain(|member| known.insert(member.id.clone()));
        Ok(found)
    }
}

/// What an event changed: whoever is concerned is looked at again.
#[derive(Debug, Clone, Default)]
pub(crate) struct Touched {
    pub(crate) members: BTreeSet<String>,
    pub(crate) users: BTreeSet<String>,
    pub(crate) lookups: BTreeSet<String>,
    pub(crate) objects: BTreeSet<String>,
}

impl Touched {
    pub(crate) fn member(member: &str) -> Self {
        Self {
            members: BTreeSet::from([member.to_owned()]),
            ..Self::default()
        }
    }

    pub(crate) fn user(user: &str) -> Self {
        Self {
            users: BTreeSet::from([user.to_owned()]),
            ..Self::default()
        }
    }

    /// Adds those who are linked to the member.
    pub(crate) fn extend_by_links(&mut self, db: &Connection, organization: &str, member: &str) -> Sql<()> {
        self.users.extend(links::users_of(db, organization, member)?);
        Ok(())
    }
}

/// Settles again whom the evidence is about: links that should be there or not, and recipients who wait.
pub(crate) fn reconsider(f: &Fold<'_>, organization: &str, mut touched: Touched) -> Sql<()> {
    let Some(tenant) = tenants::of_organization(f.db, organization)? else {
        return waiting::reconsider(f, organization, &touched);
    };
    let here = Here {
        db: f.db,
        organization,
        tenant: &tenant,
    };
    for object in &touched.objects {
        touched.users.insert(format!("{tenant}/{object}"));
    }
    for lookup in &touched.lookups {
        touched
            .users
            .extend(email_mapping::users_with(f.db, &tenant, lookup)?);
        let owners = members::of_lookup(f.db, organization, lookup, MOST_CLAIMANTS)?;
        touched
            .members
            .extend(owners.iter().map(|owner| owner.id.to_string()));
    }
    for member in &touched.members {
        touched.users.extend(links::users_of(f.db, organization, member)?);
        if let Some(known) = members::find(f.db, organization, member)?
            && let Claim::Person { user, .. } = here.claim(&known)?
        {
            touched.users.insert(user);
        }
    }
    for user in &touched.users {
        let claimants = here.claimants(user)?;
        touched
            .members
            .extend(claimants.iter().map(|claimant| claimant.id.to_string()));
        touched.lookups.extend(email_mapping::lookups_of(f.db, user)?);
        settle(f, &here, user, &claimants)?;
    }
    for member in &touched.members {
        if let Some(known) = members::find(f.db, organization, member)? {
            let reason = here.of_member(&known)?.reason();
            members::set_reason(f, organization, member, reason)?;
        }
    }
    waiting::reconsider(f, organization, &touched)
}

/// The organization's tenant changed: every member is looked at again.
pub(crate) fn reconsider_organization(f: &Fold<'_>, organization: &str) -> Sql<()> {
    let members: Vec<String> = f.db.all(
        "SELECT member FROM members WHERE organization = ?1 ORDER BY member",
        [organization],
        |row| row.get(0),
    )?;
    for member in members {
        reconsider(f, organization, Touched::member(&member))?;
    }
    Ok(())
}

/// Notes what has to change in a person's link, and whether the directory has to be asked for that.
fn settle(f: &Fold<'_>, here: &Here<'_>, user: &str, claimants: &[Member]) -> Sql<()> {
    let linked = links::member_of(f.db, here.organization, user)?;
    let mut wanted = None;
    for claimant in claimants {
        match here.of_member(claimant)? {
            Found::User {
                user: theirs,
                matched_by: Some(matched_by),
                ..
            } if theirs == user => {
                let is_linked = linked.as_deref() == Some(claimant.id.as_str());
                if wanted.is_none() || is_linked {
                    wanted = Some((claimant.id.as_str(), matched_by));
                }
            }
            Found::Checking { user: theirs, .. } if theirs == user => links::ask_directory(f, user)?,
            Found::User { .. } | Found::Checking { .. } | Found::Nobody(_) => {}
        }
    }
    audience::answered(f, user, wanted.as_ref().map(|(member, by)| (*member, by)))?;
    let why = match (&wanted, &linked) {
        (None, Some(linked)) => Some(why_not(here, user, linked)?),
        _ => None,
    };
    links::want(f, here.organization, user, linked.as_deref(), wanted, why)
}

/// Why a member is the person no longer.
fn why_not(here: &Here<'_>, user: &str, member: &str) -> Sql<events::user::UnlinkReason> {
    use events::user::UnlinkReason;
    let Some(known) = members::find(here.db, here.organization, member)? else {
        return Ok(UnlinkReason::AddressChanged);
    };
    Ok(match here.of_member(&known)? {
        Found::User {
            user: theirs,
            matched_by,
            ..
        } if theirs != user => match matched_by {
            Some(MatchedBy::ObjectId) => UnlinkReason::ObjectIdGiven,
            Some(MatchedBy::Admin) => UnlinkReason::Admin,
            Some(MatchedBy::Email | MatchedBy::Upn) | None => UnlinkReason::AddressChanged,
        },
        Found::User { .. } | Found::Checking { .. } => UnlinkReason::AddressChanged,
        Found::Nobody(reason) => match reason {
            UnroutableReason::MemberRemoved => UnlinkReason::MemberRemoved,
            UnroutableReason::Unlinked => UnlinkReason::Admin,
            UnroutableReason::Conflict => UnlinkReason::Conflict,
            UnroutableReason::Guest => UnlinkReason::Guest,
            UnroutableReason::NoMapping
            | UnroutableReason::UnknownMember
            | UnroutableReason::NoTenant
            | UnroutableReason::Checking
            | UnroutableReason::AppMissing => UnlinkReason::AddressChanged,
        },
    })
}
