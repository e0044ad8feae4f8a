//! What an activity shows of the person's own chat: that the app is there, where the chat is, and how the person's
//! client is set. Only that chat is looked at, and only news of it: an activity that happened before the newest one
//! handled so far changes none of these.

use chrono::{DateTime, TimeDelta, Utc};
use events::user::{
    ActivityObserved, AppInstalled, AppUninstalled, ClientDefaultsChanged, ClientObserved, ConversationRef,
    DeliveryRetryScheduled, InstallEvidence, Presence, Reachability, ReachabilityChanged, ReferenceRefreshed,
    UninstallEvidence, UserErased,
};
use events::{EventId, UserEvent};

use super::happened::{CLOCKS_DIFFER, happened_at};
use super::turn::Turn;
use super::{Decision, cause, profile, unlinked};
use crate::user::command::{ActivityChat, Inbound, What};
use crate::user::revisions;
use crate::user::state::{Phase, UserState};
use crate::zone;
use uuid::Uuid;

/// Two installs closer together than this are one: Teams tells of it by several activities.
const SAME_INSTALL: TimeDelta = TimeDelta::minutes(1);
/// Activities that ask for nothing are noted at most this often.
const CONTACTS_APART: TimeDelta = TimeDelta::seconds(1);

/// The person's own chat, where the activity happened there.
pub(super) fn own_chat<'a>(state: &UserState, inbound: &'a Inbound) -> Option<&'a ConversationRef> {
    match &inbound.chat {
        ActivityChat::Own(chat) => Some(chat),
        ActivityChat::Unproven(chat) => {
            let known = state.conversation.as_ref()?;
            (known.conversation_id == chat.conversation_id).then_some(chat)
        }
        ActivityChat::Another => None,
    }
}

/// Whether something newer of this chat was handled before. What happened at the same moment is not older: the order
/// of arrival breaks the tie.
pub(super) fn is_late(state: &UserState, inbound: &Inbound, now: DateTime<Utc>) -> bool {
    let at = happened_at(inbound, now);
    state.chat_as_of.is_some_and(|known| at < known)
}

pub(super) fn observe(turn: &mut Turn<'_>, chat: &ConversationRef) {
    let late = is_late(turn.state, turn.inbound, turn.now);
    if !late {
        locate(turn, chat);
        profile::request_if_old(turn);
        reach(turn, Reachability::Reachable, shown_by(&turn.inbound.what));
        hasten(turn);
        for card in revisions::left_while_away(turn.state) {
            turn.update(card);
        }
    }
    observe_client(turn, late);
    if !late {
        note_time(turn);
    }
}

fn shown_by(what: &What) -> &'static str {
    match what {
        What::Installed(_) | What::Upgraded => "installation",
        What::Uninstalled(_)
        | What::Typed(_)
        | What::Pressed { .. }
        | What::Reacted(_)
        | What::ReadUpTo(_)
        | What::Contact => "activity",
    }
}

/// Somebody whose chat was known is forgotten, once until they come back.
pub(super) fn erase(state: &UserState, erasure_id: Uuid, by: &str) -> Decision {
    if state.erased || state.conversation.is_none() {
        return Decision::nothing();
    }
    let mut decision = Decision::new(format!("erase/{erasure_id}"));
    unlinked::forgotten(&mut decision, state);
    decision.record(erasure_id, erasure_id, UserErased { by: by.to_owned() });
    decision
}

/// The app is there, and the chat is here.
fn locate(turn: &mut Turn<'_>, chat: &ConversationRef) {
    let (state, inbound) = (turn.state, turn.inbound);
    let conversation = directed(state, chat);
    let evidence = match inbound.what {
        What::Installed(evidence) => evidence,
        What::Upgraded => InstallEvidence::InstallationUpdate,
        What::Typed(_)
        | What::Pressed { .. }
        | What::Reacted(_)
        | What::ReadUpTo(_)
        | What::Contact
        | What::Uninstalled(_) => InstallEvidence::Activity,
    };
    if !state.installed || installs_again(turn) {
        turn.record(AppInstalled {
            conversation,
            evidence,
            app_version: inbound.app_version.clone(),
        });
        profile::request(turn, None);
        return;
    }
    let at = happened_at(inbound, turn.now);
    let reopened_since = state
        .reopened_at
        .is_some_and(|reopened| at < reopened - CLOCKS_DIFFER);
    if state.conversation.as_ref() != Some(&conversation) && !reopened_since {
        turn.record(ReferenceRefreshed {
            conversation,
            recovered_for: None,
        });
    }
}

/// The chat as the activity tells it, unless it names the service URL of which the connector said that the tenant does
/// not live there.
fn directed(state: &UserState, chat: &ConversationRef) -> ConversationRef {
    let better = state
        .conversation
        .as_ref()
        .filter(|known| known.conversation_id == chat.conversation_id)
        .filter(|_| state.misdirected.as_ref() == Some(&chat.service_url));
    ConversationRef {
        service_url: better.map_or_else(|| chat.service_url.clone(), |known| known.service_url.clone()),
        ..chat.clone()
    }
}

/// Somebody else was told to have the same chat, and nobody can tell whose it is: nothing is sent there. Whoever shows up with a
/// chat of their own is reached in that.
pub(super) fn chat_is_shared(state: &UserState, cause: EventId) -> Decision {
    if !state.installed {
        return Decision::nothing();
    }
    let mut decision = Decision::new(format!("chat_shared/{cause}"));
    let removed = AppUninstalled {
        evidence: UninstallEvidence::Refusal,
    };
    decision.record(cause.0, cause.0, removed);
    let unreachable = ReachabilityChanged {
        state: Reachability::Uninstalled,
        evidence: "chat_shared".to_owned(),
    };
    decision.record(cause.0, cause.0, unreachable);
    decision
}

