//! What a bot may say, and saying it: the checks of an activity's content and the changes of the chat.

use std::sync::Arc;

use actix_web::HttpResponse;
use events::UserKey;
use serde_json::{Value, json};

use super::chat::{ADAPTIVE_CARD, Chat, ChatRecord};
use super::people::Person;
use super::refusal::Refusal;
use super::world::World;

/// Largest message in bytes of UTF-16 (teams-protocol, section 3.4).
const MAX_UTF16_BYTES: usize = 100 * 1024;
/// The newest card version that Teams draws.
const NEWEST_CARD: (u32, u32) = (1, 5);

/// An activity that Teams would take.
#[derive(Debug, Clone, PartialEq)]
pub struct Content {
    activity: Value,
    typing: bool,
    /// Text and attachment in one activity: Teams makes two messages of it and tells no id.
    pub split: bool,
}

impl Content {
    /// Checks a body.
    pub fn read(body: &[u8]) -> Result<Self, Refusal> {
        let text = std::str::from_utf8(body).map_err(|_| Refusal::bad_argument("Invalid input"))?;
        if text.encode_utf16().count() * 2 > MAX_UTF16_BYTES {
            return Err(Refusal::too_big());
        }
        let activity: Value =
            serde_json::from_str(text).map_err(|_| Refusal::bad_argument("Invalid input"))?;
        let typing = match activity["type"].as_str() {
            Some("message") => false,
            Some("typing") => true,
            _ => return Err(Refusal::bad_argument("Unknown activity type")),
        };
        let attachments = match &activity["attachments"] {
            Value::Null => &[][..],
            Value::Array(all) => all,
            Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
                return Err(Refusal::bad_argument("Attachments must be a list"));
            }
        };
        attachments.iter().try_for_each(attachment)?;
        let written = activity["text"].as_str().is_some_and(|text| !text.is_empty());
        Ok(Self {
            split: written && !attachments.is_empty(),
            typing,
            activity,
        })
    }

    /// Shows it as a new message.
    pub async fn post(self, world: &World, person: &Person) -> Result<HttpResponse, Refusal> {
        let now = world.clock.now();
        let mut last = None;
        let written = {
            let mut chat = person.chat();
            standing(&chat)?;
            if self.typing {
                return Ok(HttpResponse::Accepted().finish());
            }
            let mut written = Vec::new();
            for activity in self.messages() {
                let id = chat.next_message_id(now);
                last = Some(id.clone());
                let record = ChatRecord::Posted {
                    id,
                    at: now,
                    activity,
                };
                written.push(world.record(person, &mut chat, record));
            }
            written
        };
        for entry in written {
            entry.kept().await.map_err(|_| Refusal::out_of_order())?;
        }
        world.stats.count(|stats| &stats.sends);
        let id = last.filter(|_| !self.split);
        Ok(id.map_or_else(
            || HttpResponse::Accepted().finish(),
            |id| HttpResponse::Created().json(json!({ "id": id })),
        ))
    }

    /// Puts it in the place of a message of the bot.
    pub async fn replace(self, world: &World, person: &Person, id: String) -> Result<HttpResponse, Refusal> {
        let answer = json!({ "id": id });
        let written = {
            let mut chat = person.chat();
            standing(&chat)?;
            own_message(&chat, &id)?;
            let activity = self.activity;
            world.record(person, &mut chat, ChatRecord::Edited { id, activity })
        };
        written.kept().await.map_err(|_| Refusal::out_of_order())?;
        world.stats.count(|stats| &stats.updates);
        Ok(HttpResponse::Ok().json(answer))
    }

    fn messages(&self) -> Vec<Value> {
        if !self.split {
            return vec![self.activity.clone()];
        }
        ["attachments", "text"]
            .into_iter()
            .map(|left_out| {
                let mut part = self.activity.clone();
                if let Some(fields) = part.as_object_mut() {
                    fields.remove(left_out);
                }
                part
            })
            .collect()
    }
}

/// Removes a message of the bot.
pub async fn remove(world: &World, person: &Person, id: String) -> Result<HttpResponse, Refusal> {
    let written = {
        let mut chat = person.chat();
        standing(&chat)?;
        own_message(&chat, &id)?;
        world.record(person, &mut chat, ChatRecord::Removed { id })
    };
    written.kept().await.map_err(|_| Refusal::out_of_order())?;
    world.stats.count(|stats| &stats.deletes);
    Ok(HttpResponse::Ok().finish())
}

/// The person that a body asks a conversation with (teams-protocol, section 3.2): exactly one, of this tenant, named
/// by the `29:` id or the AAD object id; and the first message, where the body brings one.
pub fn conversation(
    world: &World,
    tenant: &str,
    body: &[u8],
) -> Result<(Arc<Person>, Option<Content>), Refusal> {
    let body: Value = serde_json::from_slice(body).map_err(|_| Refusal::bad_syntax())?;
    let named = body["tenantId"]
        .as_str()
        .or_else(|| body["channelData"]["tenant"]["id"].as_str());
    if body["isGroup"] == true || !named.is_some_and(|named| named.eq_ignore_ascii_case(tenant)) {
        return Err(Refusal::bad_syntax());
    }
    let Some([member]) = body["members"].as_array().map(Vec::as_slice) else {
        return Err(Refusal::bad_syntax());
    };
    let id = member["id"].as_str().ok_or_else(Refusal::bad_syntax)?;
    let found = if id.starts_with("29:") {
        world.people.of_user(id)
    } else {
        UserKey::parse(format!("{tenant}/{id}"))
            .ok()
            .and_then(|key| world.people.get(&key))
    };
    let person = found
        .filter(|person| person.key.tenant_id.as_str().eq_ignore_ascii_case(tenant))
        .ok_or_else(Refusal::not_installed)?;
    let activity = Some(&body["activity"]).filter(|activity| !activity.is_null());
    let first = match activity {
        Some(activity) => Some(Content::read(activity.to_string().as_bytes())?),
        None => None,
    };
    Ok((person, first))
}

/// Whether the bot may write into the chat.
fn standing(chat: &Chat) -> Result<(), Refusal> {
    if chat.disabled {
        Err(Refusal::disabled_by_admin())
    } else if !chat.installed {
        Err(Refusal::not_in_roster())
    } else if chat.blocked {
        Err(Refusal::writes_blocked())
    } else {
        Ok(())
    }
}

fn own_message(chat: &Chat, id: &str) -> Result<(), Refusal> {
    let own = chat.message(id).is_some_and(|message| message.from_bot);
    own.then_some(()).ok_or_else(Refusal::activity_not_found)
}

fn attachment(attachment: &Value) -> Result<(), Refusal> {
    let Some(kind) = attachment["contentType"].as_str() else {
        return Err(Refusal::bad_argument("Attachment without a content type"));
    };
    if kind != ADAPTIVE_CARD {
        return Ok(());
    }
    let card = &attachment["content"];
    if !card.is_object() || card["type"] != "AdaptiveCard" {
        return Err(Refusal::bad_argument(
            "Card content must be an AdaptiveCard object",
        ));
    }
    let version = card["version"].as_str().and_then(|version| {
        let (major, minor) = version.split_once('.')?;
        Some((major.parse::<u32>().ok()?, minor.parse::<u32>().ok()?))
    });
    match version {
        Some(version) if version <= NEWEST_CARD => Ok(()),
        _ => Err(Refusal::bad_argument("Unsupported card version")),
    }
}
