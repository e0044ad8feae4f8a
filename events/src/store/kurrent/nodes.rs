//! Which node leads, and the connection to it. A connection that failed is thrown away, and whoever needs the next
//! one asks the nodes that are still there; nothing is ever given up for good.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tonic::codec::ProstCodec;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::transport::{Channel, Endpoint};

use super::address::{Address, Node};
use super::address_fault::AddressFault;
use super::encryption::{Tls, connected};
use super::failure::{Failure, Meaning};
use super::tampering::Switch;
use super::wire::{ClusterInfo, Empty, LEADER, paths};

/// The longest message taken: the server's largest record, and what surrounds it.
pub(super) const MAX_MESSAGE: usize = 20 << 20;
/// How much may be on its way to us in one stream and in all, so that a long read does not wait for every 64 KiB.
const STREAM_WINDOW: u32 = 1 << 20;
const CONNECTION_WINDOW: u32 = 8 << 20;

/// A connection to the node that led when it was made.
#[derive(Debug, Clone)]
pub(super) struct Link {
    pub(super) node: Node,
    pub(super) channel: Channel,
    /// Which of the connections made so far this is.
    number: u64,
}

impl Link {
    /// A client for calls over this connection.
    pub(super) fn grpc(&self) -> tonic::client::Grpc<Channel> {
        grpc(&self.channel)
    }
}

fn grpc(channel: &Channel) -> tonic::client::Grpc<Channel> {
    tonic::client::Grpc::new(channel.clone())
        .max_decoding_message_size(MAX_MESSAGE)
        .max_encoding_message_size(MAX_MESSAGE)
}

/// See the module.
#[derive(Debug)]
pub(super) struct Nodes {
    address: Address,
    tls: Option<Tls>,
    authorization: Option<MetadataValue<Ascii>>,
    connect_timeout: Duration,
    switch: Option<Switch>,
    known: Mutex<Known>,
    /// Held by the one who makes the next connection, so that the others wait for it and make none of their own.
    turn: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct Known {
    link: Option<Link>,
    made: u64,
    /// Nodes that gossip named, beside the seeds.
    members: BTreeSet<Node>,
    /// A node that another one called the leader.
    told: Option<Node>,
}

impl Nodes {
    /// Reads certificates; connects to nothing yet. Blocks on the disk for a moment.
    pub(super) fn new(
        address: Address,
        connect_timeout: Duration,
        switch: Option<Switch>,
    ) -> Result<Self, AddressFault> {
        let tls = Tls::of(&address)?;
        let authorization = address.credentials.as_ref().map(authorization).transpose()?;
        Ok(Self {
            address,
            tls,
            authorization,
            connect_timeout,
            switch,
            known: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
        })
    }

    pub(super) fn address(&self) -> &Address {
        &self.address
    }

    /// The connection to the leader, made now if there is none.
    pub(super) async fn leader(&self) -> Result<Link, Failure> {
        if let Some(link) = self.with(|known| known.link.clone()) {
            return Ok(link);
        }
        let _turn = self.turn.lock().await;
        if let Some(link) = self.with(|known| known.link.clone()) {
            return Ok(link);
        }
        let (node, channel) = match self.with(|known| known.told.take()) {
            Some(told) => match self.connect(&told).await {
                Ok(channel) => (told, channel),
                Err(_) => self.find().await?,
            },
            None => self.find().await?,
        };
        tracing::debug!(%node, "connected to the event store");
        Ok(self.with(|known| {
            known.made += 1;
            let link = Link {
                node,
                channel,
                number: known.made,
            };
            known.link = Some(link.clone());
            link
        }))
    }

    /// Throws `link` away after a failure that taints it, unless another one has taken its place.
    pub(super) fn failed(&self, link: &Link, failure: &Failure) {
        if !failure.meaning.taints_connection() {
            return;
        }
        self.with(|known| {
            if known.link.as_ref().is_some_and(|now| now.number == link.number) {
                known.link = None;
                if let Meaning::NotLeader(Some(node)) = &failure.meaning {
                    known.told = Some(node.clone());
                }
            }
        });
    }

