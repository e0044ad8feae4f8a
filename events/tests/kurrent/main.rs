//! The event store on a KurrentDB cluster, against the stand-in of `tests/standin` (which is not KurrentDB), or where
//! it makes sense against the cluster that `CHRONUS_TEAMS_TEST_KURRENTDB_URL` names.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test that cannot go on may say so loudly, and needs names that nobody used before"
)]

mod defects;
mod faults;
mod fixture;
mod large;
mod official;
mod places;
mod protos;
mod repeats;
mod secured;
mod shared;
#[path = "../contract/suite.rs"]
mod suite;
#[path = "../contract/support.rs"]
mod support;
mod trouble;
mod went_back;

/// Not a test of its own: the body of the stand-in's processes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn standin_process() {
    kurrent_standin::harness::become_process().await.unwrap();
}

mod promises {
    super::suite::contract!({ super::fixture::store().await });
}
