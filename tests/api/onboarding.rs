//! A customer that comes while the service runs: registered by an operator, linked by a code that is typed in the chat, served at
//! once and after a restart, and unlinked.

use chronus_teams::config::KeyHash;
use chronus_teams::sandbox::chat::Chat;
use chronus_teams::sandbox::client::Client;
use chronus_teams::sandbox::people::PersonSpec;
use events::UserKey;
use serde_json::{Value, json};

use crate::support::{ACME_KEY, ADA, Answer, PATIENCE, World, plain};

const OPERATOR: &str = "ctk_operators_may-register-organizations";
const TENANT: &str = "9d3f6a52-0d4e-4c55-9a0e-5d1c6f2e9c03";
const KEY: &str = "00000000-0000-4000-8000-000000000d01";

fn somebody(tenant: &str, id: &str, email: &str) -> PersonSpec {
    PersonSpec {
        tenant_id: tenant.to_owned(),
        aad_object_id: id.to_owned(),
        name: Some("Eve Moss".to_owned()),
        email: Some(email.to_owned()),
        upn: Some(email.to_owned()),
        guest: false,
        locale: "en-US".to_owned(),
        timezone: "Europe/Berlin".to_owned(),
        platform: "Web".to_owned(),
    }
}

const EVE: &str = "00000000-0000-4000-8000-0000000000e1";
const FAY: &str = "00000000-0000-4000-8000-0000000000f1";

async fn world() -> World {
    let people = vec![
        somebody(ADA.tenant, ADA.id, ADA.email),
        somebody(TENANT, EVE, "eve@core.example"),
        somebody(TENANT, FAY, "fay@core.example"),
    ];
    let mut world = World::start_for(people, "").await;
    world.edit_configuration(|text| {
        let hash = KeyHash::of(OPERATOR);
        format!("{text}\n[[operators]]\nname = \"support\"\nsha256 = \"{hash}\"\n")
    });
    world.restart_service().await;
    world
}

fn client(world: &World, id: &str) -> Client {
    let key = UserKey::parse(format!("{TENANT}/{id}")).unwrap();
    world.sandbox.client(&key).unwrap()
}

fn says(client: &Client, text: &str) -> usize {
    said_in(&client.chat(), text)
}

fn said_in(chat: &Chat, text: &str) -> usize {
    let messages = chat.messages.iter().filter(|message| message.from_bot);
    messages
        .filter(|message| format!("{message:?}").contains(text))
        .count()
}

/// Types something and waits for the sentence that answers it.
async fn types(client: &Client, text: &str, answer: &str) {
    let before = says(client, answer);
    assert!(client.say(text).await.unwrap().taken());
    let told = client
        .wait_for(PATIENCE, |chat| said_in(chat, answer) > before)
        .await;
    assert!(told.is_ok(), "{text}: {:#?}", client.chat().messages);
}

async fn post(world: &World, key: &str, path: &str, body: Value) -> Answer {
    let request = world.http.post(world.url(path)).bearer_auth(key);
    let request = request.header("content-type", "application/json");
    Answer::of(request.body(body.to_string())).await
}

async fn code(world: &World, key: &str, number: u32) -> Answer {
    let id = format!("00000000-0000-4000-8000-00000000{number:04}");
    post(
        world,
        key,
        "/v1/tenant/link-code",
        json!({ "code_id": id, "reason": "ticket 1" }),
    )
    .await
}

