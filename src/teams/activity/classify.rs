//! What an activity asks for. A total function: everything has a meaning, if only "nothing for us".

use std::fmt;

use events::ActivityId;
use events::user::{SeenEvidence, UninstallEvidence};
use serde_json::Value;

use super::{Activity, Scope, text};

/// What an activity asks for.
#[derive(Clone, PartialEq)]
pub enum Inbound {
    /// The app was installed in the personal scope.
    Installed {
        /// It was there before; an upgrade of the app brought the bot.
        upgrade: bool,
    },
    /// The app was removed from the personal scope. The chat may refuse an answer already.
    Uninstalled {
        /// How it became known.
        evidence: UninstallEvidence,
    },
    /// The personal chat with the bot came into being: once per person and bot, not again after a re-install.
    ConversationStarted,
    /// The person typed something.
    Message {
        /// The text without mark-up and without the mention of the bot; perhaps empty.
        text: String,
    },
    /// The person pressed an `Action.Submit` button.
    Submit {
        /// The action's data merged with the inputs.
        data: Value,
        /// The message with the card.
        reply_to: Option<ActivityId>,
    },
    /// The person pressed an `Action.Execute` button, or Teams asks for the card as it is now. It expects a card
    /// or a text in the HTTP answer.
    CardAction {
        /// Who triggered it.
        trigger: Trigger,
        /// The action's verb.
        verb: Option<String>,
        /// The action's data merged with the inputs.
        data: Value,
        /// The message with the card.
        reply_to: Option<ActivityId>,
    },
    /// An invoke that this bot does not offer; it wants an HTTP answer all the same.
    OtherInvoke {
        /// The invoke's name.
        name: Option<String>,
    },
    /// The person certainly saw a message of the bot. A read receipt covers every message up to this one.
    Seen {
        /// How it is known.
        evidence: SeenEvidence,
        /// The message.
        message_id: ActivityId,
    },
    /// Written in a group chat or channel: declined politely and never read.
    NotPersonal(Elsewhere),
    /// Nothing for this bot.
    Other,
}

/// What happened outside a personal chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Elsewhere {
    /// The bot was added.
    Added,
    /// Somebody spoke to the bot.
    Message,
    /// Somebody pressed a button; it wants an HTTP answer.
    Invoke,
    /// Anything else.
    Other,
}

/// Who triggered a card action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trigger {
    /// The person pressed a button.
    Manual,
    /// The client refreshed the card on display: only a read.
    Automatic,
}

impl Inbound {
    /// A word for logs.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Installed { .. } => "installed",
            Self::Uninstalled { .. } => "uninstalled",
            Self::ConversationStarted => "conversation_started",
            Self::Message { .. } => "message",
            Self::Submit { .. } => "submit",
            Self::CardAction { .. } => "card_action",
            Self::OtherInvoke { .. } => "other_invoke",
            Self::Seen { .. } => "seen",
            Self::NotPersonal(_) => "not_personal",
            Self::Other => "other",
        }
    }
}

/// Tells only the kind: the rest may hold what the person wrote.
impl fmt::Debug for Inbound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Inbound({})", self.name())
    }
}

pub(super) fn classify(activity: &Activity, scope: Scope) -> Inbound {
    match scope {
        Scope::OwnChat | Scope::Unproven => personal(activity),
        Scope::Other => pressed_elsewhere(activity),
        Scope::GroupChat | Scope::Channel => Inbound::NotPersonal(elsewhere(activity)),
    }
}

fn personal(activity: &Activity) -> Inbound {
    match activity.kind.to_ascii_lowercase().as_str() {
        "installationupdate" => installation(activity),
        "conversationupdate" => conversation(activity),
        "message" => message(activity),
        "invoke" => invoke(activity),
        "messagereaction" if activity.reactions_added > 0 => {
            seen(SeenEvidence::Reaction, reacted_to(activity))
        }
        "event" if is_read_receipt(activity) => seen(
            SeenEvidence::ReadReceipt,
            last_read(activity.value.as_ref()).as_deref(),
        ),
        _ => Inbound::Other,
    }
}

/// A card of ours stands there too, so its buttons work. What people say among themselves is not read, and what happens
/// to the app there says nothing of the person's own chat.
fn pressed_elsewhere(activity: &Activity) -> Inbound {
    match activity.kind.to_ascii_lowercase().as_str() {
        "message" => {
            let pressed = message(activity);
            if matches!(pressed, Inbound::Submit { .. }) {
                pressed
            } else {
                Inbound::NotPersonal(Elsewhere::Message)
            }
        }
        "invoke" => invoke(activity),
        _ => Inbound::NotPersonal(elsewhere(activity)),
    }
}

fn elsewhere(activity: &Activity) -> Elsewhere {
    if activity.is("message") {
        Elsewhere::Message
    } else if activity.is("invoke") {
        Elsewhere::Invoke
    } else if activity.is("conversationUpdate") && activity.lists_the_bot(&activity.members_added) {
        Elsewhere::Added
    } else {
        Elsewhere::Other
    }
}

