//! The program as it is run: exit codes, what goes to stdout and what to stderr, closed pipes.
#![expect(clippy::unwrap_used, reason = "a failed step of a test is the test's failure")]

mod administration;
mod analytics;
mod audit;
mod check;
mod examples;
mod export;
#[cfg(unix)]
mod first_start;
mod forgetting;
mod keys;
mod listen;
mod log;
mod members;
mod rebuild;
mod replay;
mod report;
mod usage;
mod why;
mod world;
