//! What the person answered on a card, or by a command that names one. Each is told to Chronus once, except the
//! steps of a survey, which are the person's own notes until it is submitted.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::ids::{EventId, MemberId, NotificationId, OrganizationId, SubjectRef};
use crate::sealing::Sealed;
use crate::user::UserEvent;

/// What an answer is about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AnsweredOn {
    /// The organization to tell.
    pub organization_id: OrganizationId,
    /// The card about the subject.
    pub notification_id: NotificationId,
    /// The Chronus thing.
    pub subject: SubjectRef,
    /// The domain event that the card was made from.
    pub domain_event: EventId,
    /// The person in Chronus, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member_id: Option<MemberId>,
    /// Device class as Teams names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
    /// The card on which it was pressed, where that was a list or another card of the chat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pressed: Option<NotificationId>,
}

impl AnsweredOn {
    /// The card on which it was pressed.
    pub fn pressed_on(&self) -> NotificationId {
        self.pressed.unwrap_or(self.notification_id)
    }
}

macro_rules! answers {
    ($( $(#[$doc:meta])* $name:ident { $( $(#[$field_doc:meta])* $field:ident: $kind:ty, )* } )+) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
            pub struct $name {
                /// What it is about.
                pub on: AnsweredOn,
                $( $(#[$field_doc])* pub $field: $kind, )*
            }
        )+
    };
}

answers! {
    /// See [`super::UserEvent::MeetingAccepted`].
    MeetingAccepted {
        /// The time chosen, where there was a choice.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        slot: Option<String>,
    }
    /// See [`super::UserEvent::MeetingDeclined`].
    MeetingDeclined {
        /// The person's own words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<Sealed>,
    }
    /// See [`super::UserEvent::MeetingProposed`].
    MeetingProposed {
        /// The time that would suit.
        starts_at: DateTime<Utc>,
        /// The person's own words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<Sealed>,
    }
    /// See [`super::UserEvent::MeetingHeld`].
    MeetingHeld {
        /// Whether it took place.
        held: bool,
    }
    /// See [`super::UserEvent::EventRsvpGiven`].
    EventRsvpGiven {
        /// Whether the person comes.
        rsvp: Rsvp,
    }
    /// See [`super::UserEvent::SurveyStepSaved`].
    SurveyStepSaved {
        /// The question.
        question: String,
        /// The answer so far.
        answer: Sealed,
    }
    /// See [`super::UserEvent::SurveyStepShown`].
    SurveyStepShown {
        /// The question that the card shows now; absent when all were shown.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        question: Option<String>,
    }
    /// See [`super::UserEvent::SurveyAnswered`].
    SurveyAnswered {
        /// The answers given, in the order of the questions.
        answers: Vec<SurveyAnswer>,
    }
    /// See [`super::UserEvent::AnnouncementAcknowledged`].
    AnnouncementAcknowledged {}
    /// See [`super::UserEvent::MatchRequested`].
    MatchRequested {
        /// The person's own words to the match.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<Sealed>,
    }
    /// See [`super::UserEvent::MatchDismissed`].
    MatchDismissed {}
    /// See [`super::UserEvent::MessageReplied`].
    MessageReplied {
        /// The answer's own id, derived from the activity.
        reply_id: Uuid,
        /// The person's own words.
        text: Sealed,
    }
    /// See [`super::UserEvent::MessageSent`].
    MessageSent {
        /// The message's own id, derived from the activity.
        message_id: Uuid,
        /// The person's own words.
        text: Sealed,
    }
    /// See [`super::UserEvent::TaskCompleted`].
    TaskCompleted {}
}

/// Whether a person comes to an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rsvp {
    /// Yes.
    Going,
    /// Perhaps.
    Maybe,
    /// No.
    NotGoing,
}

impl Rsvp {
    /// The stored name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Going => "going",
            Self::Maybe => "maybe",
            Self::NotGoing => "not_going",
        }
    }
}

/// One answer of a survey.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SurveyAnswer {
    /// The question.
    pub question: String,
    /// The answer.
    pub answer: Sealed,
}

/// See [`super::UserEvent::MessageHandOverFailed`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MessageHandOverFailed {
    /// The `reply_id` or `message_id` of what could not be handed over.
    pub reply_id: Uuid,
}

