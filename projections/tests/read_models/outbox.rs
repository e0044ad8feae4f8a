//! What the delivery lanes are given.

use std::collections::HashSet;

use chrono::{DateTime, Duration, Utc};
use events::organization::Class;
use events::tenant::{IntegrationDisabled, IntegrationEnabled};
use events::user::{
    CardUpdateAbandoned, CardUpdateQueued, CardUpdated, DeferReason, DeliveryRetryScheduled, MemberRole,
    MergeReason, NotificationDeferred, NotificationMerged, ProfileRequested, ProfileUnavailable,
};
use events::{NotificationId, UserKey};
use projections::notifications::NotificationState;
use projections::outbox::TenantDue;
use projections::outbox::Work::{self, Profile, Send, Update};

use crate::world::{World, attempted, chat_card, delivered, installed, profile, start, tenant, user};

async fn due_at(
    world: &mut World,
    now: DateTime<Utc>,
    busy: &[UserKey],
    limit: usize,
) -> Vec<(UserKey, Work)> {
    world.fold().await;
    let busy: HashSet<_> = busy.iter().cloned().collect();
    let due = world.work().due(&tenant(), now, &busy, limit).unwrap();
    due.into_iter().map(|task| (task.user, task.work)).collect()
}

async fn due(world: &mut World) -> Vec<(UserKey, Work)> {
    let now = world.now;
    due_at(world, now, &[], 100).await
}

async fn queue(world: &mut World, name: &str, card: &str, class: Class) -> NotificationId {
    let event = chat_card(card, class, world.now);
    let id = event.notification_id;
    world.user_does(name, event).await;
    id
}

fn retry(notification_id: NotificationId, retry_at: DateTime<Utc>) -> DeliveryRetryScheduled {
    DeliveryRetryScheduled {
        notification_id,
        attempt: 1,
        retry_at,
        reason: "throttled".into(),
        status: None,
        recover: None,
        probe: false,
        put_off: None,
    }
}

#[tokio::test]
async fn each_person_has_one_thing_at_a_time_and_classes_overtake() {
    let mut world = World::linked().await;
    let news = queue(&mut world, "ada", "news", Class::Broadcast).await;
    let first = queue(&mut world, "bob", "first", Class::Direct).await;
    queue(&mut world, "bob", "second", Class::Direct).await;
    let help = queue(&mut world, "eve", "help", Class::Reply).await;
    queue(&mut world, "eve", "late", Class::Broadcast).await;
    let expected = [
        (user("eve"), Send(help)),
        (user("bob"), Send(first)),
        (user("ada"), Send(news)),
    ];
    assert_eq!(due(&mut world).await, expected);
    let now = world.now;
    assert_eq!(due_at(&mut world, now, &[user("eve")], 1).await, expected[1..2]);
}

#[tokio::test]
async fn the_profile_comes_before_every_card_until_it_is_settled() {
    let mut world = World::linked().await;
    world.user_does("ada", installed()).await;
    let help = queue(&mut world, "ada", "help", Class::Reply).await;
    world.user_does("ada", ProfileRequested::default()).await;
    assert_eq!(due(&mut world).await, [(user("ada"), Profile)]);

    let retry_at = world.now + Duration::minutes(10);
    let event = ProfileUnavailable {
        status: Some(503),
        code: "ServiceError".into(),
        retry_at: Some(retry_at),
    };
    world.user_does("ada", event).await;
    assert_eq!(
        due(&mut world).await,
        [(user("ada"), Send(help))],
        "a look-up that waits holds no card back"
    );
    assert_eq!(
        due_at(&mut world, retry_at, &[], 10).await,
        [(user("ada"), Profile)]
    );

    world
        .user_does("ada", profile(Some("ada@x"), None, MemberRole::User))
        .await;
    assert_eq!(
        due_at(&mut world, retry_at, &[], 10).await,
        [(user("ada"), Send(help))]
    );
}

