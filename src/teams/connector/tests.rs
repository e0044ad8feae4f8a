use std::time::Duration;

use events::ManualClock;
use events::user::MemberRole;
use futures_util::future::join_all;
use secrecy::SecretString;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use wiremock::matchers::{body_json, header, method, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use super::*;
use crate::http_client::{self, HttpLimits};
use crate::teams::test_keys::{asked, clock, http, shared};
use crate::teams::token::TokenSettings;

const LOGIN: &str = "/login/oauth2/v2.0/token";
const SEND: &str = "/amer/v3/conversations/a%3A1%2Fx%3D/activities";
const MEMBER_BY_TEAMS_ID: &str = "/amer/v3/conversations/a%3A1%2Fx%3D/members/29%3A1uXb";
const MEMBER_BY_OBJECT_ID: &str =
    "/amer/v3/conversations/a%3A1%2Fx%3D/members/5b1c9a52-7c0e-4f0f-9d3c-2a7d0b6f8e11";

struct Given {
    server: MockServer,
    clock: ManualClock,
    connector: BotConnector,
}

async fn given() -> Given {
    let given = given_with(HttpLimits::default()).await;
    given.login_grants("t1").await;
    given
}

/// Login and connector on one server; the allow-list holds that server alone.
async fn given_with(limits: HttpLimits) -> Given {
    let (server, clock) = (MockServer::start().await, clock());
    let connector = connector(&server.uri(), &[server.uri()], limits, &clock);
    Given {
        server,
        clock,
        connector,
    }
}

fn connector(login: &str, hosts: &[String], limits: HttpLimits, clock: &ManualClock) -> BotConnector {
    let http = http_client::build(limits).unwrap();
    let authority = format!("{login}/login");
    let settings = TokenSettings::new(&authority, "app-1", SecretString::from("s"), "scope").unwrap();
    let tokens = TokenClient::new(settings, http.clone(), shared(clock));
    let hosts = AllowedHosts::parse(hosts).unwrap();
    BotConnector::new(
        http,
        Credentials::Token(tokens),
        ConnectorSettings { hosts },
        shared(clock),
    )
    .unwrap()
}

fn user() -> UserKey {
    UserKey::parse("0f1e2d3c-4b5a-4697-8877-665544332211/5b1c9a52-7c0e-4f0f-9d3c-2a7d0b6f8e11").unwrap()
}

fn chat(base: &str) -> ConversationRef {
    ConversationRef {
        conversation_id: ConversationId::parse("a:1/x=").unwrap(),
        service_url: format!("{base}/amer/"),
        teams_user_id: "29:1uXb".to_owned(),
        bot_id: "28:app-1".to_owned(),
    }
}

fn message() -> Message {
    Message(json!({ "type": "message", "summary": "s" }))
}

impl Given {
    async fn login_grants(&self, token: &str) {
        let grant = json!({ "expires_in": 3599, "access_token": token });
        Mock::given(path(LOGIN))
            .respond_with(ResponseTemplate::new(200).set_body_json(grant))
            .up_to_n_times(1)
            .mount(&self.server)
            .await;
    }

    async fn answers(&self, at: &str, answer: ResponseTemplate) {
        Mock::given(path(at))
            .respond_with(answer)
            .mount(&self.server)
            .await;
    }

    async fn send(&self) -> SendResult {
        self.connector
            .send(&user(), &chat(&self.server.uri()), &message())
            .await
    }

    async fn profile(&self) -> ProfileResult {
        self.connector.profile(&user(), &chat(&self.server.uri())).await
    }
}

fn accepted(id: &str) -> SendResult {
    SendResult::Accepted {
        activity_id: Some(ActivityId::parse(id).unwrap()),
    }
}

fn rejected(status: u16, code: Option<&str>) -> SendResult {
    SendResult::Rejected(Rejection {
        status,
        code: code.map(str::to_owned),
        retry_after: None,
    })
}

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
        .update(&user(), &chat(&given.server.uri()), &id, &message())
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
        (201, &format!(r#"{{"id":"1","x":"{}"}}"#, "y".repeat(70_000))),
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
        let answer = given.connector.send(&user(), &chat(&url), &message()).await;
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
    let answer = connector.send(&user(), &chat(&nobody), &message()).await;
    assert_eq!(
        answer,
        SendResult::NotSent {
            reason: "connect".to_owned(),
            configuration: false
        }
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
    let answer = connector.send(&user(), &chat(&base), &message()).await;
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
        assert_eq!(connector.send(&user(), &chat(&base), &message()).await, expected);
    }
}

#[tokio::test]
async fn a_member_is_read_and_a_guest_recognised() {
    let member = |changes: Value| {
        let mut member = json!({
            "id": "29:1uXb", "objectId": "5B1C9A52-7c0e-4f0f-9d3c-2a7d0b6f8e11", "name": "Larry Brown",
            "email": "Larry.Brown@fabrikam.com", "userPrincipalName": "labrown@fabrikam.com", "userRole": "user",
        });
        member
            .as_object_mut()
            .unwrap()
            .extend(changes.as_object().unwrap().clone());
        member
    };
    let found = |email: Option<&str>, upn: Option<&str>, role| {
        ProfileResult::Found(MemberProfile {
            name: Some("Larry Brown".to_owned()),
            email: email.map(str::to_owned),
            upn: upn.map(str::to_owned),
            role,
        })
    };
    let (mail, upn) = (Some("Larry.Brown@fabrikam.com"), Some("labrown@fabrikam.com"));
    let guest = "l_contoso.com#EXT#@fabrikam.onmicrosoft.com";
    for (changes, expected) in [
        (json!({}), found(mail, upn, MemberRole::User)),
        (
            json!({ "objectId": null, "aadObjectId": "5b1c9a52-7c0e-4f0f-9d3c-2a7d0b6f8e11" }),
            found(mail, upn, MemberRole::User),
        ),
        (
            json!({ "email": null, "userPrincipalName": "" }),
            found(None, None, MemberRole::User),
        ),
        (
            json!({ "userPrincipalName": guest }),
            found(mail, Some(guest), MemberRole::Guest),
        ),
        (
            json!({ "userRole": "anonymous", "email": null }),
            found(None, upn, MemberRole::Guest),
        ),
        (
            json!({ "objectId": "99999999-0000-4000-8000-000000000000" }),
            ProfileResult::Failed {
                reason: "another_person".to_owned(),
            },
        ),
    ] {
        let given = given().await;
        given
            .answers(
                MEMBER_BY_TEAMS_ID,
                ResponseTemplate::new(200).set_body_json(member(changes)),
            )
            .await;
        assert_eq!(given.profile().await, expected);
    }
}

#[tokio::test]
async fn a_member_unknown_by_teams_id_is_asked_for_by_object_id_once() {
    let given = given().await;
    let not_found = json!({ "error": { "code": "MemberNotFoundInConversation" } });
    given
        .answers(
            MEMBER_BY_TEAMS_ID,
            ResponseTemplate::new(404).set_body_json(&not_found),
        )
        .await;
    Mock::given(path(MEMBER_BY_OBJECT_ID))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({ "name": "Larry" })))
        .up_to_n_times(1)
        .mount(&given.server)
        .await;
    given
        .answers(
            MEMBER_BY_OBJECT_ID,
            ResponseTemplate::new(404).set_body_json(&not_found),
        )
        .await;
    assert!(matches!(given.profile().await, ProfileResult::Found(_)));
    let ProfileResult::Rejected(rejection) = given.profile().await else {
        panic!("found")
    };
    assert_eq!(
        (rejection.status, rejection.code.as_deref()),
        (404, Some("MemberNotFoundInConversation"))
    );
    assert_eq!(asked(&given.server, MEMBER_BY_OBJECT_ID).await, 2);
}

