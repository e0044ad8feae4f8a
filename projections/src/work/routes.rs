//! Recipients that are resolved and not queued, by tenant, in the order in which they are given out; those that are meant for a
//! time, by that time. What the recipients of one domain event share is kept once.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use events::organization::{CardKind, Class, SubjectFacts, SubjectState};
use events::user::{ClientDefaultsChanged, MatchedBy, Source};
use events::work::{Route, RouteLink, SubjectRoute};
use events::{EventId, MemberId, NotificationId, OrganizationId, Position, SubjectRef, TenantId, UserKey};
use uuid::Uuid;

use super::told::Told;
use crate::database::at_ms;
use crate::notifications::rank;

/// Most changes that are told together with a card; the newest.
pub(super) const MOST_BESIDE: usize = 32;

/// Something else that Chronus told of the subject, for whoever gets the card.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Beside {
    /// When it happened in microseconds, and where it stands.
    pub(super) order: (i64, i64),
    pub(super) told: Told,
}

/// What all recipients of a domain event share.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Origin {
    pub(super) organization_id: OrganizationId,
    pub(super) position: Position,
    pub(super) correlation_id: Uuid,
    pub(super) event_type: String,
    pub(super) card: CardKind,
    pub(super) subject: Option<SubjectRef>,
    /// With what its time is compared.
    pub(super) order_key: Option<String>,
    pub(super) state: Option<SubjectState>,
    pub(super) facts: Option<SubjectFacts>,
    pub(super) happened_at: Option<chrono::DateTime<chrono::Utc>>,
    /// What every recipient is told together with the card.
    pub(super) beside: Vec<Beside>,
    /// Whether Chronus told anything else of the same thing.
    pub(super) is_not_alone: bool,
}

/// A recipient that is resolved and not queued.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Resolved {
    pub(super) notification_id: NotificationId,
    pub(super) user: UserKey,
    pub(super) domain_event: EventId,
    pub(super) class: Class,
    /// Where the domain event stands, by which the older comes first.
    pub(super) created: i64,
    pub(super) accepted_ms: i64,
    /// Where Chronus asked for an end.
    pub(super) expires_ms: Option<i64>,
    /// Before then it is not given out.
    pub(super) send_ms: Option<i64>,
    pub(super) member_id: Option<MemberId>,
    pub(super) lookup: Option<Box<str>>,
    pub(super) matched_by: Option<MatchedBy>,
    /// Language and zone, where Chronus gave any.
    pub(super) given: Option<Box<ClientDefaultsChanged>>,
    /// What the person would have got cards by if this one had not been there.
    pub(super) covered: Vec<Beside>,
}

impl Resolved {
    /// Since when it may be in the chat: since it was handed over, or the time that it is meant for.
    fn begins_ms(&self) -> i64 {
        let meant = self.send_ms.unwrap_or(self.accepted_ms);
        meant.max(self.accepted_ms)
    }
}

/// Rank, then the older first.
type Place = (i64, i64, i64);

fn place(row: i64, resolved: &Resolved) -> Place {
    match resolved.send_ms {
        None => (rank(resolved.class), resolved.created, row),
        // One that is meant for a time has its place by that.
        Some(send_ms) => (send_ms, resolved.created, row),
    }
}

/// Members and addresses of an organization of whom something changed.
pub(super) type Concerned = HashSet<(String, String)>;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Routes {
    by_row: HashMap<i64, Resolved>,
    tenants: BTreeMap<TenantId, BTreeSet<Place>>,
    /// Those that are meant for a time: the time in the place of the rank.
    timed: BTreeMap<TenantId, BTreeSet<Place>>,
    /// Each with the number of its recipients here.
    origins: HashMap<EventId, (Arc<Origin>, usize)>,
    by_thing: HashMap<(String, String), BTreeSet<EventId>>,
    /// When each tenant was switched on again last, of those that are on and were off.
    on_since: HashMap<TenantId, i64>,
    /// Domain events that a recipient left since [`Self::tidy`].
    left: Vec<EventId>,
}

impl Routes {
    /// Puts a recipient in, or takes them out; [`Self::tidy`] follows the last one of a batch.
    pub(super) fn set(&mut self, row: i64, resolved: Option<Resolved>) {
        let origin = resolved.as_ref().map(|resolved| resolved.domain_event);
        if let Some((_, recipients)) = origin.and_then(|event| self.origins.get_mut(&event)) {
            *recipients += 1;
        }
        if let Some(before) = self.by_row.remove(&row) {
            let tenant = &before.user.tenant_id;
            let among = self.among(&before);
            if let Some(places) = among.get_mut(tenant) {
                places.remove(&place(row, &before));
                if places.is_empty() {
                    among.remove(tenant);
                }
            }
            self.leave(before.domain_event);
        }
        if let Some(resolved) = resolved {
            let tenant = resolved.user.tenant_id.clone();
            let places = self.among(&resolved).entry(tenant).or_default();
            places.insert(place(row, &resolved));
            self.by_row.insert(row, resolved);
        }
    }