#[tokio::test]
async fn a_card_that_waits_for_its_next_try_holds_back_its_own_class_and_no_other() {
    let mut world = World::linked().await;
    let first = queue(&mut world, "ada", "first", Class::Direct).await;
    let second = queue(&mut world, "ada", "second", Class::Direct).await;
    world.user_does("ada", attempted(first, 1)).await;
    let retry_at = world.now + Duration::minutes(1);
    world.user_does("ada", retry(first, retry_at)).await;
    assert_eq!(due(&mut world).await, []);
    let news = queue(&mut world, "ada", "news", Class::Broadcast).await;
    assert_eq!(due(&mut world).await, [(user("ada"), Send(news))]);
    assert_eq!(
        due_at(&mut world, retry_at, &[], 10).await,
        [(user("ada"), Send(first))]
    );
    world.user_does("ada", delivered(first)).await;
    assert_eq!(due(&mut world).await, [(user("ada"), Send(second))]);
}

#[tokio::test]
async fn an_attempt_without_an_outcome_is_listed_as_such() {
    let mut world = World::linked().await;
    let id = queue(&mut world, "ada", "help", Class::Reply).await;
    world.user_does("ada", attempted(id, 1)).await;
    world.fold().await;
    let due = world
        .work()
        .due(&tenant(), world.now, &HashSet::new(), 10)
        .unwrap();
    assert_eq!((due.len(), due[0].attempted), (1, true));
    world.user_does("ada", delivered(id)).await;
    assert_eq!(self::due(&mut world).await, []);
}

#[tokio::test]
async fn a_card_in_the_chat_is_updated_to_its_newest_revision() {
    let mut world = World::linked().await;
    let id = queue(&mut world, "ada", "request", Class::Direct).await;
    world
        .user_does(
            "ada",
            CardUpdateQueued {
                notification_id: id,
                revision: 2,
            },
        )
        .await;
    assert_eq!(
        due(&mut world).await,
        [(user("ada"), Send(id))],
        "not in the chat yet"
    );
    world.user_does("ada", delivered(id)).await;
    assert_eq!(due(&mut world).await, [(user("ada"), Update(id))]);
    world
        .user_does(
            "ada",
            CardUpdateQueued {
                notification_id: id,
                revision: 3,
            },
        )
        .await;
    world
        .user_does(
            "ada",
            CardUpdated {
                notification_id: id,
                revision: 2,
            },
        )
        .await;
    assert_eq!(due(&mut world).await, [(user("ada"), Update(id))]);
    let gone = CardUpdateAbandoned {
        notification_id: id,
        revision: 3,
        code: "gone".into(),
    };
    world.user_does("ada", gone).await;
    assert_eq!(due(&mut world).await, []);
}

#[tokio::test]
async fn tenants_with_work_are_listed_with_the_time_it_is_due() {
    let mut world = World::linked().await;
    let work = world.work();
    world.fold().await;
    assert_eq!(work.tenants(None).unwrap().tenants, []);
    let id = queue(&mut world, "ada", "help", Class::Reply).await;
    let since = world.now;
    world.fold().await;
    assert_eq!(
        work.tenants(None).unwrap().tenants,
        [TenantDue {
            tenant_id: tenant(),
            due_at: since
        }]
    );
    world.user_does("ada", attempted(id, 1)).await;
    let retry_at = world.now + Duration::minutes(1);
    world.user_does("ada", retry(id, retry_at)).await;
    world.fold().await;
    assert_eq!(
        work.tenants(None).unwrap().tenants,
        [TenantDue {
            tenant_id: tenant(),
            due_at: retry_at
        }]
    );
}

#[tokio::test]
async fn a_tenant_that_is_off_is_given_no_work_until_it_is_on_again() {
    let mut world = World::linked().await;
    let id = queue(&mut world, "ada", "card", Class::Direct).await;
    world.tenant_says(IntegrationDisabled { by: "cli".into() }).await;
    assert_eq!(due(&mut world).await, []);
    assert_eq!(world.work().tenants(None).unwrap().tenants, []);
    assert!(world.work().is_off(&tenant()));
    // But the answer to somebody who types.
    let reply = queue(&mut world, "bob", "off", Class::Reply).await;
    assert_eq!(due(&mut world).await, [(user("bob"), Send(reply))]);
    world.user_does("bob", attempted(reply, 1)).await;
    world.user_does("bob", delivered(reply)).await;
    world.tenant_says(IntegrationEnabled { by: "cli".into() }).await;
    assert_eq!(due(&mut world).await, [(user("ada"), Send(id))]);
}

