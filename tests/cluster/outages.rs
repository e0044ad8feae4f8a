//! What all nodes need and none of them is: the store's leader, and the key service.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::load::Load;
use crate::nodes::{Node, PATIENCE, UNHURRIED, World, api_key, email};
use crate::{say, verdict, world};

/// How long nobody leads: longer than any call is tried.
const LEADERLESS: Duration = Duration::from_secs(60);
/// Within what time Chronus has an answer, whatever the store does; Teams waits for 15 s.
const CALLER: Duration = Duration::from_secs(12);
/// Within what time a read model has answered: sooner than any call to the store is given up.
const AT_ONCE: Duration = Duration::from_secs(5);

/// Hands an event with personal content to one node; answers the status and whether it says when to come again.
async fn hand_over(world: &World, node: &Node, id: &str) -> Option<(u16, bool)> {
    let event = event(id);
    let request = world.http.post(node.url("/v1/events")).bearer_auth(api_key(0));
    let request = request
        .timeout(CALLER)
        .header("content-type", "application/cloudevents+json");
    let answer = request.body(event.to_string()).send().await.ok()?;
    let again = answer.headers().contains_key("retry-after");
    Some((answer.status().as_u16(), again))
}

fn event(id: &str) -> Value {
    json!({
        "specversion": "1.0", "id": id, "source": "/chronus/outages",
        "type": "com.chronus.mentoring_request.sent", "subject": format!("mentoring_request/{id}"),
        "datacontenttype": "application/json",
        "data": {
            "recipients": [{ "email": email(0, 0) }], "message": "Would you mentor me?",
            "actor": { "member_id": "m-asker", "name": "Priya Nair" },
        },
    })
}

/// Asks for something; answers the status where it came in time.
async fn ask(world: &World, node: &Node, path: &str, within: Duration) -> Option<u16> {
    let request = world.http.get(node.url(path)).bearer_auth(api_key(0));
    let answer = request.timeout(within).send().await.ok()?;
    Some(answer.status().as_u16())
}

/// Hands the same event to both nodes at the same time, again and again: one accepts it, for the other it is a duplicate.
async fn both_nodes_at_once(world: &World, nodes: [&Node; 2]) {
    for number in 0..20 {
        let id = format!("twice-{number}");
        let answers = nodes.map(|node| async {
            let request = world.http.post(node.url("/v1/events")).bearer_auth(api_key(0));
            let request = request.header("content-type", "application/cloudevents+json");
            let answer = request.body(event(&id).to_string()).send().await.unwrap();
            let answer: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
            answer["results"][0].clone()
        });
        let mut answers = futures_util::future::join_all(answers).await;
        answers.sort_by_key(|answer| answer["status"].to_string());
        let told: Vec<&Value> = answers.iter().map(|answer| &answer["status"]).collect();
        assert_eq!(told, ["accepted", "duplicate"], "{answers:#?}");
        assert_eq!(answers[0]["position"], answers[1]["position"]);
        assert_eq!(answers[0]["notifications"], answers[1]["notifications"]);
    }
}

#[actix_web::test]
async fn two_nodes_take_an_event_once_and_wait_out_a_minute_without_a_leader() {
    let mut world = world().await;
    world.lease_seconds = UNHURRIED;
    let (one, two) = (world.node("one"), world.node("two"));
    let running = [one.start().await, two.start().await];
    world.shared(&[&one, &two], &[32, 32]).await;
    world.everybody_installs().await;
    both_nodes_at_once(&world, [&one, &two]).await;
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
    for path in ["/readyz", "/healthz", "/metrics", "/health", "/v1/webhook"] {
        let answered = ask(&world, &one, path, AT_ONCE).await;
        assert!(answered.is_some(), "{path} was not answered at once");
    }
    assert_eq!(ask(&world, &one, "/v1/reachability", AT_ONCE).await, Some(200));
    // The feed is the log itself.
    let feed = ask(&world, &one, "/v1/responses", CALLER).await;
    assert!(feed.is_some(), "the feed kept its reader waiting");
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
