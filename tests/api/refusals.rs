//! What is said to callers that nobody knows, to paths that are not there and to the wrong methods, and what every answer
//! has.

use std::sync::Arc;

use chronus_teams::config::{Authentication, Config, KeyHash};
use chronus_teams::service::Service;
use events::SystemClock;
use reqwest::{Method, Response};
use serde_json::Value;

use crate::support::{ACME_KEY, ACME_READER, ADA, World};

/// Every path of the API, with the method that it takes.
const ROUTES: [(&str, &str); 23] = [
    ("/v1/events", "POST"),
    ("/v1/notifications/1", "GET"),
    ("/v1/responses", "GET"),
    ("/v1/responses/given-up", "GET"),
    ("/v1/responses/replay", "POST"),
    ("/v1/webhook", "GET"),
    ("/v1/webhook/enable", "POST"),
    ("/v1/webhook/disable", "POST"),
    ("/v1/preflight", "POST"),
    ("/v1/reachability", "GET"),
    ("/v1/reachability/1", "GET"),
    ("/v1/dead-letters", "GET"),
    ("/v1/dead-letters/replay", "POST"),
    ("/v1/conflicts", "GET"),
    ("/v1/left-out", "GET"),
    ("/v1/members/1", "GET"),
    ("/v1/members/1/link", "POST"),
    ("/v1/members/1/unlink", "POST"),
    ("/v1/members/1/automatic", "POST"),
    ("/v1/members/1/erase", "POST"),
    ("/v1/tenant", "GET"),
    ("/v1/tenant/enable", "POST"),
    ("/v1/tenant/disable", "POST"),
];

async fn ask(world: &World, method: &str, path: &str, key: Option<&str>) -> Response {
    let method = Method::from_bytes(method.as_bytes()).unwrap();
    let mut request = world.http.request(method, world.url(path));
    if let Some(key) = key {
        request = request.bearer_auth(key);
    }
    request.send().await.unwrap()
}

fn header<'r>(response: &'r Response, name: &str) -> &'r str {
    let value = response.headers().get(name);
    value.map_or("", |value| value.to_str().unwrap())
}

fn is_kept_nowhere(response: &Response) {
    assert_eq!(header(response, "cache-control"), "no-store", "{response:?}");
    assert_eq!(
        header(response, "x-content-type-options"),
        "nosniff",
        "{response:?}"
    );
}

async fn is_problem(response: Response, status: u16, kind: &str) {
    is_kept_nowhere(&response);
    assert_eq!(response.status().as_u16(), status, "{response:?}");
    assert_eq!(header(&response, "content-type"), "application/problem+json");
    let body: Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
    assert_eq!(body["status"], status);
    assert_eq!(body["type"], format!("urn:chronus-teams:problem:{kind}"));
}

#[actix_web::test]
async fn a_caller_that_nobody_knows_is_told_how_to_say_who_it_is() {
    let world = World::start().await;
    for (path, method) in ROUTES {
        let none = ask(&world, method, path, None).await;
        assert_eq!(
            header(&none, "www-authenticate"),
            "Bearer realm=\"chronus-teams\"",
            "{path}"
        );
        is_problem(none, 401, "unauthenticated").await;
        let wrong = ask(&world, method, path, Some("ctk_acme_wrong")).await;
        let challenge = "Bearer realm=\"chronus-teams\", error=\"invalid_token\"";
        assert_eq!(header(&wrong, "www-authenticate"), challenge, "{path}");
        is_problem(wrong, 401, "unauthenticated").await;
    }
    for (key, part) in [
        (None, "send an API key as"),
        (
            Some("ctk_acme_wrong"),
            "this key is not known; compare its SHA-256",
        ),
    ] {
        let told = ask(&world, "GET", "/v1/tenant", key).await.text().await.unwrap();
        assert!(told.contains(part), "{told}");
    }
    let role = ask(&world, "POST", "/v1/events", Some(ACME_READER)).await;
    assert!(
        header(&role, "www-authenticate").contains("insufficient_scope"),
        "{role:?}"
    );
    is_problem(role, 403, "forbidden").await;
    let bot = ask(&world, "POST", "/api/messages", None).await;
    assert_eq!(
        (bot.status().as_u16(), header(&bot, "www-authenticate")),
        (401, "Bearer")
    );
    is_kept_nowhere(&bot);
}

