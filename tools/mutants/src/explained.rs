//! The survivors that are explained: `explained.txt` holds reasons, each followed by its mutants, indented.

use std::collections::BTreeMap;
use std::path::Path;

/// Reason by mutant.
pub fn read(path: &Path) -> anyhow::Result<BTreeMap<String, String>> {
    let mut reason = String::new();
    let mut explained = BTreeMap::new();
    for line in std::fs::read_to_string(path).unwrap_or_default().lines() {
        if let Some(mutant) = line.strip_prefix("  ") {
            explained.insert(mutant.to_owned(), reason.clone());
        } else if !line.is_empty() && !line.starts_with('#') {
            reason = line.to_owned();
        }
    }
    Ok(explained)
}
