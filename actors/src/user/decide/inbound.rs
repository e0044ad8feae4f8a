//! What an activity from Teams leads to: one decision, hence one append.

use chrono::{DateTime, TimeDelta, Utc};
use events::NotificationId;
use events::organization::{CardKind, Class, SubjectState};
use events::user::{
    ActionIgnored, AppInstalled, AppUninstalled, CardUpdateQueued, ClientObserved, Command, CommandReceived,
    Connected, Disconnected, IgnoredReason, InstallEvidence, NotificationQueued, NotificationSeen,
    NotificationWithdrawn, ProfileRequested, Reachability, ReachabilityChanged, ReferenceRefreshed,
    RequestAccepted, RequestDeclined, SeenEvidence, Source, UnknownPolicy,
};
use uuid::Uuid;

use super::Decision;
use crate::settings::Rules;
use crate::user::command::{Inbound, Press, What};
use crate::user::state::{Notification, Phase, Profile, UserState};

/// Two installs closer together than this are one: Teams tells of it by several activities.
const SAME_INSTALL: TimeDelta = TimeDelta::minutes(1);

/// How long the answer to a command is worth sending.
const REPLY_LIFE: TimeDelta = TimeDelta::hours(1);

/// Cards marked as seen by one read receipt, at most; older ones were marked by earlier receipts.
const READ_AT_ONCE: usize = 100;

pub(super) fn receive(state: &UserState, inbound: &Inbound, now: DateTime<Utc>, rules: &Rules) -> Decision {
    if state.handled.contains(&inbound.activity_key) || state.erased {
        return Decision::nothing();
    }
    let mut decision = Decision::new(inbound.activity_key.to_string());
    if let What::Uninstalled(evidence) = inbound.what {
        if state.installed {
            record(&mut decision, inbound, AppUninstalled { evidence });
            reach(
                &mut decision,
                state,
                inbound,
                Reachability::Uninstalled,
                "uninstalled",
            );
        }
        return decision;
    }
    observe(&mut decision, state, inbound, now);
    match &inbound.what {
        What::Installed(evidence) => greet(&mut decision, state, inbound, *evidence, now, rules),
        What::Typed(command) => obey(&mut decision, state, inbound, *command, now),
        What::Pressed { press, .. } => pressed(&mut decision, state, inbound, press, now),
        What::Reacted(activity_id) => {
            let card = state
                .notifications
                .iter()
                .rev()
                .find(|n| n.activity_id.as_ref() == Some(activity_id));
            if let Some(card) = card {
                seen(&mut decision, inbound, card, SeenEvidence::Reaction);
            }
        }
        What::ReadUpTo(activity_id) => {
            for card in read_up_to(state, activity_id.as_str()) {
                seen(&mut decision, inbound, card, SeenEvidence::ReadReceipt);
            }
        }
        What::Contact | What::Uninstalled(_) => {}
    }
    decision
}

fn record(decision: &mut Decision, inbound: &Inbound, event: impl Into<events::UserEvent>) {
    decision.record(inbound.activity_key, inbound.activity_key, event);
}

/// What every activity shows: the app is there, where the chat is, and how the person's client is set.
fn observe(decision: &mut Decision, state: &UserState, inbound: &Inbound, now: DateTime<Utc>) {
    let conversation = inbound.conversation.clone();
    let evidence = match inbound.what {
        What::Installed(evidence) => evidence,
        What::Typed(_)
        | What::Pressed { .. }
        | What::Reacted(_)
        | What::ReadUpTo(_)
        | What::Contact
        | What::Uninstalled(_) => InstallEvidence::Activity,
    };
    let installs_again = evidence == InstallEvidence::InstallationUpdate && !is_same_install(state, now);
    if !state.installed || installs_again {
        record(
            decision,
            inbound,
            AppInstalled {
                conversation,
                evidence,
                app_version: inbound.app_version.clone(),
            },
        );
        if !matches!(state.profile, Profile::Requested(_)) {
            record(decision, inbound, ProfileRequested {});
        }
    } else if state.conversation.as_ref() != Some(&inbound.conversation) {
        let refreshed = ReferenceRefreshed {
            conversation,
            recovered_for: None,
        };
        record(decision, inbound, refreshed);
    }
    let shown_by = if matches!(inbound.what, What::Installed(_)) {
        "installation"
    } else {
        "activity"
    };
    reach(decision, state, inbound, Reachability::Reachable, shown_by);
    let told = &inbound.client;
    let client = ClientObserved {
        locale: told.locale.clone().or_else(|| state.client.locale.clone()),
        timezone: told.timezone.clone().or_else(|| state.client.timezone.clone()),
        platform: told.platform.clone().or_else(|| state.client.platform.clone()),
    };
    if client != state.client {
        record(decision, inbound, client);
    }
}

