//! Keys that are made, replaced and taken back while the service runs.

use chrono::TimeDelta;
use chronus_teams::config::{Authentication, Config, KeyHash};
use chronus_teams::service::TakenSecrets;
use events::Clock as _;
use serde_json::{Value, json};

use crate::support::{
    ACME_KEY, ACME_READER, ADA, APP_SECRET, Answer, BOLT_KEY, WEBHOOK_SECRET, World, plain,
};

const ONE: &str = "00000000-0000-4000-8000-000000000c01";
const TWO: &str = "00000000-0000-4000-8000-000000000c02";

async fn post(world: &World, key: &str, path: &str, body: Value) -> Answer {
    let request = world.http.post(world.url(path)).bearer_auth(key);
    let request = request.header("content-type", "application/json");
    Answer::of(request.body(body.to_string())).await
}

async fn may_read(world: &World, key: &str) -> u16 {
    world.get_as(key, "/v1/tenant").await.status
}

#[actix_web::test]
async fn a_key_is_shown_once_taken_at_once_and_ended_at_once() {
    let mut world = World::start().await;
    let new = json!({ "key_id": ONE, "name": "nightly", "roles": ["read"], "reason": "ticket 7" });
    assert_eq!(
        post(&world, ACME_READER, "/v1/keys", new.clone()).await.status,
        403
    );
    let made = post(&world, ACME_KEY, "/v1/keys", new.clone()).await;
    assert_eq!(made.status, 201, "{made:?}");
    let key = made.body["key"].as_str().unwrap().to_owned();
    assert!(key.starts_with("ctk_acme_"), "{key}");
    assert_eq!(may_read(&world, &key).await, 200);
    assert_eq!(
        post(&world, &key, "/v1/tenant/disable", json!({})).await.status,
        403
    );
    // Sent again it is no second key, and the first is not shown again.
    assert_eq!(post(&world, ACME_KEY, "/v1/keys", new).await.status, 409);

    world.restart_service().await;
    assert_eq!(may_read(&world, &key).await, 200);
    let listed = world.get_as(ACME_KEY, "/v1/keys").await.body;
    let names: Vec<(&str, &str)> = listed["keys"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["name"].as_str().unwrap(), one["from"].as_str().unwrap()))
        .collect();
    assert_eq!(
        names,
        [
            ("all", "configuration"),
            ("reader", "configuration"),
            ("nightly", "api")
        ]
    );
    let nightly = &listed["keys"][2];
    assert!(
        nightly["last_used_at"].is_string() && nightly["made_by"] == "api:all",
        "{nightly:#}"
    );
    assert!(!listed.to_string().contains(&key));

    let revoke = format!("/v1/keys/{ONE}/revoke");
    let why = json!({ "reason": "ticket 8" });
    assert_eq!(post(&world, BOLT_KEY, &revoke, why.clone()).await.status, 403);
    let revoked = post(&world, ACME_KEY, &revoke, why.clone()).await;
    assert_eq!(
        (revoked.status, &revoked.body["changed"]),
        (200, &json!(true)),
        "{revoked:?}"
    );
    assert_eq!(may_read(&world, &key).await, 401);
    let again = post(&world, ACME_KEY, &revoke, why).await;
    assert_eq!(again.body["changed"], false, "{again:?}");
    world.restart_service().await;
    assert_eq!(may_read(&world, &key).await, 401);
    world.is_sound().await;
}

#[actix_web::test]
async fn while_a_key_is_replaced_both_are_taken() {
    let world = World::start().await;
    let end = world.clock.now() + TimeDelta::days(1);
    let new = json!({
        "key_id": ONE, "name": "nightly", "roles": ["read"], "reason": "ticket 7", "expires_at": end,
    });
    let old = post(&world, ACME_KEY, "/v1/keys", new).await.body["key"].clone();
    let order = json!({ "new_key_id": TWO, "overlap_seconds": 600, "reason": "ticket 8" });
    let path = format!("/v1/keys/{ONE}/rotate");
    let made = post(&world, ACME_KEY, &path, order.clone()).await;
    assert_eq!(
        (made.status, &made.body["name"]),
        (201, &json!("nightly")),
        "{made:?}"
    );
    let (old, new) = (old.as_str().unwrap(), made.body["key"].as_str().unwrap());
    assert_eq!(
        (may_read(&world, old).await, may_read(&world, new).await),
        (200, 200)
    );
    assert_eq!(post(&world, ACME_KEY, &path, order).await.status, 409);
    world.clock.advance(TimeDelta::seconds(601));
    // Whatever is changed has the keys looked at, as the clock does by itself within a second.
    let why = json!({ "reason": "ticket 9" });
    let gone = post(&world, ACME_KEY, &format!("/v1/keys/{ONE}/revoke"), why).await;
    assert_eq!(gone.body["changed"], false, "{gone:?}");
    assert_eq!(
        (may_read(&world, old).await, may_read(&world, new).await),
        (401, 200)
    );
}

