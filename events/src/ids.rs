//! One type per identifier, each with a single checked way in, so that two ids cannot be swapped and holding a
//! value is the proof that it was checked. Ids from Teams are opaque text: the local Teams client sends ids that
//! are no valid GUIDs, and real ones have changed shape before.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The namespace of every id that this product derives (UUIDv5), itself derived from the product's name.
const NAMESPACE: Uuid = Uuid::from_u128(0x7a0c_3f52_9d1e_5b64_8c27_41e6_b0d9_53aa);

/// Longest identifier accepted, in bytes; the longest known in the wild (a conversation id) has about 140.
const MAX_ID_BYTES: usize = 512;

/// Why a text is not an identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidId {
    /// Nothing was given.
    #[error("{what} is empty")]
    Empty {
        /// The identifier's name.
        what: &'static str,
    },
    /// More than 512 bytes were given.
    #[error("{what} is longer than {MAX_ID_BYTES} bytes")]
    TooLong {
        /// The identifier's name.
        what: &'static str,
    },
    /// A character that the identifier may not hold.
    #[error("{what} holds the character {character:?}, which is not allowed")]
    Character {
        /// The identifier's name.
        what: &'static str,
        /// The offending character.
        character: char,
    },
    /// Not of the form that the identifier has.
    #[error("{what} must look like {form}")]
    Form {
        /// The identifier's name.
        what: &'static str,
        /// What it looks like.
        form: &'static str,
    },
}

fn check(what: &'static str, text: &str, allowed: fn(char) -> bool) -> Result<(), InvalidId> {
    if text.is_empty() {
        return Err(InvalidId::Empty { what });
    }
    if text.len() > MAX_ID_BYTES {
        return Err(InvalidId::TooLong { what });
    }
    text.chars()
        .find(|c| !allowed(*c))
        .map_or(Ok(()), |character| Err(InvalidId::Character { what, character }))
}

fn opaque(c: char) -> bool {
    !c.is_control() && !c.is_whitespace()
}

/// Characters that keep a name readable in stream names, paths and tables.
fn plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':' | '@' | '~')
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $what:literal, $allowed:path, $normal:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Box<str>);

        impl $name {
            /// Checks `text` and keeps it.
            pub fn parse(text: impl AsRef<str>) -> Result<Self, InvalidId> {
                let normal: fn(&str) -> String = $normal;
                let text = normal(text.as_ref());
                check($what, &text, $allowed)?;
                Ok(Self(text.into_boxed_str()))
            }

            /// The identifier's text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Self::parse(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;
            fn try_from(text: String) -> Result<Self, InvalidId> {
                Self::parse(text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0.into()
            }
        }
    };
}

text_id!(
    /// A Microsoft 365 (Entra) tenant; kept in lower case, since GUIDs compare without case.
    TenantId, "tenant id", plain, |t| t.trim().to_ascii_lowercase()
);
text_id!(
    /// A person's object id in Entra; kept in lower case.
    AadObjectId, "aad object id", plain, |t| t.trim().to_ascii_lowercase()
);
text_id!(
    /// A Chronus customer.
    OrganizationId, "organization id", plain, |t| t.trim().to_owned()
);
text_id!(
    /// A person in Chronus, unique within the organization.
    MemberId, "member id", plain, |t| t.trim().to_owned()
);
text_id!(
    /// A Teams chat as the Bot Connector names it (`a:…` for a personal chat); opaque.
    ConversationId, "conversation id", opaque, str::to_owned
);
text_id!(
    /// An activity as the Bot Connector names it; opaque, mostly decimal epoch milliseconds.
    ActivityId, "activity id", opaque, str::to_owned
);
text_id!(
    /// A running service node: the configured name and what keeps one start apart from the next.
    NodeId, "node id", plain, |t| t.trim().to_owned()
);

/// A Teams user: a person in a tenant. The identity behind every actor and every user stream.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UserKey {
    /// The person's tenant.
    pub tenant_id: TenantId,
    /// The person's object id there.
    pub aad_object_id: AadObjectId,
}

impl UserKey {
    /// The person `aad_object_id` of `tenant_id`.
    pub fn new(tenant_id: TenantId, aad_object_id: AadObjectId) -> Self {
        Self {
            tenant_id,
            aad_object_id,
        }
    }

    /// Reads the form that `Display` writes: `<tenant>/<aad object id>`.
    pub fn parse(text: impl AsRef<str>) -> Result<Self, InvalidId> {
        let form = InvalidId::Form {
            what: "Teams user",
            form: "<tenant id>/<aad object id>",
        };
        let (tenant, person) = text.as_ref().split_once('/').ok_or(form)?;
        Ok(Self::new(TenantId::parse(tenant)?, AadObjectId::parse(person)?))
    }
}

impl fmt::Display for UserKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.tenant_id, self.aad_object_id)
    }
}

