//! Cards that are queued and tried at once. The router offers a card that it is about to queue to its tenant's lane; where
//! the lane could send it this moment and nothing waits before it, the card is queued and its try recorded in one append.
//! Whatever the lane does not take, the router queues as ever, and the work list brings it.
//!
//! Crash story: as with any try, the append comes before the POST. An offer that is lost with a lane is queued by the
//! router, which knows that nobody took it.

use std::sync::{Arc, Mutex, PoisonError};

use events::Position;
use tokio::sync::{mpsc, oneshot};

use crate::ports::Route;
use crate::user::AskError;

/// Offers that may wait for one lane, and for all lanes together before each one's is found.
pub(super) const OFFERS: usize = 16;
const ALL_OFFERS: usize = 256;

/// What became of a card that a lane took: the last event recorded for it, if any was.
pub(crate) type Taken = Result<Option<Position>, AskError>;

/// A card that could be queued and sent at once.
#[derive(Debug)]
pub(super) struct Offer {
    pub(super) route: Box<Route>,
    /// Told when it is queued; dropped where it is left to the router.
    pub(super) taken: oneshot::Sender<Taken>,
}

/// The way from the router to the lanes. All clones are the same one.
#[derive(Debug, Clone)]
pub struct Express(Arc<Way>);

#[derive(Debug)]
struct Way {
    offers: mpsc::Sender<Offer>,
    /// Where the lanes find them; taken by the lanes when they start.
    received: Mutex<Option<mpsc::Receiver<Offer>>>,
}

impl Default for Express {
    fn default() -> Self {
        let (offers, received) = mpsc::channel(ALL_OFFERS);
        Self(Arc::new(Way {
            offers,
            received: Mutex::new(Some(received)),
        }))
    }
}

impl Express {
    /// Offers a card; `None` where no lane takes it.
    pub(crate) async fn offer(&self, route: &Route) -> Option<Taken> {
        if self.received().is_some() {
            // Nobody listens yet.
            return None;
        }
        let (taken, answer) = oneshot::channel();
        let route = Box::new(route.clone());
        self.0.offers.try_send(Offer { route, taken }).ok()?;
        answer.await.ok()
    }

    /// For the lanes, once. Whoever comes second gets none.
    pub(super) fn listen(&self) -> mpsc::Receiver<Offer> {
        self.received().take().unwrap_or_else(|| mpsc::channel(1).1)
    }

    fn received(&self) -> std::sync::MutexGuard<'_, Option<mpsc::Receiver<Offer>>> {
        self.0.received.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
