//! Changes that are sent again with their `Idempotency-Key`.

use std::sync::Arc;

use actors::tenant::{self, TenantCommand};
use chrono::TimeDelta;
use chronus_teams::audit;
use chronus_teams::config::KeyHash;
use chronus_teams::http::openapi::document;
use chronus_teams::repeats::state::Ask;
use chronus_teams::repeats::{Repeats, Turn};
use events::{Clock, Direction, OrganizationId, OutboundEvent, Position, StreamId, TenantId, Version};
use serde_json::{Value, json};

use crate::support::{ACME_KEY, ACME_READER, ACME_TENANT, ADA, BOLT_KEY, World, event};

const KEY: &str = "\"8e03978e-40d5-43e8-bc93-6894a57f9324\"";
const ONE: &str = "00000000-0000-4000-8000-000000000c01";

/// Status, whether it was answered before, and the body.
type Told = (u16, bool, Value);

async fn send(world: &World, key: &str, path: &str, once: &str, body: &Value) -> Told {
    let request = world.http.post(world.url(path)).bearer_auth(key);
    let request = request
        .header("content-type", "application/json")
        .header("idempotency-key", once);
    let answer = request.body(body.to_string()).send().await.unwrap();
    let replayed = answer
        .headers()
        .get("idempotent-replayed")
        .is_some_and(|told| told == "true");
    let status = answer.status().as_u16();
    let text = answer.text().await.unwrap();
    (
        status,
        replayed,
        serde_json::from_str(&text).unwrap_or(Value::Null),
    )
}

async fn is_on(world: &World) -> bool {
    world.at_rest().await;
    let tenant = world.get_as(ACME_KEY, "/v1/tenant").await;
    tenant.body["enabled"].as_bool().unwrap()
}

async fn acts(world: &World, act: &str) -> usize {
    let audit = world.get_as(ACME_KEY, "/v1/audit").await.body;
    let entries = audit["entries"].as_array().unwrap().iter();
    entries.filter(|entry| entry["act"] == act).count()
}

#[actix_web::test]
async fn a_change_that_is_sent_again_is_made_once_whatever_was_changed_since_and_across_a_restart() {
    let mut world = World::start().await;
    let off = async |world: &World, once: &str| {
        send(world, ACME_KEY, "/v1/tenant/disable", once, &Value::Null).await
    };
    let first = off(&world, KEY).await;
    assert_eq!(
        (first.0, first.1, &first.2["changed"]),
        (200, false, &json!(true)),
        "{first:?}"
    );
    let on = send(&world, ACME_KEY, "/v1/tenant/enable", "\"other\"", &Value::Null).await;
    assert_eq!((on.0, &on.2["changed"]), (200, &json!(true)), "{on:?}");
    // With the quotes and without them it is one key.
    for once in [KEY, KEY.trim_matches('"')] {
        let again = off(&world, once).await;
        assert_eq!(again, (200, true, first.2.clone()));
    }
    world.restart_service().await;
    assert_eq!(off(&world, KEY).await, (200, true, first.2));
    assert!(
        is_on(&world).await,
        "what somebody said since is not undone by a repeat"
    );
    assert_eq!(acts(&world, "tenant.disable").await, 1);
    world.clock.advance(TimeDelta::hours(24));
    let anew = off(&world, KEY).await;
    assert_eq!(
        (anew.0, anew.1, &anew.2["changed"]),
        (200, false, &json!(true)),
        "{anew:?}"
    );
    assert!(!is_on(&world).await);
    world.is_sound().await;
}

#[actix_web::test]
async fn a_key_is_for_one_request_and_one_organization() {
    let world = World::start().await;
    let why = json!({ "reason": "ticket 7" });
    let first = send(&world, ACME_KEY, "/v1/members/m-1/unlink", KEY, &why).await;
    assert_eq!((first.0, first.1), (404, false), "{first:?}");
    let again = send(&world, ACME_KEY, "/v1/members/m-1/unlink", KEY, &why).await;
    assert_eq!(again, (404, true, first.2));
    for (path, body) in [
        ("/v1/members/m-1/unlink", json!({ "reason": "ticket 8" })),
        ("/v1/members/m-2/unlink", why.clone()),
        ("/v1/tenant/disable", Value::Null),
    ] {
        let other = send(&world, ACME_KEY, path, KEY, &body).await;
        assert_eq!((other.0, other.1), (422, false), "{other:?}");
        assert_eq!(other.2["type"], "urn:chronus-teams:problem:key-of-another");
    }
    for wrong in ["\"\"", "\"a", "a b", "\"a\", \"b\"", &"k".repeat(256)] {
        let told = send(&world, ACME_KEY, "/v1/tenant/disable", wrong, &Value::Null).await;
        assert_eq!(told.0, 400, "{wrong}: {told:?}");
    }
    // Whoever may not change anything leaves nothing behind, and no other organization meets the key.
    for key in [ACME_READER, BOLT_KEY] {
        let told = send(&world, key, "/v1/members/m-1/unlink", KEY, &why).await;
        assert_eq!((told.0, told.1), (403, false), "{told:?}");
    }
    let told = send(
        &world,
        "ctk_acme_unknown",
        "/v1/tenant/disable",
        KEY,
        &Value::Null,
    )
    .await;
    assert_eq!(told.0, 401, "{told:?}");
    assert!(is_on(&world).await);
}

