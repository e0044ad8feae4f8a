//! The fold of what was onboarded while the service runs.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, Utc};
use events::outbound::{LinkCodeMade, OrganizationRegistered, OrganizationSettingsChanged, TenantLinked};
use events::{OrganizationId, OutboundEvent, TenantId};
use uuid::Uuid;

/// Wrong tries after which a code holds no longer.
pub const MOST_TRIES: usize = 5;

/// What the configuration names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Configured {
    /// Each of its organizations with its tenant.
    pub tenants: HashMap<OrganizationId, TenantId>,
}

impl Configured {
    /// Whose a tenant is by the configuration.
    pub fn owner(&self, tenant: &TenantId) -> Option<&OrganizationId> {
        let mut all = self.tenants.iter();
        all.find(|(_, own)| *own == tenant)
            .map(|(organization, _)| organization)
    }
}

/// A code that was made, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkCode {
    /// What was recorded.
    pub made: LinkCodeMade,
    /// When.
    pub made_at: DateTime<Utc>,
    /// Wrong tries, by the activities that brought them.
    pub tries: HashSet<Uuid>,
    /// The tenant that was linked by it.
    pub used_by: Option<TenantId>,
}

/// How a code stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeState {
    /// Whoever types it links their tenant.
    Open,
    /// Its time ran out.
    Expired,
    /// It was typed wrongly too often.
    Spent,
    /// A tenant was linked by it.
    Used,
}

impl CodeState {
    /// The word in answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Expired => "expired",
            Self::Spent => "spent",
            Self::Used => "used",
        }
    }
}

impl LinkCode {
    /// How it stands at `now`.
    pub fn state(&self, now: DateTime<Utc>) -> CodeState {
        if self.used_by.is_some() {
            CodeState::Used
        } else if self.tries.len() >= MOST_TRIES {
            CodeState::Spent
        } else if self.made.expires_at <= now {
            CodeState::Expired
        } else {
            CodeState::Open
        }
    }
}

/// The fold.
#[derive(Debug, Clone, Default)]
pub struct OnboardingState {
    pub(super) registered: BTreeMap<OrganizationId, (OrganizationRegistered, DateTime<Utc>)>,
    /// The newest code of each organization.
    pub(super) codes: HashMap<OrganizationId, LinkCode>,
    /// Every code that was ever made.
    pub(super) code_ids: HashSet<Uuid>,
    links: HashMap<TenantId, (TenantLinked, DateTime<Utc>)>,
    /// Tenants that were linked once and are not now, with the organization that they were linked to last.
    ended: HashMap<TenantId, OrganizationId>,
    settings: HashMap<OrganizationId, OrganizationSettingsChanged>,
}

impl OnboardingState {
    /// Folds one event of the stream; what is about other things changes nothing.
    pub fn apply(&mut self, event: &OutboundEvent, time: DateTime<Utc>) {
        if let OutboundEvent::OrganizationRegistered(e) = event {
            let id = e.organization_id.clone();
            self.registered.entry(id).or_insert_with(|| (e.clone(), time));
        } else if let OutboundEvent::LinkCodeMade(e) = event {
            self.code_ids.insert(e.code_id);
            let code = LinkCode {
                made: e.clone(),
                made_at: time,
                tries: HashSet::new(),
                used_by: None,
            };
            self.codes.insert(e.organization_id.clone(), code);
        } else if let OutboundEvent::LinkCodeTried(e) = event {
            if let Some(code) = self
                .codes
                .values_mut()
                .find(|code| code.made.code_id == e.code_id)
            {
                code.tries.insert(e.try_id);
            }
        } else if let OutboundEvent::TenantLinked(e) = event {
            let code = self.codes.get_mut(&e.organization_id);
            if let Some(code) = code.filter(|code| Some(code.made.code_id) == e.code_id) {
                code.used_by = Some(e.tenant_id.clone());
            }
            self.ended.remove(&e.tenant_id);
            self.links.insert(e.tenant_id.clone(), (e.clone(), time));
        } else if let OutboundEvent::OrganizationSettingsChanged(e) = event {
            self.settings.insert(e.organization_id.clone(), e.clone());
        } else if let OutboundEvent::TenantUnlinked(e) = event
            && let Some((link, _)) = self.links.remove(&e.tenant_id)
        {
            self.ended.insert(e.tenant_id.clone(), link.organization_id);
        }
    }

    /// What was recorded of an organization, and when.
    pub fn registered(
        &self,
        organization: &OrganizationId,
    ) -> Option<&(OrganizationRegistered, DateTime<Utc>)> {
        self.registered.get(organization)
    }

    /// Every organization that was registered, by id.
    pub fn organizations(&self) -> impl Iterator<Item = &(OrganizationRegistered, DateTime<Utc>)> {
        self.registered.values()
    }

    /// The tenants that were linked at run time and are not the configuration's, with their organizations.
    pub fn links<'s>(
        &'s self,
        configured: &'s Configured,
    ) -> impl Iterator<Item = (&'s TenantId, &'s OrganizationId)> {
        let all = self.links.iter();
        let own = all.filter(|(tenant, (link, _))| {
            configured.owner(tenant).is_none() && !configured.tenants.contains_key(&link.organization_id)
        });
        own.map(|(tenant, (link, _))| (tenant, &link.organization_id))
    }

    /// Tenants that were linked at run time to organizations for which the configuration names another tenant since.
    pub fn overruled<'s>(
        &'s self,
        configured: &'s Configured,
    ) -> impl Iterator<Item = (&'s TenantId, &'s OrganizationId)> {
        let all = self.links.iter();
        let own = all.filter(|(tenant, (link, _))| {
            let named = configured.tenants.get(&link.organization_id);
            configured.owner(tenant).is_none() && named.is_some_and(|named| named != *tenant)
        });
        own.map(|(tenant, (link, _))| (tenant, &link.organization_id))
    }

    /// Tenants that were linked at run time once and are not now, with whose they were.
    pub fn ended(&self) -> impl Iterator<Item = (&TenantId, &OrganizationId)> {
        self.ended.iter()
    }

    /// What was set for all people of an organization.
    pub fn settings_of(&self, organization: &OrganizationId) -> Option<&OrganizationSettingsChanged> {
        self.settings.get(organization)
    }

    /// The same of every organization.
    pub fn settings(&self) -> impl Iterator<Item = &OrganizationSettingsChanged> {
        self.settings.values()
    }

    /// The link of an organization, and since when it holds.
    pub fn link_of(&self, organization: &OrganizationId) -> Option<&(TenantLinked, DateTime<Utc>)> {
        let mut all = self.links.values();
        all.find(|(link, _)| link.organization_id == *organization)
    }

    /// The newest code of an organization.
    pub fn code_of(&self, organization: &OrganizationId) -> Option<&LinkCode> {
        self.codes.get(organization)
    }

    /// The code whose first letters these are.
    pub fn code_by_selector(&self, selector: &str) -> Option<&LinkCode> {
        let mut all = self.codes.values();
        all.find(|code| code.made.selector == selector)
    }

    /// Whose a tenant is by the configuration or by what was linked.
    pub fn owner<'s>(&'s self, configured: &'s Configured, tenant: &TenantId) -> Option<&'s OrganizationId> {
        let linked = || self.links.get(tenant).map(|(link, _)| &link.organization_id);
        configured.owner(tenant).or_else(linked)
    }
}
