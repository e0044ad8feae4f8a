//! Whether the event log can be read, on the embedded store or a cluster.

use super::finding::{Check, Finding};
use crate::config::Config;
use crate::store;

/// Opens it for reading, which works beside a running service.
pub(super) async fn look(config: &Config) -> Vec<Finding> {
    let data = &config.data;
    let is_embedded = data.store.is_none() && data.store_file.is_none();
    let about = if is_embedded { "events.db" } else { "data.store" };
    if is_embedded && !data.events().exists() {
        return vec![Finding::good(
            Check::Log,
            about,
            "not there yet; the first start makes it",
        )];
    }
    vec![match store::open_read_only(data).await {
        Ok(store) => {
            let head = *store.log.head().borrow();
            Finding::good(Check::Log, about, format!("it can be read up to position {head}"))
        }
        // What the store tells never repeats a password.
        Err(error) => {
            let cause =
                std::error::Error::source(&error).map_or_else(String::new, |cause| format!(": {cause}"));
            let fix = if is_embedded {
                "chronus-teams check tells what is damaged; keep a copy of all of it before anything else"
            } else {
                "chronus-teams store-check asks the cluster's nodes one by one and says what is wrong"
            };
            Finding::wrong(Check::Log, about, format!("{error}{cause}"), fix)
        }
    }]
}
