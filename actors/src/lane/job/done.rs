//! What a job leaves behind for its lane.

use std::time::Duration;

use events::store::Outage;
use events::user::ConversationRef;
use events::{Position, UserKey};
use tokio::time::Instant;

use crate::delivery::circuit::{Sign, host_of};
use crate::ports::DueWork;
use crate::user::AskError;

/// How long a person rests after something went wrong on our side.
const REST: Duration = Duration::from_secs(1);

/// What a job leaves behind.
#[derive(Debug)]
pub(in crate::lane) struct Done {
    pub(in crate::lane) user: UserKey,
    /// The last event recorded; `None` when nothing was.
    pub(in crate::lane) position: Option<Position>,
    /// The person is left alone for this long.
    pub(in crate::lane) rest: Option<Duration>,
    /// The connector said that it is too much.
    pub(in crate::lane) throttled: Option<Duration>,
    /// The directory was asked who the person is; whether that failed.
    pub(in crate::lane) looked_up: Option<bool>,
    /// The host that was called, and what the call showed of it; `None` where no call was made.
    pub(in crate::lane) called: Option<(String, Sign)>,
    /// Nothing was done, since this host is waited for.
    pub(in crate::lane) held: Option<String>,
    /// Nothing was done yet, since the chat has a past that the lane did not know.
    pub(in crate::lane) past: Option<Past>,
}

/// What a chat got before this process served it.
#[derive(Debug)]
pub(in crate::lane) struct Past {
    /// What is still to be done.
    pub(in crate::lane) due: DueWork,
    /// When the chat got something.
    pub(in crate::lane) sent: Vec<Instant>,
}

impl Done {
    pub(super) fn at(user: UserKey, position: Option<Position>) -> Self {
        Self {
            user,
            position,
            rest: None,
            throttled: None,
            looked_up: None,
            called: None,
            held: None,
            past: None,
        }
    }

    pub(super) fn called(mut self, conversation: &ConversationRef, sign: Sign) -> Self {
        self.called = Some((host_of(&conversation.service_url).to_owned(), sign));
        self
    }

    /// The person's host is not called for so long.
    pub(super) fn held(user: UserKey, host: String, wait: Duration) -> Self {
        Self {
            rest: Some(wait),
            held: Some(host),
            ..Self::at(user, None)
        }
    }

    pub(super) fn resting(user: UserKey, error: &AskError) -> Self {
        if !Outage::caused(error) {
            tracing::warn!(%user, error = error as &dyn std::error::Error, "a lane could not ask the person's actor");
        }
        Self::resting_briefly(user)
    }

    pub(super) fn resting_briefly(user: UserKey) -> Self {
        Self {
            rest: Some(REST),
            ..Self::at(user, None)
        }
    }
}
