//! The rules of onboarding while the service runs: which organizations are registered, whose tenant is whose, and by which code
//! a tenant proves that it wants to be linked. Nothing here reads a clock or draws a random number.
//!
//! What the configuration names is the configuration's: its organizations and tenants are neither registered nor linked here.

use chrono::{DateTime, TimeDelta, Utc};
use events::outbound::{LinkCodeMade, LinkCodeTried, OrganizationRegistered, TenantLinked, TenantUnlinked};
use events::{OrganizationId, TenantId};
use uuid::Uuid;

mod settings;
mod state;

pub use settings::{decide_settings, is_in_domains};
pub use state::{CodeState, Configured, LinkCode, MOST_TRIES, OnboardingState};

/// The organization in whose name operators call the API; nobody else is called so.
pub const OPERATORS: &str = "operators";

/// Organizations that may be registered at run time.
const MOST_ORGANIZATIONS: usize = 10_000;
/// Longest name of an organization, in characters.
const LONGEST_NAME: usize = 100;
/// Longest id of an organization that is registered, in characters.
const LONGEST_ID: usize = 64;
/// How long a code may hold, in minutes.
const CODE_MINUTES: std::ops::RangeInclusive<u32> = 5..=1_440;

/// Why something is not done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OnboardingRefusal {
    /// The configuration's word counts.
    #[error("the configuration names this organization and its tenant; change them there")]
    Configured,
    /// Nobody registered it.
    #[error("no such organization was registered")]
    Unknown,
    /// The id.
    #[error("an organization's id has 1 to {LONGEST_ID} lower-case letters, digits, dashes or underscores")]
    Id,
    /// The name.
    #[error("an organization's name has 1 to {LONGEST_NAME} characters")]
    Name,
    /// The id stands for another organization.
    #[error("an organization with this id and another name is registered already")]
    Taken,
    /// Too many.
    #[error("{MOST_ORGANIZATIONS} organizations are registered, and no more can be")]
    TooMany,
    /// It has a tenant.
    #[error("the organization's tenant is linked already; unlink it first")]
    Linked,
    /// The tenant is another organization's.
    #[error("the tenant belongs to another organization")]
    OthersTenant,
    /// How long a code is to hold.
    #[error("valid_minutes must be 5 to 1,440")]
    Minutes,
    /// The code with this id was made before; it was shown then.
    #[error("this code was made already, and is not shown again; make another")]
    Made,
    /// A domain.
    #[error(
        "email_domains has 1 to 50 names such as acme.example, or *.acme.example for every name below it"
    )]
    Domains,
    /// The zone.
    #[error("timezone is no time zone; write one such as Europe/Berlin")]
    Timezone,
    /// The language.
    #[error("locale is no language tag; write one such as de-DE")]
    Locale,
    /// The number of cards within a day is none that could be meant.
    #[error("most_a_day must be 1 to 100, or left out for any number")]
    MostADay,
    /// It has no tenant that was linked at run time.
    #[error("no tenant is linked to the organization")]
    NotLinked,
}

/// Decides what registering an organization leads to: nothing where it stands already.
pub fn decide_register(
    state: &OnboardingState,
    configured: &Configured,
    ask: &OrganizationRegistered,
) -> Result<Option<OrganizationRegistered>, OnboardingRefusal> {
    let id = ask.organization_id.as_str();
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_');
    if id == OPERATORS || id.chars().count() > LONGEST_ID || !id.chars().all(fits) {
        return Err(OnboardingRefusal::Id);
    }
    let is_name = |name: &String| !name.trim().is_empty() && name.chars().count() <= LONGEST_NAME;
    if !ask.name.as_ref().is_none_or(is_name) {
        return Err(OnboardingRefusal::Name);
    }
    if configured.tenants.contains_key(&ask.organization_id) {
        return Err(OnboardingRefusal::Configured);
    }
    match state.registered(&ask.organization_id) {
        Some((known, _)) if known.name == ask.name => Ok(None),
        Some(_) => Err(OnboardingRefusal::Taken),
        None if state.registered.len() >= MOST_ORGANIZATIONS => Err(OnboardingRefusal::TooMany),
        None => Ok(Some(ask.clone())),
    }
}

/// What a code is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeAsk {
    /// Its id, by the caller's choice.
    pub code_id: Uuid,
    /// Whose tenant is to be linked by it.
    pub organization_id: OrganizationId,
    /// For how long it holds.
    pub valid_minutes: u32,
    /// Who asks for it.
    pub by: String,
}

fn is_served_here(
    state: &OnboardingState,
    configured: &Configured,
    organization: &OrganizationId,
) -> Result<(), OnboardingRefusal> {
    if configured.tenants.contains_key(organization) {
        return Err(OnboardingRefusal::Configured);
    }
    let known = state.registered(organization);
    known.map(drop).ok_or(OnboardingRefusal::Unknown)
}

