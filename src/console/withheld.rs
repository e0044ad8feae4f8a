//! Which events are shown to nobody: those that lead from the answers of an anonymous survey to who gave them, and when.
//! What was recorded together with one of these is withheld with it.

use std::collections::{HashMap, HashSet};

use events::user::Delivery;
use events::{Event, NotificationId, Position, Recorded, UserEvent};
use projections::ReadModels;
use serde_json::Value;
use uuid::Uuid;

use crate::http::problem::Problem;
use crate::http::queries::unreadable;

/// The positions of those of `events` that are withheld.
pub(super) async fn withheld(models: &ReadModels, events: &[Recorded]) -> Result<HashSet<Position>, Problem> {
    let mut known: HashMap<NotificationId, bool> = HashMap::new();
    let mut together: HashSet<(&str, Uuid)> = HashSet::new();
    for event in events {
        let Some(card) = readers_part(event) else { continue };
        let anonymous = match known.get(&card) {
            Some(anonymous) => *anonymous,
            None => is_anonymous(models, card).await?,
        };
        known.insert(card, anonymous);
        if anonymous {
            together.insert((event.stream.as_str(), event.metadata.causation_id));
        }
    }
    let of = |event: &&Recorded| together.contains(&(event.stream.as_str(), event.metadata.causation_id));
    Ok(events.iter().filter(of).map(|event| event.position).collect())
}

async fn is_anonymous(models: &ReadModels, card: NotificationId) -> Result<bool, Problem> {
    let found = models
        .notification(card)
        .await
        .map_err(|error| unreadable(&error))?;
    let Some(event) = found.and_then(|card| card.domain_event) else {
        return Ok(false);
    };
    models
        .asks_anonymously(event)
        .await
        .map_err(|error| unreadable(&error))
}

/// The card of whose reader an event tells something.
fn readers_part(event: &Recorded) -> Option<NotificationId> {
    let tells = match event.decode_any() {
        Ok(Event::User(UserEvent::Answer(_) | UserEvent::Chat(_) | UserEvent::Update(_))) => true,
        Ok(Event::User(UserEvent::Delivery(delivery))) => matches!(delivery, Delivery::Seen(_)),
        Ok(
            Event::User(
                UserEvent::Presence(_)
                | UserEvent::Identity(_)
                | UserEvent::Settings(_)
                | UserEvent::Queue(_),
            )
            | Event::Organization(_)
            | Event::Tenant(_)
            | Event::Outbound(_)
            | Event::Lease(_)
            | Event::Log(_),
        )
        | Err(_) => false,
    };
    let data: Value = tells
        .then(|| serde_json::from_str(&event.payload).ok())
        .flatten()?;
    let id = data
        .get("notification_id")
        .or_else(|| data.pointer("/on/notification_id"))?;
    id.as_str()?.parse().ok()
}
