//! The client against a stand-in for the login.

use chrono::Duration;
use events::ManualClock;
use futures_util::future::join_all;
use serde_json::{Value, json};
use wiremock::matchers::{body_string, header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;
use crate::teams::test_keys::{asked, clock, http, shared};

const TOKEN_PATH: &str = "/tenant-1/oauth2/v2.0/token";

struct Given {
    login: MockServer,
    clock: ManualClock,
    client: TokenClient,
}

async fn given() -> Given {
    let (login, clock) = (MockServer::start().await, clock());
    let authority = format!("{}/tenant-1/", login.uri());
    let secret = SecretString::from("s3cr+t/=");
    let settings =
        TokenSettings::new(&authority, "app-1", secret, TokenSettings::PUBLIC_CLOUD_SCOPE).unwrap();
    let client = TokenClient::new(settings, http(), shared(&clock));
    Given { login, clock, client }
}

fn grant(token: &str) -> ResponseTemplate {
    ResponseTemplate::new(200)
        .set_body_json(json!({ "token_type": "Bearer", "expires_in": 3599, "access_token": token }))
}

impl Given {
    async fn answers(&self, answer: ResponseTemplate, times: u64) {
        Mock::given(method("POST"))
            .and(path(TOKEN_PATH))
            .respond_with(answer)
            .up_to_n_times(times)
            .mount(&self.login)
            .await;
    }

    async fn asked(&self) -> usize {
        asked(&self.login, TOKEN_PATH).await
    }
}

#[tokio::test]
async fn the_request_is_the_client_credentials_grant() {
    let given = given().await;
    Mock::given(method("POST"))
        .and(path(TOKEN_PATH))
        .and(header("content-type", "application/x-www-form-urlencoded"))
        .and(body_string(
            "grant_type=client_credentials&client_id=app-1&client_secret=s3cr%2Bt%2F%3D&scope=https%3A%2F%2Fapi.botframework.com%2F.default",
        ))
        .respond_with(grant("t1"))
        .mount(&given.login)
        .await;
    assert_eq!(given.client.token().await.unwrap().expose(), "t1");
}

#[tokio::test]
async fn fifty_callers_share_one_request_and_its_token() {
    let given = given().await;
    given.answers(grant("t1"), 1).await;
    let tokens = join_all((0..50).map(|_| given.client.token())).await;
    assert!(
        tokens
            .iter()
            .all(|token| token.as_ref().unwrap().expose() == "t1")
    );
    assert_eq!(given.asked().await, 1);
}

#[tokio::test]
async fn fifty_callers_share_one_failure() {
    let given = given().await;
    given.answers(ResponseTemplate::new(503), 100).await;
    let tokens = join_all((0..50).map(|_| given.client.token())).await;
    let expected = TokenError::Retryable {
        reason: "status_503".to_owned(),
        retry_after: None,
    };
    assert!(tokens.into_iter().all(|token| token.unwrap_err() == expected));
    assert_eq!(given.asked().await, 1);
}

#[tokio::test]
async fn a_token_is_renewed_five_minutes_before_its_end() {
    let given = given().await;
    given.answers(grant("t1"), 1).await;
    given.answers(grant("t2"), 1).await;
    assert_eq!(given.client.token().await.unwrap().expose(), "t1");
    given.clock.advance(Duration::seconds(3599 - 301));
    assert_eq!(given.client.token().await.unwrap().expose(), "t1");
    given.clock.advance(Duration::seconds(1));
    assert_eq!(given.client.token().await.unwrap().expose(), "t2");
}

#[tokio::test]
async fn the_old_token_serves_to_its_end_while_renewing_fails() {
    let given = given().await;
    given.answers(grant("t1"), 1).await;
    given.answers(ResponseTemplate::new(500), 100).await;
    given.client.token().await.unwrap();
    given.clock.advance(Duration::seconds(3599 - 200));
    for _ in 0..5 {
        assert_eq!(given.client.token().await.unwrap().expose(), "t1");
    }
    assert_eq!(given.asked().await, 2);
    given.clock.advance(Duration::seconds(200));
    assert!(given.client.token().await.is_err());
}

#[tokio::test]
async fn the_life_is_read_from_a_number_or_a_string() {
    for life in [json!(3599), json!("3599")] {
        let given = given().await;
        let body = json!({ "expires_in": life, "access_token": "t1" });
        given
            .answers(ResponseTemplate::new(200).set_body_json(body), 1)
            .await;
        let token = given.client.token().await.unwrap();
        assert_eq!(token.expires_at, given.clock.now() + Duration::seconds(3599));
    }
    for body in [
        json!({ "access_token": "t1" }),
        json!({ "expires_in": 0, "access_token": "t1" }),
        json!("x"),
    ] {
        let given = given().await;
        given
            .answers(ResponseTemplate::new(200).set_body_json(body), 1)
            .await;
        assert_eq!(
            given.client.token().await.unwrap_err().reason(),
            "unreadable_answer"
        );
    }
}

#[tokio::test]
async fn a_refused_token_is_replaced_once_for_all_who_were_refused() {
    let given = given().await;
    given.answers(grant("t1"), 1).await;
    given.answers(grant("t2"), 1).await;
    let refused = given.client.token().await.unwrap();
    let replaced = join_all((0..50).map(|_| given.client.force_refresh(&refused))).await;
    assert!(
        replaced
            .iter()
            .all(|token| token.as_ref().unwrap().expose() == "t2")
    );
    assert_eq!(given.asked().await, 2);
}

#[tokio::test]
async fn a_connector_that_refuses_every_token_does_not_cause_a_request_each_time() {
    let given = given().await;
    given.answers(grant("t"), 100).await;
    let mut token = given.client.token().await.unwrap();
    for _ in 0..20 {
        token = given.client.force_refresh(&token).await.unwrap();
    }
    assert_eq!(given.asked().await, 2);
    given.clock.advance(Duration::seconds(10));
    given.client.force_refresh(&token).await.unwrap();
    assert_eq!(given.asked().await, 3);
}

#[tokio::test]
async fn what_an_operator_must_mend_is_told_apart_from_what_passes() {
    let refused = |code: u64| json!({ "error": "invalid_client", "error_codes": [code] });
    for (status, body, reason, configuration, says) in [
        (401, refused(7_000_215), "AADSTS7000215", true, "secret's value"),
        (401, refused(7_000_222), "AADSTS7000222", true, "has expired"),
        (400, refused(700_016), "AADSTS700016", true, "home tenant"),
        (
            400,
            refused(7_000_229),
            "AADSTS7000229",
            true,
            "service principal",
        ),
        (400, refused(90_002), "AADSTS90002", true, "does not exist"),
        (400, refused(1_002_012), "AADSTS1002012", true, "/.default"),
        (
            400,
            json!({ "error_description": "AADSTS70011: bad" }),
            "AADSTS70011",
            true,
            "/.default",
        ),
        (
            400,
            json!({ "error": "invalid_request" }),
            "invalid_request",
            true,
            "check the authority",
        ),
        (404, Value::Null, "status_404", true, "check the authority"),
        (400, refused(50_196), "AADSTS50196", false, "later"),
        (400, refused(90_033), "AADSTS90033", false, "later"),
        (429, Value::Null, "status_429", false, "later"),
        (503, Value::Null, "status_503", false, "later"),
        (302, Value::Null, "status_302", true, "check the authority"),
    ] {
        let given = given().await;
        given
            .answers(ResponseTemplate::new(status).set_body_json(&body), 1)
            .await;
        let error = given.client.token().await.unwrap_err();
        assert_eq!(
            (error.reason(), error.is_configuration()),
            (reason, configuration),
            "{status} {body}"
        );
        assert!(error.to_string().contains(says), "{error}");
    }
}

#[tokio::test]
async fn retry_after_of_the_login_is_kept() {
    let given = given().await;
    given
        .answers(ResponseTemplate::new(429).insert_header("retry-after", "30"), 1)
        .await;
    given.answers(grant("t1"), 1).await;
    assert!(given.client.token().await.is_err());
    given.clock.advance(Duration::seconds(29));
    assert!(given.client.token().await.is_err());
    assert_eq!(given.asked().await, 1);
    given.clock.advance(Duration::seconds(1));
    assert!(given.client.token().await.is_ok());
}

#[tokio::test]
async fn an_unreachable_login_is_no_matter_of_configuration() {
    let settings = TokenSettings::new("http://127.0.0.1:9/t", "a", SecretString::from("s"), "x").unwrap();
    let client = TokenClient::new(settings, http(), shared(&clock()));
    let error = client.token().await.unwrap_err();
    assert_eq!((error.reason(), error.is_configuration()), ("connect", false));
}

#[test]
fn the_secret_goes_only_over_https_or_to_this_machine() {
    let new = |authority: &str| TokenSettings::new(authority, "a", SecretString::from("s"), "x");
    assert!(new("https://login.microsoftonline.com/tenant").is_ok());
    assert!(new("http://localhost:4010/tenant").is_ok());
    for authority in [
        "http://login.microsoftonline.com/tenant",
        "login.microsoftonline.com",
        "",
        "https://a/?x=1",
    ] {
        assert!(new(authority).is_err(), "{authority}");
    }
}

#[tokio::test]
async fn neither_secret_nor_token_is_shown_by_debug() {
    let given = given().await;
    given.answers(grant("t0ken"), 1).await;
    let token = given.client.token().await.unwrap();
    let shown = format!("{token:?} {:?}", given.client);
    assert!(!shown.contains("s3cr") && !shown.contains("t0ken"), "{shown}");
}
