//! What the router's commands lead to: a card queued, the word that a subject changed, the word that something which
//! the person wrote was lost.

use chrono::{DateTime, TimeDelta, Utc};
use events::organization::{CardKind, Class, NaturalEnd, SubjectFacts, SubjectState};
use events::user::{
    DeferReason, MemberLinked, MessageHandOverFailed, NotificationDeferred, NotificationQueued,
    NotificationSuppressed, NotificationWithdrawn, Source, SubjectChanged, SuppressedReason, UnknownPolicy,
};
use events::{EventId, NotificationId, UserEvent};
use uuid::Uuid;

use super::Decision;
use super::link;
use super::nudge::{self, Nudge};
use super::presence;
use super::shown::{redraw_what_led_to, show_end};
use super::turn::{greeting, update, update_about, update_opened, withdraw_unsent};
use crate::ports::{Route, SubjectRoute};
use crate::settings::Rules;
use crate::user::membership::{self, Membership};
use crate::user::state::{Notification, Phase, UserState};
use crate::user::subject::{Order, Subject};

/// Within this time Chronus hears that a card does not arrive as things stand.
const HEARD_WITHIN: TimeDelta = TimeDelta::minutes(1);

pub(super) fn queue(state: &UserState, route: &Route, now: DateTime<Utc>, rules: &Rules) -> Decision {
    let notification_id = route.notification_id;
    if state.notifications.knows(notification_id) {
        return Decision::nothing();
    }
    let mut decision = Decision::new(format!("queue/{notification_id}"));
    let Source::DomainEvent { event_id, .. } = &route.source else {
        return Decision::nothing();
    };
    let cause = event_id.0;
    if let Some(link) = &route.link {
        let known = state.link.as_ref().is_some_and(|known| {
            known.organization_id == link.organization_id
                // Which member the person is, the evidence decides by itself; see `link.rs`.
                && (link.member_id.is_none() || known.member_id.is_some())
        });
        if !known {
            let organization_id = link.organization_id.clone();
            let event = MemberLinked {
                organization_id,
                member_id: link.member_id.clone(),
                matched_by: link.matched_by,
            };
            decision.record(route.correlation_id, cause, event);
            if let Some(member) = &link.member_id {
                let thread = (route.correlation_id, *event_id);
                link::catches_up(&mut decision, state, member, thread, now);
            }
        }
    }
    let defaults = presence::given(&route.client_defaults, &state.client_defaults);
    if defaults != state.client_defaults {
        decision.record(route.correlation_id, cause, defaults);
    }
    let greeting = greeting(state).filter(|greeting| route.begins_at() <= greeting.queued_at);
    let queued = NotificationQueued {
        notification_id,
        source: route.source.clone(),
        card: route.card,
        subject: route.subject.clone(),
        class: route.class,
        expires_at: expires_at(route, &route.facts.clone().unwrap_or_default(), rules),
        unknown_policy: rules.unknown_policy(&route.event_type),
        state: route.state,
        facts: route.facts.clone(),
        prompt: None,
        awaited: greeting.is_some(),
        happened_at: route.happened_at,
        most_a_day: route.most_a_day,
        member_id: route.link.as_ref().and_then(|link| link.member_id.clone()),
    };
    let changes: Vec<&SubjectRoute> = route
        .changes
        .iter()
        .filter(|change| !state.changed_by.contains(change.domain_event.0))
        .collect();
    let after = subject_after(state, route, &queued, &changes);
    let facts = after
        .as_ref()
        .map(|after| after.facts.clone())
        .unwrap_or_default();
    let queued = NotificationQueued {
        expires_at: expires_at(route, &facts, rules),
        ..queued
    };
    decision.record(route.correlation_id, cause, queued);
    for change in &changes {
        decision.record(change.correlation_id, change.domain_event.0, changed(change));
    }
    if let Some(greeting) = greeting {
        update(&mut decision, cause, greeting);
    }
    if let (Some(subject), Some(after)) = (&route.subject, &after)
        && let Some(before) = state.subjects.get(subject)
        && (is_open_again(before, after) || is_asked_otherwise(state, route, before, after))
    {
        update_opened(&mut decision, state, subject, cause);
    }
    if route.card == CardKind::Connection {
        let facts = route.facts.as_ref();
        redraw_what_led_to(&mut decision, state, facts, route.correlation_id);
    }
    if let Some(event) = not_to_be_sent(state, route, after.as_ref()) {
        decision.record(route.correlation_id, cause, event);
    } else if let Some(until) = state.throttled_until.filter(|until| *until - now > HEARD_WITHIN) {
        // It waits behind others for so long that Chronus is to hear of it.
        let event = NotificationDeferred {
            notification_id,
            until,
            reason: DeferReason::Throttled,
        };
        decision.record(route.correlation_id, cause, event);
    }
    decision
}

