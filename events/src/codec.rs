//! Stored form: a stored name and a schema version beside a JSON payload.
//!
//! Names and shapes, once written, stay readable for ever. A change of shape raises the event's schema version
//! and adds an upcaster from the old one; `events/tests/frozen/` keeps one file per shape ever written and a test
//! reads them all. Decoding dispatches on the stored name; an unknown name is an error and never skipped.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::envelope::Recorded;
use crate::lease::LeaseEvent;
use crate::lineage::LogEvent;
use crate::organization::OrganizationEvent;
use crate::outbound::OutboundEvent;
use crate::stream::StreamKind;
use crate::tenant::TenantEvent;
use crate::user::UserEvent;

/// Why a stored event could not be read.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// No event of this stream kind has that name.
    #[error(
        "event type {event_type:?} is unknown in {family} streams; was the log written by a newer release?"
    )]
    UnknownType {
        /// The enum that was asked.
        family: &'static str,
        /// The stored name.
        event_type: String,
    },
    /// The payload was written by a release that knows a newer shape.
    #[error(
        "{event_type} has schema version {found}, but this release reads up to {supported}; upgrade first"
    )]
    TooNew {
        /// The stored name.
        event_type: String,
        /// The version found.
        found: u16,
        /// The newest version known here.
        supported: u16,
    },
    /// The payload does not have the shape that its version promises.
    #[error("{event_type} version {schema_version} holds a payload of another shape")]
    Shape {
        /// The stored name.
        event_type: String,
        /// The version found.
        schema_version: u16,
        /// What the parser said.
        #[source]
        source: serde_json::Error,
    },
}

/// A set of events that one kind of stream holds.
pub trait StoredEvent: Sized {
    /// The stored name; never changed.
    fn type_name(&self) -> &'static str;
    /// The version of the shape that is written today.
    fn schema_version(&self) -> u16;
    /// The payload.
    fn to_json(&self) -> String;
    /// Reads a payload of any version ever written.
    fn decode(event_type: &str, schema_version: u16, payload: &str) -> Result<Self, DecodeError>;
}

/// Turns one stored shape into the next newer one.
pub type Upcaster = fn(Value) -> Value;

/// Writes a payload.
pub(crate) fn encode_payload<T: Serialize>(event: &T) -> String {
    serde_json::to_string(event)
        .expect("event types hold only strings, numbers and lists, which always serialise")
}

/// Reads a payload of `schema_version`, carried up to `current` by `upcasters` (the first one lifts version 1).
pub(crate) fn decode_payload<T: DeserializeOwned>(
    event_type: &str,
    schema_version: u16,
    current: u16,
    upcasters: &[Upcaster],
    payload: &str,
) -> Result<T, DecodeError> {
    let shape = |source| DecodeError::Shape {
        event_type: event_type.to_owned(),
        schema_version,
        source,
    };
    if schema_version == current {
        return serde_json::from_str(payload).map_err(shape);
    }
    if schema_version > current || schema_version == 0 {
        return Err(DecodeError::TooNew {
            event_type: event_type.to_owned(),
            found: schema_version,
            supported: current,
        });
    }
    let old: Value = serde_json::from_str(payload).map_err(shape)?;
    let lifted = upcasters
        .iter()
        .skip(usize::from(schema_version) - 1)
        .fold(old, |value, lift| lift(value));
    serde_json::from_value(lifted).map_err(shape)
}

