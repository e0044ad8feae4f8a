//! One notification's life, as its person's stream tells it.

use chrono::{DateTime, Utc};
use events::organization::{CardKind, Class, SubjectFacts, SubjectState};
use events::user::{Command, DeferReason, InputFault, NotificationQueued, Recovery, Source, UnknownPolicy};
use events::{ActivityId, MemberId, Metadata, NotificationId, Sealed, SubjectRef};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// One notification's life.
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts about a card, each from its own events"
)]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Notification {
    /// Its id.
    pub id: NotificationId,
    /// Where its content comes from.
    pub source: Source,
    /// Which card.
    pub card: CardKind,
    /// The Chronus thing.
    pub subject: Option<SubjectRef>,
    /// Which cards overtake which.
    pub class: Class,
    /// When it is no longer worth sending.
    pub expires_at: DateTime<Utc>,
    /// What happens when its arrival is unknown.
    pub unknown_policy: UnknownPolicy,
    /// The thread it belongs to.
    pub correlation_id: Uuid,
    /// When it was queued.
    pub queued_at: DateTime<Utc>,
    /// How far it is.
    pub phase: Phase,
    /// When it entered that phase.
    pub changed_at: DateTime<Utc>,
    /// Tries made.
    pub attempts: u32,
    /// When the last try began.
    pub tried_at: Option<DateTime<Utc>>,
    /// Tries whose outcome is unknown.
    pub unknowns: u32,
    /// The message in the chat.
    pub activity_id: Option<ActivityId>,
    /// The revision that the chat shows; 0 before it arrived.
    pub shown: u32,
    /// When the chat last took another revision in place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redrawn_at: Option<DateTime<Utc>>,
    /// The revision that the chat should show.
    pub wanted: u32,
    /// Whether an update in place was given up.
    pub frozen: bool,
    /// Tries of the update in place that the chat waits for.
    pub update_tries: u32,
    /// When that update is tried again.
    pub update_retry_at: Option<DateTime<Utc>>,
    /// That try first asks for the chat anew, this way.
    pub update_recovery: Option<Recovery>,
    /// Whether the person certainly saw it.
    pub seen: bool,
    /// When it certainly was in the chat first.
    pub delivered_at: Option<DateTime<Utc>>,
    /// How often it was put off.
    pub deferrals: u32,
    /// Why it was put off last.
    pub deferred_for: Option<DeferReason>,
    /// The newest revision that the person had before them when they answered on this card.
    pub acted: u32,
    /// The first revision that shows what Chronus asks for now; older ones show what it asked for before.
    pub asked_since: u32,
    /// What was wrong with what the person gave on this card last.
    pub fault: Option<InputFault>,
    /// The member whom Chronus meant, where it gave an id.
    pub member: Option<MemberId>,
    /// What rules go by of the domain event that it came from.
    pub facts: SubjectFacts,
    /// The state of its subject that it tells of.
    pub tells: Option<SubjectState>,
    /// Commands near to what was typed, for the answer to text that is no command.
    pub near: Vec<Command>,
    /// The name that was typed beside a command.
    pub query: Option<Sealed>,
    /// The number that was typed beside a command.
    pub item: Option<u32>,
    /// How many of a list's items stand before the first that it shows.
    pub from: u32,
    /// Whether it answers what came late, since what the person asked for after it holds.
    pub overtaken: bool,
    /// Other notifications that this card shows: a list's items, bundled messages, in order.
    pub of: Vec<NotificationId>,
    /// How many notifications had not been sent when this card told of it.
    pub missed: u32,
    /// What the person wrote on this card, oldest first, the newest few.
    pub written: Vec<Written>,
    /// How much the person wrote on this card.
    pub written_count: u32,
    /// The next try first asks for the chat anew, this way.
    pub recovery: Option<Recovery>,
    /// Whether the chat was asked for anew for this card.
    pub recovered: bool,
    /// The next try finds out whether what holds back every other card of the person is still so.
    pub probes: bool,
    /// How often it did so.
    pub probe_count: u32,
    /// Tries made before the last replay.
    pub attempts_before: u32,
    /// The replays that had their effect.
    pub replays: Vec<Uuid>,
    /// How many cards that can wait the organization wants the person to get within a day.
    #[serde(default)]
    pub most_a_day: Option<u32>,
    /// Whether it was not sent since its programme or ERG was switched off.
    #[serde(default)]
    pub switched_off: bool,
}

/// Something that the person wrote on a card.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Written {
    /// The `reply_id` or `message_id`.
    pub id: Uuid,
    /// The thread or connection.
    pub subject: SubjectRef,
    /// The words.
    pub text: Sealed,
    /// When.
    pub at: DateTime<Utc>,
    /// Whether it could not be handed to Chronus.
    pub failed: bool,
}

