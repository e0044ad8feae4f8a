//! What the person wants to get, when and when not: pausing, quiet hours, topics, and what follows for cards that
//! wait.

use std::collections::BTreeMap;

use chrono::{DateTime, Days, TimeDelta, Utc};
use chrono_tz::Tz;
use events::organization::{CardKind, Class, Topic};
use events::user::{
    ChosenSettings, DeferReason, DigestPlan, Disconnected, NotificationDeferred, NotificationSuppressed,
    Paused, PreferencesChanged, Prompt, QuietDays, QuietHours, Resumed, ResumedBy, SuppressedReason,
    TimeOfDay, TopicWay,
};

use super::turn::Turn;
use crate::action::{PauseTime, QuietChange, SettingsForm};
use crate::user::quiet;
use crate::user::state::{Notification, Phase};

/// Longest pause.
const LONGEST_PAUSE: TimeDelta = TimeDelta::days(366);
/// How long the card that follows a pause is worth sending.
const CATCH_UP_LIFE: TimeDelta = TimeDelta::days(14);

/// `pause <time>`; without a time that makes sense the settings are shown, where one can be chosen.
pub(super) fn pause(turn: &mut Turn<'_>, time: Option<PauseTime>) {
    if turn.is_overtaken(turn.state.wished_at.pause) {
        return turn.reply_overtaken();
    }
    let Some(until) = time.and_then(|time| pause_until(turn, time)) else {
        return turn.reply(CardKind::Settings, Prompt::default());
    };
    set_pause(turn, until);
    turn.reply(CardKind::Paused, Prompt::default());
}

/// When a pause ends that a person asked for, counted from when they did; `None` where that is not in the future.
pub(super) fn pause_until(turn: &Turn<'_>, time: PauseTime) -> Option<DateTime<Utc>> {
    let zone = quiet::zone(turn.state).unwrap_or(Tz::UTC);
    let asked_at = turn.happened_at();
    let today = asked_at.with_timezone(&zone).date_naive();
    let until = match time {
        PauseTime::For(span) => asked_at.checked_add_signed(span.min(LONGEST_PAUSE))?,
        PauseTime::Until(day) => quiet::start_of(zone, day),
        PauseTime::Tomorrow => quiet::start_of(zone, today.checked_add_days(Days::new(1))?),
        PauseTime::Next(weekday) => {
            let days = today.iter_days().skip(1).take(7);
            let next = days
                .into_iter()
                .find(|day| chrono::Datelike::weekday(day) == weekday)?;
            quiet::start_of(zone, next)
        }
    };
    (until > turn.now).then(|| until.min(turn.now + LONGEST_PAUSE))
}

/// Pauses. The card for afterwards is queued now, to be looked at when the pause ends: so nothing need remember to
/// end it.
pub(super) fn set_pause(turn: &mut Turn<'_>, until: DateTime<Utc>) -> Saved {
    if turn.is_overtaken(turn.state.wished_at.pause) {
        return Saved::Overtaken;
    }
    if turn.state.paused_until == Some(until) {
        return Saved::Unchanged;
    }
    let at = turn.told_at();
    turn.record(Paused { until, at });
    let id = if let Some(waiting) = waiting_catch_up(turn) {
        waiting.id
    } else {
        let id = turn.second_id("pause");
        let expires_at = until + CATCH_UP_LIFE;
        turn.queue(
            id,
            CardKind::CatchUp,
            Class::Direct,
            expires_at,
            Prompt::default(),
        );
        id
    };
    turn.record(NotificationDeferred {
        notification_id: id,
        until,
        reason: DeferReason::Paused,
    });
    Saved::Changed
}

fn waiting_catch_up<'a>(turn: &Turn<'a>) -> Option<&'a Notification> {
    let mut cards = turn.state.notifications.iter().rev();
    cards.find(|card| card.card == CardKind::CatchUp && matches!(card.phase, Phase::Deferred(_)))
}

/// `resume`. The answer lists what was missed.
pub(super) fn resume(turn: &mut Turn<'_>) {
    if turn.is_overtaken(turn.state.wished_at.pause) {
        return turn.reply_overtaken();
    }
    end_pause(turn);
    turn.reply(CardKind::Resumed, Prompt::default());
}

/// Ends a pause, and takes back the card that waits for its end.
pub(super) fn end_pause(turn: &mut Turn<'_>) -> Saved {
    if turn.is_overtaken(turn.state.wished_at.pause) {
        return Saved::Overtaken;
    }
    if turn.state.paused_until.is_none() {
        return Saved::Unchanged;
    }
    let at = turn.told_at();
    turn.record(Resumed {
        by: ResumedBy::Command,
        at,
    });
    if let Some(waiting) = waiting_catch_up(turn) {
        turn.record_on(
            waiting,
            NotificationSuppressed {
                notification_id: waiting.id,
                reason: SuppressedReason::Superseded,
            },
        );
    }
    Saved::Changed
}

