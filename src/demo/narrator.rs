//! Tells what happens as it happens, read off the log like any other follower.

use std::collections::HashMap;
use std::sync::Arc;

use events::store::Follow;
use events::user::{Answer, Delivery, Queue, Update};
use events::{Event, EventStore, NotificationId, Position, UserEvent, UserKey};
use tokio_util::sync::CancellationToken;

use super::say;
use super::scenario::Scenario;

/// Events read at a time.
const PAGE: usize = 200;

/// Tells until cancelled, beginning after `after`.
pub async fn narrate(
    store: Arc<dyn EventStore>,
    scenario: &Scenario,
    after: Position,
    cancel: CancellationToken,
) {
    let names: HashMap<UserKey, &str> = scenario
        .people
        .iter()
        .map(|player| (scenario.user(player), player.name.as_str()))
        .collect();
    let mut cards = HashMap::new();
    let mut follow = Follow::new(&*store, after, PAGE);
    while let Some(Ok(Some(page))) = cancel.run_until_cancelled(follow.next()).await {
        for recorded in page {
            let Ok(Event::User(event)) = recorded.decode_any() else {
                continue;
            };
            let name = recorded
                .stream
                .user_key()
                .and_then(|user| names.get(&user).copied())
                .unwrap_or("somebody");
            if let UserEvent::Queue(Queue::Queued(queued)) = &event {
                cards.insert(queued.notification_id, queued.card.as_str());
            }
            if let Some(line) = line(&event, name, &|id| cards.get(&id).copied().unwrap_or("card")) {
                say(line);
            }
        }
    }
}

/// Names the kind of a card.
type Kind<'a> = &'a dyn Fn(NotificationId) -> &'static str;

fn line(event: &UserEvent, name: &str, card: Kind<'_>) -> Option<String> {
    match event {
        UserEvent::Answer(event) => answer(event, name),
        UserEvent::Queue(event) => queue(event, name, card(event.notification_id())),
        UserEvent::Delivery(event) => delivery(event, name, card(event.notification_id())),
        UserEvent::Update(Update::Updated(e)) => Some(format!(
            "    ↻ {} of {name} shows revision {}",
            card(e.notification_id),
            e.revision
        )),
        UserEvent::Update(_)
        | UserEvent::Presence(_)
        | UserEvent::Identity(_)
        | UserEvent::Settings(_)
        | UserEvent::Chat(_) => None,
    }
}

fn answer(event: &Answer, name: &str) -> Option<String> {
    let on = event.answered_on();
    match event {
        Answer::RequestAccepted(_) => Some(format!("    ✓ {name} accepted {}", on.subject)),
        Answer::RequestDeclined(_) => Some(format!("    ✗ {name} declined {}", on.subject)),
        Answer::MeetingAccepted(_)
        | Answer::MeetingDeclined(_)
        | Answer::MeetingProposed(_)
        | Answer::MeetingHeld(_)
        | Answer::EventRsvpGiven(_)
        | Answer::SurveyAnswered(_)
        | Answer::AnnouncementAcknowledged(_)
        | Answer::MatchRequested(_)
        | Answer::MatchDismissed(_)
        | Answer::MessageReplied(_)
        | Answer::MessageSent(_)
        | Answer::TaskCompleted(_) => None,
    }
}

fn queue(event: &Queue, name: &str, card: &str) -> Option<String> {
    match event {
        Queue::Suppressed(e) => Some(format!("    · {card} to {name} not sent: {}", e.reason.as_str())),
        Queue::Withdrawn(_) => Some(format!("    · {card} to {name} withdrawn")),
        Queue::Queued(_)
        | Queue::Requeued(_)
        | Queue::Deferred(_)
        | Queue::Expired(_)
        | Queue::Merged(_)
        | Queue::Shown(_) => None,
    }
}

fn delivery(event: &Delivery, name: &str, card: &str) -> Option<String> {
    match event {
        Delivery::Delivered(_) => Some(format!("    → {card} to {name}")),
        Delivery::Refused(e) => Some(format!("    · {card} to {name} refused: {}", e.code)),
        Delivery::OutcomeUnknown(e) => {
            Some(format!("    ? {card} to {name}: outcome unknown ({})", e.reason))
        }
        Delivery::RetryScheduled(e) => Some(format!("    … {card} to {name} is tried again ({})", e.reason)),
        Delivery::Attempted(_) | Delivery::Seen(_) => None,
    }
}
