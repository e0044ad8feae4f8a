//! Where an activity was written, and whether that is the person's own chat with the bot: the only place from which an
//! address for private cards is taken. Nothing counts as that chat by default.
//!
//! Facts: personal chats are `a:…`; Graph calls the same chat `19:{person}_{app}@unq.gbl.spaces`. A chat of two people
//! is called personal too and has the second form with two people in it. `channelData` names the team, channel or
//! meeting that an activity belongs to, and nothing of the kind in a personal chat but the chat itself as the selected
//! channel (teams-protocol, sections 3.3, 4.1 and 8; Teams documentation on conversation basics).

use serde_json::{Map, Value};

use super::text_at;

/// Where an activity was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The person's own chat with the bot.
    OwnChat,
    /// It may be the person's own chat by its id, and the activity does not say so.
    Unproven,
    /// Called personal, or not called anything, and not the person's own chat: a chat of two people, a chat that
    /// belongs to a team or a meeting.
    Other,
    /// A group chat, or any other kind of conversation that is not personal.
    GroupChat,
    /// A channel of a team.
    Channel,
}

/// What a personal chat looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChatRules<'a> {
    /// The bot's app id.
    pub app_id: &'a str,
    /// Microsoft's local client calls personal chats by a bare GUID. Only where nothing but this machine may speak.
    pub local_client: bool,
}

/// What an activity says of the place it was written in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct ChatFacts {
    kind: Option<String>,
    is_group: bool,
    id: Option<String>,
    /// The person who wrote.
    author: Option<String>,
    shared: Option<Shared>,
}

/// What `channelData` names that several people share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shared {
    Channel,
    Meeting,
}

impl ChatFacts {
    pub(super) fn read(root: &Map<String, Value>) -> Self {
        let is_group = root
            .get("conversation")
            .and_then(|conversation| conversation.get("isGroup"))
            .and_then(Value::as_bool)
            .unwrap_or(false);
        let id = text_at(root, &["conversation", "id"]);
        Self {
            kind: text_at(root, &["conversation", "conversationType"]),
            is_group,
            shared: shared(root, id.as_deref()),
            id,
            author: text_at(root, &["from", "aadObjectId"]),
        }
    }

    pub(super) fn scope(&self, rules: ChatRules<'_>) -> Scope {
        if self.is_group {
            return match &self.kind {
                Some(kind) if kind.eq_ignore_ascii_case("channel") => Scope::Channel,
                _ => Scope::GroupChat,
            };
        }
        let may_be_own = self.shared.is_none() && self.has_own_id(rules);
        match self.kind.as_deref() {
            Some(kind) if kind.eq_ignore_ascii_case("personal") => {
                if may_be_own {
                    Scope::OwnChat
                } else {
                    Scope::Other
                }
            }
            Some(kind) if kind.eq_ignore_ascii_case("channel") => Scope::Channel,
            Some(_) => Scope::GroupChat,
            None if may_be_own => Scope::Unproven,
            None => Scope::Other,
        }
    }

    fn has_own_id(&self, rules: ChatRules<'_>) -> bool {
        let author = self.author.as_deref().unwrap_or_default();
        self.id.as_deref().is_some_and(|id| can_be_own(id, author, rules))
    }
}

/// Whether a conversation with this id can be the own chat with the bot of the person with this object id.
pub fn can_be_own(id: &str, person: &str, rules: ChatRules<'_>) -> bool {
    if let Some(opaque) = id.strip_prefix("a:") {
        return !opaque.is_empty() && !opaque.contains(['@', ';', '/']);
    }
    if let Some(parties) = id.strip_prefix("19:") {
        return is_of_person_and_app(parties, person, rules.app_id);
    }
    rules.local_client && !id.contains([':', '@', ';'])
}

/// `{person}_{app}@unq.gbl.spaces`, in either order.
fn is_of_person_and_app(parties: &str, person: &str, app_id: &str) -> bool {
    let pair = parties
        .split_once('@')
        .filter(|(_, domain)| domain.to_ascii_lowercase().starts_with("unq."))
        .and_then(|(pair, _)| pair.split_once('_'));
    let Some((one, other)) = pair else { return false };
    let is = |found: &str, wanted: &str| !wanted.is_empty() && found.eq_ignore_ascii_case(wanted);
    (is(one, app_id) && is(other, person)) || (is(other, app_id) && is(one, person))
}

/// What `channelData` says of a team, a channel or a meeting.
fn shared(root: &Map<String, Value>, chat: Option<&str>) -> Option<Shared> {
    let told = root.get("channelData")?.as_object()?;
    let names = |key: &str| told.get(key).is_some_and(says_something);
    let event = text_at(told, &["eventType"])
        .unwrap_or_default()
        .to_ascii_lowercase();
    let selected = text_at(told, &["settings", "selectedChannel", "id"]);
    let elsewhere = selected.is_some_and(|selected| Some(selected.as_str()) != chat);
    if ["team", "channel", "teamsTeamId", "teamsChannelId"]
        .into_iter()
        .any(names)
        || event.starts_with("team")
        || event.starts_with("channel")
        || elsewhere
    {
        Some(Shared::Channel)
    } else {
        names("meeting").then_some(Shared::Meeting)
    }
}

fn says_something(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Object(fields) => fields.values().any(says_something),
        Value::Array(items) => items.iter().any(says_something),
        Value::String(text) => !text.is_empty(),
        Value::Bool(_) | Value::Number(_) => true,
    }
}
