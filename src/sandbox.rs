//! A stand-in for Microsoft: login, Bot Connector and Teams clients.

pub mod keys;