#[tokio::test]
async fn a_member_that_may_not_be_read_is_a_rejection() {
    let given = given().await;
    given
        .answers(MEMBER_BY_TEAMS_ID, ResponseTemplate::new(403))
        .await;
    assert!(matches!(
        given.profile().await,
        ProfileResult::Rejected(Rejection { status: 403, .. })
    ));
    assert_eq!(asked(&given.server, MEMBER_BY_OBJECT_ID).await, 0);
}

#[tokio::test]
async fn a_chat_is_asked_for_by_object_id() {
    let given = given().await;
    Mock::given(method("POST"))
        .and(path("/amer/v3/conversations"))
        .and(body_json(json!({
            "isGroup": false, "bot": { "id": "28:app-1" },
            "members": [{ "id": "5b1c9a52-7c0e-4f0f-9d3c-2a7d0b6f8e11" }],
            "tenantId": "0f1e2d3c-4b5a-4697-8877-665544332211",
            "channelData": { "tenant": { "id": "0f1e2d3c-4b5a-4697-8877-665544332211" } },
        })))
        .respond_with(
            ResponseTemplate::new(201)
                .set_body_json(json!({ "id": "a:1Kf", "serviceUrl": "https://evil.example/" })),
        )
        .mount(&given.server)
        .await;
    let base = format!("{}/amer", given.server.uri());
    let answer = given
        .connector
        .create_conversation(&base, &user(), "28:app-1")
        .await;
    let conversation_id = ConversationId::parse("a:1Kf").unwrap();
    assert_eq!(
        answer,
        CreateResult::Created {
            conversation_id,
            service_url: None
        }
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
            ConnectorSettings { hosts },
            shared(&clock()),
        )
    };
    let connector = with(AllowedHosts::parse([server.uri()]).unwrap()).unwrap();
    assert_eq!(
        connector.send(&user(), &chat(&server.uri()), &message()).await,
        accepted("1")
    );
    assert!(with(AllowedHosts::public_cloud()).is_err());
    assert!(with(AllowedHosts::parse(["http://localhost:1", "http://sandbox:1"]).unwrap()).is_err());
}
