//! Tenants and organizations never mix, and a card's data never says who acts.

use chronus_teams::sandbox::bot::TokenKind;
use serde_json::json;

use crate::support::{ACME_KEY, ADA, BEN, BOLT_KEY, DORA, Folk, World, mentoring_request, plain, press};

/// Somebody presses Accept on a card that is not theirs, with data made by hand.
async fn presses_foreign(world: &World, who: Folk, card: &str) -> u16 {
    let chat = world.client(who).chat();
    let mut activity = chat.deeds.values().next().unwrap().activity.clone();
    activity["type"] = "invoke".into();
    activity["name"] = "adaptiveCard/action".into();
    activity["id"] = "f:by-hand".into();
    activity["replyToId"] = chat.last_from_bot().unwrap().id.clone().into();
    let data = json!({ "notification_id": card, "aadObjectId": ADA.id, "tenantId": ADA.tenant });
    activity["value"] = json!({
        "trigger": "manual",
        "action": { "type": "Action.Execute", "verb": "request.accept", "data": data },
    });
    let answer = world
        .sandbox
        .post_activity(activity.to_string(), TokenKind::Genuine)
        .await;
    answer.unwrap().status
}

#[actix_web::test]
async fn an_organization_neither_reads_nor_reaches_what_is_anothers() {
    let world = World::start().await;
    let ada = world.install(ADA).await;
    world.install(DORA).await;
    let card = world.send(&[mentoring_request("1", ADA.email)]).await.card(0);
    world.reaches(&card, "delivered").await;
    ada.press(press(&card, "Accept")).await.unwrap();
    world.webhook_got(1).await;
    world.at_rest().await;

    let path = format!("/v1/notifications/{card}");
    assert_eq!(world.get_as(ACME_KEY, &path).await.status, 200);
    let foreign = world.get_as(BOLT_KEY, &path).await;
    let unknown = world.get_as(BOLT_KEY, "/v1/notifications/nonsense").await;
    assert_eq!((foreign.status, &foreign.body), (404, &unknown.body));
    assert_eq!(world.feed(BOLT_KEY, "after=0").await["events"], json!([]));

    // An address of the other tenant is nobody here, also under the same event id.
    let across = world
        .send_as(BOLT_KEY, &[plain("1", ADA.email, "From elsewhere")])
        .await;
    let home = world
        .send_as(BOLT_KEY, &[plain("2", DORA.email, "From home")])
        .await;
    assert_eq!(across.result(0)["status"], "accepted");
    assert_eq!(home.result(0)["status"], "accepted");
    world.sees(DORA, "From home").await;
    world.at_rest().await;
    assert_eq!(world.seen(ADA, "From elsewhere"), 0);
    let waits = world
        .get_as(BOLT_KEY, &format!("/v1/notifications/{}", across.card(0)))
        .await;
    assert_eq!(
        (&waits.body["state"], &waits.body["reason"]),
        (&json!("unresolved"), &json!("no_mapping"))
    );
}

#[actix_web::test]
async fn a_card_named_by_hand_is_not_answered_by_anybody_but_its_recipient() {
    let world = World::start().await;
    for who in [ADA, BEN, DORA] {
        world.install(who).await;
    }
    let card = world.send(&[mentoring_request("1", ADA.email)]).await.card(0);
    world.reaches(&card, "delivered").await;

    for who in [BEN, DORA] {
        assert_eq!(presses_foreign(&world, who, &card).await, 200, "{}", who.name);
    }

    world.at_rest().await;
    assert_eq!(world.status_of(&card).await["state"], "delivered");
    assert!(world.sandbox.inbox("acme").received.is_empty());
    assert_eq!(world.feed(ACME_KEY, "after=0").await["events"], json!([]));
}
