//! Stored form: a stored name and a schema version beside a JSON payload.
//!
//! Names and shapes, once written, stay readable for ever. A change of shape raises the event's schema version
//! and adds an upcaster from the old one; `events/tests/frozen/` keeps one file per shape ever written and a test
//! reads them all. Decoding dispatches on the stored name; an unknown name is an error and never skipped.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

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
    /// What the streams are called that hold it.
    const STREAM: &'static str;
    /// Reads a payload of any version ever written; `None` where no event of that name is in the set.
    fn decode_known(
        event_type: &str,
        schema_version: u16,
        payload: &str,
    ) -> Option<Result<Self, DecodeError>>;
    /// The same, where a name that is not in the set is an error.
    fn decode(event_type: &str, schema_version: u16, payload: &str) -> Result<Self, DecodeError> {
        Self::decode_known(event_type, schema_version, payload).unwrap_or_else(|| {
            Err(DecodeError::UnknownType {
                family: Self::STREAM,
                event_type: event_type.to_owned(),
            })
        })
    }
}

/// The payload of an event, which belongs to one family only.
pub trait Fact {
    /// The enum that names it.
    type Family;
    /// The event of that family.
    fn into_family(self) -> Self::Family;
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

/// Stored names with the schema version written today.
pub type Types = &'static [(&'static str, u16)];

/// The names of several families as one list.
pub(crate) const fn joined<const ALL: usize>(families: &[Types]) -> [(&'static str, u16); ALL] {
    let mut all = [("", 0); ALL];
    let (mut next, mut family) = (0, 0);
    while family < families.len() {
        let mut index = 0;
        while index < families[family].len() {
            all[next] = families[family][index];
            (next, index) = (next + 1, index + 1);
        }
        family += 1;
    }
    all
}

/// The payload's type: the variant's own name, where none is given in brackets.
macro_rules! payload {
    ($variant:ident) => {
        $variant
    };
    ($variant:ident $payload:ident) => {
        $payload
    };
}
pub(crate) use payload;

/// The stored name: that of the payload's type.
macro_rules! payload_name {
    ($variant:ident) => {
        stringify!($variant)
    };
    ($variant:ident $payload:ident) => {
        stringify!($payload)
    };
}
pub(crate) use payload_name;

/// Declares the enum of one family of events. Each line is `Variant(payload's type) = version [upcasters]`; the payload's
/// type is the stored name, and may be left out where it is the variant's name too.
macro_rules! stored_events {
    ($(#[$doc:meta])* pub enum $name:ident ($stream:literal) {
        $( $(#[$variant_doc:meta])* $variant:ident $(($payload:ident))? = $version:literal
            $([ $($upcaster:path),+ ])? ,)+
    }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq)]
        pub enum $name {
            $( $(#[$variant_doc])* $variant($crate::codec::payload!($variant $($payload)?)), )+
        }

        impl $name {
            /// Every stored name with the schema version written today.
            pub const TYPES: $crate::codec::Types =
                &[ $( ($crate::codec::payload_name!($variant $($payload)?), $version) ),+ ];
        }

        $(
            impl From<$crate::codec::payload!($variant $($payload)?)> for $name {
                fn from(event: $crate::codec::payload!($variant $($payload)?)) -> Self { Self::$variant(event) }
            }
            impl $crate::codec::Fact for $crate::codec::payload!($variant $($payload)?) {
                type Family = $name;
                fn into_family(self) -> $name { $name::$variant(self) }
            }
        )+

        impl $crate::codec::StoredEvent for $name {
            const STREAM: &'static str = $stream;

            fn type_name(&self) -> &'static str {
                match self { $( Self::$variant(_) => $crate::codec::payload_name!($variant $($payload)?), )+ }
            }

            fn schema_version(&self) -> u16 {
                match self { $( Self::$variant(_) => $version, )+ }
            }

            fn to_json(&self) -> String {
                match self { $( Self::$variant(event) => $crate::codec::encode_payload(event), )+ }
            }

            fn decode_known(event_type: &str, schema_version: u16, payload: &str)
                -> Option<Result<Self, $crate::codec::DecodeError>> {
                Some(match event_type {
                    $( $crate::codec::payload_name!($variant $($payload)?) =>
                        $crate::codec::decode_payload::<$crate::codec::payload!($variant $($payload)?)>(
                            event_type, schema_version, $version, &[ $( $($upcaster),+ )? ], payload,
                        ).map(Self::$variant), )+
                    _ => return None,
                })
            }
        }
    };
}
pub(crate) use stored_events;

/// Declares the enum of a kind of stream that holds several families.
macro_rules! event_families {
    ($(#[$doc:meta])* pub enum $name:ident ($stream:literal) {
        $( $(#[$family_doc:meta])* $family:ident ,)+
    }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq)]
        pub enum $name {
            $( $(#[$family_doc])* $family($family), )+
        }

        impl $name {
            /// Every stored name with the schema version written today.
            pub const TYPES: $crate::codec::Types = {
                const ALL: usize = 0 $( + $family::TYPES.len() )+;
                &$crate::codec::joined::<ALL>(&[ $( $family::TYPES ),+ ])
            };
        }

        $( impl From<$family> for $name {
            fn from(event: $family) -> Self { Self::$family(event) }
        } )+

        impl<F: $crate::codec::Fact> From<F> for $name where $name: From<F::Family> {
            fn from(fact: F) -> Self { fact.into_family().into() }
        }

        impl $crate::codec::StoredEvent for $name {
            const STREAM: &'static str = $stream;

            fn type_name(&self) -> &'static str {
                match self { $( Self::$family(event) => event.type_name(), )+ }
            }

            fn schema_version(&self) -> u16 {
                match self { $( Self::$family(event) => event.schema_version(), )+ }
            }

            fn to_json(&self) -> String {
                match self { $( Self::$family(event) => event.to_json(), )+ }
            }

            fn decode_known(event_type: &str, schema_version: u16, payload: &str)
                -> Option<Result<Self, $crate::codec::DecodeError>> {
                $(
                    if let Some(event) = $family::decode_known(event_type, schema_version, payload) {
                        return Some(event.map(Self::$family));
                    }
                )+
                None
            }
        }
    };
}
pub(crate) use event_families;

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
}
