//! Personal values are closed until somebody opens them and says why, and the log says so for ever.

use super::browser::Browser;
use crate::support::{ACME_KEY, ACME_READER, ADA, BOLT_KEY, DORA, World, mentoring_request};

async fn events(world: &World, name: &str) -> Vec<serde_json::Value> {
    let log = world
        .service()
        .store()
        .read_log(events::Position::START, 10_000)
        .await
        .unwrap();
    let found = log.iter().filter(|event| *event.event_type == *name);
    found
        .map(|event| serde_json::from_str(&event.payload).unwrap())
        .collect()
}

#[actix_web::test]
async fn values_are_closed_until_they_are_opened_with_a_reason_and_the_log_has_it_first() {
    let world = World::start().await;
    world.install(ADA).await;
    world.send(&[mentoring_request("1", ADA.email)]).await;
    world.at_rest().await;
    let path = format!("/console/o/acme/person/{}", ADA.id);
    let mut browser = Browser::signed_in(&world, ACME_READER).await;
    let closed = browser.get(&path).await;
    assert!(!closed.shows(ADA.name) && !closed.shows(ADA.email), "{closed:?}");
    assert!(!closed.shows("Would you mentor me?") && closed.shows("mentoring_request/1"));
    let token = closed.hidden("form_token");
    let unsaid = [("form_token", token.clone()), ("reason", " ".to_owned())];
    assert_eq!(browser.send(&format!("{path}/open"), &unsaid).await.status, 400);
    assert_eq!(
        events(&world, "PersonalValuesOpened").await,
        Vec::<serde_json::Value>::new()
    );
    let said = [
        ("form_token", token.clone()),
        ("reason", "ticket 4711".to_owned()),
    ];
    let opened = browser.send(&format!("{path}/open"), &said).await;
    assert_eq!((opened.status, opened.location.as_str()), (303, path.as_str()));
    let recorded = events(&world, "PersonalValuesOpened").await;
    assert_eq!(recorded.len(), 1);
    assert_eq!(recorded[0]["about"], format!("person/{}", ADA.key()));
    assert_eq!(
        (recorded[0]["by"].as_str(), recorded[0]["reason"].as_str()),
        (Some("console:reader"), Some("ticket 4711"))
    );
    let open = browser.get(&path).await;
    assert!(open.shows(ADA.name) && open.shows(ADA.email), "{open:?}");
    assert!(
        open.shows("Would you mentor me?") && open.shows("class=\"ac\""),
        "the card is drawn: {open:?}"
    );
    let mut other = Browser::signed_in(&world, ACME_KEY).await;
    assert!(
        !other.get(&path).await.shows(ADA.email),
        "open to one session alone"
    );
    browser
        .send(&format!("{path}/close"), &[("form_token", token)])
        .await;
    assert!(!browser.get(&path).await.shows(ADA.email));
}

#[actix_web::test]
async fn names_are_looked_through_only_on_the_record() {
    let world = World::start().await;
    world.install(ADA).await;
    let mut browser = Browser::signed_in(&world, ACME_READER).await;
    let page = browser.get("/console/o/acme/find?q=lind").await;
    assert!(
        !page.shows(ADA.id) && page.shows("Look through names"),
        "{page:?}"
    );
    let fields = [
        ("form_token", page.hidden("form_token")),
        ("name", "LIND".to_owned()),
        ("reason", "a call".to_owned()),
    ];
    let found = browser.send("/console/o/acme/find", &fields).await;
    assert!(found.shows(ADA.id) && found.shows(ADA.name), "{found:?}");
    assert_eq!(events(&world, "PersonalValuesOpened").await[0]["about"], "names");
}

#[actix_web::test]
async fn nobody_sees_anything_of_another_organizations_people() {
    let world = World::start().await;
    world.install(DORA).await;
    let mut browser = Browser::signed_in(&world, ACME_KEY).await;
    assert_eq!(
        browser
            .get(&format!("/console/o/acme/person/{}", DORA.id))
            .await
            .status,
        404
    );
    let page = browser
        .get(&format!("/console/o/acme/find?q={}", DORA.email))
        .await;
    assert!(!page.shows(DORA.id), "{page:?}");
    assert!(!browser.get("/console/o/acme/find").await.shows(DORA.id));
    assert!(!browser.get("/console/o/acme/log").await.shows(DORA.id));
    let mut theirs = Browser::signed_in(&world, BOLT_KEY).await;
    assert!(theirs.get("/console/o/bolt/log").await.shows(DORA.id));
}
