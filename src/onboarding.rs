//! Organizations and links that are made while the service runs. They stand in a stream of the log that every node follows; the
//! tenants' own streams are brought in line with it, and the bot endpoint takes the activities of whatever tenants are linked.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use actors::onboarding::{
    CodeAsk, CodeState, Configured, LinkCode as KnownCode, OnboardingRefusal, OnboardingState, Redeemed,
    Typed, decide_code, decide_link, decide_redeem, decide_register, decide_settings, decide_unlink,
};
use actors::tenant::{TenantCommand, TenantError};
use chrono::{DateTime, Utc};
use events::outbound::{
    LinkCodeMade, OrganizationRegistered, OrganizationSettingsChanged, TenantLinked, TenantUnlinked,
};
use events::user::ClientDefaultsChanged;
use events::{
    AppendError, Clock, DecodeError, Direction, EventId, EventStore, Expected, Metadata, NewEvent,
    OrganizationId, OutboundEvent, ReadError, StreamId, StreamWrite, TenantId, Vault, Version,
};
use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

use crate::client_defaults::{ClientDefaults, Known};
use crate::config::{Config, NoRandomness};
use crate::teams::served::ServedTenants;

pub mod code;
pub mod strangers;
pub mod tries;

use code::LinkCode;
use strangers::Strangers;

