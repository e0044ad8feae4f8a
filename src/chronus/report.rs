//! What became of a card on its way, as a CloudEvent: that it does not arrive as things stand, or certainly never, that
//! it arrived, that it was seen. So Chronus knows when to write a mail and when not to.

use chrono::{DateTime, SecondsFormat, Utc};
use events::organization::DomainEventAccepted;
use events::outbound::UnroutableReason;
use events::user::{Delivery, PutOffReason, Queue, Reachability, SuppressedReason};
use events::{Event, NotificationId, OutboundEvent, Recorded, UserEvent};
use projections::notifications::Notification;
use projections::responses::{Response, ResponseKind};
use serde_json::{Map, Value, json};

use super::trace;

/// The CloudEvents' types.
const UNDELIVERABLE: &str = "com.chronus.teams.notification.undeliverable";
const UNREACHED: &str = "com.chronus.teams.notification.unreached";
const DELIVERED: &str = "com.chronus.teams.notification.delivered";
const SEEN: &str = "com.chronus.teams.notification.seen";

/// What a report is made from.
#[derive(Debug)]
pub(super) struct Report<'a> {
    /// The event of the log that is told of.
    pub(super) recorded: &'a Recorded,
    /// The same, read.
    pub(super) event: &'a Event,
    /// What of it is told.
    pub(super) response: &'a Response,
    /// The card.
    pub(super) card: &'a Notification,
    /// The domain event behind the card.
    pub(super) domain_event: Option<&'a DomainEventAccepted>,
}

impl Report<'_> {
    /// The CloudEvent for Chronus; `None` where the event tells nothing of that kind.
    pub(super) fn cloud_event(&self) -> Option<Value> {
        let (event_type, told) = match self.response.kind {
            ResponseKind::Answer => return None,
            ResponseKind::Undeliverable => (UNDELIVERABLE, undeliverable(self.event)?),
            ResponseKind::Unreached => (UNREACHED, self.unreached()?),
            ResponseKind::Delivered => (DELIVERED, json!({ "shown_by": shown_by(self.event) })),
            ResponseKind::Seen => (SEEN, json!({ "evidence": evidence(self.event)? })),
        };
        let card = self.card;
        // Nobody's tenant is known where nobody was found.
        let place = self.response.user.as_ref().map_or_else(
            || self.response.organization_id.to_string(),
            |user| user.tenant_id.to_string(),
        );
        let mut data = object(json!({
            "notification_id": card.id,
            "member_id": card.member_id,
            "teams_user": self.response.user.as_ref().map(|user| json!({
                "tenant_id": user.tenant_id, "aad_object_id": user.aad_object_id,
            })),
            "in_reply_to": self.domain_event.map(|event| json!({ "source": event.source, "id": event.id })),
            // A card that a change brought to whoever held one about its subject was asked for by nobody by type.
            "event_type": card
                .event_type
                .as_ref()
                .or_else(|| self.domain_event.map(|event| &event.event_type)),
        }));
        data.extend(object(told));
        data.retain(|_, value| !value.is_null());
        let mut event = object(json!({
            "specversion": "1.0",
            "id": self.recorded.id,
            "source": format!("/chronus-teams/{place}"),
            "type": event_type,
            "subject": card.subject,
            "time": written(self.recorded.metadata.time),
            "datacontenttype": "application/json",
            "sequence": self.recorded.position.to_string(),
            "correlationid": card.correlation_id,
            "data": data,
        }));
        event.retain(|_, value| !value.is_null());
        let mut event = Value::Object(event);
        trace::go_on(&mut event, self.recorded, self.domain_event);
        Some(event)
    }

    fn unreached(&self) -> Option<Value> {
        let reason = unreached_reason(self.event)?;
        let until = self
            .response
            .until
            .filter(|until| *until > self.recorded.metadata.time);
        let mut told = json!({
            "reason": reason, "may_still_arrive": until.is_some(), "until": until.map(written),
        });
        if let Event::User(UserEvent::Delivery(Delivery::Refused(e))) = self.event {
            told["code"] = json!(e.code);
            told["http_status"] = json!(e.status);
        }
        if let Event::User(UserEvent::Delivery(Delivery::RetryScheduled(e))) = self.event {
            told["code"] = json!(e.reason);
            told["http_status"] = json!(e.status);
        }
        Some(told)
    }
}