    fn among(&mut self, resolved: &Resolved) -> &mut BTreeMap<TenantId, BTreeSet<Place>> {
        match resolved.send_ms {
            None => &mut self.tenants,
            Some(_) => &mut self.timed,
        }
    }

    /// Forgets what nobody needs any more, once all that a batch changed is put in: in a batch, one recipient of a domain
    /// event may leave before another comes.
    pub(super) fn tidy(&mut self) {
        for event in std::mem::take(&mut self.left) {
            self.forget_unless_needed(event);
        }
        // What a burst took is given back.
        if self.by_row.is_empty() {
            let on_since = std::mem::take(&mut self.on_since);
            *self = Self {
                on_since,
                ..Self::default()
            };
        }
    }

    /// Notes what the recipients of a domain event share; before they are put in.
    pub(super) fn set_origin(&mut self, event: EventId, origin: Origin) {
        if let Some(key) = &origin.order_key {
            let thing = (origin.organization_id.to_string(), key.clone());
            self.by_thing.entry(thing).or_default().insert(event);
        }
        let recipients = self.origins.get(&event).map_or(0, |(_, recipients)| *recipients);
        self.origins.insert(event, (Arc::new(origin), recipients));
    }

    fn leave(&mut self, event: EventId) {
        if let Some((_, recipients)) = self.origins.get_mut(&event) {
            *recipients = recipients.saturating_sub(1);
            self.left.push(event);
        }
    }

    fn forget_unless_needed(&mut self, event: EventId) {
        let Some((origin, 0)) = self.origins.get(&event) else {
            return;
        };
        let thing = origin
            .order_key
            .clone()
            .map(|key| (origin.organization_id.to_string(), key));
        self.origins.remove(&event);
        if let Some(thing) = thing
            && let Some(events) = self.by_thing.get_mut(&thing)
        {
            events.remove(&event);
            if events.is_empty() {
                self.by_thing.remove(&thing);
            }
        }
    }

    pub(super) fn set_on_since(&mut self, tenant: TenantId, since_ms: Option<i64>) {
        match since_ms {
            Some(since_ms) => self.on_since.insert(tenant, since_ms),
            None => self.on_since.remove(&tenant),
        };
    }

    /// Domain events with recipients here that are about the same thing: an organization, and an order key.
    pub(super) fn about(&self, thing: &(String, String)) -> impl Iterator<Item = EventId> {
        self.by_thing.get(thing).into_iter().flatten().copied()
    }

    /// Recipients of whom something changed.
    pub(super) fn concerned(&self, members: &Concerned, lookups: &Concerned) -> Vec<i64> {
        if members.is_empty() && lookups.is_empty() {
            return Vec::new();
        }
        let is_concerned = |resolved: &Resolved| {
            let Some((origin, _)) = self.origins.get(&resolved.domain_event) else {
                return false;
            };
            let organization = origin.organization_id.as_str();
            let named = |among: &Concerned, name: Option<&str>| {
                name.is_some_and(|name| among.contains(&(organization.to_owned(), name.to_owned())))
            };
            named(members, resolved.member_id.as_ref().map(MemberId::as_str))
                || named(lookups, resolved.lookup.as_deref())
        };
        let concerned = self.by_row.iter().filter(|(_, resolved)| is_concerned(resolved));
        concerned.map(|(row, _)| *row).collect()
    }

    /// Of each tenant its share of `limit`, at least one: by class, and within a class the oldest first.
    pub(super) fn list(&self, limit: usize, serves: impl Fn(&TenantId) -> bool) -> Vec<Route> {
        let here: Vec<_> = self.tenants.iter().filter(|(tenant, _)| serves(tenant)).collect();
        let share = limit.checked_div(here.len()).unwrap_or(limit).max(1);
        let places = here.into_iter().flat_map(|(_, places)| places.iter().take(share));
        places.filter_map(|(_, _, row)| self.route(*row)).collect()
    }

    /// The same of those that are meant for a time, and it has come by `now_ms`: what was due first comes first.
    pub(super) fn timed(&self, now_ms: i64, limit: usize, serves: impl Fn(&TenantId) -> bool) -> Vec<Route> {
        let here: Vec<_> = self.timed.iter().filter(|(tenant, _)| serves(tenant)).collect();
        let share = limit.checked_div(here.len()).unwrap_or(limit).max(1);
        let due = here.into_iter().flat_map(|(_, places)| {
            let due = places.iter().take_while(|(send_ms, _, _)| *send_ms <= now_ms);
            due.take(share)
        });
        due.filter_map(|(_, _, row)| self.route(*row)).collect()
    }

