//! What administrators and support look for over the API: cards by how they stand and whom they are for, people by address, and who
//! had which address when.

use chrono::TimeDelta;
use chronus_teams::sandbox::client::Press;
use chronus_teams::sandbox::people::DirectoryChange;
use events::Clock as _;
use serde_json::{Value, json};

use crate::support::{
    ACME_KEY, ACME_READER, ADA, Answer, BEN, BOLT_KEY, World, example, mentoring_request, pairs, plain, press,
};

async fn cards(world: &World, query: &str) -> Vec<String> {
    let told = world
        .get_as(ACME_READER, &format!("/v1/notifications?{query}"))
        .await;
    assert_eq!(told.status, 200, "{query}: {told:?}");
    let cards = told.body["notifications"].as_array().unwrap().iter();
    cards
        .map(|card| card["id"].as_str().unwrap().to_owned())
        .collect()
}

async fn post(world: &World, key: &str, path: &str, body: Value) -> Answer {
    let request = world.http.post(world.url(path)).bearer_auth(key);
    let request = request.header("content-type", "application/json");
    Answer::of(request.body(body.to_string())).await
}

/// How often values of this were opened, as the audit has it.
async fn opened(world: &World, about: &str) -> usize {
    let audit = world.get_as(ACME_KEY, "/v1/audit").await.body;
    let entries = audit["entries"].as_array().unwrap().iter();
    entries.filter(|entry| entry["about"] == about).count()
}

#[actix_web::test]
async fn cards_are_listed_newest_first_by_what_they_are_and_whom_they_are_for() {
    let world = World::start().await;
    world.install(ADA).await;
    let ada = world.send(&[mentoring_request("1", ADA.email)]).await.card(0);
    world.reaches(&ada, "delivered").await;
    let middle = world.clock.now();
    world.clock.advance(TimeDelta::seconds(1));
    let ben = world.send(&[mentoring_request("2", BEN.email)]).await.card(0);
    let news = world.send(&[plain("3", ADA.email, "News")]).await.card(0);
    world.reaches(&news, "delivered").await;
    world.at_rest().await;

    let (person, moment) = (ADA.id, middle.format("%Y-%m-%dT%H:%M:%S%.3fZ"));
    for (query, expected) in [
        (String::new(), vec![&news, &ben, &ada]),
        ("state=delivered".to_owned(), vec![&news, &ada]),
        ("state=unresolved,delivered".to_owned(), vec![&news, &ben, &ada]),
        ("kind=mentoring_request".to_owned(), vec![&ben, &ada]),
        ("subject=mentoring_request/1".to_owned(), vec![&ada]),
        (format!("person={person}"), vec![&news, &ada]),
        (format!("person={person}&kind=mentoring_request"), vec![&ada]),
        ("member=m-ben-acme.example".to_owned(), vec![&ben]),
        (format!("since={moment}"), vec![&news, &ben]),
        (format!("until={moment}"), vec![&ada]),
        ("state=refused".to_owned(), vec![]),
    ] {
        let expected: Vec<String> = expected.into_iter().cloned().collect();
        assert_eq!(cards(&world, &query).await, expected, "{query}");
    }
    // Page by page it is the same.
    let (mut found, mut after) = (Vec::new(), String::new());
    loop {
        let path = format!("/v1/notifications?limit=1{after}");
        let page = world.get_as(ACME_READER, &path).await.body;
        let ids = page["notifications"].as_array().unwrap().iter();
        found.extend(ids.map(|card| card["id"].as_str().unwrap().to_owned()));
        if page["more"] == false {
            break;
        }
        after = format!("&after={}", page["next"]);
    }
    assert_eq!(found, [news, ben, ada]);
    for wrong in [
        "state=sent",
        "kind=letter",
        "subject=x",
        "since=yesterday",
        "limit=many",
    ] {
        let told = world
            .get_as(ACME_READER, &format!("/v1/notifications?{wrong}"))
            .await;
        assert_eq!(told.status, 400, "{wrong}: {told:?}");
    }
    let theirs = world.get_as(BOLT_KEY, "/v1/notifications").await.body;
    assert_eq!(theirs["notifications"], json!([]));
}

#[actix_web::test]
async fn nobody_finds_out_by_asking_who_answered_anonymously() {
    let world = World::start().await;
    let ada = world.install(ADA).await;
    let mut survey = example("survey.requested", ADA, 1);
    survey["data"]["anonymous"] = true.into();
    survey["data"]["questions"] = json!([{ "id": "q", "kind": "rating", "text": "How is it?" }]);
    let card = world.send(&[survey]).await.card(0);
    world.reaches(&card, "delivered").await;
    let answer = Press {
        inputs: pairs(&[("value", "4")]),
        ..press(&card, "survey.answer")
    };
    assert!(ada.press(answer).await.unwrap().taken());
    world.at_rest().await;
    assert!(ada.press(press(&card, "survey.submit")).await.unwrap().taken());
    world.at_rest().await;
    for state in ["seen", "answered", "seen,answered"] {
        assert_eq!(
            cards(&world, &format!("state={state}")).await,
            Vec::<String>::new(),
            "{state}"
        );
    }
    assert_eq!(cards(&world, "state=delivered").await, [card]);
}

