//! What the service makes of a domain event, and the cards there are.

use serde::{Deserialize, Serialize};

use super::SubjectState;

/// What the service makes of a domain event, decided by its type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DomainKind {
    /// A card of its own for each recipient.
    Notify(CardKind),
    /// The subject's newest content and state: cards about it change in place, recipients who hold none get a card
    /// of this kind.
    Revise {
        /// The card for those who hold none.
        card: CardKind,
        /// The state that the subject entered.
        state: SubjectState,
    },
    /// Who a member is: no card.
    Member(MemberChange),
}

/// The change to a member that a `com.chronus.member.*` event tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemberChange {
    /// The member exists, with this address.
    Upserted,
    /// The member is gone.
    Removed,
}

const PREFIX: &str = "com.chronus.";

/// Every type with a meaning of its own, without its prefix, and what is made of it.
const KNOWN: [(&str, DomainKind); 38] = {
    use CardKind as Card;
    use SubjectState as State;

    [
        ("mentoring_request.sent", notify(Card::MentoringRequest)),
        (
            "mentoring_request.reminder",
            revise(Card::RequestReminder, State::Open),
        ),
        (
            "mentoring_request.accepted",
            revise(Card::RequestOutcome, State::Accepted),
        ),
        (
            "mentoring_request.declined",
            revise(Card::RequestOutcome, State::Declined),
        ),
        (
            "mentoring_request.withdrawn",
            revise(Card::RequestOutcome, State::Withdrawn),
        ),
        (
            "mentoring_request.expired",
            revise(Card::RequestOutcome, State::Expired),
        ),
        ("connection.started", revise(Card::Connection, State::Open)),
        ("connection.ending", revise(Card::Connection, State::Ending)),
        ("connection.ended", revise(Card::Connection, State::Ended)),
        ("recommended_match.suggested", notify(Card::RecommendedMatch)),
        (
            "recommended_match.withdrawn",
            revise(Card::RecommendedMatch, State::Withdrawn),
        ),
        ("meeting.requested", notify(Card::Meeting)),
        ("meeting.scheduled", revise(Card::Meeting, State::Scheduled)),
        ("meeting.moved", revise(Card::Meeting, State::Moved)),
        ("meeting.cancelled", revise(Card::Meeting, State::Cancelled)),
        ("meeting.reminder", notify(Card::MeetingReminder)),
        ("meeting.follow_up", notify(Card::MeetingFollowUp)),
        ("erg_event.invited", notify(Card::ErgEvent)),
        ("erg_event.updated", revise(Card::ErgEvent, State::Updated)),
        ("erg_event.cancelled", revise(Card::ErgEvent, State::Cancelled)),
        ("erg_event.reminder", notify(Card::ErgEventReminder)),
        ("announcement.published", notify(Card::Announcement)),
        (
            "announcement.withdrawn",
            revise(Card::Announcement, State::Withdrawn),
        ),
        ("survey.requested", notify(Card::Survey)),
        ("survey.reminder", revise(Card::SurveyReminder, State::Open)),
        ("survey.closed", revise(Card::Survey, State::Closed)),
        ("message.sent", notify(Card::Message)),
        ("message.posted", notify(Card::Message)),
        ("message.edited", revise(Card::Message, State::Edited)),
        ("message.deleted", revise(Card::Message, State::Deleted)),
        (
            "message.not_delivered",
            revise(Card::MessageNotice, State::Failed),
        ),
        ("task.assigned", notify(Card::Task)),
        ("task.due", revise(Card::TaskReminder, State::Open)),
        ("task.done", revise(Card::Task, State::Completed)),
        ("task.withdrawn", revise(Card::Task, State::Withdrawn)),
        ("member.upserted", DomainKind::Member(MemberChange::Upserted)),
        ("member.email_changed", DomainKind::Member(MemberChange::Upserted)),
        ("member.removed", DomainKind::Member(MemberChange::Removed)),
    ]
};

const fn notify(card: CardKind) -> DomainKind {
    DomainKind::Notify(card)
}

const fn revise(card: CardKind, state: SubjectState) -> DomainKind {
    DomainKind::Revise { card, state }
}

impl DomainKind {
    /// Every type with a meaning of its own.
    pub fn types() -> impl Iterator<Item = String> {
        KNOWN.iter().map(|(name, _)| format!("{PREFIX}{name}"))
    }

    /// Reads a CloudEvent's type.
    pub fn of(event_type: &str) -> Self {
        let Some(name) = event_type.strip_prefix(PREFIX) else {
            return notify(CardKind::Plain);
        };
        if let Some((_, kind)) = KNOWN.iter().find(|(known, _)| *known == name) {
            return *kind;
        }
        match name.split_once('.') {
            Some(("recommended_match", _)) => notify(CardKind::RecommendedMatch),
            Some(("announcement", _)) => notify(CardKind::Announcement),
            _ => notify(CardKind::Plain),
        }
    }

    /// The card that a recipient gets who holds none; `None` where nobody gets one.
    pub fn card(self) -> Option<CardKind> {
        match self {
            Self::Notify(card) | Self::Revise { card, .. } => Some(card),
            Self::Member(_) => None,
        }
    }

