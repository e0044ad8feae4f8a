//! One activity being answered: what it has led to so far, and how it adds to that.

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};
use events::organization::{CardKind, Class, Role, SubjectState};
use events::user::{
    ActionIgnored, CardUpdateQueued, IgnoredReason, InputFault, NotificationQueued, NotificationWithdrawn,
    Prompt, Queue, Settings, Source, UnknownPolicy, Update,
};
use events::{NotificationId, SubjectRef, UserEvent};
use uuid::Uuid;

use super::happened::happened_at;
use super::{Decision, afterwards};
use crate::settings::Rules;
use crate::user::command::Inbound;
use crate::user::state::{Notification, UserState};
use crate::user::{membership, standing};

/// How long the answer to a command is worth sending.
const REPLY_LIFE: TimeDelta = TimeDelta::hours(1);
/// Lists in the chat that are kept current, newest first; older ones stay as they are.
const LISTS_KEPT_CURRENT: usize = 3;

/// Why a press has no effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Refusal {
    reason: IgnoredReason,
    fault: Option<InputFault>,
}

impl From<IgnoredReason> for Refusal {
    fn from(reason: IgnoredReason) -> Self {
        Self { reason, fault: None }
    }
}

impl From<InputFault> for Refusal {
    fn from(fault: InputFault) -> Self {
        Self {
            reason: IgnoredReason::Incomplete,
            fault: Some(fault),
        }
    }
}

impl Refusal {
    /// The card offers nothing of the kind.
    pub(super) const NOT_AN_ACTION: Self = Self {
        reason: IgnoredReason::UnknownAction,
        fault: Some(InputFault::NotOffered),
    };
    /// The answer stands already as it is given again.
    pub(super) const STANDS: Self = Self {
        reason: IgnoredReason::AlreadyResolved,
        fault: None,
    };
    /// It came late, and what the person asked for or answered after it holds.
    pub(super) const OVERTAKEN: Self = Self {
        reason: IgnoredReason::Overtaken,
        fault: Some(InputFault::Overtaken),
    };
    /// What the card is about took place already.
    pub(super) const PAST: Self = Self {
        reason: IgnoredReason::AlreadyResolved,
        fault: Some(InputFault::Past),
    };
    /// What the card is about ended before the person's words came.
    pub(super) const OVER: Self = Self {
        reason: IgnoredReason::AlreadyResolved,
        fault: Some(InputFault::Over),
    };
    /// The person answered it before, and otherwise.
    pub(super) const ANSWERED: Self = Self {
        reason: IgnoredReason::AlreadyResolved,
        fault: Some(InputFault::Answered),
    };
    /// What the card is about ended before the press came.
    pub(super) const ENDED: Self = Self {
        reason: IgnoredReason::AlreadyResolved,
        fault: Some(InputFault::Ended),
    };
    /// The person had an older form before them, and what is asked now is another thing.
    pub(super) const CHANGED: Self = Self {
        reason: IgnoredReason::AlreadyResolved,
        fault: Some(InputFault::Changed),
    };
    /// The card shows no such thing.
    pub(super) const NOT_OF_THIS_CARD: Self = Self {
        reason: IgnoredReason::UnknownCard,
        fault: Some(InputFault::NotOffered),
    };
}

/// See the module.
pub(super) struct Turn<'a> {
    pub(super) state: &'a UserState,
    pub(super) inbound: &'a Inbound,
    pub(super) now: DateTime<Utc>,
    pub(super) rules: &'a Rules,
    pub(super) decision: Decision,
}

