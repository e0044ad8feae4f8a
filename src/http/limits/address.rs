//! Which address asks: the one of the connection, or the one that a trusted proxy tells.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use actix_web::dev::ServiceRequest;
use ipnet::IpNet;

/// Proxies whose `X-Forwarded-For` is believed.
#[derive(Debug)]
pub(super) struct Proxies(Vec<IpNet>);

impl Proxies {
    /// Addresses or networks; what is neither was refused with the configuration.
    pub(super) fn parse(trusted: &[String]) -> Self {
        Self(trusted.iter().filter_map(|text| network(text)).collect())
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }

    /// Who asks. Of what proxies tell, the last address that is none of them counts: the ones before it may be made up.
    pub(super) fn caller(&self, request: &ServiceRequest) -> IpAddr {
        let peer = request.peer_addr().map(|peer| peer.ip().to_canonical());
        let peer = peer.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        if !self.trusts(peer) {
            return peer;
        }
        let told = request.headers().get_all("x-forwarded-for");
        let told: Vec<&str> = told.filter_map(|value| value.to_str().ok()).collect();
        let hops = told.iter().rev().flat_map(|value| value.rsplit(','));
        let mut known = hops.map_while(|hop| Some(hop.trim().parse::<IpAddr>().ok()?.to_canonical()));
        known.find(|hop| !self.trusts(*hop)).unwrap_or(peer)
    }
}

/// An address or a network.
pub(super) fn network(text: &str) -> Option<IpNet> {
    let text = text.trim();
    text.parse()
        .ok()
        .or_else(|| Some(IpNet::from(text.parse::<IpAddr>().ok()?)))
}

/// What shares a bucket with an address: whoever has one address of the sixth version has 2⁶⁴ of them.
pub(super) fn bucket(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(six) => IpAddr::V6(Ipv6Addr::from_bits(six.to_bits() & (u128::MAX << 64))),
    }
}
