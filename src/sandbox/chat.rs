//! One person's chat with the bot, as Teams' side knows it: whether the app is there, the messages as the person sees
//! them, and what the person did. The state is the fold of [`ChatRecord`]s, so a journal of them restores it.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::card;

/// The content type of an adaptive card.
pub const ADAPTIVE_CARD: &str = "application/vnd.microsoft.card.adaptive";

/// Something that happened in a chat.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "snake_case")]
pub enum ChatRecord {
    /// The app's standing changed.
    App {
        /// The new standing.
        change: AppChange,
    },
    /// The bot posted a message.
    Posted {
        /// The message's id.
        id: String,
        /// When.
        at: DateTime<Utc>,
        /// The activity as the bot sent it.
        activity: Value,
    },
    /// The bot replaced a message.
    Edited {
        /// The message's id.
        id: String,
        /// The new activity.
        activity: Value,
    },
    /// The bot removed a message.
    Removed {
        /// The message's id.
        id: String,
    },
    /// The person did something; kept before the bot is told.
    Acted {
        /// Names the deed, so that it can be repeated exactly.
        step: String,
        /// When.
        at: DateTime<Utc>,
        /// The activity as the bot gets it.
        activity: Value,
    },
    /// The person moved to another client, language or zone.
    Moved {
        /// What is different now.
        client: ClientChange,
    },
    /// The bot answered a deed, or Teams gave up on it.
    Settled {
        /// The deed.
        step: String,
        /// HTTP status of the last try, where there was an answer.
        status: Option<u16>,
        /// How often the activity was sent.
        tries: u32,
        /// The body of an invoke's answer.
        answer: Option<Value>,
    },
}

/// A change of the app's standing in a chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AppChange {
    /// The app was added for the person.
    Installed,
    /// The app was removed.
    Uninstalled,
    /// The person blocked the bot.
    Blocked,
    /// The person unblocked the bot.
    Unblocked,
    /// An administrator switched the app off for the person.
    Disabled,
    /// An administrator switched it on again.
    Enabled,
}

/// What a person changed of the client at hand; what is left out stays as it was.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientChange {
    /// BCP 47 language tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// IANA zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
    /// The client: `Web`, `Windows`, `Android`, `iOS`, …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
}

/// A message as the person sees it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Message {
    /// Its id: decimal milliseconds, growing within the chat.
    pub id: String,
    /// Whether the bot wrote it; otherwise the person did.
    pub from_bot: bool,
    /// When it appeared.
    pub at: DateTime<Utc>,
    /// Its text.
    pub text: Option<String>,
    /// Its card; after a press, the card that the bot answered with.
    pub card: Option<Value>,
    /// What a notification shows of it.
    pub summary: Option<String>,
    /// The notification that its first card named.
    pub notification: Option<String>,
    /// How often the bot replaced it.
    pub edits: u32,
    /// Whether the bot removed it.
    pub deleted: bool,
    /// Whether the card is this person's own view, given as the answer to a press.
    pub own_view: bool,
    /// The short text under the card after a press.
    pub note: Option<Note>,
}

impl Message {
    /// Everything that the person can read of it, a line each: its text, its card's texts, labels and choices, its
    /// buttons in brackets, and the note under it.
    pub fn shown(&self) -> Vec<String> {
        let mut lines: Vec<String> = self.text.iter().cloned().collect();
        if let Some(card) = &self.card {
            lines.extend(card::texts(card));
            lines.extend(card::buttons(card).into_iter().map(|title| format!("[{title}]")));
        }
        lines.extend(self.note.as_ref().map(|note| note.text.clone()));
        lines
    }

    /// Whether a text is to be read in it, in any case.
    pub fn shows(&self, text: &str) -> bool {
        self.shown()
            .join("\n")
            .to_lowercase()
            .contains(&text.to_lowercase())
    }
}

/// The short text under a card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Note {
    /// Whether it is an error.
    pub error: bool,
    /// The text.
    pub text: String,
}

/// Something the person did.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Deed {
    /// The activity.
    pub activity: Value,
    /// How it ended; `None` while Teams still tries.
    pub outcome: Option<Outcome>,
    /// Whether this process is telling the bot; not restored from a journal.
    #[serde(skip)]
    pub telling: bool,
}

/// How telling the bot ended.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Outcome {
    /// HTTP status of the last try, where there was an answer.
    pub status: Option<u16>,
    /// How often the activity was sent.
    pub tries: u32,
    /// The body of an invoke's answer.
    pub answer: Option<Value>,
}

