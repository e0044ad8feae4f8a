//! What the person wants to get, when, and when not.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, NaiveTime, Timelike as _, Utc, Weekday};
use serde::{Deserialize, Serialize};

use crate::codec::stored_events;
use crate::organization::Topic;

stored_events! {
    /// What the person wants.
    pub enum Settings ("user") {
        /// The person wants notifications.
        Connected = 1,
        /// The person wants no notifications.
        Disconnected = 1,
        /// The person wants nothing until a certain time.
        Paused = 1,
        /// A pause ended.
        Resumed = 1,
        /// The person's settings are these now.
        PreferencesChanged = 1,
    }
}

/// See [`Settings::Connected`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Connected {
    /// When the person did it, where that is not when it was recorded; absent in older events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<DateTime<Utc>>,
}

/// See [`Settings::Disconnected`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Disconnected {
    /// When the person did it, where that is not when it was recorded; absent in older events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<DateTime<Utc>>,
}

/// See [`Settings::Paused`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Paused {
    /// When the pause ends by itself.
    pub until: DateTime<Utc>,
    /// When the person did it, where that is not when it was recorded; absent in older events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<DateTime<Utc>>,
}

/// See [`Settings::Resumed`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Resumed {
    /// What ended the pause.
    pub by: ResumedBy,
    /// When the person did it, where that is not when it was recorded; absent in older events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<DateTime<Utc>>,
}

/// What ended a pause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResumedBy {
    /// The person.
    Command,
    /// Its time.
    Time,
}

/// See [`Settings::PreferencesChanged`]: the whole of the person's settings after the change.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct PreferencesChanged {
    /// How each topic reaches the person; a topic that is not named is on.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub topics: BTreeMap<Topic, TopicWay>,
    /// When the person wants quiet; absent where the default holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quiet_hours: Option<QuietHours>,
    /// When digests come; absent where the default holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<DigestPlan>,
    /// What of it the person chose now, and when; absent in older events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chosen: Option<ChosenSettings>,
}

/// What a person chose at once of their settings: what they chose before, and what is told later, leaves it as it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChosenSettings {
    /// When.
    pub at: DateTime<Utc>,
    /// How these topics reach them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub topics: Vec<Topic>,
    /// When they want quiet.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub quiet_hours: bool,
    /// When digests come.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub digest: bool,
}

/// How a topic reaches a person.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TopicWay {
    /// As it comes.
    #[default]
    On,
    /// In a digest.
    Digest,
    /// Not at all.
    Off,
}

impl TopicWay {
    /// The stored name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::On => "on",
            Self::Digest => "digest",
            Self::Off => "off",
        }
    }
}

/// When a person wants quiet, in their own zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuietHours {
    /// When quiet begins.
    pub from: TimeOfDay,
    /// When it ends; before `from`, it is the next day's. The same as `from`: no hours of the day.
    pub to: TimeOfDay,
    /// On which days.
    #[serde(default)]
    pub days: QuietDays,
    /// Whether there is no quiet at all; the hours are kept for when they are wanted again.
    #[serde(default, skip_serializing_if = "is_false")]
    pub off: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
fn is_false(value: &bool) -> bool {
    !*value
}

/// On which days quiet hours hold. A night belongs to the day on which it begins.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QuietDays {
    /// Every day.
    #[default]
    All,
    /// From Monday to Friday.
    Weekdays,
    /// Every day, and the whole of Saturday and Sunday.
    Weekends,
}

impl QuietDays {
    /// The stored name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Weekdays => "weekdays",
            Self::Weekends => "weekends",
        }
    }
}

/// When digests come, in the person's own zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DigestPlan {
    /// How often.
    pub every: DigestEvery,
    /// At what time of the day.
    pub at: TimeOfDay,
    /// On which day, where it comes once a week.
    #[serde(default = "monday")]
    pub weekday: Weekday,
}

fn monday() -> Weekday {
    Weekday::Mon
}

impl Default for DigestPlan {
    fn default() -> Self {
        Self {
            every: DigestEvery::Daily,
            at: TimeOfDay::of(9, 0),
            weekday: monday(),
        }
    }
}

/// How often digests come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DigestEvery {
    /// Every day.
    #[default]
    Daily,
    /// Once a week.
    Weekly,
}

impl DigestEvery {
    /// The stored name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Daily => "daily",
            Self::Weekly => "weekly",
        }
    }
}

/// A time of the day to the minute, written `HH:MM`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TimeOfDay(NaiveTime);

/// The text is no time of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a time of the day looks like 21:00")]
pub struct NotATimeOfDay;

impl TimeOfDay {
    /// The time `hour:minute`; what is beyond a day's last minute is that minute.
    pub fn of(hour: u32, minute: u32) -> Self {
        Self(NaiveTime::from_hms_opt(hour.min(23), minute.min(59), 0).unwrap_or(NaiveTime::MIN))
    }

    /// As `chrono` has it.
    pub fn naive(self) -> NaiveTime {
        self.0
    }
}

impl FromStr for TimeOfDay {
    type Err = NotATimeOfDay;
    fn from_str(text: &str) -> Result<Self, NotATimeOfDay> {
        let (hour, minute) = text.trim().split_once(':').ok_or(NotATimeOfDay)?;
        let number = |text: &str, digits: usize| {
            let plain = text.len() <= digits && text.bytes().all(|byte| byte.is_ascii_digit());
            text.parse::<u32>().ok().filter(|_| plain).ok_or(NotATimeOfDay)
        };
        let (hour, minute) = (number(hour, 2)?, number(minute, 2)?);
        NaiveTime::from_hms_opt(hour, minute, 0)
            .map(Self)
            .ok_or(NotATimeOfDay)
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0.hour(), self.0.minute())
    }
}

impl fmt::Debug for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl TryFrom<String> for TimeOfDay {
    type Error = NotATimeOfDay;
    fn try_from(text: String) -> Result<Self, NotATimeOfDay> {
        text.parse()
    }
}

impl From<TimeOfDay> for String {
    fn from(time: TimeOfDay) -> Self {
        time.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_the_day_are_read_as_they_are_written() {
        for (text, written) in [("21:00", "21:00"), (" 7:05 ", "07:05"), ("0:00", "00:00")] {
            assert_eq!(text.parse::<TimeOfDay>().unwrap().to_string(), written);
        }
        for text in ["24:00", "7", "7:60", "aa:bb", "+7:00", "", "007:00"] {
            assert!(text.parse::<TimeOfDay>().is_err(), "{text:?}");
        }
    }
}