fn reach(decision: &mut Decision, state: &UserState, inbound: &Inbound, to: Reachability, evidence: &str) {
    if state.reachability != to {
        record(
            decision,
            inbound,
            ReachabilityChanged {
                state: to,
                evidence: evidence.to_owned(),
            },
        );
    }
}

fn is_same_install(state: &UserState, now: DateTime<Utc>) -> bool {
    state.installed && state.installed_at.is_some_and(|at| now - at < SAME_INSTALL)
}

/// Welcome once, for ever; later installs are greeted as a return.
fn greet(
    decision: &mut Decision,
    state: &UserState,
    inbound: &Inbound,
    evidence: InstallEvidence,
    now: DateTime<Utc>,
    rules: &Rules,
) {
    let card = if !state.welcomed {
        CardKind::Welcome
    } else if evidence == InstallEvidence::InstallationUpdate && !is_same_install(state, now) {
        CardKind::WelcomeBack
    } else {
        return;
    };
    queue(decision, inbound, card, Class::Direct, now + rules.time_to_live);
}

fn obey(decision: &mut Decision, state: &UserState, inbound: &Inbound, command: Command, now: DateTime<Utc>) {
    record(decision, inbound, CommandReceived { command });
    match command {
        Command::Connect if !state.connected => record(decision, inbound, Connected {}),
        Command::Disconnect if state.connected => record(decision, inbound, Disconnected {}),
        Command::Connect | Command::Disconnect | Command::Help | Command::Status | Command::Unknown => {}
    }
    let card = match command {
        Command::Help => CardKind::Help,
        Command::Status => CardKind::Status,
        Command::Connect => CardKind::Connected,
        Command::Disconnect => CardKind::Disconnected,
        Command::Unknown => CardKind::NotUnderstood,
    };
    queue(decision, inbound, card, Class::Reply, now + REPLY_LIFE);
}

fn queue(
    decision: &mut Decision,
    inbound: &Inbound,
    card: CardKind,
    class: Class,
    expires_at: DateTime<Utc>,
) {
    let notification_id = NotificationId::derive(["chat", inbound.activity_key.to_string().as_str()]);
    record(
        decision,
        inbound,
        NotificationQueued {
            notification_id,
            source: Source::Chat,
            card,
            subject: None,
            class,
            expires_at,
            unknown_policy: UnknownPolicy::Retry,
        },
    );
}

fn pressed(decision: &mut Decision, state: &UserState, inbound: &Inbound, press: &Press, now: DateTime<Utc>) {
    if let Press::Run(command) = press {
        return obey(decision, state, inbound, *command, now);
    }
    let card = press.notification_id().and_then(|id| state.notification(id));
    if let Some(card) = card {
        seen(decision, inbound, card, SeenEvidence::Pressed);
    }
    let ignored = |reason| ActionIgnored {
        notification_id: card.map(|card| card.id),
        reason,
    };
    let answerable = card.filter(|card| card.card == CardKind::MentoringRequest);
    match (press, answerable) {
        (Press::Refresh(_), _) => {}
        (Press::AcceptRequest(_) | Press::DeclineRequest { .. }, Some(card))
            if state.ended(card).is_none() =>
        {
            answer(decision, state, inbound, press, card);
        }
        (Press::AcceptRequest(_) | Press::DeclineRequest { .. }, Some(_)) => {
            record(decision, inbound, ignored(IgnoredReason::AlreadyResolved));
        }
        (Press::AcceptRequest(_) | Press::DeclineRequest { .. }, None) => {
            record(decision, inbound, ignored(IgnoredReason::UnknownCard));
        }
        (Press::Run(_) | Press::Unknown, _) => {
            record(decision, inbound, ignored(IgnoredReason::UnknownAction));
        }
    }
}

