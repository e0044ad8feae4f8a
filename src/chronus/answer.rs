//! What people answered, as CloudEvents for Chronus, and what became of cards on their way. Webhook and pull feed carry the
//! same ones.

use std::sync::Arc;

use actors::intake::AcceptedIndex;
use actors::ports::PortError;
use events::organization::DomainEventAccepted;
use events::user::AnsweredOn;
use events::{Event, EventId, EventStore, OrganizationEvent, Position, Recorded, Vault};
use projections::ReadModels;
use projections::responses::{Response, ResponseKind};
use serde_json::{Map, Value, json};

use super::report::Report;
use super::trace;

mod content;

/// Builds answers from the log.
#[derive(Debug, Clone)]
pub struct Answers {
    store: Arc<dyn EventStore>,
    index: Arc<dyn AcceptedIndex>,
    models: ReadModels,
    vault: Vault,
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
        let response = self.models.response(position).await;
        let response = response.map_err(|e| failed("looking up an answer", e))?;
        let (Some(response), Some(recorded)) = (response, self.read(position).await?) else {
            return Ok(None);
        };
        let event = recorded
            .decode_any()
            .map_err(|e| failed("reading an answer", e))?;
        if response.kind != ResponseKind::Answer {
            return self.report(&recorded, &event, &response).await;
        }
        let events::Event::User(event) = event else {
            return Ok(None);
        };
        let Some(answer) = event.answer() else {
            return Ok(None);
        };
        let on = answer.answered_on();
        let about = self.domain_event(on.domain_event).await?;
        let said = content::of(answer, about.as_ref(), &self.vault)
            .await
            .map_err(|e| failed("opening an answer's words", e))?;
        Ok(Some(cloud_event(
            &recorded,
            &on,
            answer.word(),
            said,
            about.as_ref(),
        )))
    }

    /// What became of a card on its way.
    async fn report(
        &self,
        recorded: &Recorded,
        event: &Event,
        response: &Response,
    ) -> Result<Option<Value>, PortError> {
        let card = self.models.notification(response.notification_id).await;
        let Some(card) = card.map_err(|e| failed("looking up the card of an answer", e))? else {
            return Ok(None);
        };
        let domain_event = match card.domain_event {
            Some(id) => self.domain_event(id).await?,
            None => None,
        };
        let report = Report {
            recorded,
            event,
            response,
            card: &card,
            domain_event: domain_event.as_ref(),
        };
        Ok(report.cloud_event())
    }

    async fn read(&self, position: Position) -> Result<Option<Recorded>, PortError> {
        self.store
            .event_at(position)
            .await
            .map_err(|e| failed("reading an answer", e))
    }

    async fn domain_event(&self, id: EventId) -> Result<Option<DomainEventAccepted>, PortError> {
        let Some(ingested) = self.index.find(vec![id]).await?.remove(&id) else {
            return Ok(None);
        };
        let Some(recorded) = self.read(ingested.position).await? else {
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

fn cloud_event(
    recorded: &Recorded,
    on: &AnsweredOn,
    word: &str,
    said: Map<String, Value>,
    about: Option<&DomainEventAccepted>,
) -> Value {
    let user = recorded.stream.user_key();
    let is_anonymous = about
        .and_then(|about| about.facts.as_ref())
        .is_some_and(|facts| facts.anonymous);
    // The card's id is derived from its reader: it would tell who answered.
    let named = user.as_ref().filter(|_| !is_anonymous);
    let platform = on.platform.as_deref().filter(|_| !is_anonymous);
    let mut data = json!({
        "notification_id": named.map(|_| on.notification_id),
        "member_id": named.and(on.member_id.as_ref()),
        "teams_user": named.map(|user| json!({
            "tenant_id": user.tenant_id, "aad_object_id": user.aad_object_id,
        })),
        "device": platform,
        "device_class": platform.and_then(device_class),
        "in_reply_to": about.map(|event| json!({ "source": event.source, "id": event.id })),
    });
    if let Some(fields) = data.as_object_mut() {
        fields.extend(said);
        fields.retain(|_, value| !value.is_null());
    }
    let mut told = json!({
        "specversion": "1.0",
        "id": recorded.id,
        "source": format!("/chronus-teams/{}", user.map_or_else(String::new, |user| user.tenant_id.to_string())),
        "type": format!("com.chronus.teams.{}.{word}", on.subject.kind()),
        "subject": on.subject,
        "time": recorded.metadata.time.to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
        "datacontenttype": "application/json",
        // The CloudEvents sequence extension: the answer's place in the log, the feed's cursor.
        "sequence": recorded.position.to_string(),
        "correlationid": recorded.metadata.correlation_id,
        "data": data,
    });
    trace::go_on(&mut told, recorded, about);
    told
}

/// The class of a device that Teams names so (teams-protocol, section 4).
fn device_class(platform: &str) -> Option<&'static str> {
    match platform.to_ascii_lowercase().as_str() {
        "web" => Some("web"),
        "ios" | "android" => Some("mobile"),
        "windows" | "mac" | "linux" => Some("desktop"),
        _ => None,
    }
}
