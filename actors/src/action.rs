//! What a person asks for, by a button on a card or by typing. A card carries only which card it is and what was
//! pressed; who presses it is known from the verified activity alone. Text that a person wrote is clear here and is
//! sealed at the edge before an actor sees it: [`Act`] and [`Typed`] serve both sides.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveDateTime, TimeDelta, Weekday};
use events::organization::Topic;
use events::user::{Command, DigestEvery, QuietDays, Rsvp, TimeOfDay, TopicWay};
use events::{NotificationId, SubjectRef};

mod parse;
mod typed;
pub mod words;

pub use typed::{beside_message, parse_command};

/// Longest free text taken from a card's input, in characters; longer text is cut.
pub const MAX_NOTE_CHARS: usize = 1_000;

/// Longest message that a person can send from a card, in characters; longer text is cut.
pub const MAX_MESSAGE_CHARS: usize = 4_000;

/// Reasons a request may be declined for, as the card offers them: stored value and English label.
pub const DECLINE_REASONS: [(&str, &str); 4] = [
    ("no_capacity", "I have no capacity at the moment"),
    ("not_a_fit", "I am not the right person for these goals"),
    ("timing", "The timing does not suit me"),
    ("other", "Another reason"),
];

/// Names of the inputs and data fields on cards.
pub mod input {
    /// Choice of a decline reason.
    pub const REASON: &str = "reason";
    /// Free text beside an answer.
    pub const NOTE: &str = "note";
    /// Choice of a meeting's time.
    pub const SLOT: &str = "slot";
    /// Date of a proposed time, `YYYY-MM-DD`.
    pub const DATE: &str = "date";
    /// Time of a proposed time, `HH:MM`.
    pub const TIME: &str = "time";
    /// Whether a meeting took place: `true` or `false`.
    pub const HELD: &str = "held";
    /// `going`, `maybe` or `not_going`.
    pub const RSVP: &str = "rsvp";
    /// Which question of a survey.
    pub const QUESTION: &str = "question";
    /// The answer to it.
    pub const VALUE: &str = "value";
    /// The words to a suggested match.
    pub const MESSAGE: &str = "message";
    /// The words of a reply or a message.
    pub const TEXT: &str = "text";
    /// The subject, where a card shows several.
    pub const SUBJECT: &str = "subject";
    /// The line of a list, by the notification that it stands for.
    pub const LINE: &str = "line";
    /// A command's name.
    pub const COMMAND: &str = "command";
    /// What stands beside a command.
    pub const ARGUMENT: &str = "argument";
    /// Until when to pause, in any form that `pause` understands.
    pub const UNTIL: &str = "until";
    /// Before the name of a topic: `on`, `digest` or `off`.
    pub const TOPIC_PREFIX: &str = "topic_";
    /// When quiet begins, `HH:MM`; or `off`.
    pub const QUIET_FROM: &str = "quiet_from";
    /// When quiet ends, `HH:MM`.
    pub const QUIET_TO: &str = "quiet_to";
    /// `all`, `weekdays`, `weekends` or `off`.
    pub const QUIET_DAYS: &str = "quiet_days";
    /// `daily` or `weekly`.
    pub const DIGEST_EVERY: &str = "digest_every";
}

/// The verbs of the buttons.
pub mod verb {
    /// Every one of them.
    pub const ALL: &[&str] = &[
        ACCEPT_REQUEST,
        DECLINE_REQUEST,
        REFRESH,
        SHOW,
        RUN_COMMAND,
        ACCEPT_MEETING,
        DECLINE_MEETING,
        PROPOSE_MEETING,
        MEETING_HELD,
        RSVP,
        SURVEY_ANSWER,
        SURVEY_BACK,
        SURVEY_SKIP,
        SURVEY_SUBMIT,
        ACKNOWLEDGE,
        MATCH_REQUEST,
        MATCH_DISMISS,
        REPLY,
        SEND,
        COMPLETE_TASK,
        SAVE_SETTINGS,
        SET_PAUSE,
        END_PAUSE,
        CONFIRM_DISCONNECT,
        CONFIRM_ERASURE,
    ];

