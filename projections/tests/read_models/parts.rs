//! A programme or an ERG for which Teams is switched off.

use std::collections::HashSet;

use chrono::Duration;
use events::organization::{DomainEventAccepted, Part};
use events::outbound::{NotificationUnroutable, UnroutableReason};
use events::tenant::{PartSwitchedOff, PartSwitchedOn};
use events::user::{
    DeferReason, MatchedBy, MemberLinked, NotificationDeferred, NotificationSuppressed, SuppressedReason,
};
use events::{MemberId, NotificationId, Position};
use projections::notifications::NotificationState::{
    Deferred, Delivered, Queued, Resolved, Suppressed, Unresolved, Unroutable,
};

use crate::world::{
    World, attempted, card, delivered, domain_event, event_id, organization, queued, sealed, start, to_all,
};

const NEWS: &str = "com.chronus.announcement.published";
const SPRING: &str = "Spring Mentoring";
const OFF: (projections::notifications::NotificationState, &str) = (Unresolved, "programme_off");

fn of_spring(id: &str, recipients: &[&str]) -> DomainEventAccepted {
    DomainEventAccepted {
        program: Some(SPRING.into()),
        subject: None,
        ..domain_event(NEWS, id, recipients)
    }
}

async fn switch_off(world: &mut World, part: Part) {
    let off = PartSwitchedOff {
        organization_id: organization(),
        part,
        name: sealed("name"),
        by: "api:all".into(),
        reason: "the pilot ends".into(),
    };
    world.tenant_says(off).await;
}

async fn switch_on(world: &mut World, part: Part) {
    let on = PartSwitchedOn {
        organization_id: organization(),
        part,
        by: "api:all".into(),
        reason: "ready".into(),
    };
    world.tenant_says(on).await;
}

/// What the router does with recipients of parts that are off.
async fn note_all(world: &mut World) -> usize {
    world.fold().await;
    let listed = world
        .models()
        .unroutable(Vec::new(), world.now, 100)
        .await
        .unwrap();
    for one in &listed {
        let noted = NotificationUnroutable {
            notification_id: one.notification_id,
            domain_event: one.domain_event,
            reason: one.reason,
        };
        world.service_says(noted).await;
    }
    world.fold().await;
    listed.len()
}

async fn stopped(world: &mut World) -> Vec<NotificationId> {
    world.fold().await;
    let stopped = world.models().stopped(100).await.unwrap();
    assert_eq!(world.work().is_stopped().unwrap(), !stopped.is_empty());
    let mut ids: Vec<NotificationId> = stopped.iter().map(|card| card.notification_id).collect();
    ids.sort();
    ids
}

fn sorted(mut ids: Vec<NotificationId>) -> Vec<NotificationId> {
    ids.sort();
    ids
}

#[tokio::test]
async fn what_comes_while_a_programme_is_off_goes_to_nobody_and_says_so() {
    let mut world = World::linked().await;
    world.joins("ada", "ada@x").await;
    switch_off(&mut world, Part::programme("spring  MENTORING")).await;
    world.chronus_says(of_spring("n", &["ada@x", "bob@x"])).await;
    world.chronus_says(domain_event(NEWS, "other", &["ada@x"])).await;
    let (ada, bob) = (card("n", "ada@x"), card("n", "bob@x"));
    for id in [ada, bob] {
        assert_eq!(world.state(id).await, (OFF.0, Some(OFF.1.into())));
    }
    let routes = world.work().resolved(10, |_| true).unwrap();
    assert_eq!(routes.len(), 1, "the other one goes its way: {routes:?}");
    // Who is found meanwhile gets nothing of it either.
    world.joins("bob", "bob@x").await;
    assert_eq!(world.state(bob).await, (OFF.0, Some(OFF.1.into())));

    assert_eq!(note_all(&mut world).await, 2);

    for id in [ada, bob] {
        assert_eq!(world.state(id).await, (Unroutable, Some(OFF.1.into())));
    }
    let models = world.models();
    let told = models.responses_after(organization(), Position::default(), 10);
    assert_eq!(told.await.unwrap().len(), 2, "Chronus hears of each");
    assert_eq!(note_all(&mut world).await, 0);
    switch_on(&mut world, Part::programme(SPRING)).await;
    world.chronus_says(of_spring("after", &["ada@x"])).await;
    assert_eq!(world.state(card("after", "ada@x")).await.0, Resolved);
    assert_eq!(world.state(ada).await.0, Unroutable, "what was dropped stays so");
}

