//! People acting: what the bot gets, what the person sees, what a restart keeps.

use super::super::bot::TokenKind;
use super::super::card::PressError;
use super::super::client::{ActError, Action, Press};
use super::*;

fn press(button: &str) -> Press {
    Press {
        button: button.into(),
        ..Press::default()
    }
}

#[tokio::test]
async fn a_first_install_is_two_activities_and_a_later_one_is_one() {
    let scene = Scene::installed().await;
    let mut kinds: Vec<String> = scene
        .bot
        .activities()
        .iter()
        .map(|a| a["type"].to_string())
        .collect();
    kinds.sort();
    assert!(kinds.contains(&"\"installationUpdate\"".to_owned()));
    let priya = scene.priya();
    priya
        .wait_for(SOON, |chat| {
            chat.deeds.values().all(|deed| deed.outcome.is_some())
        })
        .await
        .unwrap();
    assert_eq!(scene.bot.activities().len(), 2);
    assert!(matches!(priya.install().await, Err(ActError::AlreadyInstalled)));
    priya.uninstall().await.unwrap();
    assert!(matches!(priya.say("help").await, Err(ActError::NotInstalled)));
    priya.install().await.unwrap();
    let actions: Vec<Value> = scene
        .bot
        .activities()
        .iter()
        .skip(2)
        .map(|a| a["action"].clone())
        .collect();
    assert_eq!(actions, ["remove", "add"]);
    scene.sandbox.stop().await;
}

#[tokio::test]
async fn activities_carry_a_token_that_verifies_against_the_published_keys() {
    let scene = Scene::installed().await;
    scene.priya().say("help").await.unwrap();
    let (header, activity) = scene.bot.got.lock().unwrap().last().cloned().unwrap();
    assert_eq!(activity["text"], "help");
    assert_eq!(activity["entities"][0]["type"], "clientInfo");
    assert_eq!(activity["channelData"]["tenant"]["id"], TENANT);
    let metadata: Value = scene
        .http
        .get(scene.sandbox.openid_metadata_url())
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let keys = scene
        .http
        .get(metadata["jwks_uri"].as_str().unwrap())
        .send()
        .await
        .unwrap();
    let keys: Value = keys.json().await.unwrap();
    let token = header.unwrap();
    let token = token.strip_prefix("Bearer ").unwrap();
    let kid = jsonwebtoken::decode_header(token).unwrap().kid.unwrap();
    let key = keys["keys"]
        .as_array()
        .unwrap()
        .iter()
        .find(|key| key["kid"] == kid.as_str())
        .unwrap();
    assert_eq!(key["endorsements"], json!(["msteams"]));
    let jwk: jsonwebtoken::jwk::Jwk = serde_json::from_value(key.clone()).unwrap();
    let mut rules = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::RS256);
    rules.set_audience(&[APP]);
    rules.set_issuer(&[metadata["issuer"].as_str().unwrap()]);
    let key = jsonwebtoken::DecodingKey::from_jwk(&jwk).unwrap();
    let claims = jsonwebtoken::decode::<Value>(token, &key, &rules).unwrap().claims;
    assert_eq!(claims["serviceurl"], activity["serviceUrl"]);
    scene.sandbox.stop().await;
}

#[tokio::test]
async fn forged_tokens_differ_from_the_genuine_one_in_the_named_way() {
    let scene = Scene::installed().await;
    let body = json!({ "type": "message", "serviceUrl": scene.sandbox.service_url(TENANT) }).to_string();
    for kind in [
        TokenKind::Expired,
        TokenKind::NotYetValid,
        TokenKind::ForeignAudience,
        TokenKind::WrongIssuer,
        TokenKind::UnendorsedKey,
        TokenKind::MismatchingServiceUrl,
        TokenKind::Unsigned,
        TokenKind::BadSignature,
        TokenKind::UnknownKey,
        TokenKind::Missing,
    ] {
        scene.sandbox.post_activity(body.clone(), kind).await.unwrap();
        let (header, _) = scene.bot.got.lock().unwrap().last().cloned().unwrap();
        let signed = header
            .as_deref()
            .and_then(|h| scene.sandbox.world.keys.verify(h.strip_prefix("Bearer ")?));
        let wrong = matches!(
            kind,
            TokenKind::UnendorsedKey
                | TokenKind::Unsigned
                | TokenKind::BadSignature
                | TokenKind::UnknownKey
                | TokenKind::Missing
        );
        assert_eq!(signed.is_none(), wrong, "{kind:?}");
    }
    scene.sandbox.stop().await;
}

#[tokio::test]
async fn a_press_shows_the_card_that_the_bot_answers_with() {
    let scene = Scene::installed().await;
    let id = scene.sent_id(&card()).await;
    let answer = json!({ "type": "AdaptiveCard", "version": "1.5", "body": [] });
    scene.bot.answer(
        200,
        json!({
            "statusCode": 200, "type": "application/vnd.microsoft.card.adaptive", "value": answer,
        }),
    );
    let mut accept = press("Accept");
    accept.notification = Some("n-1".into());
    accept.inputs.insert("note".into(), "Happy to".into());
    let outcome = scene.priya().press(accept).await.unwrap();
    assert!(outcome.taken());
    let invoke = scene.bot.activities().pop().unwrap();
    assert_eq!(
        (&invoke["type"], &invoke["name"]),
        (&json!("invoke"), &json!("adaptiveCard/action"))
    );
    assert_eq!(invoke["replyToId"], id.as_str());
    assert_eq!(
        invoke["value"]["action"]["data"],
        json!({ "notification_id": "n-1", "note": "Happy to" })
    );
    let chat = scene.priya().chat();
    let message = chat.message(&id).unwrap();
    assert_eq!((message.card.as_ref(), message.own_view), (Some(&answer), true));
    assert!(matches!(
        scene.priya().press(press("Accept")).await,
        Err(ActError::Press(PressError::NoButton { .. }))
    ));
    scene.sandbox.stop().await;
}

