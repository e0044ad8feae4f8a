//! The way from whoever asks over HTTP that secrets are read again to whoever reads the configuration.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{mpsc, oneshot};

/// Requests that may wait for the configuration to be read; the others are told to come again.
const WAITING: usize = 8;

/// Somebody who asked, and hears whether the configuration could be used.
pub type Asked = oneshot::Sender<bool>;

/// The way from whoever asks to whoever reads the configuration; copies are the same way.
#[derive(Debug, Clone)]
pub struct Reloading {
    asks: mpsc::Sender<Asked>,
    asked: Arc<Mutex<Option<mpsc::Receiver<Asked>>>>,
}

impl Default for Reloading {
    fn default() -> Self {
        let (asks, asked) = mpsc::channel(WAITING);
        Self {
            asks,
            asked: Arc::new(Mutex::new(Some(asked))),
        }
    }
}

impl Reloading {
    /// The end of it where requests come in, for the one who reads the configuration; nothing the second time.
    pub fn take_asked(&self) -> Option<mpsc::Receiver<Asked>> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Has it read; answers whether it could be used, and nothing where too many ask or nobody reads it.
    pub async fn ask(&self) -> Option<bool> {
        let (asked, told) = oneshot::channel();
        self.asks.try_send(asked).ok()?;
        told.await.ok()
    }
}
