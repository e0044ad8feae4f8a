//! What the official client is used for: administration, and a second opinion on what this store wrote. Each call is
//! made by a client of its own and ends in time, whatever happens in there.

use std::time::Duration;

use kurrentdb::operations::OperationalOptions;
use kurrentdb::{Client, Credentials, ReadStreamOptions, StreamPosition};

use super::Address;
use super::nodes::Nodes;

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(2);
/// Before the nodes are asked again who leads.
const PAUSE: Duration = Duration::from_millis(200);

/// Why the official client could not do it.
#[derive(Debug, thiserror::Error)]
#[error("the official client failed ({action}): {what}")]
pub struct OfficialError {
    action: &'static str,
    what: String,
}

/// What the official client read of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The event's id, as the service knows it.
    pub id: uuid::Uuid,
    /// Its number in the stream, from 0.
    pub revision: u64,
    /// Its type.
    pub event_type: String,
    /// Its payload.
    pub data: Vec<u8>,
}

/// Reads a stream by its name on the server, from its start.
pub async fn read_stream(
    address: &Address,
    prefix: &str,
    stream: &crate::StreamId,
    limit: Duration,
) -> Result<Vec<Seen>, OfficialError> {
    let name = format!("{prefix}{stream}");
    let user = user(address);
    limited("reading a stream", limit, address, move |text| async move {
        let mut options = ReadStreamOptions::default()
            .forwards()
            .position(StreamPosition::Start);
        if let Some(user) = user {
            options = options.authenticated(user);
        }
        let mut events = client(&text)?
            .read_stream(name, &options)
            .await
            .map_err(text_of)?;
        let mut seen = Vec::new();
        while let Some(event) = events.next().await.map_err(text_of)? {
            let event = event.get_original_event();
            seen.push(Seen {
                id: super::mapping::logical_id(event.id, &event.custom_metadata),
                revision: event.revision,
                event_type: event.event_type.clone(),
                data: event.data.to_vec(),
            });
        }
        Ok(seen)
    })
    .await
}

/// The server's version, such as `24.10.1`.
pub async fn server_version(address: &Address, limit: Duration) -> Result<String, OfficialError> {
    limited("asking the version", limit, address, move |text| async move {
        let operations = kurrentdb::operations::Client::from(client(&text)?);
        let info = operations.server_version().await.map_err(text_of)?;
        let version = info.version();
        Ok(format!(
            "{}.{}.{}",
            version.major(),
            version.minor(),
            version.patch()
        ))
    })
    .await
}

/// Asks the node that leads to step down, so that another one is elected. Needs the rights of an operator.
pub async fn resign_leader(address: &Address, limit: Duration) -> Result<(), OfficialError> {
    let user = user(address);
    limited("resigning the leader", limit, address, move |text| async move {
        let operations = kurrentdb::operations::Client::from(client(&text)?);
        let mut options = OperationalOptions::default();
        if let Some(user) = user {
            options = options.authenticated(user);
        }
        operations.resign_node(&options).await.map_err(text_of)
    })
    .await
}

/// The user of the connection string. The client would send a name and a password as they are encoded there.
fn user(address: &Address) -> Option<Credentials> {
    let (user, password) = address.credentials.clone()?;
    Some(Credentials::new(user, password))
}

fn client(text: &str) -> Result<Client, String> {
    let settings = text.parse().map_err(text_of)?;
    Client::new(settings).map_err(text_of)
}

fn text_of(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// Finds the leader by our own means, since the client gives up soon and refuses what is none of its own; then runs `work`
/// with how to reach it, on a thread and a runtime of its own: the client is known to spin and to panic.
async fn limited<T: Send + 'static, W: Future<Output = Result<T, String>>>(
    action: &'static str,
    limit: Duration,
    address: &Address,
    work: impl FnOnce(String) -> W + Send + 'static,
) -> Result<T, OfficialError> {
    let failed = move |what: String| OfficialError { action, what };
    let text = tokio::time::timeout(limit, leader(address))
        .await
        .map_err(|_| failed("no leader was found in time".to_owned()))?
        .map_err(failed)?;
    let (tell, told) = tokio::sync::oneshot::channel();
    let run = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let done = match runtime {
            Ok(runtime) => runtime.block_on(work(text)),
            Err(error) => Err(error.to_string()),
        };
        // Nobody waits any more when the limit was passed.
        drop(tell.send(done));
    };
    let thread = std::thread::Builder::new()
        .name("kurrentdb".to_owned())
        .spawn(run);
    thread.map_err(|error| failed(error.to_string()))?;
    match tokio::time::timeout(limit, told).await {
        Ok(Ok(done)) => done.map_err(failed),
        Ok(Err(_)) => Err(failed("it broke off".to_owned())),
        Err(_) => Err(failed("it took too long".to_owned())),
    }
}

/// How the client is to reach the node that leads now.
async fn leader(address: &Address) -> Result<String, String> {
    let nodes = Nodes::new(address.clone(), CONNECT, None).map_err(text_of)?;
    loop {
        match nodes.leader().await {
            Ok(link) => return Ok(address.for_official(&link.node)),
            Err(failure) if failure.meaning.passes() => tokio::time::sleep(PAUSE).await,
            Err(failure) => return Err(text_of(failure)),
        }
    }
}
