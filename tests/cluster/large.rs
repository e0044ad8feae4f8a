//! What the API takes, a cluster stores: also what is more than the server takes in one append. What it refuses, it refuses
//! with the limit, on a cluster as on the embedded store, and never with 503.

use serde_json::{Value, json};

use crate::moving::ready;
use crate::nodes::{Node, World, api_key};
use crate::world;

fn announcement(id: &str, recipients: usize, body: &str) -> Value {
    let recipients: Vec<Value> = (0..recipients)
        .map(|number| json!({ "member_id": format!("m{number}") }))
        .collect();
    json!({
        "specversion": "1.0", "id": id, "source": "/chronus/large",
        "type": "com.chronus.announcement.published", "subject": format!("announcement/{id}"),
        "datacontenttype": "application/json",
        "data": { "recipients": recipients, "title": "To all", "body": body },
    })
}

/// The status, and the body of the answer.
async fn post(world: &World, node: &Node, kind: &str, body: String) -> (u16, Value) {
    let request = world.http.post(node.url("/v1/events")).bearer_auth(api_key(0));
    let request = request.header("content-type", format!("application/{kind}+json"));
    let answer = request.body(body).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

/// The same; where it is not known within ten seconds, on a machine that others keep busy, once more, as the answer says.
async fn post_until_known(world: &World, node: &Node, kind: &str, body: String) -> Value {
    let mut answered = post(world, node, kind, body.clone()).await;
    for _ in 0..5 {
        if answered.0 == 503 {
            answered = post(world, node, kind, body.clone()).await;
        }
    }
    assert_eq!(answered.0, 202, "{:#}", answered.1);
    answered.1
}

fn is_stored(result: &Value) -> bool {
    result["status"] == "accepted" || result["status"] == "duplicate"
}

async fn is_taken(world: &World, node: &Node) {
    let event = announcement("many", 10_000, "Read this.").to_string();
    let answer = post_until_known(world, node, "cloudevents", event.clone()).await;
    let first = &answer["results"][0];
    assert!(is_stored(first), "{}", first["problem"]);
    assert_eq!(first["notifications"].as_array().unwrap().len(), 10_000);
    let again = post_until_known(world, node, "cloudevents", event).await;
    assert_eq!(again["results"][0]["status"], "duplicate");

    // Many small ones with a big one between them: one request, several appends.
    let long = "x".repeat(1_800);
    let batch: Vec<Value> = (0..400)
        .map(|number| announcement(&format!("batch-{number}"), 1, &long))
        .collect();
    let answer = post_until_known(world, node, "cloudevents-batch", Value::from(batch).to_string()).await;
    let results = answer["results"].as_array().unwrap();
    assert!(results.iter().all(is_stored), "{answer:#}");
}

async fn is_refused(world: &World, node: &Node) {
    let event = announcement("more", 10_001, "Read this.").to_string();
    let (status, answer) = post(world, node, "cloudevents", event).await;
    assert_eq!(status, 422, "{answer:#}");
    let told = answer.to_string();
    assert!(told.contains("10001") && told.contains("10000"), "{told}");
    let event = announcement("long", 1, &"x".repeat(1 << 20)).to_string();
    let (status, answer) = post(world, node, "cloudevents", event).await;
    assert_eq!(status, 413, "{answer:#}");
    assert!(
        answer["detail"].as_str().unwrap().contains("1048576"),
        "{answer:#}"
    );
}

#[actix_web::test]
async fn an_announcement_to_ten_thousand_is_taken_and_what_is_more_is_refused_with_the_limit() {
    let world = world().await;
    let node = world.node("one");
    for embedded in [false, true] {
        if embedded {
            world.use_embedded(&node);
            node.forget();
        } else {
            world.use_cluster(&node);
        }
        let running = node.start().await;
        ready(&world, &node).await;
        is_taken(&world, &node).await;
        is_refused(&world, &node).await;
        running.terminate().await;
    }
}
