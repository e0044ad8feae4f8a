//! Which card each domain event of the scenario became for whom.

use std::collections::HashMap;

use anyhow::Context as _;
use events::NotificationId;
use serde_json::Value;

use super::scenario::Player;

/// What a play leaves behind for its verdict.
#[derive(Debug, Default)]
pub struct Played {
    /// The cards of each domain event with listed recipients, by the event's id.
    pub events: HashMap<String, Cards>,
}

/// The cards of one domain event.
#[derive(Debug, Default)]
pub struct Cards {
    /// One for each recipient, in their order.
    pub notifications: Vec<NotificationId>,
    /// The recipients as Chronus named them.
    pub recipients: Vec<Value>,
}

impl Played {
    /// The notification of a domain event for one person.
    pub fn card_of(&self, event: &str, player: &Player) -> anyhow::Result<String> {
        let cards = self
            .events
            .get(event)
            .with_context(|| format!("{event} was not handed over"))?;
        let is_player = |recipient: &Value| {
            let email = recipient["email"].as_str().unwrap_or_default();
            let known = [player.email.as_deref(), player.upn.as_deref()];
            known
                .into_iter()
                .flatten()
                .any(|address| address.eq_ignore_ascii_case(email))
        };
        let place = cards.recipients.iter().position(is_player);
        let found = place.and_then(|place| cards.notifications.get(place));
        let found = found.with_context(|| format!("{event} has no card for {}", player.name))?;
        Ok(found.to_string())
    }
}
