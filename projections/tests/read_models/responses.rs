//! Answers to Chronus.

use chrono::Duration;
use events::outbound::{
    ResponseDelivered, ResponseFailed, ResponseRequeued, WebhookDisabled, WebhookEnabled, WebhookOffReason,
};
use events::user::{
    AnsweredOn, EventRsvpGiven, MeetingHeld, MessageHandOverFailed, MessageReplied, RequestAccepted, Rsvp,
    SurveyStepShown, TaskCompleted,
};
use events::{NotificationId, Position, UserEvent};
use projections::responses::ResponseFilter;
use projections::responses::ResponseState::{Delivered, Failed, Pending};

use crate::world::{SUBJECT, World, card, event_id, organization, sealed, subject, user};

pub(crate) fn accepted(notification_id: NotificationId) -> RequestAccepted {
    RequestAccepted {
        organization_id: organization(),
        notification_id,
        subject: subject(SUBJECT),
        domain_event: event_id("1"),
        member_id: None,
        platform: None,
    }
}

/// Nothing is given up.
const BEFORE: chrono::DateTime<chrono::Utc> = chrono::DateTime::<chrono::Utc>::MIN_UTC;
const MANY: events::work::Most = events::work::Most {
    organizations: 9,
    each: 9,
};

fn failed(
    response: Position,
    attempt: u32,
    retry_at: Option<chrono::DateTime<chrono::Utc>>,
) -> ResponseFailed {
    ResponseFailed {
        response,
        attempt,
        status: Some(500),
        reason: "status_500".into(),
        retry_at,
        rests_until: None,
    }
}

#[tokio::test]
async fn an_answer_is_pending_until_chronus_took_it() {
    let mut world = World::linked().await;
    let at = world.user_does("ada", accepted(card("1", "ada@x"))).await;
    world.fold().await;
    let (models, work) = (world.models(), world.work());
    let due = |now| work.answers(now, BEFORE, MANY, |_| false).unwrap();
    assert_eq!((due(world.now).len(), due(world.now)[0].position), (1, at));
    assert_eq!(models.response(at).await.unwrap().unwrap().state, Pending);
    assert_eq!(work.next_answer().unwrap(), Some(world.now));

    let retry_at = world.now + Duration::minutes(1);
    world.service_says(failed(at, 1, Some(retry_at))).await;
    world.fold().await;
    assert!(due(world.now).is_empty());
    assert_eq!(work.next_answer().unwrap(), Some(retry_at));
    assert_eq!(due(retry_at)[0].attempts, 1);

    world
        .service_says(ResponseDelivered {
            response: at,
            attempt: 2,
            status: 200,
        })
        .await;
    world.fold().await;
    assert_eq!(work.next_answer().unwrap(), None);
    let feed = models
        .responses_after(organization(), Position::START, 10)
        .await
        .unwrap();
    assert_eq!(
        (feed[0].state, feed[0].attempts, feed[0].status),
        (Delivered, 2, Some(200))
    );
}

#[tokio::test]
async fn an_answer_given_up_stays_in_the_feed() {
    let mut world = World::linked().await;
    let first = world.user_does("ada", accepted(card("1", "ada@x"))).await;
    let second = world.user_does("bob", accepted(card("1", "bob@x"))).await;
    world.service_says(failed(first, 5, None)).await;
    world.fold().await;
    let models = world.models();
    let feed = models
        .responses_after(organization(), Position::START, 10)
        .await
        .unwrap();
    assert_eq!(
        feed.iter().map(|r| r.state).collect::<Vec<_>>(),
        [Failed, Pending]
    );
    let feed = models.responses_after(organization(), first, 10).await.unwrap();
    assert_eq!(feed.iter().map(|r| r.position).collect::<Vec<_>>(), [second]);
    assert!(
        models
            .responses_after("other".parse().unwrap(), Position::START, 10)
            .await
            .unwrap()
            .is_empty()
    );
}

fn on(notification_id: NotificationId) -> AnsweredOn {
    AnsweredOn {
        organization_id: organization(),
        notification_id,
        subject: subject("thread/55"),
        domain_event: event_id("1"),
        member_id: None,
        platform: None,
        pressed: None,
        at: None,
    }
}

#[tokio::test]
async fn every_answer_is_one_to_hand_over_and_a_step_of_a_survey_is_none() {
    let mut world = World::linked().await;
    let card = card("1", "ada@x");
    let given = [
        UserEvent::from(EventRsvpGiven {
            on: on(card),
            rsvp: Rsvp::Going,
        }),
        TaskCompleted { on: on(card) }.into(),
        SurveyStepShown {
            on: on(card),
            question: None,
        }
        .into(),
        MeetingHeld {
            on: on(card),
            held: true,
        }
        .into(),
    ];
    for event in given {
        world.user_does("ada", event).await;
    }
    world.fold().await;
    let due = world.work().answers(world.now, BEFORE, MANY, |_| false).unwrap();
    assert_eq!(due.len(), 3);
}

#[tokio::test]
async fn what_was_written_and_given_up_is_listed_until_its_writer_is_told() {
    let mut world = World::linked().await;
    let reply_id = uuid::Uuid::from_u128(7);
    let reply = MessageReplied {
        on: on(card("1", "ada@x")),
        reply_id,
        text: sealed("text"),
    };
    let at = world.user_does("ada", reply).await;
    let other = world.user_does("ada", accepted(card("2", "ada@x"))).await;
    for answer in [at, other] {
        world.service_says(failed(answer, 1, None)).await;
    }
    world.fold().await;
    let lost = world.work().lost_messages(10, |_| true).unwrap();
    assert_eq!(lost.len(), 1);
    assert_eq!((&lost[0].user, lost[0].reply_id), (&user("ada"), reply_id));
    world.user_does("ada", MessageHandOverFailed { reply_id }).await;
    world.fold().await;
    assert!(world.work().lost_messages(10, |_| true).unwrap().is_empty());
}