impl Turn<'_> {
    pub(super) fn record(&mut self, event: impl Into<UserEvent>) {
        self.decision
            .record(self.inbound.activity_key, self.inbound.activity_key, event);
    }

    /// Records what belongs to the thread of a card.
    pub(super) fn record_on(&mut self, card: &Notification, event: impl Into<UserEvent>) {
        self.decision
            .record(card.correlation_id, self.inbound.activity_key, event);
    }

    /// Records that a press had no effect. Where what the person gave was wrong, the card says so, also in clients that
    /// do not show the answer to a press.
    pub(super) fn ignore(&mut self, card: Option<&Notification>, refusal: impl Into<Refusal>) {
        let Refusal { reason, fault } = refusal.into();
        if let Some(card) = card.filter(|card| fault.is_some() && card.fault != fault) {
            self.update(card);
        }
        self.record(ActionIgnored {
            notification_id: card.map(|card| card.id),
            reason,
            fault,
            affirms: None,
            at: self.told_at(),
        });
    }

    /// Records that a press gave the answer again which stands already.
    pub(super) fn affirm(&mut self, card: &Notification, subject: Option<&SubjectRef>) {
        self.record(ActionIgnored {
            notification_id: Some(card.id),
            reason: IgnoredReason::AlreadyResolved,
            fault: None,
            affirms: subject.cloned(),
            at: self.told_at(),
        });
    }

    /// When the person did it.
    pub(super) fn happened_at(&self) -> DateTime<Utc> {
        happened_at(self.inbound, self.now)
    }

    /// The same, where that is not when it is recorded.
    pub(super) fn told_at(&self) -> Option<DateTime<Utc>> {
        Some(self.happened_at()).filter(|at| *at != self.now)
    }

    /// Whether the person said something else about the same after this, which came before it.
    pub(super) fn is_overtaken(&self, said_at: Option<DateTime<Utc>>) -> bool {
        said_at.is_some_and(|said_at| self.happened_at() < said_at)
    }

    /// Queues the chat's answer.
    pub(super) fn reply(&mut self, card: CardKind, prompt: Prompt) {
        let id = self.inbound.reply_id();
        self.queue(id, card, Class::Reply, self.now + REPLY_LIFE, prompt);
    }

    /// What the person asked for came late, and what they asked for after it holds: nothing changes, and the answer says
    /// how things stand.
    pub(super) fn reply_overtaken(&mut self) {
        self.ignore(None, IgnoredReason::Overtaken);
        self.reply(
            CardKind::Status,
            Prompt {
                overtaken: true,
                ..Prompt::default()
            },
        );
    }

    /// Queues the chat's answer that shows the thing which `about` stands for.
    pub(super) fn reply_about(&mut self, about: &Notification) {
        self.record(NotificationQueued {
            notification_id: self.inbound.reply_id(),
            source: Source::Chat,
            card: about.card,
            subject: about.subject.clone(),
            class: Class::Reply,
            expires_at: self.now + REPLY_LIFE,
            unknown_policy: UnknownPolicy::Retry,
            state: None,
            facts: Some(about.facts.clone()),
            prompt: Some(Prompt {
                of: vec![about.id],
                ..Prompt::default()
            }),
            awaited: false,
            happened_at: None,
            most_a_day: None,
            member_id: None,
        });
    }

    /// Queues a card of the chat itself.
    pub(super) fn queue(
        &mut self,
        notification_id: NotificationId,
        card: CardKind,
        class: Class,
        expires_at: DateTime<Utc>,
        prompt: Prompt,
    ) {
        self.record(NotificationQueued {
            notification_id,
            source: Source::Chat,
            card,
            subject: None,
            class,
            expires_at,
            unknown_policy: UnknownPolicy::Retry,
            state: None,
            facts: None,
            prompt: Some(prompt).filter(|prompt| *prompt != Prompt::default()),
            awaited: false,
            happened_at: None,
            most_a_day: None,
            member_id: None,
        });
    }

    /// An id for another card of the same activity.
    pub(super) fn second_id(&self, name: &str) -> NotificationId {
        NotificationId::derive([name, self.inbound.activity_key.to_string().as_str()])
    }

    /// Whether anything was missed that is still so.
    pub(super) fn has_missed(&self) -> bool {
        let missed = self.state.missed.of.iter();
        let mut listed = missed.filter_map(|id| self.state.notification(*id));
        listed.any(|card| standing::still_so(self.state, card, self.now))
    }

    /// Queues the card that lists what was missed and is still so, where anything is. During a pause it waits for
    /// the end of that, and for somebody who disconnected until they connect.
    pub(super) fn catch_up(&mut self) {
        if !self.state.connected {
            return;
        }
        let resumed = |fact: &super::Fact| matches!(fact.event, UserEvent::Settings(Settings::Resumed(_)));
        let paused = self.state.paused_until.is_some_and(|until| until > self.now);
        if paused && !self.decision.facts.iter().any(resumed) {
            return;
        }
        if !self.has_missed() {
            return;
        }
        let id = self.second_id("catch_up");
        if self.inbound.tenant_off {
            // Nothing leaves now: it waits for the tenant, where none does already that this activity does not take back.
            let taken_back =
                |fact: &super::Fact| matches!(fact.event, UserEvent::Queue(Queue::Suppressed(_)));
            let none_waits = !afterwards::waits(self.state, id);
            if none_waits || self.decision.facts.iter().any(taken_back) {
                self.record(afterwards::queued(id, self.now));
            }
            return;
        }
        let expires_at = self.now + self.rules.time_to_live;
        self.queue(id, CardKind::CatchUp, Class::Reply, expires_at, Prompt::default());
    }

    /// Puts the newest form over a card.
    pub(super) fn update(&mut self, card: &Notification) {
        update(&mut self.decision, self.inbound.activity_key, card);
    }

    /// Puts the newest form over every card about a subject, and over the newest lists that show it.
    pub(super) fn update_about(&mut self, subject: &SubjectRef) {
        update_about(&mut self.decision, self.state, subject, self.inbound.activity_key);
    }
}

