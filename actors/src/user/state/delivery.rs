//! How the fold follows each notification.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use events::organization::{CardKind, Lists};
use events::user::{
    Delivery, NotificationQueued, NotificationSeen, NotificationShown, PutOffReason, Queue, Recovery, Source,
    SuppressedReason, Update,
};
use events::{Metadata, NotificationId, SubjectRef};

use super::{Notification, Phase, UserState};
use crate::card::ListView;
use crate::user::membership::{self, Membership};
use crate::user::standing;
use crate::user::subject::Subject;

/// Cards that waited for a person and are counted by their greeting, at most.
const AWAITED: usize = 100;

/// Cards that list what was not sent while the person was away.
pub(in crate::user) fn tells_missed(card: CardKind) -> bool {
    card.lists() == Lists::Missed
}

impl UserState {
    pub(super) fn apply_queue(&mut self, event: &Queue, meta: &Metadata) {
        match event {
            Queue::Queued(e) => self.queued(e, meta),
            Queue::Requeued(e) => {
                self.enter(e.notification_id, Phase::Queued, meta, |n| {
                    n.expires_at = e.expires_at;
                    n.unknowns = 0;
                    n.attempts_before = n.attempts;
                    n.recovery = None;
                    n.replays.push(e.replay_id);
                    n.switched_off = false;
                });
            }
            Queue::Suppressed(e) => {
                self.enter(e.notification_id, Phase::Suppressed, meta, |n| {
                    n.switched_off |= e.reason.is_of_part();
                });
                self.not_sent(e.notification_id, e.reason);
            }
            Queue::Withdrawn(e) => {
                self.enter(e.notification_id, Phase::Withdrawn, meta, |_| {});
            }
            Queue::Expired(e) => {
                self.enter(e.notification_id, Phase::Expired, meta, |_| {});
                self.list_not_sent(e.notification_id);
            }
            Queue::Deferred(e) => {
                self.enter(e.notification_id, Phase::Deferred(e.until), meta, |n| {
                    n.deferrals += 1;
                    n.deferred_for = Some(e.reason);
                });
            }
            Queue::Merged(e) => {
                self.enter(e.notification_id, Phase::Merged(e.into), meta, |_| {});
                self.change(e.into, |n| n.of.push(e.notification_id));
            }
            Queue::Shown(e) => self.listed(e, meta),
        }
    }

    pub(super) fn apply_delivery(&mut self, event: &Delivery, meta: &Metadata) {
        match event {
            Delivery::Attempted(e) => {
                self.recent.began(meta.time);
                self.enter(e.notification_id, Phase::Attempted, meta, |n| {
                    n.attempts = e.attempt;
                    n.tried_at = Some(meta.time);
                });
                self.tell_missed(e.notification_id, meta);
            }
            Delivery::RetryScheduled(e) => {
                self.recent.ended(meta.time);
                if e.put_off == Some(PutOffReason::Throttled) {
                    self.throttled_until = Some(e.retry_at);
                }
                self.enter(e.notification_id, Phase::Retry(e.retry_at), meta, |n| {
                    n.recovery = e.recover.or(n.recovery);
                    n.probes = e.probe;
                    n.probe_count += u32::from(e.probe);
                });
                self.directed(e.recover);
            }
            Delivery::Delivered(e) => {
                self.recent.ended(meta.time);
                self.enter(e.notification_id, Phase::Delivered, meta, |n| {
                    n.activity_id = e.activity_id.clone().or_else(|| n.activity_id.take());
                    n.shown = e.revision;
                    n.delivered_at = n.delivered_at.or(Some(meta.time));
                });
            }
            Delivery::Refused(e) => {
                self.recent.ended(meta.time);
                self.enter(e.notification_id, Phase::Refused, meta, |_| {});
                if e.shows.is_some() {
                    self.is_away(e.notification_id);
                } else {
                    self.list_not_sent(e.notification_id);
                }
            }
            Delivery::OutcomeUnknown(e) => {
                self.recent.ended(meta.time);
                self.enter(e.notification_id, Phase::Unknown(e.retry_at), meta, |n| {
                    n.unknowns += 1;
                });
            }
            Delivery::Seen(e) => self.seen(e, meta),
        }
    }

    fn seen(&mut self, event: &NotificationSeen, meta: &Metadata) {
        self.handled.insert(meta.causation_id);
        self.enter(event.notification_id, Phase::Delivered, meta, |n| {
            n.seen = true;
            n.delivered_at = n.delivered_at.or(Some(meta.time));
            n.activity_id = n.activity_id.take().or_else(|| event.activity_id.clone());
            n.shown = n.shown.max(1);
        });
    }

