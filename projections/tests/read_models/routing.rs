//! From a recipient to a Teams user, whatever comes first.

use chrono::Duration;
use events::organization::{DomainEventAccepted, Recipient};
use events::outbound::{NotificationUnroutable, UnroutableReason};
use events::tenant::OrganizationLinked;
use events::user::{Disconnected, MatchedBy, MemberLinked, MemberRole, MemberUnlinked, Source};
use events::work::Route;
use events::{
    EventId, MemberId, OrganizationEvent, OrganizationId, StreamId, TenantEvent, TenantId, UserEvent, UserKey,
};
use projections::Options;
use projections::notifications::NotificationState::{Queued, Resolved, Unresolved, Unroutable};

use crate::world::{
    REMOVED, REQUEST, UPSERTED, WITHDRAWN, World, card, domain_event, event_id, installed, organization,
    profile, start, to_all, user,
};

const NEWS: &str = "com.chronus.announcement.published";

/// The organization, and the domain event.
fn source(route: &Route) -> (OrganizationId, EventId) {
    match route.source.clone() {
        Source::DomainEvent {
            organization_id,
            event_id,
            ..
        } => (organization_id, event_id),
        Source::Chat => unreachable!("Chronus' cards alone are routed"),
    }
}

async fn routes(world: &mut World) -> Vec<Route> {
    world.fold().await;
    world.work().resolved(100, |_| true).unwrap()
}

fn because(reason: &str) -> (projections::notifications::NotificationState, Option<String>) {
    (Unresolved, Some(reason.into()))
}

fn linked(member: &str) -> MemberLinked {
    MemberLinked {
        organization_id: organization(),
        member_id: Some(MemberId::parse(member).unwrap()),
        matched_by: MatchedBy::Email,
    }
}

/// Another organization with a tenant and a person of its own, and an event for that person.
async fn another_organization_says(world: &mut World, id: &str) {
    let organization_id = OrganizationId::parse("other").unwrap();
    let linked = TenantEvent::from(OrganizationLinked {
        organization_id: organization_id.clone(),
    });
    let tenant = TenantId::parse("other-tenant").unwrap();
    world.append(StreamId::tenant(&tenant), &linked, None).await;
    let zoe = UserKey::parse("other-tenant/zoe").unwrap();
    let known = [
        UserEvent::from(installed()),
        profile(Some("zoe@x"), None, MemberRole::User).into(),
    ];
    for event in known {
        world.append(StreamId::user(&zoe), &event, None).await;
    }
    let event = OrganizationEvent::from(domain_event(REQUEST, id, &["zoe@x"]));
    let stream = StreamId::organization(&organization_id);
    world.append(stream, &event, Some(event_id(id))).await;
}

#[tokio::test]
async fn each_tenant_has_its_share_of_the_list_and_within_it_a_person_goes_before_many() {
    let mut world = World::linked().await;
    let names: Vec<String> = (0..30).map(|number| format!("n{number}")).collect();
    for name in &names {
        world.joins(name, &format!("{name}@x")).await;
    }
    for (number, name) in names.iter().enumerate() {
        let news = domain_event(NEWS, &format!("news-{number}"), &[&format!("{name}@x")]);
        world.chronus_says(news).await;
    }
    world.chronus_says(domain_event(REQUEST, "last", &["n7@x"])).await;
    another_organization_says(&mut world, "theirs").await;
    world.fold().await;

    let routes = world.work().resolved(4, |_| true).unwrap();

    let users: Vec<String> = routes.iter().map(|route| route.user.to_string()).collect();
    assert_eq!(users.len(), 3, "two of ours, the only one of theirs: {users:?}");
    assert!(users.contains(&"other-tenant/zoe".to_owned()), "{users:?}");
    let ours: Vec<&Route> = routes
        .iter()
        .filter(|route| source(route).0 == organization())
        .collect();
    assert_eq!(ours[0].user, user("n7"), "the request was last and goes first");
    assert_eq!(ours[1].user, user("n0"), "of the news the oldest goes next");
}

#[tokio::test]
async fn each_tenant_has_its_share_of_those_who_are_to_be_told_of_a_change() {
    let mut world = World::linked().await;
    let names: Vec<String> = (0..30).map(|number| format!("n{number}@x")).collect();
    for name in &names {
        world.joins(name.trim_end_matches("@x"), name).await;
    }
    let listed: Vec<&str> = names.iter().map(String::as_str).collect();
    world.chronus_says(domain_event(REQUEST, "many", &listed)).await;
    another_organization_says(&mut world, "theirs").await;
    world.queue_all().await;
    world
        .chronus_says(domain_event(WITHDRAWN, "ours ends", &[]))
        .await;
    let theirs = OrganizationEvent::from(domain_event(WITHDRAWN, "theirs ends", &[]));
    let stream = StreamId::organization(&OrganizationId::parse("other").unwrap());
    world.append(stream, &theirs, Some(event_id("theirs ends"))).await;
    world.fold().await;

    let told = world.work().subject_changes(4, |_| true).unwrap();

    let users: Vec<String> = told.iter().map(|change| change.user.to_string()).collect();
    assert_eq!(users.len(), 3, "two of ours, the only one of theirs: {users:?}");
    assert!(users.contains(&"other-tenant/zoe".to_owned()), "{users:?}");
}

