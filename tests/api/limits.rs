//! Who asks too often is told to wait, and nobody else is.

use reqwest::Response;

use crate::insight::{shown, value};
use crate::support::{ACME_KEY, ACME_READER, ADA, BOLT_KEY, World, plain};
use crate::webhooks::fires;

/// A limit so low that it does not come back while a test runs.
fn only(limit: &str, count: u32) -> String {
    format!("[http.{limit}_limit]\ncount = {count}\nseconds = 36000\n")
}

async fn post(world: &World, key: &str, id: &str) -> Response {
    let event = plain(id, ADA.email, "T").to_string();
    let request = world.http.post(world.url("/v1/events")).bearer_auth(key);
    let request = request.header("content-type", "application/cloudevents+json");
    request.body(event).send().await.unwrap()
}

async fn get(world: &World, path: &str, key: &str) -> Response {
    world
        .http
        .get(world.url(path))
        .bearer_auth(key)
        .send()
        .await
        .unwrap()
}

fn header<'r>(response: &'r Response, name: &str) -> &'r str {
    response
        .headers()
        .get(name)
        .map_or("", |value| value.to_str().unwrap())
}

#[actix_web::test]
async fn a_key_that_asks_too_often_is_told_to_wait_and_the_others_are_not() {
    let world = World::start_with(&only("ingest", 3)).await;
    for left in [2, 1, 0] {
        let taken = post(&world, ACME_KEY, &left.to_string()).await;
        assert_eq!(taken.status(), 202);
        assert_eq!(header(&taken, "ratelimit-policy"), "\"ingest\";q=3;w=36000");
        let told = header(&taken, "ratelimit");
        assert!(told.starts_with(&format!("\"ingest\";r={left};t=")), "{told}");
    }
    let head = world.head();
    let refused = post(&world, ACME_KEY, "one too many").await;
    assert_eq!(refused.status(), 429);
    let wait: u64 = header(&refused, "retry-after").parse().unwrap();
    assert!((11_000..=12_000).contains(&wait), "{wait}");
    assert_eq!(header(&refused, "ratelimit"), format!("\"ingest\";r=0;t={wait}"));
    assert_eq!(header(&refused, "content-type"), "application/problem+json");
    assert_eq!(world.head(), head);

    assert_eq!(
        post(&world, BOLT_KEY, "theirs").await.status(),
        202,
        "another's key"
    );
    let read = get(&world, "/v1/responses", ACME_KEY).await;
    assert_eq!(
        (read.status().as_u16(), header(&read, "ratelimit-policy")),
        (200, "\"read\";q=1000;w=1")
    );
    let refusals = "chronus_teams_requests_refused_total{limit=\"ingest\"}";
    shown(&world, |metrics| value(metrics, refusals) == Some(1.0)).await;
}

#[actix_web::test]
async fn an_address_that_asks_too_often_is_refused_before_its_key_is_read() {
    let world = World::start_with(&only("address", 4)).await;
    for key in ["ctk_acme_wrong", ACME_KEY, ACME_READER, "ctk_acme_wrong"] {
        assert_ne!(get(&world, "/v1/responses", key).await.status(), 429);
    }
    for key in ["ctk_acme_wrong", ACME_KEY] {
        let refused = get(&world, "/v1/responses", key).await;
        assert_eq!(refused.status(), 429);
        assert_eq!(header(&refused, "ratelimit-policy"), "\"address\";q=4;w=36000");
        assert_eq!(header(&refused, "cache-control"), "no-store");
    }
}

#[actix_web::test]
async fn who_tries_many_keys_is_slowed_and_a_known_key_is_taken_all_the_same() {
    let world = World::start_with(&only("wrong_key", 3)).await;
    let bot = async || {
        let request = world.http.post(world.url("/api/messages"));
        request.bearer_auth("no.token.atall").send().await.unwrap()
    };
    for key in ["ctk_acme_wrong", "ctk_acme_other"] {
        assert_eq!(get(&world, "/v1/responses", key).await.status(), 401);
    }
    assert_eq!(bot().await.status(), 401);
    let (refused, theirs) = tokio::join!(get(&world, "/v1/responses", "ctk_acme_more"), bot());
    for refused in [refused, theirs] {
        assert_eq!(refused.status(), 429);
        assert_eq!(header(&refused, "ratelimit-policy"), "\"wrong_key\";q=3;w=36000");
        assert!(header(&refused, "retry-after").parse::<u64>().unwrap() > 1_000);
    }
    assert_eq!(get(&world, "/v1/responses", ACME_KEY).await.status(), 200);
    assert_eq!(post(&world, ACME_KEY, "1").await.status(), 202);
    world.install(ADA).await;
    let refusals = "chronus_teams_requests_refused_total{limit=\"wrong_key\"}";
    shown(&world, |metrics| value(metrics, refusals) >= Some(2.0)).await;
    let page = world.http.get(world.url("/health")).send().await.unwrap();
    let page = page.text().await.unwrap();
    assert!(page.contains("wrong_key"), "{page}");
}

#[actix_web::test]
async fn keys_and_tokens_that_nobody_knows_are_counted_and_many_of_them_raise_an_alert() {
    let world = World::start().await;
    for _ in 0..5 {
        assert_eq!(get(&world, "/v1/responses", "ctk_acme_wrong").await.status(), 401);
    }
    let bot = world
        .http
        .post(world.url("/api/messages"))
        .bearer_auth("no.token.atall");
    assert_eq!(bot.send().await.unwrap().status(), 401);
    let series = |surface: &str| format!("chronus_teams_wrong_keys_total{{surface=\"{surface}\"}}");
    shown(&world, |metrics| {
        value(metrics, &series("api")) == Some(5.0) && value(metrics, &series("bot")) == Some(1.0)
    })
    .await;
    assert!(fires("ChronusTeamsWrongKeys", &series("api"), 500.0));
    assert!(!fires("ChronusTeamsWrongKeys", &series("api"), 5.0));
}
