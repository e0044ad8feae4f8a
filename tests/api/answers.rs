//! Answers on their way to Chronus: by webhook, at least once and signed, and in the feed, for ever.

use serde_json::{Value, json};

use crate::support::{ACME_KEY, ACME_READER, ADA, World, mentoring_request, press};

/// Ada accepts this many requests.
async fn accepts(world: &World, numbers: std::ops::RangeInclusive<u32>) {
    let ada = world.client(ADA);
    for number in numbers {
        let request = mentoring_request(&number.to_string(), ADA.email);
        let card = world.send(&[request]).await.card(0);
        world.reaches(&card, "delivered").await;
        assert!(ada.press(press(&card, "Accept")).await.unwrap().taken());
    }
}

fn subjects(events: &[Value]) -> Vec<&str> {
    events
        .iter()
        .map(|event| event["subject"].as_str().unwrap())
        .collect()
}

#[actix_web::test]
async fn each_answer_reaches_the_webhook_once_with_a_genuine_signature() {
    let world = World::start().await;
    world.install(ADA).await;
    accepts(&world, 1..=2).await;
    world.webhook_got(2).await;
    world.at_rest().await;

    let inbox = world.sandbox.inbox("acme");
    assert_eq!((inbox.received.len(), inbox.duplicates, inbox.forged), (2, 0, 0));
    let first = &inbox.received[0];
    assert_eq!(first.body["id"], first.id);
    assert_eq!(first.body["type"], "com.chronus.teams.mentoring_request.accepted");
    assert_eq!(first.body["subject"], "mentoring_request/1");
    assert_eq!(
        first.body["data"]["in_reply_to"],
        json!({ "source": "/chronus/tests", "id": "1" })
    );
    assert_eq!(first.body["data"]["teams_user"]["aad_object_id"], ADA.id);
    assert_eq!(first.body["data"]["member_id"], "m-ada-acme.example");
}

#[actix_web::test]
async fn an_answer_that_the_webhook_refuses_at_first_is_handed_over_later() {
    let world = World::start().await;
    world.install(ADA).await;
    world.fail_webhook(503, 2).await;
    accepts(&world, 1..=1).await;
    world.webhook_got(1).await;
    world.at_rest().await;
    let inbox = world.sandbox.inbox("acme");
    assert_eq!((inbox.received.len(), inbox.failed, inbox.duplicates), (1, 2, 0));
}

#[actix_web::test]
async fn the_feed_holds_every_answer_in_pages_also_after_the_read_models_are_gone() {
    let mut world = World::start().await;
    world.install(ADA).await;
    // More failures than tries: the webhook gives up, the feed does not.
    world.fail_webhook(500, 100).await;
    accepts(&world, 1..=3).await;
    world.at_rest().await;
    assert!(world.sandbox.inbox("acme").received.is_empty());

    for round in ["live", "rebuilt"] {
        let first = world.feed(ACME_READER, "after=0&limit=2").await;
        let events = first["events"].as_array().unwrap();
        assert_eq!(
            subjects(events),
            ["mentoring_request/1", "mentoring_request/2"],
            "{round}"
        );
        assert_eq!(first["more"], true, "{round}");
        let after = first["next"].as_str().unwrap();
        let second = world.feed(ACME_KEY, &format!("after={after}&limit=2")).await;
        let events = second["events"].as_array().unwrap();
        assert_eq!(subjects(events), ["mentoring_request/3"], "{round}");
        let next = second["next"].as_str().unwrap();
        let (position, _log) = next.split_once('-').unwrap();
        assert_eq!(events[0]["sequence"], position, "{round}");
        let by_sequence = world.feed(ACME_KEY, &format!("after={position}")).await;
        assert_eq!(by_sequence["events"], json!([]), "{round}");
        assert_eq!(second["more"], false, "{round}");
        let end = world.feed(ACME_KEY, &format!("after={next}")).await;
        assert_eq!(
            (&end["events"], &end["next"]),
            (&json!([]), &second["next"]),
            "{round}"
        );

        world.stop_service().await;
        world.start_service_without_read_models().await;
        world.at_rest().await;
    }
    let wrong = world.get_as(ACME_KEY, "/v1/responses?after=yesterday").await;
    assert_eq!(wrong.status, 400);
    let misspelt = world.get_as(ACME_KEY, "/v1/responses?afetr=5").await;
    assert_eq!(misspelt.status, 400);
    assert!(
        misspelt.body["detail"]
            .as_str()
            .unwrap()
            .contains("did you mean after?")
    );
    for foreign in ["1000000000", "1-000000000000"] {
        let refused = world
            .get_as(ACME_KEY, &format!("/v1/responses?after={foreign}"))
            .await;
        assert_eq!(refused.status, 409, "{refused:?}");
        assert!(
            refused.body["detail"].as_str().unwrap().contains("after=0"),
            "{refused:?}"
        );
    }
}
