//! What people type, and how their clients tell of reactions: every shape that Teams has been seen to send means what
//! the person meant.

use chrono::{SecondsFormat, TimeDelta};
use chronus_teams::sandbox::bot::TokenKind;
use chronus_teams::sandbox::client::Client;
use events::Clock as _;
use serde_json::{Value, json};

use crate::support::{ADA, World, example, mentoring_request};

/// Ada with the app, connected with Priya.
async fn ada() -> (World, Client) {
    let world = World::start().await;
    let ada = world.install(ADA).await;
    world.send(&[example("connection.started", ADA, 1)]).await;
    world.at_rest().await;
    (world, ada)
}

/// An activity in Ada's chat, made of her install.
fn activity(world: &World, kind: &str, id: &str, more: &Value) -> Value {
    let chat = world.client(ADA).chat();
    let mut deeds = chat.deeds.values();
    let install = deeds
        .find(|deed| deed.activity["type"] == "installationUpdate")
        .unwrap();
    let mut activity = install.activity.clone();
    let at = world.clock.now() + TimeDelta::seconds(1);
    activity["timestamp"] = at.to_rfc3339_opts(SecondsFormat::Millis, true).into();
    activity["type"] = kind.into();
    activity["id"] = id.into();
    let fields = activity.as_object_mut().unwrap();
    fields.remove("action");
    fields.extend(more.as_object().unwrap().clone());
    activity
}

async fn post(world: &World, activity: &Value) {
    let answer = world
        .sandbox
        .post_activity(activity.to_string(), TokenKind::Genuine)
        .await
        .unwrap();
    assert_eq!(answer.status, 200, "{activity:#}");
    world.at_rest().await;
}

fn html(content: &str) -> Value {
    json!([{ "contentType": "text/html", "content": content }])
}

fn mention(name: &str, id: &Value) -> Value {
    json!({ "type": "mention", "text": format!("<at>{name}</at>"), "mentioned": { "id": id, "name": name } })
}

#[actix_web::test]
async fn a_command_is_understood_in_every_shape_in_which_it_is_typed() {
    let (world, ada) = ada().await;
    let reply = r#"<blockquote itemscope="" itemtype="http://schema.skype.com/Reply" itemid="1795000000001"><strong itemprop="mri" itemid="28:bot">Chronus</strong><p itemprop="preview">Welcome</p></blockquote><p>help</p>"#;
    let bot = activity(&world, "message", "any", &json!({}))["recipient"]["id"].clone();
    let shapes = [
        json!({ "text": "ChronusWelcomehelp", "attachments": html(reply) }),
        json!({ "text": "<quoted messageId=\"1795000000001\"/> help" }),
        json!({ "text": "he\u{200b}lp\u{feff}" }),
        json!({ "text": "ｈｅｌｐ" }),
        json!({ "text": "\u{a0}HELP \r\n" }),
        json!({ "text": "<at>Chronus</at> help", "entities": [mention("Chronus", &bot)] }),
        json!({ "text": "help", "textFormat": "markdown", "attachments": html("<p>help</p>") }),
    ];
    for (number, shape) in shapes.iter().enumerate() {
        let before = world.seen(ADA, "What you can do here");
        let typed = activity(&world, "message", &format!("typed-{number}"), shape);
        post(&world, &typed).await;
        let newest = ada.chat();
        let newest = newest.last_from_bot().unwrap();
        assert_eq!(
            world.seen(ADA, "What you can do here"),
            before + 1,
            "{shape}: {:#?}",
            newest.shown()
        );
    }
}

#[actix_web::test]
async fn a_person_may_be_named_by_a_mention() {
    let (world, ada) = ada().await;
    let text = "message <at>Priya Nair</at>";
    let mention = json!({ "text": text, "entities": [mention("Priya Nair", &"29:priya".into())] });
    post(&world, &activity(&world, "message", "mention", &mention)).await;
    let chat = ada.chat();
    let newest = chat.last_from_bot().unwrap();
    assert!(newest.shows("Write to Priya Nair"), "{:#?}", newest.shown());
}

#[actix_web::test]
async fn a_reaction_shows_that_a_card_was_seen_in_either_shape() {
    let (world, ada) = ada().await;
    let old = "1:1HqT7vR2nWx5kLpZ3dYb8sJcG0mFaE4iU6oXyNvKzQtM";
    for (number, reply_to) in [(1, Some(old)), (2, None)] {
        let card = world
            .send(&[mentoring_request(&number.to_string(), ADA.email)])
            .await
            .card(0);
        world.reaches(&card, "delivered").await;
        let message = ada.chat().card_of(&card).unwrap().id.clone();
        let mut liked = json!({ "reactionsAdded": [{ "type": "like" }], "replyToId": message });
        let mut id = format!("reaction-{number}");
        if let Some(reply_to) = reply_to {
            liked["replyToId"] = reply_to.into();
            id.clone_from(&message);
        }
        post(&world, &activity(&world, "messageReaction", &id, &liked)).await;
        world.reaches(&card, "seen").await;
    }
}
