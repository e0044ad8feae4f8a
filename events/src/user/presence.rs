//! Whether the person is there, who they are, and whether they want to hear from Chronus.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::ids::{ConversationId, MemberId, NotificationId, OrganizationId};
use crate::sealing::{Lookup, Sealed};

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

/// See [`super::UserEvent::AppInstalled`].
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

/// See [`super::UserEvent::AppUninstalled`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AppUninstalled {
    /// How it became known.
    pub evidence: UninstallEvidence,
}

/// See [`super::UserEvent::ReferenceRefreshed`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReferenceRefreshed {
    /// The chat as it is now.
    pub conversation: ConversationRef,
    /// The card for which the chat was asked for anew; absent where an activity of the person showed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recovered_for: Option<NotificationId>,
}

/// See [`super::UserEvent::ClientObserved`].
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

/// Why a person is looked up again in the tenant's directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProfileCause {
    /// The person did something in the chat, and what is known of them is old or has no address.
    Activity,
    /// The person asked how they are connected.
    Command,
    /// Chronus told a new address of a member who is this person, or whose new address leads to them.
    MemberChanged,
    /// A card came for a member for the first time, and the directory was asked before that.
    Linked,
    /// A linked member's address leads to nobody.
    NotFound,
    /// The directory told the same address of somebody else.
    AddressShared,
}

/// See [`super::UserEvent::ActivityObserved`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActivityObserved {
    /// When Teams says that it happened (the activity's `timestamp`), never later than when it was received.
    pub at: DateTime<Utc>,
}

/// See [`super::UserEvent::ClientDefaultsChanged`].
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

/// See [`super::UserEvent::ProfileRequested`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ProfileRequested {
    /// Why; absent for a new install.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<ProfileCause>,
}

/// See [`super::UserEvent::ProfileConfirmed`]. It holds nothing: its time is all that it tells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProfileConfirmed {}

/// What a person is in the tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MemberRole {
    /// A person of the tenant.
    User,
    /// A guest from another tenant.
    Guest,
}

/// See [`super::UserEvent::ProfileResolved`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProfileResolved {
    /// Display name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Sealed>,
    /// Mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<Sealed>,
    /// The mail address's lookup.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email_lookup: Option<Lookup>,
    /// User principal name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upn: Option<Sealed>,
    /// The UPN's lookup.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upn_lookup: Option<Lookup>,
    /// The lookup that the first releases gave the mail address, where it was another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email_former_lookup: Option<Lookup>,
    /// The lookup that the first releases gave the UPN, where it was another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upn_former_lookup: Option<Lookup>,
    /// Person of the tenant or guest.
    pub role: MemberRole,
}

/// See [`super::UserEvent::ProfileUnavailable`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProfileUnavailable {
    /// The HTTP status, where there was an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The connector's code or a short reason.
    pub code: String,
    /// When it is asked again. Absent in events of early releases, which gave up: these are asked again a day later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_at: Option<DateTime<Utc>>,
}

/// What shows that a person is a member: an address that Chronus knows, or something stronger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MatchedBy {
    /// The mail address.
    Email,
    /// The user principal name.
    Upn,
    /// The object id, which Chronus gave.
    ObjectId,
    /// An administrator said so.
    Admin,
}

/// See [`super::UserEvent::MemberLinked`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MemberLinked {
    /// The organization.
    pub organization_id: OrganizationId,
    /// The person in Chronus, where Chronus gave an id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member_id: Option<MemberId>,
    /// What shows it.
    pub matched_by: MatchedBy,
}

/// Why a person is a member no longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnlinkReason {
    /// Chronus removed the member.
    MemberRemoved,
    /// The member's address leads to this person no longer: Chronus or the directory changed it.
    AddressChanged,
    /// Chronus gave an object id, and it is somebody else's.
    ObjectIdGiven,
    /// An administrator said so.
    Admin,
    /// The evidence about whose address it is disagrees.
    Conflict,
    /// The person is a guest of the tenant now.
    Guest,
    /// The person is another member now.
    OtherMember,
}

/// See [`super::UserEvent::MemberUnlinked`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MemberUnlinked {
    /// The organization.
    pub organization_id: OrganizationId,
    /// Which member the person was, where Chronus gave an id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member_id: Option<MemberId>,
    /// Why the link ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<UnlinkReason>,
}

/// See [`super::UserEvent::Connected`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Connected {}

/// See [`super::UserEvent::Disconnected`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Disconnected {}

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

/// See [`super::UserEvent::ReachabilityChanged`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReachabilityChanged {
    /// The new state.
    pub state: Reachability,
    /// What showed it: `installation_update`, `activity`, or the connector's code.
    pub evidence: String,
}

/// See [`super::UserEvent::UserErased`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UserErased {
    /// Who asked for it: `cli`, `api`.
    pub by: String,
}