#[tokio::test]
async fn what_was_written_to_an_organization_that_reads_the_feed_is_not_lost() {
    let mut world = World::linked().await;
    let reply = MessageReplied {
        on: on(card("1", "ada@x")),
        reply_id: uuid::Uuid::from_u128(7),
        text: sealed("text"),
    };
    let at = world.user_does("ada", reply).await;
    let no_webhook = ResponseFailed {
        status: None,
        reason: ResponseFailed::NO_WEBHOOK.to_owned(),
        ..failed(at, 1, None)
    };
    world.service_says(no_webhook).await;
    world.fold().await;
    let lost = world.work().lost_messages(10, |_| true).unwrap();
    assert!(lost.is_empty());
}

/// Positions of what is to be handed over, where webhooks that are off wait until `given_up`.
fn due(world: &World, given_up: chrono::DateTime<chrono::Utc>) -> Vec<Position> {
    let due = world
        .work()
        .answers(world.now, given_up, MANY, |_| false)
        .unwrap();
    due.into_iter().map(|response| response.position).collect()
}

#[tokio::test]
async fn a_receiver_that_asked_to_be_left_alone_is_asked_for_nothing_until_then() {
    let mut world = World::linked().await;
    let first = world.user_does("ada", accepted(card("1", "ada@x"))).await;
    let second = world.user_does("bob", accepted(card("1", "bob@x"))).await;
    let until = world.now + Duration::minutes(10);
    let busy = ResponseFailed {
        rests_until: Some(until),
        ..failed(first, 1, Some(world.now))
    };
    world.service_says(busy).await;
    world.fold().await;
    let never = chrono::DateTime::<chrono::Utc>::MIN_UTC;
    assert_eq!(due(&world, never), []);
    let webhook = world.models().webhook(organization()).await.unwrap().unwrap();
    assert_eq!((webhook.rests_until, webhook.failures), (Some(until), 1));
    world.now = until;
    assert_eq!(due(&world, never), [first, second]);
}

#[tokio::test]
async fn what_waits_for_a_webhook_that_is_off_is_due_when_it_is_on_again_or_too_old() {
    let mut world = World::linked().await;
    let at = world.user_does("ada", accepted(card("1", "ada@x"))).await;
    let later = world.now + Duration::hours(5);
    world.service_says(failed(at, 1, Some(later))).await;
    world
        .service_says(WebhookDisabled {
            reason: WebhookOffReason::Gone,
            by: "service".into(),
            failing_since: None,
        })
        .await;
    world.fold().await;
    let models = world.models();
    let off = models
        .webhook(organization())
        .await
        .unwrap()
        .unwrap()
        .off
        .unwrap();
    assert_eq!(off.reason, WebhookOffReason::Gone);
    let backlog = models.backlog().await.unwrap();
    assert_eq!((backlog.oldest_response, backlog.webhooks_off.len()), (None, 1));
    assert_eq!(backlog.responses, [(organization(), 1)]);
    let (before, now) = (later - Duration::seconds(1), world.now);
    world.now = later;
    assert_eq!(due(&world, before), []);
    assert_eq!(due(&world, later), [at]);

    world.now = now;
    world.service_says(WebhookEnabled { by: "cli".into() }).await;
    world.fold().await;
    assert_eq!(due(&world, now), [at], "its own delay no longer counts");
    let webhook = world.models().webhook(organization()).await.unwrap().unwrap();
    assert_eq!(
        (webhook.off, webhook.failures, webhook.failing_since),
        (None, 0, None)
    );
}

#[tokio::test]
async fn what_was_given_up_is_listed_until_it_is_asked_for_again() {
    let mut world = World::linked().await;
    let first = world.user_does("ada", accepted(card("1", "ada@x"))).await;
    let second = world.user_does("bob", accepted(card("1", "bob@x"))).await;
    world.service_says(failed(first, 8, None)).await;
    let no_webhook = ResponseFailed {
        reason: ResponseFailed::NO_WEBHOOK.to_owned(),
        ..failed(second, 1, None)
    };
    world.service_says(no_webhook).await;
    world.fold().await;
    let listed = async |filter: ResponseFilter, models: projections::ReadModels| {
        let listed = models
            .responses_settled(organization(), filter, Position::START, 10)
            .await
            .unwrap();
        listed.iter().map(|one| one.position).collect::<Vec<_>>()
    };
    let filter = ResponseFilter::default;
    assert_eq!(listed(filter(), world.models()).await, [first]);
    let all = ResponseFilter {
        taken_too: true,
        ..filter()
    };
    assert_eq!(listed(all, world.models()).await, [first, second]);
    let other = ResponseFilter {
        reason: Some("timeout".into()),
        ..filter()
    };
    assert_eq!(listed(other, world.models()).await, []);

    let replay_id = uuid::Uuid::from_u128(9);
    world
        .service_says(ResponseRequeued {
            response: first,
            replay_id,
            by: "cli".into(),
        })
        .await;
    world.fold().await;
    assert_eq!(listed(filter(), world.models()).await, []);
    let again = world.models().response(first).await.unwrap().unwrap();
    assert_eq!(
        (again.state, again.attempts, again.tries_before, again.replay),
        (Pending, 8, 8, Some(replay_id))
    );
    let waiting = world.models().backlog().await.unwrap();
    assert_eq!(
        waiting.oldest_response, again.due_at,
        "it waits since it was asked for, not since it was given"
    );
}
