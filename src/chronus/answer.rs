//! What people answered, as CloudEvents for Chronus, and what will certainly not reach them. Webhook and pull feed
//! carry the same ones.

use std::sync::Arc;

use actors::intake::AcceptedIndex;
use actors::ports::PortError;
use events::organization::DomainEventAccepted;
use events::{
    EventId, EventStore, MemberId, NotificationId, OrganizationEvent, Position, Recorded, Sealed, SubjectRef,
    UserEvent, Vault,
};
use projections::ReadModels;
use serde_json::{Value, json};

use super::undeliverable::Undeliverable;

/// Builds answers from the log.
#[derive(Debug, Clone)]
pub struct Answers {
    store: Arc<dyn EventStore>,
    index: Arc<dyn AcceptedIndex>,
    models: ReadModels,
    vault: Vault,
}

/// An answer, reduced to what Chronus is told.
struct Decided<'a> {
    what: &'static str,
    notification_id: NotificationId,
    subject: &'a SubjectRef,
    domain_event: EventId,
    member_id: Option<&'a MemberId>,
    platform: Option<&'a str>,
    reason: Option<&'a str>,
    note: Option<&'a Sealed>,
}

fn failed(action: &'static str, source: impl std::error::Error + Send + Sync + 'static) -> PortError {
    PortError {
        action,
        source: Box::new(source),
    }
}

impl Answers {
    /// Answers from `store`; `index` finds the domain events behind them, `models` the cards.
    pub fn new(
        store: Arc<dyn EventStore>,
        index: Arc<dyn AcceptedIndex>,
        models: ReadModels,
        vault: Vault,
    ) -> Self {
        Self {
            store,
            index,
            models,
            vault,
        }
    }

    /// The answer that stands at `position`, as a structured CloudEvent; `None` when there is none.
    pub async fn at(&self, position: Position) -> Result<Option<Value>, PortError> {
        let Some(recorded) = self.read(position).await? else {
            return Ok(None);
        };
        let event = recorded
            .decode_any()
            .map_err(|e| failed("reading an answer", e))?;
        if let Some(news) = Undeliverable::of(&event) {
            return self.undeliverable(&recorded, &news).await;
        }
        let events::Event::User(event) = event else {
            return Ok(None);
        };
        let Some(decided) = decided(&event) else {
            return Ok(None);
        };
        let note = match decided.note {
            Some(note) => self
                .vault
                .open(note)
                .await
                .map_err(|e| failed("opening an answer's note", e))?,
            None => None,
        };
        let domain_event = self.domain_event(decided.domain_event).await?;
        Ok(Some(cloud_event(
            &recorded,
            &decided,
            note.as_deref(),
            domain_event.as_ref(),
        )))
    }

    async fn undeliverable(
        &self,
        recorded: &Recorded,
        news: &Undeliverable<'_>,
    ) -> Result<Option<Value>, PortError> {
        let card = self.models.notification(news.notification_id).await;
        let Some(card) = card.map_err(|e| failed("looking up a card that will not arrive", e))? else {
            return Ok(None);
        };
        let domain_event = match card.domain_event {
            Some(id) => self.domain_event(id).await?,
            None => None,
        };
        Ok(Some(news.cloud_event(recorded, &card, domain_event.as_ref())))
    }

    async fn read(&self, position: Position) -> Result<Option<Recorded>, PortError> {
        self.store
            .event_at(position)
            .await
            .map_err(|e| failed("reading an answer", e))
    }

    async fn domain_event(&self, id: EventId) -> Result<Option<DomainEventAccepted>, PortError> {
        let Some(position) = self.index.find(vec![id]).await?.remove(&id) else {
            return Ok(None);
        };
        let Some(recorded) = self.read(position).await? else {
            return Ok(None);
        };
        match recorded
            .decode()
            .map_err(|e| failed("reading the domain event behind an answer", e))?
        {
            OrganizationEvent::DomainEventAccepted(event) => Ok(Some(event)),
        }
    }
}

/// Reads what an answer says, if the event is one.
fn decided(event: &UserEvent) -> Option<Decided<'_>> {
    match event {
        UserEvent::RequestAccepted(e) => Some(Decided {
            what: "accepted",
            notification_id: e.notification_id,
            subject: &e.subject,
            domain_event: e.domain_event,
            member_id: e.member_id.as_ref(),
            platform: e.platform.as_deref(),
            reason: None,
            note: None,
        }),
        UserEvent::RequestDeclined(e) => Some(Decided {
            what: "declined",
            notification_id: e.notification_id,
            subject: &e.subject,
            domain_event: e.domain_event,
            member_id: e.member_id.as_ref(),
            platform: e.platform.as_deref(),
            reason: e.reason.as_deref(),
            note: e.note.as_ref(),
        }),
        _ => None,
    }
}

fn cloud_event(
    recorded: &Recorded,
    decided: &Decided<'_>,
    note: Option<&str>,
    domain_event: Option<&DomainEventAccepted>,
) -> Value {
    let user = recorded.stream.user_key();
    let mut data = json!({
        "notification_id": decided.notification_id,
        "member_id": decided.member_id,
        "teams_user": user.as_ref().map(|user| json!({
            "tenant_id": user.tenant_id, "aad_object_id": user.aad_object_id,
        })),
        "device": decided.platform,
        "in_reply_to": domain_event.map(|event| json!({ "source": event.source, "id": event.id })),
        "reason": decided.reason,
        "note": note,
    });
    if let Some(fields) = data.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
    }
    json!({
        "specversion": "1.0",
        "id": recorded.id,
        "source": format!("/chronus-teams/{}", user.map_or_else(String::new, |user| user.tenant_id.to_string())),
        "type": format!("com.chronus.teams.{}.{}", decided.subject.kind(), decided.what),
        "subject": decided.subject,
        "time": recorded.metadata.time.to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
        "datacontenttype": "application/json",
        // The CloudEvents sequence extension: the answer's place in the log, the feed's cursor.
        "sequence": recorded.position.to_string(),
        "correlationid": recorded.metadata.correlation_id,
        "data": data,
    })
}