    /// [`super::Act::AcceptRequest`].
    pub const ACCEPT_REQUEST: &str = "request.accept";
    /// [`super::Act::DeclineRequest`].
    pub const DECLINE_REQUEST: &str = "request.decline";
    /// [`super::Act::Refresh`].
    pub const REFRESH: &str = "card.refresh";
    /// [`super::Act::Show`].
    pub const SHOW: &str = "card.show";
    /// [`super::Act::Run`].
    pub const RUN_COMMAND: &str = "command.run";
    /// [`super::Act::AcceptMeeting`].
    pub const ACCEPT_MEETING: &str = "meeting.accept";
    /// [`super::Act::DeclineMeeting`].
    pub const DECLINE_MEETING: &str = "meeting.decline";
    /// [`super::Act::ProposeMeeting`].
    pub const PROPOSE_MEETING: &str = "meeting.propose";
    /// [`super::Act::TellMeetingHeld`].
    pub const MEETING_HELD: &str = "meeting.held";
    /// [`super::Act::Rsvp`].
    pub const RSVP: &str = "event.rsvp";
    /// [`super::Act::AnswerSurvey`].
    pub const SURVEY_ANSWER: &str = "survey.answer";
    /// [`super::Act::BackInSurvey`].
    pub const SURVEY_BACK: &str = "survey.back";
    /// [`super::Act::SkipInSurvey`].
    pub const SURVEY_SKIP: &str = "survey.skip";
    /// [`super::Act::SubmitSurvey`].
    pub const SURVEY_SUBMIT: &str = "survey.submit";
    /// [`super::Act::Acknowledge`].
    pub const ACKNOWLEDGE: &str = "announcement.acknowledge";
    /// [`super::Act::RequestMatch`].
    pub const MATCH_REQUEST: &str = "match.request";
    /// [`super::Act::DismissMatch`].
    pub const MATCH_DISMISS: &str = "match.dismiss";
    /// [`super::Act::Reply`].
    pub const REPLY: &str = "message.reply";
    /// [`super::Act::Send`].
    pub const SEND: &str = "message.send";
    /// [`super::Act::CompleteTask`].
    pub const COMPLETE_TASK: &str = "task.complete";
    /// [`super::Act::SaveSettings`].
    pub const SAVE_SETTINGS: &str = "settings.save";
    /// [`super::Act::SetPause`].
    pub const SET_PAUSE: &str = "pause.set";
    /// [`super::Act::EndPause`].
    pub const END_PAUSE: &str = "pause.end";
    /// [`super::Act::ConfirmDisconnect`].
    pub const CONFIRM_DISCONNECT: &str = "disconnect.confirm";
    /// [`super::Act::ConfirmErasure`].
    pub const CONFIRM_ERASURE: &str = "erasure.confirm";
}

pub use verb::{ACCEPT_REQUEST, DECLINE_REQUEST, REFRESH, RUN_COMMAND};

/// A press, read from the card's verb and data; the person's words are not sealed yet.
#[derive(Debug, Clone, PartialEq)]
pub struct Action {
    /// The card it was pressed on.
    pub on: Option<NotificationId>,
    /// Which form of the card the person had before them.
    pub revision: Option<u32>,
    /// Which of the subjects that the card shows, where it shows several.
    pub subject: Option<SubjectRef>,
    /// Which of a list's lines, by the notification that it stands for.
    pub line: Option<NotificationId>,
    /// What is asked for.
    pub act: Act<String>,
    /// Whether the text that the person wrote is longer than what is taken.
    pub too_long: bool,
}

/// What a person chose or wrote, in clear, to be held against what was asked. It is part of no event, and its `Debug`
/// does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Plain(pub String);

impl std::fmt::Debug for Plain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Plain(..)")
    }
}

