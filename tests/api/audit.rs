//! Who did what, when, why and from where.

use events::{Direction, StreamId, Version};
use serde_json::{Value, json};

use crate::support::{ACME_KEY, ACME_READER, ADA, Answer, BOLT_KEY, PATIENCE, World, event};

/// The organization's audit, as its administrators are told it.
async fn audit(world: &World, key: &str) -> Vec<Value> {
    let told = world.get_as(key, "/v1/audit").await;
    assert_eq!(told.status, 200, "{told:?}");
    told.body["entries"].as_array().unwrap().clone()
}

/// Waits until the audit has an entry that `is_so`.
pub(crate) async fn has(world: &World, is_so: impl Fn(&Value) -> bool) -> Value {
    let mut folded = world.service().models().folded();
    let waiting = async {
        loop {
            folded.mark_unchanged();
            if let Some(found) = audit(world, ACME_KEY).await.into_iter().find(&is_so) {
                return found;
            }
            folded.changed().await.unwrap();
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.unwrap()
}

async fn post(world: &World, key: &str, path: &str, body: Value) -> Answer {
    let request = world.http.post(world.url(path)).bearer_auth(key);
    let request = request.header("content-type", "application/json");
    Answer::of(request.body(body.to_string())).await
}

#[actix_web::test]
async fn what_is_done_is_told_with_who_why_and_from_where_and_each_entry_names_the_one_before() {
    let world = World::start().await;
    world.install(ADA).await;
    let told = json!({ "recipients": [{ "member_id": "m-1", "email": ADA.email }] });
    world
        .send(&[event("u-1", "com.chronus.member.upserted", None, told)])
        .await;
    world.at_rest().await;
    assert_eq!(
        post(&world, ACME_KEY, "/v1/tenant/disable", json!({}))
            .await
            .status,
        200
    );
    let word = json!({ "reason": "ticket 7" });
    assert_eq!(
        post(&world, ACME_KEY, "/v1/members/m-1/unlink", word)
            .await
            .status,
        200
    );
    let nobody = json!({ "aad_object_id": "00000000-0000-4000-8000-0000000000ff", "reason": "ticket 8" });
    assert_eq!(
        post(&world, ACME_KEY, "/v1/members/m-1/link", nobody)
            .await
            .status,
        404
    );
    // Twice asked for within a moment is once in the audit.
    for _ in 0..2 {
        assert_eq!(world.get_as(ACME_READER, "/v1/members/m-1").await.status, 200);
    }
    let entries = audit(&world, ACME_KEY).await;
    let acts: Vec<(&str, &Value)> = entries
        .iter()
        .map(|entry| (entry["act"].as_str().unwrap_or("opened"), &entry["failed"]))
        .collect();
    assert_eq!(
        acts,
        [
            ("tenant.disable", &Value::Null),
            ("member.unlink", &Value::Null),
            ("member.link", &Value::Null),
            ("member.link", &json!(404)),
            ("opened", &Value::Null),
            ("audit.read", &Value::Null),
        ],
        "{entries:#?}"
    );
    let (unlinked, opened) = (&entries[1], &entries[4]);
    assert_eq!(
        (
            &unlinked["by"],
            &unlinked["reason"],
            &unlinked["about"],
            &unlinked["from"]
        ),
        (
            &json!("api:all"),
            &json!("ticket 7"),
            &json!("member/m-1"),
            &json!("127.0.0.1")
        )
    );
    assert_eq!(
        (&opened["by"], &opened["about"]),
        (&json!("api:reader"), &json!("member/m-1"))
    );
    assert_eq!(entries[2]["act_id"], entries[3]["act_id"]);
    for two in entries.windows(2) {
        assert_eq!(two[1]["chain"], two[0]["hash"]);
    }
    world.is_sound().await;
}

#[actix_web::test]
async fn who_is_refused_is_told_to_the_organization_whose_key_it_is_and_unknown_keys_to_the_operator() {
    let world = World::start().await;
    assert_eq!(world.get_as(ACME_READER, "/v1/audit").await.status, 403);
    assert_eq!(world.get_as(BOLT_KEY, "/v1/audit").await.status, 403);
    assert_eq!(world.get_as("ctk_acme_nobodys", "/v1/tenant").await.status, 401);
    let refused = has(&world, |entry| entry["event"] == "CallersRefused").await;
    assert_eq!(
        (
            &refused["key"],
            &refused["role"],
            &refused["count"],
            &refused["from"]
        ),
        (
            &json!("reader"),
            &json!("audit"),
            &json!(1),
            &json!(["127.0.0.1"])
        )
    );
    let store = world.service().store();
    let unknown = store
        .read_stream(StreamId::audit_of_service(), Version(1), Direction::Forwards, 10)
        .await
        .unwrap();
    let told: Vec<Value> = unknown
        .iter()
        .map(|event| serde_json::from_str(&event.payload).unwrap())
        .collect();
    assert!(
        told.iter()
            .all(|one| one["key"].is_null() && one["surface"] == "api"),
        "{told:?}"
    );
    let theirs = audit(&world, ACME_KEY).await;
    assert!(theirs.iter().all(|entry| entry["key"] != "all"), "{theirs:#?}");
}

#[actix_web::test]
async fn the_audit_is_told_page_by_page_and_as_lines_for_those_who_collect_them() {
    let world = World::start().await;
    for path in ["/v1/tenant/disable", "/v1/tenant/enable", "/v1/webhook/disable"] {
        assert_eq!(post(&world, ACME_KEY, path, json!({})).await.status, 200);
    }
    let first = world.get_as(ACME_KEY, "/v1/audit?limit=2").await.body;
    assert_eq!(
        (&first["next"], &first["more"]),
        (&json!(2), &json!(true)),
        "{first:#}"
    );
    let second = world.get_as(ACME_KEY, "/v1/audit?limit=2&after=2").await.body;
    assert_eq!(second["entries"][0]["act"], "webhook.disable", "{second:#}");
    for (form, begins) in [("syslog", "<109>1 "), ("ndjson", "{")] {
        let request = world.http.get(world.url(&format!("/v1/audit?format={form}")));
        let text = request
            .bearer_auth(ACME_KEY)
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap();
        assert_eq!(
            text.lines().filter(|line| line.starts_with(begins)).count(),
            4,
            "{text}"
        );
        assert!(text.contains("webhook.disable"), "{text}");
    }
    assert_eq!(world.get_as(ACME_KEY, "/v1/audit?format=xml").await.status, 400);
}
