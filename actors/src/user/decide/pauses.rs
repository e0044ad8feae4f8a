//! Cards that say until when a person paused are re-rendered when that changes, however it ended.

use events::UserEvent;
use events::organization::CardKind;
use events::user::Settings;

use super::Decision;
use super::turn::update;
use crate::user::state::{Notification, UserState};

/// Cards of the chat that are looked at, newest first.
const LOOKED_AT: usize = 50;
/// Cards that are kept current; older ones stay as they are.
const KEPT_CURRENT: usize = 5;

/// Puts the newest form over the cards that show a pause, where the decision begins or ends one.
pub(super) fn redraw(decision: &mut Decision, state: &UserState) {
    let changed = decision.facts.iter().find_map(|fact| match &fact.event {
        UserEvent::Settings(Settings::Paused(_) | Settings::Resumed(_)) => Some(fact.causation_id),
        UserEvent::Settings(
            Settings::Connected(_) | Settings::Disconnected(_) | Settings::PreferencesChanged(_),
        )
        | UserEvent::Presence(_)
        | UserEvent::Identity(_)
        | UserEvent::Chat(_)
        | UserEvent::Answer(_)
        | UserEvent::Queue(_)
        | UserEvent::Delivery(_)
        | UserEvent::Update(_) => None,
    });
    let Some(cause) = changed else { return };
    let newest_first = state.notifications.iter().rev();
    let of_the_chat = newest_first
        .filter(|card| !card.is_from_chronus())
        .take(LOOKED_AT);
    for card in of_the_chat
        .filter(|card| shows_pause(state, card))
        .take(KEPT_CURRENT)
    {
        update(decision, cause, card);
    }
}

/// Whether the card says, or said, that the person paused.
fn shows_pause(state: &UserState, card: &Notification) -> bool {
    let was_paused = state.paused_until.is_some();
    match card.card {
        CardKind::Paused => true,
        // Where a pause was chosen instead.
        CardKind::ConfirmDisconnect => card.wanted > 1,
        CardKind::Settings | CardKind::WelcomeBack | CardKind::Connected | CardKind::Status => was_paused,
        CardKind::Welcome
        | CardKind::Help
        | CardKind::Disconnected
        | CardKind::SwitchedOff
        | CardKind::NotUnderstood
        | CardKind::StaleAction
        | CardKind::Digest
        | CardKind::CatchUp
        | CardKind::Pending
        | CardKind::Meetings
        | CardKind::Events
        | CardKind::Connections
        | CardKind::Compose
        | CardKind::WhichThread
        | CardKind::Resumed
        | CardKind::Privacy
        | CardKind::MentoringRequest
        | CardKind::Plain
        | CardKind::RequestReminder
        | CardKind::RequestOutcome
        | CardKind::Connection
        | CardKind::ConnectionNotice
        | CardKind::RecommendedMatch
        | CardKind::Meeting
        | CardKind::MeetingReminder
        | CardKind::MeetingNotice
        | CardKind::MeetingFollowUp
        | CardKind::ErgEvent
        | CardKind::ErgEventReminder
        | CardKind::ErgEventNotice
        | CardKind::ErgEventFigures
        | CardKind::Announcement
        | CardKind::Survey
        | CardKind::SurveyReminder
        | CardKind::Message
        | CardKind::MessageNotice
        | CardKind::Task
        | CardKind::TaskReminder => false,
    }
}
