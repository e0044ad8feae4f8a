//! Who a recipient is in Teams, by the order of evidence:
//!
//! 1. the object id that Chronus gave for the member;
//! 2. the word of an administrator, which links a member or says that it is nobody;
//! 3. the member's address as member events told it, by what the directory tells of who has it;
//! 4. the same for an address that only a card's recipient told.
//!
//! What an address alone shows is believed with care. Before a member is linked, for the first time or to another person, the
//! directory must have answered after the newest word about the address. A member who was linked to one person goes to another by an address only
//! after a member event that is newer than the day when the address came to that other person; where a member event told
//! an address that nobody else ever had, once that person has had it for a day. One person is one member
//! of an organization: of several who lead to the same person the stronger evidence counts, then the link that is
//! there; otherwise nobody is meant until it is settled. Members of whom only cards told, with the same address, do not
//! contradict each other: their cards go to whoever has the address, who is linked to one of them.

use std::collections::BTreeSet;

use events::outbound::UnroutableReason;
use events::user::{MatchedBy, MemberRole};
use rusqlite::Connection;

use crate::database::{Sql, Statements as _, stored_opt};
use crate::email_mapping::{self, Match};
use crate::links::Decided;
use crate::members::{self, Member};
use crate::{links, people, tenants};

/// Members with one address that are looked at. Of more, all but the one who is linked are in conflict anyway.
pub(crate) const MOST_CLAIMANTS: i64 = 64;

/// Within this time the directory follows what Chronus says of somebody who left, and Chronus says of somebody that they left: until
/// then either may show the address of them still, though it is somebody else's.
const FOLLOWS_WITHIN_MS: i64 = 24 * 3_600_000;

/// Whether an address is another member's by what the directory shows.
enum TakenOver {
    No,
    /// It was somebody's who left, and the directory has had no time to follow.
    Waits,
    Yes,
}

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

/// Looks for a recipient. While the tenant is switched off the directory is not asked, so that nobody is found says nothing
/// of the recipient.
pub(crate) fn search(db: &Connection, organization: &str, named: Named<'_>) -> Sql<Found> {
    use UnroutableReason::{AppMissing, Checking, NoMapping};
    let found = evidence(db, organization, named)?;
    if !matches!(found.reason(), Some(Checking | NoMapping | AppMissing)) {
        return Ok(found);
    }
    Ok(match tenants::of_organization(db, organization)? {
        Some(tenant) if !tenants::is_enabled(db, &tenant)? => Found::Nobody(UnroutableReason::TenantOff),
        Some(_) | None => found,
    })
}

