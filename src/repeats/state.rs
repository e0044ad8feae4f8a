//! The fold of an organization's requests, and what a request that comes is to be answered. Nothing here reads a clock.

use std::collections::{HashMap, VecDeque};

use chrono::{DateTime, TimeDelta, Utc};
use events::outbound::{KeptAnswer, RequestAnswered, RequestBegun};
use events::{EventId, OutboundEvent, Position, Recorded};
use uuid::Uuid;

/// For how long a key is known.
pub const KEPT_FOR: TimeDelta = TimeDelta::hours(24);
/// Keys of one organization that are known at a time.
pub const MOST: usize = 10_000;

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// The SHA-256 of the key, in hexadecimal.
    pub key: String,
    /// The SHA-256 of what is asked for and by whom, in hexadecimal.
    pub request: String,
}

/// Where it is asked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// This process.
    pub(super) process: Uuid,
    /// Whether no other one works on this log: whatever another began was left by it.
    pub(super) alone: bool,
    /// Whether this process carries out the same key at this moment.
    pub(super) running: bool,
}

/// What a request is to be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It was never seen.
    New,
    /// It was begun and left without an answer.
    Resume { seed: EventId, since: Position },
    /// It was answered so.
    Again(KeptAnswer),
    /// It is being carried out, for so many seconds more at most.
    UnderWay(u64),
    /// Its key was used for another one.
    Other,
    /// There is no room for another key for so many seconds.
    TooMany(u64),
}

#[derive(Debug)]
struct Known {
    request: String,
    seed: EventId,
    since: Position,
    process: Uuid,
    until: DateTime<Utc>,
    answer: Option<KeptAnswer>,
}

/// The requests that are known.
#[derive(Debug, Default)]
pub(super) struct Seen {
    known: HashMap<String, Known>,
    /// When each was begun first, oldest first.
    begun: VecDeque<(DateTime<Utc>, String)>,
}

impl Seen {
    /// Folds one event.
    pub(super) fn apply(&mut self, recorded: &Recorded, event: &OutboundEvent) {
        match event {
            OutboundEvent::RequestBegun(event) => self.begun(recorded, event),
            OutboundEvent::RequestAnswered(event) => self.answered(recorded.metadata.time, event),
            OutboundEvent::NotificationUnroutable(_)
            | OutboundEvent::RecipientUnreached(_)
            | OutboundEvent::RecipientReopened(_)
            | OutboundEvent::ResponseDelivered(_)
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
            | OutboundEvent::OrganizationSettingsChanged(_) => {}
        }
    }

    fn begun(&mut self, recorded: &Recorded, event: &RequestBegun) {
        let time = recorded.metadata.time;
        // A key that was forgotten begins anew.
        self.forget_until(time);
        if let Some(known) = self.known.get_mut(&event.key) {
            (known.process, known.until) = (event.process, event.until);
            return;
        }
        let known = Known {
            request: event.request.clone(),
            seed: recorded.id,
            since: recorded.position,
            process: event.process,
            until: event.until,
            answer: None,
        };
        self.known.insert(event.key.clone(), known);
        self.begun.push_back((time, event.key.clone()));
    }

    fn answered(&mut self, time: DateTime<Utc>, event: &RequestAnswered) {
        let Some(known) = self.known.get_mut(&event.key) else {
            return;
        };
        known.until = known.until.min(time);
        if known.answer.is_none() {
            known.answer.clone_from(&event.answer);
        }
    }

    /// Forgets what was begun too long before `now`.
    pub(super) fn forget_until(&mut self, now: DateTime<Utc>) {
        while let Some((time, _)) = self.begun.front()
            && *time + KEPT_FOR <= now
        {
            if let Some((_, key)) = self.begun.pop_front() {
                self.known.remove(&key);
            }
        }
    }

    pub(super) fn verdict(&self, ask: &Ask, place: Place, now: DateTime<Utc>) -> Verdict {
        let Some(known) = self.known.get(&ask.key) else {
            return match self.begun.front() {
                Some((oldest, _)) if self.known.len() >= MOST => {
                    Verdict::TooMany(seconds(*oldest + KEPT_FOR - now))
                }
                Some(_) | None => Verdict::New,
            };
        };
        if known.request != ask.request {
            return Verdict::Other;
        }
        if let Some(answer) = &known.answer {
            return Verdict::Again(answer.clone());
        }
        let elsewhere = known.process != place.process && !place.alone && known.until > now;
        if place.running {
            Verdict::UnderWay(1)
        } else if elsewhere {
            Verdict::UnderWay(seconds(known.until - now))
        } else {
            Verdict::Resume {
                seed: known.seed,
                since: known.since,
            }
        }
    }
}

/// Whole seconds, at least one.
fn seconds(wait: TimeDelta) -> u64 {
    u64::try_from(wait.num_seconds()).unwrap_or_default() + 1
}
