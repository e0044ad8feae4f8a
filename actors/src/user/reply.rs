//! What the asker of a command gets.

use chrono::{DateTime, Utc};

use events::user::Delivery;
use events::{ActivityId, NotificationId, UserEvent, UserKey};

use super::command::{LookUp, Press, Reply, SendPermit, UpdatePermit, UserCommand, What};
use super::decide::{self, Decision};
use super::state::{self, UserState};
use super::view;
use super::{quiet, revisions};
use crate::action::Act;
use crate::settings::Rules;

/// What the asker gets, read off the state after the facts were applied.
pub(super) fn answer(view: &View<'_>, command: &UserCommand, decision: &Decision) -> Reply {
    let state = view.state;
    match command {
        UserCommand::Receive(inbound) => {
            let What::Pressed { press, on } = &inbound.what else {
                return Reply::Done;
            };
            press_answer(view, press, on.as_ref())
        }
        UserCommand::BeginSend { notification_id }
        | UserCommand::BeginSendAtOnce { notification_id }
        | UserCommand::BeginSendWhileOff { notification_id } => {
            let attempted =
                |fact: &decide::Fact| matches!(fact.event, UserEvent::Delivery(Delivery::Attempted(_)));
            let card = state
                .notification(*notification_id)
                .filter(|_| decision.facts.iter().any(attempted));
            let (Some(card), Some(conversation)) = (card, &state.conversation) else {
                return profile_first(view, *notification_id, decision);
            };
            Reply::Send(Box::new(SendPermit {
                attempt: card.attempts,
                conversation: conversation.clone(),
                recover: card.recovery,
                card: view.card(card),
            }))
        }
        UserCommand::BeginUpdate { notification_id } => {
            let card = state
                .notification(*notification_id)
                .filter(|card| revisions::update_is_due(card, view.now));
            let (Some(card), Some(conversation)) = (card, &state.conversation) else {
                return Reply::NotDue;
            };
            let Some(activity_id) = card.activity_id.clone() else {
                return Reply::NotDue;
            };
            Reply::Update(Box::new(UpdatePermit {
                correlation_id: card.correlation_id,
                conversation: conversation.clone(),
                activity_id,
                recover: card.update_recovery,
                card: view.card(card),
            }))
        }
        UserCommand::Locate => match &state.conversation {
            Some(conversation) => Reply::Chat(Box::new(conversation.clone())),
            None => Reply::NotDue,
        },
        UserCommand::SentAfter(since) => Reply::Sent(state.recent.after(*since)),
        // A look-up more than needed does no harm, and whoever lists it goes by events that this state may not hold.
        UserCommand::BeginProfile => look_up(state),
        UserCommand::Requeue {
            notification_id,
            replay_id,
            ..
        } => Reply::Requeued(decide::requeued(state, *notification_id, *replay_id)),
        UserCommand::Queue(_)
        | UserCommand::Link(_)
        | UserCommand::ChangeSubject(_)
        | UserCommand::HandOverFailed { .. }
        | UserCommand::TenantOff { .. }
        | UserCommand::ReferenceOpened { .. }
        | UserCommand::FinishSend { .. }
        | UserCommand::ContentGone { .. }
        | UserCommand::Interrupted { .. }
        | UserCommand::FinishUpdate { .. }
        | UserCommand::RequestProfile { .. }
        | UserCommand::UpdateFailed { .. }
        | UserCommand::UpdateReferenceOpened { .. }
        | UserCommand::ProfileFound(_)
        | UserCommand::ProfileFailed(_) => Reply::Done,
    }
}

/// No card is to be posted now. Perhaps since the person is to be looked up first.
fn profile_first(view: &View<'_>, id: NotificationId, decision: &Decision) -> Reply {
    let wanted = decision.facts.is_empty() && decide::asks_first(view.state, id, view.now, view.rules);
    if wanted {
        look_up(view.state)
    } else {
        Reply::NotDue
    }
}

fn look_up(state: &UserState) -> Reply {
    let conversation = state.conversation.clone().filter(|_| !state.erased);
    conversation.map_or(Reply::NotDue, |conversation| {
        Reply::LookUp(Box::new(LookUp {
            conversation,
            known: state.profile.known.clone(),
        }))
    })
}

/// The card as it is now; a command's answer is a card of its own. A press that belongs to no card of this person's is
/// told so.
fn press_answer(view: &View<'_>, press: &Press, message: Option<&ActivityId>) -> Reply {
    if matches!(press.act, Act::Run(_) | Act::Show) {
        return Reply::Done;
    }
    let state = view.state;
    let stale = || NotificationId::derive(["stale", view.user.to_string().as_str()]);
    let card = decide::pressed_card(state, press, message).map_or_else(
        || crate::card::CardSpec {
            user: view.user.clone(),
            notification_id: press.on.unwrap_or_else(stale),
            revision: 1,
            locale: quiet::locale(state).cloned(),
            timezone: quiet::zone(state).map(|zone| zone.name().to_owned()),
            fault: None,
            content: crate::card::CardContent::StaleAction,
        },
        |card| view.card(card),
    );
    Reply::Card(Box::new(card))
}

/// What an answer is read off.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    pub(super) state: &'a UserState,
    pub(super) user: &'a UserKey,
    pub(super) now: DateTime<Utc>,
    pub(super) rules: &'a Rules,
}

impl View<'_> {
    fn card(&self, card: &state::Notification) -> crate::card::CardSpec {
        view::card(self.state, self.user, card, self.now, self.rules)
    }
}
