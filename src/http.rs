//! The HTTP surface: the bot endpoint, the intake, queries and health.

pub mod json_depth;
pub mod problem;
