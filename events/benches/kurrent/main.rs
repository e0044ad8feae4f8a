//! What the store costs over a plain gRPC channel, both against the same stand-in in the same run.
//!
//! `cargo bench -p events --features kurrentdb --bench kurrent`. The stand-in keeps everything in memory and is not
//! KurrentDB: the figures say what our side adds, and nothing about the speed of a cluster. Turns alternate, since a
//! shared machine drifts.

#![expect(
    clippy::disallowed_methods,
    reason = "streams and events that nobody used before"
)]

use std::io::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use events::store::kurrent::{Address, KurrentOptions, KurrentStore};
use events::user::{Command, CommandReceived};
use events::{
    AadObjectId, EventId, EventStore as _, Expected, Metadata, NewEvent, StreamId, StreamWrite, TenantId,
    UserEvent, UserKey, Version,
};
use kurrent_standin::harness::{Cluster, Spawner, become_process};
use tonic::codec::ProstCodec;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::transport::{Channel, Endpoint};
use uuid::Uuid;

#[path = "../../src/store/kurrent/wire.rs"]
#[expect(
    dead_code,
    unused_imports,
    reason = "the store's own messages, of which a bench needs a few"
)]
mod wire;

type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Callers at once.
const CALLERS: [usize; 3] = [1, 16, 64];
/// Turns of each side.
const TURNS: usize = 5;
/// How long a turn lasts.
const TURN: Duration = Duration::from_secs(1);

fn main() -> Outcome<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    runtime.block_on(async {
        become_process().await?;
        measure().await
    })
}

async fn measure() -> Outcome<()> {
    let cluster = Cluster::single(Spawner::program()).await?;
    let store =
        Arc::new(KurrentStore::open(Address::parse(&cluster.url())?, KurrentOptions::default()).await?);
    let host = cluster
        .url()
        .replace("kurrentdb://", "http://")
        .replace("?tls=false", "");
    let channel = Endpoint::from_shared(host)?.tcp_nodelay(true).connect().await?;
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "callers | store: appends/s, p50, p99 | plain channel: appends/s, p50, p99 | ratio"
    )?;
    for callers in CALLERS {
        let (mut ours, mut plain) = (Times::default(), Times::default());
        for _ in 0..TURNS {
            ours.extend(
                turn(callers, |stream, version| {
                    let store = Arc::clone(&store);
                    async move { append_through_store(&store, stream, version).await }
                })
                .await?,
            );
            plain.extend(
                turn(callers, |stream, version| {
                    let channel = channel.clone();
                    async move { append_plainly(channel, stream, version).await }
                })
                .await?,
            );
        }
        let ratio = ours.rate() / plain.rate();
        writeln!(out, "{callers} | {ours} | {plain} | {ratio:.2}")?;
    }
    Ok(())
}

#[derive(Debug, Default)]
struct Times {
    each: Vec<Duration>,
    elapsed: Duration,
}

impl Times {
    fn extend(&mut self, more: Self) {
        self.each.extend(more.each);
        self.elapsed += more.elapsed;
        self.each.sort();
    }

    fn rate(&self) -> f64 {
        f64::from(u32::try_from(self.each.len()).unwrap_or(u32::MAX)) / self.elapsed.as_secs_f64()
    }

    fn percentile(&self, percent: usize) -> Duration {
        self.each
            .get(self.each.len() * percent / 100)
            .copied()
            .unwrap_or_default()
    }
}

impl std::fmt::Display for Times {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{:.0}, {:.2?}, {:.2?}",
            self.rate(),
            self.percentile(50),
            self.percentile(99)
        )
    }
}

/// Callers that append, each to a stream of its own, as fast as they are answered.
async fn turn<F: Future<Output = Outcome<()>> + Send>(
    callers: usize,
    append: impl Fn(StreamId, u64) -> F,
) -> Outcome<Times> {
    let begun = Instant::now();
    let calling = (0..callers).map(|_| async {
        let user = UserKey::new(
            TenantId::parse("bench")?,
            AadObjectId::parse(Uuid::new_v4().to_string())?,
        );
        let (stream, mut each) = (StreamId::user(&user), Vec::new());
        while begun.elapsed() < TURN {
            let sent = Instant::now();
            append(stream.clone(), each.len() as u64).await?;
            each.push(sent.elapsed());
        }
        Outcome::Ok(each)
    });
    let each = futures_util::future::try_join_all(calling).await?;
    Ok(Times {
        each: each.into_iter().flatten().collect(),
        elapsed: begun.elapsed(),
    })
}

fn event() -> NewEvent {
    let event = UserEvent::from(CommandReceived {
        command: Command::Help,
        at: None,
    });
    let metadata = Metadata {
        time: chrono::DateTime::UNIX_EPOCH,
        correlation_id: Uuid::nil(),
        causation_id: Uuid::nil(),
    };
    let mut event = NewEvent::encode(EventId(Uuid::new_v4()), &event, metadata);
    event.payload = format!("{{\"text\":\"{}\"}}", "x".repeat(500));
    event
}

async fn append_through_store(store: &KurrentStore, stream: StreamId, version: u64) -> Outcome<()> {
    let write = StreamWrite {
        stream,
        expected: Expected::Exactly(Version(version)),
        events: vec![event()],
    };
    store.append(vec![write]).await?;
    Ok(())
}

async fn append_plainly(channel: Channel, stream: StreamId, version: u64) -> Outcome<()> {
    use wire::{append_req::Content, keys, write_options};
    let event = event();
    let metadata = [(keys::TYPE, event.event_type), (keys::CONTENT_TYPE, keys::JSON)];
    let contents = [
        Content::Options(wire::WriteOptions {
            stream: Some(wire::StreamIdentifier {
                name: stream.as_str().as_bytes().to_vec(),
            }),
            expected: Some(match version.checked_sub(1) {
                None => write_options::Expected::NoStream(wire::Empty {}),
                Some(revision) => write_options::Expected::Revision(revision),
            }),
        }),
        Content::Proposed(wire::ProposedMessage {
            id: Some(wire::Uuid {
                value: Some(wire::uuid::Value::Text(event.id.0.to_string())),
            }),
            metadata: metadata
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
                .into(),
            // As long as what the store sends.
            custom_metadata: vec![b'1'; 170],
            data: event.payload.into_bytes(),
        }),
    ];
    let messages = contents.map(|content| wire::AppendReq {
        content: Some(content),
    });
    let mut grpc = tonic::client::Grpc::new(channel);
    grpc.ready().await?;
    let codec = ProstCodec::<wire::AppendReq, wire::AppendResp>::default();
    let path = PathAndQuery::from_static(wire::paths::APPEND);
    let request = tonic::Request::new(futures_util::stream::iter(messages));
    let answer = grpc.client_streaming(request, path, codec).await?.into_inner();
    match answer.result {
        Some(wire::append_resp::Result::Success(_)) => Ok(()),
        other => Err(format!("a plain append was answered by {other:?}").into()),
    }
}