impl Written {
    /// The card that tells that this did not reach Chronus.
    pub fn notice(&self) -> NotificationId {
        NotificationId::derive(["not_delivered", self.id.to_string().as_str()])
    }
}

/// Written texts that a card keeps.
const WRITTEN: usize = 5;

/// How far a notification is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Phase {
    /// Waits for its first try.
    Queued,
    /// The last try created nothing; the next is due then.
    Retry(DateTime<Utc>),
    /// A try is under way or was interrupted.
    Attempted,
    /// In the chat.
    Delivered,
    /// The connector refused it.
    Refused,
    /// Perhaps in the chat; tried again then, or held.
    Unknown(Option<DateTime<Utc>>),
    /// Not sent, by decision.
    Suppressed,
    /// Not sent: its subject ended.
    Withdrawn,
    /// Not sent: its time ran out.
    Expired,
    /// Looked at again then, not before.
    Deferred(DateTime<Utc>),
    /// Not sent by itself: that card shows it.
    Merged(NotificationId),
}

impl Phase {
    /// Whether nothing was ever posted and something may still be.
    pub fn is_unsent(self) -> bool {
        matches!(self, Self::Queued | Self::Retry(_) | Self::Deferred(_))
    }

    /// Whether it ended without certainly arriving, for a reason that may be gone by now.
    pub fn is_dead(self) -> bool {
        matches!(self, Self::Refused | Self::Expired | Self::Unknown(None))
    }

    /// Whether the card is, or may be, in the chat.
    pub fn may_be_shown(self) -> bool {
        matches!(self, Self::Attempted | Self::Delivered | Self::Unknown(_))
    }

    /// Whether nothing more happens to it on the way to the chat.
    pub fn is_settled(self) -> bool {
        match self {
            Self::Delivered
            | Self::Refused
            | Self::Unknown(None)
            | Self::Suppressed
            | Self::Withdrawn
            | Self::Expired
            | Self::Merged(_) => true,
            Self::Queued | Self::Retry(_) | Self::Attempted | Self::Unknown(Some(_)) | Self::Deferred(_) => {
                false
            }
        }
    }
}

impl Notification {
    /// A notification that was just queued.
    pub fn queued(event: &NotificationQueued, meta: &Metadata) -> Self {
        let prompt = event.prompt.clone().unwrap_or_default();
        Self {
            id: event.notification_id,
            source: event.source.clone(),
            card: event.card,
            subject: event.subject.clone(),
            class: event.class,
            expires_at: event.expires_at,
            unknown_policy: event.unknown_policy,
            correlation_id: meta.correlation_id,
            queued_at: meta.time,
            phase: Phase::Queued,
            changed_at: meta.time,
            attempts: 0,
            tried_at: None,
            unknowns: 0,
            activity_id: None,
            shown: 0,
            wanted: 1,
            frozen: false,
            update_tries: 0,
            update_retry_at: None,
            update_recovery: None,
            redrawn_at: None,
            seen: false,
            recovery: None,
            recovered: false,
            probes: false,
            probe_count: 0,
            attempts_before: 0,
            replays: Vec::new(),
            switched_off: false,
            most_a_day: event.most_a_day,
            delivered_at: None,
            deferrals: 0,
            deferred_for: None,
            acted: 0,
            asked_since: 0,
            fault: None,
            member: event.member_id.clone(),
            facts: event.facts.clone().unwrap_or_default(),
            tells: event.state,
            near: prompt.near,
            query: prompt.query,
            item: prompt.item,
            from: prompt.from,
            overtaken: prompt.overtaken,
            of: prompt.of,
            missed: 0,
            written: Vec::new(),
            written_count: 0,
        }
    }

    /// What tells its next try from every other one, those before a replay included.
    pub fn next_try(&self) -> String {
        let attempt = self.attempts + 1;
        match self.replays.len() {
            0 => format!("{}/{attempt}", self.id),
            replays => format!("{}/{attempt}/{replays}", self.id),
        }
    }

    /// Keeps what the person wrote on this card.
    pub fn write(&mut self, written: Written) {
        if self.written.len() == WRITTEN {
            self.written.remove(0);
        }
        self.written.push(written);
        self.written_count += 1;
    }

    /// Whether it comes from a domain event, and not from the chat itself.
    pub fn is_from_chronus(&self) -> bool {
        matches!(self.source, Source::DomainEvent { .. })
    }
}

#[cfg(test)]
mod tests;
