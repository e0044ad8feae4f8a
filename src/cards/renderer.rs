//! Draws cards from the log: finds the domain event, opens what is sealed, draws.
//!
//! A broadcast asks for the same domain event thousands of times, so the newest ones are kept in memory, sealed as they
//! are in the log: an erasure takes effect at once, and no clear text outlives the drawing of one card. It writes
//! nothing.

use std::collections::{HashMap, HashSet};
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use actors::card::{AnswerView, CardContent, CardSpec, ComposeView, LinkView, SubjectCard};
use actors::ports::{CardRenderer, Message, PortError, RenderError};
use events::organization::{DomainEventAccepted, Role};
use events::user::{Rsvp, Source};
use events::{
    Clock, DecodeError, EventId, EventStore, OrganizationEvent, OrganizationId, Position, ReadError, Sealed,
    TenantId, Vault, VaultError,
};
use futures_util::future::{BoxFuture, FutureExt as _};
use lru::LruCache;

use super::calendar::{self, CalendarLinks, Entry, Place};
use super::content::Content;
use super::drafts::Drafts;
use super::link::{HttpsLink, LinkHosts};
use super::{Opened, OpenedSubject, draw};

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

/// What happens where the words of an erased person are missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Erased {
    /// There is no card.
    Refuse,
    /// The card is drawn without them.
    LeaveOut,
}

