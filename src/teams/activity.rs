//! Inbound activities, read leniently: every field but `type` may be missing or of another kind than expected, ids
//! are opaque text, and what is not known is kept out of the way. Nothing here fails because Teams sends something
//! new. What arrives from outside a personal chat is recognised as such and its content is never handed on.
//!
//! Shapes: the Bot Framework activity schema and the Teams documentation on bot events, message and card actions.

mod chat;
mod classify;
mod lenient;
mod text;

use std::fmt;

use chrono::{DateTime, Datelike as _, NaiveDateTime, Utc};
use events::user::{ClientObserved, ConversationRef};
use events::{AadObjectId, ConversationId, EventId, InvalidId, TenantId, UserKey};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use chat::ChatFacts;

pub use chat::{ChatRules, Scope, can_be_own};
pub use classify::{Elsewhere, Inbound, Trigger};

/// Longest locale, zone, platform or version kept, in bytes; longer ones are nonsense and dropped.
const MAX_LABEL_BYTES: usize = 64;
/// Longest id or service URL kept, in bytes; the longest known in the wild has about 140.
const MAX_ADDRESS_BYTES: usize = 512;
/// Nothing was sent by this service before; an earlier time is what a client's unset field looks like.
const FIRST_YEAR: i32 = 2016;

/// A body that is no activity.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// Nothing that can be read as JSON, however leniently.
    #[error("the body cannot be read as JSON beyond byte {at}")]
    NotJson {
        /// Where reading ended, in bytes.
        at: usize,
    },
    /// JSON, but no object with a `type`.
    #[error("the body is no activity: it has no type")]
    NoType,
}

/// Why nobody can be named as the author of an activity.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AttributionError {
    /// Neither `conversation.tenantId` nor `channelData.tenant.id` is there.
    #[error("the activity names no tenant")]
    NoTenant,
    /// The two places name different tenants.
    #[error("the activity names two different tenants")]
    TwoTenants,
    /// `from.aadObjectId` is missing.
    #[error("the activity does not tell the sender's object id in the tenant")]
    NoUser,
    /// A field that the chat's address needs is missing.
    #[error("the activity does not tell {field}")]
    NoAddress {
        /// The missing field.
        field: &'static str,
    },
    /// A field of the chat's address is too long to be one.
    #[error("{field} is longer than {MAX_ADDRESS_BYTES} bytes")]
    TooLong {
        /// The field.
        field: &'static str,
    },
    /// An id is not usable.
    #[error(transparent)]
    InvalidId(#[from] InvalidId),
}

/// A party of a conversation. Display names are not kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Party {
    /// `29:…` for a person, `28:…` for a bot.
    pub id: Option<String>,
    /// The person's object id in the tenant.
    pub aad_object_id: Option<String>,
}

/// A mention inside a message's text.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Mention {
    mentioned_id: String,
    name: Option<String>,
    text: String,
}

/// An activity as it arrived. Read its meaning through [`Activity::classify`].
#[derive(Clone, PartialEq)]
pub struct Activity {
    /// `type`.
    pub kind: String,
    /// `id`; missing on some kinds, and for edits and deletions the id of the original message.
    pub id: Option<String>,
    /// `channelId`; `msteams` for everything that Teams sends.
    pub channel_id: Option<String>,
    /// `serviceUrl`, as given.
    pub service_url: Option<String>,
    /// `from`.
    pub from: Party,
    /// `recipient`: the bot.
    pub recipient: Party,
    /// `channelData.eventType`.
    pub event_type: Option<String>,
    name: Option<String>,
    action: Option<String>,
    timestamp: Option<String>,
    conversation_id: Option<String>,
    chat: ChatFacts,
    tenants: [Option<String>; 2],
    reply_to_id: Option<String>,
    text: Option<String>,
    /// The HTML that mirrors the text.
    html: Option<String>,
    /// The bot's name, to tell its mention from other people's.
    recipient_name: Option<String>,
    value: Option<Value>,
    members_added: Vec<Party>,
    members_removed: Vec<Party>,
    reactions_added: usize,
    mentions: Vec<Mention>,
    client: ClientObserved,
    app_version: Option<String>,
    /// SHA-256 of the body, where there is no id to tell two activities apart.
    fingerprint: Option<String>,
}

