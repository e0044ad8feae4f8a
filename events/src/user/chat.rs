//! What happened in the chat that is no answer to Chronus: commands, presses without effect, the steps of a survey, which
//! are the person's own notes until it is submitted, and what became of the subjects of cards in it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::about::AnsweredOn;
use super::command::Command;
use super::queue::Source;
use crate::codec::stored_events;
use crate::ids::{EventId, NotificationId, SubjectRef};
use crate::organization::{CardKind, SubjectFacts, SubjectState};
use crate::sealing::Sealed;

stored_events! {
    /// What happened in the chat that is no answer to Chronus.
    pub enum Chat ("user") {
        /// The person typed something to the bot.
        CommandReceived = 1,
        /// The person pressed a button that had no effect any more.
        ActionIgnored = 1,
        /// The subject of cards in this chat entered a state.
        SubjectChanged = 1,
        /// The person answered a question of a survey that is not submitted yet.
        SurveyStepSaved = 1,
        /// The person went to another question of a survey without answering.
        SurveyStepShown = 1,
        /// What the person wrote could not be handed to Chronus.
        MessageHandOverFailed = 1,
    }
}

/// See [`Chat::CommandReceived`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CommandReceived {
    /// What was asked for.
    pub command: Command,
    /// When the person did it, where that is not when it was recorded; absent in older events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<DateTime<Utc>>,
}

/// See [`Chat::ActionIgnored`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ActionIgnored {
    /// The card it was pressed on, where it named one of this person's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notification_id: Option<NotificationId>,
    /// Why nothing happened.
    pub reason: IgnoredReason,
    /// What was wrong with what the person gave, so that the card can say so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<InputFault>,
    /// The subject whose answer stands already as it was given again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub affirms: Option<SubjectRef>,
    /// When the person did it, where that is not when it was recorded; absent in older events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<DateTime<Utc>>,
}

/// What is wrong with what a person gave on a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InputFault {
    /// Something that is needed was not given.
    Missing,
    /// It is not among what the card offers: another time, another option, a number off the scale.
    NotOffered,
    /// The text is longer than what is taken.
    TooLong,
    /// The time is none, or it is past.
    BadTime,
    /// It came late, and what the person chose after it holds.
    Overtaken,
    /// Chronus asked anew since: the person had something older before them.
    AskedAnew,
    /// What it is about takes place at a time, and that is past.
    Past,
    /// What it is about ended, or was answered, before the words came.
    Over,
    /// The person answered it before, otherwise than by this press of an older form.
    Answered,
    /// What it is about ended before the press came.
    Ended,
    /// The card changed since the form that was pressed: it asks something else now.
    Changed,
}

/// Why a press had no effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IgnoredReason {
    /// The subject was answered before or ended otherwise.
    AlreadyResolved,
    /// The card is not known in this chat.
    UnknownCard,
    /// The action is not one that the card offers.
    UnknownAction,
    /// The same press had its effect before, from this form of the card.
    Repeated,
    /// Something that the action needs is missing or makes no sense.
    Incomplete,
    /// It came late: what the person asked for or answered after it holds.
    Overtaken,
}

/// See [`Chat::SubjectChanged`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SubjectChanged {
    /// The Chronus thing.
    pub subject: SubjectRef,
    /// The state it entered.
    pub state: SubjectState,
    /// The domain event that told it.
    pub domain_event: EventId,
    /// Where the subject's newest content stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// What rules go by of that content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facts: Option<SubjectFacts>,
    /// The card that somebody gets by this domain event who holds none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<CardKind>,
    /// When the domain event happened; absent in older events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub happened_at: Option<DateTime<Utc>>,
}

/// See [`Chat::SurveyStepSaved`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SurveyStepSaved {
    /// What it is about.
    pub on: AnsweredOn,
    /// The question.
    pub question: String,
    /// The answer so far.
    pub answer: Sealed,
    /// Tells equal answers from others; see [`crate::Vault::fingerprint`]. Absent in older events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given: Option<Uuid>,
}

/// See [`Chat::SurveyStepShown`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SurveyStepShown {
    /// What it is about.
    pub on: AnsweredOn,
    /// The question that the card shows now; absent when all were shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub question: Option<String>,
}

/// See [`Chat::MessageHandOverFailed`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MessageHandOverFailed {
    /// The `reply_id` or `message_id` of what could not be handed over.
    pub reply_id: Uuid,
}
