//! The news that a card will certainly not arrive, as a CloudEvent, so that Chronus can write a mail instead.

use events::organization::DomainEventAccepted;
use events::{Event, NotificationId, OutboundEvent, Recorded, UserEvent};
use projections::notifications::Notification;
use serde_json::{Value, json};

/// The CloudEvent's type.
pub const UNDELIVERABLE: &str = "com.chronus.teams.notification.undeliverable";

/// What an event says about a card that will not arrive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Undeliverable<'a> {
    /// The card.
    pub(super) notification_id: NotificationId,
    outcome: &'static str,
    reason: &'static str,
    code: Option<&'a str>,
    http_status: Option<u16>,
}

impl<'a> Undeliverable<'a> {
    /// Reads an event; `None` for any that says something else.
    pub(super) fn of(event: &'a Event) -> Option<Self> {
        let plain = |notification_id, outcome, reason| Self {
            notification_id,
            outcome,
            reason,
            code: None,
            http_status: None,
        };
        match event {
            Event::User(UserEvent::NotificationRefused(e)) => Some(Self {
                code: Some(&e.code),
                http_status: e.status,
                ..plain(e.notification_id, "refused", e.class.as_str())
            }),
            Event::User(UserEvent::NotificationExpired(e)) => {
                Some(plain(e.notification_id, "expired", "expired"))
            }
            Event::User(UserEvent::NotificationSuppressed(e)) => {
                Some(plain(e.notification_id, "suppressed", e.reason.as_str()))
            }
            Event::Outbound(OutboundEvent::NotificationUnroutable(e)) => {
                Some(plain(e.notification_id, "unroutable", e.reason.as_str()))
            }
            _ => None,
        }
    }

    /// The CloudEvent for Chronus.
    pub(super) fn cloud_event(
        &self,
        recorded: &Recorded,
        card: &Notification,
        domain_event: Option<&DomainEventAccepted>,
    ) -> Value {
        let place = card.tenant_id.as_ref().map_or_else(
            || card.organization_id.as_ref().map(ToString::to_string),
            |tenant| Some(tenant.to_string()),
        );
        let mut data = json!({
            "notification_id": self.notification_id,
            "member_id": card.member_id,
            "teams_user": card.user.as_ref().map(|user| json!({
                "tenant_id": user.tenant_id, "aad_object_id": user.aad_object_id,
            })),
            "in_reply_to": domain_event.map(|event| json!({ "source": event.source, "id": event.id })),
            "event_type": card.event_type,
            "outcome": self.outcome,
            "reason": self.reason,
            "code": self.code,
            "http_status": self.http_status,
        });
        if let Some(fields) = data.as_object_mut() {
            fields.retain(|_, value| !value.is_null());
        }
        let mut event = json!({
            "specversion": "1.0",
            "id": recorded.id,
            "source": format!("/chronus-teams/{}", place.unwrap_or_default()),
            "type": UNDELIVERABLE,
            "subject": card.subject,
            "time": recorded.metadata.time.to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
            "datacontenttype": "application/json",
            "sequence": recorded.position.to_string(),
            "correlationid": card.correlation_id,
            "data": data,
        });
        if let Some(fields) = event.as_object_mut() {
            fields.retain(|_, value| !value.is_null());
        }
        event
    }
}
