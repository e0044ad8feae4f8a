//! The mark that a time carries until its card is put together; see [`super::zone`].

/// Stands behind a time until the card is put together; no card that leaves carries it, and no text from outside.
pub(super) const ZONE: char = '\u{10fffd}';
