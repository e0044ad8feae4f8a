//! Whether the person is there: the app, the chat and its client, and whether they can be reached.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::codec::stored_events;
use crate::ids::{ConversationId, NotificationId};

stored_events! {
    /// Whether the person is there, where, and with what client.
    pub enum Presence ("user") {
        /// The app is in the person's personal scope, by whatever evidence.
        AppInstalled = 1,
        /// The app is gone from the person's personal scope.
        AppUninstalled = 1,
        /// The chat's address changed.
        ReferenceRefreshed = 1,
        /// The newest activity of the person's own chat so far: what happened before it is old news of that chat.
        ActivityObserved = 1,
        /// The person's language, zone or device class changed.
        ClientObserved = 1,
        /// What Chronus or the organization says of the person's language and zone. It counts until the person's own
        /// client tells.
        ClientDefaultsChanged = 1,
        /// What is known of reaching the person changed.
        ReachabilityChanged = 1,
        /// The person asked, and confirmed having meant it, that what is personal of them is forgotten.
        ErasureRequested = 1,
        /// The person was erased: their keys are destroyed.
        Erased(UserErased) = 1,
    }
}

/// Where a person's chat is and how the Bot Connector names its parties.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConversationRef {
    /// The personal chat.
    pub conversation_id: ConversationId,
    /// The connector's base URL for this chat, from the newest verified activity.
    pub service_url: String,
    /// The person as this bot knows them (`29:…`).
    pub teams_user_id: String,
    /// The bot (`28:…`).
    pub bot_id: String,
}

/// How an install became known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InstallEvidence {
    /// `installationUpdate` with `add` or `add-upgrade`.
    InstallationUpdate,
    /// `conversationUpdate` that added the bot.
    ConversationUpdate,
    /// The person wrote or pressed a button, so the app must be there.
    Activity,
}

/// See [`Presence::AppInstalled`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AppInstalled {
    /// The chat.
    pub conversation: ConversationRef,
    /// How it became known.
    pub evidence: InstallEvidence,
    /// The app package's version, where the activity told it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_version: Option<String>,
}

/// How an uninstall became known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UninstallEvidence {
    /// `installationUpdate` with `remove` or `remove-upgrade`.
    InstallationUpdate,
    /// `conversationUpdate` that removed the person or the bot.
    MembersRemoved,
    /// The connector said that the bot is not in the chat.
    Refusal,
}

/// See [`Presence::AppUninstalled`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AppUninstalled {
    /// How it became known.
    pub evidence: UninstallEvidence,
}

/// See [`Presence::ReferenceRefreshed`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReferenceRefreshed {
    /// The chat as it is now.
    pub conversation: ConversationRef,
    /// The card for which the chat was asked for anew; absent where an activity of the person showed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recovered_for: Option<NotificationId>,
}

/// See [`Presence::ClientObserved`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientObserved {
    /// BCP 47 language tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// The zone, as the client names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
    /// The name that the client told last, where nobody knows it and `timezone` is the one that was known before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unknown_timezone: Option<String>,
    /// Device class as Teams names it: `Web`, `Windows`, `iOS`, …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
}

/// See [`Presence::ActivityObserved`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActivityObserved {
    /// When Teams says that it happened (the activity's `timestamp`), never later than when it was received.
    pub at: DateTime<Utc>,
}

/// See [`Presence::ClientDefaultsChanged`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientDefaultsChanged {
    /// Language tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// Time zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
    /// The name that Chronus gave last, where nobody knows it and `timezone` is the one that was known before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unknown_timezone: Option<String>,
}

/// What is known about whether a person can be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reachability {
    /// The app is installed and nothing speaks against it.
    Reachable,
    /// The app is not installed.
    Uninstalled,
    /// The person blocked the bot.
    Blocked,
    /// The tenant's administrator disabled the app.
    DisabledByAdmin,
}

impl Reachability {
    /// The stored name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reachable => "reachable",
            Self::Uninstalled => "uninstalled",
            Self::Blocked => "blocked",
            Self::DisabledByAdmin => "disabled_by_admin",
        }
    }
}

/// See [`Presence::ReachabilityChanged`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReachabilityChanged {
    /// The new state.
    pub state: Reachability,
    /// What showed it: `installation_update`, `activity`, or the connector's code.
    pub evidence: String,
}

/// See [`Presence::Erased`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UserErased {
    /// Who asked for it: `cli`, `api`.
    pub by: String,
}

/// See [`Presence::ErasureRequested`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ErasureRequested {
    /// The card on which it was confirmed.
    pub notification_id: NotificationId,
}