/// What a press asks for. `T` is the text that a person wrote: clear at the edge, sealed inside.
#[derive(Debug, Clone, PartialEq)]
pub enum Act<T> {
    /// Accept the mentoring request.
    AcceptRequest,
    /// Decline the mentoring request.
    DeclineRequest {
        /// One of [`DECLINE_REASONS`].
        reason: Option<String>,
        /// The person's own words.
        note: Option<T>,
    },
    /// Show this card as it is now; changes nothing.
    Refresh,
    /// Send the card of a thing that a list names: what takes more than a press is answered on it.
    Show,
    /// The same as typing a command.
    Run(Typed<T>),
    /// Accept the meeting, at one of its times where it has several.
    AcceptMeeting {
        /// The time's name.
        slot: Option<String>,
    },
    /// Decline the meeting.
    DeclineMeeting {
        /// The person's own words.
        note: Option<T>,
    },
    /// Propose another time for the meeting.
    ProposeMeeting {
        /// The time, in the person's zone; `None` where it was not given or makes no sense.
        at: Option<NaiveDateTime>,
        /// The person's own words.
        note: Option<T>,
    },
    /// Tell whether the meeting took place.
    TellMeetingHeld {
        /// Whether it did.
        held: bool,
    },
    /// Tell whether the person comes to the event.
    Rsvp(Rsvp),
    /// Answer a question of the survey and go on.
    AnswerSurvey {
        /// The question.
        question: String,
        /// The answer.
        value: Option<T>,
    },
    /// Go back to the question before.
    BackInSurvey,
    /// Go on without an answer.
    SkipInSurvey,
    /// Submit the survey, with the answer to the last question where it stands on the same card.
    SubmitSurvey {
        /// The question.
        question: Option<String>,
        /// The answer.
        value: Option<T>,
    },
    /// Confirm having read the announcement.
    Acknowledge,
    /// Ask the suggested match.
    RequestMatch {
        /// The person's own words.
        message: Option<T>,
    },
    /// Let the suggested match be.
    DismissMatch,
    /// Answer the message.
    Reply {
        /// The words.
        text: Option<T>,
    },
    /// Write to a connection.
    Send {
        /// The words.
        text: Option<T>,
    },
    /// The task is done.
    CompleteTask,
    /// Keep these settings.
    SaveSettings(SettingsForm),
    /// Pause.
    SetPause(Option<PauseTime>),
    /// End the pause.
    EndPause,
    /// Disconnect, having been asked whether that is meant.
    ConfirmDisconnect,
    /// Have everything personal forgotten, having been asked whether that is meant.
    ConfirmErasure,
    /// Nothing that a card of ours offers.
    Unknown,
}

impl<T> Act<T> {
    /// The text that the person wrote; there is never more than one.
    pub fn text(&self) -> Option<&T> {
        match self {
            Self::DeclineRequest { note: text, .. }
            | Self::DeclineMeeting { note: text }
            | Self::ProposeMeeting { note: text, .. }
            | Self::AnswerSurvey { value: text, .. }
            | Self::SubmitSurvey { value: text, .. }
            | Self::RequestMatch { message: text }
            | Self::Reply { text }
            | Self::Send { text } => text.as_ref(),
            Self::Run(typed) => typed.argument.as_ref(),
            Self::AcceptRequest
            | Self::Refresh
            | Self::Show
            | Self::AcceptMeeting { .. }
            | Self::TellMeetingHeld { .. }
            | Self::Rsvp(_)
            | Self::BackInSurvey
            | Self::SkipInSurvey
            | Self::Acknowledge
            | Self::DismissMatch
            | Self::CompleteTask
            | Self::SaveSettings(_)
            | Self::SetPause(_)
            | Self::EndPause
            | Self::ConfirmDisconnect
            | Self::ConfirmErasure
            | Self::Unknown => None,
        }
    }

    /// The answer to a survey's question.
    pub fn survey_value(&self) -> Option<&T> {
        if let Self::AnswerSurvey { value, .. } | Self::SubmitSurvey { value, .. } = self {
            value.as_ref()
        } else {
            None
        }
    }

    /// What the person put into words of their own for somebody else to read.
    pub fn words(&self) -> Option<&T> {
        self.text()
            .filter(|_| self.survey_value().is_none() && !matches!(self, Self::Run(_)))
    }

    /// What the person gave on a card in text: words to somebody, a note, an answer to a survey's question.
    pub fn given(&self) -> Option<&T> {
        self.text().filter(|_| !matches!(self, Self::Run(_)))
    }

