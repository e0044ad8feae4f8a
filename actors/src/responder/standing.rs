//! Which organizations are served, and which rest for a while.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use events::{OrganizationId, Position};
use tokio::time::Instant;

use super::{PAUSE, TICK};

/// How long a receiver that is down is left alone at first; doubles each time, up to the longest.
const FIRST_REST: Duration = Duration::from_millis(500);
const LONGEST_REST: Duration = Duration::from_secs(30);

/// What came of serving an organization.
#[derive(Debug)]
pub(super) struct Served {
    pub(super) organization: OrganizationId,
    /// The last outcome recorded.
    pub(super) last: Position,
    /// Answers that were given up.
    pub(super) given_up: u64,
    pub(super) end: End,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// Everything taken from the list was tried.
    Through,
    /// The receiver is down: the rest waits untried.
    Down,
    /// The receiver asked to be left alone, or is switched off: the log tells, and the list goes by it.
    LeftAlone,
    /// Something on our side failed.
    Failed,
}

/// Which organizations are served, and which rest.
#[derive(Debug, Default)]
pub(super) struct Standing {
    pub(super) serving: HashSet<OrganizationId>,
    /// Whose last outcome is perhaps not folded yet: it stays listed until it is.
    unfolded: HashMap<OrganizationId, Position>,
    resting: HashMap<OrganizationId, Instant>,
    /// How often in a row the receiver was down.
    downs: HashMap<OrganizationId, u32>,
}

impl Standing {
    pub(super) fn note(&mut self, served: Served, now: Instant) {
        let organization = served.organization;
        self.serving.remove(&organization);
        if served.last > Position::START {
            self.unfolded.insert(organization.clone(), served.last);
        }
        match served.end {
            End::Down => {
                let downs = self.downs.entry(organization.clone()).or_default();
                let rest = FIRST_REST
                    .saturating_mul(2_u32.saturating_pow(*downs))
                    .min(LONGEST_REST);
                *downs += 1;
                self.resting.insert(organization, now + rest);
            }
            End::Failed => {
                self.resting.insert(organization, now + PAUSE);
            }
            End::LeftAlone => {}
            End::Through => {
                self.downs.remove(&organization);
                if served.last == Position::START {
                    // Nothing was there to do: the list lags behind, or the work is another node's.
                    self.resting.insert(organization, now + PAUSE);
                }
            }
        }
    }

    pub(super) fn settle(&mut self, folded: Position, now: Instant) {
        self.unfolded.retain(|_, position| *position > folded);
        self.resting.retain(|_, until| *until > now);
    }

    /// Those that are not to be listed now.
    pub(super) fn out(&self) -> HashSet<OrganizationId> {
        let unfolded = self.unfolded.keys().chain(self.resting.keys());
        self.serving.iter().chain(unfolded).cloned().collect()
    }

    pub(super) fn next_look(&self, now: Instant) -> Duration {
        let rests = self
            .resting
            .values()
            .map(|until| until.saturating_duration_since(now));
        rests
            .min()
            .map_or(TICK, |rest| rest.clamp(Duration::from_millis(1), TICK))
    }
}
