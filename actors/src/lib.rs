//! Who decides: one actor per Teams user, the router that turns domain events into notifications, the delivery
//! lanes that drain them to the Bot Connector, and the responder that hands answers back to Chronus.
//!
//! Rules are pure functions (`decide`, `apply`, the delivery plan); everything outside stands behind the small
//! traits of [`ports`]. This crate knows neither HTTP servers nor SQL.
#![deny(clippy::wildcard_enum_match_arm)]

pub mod action;
mod append;
pub mod card;
pub mod delivery;
pub mod directory;
pub mod intake;
pub mod lane;
pub mod onboarding;
pub mod organizers;
pub mod partition;
pub mod ports;
pub mod reopening;
pub mod responder;
pub mod router;
pub mod settings;
pub mod tenant;
pub mod user;
pub mod zone;

pub use append::RecordError;
pub use directory::Directory;
pub use intake::Intake;
pub use organizers::Organizers;
pub use responder::Responder;
pub use router::Router;
pub use settings::{ActorSettings, Rules};
