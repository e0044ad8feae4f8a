//! What people fill in, and what Chronus reads of it in the feed.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{ACME_KEY, World};

pub(crate) fn pairs(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

pub(crate) fn fits_its_schema(answer: &Value) {
    let faults = chronus_teams::chronus::schema::answer_faults(answer);
    assert!(faults.is_empty(), "{faults:?} in {answer:#}");
}

/// Every answer of every test: those that the feed gives are looked at when it is read, those that the webhook was
/// given here.
impl Drop for World {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        for organization in ["acme", "bolt"] {
            let misfits = self.sandbox.inbox(organization).misfits;
            assert!(
                misfits.is_empty(),
                "answers do not fit their schema: {misfits:#?}"
            );
        }
    }
}

impl World {
    /// Answers about cards in the first organization's feed, by the last word of their type, with their reason.
    pub(crate) async fn reports(&self) -> Vec<(String, String)> {
        let report = |answer: &Value| {
            let event_type = answer["type"].as_str().unwrap();
            let word = event_type.strip_prefix("com.chronus.teams.notification.")?;
            let reason = answer["data"]["reason"].as_str().unwrap_or_default();
            Some((word.to_owned(), reason.to_owned()))
        };
        self.answers().await.iter().filter_map(report).collect()
    }

    /// Every answer in the first organization's feed.
    pub(crate) async fn answers(&self) -> Vec<Value> {
        let feed = self.feed(ACME_KEY, "after=0&limit=100").await;
        feed["events"].as_array().unwrap().clone()
    }
}
