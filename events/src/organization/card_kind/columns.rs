//! What a card's kind says of it: the columns of the table.

use crate::organization::topic::Topic;

/// What a card is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Family {
    /// A mentoring request.
    Request,
    /// A mentoring connection.
    Connection,
    /// Somebody who might fit.
    Match,
    /// A meeting.
    Meeting,
    /// An ERG event.
    ErgEvent,
    /// An announcement.
    Announcement,
    /// A survey.
    Survey,
    /// A thread of messages.
    Message,
    /// A task.
    Task,
    /// Whatever has no family of its own.
    News,
    /// The person came, or came back.
    Greeting,
    /// Several cards in one: a digest, or what was missed.
    Summary,
    /// What the person asked for in the chat.
    Reply,
}

impl Family {
    /// By what a person switches its cards.
    pub fn topic(self) -> Topic {
        match self {
            Self::Request => Topic::Requests,
            Self::Connection => Topic::Connections,
            Self::Match => Topic::Recommendations,
            Self::Meeting => Topic::Meetings,
            Self::ErgEvent => Topic::Events,
            Self::Announcement | Self::News => Topic::Announcements,
            Self::Survey => Topic::Surveys,
            Self::Message => Topic::Messages,
            Self::Task => Topic::Tasks,
            Self::Greeting | Self::Summary | Self::Reply => Topic::Chat,
        }
    }

    /// Whether its cards go to many by their nature, and may wait behind what goes from person to person.
    pub fn is_broadcast(self) -> bool {
        match self {
            Self::Announcement | Self::Match => true,
            Self::Request
            | Self::Connection
            | Self::Meeting
            | Self::ErgEvent
            | Self::Survey
            | Self::Message
            | Self::Task
            | Self::News
            | Self::Greeting
            | Self::Summary
            | Self::Reply => false,
        }
    }

    /// Whether it takes place at a time, so that it can be near, over, or in a calendar.
    pub fn takes_place(self) -> bool {
        match self {
            Self::Meeting | Self::ErgEvent => true,
            Self::Request
            | Self::Connection
            | Self::Match
            | Self::Announcement
            | Self::Survey
            | Self::Message
            | Self::Task
            | Self::News
            | Self::Greeting
            | Self::Summary
            | Self::Reply => false,
        }
    }
}

/// What a card is for among those of its family.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// The thing itself.
    Main,
    /// It reminds of the thing.
    Reminder,
    /// The short word beside a card that changed.
    Notice,
    /// It asks how it was.
    FollowUp,
    /// The result, for the one who asked.
    Outcome,
    /// A card of the chat itself.
    Chat,
}

/// What a person can answer on a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AnswerForm {
    /// Accept or decline the request.
    Request,
    /// Accept or decline the meeting, or propose another time.
    Meeting,
    /// Whether the meeting took place.
    Held,
    /// Whether they come.
    Rsvp,
    /// The answers to the questions.
    Survey,
    /// That they read it.
    Acknowledgement,
    /// Ask or dismiss the match.
    Match,
    /// A reply in the thread.
    Reply,
    /// Words to the partner.
    Words,
    /// That the task is done.
    Done,
    /// Nothing.
    Nothing,
}

/// What a card tells of its subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tells {
    /// All of it: the card stands for its subject.
    Whole,
    /// Something new of it.
    Part,
    /// A moment in its life: nothing new of it.
    Moment,
    /// The card has no subject.
    Nothing,
}

/// When the moment is over that a card is about, read off what is known of its subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NaturalEnd {
    /// When it begins, or its last time on offer does.
    LastStart,
    /// When it begins.
    Start,
    /// When it is over.
    Over,
    /// When it is too late to answer.
    AnswerBy,
    /// Never: the configured time to live alone counts.
    Never,
}

/// Which of a person's things a card of the chat lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lists {
    /// What was not sent while the person was away.
    Missed,
    /// What came of topics that go into the digest.
    Digest,
    /// What waits for an answer.
    Pending,
    /// Meetings ahead.
    Meetings,
    /// ERG events ahead.
    Events,
    /// Mentoring connections.
    Connections,
    /// None.
    Nothing,
}