    /// The same act with `text` in the place of the text that the person wrote.
    pub fn with_text<U>(self, text: Option<U>) -> Act<U> {
        match self {
            Self::AcceptRequest => Act::AcceptRequest,
            Self::DeclineRequest { reason, .. } => Act::DeclineRequest { reason, note: text },
            Self::Refresh => Act::Refresh,
            Self::Show => Act::Show,
            Self::Run(typed) => Act::Run(typed.with_argument(text)),
            Self::AcceptMeeting { slot } => Act::AcceptMeeting { slot },
            Self::DeclineMeeting { .. } => Act::DeclineMeeting { note: text },
            Self::ProposeMeeting { at, .. } => Act::ProposeMeeting { at, note: text },
            Self::TellMeetingHeld { held } => Act::TellMeetingHeld { held },
            Self::Rsvp(rsvp) => Act::Rsvp(rsvp),
            Self::AnswerSurvey { question, .. } => Act::AnswerSurvey {
                question,
                value: text,
            },
            Self::BackInSurvey => Act::BackInSurvey,
            Self::SkipInSurvey => Act::SkipInSurvey,
            Self::SubmitSurvey { question, .. } => Act::SubmitSurvey {
                question,
                value: text,
            },
            Self::Acknowledge => Act::Acknowledge,
            Self::RequestMatch { .. } => Act::RequestMatch { message: text },
            Self::DismissMatch => Act::DismissMatch,
            Self::Reply { .. } => Act::Reply { text },
            Self::Send { .. } => Act::Send { text },
            Self::CompleteTask => Act::CompleteTask,
            Self::SaveSettings(form) => Act::SaveSettings(form),
            Self::SetPause(until) => Act::SetPause(until),
            Self::EndPause => Act::EndPause,
            Self::ConfirmDisconnect => Act::ConfirmDisconnect,
            Self::ConfirmErasure => Act::ConfirmErasure,
            Self::Unknown => Act::Unknown,
        }
    }
}

/// A command with what stands beside it.
#[derive(Debug, Clone, PartialEq)]
pub struct Typed<T> {
    /// The command; [`Command::Unknown`] for any other text, which is not kept.
    pub command: Command,
    /// A name that was given: `message priya`.
    pub argument: Option<T>,
    /// A number that was given: `accept 2`.
    pub number: Option<u32>,
    /// The time that `pause` was given.
    pub pause: Option<PauseTime>,
    /// What `quiet` was given.
    pub quiet: Option<QuietChange>,
    /// The commands that come nearest, best first, where the text is none.
    pub near: Vec<Command>,
    /// How surely the command is meant.
    pub meant: Meant,
}

/// How surely a typed text is meant as a command, and not as words to somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meant {
    /// It is a command by itself, or one with what that command takes.
    Command,
    /// It is one word that is a command but for one slip of the finger.
    Mistyped,
    /// It may as well be words to somebody.
    Words,
}

impl<T> Typed<T> {
    /// A command with nothing beside it.
    pub fn plain(command: Command) -> Self {
        Self {
            command,
            argument: None,
            number: None,
            pause: None,
            quiet: None,
            near: Vec::new(),
            meant: if command == Command::Unknown {
                Meant::Words
            } else {
                Meant::Command
            },
        }
    }

    /// The same with `argument` beside it.
    pub fn with_argument<U>(self, argument: Option<U>) -> Typed<U> {
        Typed {
            command: self.command,
            argument,
            number: self.number,
            pause: self.pause,
            quiet: self.quiet,
            near: self.near,
            meant: self.meant,
        }
    }
}

/// Until when to pause, as a person says it; the day begins in the person's own zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PauseTime {
    /// For so long from now.
    For(TimeDelta),
    /// Until that day begins.
    Until(NaiveDate),
    /// Until the next such day begins.
    Next(Weekday),
    /// Until tomorrow begins.
    Tomorrow,
}

/// A change to the quiet hours; what is absent stays as it was.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct QuietChange {
    /// When quiet begins and ends.
    pub hours: Option<(TimeOfDay, TimeOfDay)>,
    /// On which days.
    pub days: Option<QuietDays>,
    /// No quiet at all, or quiet again.
    pub off: Option<bool>,
}

/// The inputs of the settings card; what is absent stays as it was.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SettingsForm {
    /// How topics reach the person.
    pub topics: BTreeMap<Topic, TopicWay>,
    /// The quiet hours.
    pub quiet: Option<QuietChange>,
    /// How often digests come.
    pub digest: Option<DigestEvery>,
    /// Whether it holds a value that the card does not offer; then nothing of it counts.
    pub invalid: bool,
}
