//! A day with everything personal in it.

use chronus_teams::sandbox::client::Client;
use events::{Clock as _, SystemClock};
use serde_json::{Value, json};

use super::spelt::Left;
use crate::desk::{Desk, card_of, presses, waits_for};
use crate::serve::{KEY, Serve};

/// The address of the person whose day it is.
pub(super) const EMAIL: &str = "zyxmail@acme.example";

/// What can be recognised of it anywhere: words that stand in no program.
pub(super) const PERSONAL: [&str; 12] = [
    "zyxname",
    "zyxmail",
    "zyxupn",
    "zyxasker",
    "zyxtitle",
    "zyxwords",
    "zyxplace",
    "zyxreply",
    "zyxstray",
    "zyxsought",
    "zyxsurvey",
    "zyxbad",
];
/// Those that are stored nowhere, not even sealed.
pub(super) const UNKEPT: [&str; 2] = ["zyxstray", "zyxbad"];

/// Lives it. Answers what was said of what could not be taken.
pub(super) async fn a_day(serve: &Serve, somebody: &Client) -> Left {
    let desk = Desk::before(serve);
    crate::desk::installs(somebody).await;
    let to = json!([{ "member_id": "m-1", "email": EMAIL }]);
    hears_and_answers(&desk, somebody, &to).await;
    for text in [
        "zyxstray words that lead nowhere",
        "message zyxsought",
        "message zyxasker zyxreply again",
    ] {
        assert!(somebody.say(text).await.unwrap().taken());
    }
    let told = cannot_be_taken(serve, &desk).await;
    // Nobody of this address is there; it is looked for.
    let away =
        json!({ "recipients": [{ "email": "zyxmail2@acme.example" }], "title": "T", "body": "Zyxwords" });
    desk.hand_over("something_new.happened", None, away).await;
    assert!(somebody.say("status").await.unwrap().taken());
    let before = somebody.chat().messages.len();
    waits_for(somebody, "answered", |chat| chat.messages.len() > before).await;
    told
}

/// A message with its reply and a survey with its answer.
async fn hears_and_answers(desk: &Desk<'_>, somebody: &Client, to: &Value) {
    let asker =
        json!({ "member_id": "m-2", "name": "Zyxasker Lund", "title": "Zyxtitle", "location": "Zyxplace" });
    desk.hand_over("member.upserted", None, json!({ "recipients": to }))
        .await;
    let message = json!({ "recipients": to, "actor": asker, "text": "Zyxwords for you", "message_id": "1" });
    let card = card_of(&desk.hand_over("message.sent", Some("thread/1"), message).await);
    presses(somebody, &card, "message.reply", &[("text", "Zyxreply to that")]).await;
    let questions = json!([{ "id": "q", "kind": "text", "text": "How is it?", "required": true }]);
    let survey = json!({
        "recipients": to, "title": "Survey", "anonymous": false, "questions": questions,
        "due_at": (SystemClock.now() + chrono::TimeDelta::days(9)).to_rfc3339(),
    });
    let card = card_of(&desk.hand_over("survey.requested", Some("survey/1"), survey).await);
    presses(
        somebody,
        &card,
        "survey.answer",
        &[("value", "Zyxsurvey is my answer")],
    )
    .await;
}

/// What cannot be taken is told, and its values are nobody's business.
async fn cannot_be_taken(serve: &Serve, desk: &Desk<'_>) -> Left {
    let bad = json!({ "recipients": [{ "email": "zyxbad@" }], "title": ["Zyxbad"], "actor": { "name": 7 } });
    let refused = desk
        .hand_over("announcement.published", Some("announcement/1"), bad)
        .await;
    let mut told = vec![(
        "the answer to a bad event".to_owned(),
        refused.to_string().into_bytes(),
    )];
    for (what, path, kind, body) in [
        (
            "half an event",
            "/v1/events",
            "application/cloudevents+json",
            r#"{"id":"zyxbad","data":{"title":"Zyxbad"#,
        ),
        (
            "no event",
            "/v1/events",
            "application/cloudevents+json",
            r#"["zyxbad"]"#,
        ),
        (
            "an activity of nobody",
            "/api/messages",
            "application/json",
            r#"{"type":"message","text":"zyxbad","from":{"name":"Zyxbad"}}"#,
        ),
    ] {
        let request = desk.http.post(serve.url(path)).bearer_auth(KEY);
        let answer = request.header("content-type", kind).body(body).send().await;
        let answer = answer.unwrap();
        assert!(!answer.status().is_success(), "{what}: {}", answer.status());
        told.push((
            format!("the answer to {what}"),
            answer.bytes().await.unwrap().to_vec(),
        ));
    }
    told
}
