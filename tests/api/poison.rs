//! What cannot be read ends with a reason that Chronus and the operator see, and what stands behind it goes on.

use serde_json::json;

use crate::support::{ACME_KEY, ADA, Answer, World, mentoring_request, pairs, press};

/// Makes the values that are sealed in the oldest event of this type unreadable; the service must be stopped.
fn spoil(world: &World, event_type: &str) {
    rewrite(world, event_type, "\"box\":\"", "\"box\":\"AAAA");
}

/// Makes them readable again, as a copy of the log that is whole would.
fn mend(world: &World, event_type: &str) {
    rewrite(world, event_type, "\"box\":\"AAAA", "\"box\":\"");
}

fn rewrite(world: &World, event_type: &str, from: &str, to: &str) {
    let log = rusqlite::Connection::open(world.folder().join("events.db")).unwrap();
    let sql = "UPDATE events SET payload = replace(payload, ?2, ?3) WHERE position = \
               (SELECT min(e.position) FROM events e JOIN types t ON t.id = e.type WHERE t.name = ?1)";
    assert_eq!(log.execute(sql, [event_type, from, to]).unwrap(), 1);
}

/// Asks for something to be tried again; answers how many are.
async fn replay(world: &World, path: &str, what: serde_json::Value) -> serde_json::Value {
    let request = world.http.post(world.url(path)).bearer_auth(ACME_KEY);
    let request = request.header("content-type", "application/json");
    let done = Answer::of(request.body(what.to_string())).await;
    assert_eq!(done.status, 200, "{done:?}");
    done.body["replayed"]["requeued"].clone()
}

#[actix_web::test]
async fn an_answer_whose_words_do_not_open_is_handed_over_without_them_and_the_next_ones_follow() {
    let mut world = World::start().await;
    let ada = world.install(ADA).await;
    world.fail_webhook(503, 1_000).await;
    for number in ["1", "2"] {
        let card = world.send(&[mentoring_request(number, ADA.email)]).await.card(0);
        world.reaches(&card, "delivered").await;
        let mut decline = press(&card, "request.decline");
        decline.inputs = pairs(&[("reason", "timing"), ("note", "Next year.")]);
        assert!(ada.press(decline).await.unwrap().taken());
    }
    world.stop_service().await;
    spoil(&world, "RequestDeclined");
    world.start_service().await;
    world.fail_webhook(503, 0).await;

    world.webhook_got(2).await;
    world.at_rest().await;
    let feed = world.feed(ACME_KEY, "after=0").await;
    let data = |index: usize| &feed["events"][index]["data"];
    assert_eq!(
        (&data(0)["unreadable"], data(0).get("note")),
        (&json!(["note"]), None)
    );
    assert_eq!(data(0)["reason"], "timing");
    assert_eq!(
        (&data(1)["note"], data(1).get("unreadable")),
        (&json!("Next year."), None)
    );

    world.stop_service().await;
    mend(&world, "RequestDeclined");
    world.start_service().await;
    let feed = world.feed(ACME_KEY, "after=0").await;
    let data = &feed["events"][0]["data"];
    assert_eq!(
        (&data["note"], data.get("unreadable")),
        (&json!("Next year."), None)
    );
    let all = json!({ "replay_id": uuid::Uuid::from_u128(1), "filter": { "taken_too": true } });
    assert_eq!(replay(&world, "/v1/responses/replay", all).await, 2);
    world.at_rest().await;
}

#[actix_web::test]
async fn a_card_that_cannot_be_read_is_refused_and_the_persons_next_card_arrives() {
    let mut world = World::start().await;
    let first = world.send(&[mentoring_request("1", ADA.email)]).await.card(0);
    let second = world.send(&[mentoring_request("2", ADA.email)]).await.card(0);
    world.stop_service().await;
    spoil(&world, "DomainEventAccepted");
    world.start_service().await;
    world.install(ADA).await;

    world.reaches(&second, "delivered").await;
    let ended = world.reaches(&first, "refused").await;
    assert_eq!(
        (&ended["code"], &ended["reason"]),
        (&json!("content_unreadable"), &json!("permanent"))
    );
    let letters = world.get_as(ACME_KEY, "/v1/dead-letters").await;
    assert_eq!(
        letters.body["dead_letters"][0]["notification_id"], *first,
        "{letters:?}"
    );

    world.stop_service().await;
    mend(&world, "DomainEventAccepted");
    world.start_service().await;
    let again = json!({ "replay_id": uuid::Uuid::from_u128(1), "notification_ids": [first] });
    assert_eq!(replay(&world, "/v1/dead-letters/replay", again).await, 1);
    world.reaches(&first, "delivered").await;
}
