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
async fn what_cannot_be_read_is_counted_and_taken_so_that_the_channel_does_not_back_off() {
    let world = World::start().await;
    let head = world.head();
    let bottomless = "[".repeat(10_000);
    for (body, reason) in [
        ("", "not_json"),
        ("{", "not_json"),
        ("nonsense", "not_json"),
        (r#"{"type":7.5e}"#, "not_json"),
        (&bottomless, "not_json"),
        ("[]", "no_type"),
        ("7", "no_type"),
        ("{}", "no_type"),
    ] {
        let series = format!("chronus_teams_unreadable_activities_total{{reason=\"{reason}\"}}");
        let count = |metrics: &str| crate::insight::value(metrics, &series).unwrap_or(0.0);
        let before = count(&crate::insight::shown(&world, |_| true).await);
        let answer = post(&world, body).await;
        assert_eq!((answer.status, answer.body), (200, None), "{body:.40}");
        crate::insight::shown(&world, |metrics| count(metrics) > before).await;
    }
    let large = json!({ "type": "message", "text": "x".repeat(MAX_BODY) }).to_string();
    let answer = post(&world, large).await;
    assert_eq!(answer.status, 413);
    assert_eq!(problem(&answer), "urn:chronus-teams:problem:too-large");
    assert_eq!(world.head(), head);
}

#[actix_web::test]
async fn a_body_that_is_only_nearly_json_is_understood() {
    let world = World::start().await;
    world.install(ADA).await;
    let deep = format!("{}{}", r#"{"body":["#.repeat(200), "]}".repeat(200));
    for (number, odd) in [
        r#""x":"C:\path\q""#.replace("\\\\", "\\"),
        r#""x":"half \ud83d an emoji""#.replace("\\\\", "\\"),
        r#""x":1e400"#.to_owned(),
        "\"x\":\"a raw \u{1} control\"".to_owned(),
        format!(
            r#""attachments":[{{"contentType":"application/vnd.microsoft.card.adaptive","content":{deep}}}]"#
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let seen = world.client(ADA).chat().messages.len();
        let body = message(&world, &format!("180000000000{number}")).to_string();
        let body = body.replacen('{', &format!("\u{feff}{{{odd},"), 1);
        let answer = post(&world, body.clone()).await;
        assert_eq!(answer.status, 200, "{body}");
        let replied = world.client(ADA);
        let replied = replied.wait_for(crate::support::PATIENCE, |chat| chat.messages.len() > seen);
        assert!(replied.await.is_ok(), "not understood: {body}");
        world.at_rest().await;
    }
}

#[actix_web::test]
async fn ids_that_no_channel_gives_enter_nothing() {
    let world = World::start().await;
    world.install(ADA).await;
    let head = world.head();
    let long = "x".repeat(600);
    for (pointer, value) in [
        ("/conversation/id", format!("a:{long}")),
        ("/from/id", format!("29:{long}")),
        ("/from/aadObjectId", long.clone()),
        ("/recipient/id", format!("28:{long}")),
    ] {
        let mut activity = message(&world, "1800000000000");
        activity["type"] = "typing".into();
        *activity.pointer_mut(pointer).unwrap() = value.into();
        assert_eq!(post(&world, activity.to_string()).await.status, 200, "{pointer}");
        assert_eq!(world.head(), head, "{pointer}");
    }
    let mut reacted = message(&world, &long);
    reacted["type"] = "messageReaction".into();
    reacted["replyToId"] = long.as_str().into();
    reacted["reactionsAdded"] = json!([{ "type": "like" }]);
    assert_eq!(post(&world, reacted.to_string()).await.status, 200);
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
async fn an_activity_of_a_tenant_that_no_organization_has_is_taken_and_enters_nothing() {
    let world = World::start().await;
    world.install(ADA).await;
    let head = world.head();
    let elsewhere = message(&world, "f:elsewhere")
        .to_string()
        .replace(ACME_TENANT, "99999999-0000-4000-8000-000000000009");
    let answer = post(&world, elsewhere).await;
    assert_eq!((answer.status, answer.body), (200, None));
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