    /// Each but the first tells that something left for the chat.
    pub(super) fn apply_update(&mut self, event: &Update, meta: &Metadata) {
        match event {
            Update::Queued(e) => self.change(e.notification_id, |n| {
                // Whatever was wrong was about the form before.
                (n.wanted, n.fault) = (e.revision, None);
                (n.update_tries, n.update_retry_at) = (0, None);
            }),
            Update::Updated(e) => {
                self.recent.began(meta.time);
                self.change(e.notification_id, |n| {
                    n.shown = e.revision;
                    n.redrawn_at = Some(meta.time);
                    (n.update_tries, n.update_retry_at, n.update_recovery) = (0, None, None);
                });
            }
            Update::RetryScheduled(e) => {
                self.recent.began(meta.time);
                self.change(e.notification_id, |n| {
                    n.update_tries = e.tries;
                    n.update_retry_at = Some(e.retry_at);
                    n.update_recovery = e.recover.or(n.update_recovery);
                });
                self.directed(e.recover);
            }
            Update::Abandoned(e) => {
                self.recent.began(meta.time);
                self.change(e.notification_id, |n| n.frozen |= e.is_for_good());
            }
        }
    }

    /// The connector said that the tenant lives in another cloud than the chat's service URL.
    fn directed(&mut self, recover: Option<Recovery>) {
        if recover == Some(Recovery::Gcc) {
            self.misdirected = self.conversation.as_ref().map(|chat| chat.service_url.clone());
        }
    }

    fn queued(&mut self, event: &NotificationQueued, meta: &Metadata) {
        if event.card == CardKind::Welcome {
            self.welcomed = true;
        }
        let notification = Notification::queued(event, meta);
        if let Source::DomainEvent { event_id, .. } = &event.source {
            self.told.insert(event_id.0);
            if let Some(subject) = &event.subject {
                self.told_by_card(subject, event, meta);
            }
        }
        if self.notifications.push(notification) {
            self.forget();
        }
        if event.awaited {
            self.awaited(event.notification_id);
        }
    }

    /// The subject is as its newest domain event tells. Where a card asks anew, older ones about it show that from their next
    /// form on.
    fn told_by_card(&mut self, subject: &SubjectRef, event: &NotificationQueued, meta: &Metadata) {
        let Some(known) = self.subjects.get_mut(subject) else {
            self.subjects
                .insert(subject.clone(), Subject::of_card(event, meta));
            return;
        };
        let before = known.source.clone();
        known.told_by_card(event, meta);
        if event.card.opens() && known.source != before {
            self.notifications.each(|card| {
                if card.card.asks() && card.subject.as_ref() == Some(subject) {
                    card.asked_since = card.wanted + 1;
                }
            });
        }
    }

    /// A card that waited for the person to come: the greeting counts it.
    fn awaited(&mut self, id: NotificationId) {
        let mut cards = self.notifications.iter();
        let greeting = cards.find(|card| card.card == CardKind::Welcome);
        if let Some(greeting) = greeting
            .filter(|greeting| greeting.of.len() < AWAITED)
            .map(|card| card.id)
        {
            self.change(greeting, |greeting| greeting.of.push(id));
        }
    }

    /// Forgets notifications that no rule needs, and subjects of which nothing is kept.
    fn forget(&mut self) {
        let subjects = &self.subjects;
        self.notifications.forget(|subject| {
            subjects
                .get(subject)
                .is_some_and(|subject| !subject.state.is_final())
        });
        let kept: std::collections::HashSet<_> = self
            .notifications
            .iter()
            .filter_map(|n| n.subject.as_ref())
            .collect();
        self.subjects.retain(|subject, _| kept.contains(subject));
    }

    /// A card from Chronus that the person did not get because they were away is missed; one that turned out to be
    /// somebody else's is so no longer.
    fn not_sent(&mut self, id: NotificationId, reason: SuppressedReason) {
        if reason.is_away() {
            self.is_away(id);
        } else if reason.is_of_part()
            || matches!(reason, SuppressedReason::Unlinked | SuppressedReason::Erased)
        {
            self.missed.remove(id);
        } else if reason == SuppressedReason::Superseded {
            // Another list tells of it; an earlier try of this one may have taken it.
            self.list_not_sent(id);
        }
    }

    fn is_away(&mut self, id: NotificationId) {
        if self.notification(id).is_some_and(Notification::is_from_chronus) {
            self.missed.add(id);
        } else {
            self.list_not_sent(id);
        }
    }