#[tokio::test]
async fn what_waits_is_stopped_wherever_it_waits_and_what_is_in_the_chat_stays() {
    let mut world = World::linked().await;
    for name in ["ada", "bob", "cleo", "dan"] {
        world.joins(name, &format!("{name}@x")).await;
    }
    world
        .chronus_says(of_spring("n", &["ada@x", "bob@x", "cleo@x"]))
        .await;
    world.queue_all().await;
    let [ada, bob, cleo] = ["ada", "bob", "cleo"].map(|name| card("n", &format!("{name}@x")));
    world.user_does("ada", attempted(ada, 1)).await;
    world.user_does("ada", delivered(ada)).await;
    let night = NotificationDeferred {
        notification_id: cleo,
        until: start() + Duration::hours(9),
        reason: DeferReason::QuietHours,
    };
    world.user_does("cleo", night).await;
    world
        .chronus_says(of_spring("resolved", &["dan@x", "eve@x"]))
        .await;
    let later = DomainEventAccepted {
        send_at: Some(start() + Duration::days(3)),
        ..of_spring("later", &["dan@x"])
    };
    world.chronus_says(later).await;
    world.chronus_says(domain_event(NEWS, "other", &["dan@x"])).await;

    switch_off(&mut world, Part::programme(SPRING)).await;

    for id in [
        card("resolved", "dan@x"),
        card("resolved", "eve@x"),
        card("later", "dan@x"),
    ] {
        assert_eq!(world.state(id).await, (OFF.0, Some(OFF.1.into())));
    }
    assert_eq!(world.work().resolved(10, |_| true).unwrap().len(), 1);
    assert_eq!(world.state(ada).await.0, Delivered);
    assert_eq!(
        (world.state(bob).await.0, world.state(cleo).await.0),
        (Queued, Deferred)
    );
    assert_eq!(stopped(&mut world).await, sorted(vec![bob, cleo]));
    let due = world.work().due(
        &crate::world::tenant(),
        start() + Duration::days(1),
        &HashSet::default(),
        10,
    );
    assert_eq!(due.unwrap(), [], "lanes see none of it");

    for (name, id) in [("bob", bob), ("cleo", cleo)] {
        let dropped = NotificationSuppressed {
            notification_id: id,
            reason: SuppressedReason::ProgrammeOff,
        };
        world.user_does(name, dropped).await;
        assert_eq!(world.state(id).await, (Suppressed, Some(OFF.1.into())));
    }
    assert_eq!(stopped(&mut world).await, []);
}

#[tokio::test]
async fn a_card_that_was_queued_as_the_programme_was_switched_off_is_stopped_before_a_lane_sees_it() {
    let mut world = World::linked().await;
    world.joins("ada", "ada@x").await;
    world.chronus_says(of_spring("n", &["ada@x"])).await;
    world.fold().await;
    let route = world.work().resolved(1, |_| true).unwrap().remove(0);
    switch_off(&mut world, Part::programme(SPRING)).await;

    world.user_does("ada", queued(&route)).await;

    assert_eq!(stopped(&mut world).await, [card("n", "ada@x")]);
    let due = world
        .work()
        .due(&crate::world::tenant(), world.now, &HashSet::default(), 10);
    assert_eq!(due.unwrap(), []);
}

#[tokio::test]
async fn an_erg_is_another_thing_than_a_programme_of_the_same_key_and_all_are_left_out_by_name() {
    let mut world = World::linked().await;
    world.joins("ada", "ada@x").await;
    let linked = MemberLinked {
        organization_id: organization(),
        member_id: Some(MemberId::parse("m1").unwrap()),
        matched_by: MatchedBy::Email,
    };
    world
        .chronus_says(domain_event(crate::world::UPSERTED, "m", &["m1 ada@x"]))
        .await;
    world.user_does("ada", linked).await;
    switch_off(&mut world, Part::erg("hash")).await;
    let of_programme = DomainEventAccepted {
        program: Some("hash".into()),
        ..to_all(NEWS, "programme")
    };
    let of_erg = DomainEventAccepted {
        erg: Some("hash".into()),
        ..to_all(NEWS, "erg")
    };
    world.chronus_says(of_programme).await;
    world.chronus_says(of_erg).await;
    world.fold().await;

    assert_eq!(world.work().resolved(10, |_| true).unwrap().len(), 1);
    let left_out = world.models().left_out(event_id("erg")).await.unwrap();
    assert_eq!(left_out, [(UnroutableReason::ErgOff, 1)].into());
    let off = world.models().parts_off(organization()).await.unwrap();
    assert_eq!(off.len(), 1);
    assert!(matches!(off[0].part, ref part if *part == Part::erg("hash")));
    assert_eq!(
        world
            .models()
            .notifications_of_event(event_id("erg"))
            .await
            .unwrap(),
        []
    );
}

#[tokio::test]
async fn what_is_reopened_while_it_is_off_goes_to_nobody_again() {
    let mut world = World::linked().await;
    world.joins("ada", "ada@x").await;
    switch_off(&mut world, Part::programme(SPRING)).await;
    world.chronus_says(of_spring("n", &["ada@x"])).await;
    assert_eq!(note_all(&mut world).await, 1);
    let again = events::outbound::RecipientReopened {
        notification_id: card("n", "ada@x"),
        domain_event: event_id("n"),
        replay_id: uuid::Uuid::from_u128(7),
        until: start() + Duration::days(1),
        by: "cli".into(),
    };
    world.service_says(again.clone()).await;
    assert_eq!(world.state(card("n", "ada@x")).await, (OFF.0, Some(OFF.1.into())));
    assert_eq!(note_all(&mut world).await, 1);
    switch_on(&mut world, Part::programme(SPRING)).await;
    let later = events::outbound::RecipientReopened {
        replay_id: uuid::Uuid::from_u128(8),
        ..again
    };
    world.service_says(later).await;
    assert_eq!(world.state(card("n", "ada@x")).await.0, Resolved);
}