impl fmt::Debug for Activity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Activity")
            .field("kind", &self.kind)
            .field("name", &self.name)
            .field("action", &self.action)
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl ParseError {
    /// A word for counters.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::NotJson { .. } => "not_json",
            Self::NoType => "no_type",
        }
    }
}

impl Activity {
    /// Reads a request body, as leniently as the channel's own SDKs do.
    pub fn parse(body: &[u8]) -> Result<Self, ParseError> {
        let root = lenient::read(body).map_err(|unreadable| ParseError::NotJson { at: unreadable.at })?;
        let Value::Object(mut root) = root else {
            return Err(ParseError::NoType);
        };
        let kind = text_at(&root, &["type"]).ok_or(ParseError::NoType)?;
        let id = text_at(&root, &["id"]);
        let fingerprint = id.is_none().then(|| fingerprint(body));
        let value = root.remove("value").filter(|value| !value.is_null());
        Ok(Self {
            kind,
            id,
            channel_id: text_at(&root, &["channelId"]),
            service_url: text_at(&root, &["serviceUrl"]),
            from: party(root.get("from")),
            recipient: party(root.get("recipient")),
            event_type: text_at(&root, &["channelData", "eventType"]),
            name: text_at(&root, &["name"]),
            action: text_at(&root, &["action"]),
            timestamp: text_at(&root, &["timestamp"]),
            conversation_id: text_at(&root, &["conversation", "id"]),
            chat: ChatFacts::read(&root),
            tenants: [
                text_at(&root, &["conversation", "tenantId"]),
                text_at(&root, &["channelData", "tenant", "id"]),
            ],
            reply_to_id: text_at(&root, &["replyToId"]),
            text: text_at(&root, &["text"]),
            html: list(&root, "attachments").find_map(html),
            recipient_name: text_at(&root, &["recipient", "name"]),
            value,
            members_added: list(&root, "membersAdded")
                .map(|member| party(Some(member)))
                .collect(),
            members_removed: list(&root, "membersRemoved")
                .map(|member| party(Some(member)))
                .collect(),
            reactions_added: list(&root, "reactionsAdded").count(),
            mentions: list(&root, "entities").filter_map(mention).collect(),
            client: client(&root),
            app_version: label(text_at(&root, &["channelData", "app", "version"])),
            fingerprint,
        })
    }

    /// Where it was written. Anything that is not plainly the person's own chat with the bot counts as something else.
    pub fn scope(&self, rules: ChatRules<'_>) -> Scope {
        self.chat.scope(rules)
    }

    /// When it happened, by the sender's word. Fractions of any length are read, and a time without an offset as UTC;
    /// what cannot be read, or was never set, is no time.
    pub fn happened_at(&self) -> Option<DateTime<Utc>> {
        let text = self.timestamp.as_deref()?.trim();
        let told = DateTime::parse_from_rfc3339(text)
            .map(|at| at.to_utc())
            .or_else(|_| text.parse::<NaiveDateTime>().map(|at| at.and_utc()));
        told.ok().filter(|at| at.year() >= FIRST_YEAR)
    }

    /// The tenant. Where it is named twice, both must agree.
    pub fn tenant(&self) -> Result<TenantId, AttributionError> {
        let mut named = self.tenants.iter().flatten().map(TenantId::parse);
        let first = named.next().ok_or(AttributionError::NoTenant)??;
        match named.next().transpose()? {
            Some(second) if second != first => Err(AttributionError::TwoTenants),
            _ => Ok(first),
        }
    }

    /// Who wrote or pressed it. Never taken from a card's data.
    pub fn user(&self) -> Result<UserKey, AttributionError> {
        let tenant = self.tenant()?;
        let person = self.from.aad_object_id.as_ref().ok_or(AttributionError::NoUser)?;
        Ok(UserKey::new(tenant, AadObjectId::parse(person)?))
    }

