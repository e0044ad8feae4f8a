//! What is to be done, in memory: for the router recipients that are resolved, links, look-ups, subjects that changed; for the
//! lanes the [`crate::outbox`]; for the responder answers to hand over. Folding keeps it, and nobody asks a database for it.
//!
//! The rows at their checkpoint are its snapshot: a start reads from them what is to be done (`memory`, `loader`) and folds
//! what the log holds beyond. Whatever rows a batch touches of what is told here is marked by triggers, read once when the
//! whole batch is folded, and learnt. So it is always what a start at that place would read.
//!
//! Asked of the rows, when it is known that somebody is due, is what waits for a person to appear: recipients that ran out, and
//! those of whom Chronus is to be told. These may be a great many, and none of them is a card on its way.
//!
//! | module | holds |
//! |---|---|
//! | `marks` | which rows were touched |
//! | `news` | those rows as they are now |
//! | `routes`, `told` | recipients to route, and what is told with their cards |
//! | `answers` | answers to hand over |
//! | `ordered` | things in the order in which they are given out |
//! | `memory` | all of it |
//! | `loader` | what the lanes have to do, read beside everything else at a start |

use std::collections::HashSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use events::work::{
    DueWork, HeldCard, LinkRoute, LookUpRoute, LostMessage, Most, PendingResponse, Route, SubjectRoute,
    TenantsDue,
};
use events::{OrganizationId, Position, TenantId, UserKey};
use tokio::sync::watch;

use crate::healing::{Healing, Rebuilding};

mod answers;
mod loader;
mod marks;
mod memory;
mod news;
mod ordered;
mod routes;
mod told;

pub(crate) use loader::Loader;
#[cfg(test)]
pub(crate) use marks::TO_DO;
pub(crate) use marks::install as mark_what_is_touched;
pub(crate) use memory::{Memory, Shared};

/// What is to be done. Cheap to clone. Questions answer [`Rebuilding`] while the rows are made again after a damage.
#[derive(Debug, Clone)]
pub struct WorkList {
    memory: Arc<Shared>,
    healing: Arc<Healing>,
    folded: watch::Receiver<Position>,
    /// Kept while the rows are made again, so that no tenant seems to be on.
    off: watch::Receiver<Arc<HashSet<TenantId>>>,
}

impl WorkList {
    pub(crate) fn new(
        memory: Arc<Shared>,
        healing: Arc<Healing>,
        folded: watch::Receiver<Position>,
        off: watch::Receiver<Arc<HashSet<TenantId>>>,
    ) -> Self {
        Self {
            memory,
            healing,
            folded,
            off,
        }
    }

    /// The position up to which everything is known here, kept current. Goes back to the start when the rows are made again.
    pub fn folded(&self) -> watch::Receiver<Position> {
        self.folded.clone()
    }

    /// Whether much waits and is still being read: until then nothing is given to router and lanes.
    pub fn is_loading(&self) -> bool {
        self.memory.read(|memory| memory.outbox.is_loading())
    }

    /// Whether a tenant is switched off.
    pub fn is_off(&self, tenant: &TenantId) -> bool {
        self.off.borrow().contains(tenant)
    }

    /// Recipients resolved and not queued, of the tenants that are served: each has its share of the list, by class, and within
    /// a class the oldest first.
    pub fn resolved(
        &self,
        limit: usize,
        serves: impl Fn(&TenantId) -> bool,
    ) -> Result<Vec<Route>, Rebuilding> {
        self.ask(|memory| {
            // What waits longer comes first, and is not known yet.
            if memory.outbox.is_loading() {
                return Vec::new();
            }
            memory.routes.list(limit, serves)
        })
    }

    /// Recipients that were meant for a time which has come by `now`, not queued: of each tenant its share, what was due first
    /// comes first.
    pub fn timed(
        &self,
        now: DateTime<Utc>,
        limit: usize,
        serves: impl Fn(&TenantId) -> bool,
    ) -> Result<Vec<Route>, Rebuilding> {
        self.ask(|memory| {
            if memory.outbox.is_loading() {
                return Vec::new();
            }
            memory.routes.timed(now.timestamp_millis(), limit, serves)
        })
    }

    /// Holders of cards about subjects that changed, who are still to be told: of each tenant its share, oldest first.
    pub fn subject_changes(
        &self,
        limit: usize,
        serves: impl Fn(&TenantId) -> bool,
    ) -> Result<Vec<SubjectRoute>, Rebuilding> {
        self.ask(|memory| {
            let here: Vec<_> = memory
                .changes
                .iter()
                .filter(|(tenant, _)| serves(tenant))
                .collect();
            let share = limit.checked_div(here.len()).unwrap_or(limit).max(1);
            let told = here.into_iter().flat_map(|(_, told)| told.iter().take(share));
            told.map(|(_, _, change)| change.clone()).collect()
        })
    }

