//! What a call looks like on the wire, and whose token it carries.

use super::*;

#[tokio::test]
async fn a_message_is_posted_as_the_connector_wants_it() {
    let given = given().await;
    Mock::given(method("POST"))
        .and(path(SEND))
        .and(header("authorization", "Bearer t1"))
        .and(header("content-type", "application/json; charset=utf-8"))
        .and(header("accept", "application/json"))
        .and(header("user-agent", http_client::USER_AGENT))
        .and(body_json(message().0))
        .and(|request: &Request| request.headers.get_all("content-type").iter().count() == 1)
        .respond_with(ResponseTemplate::new(201).set_body_json(json!({ "id": "1776" })))
        .mount(&given.server)
        .await;
    assert_eq!(given.send().await, accepted("1776"));
}

#[tokio::test]
async fn an_update_is_put_on_the_message() {
    let given = given().await;
    Mock::given(method("PUT"))
        .and(path(format!("{SEND}/f%3A1")))
        .and(body_json(message().0))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({ "id": "f:1" })))
        .mount(&given.server)
        .await;
    let id = ActivityId::parse("f:1").unwrap();
    let answer = given
        .connector
        .update(&user(), &chat(&given.server.uri()), &id, &message(), &Unpaced)
        .await;
    assert_eq!(answer, accepted("f:1"));
}

#[tokio::test]
async fn a_success_without_a_readable_id_is_a_success() {
    for (status, body) in [
        (201, ""),
        (202, "{}"),
        (200, "null"),
        (201, "<html>"),
        (204, ""),
        (201, r#"{"id":""}"#),
        (201, &format!(r#"{{"id":"1","x":"{}"}}"#, "y".repeat(1_100_000))),
    ] {
        let given = given().await;
        given
            .answers(SEND, ResponseTemplate::new(status).set_body_string(body))
            .await;
        assert_eq!(
            given.send().await,
            SendResult::Accepted { activity_id: None },
            "{status}"
        );
    }
}

#[tokio::test]
async fn a_refused_token_is_renewed_once_and_the_call_repeated_once() {
    let given = given().await;
    given.login_grants("t2").await;
    Mock::given(path(SEND))
        .and(header("authorization", "Bearer t2"))
        .respond_with(ResponseTemplate::new(201).set_body_json(json!({ "id": "7" })))
        .mount(&given.server)
        .await;
    given.answers(SEND, ResponseTemplate::new(401)).await;
    assert_eq!(given.send().await, accepted("7"));
    assert_eq!(
        (
            asked(&given.server, SEND).await,
            asked(&given.server, LOGIN).await
        ),
        (2, 2)
    );
}

#[tokio::test]
async fn every_request_beyond_the_first_is_asked_for_and_none_is_made_without_leave() {
    for (may, requests, expected) in [
        (true, 2, rejected(401, None)),
        (
            false,
            1,
            SendResult::NotSent {
                reason: SendResult::STOPPING.to_owned(),
                configuration: false,
            },
        ),
    ] {
        let given = given().await;
        given.login_grants("t2").await;
        given.answers(SEND, ResponseTemplate::new(401)).await;
        let leave = Leave::new(may);
        let to = chat(&given.server.uri());
        let answer = given.connector.send(&user(), &to, &message(), &leave).await;
        assert_eq!((answer, leave.asked()), (expected, 1));
        assert_eq!(asked(&given.server, SEND).await, requests);
    }
}

#[tokio::test]
async fn fifty_calls_that_are_refused_one_token_fetch_one_other() {
    let given = given().await;
    given.login_grants("t2").await;
    Mock::given(path(SEND))
        .and(header("authorization", "Bearer t2"))
        .respond_with(ResponseTemplate::new(201).set_body_json(json!({ "id": "7" })))
        .mount(&given.server)
        .await;
    given.answers(SEND, ResponseTemplate::new(401)).await;
    let answers = join_all((0..50).map(|_| given.send())).await;
    assert!(answers.iter().all(|answer| *answer == accepted("7")));
    assert_eq!(asked(&given.server, LOGIN).await, 2);
}

#[tokio::test]
async fn a_second_401_is_the_answer() {
    let given = given().await;
    given.login_grants("t2").await;
    let denied = json!({ "message": "Authorization has been denied for this request." });
    given
        .answers(SEND, ResponseTemplate::new(401).set_body_json(denied))
        .await;
    assert_eq!(given.send().await, rejected(401, None));
    assert_eq!(asked(&given.server, SEND).await, 2);
    // Moments later a new token would not help either.
    assert_eq!(given.send().await, rejected(401, None));
    assert_eq!(
        (
            asked(&given.server, SEND).await,
            asked(&given.server, LOGIN).await
        ),
        (3, 2)
    );
}

#[tokio::test]
async fn without_credentials_no_header_is_sent_and_only_this_machine_is_called() {
    let server = MockServer::start().await;
    Mock::given(path(SEND))
        .and(|request: &Request| !request.headers.contains_key("authorization"))
        .respond_with(ResponseTemplate::new(201).set_body_json(json!({ "id": "1" })))
        .mount(&server)
        .await;
    let with = |hosts: AllowedHosts| {
        BotConnector::new(
            http(),
            Credentials::None,
            ConnectorSettings {
                hosts,
                ..ConnectorSettings::public_cloud()
            },
            shared(&clock()),
        )
    };
    let connector = with(AllowedHosts::parse([server.uri()]).unwrap()).unwrap();
    assert_eq!(
        connector
            .send(&user(), &chat(&server.uri()), &message(), &Unpaced)
            .await,
        accepted("1")
    );
    assert!(with(AllowedHosts::public_cloud()).is_err());
    assert!(
        with(AllowedHosts::parse(["http://localhost:1", "https://smba.trafficmanager.net"]).unwrap())
            .is_err()
    );
}