    /// Where to answer. The service URL is kept without a slash at its end, so that the two spellings that Teams
    /// uses do not look like a change.
    pub fn conversation_ref(&self) -> Result<ConversationRef, AttributionError> {
        let need = |field: &'static str, value: &Option<String>| {
            let value = value.clone().ok_or(AttributionError::NoAddress { field })?;
            if value.len() > MAX_ADDRESS_BYTES {
                return Err(AttributionError::TooLong { field });
            }
            Ok(value)
        };
        Ok(ConversationRef {
            conversation_id: ConversationId::parse(need("conversation.id", &self.conversation_id)?)?,
            service_url: need("serviceUrl", &self.service_url)?
                .trim_end_matches('/')
                .to_owned(),
            teams_user_id: need("from.id", &self.from.id)?,
            bot_id: need("recipient.id", &self.recipient.id)?,
        })
    }

    /// The person's language, zone and device class, as far as told.
    pub fn client(&self) -> ClientObserved {
        self.client.clone()
    }

    /// The version of the app package, where told.
    pub fn app_version(&self) -> Option<&str> {
        self.app_version.as_deref()
    }

    /// The activity's identity: the same activity delivered again gives the same key. An edit and a deletion carry
    /// the id of the original message, so their time belongs to the key; an activity without an id is known by its
    /// body.
    pub fn activity_key(&self) -> EventId {
        let tenant = self.tenant().map(String::from).unwrap_or_default();
        let changes_a_message = ["messageUpdate", "messageDelete"]
            .iter()
            .any(|kind| self.kind.eq_ignore_ascii_case(kind));
        let time = self.timestamp.as_deref().filter(|_| changes_a_message);
        EventId::derive([
            "activity",
            &tenant,
            self.conversation_id.as_deref().unwrap_or_default(),
            &self.kind,
            self.event_type.as_deref().unwrap_or_default(),
            self.id.as_deref().unwrap_or_default(),
            time.unwrap_or_default(),
            self.fingerprint.as_deref().unwrap_or_default(),
        ])
    }

    /// What it asks for.
    pub fn classify(&self, rules: ChatRules<'_>) -> Inbound {
        classify::classify(self, self.scope(rules))
    }

    fn is(&self, kind: &str) -> bool {
        self.kind.eq_ignore_ascii_case(kind)
    }

    fn lists_the_bot(&self, members: &[Party]) -> bool {
        self.recipient.id.is_some() && members.iter().any(|member| member.id == self.recipient.id)
    }
}

fn fingerprint(body: &[u8]) -> String {
    use fmt::Write as _;
    Sha256::digest(body)
        .iter()
        .fold(String::with_capacity(64), |mut hex, byte| {
            // Writing to a String cannot fail.
            let _infallible = write!(hex, "{byte:02x}");
            hex
        })
}

/// The text at a path; a number counts as text, nothing else does.
fn text_at(root: &Map<String, Value>, path: &[&str]) -> Option<String> {
    let (first, rest) = path.split_first()?;
    let found = rest
        .iter()
        .try_fold(root.get(*first)?, |value, key| value.get(key))?;
    match found {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

fn list<'a>(root: &'a Map<String, Value>, key: &str) -> impl Iterator<Item = &'a Value> {
    root.get(key).and_then(Value::as_array).into_iter().flatten()
}

fn party(value: Option<&Value>) -> Party {
    value
        .and_then(Value::as_object)
        .map_or_else(Party::default, |fields| Party {
            id: text_at(fields, &["id"]),
            aad_object_id: text_at(fields, &["aadObjectId"]),
        })
}

fn mention(entity: &Value) -> Option<Mention> {
    let fields = entity.as_object()?;
    (text_at(fields, &["type"])? == "mention").then_some(())?;
    Some(Mention {
        mentioned_id: text_at(fields, &["mentioned", "id"])?,
        name: text_at(fields, &["mentioned", "name"]),
        text: text_at(fields, &["text"])?,
    })
}

fn html(attachment: &Value) -> Option<String> {
    let fields = attachment.as_object()?;
    let kind = text_at(fields, &["contentType"])?;
    kind.eq_ignore_ascii_case("text/html").then_some(())?;
    text_at(fields, &["content"])
}

fn label(text: Option<String>) -> Option<String> {
    text.map(|text| text.trim().to_owned())
        .filter(|text| !text.is_empty() && text.len() <= MAX_LABEL_BYTES && !text.contains(char::is_control))
}

fn client(root: &Map<String, Value>) -> ClientObserved {
    let info = list(root, "entities")
        .filter_map(Value::as_object)
        .find(|entity| text_at(entity, &["type"]).as_deref() == Some("clientInfo"));
    let told = |key: &str| info.and_then(|entity| text_at(entity, &[key]));
    ClientObserved {
        locale: label(text_at(root, &["locale"]).or_else(|| told("locale"))),
        timezone: label(text_at(root, &["localTimezone"]).or_else(|| told("timezone"))),
        unknown_timezone: None,
        platform: label(told("platform")),
    }
}

#[cfg(test)]
mod tests;
