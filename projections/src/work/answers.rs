//! Answers that Chronus has not taken, by organization, in the order in which they are due; and how the receivers stand.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use events::work::{Most, PendingResponse, ReceiverStanding};
use events::{OrganizationId, Position};
use uuid::Uuid;

use super::ordered::Ordered;
use crate::database::at_ms;

/// An answer that is to be handed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Owed {
    pub(super) correlation: Uuid,
    pub(super) attempts: u32,
    pub(super) tries_before: u32,
}

/// A receiver that did not take something, or is switched off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Receiver {
    pub(super) standing: ReceiverStanding,
    /// Until when it asked to be left alone.
    pub(super) rests_ms: Option<i64>,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Answers {
    /// By position, in the order of when they are due.
    owed: BTreeMap<OrganizationId, Ordered<i64, i64, Owed>>,
    receivers: HashMap<OrganizationId, Receiver>,
}

impl Answers {
    /// Puts an answer in, with when it is due, or takes it out.
    pub(super) fn set(&mut self, organization: &OrganizationId, position: i64, owed: Option<(i64, Owed)>) {
        if let Some(all) = self.owed.get_mut(organization) {
            all.set(position, owed);
            if all.is_empty() {
                self.owed.remove(organization);
            }
        } else if owed.is_some() {
            self.owed
                .entry(organization.clone())
                .or_default()
                .set(position, owed);
        }
    }

    pub(super) fn set_receiver(&mut self, organization: OrganizationId, receiver: Option<Receiver>) {
        match receiver {
            Some(receiver) => self.receivers.insert(organization, receiver),
            None => self.receivers.remove(&organization),
        };
    }

    fn standing(&self, organization: &OrganizationId) -> ReceiverStanding {
        let known = self.receivers.get(organization);
        known.map_or_else(ReceiverStanding::default, |receiver| receiver.standing)
    }

    /// Those due by `now` of the organizations that wait longest and are not `out`, whose receivers neither rest nor are off;
    /// and of those whose receiver is off what has been due since before `given_up`. Of each the oldest first.
    pub(super) fn due(
        &self,
        now: DateTime<Utc>,
        given_up: DateTime<Utc>,
        most: Most,
        out: impl Fn(&OrganizationId) -> bool,
    ) -> Vec<PendingResponse> {
        let now_ms = now.timestamp_millis();
        let listens = |organization: &OrganizationId| {
            self.receivers.get(organization).is_none_or(|receiver| {
                !receiver.standing.is_off && receiver.rests_ms.is_none_or(|until| until <= now_ms)
            })
        };
        let here = self.owed.iter().filter(|(organization, _)| !out(organization));
        let first = |owed: &Ordered<i64, i64, Owed>| owed.first().copied().unwrap_or(i64::MAX);
        let (open, closed): (Vec<_>, Vec<_>) = here.partition(|(organization, _)| listens(organization));
        let mut open: Vec<_> = open
            .into_iter()
            .map(|(organization, owed)| (first(owed), organization))
            .filter(|(first, _)| *first <= now_ms)
            .collect();
        open.sort();
        let off = closed.into_iter().filter(|(organization, owed)| {
            self.standing(organization).is_off && first(owed) <= given_up.timestamp_millis()
        });
        let open = open.into_iter().map(|(_, organization)| (organization, now_ms));
        let off = off.map(|(organization, _)| (organization, given_up.timestamp_millis()));
        let chosen = open.chain(off).take(most.organizations);
        chosen
            .flat_map(|(organization, by)| self.of(organization, by, most.each))
            .collect()
    }

    fn of(&self, organization: &OrganizationId, by_ms: i64, most: usize) -> Vec<PendingResponse> {
        let receiver = self.standing(organization);
        let all = self.owed.get(organization).into_iter().flat_map(Ordered::iter);
        let due = all.take_while(|(due, _, _)| **due <= by_ms).take(most);
        let mut due: Vec<PendingResponse> = due
            .map(|(due, position, owed)| PendingResponse {
                position: Position(u64::try_from(*position).unwrap_or(0)),
                organization_id: organization.clone(),
                correlation_id: owed.correlation,
                attempts: owed.attempts,
                tries_before: owed.tries_before,
                due_at: at_ms(*due),
                receiver,
            })
            .collect();
        due.sort_by_key(|response| response.position);
        due
    }

    /// When the next one is due.
    pub(super) fn next_due(&self) -> Option<DateTime<Utc>> {
        let firsts = self.owed.values().filter_map(|owed| owed.first());
        firsts.min().map(|ms| at_ms(*ms))
    }
}
