//! Actors as they run: one person at a time, replaced when they die, let go when idle; domain events taken once;
//! cards posted with their attempts on record.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on may say so loudly")]

mod directory;
mod express;
mod fairness;
mod intake;
mod lane;
mod responder;
mod support;
