//! The outside of the service: its HTTP sides, Teams, the command line and the wiring.

pub mod http_client;
pub mod teams;
