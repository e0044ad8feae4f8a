//! The cache against a stand-in for the issuer.

use chrono::Duration;
use serde_json::json;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;
use crate::teams::test_keys::{TestKey, asked, clock, http, serve_keys, serve_metadata, shared};

fn source(metadata_url: String, channel: Option<&'static str>) -> KeySource {
    KeySource {
        at: At::Metadata {
            url: metadata_url,
            issuer: None,
        },
        algorithms: vec![Algorithm::RS256],
        channel,
    }
}

fn cache(metadata_url: String, clock: &events::ManualClock) -> KeyCache {
    KeyCache::new(
        http(),
        source(metadata_url, None),
        KeyLifetimes::default(),
        shared(clock),
    )
}

fn is_unavailable(answer: &Result<Arc<SigningKey>, KeyError>) -> bool {
    matches!(answer, Err(KeyError::Unavailable { .. }))
}

#[tokio::test]
async fn many_callers_of_an_empty_cache_cause_one_fetch() {
    let (server, clock) = (MockServer::start().await, clock());
    let url = serve_keys(&server, &[TestKey::first().jwk("a", &["msteams"])]).await;
    let cache = cache(url, &clock);

    let found = futures_util::future::join_all((0..50).map(|_| cache.key("a"))).await;

    assert!(found.iter().all(Result::is_ok));
    assert_eq!(asked(&server, "/keys").await, 1);
    assert!(found[0].as_ref().unwrap().endorses("msteams"));
    assert!(!found[0].as_ref().unwrap().endorses("webchat"));
}

#[tokio::test]
async fn made_up_key_ids_share_a_small_budget_and_are_not_judged_beyond_it() {
    let (server, clock) = (MockServer::start().await, clock());
    let url = serve_keys(&server, &[TestKey::first().jwk("a", &["msteams"])]).await;
    let cache = cache(url, &clock);
    assert!(cache.warm_up().await);

    for flood in 0..200 {
        let answer = cache.key(&format!("made-up-{flood}")).await;
        if flood < 5 {
            assert_eq!(answer.unwrap_err(), KeyError::Unknown, "{flood}");
        } else {
            let Err(KeyError::Unavailable { retry_after }) = answer else {
                panic!("{flood}: {answer:?}")
            };
            assert_eq!(retry_after.as_secs(), 300);
        }
        assert!(cache.key("a").await.is_ok(), "known keys are not concerned");
    }
    assert_eq!(asked(&server, "/keys").await, 6);

    clock.advance(Duration::minutes(5));
    let answers = futures_util::future::join_all((0..20).map(|_| cache.key("made-up"))).await;
    assert!(
        answers
            .iter()
            .all(|answer| matches!(answer, Err(KeyError::Unknown)))
    );
    assert_eq!(
        asked(&server, "/keys").await,
        7,
        "those who ask at once share one fetch"
    );
}

#[tokio::test]
async fn a_new_key_is_found_at_once() {
    let (server, clock) = (MockServer::start().await, clock());
    let cache = cache(serve_metadata(&server).await, &clock);
    let keys = |keys: Vec<serde_json::Value>| {
        Mock::given(path("/keys"))
            .respond_with(ResponseTemplate::new(200).set_body_json(json!({ "keys": keys })))
    };
    let old = TestKey::first().jwk("old", &[]);
    keys(vec![old.clone()]).up_to_n_times(1).mount(&server).await;
    keys(vec![old, TestKey::second().jwk("new", &[])])
        .mount(&server)
        .await;
    assert!(cache.key("old").await.is_ok());
    assert!(cache.key("new").await.is_ok());
    assert_eq!(asked(&server, "/keys").await, 2);
}

#[tokio::test]
async fn a_set_is_looked_at_anew_every_hour_without_anybody_waiting() {
    let (server, clock) = (MockServer::start().await, clock());
    let url = serve_keys(&server, &[TestKey::first().jwk("a", &[])]).await;
    let cache = cache(url, &clock);
    cache.keep_fresh().await;
    cache.keep_fresh().await;
    assert_eq!(asked(&server, "/keys").await, 1);
    clock.advance(Duration::minutes(61));
    cache.keep_fresh().await;
    assert_eq!(asked(&server, "/keys").await, 2);
}

