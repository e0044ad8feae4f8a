//! What every event store promises, checked on each of them, and what the embedded one promises beyond.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on may say so loudly"
)]

mod crash;
mod dense;
mod frozen;
mod laws;
mod sqlite;
mod suite;
mod support;

mod memory {
    use std::sync::Arc;

    use events::store::memory::MemoryStore;

    super::suite::contract!({ (Arc::new(MemoryStore::new()), ()) });
}
