//! Cards as their readers see them, drawn anew from the log.

use actors::ports::{CardRenderer as _, RenderError};
use actors::user::asking::LookAt;
use events::UserKey;
use projections::notifications::{Notification, NotificationState};

use super::visit::Visit;
use crate::cards::html;

/// Cards that are drawn at once.
const MOST: usize = 3;

/// The newest cards in somebody's chat, as HTML. What cannot be drawn is said in its place.
pub(super) async fn newest(visit: &Visit, user: &UserKey, cards: &[Notification]) -> Vec<String> {
    let there = |card: &&Notification| {
        matches!(
            card.state,
            NotificationState::Delivered | NotificationState::Seen | NotificationState::Answered
        )
    };
    let mut drawn = Vec::new();
    for card in cards.iter().filter(there) {
        if drawn.len() >= MOST {
            break;
        }
        // Who answered anonymously, and what, is not to be read off their card.
        match visit.console.api.card(&visit.organization, card.id).await {
            Ok(told) if !told.is_anonymous => {}
            Ok(_) | Err(_) => continue,
        }
        drawn.extend(one(visit, user, card).await);
    }
    drawn
}

async fn one(visit: &Visit, user: &UserKey, card: &Notification) -> Option<String> {
    let ask = LookAt {
        notification_id: card.id,
    };
    let spec = visit.console.api.directory.ask(user, ask).await.ok()?.reply?;
    match visit.console.api.renderer.render(&spec).await {
        Ok(message) => {
            let card = message.0.pointer("/attachments/0/content")?;
            Some(html::draw(card, &html::Looked))
        }
        Err(RenderError::ContentErased) => {
            Some("<p class=\"dim\">What this card said belonged to a person who was erased.</p>".to_owned())
        }
        Err(error) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "a card could not be drawn for the console"
            );
            Some("<p class=\"dim\">This card cannot be drawn now.</p>".to_owned())
        }
    }
}