impl UserEvent {
    /// What an answer that Chronus is told is about; `None` for every other event.
    #[expect(clippy::wildcard_enum_match_arm, reason = "`on` lists every event")]
    pub fn answered_on(&self) -> Option<AnsweredOn> {
        Some(match self {
            Self::RequestAccepted(e) => AnsweredOn {
                organization_id: e.organization_id.clone(),
                notification_id: e.notification_id,
                subject: e.subject.clone(),
                domain_event: e.domain_event,
                member_id: e.member_id.clone(),
                platform: e.platform.clone(),
                pressed: None,
            },
            Self::RequestDeclined(e) => AnsweredOn {
                organization_id: e.organization_id.clone(),
                notification_id: e.notification_id,
                subject: e.subject.clone(),
                domain_event: e.domain_event,
                member_id: e.member_id.clone(),
                platform: e.platform.clone(),
                pressed: None,
            },
            Self::SurveyStepSaved(_) | Self::SurveyStepShown(_) => return None,
            other => return other.on().cloned(),
        })
    }

    /// What an event on a card's subject is about, the steps of a survey included. The two oldest answers keep
    /// these fields side by side; see [`UserEvent::answered_on`].
    pub fn on(&self) -> Option<&AnsweredOn> {
        match self {
            Self::MeetingAccepted(e) => Some(&e.on),
            Self::MeetingDeclined(e) => Some(&e.on),
            Self::MeetingProposed(e) => Some(&e.on),
            Self::MeetingHeld(e) => Some(&e.on),
            Self::EventRsvpGiven(e) => Some(&e.on),
            Self::SurveyStepSaved(e) => Some(&e.on),
            Self::SurveyStepShown(e) => Some(&e.on),
            Self::SurveyAnswered(e) => Some(&e.on),
            Self::AnnouncementAcknowledged(e) => Some(&e.on),
            Self::MatchRequested(e) => Some(&e.on),
            Self::MatchDismissed(e) => Some(&e.on),
            Self::MessageReplied(e) => Some(&e.on),
            Self::MessageSent(e) => Some(&e.on),
            Self::TaskCompleted(e) => Some(&e.on),
            Self::AppInstalled(_)
            | Self::AppUninstalled(_)
            | Self::ReferenceRefreshed(_)
            | Self::ClientObserved(_)
            | Self::ActivityObserved(_)
            | Self::ClientDefaultsChanged(_)
            | Self::ProfileRequested(_)
            | Self::ProfileResolved(_)
            | Self::ProfileConfirmed(_)
            | Self::ProfileUnavailable(_)
            | Self::MemberLinked(_)
            | Self::MemberUnlinked(_)
            | Self::Connected(_)
            | Self::Disconnected(_)
            | Self::CommandReceived(_)
            | Self::ActionIgnored(_)
            | Self::NotificationQueued(_)
            | Self::NotificationRequeued(_)
            | Self::NotificationSuppressed(_)
            | Self::NotificationWithdrawn(_)
            | Self::NotificationExpired(_)
            | Self::NotificationDeferred(_)
            | Self::NotificationMerged(_)
            | Self::DeliveryAttempted(_)
            | Self::DeliveryRetryScheduled(_)
            | Self::NotificationDelivered(_)
            | Self::NotificationRefused(_)
            | Self::DeliveryOutcomeUnknown(_)
            | Self::NotificationSeen(_)
            | Self::SubjectChanged(_)
            | Self::CardUpdateQueued(_)
            | Self::CardUpdated(_)
            | Self::CardUpdateRetryScheduled(_)
            | Self::CardUpdateAbandoned(_)
            | Self::RequestAccepted(_)
            | Self::RequestDeclined(_)
            | Self::MessageHandOverFailed(_)
            | Self::Paused(_)
            | Self::Resumed(_)
            | Self::PreferencesChanged(_)
            | Self::ReachabilityChanged(_)
            | Self::NotificationShown(_)
            | Self::UserErased(_) => None,
        }
    }

    /// The id of what the person wrote to somebody.
    pub fn written_id(&self) -> Option<Uuid> {
        if let Self::MessageReplied(event) = self {
            Some(event.reply_id)
        } else if let Self::MessageSent(event) = self {
            Some(event.message_id)
        } else {
            None
        }
    }

    /// The answer's word in what Chronus is told: `accepted`, `rsvp`, `replied`, …; `None` for what it is not told.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "`answered_on` leaves only the last one"
    )]
    pub fn answer_word(&self) -> Option<&'static str> {
        self.answered_on()?;
        Some(match self {
            Self::RequestAccepted(_) | Self::MeetingAccepted(_) => "accepted",
            Self::RequestDeclined(_) | Self::MeetingDeclined(_) => "declined",
            Self::MeetingProposed(_) => "proposed",
            Self::MeetingHeld(_) => "held",
            Self::EventRsvpGiven(_) => "rsvp",
            Self::SurveyAnswered(_) => "answered",
            Self::AnnouncementAcknowledged(_) => "acknowledged",
            Self::MatchRequested(_) => "requested",
            Self::MatchDismissed(_) => "dismissed",
            Self::MessageReplied(_) => "replied",
            Self::MessageSent(_) => "sent",
            _ => "completed",
        })
    }
}