#[actix_web::test]
async fn a_key_of_the_api_is_not_shown_again_and_stands_nowhere() {
    let world = World::start().await;
    let new = json!({ "key_id": ONE, "name": "nightly", "roles": ["read"], "reason": "ticket 7" });
    let made = send(&world, ACME_KEY, "/v1/keys", KEY, &new).await;
    assert_eq!((made.0, made.1), (201, false), "{made:?}");
    let secret = made.2["key"].as_str().unwrap();
    let again = send(&world, ACME_KEY, "/v1/keys", KEY, &new).await;
    assert_eq!((again.0, again.1), (409, true), "{again:?}");
    assert!(again.2["detail"].as_str().unwrap().contains("not shown again"));
    let store = world.service().store();
    let log = store.read_log(Position::START, usize::MAX).await.unwrap();
    assert!(log.iter().all(|event| !event.payload.contains(secret)));
    assert_eq!(world.get_as(secret, "/v1/tenant").await.status, 200);
}

#[actix_web::test]
async fn what_a_killed_process_recorded_is_found_and_not_made_twice() {
    let mut world = World::start().await;
    let (store, clock) = (
        world.service().store(),
        Arc::clone(&world.clock) as Arc<dyn Clock>,
    );
    // Given the mark of a request, which is the same whatever its key,
    let first = send(&world, ACME_KEY, "/v1/tenant/disable", KEY, &Value::Null).await;
    assert_eq!(first.0, 200, "{first:?}");
    let acme = OrganizationId::parse("acme").unwrap();
    let requests = store
        .read_stream(StreamId::requests(&acme), Version(1), Direction::Forwards, 10)
        .await
        .unwrap();
    let OutboundEvent::RequestBegun(begun) = requests[0].decode().unwrap() else {
        panic!("{requests:?}")
    };
    let on = send(&world, ACME_KEY, "/v1/tenant/enable", "\"on\"", &Value::Null).await;
    assert_eq!(on.0, 200, "{on:?}");

    // and a process that makes the same change for another key and is killed before it answers,
    let ask = Ask {
        key: KeyHash::of("killed").to_string(),
        request: begun.request,
    };
    let Turn::Now(claim) = Repeats::new(Arc::clone(&store), Arc::clone(&clock), true)
        .begin(&acme, ask)
        .await
        .unwrap()
    else {
        panic!("it is nobody else's turn")
    };
    let once = claim.once();
    let deed = audit::Deed {
        act: audit::acts::TENANT_OFF,
        by: "api:all".to_owned(),
        ..audit::Deed::default()
    };
    audit::about_to(&*store, &*clock, Some(&acme), deed, Some(once))
        .await
        .unwrap();
    let (tenant, id) = (TenantId::parse(ACME_TENANT).unwrap(), once.id("tenant"));
    let changed = tenant::execute_as(
        &*store,
        &*clock,
        &tenant,
        &TenantCommand::Disable,
        "api:all",
        Some(id),
    )
    .await;
    assert!(changed.unwrap());
    drop((claim, store, clock));
    world.restart_service().await;

    // when somebody switches on again, and the caller of the killed process repeats the request,
    let on = send(&world, ACME_KEY, "/v1/tenant/enable", "\"again\"", &Value::Null).await;
    assert_eq!((on.0, &on.2["changed"]), (200, &json!(true)), "{on:?}");
    let repeated = send(&world, ACME_KEY, "/v1/tenant/disable", "killed", &Value::Null).await;

    // then it is told what was done, and nothing is done again.
    assert_eq!((repeated.0, &repeated.2), (200, &first.2), "{repeated:?}");
    assert!(is_on(&world).await);
    assert_eq!(acts(&world, "tenant.disable").await, 2);
    let again = send(&world, ACME_KEY, "/v1/tenant/disable", "killed", &Value::Null).await;
    assert_eq!(again, (200, true, first.2));
    world.is_sound().await;
}

#[test]
fn the_document_tells_of_every_change_what_a_repeat_gets() {
    let document = document();
    for (path, methods) in document["paths"].as_object().unwrap() {
        let Some(operation) = methods.get("post") else {
            continue;
        };
        let asks = ["/v1/preflight", "/v1/people/search", "/v1/addresses/history"];
        let reads = asks.contains(&path.as_str()) || path.ends_with("/access-request");
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        let header = parameters.filter(|one| one["name"] == "Idempotency-Key").count();
        assert_eq!(header, usize::from(!reads), "{path}");
        let is_known = path == "/v1/events";
        assert_eq!(
            operation["responses"]["409"].is_null() && !reads,
            is_known,
            "{path}"
        );
    }
}

#[actix_web::test]
async fn events_are_known_by_their_ids_and_the_header_does_no_harm() {
    let world = World::start().await;
    let told = json!({ "recipients": [{ "member_id": "m-1", "email": ADA.email }] });
    let batch = json!([event("u-1", "com.chronus.member.upserted", None, told)]);
    for status in ["accepted", "duplicate"] {
        let request = world.http.post(world.url("/v1/events")).bearer_auth(ACME_KEY);
        let request = request
            .header("content-type", "application/cloudevents-batch+json")
            .header("idempotency-key", KEY);
        let answer = request.body(batch.to_string()).send().await.unwrap();
        assert_eq!(answer.status(), 202);
        let told: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        assert_eq!(told["results"][0]["status"], status, "{told}");
    }
}
