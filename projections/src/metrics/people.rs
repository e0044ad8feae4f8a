//! How each person stands, folded from the log: installed, linked, connected, paused, disconnected, blocked, erased.

use std::collections::BTreeSet;
use std::sync::Arc;

use events::user::{Identity, Presence, Reachability, Settings};
use events::{Event, OrganizationId, Recorded, TenantEvent, TenantId, UserEvent, UserKey};

use serde::{Deserialize, Serialize};

use super::kept::Kept;
use super::ledger::{Row, shared};
use super::state_file::StateFile;

/// Something that is so of a person. Several may be so at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Standing {
    /// The app is there.
    Installed,
    /// The person is a member of an organization.
    Linked,
    /// The app is there, and the person wants notifications.
    Connected,
    /// The person wants nothing for a while. A pause that ends by its time ends here with the event that says so.
    Paused,
    /// The app is there, and the person wants no notifications.
    Disconnected,
    /// The person blocked the bot.
    Blocked,
    /// The tenant's administrator disabled the app.
    DisabledByAdmin,
    /// The person had the app and has it no longer.
    Uninstalled,
    /// The person's keys are destroyed. What they did before still counts.
    Erased,
}

impl Standing {
    /// Every standing, in the order in which reports list them.
    pub const ALL: [Self; 9] = [
        Self::Installed,
        Self::Linked,
        Self::Connected,
        Self::Paused,
        Self::Disconnected,
        Self::Blocked,
        Self::DisabledByAdmin,
        Self::Uninstalled,
        Self::Erased,
    ];

    /// Its word in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Installed => "installed",
            Self::Linked => "linked",
            Self::Connected => "connected",
            Self::Paused => "paused",
            Self::Disconnected => "disconnected",
            Self::Blocked => "blocked",
            Self::DisabledByAdmin => "disabled_by_admin",
            Self::Uninstalled => "uninstalled",
            Self::Erased => "erased",
        }
    }
}

#[expect(
    clippy::struct_excessive_bools,
    reason = "each is so or not, whatever the others are"
)]
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Person {
    #[serde(with = "shared")]
    row: Arc<Row>,
    seen_installed: bool,
    installed: bool,
    linked: bool,
    disconnected: bool,
    paused: bool,
    reachability: Option<Reachability>,
    erased: bool,
}

impl Person {
    fn standings(&self) -> BTreeSet<Standing> {
        use Standing as S;
        let here = self.installed && !self.erased;
        let all = [
            (S::Installed, here),
            (S::Linked, self.linked && !self.erased),
            (S::Connected, here && !self.disconnected),
            (S::Paused, here && self.paused),
            (S::Disconnected, here && self.disconnected),
            (
                S::Blocked,
                here && self.reachability == Some(Reachability::Blocked),
            ),
            (
                S::DisabledByAdmin,
                here && self.reachability == Some(Reachability::DisabledByAdmin),
            ),
            (
                S::Uninstalled,
                self.seen_installed && !self.installed && !self.erased,
            ),
            (S::Erased, self.erased),
        ];
        all.into_iter()
            .filter(|(_, is)| *is)
            .map(|(standing, _)| standing)
            .collect()
    }
}

/// What one event changed about one person.
#[derive(Debug, Clone)]
pub struct PersonStep {
    /// What the person was counted as.
    pub before: Arc<Row>,
    /// What was so.
    pub were: BTreeSet<Standing>,
    /// What the person is counted as.
    pub row: Arc<Row>,
    /// What is so.
    pub are: BTreeSet<Standing>,
}

/// Every person of the log so far, and whose the tenants are.
#[derive(Debug)]
pub struct People {
    people: Kept<UserKey, Person>,
    tenants: Kept<TenantId, OrganizationId>,
    of_tenant: Kept<TenantId, Vec<UserKey>>,
}

impl Default for People {
    fn default() -> Self {
        Self {
            people: Kept::new("people"),
            tenants: Kept::new("tenants"),
            of_tenant: Kept::new("of_tenant"),
        }
    }
}

impl People {
    pub(super) fn go_on_from(&mut self, file: &StateFile) {
        self.people.go_on_from(file);
        self.tenants.go_on_from(file);
        self.of_tenant.go_on_from(file);
    }

    pub(super) fn settle(&mut self) {
        self.people.settle();
        self.tenants.settle();
        self.of_tenant.settle();
    }

    fn new_row(&self, user: &UserKey) -> Arc<Row> {
        Arc::new(Row {
            id: user.to_string(),
            organization: self.tenants.get(&user.tenant_id).cloned(),
            tenant: Some(user.tenant_id.clone()),
            program: None,
            kind: None,
            class: None,
            event_type: None,
            subject: None,
            person: user.to_string(),
            anonymous: false,
        })
    }

