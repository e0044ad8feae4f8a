//! Addresses for processes that are stopped and started again: theirs must still be free when they come back.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::atomic::{AtomicU32, Ordering};

/// Outgoing connections and listeners on port 0 take theirs above: from 32768 on Linux, from 49152 on macOS.
const PORTS: std::ops::Range<u32> = 10_240..32_768;

/// How many a process takes before it comes into the share of another.
const SHARE: u32 = 64;

static TAKEN: AtomicU32 = AtomicU32::new(0);

/// An address of this machine at which nobody listens and that nobody is given who did not ask for it by number, so that it
/// can be listened at again and again. Processes that run beside this one are given others.
///
/// # Errors
///
/// Every such port is listened at.
pub fn to_keep() -> io::Result<SocketAddr> {
    let many = PORTS.end - PORTS.start;
    let first = std::process::id() * SHARE % many;
    for _ in 0..many {
        let next = (first + TAKEN.fetch_add(1, Ordering::Relaxed)) % many;
        let Ok(port) = u16::try_from(PORTS.start + next) else {
            continue;
        };
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        if TcpListener::bind(address).is_ok() {
            return Ok(address);
        }
    }
    Err(io::Error::other(format!(
        "every port from {} to {} is taken",
        PORTS.start,
        PORTS.end - 1
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_another_and_none_is_given_to_who_asks_for_any() {
        let [one, other] = [to_keep().unwrap(), to_keep().unwrap()];
        assert_ne!(one, other);
        for address in [one, other] {
            assert!(PORTS.contains(&address.port().into()), "{address}");
            drop(TcpListener::bind(address).unwrap());
        }
    }
}
