//! What is to be done and the read models behind the ports of the `actors` crate, cut down to what this node is to do. Translates
//! errors and decides nothing.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock};

use actors::intake::{AcceptedIndex, Ingested};
use actors::partition::{Ownership, Partition};
use actors::ports::{
    DueWork, HeldCard, Invitation, InvitationFigures, Invitations, KnownChats, LinkRoute, LookUpRoute,
    LostMessage, Most, Outbox, PendingResponse, PendingResponses, PortError, Progress, Route, Routing,
    StoppedCard, SubjectRoute, TenantDue, TenantSwitches, TenantsDue, Unreached, Unroutable, Work,
};
use chrono::{DateTime, TimeDelta, Utc};
use events::organization::OrderKey;
use events::user::Source;
use events::{ConversationId, EventId, OrganizationId, Position, SubjectRef, TenantId, UserKey};
use futures_util::future::BoxFuture;
use projections::{Accepted, ReadModels, Rebuilding, WorkList};
use tokio::sync::watch;

use crate::client_defaults::ClientDefaults;

/// Old profiles in a window of the work list: they are read one by one anyway.
const AGED_AT_ONCE: usize = 2;

/// What is to be done as the actors see it, cut down to what this node is to do.
#[derive(Debug, Clone)]
pub struct WorkLists {
    work: WorkList,
    models: ReadModels,
    ownership: Arc<dyn Ownership>,
    profile_max_age: TimeDelta,
    defaults: ClientDefaults,
    ages: Arc<RwLock<Option<Ages>>>,
}

/// When the first profile of each tenant gets too old, as of the newest look at all tenants. Lanes look several times a
/// second and ask for old profiles only where there are any.
type Ages = HashMap<TenantId, DateTime<Utc>>;

impl WorkLists {
    /// What is in `work`, and the questions about it to `models`, for a node that does what `ownership` gives it. Profiles
    /// older than `profile_max_age` are to be read again.
    pub fn new(
        work: WorkList,
        models: ReadModels,
        ownership: Arc<dyn Ownership>,
        profile_max_age: TimeDelta,
    ) -> Self {
        Self {
            work,
            models,
            ownership,
            profile_max_age,
            defaults: ClientDefaults::default(),
            ages: Arc::default(),
        }
    }

    /// The same, with what organizations say of all their people.
    #[must_use]
    pub fn with_client_defaults(mut self, defaults: ClientDefaults) -> Self {
        self.defaults = defaults;
        self
    }

    /// What Chronus gave for the person, and for the rest what the organization says.
    fn with_organization(&self, mut route: Route) -> Route {
        let Source::DomainEvent { organization_id, .. } = &route.source else {
            return route;
        };
        route.most_a_day = self.defaults.most_a_day(organization_id);
        if let Some(defaults) = self.defaults.of(organization_id) {
            let given = &mut route.client_defaults;
            given.locale = given.locale.take().or(defaults.locale);
            given.timezone = given.timezone.take().or(defaults.timezone);
        }
        route
    }

    fn completed(&self, routes: Result<Vec<Route>, Rebuilding>) -> Result<Vec<Route>, Rebuilding> {
        let completed = |routes: Vec<Route>| {
            let routes = routes.into_iter();
            routes.map(|route| self.with_organization(route)).collect()
        };
        routes.map(completed)
    }

    /// For each tenant when the first of its profiles gets too old.
    async fn profiles_age(&self) -> Result<Ages, PortError> {
        let oldest = self.models.oldest_profiles().await;
        let oldest = oldest.map_err(failed("looking for old profiles"))?;
        let ages = oldest
            .into_iter()
            .map(|(tenant, told)| (tenant, told + self.profile_max_age));
        let ages: Ages = ages.collect();
        *self.ages.write().unwrap_or_else(PoisonError::into_inner) = Some(ages.clone());
        Ok(ages)
    }

    /// Whether a tenant had profiles that are too old by `now`, when all tenants were looked at last.
    fn has_aged(&self, tenant: &TenantId, now: DateTime<Utc>) -> bool {
        let ages = self.ages.read().unwrap_or_else(PoisonError::into_inner);
        let first = ages.as_ref().map(|ages| ages.get(tenant));
        first.is_none_or(|first| first.is_some_and(|first| *first <= now))
    }

    /// Profiles that are too old, as the last things to do where there is room for more.
    async fn aged(
        &self,
        tenant: TenantId,
        now: DateTime<Utc>,
        mut busy: HashSet<UserKey>,
        due: &[DueWork],
        limit: usize,
    ) -> Result<Vec<DueWork>, PortError> {
        let room = limit.saturating_sub(due.len()).min(AGED_AT_ONCE);
        if room == 0 || !self.has_aged(&tenant, now) {
            return Ok(Vec::new());
        }
        busy.extend(due.iter().map(|due| due.user.clone()));
        let aged = self
            .models
            .aged_profiles(tenant, now - self.profile_max_age, busy, room)
            .await;
        let aged = aged.map_err(failed("listing old profiles"))?;
        Ok(aged
            .into_iter()
            .map(|user| DueWork {
                user,
                work: Work::AgedProfile,
                position: Position::START,
                attempted: false,
            })
            .collect())
    }

