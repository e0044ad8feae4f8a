//! Refusals, redirects, silence: what is sent, what is not, what nobody knows.

use super::*;

#[tokio::test]
async fn every_known_refusal_is_read() {
    let shape = |code: &str| json!({ "error": { "code": code, "message": "m" } });
    let blocked = json!({ "errorCode": 209, "message": "{\r\n \"subCode\": \"MessageWritesBlocked\" }" });
    for (status, body, code) in [
        (400, shape("Bad Argument"), Some("BadArgument")),
        (400, shape("BadSyntax"), Some("BadSyntax")),
        (403, shape("BotDisabledByAdmin"), Some("BotDisabledByAdmin")),
        (
            403,
            shape("BotNotInConversationRoster"),
            Some("BotNotInConversationRoster"),
        ),
        (
            403,
            shape("ConversationBlockedByUser"),
            Some("ConversationBlockedByUser"),
        ),
        (403, blocked, Some("MessageWritesBlocked")),
        (
            403,
            shape("ForbiddenOperationException"),
            Some("ForbiddenOperationException"),
        ),
        (403, shape("InvalidBotApiHost"), Some("InvalidBotApiHost")),
        (403, shape("NotEnoughPermissions"), Some("NotEnoughPermissions")),
        (403, shape("AclCheckFailed"), Some("AclCheckFailed")),
        (403, json!("nothing useful"), None),
        (404, shape("ConversationNotFound"), Some("ConversationNotFound")),
        (
            404,
            shape("ActivityNotFoundInConversation"),
            Some("ActivityNotFoundInConversation"),
        ),
        (
            404,
            shape("BotNotInConversationRoster"),
            Some("BotNotInConversationRoster"),
        ),
        (408, json!(null), None),
        (412, shape("PreconditionFailed"), Some("PreconditionFailed")),
        (413, shape("MessageSizeTooBig"), Some("MessageSizeTooBig")),
        (429, shape("Throttled"), Some("Throttled")),
        (500, shape("ServiceError"), Some("ServiceError")),
        (502, json!(null), None),
        (503, shape("service error"), Some("ServiceError")),
        (504, json!({ "message": "Gateway" }), None),
    ] {
        let given = given().await;
        given
            .answers(SEND, ResponseTemplate::new(status).set_body_json(&body))
            .await;
        assert_eq!(given.send().await, rejected(status, code), "{status} {body}");
        assert_eq!(asked(&given.server, SEND).await, 1, "never repeated here");
    }
}

