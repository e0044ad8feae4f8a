//! The event log as it grows, for a page that stays open: rows that fit its filter, as server-sent events. A stream ends by
//! itself after a while, and when the service stops; browsers come back and say how far they were.

use std::sync::Arc;
use std::time::Duration;

use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use events::{EventStore, Position, Recorded};
use futures_util::stream;
use projections::ReadModels;
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::fault::Fault;
use super::log::Wanted;
use super::timeline::{self, EventRow};
use super::visit::{For, Visit};
use super::withheld::withheld;
use crate::config::{ApiKeys, Principal};
use crate::http::problem::Problem;

/// How long one lasts.
const LASTS: Duration = Duration::from_secs(600);
/// How often something is said, so that nothing on the way takes the connection for dead.
const BEAT: Duration = Duration::from_secs(15);
/// Events read at a time.
const BATCH: usize = 500;

#[derive(Template)]
#[template(path = "tail.html", config = "src/console/askama.toml")]
struct Rows<'a> {
    base: &'a str,
    rows: Vec<EventRow>,
}

struct Tail {
    store: Arc<dyn EventStore>,
    models: ReadModels,
    head: watch::Receiver<Position>,
    wanted: Wanted,
    base: String,
    at: Position,
    ends: Instant,
    closing: CancellationToken,
    keys: ApiKeys,
    /// Whoever opened the page.
    principal: Principal,
    _open: OwnedSemaphorePermit,
}

/// `GET /console/o/{organization}/log/tail`: what the log gets from a position on.
pub(super) async fn follow(request: HttpRequest) -> Result<HttpResponse, Fault> {
    let visit = Visit::enter(&request, For::Analysts).await?;
    let wanted = Wanted::read(&visit)?;
    let header = request
        .headers()
        .get("last-event-id")
        .and_then(|id| id.to_str().ok());
    let asked = visit.asked("tail");
    let at = header.or(asked.as_deref()).and_then(|text| text.parse().ok());
    let at = at.ok_or_else(|| Fault::malformed("tail must be a position, a whole number"))?;
    let tails = visit.console.tails.clone();
    let open = tails.enter().ok_or_else(|| {
        let told =
            "too many pages follow the log already; this one shows what is new when it is opened again";
        Problem::unavailable(told, 60)
    })?;
    let store = Arc::clone(&visit.console.api.store);
    let tail = Tail {
        head: store.head(),
        models: visit.console.api.models.clone(),
        wanted,
        base: visit.base(),
        at: Position(at),
        ends: Instant::now() + LASTS,
        closing: tails.closing(),
        keys: visit.console.api.keys.clone(),
        principal: visit.session.principal.clone(),
        _open: open,
        store,
    };
    // The organization's turn is for answers that end.
    drop(visit);
    let parts = stream::unfold(tail, |mut tail| async move {
        let part = tail.next().await?;
        Some((Ok::<Bytes, actix_web::Error>(part.into()), tail))
    });
    Ok(HttpResponse::Ok()
        .content_type("text/event-stream; charset=utf-8")
        .insert_header(("x-accel-buffering", "no"))
        .streaming(Box::pin(parts)))
}

impl Tail {
    /// What is to be sent next; `None` at the end.
    async fn next(&mut self) -> Option<String> {
        if Instant::now() >= self.ends {
            return None;
        }
        let came = self.head.wait_for(|head| *head > self.at);
        let beat = tokio::select! {
            () = self.closing.cancelled() => return None,
            came = tokio::time::timeout(BEAT, came) => match came {
                Ok(Ok(_)) => false,
                Ok(Err(_)) => return None,
                Err(_) => true,
            },
        };
        // A key that was taken back shows nothing of what comes.
        if !self.keys.are_taken_of(&self.principal) {
            return None;
        }
        if beat {
            return Some(": still here\n\n".to_owned());
        }
        let page = self.store.read_on(self.at, BATCH).await.ok()?;
        let last = page.last()?.position;
        let fitting: Vec<Recorded> = page
            .into_iter()
            .filter(|event| self.wanted.takes(event))
            .collect();
        self.at = last;
        if fitting.is_empty() {
            return Some(format!("id: {last}\n\n"));
        }
        // Whether something is withheld is known once it is folded.
        let folded = self.models.caught_up_to(last);
        let folded = tokio::time::timeout(BEAT, folded).await;
        let closed = match folded {
            Ok(true) => withheld(&self.models, &fitting).await.ok()?,
            Ok(false) | Err(_) => return None,
        };
        let rows = Rows {
            base: &self.base,
            rows: timeline::rows(&fitting, &closed),
        };
        let html = rows.render().ok()?.replace(['\r', '\n'], " ");
        // Line ends of a payload are no line ends of the stream.
        Some(format!("id: {last}\ndata: {html}\n\n"))
    }
}
