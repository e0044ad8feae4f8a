//! Who the person is, as the tenant's directory told it, how old that is, and whether the directory is to be asked
//! again. What it told is evidence with a time: it ages.

use chrono::{DateTime, TimeDelta, Utc};
use events::Sealed;
use events::user::{MatchedBy, MemberRole, ProfileCause, ProfileResolved, ProfileUnavailable};
use serde::{Deserialize, Serialize};

/// See the module.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// What the directory told last; `None` before it told anything and after an erasure.
    pub known: Option<ProfileResolved>,
    /// When it told or confirmed that.
    pub told_at: Option<DateTime<Utc>>,
    /// The look-up that is to be made.
    pub asked: Option<Asked>,
    /// The look-ups that failed since it told something.
    pub failed: Option<Failed>,
}

/// A look-up that is to be made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Asked {
    /// Why; `None` for a new install.
    pub because: Option<ProfileCause>,
    /// Not before then; `None` for now.
    pub retry_at: Option<DateTime<Utc>>,
}

/// Look-ups that failed in a row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Failed {
    /// How many.
    pub tries: u32,
    /// When the first of them failed.
    pub since: DateTime<Utc>,
    /// When the last of them failed.
    pub at: DateTime<Utc>,
    /// The next one, where there is one.
    pub retry_at: Option<DateTime<Utc>>,
    /// Whether the last answer was that the directory does not tell, or does not know the person.
    pub is_final: bool,
}

/// Whether this status is the connector's word that it does not tell, and not a passing trouble.
pub fn is_final(status: Option<u16>) -> bool {
    matches!(status, Some(400 | 403 | 404))
}

impl Profile {
    /// The address that the person is shown: mail, else UPN.
    pub fn address(&self) -> Option<&Sealed> {
        let known = self.known.as_ref()?;
        known.email.as_ref().or(known.upn.as_ref())
    }

    /// The display name.
    pub fn name(&self) -> Option<&Sealed> {
        self.known.as_ref()?.name.as_ref()
    }

    /// Whether the person is a guest of the tenant.
    pub fn is_guest(&self) -> bool {
        self.role() == Some(MemberRole::Guest)
    }

    fn role(&self) -> Option<MemberRole> {
        self.known.as_ref().map(|known| known.role)
    }

    /// Whether the person cannot be matched by what is known. Guests are never matched, whatever is known of them.
    pub fn is_incomplete(&self) -> bool {
        !self.is_guest() && self.address().is_none()
    }

    /// Whether what is known is older than `max_age`, or nothing is known.
    pub fn is_old(&self, now: DateTime<Utc>, max_age: TimeDelta) -> bool {
        self.told_at.is_none_or(|told_at| now - told_at >= max_age)
    }

    /// Whether a look-up is to be made now.
    pub fn is_due(&self, now: DateTime<Utc>) -> bool {
        let due = |asked: &Asked| asked.retry_at.is_none_or(|at| at <= now);
        self.asked.as_ref().is_some_and(due)
    }

    /// Whether a look-up is to be made, now or later.
    pub fn is_requested(&self) -> bool {
        self.asked.is_some()
    }

    /// When the directory was asked last.
    pub fn tried_at(&self) -> Option<DateTime<Utc>> {
        self.failed.as_ref().map(|failed| failed.at).max(self.told_at)
    }

    /// Whether what is told now contradicts that the person is a member by what was known so far: the address that showed it is
    /// not theirs any more, or they are a guest.
    pub fn is_contradicted(&self, matched_by: MatchedBy, told: &ProfileResolved) -> bool {
        let Some(known) = &self.known else { return false };
        let shown_by = match matched_by {
            MatchedBy::Email => known.email_lookup.as_ref(),
            MatchedBy::Upn => known.upn_lookup.as_ref(),
            MatchedBy::ObjectId | MatchedBy::Admin => return false,
        };
        let is_gone = shown_by.is_some_and(|lookup| {
            told.email_lookup.as_ref() != Some(lookup) && told.upn_lookup.as_ref() != Some(lookup)
        });
        is_gone || (told.role == MemberRole::Guest && known.role != MemberRole::Guest)
    }

    pub(super) fn request(&mut self, because: Option<ProfileCause>) {
        let contested = self
            .asked
            .as_ref()
            .and_then(|asked| asked.because)
            .filter(|because| *because == ProfileCause::AddressShared);
        self.asked = Some(Asked {
            because: contested.or(because),
            retry_at: None,
        });
    }

    pub(super) fn resolve(&mut self, told: &ProfileResolved, at: DateTime<Utc>) {
        self.known = Some(told.clone());
        self.confirm(at);
    }

    pub(super) fn confirm(&mut self, at: DateTime<Utc>) {
        self.told_at = Some(at);
        self.asked = None;
        self.failed = None;
    }

    pub(super) fn fail(&mut self, event: &ProfileUnavailable, at: DateTime<Utc>) {
        let is_final = is_final(event.status);
        let before = self.failed.take();
        self.failed = Some(Failed {
            tries: before.as_ref().map_or(0, |failed| failed.tries) + 1,
            since: before.map_or(at, |failed| failed.since),
            at,
            retry_at: event.retry_at,
            is_final,
        });
        self.asked = self
            .asked
            .take()
            .filter(|_| !is_final && event.retry_at.is_some())
            .map(|asked| Asked {
                retry_at: event.retry_at,
                ..asked
            });
    }
}

#[cfg(test)]
mod tests;
