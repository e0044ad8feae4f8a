//! A load generator that costs little: requests made beforehand, keep-alive connections, answers read only as far as
//! status, length and body. It refuses answers without a `Content-Length`.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::Outcome;
use crate::figures::Latencies;

/// One keep-alive connection.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    /// Its status.
    pub(crate) status: u16,
    /// Its body.
    pub(crate) body: Vec<u8>,
}

impl Connection {
    /// Connects.
    pub(crate) async fn open(address: SocketAddr) -> Outcome<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            buffer: Vec::with_capacity(16 * 1_024),
        })
    }

    /// Sends a whole request and reads its answer.
    pub(crate) async fn ask(&mut self, request: &[u8]) -> Outcome<Answer> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let head = loop {
            self.more().await?;
            if let Some(end) = self.buffer.windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
        };
        let text = std::str::from_utf8(&self.buffer[..head])?;
        let status = text
            .split(' ')
            .nth(1)
            .ok_or("an answer without a status")?
            .parse()?;
        let length: usize = text
            .lines()
            .filter_map(|line| line.split_once(':'))
            .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
            .ok_or("an answer without a length")?
            .1
            .trim()
            .parse()?;
        while self.buffer.len() < head + length {
            self.more().await?;
        }
        let body = self.buffer[head..head + length].to_vec();
        Ok(Answer { status, body })
    }

    async fn more(&mut self) -> Outcome<()> {
        if self.stream.read_buf(&mut self.buffer).await? == 0 {
            return Err("the service closed the connection".into());
        }
        Ok(())
    }
}

/// A request as it travels.
pub(crate) fn post(path: &str, authorization: &str, content_type: &str, body: &str) -> Vec<u8> {
    format!(
        "POST {path} HTTP/1.1\r\nhost: service\r\nauthorization: Bearer {authorization}\r\n\
         content-type: {content_type}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// A request as it travels, with these further headers, each with its end of line.
pub(crate) fn request(
    method: &str,
    path: &str,
    authorization: &str,
    headers: &str,
    content_type: &str,
    body: &[u8],
) -> Vec<u8> {
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: service\r\nauthorization: Bearer {authorization}\r\n{headers}\
         content-type: {content_type}\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

/// Sends requests over `connections` at once for `time`, each connection the next one when it has its answer.
/// `request` makes the request with a number that is used once. Anything but `status` ends the measurement.
pub(crate) async fn hammer(
    address: SocketAddr,
    connections: u64,
    time: Duration,
    status: u16,
    request: impl Fn(u64) -> Vec<u8> + Clone + Send + 'static,
) -> Outcome<Latencies> {
    let mut open = Vec::new();
    for _ in 0..connections {
        open.push(Connection::open(address).await?);
    }
    let begun = Instant::now();
    let tasks: Vec<_> = (0..connections)
        .zip(open)
        .map(|(first, mut connection)| {
            let request = request.clone();
            tokio::spawn(async move {
                let mut taken = Vec::new();
                let mut number = first;
                while begun.elapsed() < time {
                    let bytes = request(number);
                    number += connections;
                    let start = Instant::now();
                    let answer = connection.ask(&bytes).await?;
                    taken.push(start.elapsed());
                    if answer.status != status {
                        return Err(format!("answered with {}, not {status}", answer.status).into());
                    }
                }
                Outcome::Ok(taken)
            })
        })
        .collect();
    let mut all = Vec::new();
    for task in tasks {
        all.extend(task.await??);
    }
    Ok(Latencies::new(all, begun.elapsed()))
}

/// Sends so many requests over `connections` at once, each connection the next one when it has its answer.
pub(crate) async fn each(
    address: SocketAddr,
    connections: u64,
    status: u16,
    count: u64,
    request: impl Fn(u64) -> Vec<u8>,
) -> Outcome<Latencies> {
    let next = std::cell::Cell::new(0);
    let begun = Instant::now();
    let hands = (0..connections).map(|_| async {
        let mut connection = Connection::open(address).await?;
        let mut taken = Vec::new();
        while next.get() < count {
            let number = next.replace(next.get() + 1);
            let bytes = request(number);
            let start = Instant::now();
            let answer = connection.ask(&bytes).await?;
            taken.push(start.elapsed());
            if answer.status != status {
                let text = String::from_utf8_lossy(&answer.body).into_owned();
                return Err(format!("answered with {}, not {status}: {text}", answer.status).into());
            }
        }
        Outcome::Ok(taken)
    });
    let taken = futures_util::future::try_join_all(hands).await?;
    Ok(Latencies::new(taken.concat(), begun.elapsed()))
}
