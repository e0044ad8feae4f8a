//! The border to Chronus: domain events coming in, answers going out. Both are CloudEvents 1.0.

pub mod access_request;
pub mod advice;
pub mod announcing;
pub mod answer;
pub mod domain_event;
pub mod envelope;
pub mod erasure;
pub mod forgetting;
pub mod identity;
pub mod json_text;
pub mod member_claims;
pub mod parts;
pub mod replay;
mod report;
pub mod response_replay;
pub mod schema;
mod trace;
pub mod warning;
pub mod webhook;
