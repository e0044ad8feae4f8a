//! Private cards go into the person's own chat and nowhere else, whatever comes from other places, and in whatever
//! order news of that chat arrive.

use chrono::{SecondsFormat, TimeDelta};
use chronus_teams::sandbox::bot::TokenKind;
use events::{Clock as _, Position};
use serde_json::{Value, json};

use crate::support::{ADA, BEN, CLEO, World, mentoring_request, plain, press};

/// An activity of Ada's, made of her install.
fn activity(world: &World, kind: &str, id: &str, seconds: i64) -> Value {
    let chat = world.client(ADA).chat();
    let mut deeds = chat.deeds.values();
    let install = deeds
        .find(|deed| deed.activity["type"] == "installationUpdate")
        .unwrap();
    let mut activity = install.activity.clone();
    let at = world.clock.now() + TimeDelta::seconds(seconds);
    activity["type"] = kind.into();
    activity["id"] = id.into();
    activity["timestamp"] = at.to_rfc3339_opts(SecondsFormat::Millis, true).into();
    activity
}

async fn post(world: &World, activity: &Value) -> Value {
    let answer = world
        .sandbox
        .post_activity(activity.to_string(), TokenKind::Genuine)
        .await
        .unwrap();
    assert_eq!(answer.status, 200, "{activity:#}");
    answer.body.unwrap_or_default()
}

/// Places that are not Ada's own chat with the bot.
fn elsewhere() -> Vec<(Value, Value)> {
    let two = format!("19:{}_{}@unq.gbl.spaces", ADA.id, BEN.id);
    vec![
        (json!({ "conversationType": "personal", "id": two }), json!({})),
        (
            json!({ "id": "19:meeting_xyz@thread.v2" }),
            json!({ "meeting": { "id": "MCMx" } }),
        ),
        (
            json!({ "id": "19:general@thread.tacv2" }),
            json!({ "team": { "id": "19:t" } }),
        ),
        (
            json!({ "conversationType": "personal", "id": "a:1" }),
            json!({ "channel": { "id": "19:c" } }),
        ),
        (json!({ "id": "a:another" }), json!({})),
        (
            json!({ "conversationType": "channel", "id": "19:general@thread.tacv2" }),
            json!({}),
        ),
        (
            json!({ "conversationType": "groupChat", "isGroup": true, "id": "19:g@thread.v2" }),
            json!({}),
        ),
    ]
}

#[actix_web::test]
async fn nothing_that_comes_from_another_place_becomes_the_address_for_private_cards() {
    let world = World::start().await;
    let ada = world.install(ADA).await;
    let first = world.send(&[mentoring_request("first", ADA.email)]).await.card(0);
    world.reaches(&first, "delivered").await;
    for (number, (conversation, told)) in elsewhere().into_iter().enumerate() {
        for (kind, more) in [
            (
                "event",
                json!({ "name": "application/vnd.microsoft.meetingStart", "value": {} }),
            ),
            ("message", json!({ "text": "what we say among us" })),
            ("typing", json!({})),
            (
                "conversationUpdate",
                json!({ "membersRemoved": [{ "id": "29:x" }] }),
            ),
            ("installationUpdate", json!({ "action": "remove" })),
            ("installationUpdate", json!({ "action": "add" })),
            (
                "messageReaction",
                json!({ "replyToId": "1", "reactionsAdded": [{ "type": "like" }] }),
            ),
        ] {
            let mut there = activity(&world, kind, &format!("f:{number}-{kind}-{more}"), 1);
            there.as_object_mut().unwrap().remove("action");
            there
                .as_object_mut()
                .unwrap()
                .extend(more.as_object().unwrap().clone());
            let tenant = there["conversation"]["tenantId"].clone();
            there["conversation"] = conversation.clone();
            there["conversation"]["tenantId"] = tenant;
            there["channelData"].as_object_mut().unwrap().remove("settings");
            there["channelData"]
                .as_object_mut()
                .unwrap()
                .extend(told.as_object().unwrap().clone());
            post(&world, &there).await;
        }
        let next = world
            .send(&[plain(
                &format!("next {number}"),
                ADA.email,
                &format!("Private {number}"),
            )])
            .await;
        world.reaches(&next.card(0), "delivered").await;
        assert_eq!(world.seen(ADA, &format!("Private {number}")), 1);
    }
    world.at_rest().await;
    assert!(ada.chat().installed);
    let log = world
        .service()
        .store()
        .read_log(Position::START, usize::MAX)
        .await
        .unwrap();
    for recorded in log {
        let text = format!("{recorded:?}");
        // As a value of its own: a time of day has it too.
        assert!(!text.contains("\"19:") && !text.contains("a:another"), "{text}");
        assert!(&*recorded.event_type != "AppUninstalled", "{text}");
    }
}

#[actix_web::test]
async fn a_press_in_a_chat_of_two_is_answered_and_the_next_card_goes_to_the_persons_own_chat() {
    let world = World::start().await;
    world.install(ADA).await;
    let card = world.send(&[mentoring_request("1", ADA.email)]).await.card(0);
    world.reaches(&card, "delivered").await;
    let mut there = activity(&world, "invoke", "f:press", 1);
    there.as_object_mut().unwrap().remove("action");
    there["name"] = "adaptiveCard/action".into();
    there["conversation"]["id"] = format!("19:{}_{}@unq.gbl.spaces", ADA.id, BEN.id).into();
    there["channelData"].as_object_mut().unwrap().remove("settings");
    let data = json!({ "notification_id": card });
    there["value"] = json!({
        "trigger": "manual", "action": { "type": "Action.Execute", "verb": "request.accept", "data": data },
    });
    let answer = post(&world, &there).await;
    assert!(
        answer.to_string().contains("You accepted this here"),
        "{answer:#}"
    );
    world.at_rest().await;
    assert_eq!(world.status_of(&card).await["state"], "answered");
    let next = world.send(&[plain("2", ADA.email, "Still here")]).await.card(0);
    world.reaches(&next, "delivered").await;
    assert_eq!(world.seen(ADA, "Still here"), 1);
    // The old card still changes in place.
    assert!(
        world.client(ADA).press(press(&card, "Accept")).await.is_err(),
        "the card in the chat was not updated"
    );
}

