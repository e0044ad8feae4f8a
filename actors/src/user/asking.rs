//! What can be asked of a person's actor, each with the type of its reply.

use std::fmt::Debug;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use events::user::{ConversationRef, Delivery};
use events::{ActivityId, NotificationId, UserEvent, UserKey};
use uuid::Uuid;

use super::command::{
    Inbound, LookUp, Permission, Press, Requeue, SendPermit, UpdatePermit, UserCommand, What,
};
use super::decide::{self, Decision};
use super::state::{self, UserState};
use super::{quiet, revisions, view};
use crate::action::Act;
use crate::card::{CardContent, CardSpec};
use crate::settings::Rules;

/// A request to one person's actor.
pub trait Command: Debug + Send + Sync + 'static {
    /// What its asker gets.
    type Reply: Debug + Send + 'static;

    /// What is decided upon.
    fn command(&self) -> UserCommand;

    /// The reply, read off the state after what was decided.
    fn reply(&self, view: &View<'_>, decision: &Decision) -> Self::Reply;
}

/// Asked for what it records alone.
impl Command for UserCommand {
    type Reply = ();

    fn command(&self) -> UserCommand {
        self.clone()
    }

    fn reply(&self, _: &View<'_>, _: &Decision) {}
}

/// An activity came from Teams. Replies the card to show in answer to a press; `None` where there is nothing to show.
#[derive(Debug, Clone)]
pub struct Receive(pub Box<Inbound>);

impl Command for Receive {
    type Reply = Option<Box<CardSpec>>;

    fn command(&self) -> UserCommand {
        UserCommand::Receive(self.0.clone())
    }

    fn reply(&self, view: &View<'_>, _: &Decision) -> Self::Reply {
        let What::Pressed { press, on } = &self.0.what else {
            return None;
        };
        if view.state.erased {
            return None;
        }
        press_answer(view, press, on.as_ref())
    }
}

/// When a lane asks whether it may post a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SendWhen {
    /// The card is due.
    Due,
    /// It was queued just now; nothing of the person's may wait before it.
    AtOnce,
    /// The person's tenant is switched off.
    WhileOff,
}

/// A lane is ready to post a card: may it, and what?
#[derive(Debug, Clone, Copy)]
pub struct BeginSend {
    /// The card.
    pub notification_id: NotificationId,
    /// When it asks.
    pub when: SendWhen,
}

impl Command for BeginSend {
    type Reply = Permission;

    fn command(&self) -> UserCommand {
        let notification_id = self.notification_id;
        match self.when {
            SendWhen::Due => UserCommand::BeginSend { notification_id },
            SendWhen::AtOnce => UserCommand::BeginSendAtOnce { notification_id },
            SendWhen::WhileOff => UserCommand::BeginSendWhileOff { notification_id },
        }
    }

    fn reply(&self, view: &View<'_>, decision: &Decision) -> Permission {
        let attempted =
            |fact: &decide::Fact| matches!(fact.event, UserEvent::Delivery(Delivery::Attempted(_)));
        let card = view
            .state
            .notification(self.notification_id)
            .filter(|_| decision.facts.iter().any(attempted));
        let (Some(card), Some(conversation)) = (card, &view.state.conversation) else {
            return profile_first(view, self.notification_id, decision);
        };
        Permission::Send(Box::new(SendPermit {
            attempt: card.attempts,
            conversation: conversation.clone(),
            recover: card.recovery,
            card: view.card(card),
        }))
    }
}

/// A lane is ready to update a card in place. Replies what to put; `None` where nothing is due.
#[derive(Debug, Clone, Copy)]
pub struct BeginUpdate {
    /// The card.
    pub notification_id: NotificationId,
}

impl Command for BeginUpdate {
    type Reply = Option<Box<UpdatePermit>>;

    fn command(&self) -> UserCommand {
        UserCommand::BeginUpdate {
            notification_id: self.notification_id,
        }
    }

    fn reply(&self, view: &View<'_>, _: &Decision) -> Self::Reply {
        let card = view
            .state
            .notification(self.notification_id)
            .filter(|card| revisions::update_is_due(card, view.now))?;
        Some(Box::new(UpdatePermit {
            correlation_id: card.correlation_id,
            conversation: view.state.conversation.clone()?,
            activity_id: card.activity_id.clone()?,
            recover: card.update_recovery,
            card: view.card(card),
        }))
    }
}

/// A lane wants to know where the chat is, to find out whether its host is back. `None` where there is no chat.
#[derive(Debug, Clone, Copy)]
pub struct Locate;

impl Command for Locate {
    type Reply = Option<Box<ConversationRef>>;

    fn command(&self) -> UserCommand {
        UserCommand::Look
    }

    fn reply(&self, view: &View<'_>, _: &Decision) -> Self::Reply {
        view.state.conversation.clone().map(Box::new)
    }
}

/// A lane wants to know when the chat got something after this time.
#[derive(Debug, Clone, Copy)]
pub struct SentAfter(pub DateTime<Utc>);

impl Command for SentAfter {
    type Reply = Vec<DateTime<Utc>>;

    fn command(&self) -> UserCommand {
        UserCommand::Look
    }

    fn reply(&self, view: &View<'_>, _: &Decision) -> Self::Reply {
        view.state.recent.after(self.0)
    }
}