impl Outcome {
    /// Whether the bot took it.
    pub fn taken(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }
}

/// A chat.
#[expect(
    clippy::struct_excessive_bools,
    reason = "four facts that hold independently of each other"
)]
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Chat {
    /// Whether the chat was ever opened; it survives an uninstall.
    pub opened: bool,
    /// Whether the app is installed.
    pub installed: bool,
    /// Whether the person blocked the bot.
    pub blocked: bool,
    /// Whether an administrator switched the app off.
    pub disabled: bool,
    /// What the person changed of the client since they came.
    pub client: ClientChange,
    /// The messages, oldest first.
    pub messages: Vec<Message>,
    /// Posts by notification, for finding cards that came twice.
    pub notifications: BTreeMap<String, u32>,
    /// What the person did, by step.
    #[serde(skip)]
    pub deeds: HashMap<String, Deed>,
    #[serde(skip)]
    last_id: i64,
    #[serde(skip)]
    last_step: u64,
    #[serde(skip)]
    places: HashMap<String, usize>,
}

impl Chat {
    /// The id for a message that appears now: decimal milliseconds, greater than every earlier one.
    pub fn next_message_id(&self, now: DateTime<Utc>) -> String {
        now.timestamp_millis().max(self.last_id + 1).to_string()
    }

    /// A name for a deed that was given none.
    pub fn next_step(&self) -> String {
        format!("step-{}", self.last_step + 1)
    }

    /// The message with this id, unless the bot removed it.
    pub fn message(&self, id: &str) -> Option<&Message> {
        let message = self.messages.get(*self.places.get(id)?)?;
        (!message.deleted).then_some(message)
    }

    /// The newest message of the bot.
    pub fn last_from_bot(&self) -> Option<&Message> {
        self.messages.iter().rev().find(|m| m.from_bot && !m.deleted)
    }

    /// The newest post of a notification.
    pub fn card_of(&self, notification_id: &str) -> Option<&Message> {
        self.messages
            .iter()
            .rev()
            .filter(|m| m.from_bot && !m.deleted)
            .find(|m| m.notification.as_deref() == Some(notification_id))
    }

    /// The bot's newest message in which a text is to be read.
    pub fn showing(&self, text: &str) -> Option<&Message> {
        let mut newest = self.messages.iter().rev().filter(|m| m.from_bot && !m.deleted);
        newest.find(|message| message.shows(text))
    }

    /// Posts beyond the first of the same notification.
    pub fn duplicates(&self) -> u32 {
        self.notifications
            .values()
            .map(|posts| posts.saturating_sub(1))
            .sum()
    }

    /// Folds one record. Pure: the journal's replay and live work share it.
    pub fn apply(&mut self, record: &ChatRecord) {
        match record {
            ChatRecord::App { change } => self.change(*change),
            ChatRecord::Posted { id, at, activity } => {
                if let Some(found) = notification_id_of(activity) {
                    *self.notifications.entry(found.to_owned()).or_default() += 1;
                }
                self.show(message(id, true, *at, activity));
            }
            ChatRecord::Edited { id, activity } => self.edit(id, activity),
            ChatRecord::Removed { id } => {
                if let Some(message) = self.message_mut(id) {
                    message.deleted = true;
                    message.text = None;
                    message.card = None;
                }
            }
            ChatRecord::Acted { step, at, activity } => self.act(step, *at, activity),
            ChatRecord::Moved { client } => self.moved(client),
            ChatRecord::Settled {
                step,
                status,
                tries,
                answer,
            } => self.settle(step, *status, *tries, answer.as_ref()),
        }
    }

    fn change(&mut self, change: AppChange) {
        match change {
            AppChange::Installed => {
                self.installed = true;
                self.opened = true;
            }
            AppChange::Uninstalled => self.installed = false,
            AppChange::Blocked => self.blocked = true,
            AppChange::Unblocked => self.blocked = false,
            AppChange::Disabled => self.disabled = true,
            AppChange::Enabled => self.disabled = false,
        }
    }

    fn moved(&mut self, change: &ClientChange) {
        let ClientChange {
            locale,
            timezone,
            platform,
        } = change.clone();
        self.client.locale = locale.or(self.client.locale.take());
        self.client.timezone = timezone.or(self.client.timezone.take());
        self.client.platform = platform.or(self.client.platform.take());
    }

    fn show(&mut self, message: Message) {
        self.last_id = self.last_id.max(message.id.parse().unwrap_or(0));
        self.places.insert(message.id.clone(), self.messages.len());
        self.messages.push(message);
    }

