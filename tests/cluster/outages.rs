//! What all nodes need and none of them is: the store's leader, and the key service.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::load::Load;
use crate::nodes::{Node, PATIENCE, UNHURRIED, World, api_key, email};
use crate::{say, verdict, world};

/// How long nobody leads: longer than any call is tried.
const LEADERLESS: Duration = Duration::from_secs(60);
/// How long Teams and Chronus wait for an answer.
const CALLER: Duration = Duration::from_secs(15);

/// Hands an event with personal content to one node; answers the status and whether it says when to come again.
async fn hand_over(world: &World, node: &Node, id: &str) -> Option<(u16, bool)> {
    let event = json!({
        "specversion": "1.0", "id": id, "source": "/chronus/outages",
        "type": "com.chronus.mentoring_request.sent", "subject": format!("mentoring_request/{id}"),
        "datacontenttype": "application/json",
        "data": {
            "recipients": [{ "email": email(0, 0) }], "message": "Would you mentor me?",
            "actor": { "member_id": "m-asker", "name": "Priya Nair" },
        },
    });
    let request = world.http.post(node.url("/v1/events")).bearer_auth(api_key(0));
    let request = request
        .timeout(CALLER)
        .header("content-type", "application/cloudevents+json");
    let answer = request.body(event.to_string()).send().await.ok()?;
    let again = answer.headers().contains_key("retry-after");
    Some((answer.status().as_u16(), again))
}

#[actix_web::test]
async fn a_minute_without_a_leader_is_waited_out_and_no_work_changes_hands() {
    let mut world = world().await;
    world.lease_seconds = UNHURRIED;
    let (one, two) = (world.node("one"), world.node("two"));
    let running = [one.start().await, two.start().await];
    world.shared(&[&one, &two], &[32, 32]).await;
    world.everybody_installs().await;
    let load = Load::start(&world);
    load.reaches(30).await;

    world.store.leaderless(LEADERLESS).await.unwrap();
    let begun = Instant::now();
    // Whoever asks meanwhile is told to come again, and is not kept waiting for the leader.
    let (status, again) = hand_over(&world, &one, "meanwhile")
        .await
        .expect("no answer came");
    let told = begun.elapsed();
    assert_eq!((status, again), (503, true));
    let led = tokio::time::timeout(LEADERLESS + PATIENCE, world.store.led()).await;
    led.unwrap().unwrap();

    let back = Instant::now();
    let before = load.steps();
    load.reaches(before + 30).await;
    world.shared(&[&one, &two], &[32, 32]).await;
    let done = load.finish().await;
    let summary = verdict::hold(&world, &two, &done).await;
    say(&format!(
        "a minute without a leader: told so after {told:?}, 30 more steps {:?} after there was one; {summary}",
        back.elapsed()
    ));
    assert_eq!(summary.expired, 0, "nobody was silent by their own fault");
    for running in running {
        running.terminate().await;
    }
}

#[actix_web::test]
async fn while_the_key_service_is_down_nothing_personal_moves_and_nothing_is_lost() {
    let mut world = world().await;
    world.lease_seconds = UNHURRIED;
    let (one, two) = (world.node("one"), world.node("two"));
    let running = [one.start().await, two.start().await];
    world.shared(&[&one, &two], &[32, 32]).await;
    world.everybody_installs().await;
    let load = Load::start(&world);
    load.reaches(30).await;

    world.kill_key_service();
    let down = Instant::now();
    // Remembered keys serve for a moment; then what is personal is refused.
    let mut tries = 0;
    let refused = async {
        loop {
            tries += 1;
            match hand_over(&world, &one, &format!("down-{tries}")).await {
                Some((202, _)) | None => tokio::time::sleep(Duration::from_millis(100)).await,
                Some((status, again)) => return (status, again),
            }
        }
    };
    let refused = tokio::time::timeout(PATIENCE, refused).await.unwrap();
    let noticed = down.elapsed();
    assert_eq!(refused, (503, true));
    // What needs no key goes on: leases, read models, and questions about what became of cards.
    world.shared(&[&one, &two], &[32, 32]).await;
    let ready: Value = world.json(&one, "/readyz").await;
    assert_eq!(ready["ready"], true, "{ready:#}");
    let report = world
        .http
        .get(one.url("/v1/reachability"))
        .bearer_auth(api_key(0))
        .send()
        .await;
    assert!(report.unwrap().status().is_success());

    world.start_key_service().await;
    let back = Instant::now();
    let before = load.steps();
    load.reaches(before + 30).await;
    let done = load.finish().await;
    let summary = verdict::hold(&world, &two, &done).await;
    say(&format!(
        "key service down: refused after {noticed:?}, 30 more steps {:?} after it was back; {summary}",
        back.elapsed()
    ));
    assert_eq!(summary.expired, 0, "nobody was silent");
    for running in running {
        running.terminate().await;
    }
}
