//! Each refusal of the connector, and what it accepts.

use super::super::chat::AppChange;
use super::super::faults::{Effect, Fault, Operation};
use super::super::people::DirectoryChange;
use super::*;

#[tokio::test]
async fn messages_are_sent_replaced_and_removed_under_growing_ids() {
    let scene = Scene::installed().await;
    let first = scene.sent_id(&text("one")).await;
    let second = scene.sent_id(&card()).await;
    assert!(second.parse::<u64>().unwrap() > first.parse::<u64>().unwrap());
    let path = format!("{}/{first}", scene.activities());
    let (status, body, _) = scene.call("PUT", &path, &text("two")).await;
    assert_eq!((status, body), (200, json!({ "id": first })));
    assert_eq!(scene.call("DELETE", &path, &Value::Null).await.0, 200);
    let (status, body, _) = scene.call("PUT", &path, &text("three")).await;
    assert_eq!((status, code(&body)), (404, "ActivityNotFoundInConversation"));
    let chat = scene.priya().chat();
    assert!(chat.messages[0].deleted);
    assert_eq!(chat.messages[0].edits, 1);
    assert_eq!(chat.messages[1].summary.as_deref(), Some("New request"));
    scene.sandbox.stop().await;
}

#[tokio::test]
async fn every_call_needs_a_token_that_the_login_issued() {
    let mut scene = Scene::installed().await;
    scene.token = "x.y.z".into();
    for (method, path) in [
        ("POST", scene.activities()),
        ("GET", scene.activities().replace("activities", "members")),
    ] {
        let (status, body, _) = scene.call(method, &path, &text("x")).await;
        assert_eq!(status, 401);
        assert_eq!(body["message"], "Authorization has been denied for this request.");
    }
    scene.sandbox.stop().await;
}

#[tokio::test]
async fn a_retired_key_ends_the_tokens_that_it_signed() {
    let mut scene = Scene::installed().await;
    assert_eq!(scene.send(&text("x")).await.0, 201);
    scene.sandbox.rotate_keys().await.unwrap();
    assert_eq!(scene.send(&text("x")).await.0, 401);
    scene.token = token(&scene.http, &scene.sandbox).await;
    assert_eq!(scene.send(&text("x")).await.0, 201);
    scene.sandbox.stop().await;
}

#[tokio::test]
async fn malformed_content_is_refused_as_teams_refuses_it() {
    let scene = Scene::installed().await;
    let mut newer = card();
    newer["attachments"][0]["content"]["version"] = json!("1.6");
    let mut flat = card();
    flat["attachments"][0]["content"] = json!("{}");
    for body in [json!({}), json!({ "type": "banana" }), newer, flat] {
        let (status, answer, _) = scene.send(&body).await;
        assert_eq!((status, code(&answer)), (400, "BadArgument"), "{body}");
    }
    let broken = scene
        .try_call("POST", &scene.url(&scene.activities()), "{bad".into())
        .await
        .unwrap();
    assert_eq!(broken.status().as_u16(), 400);
    let (status, answer, _) = scene.send(&text(&"x".repeat(51_300))).await;
    assert_eq!((status, code(&answer)), (413, "MessageSizeTooBig"));
    assert_eq!(scene.send(&text(&"x".repeat(50_000))).await.0, 201);
    scene.sandbox.stop().await;
}

#[tokio::test]
async fn text_and_card_in_one_activity_become_two_messages_without_an_id() {
    let scene = Scene::installed().await;
    let mut both = card();
    both["text"] = json!("Look:");
    let (status, body, _) = scene.send(&both).await;
    assert_eq!((status, body), (202, Value::Null));
    let messages = scene.priya().chat().messages;
    assert_eq!(messages.len(), 2);
    assert!(messages[0].card.is_none() && messages[1].card.is_some());
    scene.sandbox.stop().await;
}

#[tokio::test]
async fn typing_is_accepted_and_shown_as_nothing() {
    let scene = Scene::installed().await;
    assert_eq!(scene.send(&json!({ "type": "typing" })).await.0, 202);
    assert!(scene.priya().chat().messages.is_empty());
    scene.sandbox.stop().await;
}

