//! The way in: whether the world outside meets this service behind the proxy, and which TLS it may speak. Teams asks for
//! TLS 1.2 at least (Microsoft 365, "TLS 1.0 and 1.1 deprecation").

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use url::{Host, Url};

use super::finding::{Check, Finding};
use super::places::shown;
use crate::config::Config;
use crate::http_client::failure;

/// How long an old hello may wait for its answer; whoever says nothing does not take it.
const PATIENCE: Duration = Duration::from_secs(3);

/// Looks from here, which is not quite outside: where this machine cannot reach its own name, it says so.
pub(super) async fn look(config: &Config, http: &reqwest::Client) -> Vec<Finding> {
    let Some(url) = &config.http.public_url else {
        let why = "where the world outside reaches the service is not known; name it with --public-url";
        return vec![Finding::skipped(Check::Proxy, "http.public_url", why)];
    };
    let mut findings = vec![meets(url, http).await];
    if url.scheme() == "https" {
        findings.extend(old_tls(url).await);
    }
    findings
}

/// Whether `/api/messages` there is ours: asked by GET, it says that it takes POST alone.
async fn meets(url: &Url, http: &reqwest::Client) -> Finding {
    let about = shown(url);
    let mut endpoint = url.clone();
    endpoint.set_path("/api/messages");
    match http.get(endpoint).send().await {
        Ok(answer) if answer.status().as_u16() == 405 => {
            Finding::good(Check::Proxy, about, "it hands /api/messages on to the service")
        }
        Ok(answer) if matches!(answer.status().as_u16(), 502..=504) => Finding::wrong(
            Check::Proxy,
            about,
            format!(
                "the proxy answers {}: it finds no service behind it",
                answer.status().as_u16()
            ),
            "start the service, or correct the address to which the proxy hands on (http.listen)",
        ),
        Ok(answer) => Finding::wrong(
            Check::Proxy,
            about,
            format!(
                "/api/messages is answered {}, and not by this service",
                answer.status().as_u16()
            ),
            "let the proxy hand /api/messages, /v1/ and /calendar/ on to http.listen, unchanged",
        ),
        Err(error) => Finding::warning(
            Check::Proxy,
            about,
            format!("this machine does not reach it ({})", failure(&error)),
            "try it from outside; if Teams does not reach it either, mend name, route or firewall",
        ),
    }
}

async fn old_tls(url: &Url) -> Option<Finding> {
    let about = shown(url);
    let taken = tokio::time::timeout(PATIENCE, takes_tls_1_1(url)).await;
    match taken {
        Ok(Ok(true)) => Some(Finding::warning(
            Check::Proxy,
            about,
            "the proxy still speaks TLS 1.1",
            "let it speak TLS 1.2 and 1.3 alone, such as ssl_protocols TLSv1.2 TLSv1.3 of nginx",
        )),
        Ok(Ok(false)) | Err(_) => Some(Finding::good(
            Check::Proxy,
            about,
            "the proxy speaks no TLS older than 1.2",
        )),
        // That it cannot be reached is told already.
        Ok(Err(_)) => None,
    }
}

/// Says hello as a client of TLS 1.1 does, and looks whether the answer is a hello too.
async fn takes_tls_1_1(url: &Url) -> std::io::Result<bool> {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let port = url.port_or_known_default().unwrap_or(443);
    let name = matches!(url.host(), Some(Host::Domain(_))).then_some(host);
    let mut stream = TcpStream::connect((host, port)).await?;
    stream.write_all(&hello(name)).await?;
    let mut head = [0; 11];
    // Whoever refuses closes, or sends an alert of seven bytes.
    if stream.read_exact(&mut head).await.is_err() {
        return Ok(false);
    }
    let [kind, _, _, _, _, message, _, _, _, major, minor] = head;
    // RFC 4346, section 7.4.1.3: a record of a handshake, in it a hello of the server, with the version that it chose.
    Ok(kind == 22 && message == 2 && (major, minor) <= (3, 2))
}

/// A hello of TLS 1.1 (RFC 4346, section 7.4.1.2) with the ciphers of its time, and the server's name (RFC 6066).
fn hello(name: Option<&str>) -> Vec<u8> {
    let mut extensions = vec![
        0, 10, 0, 6, 0, 4, 0, 23, 0, 24, // the curves P-256 and P-384
        0, 11, 0, 2, 1, 0, // points as they are
    ];
    if let Some(name) = name.map(str::as_bytes) {
        extensions.extend([0, 0]);
        extensions.extend(sized(
            &[length(name.len() + 3).as_slice(), &[0], &sized(name)].concat(),
        ));
    }
    let ciphers = [
        0xc0, 0x14, 0xc0, 0x13, 0xc0, 0x0a, 0xc0, 0x09, 0x00, 0x35, 0x00, 0x2f,
    ];
    let mut body = vec![3, 2];
    // Random bytes need not be random here: no key is made of them.
    body.extend([0x5a; 32]);
    body.push(0);
    body.extend(sized(&ciphers));
    body.extend([1, 0]);
    body.extend(sized(&extensions));
    let mut message = vec![1, 0];
    message.extend(sized(&body));
    [&[22, 3, 1][..], &sized(&message)].concat()
}

/// Bytes behind their number, in two bytes.
fn sized(bytes: &[u8]) -> Vec<u8> {
    [&length(bytes.len())[..], bytes].concat()
}

fn length(length: usize) -> [u8; 2] {
    // A host's name has 253 bytes at most, so that all of it is far below 65,536.
    u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes()
}
