//! What an administrator changes from a page, by the functions of the API.

use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse, web};
use events::NotificationId;
use uuid::Uuid;

use super::fault::Fault;
use super::visit::{For, Visit};
use crate::audit::acts;
use crate::chronus::replay::{Replayed, Which};
use crate::http::audited::What;
use crate::http::problem::Problem;

/// `POST /console/o/{organization}/notification/{id}/requeue`: a card that ended without arriving is sent after all.
pub(super) async fn requeue(
    request: HttpRequest,
    path: web::Path<(String, String)>,
    payload: Payload,
) -> Result<HttpResponse, Fault> {
    let (visit, form) = Visit::with_form(&request, payload, For::Admins).await?;
    let id: NotificationId = path.1.parse().map_err(|_| Fault::nothing("notification"))?;
    let replay: Uuid = form
        .field("replay")
        .parse()
        .map_err(|_| Fault::malformed("open the page again; its form names the replay"))?;
    let done = replayed(&visit, Which::Named(vec![id]), replay).await?;
    visit.until_shown().await;
    visit.session.say(sentence(done));
    Ok(visit.go(format!("/notification/{id}")))
}

/// Replays dead letters as the visitor.
pub(super) async fn replayed(visit: &Visit, which: Which, id: Uuid) -> Result<Replayed, Problem> {
    let api = &visit.console.api;
    let (replayer, doer) = (api.replayer(), visit.doer());
    let replaying = async {
        let done = replayer.replay(&doer.organization, which, id, &doer.by).await;
        done.map_err(|error| {
            tracing::error!(error = &error as &dyn std::error::Error, "a replay broke off");
            Problem::unavailable("the replay broke off; send the form again to do the rest", 2)
        })
    };
    api.audited(&doer, What::of_replay(acts::LETTERS, id), replaying)
        .await
}

/// What a replay did, in words.
pub(super) fn sentence(done: Replayed) -> String {
    let mut parts = vec![match done.requeued {
        1 => "1 card waits to be sent again".to_owned(),
        count => format!("{count} cards wait to be sent again"),
    }];
    for (count, what) in [
        (done.not_dead, "on their way or there already"),
        (done.subject_ended, "not true any more, since their subject ended"),
        (done.missing, "not there"),
    ] {
        if count > 0 {
            parts.push(format!("{count} {what}"));
        }
    }
    format!("{}.", parts.join(", "))
}
