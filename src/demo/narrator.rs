//! Tells what happens as it happens, read off the log like any other follower.

use std::collections::HashMap;
use std::sync::Arc;

use events::store::Follow;
use events::{Event, EventStore, Position, UserEvent, UserKey};
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
            if let UserEvent::NotificationQueued(queued) = &event {
                cards.insert(queued.notification_id, queued.card.as_str());
            }
            if let Some(line) = line(&event, name, &|id| cards.get(&id).copied().unwrap_or("card")) {
                say(line);
            }
        }
    }
}

fn line(
    event: &UserEvent,
    name: &str,
    card: &dyn Fn(events::NotificationId) -> &'static str,
) -> Option<String> {
    Some(match event {
        UserEvent::NotificationDelivered(e) => format!("    → {} to {name}", card(e.notification_id)),
        UserEvent::CardUpdated(e) => format!(
            "    ↻ {} of {name} shows revision {}",
            card(e.notification_id),
            e.revision
        ),
        UserEvent::RequestAccepted(e) => format!("    ✓ {name} accepted {}", e.subject),
        UserEvent::RequestDeclined(e) => format!("    ✗ {name} declined {}", e.subject),
        UserEvent::NotificationSuppressed(e) => {
            format!(
                "    · {} to {name} not sent: {}",
                card(e.notification_id),
                e.reason.as_str()
            )
        }
        UserEvent::NotificationRefused(e) => {
            format!("    · {} to {name} refused: {}", card(e.notification_id), e.code)
        }
        UserEvent::NotificationWithdrawn(e) => {
            format!("    · {} to {name} withdrawn", card(e.notification_id))
        }
        UserEvent::DeliveryOutcomeUnknown(e) => {
            format!(
                "    ? {} to {name}: outcome unknown ({})",
                card(e.notification_id),
                e.reason
            )
        }
        UserEvent::DeliveryRetryScheduled(e) => {
            format!(
                "    … {} to {name} is tried again ({})",
                card(e.notification_id),
                e.reason
            )
        }
        _ => return None,
    })
}
