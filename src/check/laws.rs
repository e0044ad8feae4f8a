//! What must hold between the events of a log, checked event by event in the log's order. The laws are written anew
//! from the guarantees, not taken from the rules that wrote the log, so that a mistake there is found here.
//!
//! - A notification is queued once, by an event that was accepted before.
//! - An attempt stands in the log before its outcome; a notification has at most one open attempt, attempts are numbered
//!   without gaps, and none is made for a notification that ended or whose time ran out.
//! - Nothing is attempted for a person who uninstalled, blocked the bot, was switched off or erased, nor for one who
//!   disconnected, except the answer to what the person just asked.
//! - A decision is taken once per person and subject, and once more where Chronus asks anew after an end; an inbound activity has its effect once.
//! - An answer is handed over once, and its tries are numbered without gaps.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use events::Event;
use events::organization::{CardKind, Class, DomainEventAccepted, Family, SubjectState};
use events::user::{
    Answer, Chat, Delivery, DeliveryRetryScheduled, NotificationQueued, Presence, Queue, Reachability,
    Settings, Source, SuppressedReason, Update,
};
use events::{
    EventId, Metadata, NotificationId, OrganizationEvent, OutboundEvent, Position, Recorded, SubjectRef,
    UserEvent, UserKey,
};
use uuid::Uuid;

use super::FAULTS;

/// The laws, with what they must remember of the log read so far.
#[derive(Debug, Default)]
pub struct Laws {
    accepted: HashSet<EventId>,
    people: HashMap<UserKey, Person>,
    cards: HashMap<NotificationId, Card>,
    decided: HashMap<(UserKey, SubjectRef), Decided>,
    effects: HashSet<(Uuid, &'static str)>,
    responses: HashMap<Position, Response>,
    faults: Vec<(Position, String)>,
}

/// Whether anything may be sent to somebody.
#[derive(Debug)]
struct Person {
    installed: bool,
    /// `None` before anything was learnt.
    reachability: Option<Reachability>,
    connected: bool,
    erased: bool,
}

impl Default for Person {
    fn default() -> Self {
        Self {
            installed: false,
            reachability: None,
            connected: true,
            erased: false,
        }
    }
}

/// How far a notification is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Nothing was posted, or certainly nothing was created.
    Waiting,
    /// An attempt is open.
    Open,
    /// Nobody knows.
    Unknown,
    /// In the chat.
    Delivered,
    /// Ended without being sent.
    Ended,
}

#[derive(Debug)]
struct Card {
    stage: Stage,
    attempts: u32,
    expires_at: DateTime<Utc>,
    /// The person asked for it, so a disconnect does not hold it back.
    asked_for: bool,
    revision: u32,
}

#[derive(Debug, Default)]
struct Response {
    tries: u32,
    ended: bool,
}

/// What a person decided about a mentoring request, and how often Chronus asked and ended it.
#[derive(Debug, Default)]
struct Decided {
    asked: u32,
    ended: u32,
    decisions: u32,
}

impl Decided {
    /// One decision, and one more for each time that Chronus asked anew after an end.
    fn allowed(&self) -> u32 {
        1 + self.ended.min(self.asked.saturating_sub(1))
    }
}

/// The event that is looked at.
#[derive(Debug, Clone, Copy)]
struct At<'a> {
    position: Position,
    meta: &'a Metadata,
}

impl Laws {
    /// Looks at the next event of the log.
    pub fn see(&mut self, recorded: &Recorded, event: &Event) {
        let at = At {
            position: recorded.position,
            meta: &recorded.metadata,
        };
        match event {
            Event::User(event) => {
                if let Some(user) = recorded.stream.user_key() {
                    self.user(at, &user, event);
                } else {
                    self.fault(at, "an event of a person stands in a stream that names none");
                }
            }
            Event::Organization(OrganizationEvent::DomainEventAccepted(e)) => {
                let Some(organization) = recorded.stream.organization_id() else {
                    return self.fault(at, "a domain event stands in a stream that names no organization");
                };
                let id = DomainEventAccepted::event_id(&organization, &e.source, &e.id);
                if !self.accepted.insert(id) {
                    self.fault(at, "a domain event was accepted twice");
                }
            }
            Event::Outbound(event) => self.outbound(at, event),
            Event::Tenant(_) | Event::Lease(_) | Event::Log(_) => {}
        }
    }

