//! Who uses the folder and the address now: a service of ours, another process, nobody.

use std::fs::{File, TryLockError};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::finding::{Check, Finding};
use crate::config::Config;

/// Asks the folder's lock and whoever listens at `http.listen`.
pub(super) async fn look(config: &Config, http: &reqwest::Client) -> Vec<Finding> {
    let about = config.data.folder.display().to_string();
    let path = config.data.folder.join("events.lock");
    let locked = tokio::task::spawn_blocking(move || is_locked(&path))
        .await
        .unwrap_or_default();
    let listening = listening(config.http.listen, http).await;
    let listen = config.http.listen;
    vec![match (locked, listening) {
        (true, Listening::Ready) => {
            Finding::good(Check::Process, about, "a service runs on it, and is ready")
        }
        (true, Listening::NotReady) => Finding::warning(
            Check::Process,
            about,
            "a service runs on it, and is not ready",
            format!("read why: http://{}/readyz", config.http.admin_listen),
        ),
        (true, Listening::Nobody | Listening::Stranger) if listen.port() != 0 => Finding::warning(
            Check::Process,
            about,
            format!("a process uses it, and no service of ours answers at http.listen ({listen})"),
            "find it (fuser events.lock) and stop it, or run this with the configuration that it runs with",
        ),
        (true, Listening::Nobody | Listening::Stranger) => Finding::good(
            Check::Process,
            about,
            "a service runs on it, at a port that it chose",
        ),
        (false, Listening::Ready | Listening::NotReady) => Finding::warning(
            Check::Process,
            about,
            format!("a service answers at http.listen ({listen}), with another folder"),
            "run this with the configuration that it runs with, or give another port by http.listen",
        ),
        (false, Listening::Stranger) => Finding::wrong(
            Check::Process,
            about,
            format!("another program listens at http.listen ({listen})"),
            "stop it, or give another port by http.listen",
        ),
        (false, Listening::Nobody) => Finding::good(Check::Process, about, "nobody uses it; no service runs"),
    }]
}

/// A service holds this lock alone. It is shared for a moment here, and only where the file is there.
fn is_locked(path: &std::path::Path) -> bool {
    let Ok(file) = File::open(path) else { return false };
    matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock))
}

enum Listening {
    Ready,
    NotReady,
    Stranger,
    Nobody,
}

async fn listening(listen: SocketAddr, http: &reqwest::Client) -> Listening {
    let ip = match listen.ip() {
        ip if !ip.is_unspecified() => ip,
        IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::LOCALHOST),
    };
    if listen.port() == 0 {
        return Listening::Nobody;
    }
    let url = format!("http://{}/readyz", SocketAddr::new(ip, listen.port()));
    match http.get(url).send().await {
        Err(error) if error.is_connect() => Listening::Nobody,
        Err(_) => Listening::Stranger,
        Ok(answer) => {
            let status = answer.status().as_u16();
            let told = answer.json::<serde_json::Value>().await.unwrap_or_default();
            match (told["ready"].as_bool(), status) {
                (Some(true), 200) => Listening::Ready,
                (Some(_), _) => Listening::NotReady,
                (None, _) => Listening::Stranger,
            }
        }
    }
}