    /// The state that the subject is in by this domain event; `None` for what is no subject.
    pub fn state(self) -> Option<SubjectState> {
        match self {
            Self::Notify(_) => Some(SubjectState::Open),
            Self::Revise { state, .. } => Some(state),
            Self::Member(_) => None,
        }
    }

    /// Whether it goes to many by its nature, and may wait behind what goes from person to person.
    pub fn is_broadcast(self) -> bool {
        matches!(
            self.card(),
            Some(CardKind::Announcement | CardKind::RecommendedMatch | CardKind::Digest)
        )
    }
}

/// What a person can switch on and off, one by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// Mentoring requests and their outcome.
    Requests,
    /// Meetings.
    Meetings,
    /// ERG events.
    Events,
    /// Announcements and whatever has no kind of its own.
    Announcements,
    /// Surveys.
    Surveys,
    /// Messages.
    Messages,
    /// Tasks.
    Tasks,
    /// Mentoring connections.
    Connections,
    /// Suggested matches.
    Recommendations,
    /// The chat itself: never switched.
    Chat,
}

impl Topic {
    /// Every topic that can be switched, in the order in which settings list them.
    pub const SWITCHED: [Self; 9] = [
        Self::Requests,
        Self::Meetings,
        Self::Messages,
        Self::Connections,
        Self::Events,
        Self::Tasks,
        Self::Surveys,
        Self::Announcements,
        Self::Recommendations,
    ];

    /// The stored name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Requests => "requests",
            Self::Meetings => "meetings",
            Self::Events => "events",
            Self::Announcements => "announcements",
            Self::Surveys => "surveys",
            Self::Messages => "messages",
            Self::Tasks => "tasks",
            Self::Connections => "connections",
            Self::Recommendations => "recommendations",
            Self::Chat => "chat",
        }
    }
}

