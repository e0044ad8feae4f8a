//! The kinds of cards: one row each, of which all that rules and cards ask of a kind is read.

use serde::{Deserialize, Serialize};

use super::topic::Topic;

mod columns;

pub use columns::{AnswerForm, Family, Lists, NaturalEnd, Role, Tells};

/// A row of the table.
struct Row {
    name: &'static str,
    family: Family,
    role: Role,
    answer: AnswerForm,
    tells: Tells,
    natural_end: NaturalEnd,
    lists: Lists,
}

/// Where a card comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CardOrigin {
    /// It is about a Chronus thing.
    Chronus(SubjectKind),
    /// It is of the chat itself.
    Chat(ChatKind),
}

macro_rules! card_kinds {
    (
        chronus { $(
            $(#[$doc:meta])*
            $card:ident = $name:literal: $family:ident $role:ident, $answer:ident, $tells:ident, $natural_end:ident;
        )+ }
        chat { $( $(#[$chat_doc:meta])* $chat:ident = $chat_name:literal: $chat_family:ident, $lists:ident; )+ }
    ) => {
        /// Which card a notification is.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum CardKind {
            $( $(#[$chat_doc])* $chat, )+
            $( $(#[$doc])* $card, )+
        }

        /// Which card about a Chronus thing.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum SubjectKind { $( $(#[$doc])* $card, )+ }

        /// Which card of the chat itself.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum ChatKind { $( $(#[$chat_doc])* $chat, )+ }

        impl CardKind {
            /// Every card there is.
            pub const ALL: &'static [Self] = &[ $( Self::$chat, )+ $( Self::$card, )+ ];

            const fn row(self) -> Row {
                match self {
                    $( Self::$card => Row {
                        name: $name,
                        family: Family::$family,
                        role: Role::$role,
                        answer: AnswerForm::$answer,
                        tells: Tells::$tells,
                        natural_end: NaturalEnd::$natural_end,
                        lists: Lists::Nothing,
                    }, )+
                    $( Self::$chat => Row {
                        name: $chat_name,
                        family: Family::$chat_family,
                        role: Role::Chat,
                        answer: AnswerForm::Nothing,
                        tells: Tells::Nothing,
                        natural_end: NaturalEnd::Never,
                        lists: Lists::$lists,
                    }, )+
                }
            }

            /// Which card of those from there it is.
            pub fn origin(self) -> CardOrigin {
                match self {
                    $( Self::$card => CardOrigin::Chronus(SubjectKind::$card), )+
                    $( Self::$chat => CardOrigin::Chat(ChatKind::$chat), )+
                }
            }
        }
    };
}

// About a Chronus thing: stored name, family and role, what can be answered, what it tells of its subject, when its moment
// is over. Of the chat: stored name, family, what it lists.
card_kinds! {
    chronus {
        /// A mentoring request with accept and decline.
        MentoringRequest = "mentoring_request": Request Main, Request, Whole, AnswerBy;
        /// Any other domain event: title, body, link.
        Plain = "plain": News Main, Nothing, Whole, Never;
        /// A nudge about a mentoring request that waits.
        RequestReminder = "request_reminder": Request Reminder, Request, Part, AnswerBy;
        /// What became of a mentoring request, for the one who asked.
        RequestOutcome = "request_outcome": Request Outcome, Nothing, Whole, Never;
        /// A mentoring connection.
        Connection = "connection": Connection Main, Words, Whole, Never;
        /// A mentoring connection ends soon or ended: the short word beside the card that changed.
        ConnectionNotice = "connection_notice": Connection Notice, Nothing, Part, Never;
        /// Somebody who might fit.
        RecommendedMatch = "recommended_match": Match Main, Match, Whole, Never;
        /// A meeting: asked for, fixed, moved, cancelled.
        Meeting = "meeting": Meeting Main, Meeting, Whole, LastStart;
        /// A meeting is near.
        MeetingReminder = "meeting_reminder": Meeting Reminder, Meeting, Moment, Start;
        /// A meeting was moved or cancelled: the short word beside the card that changed.
        MeetingNotice = "meeting_notice": Meeting Notice, Meeting, Moment, Start;
        /// Did you meet?
        MeetingFollowUp = "meeting_follow_up": Meeting FollowUp, Held, Moment, Never;
        /// An ERG event with going, maybe and not going.
        ErgEvent = "erg_event": ErgEvent Main, Rsvp, Whole, Over;
        /// An ERG event is near.
        ErgEventReminder = "erg_event_reminder": ErgEvent Reminder, Rsvp, Moment, Start;
        /// An ERG event changed or was cancelled: the short word beside the card that changed.
        ErgEventNotice = "erg_event_notice": ErgEvent Notice, Rsvp, Moment, Over;
        /// How many people the invitation to an ERG event reached, for whoever organizes it.
        ErgEventFigures = "erg_event_figures": ErgEvent Outcome, Nothing, Whole, Never;
        /// An announcement.
        Announcement = "announcement": Announcement Main, Acknowledgement, Whole, Never;
        /// A survey.
        Survey = "survey": Survey Main, Survey, Whole, AnswerBy;
        /// A nudge about a survey that waits.
        SurveyReminder = "survey_reminder": Survey Reminder, Survey, Part, AnswerBy;
        /// A message of a thread.
        Message = "message": Message Main, Reply, Whole, Never;
        /// What the person wrote did not reach its reader.
        MessageNotice = "message_notice": Message Notice, Nothing, Moment, Never;
        /// A task.
        Task = "task": Task Main, Done, Whole, Never;
        /// A nudge about a task that waits.
        TaskReminder = "task_reminder": Task Reminder, Done, Part, Never;
    }
    chat {
        /// Greets the person once, after the first install.
        Welcome = "welcome": Greeting, Nothing;
        /// Greets the person who installed again or came back.
        WelcomeBack = "welcome_back": Greeting, Missed;
        /// Lists the commands.
        Help = "help": Reply, Nothing;
        /// Tells how things stand between the person and Chronus.
        Status = "status": Reply, Nothing;
        /// Answers `connect`.
        Connected = "connected": Reply, Missed;
        /// Tells that the person is disconnected now.
        Disconnected = "disconnected": Reply, Nothing;
        /// Answers whoever types while the integration is switched off for the tenant.
        SwitchedOff = "switched_off": Reply, Nothing;
        /// Answers text that is no command.
        NotUnderstood = "not_understood": Reply, Nothing;
        /// Answers a press on a card that is gone or is not this person's.
        StaleAction = "stale_action": Reply, Nothing;
        /// What came of low-priority kinds since the last digest.
        Digest = "digest": Summary, Digest;
        /// What was not sent while the person was away and is still so.
        CatchUp = "catch_up": Summary, Missed;
        /// Answers `pending`.
        Pending = "pending": Reply, Pending;
        /// Answers `meetings`.
        Meetings = "meetings": Reply, Meetings;
        /// Answers `events`.
        Events = "events": Reply, Events;
        /// Answers `connections`.
        Connections = "connections": Reply, Connections;
        /// Answers `message <name>`.
        Compose = "compose": Reply, Nothing;
        /// Asks which thread typed text belongs to.
        WhichThread = "which_thread": Reply, Nothing;
        /// Answers `pause`.
        Paused = "paused": Reply, Nothing;
        /// Answers `resume`.
        Resumed = "resumed": Reply, Missed;
        /// Answers `notifications` and `quiet`.
        Settings = "settings": Reply, Nothing;
        /// Answers `privacy`.
        Privacy = "privacy": Reply, Nothing;
        /// Answers `disconnect`: asks back.
        ConfirmDisconnect = "confirm_disconnect": Reply, Nothing;
    }
}

impl CardKind {
    /// The stored name.
    pub fn as_str(self) -> &'static str {
        self.row().name
    }

    /// What it is about.
    pub fn family(self) -> Family {
        self.row().family
    }

    /// What it is for among those of its family.
    pub fn role(self) -> Role {
        self.row().role
    }

    /// By what a person switches it.
    pub fn topic(self) -> Topic {
        self.family().topic()
    }

    /// What a person can answer on it.
    pub fn answer(self) -> AnswerForm {
        self.row().answer
    }

    /// What it tells of its subject.
    pub fn tells(self) -> Tells {
        self.row().tells
    }

    /// When the moment is over that it is about.
    pub fn natural_end(self) -> NaturalEnd {
        self.row().natural_end
    }

    /// Which things it lists.
    pub fn lists(self) -> Lists {
        self.row().lists
    }

    /// Whether it tells of its subject as a whole, and not of a moment in its life.
    pub fn is_living(self) -> bool {
        self.tells() == Tells::Whole
    }

    /// Whether the event behind it may open its subject: it asks for something, or says that something is there. After an
    /// end such an event asks anew; a reminder does not.
    pub fn opens(self) -> bool {
        // A message is itself, not its thread, and nothing is known of what has no family.
        self.role() == Role::Main && !matches!(self.family(), Family::Message | Family::News)
    }

    /// Whether it asks all that there is to ask about its subject, so that of several in one chat the newest is the one to
    /// answer: the thing itself, or the nudge that repeats it.
    pub fn asks(self) -> bool {
        self.opens() || (self.role() == Role::Reminder && self.tells() == Tells::Part)
    }

    /// Whether it is the short word beside a card that changed.
    pub fn is_notice(self) -> bool {
        self.role() == Role::Notice
    }

    /// Whether it reminds of something that other events tell of.
    pub fn is_reminder(self) -> bool {
        matches!(self.role(), Role::Reminder | Role::FollowUp)
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
    }

    #[test]
    fn the_same_card_is_meant_wherever_it_comes_from() {
        for card in CardKind::ALL {
            let of_the_chat = matches!(card.origin(), CardOrigin::Chat(_));
            assert_eq!(of_the_chat, card.topic() == Topic::Chat, "{card:?}");
            assert_eq!(of_the_chat, card.tells() == Tells::Nothing, "{card:?}");
        }
    }
}
