//! What becomes of a card, and the counts.

use chrono::Duration;
use events::organization::Class;
use events::user::{
    ActionIgnored, CardUpdateAbandoned, CardUpdateQueued, CardUpdated, DeliveryOutcomeUnknown,
    DeliveryRetryScheduled, IgnoredReason, NotificationExpired, NotificationRefused, NotificationSeen,
    NotificationSuppressed, RefusalClass, SeenEvidence, SuppressedReason,
};
use events::{ActivityId, NotificationId};
use projections::delivery_report::ReportFilter;
use projections::notifications::NotificationState::{
    Answered, Attempted, Delivered, Expired, Refused, Retry, Seen, Suppressed, UnknownHeld, UnknownRetry,
};

use crate::responses::accepted;
use crate::world::{REQUEST, World, attempted, card, chat_card, delivered, domain_event, organization};

/// A world in which a request to Ada is queued.
async fn queued() -> (World, NotificationId) {
    let mut world = World::linked().await;
    world.joins("ada", "ada@x").await;
    world.chronus_says(domain_event(REQUEST, "1", &["ada@x"])).await;
    world.queue_all().await;
    (world, card("1", "ada@x"))
}

fn unknown(id: NotificationId, retry_at: Option<chrono::DateTime<chrono::Utc>>) -> DeliveryOutcomeUnknown {
    DeliveryOutcomeUnknown {
        notification_id: id,
        attempt: 1,
        reason: "status_503".into(),
        retry_at,
    }
}

fn seen(id: NotificationId) -> NotificationSeen {
    NotificationSeen {
        notification_id: id,
        evidence: SeenEvidence::Pressed,
        activity_id: Some(ActivityId::parse("1699").unwrap()),
    }
}

#[tokio::test]
async fn delivered_refused_and_unknown_stay_apart() {
    let (mut world, id) = queued().await;
    world.user_does("ada", attempted(id, 1)).await;
    assert_eq!(world.state(id).await, (Attempted, None));

    let retry_at = world.now + Duration::minutes(5);
    world.user_does("ada", unknown(id, Some(retry_at))).await;
    let found = world.notification(id).await;
    assert_eq!(
        (found.state, found.due_at, found.settled_at),
        (UnknownRetry, Some(retry_at), None)
    );

    world.user_does("ada", attempted(id, 2)).await;
    world.user_does("ada", unknown(id, None)).await;
    assert_eq!(world.state(id).await, (UnknownHeld, Some("status_503".into())));

    world.user_does("ada", attempted(id, 3)).await;
    let refused = NotificationRefused {
        shows: None,
        notification_id: id,
        attempt: 3,
        class: RefusalClass::RecipientState,
        status: Some(403),
        code: "MessageWritesBlocked".into(),
    };
    world.user_does("ada", refused).await;
    let found = world.notification(id).await;
    assert_eq!(
        (found.state, found.reason.as_deref(), found.status),
        (Refused, Some("recipient_state"), Some(403))
    );
    assert_eq!(
        (found.code.as_deref(), found.attempts),
        (Some("MessageWritesBlocked"), 3)
    );

    world.user_does("ada", delivered(id)).await;
    let found = world.notification(id).await;
    assert_eq!(
        (found.state, found.reason, found.code, found.status),
        (Delivered, None, None, None)
    );
    assert!(found.settled_at.is_some());
}

#[tokio::test]
async fn a_retry_says_when_and_why() {
    let (mut world, id) = queued().await;
    let retry_at = world.now + Duration::seconds(30);
    world.user_does("ada", attempted(id, 1)).await;
    let event = DeliveryRetryScheduled {
        notification_id: id,
        attempt: 1,
        retry_at,
        reason: "throttled".into(),
        status: Some(429),
        recover: None,
        probe: false,
        put_off: None,
    };
    world.user_does("ada", event).await;
    let found = world.notification(id).await;
    assert_eq!(
        (found.state, found.due_at, found.status),
        (Retry, Some(retry_at), Some(429))
    );
}

#[tokio::test]
async fn a_press_settles_an_unknown_outcome() {
    let (mut world, id) = queued().await;
    world.user_does("ada", attempted(id, 1)).await;
    world.user_does("ada", unknown(id, None)).await;
    world.user_does("ada", seen(id)).await;
    assert_eq!(world.state(id).await, (Seen, None));
}

#[tokio::test]
async fn an_answer_that_overtakes_the_outcome_is_not_taken_back() {
    let (mut world, id) = queued().await;
    world.user_does("ada", attempted(id, 1)).await;
    world.user_does("ada", seen(id)).await;
    world.user_does("ada", accepted(id)).await;
    world.user_does("ada", delivered(id)).await;
    let found = world.notification(id).await;
    assert_eq!(
        (found.state, found.answer.as_deref()),
        (Answered, Some("accepted"))
    );
    assert!(found.activity_id.is_some());
    assert_eq!(found.revision_shown, 1);
}

