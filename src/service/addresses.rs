//! The addresses that are listened on, taken before anything is opened: one that cannot be had is told at once, and not
//! after the log was opened. Nobody is let in before the parts behind them run.

use std::io;
use std::net::{SocketAddr, TcpListener};

use tokio::net::TcpSocket;

use super::ServiceError;
use crate::config::{ADMIN_LISTEN, Config};

/// Connections that may wait to be taken up; what the HTTP server asks for by itself.
const WAITING: u32 = 2_048;

/// Both addresses, nobody let in yet.
#[derive(Debug)]
pub(super) struct Addresses {
    main: Reserved,
    operators: Reserved,
}

#[derive(Debug)]
struct Reserved {
    address: SocketAddr,
    socket: TcpSocket,
}

impl Addresses {
    /// Takes both. Where several services run on one machine and nobody chose their addresses, operators find the later
    /// ones at any free one.
    pub(super) fn reserve(config: &Config) -> Result<Self, ServiceError> {
        let main = Reserved::of(config.http.listen);
        let main = main.map_err(|source| refused(config.http.listen, "http.listen", source))?;
        let wanted = config.http.admin_listen;
        let operators = match Reserved::of(wanted) {
            Err(error) if may_be_another(wanted, &error) => any_free(wanted),
            reserved => reserved,
        };
        let operators = operators.map_err(|source| refused(wanted, "http.admin_listen", source))?;
        Ok(Self { main, operators })
    }

    /// Lets callers in: first where everybody speaks, then where operators do.
    pub(super) fn listen(self) -> Result<(TcpListener, TcpListener), ServiceError> {
        let (main, operators) = (self.main, self.operators);
        let (for_all, wanted) = (main.address, operators.address);
        let main = main.listen();
        let main = main.map_err(|source| refused(for_all, "http.listen", source))?;
        // Two services that start at the same time may both have taken it; only one of them can listen there.
        let operators = match operators.listen() {
            Err(error) if may_be_another(wanted, &error) => any_free(wanted).and_then(Reserved::listen),
            listening => listening,
        };
        let operators = operators.map_err(|source| refused(wanted, "http.admin_listen", source))?;
        Ok((main, operators))
    }
}

/// Whether the operators' address is taken, and nobody chose it.
fn may_be_another(wanted: SocketAddr, error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::AddrInUse && wanted == ADMIN_LISTEN
}

fn any_free(wanted: SocketAddr) -> io::Result<Reserved> {
    tracing::warn!(%wanted, "the operators' address is taken, so any free one is used; set http.admin_listen");
    Reserved::of(SocketAddr::new(wanted.ip(), 0))
}

impl Reserved {
    fn of(address: SocketAddr) -> io::Result<Self> {
        let socket = match address {
            SocketAddr::V4(_) => TcpSocket::new_v4()?,
            SocketAddr::V6(_) => TcpSocket::new_v6()?,
        };
        // So that a service can start again at once. On Windows it would let two of them share an address.
        #[cfg(unix)]
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        Ok(Self { address, socket })
    }

    fn listen(self) -> io::Result<TcpListener> {
        self.socket
            .listen(WAITING)
            .and_then(tokio::net::TcpListener::into_std)
    }
}

fn refused(address: SocketAddr, key: &'static str, source: io::Error) -> ServiceError {
    let advice = advice(&source, key);
    ServiceError::Bind {
        address,
        advice,
        source,
    }
}

/// What to do where an address, given by `key`, cannot be listened on.
pub(crate) fn advice(error: &io::Error, key: &str) -> String {
    let kind = error.kind();
    if kind == io::ErrorKind::AddrInUse {
        format!("another process listens there; stop it, or give another port by {key}")
    } else if kind == io::ErrorKind::PermissionDenied {
        format!("ports below 1024 need a right of their own; give one from 1024 on by {key}")
    } else if kind == io::ErrorKind::AddrNotAvailable {
        format!("this machine has no such address; give one of its own by {key}")
    } else {
        format!("give another address by {key}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_cannot_be_had_is_told_with_what_to_change() {
        for (kind, part) in [
            (
                io::ErrorKind::AddrInUse,
                "another process listens there; stop it, or give another port by --listen",
            ),
            (
                io::ErrorKind::PermissionDenied,
                "ports below 1024 need a right of their own; give one from 1024 on by --listen",
            ),
            (
                io::ErrorKind::AddrNotAvailable,
                "this machine has no such address",
            ),
        ] {
            let told = advice(&io::Error::from(kind), "--listen");
            assert!(told.contains(part), "{told}");
        }
    }

    #[tokio::test]
    async fn what_is_taken_is_refused_before_anybody_is_let_in() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = taken.local_addr().unwrap();
        assert_eq!(
            Reserved::of(address).unwrap_err().kind(),
            io::ErrorKind::AddrInUse
        );
        let free = Reserved::of("127.0.0.1:0".parse().unwrap()).unwrap();
        let at = free.socket.local_addr().unwrap();
        assert!(
            std::net::TcpStream::connect(at).is_err(),
            "nobody is behind it yet"
        );
        let listener = free.listen().unwrap();
        assert!(std::net::TcpStream::connect(at).is_ok());
        drop(listener);
    }

    #[tokio::test]
    async fn of_two_services_that_start_at_once_both_have_a_place_for_operators() {
        let both = || Addresses {
            main: Reserved::of("127.0.0.1:0".parse().unwrap()).unwrap(),
            operators: Reserved::of(ADMIN_LISTEN).unwrap_or_else(|_| any_free(ADMIN_LISTEN).unwrap()),
        };
        let (one, other) = (both(), both());
        let (_, for_one) = one.listen().unwrap();
        let (_, for_other) = other.listen().unwrap();
        assert_ne!(for_one.local_addr().unwrap(), for_other.local_addr().unwrap());
    }
}