/// Why a card that was just queued is not sent, where it is not.
fn not_to_be_sent(state: &UserState, route: &Route, after: Option<&Subject>) -> Option<UserEvent> {
    let notification_id = route.notification_id;
    let suppressed = |reason| NotificationSuppressed {
        notification_id,
        reason,
    };
    let Source::DomainEvent { event_id, .. } = &route.source else {
        return None;
    };
    if state.told.contains(event_id.0) {
        Some(suppressed(SuppressedReason::Duplicate).into())
    } else if let Some(ended) = after.and_then(|after| ended(after, route)) {
        let event = NotificationWithdrawn {
            notification_id,
            state: ended,
        };
        Some(event.into())
    } else if is_overtaken(state, route) {
        Some(suppressed(SuppressedReason::Superseded).into())
    } else {
        None
    }
}

/// Whether this card asks anew for what the person has a card about: that one shows what is asked for now, until this one
/// arrived.
fn is_asked_otherwise(state: &UserState, route: &Route, before: &Subject, after: &Subject) -> bool {
    let theirs = || {
        route
            .subject
            .as_ref()
            .is_some_and(|subject| membership::has(state, subject))
    };
    route.card.opens() && !before.shows_same(after) && theirs()
}

/// Whether what ended is open again.
fn is_open_again(before: &Subject, after: &Subject) -> bool {
    before.state.is_final() && !after.state.is_final()
}

/// The subject as this person knows it once the card is queued and the changes are told with it.
fn subject_after(
    state: &UserState,
    route: &Route,
    queued: &NotificationQueued,
    changes: &[&SubjectRoute],
) -> Option<Subject> {
    let meta = |correlation_id, causation_id| events::Metadata {
        time: route.accepted_at,
        correlation_id,
        causation_id,
    };
    let of_card = meta(route.correlation_id, route.correlation_id);
    let mut after = match state.subjects.get(route.subject.as_ref()?) {
        Some(known) => {
            let mut after = known.clone();
            after.told_by_card(queued, &of_card);
            after
        }
        None => Subject::of_card(queued, &of_card),
    };
    for change in changes {
        after.told_by_change(
            &changed(change),
            &meta(change.correlation_id, change.domain_event.0),
        );
    }
    Some(after)
}

/// The person's stream learns of a change.
fn changed(change: &SubjectRoute) -> SubjectChanged {
    SubjectChanged {
        subject: change.subject.clone(),
        state: change.state,
        domain_event: change.domain_event,
        source: change.source.clone(),
        facts: change.facts.clone(),
        card: change.card,
        happened_at: change.happened_at,
    }
}

/// Whether a card about the whole of a subject comes after a newer one that the person has, or will get: that one shows
/// all that there is.
fn is_overtaken(state: &UserState, route: &Route) -> bool {
    let (Some(subject), Some(happened_at)) = (&route.subject, route.happened_at) else {
        return false;
    };
    let newer = state
        .subjects
        .get(subject)
        .is_some_and(|known| known.supersedes(Order::of(Some(&route.source), happened_at)));
    let shows_it = |card: &Notification| {
        let comes = card.phase.may_be_shown() || card.phase.is_unsent();
        card.is_from_chronus() && card.card.is_living() && comes
    };
    let whole = route.card.is_living() && route.card != CardKind::Message;
    whole && newer && state.notifications.about(subject).any(shows_it)
}