fn written(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => Map::new(),
    }
}

/// How a card ended without arriving.
fn undeliverable(event: &Event) -> Option<Value> {
    let ended = |outcome: &str, reason: &str| json!({ "outcome": outcome, "reason": reason });
    if let Event::User(UserEvent::Delivery(Delivery::Refused(e))) = event {
        Some(json!({
            "outcome": "refused", "reason": e.class.as_str(), "code": e.code, "http_status": e.status,
        }))
    } else if let Event::User(UserEvent::Queue(Queue::Expired(_))) = event {
        Some(ended("expired", "expired"))
    } else if let Event::User(UserEvent::Queue(Queue::Suppressed(e))) = event {
        Some(ended("suppressed", e.reason.as_str()))
    } else if let Event::Outbound(OutboundEvent::NotificationUnroutable(e)) = event {
        Some(ended("unroutable", e.reason.as_str()))
    } else {
        None
    }
}

/// The card that shows the one that arrived, where it is another.
fn shown_by(event: &Event) -> Option<NotificationId> {
    let Event::User(UserEvent::Queue(Queue::Shown(e))) = event else {
        return None;
    };
    Some(e.by)
}

fn evidence(event: &Event) -> Option<Value> {
    let Event::User(UserEvent::Delivery(Delivery::Seen(e))) = event else {
        return None;
    };
    Some(json!(e.evidence))
}

/// Why a card does not arrive as things stand, in Chronus' words.
fn unreached_reason(event: &Event) -> Option<&'static str> {
    if let Event::Outbound(OutboundEvent::RecipientUnreached(e)) = event {
        Some(nobody(e.reason))
    } else if let Event::User(UserEvent::Queue(Queue::Suppressed(e))) = event {
        Some(away(e.reason))
    } else if let Event::User(UserEvent::Queue(Queue::Deferred(e))) = event {
        Some(e.reason.as_str())
    } else if let Event::User(UserEvent::Delivery(Delivery::Refused(e))) = event {
        e.shows.map(refused)
    } else if let Event::User(UserEvent::Delivery(Delivery::RetryScheduled(e))) = event {
        e.put_off.map(PutOffReason::as_str)
    } else {
        None
    }
}

/// What a refusal showed of reaching the person.
fn refused(shows: Reachability) -> &'static str {
    match shows {
        Reachability::Uninstalled => "app_missing",
        Reachability::DisabledByAdmin => "app_disabled",
        Reachability::Blocked | Reachability::Reachable => shows.as_str(),
    }
}

fn nobody(reason: UnroutableReason) -> &'static str {
    match reason {
        UnroutableReason::NoMapping => "no_account",
        UnroutableReason::Conflict
        | UnroutableReason::Guest
        | UnroutableReason::UnknownMember
        | UnroutableReason::NoTenant
        | UnroutableReason::Checking
        | UnroutableReason::AppMissing
        | UnroutableReason::TenantOff
        | UnroutableReason::ProgrammeOff
        | UnroutableReason::ErgOff
        | UnroutableReason::MemberRemoved
        | UnroutableReason::Unlinked => reason.as_str(),
    }
}

fn away(reason: SuppressedReason) -> &'static str {
    match reason {
        SuppressedReason::Uninstalled => "app_missing",
        SuppressedReason::DisabledByAdmin => "app_disabled",
        SuppressedReason::Disconnected
        | SuppressedReason::Blocked
        | SuppressedReason::Paused
        | SuppressedReason::Duplicate
        | SuppressedReason::Erased
        | SuppressedReason::ContentErased
        | SuppressedReason::TopicOff
        | SuppressedReason::NotGoing
        | SuppressedReason::AlreadyAnswered
        | SuppressedReason::NothingLeft
        | SuppressedReason::Superseded
        | SuppressedReason::TenantOff
        | SuppressedReason::Unlinked
        | SuppressedReason::Conflict
        | SuppressedReason::NoRoom
        | SuppressedReason::ProgrammeOff
        | SuppressedReason::ErgOff => reason.as_str(),
    }
}
