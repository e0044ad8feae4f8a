//! The receiver of an organization's answers, reached without handing anything over.

use super::finding::{Check, Finding};
use super::places::shown;
use crate::config::Organization;
use crate::http_client::failure;

/// Sends HEAD: whoever takes POST alone answers 405, which tells as much.
pub(super) async fn look(organization: &Organization, http: &reqwest::Client) -> Vec<Finding> {
    let id = organization.id.as_str();
    let Some(webhook) = &organization.webhook else {
        let why = "it has no webhook; its answers are read from GET /v1/responses";
        return vec![Finding::skipped(Check::Webhook, id, why)];
    };
    let about = format!("{id} ({})", shown(&webhook.url));
    let answer = match http.head(webhook.url.clone()).send().await {
        Ok(answer) => answer,
        Err(error) => {
            let what = format!("it does not answer ({})", failure(&error));
            let fix = "let this machine reach it; answers wait and stand in GET /v1/responses";
            return vec![Finding::wrong(Check::Webhook, about, what, fix)];
        }
    };
    let status = answer.status().as_u16();
    let what = format!("it answers {status}");
    vec![match status {
        300..=399 => Finding::wrong(
            Check::Webhook,
            about,
            format!("{what}, which leads elsewhere and is not followed"),
            "write the URL that it leads to into organizations[].webhook.url",
        ),
        410 => Finding::wrong(
            Check::Webhook,
            about,
            format!("{what}, which switches the webhook off"),
            "ask Chronus for the receiver's URL, correct organizations[].webhook.url, then enable the webhook",
        ),
        // Many a receiver knows its path for POST alone.
        404 | 405 => Finding::good(
            Check::Webhook,
            about,
            format!("{what} to HEAD, which says nothing of POST"),
        ),
        500..=599 => Finding::warning(
            Check::Webhook,
            about,
            what,
            "ask Chronus to look at its receiver; answers wait",
        ),
        _ => Finding::good(Check::Webhook, about, what),
    }]
}