#[tokio::test]
async fn what_is_not_sent_keeps_its_reason() {
    let (mut world, id) = queued().await;
    let event = NotificationSuppressed {
        notification_id: id,
        reason: SuppressedReason::Disconnected,
    };
    world.user_does("ada", event).await;
    assert_eq!(world.state(id).await, (Suppressed, Some("disconnected".into())));

    let (mut world, id) = queued().await;
    world
        .user_does("ada", NotificationExpired { notification_id: id })
        .await;
    assert_eq!(world.state(id).await, (Expired, None));
}

#[tokio::test]
async fn the_history_tells_every_event_that_touched_the_card() {
    let mut world = World::linked().await;
    world.chronus_says(domain_event(REQUEST, "1", &["ada@x"])).await;
    let id = card("1", "ada@x");
    world.joins("ada", "ada@x").await;
    world.queue_all().await;
    world.user_does("ada", attempted(id, 1)).await;
    world.user_does("ada", delivered(id)).await;
    world
        .user_does(
            "ada",
            CardUpdateQueued {
                notification_id: id,
                revision: 2,
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
    world
        .user_does(
            "ada",
            CardUpdateQueued {
                notification_id: id,
                revision: 3,
            },
        )
        .await;
    let gone = CardUpdateAbandoned {
        notification_id: id,
        revision: 3,
        code: "gone".into(),
    };
    world.user_does("ada", gone).await;
    let event = ActionIgnored {
        notification_id: Some(id),
        reason: IgnoredReason::AlreadyResolved,
        fault: None,
        affirms: None,
        at: None,
    };
    let last = world.user_does("ada", event).await;
    world.fold().await;
    let history = world.models().history(id).await.unwrap();
    let words: Vec<_> = history.iter().map(|entry| entry.what.as_str()).collect();
    let expected = [
        "accepted",
        "resolved",
        "queued",
        "attempted",
        "delivered",
        "update_queued",
        "updated",
        "update_queued",
        "update_abandoned",
        "press_ignored",
    ];
    assert_eq!(words, expected);
    assert_eq!(history.last().unwrap().position, last);
    let found = world.notification(id).await;
    assert_eq!((found.revision_shown, found.revision_wanted), (2, 3));
}

#[tokio::test]
async fn a_card_of_the_chat_has_a_row_without_an_organization() {
    let mut world = World::linked().await;
    world.joins("ada", "ada@x").await;
    let event = chat_card("help", Class::Reply, world.now);
    let id = event.notification_id;
    world.user_does("ada", event).await;
    let found = world.notification(id).await;
    assert_eq!((found.organization_id, found.domain_event), (None, None));
}

#[tokio::test]
async fn the_report_counts_by_state_and_reason_and_says_where_it_stands() {
    let mut world = World::linked().await;
    world.joins("ada", "ada@x").await;
    world
        .chronus_says(domain_event(REQUEST, "1", &["ada@x", "bob@x", "eve@x"]))
        .await;
    world.queue_all().await;
    world.user_does("ada", attempted(card("1", "ada@x"), 1)).await;
    let last = world.user_does("ada", delivered(card("1", "ada@x"))).await;
    world.fold().await;
    let filter = ReportFilter {
        organization_id: Some(organization()),
        ..ReportFilter::default()
    };
    let report = world.models().delivery_report(filter).await.unwrap();
    let lines: Vec<_> = report
        .lines
        .iter()
        .map(|line| (line.state.as_str(), line.reason.as_deref(), line.count))
        .collect();
    assert_eq!(
        lines,
        [("delivered", None, 1), ("unresolved", Some("no_mapping"), 2)]
    );
    assert_eq!(report.position, last);
    assert_eq!(report.total(&[Delivered]), 1);
    let later = ReportFilter {
        from: Some(world.now + Duration::days(1)),
        ..ReportFilter::default()
    };
    assert!(
        world
            .models()
            .delivery_report(later)
            .await
            .unwrap()
            .lines
            .is_empty()
    );
}

#[tokio::test]
async fn a_card_is_found_by_its_id_for_its_own_organization_alone() {
    let (mut world, id) = queued().await;
    world.fold().await;
    let models = world.models();
    let of = |organization: &str| {
        let organization = events::OrganizationId::parse(organization).unwrap();
        models.notifications_of_organization(organization, vec![id, card("9", "nobody@x")])
    };
    let found: Vec<NotificationId> = of("acme").await.unwrap().iter().map(|found| found.id).collect();
    assert_eq!(found, [id]);
    assert!(of("other").await.unwrap().is_empty());
}
