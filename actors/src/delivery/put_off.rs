//! When a card that Teams did not take is put off for so long that Chronus hears of it, so that it can write a mail.

use chrono::{DateTime, TimeDelta, Utc};
use events::user::{PutOffReason, Recovery};

use super::plan::Try;

/// From this wait on, a card does not arrive as things stand.
const LONG_WAIT: TimeDelta = TimeDelta::minutes(5);
/// From this try on likewise, however short the waits between the tries: ten minutes or more after the first.
const MANY_TRIES: u32 = 16;

/// Why the card is put off, where the next try at `at` is far away or the tries have been many. `probe` says that the
/// next one finds out whether an administrator's switch is still off.
pub(crate) fn put_off(
    this: Try,
    at: DateTime<Utc>,
    status: Option<u16>,
    recover: Option<Recovery>,
    probe: bool,
) -> Option<PutOffReason> {
    if at - this.now < LONG_WAIT && this.attempt < MANY_TRIES {
        return None;
    }
    Some(if probe {
        PutOffReason::AppDisabled
    } else if recover.is_some() {
        PutOffReason::ChatNotFound
    } else if status == Some(429) {
        PutOffReason::Throttled
    } else {
        PutOffReason::NotTaken
    })
}

#[cfg(test)]
mod tests {
    use events::NotificationId;
    use events::user::UnknownPolicy;

    use super::*;

    #[test]
    fn a_long_wait_or_many_tries_count_and_say_what_is_in_the_way() {
        use PutOffReason::{AppDisabled, ChatNotFound, NotTaken, Throttled};
        let now = DateTime::UNIX_EPOCH;
        let asked = |attempt, seconds, status, recover, probe| {
            let this = Try {
                notification_id: NotificationId::derive(["1"]),
                attempt,
                unknowns: 0,
                policy: UnknownPolicy::Retry,
                recovered: false,
                recovery: None,
                probes: 0,
                expires_at: now + TimeDelta::days(14),
                now,
            };
            put_off(this, now + TimeDelta::seconds(seconds), status, recover, probe)
        };
        assert_eq!(asked(15, 299, Some(429), None, false), None);
        assert_eq!(asked(1, 300, Some(429), None, false), Some(Throttled));
        assert_eq!(asked(16, 60, Some(412), None, false), Some(NotTaken));
        assert_eq!(asked(16, 60, None, None, false), Some(NotTaken));
        assert_eq!(
            asked(12, 900, Some(404), Some(Recovery::Global), false),
            Some(ChatNotFound)
        );
        assert_eq!(asked(1, 14_400, Some(403), None, true), Some(AppDisabled));
    }
}