    /// Throws `link` away, so that the nodes are asked anew who leads.
    pub(super) fn forget(&self, link: &Link) {
        self.with(|known| {
            if known.link.as_ref().is_some_and(|now| now.number == link.number) {
                known.link = None;
            }
        });
    }

    /// Whether `link` is still the one that is used.
    pub(super) fn is_current(&self, link: &Link) -> bool {
        self.with(|known| known.link.as_ref().is_some_and(|now| now.number == link.number))
    }

    /// Adds what every call carries.
    pub(super) fn sign<T>(&self, request: &mut tonic::Request<T>) {
        let headers = request.metadata_mut();
        headers.insert(
            super::wire::keys::REQUIRES_LEADER,
            MetadataValue::from_static("true"),
        );
        if let Some(authorization) = &self.authorization {
            headers.insert("authorization", authorization.clone());
        }
        let name = self.address.connection_name.as_deref().unwrap_or("chronus-teams");
        if let Ok(name) = name.parse() {
            headers.insert("connection-name", name);
        }
    }

    fn with<T>(&self, act: impl FnOnce(&mut Known) -> T) -> T {
        act(&mut self.known.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn find(&self) -> Result<(Node, Channel), Failure> {
        if !self.address.cluster {
            let Some(node) = self.address.seeds.first() else {
                return Err(Failure::new(Meaning::NotDone, "no node is named"));
            };
            return Ok((node.clone(), self.connect(node).await?));
        }
        let mut asked: BTreeSet<Node> = self.address.seeds.iter().cloned().collect();
        asked.extend(self.with(|known| known.members.clone()));
        let mut answers: FuturesUnordered<_> = asked
            .iter()
            .map(|node| async move { (node, self.ask(node).await) })
            .collect();
        let mut votes = Votes::default();
        let mut channels = HashMap::new();
        let mut last = None;
        while let Some((node, answer)) = answers.next().await {
            match answer {
                Ok((channel, info)) => {
                    channels.insert(node.clone(), channel);
                    votes.count(&info);
                }
                Err(failure) => last = Some(failure),
            }
            if votes.decided() {
                break;
            }
        }
        self.with(|known| known.members.extend(votes.members.iter().cloned()));
        let Some(leader) = votes.leader() else {
            return Err(last.unwrap_or_else(|| Failure::new(Meaning::NotLeader(None), "no node leads now")));
        };
        let channel = if let Some(channel) = channels.remove(&leader) {
            channel
        } else {
            let connected = self.connect(&leader).await;
            connected.map_err(|failure| self.hinted(&leader, failure))?
        };
        Ok((leader, channel))
    }

    fn hinted(&self, leader: &Node, failure: Failure) -> Failure {
        if self.address.names(leader) {
            return failure;
        }
        failure.hinted(
            "only the other nodes name this host, as their leader; what nodes advertise must be reached from here",
        )
    }

    /// Asks one node who is there.
    async fn ask(&self, node: &Node) -> Result<(Channel, ClusterInfo), Failure> {
        let asking = async {
            let channel = self.connect(node).await?;
            let mut grpc = grpc(&channel);
            grpc.ready()
                .await
                .map_err(|source| Failure::unreached(node, source))?;
            let mut request = tonic::Request::new(Empty {});
            if let Some(authorization) = &self.authorization {
                request
                    .metadata_mut()
                    .insert("authorization", authorization.clone());
            }
            let path = tonic::codegen::http::uri::PathAndQuery::from_static(paths::GOSSIP);
            let answer = grpc
                .unary(request, path, ProstCodec::<Empty, ClusterInfo>::default())
                .await;
            let info = answer
                .map_err(|status| Failure::status(node, &status))?
                .into_inner();
            Ok((channel, info))
        };
        tokio::time::timeout(self.address.gossip_timeout, asking)
            .await
            .unwrap_or_else(|_| Err(Failure::silence(node)))
    }

    async fn connect(&self, node: &Node) -> Result<Channel, Failure> {
        let unreached = |source| Failure::unreached(node, source);
        // Where nobody checks it, the encryption is the connector's, and the channel sees a plain connection.
        let (inner, outer) = match &self.tls {
            None => ("http", "http"),
            Some(Tls::Verified(_)) => ("https", "https"),
            Some(Tls::Unverified(_)) => ("http", "https"),
        };
        let mut endpoint = Endpoint::from_shared(format!("{inner}://{node}"))
            .map_err(unreached)?
            // Without it a small append waits for the other side's delayed acknowledgement, 40 ms each.
            .tcp_nodelay(true)
            .connect_timeout(self.connect_timeout)
            .keep_alive_timeout(self.address.keep_alive_timeout)
            .keep_alive_while_idle(true)
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW);
        if let Some(every) = self.address.keep_alive {
            endpoint = endpoint.http2_keep_alive_interval(every);
        }
        if let Ok(origin) = format!("{outer}://{node}").parse() {
            endpoint = endpoint.origin(origin);
        }
        if let Some(Tls::Verified(tls)) = &self.tls {
            endpoint = endpoint.tls_config((**tls).clone()).map_err(unreached)?;
        }
        // TLS takes its time beyond the connection's. Nothing but the connection was attempted.
        let connecting = connected(&endpoint, self.switch.clone(), self.tls.as_ref());
        match tokio::time::timeout(self.connect_timeout * 2, connecting).await {
            Ok(connected) => connected.map_err(unreached),
            Err(_) => Err(Failure::new(
                Meaning::NotDone,
                format!("{node} did not take a connection in time"),
            )),
        }
    }
}

/// Who leads, by what the nodes say. After a leader was frozen and came back, two may be named for a moment.
#[derive(Debug, Default)]
struct Votes {
    by_leader: HashMap<Node, usize>,
    members: BTreeSet<Node>,
}

impl Votes {
    fn count(&mut self, info: &ClusterInfo) {
        for member in &info.members {
            let Some(end_point) = &member.http_end_point else {
                continue;
            };
            let Ok(port) = u16::try_from(end_point.port) else {
                continue;
            };
            let node = Node {
                host: end_point.address.clone(),
                port,
            };
            if member.is_alive && member.state == LEADER {
                *self.by_leader.entry(node.clone()).or_default() += 1;
            }
            self.members.insert(node);
        }
    }

