//! The service between Chronus and Microsoft Teams: everything that faces the outside.

pub mod cards;
pub mod chronus;
pub mod cli;
pub mod config;
pub mod http;
pub mod telemetry;
pub mod read_models;