impl fmt::Debug for UserKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UserKey({self})")
    }
}

impl TryFrom<String> for UserKey {
    type Error = InvalidId;
    fn try_from(text: String) -> Result<Self, InvalidId> {
        Self::parse(text)
    }
}

impl From<UserKey> for String {
    fn from(key: UserKey) -> String {
        key.to_string()
    }
}

/// The Chronus thing a card is about, `<kind>/<id>`: `mentoring_request/123`, `meeting/9`, `thread/55`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SubjectRef(Box<str>);

impl SubjectRef {
    /// Checks that `text` has a kind and an id.
    pub fn parse(text: impl AsRef<str>) -> Result<Self, InvalidId> {
        let text = text.as_ref();
        check("subject", text, |c| plain(c) || c == '/')?;
        match text.split_once('/') {
            Some((kind, id)) if !kind.is_empty() && !id.is_empty() => Ok(Self(text.into())),
            _ => Err(InvalidId::Form {
                what: "subject",
                form: "<kind>/<id>, such as mentoring_request/123",
            }),
        }
    }

    /// The whole reference.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part before the slash.
    pub fn kind(&self) -> &str {
        self.0.split_once('/').map_or("", |(kind, _)| kind)
    }
}

impl fmt::Display for SubjectRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for SubjectRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SubjectRef({})", self.0)
    }
}

impl TryFrom<String> for SubjectRef {
    type Error = InvalidId;
    fn try_from(text: String) -> Result<Self, InvalidId> {
        Self::parse(text)
    }
}

impl From<SubjectRef> for String {
    fn from(subject: SubjectRef) -> String {
        subject.0.into()
    }
}

macro_rules! derived_id {
    ($(#[$doc:meta])* $name:ident, $domain:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// Derives the id from what makes it unique (UUIDv5), so that the same cause gives the same id for ever.
            pub fn derive<'a>(parts: impl IntoIterator<Item = &'a str>) -> Self {
                let mut name = String::from($domain);
                for part in parts {
                    // The length keeps ("ab", "c") and ("a", "bc") apart.
                    name.push_str(&format!("\u{1f}{}\u{1f}{part}", part.len()));
                }
                Self(Uuid::new_v5(&NAMESPACE, name.as_bytes()))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, uuid::Error> {
                Uuid::parse_str(text).map(Self)
            }
        }
    };
}

derived_id!(
    /// A stored event.
    EventId, "event"
);
derived_id!(
    /// One card for one Teams user.
    NotificationId, "notification"
);

derived_id!(
    /// A log. Made at random, since two logs with the same content are two logs.
    LogId, "log"
);

impl LogId {
    /// An id that no other log has.
    #[expect(
        clippy::disallowed_methods,
        reason = "a log is told from its own copy by nothing but chance"
    )]
    pub fn unique() -> Self {
        Self(Uuid::now_v7())
    }
}

impl EventId {
    /// An id that no other event has. Only for what must never pass for a repeat of something else: leave that is given
    /// once, to one of several nodes. Whoever appends it and gets no answer finds out by reading.
    #[expect(
        clippy::disallowed_methods,
        reason = "a derived id would be the same on two nodes, and each would take the other's append for its own"
    )]
    pub fn unique() -> Self {
        Self(Uuid::now_v7())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guids_compare_without_case() {
        assert_eq!(
            TenantId::parse("ABC-1").unwrap(),
            TenantId::parse(" abc-1 ").unwrap()
        );
    }

    #[test]
    fn the_playgrounds_odd_ids_are_accepted() {
        assert!(TenantId::parse("00000000-0000-0000-0000-0000000000001").is_ok());
        assert!(
            UserKey::parse("00000000-0000-0000-0000-0000000000001/00000000-0000-0000-0000-0000000000020")
                .is_ok()
        );
    }

    #[test]
    fn a_user_key_round_trips_through_its_text() {
        let key = UserKey::parse("t-1/a-1").unwrap();
        assert_eq!(UserKey::parse(key.to_string()).unwrap(), key);
    }

    #[test]
    fn ids_that_could_break_a_stream_name_are_refused() {
        for bad in ["", " ", "a/b", "a b", "a\nb"] {
            assert!(TenantId::parse(bad).is_err(), "{bad:?}");
        }
        assert!(SubjectRef::parse("mentoring_request").is_err());
        assert!(SubjectRef::parse("/1").is_err());
    }

    #[test]
    fn derived_ids_depend_on_where_the_parts_end() {
        assert_ne!(
            NotificationId::derive(["ab", "c"]),
            NotificationId::derive(["a", "bc"])
        );
        assert_ne!(NotificationId::derive(["a"]).0, EventId::derive(["a"]).0);
        assert_eq!(
            NotificationId::derive(["a", "b"]),
            NotificationId::derive(["a", "b"])
        );
    }
}
