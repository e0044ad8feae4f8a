//! Work that waits for the disk, done where it is asked for: one thread does everything, so that everything has one order.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use projections::Errand;
use projections::aside::{Aside, Job};

use crate::points::Points;

/// See the module.
#[derive(Debug)]
pub(crate) struct Here(pub(crate) Arc<Points>);

impl Aside for Here {
    fn run(&self, errand: Errand, job: Job) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let points = Arc::clone(&self.0);
        Box::pin(async move {
            if errand == Errand::Commit {
                points.pass("commit").await;
            } else {
                points.alive().await;
            }
            job();
            if errand == Errand::Commit {
                points.pass("committed").await;
            }
            // Whoever waits for a thread lets others go on.
            tokio::task::yield_now().await;
        })
    }
}
