//! What every event store promises, checked on each of them, and what the embedded one promises beyond.

mod crash;
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