#[tokio::test]
async fn every_tenant_with_work_is_listed_and_after_a_position_only_those_that_changed() {
    let mut world = World::linked().await;
    let first = queue(&mut world, "ada", "help", Class::Reply).await;
    world.user_does("ada", attempted(first, 1)).await;
    let retry_at = world.now + Duration::minutes(1);
    world.user_does("ada", retry(first, retry_at)).await;
    let other = events::UserKey::parse("t-2/eve").unwrap();
    let stream = events::StreamId::user(&other);
    let card = chat_card("elsewhere", Class::Reply, world.now);
    let at = world.append(stream, &events::UserEvent::from(card), None).await;
    world.fold().await;
    let work = world.work();
    let all = work.tenants(None).unwrap();
    let tenants: Vec<&str> = all.tenants.iter().map(|due| due.tenant_id.as_str()).collect();
    assert_eq!((tenants, all.position), (vec!["t-2", "t-1"], at));
    let before = events::Position(at.0 - 1);
    let changed = work.tenants(Some(before)).unwrap();
    assert_eq!(changed.tenants.len(), 1);
    assert_eq!(changed.tenants[0].tenant_id.as_str(), "t-2");
    let nothing = work.tenants(Some(at)).unwrap();
    assert_eq!(nothing.tenants, []);
}

#[tokio::test]
async fn within_a_class_what_expires_first_goes_first() {
    let mut world = World::linked().await;
    for (name, days) in [("ada", 9), ("bob", 2), ("eve", 5)] {
        let card = events::user::NotificationQueued {
            expires_at: start() + Duration::days(days),
            ..chat_card(name, Class::Direct, world.now)
        };
        world.user_does(name, card).await;
    }
    let news = queue(&mut world, "dan", "news", Class::Broadcast).await;
    let order: Vec<_> = due(&mut world).await.into_iter().map(|(user, _)| user).collect();
    assert_eq!(order, [user("bob"), user("eve"), user("ada"), user("dan")]);
    world.user_does("dan", delivered(news)).await;
}

fn deferred(notification_id: NotificationId, until: DateTime<Utc>) -> NotificationDeferred {
    NotificationDeferred {
        notification_id,
        until,
        reason: DeferReason::QuietHours,
    }
}

#[tokio::test]
async fn cards_for_the_morning_hold_back_nothing_and_come_in_their_order() {
    let mut world = World::linked().await;
    let morning = world.now + Duration::hours(8);
    let mut waiting = Vec::new();
    for name in ["first", "second"] {
        let card = queue(&mut world, "ada", name, Class::Direct).await;
        world.user_does("ada", deferred(card, morning)).await;
        waiting.push(card);
    }
    assert!(due(&mut world).await.is_empty());
    let urgent = queue(&mut world, "ada", "urgent", Class::Direct).await;
    assert_eq!(due(&mut world).await, [(user("ada"), Send(urgent))]);
    world.user_does("ada", attempted(urgent, 1)).await;
    world.user_does("ada", delivered(urgent)).await;
    for card in waiting {
        assert_eq!(
            due_at(&mut world, morning, &[], 10).await,
            [(user("ada"), Send(card))]
        );
        world.user_does("ada", attempted(card, 1)).await;
        world.user_does("ada", delivered(card)).await;
    }
    assert!(due_at(&mut world, morning, &[], 10).await.is_empty());
}

#[tokio::test]
async fn a_tenant_whose_cards_all_wait_is_due_when_the_first_of_them_is() {
    let mut world = World::linked().await;
    let (early, late) = (world.now + Duration::hours(1), world.now + Duration::hours(2));
    for (name, at) in [("late", late), ("early", early)] {
        let card = queue(&mut world, "ada", name, Class::Direct).await;
        world.user_does("ada", deferred(card, at)).await;
    }
    world.fold().await;
    assert_eq!(
        world.work().tenants(None).unwrap().tenants,
        [TenantDue {
            tenant_id: tenant(),
            due_at: early
        }]
    );
}

#[tokio::test]
async fn a_card_that_another_one_shows_is_nothing_to_do() {
    let mut world = World::linked().await;
    let shown = queue(&mut world, "ada", "shown", Class::Direct).await;
    let merged = NotificationMerged {
        notification_id: shown,
        into: NotificationId::derive(["digest"]),
        reason: MergeReason::Digest,
    };
    world.user_does("ada", merged).await;
    assert!(due(&mut world).await.is_empty());
    assert_eq!(
        world.state(shown).await,
        (NotificationState::Merged, Some("digest".into()))
    );
}