#[actix_web::test]
async fn people_are_found_by_address_member_and_object_id_and_nothing_is_opened_by_that() {
    let world = World::start().await;
    world.install(ADA).await;
    let sent = world.send(&[mentoring_request("1", ADA.email)]).await.card(0);
    world.reaches(&sent, "delivered").await;
    world.at_rest().await;
    for sought in [
        json!({ "address": "ADA@acme.example" }),
        json!({ "member_id": "m-ada-acme.example" }),
        json!({ "aad_object_id": ADA.id }),
    ] {
        let told = post(&world, ACME_READER, "/v1/people/search", sought.clone()).await;
        assert_eq!(told.status, 200, "{sought}: {told:?}");
        let person = &told.body["people"][0];
        assert_eq!(person["teams_user"]["aad_object_id"], ADA.id, "{told:?}");
        assert_eq!(person["links"][0]["member_id"], "m-ada-acme.example", "{told:?}");
        assert!(!told.body.to_string().contains(ADA.email), "{told:?}");
        let theirs = post(&world, BOLT_KEY, "/v1/people/search", sought).await.body;
        assert_eq!(theirs["people"], json!([]));
    }
    for nobody in [
        json!({ "address": "nobody@acme.example" }),
        json!({ "member_id": "m-0" }),
    ] {
        let told = post(&world, ACME_READER, "/v1/people/search", nobody).await;
        assert_eq!((told.status, &told.body["people"]), (200, &json!([])));
    }
    for wrong in [
        json!({}),
        json!({ "address": "" }),
        json!({ "address": "a@b.example", "member_id": "m-1" }),
        json!({ "address": "a".repeat(321) }),
    ] {
        let told = post(&world, ACME_READER, "/v1/people/search", wrong.clone()).await;
        assert_eq!(told.status, 400, "{wrong}: {told:?}");
    }
    let about = format!("person/{}", ADA.key());
    assert_eq!(opened(&world, &about).await, 0);

    // Name and address are told once that is recorded.
    let path = format!("/v1/people/{}", ADA.id);
    let told = world.get_as(ACME_READER, &path).await;
    assert_eq!(
        (&told.body["name"], &told.body["address"]),
        (&json!(ADA.name), &json!(ADA.email)),
        "{told:?}"
    );
    assert_eq!(opened(&world, &about).await, 1);
    for (key, path) in [
        (BOLT_KEY, path),
        (
            ACME_READER,
            "/v1/people/00000000-0000-4000-8000-0000000000ff".to_owned(),
        ),
    ] {
        assert_eq!(world.get_as(key, &path).await.status, 404, "{path}");
    }
}

#[actix_web::test]
async fn who_had_an_address_from_when_to_when_and_on_what_evidence_is_told() {
    const NEW: &str = "ada.lind@acme.example";
    let world = World::start().await;
    world.install(ADA).await;
    let moved = DirectoryChange::Addressed {
        email: Some(NEW.to_owned()),
        upn: Some(ADA.email.to_owned()),
    };
    world.client(ADA).change_directory(moved).await.unwrap();
    world.clock.advance(TimeDelta::hours(25));
    let sent = world.send(&[mentoring_request("1", ADA.email)]).await.card(0);
    world.reaches(&sent, "delivered").await;
    world.at_rest().await;

    let of = async |address: &str| {
        let told = post(
            &world,
            ACME_READER,
            "/v1/addresses/history",
            json!({ "address": address }),
        )
        .await;
        assert_eq!(told.status, 200, "{told:?}");
        told.body["history"].as_array().unwrap().clone()
    };
    let old = of(ADA.email).await;
    let mail: Vec<&Value> = old.iter().filter(|row| row["evidence"] == "email").collect();
    let [mail] = mail.as_slice() else {
        panic!("{old:#?}")
    };
    assert!(mail["from"].is_string() && mail["to"].is_string(), "{mail:#}");
    let upn = old.iter().find(|row| row["evidence"] == "upn").unwrap();
    assert!(upn["to"].is_null() && upn["status"] == "matched", "{upn:#}");
    let new = of(NEW).await;
    assert_eq!((new.len(), &new[0]["evidence"]), (1, &json!("email")), "{new:#?}");

    let path = format!("/v1/people/{}/addresses", ADA.id);
    let told = world.get_as(ACME_READER, &path).await;
    let addresses: Vec<&str> = told.body["history"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["address"].as_str().unwrap())
        .collect();
    assert_eq!(addresses.iter().filter(|one| **one == NEW).count(), 1, "{told:?}");
    assert!(addresses.len() >= 3, "{told:?}");
    assert_eq!(opened(&world, &format!("person/{}", ADA.key())).await, 1);
    let part = world
        .get_as(ACME_READER, &format!("{path}?limit=1&after=1"))
        .await
        .body;
    assert_eq!(
        (
            part["history"].as_array().unwrap().len(),
            &part["more"],
            &part["next"]
        ),
        (1, &json!(true), &json!(2)),
        "{part:#}"
    );
    let theirs = post(
        &world,
        BOLT_KEY,
        "/v1/addresses/history",
        json!({ "address": NEW }),
    )
    .await;
    assert_eq!(theirs.body["history"], json!([]));
}