#[tokio::test]
async fn retry_after_is_handed_on_in_both_forms() {
    for value in ["30", "Mon, 02 Nov 2026 09:15:00 GMT"] {
        let given = given().await;
        given
            .answers(
                SEND,
                ResponseTemplate::new(429).insert_header("retry-after", value),
            )
            .await;
        let SendResult::Rejected(rejection) = given.send().await else {
            panic!("not rejected")
        };
        assert_eq!(
            rejection.retry_after,
            Some(Duration::from_secs(30)),
            "at {}",
            given.clock.now()
        );
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_no_token_goes_there() {
    let elsewhere = MockServer::start().await;
    for status in [301, 302, 307, 308] {
        let given = given().await;
        let target = format!("{}{SEND}", elsewhere.uri());
        given
            .answers(
                SEND,
                ResponseTemplate::new(status).insert_header("location", target),
            )
            .await;
        assert_eq!(given.send().await, rejected(status, Some("RedirectRefused")));
    }
    assert!(elsewhere.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_host_off_the_list_is_refused_before_a_token_is_fetched() {
    let given = given().await;
    let elsewhere = MockServer::start().await;
    for url in [
        elsewhere.uri(),
        "https://evil.trafficmanager.net".to_owned(),
        String::new(),
    ] {
        let answer = given
            .connector
            .send(&user(), &chat(&url), &message(), &Unpaced)
            .await;
        assert_eq!(
            answer,
            SendResult::NotSent {
                reason: "service_url_refused".to_owned(),
                configuration: true
            }
        );
    }
    assert_eq!(asked(&given.server, LOGIN).await, 0);
    assert!(elsewhere.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn without_a_token_nothing_is_sent() {
    for (status, body, reason, configuration) in [
        (
            401,
            json!({ "error_codes": [7_000_215] }),
            "no_token_AADSTS7000215",
            true,
        ),
        (503, json!({}), "no_token_status_503", false),
    ] {
        let given = given_with(HttpLimits::default()).await;
        given
            .answers(LOGIN, ResponseTemplate::new(status).set_body_json(body))
            .await;
        assert_eq!(
            given.send().await,
            SendResult::NotSent {
                reason: reason.to_owned(),
                configuration
            }
        );
        assert_eq!(asked(&given.server, SEND).await, 0);
    }
}

#[tokio::test]
async fn a_refused_connection_means_not_sent() {
    let given = given().await;
    let nobody = "http://127.0.0.1:9".to_owned();
    let connector = connector(
        &given.server.uri(),
        std::slice::from_ref(&nobody),
        HttpLimits::default(),
        &given.clock,
    );
    let answer = connector
        .send(&user(), &chat(&nobody), &message(), &Unpaced)
        .await;
    assert_eq!(
        answer,
        SendResult::NotSent {
            reason: "connect".to_owned(),
            configuration: false
        }
    );
}

#[tokio::test]
async fn a_failed_tls_handshake_means_not_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://127.0.0.1:{}/", listener.local_addr().unwrap().port());
    let plain_server = async {
        let (mut connection, _) = listener.accept().await.unwrap();
        connection
            .write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            .await
            .unwrap();
    };
    // Straight at the client: the allow-list lets https through on port 443 only.
    let client = http();
    let (answer, ()) = tokio::join!(client.post(url).body("{}").send(), plain_server);
    let failure = exchange::Failure::from(answer.unwrap_err());
    assert!(
        matches!(
            failure,
            exchange::Failure::NotSent {
                configuration: false,
                ..
            }
        ),
        "{failure:?}"
    );
}

#[tokio::test]
async fn a_time_limit_after_sending_means_no_answer() {
    let limits = HttpLimits {
        connect: Duration::from_millis(200),
        total: Duration::from_millis(300),
    };
    let given = given_with(limits).await;
    given.login_grants("t1").await;
    given
        .answers(
            SEND,
            ResponseTemplate::new(201).set_delay(Duration::from_secs(60)),
        )
        .await;
    assert_eq!(
        given.send().await,
        SendResult::NoAnswer {
            reason: "timeout".to_owned()
        }
    );
}

/// A server that reads a request, writes `answer` and hangs up.
async fn serve_raw(answer: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            let mut seen = Vec::new();
            while !seen.ends_with(b"}") {
                if connection.read_buf(&mut seen).await.unwrap() == 0 {
                    break;
                }
            }
            connection.write_all(answer).await.unwrap();
        }
    });
    base
}

#[tokio::test]
async fn a_connection_that_breaks_after_sending_means_no_answer() {
    let given = given().await;
    let base = serve_raw(b"").await;
    let connector = connector(
        &given.server.uri(),
        std::slice::from_ref(&base),
        HttpLimits::default(),
        &given.clock,
    );
    let answer = connector.send(&user(), &chat(&base), &message(), &Unpaced).await;
    assert_eq!(
        answer,
        SendResult::NoAnswer {
            reason: "reset".to_owned()
        }
    );
}

#[tokio::test]
async fn an_answer_that_breaks_off_counts_by_its_status() {
    for (raw, expected) in [
        (
            &b"HTTP/1.1 201 Created\r\ncontent-length: 40\r\n\r\n{\"id\":"[..],
            SendResult::Accepted { activity_id: None },
        ),
        (
            &b"HTTP/1.1 403 Forbidden\r\ncontent-length: 40\r\n\r\n{\"err"[..],
            rejected(403, None),
        ),
    ] {
        let given = given().await;
        let base = serve_raw(raw).await;
        let connector = connector(
            &given.server.uri(),
            std::slice::from_ref(&base),
            HttpLimits::default(),
            &given.clock,
        );
        assert_eq!(
            connector.send(&user(), &chat(&base), &message(), &Unpaced).await,
            expected
        );
    }
}