#[tokio::test]
async fn the_standing_of_the_app_decides_who_can_be_written_to() {
    let scene = Scene::new().await;
    let (status, body, _) = scene.send(&text("x")).await;
    assert_eq!(
        (status, code(&body)),
        (404, "ConversationNotFound"),
        "never opened"
    );
    let priya = scene.priya();
    priya.install().await.unwrap();
    priya.change(AppChange::Blocked).await.unwrap();
    let (status, body, _) = scene.send(&text("x")).await;
    assert_eq!((status, &body["errorCode"]), (403, &json!(209)));
    let inner: Value = serde_json::from_str(body["message"].as_str().unwrap()).unwrap();
    assert_eq!(inner["subCode"], "MessageWritesBlocked");
    priya.change(AppChange::Unblocked).await.unwrap();
    priya.change(AppChange::Disabled).await.unwrap();
    assert_eq!(code(&scene.send(&text("x")).await.1), "BotDisabledByAdmin");
    priya.change(AppChange::Enabled).await.unwrap();
    priya.uninstall().await.unwrap();
    assert_eq!(
        code(&scene.send(&text("x")).await.1),
        "BotNotInConversationRoster"
    );
    priya.install().await.unwrap();
    assert_eq!(scene.send(&text("x")).await.0, 201);
    scene.sandbox.stop().await;
}

/// The answer to asking for Priya's chat.
fn opened(scene: &Scene) -> Value {
    let id = scene.priya().person().conversation_id.clone();
    json!({ "id": id, "serviceUrl": scene.sandbox.service_url(TENANT) })
}

#[tokio::test]
async fn a_conversation_is_created_once_and_only_with_one_person_who_has_the_app() {
    let scene = Scene::new().await;
    let with = |id: &str| json!({ "isGroup": false, "members": [{ "id": id }], "tenantId": TENANT });
    let (status, body, _) = scene.call("POST", "", &with(PRIYA)).await;
    assert_eq!((status, code(&body)), (403, "ForbiddenOperationException"));
    let priya = scene.priya();
    priya.install().await.unwrap();
    for id in [PRIYA, &priya.person().user_id] {
        let (status, body, _) = scene.call("POST", "", &with(id)).await;
        assert_eq!((status, body), (201, opened(&scene)));
    }
    let mut greeting = with(PRIYA);
    greeting["activity"] = text("hello");
    let (status, body, _) = scene.call("POST", "", &greeting).await;
    assert_eq!((status, body), (201, opened(&scene)));
    assert_eq!(priya.chat().messages.len(), 1);
    for wrong in [
        json!({ "isGroup": true, "members": [{ "id": PRIYA }], "tenantId": TENANT }),
        json!({ "members": [{ "id": PRIYA }, { "id": "x" }], "tenantId": TENANT }),
        json!({ "members": [{ "id": PRIYA }] }),
    ] {
        let (status, body, _) = scene.call("POST", "", &wrong).await;
        assert_eq!((status, code(&body)), (400, "BadSyntax"), "{wrong}");
    }
    scene.sandbox.stop().await;
}

#[tokio::test]
async fn a_member_is_found_by_each_of_the_three_ids() {
    let scene = Scene::installed().await;
    let members = scene.activities().replace("/activities", "/members");
    let user = scene.priya().person().user_id.replace(':', "%3A");
    for id in [user.as_str(), PRIYA, "PNair@fabrikam.com"] {
        let (status, body, _) = scene.call("GET", &format!("{members}/{id}"), &Value::Null).await;
        assert_eq!(status, 200);
        assert_eq!(body["objectId"], PRIYA);
        assert_eq!(body["givenName"], "Priya");
        assert_eq!(body["userPrincipalName"], "pnair@fabrikam.com");
    }
    let (status, body, _) = scene
        .call("GET", &format!("{members}/nobody"), &Value::Null)
        .await;
    assert_eq!((status, code(&body)), (404, "MemberNotFoundInConversation"));
    let (_, all, _) = scene.call("GET", &members, &Value::Null).await;
    let (_, page, _) = scene
        .call("GET", &members.replace("/members", "/pagedmembers"), &Value::Null)
        .await;
    assert_eq!(all, page["members"]);
    scene.sandbox.stop().await;
}