#[actix_web::test]
async fn a_chat_that_is_another_persons_is_nobody_elses_address() {
    let world = World::start().await;
    let ada = world.install(ADA).await;
    world.install(BEN).await;
    let ben = world.client(BEN);
    let ben = ben.person();
    for (number, kind) in ["installationUpdate", "message", "conversationUpdate"]
        .into_iter()
        .enumerate()
    {
        let mut claim = activity(&world, kind, &format!("f:claim-{number}"), 1);
        claim["from"] = json!({ "id": ben.user_id, "aadObjectId": BEN.id });
        claim["text"] = "help".into();
        post(&world, &claim).await;
    }
    let shown = ada.chat().messages.len();
    let card = world
        .send(&[plain("1", BEN.email, "For Ben alone")])
        .await
        .card(0);
    world.reaches(&card, "delivered").await;
    assert_eq!(world.seen(BEN, "For Ben alone"), 1);
    assert_eq!(world.seen(ADA, "For Ben alone"), 0);
    assert_eq!(ada.chat().messages.len(), shown);

    // Nor does somebody who was never met begin with it.
    let cleo = world.client(CLEO);
    let cleo = cleo.person();
    let mut claim = activity(&world, "installationUpdate", "f:claim-new", 1);
    claim["from"] = json!({ "id": cleo.user_id, "aadObjectId": CLEO.id });
    post(&world, &claim).await;
    world.at_rest().await;
    assert_eq!(
        ada.chat().messages.len(),
        shown,
        "{:#?}",
        ada.chat().messages.last()
    );
    // The chat is still the one of whoever had it first.
    let card = world
        .send(&[plain("2", ADA.email, "For Ada alone")])
        .await
        .card(0);
    world.reaches(&card, "delivered").await;
}

#[actix_web::test]
async fn a_removal_that_arrives_late_does_not_undo_a_newer_install() {
    let world = World::start().await;
    world.install(ADA).await;
    let newest = activity(&world, "installationUpdate", "f:newest", 60);
    world.clock.advance(TimeDelta::minutes(2));
    post(&world, &newest).await;
    let mut late = newest.clone();
    late["action"] = "remove".into();
    late["id"] = "f:late".into();
    late["timestamp"] = activity(&world, "x", "x", -90)["timestamp"].clone();
    post(&world, &late).await;
    let card = world.send(&[plain("1", ADA.email, "You are here")]).await.card(0);
    world.reaches(&card, "delivered").await;

    let mut removed = activity(&world, "installationUpdate", "f:removed", 0);
    removed["action"] = "remove".into();
    post(&world, &removed).await;
    let card = world.send(&[plain("2", ADA.email, "You are gone")]).await.card(0);
    assert_eq!(world.reaches(&card, "suppressed").await["reason"], "uninstalled");
}

#[actix_web::test]
async fn whoever_is_first_met_by_an_upgrade_of_the_app_is_welcomed() {
    let world = World::start().await;
    world.install(ADA).await;
    for (action, who) in [("upgrade", BEN), ("add-upgrade", CLEO)] {
        let client = world.client(who);
        let person = client.person();
        let mut upgrade = activity(&world, "installationUpdate", &format!("f:{action}"), 1);
        upgrade["action"] = action.into();
        upgrade["from"] = json!({ "id": person.user_id, "aadObjectId": who.id });
        upgrade["conversation"]["id"] = person.conversation_id.as_str().into();
        upgrade["channelData"].as_object_mut().unwrap().remove("settings");
        post(&world, &upgrade).await;
        let log = world
            .service()
            .store()
            .read_log(Position::START, usize::MAX)
            .await
            .unwrap();
        let welcomed = |recorded: &events::Recorded| {
            recorded.stream.as_str().contains(who.id)
                && &*recorded.event_type == "NotificationQueued"
                && recorded.payload.contains("\"welcome\"")
        };
        assert!(log.iter().any(welcomed), "{action}");
    }
}

#[actix_web::test]
async fn who_presses_in_a_channel_is_told_in_their_clients_language_where_the_bot_works() {
    let world = World::start().await;
    world.install(ADA).await;
    let mut there = activity(&world, "invoke", "f:press", 1);
    there.as_object_mut().unwrap().remove("action");
    there["name"] = "adaptiveCard/action".into();
    there["conversation"] = json!({ "conversationType": "channel", "id": "19:general@thread.tacv2" });
    there["channelData"]["team"] = json!({ "id": "19:general@thread.tacv2" });
    there["value"] = json!({ "action": { "type": "Action.Execute", "verb": "card.show", "data": {} } });
    for (locale, said) in [
        (
            "pt-BR",
            "Só funciono em um chat pessoal. Abra um chat comigo e digite ajuda.",
        ),
        (
            "xx",
            "I work in a personal chat only. Open a chat with me and type help.",
        ),
    ] {
        there["locale"] = locale.into();
        let answer = post(&world, &there).await;
        assert_eq!(answer["value"], said, "{answer:#}");
    }
}
