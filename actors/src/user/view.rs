//! What a person's cards are to say, read off the state.

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, Utc};
use events::UserKey;
use events::organization::{CardOrigin, ChatKind, Topic};
use events::user::Command;

use super::membership::{self, Membership};
use super::state::{Notification, Phase, UserState};
use super::{quiet, standing};
use crate::card::{
    CardContent, CardSpec, LinkState, LinkView, RecentNotification, RecentState, SettingsView, StatusView,
};
use crate::settings::Rules;

mod list;
mod subject;

/// Commands offered to somebody whose text comes near to none.
const OFFERED: [Command; 3] = [Command::Help, Command::Pending, Command::Status];

/// Notifications that the status card lists.
const RECENT: usize = 5;

/// The newest form of a notification's card.
pub fn card(
    state: &UserState,
    user: &UserKey,
    notification: &Notification,
    now: DateTime<Utc>,
    rules: &Rules,
) -> CardSpec {
    CardSpec {
        user: user.clone(),
        notification_id: notification.id,
        revision: notification.wanted,
        locale: quiet::locale(state).cloned(),
        timezone: quiet::zone(state).map(|zone| zone.name().to_owned()),
        fault: notification.fault,
        content: content(state, notification, now, rules),
    }
}

fn content(state: &UserState, notification: &Notification, now: DateTime<Utc>, rules: &Rules) -> CardContent {
    let card = match notification.card.origin() {
        CardOrigin::Chronus(_) => return of_chronus(state, notification, now),
        CardOrigin::Chat(card) => card,
    };
    match card {
        ChatKind::Welcome => CardContent::Welcome {
            link: link(state),
            waiting: waiting(state, notification, now),
        },
        ChatKind::WelcomeBack => {
            let list = list::list(state, notification, now);
            CardContent::WelcomeBack {
                link: link(state),
                paused_until: state.paused_until.filter(|until| *until > now),
                missed: list.missed,
                list: Box::new(list),
            }
        }
        ChatKind::Help => CardContent::Help(link(state)),
        ChatKind::Status => CardContent::Status(StatusView {
            overtaken: notification.overtaken,
            ..status(state, now, rules)
        }),
        ChatKind::Connected => CardContent::Connected {
            link: link(state),
            paused_until: state.paused_until.filter(|until| *until > now),
            list: Box::new(list::list(state, notification, now)),
        },
        ChatKind::Disconnected => CardContent::Disconnected,
        ChatKind::SwitchedOff => CardContent::SwitchedOff,
        ChatKind::NotUnderstood => CardContent::NotUnderstood {
            near: if notification.near.is_empty() {
                OFFERED.to_vec()
            } else {
                notification.near.clone()
            },
        },
        ChatKind::StaleAction => CardContent::StaleAction,
        ChatKind::Digest
        | ChatKind::CatchUp
        | ChatKind::Pending
        | ChatKind::Meetings
        | ChatKind::Events
        | ChatKind::Connections => CardContent::List(list::list(state, notification, now)),
        ChatKind::Compose | ChatKind::WhichThread => {
            CardContent::Compose(list::compose(state, notification, now))
        }
        ChatKind::Paused => match state.paused_until.filter(|until| *until > now) {
            Some(until) => CardContent::Paused { until },
            None => CardContent::Resumed {
                list: Box::new(list::list(state, notification, now)),
            },
        },
        ChatKind::Resumed => CardContent::Resumed {
            list: Box::new(list::list(state, notification, now)),
        },
        ChatKind::Settings => CardContent::Settings(settings(state, notification, now, rules)),
        ChatKind::Privacy if state.erasing => CardContent::Erasing,
        ChatKind::Privacy => CardContent::Privacy(link(state)),
        ChatKind::ConfirmDisconnect => {
            let paused = state
                .paused_until
                .filter(|until| *until > now && notification.wanted > 1);
            match (state.connected, paused) {
                (false, _) => CardContent::Disconnected,
                (true, Some(until)) => CardContent::Paused { until },
                (true, None) => CardContent::ConfirmDisconnect,
            }
        }
    }
}

fn of_chronus(state: &UserState, notification: &Notification, now: DateTime<Utc>) -> CardContent {
    // What somebody is not, or perhaps not, meant to see is not re-rendered either.
    match membership::of_thing(state, notification) {
        Membership::Theirs => {}
        Membership::InDoubt => return CardContent::InDoubt,
        Membership::SomebodyElses => return CardContent::NotTheirs,
    }
    if subject::origin(state, notification).is_none() {
        // It was to show again what is forgotten by now.
        CardContent::StaleAction
    } else {
        CardContent::Subject(Box::new(subject::own_card(state, notification, now)))
    }
}