    /// Whether most of the members name the same leader.
    fn decided(&self) -> bool {
        self.by_leader
            .values()
            .any(|votes| votes * 2 > self.members.len())
    }

    fn leader(&self) -> Option<Node> {
        self.by_leader
            .iter()
            .max_by_key(|(node, votes)| (**votes, (*node).clone()))
            .map(|(node, _)| node.clone())
    }
}

fn authorization((user, password): &(String, String)) -> Result<MetadataValue<Ascii>, AddressFault> {
    let encoded = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"));
    let mut value: MetadataValue<Ascii> = format!("Basic {encoded}")
        .parse()
        .map_err(|_| AddressFault::Credentials)?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_that_only_gossip_named_is_told_as_such() {
        let address = Address::parse("kurrentdb://node1:2113,node2:2113?tls=false").unwrap();
        let nodes = Nodes::new(address, Duration::from_secs(1), None).unwrap();
        let node = |host: &str| Node {
            host: host.to_owned(),
            port: 2113,
        };
        let failure = || Failure::new(Meaning::NotDone, "no connection");
        let hinted = nodes.hinted(&node("10.0.0.7"), failure()).told();
        assert!(
            hinted.starts_with("no connection; only the other nodes name this host"),
            "{hinted}"
        );
        assert_eq!(nodes.hinted(&node("node2"), failure()).told(), "no connection");
    }
}
