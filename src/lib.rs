//! The service between Chronus and Microsoft Teams: everything that faces the outside.

pub mod chronus;
pub mod http;
pub mod sandbox;