/// What the evidence says of a recipient, whether or not anybody can be asked at present.
pub(crate) fn evidence(db: &Connection, organization: &str, named: Named<'_>) -> Sql<Found> {
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
pub(crate) struct Here<'a> {
    pub(crate) db: &'a Connection,
    pub(crate) organization: &'a str,
    pub(crate) tenant: &'a str,
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

    pub(crate) fn of_member(&self, member: &Member) -> Sql<Found> {
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

    /// Whom a member's own evidence is about, whatever other members say.
    pub(crate) fn claimed(&self, member: &Member) -> Sql<Option<String>> {
        Ok(match self.claim(member)? {
            Claim::Person { user, .. } => Some(user),
            Claim::Nobody(_) => None,
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
        let (user, kind, since, since_ms) = match email_mapping::lead(self.db, self.tenant, lookup)? {
            Match::Nobody(reason) => return Ok(Claim::Nobody(reason)),
            Match::User {
                user,
                kind,
                since,
                since_ms,
            } => (user, kind, since, since_ms),
        };
        let bound = links::bound_to(self.db, self.organization, member.id.as_str())?;
        let bound = bound.filter(|bound| self.is_of_tenant(bound));
        let mut unproven = false;
        if bound.as_deref() != Some(user.as_str()) {
            // Somebody else had the address before: only a newer word of Chronus tells that it is this person's now. One that
            // nobody ever had leads to whoever comes with it and is nobody else, as for a member who is new. But where the directory does not show
            // any more whom the member was, they may have left, and the address be somebody's who is new: Chronus has a day to
            // say so.
            let is_older = member.is_told_before(since, since_ms);
            let changed_hands = !member.address_told
                || email_mapping::was_anothers(self.db, self.tenant, lookup, &user)?
                || self.is_another_member(member, &user)?;
            if bound.is_some() && is_older && changed_hands {
                return Ok(Claim::Nobody(UnroutableReason::Conflict));
            }
            if let Some(bound) = bound.as_deref().filter(|_| is_older)
                && !self.is_shown_after(bound, since)?
                && !self.is_shown_a_day_after(&user, member.claim_ms.max(since_ms))?
            {
                return Ok(Claim::Nobody(UnroutableReason::Checking));
            }
            match self.taken_over(member, bound.as_deref(), &user, since)? {
                TakenOver::No => {}
                TakenOver::Waits => return Ok(Claim::Nobody(UnroutableReason::Checking)),
                TakenOver::Yes => return Ok(Claim::Nobody(UnroutableReason::Conflict)),
            }
            let answered = people::answered_at(self.db, &user)?;
            // What Chronus says again may be that two people are back where they were, and the directory was read in between.
            let newest = member
                .told_position
                .unwrap_or_default()
                .max(member.claim_position);
            unproven = answered.is_none_or(|answered| answered < newest);
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

    /// Whether Chronus gives a member an address by which the directory still shows the person of another member, whom
    /// Chronus took it from or removed: one of the two runs ahead of the other, so the address says nothing until the
    /// directory follows. It follows when it shows the address of somebody anew after that. Of whoever left, it may also tell
    /// the same for a day: then they are there still, under another id.
    fn taken_over(&self, member: &Member, bound: Option<&str>, user: &str, since: i64) -> Sql<TakenOver> {
        for former in links::bound_members(self.db, self.organization, user)? {
            let Some(former) = members::find(self.db, self.organization, &former)? else {
                continue;
            };
            if former.id == member.id {
                continue;
            }
            if former.removed {
                // Whoever is new may be the one who was removed, under another id. Whoever was somebody else, whom the
                // directory still shows, is not.
                let is_somebody_else = match bound {
                    Some(bound) => !email_mapping::lookups_of(self.db, bound)?.is_empty(),
                    None => false,
                };
                if is_somebody_else && member.told_position.is_none_or(|told| since < told) {
                    return Ok(TakenOver::Yes);
                }
                let left_ms = former.removed_ms.unwrap_or_default().max(member.claim_ms);
                let is_told_since = self.is_shown_a_day_after(user, left_ms)?;
                if !is_told_since && since < member.claim_position {
                    return Ok(TakenOver::Waits);
                }
                continue;
            }
            let id = former.id.as_str();
            let is_settled =
                former.object_id.is_some() || links::decision(self.db, self.organization, id)?.is_some();
            let moved = former.lookup.is_some() && former.lookup != member.lookup;
            if moved && !is_settled && since < former.claim_position {
                return Ok(TakenOver::Yes);
            }
        }
        Ok(TakenOver::No)
    }

    /// Whom a member was, where they may have left since the address that the member has now came with somebody else: the
    /// directory is asked whether they are there still.
    pub(crate) fn perhaps_left(&self, member: &Member) -> Sql<Option<String>> {
        let Some(lookup) = member.lookup.as_ref().filter(|_| !member.removed) else {
            return Ok(None);
        };
        let Match::User {
            user,
            since,
            since_ms,
            ..
        } = email_mapping::lead(self.db, self.tenant, lookup.as_str())?
        else {
            return Ok(None);
        };
        let bound = links::bound_to(self.db, self.organization, member.id.as_str())?;
        let bound = bound.filter(|bound| *bound != user && self.is_of_tenant(bound));
        let Some(bound) = bound.filter(|_| member.is_told_before(since, since_ms)) else {
            return Ok(None);
        };
        // Of whom it does not tell any more it is asked now and then anyway.
        let is_known_since = people::answered_at(self.db, &bound)?.is_some_and(|answered| answered >= since);
        let is_to_be_asked = !is_known_since && email_mapping::is_shown(self.db, &bound)?;
        Ok(is_to_be_asked.then_some(bound))
    }

    /// Whether a person was another member last, whom Chronus has not removed: then an address that comes with them may be that
    /// member's from now on, and Chronus has not said so yet.
    fn is_another_member(&self, member: &Member, user: &str) -> Sql<bool> {
        for other in links::bound_members(self.db, self.organization, user)? {
            let known = members::find(self.db, self.organization, &other)?;
            if known.is_some_and(|known| known.id != member.id && !known.removed) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether the directory showed somebody with an address of their own after this place in the log, and not otherwise since.
    fn is_shown_after(&self, user: &str, position: i64) -> Sql<bool> {
        let answered = people::answered_at(self.db, user)?;
        Ok(answered.is_some_and(|answered| answered >= position) && email_mapping::is_shown(self.db, user)?)
    }

    /// Whether the directory was asked about a person again once Chronus and it had had the time to follow what happened then.
    fn is_shown_a_day_after(&self, user: &str, then_ms: i64) -> Sql<bool> {
        let answered = people::answered_ms(self.db, user)?;
        Ok(answered.is_some_and(|answered| answered >= then_ms.saturating_add(FOLLOWS_WITHIN_MS)))
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
    pub(crate) fn claimants(&self, user: &str) -> Sql<Vec<Member>> {
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