    fn edit(&mut self, id: &str, activity: &Value) {
        if let Some(old) = self.message_mut(id) {
            let new = message(id, true, old.at, activity);
            *old = Message {
                edits: old.edits + 1,
                notification: old.notification.take().or(new.notification.clone()),
                ..new
            };
        }
    }

    fn act(&mut self, step: &str, at: DateTime<Utc>, activity: &Value) {
        if self.deeds.contains_key(step) {
            return;
        }
        if activity["type"] == "installationUpdate" {
            self.change(match activity["action"].as_str() {
                Some("remove") => AppChange::Uninstalled,
                _ => AppChange::Installed,
            });
        }
        self.last_step += 1;
        if activity["type"] == "message" {
            let id = activity["id"].as_str().unwrap_or_default();
            self.last_id = self.last_id.max(id.parse().unwrap_or(0));
            if activity.get("text").is_some() {
                self.show(message(id, false, at, activity));
            }
        }
        let deed = Deed {
            activity: activity.clone(),
            outcome: None,
            telling: false,
        };
        self.deeds.insert(step.to_owned(), deed);
    }

    fn settle(&mut self, step: &str, status: Option<u16>, tries: u32, answer: Option<&Value>) {
        let Some(deed) = self.deeds.get_mut(step) else {
            return;
        };
        deed.outcome = Some(Outcome {
            status,
            tries,
            answer: answer.cloned(),
        });
        if deed.activity["type"] != "invoke" {
            return;
        }
        let id = deed.activity["replyToId"].as_str().unwrap_or_default().to_owned();
        let shown = invoke_answer(status, answer);
        if let Some(message) = self.message_mut(&id) {
            match shown {
                Shown::Card(card) => {
                    message.card = Some(card);
                    message.own_view = true;
                    message.note = None;
                }
                Shown::Note(note) => message.note = Some(note),
            }
        }
    }

    fn message_mut(&mut self, id: &str) -> Option<&mut Message> {
        let message = self.messages.get_mut(*self.places.get(id)?)?;
        (!message.deleted).then_some(message)
    }
}

/// What a client shows for an invoke's answer.
enum Shown {
    Card(Value),
    Note(Note),
}

/// Reads an invoke's answer as Teams' clients do: the status inside the body counts, a missing one means 200, and
/// whatever is not understood is shown as an error (teams-protocol, section 4.5).
fn invoke_answer(status: Option<u16>, answer: Option<&Value>) -> Shown {
    let error = |text: &str| {
        Shown::Note(Note {
            error: true,
            text: text.to_owned(),
        })
    };
    let failed = || error("Something went wrong. Please try again.");
    let (Some(200..=299), Some(answer)) = (status, answer) else {
        return failed();
    };
    let inner = answer.get("statusCode").and_then(Value::as_u64).unwrap_or(200);
    let value = &answer["value"];
    match (inner, answer["type"].as_str()) {
        (200, Some(ADAPTIVE_CARD)) if value.is_object() => Shown::Card(value.clone()),
        (200, Some("application/vnd.microsoft.activity.message")) => Shown::Note(Note {
            error: false,
            text: value.as_str().unwrap_or_default().to_owned(),
        }),
        (_, Some("application/vnd.microsoft.error")) => error(
            value["message"]
                .as_str()
                .unwrap_or("Something went wrong. Please try again."),
        ),
        _ => failed(),
    }
}

fn message(id: &str, from_bot: bool, at: DateTime<Utc>, activity: &Value) -> Message {
    let text = |name: &str| activity.get(name).and_then(Value::as_str).map(str::to_owned);
    let card = activity["attachments"]
        .as_array()
        .and_then(|all| all.iter().find(|a| a["contentType"] == ADAPTIVE_CARD))
        .map(|attachment| attachment["content"].clone());
    Message {
        id: id.to_owned(),
        from_bot,
        at,
        text: text("text"),
        card,
        summary: text("summary"),
        notification: notification_id_of(activity).map(str::to_owned),
        edits: 0,
        deleted: false,
        own_view: false,
        note: None,
    }
}

/// The notification that a card's actions name in their data: `notification_id`.
pub fn notification_id_of(value: &Value) -> Option<&str> {
    match value {
        Value::Object(fields) => {
            let named = fields
                .get("data")
                .and_then(|data| data.get("notification_id"))
                .and_then(Value::as_str);
            named.or_else(|| fields.values().find_map(notification_id_of))
        }
        Value::Array(items) => items.iter().find_map(notification_id_of),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}
