//! How each card stands, folded from the log alone: what Chronus asked for, what the person's stream says of it, what
//! the router gave up. Who a recipient is is learnt from the queue, so a recipient counts as looked for until then.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use events::organization::{CardKind, DomainEventAccepted, DomainKind, Recipient, Recipients, SubjectState};
use events::user::{Answer, Chat, DeferReason, Delivery, NotificationQueued, Queue, Source};
use events::{
    Event, NotificationId, OrganizationEvent, OrganizationId, OutboundEvent, Position, Recorded, SubjectRef,
    UserEvent, UserKey,
};

use serde::{Deserialize, Serialize};

use super::card_state::{AnswerWord, CardState, Stage};
use super::kept::Kept;
use super::ledger::{Row, SharedRow, shared};
use super::state_file::StateFile;

/// An event's place and time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// Where it stands.
    pub position: Position,
    /// When it was recorded.
    pub time: DateTime<Utc>,
}

impl Moment {
    /// Of an event.
    pub fn of(recorded: &Recorded) -> Self {
        Self {
            position: recorded.position,
            time: recorded.metadata.time,
        }
    }
}

/// A card and what became of it so far.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Card {
    /// What it is counted as.
    #[serde(with = "shared")]
    pub row: Arc<Row>,
    /// When what it tells of happened: the domain event's own time, never later than when it was handed over.
    pub happened: DateTime<Utc>,
    /// When Chronus handed it over; `None` for cards that the service itself made.
    pub accepted: Option<Moment>,
    /// When it was queued first.
    pub queued: Option<Moment>,
    /// When it was tried first.
    pub attempted: Option<Moment>,
    /// When it was in the chat first, as far as is known.
    pub delivered: Option<Moment>,
    /// When the person certainly saw it first.
    pub seen: Option<Moment>,
    /// When the person answered on it first.
    pub acted: Option<Moment>,
    /// How it stands.
    pub state: CardState,
    /// Since which event.
    pub since: Moment,
    /// How far it came.
    pub stage: Stage,
}

impl Card {
    /// Whether it waits for the time that it is meant for, and stands in nobody's queue.
    fn is_scheduled(&self) -> bool {
        self.queued.is_none() && self.state == CardState::Deferred(DeferReason::Scheduled)
    }
}

/// What one event did to one card.
#[derive(Debug, Clone)]
pub struct Step {
    /// The card.
    pub id: NotificationId,
    /// How it stood before; `None` where it is new.
    pub before: Option<CardState>,
    /// Stages that it reached by this event.
    pub reached: Vec<Stage>,
}

/// Every card of the log so far.
#[derive(Debug)]
pub struct Cards {
    cards: Kept<NotificationId, Card>,
    /// Of which domain event a card may come, for what only the queue names.
    origins: Kept<events::EventId, SharedRow>,
    /// Whom a recipient's name led to.
    known: Kept<(OrganizationId, String), UserKey>,
    /// The newest card about a subject, by person or by what names the recipient.
    holders: Kept<(OrganizationId, SubjectRef, String), NotificationId>,
    /// Cards about a subject whose person is looked for.
    looking: Kept<(OrganizationId, SubjectRef), Vec<NotificationId>>,
    anonymous: Kept<(OrganizationId, SubjectRef), bool>,
}

impl Default for Cards {
    fn default() -> Self {
        Self {
            cards: Kept::new("cards"),
            origins: Kept::new("origins"),
            known: Kept::new("known"),
            holders: Kept::new("holders"),
            looking: Kept::new("looking"),
            anonymous: Kept::new("anonymous"),
        }
    }
}

impl Cards {
    pub(super) fn go_on_from(&mut self, file: &StateFile) {
        self.cards.go_on_from(file);
        self.origins.go_on_from(file);
        self.known.go_on_from(file);
        self.holders.go_on_from(file);
        self.looking.go_on_from(file);
        self.anonymous.go_on_from(file);
    }

    pub(super) fn settle(&mut self) {
        self.cards.settle();
        self.origins.settle();
        self.known.settle();
        self.holders.settle();
        self.looking.settle();
        self.anonymous.settle();
    }

    /// The card with this id.
    pub fn get(&self, id: NotificationId) -> Option<&Card> {
        self.cards.get(&id)
    }

