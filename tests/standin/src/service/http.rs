//! The one thing over plain HTTP that operators are told to do: to write a stream's metadata by `POST /streams/<name>`.

use std::io;

use serde::Deserialize;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use uuid::Uuid;

use crate::brain::Outcome;
use crate::log::{Change, Expected, Proposed};
use crate::node::Node;
use crate::users;
use crate::wire::keys;

/// How a request begins here, and no connection of gRPC.
const POST: &[u8] = b"POST ";
/// The media type of events that are posted.
const EVENTS: &str = "application/vnd.eventstore.events+json";

/// An event as it is posted.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Posted {
    event_id: Uuid,
    event_type: String,
    data: serde_json::Value,
}

/// Whether a connection brings such a request.
pub(crate) async fn is_plain(stream: &TcpStream) -> bool {
    let mut begin = [0; POST.len()];
    stream.peek(&mut begin).await.is_ok() && begin == POST
}

/// Answers it.
pub(crate) async fn plain(node: &Node, stream: TcpStream) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    stream.read_line(&mut line).await?;
    let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
    let (mut length, mut authorization, mut kind) = (0, None, None);
    loop {
        line.clear();
        stream.read_line(&mut line).await?;
        let Some((name, value)) = line.trim().split_once(':') else {
            break;
        };
        let value = value.trim().to_owned();
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().unwrap_or_default(),
            "content-type" => kind = Some(value),
            "authorization" => authorization = Some(value),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    let status = match kind.as_deref() {
        Some(EVENTS) => post(node, &path, authorization.as_deref(), &body).await,
        _ => "415 Unsupported Media Type",
    };
    let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    stream.write_all(answer.as_bytes()).await
}

async fn post(node: &Node, path: &str, authorization: Option<&str>, body: &[u8]) -> &'static str {
    let Some(stream) = path.strip_prefix("/streams/") else {
        return "404 Not Found";
    };
    let stream = stream.replace("%24", "$");
    let lacks = users::admitted(&node.users, &node.log, authorization);
    if !lacks.is_ok_and(|lacks| !lacks.contains(&users::append(&stream))) {
        return "401 Unauthorized";
    }
    let Ok(events) = serde_json::from_slice::<Vec<Posted>>(body) else {
        return "400 Bad Request";
    };
    let proposed = events.into_iter().map(|posted| Proposed {
        id: posted.event_id,
        event_type: posted.event_type,
        content_type: keys::JSON.to_owned(),
        custom: Vec::new(),
        data: posted.data.to_string().into_bytes(),
    });
    let change = Change::Append(proposed.collect());
    match node.change(&stream, Expected::Any, change, true).await {
        Outcome::Done { result: Ok(_), .. } => "201 Created",
        Outcome::Done { .. } | Outcome::Prevented(_) | Outcome::NotLeader(_) => "503 Service Unavailable",
    }
}
