//! The commands of the chat.

use serde::{Deserialize, Serialize};

/// What a person asked for in the chat. Text that is no command is never kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// `help`.
    Help,
    /// `status`.
    Status,
    /// `connect`.
    Connect,
    /// `disconnect`.
    Disconnect,
    /// `pending`.
    Pending,
    /// `meetings`.
    Meetings,
    /// `events`.
    Events,
    /// `connections`.
    Connections,
    /// `message <name>`.
    Message,
    /// `pause <time>`.
    Pause,
    /// `resume`.
    Resume,
    /// `notifications`.
    Notifications,
    /// `privacy`.
    Privacy,
    /// `quiet <hours>`.
    Quiet,
    /// `accept <number>`.
    Accept,
    /// `decline <number>`.
    Decline,
    /// `more`: the next lines of a list.
    More,
    /// Anything else.
    Unknown,
}

impl Command {
    /// Every command that a person can type, in the order in which help lists them.
    pub const ALL: [Self; 17] = [
        Self::Help,
        Self::Pending,
        Self::Accept,
        Self::Decline,
        Self::More,
        Self::Meetings,
        Self::Events,
        Self::Connections,
        Self::Message,
        Self::Status,
        Self::Notifications,
        Self::Pause,
        Self::Resume,
        Self::Quiet,
        Self::Privacy,
        Self::Connect,
        Self::Disconnect,
    ];

    /// The stored name, which is also the English word to type.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Help => "help",
            Self::Status => "status",
            Self::Connect => "connect",
            Self::Disconnect => "disconnect",
            Self::Pending => "pending",
            Self::Meetings => "meetings",
            Self::Events => "events",
            Self::Connections => "connections",
            Self::Message => "message",
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Notifications => "notifications",
            Self::Privacy => "privacy",
            Self::Quiet => "quiet",
            Self::Accept => "accept",
            Self::Decline => "decline",
            Self::More => "more",
            Self::Unknown => "unknown",
        }
    }
}
