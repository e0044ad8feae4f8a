//! The service between Chronus and Microsoft Teams: everything that faces the outside.
#![cfg_attr(not(test), deny(clippy::wildcard_enum_match_arm))]

pub mod audit;
pub mod backup;
pub mod cards;
pub mod check;
pub mod chronus;
pub mod cli;
pub mod client_defaults;
pub mod config;
pub mod console;
pub mod demo;
pub mod doctor;
pub mod export;
pub mod http;
pub mod http_client;
pub mod keyring;
pub mod keys;
pub mod lineage;
pub mod listen;
pub mod manifest;
pub mod metrics;
pub mod onboarding;
pub mod periods;
pub mod private;
pub mod read_models;
pub mod repeats;
pub mod report;
pub mod sandbox;
pub mod service;
pub mod sign_in;
pub mod store;
pub mod teams;
pub mod telemetry;
mod told;
#[cfg(feature = "otel")]
pub mod traces;

/// A fifth of a card's processor time went into the system's allocator; on Linux SQLite's memory comes from here, too.
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;