#[tokio::test]
async fn notes_errors_and_failures_stand_under_the_card() {
    let scene = Scene::installed().await;
    let id = scene.sent_id(&card()).await;
    let note = async |status, body| {
        scene.bot.answer(status, body);
        scene.priya().press(press("Accept")).await.unwrap();
        let note = scene.priya().chat().message(&id).unwrap().note.clone().unwrap();
        (note.error, note.text)
    };
    let said =
        json!({ "statusCode": 200, "type": "application/vnd.microsoft.activity.message", "value": "Saved" });
    assert_eq!(note(200, said).await, (false, "Saved".into()));
    let error = json!({ "statusCode": 400, "type": "application/vnd.microsoft.error",
        "value": { "code": "BadRequest", "message": "No" } });
    assert_eq!(note(200, error).await, (true, "No".into()));
    let wrong = (true, "Something went wrong. Please try again.".to_owned());
    assert_eq!(note(500, Value::Null).await, wrong);
    assert_eq!(note(200, Value::Null).await, wrong);
    let presses = scene
        .bot
        .activities()
        .iter()
        .filter(|a| a["type"] == "invoke")
        .count();
    assert_eq!(presses, 4, "an invoke is never sent again");
    scene.sandbox.stop().await;
}

#[tokio::test]
async fn an_old_client_sends_the_submit_fallback_as_a_message_without_text() {
    let scene = Scene::installed().await;
    scene.sent_id(&card()).await;
    let old = Press {
        old_client: true,
        ..press("Accept")
    };
    scene.priya().press(old).await.unwrap();
    let message = scene.bot.activities().pop().unwrap();
    assert_eq!(message["type"], "message");
    assert!(message.get("text").is_none());
    assert_eq!(message["value"]["verb"], "request.accept");
    scene.sandbox.stop().await;
}

#[tokio::test]
async fn a_message_that_was_not_taken_is_sent_again_with_the_same_id() {
    let scene = Scene::installed().await;
    let before = scene.bot.activities().len();
    scene.bot.answer(503, Value::Null);
    scene.bot.answer(500, Value::Null);
    let outcome = scene.priya().say("help").await.unwrap();
    assert_eq!((outcome.tries, outcome.status), (3, Some(200)));
    let sent = scene.bot.activities().split_off(before);
    assert_eq!(sent.len(), 3);
    assert!(sent.iter().all(|activity| *activity == sent[0]));
    assert_eq!(scene.sandbox.stats().counts.redeliveries, 2);
    scene.sandbox.stop().await;
}

#[tokio::test]
async fn a_restart_keeps_chats_deeds_and_keys_and_goes_on_telling() {
    let folder = tempfile::tempdir().unwrap();
    let mut options = options();
    options.journal = Some(folder.path().to_owned());
    options.telling.tries = 1_000_000;
    let scene = Scene::with(options.clone()).await;
    scene.priya().install().await.unwrap();
    let id = scene.sent_id(&card()).await;
    let priya = scene.priya();
    scene
        .sandbox
        .set_bot_endpoint(Url::parse("http://127.0.0.1:1/").unwrap());
    let asked = Action::Say {
        text: "status".into(),
    };
    let stopped = {
        let (priya, asked) = (priya.clone(), asked.clone());
        tokio::spawn(async move { priya.act(asked, Some("ask".into())).await })
    };
    priya
        .wait_for(SOON, |chat| chat.deeds.contains_key("ask"))
        .await
        .unwrap();
    let (before, token, keys) = (priya.chat(), scene.token.clone(), scene.sandbox.world.keys.jwks());
    scene.sandbox.stop().await;
    assert!(matches!(stopped.await.unwrap(), Err(ActError::Stopping)));

    let mut scene = Scene::with(options).await;
    scene.token = token;
    assert_eq!(scene.sandbox.world.keys.jwks()["keys"][0], keys["keys"][0]);
    let priya = scene.priya();
    assert_eq!(priya.chat().messages, before.messages);
    let outcome = priya.act(asked, Some("ask".into())).await.unwrap();
    assert!(outcome.taken());
    let sent = scene.bot.activities();
    assert_eq!(
        sent.last(),
        Some(&before.deeds["ask"].activity),
        "the same activity with the same id"
    );
    assert_eq!(
        priya
            .act(Action::Install, Some("step-1".into()))
            .await
            .unwrap()
            .status,
        Some(200),
        "settled before"
    );
    assert_eq!(
        scene
            .call("PUT", &format!("{}/{id}", scene.activities()), &text("x"))
            .await
            .0,
        200,
        "old token"
    );
    scene.sandbox.stop().await;
}
