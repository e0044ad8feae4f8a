//! What the person answered on a card, or by a command that names one. Each is told to Chronus once.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::about::AnsweredOn;
use crate::codec::stored_events;
use crate::ids::{EventId, MemberId, NotificationId, OrganizationId, SubjectRef};
use crate::sealing::Sealed;

stored_events! {
    /// An answer that Chronus is told.
    pub enum Answer ("user") {
        /// The person accepted a mentoring request.
        RequestAccepted = 1,
        /// The person declined a mentoring request.
        RequestDeclined = 1,
        /// The person accepted a meeting.
        MeetingAccepted = 1,
        /// The person declined a meeting.
        MeetingDeclined = 1,
        /// The person proposed another time for a meeting.
        MeetingProposed = 1,
        /// The person told whether a meeting took place.
        MeetingHeld = 1,
        /// The person told whether they come to an ERG event.
        EventRsvpGiven = 1,
        /// The person submitted a survey.
        SurveyAnswered = 1,
        /// The person confirmed having read an announcement.
        AnnouncementAcknowledged = 1,
        /// The person asked a suggested match to be their mentor.
        MatchRequested = 1,
        /// The person does not want a suggested match.
        MatchDismissed = 1,
        /// The person answered a message.
        MessageReplied = 1,
        /// The person wrote to a connection.
        MessageSent = 1,
        /// The person did a task.
        TaskCompleted = 1,
    }
}

/// See [`Answer::RequestAccepted`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RequestAccepted {
    /// The organization to tell.
    pub organization_id: OrganizationId,
    /// The card on which it was pressed.
    pub notification_id: NotificationId,
    /// The request.
    pub subject: SubjectRef,
    /// The domain event that the card was made from.
    pub domain_event: EventId,
    /// The person in Chronus, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member_id: Option<MemberId>,
    /// Device class as Teams names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
}

/// See [`Answer::RequestDeclined`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RequestDeclined {
    /// The organization to tell.
    pub organization_id: OrganizationId,
    /// The card on which it was pressed.
    pub notification_id: NotificationId,
    /// The request.
    pub subject: SubjectRef,
    /// The domain event that the card was made from.
    pub domain_event: EventId,
    /// The person in Chronus, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member_id: Option<MemberId>,
    /// Device class as Teams names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
    /// The reason chosen from the card's list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The person's own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Sealed>,
    /// Tells equal reasons and words from others; absent where there are none, and in older events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given: Option<Uuid>,
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
    /// See [`Answer::MeetingAccepted`].
    MeetingAccepted {
        /// The time chosen, where there was a choice.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        slot: Option<String>,
    }
    /// See [`Answer::MeetingDeclined`].
    MeetingDeclined {
        /// The person's own words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<Sealed>,
        /// Tells equal words from others; absent where there are none, and in older events.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        given: Option<Uuid>,
    }
    /// See [`Answer::MeetingProposed`].
    MeetingProposed {
        /// The time that would suit.
        starts_at: DateTime<Utc>,
        /// The person's own words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<Sealed>,
        /// Tells equal words from others; absent where there are none, and in older events.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        given: Option<Uuid>,
    }
    /// See [`Answer::MeetingHeld`].
    MeetingHeld {
        /// Whether it took place.
        held: bool,
    }
    /// See [`Answer::EventRsvpGiven`].
    EventRsvpGiven {
        /// Whether the person comes.
        rsvp: Rsvp,
    }
    /// See [`Answer::SurveyAnswered`].
    SurveyAnswered {
        /// The answers given, in the order of the questions.
        answers: Vec<SurveyAnswer>,
    }
    /// See [`Answer::AnnouncementAcknowledged`].
    AnnouncementAcknowledged {}
    /// See [`Answer::MatchRequested`].
    MatchRequested {
        /// The person's own words to the match.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<Sealed>,
        /// Tells equal words from others; absent where there are none, and in older events.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        given: Option<Uuid>,
    }
    /// See [`Answer::MatchDismissed`].
    MatchDismissed {}
    /// See [`Answer::MessageReplied`].
    MessageReplied {
        /// The answer's own id, derived from the activity.
        reply_id: Uuid,
        /// The person's own words.
        text: Sealed,
    }
    /// See [`Answer::MessageSent`].
    MessageSent {
        /// The message's own id, derived from the activity.
        message_id: Uuid,
        /// The person's own words.
        text: Sealed,
    }
    /// See [`Answer::TaskCompleted`].
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

impl Answer {
    /// What it is about, of every answer in the same form.
    pub fn answered_on(&self) -> AnsweredOn {
        match self {
            Self::RequestAccepted(e) => AnsweredOn {
                organization_id: e.organization_id.clone(),
                notification_id: e.notification_id,
                subject: e.subject.clone(),
                domain_event: e.domain_event,
                member_id: e.member_id.clone(),
                platform: e.platform.clone(),
                pressed: None,
                at: None,
            },
            Self::RequestDeclined(e) => AnsweredOn {
                organization_id: e.organization_id.clone(),
                notification_id: e.notification_id,
                subject: e.subject.clone(),
                domain_event: e.domain_event,
                member_id: e.member_id.clone(),
                platform: e.platform.clone(),
                pressed: None,
                at: None,
            },
            Self::MeetingAccepted(MeetingAccepted { on, .. })
            | Self::MeetingDeclined(MeetingDeclined { on, .. })
            | Self::MeetingProposed(MeetingProposed { on, .. })
            | Self::MeetingHeld(MeetingHeld { on, .. })
            | Self::EventRsvpGiven(EventRsvpGiven { on, .. })
            | Self::SurveyAnswered(SurveyAnswered { on, .. })
            | Self::AnnouncementAcknowledged(AnnouncementAcknowledged { on })
            | Self::MatchRequested(MatchRequested { on, .. })
            | Self::MatchDismissed(MatchDismissed { on })
            | Self::MessageReplied(MessageReplied { on, .. })
            | Self::MessageSent(MessageSent { on, .. })
            | Self::TaskCompleted(TaskCompleted { on }) => on.clone(),
        }
    }

    /// The id of what the person wrote to somebody.
    pub fn written_id(&self) -> Option<Uuid> {
        match self {
            Self::MessageReplied(e) => Some(e.reply_id),
            Self::MessageSent(e) => Some(e.message_id),
            Self::RequestAccepted(_)
            | Self::RequestDeclined(_)
            | Self::MeetingAccepted(_)
            | Self::MeetingDeclined(_)
            | Self::MeetingProposed(_)
            | Self::MeetingHeld(_)
            | Self::EventRsvpGiven(_)
            | Self::SurveyAnswered(_)
            | Self::AnnouncementAcknowledged(_)
            | Self::MatchRequested(_)
            | Self::MatchDismissed(_)
            | Self::TaskCompleted(_) => None,
        }
    }

    /// Every word that [`Self::word`] answers.
    pub const WORDS: [&'static str; 12] = [
        "accepted",
        "declined",
        "proposed",
        "held",
        "rsvp",
        "answered",
        "acknowledged",
        "requested",
        "dismissed",
        "replied",
        "sent",
        "completed",
    ];

    /// Its word in what Chronus is told: `accepted`, `rsvp`, `replied`, …
    pub fn word(&self) -> &'static str {
        match self {
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
            Self::TaskCompleted(_) => "completed",
        }
    }
}
