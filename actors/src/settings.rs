//! The numbers and choices behind the rules, from configuration.

use std::time::Duration;

use chrono::TimeDelta;
use events::user::{QuietDays, QuietHours, TimeOfDay, UnknownPolicy};

use crate::delivery::DeliveryPlan;

/// How long a card whose time had run out is worth sending after an operator's replay.
pub(crate) const REPLAY_LIFE: TimeDelta = TimeDelta::days(1);

/// What the rules of a user go by.
#[derive(Debug, Clone, PartialEq)]
pub struct Rules {
    /// How long a notification without its own expiry is worth sending.
    pub time_to_live: TimeDelta,
    /// What an outcome means and when the next try is due.
    pub plan: DeliveryPlan,
    /// Delays before a failed profile look-up is repeated. After these it is repeated as often as a profile ages.
    pub profile_delays: Vec<TimeDelta>,
    /// How old a profile may get before it is read again.
    pub profile_max_age: TimeDelta,
    /// Unknown policies by prefix of the domain event's type; the longest prefix that fits decides.
    pub unknown_policies: Vec<(String, UnknownPolicy)>,
    /// When it is quiet for people who did not say otherwise and whose zone is known; `None` for never.
    pub quiet_hours: Option<QuietHours>,
}

impl Default for Rules {
    fn default() -> Self {
        let hold = [
            "com.chronus.announcement.",
            "com.chronus.survey.",
            "com.chronus.digest.",
        ];
        Self {
            time_to_live: TimeDelta::days(14),
            plan: DeliveryPlan::default(),
            profile_delays: [2, 10, 60, 600, 3_600].map(TimeDelta::seconds).to_vec(),
            profile_max_age: TimeDelta::days(1),
            unknown_policies: hold
                .map(|prefix| (prefix.to_owned(), UnknownPolicy::Hold))
                .to_vec(),
            quiet_hours: Some(QuietHours {
                from: TimeOfDay::of(21, 0),
                to: TimeOfDay::of(7, 0),
                days: QuietDays::All,
                off: false,
            }),
        }
    }
}

impl Rules {
    /// What happens to a card of this domain event type whose arrival is unknown.
    pub fn unknown_policy(&self, event_type: &str) -> UnknownPolicy {
        let fitting = self
            .unknown_policies
            .iter()
            .filter(|(prefix, _)| event_type.starts_with(prefix.as_str()));
        fitting
            .max_by_key(|(prefix, _)| prefix.len())
            .map_or(UnknownPolicy::Retry, |(_, policy)| *policy)
    }
}

/// How user actors live.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActorSettings {
    /// Commands that may wait for one person; one more is answered with "busy".
    pub mailbox: usize,
    /// An actor that nobody asked for this long is let go; its state is rebuilt from the log when needed.
    pub idle: Duration,
    /// Threads that actors are spread over; 0 for the one that starts the directory.
    pub arbiters: usize,
    /// Events after which a snapshot is kept.
    pub snapshot_every: u64,
    /// Other nodes append to the same streams: before "nothing to do" is answered, the log is looked at once more.
    pub shared_log: bool,
}

impl Default for ActorSettings {
    fn default() -> Self {
        let arbiters = std::thread::available_parallelism().map_or(2, std::num::NonZeroUsize::get);
        Self {
            mailbox: 64,
            idle: Duration::from_secs(300),
            arbiters,
            snapshot_every: 256,
            shared_log: false,
        }
    }
}
