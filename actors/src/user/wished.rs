//! When a person said last what they want, of each thing that they can want by itself. An activity may reach the service long
//! after a newer one; it then changes nothing that the newer one said.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use events::organization::Topic;
use events::user::{Command, PreferencesChanged};
use serde::{Deserialize, Serialize};

/// See the module. `None` where the person never said.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct WishedAt {
    /// Whether they want notifications.
    pub connection: Option<DateTime<Utc>>,
    /// Whether and until when they want nothing.
    pub pause: Option<DateTime<Utc>>,
    /// How each topic reaches them.
    pub topics: BTreeMap<Topic, DateTime<Utc>>,
    /// When they want quiet.
    pub quiet_hours: Option<DateTime<Utc>>,
    /// When digests come.
    pub digest: Option<DateTime<Utc>>,
}

impl WishedAt {
    /// The person connected or disconnected, or said so again.
    pub(super) fn connection(&mut self, at: DateTime<Utc>) {
        self.connection = self.connection.max(Some(at));
    }

    /// The person paused or ended a pause, or said so again.
    pub(super) fn pause(&mut self, at: DateTime<Utc>) {
        self.pause = self.pause.max(Some(at));
    }

    /// The person typed a command: what it says is said then, also where it changes nothing.
    pub(super) fn typed(&mut self, command: Command, connected: bool, at: DateTime<Utc>) {
        match command {
            Command::Connect => self.connection(at),
            // Who is connected is asked first whether that is meant.
            Command::Disconnect if !connected => self.connection(at),
            Command::Resume => self.pause(at),
            Command::Disconnect
            | Command::Help
            | Command::Status
            | Command::Pending
            | Command::Meetings
            | Command::Events
            | Command::Connections
            | Command::Message
            | Command::Pause
            | Command::Notifications
            | Command::Privacy
            | Command::Quiet
            | Command::Accept
            | Command::Decline
            | Command::More
            | Command::Unknown => {}
        }
    }

    /// The person chose settings. Of older events only what they changed is known.
    pub(super) fn settings(
        &mut self,
        before: &PreferencesChanged,
        event: &PreferencesChanged,
        recorded_at: DateTime<Utc>,
    ) {
        if let Some(chosen) = &event.chosen {
            let at = chosen.at;
            for topic in &chosen.topics {
                self.topic(*topic, at);
            }
            if chosen.quiet_hours {
                self.quiet_hours = self.quiet_hours.max(Some(at));
            }
            if chosen.digest {
                self.digest = self.digest.max(Some(at));
            }
            return;
        }
        let changed = |topic: &Topic| before.topics.get(topic) != event.topics.get(topic);
        for topic in Topic::SWITCHED.into_iter().filter(changed) {
            self.topic(topic, recorded_at);
        }
        if before.quiet_hours != event.quiet_hours {
            self.quiet_hours = Some(recorded_at);
        }
        if before.digest != event.digest {
            self.digest = Some(recorded_at);
        }
    }

    fn topic(&mut self, topic: Topic, at: DateTime<Utc>) {
        let known = self.topics.entry(topic).or_insert(at);
        *known = at.max(*known);
    }
}