macro_rules! card_kinds {
    ($( $(#[$doc:meta])* $variant:ident = $name:literal, $topic:ident; )+) => {
        /// Which card a notification is.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum CardKind {
            $( $(#[$doc])* $variant, )+
        }

        impl CardKind {
            /// Every card there is.
            pub const ALL: &'static [Self] = &[ $( Self::$variant ),+ ];

            /// The stored name.
            pub fn as_str(self) -> &'static str {
                match self { $( Self::$variant => $name, )+ }
            }

            /// By what a person switches it.
            pub fn topic(self) -> Topic {
                match self { $( Self::$variant => Topic::$topic, )+ }
            }
        }
    };
}

card_kinds! {
    /// Greets the person once, after the first install.
    Welcome = "welcome", Chat;
    /// Greets the person who installed again or came back.
    WelcomeBack = "welcome_back", Chat;
    /// Lists the commands.
    Help = "help", Chat;
    /// Tells how things stand between the person and Chronus.
    Status = "status", Chat;
    /// Answers `connect`.
    Connected = "connected", Chat;
    /// Tells that the person is disconnected now.
    Disconnected = "disconnected", Chat;
    /// Answers whoever types while the integration is switched off for the tenant.
    SwitchedOff = "switched_off", Chat;
    /// Answers text that is no command.
    NotUnderstood = "not_understood", Chat;
    /// Answers a press on a card that is gone or is not this person's.
    StaleAction = "stale_action", Chat;
    /// A mentoring request with accept and decline.
    MentoringRequest = "mentoring_request", Requests;
    /// Any other domain event: title, body, link.
    Plain = "plain", Announcements;
    /// A nudge about a mentoring request that waits.
    RequestReminder = "request_reminder", Requests;
    /// What became of a mentoring request, for the one who asked.
    RequestOutcome = "request_outcome", Requests;
    /// A mentoring connection.
    Connection = "connection", Connections;
    /// A mentoring connection ends soon or ended: the short word beside the card that changed.
    ConnectionNotice = "connection_notice", Connections;
    /// Somebody who might fit.
    RecommendedMatch = "recommended_match", Recommendations;
    /// A meeting: asked for, fixed, moved, cancelled.
    Meeting = "meeting", Meetings;
    /// A meeting is near.
    MeetingReminder = "meeting_reminder", Meetings;
    /// A meeting was moved or cancelled: the short word beside the card that changed.
    MeetingNotice = "meeting_notice", Meetings;
    /// Did you meet?
    MeetingFollowUp = "meeting_follow_up", Meetings;
    /// An ERG event with going, maybe and not going.
    ErgEvent = "erg_event", Events;
    /// An ERG event is near.
    ErgEventReminder = "erg_event_reminder", Events;
    /// An ERG event changed or was cancelled: the short word beside the card that changed.
    ErgEventNotice = "erg_event_notice", Events;
    /// An announcement.
    Announcement = "announcement", Announcements;
    /// A survey.
    Survey = "survey", Surveys;
    /// A nudge about a survey that waits.
    SurveyReminder = "survey_reminder", Surveys;
    /// A message of a thread.
    Message = "message", Messages;
    /// What the person wrote did not reach its reader.
    MessageNotice = "message_notice", Messages;
    /// A task.
    Task = "task", Tasks;
    /// A nudge about a task that waits.
    TaskReminder = "task_reminder", Tasks;
    /// What came of low-priority kinds since the last digest.
    Digest = "digest", Chat;
    /// What was not sent while the person was away and is still so.
    CatchUp = "catch_up", Chat;
    /// Answers `pending`.
    Pending = "pending", Chat;
    /// Answers `meetings`.
    Meetings = "meetings", Chat;
    /// Answers `events`.
    Events = "events", Chat;
    /// Answers `connections`.
    Connections = "connections", Chat;
    /// Answers `message <name>`.
    Compose = "compose", Chat;
    /// Asks which thread typed text belongs to.
    WhichThread = "which_thread", Chat;
    /// Answers `pause`.
    Paused = "paused", Chat;
    /// Answers `resume`.
    Resumed = "resumed", Chat;
    /// Answers `notifications` and `quiet`.
    Settings = "settings", Chat;
    /// Answers `privacy`.
    Privacy = "privacy", Chat;
    /// Answers `disconnect`: asks back.
    ConfirmDisconnect = "confirm_disconnect", Chat;
}

impl CardKind {
    /// Whether the event behind it may open its subject: it asks for something, or says that something is there. After an
    /// end such an event asks anew; a reminder does not.
    pub fn opens(self) -> bool {
        match self {
            Self::MentoringRequest
            | Self::Connection
            | Self::RecommendedMatch
            | Self::Meeting
            | Self::ErgEvent
            | Self::Announcement
            | Self::Survey
            | Self::Task => true,
            Self::Welcome
            | Self::WelcomeBack
            | Self::Help
            | Self::Status
            | Self::Connected
            | Self::Disconnected
            | Self::SwitchedOff
            | Self::NotUnderstood
            | Self::StaleAction
            | Self::Plain
            | Self::RequestReminder
            | Self::RequestOutcome
            | Self::ConnectionNotice
            | Self::MeetingReminder
            | Self::MeetingNotice
            | Self::MeetingFollowUp
            | Self::ErgEventReminder
            | Self::ErgEventNotice
            | Self::SurveyReminder
            | Self::Message
            | Self::MessageNotice
            | Self::TaskReminder
            | Self::Digest
            | Self::CatchUp
            | Self::Pending
            | Self::Meetings
            | Self::Events
            | Self::Connections
            | Self::Compose
            | Self::WhichThread
            | Self::Paused
            | Self::Resumed
            | Self::Settings
            | Self::Privacy
            | Self::ConfirmDisconnect => false,
        }
    }

    /// Whether it is the short word beside a card that changed.
    pub fn is_notice(self) -> bool {
        matches!(
            self,
            Self::MeetingNotice | Self::ErgEventNotice | Self::ConnectionNotice | Self::MessageNotice
        )
    }

    /// Whether it reminds of something that other events tell of.
    pub fn is_reminder(self) -> bool {
        matches!(
            self,
            Self::RequestReminder
                | Self::SurveyReminder
                | Self::TaskReminder
                | Self::MeetingReminder
                | Self::MeetingFollowUp
                | Self::ErgEventReminder
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stored_names_are_those_that_serde_writes() {
        for card in CardKind::ALL {
            assert_eq!(serde_json::to_value(card).unwrap(), card.as_str());
        }
        for topic in Topic::SWITCHED {
            assert_eq!(serde_json::to_value(topic).unwrap(), topic.as_str());
        }
    }

    #[test]
    fn a_type_that_nobody_knows_is_a_plain_card() {
        for event_type in [
            "com.chronus.meeting.painted",
            "com.chronus.x",
            "",
            "org.example.meeting.moved",
        ] {
            assert_eq!(
                DomainKind::of(event_type),
                DomainKind::Notify(CardKind::Plain),
                "{event_type}"
            );
        }
    }

    #[test]
    fn what_changes_a_subject_is_no_card_of_its_own() {
        let revised = |event_type: &str| match DomainKind::of(event_type) {
            DomainKind::Revise { card, state } => Some((card, state)),
            DomainKind::Notify(_) | DomainKind::Member(_) => None,
        };
        for (event_type, card, state) in [
            (
                "com.chronus.meeting.moved",
                CardKind::Meeting,
                SubjectState::Moved,
            ),
            (
                "com.chronus.erg_event.cancelled",
                CardKind::ErgEvent,
                SubjectState::Cancelled,
            ),
            (
                "com.chronus.mentoring_request.reminder",
                CardKind::RequestReminder,
                SubjectState::Open,
            ),
            (
                "com.chronus.message.not_delivered",
                CardKind::MessageNotice,
                SubjectState::Failed,
            ),
            ("com.chronus.task.done", CardKind::Task, SubjectState::Completed),
        ] {
            assert_eq!(revised(event_type), Some((card, state)), "{event_type}");
        }
        assert_eq!(revised("com.chronus.meeting.reminder"), None);
    }
}
