//! Given events, then rows: the read models over an in-memory log.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod announcements;
mod backlog;
mod delivery;
mod email_mapping;
mod following;
mod identity;
mod laws;
mod order;
mod outbox;
mod parts;
mod profiles;
mod reachability;
mod responses;
mod routing;
mod stories;
mod subjects;
mod world;
