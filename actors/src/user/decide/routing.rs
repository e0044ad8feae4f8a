//! What the router's commands lead to: a card queued, or the word that a subject ended.

use super::Decision;
use super::inbound::end_subject;
use crate::ports::{Route, SubjectRoute};
use crate::settings::Rules;
use crate::user::state::UserState;
use events::user::{
    MemberLinked, NotificationQueued, NotificationSuppressed, NotificationWithdrawn, Source, SubjectChanged,
    SuppressedReason,
};

pub(super) fn queue(state: &UserState, route: &Route, rules: &Rules) -> Decision {
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
                && (link.member_id.is_none() || known.member_id == link.member_id)
        });
        if !known {
            let organization_id = link.organization_id.clone();
            let event = MemberLinked {
                organization_id,
                member_id: link.member_id.clone(),
                matched_by: link.matched_by,
            };
            decision.record(route.correlation_id, cause, event);
        }
    }
    let expires_at = route.expires_at.unwrap_or(route.accepted_at + rules.time_to_live);
    decision.record(
        route.correlation_id,
        cause,
        NotificationQueued {
            notification_id,
            source: route.source.clone(),
            card: route.card,
            subject: route.subject.clone(),
            class: route.class,
            expires_at,
            unknown_policy: rules.unknown_policy(&route.event_type),
            state: route.state,
            facts: route.facts.clone(),
            prompt: None,
        },
    );
    let ended = route
        .subject
        .as_ref()
        .and_then(|subject| state.subjects.get(subject))
        .filter(|subject| subject.state.is_final());
    if state.told.contains(event_id.0) {
        let reason = SuppressedReason::Duplicate;
        decision.record(
            route.correlation_id,
            cause,
            NotificationSuppressed {
                notification_id,
                reason,
            },
        );
    } else if let Some(ended) =
        ended.filter(|_| route.card == events::organization::CardKind::MentoringRequest)
    {
        let event = NotificationWithdrawn {
            notification_id,
            state: ended.state,
        };
        decision.record(route.correlation_id, cause, event);
    }
    decision
}

pub(super) fn change_subject(state: &UserState, change: &SubjectRoute) -> Decision {
    let SubjectRoute {
        subject,
        domain_event,
        correlation_id,
        ..
    } = change;
    let known = state.subjects.get(subject);
    if state.changed_by.contains(domain_event.0) {
        return Decision::nothing();
    }
    let mut decision = Decision::new(format!("subject/{subject}/{domain_event}"));
    let event = SubjectChanged {
        subject: subject.clone(),
        state: change.state,
        domain_event: *domain_event,
        source: change.source.clone(),
        facts: change.facts.clone(),
        card: change.card,
    };
    decision.record(*correlation_id, domain_event.0, event);
    // Chronus often echoes what the person did here: the card shows it already.
    if known.is_none_or(|known| known.state != change.state) {
        end_subject(&mut decision, state, subject, change.state, domain_event.0);
    }
    decision
}