/// How often another node's changes are looked for.
const TICK: Duration = Duration::from_secs(1);
/// How old what is known may be when somebody of a tenant shows up that is not served.
const FRESH: Duration = Duration::from_millis(100);
/// Events read at a time.
const BATCH: usize = 1_000;
/// How often a change is decided anew because another one came first.
const TRIES: usize = 16;
/// Who a tenant's switch was set by.
const BY: &str = "onboarding";

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum OnboardingError {
    /// It may not be.
    #[error(transparent)]
    Refused(#[from] OnboardingRefusal),
    /// What stands could not be read.
    #[error("organizations and links could not be read")]
    Read(#[from] ReadError),
    /// It holds something that this release does not know.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// The change could not be recorded.
    #[error("a change of organizations or links could not be recorded")]
    Append(#[from] AppendError),
    /// The tenant's own stream could not be brought in line.
    #[error(transparent)]
    Tenant(#[from] TenantError),
    /// No code could be drawn.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
}

#[derive(Debug, Default)]
struct Folded {
    state: OnboardingState,
    version: Version,
    /// What the tenants' streams were told.
    settled: HashMap<TenantId, TenantCommand>,
    /// Where the bot endpoint looks; each has the same tenants.
    served: Vec<ServedTenants>,
}

/// See the module.
#[derive(Debug)]
pub struct Onboarding {
    store: Arc<dyn EventStore>,
    clock: Arc<dyn Clock>,
    configured: Configured,
    /// What the configuration says of all people of each organization.
    configured_defaults: HashMap<OrganizationId, ClientDefaultsChanged>,
    folded: Mutex<Folded>,
    looked: tokio::sync::Mutex<Option<tokio::time::Instant>>,
    /// Language and zone of people of whom nothing better is known.
    pub client_defaults: ClientDefaults,
    /// Tenants that no organization has.
    pub strangers: Strangers,
}

impl Onboarding {
    /// Over a log, beside what the configuration names.
    pub fn new(config: &Config, store: Arc<dyn EventStore>, clock: Arc<dyn Clock>) -> Self {
        let organizations = config.organizations.iter();
        let tenants = organizations.map(|one| (one.id.clone(), one.tenant_id.clone()));
        Self {
            store,
            clock,
            configured: Configured {
                tenants: tenants.collect(),
            },
            configured_defaults: config.client_defaults(),
            client_defaults: ClientDefaults::default(),
            folded: Mutex::default(),
            looked: tokio::sync::Mutex::default(),
            strangers: Strangers::default(),
        }
    }

    /// Has the tenants that are linked taken there from now on.
    pub fn serve_at(&self, served: ServedTenants) {
        let mut folded = self.lock();
        served.take(self.tenants(&folded.state));
        folded.served.push(served);
    }

    /// Follows the log until cancelled.
    pub async fn run(self: Arc<Self>, cancel: CancellationToken) {
        loop {
            if let Err(error) = self.refresh().await {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "organizations and links could not be looked at");
            }
            let pause = tokio::time::sleep(TICK);
            if cancel.run_until_cancelled(pause).await.is_none() {
                return;
            }
        }
    }

    /// Reads what was recorded since, brings tenants in line with it, and takes the activities of those that are linked.
    pub async fn refresh(&self) -> Result<(), OnboardingError> {
        let mut looked = self.looked.lock().await;
        loop {
            let from = self.lock().version.plus(1);
            let events = self
                .store
                .read_stream(StreamId::onboarding(), from, Direction::Forwards, BATCH)
                .await?;
            let mut folded = self.lock();
            for event in &events {
                folded.state.apply(&event.decode()?, event.metadata.time);
                folded.version = event.version;
            }
            if events.len() < BATCH {
                break;
            }
        }
        self.settle().await?;
        self.take_defaults();
        *looked = Some(tokio::time::Instant::now());
        Ok(())
    }

    fn take_defaults(&self) {
        let folded = self.lock();
        let mut organizations = self.configured_defaults.clone();
        let mut most_a_day = HashMap::new();
        for set in folded.state.settings() {
            most_a_day.extend(set.most_a_day.map(|most| (set.organization_id.clone(), most)));
            let defaults = organizations.entry(set.organization_id.clone()).or_default();
            defaults.locale = set.locale.clone().or_else(|| defaults.locale.clone());
            defaults.timezone = set.timezone.clone().or_else(|| defaults.timezone.clone());
        }
        let linked = folded.state.links(&self.configured);
        let linked = linked.map(|(tenant, of)| (tenant.clone(), of.clone()));
        let configured = self.configured.tenants.iter();
        let configured = configured.map(|(of, tenant)| (tenant.clone(), of.clone()));
        self.client_defaults.take(Known {
            organizations,
            most_a_day,
            tenants: configured.chain(linked).collect(),
        });
    }

    /// The domains that an organization's members may have; any where none are set.
    pub fn email_domains(&self, organization: &OrganizationId) -> Option<Vec<String>> {
        let folded = self.lock();
        folded.state.settings_of(organization)?.email_domains.clone()
    }

    /// Sets what holds for all people of an organization; answers whether that changed anything. It stands as the event `id`,
    /// where one is given.
    pub async fn set(
        &self,
        ask: OrganizationSettingsChanged,
        id: Option<EventId>,
    ) -> Result<bool, OnboardingError> {
        self.change(id, |state, _| {
            let changed = decide_settings(state, &self.configured, ask.clone())?;
            Ok((changed.is_some(), changed.map(OutboundEvent::from)))
        })
        .await
    }

    /// Whether a tenant is served after all: another node may have linked it a moment ago. Reads the log at most ten times a
    /// second, however many ask.
    pub async fn is_served_after_all(&self, tenant: &TenantId) -> Result<bool, OnboardingError> {
        let looked = *self.looked.lock().await;
        if looked.is_none_or(|looked| looked.elapsed() >= FRESH) {
            self.refresh().await?;
        }
        Ok(self.tenants(&self.lock().state).contains(tenant))
    }

    /// Keeps everything from the tenant's people until it is linked.
    pub async fn await_link(&self, tenant: &TenantId) -> Result<(), OnboardingError> {
        let (store, clock) = (&*self.store, &*self.clock);
        let awaited = actors::tenant::execute(store, clock, tenant, &TenantCommand::AwaitLink, BY).await;
        awaited.map(drop).map_err(OnboardingError::from)
    }

    /// Brings the tenants' own streams in line, where something changed.
    async fn settle(&self) -> Result<(), OnboardingError> {
        let commands: Vec<(TenantId, TenantCommand)> = {
            let folded = self.lock();
            let links = folded.state.links(&self.configured);
            let links = links.map(|(tenant, of)| (tenant.clone(), TenantCommand::Configure(of.clone())));
            let ended = folded
                .state
                .ended()
                .chain(folded.state.overruled(&self.configured));
            let ended = ended.filter(|(tenant, _)| self.configured.owner(tenant).is_none());
            let ended = ended.map(|(tenant, of)| (tenant.clone(), TenantCommand::Unlink(of.clone())));
            let all = links.chain(ended);
            all.filter(|(tenant, command)| folded.settled.get(tenant) != Some(command))
                .collect()
        };
        if commands.is_empty() {
            return Ok(());
        }
        for (tenant, command) in &commands {
            actors::tenant::execute(&*self.store, &*self.clock, tenant, command, BY).await?;
        }
        let mut folded = self.lock();
        folded.settled.extend(commands);
        let tenants = self.tenants(&folded.state);
        for tenant in &tenants {
            self.strangers.forget(tenant);
        }
        for served in &folded.served {
            served.take(tenants.clone());
        }
        Ok(())
    }

    fn tenants(&self, state: &OnboardingState) -> HashSet<TenantId> {
        let linked = state.links(&self.configured).map(|(tenant, _)| tenant);
        self.configured.tenants.values().chain(linked).cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, Folded> {
        self.folded.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads what is known.
    pub fn read<T>(&self, read: impl FnOnce(&OnboardingState, &Configured) -> T) -> T {
        read(&self.lock().state, &self.configured)
    }

    /// Registers an organization; answers whether it is new.
    pub async fn register(&self, ask: OrganizationRegistered) -> Result<bool, OnboardingError> {
        self.change(None, |state, _| {
            let registered = decide_register(state, &self.configured, &ask)?;
            Ok((registered.is_some(), registered.map(OutboundEvent::from)))
        })
        .await
    }

    /// Makes a code. It is shown to nobody else and at no other time.
    pub async fn make_code(
        &self,
        ask: CodeAsk,
        vault: &Vault,
    ) -> Result<(LinkCodeMade, SecretString), OnboardingError> {
        self.refresh().await?;
        let mut code = LinkCode::draw()?;
        // Two codes that hold at once begin differently.
        while self.lock().state.code_by_selector(code.selector()).is_some() {
            code = LinkCode::draw()?;
        }
        let drawn = (code.selector().to_owned(), code.proof(vault));
        let made = self
            .change(None, |state, now| {
                let drawn = (drawn.0.as_str(), drawn.1.as_str());
                let made = decide_code(state, &self.configured, &ask, drawn, now)?;
                Ok((made.clone(), Some(made.into())))
            })
            .await?;
        Ok((made, code.shown()))
    }

    /// What becomes of a code that somebody typed. `owner` is whose the tenant is by its own stream.
    pub async fn redeem(
        &self,
        (code, vault): (&LinkCode, &Vault),
        (tenant, owner): (&TenantId, Option<OrganizationId>),
        try_id: EventId,
        by: &str,
    ) -> Result<Redeemed, OnboardingError> {
        self.change(None, |state, now| {
            let known: Option<&KnownCode> = state.code_by_selector(code.selector());
            let typed = Typed {
                tenant_id: tenant.clone(),
                owner: owner.clone(),
                code_id: known.map(|known| known.made.code_id),
                is_right: known.is_some_and(|known| code.proves(&known.made.proof, vault)),
                try_id: try_id.0,
                by: by.to_owned(),
            };
            let redeemed = decide_redeem(state, &self.configured, &typed, now);
            let event = match &redeemed {
                Redeemed::Linked(linked) => Some(linked.clone().into()),
                Redeemed::Wrong(Some(tried)) => Some(tried.clone().into()),
                Redeemed::Wrong(None) | Redeemed::Before(_) | Redeemed::OthersTenant => None,
            };
            Ok((redeemed, event))
        })
        .await
    }

    /// The organization whose tenant this would be by the code, where it holds and nobody has the tenant.
    pub fn would_link(
        &self,
        (code, vault): (&LinkCode, &Vault),
        tenant: &TenantId,
        owner: Option<&OrganizationId>,
    ) -> Option<OrganizationId> {
        let folded = self.lock();
        let known = folded.state.code_by_selector(code.selector())?;
        let organization = &known.made.organization_id;
        let owner = folded.state.owner(&self.configured, tenant).or(owner);
        let free = owner.is_none_or(|owner| owner == organization);
        let open = known.state(self.clock.now()) == CodeState::Open;
        (open && free && code.proves(&known.made.proof, vault)).then(|| organization.clone())
    }

    /// Links by an operator's word; answers whether that changed anything.
    pub async fn link(&self, link: TenantLinked) -> Result<bool, OnboardingError> {
        self.change(None, |state, _| {
            let linked = decide_link(state, &self.configured, &link)?;
            Ok((linked.is_some(), linked.map(OutboundEvent::from)))
        })
        .await
    }

    /// Ends an organization's link. It stands as the event `id`, where one is given.
    pub async fn unlink(
        &self,
        organization: &OrganizationId,
        by: &str,
        reason: &str,
        id: Option<EventId>,
    ) -> Result<TenantUnlinked, OnboardingError> {
        self.change(id, |state, _| {
            let unlinked = decide_unlink(state, &self.configured, organization, by, reason)?;
            Ok((unlinked.clone(), Some(unlinked.into())))
        })
        .await
    }

    /// Decides on what stands and records it; where another node was first, once more. What is recorded holds when this answers.
    async fn change<T>(
        &self,
        id: Option<EventId>,
        decide: impl Fn(&OnboardingState, DateTime<Utc>) -> Result<(T, Option<OutboundEvent>), OnboardingRefusal>,
    ) -> Result<T, OnboardingError> {
        let mut tries = TRIES;
        loop {
            tries -= 1;
            self.refresh().await?;
            let now = self.clock.now();
            let (decided, version) = {
                let folded = self.lock();
                (decide(&folded.state, now)?, folded.version)
            };
            let (answer, Some(event)) = decided else {
                return Ok(decided.0);
            };
            match self.append(version, &event, id, now).await {
                Ok(()) => {
                    self.refresh().await?;
                    return Ok(answer);
                }
                Err(AppendError::Conflict { .. }) if tries > 0 => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    async fn append(
        &self,
        version: Version,
        event: &OutboundEvent,
        id: Option<EventId>,
        now: DateTime<Utc>,
    ) -> Result<(), AppendError> {
        let id = id.unwrap_or_else(EventId::unique);
        let metadata = Metadata {
            time: now,
            correlation_id: id.0,
            causation_id: id.0,
        };
        let write = StreamWrite {
            stream: StreamId::onboarding(),
            expected: Expected::Exactly(version),
            events: vec![NewEvent::encode(id, event, metadata)],
        };
        self.store.append(vec![write]).await.map(drop)
    }
}
