//! One address before all nodes: each connection goes to the next node that takes it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::net::{TcpListener, TcpStream};

/// Where connections may go.
#[derive(Debug)]
pub(crate) struct Balancer {
    address: SocketAddr,
}

impl Balancer {
    pub(crate) async fn before(nodes: Vec<SocketAddr>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (nodes, next) = (Arc::new(nodes), Arc::new(AtomicUsize::new(0)));
        tokio::spawn(async move {
            while let Ok((from, _)) = listener.accept().await {
                let (nodes, next) = (Arc::clone(&nodes), Arc::clone(&next));
                tokio::spawn(pass(from, nodes, next));
            }
        });
        Self { address }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

async fn pass(mut from: TcpStream, nodes: Arc<Vec<SocketAddr>>, next: Arc<AtomicUsize>) {
    for _ in 0..nodes.len() {
        let node = nodes[next.fetch_add(1, Ordering::Relaxed) % nodes.len()];
        if let Ok(mut to) = TcpStream::connect(node).await {
            // A connection that breaks is what the test is about.
            drop(tokio::io::copy_bidirectional(&mut from, &mut to).await);
            return;
        }
    }
}
