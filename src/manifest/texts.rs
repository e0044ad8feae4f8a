//! What the catalogue says of the app, in every language that the cards speak.

use std::sync::LazyLock;

use serde_json::Value;

/// The language of the manifest itself.
pub(super) const DEFAULT: &str = "en";
/// The languages with a file of their own.
pub(super) const OTHERS: [&str; 5] = ["ar", "de", "es", "fr", "pt"];

static TEXTS: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("texts.json")).unwrap_or_default());

/// One line about the app.
pub(super) fn short(language: &str) -> &'static str {
    text(language, "short")
}

/// What the app does, sees and does not see, and which permission it asks for.
pub(super) fn full(language: &str, read_receipts: bool) -> String {
    let full = text(language, "full");
    if read_receipts {
        full.replace(text(language, "no_permission"), text(language, "read_receipts"))
    } else {
        full.to_owned()
    }
}

fn text(language: &str, key: &str) -> &'static str {
    TEXTS[language][key].as_str().unwrap_or_default()
}

/// What a command does.
pub(super) fn command(language: &str, word: &str) -> &'static str {
    TEXTS[language]["commands"][word].as_str().unwrap_or_default()
}
