//! What happened, and the log that keeps it.
//!
//! This crate holds the typed events of every kind of stream, their stored form, the sealing of personal
//! fields, and the [`EventStore`] trait with its embedded implementations. It knows nothing of HTTP, actors or
//! read models, and it decides nothing: deciding is the `actors` crate's part.
//!
//! | module | holds |
//! |---|---|
//! | [`ids`] | one checked type per identifier |
//! | [`stream`], [`envelope`] | where an event lies and what surrounds it |
//! | [`user`], [`organization`], [`tenant`], [`outbound`], [`lease`], [`lineage`] | the facts, one enum per kind of stream; a user's in families |
//! | [`audit`] | what is answered for, event by event in a chain |
//! | [`api_key`] | keys of the API that are made at run time |
//! | [`event`] | an event of any kind of stream |
//! | [`codec`] | stored name and schema version ⇄ JSON, upcasting |
//! | [`address`] | the form in which mail addresses are compared |
//! | [`trace`] | where a trace of other systems goes on |
//! | [`shown`] | whether a text shows anything |
//! | [`sealing`] | personal fields under a key per person |
//! | [`store`] | the trait every store keeps, and the stores |
#![deny(clippy::wildcard_enum_match_arm)]

pub mod address;
pub mod api_key;
pub mod audit;
pub mod clock;
pub mod codec;
pub mod envelope;
pub mod event;
pub mod ids;
pub mod lease;
pub mod lineage;
pub mod onboarding;
pub mod organization;
pub mod outbound;
pub mod request;
pub mod sealing;
pub mod shown;
pub mod store;
pub mod stream;
pub mod tenant;
pub mod trace;
pub mod user;
pub mod work;

pub use clock::{Clock, ManualClock, SystemClock};
pub use codec::{DecodeError, StoredEvent};
pub use envelope::{Metadata, NewEvent, Position, Recorded, Version};
pub use event::Event;
pub use ids::{
    AadObjectId, ActivityId, ConversationId, EventId, InvalidId, LogId, MemberId, NodeId, NotificationId,
    OrganizationId, SubjectRef, TenantId, UserKey,
};
pub use lease::LeaseEvent;
pub use lineage::{Lineage, LogEvent};
pub use organization::OrganizationEvent;
pub use outbound::OutboundEvent;
pub use sealing::{KeyTable, Lookup, PersonId, Sealed, Vault, VaultError};
pub use store::{AppendError, Appended, Direction, EventStore, Expected, ReadError, StreamWrite};
pub use stream::{StreamId, StreamKind};
pub use tenant::TenantEvent;
pub use trace::{NotATraceParent, TraceParent};
pub use user::UserEvent;