    /// Every card, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (&NotificationId, &Card)> {
        self.cards.iter()
    }

    /// The member whom a person's cards were meant for, where Chronus named one.
    pub fn member_of(&self, person: &str) -> Option<&str> {
        let named = self
            .known
            .iter()
            .find(|((_, name), user)| name.starts_with("member:") && user.to_string() == person);
        named.and_then(|((_, name), _)| name.strip_prefix("member:"))
    }

    /// Whether nobody is to learn who answered about a subject.
    pub fn is_anonymous(&self, organization: &OrganizationId, subject: &SubjectRef) -> bool {
        self.anonymous
            .contains_key(&(organization.clone(), subject.clone()))
    }

    /// Folds the next event; answers which cards it touched.
    pub fn see(&mut self, recorded: &Recorded, event: &Event) -> Vec<Step> {
        let at = Moment::of(recorded);
        match event {
            Event::Organization(OrganizationEvent::DomainEventAccepted(e)) => {
                match recorded.stream.organization_id() {
                    Some(organization) => self.accepted(recorded, at, organization, e),
                    None => Vec::new(),
                }
            }
            Event::User(event) => match recorded.stream.user_key() {
                Some(user) => {
                    if let Some(id) = notification_of(event) {
                        self.cards.need(&id);
                    }
                    self.user(at, &user, event).into_iter().collect()
                }
                None => Vec::new(),
            },
            Event::Outbound(event) => self.outbound(at, event).into_iter().collect(),
            Event::Tenant(_) | Event::Lease(_) | Event::Log(_) => Vec::new(),
        }
    }

    fn accepted(
        &mut self,
        recorded: &Recorded,
        at: Moment,
        organization: OrganizationId,
        e: &DomainEventAccepted,
    ) -> Vec<Step> {
        let kind = e.kind();
        let Some(card) = kind.card() else {
            return Vec::new();
        };
        if let Some(subject) = e.subject.clone() {
            let of = (organization.clone(), subject);
            self.anonymous.need(&of);
            if e.facts.as_ref().is_some_and(|facts| facts.anonymous) {
                self.anonymous.insert(of, true);
            }
        }
        let row = Arc::new(Row {
            id: String::new(),
            organization: Some(organization.clone()),
            tenant: None,
            program: e.program.clone(),
            kind: Some(card),
            class: Some(e.class()),
            event_type: Some(e.event_type.clone()),
            anonymous: e
                .subject
                .as_ref()
                .is_some_and(|subject| self.is_anonymous(&organization, subject)),
            subject: e.subject.clone(),
            person: String::new(),
        });
        self.origins.insert(recorded.id, SharedRow(Arc::clone(&row)));
        let mut steps = self.ended(at, &organization, kind, e);
        for recipient in e.recipients.listed() {
            steps.extend(self.recipient(at, &organization, kind, e, recipient, &row));
        }
        steps
    }

    /// A subject ended: cards about it whose person is looked for are not sent any more.
    fn ended(
        &mut self,
        at: Moment,
        organization: &OrganizationId,
        kind: DomainKind,
        e: &DomainEventAccepted,
    ) -> Vec<Step> {
        let ends = match kind {
            DomainKind::Revise { state, .. } if state.is_final() => state,
            DomainKind::Revise { .. } | DomainKind::Notify(_) | DomainKind::Member(_) => return Vec::new(),
        };
        let Some(subject) = e.subject.clone() else {
            return Vec::new();
        };
        let of = (organization.clone(), subject);
        self.looking.need(&of);
        let waiting = self.looking.remove(&of).unwrap_or_default();
        for id in &waiting {
            self.cards.need(id);
        }
        let ended = waiting.into_iter().filter_map(|id| {
            let card = self.cards.get(&id)?;
            let looking = matches!(card.state, CardState::Looking(_)) || card.is_scheduled();
            looking
                .then(|| self.enter(at, id, CardState::Withdrawn(ends)))
                .flatten()
        });
        ended.collect()
    }

    fn recipient(
        &mut self,
        at: Moment,
        organization: &OrganizationId,
        kind: DomainKind,
        e: &DomainEventAccepted,
        recipient: &Recipient,
        row: &Arc<Row>,
    ) -> Option<Step> {
        let id = recipient.notification_id;
        self.cards.need(&id);
        if self.cards.contains_key(&id) {
            return None;
        }
        let names = names_of(recipient);
        let user = names.iter().find_map(|name| {
            let of = (organization.clone(), name.clone());
            self.known.need(&of);
            self.known.get(&of).cloned()
        });
        let first = self.first_state(organization, kind, e, &names, user.as_ref());
        let is_held = matches!(first, CardState::Looking(_)) && e.held_until(at.time).is_some();
        let state = if is_held {
            CardState::Deferred(DeferReason::Scheduled)
        } else {
            first
        };
        let row = Row {
            id: id.to_string(),
            person: user
                .as_ref()
                .map(ToString::to_string)
                .or_else(|| names.first().cloned())
                .unwrap_or_else(|| id.to_string()),
            ..Row::clone(row)
        };
        if let Some(subject) = &e.subject
            && matches!(
                state,
                CardState::Looking(_) | CardState::Deferred(DeferReason::Scheduled)
            )
        {
            for name in names {
                let of = (organization.clone(), subject.clone(), name);
                self.holders.insert(of, id);
            }
            let of = (organization.clone(), subject.clone());
            self.looking.need(&of);
            self.looking.get_or_insert_with(of, Vec::new).push(id);
        }
        let card = Card {
            row: Arc::new(row),
            happened: e.time.map_or(at.time, |time| time.min(at.time)),
            accepted: Some(at),
            queued: None,
            attempted: None,
            delivered: None,
            seen: None,
            acted: None,
            state,
            since: at,
            stage: Stage::Accepted,
        };
        self.cards.insert(id, card);
        Some(Step {
            id,
            before: None,
            reached: vec![Stage::Accepted],
        })
    }

    /// What becomes of a recipient's card as soon as its domain event is there.
    fn first_state(
        &mut self,
        organization: &OrganizationId,
        kind: DomainKind,
        e: &DomainEventAccepted,
        names: &[String],
        user: Option<&UserKey>,
    ) -> CardState {
        let (DomainKind::Revise { card, state }, Some(subject)) = (kind, &e.subject) else {
            return CardState::Looking(None);
        };
        let user = user.map(ToString::to_string);
        let held = names.iter().chain(&user).find_map(|name| {
            let of = (organization.clone(), subject.clone(), name.clone());
            self.holders.need(&of);
            let id = *self.holders.get(&of)?;
            self.cards.need(&id);
            self.cards.get(&id).map(|card| card.state.clone())
        });
        match &held {
            Some(state) if state.is_held() => CardState::SameSubject,
            Some(CardState::Withdrawn(_)) => CardState::Withdrawn(state),
            Some(_) | None if is_for_holders_only(e, card, state) => CardState::Withdrawn(state),
            Some(_) | None => CardState::Looking(None),
        }
    }

    fn user(&mut self, at: Moment, user: &UserKey, event: &UserEvent) -> Option<Step> {
        match event {
            UserEvent::Queue(event) => self.queue(at, user, event),
            UserEvent::Delivery(event) => self.delivery(at, event),
            UserEvent::Answer(event) => self.answer(at, event),
            UserEvent::Presence(_)
            | UserEvent::Identity(_)
            | UserEvent::Settings(_)
            | UserEvent::Chat(_)
            | UserEvent::Update(_) => None,
        }
    }

    fn queue(&mut self, at: Moment, user: &UserKey, event: &Queue) -> Option<Step> {
        let id = event.notification_id();
        match event {
            Queue::Queued(e) => Some(self.queued(at, user, e)),
            Queue::Requeued(_) => self.enter(at, id, CardState::Waiting),
            Queue::Deferred(e) => self.enter(at, id, CardState::Deferred(e.reason)),
            Queue::Suppressed(e) => self.enter(at, id, CardState::Suppressed(e.reason)),
            Queue::Withdrawn(e) => self.enter(at, id, CardState::Withdrawn(e.state)),
            Queue::Expired(_) => self.enter(at, id, CardState::Expired),
            Queue::Merged(e) => self.enter(at, id, CardState::Merged(e.reason)),
            Queue::Shown(_) => {
                // A digest's item is merged already, with that reason.
                let merged = matches!(self.cards.get(&id)?.state, CardState::Merged(_));
                let shown = CardState::Merged(events::user::MergeReason::CatchUp);
                (!merged).then(|| self.enter(at, id, shown)).flatten()
            }
        }
    }

    fn queued(&mut self, at: Moment, user: &UserKey, e: &NotificationQueued) -> Step {
        let organization = match &e.source {
            Source::DomainEvent { organization_id, .. } => Some(organization_id.clone()),
            Source::Chat => None,
        };
        if let Some(organization) = &organization {
            self.need_of_queued(organization, e);
        }
        let known = self.cards.get(&e.notification_id);
        let before = known.map(|card| card.state.clone());
        let row = Arc::new(self.queued_row(user, e, organization.clone(), known));
        if let Some(organization) = organization {
            self.learn(&organization, user, e);
        }
        let happened = e.happened_at.map_or(at.time, |time| time.min(at.time));
        let card = self.cards.get_or_insert_with(e.notification_id, || Card {
            row: Arc::clone(&row),
            happened,
            accepted: None,
            queued: None,
            attempted: None,
            delivered: None,
            seen: None,
            acted: None,
            state: CardState::Waiting,
            since: at,
            stage: Stage::Accepted,
        });
        card.row = row;
        let mut reached = reach(card, at, Stage::Queued, CardState::Waiting);
        if before.is_none() {
            reached.insert(0, Stage::Accepted);
        }
        Step {
            id: e.notification_id,
            before,
            reached,
        }
    }

    fn need_of_queued(&mut self, organization: &OrganizationId, e: &NotificationQueued) {
        if let Source::DomainEvent { event_id, .. } = &e.source {
            self.origins.need(event_id);
        }
        if let Some(subject) = &e.subject {
            self.anonymous.need(&(organization.clone(), subject.clone()));
        }
    }

    fn queued_row(
        &self,
        user: &UserKey,
        e: &NotificationQueued,
        organization: Option<OrganizationId>,
        known: Option<&Card>,
    ) -> Row {
        let origin = match &e.source {
            Source::DomainEvent { event_id, .. } => self.origins.get(event_id).map(|row| &row.0),
            Source::Chat => None,
        };
        let template = known.map(|card| &card.row).or(origin);
        let anonymous = match (&organization, &e.subject) {
            (Some(organization), Some(subject)) => self.is_anonymous(organization, subject),
            (Some(_) | None, _) => false,
        };
        Row {
            id: e.notification_id.to_string(),
            organization,
            tenant: Some(user.tenant_id.clone()),
            program: template.and_then(|row| row.program.clone()),
            // A card keeps the kind that it was asked for as: its number must not move to another line.
            kind: known.and_then(|card| card.row.kind).or(Some(e.card)),
            class: known.and_then(|card| card.row.class).or(Some(e.class)),
            event_type: template.and_then(|row| row.event_type.clone()),
            subject: e.subject.clone(),
            person: user.to_string(),
            anonymous,
        }
    }

    /// Whom the recipient's names lead to, and which card they hold about the subject.
    fn learn(&mut self, organization: &OrganizationId, user: &UserKey, e: &NotificationQueued) {
        let named = e.member_id.as_ref().map(|member| format!("member:{member}"));
        let asked = self
            .cards
            .get(&e.notification_id)
            .map(|card| card.row.person.clone())
            .filter(|person| person.contains(':'));
        for name in named.into_iter().chain(asked) {
            self.known.insert((organization.clone(), name), user.clone());
        }
        if let Some(subject) = &e.subject {
            let of = (organization.clone(), subject.clone(), user.to_string());
            self.holders.insert(of, e.notification_id);
        }
    }

    fn delivery(&mut self, at: Moment, event: &Delivery) -> Option<Step> {
        let id = event.notification_id();
        let card = self.cards.get_mut(&id)?;
        let before = Some(card.state.clone());
        let (stage, state) = match event {
            Delivery::Attempted(_) => (Stage::Attempted, CardState::UnderWay),
            Delivery::RetryScheduled(e) => (Stage::Attempted, CardState::Retrying(e.reason.clone())),
            Delivery::Delivered(_) => (Stage::Delivered, CardState::Delivered),
            Delivery::Refused(e) => {
                let (class, code) = (e.class, e.code.clone());
                (Stage::Attempted, CardState::Refused { class, code })
            }
            Delivery::OutcomeUnknown(e) => {
                let (reason, again) = (e.reason.clone(), e.retry_at.is_some());
                (Stage::Attempted, CardState::Unknown { reason, again })
            }
            Delivery::Seen(e) => (Stage::Seen, CardState::Seen(e.evidence)),
        };
        let reached = reach(card, at, stage, state);
        Some(Step { id, before, reached })
    }

    fn answer(&mut self, at: Moment, event: &Answer) -> Option<Step> {
        let on = event.answered_on();
        let card = self.cards.get_mut(&on.notification_id)?;
        let before = Some(card.state.clone());
        let reached = reach(card, at, Stage::Acted, CardState::Acted(AnswerWord(event.word())));
        Some(Step {
            id: on.notification_id,
            before,
            reached,
        })
    }

    fn outbound(&mut self, at: Moment, event: &OutboundEvent) -> Option<Step> {
        let (id, state) = match event {
            OutboundEvent::NotificationUnroutable(e) => (e.notification_id, CardState::Unroutable(e.reason)),
            OutboundEvent::RecipientUnreached(e) => (e.notification_id, CardState::Looking(Some(e.reason))),
            OutboundEvent::RecipientReopened(e) => (e.notification_id, CardState::Looking(None)),
            OutboundEvent::ResponseDelivered(_)
            | OutboundEvent::ResponseFailed(_)
            | OutboundEvent::ResponseRequeued(_)
            | OutboundEvent::WebhookDisabled(_)
            | OutboundEvent::WebhookEnabled(_)
            | OutboundEvent::PersonalValuesOpened(_)
            | OutboundEvent::ActRecorded(_)
            | OutboundEvent::CallersRefused(_)
            | OutboundEvent::ErasureOrdered(_)
            | OutboundEvent::ErasureCertified(_)
            | OutboundEvent::ApiKeyMade(_)
            | OutboundEvent::ApiKeyRevoked(_)
            | OutboundEvent::ApiKeyUsed(_)
            | OutboundEvent::OrganizationRegistered(_)
            | OutboundEvent::LinkCodeMade(_)
            | OutboundEvent::LinkCodeTried(_)
            | OutboundEvent::TenantLinked(_)
            | OutboundEvent::TenantUnlinked(_)
            | OutboundEvent::OrganizationSettingsChanged(_)
            | OutboundEvent::RequestBegun(_)
            | OutboundEvent::RequestAnswered(_) => return None,
        };
        self.cards.need(&id);
        // A card that some person's stream has taken meanwhile stays with that person.
        let card = self.cards.get(&id)?;
        let open =
            matches!(card.state, CardState::Looking(_) | CardState::Unroutable(_)) || card.is_scheduled();
        open.then(|| self.enter(at, id, state)).flatten()
    }

    fn enter(&mut self, at: Moment, id: NotificationId, state: CardState) -> Option<Step> {
        let card = self.cards.get_mut(&id)?;
        let before = Some(card.state.clone());
        let stage = card.stage;
        let reached = reach(card, at, stage, state);
        Some(Step { id, before, reached })
    }
}

