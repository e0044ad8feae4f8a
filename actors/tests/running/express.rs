//! Cards that leave the moment they are queued.

use std::sync::Arc;

use actors::Router;
use actors::lane::{Express, run_lanes};
use actors::ports::{
    HeldCard, LinkRoute, LookUpRoute, LostMessage, PortError, Route, RouteLink, Routing, StoppedCard,
    SubjectRoute, Unreached, Unroutable,
};
use actors::user::state::Phase;
use chrono::{DateTime, TimeDelta, Utc};
use events::organization::{CardKind, Class, SubjectState};
use events::user::{ClientDefaultsChanged, MatchedBy, Source};
use events::{
    Clock as _, EventId, EventStore as _, NotificationId, OrganizationId, Position, SystemClock, UserKey,
};
use futures_util::future::{BoxFuture, FutureExt as _};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::lane::{Live, World, world};
use crate::support::{install, user};

/// Cards to be queued, until they are.
#[derive(Debug)]
struct Listed {
    live: Arc<Live>,
    routes: Vec<Route>,
}

fn none<T: Send + 'static>() -> BoxFuture<'static, Result<Vec<T>, PortError>> {
    async { Ok(Vec::new()) }.boxed()
}

impl Routing for Listed {
    fn resolved(&self, _: usize) -> BoxFuture<'_, Result<Vec<Route>, PortError>> {
        async {
            let states = self.live.states().await;
            let queued =
                |id: NotificationId| states.iter().any(|(_, state)| state.notification(id).is_some());
            let waiting = self.routes.iter().filter(|route| !queued(route.notification_id));
            Ok(waiting.cloned().collect())
        }
        .boxed()
    }

    fn timed(&self, _: DateTime<Utc>, _: usize) -> BoxFuture<'_, Result<Vec<Route>, PortError>> {
        none()
    }

    fn links(&self, _: usize) -> BoxFuture<'_, Result<Vec<LinkRoute>, PortError>> {
        none()
    }

    fn look_ups(&self, _: usize) -> BoxFuture<'_, Result<Vec<LookUpRoute>, PortError>> {
        none()
    }

    fn subject_changes(&self, _: usize) -> BoxFuture<'_, Result<Vec<SubjectRoute>, PortError>> {
        none()
    }

    fn lost_messages(&self, _: usize) -> BoxFuture<'_, Result<Vec<LostMessage>, PortError>> {
        none()
    }

    fn held(&self, _: usize) -> BoxFuture<'_, Result<Vec<HeldCard>, PortError>> {
        none()
    }

    fn stopped(&self, _: usize) -> BoxFuture<'_, Result<Vec<StoppedCard>, PortError>> {
        none()
    }

    fn unroutable(&self, _: DateTime<Utc>, _: usize) -> BoxFuture<'_, Result<Vec<Unroutable>, PortError>> {
        none()
    }

    fn unreached(&self, _: DateTime<Utc>, _: usize) -> BoxFuture<'_, Result<Vec<Unreached>, PortError>> {
        none()
    }
}

fn route(number: u32, user: &UserKey) -> Route {
    let organization_id = OrganizationId::parse("acme").unwrap();
    let now = SystemClock.now();
    Route {
        notification_id: NotificationId::derive(["express", number.to_string().as_str()]),
        user: user.clone(),
        source: Source::DomainEvent {
            organization_id: organization_id.clone(),
            event_id: EventId::derive([number.to_string().as_str()]),
            position: Position(u64::from(number)),
        },
        correlation_id: Uuid::from_u128(u128::from(number)),
        card: CardKind::Plain,
        subject: None,
        class: Class::Direct,
        event_type: "com.chronus.test".into(),
        expires_at: Some(now + TimeDelta::days(1)),
        accepted_at: now,
        state: Some(SubjectState::Open),
        facts: None,
        link: Some(RouteLink {
            organization_id,
            member_id: None,
            matched_by: MatchedBy::Email,
        }),
        happened_at: None,
        client_defaults: ClientDefaultsChanged::default(),
        changes: Vec::new(),
        held_until: None,
        most_a_day: None,
        was_held: false,
    }
}

/// Routes and sends until all these cards are delivered.
async fn deliver(world: &World, routes: Vec<Route>) {
    let wanted = routes.len();
    let router = Router {
        directory: world.directory.clone(),
        routing: Arc::new(Listed {
            live: Arc::clone(&world.live),
            routes,
        }),
        progress: Arc::clone(&world.live) as _,
        store: Arc::clone(&world.store) as _,
        clock: Arc::new(SystemClock),
        unreached_after: TimeDelta::seconds(20),
        express: world.deps.express.clone(),
    };
    let cancel = CancellationToken::new();
    let lanes = tokio::task::spawn(run_lanes(world.deps.clone(), cancel.clone()));
    // The lanes listen before the first card is offered.
    tokio::task::yield_now().await;
    let routing = tokio::task::spawn(router.run(cancel.clone()));
    let mut head = world.store.head();
    loop {
        head.mark_unchanged();
        let states = world.live.states().await;
        let cards = states.iter().flat_map(|(_, state)| state.notifications.iter());
        if cards
            .filter(|n| n.card == CardKind::Plain && n.phase == Phase::Delivered)
            .count()
            == wanted
        {
            break;
        }
        head.changed().await.unwrap();
    }
    cancel.cancel();
    lanes.await.unwrap();
    routing.await.unwrap();
}

#[actix::test]
async fn a_card_that_can_leave_at_once_is_queued_and_tried_in_one_append() {
    let mut world = world();
    let ada = user("ada");
    world.directory.ask(&ada, install(0)).await.unwrap();
    world.drain().await;
    // Other lanes than those that have run.
    world.deps.express = Express::default();
    let before = world.store.appended().len();
    deliver(&world, vec![route(1, &ada)]).await;
    let appended = world.store.appended();
    // The greeting says from now on that somebody is known.
    let together = [
        "MemberLinked",
        "NotificationQueued",
        "CardUpdateQueued",
        "DeliveryAttempted",
    ];
    assert_eq!(appended[before], together);
    assert_eq!(appended[before + 1], ["NotificationDelivered"]);
}

#[actix::test]
async fn of_many_cards_each_arrives_once_whoever_queued_it() {
    let mut world = world();
    let people: Vec<UserKey> = ["ada", "bo", "cy"].map(user).to_vec();
    for person in &people {
        world.directory.ask(person, install(0)).await.unwrap();
    }
    world.drain().await;
    // Other lanes than those that have run.
    world.deps.express = Express::default();
    let before = world.connector.posts.lock().unwrap().len();
    let routes: Vec<Route> = (0..12)
        .zip(people.iter().cycle())
        .map(|(number, user)| route(number, user))
        .collect();
    deliver(&world, routes).await;
    assert_eq!(world.connector.posts.lock().unwrap().len() - before, 12);
    for (_, state) in world.live.states().await {
        let mut cards = state.notifications.iter();
        assert!(cards.all(|n| n.phase == Phase::Delivered && n.attempts == 1));
    }
}
