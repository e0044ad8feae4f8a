//! Drawing cards.

use std::fmt::Debug;

use futures_util::future::BoxFuture;

use super::{Message, PortError};
use crate::card::CardSpec;

/// Why a card could not be drawn.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The content was sealed for a person who was erased.
    #[error("the card's content belonged to a person who was erased")]
    ContentErased,
    /// The content can never be read as it stands: a sealed value that its key does not open, or a domain event that is
    /// not where the card says.
    #[error("the card's content cannot be read")]
    Unreadable(#[source] PortError),
    /// The content could not be read now.
    #[error(transparent)]
    Port(#[from] PortError),
}

/// Draws cards.
pub trait CardRenderer: Debug + Send + Sync + 'static {
    /// The activity to post or put for `card`.
    fn render<'a>(&'a self, card: &'a CardSpec) -> BoxFuture<'a, Result<Message, RenderError>>;
}
