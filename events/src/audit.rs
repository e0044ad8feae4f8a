//! What is answered for: who did what, when, why and from where. These events stand in the audit streams, and each says by
//! a hash which event stood before it there, so that one that was changed or taken out shows, whatever store keeps the log.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::envelope::{Position, Recorded};
use crate::ids::MemberId;
use crate::sealing::PersonId;

/// The hash of an event as the log keeps it: stream, version, id, name, time and payload. Its place in the log is left out,
/// since that changes when a log is copied to another store.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Link(Box<str>);

impl Link {
    /// What the next event of the stream says of this one.
    pub fn to(event: &Recorded) -> Self {
        let mut hash = Sha256::new();
        let version = event.version.0.to_string();
        let schema = event.schema_version.to_string();
        let time = event.metadata.time.timestamp_millis().to_string();
        let id = event.id.0.to_string();
        for part in [
            "chronus-teams audit",
            event.stream.as_str(),
            &version,
            &id,
            &event.event_type,
            &schema,
            &time,
            &event.payload,
        ] {
            // The length before each part: no two events have the same parts in a row.
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        let digest = hash.finalize();
        let text = digest
            .iter()
            .fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
        Self(text.into())
    }

    /// The hash as hexadecimal text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Link({})", self.0)
    }
}

/// See [`OutboundEvent::PersonalValuesOpened`](crate::OutboundEvent::PersonalValuesOpened).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonalValuesOpened {
    /// Whose: `person/<tenant>/<object id>`, `member/<member id>`, `names` where many were looked through, or `log` where
    /// the log was printed opened.
    pub about: String,
    /// Who opened them: the way and the name of an API key.
    pub by: String,
    /// Why, in their words.
    pub reason: String,
    /// Until when they stayed open to them.
    pub until: DateTime<Utc>,
    /// From which address, or by whom on the machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The event before it in the stream; absent where an earlier release wrote it, and for a stream's first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chain: Option<Link>,
}

/// See [`OutboundEvent::ActRecorded`](crate::OutboundEvent::ActRecorded). Recorded before it is done, and a second time
/// where it could not be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActRecorded {
    /// One for both records of an act.
    pub act_id: Uuid,
    /// What: a name such as `tenant.disable`. More of them come with releases.
    pub act: String,
    /// To whom or what: `member/<member id>`, `key/<name>`, ….
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    /// Who: the way and the name of an API key, or `cli`.
    pub by: String,
    /// Why, in their words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// From which address, or by whom on the machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The status of the refusal, where it could not be done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<u16>,
    /// The event before it in the stream; absent for a stream's first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chain: Option<Link>,
}

/// See [`OutboundEvent::CallersRefused`](crate::OutboundEvent::CallersRefused). At most one a minute for each kind of refusal: whoever
/// asks in vain without end does not fill the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallersRefused {
    /// Where: `api` or `console`.
    pub surface: String,
    /// The key's name, where it is known and may not do what was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The role that it would have needed; absent where the key is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// How often.
    pub count: u64,
    /// From which addresses, the first few.
    pub from: Vec<String>,
    /// The first time.
    pub since: DateTime<Utc>,
    /// The last time.
    pub until: DateTime<Utc>,
    /// The event before it in the stream; absent for a stream's first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chain: Option<Link>,
}

/// See [`OutboundEvent::ErasureOrdered`](crate::OutboundEvent::ErasureOrdered). It is done once an
/// [`ErasureCertified`] with the same id stands behind it, by whoever is there to do it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErasureOrdered {
    /// The erasure.
    pub erasure_id: Uuid,
    /// The member that is to be forgotten; absent for somebody of the tenant who is no member.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member_id: Option<MemberId>,
    /// Whose keys are to be destroyed, beside those that the log gives: whoever an earlier certificate named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub persons: Vec<PersonId>,
    /// When it was asked for. What Chronus told of the member later than that stays.
    pub asked_at: DateTime<Utc>,
    /// Whether the log lost it: it was done, and a backup of before was restored. Then nobody is served before it is done again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub again: bool,
    /// Who asked for it.
    pub by: String,
    /// Why, in their words; nothing personal.
    pub reason: String,
    /// The event before it in the stream; absent for a stream's first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chain: Option<Link>,
}

/// See [`OutboundEvent::ErasureCertified`](crate::OutboundEvent::ErasureCertified): what an erasure promises, in a form that can be
/// held against the log and its keys at any time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErasureCertified {
    /// The erasure.
    pub erasure_id: Uuid,
    /// The member that was forgotten; absent for somebody of the tenant who is no member.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member_id: Option<MemberId>,
    /// Whose keys were destroyed. Nothing that was sealed for them up to `until` opens any more.
    pub persons: Vec<PersonId>,
    /// The end of the log before the first key was destroyed.
    pub until: Position,
    /// How many keys there were; 0 where all of them were destroyed before.
    pub keys_destroyed: u64,
    /// Who asked for it.
    pub by: String,
    /// Why, in their words; nothing personal.
    pub reason: String,
    /// The event before it in the stream; absent for a stream's first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chain: Option<Link>,
}
