//! The read models behind the ports of the `actors` crate. Translates rows and errors and decides nothing.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock};

use actors::intake::{AcceptedIndex, Ingested};
use actors::partition::{Ownership, Partition};
use actors::ports::{
    DueWork, HeldCard, KnownChats, LinkRoute, LookUpRoute, LostMessage, Most, Outbox, PendingResponse,
    PendingResponses, PortError, Progress, ReceiverStanding, Route, RouteLink, Routing, SubjectRoute,
    TenantDue, TenantSwitches, TenantsDue, Unreached, Unroutable, Work,
};
use chrono::{DateTime, TimeDelta, Utc};
use events::organization::OrderKey;
use events::user::{ClientDefaultsChanged, Source};
use events::{ConversationId, EventId, OrganizationId, Position, TenantId, UserKey};
use futures_util::future::BoxFuture;
use projections::links::{LinkChange, LookUp};
use projections::responses::{Due, DueLimits, Lost};
use projections::subject_changes::SubjectChange;
use projections::{Accepted, QueryError, ReadModels, notifications};
use tokio::sync::watch;

/// Old profiles in a window of the work list: they are read one by one anyway.
const AGED_AT_ONCE: usize = 2;

/// The read models as the actors see them: their progress and their work lists, cut down to what this node is to do.
#[derive(Debug, Clone)]
pub struct WorkLists(
    ReadModels,
    Arc<dyn Ownership>,
    TimeDelta,
    Arc<ClientDefaults>,
    Arc<RwLock<Option<Ages>>>,
);

/// When the first profile of each tenant gets too old, as of the newest look at all tenants. Lanes look several times a
/// second and ask for old profiles only where there are any.
type Ages = HashMap<TenantId, DateTime<Utc>>;

/// Language and zone of the people of each organization, where nothing better is known.
pub type ClientDefaults = HashMap<OrganizationId, ClientDefaultsChanged>;

impl WorkLists {
    /// The work lists of `models` for a node that does what `ownership` gives it. Profiles older than
    /// `profile_max_age` are to be read again.
    pub fn new(models: ReadModels, ownership: Arc<dyn Ownership>, profile_max_age: TimeDelta) -> Self {
        Self(models, ownership, profile_max_age, Arc::default(), Arc::default())
    }

    /// The same, with what organizations say of all their people.
    #[must_use]
    pub fn with_client_defaults(mut self, defaults: ClientDefaults) -> Self {
        self.3 = Arc::new(defaults);
        self
    }

    /// What Chronus gave for the person, and for the rest what the organization says.
    fn with_organization(&self, mut route: Route) -> Route {
        let Source::DomainEvent { organization_id, .. } = &route.source else {
            return route;
        };
        if let Some(defaults) = self.3.get(organization_id) {
            let given = &mut route.client_defaults;
            given.locale = given.locale.take().or_else(|| defaults.locale.clone());
            given.timezone = given.timezone.take().or_else(|| defaults.timezone.clone());
        }
        route
    }

    /// For each tenant when the first of its profiles gets too old.
    async fn profiles_age(&self) -> Result<Ages, PortError> {
        let oldest = self.0.oldest_profiles().await;
        let oldest = oldest.map_err(failed("looking for old profiles"))?;
        let ages = oldest.into_iter().map(|(tenant, told)| (tenant, told + self.2));
        let ages: Ages = ages.collect();
        *self.4.write().unwrap_or_else(PoisonError::into_inner) = Some(ages.clone());
        Ok(ages)
    }

    /// Whether a tenant had profiles that are too old by `now`, when all tenants were looked at last.
    fn has_aged(&self, tenant: &TenantId, now: DateTime<Utc>) -> bool {
        let ages = self.4.read().unwrap_or_else(PoisonError::into_inner);
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
        let aged = self.0.aged_profiles(tenant, now - self.2, busy, room).await;
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
        self.1.serves(Partition::of_tenant(tenant))
    }

    /// Whose work other nodes do.
    async fn elsewhere(&self) -> Result<Elsewhere, PortError> {
        let mut elsewhere = Elsewhere::default();
        if self.1.is_sole() {
            return Ok(elsewhere);
        }
        for tenant in self.0.tenants().await.map_err(failed("listing tenants"))? {
            elsewhere.organizations.extend(
                tenant
                    .organization_id
                    .filter(|organization| !self.1.serves(Partition::of_organization(organization))),
            );
            if !self.serves_tenant(&tenant.id) {
                elsewhere.tenants.push(tenant.id);
            }
        }
        Ok(elsewhere)
    }
}

/// Whose work other nodes do. An organization that no tenant is linked to is nobody's in particular: each node may
/// record that its recipients were never found, and the log keeps it once.
#[derive(Debug, Default)]
struct Elsewhere {
    tenants: Vec<TenantId>,
    organizations: Vec<OrganizationId>,
}

