//! What follows once the evidence about somebody changed: links that should be there or not, recipients who wait, and
//! questions to the directory. Stands above the models that hold the evidence, which never call it themselves.

use events::outbound::UnroutableReason;
use events::user::{MatchedBy, UnlinkReason};

use crate::database::{Sql, Statements as _};
use crate::fold::Fold;
use crate::identity::{Found, Here, MOST_CLAIMANTS};
use crate::members::{self, Member};
use crate::notifications::waiting;
use crate::touched::{Again, Touched};
use crate::{audience, email_mapping, links, people, tenants};

/// Looks again at what folding an event touched.
pub(crate) fn again(f: &Fold<'_>, list: impl IntoIterator<Item = Again>) -> Sql<()> {
    let mut list = list.into_iter();
    list.try_for_each(|again| reconsider(f, &again.organization, again.touched))
}

/// Settles again whom the evidence is about: links that should be there or not, and recipients who wait.
fn reconsider(f: &Fold<'_>, organization: &str, mut touched: Touched) -> Sql<()> {
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
    // What is told of whom a member was counts for whoever has the member's address now.
    for user in &touched.users {
        touched
            .members
            .extend(links::bound_members(f.db, organization, user)?);
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
        // Whoever is in doubt has no link, and what is told of the member may end the doubt.
        touched
            .users
            .extend(links::doubted_as(f.db, organization, member)?);
        if let Some(known) = members::find(f.db, organization, member)? {
            touched.users.extend(here.claimed(&known)?);
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
            if let Some(user) = here.perhaps_left(&known)? {
                people::profile::wanted(f, &user)?;
            }
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
        (Some(_), _) => None,
        (None, Some(linked)) => Some(why_not(here, user, linked)?),
        (None, None) => no_longer(here, user)?,
    };
    let wanted = links::Wanted {
        linked: linked.as_deref(),
        member: wanted,
        why,
    };
    links::want(f, here.organization, user, wanted)
}

/// Why a person certainly is not the member of whom that was in doubt; `None` while it is, or where nothing was.
fn no_longer(here: &Here<'_>, user: &str) -> Sql<Option<UnlinkReason>> {
    let Some(member) = links::doubted(here.db, here.organization, user)? else {
        return Ok(None);
    };
    if let Some(known) = members::find(here.db, here.organization, &member)?
        && let Found::Checking { .. } | Found::Nobody(UnroutableReason::Checking) = here.of_member(&known)?
    {
        return Ok(None);
    }
    let why = why_not(here, user, &member)?;
    Ok(Some(why).filter(|why| *why != UnlinkReason::Conflict))
}

/// Why a member is the person no longer.
fn why_not(here: &Here<'_>, user: &str, member: &str) -> Sql<UnlinkReason> {
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
            | UnroutableReason::AppMissing
            | UnroutableReason::TenantOff
            | UnroutableReason::ProgrammeOff
            | UnroutableReason::ErgOff => UnlinkReason::AddressChanged,
        },
    })
}
