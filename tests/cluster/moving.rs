//! From the embedded store to a cluster: the folder that held the log goes on with its keys, and nothing that was
//! promised before the move is forgotten behind it.

use std::time::Duration;

use kurrent_standin::log::Others;
use serde_json::json;

use crate::nodes::{Node, PATIENCE, World, api_key, email};
use crate::world;

pub(crate) fn request(id: &str) -> String {
    json!({
        "specversion": "1.0", "id": id, "source": "/chronus/moving",
        "type": "com.chronus.mentoring_request.sent", "subject": format!("mentoring_request/{id}"),
        "datacontenttype": "application/json",
        "data": {
            "recipients": [{ "email": email(0, 0) }], "message": "Would you mentor me?",
            "actor": { "member_id": "m-asker", "name": "Priya Nair" },
        },
    })
    .to_string()
}

/// Hands an event over; answers what became of it and the id of its notification.
pub(crate) async fn hand_over(world: &World, node: &Node, id: &str) -> (String, String) {
    let sending = world.http.post(node.url("/v1/events")).bearer_auth(api_key(0));
    let sending = sending.header("content-type", "application/cloudevents+json");
    let answer = sending.body(request(id)).send().await.unwrap();
    assert_eq!(answer.status(), 202);
    let body: serde_json::Value = answer.json().await.unwrap();
    let result = &body["results"][0];
    let notification = &result["notifications"][0]["notification_id"];
    (
        result["status"].as_str().unwrap().to_owned(),
        notification.as_str().unwrap().to_owned(),
    )
}

pub(crate) async fn delivered(world: &World, node: &Node, notification: &str) {
    let mut last = serde_json::Value::Null;
    let waiting = async {
        loop {
            let path = node.url(&format!("/v1/notifications/{notification}"));
            let answer = world.http.get(path).bearer_auth(api_key(0)).send().await.unwrap();
            last = answer.json().await.unwrap_or_default();
            if last["state"] == "delivered" {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let waited = tokio::time::timeout(PATIENCE, waiting).await;
    assert!(waited.is_ok(), "{last:#}");
}

pub(crate) async fn ready(world: &World, node: &Node) {
    let waiting = async {
        while world.http.get(node.url("/readyz")).send().await.unwrap().status() != 200 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let waited = tokio::time::timeout(PATIENCE, waiting).await;
    assert!(waited.is_ok(), "{:#}", world.json(node, "/readyz").await);
}

#[actix_web::test]
async fn a_log_that_moves_to_a_cluster_and_home_again_is_served_from_the_same_folder_and_cards_go_out() {
    let world = world().await;
    // Positions of one log are then in the middle of the other's records, more often than not.
    world.store.others(Others::Links).await.unwrap();
    let node = world.embedded_node("one");

    let running = node.start().await;
    ready(&world, &node).await;
    world.everybody_installs().await;
    let (status, first) = hand_over(&world, &node, "before").await;
    assert_eq!(status, "accepted");
    delivered(&world, &node, &first).await;
    running.terminate().await;

    let said = world.migrate(&node, "sqlite", "kurrentdb").await;
    assert!(said.contains("data.store") && said.contains("/readyz"), "{said}");
    world.use_cluster(&node);
    let running = node.start().await;
    ready(&world, &node).await;
    world.shared(&[&node], &[64]).await;
    // What was done is known, and what comes now arrives.
    delivered(&world, &node, &first).await;
    let (status, again) = hand_over(&world, &node, "before").await;
    assert_eq!((status.as_str(), &again), ("duplicate", &first));
    let (_, second) = hand_over(&world, &node, "after").await;
    delivered(&world, &node, &second).await;
    running.terminate().await;

    let said = world.migrate(&node, "kurrentdb", "sqlite").await;
    assert!(said.contains("take data.store"), "{said}");
    world.use_embedded(&node);
    let running = node.start().await;
    ready(&world, &node).await;
    for notification in [&first, &second] {
        delivered(&world, &node, notification).await;
    }
    let (_, third) = hand_over(&world, &node, "home").await;
    delivered(&world, &node, &third).await;
    running.terminate().await;

    world.run(&node, &["check"]).await;
}