/// Whether this tells of an install after the one that is known. An upgrade never does.
pub(super) fn installs_again(turn: &Turn<'_>) -> bool {
    let (state, inbound) = (turn.state, turn.inbound);
    let added = inbound.what == What::Installed(InstallEvidence::InstallationUpdate);
    let newer = state
        .chat_as_of
        .is_none_or(|known| happened_at(inbound, turn.now) > known);
    added && newer && !is_same_install(state, turn.now)
}

pub(super) fn is_same_install(state: &UserState, now: DateTime<Utc>) -> bool {
    state.installed && state.installed_at.is_some_and(|at| now - at < SAME_INSTALL)
}

pub(super) fn reach(turn: &mut Turn<'_>, to: Reachability, evidence: &str) {
    if turn.state.reachability != to {
        turn.record(ReachabilityChanged {
            state: to,
            evidence: evidence.to_owned(),
        });
    }
}

/// The person shows up, so the chat is there: what waits since it was not found, or since an administrator's switch was
/// reported, is tried now.
fn hasten(turn: &mut Turn<'_>) {
    let state = turn.state;
    for card in &state.notifications {
        let Phase::Retry(at) = card.phase else { continue };
        if at <= turn.now || !(card.recovery.is_some() || card.probes) {
            continue;
        }
        let event = DeliveryRetryScheduled {
            notification_id: card.id,
            attempt: card.attempts,
            retry_at: turn.now,
            reason: DeliveryRetryScheduled::SHOWED_UP.to_owned(),
            status: None,
            recover: None,
            probe: false,
            put_off: None,
        };
        turn.decision
            .record(card.correlation_id, cause::cause(card), event);
    }
}

/// Late words on the client fill only what nobody told yet. A zone that nobody knows by its name replaces none that is
/// known; it is recorded beside it once.
fn observe_client(turn: &mut Turn<'_>, late: bool) {
    let (told, known) = (&turn.inbound.client, &turn.state.client);
    let newest = |told: &Option<String>, known: &Option<String>| {
        let (first, second) = if late { (known, told) } else { (told, known) };
        first.clone().or_else(|| second.clone())
    };
    let (timezone, unknown_timezone) = if late {
        let timezone = zone::first_known([known.timezone.as_ref(), told.timezone.as_ref()]);
        (timezone, known.unknown_timezone.clone())
    } else {
        zone_of(
            told.timezone.as_ref(),
            (known.timezone.as_ref(), known.unknown_timezone.as_ref()),
        )
    };
    let client = ClientObserved {
        locale: newest(&told.locale, &known.locale),
        timezone,
        unknown_timezone,
        platform: newest(&told.platform, &known.platform),
    };
    let has_zone = client.timezone.as_deref().is_some_and(zone::is_known);
    let complete = client.locale.is_some() && has_zone;
    if client != *known {
        turn.record(client);
    }
    if !complete {
        assume_client(turn);
    }
}

/// What the organization says of all its people holds from the first word on, until something better is known.
fn assume_client(turn: &mut Turn<'_>) {
    let (known, said) = (&turn.state.client_defaults, &turn.inbound.client_defaults);
    let assumed = ClientDefaultsChanged {
        locale: known.locale.clone().or_else(|| said.locale.clone()),
        timezone: zone::first_known([known.timezone.as_ref(), said.timezone.as_ref()]),
        unknown_timezone: known.unknown_timezone.clone(),
    };
    if assumed != *known {
        turn.record(assumed);
    }
}

/// What Chronus gives for a member now, in place of what was given before; what it leaves open stays.
pub(super) fn given(now: &ClientDefaultsChanged, before: &ClientDefaultsChanged) -> ClientDefaultsChanged {
    let (timezone, unknown_timezone) = zone_of(
        now.timezone.as_ref(),
        (before.timezone.as_ref(), before.unknown_timezone.as_ref()),
    );
    ClientDefaultsChanged {
        locale: now.locale.clone().or_else(|| before.locale.clone()),
        timezone,
        unknown_timezone,
    }
}

/// The zone that holds after one was told, and the name told beside it that nobody knows.
fn zone_of(
    told: Option<&String>,
    (known, unknown): (Option<&String>, Option<&String>),
) -> (Option<String>, Option<String>) {
    let holds = zone::first_known([told, known]);
    let beside = if told.is_none() { unknown } else { told };
    let beside = beside.filter(|name| holds.as_ref() != Some(*name) && !zone::is_known(name));
    let beside = beside.cloned();
    (holds, beside)
}

/// Keeps when it happened, so that what happened before and comes later changes nothing. Where nothing else of the chat
/// is recorded, the time alone is.
pub(super) fn note_time(turn: &mut Turn<'_>) {
    let at = happened_at(turn.inbound, turn.now);
    let apart = if turn.inbound.what == What::Contact {
        CONTACTS_APART
    } else {
        TimeDelta::zero()
    };
    let newer = turn.state.chat_as_of.is_none_or(|known| at - known > apart);
    let moved = turn.decision.facts.iter().any(|fact| {
        matches!(
            fact.event,
            UserEvent::Presence(Presence::AppInstalled(_) | Presence::AppUninstalled(_))
        )
    });
    // The fold takes the time at which such an event was recorded for the activity's, which is right where they agree.
    let told = if moved { at == turn.now } else { !newer };
    if !told {
        turn.record(ActivityObserved { at });
    }
}
