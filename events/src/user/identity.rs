//! Who the person is: what Teams tells of them, and which member of an organization they are.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::codec::stored_events;
use crate::ids::{MemberId, OrganizationId};
use crate::sealing::{Lookup, Sealed};

stored_events! {
    /// Who the person is.
    pub enum Identity ("user") {
        /// The person's name and addresses are to be looked up.
        ProfileRequested = 1,
        /// Teams told the person's name and addresses.
        ProfileResolved = 1,
        /// Teams told the same of the person as before.
        ProfileConfirmed = 1,
        /// Teams could not tell who the person is.
        ProfileUnavailable = 1,
        /// The person is a member of an organization in Chronus.
        MemberLinked = 1,
        /// The person is that member no longer.
        MemberUnlinked = 1,
    }
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
    /// Somebody else was told to have the same chat with the bot.
    ChatShared,
}

/// See [`Identity::ProfileRequested`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ProfileRequested {
    /// Why; absent for a new install.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<ProfileCause>,
}

/// See [`Identity::ProfileConfirmed`]. It holds nothing: its time is all that it tells.
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

/// See [`Identity::ProfileResolved`].
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

/// See [`Identity::ProfileUnavailable`].
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

/// See [`Identity::MemberLinked`].
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

/// See [`Identity::MemberUnlinked`].
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
