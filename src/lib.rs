//! The service between Chronus and Microsoft Teams: everything that faces the outside.

pub mod cards;
pub mod chronus;
pub mod cli;
pub mod config;
pub mod http;
pub mod read_models;
pub mod telemetry;