/// Brings a card to a stage and into a state; answers the stages reached. A surer state stays, and a stage brings those
/// before it.
fn reach(card: &mut Card, at: Moment, stage: Stage, state: CardState) -> Vec<Stage> {
    let reached: Vec<Stage> = Stage::ALL
        .into_iter()
        .filter(|one| *one > card.stage && *one <= stage)
        .collect();
    for one in &reached {
        let first = match one {
            Stage::Accepted => continue,
            Stage::Queued => &mut card.queued,
            Stage::Attempted => &mut card.attempted,
            Stage::Delivered => &mut card.delivered,
            Stage::Seen => &mut card.seen,
            Stage::Acted => &mut card.acted,
        };
        first.get_or_insert(at);
    }
    card.stage = card.stage.max(stage);
    let again = matches!((&card.state, &state), (CardState::Seen(_), CardState::Seen(_)));
    if card.state.certainty() <= state.certainty() && !again && card.state != state {
        (card.state, card.since) = (state, at);
    }
    reached
}

/// The card that an event of a person's stream is about.
fn notification_of(event: &UserEvent) -> Option<NotificationId> {
    match event {
        UserEvent::Queue(event) => Some(event.notification_id()),
        UserEvent::Delivery(event) => Some(event.notification_id()),
        UserEvent::Update(event) => Some(event.notification_id()),
        UserEvent::Answer(event) => Some(event.answered_on().notification_id),
        UserEvent::Chat(Chat::SurveyStepSaved(e)) => Some(e.on.notification_id),
        UserEvent::Chat(_) | UserEvent::Presence(_) | UserEvent::Identity(_) | UserEvent::Settings(_) => None,
    }
}

/// Whether somebody who holds no card about the subject has nothing to hear.
fn is_for_holders_only(e: &DomainEventAccepted, card: CardKind, state: SubjectState) -> bool {
    let told_anyway = matches!(
        card,
        CardKind::RequestOutcome | CardKind::Connection | CardKind::MessageNotice
    ) && matches!(e.recipients, Recipients::Listed(_));
    state.concerns_holders_only() && !told_anyway
}

/// What names a recipient, the strongest first.
fn names_of(recipient: &Recipient) -> Vec<String> {
    let member = recipient
        .member_id
        .as_ref()
        .map(|member| format!("member:{member}"));
    let object = recipient
        .aad_object_id
        .as_ref()
        .map(|object| format!("object:{object}"));
    let address = recipient
        .lookup
        .as_ref()
        .map(|lookup| format!("address:{}", lookup.as_str()));
    member.into_iter().chain(object).chain(address).collect()
}