#[actix_web::test]
async fn what_is_no_key_is_refused_with_its_reason() {
    let world = World::start().await;
    for (wrong, status) in [
        (
            json!({ "key_id": ONE, "name": "two words", "roles": ["read"], "reason": "x" }),
            400,
        ),
        (
            json!({ "key_id": ONE, "name": "all", "roles": ["read"], "reason": "x" }),
            409,
        ),
        (
            json!({ "key_id": ONE, "name": "new", "roles": [], "reason": "x" }),
            400,
        ),
        (
            json!({ "key_id": ONE, "name": "new", "roles": ["owner"], "reason": "x" }),
            400,
        ),
        (json!({ "key_id": ONE, "name": "new", "roles": ["read"] }), 400),
        (json!({ "name": "new", "roles": ["read"], "reason": "x" }), 400),
    ] {
        let answer = post(&world, ACME_KEY, "/v1/keys", wrong.clone()).await;
        assert_eq!(answer.status, status, "{wrong}: {answer:?}");
    }
    let missing = post(
        &world,
        ACME_KEY,
        &format!("/v1/keys/{TWO}/revoke"),
        json!({ "reason": "x" }),
    )
    .await;
    assert_eq!(missing.status, 404);
}

/// What `serve` does on SIGHUP with a configuration that was edited.
fn take_secrets(world: &World, edit: impl Fn(String) -> String) -> TakenSecrets {
    let text = edit(world.configuration());
    let config = Config::from_text(&text, "the edited configuration", []).unwrap();
    let config = config.ready_to_serve(Authentication::Required).unwrap();
    world.service().take_secrets(&config)
}

#[actix_web::test]
async fn secrets_of_the_configuration_change_while_it_runs_and_no_request_fails() {
    const OTHER: &str = "ctk_acme_another-that-may-read";
    let world = World::start_with_responses("[1]").await;
    world.install(ADA).await;
    let nothing = TakenSecrets {
        keys: false,
        webhooks: 0,
        client_secret: false,
    };
    assert_eq!(take_secrets(&world, |text| text), nothing);

    let reader = KeyHash::of(ACME_READER).to_string();
    let other = KeyHash::of(OTHER).to_string();
    let new = "whsec_YS1uZXctc2VjcmV0LXRoYXQtbm9ib2R5LWtub3dz";
    let replaced = format!("secret = \"{new}\", previous_secret = \"{WEBHOOK_SECRET}\"");
    let edited = |text: String| {
        text.replace(&reader, &other)
            .replace(&format!("secret = \"{WEBHOOK_SECRET}\""), &replaced)
            .replace(APP_SECRET, "a-new-client-secret")
    };
    let asking = async {
        let mut statuses = Vec::new();
        for _ in 0..50 {
            statuses.push(may_read(&world, ACME_KEY).await);
        }
        statuses
    };
    let taking = async {
        let all = TakenSecrets {
            keys: true,
            webhooks: 1,
            client_secret: true,
        };
        for round in 0..20 {
            let taken = if round % 2 == 0 {
                take_secrets(&world, edited)
            } else {
                take_secrets(&world, |text| text)
            };
            assert_eq!(taken, all, "round {round}");
            tokio::task::yield_now().await;
        }
    };
    let (statuses, ()) = tokio::join!(asking, taking);
    assert_eq!(statuses, [200; 50]);

    take_secrets(&world, edited);
    assert_eq!(
        (may_read(&world, ACME_READER).await, may_read(&world, OTHER).await),
        (401, 200)
    );
    // The token that serves goes on to its end, and the receiver knows the old signing secret alone: both sign.
    let sent = world.send(&[plain("1", ADA.email, "Still here")]).await;
    world.reaches(&sent.card(0), "delivered").await;
    assert_eq!(world.sandbox.inbox("acme").forged, 0);
}
