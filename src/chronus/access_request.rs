//! Everything that the log holds about a member and the person that it is, for whoever asks to see it (GDPR, article 15):
//! the person's own stream, what Chronus told of the member, what was sent to them and what became of it. What is sealed
//! for them is opened, and what the organization wrote to them; what is sealed for somebody else stays closed, and of
//! others who were told the same their number is left alone.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use events::sealing::VaultError;
use events::{
    EventStore, LogId, MemberId, OrganizationId, PersonId, Position, ReadError, Recorded, UserKey, Vault,
};
use projections::erasure::Traces;
use serde::Serialize;
use serde_json::Value;
use tokio::sync::watch;

mod opening;
mod reading;
pub mod telling;

use opening::open;
use reading::{Reader, sources};

/// Events read at a time.
const BATCH: usize = 2_000;

/// About whom it is.
#[derive(Debug, Clone)]
pub struct Whose {
    organization: OrganizationId,
    member: MemberId,
    users: Vec<UserKey>,
    persons: HashSet<PersonId>,
    organization_itself: PersonId,
}

impl Whose {
    /// A member, and the persons and addresses that were found for it.
    pub fn new(organization: &OrganizationId, member: &MemberId, traces: &Traces) -> Self {
        Self {
            organization: organization.clone(),
            member: member.clone(),
            users: traces.users.clone(),
            persons: traces.persons(organization, member).into_iter().collect(),
            organization_itself: PersonId::organization(organization),
        }
    }
}

/// What stands above the events.
#[derive(Debug, Clone, Serialize)]
pub struct Head {
    /// The member's organization.
    pub organization_id: OrganizationId,
    /// The member.
    pub member_id: MemberId,
    /// The persons of the tenant that are this member.
    pub people: Vec<UserKey>,
    /// Which log was read, and up to where.
    pub log: Option<LogId>,
    /// The end of the log when the reading began.
    pub position: Position,
}

/// One event about the person.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Entry {
    /// Its place in the log.
    pub position: Position,
    /// When it was recorded.
    pub time: DateTime<Utc>,
    /// Its stored name.
    #[serde(rename = "type")]
    pub event_type: String,
    /// What it says, opened.
    pub data: Value,
}

/// Why it broke off.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// The log could not be read.
    #[error("the log could not be read")]
    Read(#[from] ReadError),
    /// A value could not be opened.
    #[error("a value could not be opened")]
    Vault(#[from] VaultError),
    /// An event holds no JSON.
    #[error("the event at position {position} cannot be read")]
    Payload {
        /// Where it stands.
        position: Position,
        /// Why.
        source: serde_json::Error,
    },
    /// What was found could not be written.
    #[error("what was found could not be written")]
    Write(#[from] std::io::Error),
}

/// Reads the log up to `head`'s position and gives each event about the person to `take`, in the log's order. `at` tells how far
/// it is.
pub async fn gather(
    store: &dyn EventStore,
    vault: &Vault,
    whose: &Whose,
    until: Position,
    at: &watch::Sender<Position>,
    mut take: impl FnMut(Entry) -> std::io::Result<()>,
) -> Result<(), AccessError> {
    let mut reader = Reader::new(whose, sources(store, &whose.users).await?);
    let mut after = Position::START;
    while after < until {
        let events = store.read_log(after, BATCH).await?;
        let Some(last) = events.last() else { break };
        after = last.position;
        for event in events.iter().filter(|event| event.position <= until) {
            if let Some(entry) = entry(event, &mut reader, vault).await? {
                take(entry)?;
            }
        }
        at.send_replace(after.min(until));
    }
    Ok(())
}

async fn entry(
    event: &Recorded,
    reader: &mut Reader<'_>,
    vault: &Vault,
) -> Result<Option<Entry>, AccessError> {
    if !reader.may_concern(event) {
        return Ok(None);
    }
    let position = event.position;
    let mut data: Value =
        serde_json::from_str(&event.payload).map_err(|source| AccessError::Payload { position, source })?;
    if !reader.concerns(event, &data) {
        return Ok(None);
    }
    reader.leave_others_out(&mut data, event.stream.is_audit());
    open(&mut data, reader.whose(), vault).await?;
    Ok(Some(Entry {
        position,
        time: event.metadata.time,
        event_type: event.event_type.to_string(),
        data,
    }))
}