    /// People whose link does not follow the evidence, oldest first.
    pub fn links(
        &self,
        limit: usize,
        serves: impl Fn(&TenantId) -> bool,
    ) -> Result<Vec<LinkRoute>, Rebuilding> {
        self.ask(|memory| {
            let all = memory.links.iter().map(|(_, _, link)| link);
            let here = all.filter(|link| serves(&link.user.tenant_id));
            here.take(limit).cloned().collect()
        })
    }

    /// People of whom the directory is to be asked before they are linked, or since somebody else shows their address;
    /// oldest first.
    pub fn look_ups(
        &self,
        limit: usize,
        serves: impl Fn(&TenantId) -> bool,
    ) -> Result<Vec<LookUpRoute>, Rebuilding> {
        self.ask(|memory| {
            let all = memory.look_ups.iter().map(|(_, _, look_up)| look_up);
            let here = all.filter(|look_up| serves(&look_up.user.tenant_id));
            here.take(limit).cloned().collect()
        })
    }

    /// What people wrote and Chronus never took, whose writers were not told; oldest first.
    pub fn lost_messages(
        &self,
        limit: usize,
        serves: impl Fn(&TenantId) -> bool,
    ) -> Result<Vec<LostMessage>, Rebuilding> {
        self.ask(|memory| {
            let all = memory.lost.iter().map(|((), _, lost)| lost);
            let here = all.filter(|lost| serves(&lost.user.tenant_id));
            here.take(limit).cloned().collect()
        })
    }

    /// Cards of Chronus' that wait in tenants that are switched off.
    pub fn held(
        &self,
        limit: usize,
        serves: impl Fn(&TenantId) -> bool,
    ) -> Result<Vec<HeldCard>, Rebuilding> {
        self.ask(|memory| memory.outbox.held(limit, serves))
    }

    /// Whether a recipient ran out by `now` who was not found.
    pub fn runs_out(&self, now: DateTime<Utc>) -> Result<bool, Rebuilding> {
        self.ask(|memory| memory.listed.runs_out(now))
    }

    /// Whether a card is stopped, since its part was switched off, of which its person's stream does not say so yet.
    pub fn is_stopped(&self) -> Result<bool, Rebuilding> {
        self.ask(|memory| memory.listed.is_stopped())
    }

    /// Whether a recipient is not found since `since` or longer of whom Chronus was not told.
    pub fn is_unreached(&self, since: DateTime<Utc>) -> Result<bool, Rebuilding> {
        self.ask(|memory| memory.listed.is_unreached(since))
    }

    /// Tenants whose lanes have something to do, and when the first of it is due: all, or those whose work changed after a
    /// position; and the position as of which it is told.
    pub fn tenants(&self, changed_after: Option<Position>) -> Result<TenantsDue, Rebuilding> {
        self.ask(|memory| memory.outbox.tenants(changed_after))
    }

    /// The first thing of each person of a tenant that is due by `now`, people in `busy` left out.
    pub fn due(
        &self,
        tenant: &TenantId,
        now: DateTime<Utc>,
        busy: &HashSet<UserKey>,
        limit: usize,
    ) -> Result<Vec<DueWork>, Rebuilding> {
        self.ask(|memory| memory.outbox.due(tenant, now, busy, limit))
    }

    /// Answers due by `now` of the organizations that wait longest and are not `out`, oldest first; none of those whose
    /// receiver asked to be left alone, and of those whose webhook is off what has been due since before `given_up`.
    pub fn answers(
        &self,
        now: DateTime<Utc>,
        given_up: DateTime<Utc>,
        most: Most,
        out: impl Fn(&OrganizationId) -> bool,
    ) -> Result<Vec<PendingResponse>, Rebuilding> {
        self.ask(|memory| memory.answers.due(now, given_up, most, out))
    }

    /// When the next answer is due, if any waits.
    pub fn next_answer(&self) -> Result<Option<DateTime<Utc>>, Rebuilding> {
        self.ask(|memory| memory.answers.next_due())
    }

    fn ask<T>(&self, question: impl FnOnce(&Memory) -> T) -> Result<T, Rebuilding> {
        let file = self.healing.file();
        self.healing.check(file)?;
        let answer = self.memory.read(question);
        self.healing.check(file)?;
        Ok(answer)
    }
}