fn settings(state: &UserState, card: &Notification, now: DateTime<Utc>, rules: &Rules) -> SettingsView {
    let chosen = &state.preferences;
    let how = |topic: Topic| (topic, chosen.topics.get(&topic).copied().unwrap_or_default());
    SettingsView {
        topics: Topic::SWITCHED.into_iter().map(how).collect(),
        quiet_hours: chosen
            .quiet_hours
            .or(rules.quiet_hours)
            .filter(|hours| !hours.off),
        own_quiet_hours: chosen.quiet_hours.is_some(),
        digest: chosen.digest.unwrap_or_default(),
        paused_until: state.paused_until.filter(|until| *until > now),
        link: link(state),
        saved: card.wanted > 1,
    }
}

/// How the person is connected.
pub(super) fn link(state: &UserState) -> LinkView {
    let profile = &state.profile;
    let link_state = match (&state.link, profile.address()) {
        (Some(link), _) => LinkState::Linked(link.organization_id.clone()),
        (None, _) if profile.is_guest() => LinkState::Guest,
        (None, Some(_)) => LinkState::Unmatched,
        (None, None) if profile.known.is_some() => LinkState::NoAddress,
        // A look-up that is about to be made may still tell.
        (None, None) if profile.failed.is_some() && !profile.is_requested() => LinkState::NoAddress,
        (None, None) => LinkState::Pending,
    };
    LinkView {
        name: profile.name().cloned(),
        address: profile.address().cloned(),
        state: link_state,
        disconnected: !state.connected,
    }
}

/// What waited for the person to come and waits still.
fn waiting(state: &UserState, greeting: &Notification, now: DateTime<Utc>) -> BTreeMap<Topic, u32> {
    let awaited = greeting.of.iter().filter_map(|id| state.notification(*id));
    let subjects: HashSet<_> = awaited.filter_map(|card| card.subject.as_ref()).collect();
    if subjects.is_empty() {
        return BTreeMap::new();
    }
    let awaited = standing::pending(state, now).into_iter().filter(|card| {
        let subject = card.subject.as_ref();
        subject.is_some_and(|subject| subjects.contains(subject))
    });
    by_topic(awaited)
}

/// How many there are of each topic.
fn by_topic<'a>(cards: impl IntoIterator<Item = &'a Notification>) -> BTreeMap<Topic, u32> {
    let mut counted = BTreeMap::new();
    for card in cards {
        *counted.entry(card.card.topic()).or_default() += 1;
    }
    counted
}

fn status(state: &UserState, now: DateTime<Utc>, rules: &Rules) -> StatusView {
    let pending = standing::pending(state, now);
    let requests = pending.iter().filter(|n| n.card.topic() == Topic::Requests);
    let oldest_open_request = requests.map(|n| n.queued_at).min();
    let next_meeting = standing::meetings(state, now)
        .into_iter()
        .filter_map(|n| state.subject_of(n)?.facts.starts_at)
        .find(|starts_at| *starts_at > now);
    let recent = state
        .notifications
        .iter()
        .rev()
        .filter(|n| n.is_from_chronus())
        .take(RECENT);
    StatusView {
        link: link(state),
        since: state
            .connected_since
            .or_else(|| state.link.as_ref().map(|link| link.since))
            .or(state.installed_at),
        oldest_open_request,
        waiting: by_topic(pending),
        next_meeting,
        paused_until: state.paused_until.filter(|until| *until > now),
        quiet_until: quiet::quiet_until(state, now, rules),
        overtaken: false,
        recent: recent.map(|n| recent_notification(state, n)).collect(),
    }
}

fn recent_notification(state: &UserState, notification: &Notification) -> RecentNotification {
    let answered = notification.written_count > 0
        || state
            .subject_of(notification)
            .is_some_and(|subject| subject.here || subject.answer.is_some());
    let word = match notification.phase {
        Phase::Queued | Phase::Retry(_) | Phase::Attempted | Phase::Deferred(_) => RecentState::Waiting,
        Phase::Merged(into) => match state.notification(into) {
            // What shows it is no merged card itself, so this goes one step deep.
            Some(shown) => recent_notification(state, shown).state,
            None => RecentState::Sent,
        },
        Phase::Delivered if answered => RecentState::Answered,
        Phase::Delivered if notification.seen => RecentState::Seen,
        Phase::Delivered => RecentState::Sent,
        Phase::Unknown(_) => RecentState::Unknown,
        Phase::Refused | Phase::Suppressed | Phase::Withdrawn | Phase::Expired => RecentState::NotSent,
    };
    RecentNotification {
        card: notification.card,
        state: word,
        at: notification.changed_at,
    }
}
