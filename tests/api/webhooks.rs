//! The receiver of answers when it is not well: it is gone, fails for days, asks to be left alone, or has a new secret; and
//! what an operator does about answers that it never took.

use std::time::Duration;

use chrono::TimeDelta;
use events::{Clock as _, SystemClock};
use projections::responses::ResponseState;
use projections::webhooks::Webhook;
use serde_json::{Value, json};

use crate::insight::{shown, value};
use crate::support::{
    ACME_KEY, ACME_READER, ADA, Answer, PATIENCE, WEBHOOK_SECRET, World, mentoring_request, press,
};

const RULES: &str = include_str!("../../deploy/alerts.yml");
const OFF: &str = r#"chronus_teams_webhooks_off{organization="acme"}"#;
const GIVEN_UP: &str = r#"chronus_teams_responses_given_up_total{organization="acme"}"#;

/// Ada accepts another request; answers once her answer is in the feed.
async fn accepts(world: &World, number: usize) {
    let request = mentoring_request(&number.to_string(), ADA.email);
    let card = world.send(&[request]).await.card(0);
    world.reaches(&card, "delivered").await;
    assert!(
        world
            .client(ADA)
            .press(press(&card, "Accept"))
            .await
            .unwrap()
            .taken()
    );
    until(world, "the answer is in the feed", async || {
        world.answers().await.len() == number
    })
    .await;
}

/// Asks again, whenever the log was folded further and now and then, until it is so.
async fn until(world: &World, what: &str, is_so: impl AsyncFn() -> bool) {
    let waiting = async {
        let mut folded = world.service().models().folded();
        while !is_so().await {
            let changed = tokio::time::timeout(Duration::from_millis(50), folded.changed()).await;
            drop(changed);
        }
    };
    let waited = tokio::time::timeout(PATIENCE, waiting).await;
    assert!(waited.is_ok(), "never: {what}: {:?}", receiver(world).await);
}

async fn receiver(world: &World) -> Webhook {
    let webhook = world.service().models().webhook("acme".parse().unwrap()).await;
    webhook.unwrap().unwrap_or(Webhook {
        organization_id: "acme".parse().unwrap(),
        failing_since: None,
        failures: 0,
        rests_until: None,
        off: None,
    })
}

async fn is_off(world: &World) -> bool {
    receiver(world).await.off.is_some()
}

async fn post(world: &World, path: &str, body: Value) -> Answer {
    let request = world.http.post(world.url(path)).bearer_auth(ACME_KEY);
    Answer::of(
        request
            .header("content-type", "application/json")
            .body(body.to_string()),
    )
    .await
}

async fn fail_with(world: &World, failing: Value) {
    let url = format!("{}/sandbox/chronus/acme/fail", world.sandbox.url());
    let request = world.http.post(url).header("content-type", "application/json");
    let answer = Answer::of(request.body(failing.to_string())).await;
    assert!(answer.status < 300, "{answer:?}");
}

/// Received, failed on order, twice.
fn inbox(world: &World) -> (usize, u32, u32) {
    let inbox = world.sandbox.inbox("acme");
    (inbox.received.len(), inbox.failed, inbox.duplicates)
}

async fn given_up(world: &World) -> Vec<Value> {
    let list = world.get_as(ACME_READER, "/v1/responses/given-up").await;
    assert_eq!(list.status, 200, "{list:?}");
    list.body["responses"].as_array().unwrap().clone()
}

#[actix_web::test]
async fn a_receiver_that_is_gone_is_switched_off_and_gets_all_of_it_when_it_is_on_again() {
    let mut world = World::start_with_responses("[3600, 3600]").await;
    world.install(ADA).await;
    world.fail_webhook(410, 1).await;
    accepts(&world, 1).await;
    until(&world, "it is off", async || is_off(&world).await).await;
    // The receiver would take these, and is not asked.
    accepts(&world, 2).await;
    accepts(&world, 3).await;
    assert_eq!(inbox(&world), (0, 1, 0));

    let told = world.get_as(ACME_READER, "/v1/webhook").await.body;
    assert_eq!(
        (&told["enabled"], &told["off_reason"], &told["off_by"]),
        (&json!(false), &json!("gone"), &json!("service")),
        "{told:#}"
    );
    let page = Answer::of(world.http.get(world.url("/health"))).await;
    shown(&world, |metrics| value(metrics, OFF) == Some(1.0)).await;
    let page = [page, Answer::of(world.http.get(world.url("/health"))).await];
    let page = page[1].body.as_str().unwrap();
    assert!(page.contains("the webhook of acme has been off"), "{page}");
    assert!(fires("ChronusTeamsWebhookOff", OFF, 1.0));

    // A start changes nothing of it, and neither does whoever may only read.
    world.restart_service().await;
    assert!(is_off(&world).await);
    let request = world
        .http
        .post(world.url("/v1/webhook/enable"))
        .bearer_auth(ACME_READER);
    assert_eq!(Answer::of(request).await.status, 403);
    assert_eq!(inbox(&world), (0, 1, 0));

    let on = post(&world, "/v1/webhook/enable", json!({})).await;
    assert_eq!((on.status, &on.body["changed"]), (200, &json!(true)));
    world.webhook_got(3).await;
    world.at_rest().await;
    assert_eq!(inbox(&world), (3, 1, 0));
    let again = post(&world, "/v1/webhook/enable", json!({})).await;
    assert_eq!(again.body["changed"], false);
    let told = world.get_as(ACME_READER, "/v1/webhook").await.body;
    assert_eq!(told["enabled"], true, "{told:#}");
    shown(&world, |metrics| value(metrics, OFF) == Some(0.0)).await;
    assert!(!fires("ChronusTeamsWebhookOff", OFF, 0.0));
}

