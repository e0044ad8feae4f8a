//! What is told of dead letters, answers and receivers, in the same words over HTTP and on the command line.

use events::OrganizationId;
use projections::notifications::Notification;
use projections::responses::Response;
use projections::webhooks::Webhook;
use serde_json::{Value, json};

/// A dead letter as it is told; its content stays in the log, at the domain event's position.
pub(crate) fn letter(card: &Notification) -> Value {
    let mut letter = json!({
        "notification_id": card.id,
        "state": card.state.as_str(),
        "reason": card.reason,
        "code": card.code,
        "http_status": card.status,
        "attempts": card.attempts,
        "since": card.state_since,
        "position": card.state_position,
        "type": card.event_type,
        "subject": card.subject,
        "card": card.card.as_str(),
        "member_id": card.member_id,
        "teams_user": card.user.as_ref().map(|user| json!({
            "tenant_id": user.tenant_id, "aad_object_id": user.aad_object_id,
        })),
        "payload": card.domain_event.map(|id| json!({ "event_id": id, "position": card.domain_position })),
        "created_at": card.created_at,
        "expires_at": card.expires_at,
    });
    if let Some(fields) = letter.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
    }
    letter
}

/// A card as it stands.
pub(crate) fn card(found: &Notification) -> Value {
    let mut told = json!({
        "id": found.id,
        "state": found.state.as_str(),
        "settled": found.state.is_settled(),
        "reason": found.reason,
        "code": found.code,
        "http_status": found.status,
        "since": found.state_since,
        "type": found.event_type,
        "subject": found.subject,
        "card": found.card.as_str(),
        "member_id": found.member_id,
        "teams_user": found.user.as_ref().map(|user| json!({
            "tenant_id": user.tenant_id, "aad_object_id": user.aad_object_id,
        })),
        "correlation_id": found.correlation_id,
        "created_at": found.created_at,
        "expires_at": found.expires_at,
        "due_at": found.due_at,
        "settled_at": found.settled_at,
        "attempts": found.attempts,
        "answer": found.answer,
    });
    if let Some(fields) = told.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
    }
    told
}

/// An answer as it stands in the list; its content stands in the feed, at `sequence`.
pub(crate) fn answer(response: &Response) -> Value {
    let mut told = json!({
        "id": response.id,
        "sequence": response.position.to_string(),
        "kind": response.kind,
        "notification_id": response.notification_id,
        "attempts": response.attempts,
        "http_status": response.status,
        "reason": response.reason,
        "time": response.answered_at,
        "given_up_at": response.settled_at,
        "correlation_id": response.correlation_id,
    });
    if let Some(fields) = told.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
    }
    told
}

/// How a receiver stands, as it is told.
pub(crate) fn standing(
    organization: &OrganizationId,
    is_configured: bool,
    webhook: Option<&Webhook>,
) -> Value {
    let off = webhook.and_then(|webhook| webhook.off.as_ref());
    let mut told = json!({
        "organization_id": organization,
        "configured": is_configured,
        "enabled": off.is_none(),
        "off_since": off.map(|off| off.since),
        "off_reason": off.map(|off| off.reason),
        "off_by": off.map(|off| off.by.as_str()),
        "failing_since": webhook.and_then(|webhook| webhook.failing_since),
        "failures": webhook.map_or(0, |webhook| webhook.failures),
        "rests_until": webhook.and_then(|webhook| webhook.rests_until),
    });
    if let Some(fields) = told.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
    }
    told
}
