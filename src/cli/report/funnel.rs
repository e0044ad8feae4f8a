//! The counts behind the delivery report: stages that only ever narrow, and where everything else stands.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use events::Position;
use projections::delivery_report::{DeliveryReport, ReportLine};
use projections::notifications::NotificationState as State;
use serde::Serialize;

/// The report's numbers, as of one position.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Summary {
    /// The position at which they were computed.
    pub(super) position: Position,
    /// The log's head when the report began.
    pub(super) head: Position,
    /// How far notifications came.
    pub(super) funnel: Vec<Stage>,
    /// How those stand that were not delivered.
    pub(super) standing: Vec<Standing>,
}

/// How many notifications came at least so far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Stage {
    pub(super) stage: &'static str,
    pub(super) notifications: u64,
}

/// How many notifications stand so, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Standing {
    /// What it comes to: `waiting`, `under_way`, `refused`, `unknown`, `not_sent`.
    pub(super) outcome: &'static str,
    pub(super) state: &'static str,
    pub(super) reason: Option<String>,
    pub(super) code: Option<String>,
    pub(super) notifications: u64,
    pub(super) tries: u64,
    pub(super) oldest: Option<DateTime<Utc>>,
}

impl Summary {
    pub(super) fn of(report: &DeliveryReport, head: Position) -> Self {
        let sum = |count: fn(&ReportLine) -> u64| report.lines.iter().map(count).sum();
        let stage = |stage, notifications| Stage { stage, notifications };
        let funnel = vec![
            stage("accepted", sum(|line| line.count)),
            stage("resolved", sum(|line| line.resolved)),
            stage("queued", sum(|line| line.queued)),
            stage("attempted", sum(|line| line.attempted)),
            stage(
                "delivered",
                report.total(&[State::Delivered, State::Seen, State::Answered]),
            ),
            stage("seen", report.total(&[State::Seen, State::Answered])),
            stage("answered", report.total(&[State::Answered])),
        ];
        Self {
            position: report.position,
            head,
            funnel,
            standing: standing(report),
        }
    }

    /// Of a hundred accepted, how many came so far; `None` when nothing was accepted.
    pub(super) fn percent(&self, stage: &Stage) -> Option<f64> {
        let accepted = self.funnel.first().map_or(0, |first| first.notifications);
        #[expect(
            clippy::cast_precision_loss,
            reason = "a percentage is printed with one decimal"
        )]
        let share = || stage.notifications as f64 * 100.0 / accepted as f64;
        (accepted > 0).then(share)
    }
}

/// What a state comes to, in the order of the report; `None` for what was delivered.
fn outcome(state: State) -> Option<(u8, &'static str)> {
    match state {
        State::Unresolved | State::Resolved | State::Queued | State::Retry | State::Deferred => {
            Some((0, "waiting"))
        }
        State::Attempted => Some((1, "under_way")),
        State::UnknownRetry | State::UnknownHeld => Some((2, "unknown")),
        State::Refused => Some((3, "refused")),
        State::Suppressed | State::Withdrawn | State::Expired | State::Unroutable | State::Merged => {
            Some((4, "not_sent"))
        }
        State::Delivered | State::Seen | State::Answered => None,
    }
}

fn standing(report: &DeliveryReport) -> Vec<Standing> {
    let mut rows: BTreeMap<_, Standing> = BTreeMap::new();
    for line in &report.lines {
        let Some((rank, outcome)) = outcome(line.state) else {
            continue;
        };
        let state = line.state.as_str();
        let row = rows
            .entry((rank, state, line.reason.as_deref(), line.code.as_deref()))
            .or_insert_with(|| Standing {
                outcome,
                state,
                reason: line.reason.clone(),
                code: line.code.clone(),
                notifications: 0,
                tries: 0,
                oldest: None,
            });
        row.notifications += line.count;
        row.tries += line.attempts;
        row.oldest = row.oldest.into_iter().chain(line.oldest).min();
    }
    rows.into_values().collect()
}
