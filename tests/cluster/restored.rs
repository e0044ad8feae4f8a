//! The cluster is restored from an older copy, or made anew, behind the service's back.

use std::time::Duration;

use events::lineage::LossAccepted;
use events::store::kurrent::{Address, KurrentOptions, KurrentStore};
use events::{Direction, EventStore as _, LogEvent, StreamId, Version};
use serde_json::Value;

use crate::moving::{delivered, hand_over, ready};
use crate::nodes::{Node, PATIENCE, Running, World, api_key};
use crate::world;

/// The loss that the log speaks of last.
async fn loss_accepted(world: &World) -> LossAccepted {
    let address = Address::parse(&world.store.url()).unwrap();
    let store = KurrentStore::open(address, KurrentOptions::default())
        .await
        .unwrap();
    let log = store.read_stream(StreamId::log(), Version(1), Direction::Forwards, 99);
    let log = log.await.unwrap();
    let mut words = log.iter().rev().map(|word| word.decode().unwrap());
    words
        .find_map(|word| match word {
            LogEvent::LossAccepted(loss) => Some(loss),
            _ => None,
        })
        .unwrap()
}

/// A service with a card delivered.
async fn served(world: &World) -> (Node, Running, String) {
    let node = world.node("one");
    world.use_cluster(&node);
    let running = node.start().await;
    ready(world, &node).await;
    world.everybody_installs().await;
    let (_, card) = hand_over(world, &node, "before").await;
    delivered(world, &node, &card).await;
    (node, running, card)
}

/// The loss is named and refused, accepted by a word, recorded, and the service goes on.
async fn goes_on_by_a_word(world: &World, node: &Node, card: &str) {
    let told = node.refuses_to_start().await;
    assert!(
        told.contains("--accept-loss") && told.contains("have seen the log up to position"),
        "{told}"
    );
    let running = node.start_with(&["--accept-loss"]).await;
    ready(world, node).await;
    let loss = loss_accepted(world).await;
    assert!(
        loss.missing.iter().any(|what| what.contains("keys.db")),
        "{loss:?}"
    );
    assert!(
        loss.gone
            .iter()
            .any(|gone| gone.what == "delivered" && gone.count > 0),
        "{loss:?}"
    );
    assert!(
        loss.may_come_twice.iter().any(|id| id.to_string() == card),
        "{loss:?}"
    );
    // What is handed over again is new to the log.
    let (status, again) = hand_over(world, node, "before").await;
    assert_eq!((status.as_str(), again.as_str()), ("accepted", card));
    running.terminate().await;
}

/// Hands an event over once; answers with which status that was met.
async fn post(world: &World, node: &Node, id: &str) -> u16 {
    let request = world.http.post(node.url("/v1/events")).bearer_auth(api_key(0));
    let request = request.header("content-type", "application/cloudevents+json");
    let answer = request.body(crate::moving::request(id)).send().await.unwrap();
    answer.status().as_u16()
}

#[actix_web::test]
async fn a_cluster_that_is_made_anew_under_a_running_service_stops_it_and_is_told_everywhere() {
    let world = world().await;
    let (node, running, card) = served(&world).await;

    world.store.go_back(0).await.unwrap();
    // From the first event on: none is answered 202 and then goes nowhere.
    assert_eq!(post(&world, &node, "at-once").await, 503);
    let mut last = Value::Null;
    let told = async {
        loop {
            last = world.json(&node, "/readyz").await;
            let reason = last["reason"].as_str().unwrap_or_default();
            if reason.contains("restored from an older copy") {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let waited = tokio::time::timeout(PATIENCE, told).await;
    assert!(waited.is_ok(), "{last:#}");
    assert_eq!(last["ready"], false);
    assert_eq!(
        post(&world, &node, "after").await,
        503,
        "nothing is acknowledged any more"
    );
    let page = world.text(&node, "/health").await;
    assert!(
        page.contains("was restored from an older copy") && !page.contains("All is well"),
        "{page}"
    );
    let metric = async {
        while !world
            .text(&node, "/metrics")
            .await
            .contains("chronus_teams_log_went_back 1")
        {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let waited = tokio::time::timeout(PATIENCE, metric).await;
    assert!(waited.is_ok(), "the metric never told");
    running.terminate().await;

    goes_on_by_a_word(&world, &node, &card).await;
}

#[actix_web::test]
async fn a_cluster_that_is_restored_while_the_service_is_stopped_is_not_served_without_a_word() {
    let world = world().await;
    let node = world.node("one");
    world.use_cluster(&node);
    let running = node.start().await;
    ready(&world, &node).await;
    world.everybody_installs().await;
    // The copy: everybody is greeted, nothing was sent.
    let copied = world.store.records().await.unwrap();
    let (_, card) = hand_over(&world, &node, "before").await;
    delivered(&world, &node, &card).await;
    running.terminate().await;

    world.store.go_back(copied).await.unwrap();
    goes_on_by_a_word(&world, &node, &card).await;
}