/// Decides what asking for a code leads to. `selector` and `proof` are of the code that was drawn.
pub fn decide_code(
    state: &OnboardingState,
    configured: &Configured,
    ask: &CodeAsk,
    (selector, proof): (&str, &str),
    now: DateTime<Utc>,
) -> Result<LinkCodeMade, OnboardingRefusal> {
    is_served_here(state, configured, &ask.organization_id)?;
    if state.code_ids.contains(&ask.code_id) {
        return Err(OnboardingRefusal::Made);
    }
    if !CODE_MINUTES.contains(&ask.valid_minutes) {
        return Err(OnboardingRefusal::Minutes);
    }
    if state.link_of(&ask.organization_id).is_some() {
        return Err(OnboardingRefusal::Linked);
    }
    Ok(LinkCodeMade {
        code_id: ask.code_id,
        organization_id: ask.organization_id.clone(),
        selector: selector.to_owned(),
        proof: proof.to_owned(),
        expires_at: now + TimeDelta::minutes(i64::from(ask.valid_minutes)),
        by: ask.by.clone(),
    })
}

/// A code that was typed in a tenant's chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Typed {
    /// The tenant of whoever typed it.
    pub tenant_id: TenantId,
    /// Whose the tenant is by the log, where it was linked before.
    pub owner: Option<OrganizationId>,
    /// The code whose first letters were typed; none where there is none.
    pub code_id: Option<Uuid>,
    /// Whether the rest is right.
    pub is_right: bool,
    /// The activity that brought it.
    pub try_id: Uuid,
    /// Who typed it.
    pub by: String,
}

/// What becomes of a code that was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Redeemed {
    /// The tenant is linked.
    Linked(TenantLinked),
    /// It was linked by this code before.
    Before(OrganizationId),
    /// The code is right, and the tenant is another organization's.
    OthersTenant,
    /// The code is not one that holds; a wrong try of one that does is recorded.
    Wrong(Option<LinkCodeTried>),
}

/// Decides what typing a code leads to.
pub fn decide_redeem(
    state: &OnboardingState,
    configured: &Configured,
    typed: &Typed,
    now: DateTime<Utc>,
) -> Redeemed {
    let mut codes = state.codes.values();
    let code = codes.find(|code| Some(code.made.code_id) == typed.code_id);
    let Some(code) = code else {
        return Redeemed::Wrong(None);
    };
    let open = code.state(now) == CodeState::Open;
    if !typed.is_right {
        let tried = LinkCodeTried {
            code_id: code.made.code_id,
            tenant_id: typed.tenant_id.clone(),
            try_id: typed.try_id,
        };
        let counts = open && !code.tries.contains(&typed.try_id);
        return Redeemed::Wrong(counts.then_some(tried));
    }
    let organization = &code.made.organization_id;
    let owner = state.owner(configured, &typed.tenant_id).or(typed.owner.as_ref());
    if code.used_by.as_ref() == Some(&typed.tenant_id) && owner == Some(organization) {
        return Redeemed::Before(organization.clone());
    }
    if !open || is_served_here(state, configured, organization).is_err() {
        return Redeemed::Wrong(None);
    }
    if state.link_of(organization).is_some() {
        return Redeemed::Wrong(None);
    }
    if owner.is_some_and(|owner| owner != organization) {
        return Redeemed::OthersTenant;
    }
    Redeemed::Linked(TenantLinked {
        organization_id: organization.clone(),
        tenant_id: typed.tenant_id.clone(),
        code_id: Some(code.made.code_id),
        by: typed.by.clone(),
    })
}

/// Decides what an operator's word leads to, who needs no code: nothing where it stands so already.
pub fn decide_link(
    state: &OnboardingState,
    configured: &Configured,
    link: &TenantLinked,
) -> Result<Option<TenantLinked>, OnboardingRefusal> {
    is_served_here(state, configured, &link.organization_id)?;
    match state.owner(configured, &link.tenant_id) {
        Some(owner) if *owner == link.organization_id => return Ok(None),
        Some(_) => return Err(OnboardingRefusal::OthersTenant),
        None => {}
    }
    if state.link_of(&link.organization_id).is_some() {
        return Err(OnboardingRefusal::Linked);
    }
    Ok(Some(link.clone()))
}

/// Decides what ending an organization's link leads to.
pub fn decide_unlink(
    state: &OnboardingState,
    configured: &Configured,
    organization: &OrganizationId,
    by: &str,
    reason: &str,
) -> Result<TenantUnlinked, OnboardingRefusal> {
    is_served_here(state, configured, organization)?;
    let (link, _) = state.link_of(organization).ok_or(OnboardingRefusal::NotLinked)?;
    Ok(TenantUnlinked {
        organization_id: organization.clone(),
        tenant_id: link.tenant_id.clone(),
        by: by.to_owned(),
        reason: reason.to_owned(),
    })
}

#[cfg(test)]
mod tests;