fn answer(decision: &mut Decision, state: &UserState, inbound: &Inbound, press: &Press, card: &Notification) {
    let (
        Source::DomainEvent {
            organization_id,
            event_id,
            ..
        },
        Some(subject),
    ) = (&card.source, &card.subject)
    else {
        let reason = IgnoredReason::UnknownAction;
        return record(
            decision,
            inbound,
            ActionIgnored {
                notification_id: Some(card.id),
                reason,
            },
        );
    };
    let (organization_id, subject, domain_event) = (organization_id.clone(), subject.clone(), *event_id);
    let member_id = state.link.as_ref().and_then(|link| link.member_id.clone());
    let platform = inbound
        .client
        .platform
        .clone()
        .or_else(|| state.client.platform.clone());
    let notification_id = card.id;
    let (event, ended): (events::UserEvent, _) = match press {
        Press::DeclineRequest { reason, note, .. } => {
            let (reason, note) = (reason.clone(), note.clone());
            let event = RequestDeclined {
                organization_id,
                notification_id,
                subject: subject.clone(),
                domain_event,
                member_id,
                platform,
                reason,
                note,
            };
            (event.into(), SubjectState::Declined)
        }
        Press::AcceptRequest(_) | Press::Refresh(_) | Press::Run(_) | Press::Unknown => {
            let event = RequestAccepted {
                organization_id,
                notification_id,
                subject: subject.clone(),
                domain_event,
                member_id,
                platform,
            };
            (event.into(), SubjectState::Accepted)
        }
    };
    decision.record(card.correlation_id, inbound.activity_key, event);
    end_subject(decision, state, &subject, ended, inbound.activity_key);
}

/// Cards about a subject that ended: those in the chat change, those not sent are withdrawn.
pub(super) fn end_subject(
    decision: &mut Decision,
    state: &UserState,
    subject: &events::SubjectRef,
    ended: SubjectState,
    causation_id: Uuid,
) {
    for card in state
        .notifications
        .iter()
        .filter(|n| n.subject.as_ref() == Some(subject))
    {
        if card.phase.is_unsent() {
            let event = NotificationWithdrawn {
                notification_id: card.id,
                state: ended,
            };
            decision.record(card.correlation_id, causation_id, event);
        } else if card.phase.may_be_shown() && card.card == CardKind::MentoringRequest {
            let event = CardUpdateQueued {
                notification_id: card.id,
                revision: card.wanted + 1,
            };
            decision.record(card.correlation_id, causation_id, event);
        }
    }
}

fn seen(decision: &mut Decision, inbound: &Inbound, card: &Notification, evidence: SeenEvidence) {
    let settles = matches!(card.phase, Phase::Attempted | Phase::Unknown(_));
    if card.seen && !settles {
        return;
    }
    let activity_id = if let What::Pressed { on, .. } = &inbound.what {
        on.clone()
    } else {
        card.activity_id.clone()
    };
    let event = NotificationSeen {
        notification_id: card.id,
        evidence,
        activity_id,
    };
    decision.record(card.correlation_id, inbound.activity_key, event);
}

/// Message ids are decimal epoch milliseconds and compare as numbers (teams-protocol, section 4.7).
fn read_up_to<'a>(state: &'a UserState, last_read: &str) -> impl Iterator<Item = &'a Notification> {
    let last_read: Option<u64> = last_read.parse().ok();
    state
        .notifications
        .iter()
        .rev()
        .filter(move |n| {
            let id = n
                .activity_id
                .as_ref()
                .and_then(|id| id.as_str().parse::<u64>().ok());
            !n.seen && id.is_some_and(|id| last_read.is_some_and(|last| id <= last))
        })
        .take(READ_AT_ONCE)
}
