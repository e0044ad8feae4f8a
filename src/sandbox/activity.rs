//! The activities that Teams sends for what people do, field by field as in teams-protocol, section 4.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::bot::opaque;
use super::chat::{Chat, ClientChange};
use super::people::Person;
use super::world::World;

/// The namespace of the ids of events and invokes.
const NAMESPACE: Uuid = Uuid::from_u128(0x2f1b_6a0e_84d7_5c39_9e10_b7c3_5d28_a46f);

/// What is common to the activities of one deed.
#[derive(Debug, Clone, Copy)]
pub struct Author<'a> {
    /// The sandbox.
    pub world: &'a World,
    /// Who acts.
    pub person: &'a Person,
    /// What the person changed of the client.
    pub client: &'a ClientChange,
    /// The deed's name.
    pub step: &'a str,
    /// When.
    pub now: DateTime<Utc>,
}

impl Author<'_> {
    /// The id of an event or invoke, derived from person and step.
    fn event_id(&self) -> String {
        let name = format!("{}/{}", self.person.key, self.step);
        format!("f:{}", Uuid::new_v5(&NAMESPACE, name.as_bytes()))
    }

    fn locale(&self) -> String {
        self.client
            .locale
            .clone()
            .unwrap_or_else(|| self.person.spec().locale)
    }

    fn envelope(&self, kind: &str, id: &str) -> Value {
        let (person, app) = (self.person, &self.world.app);
        let spec = person.spec();
        let tenant = &spec.tenant_id;
        let mut activity = json!({
            "type": kind, "id": id, "timestamp": self.now.format("%Y-%m-%dT%H:%M:%S%.6f0Z").to_string(),
            "channelId": "msteams", "serviceUrl": self.world.service_url(tenant),
            "from": { "id": person.user_id, "aadObjectId": spec.aad_object_id },
            "recipient": { "id": format!("28:{}", app.bot_app_id), "name": app.bot_name },
            "conversation": {
                "conversationType": "personal", "tenantId": tenant, "id": person.conversation_id,
            },
            "channelData": { "tenant": { "id": tenant } },
        });
        if matches!(kind, "message" | "invoke" | "installationUpdate") {
            activity["channelData"]["app"] = json!({ "id": app.manifest_id, "version": app.version });
        }
        activity
    }

    /// Adds what only deeds of a person at a client have: name, locale, zone, client.
    fn at_a_client(&self, mut activity: Value) -> Value {
        let spec = self.person.spec();
        if let Some(name) = &spec.name {
            activity["from"]["name"] = Value::from(name.as_str());
        }
        let locale = self.locale();
        let timezone = self.client.timezone.as_deref().unwrap_or(&spec.timezone);
        let platform = self.client.platform.as_deref().unwrap_or(&spec.platform);
        let country = locale.split_once('-').map_or("US", |(_, country)| country);
        activity["entities"] = json!([{
            "type": "clientInfo", "locale": locale, "country": country, "platform": platform,
            "timezone": timezone,
        }]);
        activity["locale"] = Value::from(locale);
        activity["localTimezone"] = Value::from(timezone);
        activity["localTimestamp"] = Value::from(self.now.format("%Y-%m-%dT%H:%M:%S%.6f0+00:00").to_string());
        activity
    }

    /// Marks a deed on a card.
    fn on_card(&self, mut activity: Value, message_id: &str) -> Value {
        let legacy = format!(
            "1:{}",
            opaque(&Sha256::digest(format!("{} {message_id}", self.person.key)))
        );
        activity["replyToId"] = Value::from(message_id);
        activity["channelData"]["source"] = json!({ "name": "message" });
        activity["channelData"]["legacy"] = json!({ "replyToId": legacy });
        activity
    }

    /// 4.1: the app was added or removed.
    pub fn installation_update(&self, action: &str) -> Value {
        let mut activity = self.envelope("installationUpdate", &self.event_id());
        activity["action"] = Value::from(action);
        activity["locale"] = Value::from(self.locale());
        activity["entities"] = json!([{ "type": "clientInfo", "locale": self.locale() }]);
        activity["channelData"]["settings"] =
            json!({ "selectedChannel": { "id": self.person.conversation_id } });
        activity["channelData"]["source"] = json!({ "name": "message" });
        activity
    }

    /// 4.2: the chat came into being.
    pub fn conversation_update(&self) -> Value {
        let mut activity = self.envelope("conversationUpdate", &self.event_id());
        activity["membersAdded"] = json!([
            { "id": format!("28:{}", self.world.app.bot_app_id) },
            { "id": self.person.user_id, "aadObjectId": self.person.spec().aad_object_id },
        ]);
        activity
    }

    /// 4.4: the person wrote.
    pub fn message(&self, chat: &Chat, text: &str) -> Value {
        let mut activity = self.at_a_client(self.envelope("message", &chat.next_message_id(self.now)));
        activity["text"] = Value::from(text);
        activity["textFormat"] = Value::from("plain");
        let html = format!("<p>{}</p>", escape_html(text));
        activity["attachments"] = json!([{ "contentType": "text/html", "content": html }]);
        activity
    }

    /// 4.4: `Action.Submit`, a message without text.
    pub fn submit(&self, chat: &Chat, message_id: &str, value: Map<String, Value>) -> Value {
        let activity = self.at_a_client(self.envelope("message", &chat.next_message_id(self.now)));
        let mut activity = self.on_card(activity, message_id);
        activity["value"] = Value::Object(value);
        activity
    }

    /// 4.5: `Action.Execute`, an invoke.
    pub fn execute(&self, message_id: &str, action: &Value, data: &Map<String, Value>) -> Value {
        let activity = self.at_a_client(self.envelope("invoke", &self.event_id()));
        let mut activity = self.on_card(activity, message_id);
        let mut pressed = json!({ "type": "Action.Execute", "data": data });
        for name in ["id", "title", "verb"] {
            if let Some(value) = action.get(name) {
                pressed[name] = value.clone();
            }
        }
        activity["name"] = Value::from("adaptiveCard/action");
        activity["value"] = json!({ "action": pressed, "trigger": "manual" });
        activity
    }

    /// 4.7: a reaction to a message.
    pub fn reaction(&self, message_id: &str, reaction: &str) -> Value {
        let mut activity = self.envelope("messageReaction", &self.event_id());
        activity["replyToId"] = Value::from(message_id);
        activity["reactionsAdded"] = json!([{ "type": reaction }]);
        activity
    }

    /// 4.7: a read receipt.
    pub fn read_receipt(&self, message_id: &str) -> Value {
        let mut activity = self.envelope("event", &self.event_id());
        activity["name"] = Value::from("application/vnd.microsoft.readReceipt");
        activity["value"] = json!({ "lastReadMessageId": message_id });
        activity
    }
}

/// A text that HTML shows as it is.
pub fn escape_html(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(c),
        }
    }
    escaped
}