/// Draws cards; see the module.
pub struct Renderer {
    store: Arc<dyn EventStore>,
    vault: Vault,
    clock: Arc<dyn Clock>,
    drafts: Arc<Drafts>,
    /// Of organizations that name them, the hosts that their cards may lead to.
    links: HashMap<OrganizationId, LinkHosts>,
    /// Tenants whose people call each other *du*.
    familiar: HashSet<TenantId>,
    /// Where calendar entries are fetched from; `None` where nobody's browser reaches this service.
    calendar: Option<CalendarLinks>,
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
            drafts: Arc::default(),
            links: HashMap::new(),
            familiar: HashSet::new(),
            calendar: None,
            recent: Mutex::new(LruCache::new(CACHED_EVENTS)),
        }
    }

    /// The same, where cards of these organizations lead to these hosts alone.
    #[must_use]
    pub fn with_links(mut self, links: HashMap<OrganizationId, LinkHosts>) -> Self {
        self.links = links;
        self
    }

    /// Whether everything on the card comes from organizations that name the hosts which their cards may lead to.
    fn hosts_are_named(&self, spec: &CardSpec) -> bool {
        let cards = match &spec.content {
            CardContent::Subject(card) => std::slice::from_ref(&**card),
            CardContent::List(list) => &list.items,
            CardContent::WelcomeBack { list, .. }
            | CardContent::Connected { list, .. }
            | CardContent::Resumed { list } => &list.items,
            CardContent::Compose(view) => &view.targets,
            CardContent::Welcome { .. }
            | CardContent::Help(_)
            | CardContent::Status(_)
            | CardContent::Settings(_)
            | CardContent::Privacy(_)
            | CardContent::Disconnected
            | CardContent::SwitchedOff
            | CardContent::NotUnderstood { .. }
            | CardContent::StaleAction
            | CardContent::NotTheirs
            | CardContent::InDoubt
            | CardContent::Erasing
            | CardContent::Paused { .. }
            | CardContent::ConfirmDisconnect => &[],
        };
        cards.iter().all(|card| match &card.source {
            Source::DomainEvent { organization_id, .. } => self.links.contains_key(organization_id),
            Source::Chat => true,
        })
    }

    /// The same, where cards in German call people of these tenants *du*.
    #[must_use]
    pub fn with_familiar(mut self, tenants: HashSet<TenantId>) -> Self {
        self.familiar = tenants;
        self
    }

    /// The same, where cards of meetings and events lead to calendar entries.
    #[must_use]
    pub fn with_calendar(mut self, links: Option<CalendarLinks>) -> Self {
        self.calendar = links;
        self
    }

    /// The calendar entry behind the last part of a link's path; `None` where the link is not good, or what it is about
    /// was erased.
    ///
    /// # Errors
    /// The log or the keys cannot be read.
    pub async fn calendar_file(&self, file: &str) -> Result<Option<String>, RenderError> {
        let now = self.clock.now();
        let read = self.calendar.as_ref().and_then(|links| links.read(file, now));
        let Some(entry) = read else { return Ok(None) };
        let (Some(newest), Some(original)) = (
            self.told_at(entry.newest).await?,
            self.told_at(entry.original).await?,
        ) else {
            return Ok(None);
        };
        Ok(calendar::file(entry, &newest.over(&original), now))
    }

    /// The domain event at a place of the log, opened; `None` where it was erased.
    async fn told_at(&self, place: Place) -> Result<Option<Content>, RenderError> {
        let event = self
            .event_at(place.position, place.event_id)
            .await
            .map_err(not_found)?;
        let data = self.vault.open(&event.content).await.map_err(not_opened)?;
        Ok(data.map(|data| Content::read(&event.event_type, &data)))
    }

    /// Where the entry of what a card is about is fetched from, as long as it will be and the person did not say no.
    fn calendar_of(&self, card: &SubjectCard) -> Option<HttpsLink> {
        let links = self.calendar.as_ref()?;
        let timed = card.kind.family().takes_place() && card.kind.role() != Role::FollowUp;
        let declined = matches!(
            card.answer,
            Some(AnswerView::MeetingDeclined | AnswerView::Rsvp(Rsvp::NotGoing))
        );
        if !timed || declined || card.ended().is_some() || !card.open {
            return None;
        }
        let place = |source: &Source| match source {
            Source::DomainEvent {
                event_id, position, ..
            } => Some(Place {
                position: *position,
                event_id: *event_id,
            }),
            Source::Chat => None,
        };
        links.link(Entry {
            original: place(&card.original)?,
            newest: place(&card.source)?,
            ends: Entry::ends_after(card.facts.starts_at?, card.facts.ends_at),
        })
    }

    /// Where what people typed is at hand for the card that asks where it belongs.
    pub fn drafts(&self) -> Arc<Drafts> {
        Arc::clone(&self.drafts)
    }

    /// What was typed for a card that asks where it belongs, or written on it and not sent; nothing once something was sent
    /// from it.
    async fn draft(&self, spec: &CardSpec, view: &ComposeView) -> Result<Option<String>, RenderError> {
        if view.sent.is_some() && spec.fault.is_none() {
            return Ok(None);
        }
        let kept = self.drafts.of(spec.notification_id, self.clock.now());
        self.open_optional(kept.as_ref()).await
    }

    /// What the person wrote on a card where it did not count, so that it is not lost.
    async fn returned(&self, spec: &CardSpec) -> Result<Option<String>, RenderError> {
        let is_kept_back = matches!(spec.content, CardContent::InDoubt | CardContent::NotTheirs);
        let has_a_box = matches!(spec.content, CardContent::Compose(_));
        if has_a_box || (spec.fault.is_none() && !is_kept_back) {
            return Ok(None);
        }
        let kept = self.drafts.of(spec.notification_id, self.clock.now());
        self.open_optional(kept.as_ref()).await
    }

    async fn open(&self, spec: &CardSpec) -> Result<Opened, RenderError> {
        match &spec.content {
            CardContent::Welcome { link, .. } | CardContent::Help(link) | CardContent::Privacy(link) => {
                self.open_link(link).await
            }
            CardContent::Status(view) => self.open_link(&view.link).await,
            CardContent::Settings(view) => self.open_link(&view.link).await,
            CardContent::WelcomeBack { link, list, .. } | CardContent::Connected { link, list, .. } => {
                Ok(Opened {
                    items: self.open_all(spec, &list.items).await?,
                    ..self.open_link(link).await?
                })
            }
            CardContent::Resumed { list } => Ok(Opened {
                items: self.open_all(spec, &list.items).await?,
                ..Opened::default()
            }),
            CardContent::Subject(card) => Ok(Opened {
                items: vec![self.open_subject(spec, card, Erased::Refuse).await?],
                ..Opened::default()
            }),
            CardContent::List(view) => Ok(Opened {
                items: self.open_all(spec, &view.items).await?,
                query: self.open_optional(view.query.as_ref()).await?,
                ..Opened::default()
            }),
            CardContent::Compose(view) => Ok(Opened {
                items: self.open_all(spec, &view.targets).await?,
                query: self.open_optional(view.query.as_ref()).await?,
                sent: self
                    .open_optional(view.sent.as_ref().map(|sent| &sent.text))
                    .await?,
                draft: self.draft(spec, view).await?,
                ..Opened::default()
            }),
            CardContent::Disconnected
            | CardContent::SwitchedOff
            | CardContent::NotUnderstood { .. }
            | CardContent::StaleAction
            | CardContent::NotTheirs
            | CardContent::InDoubt
            | CardContent::Erasing
            | CardContent::Paused { .. }
            | CardContent::ConfirmDisconnect => Ok(Opened::default()),
        }
    }

    /// The reader's own name and address; an erased one is simply not shown.
    async fn open_link(&self, link: &LinkView) -> Result<Opened, RenderError> {
        Ok(Opened {
            name: self.open_optional(link.name.as_ref()).await?,
            address: self.open_optional(link.address.as_ref()).await?,
            ..Opened::default()
        })
    }

    /// The subjects of a list. The words of an erased person are missing from it; the line stays, for its number
    /// may have been read already.
    async fn open_all(
        &self,
        spec: &CardSpec,
        cards: &[SubjectCard],
    ) -> Result<Vec<OpenedSubject>, RenderError> {
        let mut opened = Vec::with_capacity(cards.len());
        for card in cards {
            opened.push(self.open_subject(spec, card, Erased::LeaveOut).await?);
        }
        Ok(opened)
    }

    /// What is said of one subject. Where the person it belongs to was erased, a card of its own cannot be drawn while
    /// it is open; one that ended is drawn without the person's words, so that its update takes them out of the chat as
    /// well.
    async fn open_subject(
        &self,
        spec: &CardSpec,
        card: &SubjectCard,
        erased: Erased,
    ) -> Result<OpenedSubject, RenderError> {
        let erased = if card.ended().is_some() {
            Erased::LeaveOut
        } else {
            erased
        };
        let original = self.content(spec, &card.original, erased).await?;
        let newest = if card.source == card.original {
            original.clone()
        } else {
            self.content(spec, &card.source, erased).await?
        };
        let previous = match card
            .previous
            .as_ref()
            .filter(|previous| **previous != card.original)
        {
            Some(previous) => Some(self.content(spec, previous, Erased::LeaveOut).await?),
            None => card.previous.as_ref().map(|_| original.clone()),
        };
        let mut earlier = Vec::with_capacity(card.earlier.len());
        for source in &card.earlier {
            earlier.push(self.content(spec, source, Erased::LeaveOut).await?);
        }
        let mut opened = OpenedSubject {
            calendar: self.calendar_of(card),
            newest,
            earlier,
            previous,
            original,
            ..OpenedSubject::default()
        };
        for message in &card.more {
            let newest = self.content(spec, &message.source, Erased::LeaveOut).await?;
            opened.more.push(if message.source == message.original {
                newest
            } else {
                let original = self.content(spec, &message.original, Erased::LeaveOut).await?;
                newest.over(&original).written_as(&original)
            });
        }
        match &card.answer {
            Some(AnswerView::Survey { saved, .. }) => {
                for (question, answer) in saved {
                    let answer = self.open_optional(Some(answer)).await?;
                    opened
                        .answers
                        .extend(answer.map(|answer| (question.clone(), answer)));
                }
            }
            Some(AnswerView::Replied { text, .. }) => opened.reply = self.open_optional(Some(text)).await?,
            _ => {}
        }
        Ok(opened)
    }

    async fn content(
        &self,
        spec: &CardSpec,
        source: &Source,
        erased: Erased,
    ) -> Result<Content, RenderError> {
        let event = self.find(spec, source).await.map_err(not_found)?;
        let data = match self.vault.open(&event.content).await.map_err(not_opened) {
            // One line of a list, or what a card said before, is left out rather than the whole card.
            Err(RenderError::Unreadable(error)) if erased == Erased::LeaveOut => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "a part of a card cannot be read and is left out"
                );
                None
            }
            data => data?,
        };
        if data.is_none() && erased == Erased::Refuse {
            return Err(RenderError::ContentErased);
        }
        let name = event.actor.as_ref().and_then(|actor| actor.name.as_ref());
        let content = Content {
            program: event.program.clone(),
            actor: self.open_optional(name).await?,
            time: event.time,
            ..Content::read(&event.event_type, data.as_deref().unwrap_or_default())
        };
        let hosts = match source {
            Source::DomainEvent { organization_id, .. } => self.links.get(organization_id),
            Source::Chat => None,
        };
        Ok(match hosts {
            Some(hosts) => content.leading_only_to(hosts),
            None => content,
        })
    }

    /// What does not open is left out: a name, an address, an answer are not the card.
    async fn open_optional(&self, sealed: Option<&Sealed>) -> Result<Option<String>, RenderError> {
        let Some(sealed) = sealed else { return Ok(None) };
        match self.vault.open(sealed).await.map_err(not_opened) {
            Err(RenderError::Unreadable(error)) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "a part of a card cannot be read and is left out"
                );
                Ok(None)
            }
            opened => opened,
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
        self.event_at(*position, *event_id).await
    }

    async fn event_at(
        &self,
        position: Position,
        event_id: EventId,
    ) -> Result<Arc<DomainEventAccepted>, FindError> {
        if let Some(known) = self.recent(|recent| recent.get(&event_id).cloned()) {
            return Ok(known);
        }
        let missing = || FindError::Missing { position, event_id };
        let found = self.store.event_at(position).await?;
        let recorded = found.filter(|event| event.id == event_id).ok_or_else(missing)?;
        let OrganizationEvent::DomainEventAccepted(event) = recorded.decode()?;
        let event = Arc::new(event);
        self.recent(|recent| recent.put(event_id, Arc::clone(&event)));
        Ok(event)
    }

    fn recent<T>(&self, use_recent: impl FnOnce(&mut LruCache<EventId, Arc<DomainEventAccepted>>) -> T) -> T {
        use_recent(&mut self.recent.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl CardRenderer for Renderer {
    fn render<'a>(&'a self, card: &'a CardSpec) -> BoxFuture<'a, Result<Message, RenderError>> {
        async move {
            let opened = Opened {
                hosts_are_named: self.hosts_are_named(card),
                familiar: self.familiar.contains(&card.user.tenant_id),
                returned: self.returned(card).await?,
                ..self.open(card).await?
            };
            Ok(draw(card, &opened, self.clock.now()))
        }
        .boxed()
    }
}

fn not_opened(error: VaultError) -> RenderError {
    let is_lasting = matches!(error, VaultError::Damaged { .. });
    failed("opening sealed content", is_lasting, error)
}

fn not_found(error: FindError) -> RenderError {
    let is_lasting = match &error {
        FindError::Read(_) => false,
        FindError::Decode(_) | FindError::Missing { .. } | FindError::NoSource { .. } => true,
    };
    failed("finding the domain event", is_lasting, error)
}

fn failed(
    action: &'static str,
    is_lasting: bool,
    error: impl std::error::Error + Send + Sync + 'static,
) -> RenderError {
    let error = PortError {
        action,
        source: Box::new(error),
    };
    if is_lasting {
        RenderError::Unreadable(error)
    } else {
        RenderError::Port(error)
    }
}