/// Puts the newest form over a card that is, or may be, in the chat; once in a decision.
pub(super) fn update(decision: &mut Decision, causation_id: Uuid, card: &Notification) {
    let again = decision.facts.iter().any(
        |fact| matches!(&fact.event, UserEvent::Update(Update::Queued(event)) if event.notification_id == card.id),
    );
    if card.phase.may_be_shown() && !again {
        let event = CardUpdateQueued {
            notification_id: card.id,
            revision: card.wanted + 1,
        };
        decision.record(card.correlation_id, causation_id, event);
    }
}

pub(super) fn update_about(
    decision: &mut Decision,
    state: &UserState,
    subject: &SubjectRef,
    causation_id: Uuid,
) {
    update_those(decision, state, (subject, causation_id), |_| true);
}

/// The subject is open again: a short word on how it changed or ended tells what was so then, and stays.
pub(super) fn update_opened(
    decision: &mut Decision,
    state: &UserState,
    subject: &SubjectRef,
    causation_id: Uuid,
) {
    update_those(decision, state, (subject, causation_id), |card| {
        !card.card.is_notice()
    });
}

fn update_those(
    decision: &mut Decision,
    state: &UserState,
    (subject, causation_id): (&SubjectRef, Uuid),
    which: impl Fn(&Notification) -> bool,
) {
    let mut about: HashSet<NotificationId> = HashSet::new();
    for card in state.notifications.about(subject).filter(|card| which(card)) {
        about.insert(card.id);
        update(decision, causation_id, card);
    }
    let lists = state.notifications.iter().rev().filter(|card| {
        !card.is_from_chronus() && card.phase.may_be_shown() && card.of.iter().any(|id| about.contains(id))
    });
    let counts = |greeting: &&Notification| greeting.of.iter().any(|id| about.contains(id));
    for list in lists
        .take(LISTS_KEPT_CURRENT)
        .chain(greeting(state).filter(counts))
    {
        update(decision, causation_id, list);
    }
}

/// A card arrived that asks anew: older ones about the same give way to it, and say so.
pub(super) fn give_way(decision: &mut Decision, state: &UserState, newer: &Notification, causation_id: Uuid) {
    let Some(subject) = newer.subject.as_ref().filter(|_| newer.card.asks()) else {
        return;
    };
    let older = state.notifications.about(subject);
    let older = older.take_while(|card| card.id != newer.id);
    for card in older.filter(|card| card.card.asks() && !standing::gave_way(state, card)) {
        if membership::is_theirs(state, card) {
            update(decision, causation_id, card);
        }
    }
}

/// The first greeting, as long as it is kept. It counts what waited for the person to come.
pub(super) fn greeting(state: &UserState) -> Option<&Notification> {
    state
        .notifications
        .iter()
        .find(|card| card.card == CardKind::Welcome)
}

/// Cards about a subject that ended: those in the chat change, those not sent are withdrawn.
pub(super) fn end_subject(
    decision: &mut Decision,
    state: &UserState,
    subject: &SubjectRef,
    ended: SubjectState,
    causation_id: Uuid,
) {
    withdraw_unsent(decision, state, subject, ended, causation_id);
    update_about(decision, state, subject, causation_id);
}

/// Cards about a subject that were not sent are withdrawn, where it ended, but for the one that tells of this end.
pub(super) fn withdraw_unsent(
    decision: &mut Decision,
    state: &UserState,
    subject: &SubjectRef,
    ended: SubjectState,
    causation_id: Uuid,
) {
    let tells_it = |card: &Notification| card.card.role() == Role::Notice && card.tells == Some(ended);
    let unsent = |card: &&Notification| ended.is_final() && card.phase.is_unsent() && !tells_it(card);
    for card in state.notifications.about(subject).filter(unsent) {
        let event = NotificationWithdrawn {
            notification_id: card.id,
            state: ended,
        };
        decision.record(card.correlation_id, causation_id, event);
    }
}
