//! What can be asked: read models folded from the log, with their checkpoint, in one SQLite file.
//!
//! A [`Projector`] follows the global log and folds each event through every read model; rows and checkpoint are
//! committed together, so an event is folded once. [`ReadModels`] answers questions from the committed rows, [`WorkList`]
//! tells from memory what is to be done. The
//! file holds nothing that the log does not: where it is missing, damaged, of another release or ahead of the
//! log, it is built again. This crate decides nothing and sends nothing; it does not know the `actors` crate.
//!
//! | module | answers |
//! |---|---|
//! | [`tenants`] | whose a tenant is, and whether it is on |
//! | [`email_mapping`] | which Teams user an address belongs to, since when, and what speaks against it |
//! | [`members`] | what Chronus told of a member: address, object id, gone |
//! | [`conflicts`] | of whom the evidence disagrees, and what went to nobody because of it |
//! | [`links`] | which links between people and members do not follow the evidence |
//! | [`parts`] | for which programmes and ERGs Teams is switched off |
//! | [`people`] | what is known of a Teams user |
//! | [`notifications`] | what became of each card, and its history |
//! | [`announcements`] | how an announcement fares, and what became of it where it was withdrawn |
//! | [`subject_changes`] | who is told that a subject changed |
//! | [`work`] | what router, lanes and responder have to do, in memory |
//! | [`outbox`] | the part of it that the lanes do |
//! | [`responses`] | what people answered, and whether Chronus has it |
//! | [`dead_letters`] | which cards ended without arriving, for a reason that may be gone |
//! | [`reachability`] | whom the service can reach, since when and by which evidence |
//! | [`delivery_report`] | counts |
//! | [`metrics`] | reports as pure folds of the log, as of any position |
//! | [`backlog`] | how much waits, and since when |
//! | [`projector`], [`read_models`] | folding and reading |
//! | [`comparison`] | whether kept rows are the fold of the log |
#![deny(clippy::wildcard_enum_match_arm)]

mod accepted;
pub mod announcements;
pub mod aside;
mod audience;
pub mod backlog;
mod beyond;
mod client_defaults;
pub mod comparison;
pub mod conflicts;
mod database;
pub mod dead_letters;
pub mod delivery_report;
pub mod email_mapping;
mod erased;
pub mod erasure;
mod fold;
mod folding;
mod following;
mod former_lookups;
mod healing;
mod identity;
mod invitations;
mod later;
mod ledger;
pub mod links;
mod listed;
pub mod members;
pub mod metrics;
pub mod notifications;
pub mod outbox;
pub mod parts;
pub mod people;
#[cfg(test)]
mod plans;
pub mod projector;
pub mod reachability;
pub mod read_models;
mod reconsidering;
pub mod responses;
pub mod subject_changes;
pub mod tenants;
mod touched;
pub mod webhooks;
pub mod work;

pub use accepted::Accepted;
pub use aside::{Aside, Errand};
pub use folding::FoldError;
pub use following::{Health, Options};
pub use healing::Rebuilding;
pub use projector::{Projector, ProjectorError, disown, rebuild};
pub use read_models::{QueryError, ReadModels};
pub use work::WorkList;
