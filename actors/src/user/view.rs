//! What a person's cards are to say, read off the state.

use chrono::{DateTime, Utc};
use events::UserKey;
use events::organization::CardKind;
use events::user::MemberRole;

use super::state::{Ended, Notification, Phase, Profile, UserState};
use crate::card::{
    CardContent, CardSpec, LinkState, LinkView, RecentNotification, RecentState, Resolution, StatusView,
};

/// Notifications that the status card lists.
const RECENT: usize = 5;

/// The newest form of a notification's card.
pub fn card(state: &UserState, user: &UserKey, notification: &Notification) -> CardSpec {
    let resolution = state.ended(notification).map(resolution);
    let source = notification.source.clone();
    let content = match notification.card {
        CardKind::Welcome => CardContent::Welcome(link(state)),
        CardKind::WelcomeBack => CardContent::WelcomeBack {
            link: link(state),
            missed: state.missed,
        },
        CardKind::Help => CardContent::Help(link(state)),
        CardKind::Status => CardContent::Status(status(state)),
        CardKind::Connected => CardContent::Connected {
            link: link(state),
            missed: state.missed,
        },
        CardKind::Disconnected => CardContent::Disconnected,
        CardKind::NotUnderstood => CardContent::NotUnderstood,
        CardKind::StaleAction => CardContent::StaleAction,
        CardKind::MentoringRequest => CardContent::MentoringRequest { source, resolution },
        CardKind::Plain => CardContent::Plain { source, resolution },
    };
    CardSpec {
        user: user.clone(),
        notification_id: notification.id,
        revision: notification.wanted,
        locale: state.client.locale.clone(),
        timezone: state.client.timezone.clone(),
        content,
    }
}

fn resolution(ended: &Ended) -> Resolution {
    Resolution {
        state: ended.state,
        here: ended.here,
        at: ended.at,
    }
}

fn link(state: &UserState) -> LinkView {
    let (name, address) = match &state.profile {
        Profile::Resolved { name, address, .. } => (name.clone(), address.clone()),
        Profile::Unknown | Profile::Requested(_) | Profile::Unavailable => (None, None),
    };
    let link_state = match (&state.link, &state.profile) {
        (Some(link), _) => LinkState::Linked(link.organization_id.clone()),
        (
            None,
            Profile::Resolved {
                role: MemberRole::Guest,
                ..
            },
        ) => LinkState::Guest,
        (None, Profile::Resolved { address: Some(_), .. }) => LinkState::Unmatched,
        (None, Profile::Resolved { address: None, .. } | Profile::Unavailable) => LinkState::NoAddress,
        (None, Profile::Unknown | Profile::Requested(_)) => LinkState::Pending,
    };
    LinkView {
        name,
        address,
        state: link_state,
        disconnected: !state.connected,
    }
}

fn status(state: &UserState) -> StatusView {
    let open: Vec<DateTime<Utc>> = state
        .notifications
        .iter()
        .filter(|n| n.card == CardKind::MentoringRequest && state.ended(n).is_none())
        .filter(|n| n.phase.is_unsent() || n.phase.may_be_shown())
        .map(|n| n.queued_at)
        .collect();
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
        open_requests: u32::try_from(open.len()).unwrap_or(u32::MAX),
        oldest_open_request: open.into_iter().min(),
        recent: recent.map(|n| recent_notification(state, n)).collect(),
    }
}

fn recent_notification(state: &UserState, notification: &Notification) -> RecentNotification {
    let answered = state.ended(notification).is_some_and(|ended| ended.here);
    let word = match notification.phase {
        Phase::Queued | Phase::Retry(_) | Phase::Attempted => RecentState::Waiting,
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
