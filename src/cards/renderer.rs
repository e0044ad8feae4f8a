//! Draws cards from the log: finds the domain event, opens what is sealed, draws.
//!
//! A broadcast asks for the same domain event thousands of times, so the newest ones are kept in memory, sealed as they
//! are in the log: an erasure takes effect at once, and no clear text outlives the drawing of one card. It writes
//! nothing.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use actors::card::{CardContent, CardSpec, LinkView};
use actors::ports::{CardRenderer, Message, PortError, RenderError};
use events::organization::DomainEventAccepted;
use events::user::Source;
use events::{
    Clock, DecodeError, EventId, EventStore, OrganizationEvent, Position, ReadError, Sealed, Vault,
    VaultError,
};
use futures_util::future::{BoxFuture, FutureExt as _};
use lru::LruCache;

use super::content::Content;
use super::{Opened, draw};

/// Domain events kept; a tenant sends a handful of broadcasts at a time, and one event takes a few kilobytes.
const CACHED_EVENTS: NonZeroUsize = NonZeroUsize::new(512).expect("512 is not zero");

/// Why a domain event could not be found.
#[derive(Debug, thiserror::Error)]
pub enum FindError {
    /// The log could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The event at the position could not be decoded.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// Another event, or none, stands where the notification says.
    #[error(
        "position {position} of the log does not hold domain event {event_id}; do log and read models belong together?"
    )]
    Missing {
        /// Where it was looked for.
        position: Position,
        /// What was looked for.
        event_id: EventId,
    },
    /// The card shows a domain event, but its notification names none.
    #[error("the notification of a {card} card names no domain event")]
    NoSource {
        /// The card's stored name.
        card: &'static str,
    },
}

/// Draws cards; see the module.
pub struct Renderer {
    store: Arc<dyn EventStore>,
    vault: Vault,
    clock: Arc<dyn Clock>,
    recent: Mutex<LruCache<EventId, Arc<DomainEventAccepted>>>,
}

impl std::fmt::Debug for Renderer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Renderer")
            .field("store", &self.store)
            .finish_non_exhaustive()
    }
}

impl Renderer {
    /// Reads domain events from `store` and opens them with `vault`.
    pub fn new(store: Arc<dyn EventStore>, vault: Vault, clock: Arc<dyn Clock>) -> Self {
        Self {
            store,
            vault,
            clock,
            recent: Mutex::new(LruCache::new(CACHED_EVENTS)),
        }
    }

    async fn open(&self, spec: &CardSpec) -> Result<Opened, RenderError> {
        let link = match &spec.content {
            CardContent::Welcome(link)
            | CardContent::WelcomeBack { link, .. }
            | CardContent::Help(link)
            | CardContent::Connected { link, .. } => link,
            CardContent::Status(view) => &view.link,
            CardContent::Subject(card) => {
                // Older and newer content are laid over each other by the cards of each kind; the original says most.
                let content = self.content(spec, &card.original, card.ended().is_some()).await?;
                return Ok(Opened {
                    content,
                    ..Opened::default()
                });
            }
            CardContent::Settings(view) => &view.link,
            CardContent::Privacy(link) => link,
            CardContent::Disconnected
            | CardContent::NotUnderstood { .. }
            | CardContent::StaleAction
            | CardContent::List(_)
            | CardContent::Compose(_)
            | CardContent::Paused { .. }
            | CardContent::Resumed { .. }
            | CardContent::ConfirmDisconnect => {
                return Ok(Opened::default());
            }
        };
        self.open_link(link).await
    }

    /// The reader's own name and address; an erased one is simply not shown.
    async fn open_link(&self, link: &LinkView) -> Result<Opened, RenderError> {
        Ok(Opened {
            name: self.open_optional(link.name.as_ref()).await?,
            address: self.open_optional(link.address.as_ref()).await?,
            content: Content::default(),
        })
    }

    /// What the domain event says. Where the person it belongs to was erased, an open card cannot be drawn; one that
    /// ended is drawn without the person's words, so that its update takes them out of the chat as well.
    async fn content(&self, spec: &CardSpec, source: &Source, ended: bool) -> Result<Content, RenderError> {
        let event = self
            .find(spec, source)
            .await
            .map_err(|error| failed("finding the domain event", error))?;
        let data = self.vault.open(&event.content).await.map_err(not_opened)?;
        if data.is_none() && !ended {
            return Err(RenderError::ContentErased);
        }
        let mut content = Content::read(&event.event_type, data.as_deref().unwrap_or_default());
        if content.program.is_none() {
            content.program.clone_from(&event.program);
        }
        if content.person.name.is_none() {
            let name = event.actor.as_ref().and_then(|actor| actor.name.as_ref());
            content.person.name = self.open_optional(name).await?;
        }
        Ok(content)
    }

    async fn open_optional(&self, sealed: Option<&Sealed>) -> Result<Option<String>, RenderError> {
        match sealed {
            Some(sealed) => self.vault.open(sealed).await.map_err(not_opened),
            None => Ok(None),
        }
    }

    async fn find(&self, spec: &CardSpec, source: &Source) -> Result<Arc<DomainEventAccepted>, FindError> {
        let Source::DomainEvent {
            event_id, position, ..
        } = source
        else {
            return Err(FindError::NoSource {
                card: spec.content.kind().as_str(),
            });
        };
        if let Some(known) = self.recent(|recent| recent.get(event_id).cloned()) {
            return Ok(known);
        }
        let missing = || FindError::Missing {
            position: *position,
            event_id: *event_id,
        };
        let found = self.store.event_at(*position).await?;
        let recorded = found.filter(|event| event.id == *event_id).ok_or_else(missing)?;
        let OrganizationEvent::DomainEventAccepted(event) = recorded.decode()?;
        let event = Arc::new(event);
        self.recent(|recent| recent.put(*event_id, Arc::clone(&event)));
        Ok(event)
    }

    fn recent<T>(&self, use_recent: impl FnOnce(&mut LruCache<EventId, Arc<DomainEventAccepted>>) -> T) -> T {
        use_recent(&mut self.recent.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl CardRenderer for Renderer {
    fn render<'a>(&'a self, card: &'a CardSpec) -> BoxFuture<'a, Result<Message, RenderError>> {
        async move {
            let opened = self.open(card).await?;
            Ok(draw(card, &opened, self.clock.now()))
        }
        .boxed()
    }
}

fn not_opened(error: VaultError) -> RenderError {
    failed("opening sealed content", error)
}

fn failed(action: &'static str, error: impl std::error::Error + Send + Sync + 'static) -> RenderError {
    RenderError::Port(PortError {
        action,
        source: Box::new(error),
    })
}