    /// Notifications seen.
    pub fn notifications(&self) -> u64 {
        self.cards.len() as u64
    }

    /// What was found, in the log's order.
    pub fn into_faults(self) -> Vec<(Position, String)> {
        self.faults
    }

    fn fault(&mut self, at: At<'_>, what: impl Into<String>) {
        if self.faults.len() < FAULTS {
            self.faults.push((at.position, what.into()));
        }
    }

    fn user(&mut self, at: At<'_>, user: &UserKey, event: &UserEvent) {
        match event {
            UserEvent::Presence(event) => self.presence(user, event),
            UserEvent::Settings(event) => self.settings(user, event),
            UserEvent::Chat(event) => self.chat(at, user, event),
            UserEvent::Answer(event) => self.answer(at, user, event),
            UserEvent::Queue(event) => self.queue(at, user, event),
            UserEvent::Delivery(event) => self.delivery(at, user, event),
            UserEvent::Update(event) => self.update(at, event),
            UserEvent::Identity(_) => {}
        }
    }

    fn presence(&mut self, user: &UserKey, event: &Presence) {
        let person = self.people.entry(user.clone()).or_default();
        match event {
            Presence::AppInstalled(_) => {
                person.installed = true;
                // Who was forgotten comes back by adding the app.
                person.erased = false;
            }
            Presence::AppUninstalled(_) => person.installed = false,
            Presence::ReachabilityChanged(e) => person.reachability = Some(e.state),
            Presence::Erased(_) => person.erased = true,
            Presence::ReferenceRefreshed(_)
            | Presence::ActivityObserved(_)
            | Presence::ErasureRequested(_)
            | Presence::ClientObserved(_)
            | Presence::ClientDefaultsChanged(_) => {}
        }
    }

    fn settings(&mut self, user: &UserKey, event: &Settings) {
        let person = self.people.entry(user.clone()).or_default();
        match event {
            Settings::Connected(_) => person.connected = true,
            Settings::Disconnected(_) => person.connected = false,
            Settings::Paused(_) | Settings::Resumed(_) | Settings::PreferencesChanged(_) => {}
        }
    }

    fn queue(&mut self, at: At<'_>, user: &UserKey, event: &Queue) {
        use Stage::{Ended, Open, Unknown, Waiting};
        let id = event.notification_id();
        match event {
            Queue::Queued(e) => {
                self.queued(at, e);
                self.asked(user, e);
            }
            Queue::Suppressed(e) if e.reason == SuppressedReason::ContentErased => {
                self.outcome(at, id, None, &[Waiting, Open], Ended);
            }
            // Also what was missed while the person was away, or stood in a summary.
            Queue::Suppressed(e)
                if matches!(
                    e.reason,
                    SuppressedReason::Unlinked
                        | SuppressedReason::Conflict
                        | SuppressedReason::NoRoom
                        | SuppressedReason::Erased
                ) =>
            {
                self.outcome(at, id, None, &[Waiting, Ended], Ended);
            }
            Queue::Suppressed(_) | Queue::Withdrawn(_) | Queue::Expired(_) => {
                self.outcome(at, id, None, &[Waiting], Ended);
            }
            Queue::Deferred(_) => self.outcome(at, id, None, &[Waiting], Waiting),
            Queue::Merged(e) => {
                self.outcome(at, id, None, &[Waiting], Ended);
                if !self.cards.contains_key(&e.into) {
                    self.fault(at, format!("notification {id} is shown by one never queued"));
                }
            }
            Queue::Shown(_) => self.outcome(at, id, None, &[Ended], Ended),
            Queue::Requeued(e) => {
                self.outcome(at, id, None, &[Ended, Unknown], Waiting);
                if let Some(card) = self.cards.get_mut(&id) {
                    card.expires_at = e.expires_at;
                }
            }
        }
    }

