//! A stand-in for Microsoft: login, Bot Connector and Teams clients.

pub mod activity;
pub mod bot;
pub mod card;
pub mod chat;
pub mod chronus;
pub mod client;
pub mod connection;
pub mod connector;
pub mod content;
pub mod faults;
pub mod journal;
pub mod keys;
pub mod limits;
pub mod login;
pub mod people;
pub mod refusal;
pub mod world;
