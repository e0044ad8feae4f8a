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
    let schema: Value = serde_json::from_str(include_str!("../../../schemas/answer.json")).unwrap();
    let validator = jsonschema::options()
        .should_validate_formats(true)
        .build(&schema)
        .unwrap();
    let faults: Vec<String> = validator
        .iter_errors(answer)
        .map(|fault| fault.to_string())
        .collect();
    assert!(faults.is_empty(), "{faults:?} in {answer:#}");
}

impl World {
    /// Every answer in the first organization's feed.
    pub(crate) async fn answers(&self) -> Vec<Value> {
        let feed = self.feed(ACME_KEY, "after=0&limit=100").await;
        feed["events"].as_array().unwrap().clone()
    }
}
