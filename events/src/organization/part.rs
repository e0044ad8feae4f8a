//! A part of what an organization does in Chronus, which its administrator switches off for Teams by itself: a programme or an ERG.

use serde::{Deserialize, Serialize};

/// What a part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartKind {
    /// A programme.
    Programme,
    /// An employee resource group.
    Erg,
}

impl PartKind {
    /// The stored name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Programme => "programme",
            Self::Erg => "erg",
        }
    }
}

/// A part, by what it is found by: a programme by its name, an ERG by a keyed hash of it, since who is told of an ERG may be
/// thought to belong to it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Part {
    /// What it is.
    pub kind: PartKind,
    /// By what it is found.
    pub key: String,
}

impl Part {
    /// A programme with this name.
    pub fn programme(name: &str) -> Self {
        Self {
            kind: PartKind::Programme,
            key: plain(name),
        }
    }

    /// An ERG whose name has this hash; see [`plain`] for what is hashed.
    pub fn erg(hash: &str) -> Self {
        Self {
            kind: PartKind::Erg,
            key: hash.to_owned(),
        }
    }
}

/// A name as it is compared: letters of either case and spaces more or less are the same name.
pub fn plain(name: &str) -> String {
    let words: Vec<String> = name.split_whitespace().map(str::to_lowercase).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_the_same_in_either_case_and_with_more_spaces() {
        assert_eq!(
            Part::programme("Spring  Mentoring 2027 "),
            Part::programme("spring mentoring 2027")
        );
        assert_ne!(Part::programme("Spring"), Part::erg("spring"));
    }

    #[test]
    fn the_stored_names_are_those_that_serde_writes() {
        for kind in [PartKind::Programme, PartKind::Erg] {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
    }
}