#[actix_web::test]
async fn a_wrong_method_is_told_which_one_is_taken_on_every_route() {
    let world = World::start().await;
    for (path, takes) in ROUTES.into_iter().chain([
        ("/api/messages", "POST, HEAD"),
        ("/healthz", "GET"),
        ("/readyz", "GET"),
    ]) {
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"] {
            if takes.split(", ").any(|taken| taken == method) {
                continue;
            }
            let wrong = ask(&world, method, path, Some(ACME_KEY)).await;
            assert_eq!(header(&wrong, "allow"), takes, "{method} {path}");
            is_problem(wrong, 405, "method-not-allowed").await;
        }
    }
    let probe = ask(&world, "HEAD", "/api/messages", None).await;
    assert_eq!(probe.status().as_u16(), 200);
}

#[actix_web::test]
async fn a_path_that_is_not_there_is_a_problem_too() {
    let world = World::start().await;
    for path in [
        "/",
        "/v1",
        "/v1/",
        "/v1/nothing",
        "/v1/nothing?a=1",
        "/v1/events/",
        "/nothing",
        "/v1/%ff",
    ] {
        is_problem(ask(&world, "GET", path, Some(ACME_KEY)).await, 404, "not-found").await;
    }
    // A name that is no text was refused before any handler saw it.
    let odd = ask(&world, "GET", "/v1/notifications/%ff", Some(ACME_KEY)).await;
    assert_eq!(odd.status().as_u16(), 404);
    assert_eq!(header(&odd, "content-type"), "application/problem+json");
}

#[actix_web::test]
async fn answers_about_people_are_kept_nowhere() {
    let world = World::start().await;
    world.install(ADA).await;
    for path in [
        "/v1/responses",
        "/v1/reachability",
        "/v1/conflicts",
        "/v1/tenant",
        "/healthz",
        "/readyz",
    ] {
        let answer = ask(&world, "GET", path, Some(ACME_KEY)).await;
        assert_eq!(answer.status().as_u16(), 200, "{path}");
        is_kept_nowhere(&answer);
    }
    let misspelt = ask(&world, "GET", "/v1/responses?afetr=5", Some(ACME_KEY)).await;
    is_problem(misspelt, 400, "malformed").await;
}

#[actix_web::test]
async fn without_tokens_only_this_machine_is_served_on_every_path() {
    let folder = tempfile::tempdir().unwrap();
    let text = format!(
        "[data]\nfolder = {folder:?}\n[http]\nlisten = \"127.0.0.1:0\"\nadmin_listen = \"127.0.0.1:0\"\n\
         [teams]\nallowed_hosts = [\"http://127.0.0.1:9\"]\nlogin_url = \"http://127.0.0.1:9\"\n\
         [[organizations]]\nid = \"acme\"\ntenant_id = \"t-1\"\n\
         api_keys = [{{ name = \"all\", sha256 = \"{key}\", roles = [\"read\"] }}]\n",
        folder = folder.path(),
        key = KeyHash::of(ACME_KEY),
    );
    let mode = Authentication::InsecureLoopback;
    let config = Config::from_text(&text, "the test's", [])
        .unwrap()
        .ready_to_serve(mode)
        .unwrap();
    let service = Service::start(&config, mode, Arc::new(SystemClock))
        .await
        .unwrap();
    let http = chronus_teams::http_client::build(chronus_teams::http_client::HttpLimits::default()).unwrap();
    let ask = async |path: &str, header: (&str, &str)| {
        let url = format!("http://{}{path}", service.address());
        let request = http.request(
            if path == "/api/messages" {
                Method::POST
            } else {
                Method::GET
            },
            url,
        );
        let request = request
            .bearer_auth(ACME_KEY)
            .header(header.0, header.1)
            .body("{}");
        request.send().await.unwrap()
    };
    for path in ["/api/messages", "/v1/responses", "/readyz"] {
        for header in [
            ("host", "evil.example"),
            ("origin", "https://evil.example"),
            ("origin", "null"),
            ("x-forwarded-for", "127.0.0.1"),
            ("forwarded", "for=127.0.0.1"),
        ] {
            is_problem(ask(path, header).await, 403, "not-local").await;
        }
        let own = ask(path, ("origin", "http://localhost:5173")).await;
        assert_ne!(own.status().as_u16(), 403, "{path}");
    }
    service.stop().await.unwrap();
}
