//! What a Teams user's stream holds: the person's install, identity, notifications, deliveries and answers, each family of
//! facts an enum of its own.

use crate::codec::event_families;

mod about;
mod answer;
mod chat;
mod command;
mod delivery;
mod identity;
mod presence;
mod queue;
mod settings;
mod update;

pub use about::*;
pub use answer::*;
pub use chat::*;
pub use command::*;
pub use delivery::*;
pub use identity::*;
pub use presence::*;
pub use queue::*;
pub use settings::*;
pub use update::*;

event_families! {
    /// A fact in a Teams user's stream.
    pub enum UserEvent ("user") {
        /// Whether the person is there.
        Presence,
        /// Who they are.
        Identity,
        /// What they want.
        Settings,
        /// What happened in the chat that is no answer.
        Chat,
        /// What they answered.
        Answer,
        /// A card before it leaves.
        Queue,
        /// A card on its way.
        Delivery,
        /// A card updated in place.
        Update,
    }
}

impl UserEvent {
    /// The answer that Chronus is told; `None` for every other event.
    pub fn answer(&self) -> Option<&Answer> {
        match self {
            Self::Answer(answer) => Some(answer),
            Self::Presence(_)
            | Self::Identity(_)
            | Self::Settings(_)
            | Self::Chat(_)
            | Self::Queue(_)
            | Self::Delivery(_)
            | Self::Update(_) => None,
        }
    }
}
