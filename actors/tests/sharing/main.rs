//! Several service nodes on one store: who may work on what, and what two writers of one stream leave behind.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on may say so loudly")]

mod answers;
mod lanes;
mod leases;
mod nodes;
mod schedules;
mod writers;