/// Until when a card is worth sending: as asked for, else as long as there is something to answer or to come to, by what
/// is known of its subject.
fn expires_at(route: &Route, facts: &SubjectFacts, rules: &Rules) -> DateTime<Utc> {
    let by_rule = route.begins_at() + rules.time_to_live;
    let natural = natural_end(route.card, facts);
    let natural = natural.filter(|end| *end > route.begins_at());
    route.expires_at.or(natural).unwrap_or(by_rule)
}

/// When the moment is over that a card is about.
pub(super) fn natural_end(card: CardKind, facts: &SubjectFacts) -> Option<DateTime<Utc>> {
    match card.natural_end() {
        NaturalEnd::LastStart => {
            let last_slot = facts.slots.iter().map(|slot| slot.starts_at).max();
            facts.starts_at.or(last_slot)
        }
        NaturalEnd::Over => facts.over_at(),
        NaturalEnd::Start => facts.starts_at,
        NaturalEnd::AnswerBy => facts.respond_by.or(facts.due_at),
        NaturalEnd::Never => None,
    }
}

/// The state in which the subject of this card ended, so that there is nothing to send.
fn ended(subject: &Subject, route: &Route) -> Option<SubjectState> {
    let announces = route.state == Some(SubjectState::Open);
    let edit = || subject.edit_of(route.facts.as_ref()?).map(|edit| edit.state);
    if route.card == CardKind::Message {
        edit().filter(|state| *state == SubjectState::Deleted)
    } else {
        let newer = || subject.source.as_ref() != Some(&route.source);
        Some(subject.state).filter(|state| state.is_final() && (announces || newer()))
    }
}

pub(super) fn change_subject(state: &UserState, change: &SubjectRoute, rules: &Rules) -> Decision {
    let SubjectRoute {
        subject,
        domain_event,
        correlation_id,
        ..
    } = change;
    if state.changed_by.contains(domain_event.0) || state.erased {
        return Decision::nothing();
    }
    let mut decision = Decision::new(format!("subject/{subject}/{domain_event}"));
    let event = changed(change);
    let cause = domain_event.0;
    decision.record(*correlation_id, cause, event.clone());
    let known = state.subjects.get(subject);
    let membership = membership::of_subject(state, subject);
    if change.card == Some(CardKind::Message) {
        edit_message(&mut decision, state, change);
        return decision;
    }
    // How the subject stands after this: an older word that comes late changes nothing.
    let meta = events::Metadata {
        time: change.accepted_at,
        correlation_id: *correlation_id,
        causation_id: cause,
    };
    let after = match known {
        Some(known) => {
            let mut after = known.clone();
            after.told_by_change(&event, &meta);
            after
        }
        None => Subject::of_change(&event, &meta),
    };
    // Chronus often echoes what the person did here: the card shows it already.
    let echo = known.is_some_and(|known| known.here && known.state == change.state);
    if echo || known.is_some_and(|known| known.shows_same(&after)) {
        return decision;
    }
    if membership != Membership::Theirs {
        // Whoever the member was keeps what they saw and hears no more of it. Where they may turn out to be the member still,
        // the short card that would tell them waits for that; see `link.rs` for the rest.
        withdraw_unsent(&mut decision, state, subject, after.state, cause);
        let nudge = nudge::due(state, change, known, &after).filter(|nudge| nudge.card.is_notice());
        if let Some(nudge) = nudge.filter(|_| membership == Membership::InDoubt) {
            queue_nudge(&mut decision, change, &nudge, rules);
        }
        return decision;
    }
    if after.state.is_final() {
        withdraw_unsent(&mut decision, state, subject, after.state, cause);
        show_end(&mut decision, state, (subject, &after), cause);
    } else if after.state == SubjectState::Open {
        update_opened(&mut decision, state, subject, cause);
    } else {
        update_about(&mut decision, state, subject, cause);
    }
    if let Some(nudge) = nudge::due(state, change, known, &after) {
        queue_nudge(&mut decision, change, &nudge, rules);
    }
    decision
}