#[tokio::test]
async fn faults_happen_in_order_and_some_deliver_although_they_refuse() {
    let scene = Scene::installed().await;
    let refuse = |status, code: &str, delivered| Effect::Refuse {
        status,
        code: code.into(),
        delivered,
    };
    let effects = [
        Effect::Throttle { retry_after: Some(3) },
        Effect::Throttle { retry_after: None },
        refuse(403, "BotDisabledByAdmin", false),
        refuse(502, "ServiceError", true),
        refuse(503, "ServiceError", false),
    ];
    for effect in effects {
        scene.sandbox.order(Fault::next(effect, 1).on(Operation::Send));
    }
    let mut seen = Vec::new();
    for _ in 0..6 {
        let (status, _, retry) = scene.send(&text("x")).await;
        seen.push((status, retry));
    }
    let expected = [
        (429, Some("3".into())),
        (429, None),
        (403, None),
        (502, None),
        (503, None),
        (201, None),
    ];
    assert_eq!(seen, expected);
    assert_eq!(
        scene.priya().chat().messages.len(),
        2,
        "the 502 delivered, the 201 too"
    );
    scene.sandbox.stop().await;
}

#[tokio::test]
async fn a_reset_closes_the_connection_without_an_answer() {
    let scene = Scene::installed().await;
    for delivered in [false, true] {
        scene.sandbox.order(Fault::next(Effect::Reset { delivered }, 1));
        let failed = scene
            .try_call("POST", &scene.url(&scene.activities()), text("x").to_string())
            .await;
        let error = failed.expect_err("a closed connection");
        assert!(
            !error.is_connect() && !error.is_timeout(),
            "{delivered}: {error:?}"
        );
    }
    assert_eq!(scene.priya().chat().messages.len(), 1);
    scene.sandbox.stop().await;
}

#[tokio::test]
async fn a_second_operation_on_a_chat_in_flight_is_refused_with_412() {
    let scene = Scene::installed().await;
    scene
        .sandbox
        .order(Fault::next(Effect::Slow { milliseconds: 60_000 }, 1));
    let (url, body) = (scene.url(&scene.activities()), text("x").to_string());
    let slow = scene.try_call("POST", &url, body);
    let second = async {
        while scene.sandbox.world.stats.read().faulted == 0 {
            tokio::task::yield_now().await;
        }
        let refused = scene.send(&text("y")).await;
        scene.sandbox.world.stopping.cancel();
        refused
    };
    let (slow, (status, body, _)) = tokio::join!(slow, second);
    assert_eq!((status, code(&body)), (412, "PreconditionFailed"));
    assert_eq!(slow.unwrap().status().as_u16(), 201);
    scene.sandbox.stop().await;
}

#[tokio::test]
async fn the_directory_changes_without_a_word_to_the_bot() {
    let scene = Scene::installed().await;
    let told = scene.bot.activities().len();
    let members = scene.activities().replace("activities", "members");
    let member = format!("{members}/{PRIYA}");
    let moved = DirectoryChange::Addressed {
        email: Some("priya@newcorp.example".into()),
        upn: None,
    };
    scene.priya().change_directory(moved).await.unwrap();
    let (status, body, _) = scene.call("GET", &member, &Value::Null).await;
    assert_eq!((status, &body["email"]), (200, &json!("priya@newcorp.example")));
    assert!(body.get("userPrincipalName").is_none(), "{body}");

    scene
        .priya()
        .change_directory(DirectoryChange::Deleted)
        .await
        .unwrap();
    assert_eq!(scene.call("GET", &member, &Value::Null).await.0, 404);
    scene
        .priya()
        .change_directory(DirectoryChange::Restored)
        .await
        .unwrap();
    assert_eq!(scene.call("GET", &member, &Value::Null).await.0, 200);
    assert_eq!(scene.bot.activities().len(), told);
    scene.sandbox.stop().await;
}