/// A lane is ready to ask who the person is. `None` where nobody can be asked. A look-up more than needed does no harm,
/// and whoever lists it goes by events that this state may not hold.
#[derive(Debug, Clone, Copy)]
pub struct BeginProfile;

impl Command for BeginProfile {
    type Reply = Option<Box<LookUp>>;

    fn command(&self) -> UserCommand {
        UserCommand::Look
    }

    fn reply(&self, view: &View<'_>, _: &Decision) -> Self::Reply {
        look_up(view.state)
    }
}

/// Somebody looks at a card as the person sees it. `None` where the person's state does not hold it any more.
#[derive(Debug, Clone, Copy)]
pub struct LookAt {
    /// The card.
    pub notification_id: NotificationId,
}

impl Command for LookAt {
    type Reply = Option<Box<CardSpec>>;

    fn command(&self) -> UserCommand {
        UserCommand::Look
    }

    fn reply(&self, view: &View<'_>, _: &Decision) -> Self::Reply {
        let card = view.state.notification(self.notification_id)?;
        Some(Box::new(view.card(card)))
    }
}

/// An operator wants a card sent after all that ended without arriving.
#[derive(Debug, Clone)]
pub struct RequeueCard {
    /// The card.
    pub notification_id: NotificationId,
    /// The replay; the same one again has no effect.
    pub replay_id: Uuid,
    /// Who asks: `cli`, or the name of an API key.
    pub by: String,
}

impl Command for RequeueCard {
    type Reply = Requeue;

    fn command(&self) -> UserCommand {
        UserCommand::Requeue {
            notification_id: self.notification_id,
            replay_id: self.replay_id,
            by: self.by.clone(),
        }
    }

    fn reply(&self, view: &View<'_>, _: &Decision) -> Requeue {
        decide::requeued(view.state, self.notification_id, self.replay_id)
    }
}

/// A person is to be forgotten. Replies whether they are.
#[derive(Debug, Clone)]
pub struct ErasePerson {
    /// The erasure; the same one again has no effect.
    pub erasure_id: Uuid,
    /// Who asks: `cli`, or the name of an API key.
    pub by: String,
}

impl Command for ErasePerson {
    type Reply = bool;

    fn command(&self) -> UserCommand {
        UserCommand::Erase {
            erasure_id: self.erasure_id,
            by: self.by.clone(),
        }
    }

    fn reply(&self, view: &View<'_>, _: &Decision) -> bool {
        view.state.erased
    }
}

/// No card is to be posted now. Perhaps since the person is to be looked up first.
fn profile_first(view: &View<'_>, id: NotificationId, decision: &Decision) -> Permission {
    let wanted = decision.facts.is_empty() && decide::asks_first(view.state, id, view.now, view.rules);
    let look_up = if wanted { look_up(view.state) } else { None };
    look_up.map_or(Permission::NotDue, Permission::LookUp)
}

fn look_up(state: &UserState) -> Option<Box<LookUp>> {
    let conversation = state.conversation.clone().filter(|_| !state.erased)?;
    Some(Box::new(LookUp {
        conversation,
        known: state.profile.known.clone(),
    }))
}

/// The card as it is now; a command's answer is a card of its own. A press that belongs to no card of this person's is
/// told so.
fn press_answer(view: &View<'_>, press: &Press, message: Option<&ActivityId>) -> Option<Box<CardSpec>> {
    if matches!(press.act, Act::Run(_) | Act::Show) {
        return None;
    }
    let state = view.state;
    let stale = || NotificationId::derive(["stale", view.user.to_string().as_str()]);
    let card = decide::pressed_card(state, press, message).map_or_else(
        || CardSpec {
            user: view.user.clone(),
            notification_id: press.on.unwrap_or_else(stale),
            revision: 1,
            locale: quiet::locale(state).cloned(),
            timezone: quiet::zone(state).map(|zone| zone.name().to_owned()),
            fault: None,
            content: CardContent::StaleAction,
        },
        |card| view.card(card),
    );
    Some(Box::new(card))
}

/// What a reply is read off.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    pub(super) state: &'a UserState,
    pub(super) user: &'a UserKey,
    pub(super) now: DateTime<Utc>,
    pub(super) rules: &'a Rules,
}

impl View<'_> {
    fn card(&self, card: &state::Notification) -> CardSpec {
        view::card(self.state, self.user, card, self.now, self.rules)
    }
}

/// Somebody who waits for a reply, whatever its type.
pub(crate) trait Asker: Debug + Send + Sync {
    /// Takes the reply down; a later one replaces it.
    fn note(&self, view: &View<'_>, decision: &Decision);
}

/// A command and the place of its reply.
#[derive(Debug)]
pub(crate) struct Asked<C: Command> {
    command: C,
    reply: Mutex<Option<C::Reply>>,
}

impl<C: Command> Asked<C> {
    pub(crate) fn new(command: C) -> Self {
        Self {
            command,
            reply: Mutex::new(None),
        }
    }

    /// What is decided upon.
    pub(crate) fn command(&self) -> UserCommand {
        self.command.command()
    }

    /// The reply; `None` before there is one.
    pub(crate) fn take(&self) -> Option<C::Reply> {
        self.reply.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl<C: Command> Asker for Asked<C> {
    fn note(&self, view: &View<'_>, decision: &Decision) {
        let reply = self.command.reply(view, decision);
        *self.reply.lock().unwrap_or_else(PoisonError::into_inner) = Some(reply);
    }
}