    fn serves_tenant(&self, tenant: &TenantId) -> bool {
        self.ownership.serves(Partition::of_tenant(tenant))
    }

    /// Organizations whose work other nodes do. One that no tenant is linked to is nobody's in particular: each node may
    /// record that its recipients were never found, and the log keeps it once.
    async fn elsewhere(&self) -> Result<Vec<OrganizationId>, PortError> {
        if self.ownership.is_sole() {
            return Ok(Vec::new());
        }
        let tenants = self.models.tenants().await.map_err(failed("listing tenants"))?;
        let organizations = tenants.into_iter().filter_map(|tenant| tenant.organization_id);
        let elsewhere = organizations
            .filter(|organization| !self.ownership.serves(Partition::of_organization(organization)));
        Ok(elsewhere.collect())
    }
}

fn failed<E: std::error::Error + Send + Sync + 'static>(action: &'static str) -> impl FnOnce(E) -> PortError {
    move |error| PortError {
        action,
        source: Box::new(error),
    }
}

/// What is known without asking anybody.
fn known<T: Send + 'static>(
    answer: Result<T, Rebuilding>,
    action: &'static str,
) -> BoxFuture<'static, Result<T, PortError>> {
    Box::pin(std::future::ready(answer.map_err(failed(action))))
}

impl Progress for WorkLists {
    fn folded(&self) -> watch::Receiver<Position> {
        self.work.folded()
    }
}

impl TenantSwitches for WorkLists {
    fn is_off(&self, tenant: &TenantId) -> bool {
        self.work.is_off(tenant)
    }
}

impl KnownChats for WorkLists {
    fn others(
        &self,
        but: UserKey,
        conversation: ConversationId,
    ) -> BoxFuture<'_, Result<Option<UserKey>, PortError>> {
        Box::pin(async move {
            let owner = self.models.owner_of_chat(but, conversation).await;
            owner.map_err(failed("looking up whose chat it is"))
        })
    }
}

/// Which domain events were accepted, by the rows.
#[derive(Debug, Clone)]
pub struct AcceptedRows(pub ReadModels);

impl Progress for AcceptedRows {
    fn folded(&self) -> watch::Receiver<Position> {
        self.0.folded()
    }
}

impl AcceptedIndex for AcceptedRows {
    fn find(&self, ids: Vec<EventId>) -> BoxFuture<'_, Result<HashMap<EventId, Ingested>, PortError>> {
        Box::pin(async move {
            let accepted = self.0.accepted(ids).await;
            let accepted = accepted.map_err(failed("looking up accepted events"))?;
            Ok(accepted
                .into_iter()
                .map(|(id, row)| (id, ingested(row)))
                .collect())
        })
    }

    fn newest(
        &self,
        organization: OrganizationId,
        keys: Vec<OrderKey>,
    ) -> BoxFuture<'_, Result<HashMap<OrderKey, DateTime<Utc>>, PortError>> {
        Box::pin(async move {
            let newest = self.0.newest_times(organization, keys).await;
            newest.map_err(failed("looking up when the newest events happened"))
        })
    }
}

fn ingested(row: Accepted) -> Ingested {
    Ingested {
        position: row.position,
        accepted_at: row.accepted_at,
        superseded: row.superseded,
    }
}