#[actix_web::test]
async fn a_customer_is_registered_linked_served_and_unlinked_while_the_service_runs() {
    let mut world = world().await;
    let (eve, fay) = (client(&world, EVE), client(&world, FAY));
    assert!(eve.install().await.unwrap().taken());
    world.at_rest().await;
    assert_eq!(eve.chat().messages.iter().filter(|m| m.from_bot).count(), 0);
    let strangers = world.get_as(OPERATOR, "/v1/unlinked-tenants").await.body;
    let stranger = &strangers["tenants"][0];
    assert_eq!(
        (&stranger["tenant_id"], &stranger["people"]),
        (&json!(TENANT), &json!(1))
    );

    // Who registers, and what.
    let core = json!({ "organization_id": "core", "name": "Core", "key_id": KEY, "reason": "ticket 1" });
    assert_eq!(
        post(&world, ACME_KEY, "/v1/organizations", core.clone())
            .await
            .status,
        403
    );
    assert_eq!(world.get_as(OPERATOR, "/v1/tenant").await.status, 403);
    let registered = post(&world, OPERATOR, "/v1/organizations", core.clone()).await;
    assert_eq!(registered.status, 201, "{registered:?}");
    let key = registered.body["key"].as_str().unwrap().to_owned();
    assert_eq!(
        post(&world, OPERATOR, "/v1/organizations", core).await.status,
        409
    );
    assert_eq!(code(&world, ACME_KEY, 1).await.status, 409, "the configuration's");

    // The code: wrong, of another organization's tenant, right, and again.
    types(&eve, "hello", "not connected to Chronus").await;
    let made = code(&world, &key, 2).await;
    assert_eq!(made.status, 201, "{made:?}");
    let right = made.body["type_this"].as_str().unwrap().to_owned();
    let wrong = format!(
        "{}2222-2222",
        right.strip_suffix(&right[right.len() - 9..]).unwrap()
    );
    types(&eve, &wrong, "not right").await;
    let ada = world.client(ADA);
    ada.install().await.unwrap();
    types(&ada, &right, "another customer").await;
    let standing = world.get_as(&key, "/v1/tenant/link-code").await.body;
    assert_eq!(
        (&standing["state"], &standing["tries_left"]),
        (&json!("open"), &json!(4))
    );
    assert!(!standing.to_string().contains(&right[5..]));
    types(&eve, &right, "connected to Chronus in Teams now").await;
    types(&eve, &right.to_lowercase(), "connected to Chronus in Teams now").await;

    // Served at once, welcomed once, also who comes later and after a restart.
    world.at_rest().await;
    assert_eq!(says(&eve, "Welcome"), 1, "{:#?}", eve.chat().messages);
    let listed = world.get_as(OPERATOR, "/v1/organizations").await.body;
    let listed = listed["organizations"].as_array().unwrap();
    assert!(
        listed
            .iter()
            .any(|one| one["organization_id"] == "core" && one["tenant_id"] == TENANT)
    );
    assert_eq!(
        world.get_as(OPERATOR, "/v1/unlinked-tenants").await.body["tenants"],
        json!([])
    );
    world.restart_service().await;
    fay.install().await.unwrap();
    let sent = world
        .send_as(
            &key,
            &[
                plain("1", "fay@core.example", "First"),
                plain("2", "eve@core.example", "Second"),
            ],
        )
        .await;
    assert_eq!(sent.result(0)["status"], "accepted");
    world.at_rest().await;
    assert_eq!(
        (says(&fay, "First"), says(&eve, "Second"), says(&fay, "Welcome")),
        (1, 1, 1)
    );
    assert_eq!(code(&world, &key, 3).await.status, 409, "linked already");
    let audit = world.get_as(&key, "/v1/audit").await.body;
    assert!(audit.to_string().contains(&format!("teams:{EVE}")), "{audit:#}");

    // Whose addresses count, and what is taken for the zone of whoever told none.
    let set = json!({ "email_domains": ["core.example"], "timezone": "Europe/Paris", "reason": "ticket 2" });
    let path = "/v1/organization/settings";
    assert_eq!(post(&world, &key, path, set.clone()).await.body["changed"], true);
    assert_eq!(post(&world, &key, path, set).await.body["changed"], false);
    let wrong = json!({ "timezone": "Mars/Base", "reason": "ticket 2" });
    assert_eq!(post(&world, &key, path, wrong).await.status, 400);
    let told = world.get_as(&key, "/v1/organization").await.body;
    assert_eq!(
        (&told["timezone"], &told["email_domains"][0]),
        (&json!("Europe/Paris"), &json!("core.example"))
    );
    let sent = world
        .send_as(
            &key,
            &[
                plain("4", "eve@core.example.evil.example", "Astray"),
                plain("5", "eve@core.example", "Inside"),
            ],
        )
        .await;
    assert_eq!(sent.result(0)["warnings"][0]["code"], "address_outside_domains");
    assert!(!sent.result(1).to_string().contains("address_outside_domains"));
    world.at_rest().await;
    assert_eq!((says(&eve, "Astray"), says(&eve, "Inside")), (0, 1));

    // Two cards that can wait came today; a third one waits for the digest.
    let most = json!({ "most_a_day": 2, "reason": "ticket 3" });
    assert_eq!(post(&world, &key, path, most).await.body["changed"], true);
    let sent = world
        .send_as(&key, &[plain("6", "eve@core.example", "One more")])
        .await;
    world.at_rest().await;
    let card = world
        .get_as(&key, &format!("/v1/notifications/{}", sent.card(0)))
        .await
        .body;
    assert_eq!(
        (&card["state"], &card["reason"]),
        (&json!("merged"), &json!("daily_cap"))
    );
    assert_eq!(says(&eve, "One more"), 0);
    let any = json!({ "reason": "ticket 3" });
    assert_eq!(post(&world, &key, path, any).await.body["changed"], true);

    // Unlinked: nothing more is sent, and who types is told.
    let why = json!({ "reason": "ticket 9" });
    let unlinked = post(&world, &key, "/v1/tenant/unlink", why.clone()).await;
    assert_eq!(unlinked.status, 200, "{unlinked:?}");
    assert_eq!(post(&world, &key, "/v1/tenant/unlink", why).await.status, 404);
    world
        .send_as(&key, &[plain("3", "eve@core.example", "Third")])
        .await;
    world.at_rest().await;
    assert_eq!(says(&eve, "Third"), 0);
    types(&eve, &right, "not right").await;
    let again = code(&world, &key, 4).await;
    let again = again.body["code"].as_str().unwrap().to_owned();
    types(&eve, &again, "connected to Chronus in Teams now").await;
    let seen = eve.wait_for(PATIENCE, |chat| said_in(chat, "Third") == 1).await;
    assert!(seen.is_ok(), "{:#?}", eve.chat().messages);
    world.at_rest().await;
}
