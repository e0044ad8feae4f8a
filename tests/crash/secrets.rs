//! Secrets that change while the service runs, by the API: nobody is refused who was let in, under load, and a configuration that
//! cannot be used changes nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use chronus_teams::config::KeyHash;
use chronus_teams::http_client::{self, HttpLimits};
use serde_json::{Value, json};

use crate::desk::Desk;
use crate::serve::{KEY, Serve};

const NEW_KEY: &str = "ct_acme_another";

async fn reload(http: &reqwest::Client, serve: &Serve, key: &str) -> (u16, Value) {
    let request = http.post(serve.url("/v1/secrets/reload")).bearer_auth(key);
    let request = request.header("content-type", "application/json");
    let answer = request.body(json!({ "reason": "rotation" }).to_string()).send();
    let answer = answer.await.unwrap();
    let status = answer.status().as_u16();
    let text = answer.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

#[actix_web::test]
async fn secrets_are_read_again_under_load_and_no_request_fails() {
    let serve = Serve::new();
    // As many as it answers.
    let limits = "[http]\nread_limit = { count = 1000000, seconds = 1 }\naddress_limit = { count = 1000000, seconds = 1 }\n";
    serve.replaces(&[("[http]\n", limits)]);
    let running = serve.start();
    let http = http_client::build(HttpLimits::default()).unwrap();
    let desk = Desk::before(&serve);
    let (ended, answered) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let load: Vec<_> = (0..4)
        .map(|_| {
            let (http, url) = (http.clone(), serve.url("/v1/tenant"));
            let (ended, answered) = (Arc::clone(&ended), Arc::clone(&answered));
            tokio::spawn(async move {
                while !ended.load(Ordering::Relaxed) {
                    let answer = http.get(&url).bearer_auth(KEY).send().await.unwrap();
                    assert_eq!(answer.status(), 200);
                    answered.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    let (status, _) = desk.asked_with(NEW_KEY, "/v1/tenant").await;
    assert_eq!(status, 401);
    let second = format!(
        r#"api_keys = [{{ name = "second", sha256 = "{}", roles = ["read"] }}, "#,
        KeyHash::of(NEW_KEY)
    );
    serve.replaces(&[("api_keys = [", &second)]);
    for _ in 0..20 {
        assert_eq!(
            reload(&http, &serve, KEY).await,
            (200, json!({ "reloaded": true }))
        );
    }
    let (status, _) = desk.asked_with(NEW_KEY, "/v1/tenant").await;
    assert_eq!(status, 200);
    assert_eq!(reload(&http, &serve, NEW_KEY).await.0, 403);
    // What cannot be used changes nothing.
    serve.replaces(&[(&second, "api_keys = [ nonsense, ")]);
    let (status, told) = reload(&http, &serve, KEY).await;
    assert_eq!(status, 409, "{told:#}");
    let (status, _) = desk.asked_with(NEW_KEY, "/v1/tenant").await;
    assert_eq!(status, 200);
    ended.store(true, Ordering::Relaxed);
    for one in load {
        one.await.unwrap();
    }
    assert!(answered.load(Ordering::Relaxed) > 20);
    let (_, audit) = desk.asked_with(KEY, "/v1/audit").await;
    let entries = audit["entries"].as_array().unwrap().iter();
    let acts: Vec<_> = entries.filter(|entry| entry["act"] == "secrets.reload").collect();
    assert_eq!(acts.iter().filter(|entry| entry["failed"].is_null()).count(), 21);
    assert_eq!(acts.iter().filter(|entry| entry["failed"] == 409).count(), 1);
    serve.replaces(&[("api_keys = [ nonsense, ", "api_keys = [")]);
    tokio::task::spawn_blocking(move || running.stop()).await.unwrap();
}
