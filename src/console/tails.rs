//! How many pages follow the log, and the end of all of them.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

/// Streams that may be open at once on this node.
const MOST: usize = 64;

/// What all streams share.
#[derive(Debug, Clone)]
pub struct Tails {
    open: Arc<Semaphore>,
    closing: CancellationToken,
}

impl Default for Tails {
    fn default() -> Self {
        Self {
            open: Arc::new(Semaphore::new(MOST)),
            closing: CancellationToken::new(),
        }
    }
}

impl Tails {
    /// Ends every stream: whoever stops the service does not wait for pages that stay open.
    pub fn close(&self) {
        self.closing.cancel();
    }

    /// Lets one more in, where there is room; it is open until what is given is dropped.
    pub(super) fn enter(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.open).try_acquire_owned().ok()
    }

    /// Tells a stream to end.
    pub(super) fn closing(&self) -> CancellationToken {
        self.closing.clone()
    }
}
