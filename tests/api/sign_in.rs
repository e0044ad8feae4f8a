//! People who call the API with a token of their organization's own issuer.

use chrono::TimeDelta;
use events::Clock as _;
use serde_json::{Value, json};

use crate::support::{ACME_KEY, ACME_TENANT, Answer, World};

const AUDIENCE: &str = "api://chronus-teams";

/// The first organization has the sandbox's login as its people's issuer.
fn with_sign_in(text: String) -> String {
    let line = text.lines().find(|line| line.starts_with("login_url"));
    let sandbox = line.unwrap().split('"').nth(1).unwrap().to_owned();
    let section = format!(
        "sign_in = {{ issuer = \"{sandbox}/{ACME_TENANT}/v2.0\", audience = \"{AUDIENCE}\", grants = [ \
         {{ value = \"Chronus.Admin\", roles = [\"admin\"] }}, {{ value = \"Chronus.Read\", roles = [\"read\"] }} ] }}\nreceipts"
    );
    text.replacen("receipts", &section, 1)
}

async fn world() -> World {
    let mut world = World::start().await;
    world.edit_configuration(with_sign_in);
    world.restart_service().await;
    world
}

fn token(world: &World, who: &str, roles: &Value, audience: &str, lives: TimeDelta) -> String {
    let now = world.clock.now();
    let claims = json!({
        "aud": audience, "oid": who, "roles": roles, "nbf": now.timestamp(), "exp": (now + lives).timestamp(),
        "preferred_username": "ada@acme.example",
    });
    world.sandbox.person_token(ACME_TENANT, &claims).unwrap()
}

async fn post(world: &World, token: &str, path: &str) -> Answer {
    Answer::of(world.http.post(world.url(path)).bearer_auth(token)).await
}

#[actix_web::test]
async fn a_person_does_what_their_roles_allow_and_stands_in_the_audit_by_their_object_id() {
    let world = world().await;
    let hour = TimeDelta::hours(1);
    let ada = token(&world, "ada-oid", &json!(["Chronus.Admin"]), AUDIENCE, hour);
    let off = post(&world, &ada, "/v1/tenant/disable").await;
    assert_eq!(off.status, 200, "{off:?}");
    let told = world.get_as(&ada, "/v1/audit").await;
    let entry = &told.body["entries"][0];
    assert_eq!(
        (&entry["act"], &entry["by"]),
        (&json!("tenant.disable"), &json!("person:ada-oid")),
        "{told:?}"
    );
    assert!(!told.body.to_string().contains("ada@acme.example"));

    // Ben may look; somebody without a role may do nothing.
    let ben = token(&world, "ben-oid", &json!("Chronus.Read"), AUDIENCE, hour);
    assert_eq!(world.get_as(&ben, "/v1/tenant").await.status, 200);
    assert_eq!(post(&world, &ben, "/v1/tenant/enable").await.status, 403);
    let nobody = token(&world, "eve-oid", &json!(["Other"]), AUDIENCE, hour);
    assert_eq!(world.get_as(&nobody, "/v1/tenant").await.status, 403);
    crate::audit::has(&world, |entry| entry["key"] == "person:ben-oid").await;
    // Keys are taken as ever.
    assert_eq!(world.get_as(ACME_KEY, "/v1/tenant").await.status, 200);
}

#[actix_web::test]
async fn whoever_has_no_good_token_is_told_why_and_gets_nothing() {
    let world = world().await;
    let hour = TimeDelta::hours(1);
    let admin = json!(["Chronus.Admin"]);
    for (wrong, why) in [
        (token(&world, "a", &admin, "another-api", hour), "for another app"),
        (token(&world, "a", &admin, AUDIENCE, -hour), "expired"),
        (token(&world, "", &admin, AUDIENCE, hour), "who it is for"),
        ("x.y.z".to_owned(), "no signed JWT"),
    ] {
        let refused = world.get_as(&wrong, "/v1/tenant").await;
        assert_eq!(refused.status, 401, "{refused:?}");
        let detail = refused.body["detail"].as_str().unwrap();
        assert!(detail.contains(why), "{detail}");
    }
    // Signed with the issuer's newest key, which nobody asked for yet.
    world.sandbox.rotate_keys().await.unwrap();
    let new = token(&world, "ada-oid", &admin, AUDIENCE, hour);
    assert_eq!(world.get_as(&new, "/v1/tenant").await.status, 200);
}
