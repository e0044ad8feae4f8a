//! Whom the service can reach, and dead letters.

use chrono::Duration;
use events::organization::Class;
use events::user::{
    Connected, DeliveryOutcomeUnknown, Disconnected, MemberRole, NotificationExpired, NotificationRefused,
    NotificationRequeued, Paused, Reachability, ReachabilityChanged, RefusalClass, Resumed, ResumedBy,
};
use events::{NotificationId, Position};
use projections::dead_letters::DeadLetterFilter;
use projections::notifications::NotificationState;
use projections::reachability::Reach;
use uuid::Uuid;

use crate::world::{
    REQUEST, UPSERTED, World, attempted, card, chat_card, domain_event, installed, organization, profile,
    user,
};

fn changed(state: Reachability, evidence: &str) -> ReachabilityChanged {
    ReachabilityChanged {
        state,
        evidence: evidence.into(),
    }
}

#[tokio::test]
async fn the_ledger_keeps_every_change_with_its_evidence_and_no_repetition() {
    let mut world = World::linked().await;
    world.user_does("ada", installed()).await;
    world
        .user_does("ada", changed(Reachability::Reachable, "installation"))
        .await;
    world
        .user_does("ada", changed(Reachability::Blocked, "MessageWritesBlocked"))
        .await;
    world
        .user_does("ada", changed(Reachability::Reachable, "activity"))
        .await;
    world.user_does("ada", Disconnected { at: None }).await;
    world.user_does("ada", Connected { at: None }).await;
    world.fold().await;
    let ledger = world.models().ledger(user("ada")).await.unwrap();
    let told: Vec<(&str, &str)> = ledger
        .iter()
        .map(|e| (e.state.as_str(), e.evidence.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            ("reachable", "installation_update"),
            ("blocked", "MessageWritesBlocked"),
            ("reachable", "activity"),
            ("disconnected", "command"),
            ("connected", "command"),
        ]
    );
}

#[tokio::test]
async fn everybody_of_an_organization_is_counted_once_and_in_one_state() {
    let mut world = World::linked().await;
    let members = ["m1 a@x", "m2 b@x", "m3 c@x", "m4", "m5 e@x", "m6 g@x", "m7 h@x"];
    world.chronus_says(domain_event(UPSERTED, "1", &members)).await;
    world.joins("ada", "a@x").await;
    world.joins("bob", "b@x").await;
    world
        .user_does(
            "bob",
            changed(Reachability::DisabledByAdmin, "BotDisabledByAdmin"),
        )
        .await;
    world.joins("eve", "e@x").await;
    world.joins("eva", "e@x").await;
    world.user_does("gil", installed()).await;
    world
        .user_does("gil", profile(Some("g@x"), None, MemberRole::Guest))
        .await;
    world.joins("hal", "h@x").await;
    world.user_does("hal", Disconnected { at: None }).await;
    world.fold().await;
    let counted = world
        .models()
        .preflight(organization(), None, world.now)
        .await
        .unwrap();
    let counts: Vec<(Reach, u64)> = counted
        .counts
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .collect();
    assert_eq!(
        counts,
        [
            (Reach::Reachable, 1),
            (Reach::NeverInstalled, 1),
            (Reach::DisabledByAdmin, 1),
            (Reach::Disconnected, 1),
            (Reach::Guest, 1),
            (Reach::NoMapping, 1),
            (Reach::Conflict, 1),
        ]
    );
}

async fn dead(world: &mut World, filter: DeadLetterFilter) -> Vec<NotificationId> {
    world.fold().await;
    let found = world
        .models()
        .dead_letters(organization(), filter, Position::START, 100)
        .await;
    found.unwrap().into_iter().map(|card| card.id).collect()
}