    fn delivery(&mut self, at: At<'_>, user: &UserKey, event: &Delivery) {
        use Stage::{Delivered, Ended, Open, Unknown, Waiting};
        let id = event.notification_id();
        match event {
            Delivery::Attempted(e) => self.attempted(at, user, id, e.attempt),
            Delivery::RetryScheduled(e) => {
                // What waits for a later try is hastened by the person, without a try between.
                let is_hastened = e.reason == DeliveryRetryScheduled::SHOWED_UP;
                let from = [if is_hastened { Waiting } else { Open }];
                self.outcome(at, id, Some(e.attempt), &from, Waiting);
            }
            // The person may press a button before the connector's own answer is there; and an answer that was called
            // unknown may be told late, by the node that had lost the person to another one meanwhile.
            Delivery::Delivered(e) => {
                let from = [Open, Unknown, Delivered];
                self.outcome(at, id, Some(e.attempt), &from, Delivered);
            }
            Delivery::Refused(e) => self.outcome(at, id, Some(e.attempt), &[Open], Ended),
            Delivery::OutcomeUnknown(e) => {
                // Said once more when it is left at that.
                let from: &[Stage] = if e.retry_at.is_none() {
                    &[Open, Unknown]
                } else {
                    &[Open]
                };
                self.outcome(at, id, Some(e.attempt), from, Unknown);
            }
            Delivery::Seen(_) => {
                let from = [Waiting, Open, Unknown, Delivered, Ended];
                self.outcome(at, id, None, &from, Delivered);
            }
        }
    }

    fn update(&mut self, at: At<'_>, event: &Update) {
        let id = event.notification_id();
        match event {
            Update::Queued(e) => self.revised(at, id, e.revision),
            Update::Updated(_) => self.outcome(at, id, None, &[Stage::Delivered], Stage::Delivered),
            Update::RetryScheduled(_) | Update::Abandoned(_) => {}
        }
    }

    fn queued(&mut self, at: At<'_>, e: &NotificationQueued) {
        if let Source::DomainEvent { event_id, .. } = &e.source
            && !self.accepted.contains(event_id)
        {
            self.fault(
                at,
                format!(
                    "notification {} was queued before its domain event was accepted",
                    e.notification_id
                ),
            );
        }
        let asked_for = e.class == Class::Reply || e.card.family() == Family::Greeting;
        match self.cards.entry(e.notification_id) {
            Entry::Vacant(vacant) => {
                vacant.insert(Card {
                    stage: Stage::Waiting,
                    attempts: 0,
                    expires_at: e.expires_at,
                    asked_for,
                    revision: 1,
                });
            }
            Entry::Occupied(_) => {
                self.fault(at, format!("notification {} was queued twice", e.notification_id));
            }
        }
    }

    fn attempted(&mut self, at: At<'_>, user: &UserKey, id: NotificationId, attempt: u32) {
        let barred = self.people.get(user).and_then(|person| {
            if person.erased {
                Some("was erased")
            } else if !person.installed {
                Some("has not the app")
            } else if let Some(state) = person
                .reachability
                .filter(|state| *state != Reachability::Reachable)
            {
                Some(state.as_str())
            } else if !person.connected {
                Some("disconnected")
            } else {
                None
            }
        });
        let Some(card) = self.cards.get_mut(&id) else {
            return self.fault(at, format!("notification {id} was attempted and never queued"));
        };
        let (stage, before) = (card.stage, card.attempts);
        card.stage = Stage::Open;
        card.attempts = attempt;
        let asked_for = card.asked_for;
        let late = card.expires_at <= at.meta.time;
        if !matches!(stage, Stage::Waiting | Stage::Unknown) {
            self.fault(
                at,
                format!("notification {id} was attempted while it was {}", stage.name()),
            );
        }
        if attempt != before + 1 {
            self.fault(
                at,
                format!("notification {id}: attempt {attempt} follows attempt {before}"),
            );
        }
        if late {
            self.fault(
                at,
                format!("notification {id} was attempted after its time ran out"),
            );
        }
        if let Some(why) = barred
            && !(why == "disconnected" && asked_for)
        {
            self.fault(
                at,
                format!("notification {id} was attempted for a person who cannot be reached: {why}"),
            );
        }
    }

    fn outcome(&mut self, at: At<'_>, id: NotificationId, attempt: Option<u32>, from: &[Stage], to: Stage) {
        let Some(card) = self.cards.get_mut(&id) else {
            return self.fault(
                at,
                format!("notification {id} is {} and was never queued", to.name()),
            );
        };
        let (stage, attempts) = (card.stage, card.attempts);
        card.stage = to;
        if !from.contains(&stage) {
            self.fault(
                at,
                format!("notification {id} is {} after it was {}", to.name(), stage.name()),
            );
        }
        if let Some(attempt) = attempt.filter(|attempt| *attempt != attempts) {
            self.fault(
                at,
                format!("notification {id}: an outcome of attempt {attempt} follows attempt {attempts}"),
            );
        }
    }

