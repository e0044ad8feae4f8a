//! `GET /calendar/…`: a calendar entry for whoever has its link (`crate::cards::calendar`). A link that was not made
//! here, was changed or has ended is answered like a page that does not exist.

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::web::{Data, Path};

use super::problem::Problem;
use super::state::ApiState;

/// Answers with the entry.
pub async fn entry(state: Data<ApiState>, file: Path<String>) -> Result<HttpResponse, Problem> {
    let entry = state.renderer.calendar_file(&file).await.map_err(|error| {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "a calendar entry cannot be made"
        );
        Problem::storage()
    })?;
    let entry = entry.ok_or_else(Problem::no_route)?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/calendar; charset=utf-8"))
        .insert_header((CONTENT_DISPOSITION, "attachment; filename=\"chronus.ics\""))
        .insert_header((CACHE_CONTROL, "no-store"))
        .body(entry))
}