#[actix_web::test]
async fn a_receiver_that_fails_for_days_is_switched_off_and_a_short_outage_is_not() {
    let delays = "[3600, 3600, 3600, 3600, 3600, 3600, 3600, 3600]\noff_after_seconds = 14400";
    let world = World::start_with_responses(delays).await;
    world.install(ADA).await;
    world.fail_webhook(500, 2).await;
    accepts(&world, 1).await;
    let failed = async |times| receiver(&world).await.failures == times;
    until(&world, "it failed once", async || failed(1).await).await;
    world.clock.advance(TimeDelta::hours(2));
    until(&world, "it failed twice", async || failed(2).await).await;
    world.clock.advance(TimeDelta::hours(5));
    world.webhook_got(1).await;
    world.at_rest().await;
    assert_eq!(receiver(&world).await.failing_since, None, "it is well again");

    world.fail_webhook(500, 100).await;
    accepts(&world, 2).await;
    for hour in 1..=5 {
        until(&world, "it was tried", async || failed(hour).await).await;
        assert_eq!(is_off(&world).await, hour == 5, "after {hour} tries");
        world.clock.advance(TimeDelta::hours(1));
    }
    let told = world.get_as(ACME_READER, "/v1/webhook").await.body;
    assert_eq!(told["off_reason"], "failing", "{told:#}");
}

#[actix_web::test]
async fn what_the_receiver_asks_for_holds_for_every_answer_also_over_a_start() {
    let mut world = World::start().await;
    world.install(ADA).await;
    let busy = json!({ "status": 503, "count": 1, "retry_after": 600, "as_date": true });
    fail_with(&world, busy).await;
    accepts(&world, 1).await;
    until(&world, "it asked to be left alone", async || {
        receiver(&world).await.rests_until.is_some()
    })
    .await;
    accepts(&world, 2).await;
    world.clock.advance(TimeDelta::seconds(300));
    accepts(&world, 3).await;
    world.restart_service().await;
    accepts(&world, 4).await;
    assert_eq!(inbox(&world), (0, 1, 0));
    world.clock.advance(TimeDelta::seconds(301));
    world.webhook_got(4).await;
    world.at_rest().await;
    assert_eq!(inbox(&world), (4, 1, 0));
    assert_eq!(receiver(&world).await.rests_until, None);
}

#[actix_web::test]
async fn while_a_secret_is_replaced_both_sign_and_then_the_new_one_alone() {
    let mut world = World::start_with_responses("[1]").await;
    world.install(ADA).await;
    world.edit_configuration(|text| {
        let new = "whsec_YS1uZXctc2VjcmV0LXRoYXQtbm9ib2R5LWtub3dz";
        let until = SystemClock.now() + TimeDelta::hours(1);
        text.replace(
            &format!("secret = \"{WEBHOOK_SECRET}\""),
            &format!(
                "secret = \"{new}\", previous_secret = \"{WEBHOOK_SECRET}\", previous_secret_until = \"{}\"",
                until.to_rfc3339()
            ),
        )
    });
    world.restart_service().await;
    // The receiver knows the old one only.
    accepts(&world, 1).await;
    world.webhook_got(1).await;
    assert_eq!(world.sandbox.inbox("acme").forged, 0);
    world.clock.advance(TimeDelta::hours(2));
    accepts(&world, 2).await;
    until(&world, "it is refused", async || {
        world.sandbox.inbox("acme").forged > 0
    })
    .await;
    assert_eq!(inbox(&world).0, 1);
}

