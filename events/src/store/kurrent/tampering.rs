//! A switch on the connections of one store: cut them, let them fall silent, refuse new ones. With it the check of a
//! real cluster meets what a network does without touching the cluster.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Interval, interval};
use tonic::codegen::http::Uri;

/// How often a connection looks at the switch.
const LOOK: Duration = Duration::from_millis(10);

/// See the module. Clones are the same switch.
#[derive(Debug, Clone, Default)]
pub struct Switch {
    state: Arc<State>,
}

#[derive(Debug, Default)]
struct State {
    cuts: AtomicU64,
    silent: AtomicBool,
    refusing: AtomicBool,
}

impl Switch {
    /// Breaks every connection there is; new ones may be made.
    pub fn cut(&self) {
        self.state.cuts.fetch_add(1, Ordering::AcqRel);
    }

    /// Nothing gets through, in either direction, and nothing says so.
    pub fn silence(&self, silent: bool) {
        self.state.silent.store(silent, Ordering::Release);
    }

    /// New connections are refused.
    pub fn refuse(&self, refusing: bool) {
        self.state.refusing.store(refusing, Ordering::Release);
    }

    pub(super) async fn connect(self, uri: Uri) -> io::Result<Tampered> {
        if self.state.refusing.load(Ordering::Acquire) {
            return Err(io::ErrorKind::ConnectionRefused.into());
        }
        let port = uri.port_u16().unwrap_or(super::address::PORT);
        let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
        let stream = TcpStream::connect((host, port)).await?;
        stream.set_nodelay(true)?;
        Ok(Tampered {
            stream,
            made_after: self.state.cuts.load(Ordering::Acquire),
            looks: interval(LOOK),
            switch: self,
        })
    }
}

/// A connection that obeys a switch.
#[derive(Debug)]
pub(super) struct Tampered {
    stream: TcpStream,
    made_after: u64,
    looks: Interval,
    switch: Switch,
}

impl Tampered {
    /// Whether the connection may go on now.
    fn look(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // Takes the ticks that are due, so that the next one wakes this task.
        while self.looks.poll_tick(cx).is_ready() {}
        let state = &self.switch.state;
        if state.cuts.load(Ordering::Acquire) != self.made_after {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        if state.silent.load(Ordering::Acquire) {
            return Poll::Pending;
        }
        Poll::Ready(Ok(()))
    }
}

macro_rules! when_open {
    ($self:ident, $cx:ident) => {
        match $self.look($cx) {
            Poll::Ready(Ok(())) => {}
            Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
            Poll::Pending => return Poll::Pending,
        }
    };
}

impl AsyncRead for Tampered {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        to: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        when_open!(self, cx);
        Pin::new(&mut self.stream).poll_read(cx, to)
    }
}

impl AsyncWrite for Tampered {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        when_open!(self, cx);
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        when_open!(self, cx);
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
