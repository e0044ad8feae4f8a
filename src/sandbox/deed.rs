//! What people do, and the activity that a press becomes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::activity::Author;
use super::card::{self, PressError};
use super::chat::Chat;

/// What a person does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Action {
    /// Adds the app; also after a removal.
    Install,
    /// Removes the app.
    Uninstall,
    /// Writes to the bot.
    Say {
        /// The text.
        text: String,
    },
    /// Presses a button.
    Press(Press),
    /// Reacts to a message; the bot's newest where none is named.
    React {
        /// The message.
        #[serde(default)]
        message: Option<String>,
        /// `like`, `heart`, …
        reaction: String,
    },
    /// Has read up to a message; the bot's newest where none is named.
    Read {
        /// The message.
        #[serde(default)]
        message: Option<String>,
    },
}

/// A press on a button.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Press {
    /// The button's title, verb or id.
    pub button: String,
    /// The card's message id.
    #[serde(default)]
    pub message: Option<String>,
    /// The notification whose newest card is meant, where no message is named; without both, the bot's newest message.
    #[serde(default)]
    pub notification: Option<String>,
    /// A text on the card, where neither message nor notification is named: the newest card that shows it is meant.
    #[serde(default)]
    pub shows: Option<String>,
    /// Values of the button's data, where several buttons have the same title or verb, as in a list.
    #[serde(default)]
    pub data: BTreeMap<String, String>,
    /// What the person filled in.
    #[serde(default)]
    pub inputs: BTreeMap<String, String>,
    /// Acts as a client that knows no `Action.Execute` and uses its `Action.Submit` fallback.
    #[serde(default)]
    pub old_client: bool,
}

/// The message that a deed is about: the one named, else the bot's newest.
pub(super) fn named(chat: &Chat, message: Option<&str>) -> Result<String, PressError> {
    let found = match message {
        Some(id) => chat.message(id),
        None => chat.last_from_bot(),
    };
    found.map(|message| message.id.clone()).ok_or(PressError::NoCard)
}

/// The activity of a press.
pub(super) fn pressed(author: &Author<'_>, chat: &Chat, press: &Press) -> Result<Value, PressError> {
    let message = match (&press.message, &press.notification) {
        (Some(id), _) => chat.message(id),
        (None, Some(notification)) => chat.card_of(notification),
        (None, None) => match &press.shows {
            Some(text) => chat.showing(text),
            None => chat.last_from_bot(),
        },
    };
    let message = message.ok_or(PressError::NoCard)?;
    let shown = message.card.as_ref().ok_or(PressError::NoCard)?;
    let mut action = card::button(shown, &press.button, &press.data)?;
    if press.old_client && action["type"] == "Action.Execute" && action["fallback"].is_object() {
        action = &action["fallback"];
    }
    let data = card::filled(shown, action, &press.inputs)?;
    match action["type"].as_str().unwrap_or_default() {
        "Action.Execute" => Ok(author.execute(&message.id, action, &data)),
        "Action.Submit" => Ok(author.submit(chat, &message.id, data)),
        kind => Err(PressError::NotForTheBot {
            button: press.button.clone(),
            kind: kind.to_owned(),
        }),
    }
}
