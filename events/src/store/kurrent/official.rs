//! What the official client is used for: administration, and a second opinion on what this store wrote. Each call is
//! made by a client of its own and ends in time, whatever happens in there.

use std::time::Duration;

use kurrentdb::operations::OperationalOptions;
use kurrentdb::{Client, Credentials, ReadStreamOptions, StreamPosition};

use super::Address;

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
    let text = address.with_credentials().to_owned();
    let user = user(address);
    limited("reading a stream", limit, async move {
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
    let text = address.with_credentials().to_owned();
    limited("asking the version", limit, async move {
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
    let text = address.with_credentials().to_owned();
    let user = user(address);
    limited("resigning the leader", limit, async move {
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

/// Runs `work` on a thread and a runtime of its own: the client is known to spin and to panic.
async fn limited<T: Send + 'static>(
    action: &'static str,
    limit: Duration,
    work: impl Future<Output = Result<T, String>> + Send + 'static,
) -> Result<T, OfficialError> {
    let failed = move |what: String| OfficialError { action, what };
    let (tell, told) = tokio::sync::oneshot::channel();
    let run = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let done = match runtime {
            Ok(runtime) => runtime.block_on(work),
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