#[actix_web::test]
async fn answers_given_up_are_listed_and_handed_over_by_id_by_time_and_once_for_one_replay() {
    let world = World::start_with_responses("[1]").await;
    world.install(ADA).await;
    world.fail_webhook(500, 6).await;
    for number in 1..=3 {
        accepts(&world, number).await;
    }
    until(&world, "all are given up", async || {
        given_up(&world).await.len() == 3
    })
    .await;
    let listed = given_up(&world).await;
    assert_eq!(
        (&listed[0]["reason"], &listed[0]["attempts"]),
        (&json!("status_500"), &json!(2))
    );
    let metrics = shown(&world, |metrics| value(metrics, GIVEN_UP) == Some(3.0)).await;
    assert!(fires("ChronusTeamsAnswersGivenUp", GIVEN_UP, 3.0), "{metrics}");
    let feed = world.answers().await;
    assert_eq!(feed[1]["id"], listed[1]["id"]);
    let by_reason = world
        .get_as(ACME_READER, "/v1/responses/given-up?reason=timeout")
        .await;
    assert_eq!(by_reason.body["responses"], json!([]));

    let by_id =
        json!({ "replay_id": uuid::Uuid::from_u128(1), "ids": [listed[1]["id"], uuid::Uuid::from_u128(7)] });
    for _ in 0..2 {
        let done = post(&world, "/v1/responses/replay", by_id.clone()).await;
        assert_eq!(
            done.body["replayed"],
            json!({ "requeued": 1, "waiting": 0, "missing": 1 }),
            "{done:?}"
        );
        world.webhook_got(1).await;
        world.at_rest().await;
        assert_eq!(inbox(&world), (1, 6, 0));
    }
    assert_eq!(world.sandbox.inbox("acme").received[0].id, listed[1]["id"]);

    let since = json!({
        "replay_id": uuid::Uuid::from_u128(2),
        "filter": { "since": listed[2]["time"], "kind": "answer" },
    });
    let done = post(&world, "/v1/responses/replay", since).await;
    assert_eq!(done.body["replayed"]["requeued"], 1, "{done:?}");
    world.webhook_got(2).await;
    world.at_rest().await;
    assert_eq!(given_up(&world).await.len(), 1);

    // Chronus lost what it had: everything again, also what was taken.
    let all = json!({ "replay_id": uuid::Uuid::from_u128(3), "filter": { "taken_too": true } });
    let done = post(&world, "/v1/responses/replay", all).await;
    assert_eq!(done.body["replayed"]["requeued"], 3, "{done:?}");
    world.webhook_got(3).await;
    world.at_rest().await;
    assert_eq!(inbox(&world), (3, 6, 2));
    let state = world.service().models();
    for answer in &feed {
        let position = answer["sequence"].as_str().unwrap().parse().unwrap();
        let response = state.response(events::Position(position)).await.unwrap().unwrap();
        assert_eq!(response.state, ResponseState::Delivered);
    }
    for wrong in [
        json!({}),
        json!({ "replay_id": uuid::Uuid::nil(), "ids": [], "filter": {} }),
    ] {
        assert_eq!(post(&world, "/v1/responses/replay", wrong).await.status, 400);
    }
}

#[actix_web::test]
async fn an_answer_whose_webhook_is_off_for_longer_than_it_would_be_tried_is_given_up_and_told() {
    let world = World::start_with_responses("[3600, 3600]").await;
    world.install(ADA).await;
    let off = post(&world, "/v1/webhook/disable", json!({})).await;
    assert_eq!(off.body["changed"], true, "{off:?}");
    until(&world, "it is off", async || is_off(&world).await).await;
    accepts(&world, 1).await;
    assert_eq!(given_up(&world).await, [] as [Value; 0]);
    world.clock.advance(TimeDelta::hours(3));
    until(&world, "it is given up", async || {
        given_up(&world).await.len() == 1
    })
    .await;
    assert_eq!(given_up(&world).await[0]["reason"], "webhook_off");
    assert_eq!(inbox(&world), (0, 0, 0));

    post(&world, "/v1/webhook/enable", json!({})).await;
    let all = json!({ "replay_id": uuid::Uuid::from_u128(3), "filter": {} });
    let done = post(&world, "/v1/responses/replay", all).await;
    assert_eq!(done.body["replayed"]["requeued"], 1, "{done:?}");
    world.webhook_got(1).await;
    world.at_rest().await;
}

/// Whether the alert fires within ten minutes of a series that comes to be with this value, by promtool where it is
/// installed; else whether there is such a rule about the series at all and the value is more than nothing.
pub(crate) fn fires(alert: &str, series: &str, value: f64) -> bool {
    let rule = RULES
        .split("- alert: ")
        .find(|rule| rule.starts_with(alert))
        .unwrap_or_else(|| panic!("no rule {alert}"));
    let name = series.split('{').next().unwrap();
    assert!(rule.contains(name), "{rule}");
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("alerts.yml"), RULES).unwrap();
    let text = format!(
        "rule_files: [alerts.yml]\nevaluation_interval: 1m\ntests:\n- interval: 1m\n  input_series:\n  - series: \
         '{series}'\n    values: '{value}+0x15'\n  promql_expr_test:\n  - expr: \
         count_over_time(ALERTS{{alertname=\"{alert}\",alertstate=\"firing\"}}[10m])\n    eval_time: 10m\n    \
         exp_samples: []\n"
    );
    std::fs::write(folder.path().join("test.yml"), text).unwrap();
    let run = std::process::Command::new("promtool")
        .args(["test", "rules", "test.yml"])
        .current_dir(folder.path())
        .output();
    let Ok(run) = run else {
        return above(rule).any(|threshold| value > threshold);
    };
    let said = String::from_utf8_lossy(&run.stdout).into_owned() + &String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success() || said.contains("got:"), "{said}");
    !run.status.success()
}

/// What the figures of a rule are compared with: how it is judged where promtool is missing.
fn above(rule: &str) -> impl Iterator<Item = f64> {
    let expr = rule.split("labels:").next().unwrap();
    let compared = expr.split(" > ").skip(1);
    compared.filter_map(|rest| rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok())
}
