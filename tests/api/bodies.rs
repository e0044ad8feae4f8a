//! What the bot endpoint does with bodies that are no use: refused with a reason, or accepted and ignored. Never
//! stored.

use chronus_teams::sandbox::bot::{BotAnswer, TokenKind};
use serde_json::{Value, json};

use crate::support::{ACME_TENANT, ADA, Answer, MAX_BODY, World};

/// A message of Ada's that no test has sent yet.
fn message(world: &World, id: &str) -> Value {
    let chat = world.client(ADA).chat();
    let install = &chat.deeds.values().next().unwrap().activity;
    let mut message = install.clone();
    for field in ["action", "membersAdded"] {
        message.as_object_mut().unwrap().remove(field);
    }
    message["type"] = "message".into();
    message["id"] = id.into();
    message["text"] = "help".into();
    message
}

async fn post(world: &World, body: impl Into<String>) -> BotAnswer {
    world
        .sandbox
        .post_activity(body, TokenKind::Genuine)
        .await
        .unwrap()
}

fn problem(answer: &BotAnswer) -> &str {
    let body = answer.body.as_ref().unwrap();
    assert_eq!(body["status"], answer.status, "{body}");
    body["type"].as_str().unwrap()
}

#[actix_web::test]
async fn a_body_that_is_no_activity_is_refused_with_problem_details() {
    let world = World::start().await;
    let head = world.head();
    let deep = format!(
        r#"{{"type":"message","value":{}{}}}"#,
        "[".repeat(100),
        "]".repeat(100)
    );
    let bottomless = "[".repeat(10_000);
    for body in [
        "",
        "{",
        "nonsense",
        "[]",
        "7",
        "{}",
        r#"{"type":7.5e}"#,
        &deep,
        &bottomless,
    ] {
        let answer = post(&world, body).await;
        assert_eq!(answer.status, 400, "{body:.40}");
        assert_eq!(
            problem(&answer),
            "urn:chronus-teams:problem:malformed",
            "{body:.40}"
        );
    }
    let large = json!({ "type": "message", "text": "x".repeat(MAX_BODY) }).to_string();
    let answer = post(&world, large).await;
    assert_eq!(answer.status, 413);
    assert_eq!(problem(&answer), "urn:chronus-teams:problem:too-large");
    assert_eq!(world.head(), head);
}

#[actix_web::test]
async fn what_is_not_known_is_answered_200_and_ignored() {
    let world = World::start().await;
    world.install(ADA).await;
    let (head, seen) = (world.head(), world.client(ADA).chat().messages.len());
    for (id, changes) in [
        ("f:1", json!({ "type": "somethingNew", "value": { "a": [1, 2] } })),
        (
            "f:2",
            json!({ "type": "event", "name": "application/something.new" }),
        ),
        (
            "f:3",
            json!({ "type": "invoke", "name": "composeExtension/query", "value": {} }),
        ),
        ("f:4", json!({ "type": "invoke" })),
        ("f:5", json!({ "type": "typing", "text": 7, "from": "nobody" })),
        (
            "f:6",
            json!({ "type": "conversationUpdate", "channelData": "nonsense" }),
        ),
    ] {
        let mut activity = message(&world, id);
        activity
            .as_object_mut()
            .unwrap()
            .extend(changes.as_object().unwrap().clone());
        let answer = post(&world, activity.to_string()).await;
        assert_eq!(answer.status, 200, "{changes}: {answer:?}");
    }
    world.at_rest().await;
    assert_eq!(world.client(ADA).chat().messages.len(), seen);
    assert_eq!(world.head(), head);
}

#[actix_web::test]
async fn groups_and_channels_are_declined_and_nothing_of_them_is_stored() {
    let world = World::start().await;
    world.install(ADA).await;
    let head = world.head();
    for kind in ["groupChat", "channel"] {
        let mut said = message(&world, &format!("f:{kind}"));
        said["conversation"]["conversationType"] = kind.into();
        said["conversation"]["isGroup"] = true.into();
        said["conversation"]["id"] = format!("19:{kind}@thread.v2").into();
        said["text"] = "what we say among us".into();
        let answer = post(&world, said.to_string()).await;
        assert_eq!(answer.status, 200, "{kind}");

        let mut pressed = said;
        pressed["type"] = "invoke".into();
        pressed["name"] = "adaptiveCard/action".into();
        let answer = post(&world, pressed.to_string()).await;
        let text = answer.body.unwrap()["value"].as_str().unwrap().to_owned();
        assert!(text.contains("personal chat"), "{kind}: {text}");
    }
    assert_eq!(world.head(), head);
}

#[actix_web::test]
async fn an_activity_of_a_tenant_that_is_not_served_is_refused() {
    let world = World::start().await;
    world.install(ADA).await;
    let head = world.head();
    let elsewhere = message(&world, "f:elsewhere")
        .to_string()
        .replace(ACME_TENANT, "99999999-0000-4000-8000-000000000009");
    let answer = post(&world, elsewhere).await;
    assert_eq!((answer.status, answer.body), (401, None));
    assert_eq!(world.head(), head);
}

#[actix_web::test]
async fn a_problem_says_so_in_its_content_type() {
    let world = World::start().await;
    let answer = Answer::of(world.http.get(world.url("/v1/responses"))).await;
    assert_eq!(
        (answer.status, answer.content_type.as_str()),
        (401, "application/problem+json")
    );
}
