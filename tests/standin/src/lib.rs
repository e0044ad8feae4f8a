//! Stands in for a KurrentDB cluster in tests. It speaks the protocol of streams, gossip and server features over
//! gRPC, and fails on demand in the ways that a cluster fails: ended streams, resets, silence, answers lost before
//! and after a commit, elections, times without a leader. It takes as long as a real server where it is told to.
//!
//! It is not KurrentDB and proves nothing about its speed, its storage or its replication. Nodes are processes of
//! their own, so that they can be killed and frozen; the log lives in one more process, the *brain*, which also
//! decides who leads. Persistent subscriptions and projections are not modelled, nor access lists but that of
//! `$all`: a single node can be told whom it serves, and what they may not.
//!
//! | module | holds |
//! |---|---|
//! | [`address`] | where processes listen that are started again |
//! | [`log`] | records, streams, expected revisions, idempotence, retention |
//! | [`brain`] | the one log, elections, armed faults |
//! | [`mod@line`] | nodes and tests talk to the brain: one JSON object a line |
//! | [`node`] | one node: its copy of the log, and gRPC |
//! | [`latency`] | how long appends take, as was measured of a real server |
//! | [`harness`] | starts, kills, freezes and thaws processes |
//! | [`users`] | who is served, and what they may not |
//! | [`tls`] | TLS in front of a node, with a certificate authority of its own |
#![expect(
    clippy::result_large_err,
    reason = "a handler of gRPC fails with a Status, which is what it is"
)]

pub mod address;
pub mod brain;
pub mod harness;
pub mod latency;
pub mod line;
pub mod log;
pub mod node;
mod service;
pub mod tls;
pub mod users;
#[path = "../../../events/src/store/kurrent/wire.rs"]
mod wire;
mod wire_more;