#[tokio::test]
async fn a_document_of_several_mebibytes_is_read_and_only_endorsed_keys_are_kept() {
    let (server, clock) = (MockServer::start().await, clock());
    let chain = "A".repeat(12_000);
    let mut keys: Vec<_> = (0..400)
        .map(|number| {
            let mut jwk = TestKey::second().jwk(&format!("other-{number}"), &["webchat"]);
            jwk["x5c"] = json!([chain]);
            jwk
        })
        .collect();
    keys.push(TestKey::first().jwk("ours", &["webchat", "msteams"]));
    let url = serve_keys(&server, &keys).await;
    let cache = KeyCache::new(
        http(),
        source(url, Some("msteams")),
        KeyLifetimes::default(),
        shared(&clock),
    );
    assert!(cache.key("ours").await.is_ok());
    assert_eq!(cache.key("other-7").await.unwrap_err(), KeyError::NotEndorsed);
    assert_eq!(cache.0.state().keys.unwrap().keys.len(), 1);
}

#[tokio::test]
async fn without_any_endorsed_key_the_cache_is_not_ready() {
    let (server, clock) = (MockServer::start().await, clock());
    let url = serve_keys(&server, &[TestKey::first().jwk("a", &["webchat"])]).await;
    let cache = KeyCache::new(
        http(),
        source(url, Some("msteams")),
        KeyLifetimes::default(),
        shared(&clock),
    );
    assert!(!cache.warm_up().await);
    assert!(is_unavailable(&cache.key("a").await));
}

#[tokio::test]
async fn old_keys_stay_in_service_while_refreshes_fail() {
    let (server, clock) = (MockServer::start().await, clock());
    let cache = cache(serve_metadata(&server).await, &clock);
    let key = TestKey::first().jwk("a", &["msteams"]);
    Mock::given(path("/keys"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({ "keys": [key] })))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    Mock::given(path("/keys"))
        .respond_with(ResponseTemplate::new(503))
        .mount(&server)
        .await;
    assert!(cache.key("a").await.is_ok());

    clock.advance(Duration::hours(25));

    assert!(cache.key("a").await.is_ok());
    assert_eq!(asked(&server, "/keys").await, 2);
    // The failure is recent: no further try, and an unknown key cannot be judged.
    assert!(cache.key("a").await.is_ok());
    assert!(is_unavailable(&cache.key("b").await));
    assert_eq!(asked(&server, "/keys").await, 2);
}

#[tokio::test]
async fn a_set_past_its_life_is_replaced_before_use() {
    let (server, clock) = (MockServer::start().await, clock());
    let cache = cache(serve_metadata(&server).await, &clock);
    for kid in ["withdrawn", "new"] {
        let jwk = TestKey::first().jwk(kid, &[]);
        Mock::given(path("/keys"))
            .respond_with(ResponseTemplate::new(200).set_body_json(json!({ "keys": [jwk] })))
            .up_to_n_times(1)
            .mount(&server)
            .await;
    }
    assert!(cache.key("withdrawn").await.is_ok());

    clock.advance(Duration::hours(25));

    assert_eq!(cache.key("withdrawn").await.unwrap_err(), KeyError::Unknown);
    assert!(cache.key("new").await.is_ok());
}

#[tokio::test]
async fn without_any_key_set_nothing_is_verified_and_the_issuer_is_not_hammered() {
    let (server, clock) = (MockServer::start().await, clock());
    Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(500))
        .mount(&server)
        .await;
    let cache = cache(format!("{}/metadata", server.uri()), &clock);

    for _ in 0..10 {
        assert!(is_unavailable(&cache.key("a").await));
    }
    assert_eq!(asked(&server, "/metadata").await, 1);
    assert!(!cache.is_ready());

    clock.advance(Duration::seconds(15));
    assert!(is_unavailable(&cache.key("a").await));
    assert_eq!(asked(&server, "/metadata").await, 2);
}

#[tokio::test]
async fn a_caller_that_goes_away_does_not_stop_the_fetch() {
    let (server, clock) = (MockServer::start().await, clock());
    let url = serve_keys(&server, &[TestKey::first().jwk("a", &[])]).await;
    let cache = cache(url, &clock);
    {
        let mut asking = Box::pin(cache.key("a"));
        assert!(futures_util::poll!(asking.as_mut()).is_pending());
    }
    assert!(cache.key("a").await.is_ok());
    assert_eq!(asked(&server, "/keys").await, 1);
}

