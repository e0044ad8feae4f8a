//! What the measured programs talk to, in a process of its own: the Bot Connector, Microsoft's keys and login, and a page that
//! does nothing. It never throttles, answers as little as is needed, and notes when each card came.
//!
//! This program run as `service stand-in` is it: it reads keys and token as JSON from its first line of input and writes its port.

use std::cell::RefCell;
use std::fmt::Write as _;
use std::io::{BufRead as _, Write as _};
use std::rc::Rc;

use events::{Clock as _, SystemClock};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::Outcome;

/// Digits at the end of each id of a person or a chat.
pub(crate) const DIGITS: usize = 12;

/// What it knows.
#[derive(Debug)]
struct Known {
    tenant: String,
    metadata: String,
    keys: String,
    login: String,
    /// When each card came, in microseconds since 1970, and for whom.
    came: Vec<(u64, u64)>,
    updates: u64,
}

/// Serves until the process is killed.
pub(crate) async fn serve() -> Outcome<()> {
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    let told: Value = serde_json::from_str(&line)?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let port = listener.local_addr()?.port();
    let known = Rc::new(RefCell::new(Known {
        tenant: told["tenant"].as_str().unwrap_or_default().to_owned(),
        metadata: json!({
            "issuer": told["issuer"], "authorization_endpoint": "https://invalid.botframework.com",
            "jwks_uri": format!("http://127.0.0.1:{port}/v1/.well-known/keys"),
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        })
        .to_string(),
        keys: told["keys"].to_string(),
        login: json!({
            "token_type": "Bearer", "expires_in": 3600, "ext_expires_in": 3600, "access_token": told["token"],
        })
        .to_string(),
        came: Vec::new(),
        updates: 0,
    }));
    writeln!(std::io::stdout().lock(), "{port}")?;
    let local = tokio::task::LocalSet::new();
    local
        .run_until(async move {
            loop {
                let (stream, _) = listener.accept().await?;
                let known = Rc::clone(&known);
                tokio::task::spawn_local(async move {
                    // Whoever breaks off is gone.
                    drop(converse(stream, &known).await);
                });
            }
        })
        .await
}

/// One connection, request after request.
async fn converse(mut stream: TcpStream, known: &RefCell<Known>) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let (mut buffer, mut answer) = (Vec::with_capacity(32 * 1_024), Vec::with_capacity(1_024));
    loop {
        let head = loop {
            if let Some(end) = buffer.windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
            if stream.read_buf(&mut buffer).await? == 0 {
                return Ok(());
            }
        };
        let text = String::from_utf8_lossy(&buffer[..head]).into_owned();
        let length = header(&text, "content-length").and_then(|length| length.parse().ok());
        let whole = head + length.unwrap_or(0_usize);
        while buffer.len() < whole {
            if stream.read_buf(&mut buffer).await? == 0 {
                return Ok(());
            }
        }
        buffer.drain(..whole);
        let (status, body) = known.borrow_mut().answer(&text);
        answer.clear();
        write!(
            answer,
            "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )?;
        stream.write_all(&answer).await?;
    }
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let lines = head.lines().filter_map(|line| line.split_once(':'));
    let mut named = lines.filter(|(key, _)| key.eq_ignore_ascii_case(name));
    named.next().map(|(_, value)| value.trim())
}

impl Known {
    fn answer(&mut self, head: &str) -> (&'static str, String) {
        let mut words = head.split(' ');
        let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        if let Some((_, rest)) = path.split_once("/v3/conversations/") {
            if header(head, "authorization").is_none_or(|value| !value.starts_with("Bearer ")) {
                return ("401 Unauthorized", "{}".to_owned());
            }
            return self.connector(method, rest);
        }
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let found = match path {
            "/v1/.well-known/openidconfiguration" => self.metadata.clone(),
            "/v1/.well-known/keys" => self.keys.clone(),
            "/api/messages" => String::new(),
            "/seen" => json!({ "cards": self.came.len(), "updates": self.updates }).to_string(),
            path if path.ends_with("/oauth2/v2.0/token") => self.login.clone(),
            "/came" => self.came_since(query.trim_start_matches("from=")),
            _ => return ("404 Not Found", "{}".to_owned()),
        };
        ("200 OK", found)
    }

    fn connector(&mut self, method: &str, rest: &str) -> (&'static str, String) {
        let mut parts = rest.split('/');
        let (chat, what) = (parts.next().unwrap_or_default(), parts.next());
        match (method, what) {
            ("POST", Some("activities")) => {
                self.came.push((now(), number(chat)));
                ("201 Created", format!(r#"{{"id":"{}"}}"#, self.came.len()))
            }
            ("PUT", Some("activities")) => {
                self.updates += 1;
                ("200 OK", r#"{"id":"1"}"#.to_owned())
            }
            ("GET", Some("members")) => ("200 OK", self.member(parts.next().unwrap_or(chat))),
            _ => ("404 Not Found", "{}".to_owned()),
        }
    }

    fn member(&self, id: &str) -> String {
        let n = format!("{:0>DIGITS$}", number(id));
        json!({
            "id": format!("29:bench-user-{n}"), "aadObjectId": format!("00000000-0000-4000-8000-{n}"),
            "objectId": format!("00000000-0000-4000-8000-{n}"), "name": format!("User {n}"), "givenName": "User",
            "surname": n, "email": format!("user{n}@bench.example"),
            "userPrincipalName": format!("user{n}@bench.example"), "tenantId": self.tenant, "userRole": "user",
        })
        .to_string()
    }

    /// What came after the first so many, a line each.
    fn came_since(&self, from: &str) -> String {
        let from: usize = from.parse().unwrap_or(0);
        let mut lines = String::new();
        for (at, whom) in self.came.iter().skip(from) {
            // Writing to a string cannot fail.
            if writeln!(lines, "{at} {whom}").is_err() {
                break;
            }
        }
        lines
    }
}

/// The number at the end of an id, escaped or not.
fn number(id: &str) -> u64 {
    let digits = id.len().checked_sub(DIGITS).and_then(|from| id.get(from..));
    digits.and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

/// Microseconds since 1970: the clock that all processes share.
pub(crate) fn now() -> u64 {
    u64::try_from(SystemClock.now().timestamp_micros()).unwrap_or(0)
}