impl Routing for WorkLists {
    fn resolved(&self, limit: usize) -> BoxFuture<'_, Result<Vec<Route>, PortError>> {
        let routes = self.work.resolved(limit, |tenant| self.serves_tenant(tenant));
        known(self.completed(routes), "listing resolved recipients")
    }

    fn timed(&self, now: DateTime<Utc>, limit: usize) -> BoxFuture<'_, Result<Vec<Route>, PortError>> {
        let routes = self.work.timed(now, limit, |tenant| self.serves_tenant(tenant));
        known(self.completed(routes), "listing recipients whose time has come")
    }

    fn links(&self, limit: usize) -> BoxFuture<'_, Result<Vec<LinkRoute>, PortError>> {
        let links = self.work.links(limit, |tenant| self.serves_tenant(tenant));
        known(links, "listing links that changed")
    }

    fn look_ups(&self, limit: usize) -> BoxFuture<'_, Result<Vec<LookUpRoute>, PortError>> {
        let look_ups = self.work.look_ups(limit, |tenant| self.serves_tenant(tenant));
        known(look_ups, "listing people to look up")
    }

    fn subject_changes(&self, limit: usize) -> BoxFuture<'_, Result<Vec<SubjectRoute>, PortError>> {
        let changes = self
            .work
            .subject_changes(limit, |tenant| self.serves_tenant(tenant));
        known(changes, "listing subjects that changed")
    }

    fn lost_messages(&self, limit: usize) -> BoxFuture<'_, Result<Vec<LostMessage>, PortError>> {
        let lost = self
            .work
            .lost_messages(limit, |tenant| self.serves_tenant(tenant));
        known(lost, "listing what could not be handed over")
    }

    fn held(&self, limit: usize) -> BoxFuture<'_, Result<Vec<HeldCard>, PortError>> {
        let held = self.work.held(limit, |tenant| self.serves_tenant(tenant));
        known(held, "listing cards in tenants that are off")
    }

    fn stopped(&self, limit: usize) -> BoxFuture<'_, Result<Vec<StoppedCard>, PortError>> {
        Box::pin(async move {
            let action = "listing cards of parts that are off";
            if !self.work.is_stopped().map_err(failed(action))? {
                return Ok(Vec::new());
            }
            let mut stopped = self.models.stopped(limit).await.map_err(failed(action))?;
            stopped.retain(|card| self.serves_tenant(&card.user.tenant_id));
            Ok(stopped)
        })
    }

    fn unroutable(
        &self,
        now: DateTime<Utc>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<Unroutable>, PortError>> {
        Box::pin(async move {
            let action = "listing recipients never found";
            if !self.work.runs_out(now).map_err(failed(action))? {
                return Ok(Vec::new());
            }
            let out = self.elsewhere().await?;
            let listed = self.models.unroutable(out, now, limit).await;
            listed.map_err(failed(action))
        })
    }

    fn unreached(
        &self,
        since: DateTime<Utc>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<Unreached>, PortError>> {
        Box::pin(async move {
            let action = "listing recipients not found so far";
            if !self.work.is_unreached(since).map_err(failed(action))? {
                return Ok(Vec::new());
            }
            let out = self.elsewhere().await?;
            let listed = self.models.unreached(out, since, limit).await;
            listed.map_err(failed(action))
        })
    }
}

impl Outbox for WorkLists {
    fn tenants(&self, changed_after: Option<Position>) -> BoxFuture<'_, Result<TenantsDue, PortError>> {
        Box::pin(async move {
            let changed = self.work.tenants(changed_after);
            let changed = changed.map_err(failed("listing tenants with work"))?;
            // Ages grow with time and not with events, so they are looked at with all tenants.
            let mut due = match changed_after {
                Some(_) => HashMap::new(),
                None => self.profiles_age().await?,
            };
            for TenantDue { tenant_id, due_at } in changed.tenants {
                let first = due.entry(tenant_id).or_insert(due_at);
                *first = due_at.min(*first);
            }
            let here = due.into_iter().filter(|(tenant, _)| self.serves_tenant(tenant));
            let mut tenants: Vec<TenantDue> = here
                .map(|(tenant_id, due_at)| TenantDue { tenant_id, due_at })
                .collect();
            tenants.sort_by(|one, other| (one.due_at, &one.tenant_id).cmp(&(other.due_at, &other.tenant_id)));
            Ok(TenantsDue {
                tenants,
                position: changed.position,
            })
        })
    }

    fn due(
        &self,
        tenant: TenantId,
        now: DateTime<Utc>,
        busy: HashSet<UserKey>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<DueWork>, PortError>> {
        Box::pin(async move {
            if !self.serves_tenant(&tenant) {
                return Ok(Vec::new());
            }
            let due = self.work.due(&tenant, now, &busy, limit);
            let mut due = due.map_err(failed("listing due work"))?;
            due.extend(self.aged(tenant, now, busy, &due, limit).await?);
            Ok(due)
        })
    }
}

impl PendingResponses for WorkLists {
    fn due(
        &self,
        now: DateTime<Utc>,
        given_up: DateTime<Utc>,
        but: HashSet<OrganizationId>,
        most: Most,
    ) -> BoxFuture<'_, Result<Vec<PendingResponse>, PortError>> {
        let out = |organization: &OrganizationId| {
            but.contains(organization) || !self.ownership.serves(Partition::of_organization(organization))
        };
        known(
            self.work.answers(now, given_up, most, out),
            "listing answers to hand over",
        )
    }
}

impl Invitations for WorkLists {
    fn open(&self, since: DateTime<Utc>) -> BoxFuture<'_, Result<Vec<Invitation>, PortError>> {
        Box::pin(async move {
            let open = self.models.invitations(since).await;
            open.map_err(failed("listing invitations"))
        })
    }

    fn figures(
        &self,
        organization: OrganizationId,
        event: SubjectRef,
    ) -> BoxFuture<'_, Result<InvitationFigures, PortError>> {
        Box::pin(async move {
            let figures = self.models.invitation_figures(organization, event).await;
            figures.map_err(failed("counting whom an invitation reached"))
        })
    }
}