    /// What a list that was not sent would have told of is missed, again or for the first time.
    fn list_not_sent(&mut self, id: NotificationId) {
        let Some(list) = self
            .notification(id)
            .filter(|n| tells_missed(n.card) || n.card == CardKind::Digest)
        else {
            return;
        };
        let (items, told) = (list.of.clone(), list.missed);
        let named = u32::try_from(items.len()).unwrap_or(u32::MAX);
        for item in items {
            self.missed.add(item);
        }
        // Of these only their number is known.
        self.missed.count += told.saturating_sub(named);
        self.change(id, |n| {
            n.of.clear();
            n.missed = 0;
        });
    }

    /// Whether this card, which lists what was missed, does so now. Nothing of Chronus' goes to somebody who disconnected,
    /// whatever brings the card: it waits until they connect. During a pause it waits for the card that ends that.
    pub(in crate::user) fn lists_missed(&self, list: &Notification, now: DateTime<Utc>) -> bool {
        let paused = self.paused_until.is_some_and(|until| until > now);
        self.connected && (list.card == CardKind::CatchUp || !paused)
    }

    /// A list that arrived showed this one. Earlier releases let a greeting list what was missed also to somebody who
    /// had disconnected or paused: their logs say so here.
    fn listed(&mut self, event: &NotificationShown, meta: &Metadata) {
        let shown = event.notification_id;
        self.enter(shown, Phase::Merged(event.by), meta, |n| {
            n.delivered_at = n.delivered_at.or(Some(meta.time));
        });
        self.missed.remove(shown);
        self.change(event.by, |list| {
            if !list.of.contains(&shown) {
                list.of.push(shown);
            }
        });
    }

    /// A card that lists what was missed is on its way: from now on it is that card's, as far as it is still so.
    fn tell_missed(&mut self, id: NotificationId, meta: &Metadata) {
        let Some(list) = self.notification(id) else { return };
        let (mut of, mut missed) = (list.of.clone(), list.missed);
        if tells_missed(list.card) {
            if !self.lists_missed(list, meta.time) {
                // An earlier try may have listed something.
                self.list_not_sent(id);
                return;
            }
            let untold = std::mem::take(&mut self.missed);
            of.extend(untold.of);
            missed += untold.count;
        } else if list.card != CardKind::Digest {
            return;
        }
        let is_doubted = |id: &NotificationId| {
            let card = self.notification(*id);
            card.is_some_and(|card| membership::of(self, card) == Membership::InDoubt)
        };
        // Of whom nobody can tell at present whose it is, it stays missed.
        let (doubted, of): (Vec<NotificationId>, Vec<NotificationId>) = of.into_iter().partition(is_doubted);
        let missed = missed.saturating_sub(u32::try_from(doubted.len()).unwrap_or(u32::MAX));
        for id in doubted {
            self.missed.add(id);
        }
        let listed: Vec<&Notification> = of.iter().filter_map(|id| self.notification(*id)).collect();
        let told = standing::still_told(self, listed.iter().copied(), meta.time);
        let named: HashSet<_> = told.iter().filter_map(|card| card.subject.as_ref()).collect();
        let is_named = |card: &&&Notification| card.subject.as_ref().is_some_and(|name| named.contains(name));
        let relevant = listed
            .iter()
            .filter(|card| is_named(card) || standing::still_so(self, card, meta.time))
            .count();
        // Several cards about one thing are one line: they are told of, and not void, whichever of them the line shows.
        let together = u32::try_from(relevant - told.len()).unwrap_or(u32::MAX);
        let mut of: Vec<NotificationId> = told.into_iter().map(|card| card.id).collect();
        // What the card has no room for is missed still, and comes when it is asked for.
        let beyond = of.split_off(of.len().min(ListView::MOST));
        let later = together + u32::try_from(beyond.len()).unwrap_or(u32::MAX);
        for item in beyond {
            self.missed.add(item);
        }
        self.change(id, |n| (n.of, n.missed) = (of, missed.saturating_sub(later)));
    }

    fn enter(
        &mut self,
        id: NotificationId,
        phase: Phase,
        meta: &Metadata,
        also: impl FnOnce(&mut Notification),
    ) {
        self.change(id, |notification| {
            notification.phase = phase;
            notification.changed_at = meta.time;
            also(notification);
        });
    }

    pub(super) fn change(&mut self, id: NotificationId, change: impl FnOnce(&mut Notification)) {
        if let Some(notification) = self.notifications.get_mut(id) {
            change(notification);
        }
    }
}