    fn route(&self, row: i64) -> Option<Route> {
        let resolved = self.by_row.get(&row)?;
        let (origin, _) = self.origins.get(&resolved.domain_event)?;
        let organization_id = origin.organization_id.clone();
        let link = resolved.matched_by.map(|matched_by| RouteLink {
            organization_id: organization_id.clone(),
            member_id: resolved.member_id.clone(),
            matched_by,
        });
        let on_since = self.on_since.get(&resolved.user.tenant_id);
        Some(Route {
            notification_id: resolved.notification_id,
            user: resolved.user.clone(),
            source: Source::DomainEvent {
                organization_id,
                event_id: resolved.domain_event,
                position: origin.position,
            },
            correlation_id: origin.correlation_id,
            card: origin.card,
            subject: origin.subject.clone(),
            class: resolved.class,
            event_type: origin.event_type.clone(),
            state: origin.state,
            facts: origin.facts.clone(),
            expires_at: resolved.expires_ms.map(at_ms),
            accepted_at: at_ms(resolved.accepted_ms),
            held_until: resolved.send_ms.map(at_ms),
            link,
            happened_at: origin.happened_at,
            client_defaults: resolved.given.as_deref().cloned().unwrap_or_default(),
            changes: changes(origin, resolved),
            most_a_day: None,
            was_held: on_since.is_some_and(|since| *since > resolved.begins_ms()),
        })
    }
}

/// What else there is about the card's subject, oldest first.
fn changes(origin: &Origin, resolved: &Resolved) -> Vec<SubjectRoute> {
    let mut beside: Vec<&Beside> = origin.beside.iter().chain(&resolved.covered).collect();
    beside.sort_by_key(|beside| beside.order);
    beside.dedup_by_key(|beside| beside.told.domain_event);
    let rest = beside.len().saturating_sub(MOST_BESIDE);
    let told = beside.iter().skip(rest).map(|beside| &beside.told);
    // None of it was for them in particular: the card that comes says what is so.
    told.map(|told| told.to(resolved.user.clone(), false)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENT: EventId = EventId(Uuid::from_u128(1));

    fn origin() -> Origin {
        Origin {
            organization_id: OrganizationId::parse("acme").unwrap(),
            position: Position(7),
            correlation_id: EVENT.0,
            event_type: "com.chronus.announcement.x".into(),
            card: CardKind::Announcement,
            subject: None,
            order_key: Some("announcement:1".into()),
            state: None,
            facts: None,
            happened_at: None,
            beside: Vec::new(),
            is_not_alone: false,
        }
    }

    fn recipient(name: &str) -> Resolved {
        Resolved {
            notification_id: NotificationId(Uuid::from_u128(2)),
            user: UserKey::parse(format!("t-1/{name}")).unwrap(),
            domain_event: EVENT,
            class: Class::Broadcast,
            created: 7,
            accepted_ms: 0,
            expires_ms: None,
            send_ms: None,
            member_id: None,
            lookup: None,
            matched_by: None,
            given: None,
            covered: Vec::new(),
        }
    }

    fn listed(routes: &Routes) -> Vec<String> {
        let routes = routes.list(10, |_| true);
        routes.iter().map(|route| route.user.to_string()).collect()
    }

    #[test]
    fn who_comes_in_the_batch_in_which_the_last_other_one_leaves_is_given_out_in_whatever_order_they_are_put_in()
     {
        for leaves_first in [true, false] {
            let mut routes = Routes::default();
            routes.set_origin(EVENT, origin());
            routes.set(1, Some(recipient("ada")));
            routes.tidy();

            routes.set_origin(EVENT, origin());
            let mut batch = [(1, None), (2, Some(recipient("bob")))];
            if !leaves_first {
                batch.reverse();
            }
            for (row, resolved) in batch {
                routes.set(row, resolved);
            }
            routes.tidy();

            assert_eq!(listed(&routes), ["t-1/bob"], "leaves first: {leaves_first}");
        }
    }

    #[test]
    fn who_is_meant_for_a_time_is_given_out_from_then_on_whoever_comes_meanwhile() {
        let mut routes = Routes::default();
        routes.set_origin(EVENT, origin());
        for (row, name, send_ms) in [(1, "ada", Some(200)), (2, "bob", Some(100)), (3, "cleo", None)] {
            let recipient = Resolved {
                send_ms,
                ..recipient(name)
            };
            routes.set(row, Some(recipient));
        }
        routes.tidy();

        assert_eq!(listed(&routes), ["t-1/cleo"]);
        let timed = |routes: &Routes, now_ms| -> Vec<String> {
            let routes = routes.timed(now_ms, 10, |_| true);
            routes.iter().map(|route| route.user.to_string()).collect()
        };
        assert!(timed(&routes, 99).is_empty());
        assert_eq!(timed(&routes, 100), ["t-1/bob"]);
        assert_eq!(timed(&routes, 200), ["t-1/bob", "t-1/ada"]);

        routes.set(2, None);
        routes.tidy();
        assert_eq!(timed(&routes, 200), ["t-1/ada"]);
    }

    #[test]
    fn what_recipients_shared_is_forgotten_with_the_last_of_them() {
        let mut routes = Routes::default();
        let other = EventId(Uuid::from_u128(9));
        routes.set_origin(EVENT, origin());
        routes.set_origin(other, origin());
        routes.set(1, Some(recipient("ada")));
        let domain_event = other;
        routes.set(
            2,
            Some(Resolved {
                domain_event,
                ..recipient("bob")
            }),
        );
        routes.tidy();

        routes.set(1, None);
        routes.tidy();

        let about: Vec<_> = routes.about(&("acme".into(), "announcement:1".into())).collect();
        assert_eq!(about, [other]);
        assert_eq!(listed(&routes), ["t-1/bob"]);
    }
}
