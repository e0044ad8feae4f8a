//! What of a domain event's content stands open beside the sealed content, because rules go by it. Nothing in here
//! is personal, and nothing in here is shown: cards are drawn from the content.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::ids::MemberId;
use crate::sealing::Vault;

/// What a keyed fingerprint begins with.
const KEYED: &str = "k:";

/// What rules need to know of a subject. Every field may be absent; of two facts about one subject the newer wins,
/// field by field.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubjectFacts {
    /// When it begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts_at: Option<DateTime<Utc>>,
    /// When it ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<DateTime<Utc>>,
    /// Until when an answer is useful.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub respond_by: Option<DateTime<Utc>>,
    /// Until when it is to be done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<DateTime<Utc>>,
    /// Times to choose from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub slots: Vec<Slot>,
    /// A survey's questions, in order; empty where they are answered in Chronus only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub questions: Vec<Question>,
    /// Whether an announcement asks to be acknowledged.
    #[serde(default, skip_serializing_if = "is_false")]
    pub acknowledge: bool,
    /// Whether nobody is to learn who answered a survey.
    #[serde(default, skip_serializing_if = "is_false")]
    pub anonymous: bool,
    /// The other person, where Chronus named one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counterpart: Option<MemberId>,
    /// Which message of the thread.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    /// How long before its time a reminder comes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reminder: Option<ReminderKind>,
    /// Whether Chronus asked for it to be told at once, at night too.
    #[serde(default, skip_serializing_if = "is_false")]
    pub urgent: bool,
    /// A fingerprint of where it takes place: another one means another place. Keyed, so that nobody finds the place by
    /// trying names; earlier releases wrote it without a key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
fn is_false(value: &bool) -> bool {
    !*value
}

impl SubjectFacts {
    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// These facts where `newer` says nothing, else `newer`'s. What concerns one domain event alone (which message,
    /// which reminder, urgency) is `newer`'s in any case.
    #[must_use]
    pub fn overlaid(&self, newer: &Self) -> Self {
        let list = |old: &Vec<Slot>, new: &Vec<Slot>| if new.is_empty() { old.clone() } else { new.clone() };
        Self {
            starts_at: newer.starts_at.or(self.starts_at),
            // A new beginning without an end does not keep the old end.
            ends_at: newer.ends_at.or_else(|| {
                self.ends_at
                    .filter(|_| newer.starts_at.is_none() || newer.starts_at == self.starts_at)
            }),
            respond_by: newer.respond_by.or(self.respond_by),
            due_at: newer.due_at.or(self.due_at),
            slots: list(&self.slots, &newer.slots),
            questions: if newer.questions.is_empty() {
                self.questions.clone()
            } else {
                newer.questions.clone()
            },
            acknowledge: self.acknowledge || newer.acknowledge,
            // Once promised, it is kept.
            anonymous: self.anonymous || newer.anonymous,
            counterpart: newer.counterpart.clone().or_else(|| self.counterpart.clone()),
            message_id: newer.message_id.clone(),
            reminder: newer.reminder,
            urgent: newer.urgent,
            place: newer.place.clone().or_else(|| self.place.clone()),
        }
    }

    /// Whether it takes place elsewhere than `before` said. Fingerprints of which only one is keyed say nothing.
    pub fn is_elsewhere_than(&self, before: &Self) -> bool {
        let is_keyed = |place: &String| place.starts_with(KEYED);
        match (&before.place, &self.place) {
            (None, _) => false,
            (Some(_), None) => true,
            (Some(before), Some(now)) => is_keyed(before) == is_keyed(now) && before != now,
        }
    }

    /// The same with the place's fingerprint keyed.
    #[must_use]
    pub fn with_keyed_place(mut self, vault: &Vault) -> Self {
        self.place = self
            .place
            .map(|place| format!("{KEYED}{}", vault.keyed_hash("place", &place)));
        self
    }

    /// When the subject is over: its end, else its beginning.
    pub fn over_at(&self) -> Option<DateTime<Utc>> {
        self.ends_at.or(self.starts_at)
    }
}

/// A time to choose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot {
    /// Its name in the answer: given by Chronus, else its number from 1.
    pub id: String,
    /// When it begins.
    pub starts_at: DateTime<Utc>,
    /// When it ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<DateTime<Utc>>,
}

/// A survey's question, without its words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// Its name in the answer.
    pub id: String,
    /// How it is answered.
    pub kind: QuestionKind,
    /// Names of the options of a choice.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<String>,
    /// Whether the survey cannot be submitted without an answer to it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub required: bool,
    /// The ends of a rating's scale, both on it; absent in events that were stored before they were kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scale: Option<(u32, u32)>,
}

impl Question {
    /// Whether every answer that `before` could take is an answer to this one too: of the same kind, on a scale that is no
    /// shorter, with no option less.
    pub fn takes_answers_to(&self, before: &Self) -> bool {
        if self.kind != before.kind {
            return false;
        }
        match self.kind {
            QuestionKind::Rating => match (before.scale, self.scale) {
                (Some((lowest, highest)), Some((from, to))) => from <= lowest && highest <= to,
                (_, None) => true,
                (None, Some(_)) => false,
            },
            QuestionKind::Choice => before.options.iter().all(|option| self.options.contains(option)),
            QuestionKind::Text => true,
        }
    }
}

/// How a question is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QuestionKind {
    /// A number on a scale.
    Rating,
    /// One of several options.
    Choice,
    /// The person's own words.
    Text,
}

/// How long before its time a reminder comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReminderKind {
    /// A day ahead.
    Day,
    /// Minutes ahead: it comes at night too.
    Soon,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hours: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + chrono::TimeDelta::hours(hours)
    }

    #[test]
    fn the_newer_word_counts_and_silence_keeps_the_older() {
        let known = SubjectFacts {
            starts_at: Some(at(1)),
            ends_at: Some(at(2)),
            acknowledge: true,
            ..SubjectFacts::default()
        };
        let moved = SubjectFacts {
            starts_at: Some(at(5)),
            ..SubjectFacts::default()
        };
        let now = known.overlaid(&moved);
        assert_eq!(
            (now.starts_at, now.ends_at, now.acknowledge),
            (Some(at(5)), None, true)
        );
        assert_eq!(known.overlaid(&SubjectFacts::default()), known);
    }

    #[test]
    fn a_place_is_keyed_and_one_of_an_earlier_release_is_not_taken_for_another() {
        let vault = || {
            Vault::new(std::sync::Arc::new(
                crate::sealing::memory::MemoryKeyTable::default(),
            ))
        };
        let (ours, other) = (vault(), vault());
        let at = |place: &str| SubjectFacts {
            place: Some(place.to_owned()),
            ..SubjectFacts::default()
        };
        let keyed = |place: &str| at(place).with_keyed_place(&ours);
        assert!(keyed("room 5").is_elsewhere_than(&keyed("room 4")));
        assert!(!keyed("room 4").is_elsewhere_than(&keyed("room 4")));
        assert!(
            !keyed("room 4").is_elsewhere_than(&at("room 4")),
            "nobody can tell"
        );
        assert!(SubjectFacts::default().is_elsewhere_than(&keyed("room 4")));
        assert_ne!(keyed("room 4"), at("room 4").with_keyed_place(&other));
    }

    #[test]
    fn facts_that_say_nothing_are_stored_as_nothing() {
        assert_eq!(serde_json::to_string(&SubjectFacts::default()).unwrap(), "{}");
    }
}
