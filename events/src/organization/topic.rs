//! What a person switches on and off.

use serde::{Deserialize, Serialize};

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stored_names_are_those_that_serde_writes() {
        for topic in Topic::SWITCHED {
            assert_eq!(serde_json::to_value(topic).unwrap(), topic.as_str());
        }
    }
}