    /// Folds the next event; answers what it changed about whom.
    pub fn see(&mut self, recorded: &Recorded, event: &Event) -> Vec<PersonStep> {
        match event {
            Event::User(event) => {
                let user = recorded.stream.user_key();
                user.and_then(|user| self.user(&user, event))
                    .into_iter()
                    .collect()
            }
            Event::Tenant(event) => match recorded.stream.tenant_id() {
                Some(tenant) => self.tenant(&tenant, event),
                None => Vec::new(),
            },
            Event::Organization(_) | Event::Outbound(_) | Event::Lease(_) | Event::Log(_) => Vec::new(),
        }
    }

    /// A tenant's people are its organization's, also those who came before that was known.
    fn tenant(&mut self, tenant: &TenantId, event: &TenantEvent) -> Vec<PersonStep> {
        let organization = match event {
            TenantEvent::OrganizationLinked(e) => e.organization_id.clone(),
            TenantEvent::IntegrationEnabled(_)
            | TenantEvent::IntegrationDisabled(_)
            | TenantEvent::MemberLinkDecided(_)
            | TenantEvent::MemberErased(_)
            | TenantEvent::ReceiptsChosen(_)
            | TenantEvent::PartSwitchedOff(_)
            | TenantEvent::PartSwitchedOn(_)
            // What was counted stays the organization's that it was counted for.
            | TenantEvent::OrganizationUnlinked(_) => return Vec::new(),
        };
        self.tenants.insert(tenant.clone(), organization);
        self.of_tenant.need(tenant);
        let concerned = self.of_tenant.get(tenant).cloned().unwrap_or_default();
        let moved = concerned.into_iter().filter_map(|user| {
            self.people.need(&user);
            let row = self.new_row(&user);
            let person = self.people.get_mut(&user)?;
            let before = std::mem::replace(&mut person.row, Arc::clone(&row));
            let are = person.standings();
            Some(PersonStep {
                before,
                were: are.clone(),
                row,
                are,
            })
        });
        moved.collect()
    }

    fn user(&mut self, user: &UserKey, event: &UserEvent) -> Option<PersonStep> {
        self.people.need(user);
        if !self.people.contains_key(user) {
            self.tenants.need(&user.tenant_id);
            let row = self.new_row(user);
            self.of_tenant.need(&user.tenant_id);
            let of = self
                .of_tenant
                .get_or_insert_with(user.tenant_id.clone(), Vec::new);
            of.push(user.clone());
            let person = Person {
                row,
                seen_installed: false,
                installed: false,
                linked: false,
                disconnected: false,
                paused: false,
                reachability: None,
                erased: false,
            };
            self.people.insert(user.clone(), person);
        }
        let person = self.people.get_mut(user)?;
        let were = person.standings();
        match event {
            UserEvent::Presence(event) => presence(person, event),
            UserEvent::Identity(event) => identity(person, event),
            UserEvent::Settings(event) => settings(person, event),
            UserEvent::Chat(_)
            | UserEvent::Answer(_)
            | UserEvent::Queue(_)
            | UserEvent::Delivery(_)
            | UserEvent::Update(_) => return None,
        }
        let are = person.standings();
        let row = Arc::clone(&person.row);
        (were != are).then(|| PersonStep {
            before: Arc::clone(&row),
            were,
            row,
            are,
        })
    }
}

fn presence(person: &mut Person, event: &Presence) {
    match event {
        Presence::AppInstalled(_) => (person.installed, person.seen_installed) = (true, true),
        Presence::AppUninstalled(_) => person.installed = false,
        Presence::ReachabilityChanged(e) => person.reachability = Some(e.state),
        Presence::Erased(_) => person.erased = true,
        Presence::ReferenceRefreshed(_)
        | Presence::ActivityObserved(_)
        | Presence::ErasureRequested(_)
        | Presence::ClientObserved(_)
        | Presence::ClientDefaultsChanged(_) => {}
    }
}

fn identity(person: &mut Person, event: &Identity) {
    match event {
        Identity::MemberLinked(_) => person.linked = true,
        Identity::MemberUnlinked(_) => person.linked = false,
        Identity::ProfileRequested(_)
        | Identity::ProfileResolved(_)
        | Identity::ProfileConfirmed(_)
        | Identity::ProfileUnavailable(_) => {}
    }
}

fn settings(person: &mut Person, event: &Settings) {
    match event {
        Settings::Connected(_) => person.disconnected = false,
        Settings::Disconnected(_) => person.disconnected = true,
        Settings::Paused(_) => person.paused = true,
        Settings::Resumed(_) => person.paused = false,
        Settings::PreferencesChanged(_) => {}
    }
}
