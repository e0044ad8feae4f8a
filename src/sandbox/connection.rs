//! A hand on the TCP connection of a request, so that a fault can close it without an answer.

use std::any::Any;
use std::net::{Shutdown, TcpStream};
use std::os::fd::AsFd as _;
use std::sync::Arc;

use actix_web::dev::Extensions;

/// The connection that a request came over.
#[derive(Debug, Clone)]
pub struct Connection(Arc<TcpStream>);

impl Connection {
    /// Remembers a new connection; used as the server's `on_connect`.
    pub fn remember(stream: &dyn Any, data: &mut Extensions) {
        let Some(stream) = stream.downcast_ref::<actix_web::rt::net::TcpStream>() else {
            return;
        };
        if let Ok(handle) = stream.as_fd().try_clone_to_owned() {
            data.insert(Self(Arc::new(TcpStream::from(handle))));
        }
    }

    /// Closes both directions at once.
    pub fn close(&self) {
        // The other side may have closed it already.
        self.0.shutdown(Shutdown::Both).ok();
    }
}