#[tokio::test]
async fn only_strong_rsa_signing_keys_are_taken() {
    let (server, clock) = (MockServer::start().await, clock());
    let good = TestKey::first().jwk("good", &[]);
    let change = |kid: &str, field: &str, value: serde_json::Value| {
        let mut jwk = TestKey::first().jwk(kid, &[]);
        jwk[field] = value;
        jwk
    };
    let keys = [
        change("ec", "kty", json!("EC")),
        change("encryption", "use", json!("enc")),
        change("other-algorithm", "alg", json!("RS512")),
        change("short", "n", json!("AQAB")),
        change("not-base64", "n", json!("**")),
        change("no-modulus", "n", json!(null)),
        json!("no object"),
        good,
    ];
    let lifetimes = KeyLifetimes {
        budget: 20,
        ..KeyLifetimes::default()
    };
    let url = serve_keys(&server, &keys).await;
    let cache = KeyCache::new(http(), source(url, None), lifetimes, shared(&clock));

    assert!(cache.key("good").await.is_ok());
    for kid in [
        "ec",
        "encryption",
        "other-algorithm",
        "short",
        "not-base64",
        "no-modulus",
    ] {
        assert_eq!(cache.key(kid).await.unwrap_err(), KeyError::Unknown, "{kid}");
    }
}

#[tokio::test]
async fn answers_that_cannot_be_trusted_are_refused() {
    let big = "x".repeat(17 * 1024 * 1024);
    for (metadata, keys) in [
        (json!({ "jwks_uri": "http://keys.example/keys" }), json!({})),
        (json!({ "jwks_uri": "file:///etc/passwd" }), json!({})),
        (json!({ "nothing": 1 }), json!({})),
        (json!(null), json!({ "keys": [] })),
        (
            json!(null),
            json!({ "keys": [TestKey::first().jwk("a", &[])], "padding": big }),
        ),
    ] {
        let (server, clock) = (MockServer::start().await, clock());
        let metadata = if metadata.is_null() {
            json!({ "jwks_uri": format!("{}/keys", server.uri()) })
        } else {
            metadata
        };
        for (at, body) in [("/metadata", metadata), ("/keys", keys)] {
            Mock::given(path(at))
                .respond_with(ResponseTemplate::new(200).set_body_json(body))
                .mount(&server)
                .await;
        }
        let cache = cache(format!("{}/metadata", server.uri()), &clock);
        assert!(is_unavailable(&cache.key("a").await));
    }
}

#[tokio::test]
async fn a_redirect_to_other_keys_is_not_followed() {
    let (server, clock) = (MockServer::start().await, clock());
    serve_keys(&server, &[TestKey::first().jwk("a", &[])]).await;
    Mock::given(path("/moved"))
        .respond_with(ResponseTemplate::new(302).insert_header("location", "/metadata"))
        .mount(&server)
        .await;
    let cache = cache(format!("{}/moved", server.uri()), &clock);
    assert!(is_unavailable(&cache.key("a").await));
    assert_eq!(asked(&server, "/metadata").await, 0);
}

#[tokio::test]
async fn metadata_over_plain_http_from_another_machine_is_refused() {
    let clock = clock();
    for url in [
        "http://login.example/metadata",
        "ftp://login.example/",
        "metadata",
        "",
    ] {
        let error = fetch::fetch(&http(), &source(url.to_owned(), None))
            .await
            .err()
            .unwrap();
        assert!(matches!(error, FetchKeysError::InsecureUrl { .. }), "{error}");
        assert!(is_unavailable(&cache(url.to_owned(), &clock).key("a").await));
    }
}

#[tokio::test]
async fn a_document_of_another_issuer_leads_to_no_keys_and_keys_may_have_an_address_of_their_own() {
    let (server, clock) = (MockServer::start().await, clock());
    let url = serve_keys(&server, &[TestKey::first().jwk("a", &[])]).await;
    let of = |at| KeySource {
        at,
        ..source(String::new(), None)
    };
    for (issuer, is_theirs) in [
        ("https://api.botframework.com", true),
        ("https://api.botframework.com/", false),
    ] {
        let at = At::Metadata {
            url: url.clone(),
            issuer: Some(issuer.to_owned()),
        };
        assert_eq!(
            fetch::fetch(&http(), &of(at)).await.is_ok(),
            is_theirs,
            "{issuer}"
        );
    }
    let fixed = of(At::Keys(format!("{}/keys", server.uri())));
    let cache = KeyCache::new(http(), fixed, KeyLifetimes::default(), shared(&clock));
    assert!(cache.key("a").await.is_ok());
}
