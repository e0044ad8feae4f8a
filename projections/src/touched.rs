//! What an event changed that other models hold too. Whoever folds the event says so to whoever called, and looks at
//! nobody's rows but its own.

use std::collections::BTreeSet;

/// What an event changed: whoever is concerned is looked at again.
#[derive(Debug, Clone, Default)]
pub(crate) struct Touched {
    pub(crate) members: BTreeSet<String>,
    pub(crate) users: BTreeSet<String>,
    pub(crate) lookups: BTreeSet<String>,
    pub(crate) objects: BTreeSet<String>,
}

impl Touched {
    pub(crate) fn member(member: &str) -> Self {
        Self {
            members: BTreeSet::from([member.to_owned()]),
            ..Self::default()
        }
    }

    pub(crate) fn user(user: &str) -> Self {
        Self {
            users: BTreeSet::from([user.to_owned()]),
            ..Self::default()
        }
    }
}

/// What is to be looked at again in an organization, once the event is folded.
#[derive(Debug)]
pub(crate) struct Again {
    pub(crate) organization: String,
    pub(crate) touched: Touched,
}

impl Again {
    /// For an organization.
    pub(crate) fn of(organization: &str, touched: Touched) -> Self {
        Self {
            organization: organization.to_owned(),
            touched,
        }
    }
}
