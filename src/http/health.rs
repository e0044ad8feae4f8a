//! Health: `/healthz` says that the process answers, `/readyz` that it can do its work.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use actors::partition::{Ownership, PARTITIONS, Sharing};
use events::store::Condition;
use events::{AppendError, EventStore, Lineage, Position};
use projections::{Health, ReadModels};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::Instant;

use super::bot::BotSurface;
use super::insight::InsightSurface;
use super::problem::{self, Problem};

/// How long the read models may be behind the log and still count as following.
const LONGEST_BEHIND: Duration = Duration::from_secs(15);

/// Why no activity could be taken.
const NO_KEYS: &str = "there are no keys yet to check Teams' tokens with; see teams.issuers";

/// What readiness is read from.
#[derive(Debug)]
pub struct HealthSurface {
    store: Arc<dyn EventStore>,
    head: watch::Receiver<Position>,
    models: ReadModels,
    work: watch::Receiver<Position>,
    ownership: Arc<dyn Ownership>,
    lineage: Lineage,
    bot: web::Data<BotSurface>,
    behind: Behind,
}

impl HealthSurface {
    /// Reads from the log, the read models, how far it is known what is to be done, what this node owns, and whether activities can be checked; tells which
    /// log it is.
    pub fn new(
        store: Arc<dyn EventStore>,
        models: ReadModels,
        work: watch::Receiver<Position>,
        ownership: Arc<dyn Ownership>,
        lineage: Lineage,
        bot: web::Data<BotSurface>,
    ) -> Self {
        let head = store.head();
        let behind = Behind::new(*head.borrow());
        Self {
            store,
            head,
            models,
            work,
            ownership,
            lineage,
            bot,
            behind,
        }
    }
}

/// For how long the read models have been behind. Positions are not counts in every store, so time is what tells.
#[derive(Debug)]
struct Behind(Mutex<Marks>);

#[derive(Debug)]
struct Marks {
    /// Where the log ended when the service started, until that is folded.
    first: Option<Position>,
    /// Where the log ended at some moment, until that is folded.
    mark: Option<(Position, Instant)>,
}

impl Behind {
    fn new(first: Position) -> Self {
        Self(Mutex::new(Marks {
            first: Some(first),
            mark: None,
        }))
    }

    /// For how long, as of `now`; `None` before what was there at the start is folded.
    fn since(&self, head: Position, folded: Position, now: Instant) -> Option<Duration> {
        let mut marks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        marks.first = marks.first.filter(|first| folded < *first);
        marks.mark = marks.mark.filter(|(mark, _)| folded < *mark);
        if folded < head {
            marks.mark.get_or_insert((head, now));
        }
        if marks.first.is_some() {
            return None;
        }
        Some(
            marks
                .mark
                .map_or(Duration::ZERO, |(_, at)| now.duration_since(at)),
        )
    }
}

/// `GET /healthz`.
pub async fn alive() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/plain; charset=utf-8")
        .body("ok\n")
}

/// `GET /readyz` for everybody: whether it is, and nothing of why.
pub async fn ready(surface: web::Data<HealthSurface>) -> HttpResponse {
    let (is_ready, _) = surface.look().await;
    problem::json(status(is_ready), &json!({ "ready": is_ready }))
}

/// `GET /readyz` for operators: why not, how far the log is, and who does which part of the work.
pub async fn ready_in_detail(
    request: HttpRequest,
    surface: web::Data<HealthSurface>,
    insight: web::Data<InsightSurface>,
) -> Result<HttpResponse, Problem> {
    insight.admit(&request)?;
    let (is_ready, details) = surface.look().await;
    Ok(problem::json(status(is_ready), &details))
}

fn status(is_ready: bool) -> StatusCode {
    if is_ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    }
}

impl HealthSurface {
    /// Whether the service can do its work, and all that tells it.
    async fn look(&self) -> (bool, Value) {
        let (head, folded) = (*self.head.borrow(), *self.models.folded().borrow());
        let behind = self.behind.since(head, folded, Instant::now());
        let has_keys = self.bot.access.is_ready();
        let (following, reason) = match &*self.models.health().borrow() {
            Health::Following if behind.is_none() => {
                (false, Some("the read models are being built".to_owned()))
            }
            Health::Following if !has_keys => (false, Some(NO_KEYS.to_owned())),
            Health::Following => (true, None),
            Health::Retrying { reason } => (false, Some(reason.clone())),
            Health::Stopped { position, reason } => {
                (false, Some(format!("stopped at position {position}: {reason}")))
            }
        };
        let writable = self.store.check_writable().await;
        let reason = match &writable {
            Ok(()) => reason,
            Err(error) => Some(unwritable(error)),
        };
        let is_ready = writable.is_ok() && following && behind.is_some_and(|behind| behind <= LONGEST_BEHIND);
        let body = json!({
            "ready": is_ready, "log_id": self.lineage.log_id, "log_position": head, "read_models_position": folded,
            "work_position": *self.work.borrow(), "behind_seconds": behind.map(|behind| behind.as_secs()), "reason": reason,
            "store_away_seconds": away(&self.store.condition().borrow()),
            "work": sharing(&self.ownership.sharing()),
        });
        (is_ready, body)
    }
}

/// For how long nothing could be stored; nothing where it can.
fn away(condition: &Condition) -> Option<u64> {
    match condition {
        Condition::Away { since, .. } => Some(since.elapsed().as_secs()),
        Condition::Usable | Condition::WentBack { .. } => None,
    }
}

fn unwritable(error: &AppendError) -> String {
    use std::error::Error as _;
    let cause = error
        .source()
        .map_or_else(String::new, |cause| format!(": {cause}"));
    format!("{error}{cause}")
}

/// A node without work is ready all the same: it answers requests, and work comes when others leave.
fn sharing(sharing: &Sharing) -> Value {
    let Some(node) = &sharing.node else {
        return json!({ "shared": false });
    };
    let peers = sharing
        .peers
        .iter()
        .map(|peer| json!({ "node": peer.node, "partitions": peer.partitions, "leaving": peer.leaving }));
    json!({
        "shared": true, "node": node, "joined": sharing.joined, "partitions": PARTITIONS,
        "held": sharing.held.iter().map(|partition| partition.number()).collect::<Vec<u16>>(),
        "draining": sharing.draining, "free": sharing.free, "peers": peers.collect::<Vec<Value>>(),
        "taken_total": sharing.taken, "lost_total": sharing.lost, "expired_total": sharing.expired,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn being_behind_is_counted_in_time_until_the_mark_is_folded() {
        let behind = Behind::new(Position(500));
        let since = |head, folded| behind.since(Position(head), Position(folded), Instant::now());
        assert_eq!(since(600, 400), None, "what was there at the start is not folded");
        assert_eq!(since(600, 500), Some(Duration::ZERO));
        tokio::time::advance(Duration::from_secs(7)).await;
        assert_eq!(since(9_000, 500), Some(Duration::from_secs(7)));
        assert_eq!(since(9_000, 700), Some(Duration::ZERO), "it moved on");
        tokio::time::advance(Duration::from_secs(2)).await;
        assert_eq!(since(9_000, 9_000), Some(Duration::ZERO));
    }
}