#[tokio::test]
async fn an_event_before_the_install_and_one_after_it_take_the_same_route() {
    let mut before = World::linked().await;
    before
        .chronus_says(domain_event(REQUEST, "1", &["m1 ada@x"]))
        .await;
    assert_eq!(before.state(card("1", "m1 ada@x")).await, because("no_mapping"));
    before.joins("ada", "ada@x").await;

    let mut after = World::linked().await;
    after.joins("ada", "ada@x").await;
    after
        .chronus_says(domain_event(REQUEST, "1", &["m1 ada@x"]))
        .await;

    let (before, after) = (routes(&mut before).await, routes(&mut after).await);
    assert_eq!((before.len(), after.len()), (1, 1));
    let (before, after) = (&before[0], &after[0]);
    assert_eq!(before.user, user("ada"));
    assert_eq!(
        (&before.user, before.notification_id, &before.link, before.class),
        (&after.user, after.notification_id, &after.link, after.class)
    );
}

#[tokio::test]
async fn a_route_stays_listed_until_it_is_queued() {
    let mut world = World::linked().await;
    world.joins("ada", "ada@x").await;
    world.chronus_says(domain_event(REQUEST, "1", &["ada@x"])).await;
    assert_eq!(routes(&mut world).await.len(), 1);
    world.queue_all().await;
    assert!(routes(&mut world).await.is_empty());
    assert_eq!(world.state(card("1", "ada@x")).await, (Queued, None));
}

#[tokio::test]
async fn each_reason_for_waiting_is_told_and_follows_what_is_learnt() {
    let mut world = World::empty();
    world
        .chronus_says(domain_event(REQUEST, "1", &["ada@x", "m9"]))
        .await;
    assert_eq!(world.state(card("1", "ada@x")).await, because("no_tenant"));
    world.link().await;
    assert_eq!(world.state(card("1", "ada@x")).await, because("no_mapping"));
    assert_eq!(world.state(card("1", "m9")).await, because("unknown_member"));
    world
        .user_does("guest", profile(Some("ada@x"), None, MemberRole::Guest))
        .await;
    assert_eq!(world.state(card("1", "ada@x")).await, because("guest"));
    world
        .user_does("ada", profile(None, Some("ada@x"), MemberRole::User))
        .await;
    assert_eq!(world.state(card("1", "ada@x")).await, (Resolved, None));
}

#[tokio::test]
async fn a_conflict_waits_until_one_of_the_two_goes_away() {
    let mut world = World::linked().await;
    world.joins("ada", "ada@x").await;
    world.joins("bob", "ada@x").await;
    world.chronus_says(domain_event(REQUEST, "1", &["ada@x"])).await;
    assert_eq!(world.state(card("1", "ada@x")).await, because("conflict"));
    world
        .user_does("bob", profile(Some("bob@x"), None, MemberRole::User))
        .await;
    let routes = routes(&mut world).await;
    assert_eq!(routes[0].user, user("ada"));
}

#[tokio::test]
async fn those_who_waited_longest_are_routed_first() {
    let mut world = World::linked().await;
    for id in ["1", "2", "3"] {
        world.chronus_says(domain_event(REQUEST, id, &["ada@x"])).await;
    }
    world.joins("ada", "ada@x").await;
    let order: Vec<_> = routes(&mut world)
        .await
        .into_iter()
        .map(|route| source(&route).1)
        .collect();
    assert_eq!(order, [event_id("1"), event_id("2"), event_id("3")]);
}

#[tokio::test]
async fn a_recipient_with_a_member_id_alone_is_found_by_the_address_that_chronus_gave_before() {
    let mut world = World::linked().await;
    world.joins("ada", "ada@x").await;
    world
        .chronus_says(domain_event(UPSERTED, "0", &["m1 ada@x"]))
        .await;
    world.chronus_says(domain_event(REQUEST, "1", &["m1"])).await;
    assert_eq!(world.state(card("1", "m1")).await, (Resolved, None));
    assert!(
        world
            .models()
            .notification(card("0", "m1 ada@x"))
            .await
            .unwrap()
            .is_none()
    );
}

#[tokio::test]
async fn a_member_introduced_later_releases_what_waited() {
    let mut world = World::linked().await;
    world.joins("ada", "ada@x").await;
    world.chronus_says(domain_event(REQUEST, "1", &["m1"])).await;
    assert_eq!(world.state(card("1", "m1")).await, because("unknown_member"));
    world
        .chronus_says(domain_event(UPSERTED, "2", &["m1 ada@x"]))
        .await;
    assert_eq!(world.state(card("1", "m1")).await, (Resolved, None));
}