/// A message was edited or taken back: the card that shows it changes, wherever that is. One that was not sent yet does not
/// leave any more, whosever it turns out to be. New words are shown to whom they are for; what is taken back goes from
/// wherever it stands, since that needs no proof of who reads.
fn edit_message(decision: &mut Decision, state: &UserState, change: &SubjectRoute) {
    let message_id = change.facts.as_ref().and_then(|facts| facts.message_id.as_ref());
    let Some(message_id) = message_id else { return };
    let cause = change.domain_event.0;
    let cards: Vec<&Notification> = state
        .notifications
        .about(&change.subject)
        .filter(|card| card.facts.message_id.as_ref() == Some(message_id))
        .collect();
    for card in cards {
        if card.phase.is_unsent() && change.state == SubjectState::Deleted {
            let event = NotificationWithdrawn {
                notification_id: card.id,
                state: change.state,
            };
            decision.record(card.correlation_id, cause, event);
            continue;
        }
        let shown_by = if let Phase::Merged(into) = card.phase {
            state.notification(into)
        } else {
            Some(card)
        };
        let is_taken_back = change.state == SubjectState::Deleted;
        if let Some(shown_by) = shown_by.filter(|_| is_taken_back || membership::is_theirs(state, card)) {
            update(decision, cause, shown_by);
        }
    }
}

fn queue_nudge(decision: &mut Decision, change: &SubjectRoute, nudge: &Nudge<'_>, rules: &Rules) {
    let Some(source) = change.source.clone() else {
        return;
    };
    let facts = nudge.facts;
    let cause = change.domain_event.0;
    let notification_id = NotificationId::derive([
        "nudge",
        change.domain_event.to_string().as_str(),
        nudge.holder.id.to_string().as_str(),
    ]);
    let by_rule = change.accepted_at + rules.time_to_live;
    let natural = natural_end(nudge.card, facts).filter(|end| *end > change.accepted_at);
    decision.record(
        change.correlation_id,
        cause,
        NotificationQueued {
            notification_id,
            source,
            card: nudge.card,
            subject: Some(change.subject.clone()),
            class: Class::Direct,
            expires_at: change.expires_at.or(natural).unwrap_or(by_rule),
            unknown_policy: UnknownPolicy::Retry,
            state: Some(change.state),
            facts: change.facts.clone(),
            prompt: None,
            awaited: false,
            happened_at: change.happened_at,
            most_a_day: None,
            member_id: nudge.holder.member.clone(),
        },
    );
}

/// What the person wrote was lost: the card says so, and a short one draws their eye to it.
pub(super) fn hand_over_failed(
    state: &UserState,
    reply_id: Uuid,
    correlation_id: Uuid,
    now: DateTime<Utc>,
    rules: &Rules,
) -> Decision {
    if state.handled.contains(reply_id) {
        return Decision::nothing();
    }
    let mut decision = Decision::new(format!("lost/{reply_id}"));
    let cause = EventId::derive(["lost", reply_id.to_string().as_str()]).0;
    decision.record(correlation_id, cause, MessageHandOverFailed { reply_id });
    let mut written = state.notifications.iter().rev().filter_map(|card| {
        let written = card.written.iter().find(|written| written.id == reply_id)?;
        Some((card, written))
    });
    let Some((card, written)) = written.next() else {
        return decision;
    };
    update(&mut decision, cause, card);
    let newest = state
        .subjects
        .get(&written.subject)
        .and_then(|subject| subject.source.clone());
    let source = if card.is_from_chronus() {
        Some(card.source.clone())
    } else {
        newest
    };
    let Some(source) = source.filter(|_| !state.erased) else {
        return decision;
    };
    let event = NotificationQueued {
        notification_id: written.notice(),
        source,
        card: CardKind::MessageNotice,
        subject: Some(written.subject.clone()),
        class: Class::Direct,
        expires_at: now + rules.time_to_live,
        unknown_policy: UnknownPolicy::Retry,
        state: Some(SubjectState::Failed),
        facts: None,
        prompt: None,
        awaited: false,
        happened_at: None,
        most_a_day: None,
        member_id: card.member.clone(),
    };
    decision.record(correlation_id, cause, event);
    decision
}