#[tokio::test]
async fn what_ended_without_arriving_for_a_reason_that_may_be_gone_is_a_dead_letter_until_it_is_replayed() {
    let mut world = World::linked().await;
    world.joins("ada", "a@x").await;
    for id in ["1", "2", "3", "4", "5"] {
        world.chronus_says(domain_event(REQUEST, id, &["a@x"])).await;
    }
    world.queue_all().await;
    let cards = ["1", "2", "3", "4", "5"].map(|id| card(id, "a@x"));
    let refused = |notification_id, class| NotificationRefused {
        shows: None,
        notification_id,
        attempt: 1,
        class,
        status: Some(400),
        code: "BadArgument".into(),
    };
    for id in cards {
        world.user_does("ada", attempted(id, 1)).await;
    }
    world
        .user_does("ada", refused(cards[0], RefusalClass::Permanent))
        .await;
    world
        .user_does("ada", refused(cards[1], RefusalClass::RecipientState))
        .await;
    let unknown = DeliveryOutcomeUnknown {
        notification_id: cards[2],
        attempt: 1,
        reason: "status_503".into(),
        retry_at: None,
    };
    world.user_does("ada", unknown).await;
    world
        .user_does(
            "ada",
            NotificationExpired {
                notification_id: cards[3],
            },
        )
        .await;
    let chat = chat_card("help", Class::Reply, world.now);
    let of_the_chat = chat.notification_id;
    world.user_does("ada", chat).await;
    world
        .user_does("ada", refused(of_the_chat, RefusalClass::Permanent))
        .await;
    assert_eq!(
        dead(&mut world, DeadLetterFilter::default()).await,
        [cards[0], cards[2], cards[3]]
    );
    let held = DeadLetterFilter {
        state: Some(NotificationState::UnknownHeld),
        ..DeadLetterFilter::default()
    };
    assert_eq!(dead(&mut world, held).await, [cards[2]]);
    let coded = DeadLetterFilter {
        code: Some("BadArgument".into()),
        ..DeadLetterFilter::default()
    };
    assert_eq!(dead(&mut world, coded).await, [cards[0]]);

    let requeued = NotificationRequeued {
        notification_id: cards[0],
        replay_id: Uuid::nil(),
        expires_at: world.now,
        by: "cli".into(),
    };
    world.user_does("ada", requeued).await;
    assert_eq!(
        dead(&mut world, DeadLetterFilter::default()).await,
        [cards[2], cards[3]]
    );
    assert_eq!(world.state(cards[0]).await.0, NotificationState::Queued);
}

#[tokio::test]
async fn a_person_who_paused_is_not_reached_until_the_pause_ends_by_itself_or_by_a_word() {
    let mut world = World::linked().await;
    world.chronus_says(domain_event(UPSERTED, "1", &["m1 a@x"])).await;
    world.joins("ada", "a@x").await;
    let until = world.now + Duration::hours(2);
    world.user_does("ada", Paused { until, at: None }).await;
    world.fold().await;
    let models = world.models();
    for (now, expected) in [(world.now, Reach::Paused), (until, Reach::Reachable)] {
        let counted = models.preflight(organization(), None, now).await.unwrap();
        assert_eq!(counted.counts[&expected], 1, "{now}");
        let people = models
            .reached(organization(), Some(expected), None, now, 9)
            .await
            .unwrap();
        assert_eq!(people.len(), 1, "{now}");
    }
    let paused = models
        .reached(organization(), None, None, world.now, 9)
        .await
        .unwrap();
    assert_eq!(
        (paused[0].evidence.as_deref(), paused[0].since),
        (Some("command"), Some(world.now))
    );
    world
        .user_does(
            "ada",
            Resumed {
                by: ResumedBy::Command,
                at: None,
            },
        )
        .await;
    world.fold().await;
    let counted = models.preflight(organization(), None, world.now).await.unwrap();
    assert_eq!(counted.counts[&Reach::Reachable], 1);
    let ledger = models.ledger(user("ada")).await.unwrap();
    let states: Vec<&str> = ledger.iter().map(|entry| entry.state.as_str()).collect();
    assert_eq!(states, ["reachable", "paused", "resumed"]);
}
