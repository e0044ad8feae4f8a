//! What the service has still to do.

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};
use chronus_teams::service::within::Within;
use events::EventStore;

/// See the module.
#[derive(Debug)]
pub(crate) struct Left {
    pub(crate) what: String,
    pub(crate) due: DateTime<Utc>,
}

/// What is due later than this waits by somebody's wish.
const FAR: TimeDelta = TimeDelta::hours(1);

/// How long nobody may be found for a recipient before Chronus is told: the default.
const UNREACHED_AFTER: TimeDelta = TimeDelta::seconds(20);

/// What there is to do within the hour, if anything.
pub(crate) async fn left(within: &Within, store: &dyn EventStore, now: DateTime<Utc>) -> Option<Left> {
    let (models, work) = (within.models(), within.work());
    let head = *store.head().borrow();
    let at_once = |what: String| Some(Left { what, due: now });
    if *models.folded().borrow() < head {
        return at_once(format!("folding up to {head:?}"));
    }
    if let Some(resolved) = work.resolved(1, |_| true).unwrap().first() {
        return at_once(format!("routing {resolved:?}"));
    }
    if let Some(change) = work.subject_changes(1, |_| true).unwrap().first() {
        return at_once(format!("changing cards {change:?}"));
    }
    if let Some(change) = work.links(1, |_| true).unwrap().first() {
        return at_once(format!("telling of a link {change:?}"));
    }
    if let Some(look_up) = work.look_ups(1, |_| true).unwrap().first() {
        return at_once(format!("looking up {look_up:?}"));
    }
    let soon = now + FAR;
    let tenants = work.tenants(None).unwrap().tenants;
    if let Some(due) = tenants.iter().find(|due| due.due_at <= soon) {
        let first = work.due(&due.tenant_id, soon, &HashSet::new(), 1).unwrap();
        return Some(Left {
            what: format!("{first:?}"),
            due: due.due_at,
        });
    }
    let ran_out = models.unroutable(Vec::new(), now, 1).await.unwrap();
    if let Some(ran_out) = ran_out.first() {
        return at_once(format!("noting who was never found {ran_out:?}"));
    }
    let unreached = models
        .unreached(Vec::new(), now - UNREACHED_AFTER, 1)
        .await
        .unwrap();
    if let Some(unreached) = unreached.first() {
        return at_once(format!("saying who is unreached {unreached:?}"));
    }
    if let Some(due) = work.next_answer().unwrap() {
        return Some(Left {
            what: "answers".to_owned(),
            due,
        });
    }
    (*store.head().borrow() != head).then(|| Left {
        what: "something that began a moment ago".to_owned(),
        due: now,
    })
}