#[tokio::test]
async fn a_changed_address_counts_for_those_who_wait_already() {
    let mut world = World::linked().await;
    world.joins("ada", "new@x").await;
    world
        .chronus_says(domain_event(REQUEST, "1", &["m1 old@x"]))
        .await;
    world
        .chronus_says(domain_event(UPSERTED, "2", &["m1 new@x"]))
        .await;
    assert_eq!(world.state(card("1", "m1 old@x")).await, (Resolved, None));
}

#[tokio::test]
async fn a_removed_member_is_unknown() {
    let mut world = World::linked().await;
    world
        .chronus_says(domain_event(UPSERTED, "0", &["m1 ada@x"]))
        .await;
    world.user_does("ada", linked("m1")).await;
    world.chronus_says(domain_event(REMOVED, "1", &["m1"])).await;
    world.joins("ada", "ada@x").await;
    world.chronus_says(domain_event(REQUEST, "2", &["m1"])).await;
    assert_eq!(world.state(card("2", "m1")).await, because("member_removed"));
}

#[tokio::test]
async fn a_link_finds_a_member_of_whom_no_address_is_known() {
    let mut world = World::linked().await;
    world.chronus_says(domain_event(REQUEST, "1", &["m1"])).await;
    world.user_does("ada", linked("m1")).await;
    let routes = routes(&mut world).await;
    assert_eq!((&routes[0].user, &routes[0].link), (&user("ada"), &None));
}

#[tokio::test]
async fn an_event_for_all_reaches_the_linked_as_of_its_place_in_the_log() {
    let mut world = World::linked().await;
    for name in ["ada", "bob", "eve"] {
        world.user_does(name, linked(name)).await;
    }
    world.user_does("bob", Disconnected { at: None }).await;
    world
        .user_does(
            "eve",
            MemberUnlinked {
                organization_id: organization(),
                member_id: None,
                reason: None,
            },
        )
        .await;
    world
        .chronus_says(to_all("com.chronus.announcement.published", "1"))
        .await;
    world.user_does("joe", linked("joe")).await;
    let routes = routes(&mut world).await;
    let users: Vec<_> = routes.iter().map(|route| route.user.clone()).collect();
    assert_eq!(users, [user("ada"), user("bob")]);
    assert_eq!(
        routes[0].notification_id,
        Recipient::notification_id_of_all(event_id("1"), &user("ada"))
    );
    assert_eq!(routes[0].class, events::organization::Class::Broadcast);
}

#[tokio::test]
async fn tenants_never_mix() {
    let mut world = World::linked().await;
    let other = TenantId::parse("t-2").unwrap();
    let link = OrganizationLinked {
        organization_id: "other".parse().unwrap(),
    };
    world
        .append(StreamId::tenant(&other), &TenantEvent::from(link), None)
        .await;
    world.joins("ada", "ada@x").await;
    let stream = StreamId::organization(&"other".parse().unwrap());
    let event = events::OrganizationEvent::from(domain_event(REQUEST, "1", &["ada@x"]));
    world.append(stream, &event, None).await;
    assert_eq!(world.state(card("1", "ada@x")).await, because("no_mapping"));
}

#[tokio::test]
async fn a_recipient_never_found_is_listed_when_its_time_ran_out_and_settled_by_the_router() {
    let mut world = World::with(Options {
        default_ttl: Duration::days(3),
        ..Options::default()
    });
    world.link().await;
    world.chronus_says(domain_event(REQUEST, "1", &["ada@x"])).await;
    let asked = DomainEventAccepted {
        expires_at: Some(start() + Duration::hours(1)),
        ..domain_event(REQUEST, "2", &["ada@x"])
    };
    world.chronus_says(asked).await;
    world.fold().await;
    let models = world.models();
    let out = |hours| models.unroutable(Vec::new(), start() + Duration::hours(hours), 10);
    assert!(
        world
            .models()
            .unroutable(Vec::new(), start(), 10)
            .await
            .unwrap()
            .is_empty()
    );
    let first = out(1).await.unwrap();
    assert_eq!(
        (first[0].domain_event, first[0].reason),
        (event_id("2"), UnroutableReason::NoMapping)
    );
    assert_eq!(out(73).await.unwrap().len(), 2);

    let told = NotificationUnroutable {
        notification_id: first[0].notification_id,
        domain_event: first[0].domain_event,
        reason: first[0].reason,
    };
    world.service_says(told).await;

    assert_eq!(
        world.state(card("2", "ada@x")).await,
        (Unroutable, Some("no_mapping".into()))
    );
    world.joins("ada", "ada@x").await;
    assert_eq!(world.state(card("2", "ada@x")).await.0, Unroutable);
    assert_eq!(world.state(card("1", "ada@x")).await.0, Resolved);
}