    fn revised(&mut self, at: At<'_>, id: NotificationId, revision: u32) {
        let Some(card) = self.cards.get_mut(&id) else {
            return self.fault(at, format!("notification {id} was revised and never queued"));
        };
        let before = std::mem::replace(&mut card.revision, revision);
        if revision <= before {
            self.fault(
                at,
                format!("notification {id}: revision {revision} follows {before}"),
            );
        }
    }

    /// A mentoring request that Chronus asked.
    fn asked(&mut self, user: &UserKey, e: &NotificationQueued) {
        let asks = e.card == CardKind::MentoringRequest && e.state == Some(SubjectState::Open);
        if let Some(subject) = e.subject.as_ref().filter(|_| asks) {
            let asked = (user.clone(), subject.clone());
            self.decided.entry(asked).or_default().asked += 1;
        }
    }

    fn chat(&mut self, at: At<'_>, user: &UserKey, event: &Chat) {
        match event {
            Chat::SubjectChanged(e) => {
                let of = (user.clone(), e.subject.clone());
                if let Some(decided) = self.decided.get_mut(&of).filter(|_| e.state.is_final()) {
                    decided.ended += 1;
                }
            }
            Chat::CommandReceived(_) => {
                if !self.effects.insert((at.meta.causation_id, "command")) {
                    self.fault(at, "an activity was obeyed twice");
                }
            }
            Chat::ActionIgnored(_)
            | Chat::SurveyStepSaved(_)
            | Chat::SurveyStepShown(_)
            | Chat::MessageHandOverFailed(_) => {}
        }
    }

    fn answer(&mut self, at: At<'_>, user: &UserKey, event: &Answer) {
        match event {
            Answer::RequestAccepted(e) => self.decision(at, user, &e.subject, e.notification_id),
            Answer::RequestDeclined(e) => self.decision(at, user, &e.subject, e.notification_id),
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
            | Answer::TaskCompleted(_) => {}
        }
    }

    fn decision(&mut self, at: At<'_>, user: &UserKey, subject: &SubjectRef, id: NotificationId) {
        let decided = self.decided.entry((user.clone(), subject.clone())).or_default();
        decided.decisions += 1;
        if decided.decisions > decided.allowed() {
            self.fault(at, format!("{subject} was decided twice by the same person"));
        }
        if !self.effects.insert((at.meta.causation_id, "answer")) {
            self.fault(at, "an activity had two answers");
        }
        if !self.cards.contains_key(&id) {
            self.fault(
                at,
                format!("an answer was given on notification {id}, which was never queued"),
            );
        }
    }

    fn outbound(&mut self, at: At<'_>, event: &OutboundEvent) {
        match event {
            OutboundEvent::NotificationUnroutable(e) if self.cards.contains_key(&e.notification_id) => {
                self.fault(
                    at,
                    format!("notification {} is unroutable and was queued", e.notification_id),
                );
            }
            OutboundEvent::ResponseDelivered(e) => self.tried(at, e.response, e.attempt, true),
            OutboundEvent::ResponseFailed(e) => {
                self.tried(at, e.response, e.attempt, e.retry_at.is_none());
            }
            // By an operator's word it goes on after its end; where it had not ended, nothing changes.
            OutboundEvent::ResponseRequeued(e) => self.responses.entry(e.response).or_default().ended = false,
            OutboundEvent::NotificationUnroutable(_)
            | OutboundEvent::RecipientUnreached(_)
            | OutboundEvent::RecipientReopened(_)
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
            | OutboundEvent::RequestAnswered(_) => {}
        }
    }

    fn tried(&mut self, at: At<'_>, of: Position, attempt: u32, ends: bool) {
        let response = self.responses.entry(of).or_default();
        let (before, ended) = (response.tries, response.ended);
        response.tries = attempt;
        response.ended = ends;
        if of >= at.position {
            self.fault(
                at,
                format!("an answer at {of} was handed over before it was given"),
            );
        }
        if ended {
            self.fault(
                at,
                format!("the answer at {of} was handed over again after its end"),
            );
        }
        if attempt != before + 1 {
            self.fault(
                at,
                format!("the answer at {of}: try {attempt} follows try {before}"),
            );
        }
    }
}

impl Stage {
    fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Open => "under way",
            Self::Unknown => "unknown",
            Self::Delivered => "delivered",
            Self::Ended => "ended",
        }
    }
}

#[cfg(test)]
mod tests;