/// Declares the enum of one kind of stream. Each line is `Variant(payload type) = stored name, version, upcasters`.
macro_rules! stored_events {
    ($(#[$doc:meta])* pub enum $name:ident ($family:literal) {
        $( $(#[$variant_doc:meta])* $variant:ident = $version:literal $([ $($upcaster:path),+ ])? ,)+
    }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq)]
        pub enum $name {
            $( $(#[$variant_doc])* $variant($variant), )+
        }

        impl $name {
            /// Every stored name with the schema version written today.
            pub const TYPES: &'static [(&'static str, u16)] = &[ $( (stringify!($variant), $version) ),+ ];
        }

        $( impl From<$variant> for $name {
            fn from(event: $variant) -> Self { Self::$variant(event) }
        } )+

        impl $crate::codec::StoredEvent for $name {
            fn type_name(&self) -> &'static str {
                match self { $( Self::$variant(_) => stringify!($variant), )+ }
            }

            fn schema_version(&self) -> u16 {
                match self { $( Self::$variant(_) => $version, )+ }
            }

            fn to_json(&self) -> String {
                match self { $( Self::$variant(event) => $crate::codec::encode_payload(event), )+ }
            }

            fn decode(event_type: &str, schema_version: u16, payload: &str)
                -> Result<Self, $crate::codec::DecodeError> {
                match event_type {
                    $( stringify!($variant) => $crate::codec::decode_payload::<$variant>(
                        event_type, schema_version, $version, &[ $( $($upcaster),+ )? ], payload,
                    ).map(Self::$variant), )+
                    _ => Err($crate::codec::DecodeError::UnknownType {
                        family: $family, event_type: event_type.to_owned(),
                    }),
                }
            }
        }
    };
}
pub(crate) use stored_events;

/// The stored name as this release writes it; `None` where it knows no event of that name.
pub fn stored_name(name: &str) -> Option<&'static str> {
    let families = [
        UserEvent::TYPES,
        OrganizationEvent::TYPES,
        TenantEvent::TYPES,
        OutboundEvent::TYPES,
        LeaseEvent::TYPES,
        LogEvent::TYPES,
    ];
    let mut known = families.into_iter().flatten().map(|(name, _)| *name);
    known.find(|known| *known == name)
}

/// An event of any kind of stream.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// From a user's stream.
    User(UserEvent),
    /// From an organization's stream.
    Organization(OrganizationEvent),
    /// From a tenant's stream.
    Tenant(TenantEvent),
    /// From an outbound stream.
    Outbound(OutboundEvent),
    /// From the stream of leases.
    Lease(LeaseEvent),
    /// From the stream of the log itself.
    Log(LogEvent),
}

impl Recorded {
    /// Reads the payload as one enum; the caller knows which kind of stream it read.
    pub fn decode<E: StoredEvent>(&self) -> Result<E, DecodeError> {
        E::decode(&self.event_type, self.schema_version, &self.payload)
    }

    /// Reads the payload by its stream's kind.
    pub fn decode_any(&self) -> Result<Event, DecodeError> {
        match self.stream.kind() {
            StreamKind::User => self.decode().map(Event::User),
            StreamKind::Organization => self.decode().map(Event::Organization),
            StreamKind::Tenant => self.decode().map(Event::Tenant),
            StreamKind::Outbound => self.decode().map(Event::Outbound),
            StreamKind::Lease => self.decode().map(Event::Lease),
            StreamKind::Log => self.decode().map(Event::Log),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    struct Renamed {
        full_name: String,
        visits: u32,
    }

    fn name_to_full_name(mut old: Value) -> Value {
        let name = old["name"].take();
        serde_json::json!({ "full_name": name })
    }

    fn count_visits(mut old: Value) -> Value {
        old["visits"] = Value::from(1);
        old
    }

    const UPCASTERS: &[Upcaster] = &[name_to_full_name, count_visits];

    #[test]
    fn every_older_shape_is_lifted_to_the_newest() {
        let newest = Renamed {
            full_name: "Ada".into(),
            visits: 1,
        };
        for (version, payload) in [
            (1, r#"{"name":"Ada"}"#),
            (2, r#"{"full_name":"Ada"}"#),
            (3, r#"{"full_name":"Ada","visits":1}"#),
        ] {
            let read: Renamed = decode_payload("Renamed", version, 3, UPCASTERS, payload).unwrap();
            assert_eq!(read, newest, "version {version}");
        }
    }

    #[test]
    fn a_shape_from_the_future_is_an_error_that_says_what_to_do() {
        let error = decode_payload::<Renamed>("Renamed", 4, 3, UPCASTERS, "{}").unwrap_err();
        assert!(error.to_string().contains("upgrade first"), "{error}");
    }

    #[test]
    fn an_unknown_name_is_an_error() {
        assert!(matches!(
            UserEvent::decode("Nonsense", 1, "{}"),
            Err(DecodeError::UnknownType { .. })
        ));
    }
}