fn installation(activity: &Activity) -> Inbound {
    let action = activity
        .action
        .as_deref()
        .unwrap_or_default()
        .to_ascii_lowercase();
    match action.as_str() {
        "add" => Inbound::Installed { upgrade: false },
        "add-upgrade" | "upgrade" => Inbound::Installed { upgrade: true },
        "remove" | "remove-upgrade" => Inbound::Uninstalled {
            evidence: UninstallEvidence::InstallationUpdate,
        },
        _ => Inbound::Other,
    }
}

/// A person deleted from the tenant is removed without the bot being listed, so any removal counts.
fn conversation(activity: &Activity) -> Inbound {
    if activity.lists_the_bot(&activity.members_added) {
        Inbound::ConversationStarted
    } else if activity.members_removed.is_empty() {
        Inbound::Other
    } else {
        Inbound::Uninstalled {
            evidence: UninstallEvidence::MembersRemoved,
        }
    }
}

/// A message with a value is a pressed button, whether or not the button also sends a text. An empty value beside
/// a text is a typed message.
fn message(activity: &Activity) -> Inbound {
    match activity.value.as_ref().map(unwrapped) {
        Some(data) if activity.text.is_none() || !is_empty(&data) => Inbound::Submit {
            data: text::fit(data),
            reply_to: reply_to(activity),
        },
        _ => Inbound::Message {
            text: text::clean(activity),
        },
    }
}

fn invoke(activity: &Activity) -> Inbound {
    if activity.name.as_deref() != Some("adaptiveCard/action") {
        return Inbound::OtherInvoke {
            name: activity.name.clone(),
        };
    }
    let value = activity.value.as_ref().map(unwrapped).unwrap_or_default();
    let automatic = value
        .get("trigger")
        .and_then(Value::as_str)
        .is_some_and(|trigger| trigger.eq_ignore_ascii_case("automatic"));
    let action = value.get("action").map(unwrapped).unwrap_or_default();
    Inbound::CardAction {
        trigger: if automatic {
            Trigger::Automatic
        } else {
            Trigger::Manual
        },
        verb: action
            .get("verb")
            .and_then(Value::as_str)
            .filter(|verb| !verb.is_empty())
            .map(str::to_owned),
        data: text::fit(action.get("data").map(unwrapped).unwrap_or_default()),
        reply_to: reply_to(activity),
    }
}

fn seen(evidence: SeenEvidence, message_id: Option<&str>) -> Inbound {
    message_id
        .and_then(|id| ActivityId::parse(id).ok())
        .map_or(Inbound::Other, |message_id| Inbound::Seen {
            evidence,
            message_id,
        })
}

/// The message that got the reaction. One-to-one chats name it in `id`, and in `replyToId` by an older kind of id
/// (`1:…`) that nobody told us; elsewhere `replyToId` names it and `id` the activity itself.
fn reacted_to(activity: &Activity) -> Option<&str> {
    let named = [&activity.reply_to_id, &activity.id];
    let mut ids = named.into_iter().filter_map(Option::as_deref);
    ids.find(|id| is_message_id(id))
        .or(activity.reply_to_id.as_deref())
}

/// Message ids are decimal epoch milliseconds.
fn is_message_id(id: &str) -> bool {
    !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_read_receipt(activity: &Activity) -> bool {
    let name = activity.name.as_deref().unwrap_or_default();
    name.eq_ignore_ascii_case("application/vnd.microsoft.readReceipt")
}

/// By `value.lastReadMessageId`, whatever the case of its name.
fn last_read(value: Option<&Value>) -> Option<String> {
    let value = unwrapped(value?);
    let mut fields = value.as_object()?.iter();
    let (_, id) = fields.find(|(name, _)| name.eq_ignore_ascii_case("lastReadMessageId"))?;
    match id {
        Value::String(id) => Some(id.trim().to_owned()),
        // Some clients write it as a number, and some of these with a fraction of nothing.
        Value::Number(id) => match id.as_f64().filter(|_| !id.is_u64()) {
            Some(id) if id.fract() == 0.0 => Some(format!("{id:.0}")),
            Some(_) => None,
            None => Some(id.to_string()),
        },
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

fn reply_to(activity: &Activity) -> Option<ActivityId> {
    activity
        .reply_to_id
        .as_deref()
        .and_then(|id| ActivityId::parse(id).ok())
}

/// Some clients send the JSON of a value as a string.
fn unwrapped(value: &Value) -> Value {
    let inner = value
        .as_str()
        .and_then(|text| serde_json::from_str::<Value>(text).ok());
    inner.filter(Value::is_object).unwrap_or_else(|| value.clone())
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Object(fields) => fields.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::String(text) => text.trim().is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}
