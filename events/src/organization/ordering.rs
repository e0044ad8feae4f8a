//! Which of two domain events is the newer one: `time` decides, and of equal times the place in the log.
//!
//! An event without `time` happened when it was handed over. A `time` that lies further ahead than
//! [`CLOCK_TOLERANCE`] comes from a clock that is wrong, and is read as the time of the handing over too, so that no
//! subject stands still until that time has come.

use std::fmt;

use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};

use super::{CardKind, DomainEventAccepted, DomainKind, SubjectState};
use crate::ids::{MemberId, SubjectRef};

/// How far a CloudEvent's `time` may lie ahead of the time at which it is handed over.
pub const CLOCK_TOLERANCE: TimeDelta = TimeDelta::minutes(5);
/// Digits of a second that count. The read models store microseconds.
const DIGITS: u16 = 6;

/// Events with a key in common are compared by time: those about one subject, about one message of a thread, about one
/// member.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OrderKey(String);

impl OrderKey {
    /// Of a subject as a whole.
    pub fn subject(subject: &SubjectRef) -> Self {
        Self(format!("subject/{subject}"))
    }

    /// Of one message of a thread: messages of a thread do not supersede one another.
    pub fn message(thread: &SubjectRef, message_id: &str) -> Self {
        let length = thread.as_str().len();
        Self(format!("message/{length}/{thread}/{message_id}"))
    }

    /// Of a member.
    pub fn member(member: &MemberId) -> Self {
        Self(format!("member/{member}"))
    }

    /// As it is stored in the read models.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for OrderKey {
    fn from(stored: String) -> Self {
        Self(stored)
    }
}

impl fmt::Display for OrderKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether this `time` of an event that is handed over at `accepted_at` can be true.
pub fn is_ahead(time: DateTime<Utc>, accepted_at: DateTime<Utc>) -> bool {
    time.signed_duration_since(accepted_at) > CLOCK_TOLERANCE
}

impl DomainEventAccepted {
    /// When it happened, as far as the order of events goes; `accepted_at` is when it was handed over.
    pub fn happened_at(&self, accepted_at: DateTime<Utc>) -> DateTime<Utc> {
        // As the stores keep it.
        let accepted_at = accepted_at.trunc_subsecs(3);
        let told = self.time.filter(|time| !is_ahead(*time, accepted_at));
        told.unwrap_or(accepted_at).trunc_subsecs(DIGITS)
    }

    /// With what it is compared by time; empty for an event that stands alone, such as a new message.
    pub fn order_keys(&self) -> Vec<OrderKey> {
        let kind = self.kind();
        if let DomainKind::Member(_) = kind {
            let members = self.recipients.listed().iter();
            return members
                .filter_map(|recipient| recipient.member_id.as_ref().map(OrderKey::member))
                .collect();
        }
        let Some(subject) = &self.subject else {
            return Vec::new();
        };
        if kind.state() == Some(SubjectState::Failed) {
            return Vec::new();
        }
        if kind.card() == Some(CardKind::Message) {
            let message = self.facts.as_ref().and_then(|facts| facts.message_id.as_ref());
            return message
                .map(|message| OrderKey::message(subject, message))
                .into_iter()
                .collect();
        }
        vec![OrderKey::subject(subject)]
    }

    /// Whether older events are superseded by it. A reminder tells of its subject as somebody knew it, so a change that
    /// happened a little before it and comes after it still counts.
    pub fn supersedes(&self) -> bool {
        self.kind().card().is_none_or(|card| !card.is_reminder())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::organization::Recipients;
    use crate::sealing::{PersonId, Sealed};

    fn at(minutes: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(minutes)
    }

    fn event(event_type: &str, subject: Option<&str>, time: Option<DateTime<Utc>>) -> DomainEventAccepted {
        DomainEventAccepted {
            source: "/chronus".to_owned(),
            id: "1".to_owned(),
            event_type: event_type.to_owned(),
            subject: subject.map(|subject| SubjectRef::parse(subject).unwrap()),
            time,
            recipients: Recipients::All,
            actor: None,
            program: None,
            class: None,
            expires_at: None,
            facts: None,
            organizers: Vec::new(),
            send_at: None,
            erg: None,
            superseded: false,
            trace: None,
            content: Sealed {
                person: PersonId::organization(&"acme".parse().unwrap()),
                generation: 1,
                ciphertext: "".into(),
            },
        }
    }

    #[test]
    fn an_event_happened_when_it_says_unless_it_does_not_or_cannot() {
        for (told, happened) in [
            (Some(at(10)), at(10)),
            (None, at(100)),
            (Some(at(105)), at(105)),
            (Some(at(106)), at(100)),
        ] {
            let event = event("com.chronus.meeting.moved", Some("meeting/9"), told);
            assert_eq!(event.happened_at(at(100)), happened, "{told:?}");
        }
    }

    #[test]
    fn a_new_message_and_a_word_that_one_was_lost_are_compared_with_nothing() {
        let keys = |event_type: &str, subject: Option<&str>| event(event_type, subject, None).order_keys();
        assert_eq!(
            keys("com.chronus.meeting.moved", Some("meeting/9")),
            [OrderKey::subject(&SubjectRef::parse("meeting/9").unwrap())]
        );
        for (event_type, subject) in [
            ("com.chronus.message.sent", Some("thread/5")),
            ("com.chronus.message.not_delivered", Some("thread/5")),
            ("com.chronus.news.published", None),
        ] {
            assert!(keys(event_type, subject).is_empty(), "{event_type}");
        }
    }

    #[test]
    fn a_reminder_supersedes_nothing() {
        assert!(!event("com.chronus.meeting.reminder", Some("meeting/9"), None).supersedes());
        assert!(!event("com.chronus.survey.reminder", Some("survey/9"), None).supersedes());
        assert!(event("com.chronus.meeting.moved", Some("meeting/9"), None).supersedes());
        assert!(event("com.chronus.member.removed", None, None).supersedes());
    }
}