fn failed(action: &'static str) -> impl FnOnce(QueryError) -> PortError {
    move |error| PortError {
        action,
        source: Box::new(error),
    }
}

impl Progress for WorkLists {
    fn folded(&self) -> watch::Receiver<Position> {
        self.0.folded()
    }
}

impl TenantSwitches for WorkLists {
    fn is_off(&self, tenant: &TenantId) -> bool {
        self.0.is_off(tenant)
    }
}

impl KnownChats for WorkLists {
    fn others(
        &self,
        but: UserKey,
        conversation: ConversationId,
    ) -> BoxFuture<'_, Result<Option<UserKey>, PortError>> {
        Box::pin(async move {
            let owner = self.0.owner_of_chat(but, conversation).await;
            owner.map_err(failed("looking up whose chat it is"))
        })
    }
}

impl AcceptedIndex for WorkLists {
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
        Box::pin(async move {
            let routes = self
                .0
                .resolved_but(self.elsewhere().await?.tenants, limit)
                .await
                .map_err(failed("listing resolved recipients"))?;
            Ok(routes
                .into_iter()
                .map(|row| self.with_organization(route(row)))
                .collect())
        })
    }

    fn links(&self, limit: usize) -> BoxFuture<'_, Result<Vec<LinkRoute>, PortError>> {
        Box::pin(async move {
            let changes = self
                .0
                .link_changes(self.elsewhere().await?.tenants, limit)
                .await
                .map_err(failed("listing links that changed"))?;
            Ok(changes.into_iter().map(link_route).collect())
        })
    }

    fn look_ups(&self, limit: usize) -> BoxFuture<'_, Result<Vec<LookUpRoute>, PortError>> {
        Box::pin(async move {
            let look_ups = self
                .0
                .link_look_ups(self.elsewhere().await?.tenants, limit)
                .await
                .map_err(failed("listing people to look up"))?;
            let route = |LookUp { user, because, cause }| LookUpRoute { user, because, cause };
            Ok(look_ups.into_iter().map(route).collect())
        })
    }

    fn subject_changes(&self, limit: usize) -> BoxFuture<'_, Result<Vec<SubjectRoute>, PortError>> {
        Box::pin(async move {
            let changes = self
                .0
                .subject_changes_but(self.elsewhere().await?.tenants, limit)
                .await
                .map_err(failed("listing subjects that ended"))?;
            Ok(changes.into_iter().map(subject_route).collect())
        })
    }

    fn lost_messages(&self, limit: usize) -> BoxFuture<'_, Result<Vec<LostMessage>, PortError>> {
        Box::pin(async move {
            let lost = self
                .0
                .lost_messages(self.elsewhere().await?.tenants, limit)
                .await
                .map_err(failed("listing what could not be handed over"))?;
            Ok(lost.into_iter().map(lost_message).collect())
        })
    }

    fn held(&self, limit: usize) -> BoxFuture<'_, Result<Vec<HeldCard>, PortError>> {
        Box::pin(async move {
            let held = self.0.held_but(self.elsewhere().await?.tenants, limit);
            held.await
                .map_err(failed("listing cards in tenants that are off"))
        })
    }

    fn unroutable(
        &self,
        now: DateTime<Utc>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<Unroutable>, PortError>> {
        Box::pin(async move {
            let listed = self
                .0
                .unroutable_but(self.elsewhere().await?.organizations, now, limit)
                .await
                .map_err(failed("listing recipients never found"))?;
            Ok(listed.into_iter().map(unroutable).collect())
        })
    }

    fn unreached(
        &self,
        since: DateTime<Utc>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<Unreached>, PortError>> {
        Box::pin(async move {
            let listed = self
                .0
                .unreached_but(self.elsewhere().await?.organizations, since, limit)
                .await
                .map_err(failed("listing recipients not found so far"))?;
            Ok(listed.into_iter().map(unreached).collect())
        })
    }
}

fn unreached(row: notifications::Unreached) -> Unreached {
    Unreached {
        recipient: unroutable(row.recipient),
        until: row.until,
    }
}

impl Outbox for WorkLists {
    fn tenants(&self, changed_after: Option<Position>) -> BoxFuture<'_, Result<TenantsDue, PortError>> {
        Box::pin(async move {
            let changed = self.0.outbox_tenants_changed(changed_after);
            let changed = changed.await.map_err(failed("listing tenants with work"))?;
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
            let due = self.0.outbox_due(tenant.clone(), now, busy.clone(), limit);
            let mut due = due.await.map_err(failed("listing due work"))?;
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
        Box::pin(async move {
            let mut out = self.elsewhere().await?.organizations;
            out.extend(but);
            let limits = DueLimits {
                organizations: most.organizations,
                each: most.each,
            };
            let due = self
                .0
                .responses_due_but(out, now, given_up, limits)
                .await
                .map_err(failed("listing answers to hand over"))?;
            Ok(due.into_iter().flat_map(|due| pending(due, now)).collect())
        })
    }

    fn next_due(&self) -> BoxFuture<'_, Result<Option<DateTime<Utc>>, PortError>> {
        Box::pin(async move {
            let next = self.0.next_response_due().await;
            next.map_err(failed("looking when the next answer is due"))
        })
    }
}

fn route(row: notifications::Route) -> Route {
    let link = row.matched_by.map(|matched_by| RouteLink {
        organization_id: row.organization_id.clone(),
        member_id: row.member_id,
        matched_by,
    });
    Route {
        notification_id: row.notification_id,
        user: row.user,
        source: Source::DomainEvent {
            organization_id: row.organization_id,
            event_id: row.domain_event,
            position: row.domain_position,
        },
        correlation_id: row.correlation_id,
        card: row.card,
        subject: row.subject,
        class: row.class,
        event_type: row.event_type,
        state: row.state,
        facts: row.facts,
        expires_at: row.expires_at,
        accepted_at: row.accepted_at,
        link,
        happened_at: row.happened_at,
        client_defaults: ClientDefaultsChanged {
            locale: row.locale,
            timezone: row.timezone,
            unknown_timezone: None,
        },
        changes: row.changes.into_iter().map(subject_route).collect(),
        was_held: row.was_held,
    }
}

fn link_route(row: LinkChange) -> LinkRoute {
    LinkRoute {
        user: row.user,
        organization_id: row.organization_id,
        to: row.to,
        why: row.why,
        cause: row.cause,
        correlation_id: row.correlation_id,
    }
}

fn subject_route(row: SubjectChange) -> SubjectRoute {
    let source = row
        .organization_id
        .zip(row.domain_position)
        .map(|(organization_id, position)| Source::DomainEvent {
            organization_id,
            event_id: row.domain_event,
            position,
        });
    SubjectRoute {
        user: row.user,
        subject: row.subject,
        state: row.state,
        card: row.card,
        domain_event: row.domain_event,
        source,
        facts: row.facts,
        addressed: row.addressed,
        accepted_at: row.accepted_at.unwrap_or_default(),
        expires_at: row.expires_at,
        correlation_id: row.correlation_id,
        happened_at: row.happened_at,
    }
}

fn lost_message(row: Lost) -> LostMessage {
    LostMessage {
        user: row.user,
        reply_id: row.reply_id,
        correlation_id: row.correlation_id,
    }
}

fn unroutable(row: notifications::Unroutable) -> Unroutable {
    Unroutable {
        organization_id: row.organization_id,
        notification_id: row.notification_id,
        domain_event: row.domain_event,
        correlation_id: row.correlation_id,
        reason: row.reason,
        reopened: row.reopened,
    }
}

fn pending(due: Due, now: DateTime<Utc>) -> impl Iterator<Item = PendingResponse> {
    let tries = |tries| u32::try_from(tries).unwrap_or(u32::MAX);
    let receiver = due
        .webhook
        .map_or_else(ReceiverStanding::default, |webhook| ReceiverStanding {
            failing_since: webhook.failing_since,
            failures: webhook.failures,
            is_off: webhook.off.is_some(),
        });
    due.responses.into_iter().map(move |row| PendingResponse {
        position: row.position,
        organization_id: row.organization_id,
        correlation_id: row.correlation_id,
        attempts: tries(row.attempts),
        tries_before: tries(row.tries_before),
        due_at: row.due_at.unwrap_or(now),
        receiver,
    })
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone as _;
    use events::organization::{CardKind, Class};
    use events::user::MatchedBy;
    use events::{EventId, NotificationId};
    use uuid::Uuid;

    use super::*;

    fn row(matched_by: Option<MatchedBy>) -> notifications::Route {
        notifications::Route {
            notification_id: NotificationId::derive(["card"]),
            user: UserKey::parse("t-1/ada").unwrap(),
            organization_id: "acme".parse().unwrap(),
            domain_event: EventId::derive(["event"]),
            domain_position: Position(7),
            correlation_id: Uuid::nil(),
            event_type: "com.chronus.mentoring_request.sent".into(),
            state: None,
            facts: None,
            card: CardKind::MentoringRequest,
            subject: None,
            class: Class::Direct,
            expires_at: None,
            accepted_at: Utc.with_ymd_and_hms(2026, 3, 2, 9, 0, 0).unwrap(),
            member_id: Some("m1".parse().unwrap()),
            matched_by,
            happened_at: None,
            locale: None,
            timezone: None,
            changes: Vec::new(),
            was_held: false,
        }
    }

    #[test]
    fn a_recipient_found_by_address_is_to_be_linked() {
        let link = route(row(Some(MatchedBy::Upn))).link.unwrap();
        assert_eq!(link.member_id.unwrap().as_str(), "m1");
        assert_eq!(link.matched_by, MatchedBy::Upn);
    }

    #[test]
    fn a_recipient_found_by_an_earlier_link_is_not_linked_again() {
        assert_eq!(route(row(None)).link, None);
    }
}
