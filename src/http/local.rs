//! Whether a request comes from this machine, and is meant for it: for pages that only operators see, and for the mode
//! without tokens. A name that leads here, a page of somebody else's in a browser here, and a proxy or tunnel that runs
//! here all connect from here, and are not this machine all the same.

use std::net::SocketAddr;

use actix_web::ResponseError as _;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HOST, HeaderMap, HeaderValue, ORIGIN};
use actix_web::middleware::Next;
use actix_web::web::Data;
use url::{Host, Url};

use super::bot::BotSurface;
use super::problem::Problem;
use crate::teams::access::BotAccess;

/// Headers by which proxies and tunnels tell for whom they ask, beside those that begin with `x-forwarded-`.
const FORWARDED: [&str; 6] = [
    "forwarded",
    "via",
    "x-real-ip",
    "x-original-host",
    "true-client-ip",
    "cf-connecting-ip",
];

/// Why a request is not this machine's own.
pub(super) fn foreign(peer: Option<SocketAddr>, headers: &HeaderMap) -> Option<&'static str> {
    if !peer.is_some_and(|peer| peer.ip().to_canonical().is_loopback()) {
        return Some("it comes from another machine");
    }
    let mut hosts = headers.get_all(HOST).peekable();
    if hosts.peek().is_none() || !hosts.all(|host| is_here(host, "http://")) {
        return Some("its Host is not a loopback name; call 127.0.0.1, [::1] or localhost");
    }
    if !headers.get_all(ORIGIN).all(|origin| is_here(origin, "")) {
        return Some("its Origin is another site's");
    }
    let tells = |name: &str| FORWARDED.contains(&name) || name.starts_with("x-forwarded-");
    if headers.keys().any(|name| tells(name.as_str())) {
        return Some("a proxy or a tunnel hands it on");
    }
    None
}

/// Whether a value names a host of this machine.
fn is_here(value: &HeaderValue, scheme: &str) -> bool {
    let Ok(text) = value.to_str() else { return false };
    Url::parse(&format!("{scheme}{text}")).is_ok_and(|url| match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    })
}

/// Middleware for [`actix_web::middleware::from_fn`]: where activities are taken without a token, whatever is not this
/// machine's own is refused, whichever path it asks for.
pub async fn only_local_without_tokens(
    bot: Data<BotSurface>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    if matches!(bot.access, BotAccess::Loopback(_))
        && let Some(why) = foreign(request.peer_addr(), request.headers())
    {
        let refusal = Problem::not_local(why).error_response();
        return Ok(request.into_response(refusal));
    }
    Ok(next.call(request).await?.map_into_boxed_body())
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn is_foreign(peer: &str, headers: &[(&'static str, &str)]) -> bool {
        let request = headers.iter().fold(TestRequest::default(), |request, header| {
            request.append_header(*header)
        });
        foreign(Some(peer.parse().unwrap()), request.to_srv_request().headers()).is_some()
    }

    #[test]
    fn this_machine_by_a_loopback_name_is_local_and_nothing_else() {
        let host = ("host", "localhost:3978");
        for peer in ["127.0.0.1:1", "[::1]:1", "[::ffff:127.0.0.1]:1"] {
            assert!(!is_foreign(peer, &[host]), "{peer}");
        }
        assert!(is_foreign("192.0.2.7:1", &[host]));
        for good in ["127.0.0.1", "[::1]:3978", "LOCALHOST", "app.localhost:1"] {
            assert!(!is_foreign("127.0.0.1:1", &[("host", good)]), "{good}");
        }
        for bad in [
            "evil.example",
            "localhost.evil.example",
            "",
            "10.0.0.1",
            "127.0.0.1.evil.example",
        ] {
            assert!(is_foreign("127.0.0.1:1", &[("host", bad)]), "{bad:?}");
        }
        assert!(is_foreign("127.0.0.1:1", &[]));
        assert!(!is_foreign(
            "127.0.0.1:1",
            &[host, ("origin", "http://localhost:5173")]
        ));
        for origin in [
            "https://evil.example",
            "null",
            "file://",
            "http://localhost.evil.example",
        ] {
            assert!(is_foreign("127.0.0.1:1", &[host, ("origin", origin)]), "{origin}");
        }
        for name in [
            "x-forwarded-for",
            "x-forwarded-proto",
            "forwarded",
            "via",
            "x-real-ip",
        ] {
            assert!(
                is_foreign("127.0.0.1:1", &[host, (name, "203.0.113.7")]),
                "{name}"
            );
        }
    }
}