/// `quiet …`
pub(super) fn quiet(turn: &mut Turn<'_>, change: Option<QuietChange>) {
    let form = SettingsForm {
        quiet: change,
        ..SettingsForm::default()
    };
    if save(turn, &form) == Saved::Overtaken {
        return turn.reply_overtaken();
    }
    turn.reply(CardKind::Settings, Prompt::default());
}

/// What became of settings that a person chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Saved {
    /// Something is otherwise than before.
    Changed,
    /// All was so already.
    Unchanged,
    /// They came late: whatever they say was chosen otherwise after it.
    Overtaken,
}

/// Keeps settings. What the person chose after them, and came before them, stays.
pub(super) fn save(turn: &mut Turn<'_>, form: &SettingsForm) -> Saved {
    let (before, wished_at) = (&turn.state.preferences, &turn.state.wished_at);
    let is_new = |said_at: Option<DateTime<Utc>>| !turn.is_overtaken(said_at);
    let topics = form.topics.iter();
    let topics: BTreeMap<Topic, TopicWay> = topics
        .filter(|(topic, _)| is_new(wished_at.topics.get(topic).copied()))
        .map(|(topic, way)| (*topic, *way))
        .collect();
    let quiet = form.quiet.filter(|_| is_new(wished_at.quiet_hours));
    let every = form.digest.filter(|_| is_new(wished_at.digest));
    let asked = !form.topics.is_empty() || form.quiet.is_some() || form.digest.is_some();
    if asked && topics.is_empty() && quiet.is_none() && every.is_none() {
        return Saved::Overtaken;
    }
    let mut after: PreferencesChanged = before.clone();
    after.topics.extend(&topics);
    after.topics.retain(|_, how| *how != TopicWay::On);
    if let Some(change) = quiet {
        after.quiet_hours = Some(changed(before.quiet_hours.or(turn.rules.quiet_hours), change));
    }
    if let Some(every) = every {
        let plan = after.digest.unwrap_or_default();
        if plan.every != every {
            after.digest = Some(DigestPlan { every, ..plan });
        }
    }
    let saved = if after == *before {
        Saved::Unchanged
    } else {
        Saved::Changed
    };
    // Also where nothing changes it was chosen then, and what was chosen before and comes later changes nothing.
    after.chosen = Some(ChosenSettings {
        at: turn.happened_at(),
        topics: topics.into_keys().collect(),
        quiet_hours: quiet.is_some(),
        digest: every.is_some(),
    });
    let moves_digest = after.digest != before.digest;
    let freed: Vec<Topic> = Topic::SWITCHED
        .into_iter()
        .filter(|topic| {
            before.topics.get(topic) == Some(&TopicWay::Digest) && !after.topics.contains_key(topic)
        })
        .collect();
    let plan = after.digest.unwrap_or_default();
    if asked {
        turn.record(after);
    }
    if moves_digest {
        move_digest(turn, quiet::digest_at(quiet::zone(turn.state), plan, turn.now));
    } else if !freed.is_empty() && gathers(turn, &freed) {
        move_digest(turn, turn.now);
    }
    saved
}

fn changed(before: Option<QuietHours>, change: QuietChange) -> QuietHours {
    let known = before.unwrap_or(QuietHours {
        from: TimeOfDay::of(21, 0),
        to: TimeOfDay::of(7, 0),
        days: QuietDays::All,
        off: false,
    });
    let (from, to) = change.hours.unwrap_or((known.from, known.to));
    QuietHours {
        from,
        to,
        days: change.days.unwrap_or(known.days),
        off: change.off.unwrap_or(known.off),
    }
}

/// The digest that gathers.
fn open_digest<'a>(turn: &Turn<'a>) -> Option<&'a Notification> {
    let mut cards = turn.state.notifications.iter().rev();
    cards.find(|card| card.card == CardKind::Digest && matches!(card.phase, Phase::Deferred(_)))
}

/// Whether it gathered something of these topics, which the person wants at once from now on.
fn gathers(turn: &Turn<'_>, topics: &[Topic]) -> bool {
    let Some(digest) = open_digest(turn) else {
        return false;
    };
    let mut gathered = digest.of.iter().filter_map(|id| turn.state.notification(*id));
    gathered.any(|card| topics.contains(&card.card.topic()))
}

/// The digest that gathers comes then.
fn move_digest(turn: &mut Turn<'_>, until: DateTime<Utc>) {
    if let Some(digest) = open_digest(turn) {
        let event = NotificationDeferred {
            notification_id: digest.id,
            until,
            reason: DeferReason::Digest,
        };
        turn.record_on(digest, event);
    }
}

/// Disconnects, where the person is connected.
pub(super) fn disconnect(turn: &mut Turn<'_>) -> Saved {
    if turn.is_overtaken(turn.state.wished_at.connection) {
        return Saved::Overtaken;
    }
    if !turn.state.connected {
        return Saved::Unchanged;
    }
    let at = turn.told_at();
    turn.record(Disconnected { at });
    Saved::Changed
}
