//! What a key with the role `analyst` opens: reports and reasons, of its own organization alone.

use serde_json::json;

use crate::support::{ACME_KEY, ACME_READER, ADA, Answer, BOLT_KEY, World, mentoring_request};

#[actix_web::test]
async fn a_report_is_of_the_keys_organization_and_the_question_in_it_can_be_asked_again() {
    let world = World::start().await;
    world.install(ADA).await;
    let card = world.send(&[mentoring_request("1", ADA.email)]).await.card(0);
    world.reaches(&card, "delivered").await;

    let report = world.get_as(ACME_KEY, "/v1/reports/delivery").await;
    assert_eq!(report.status, 200, "{report:?}");
    let head = &report.body["report"];
    assert_eq!(report.body["tables"][0]["groups"][0]["lines"][0]["count"], 1);
    let path = head["query"].as_str().unwrap();
    assert!(
        path.starts_with("/v1/reports/delivery?organization=acme&"),
        "{path}"
    );
    assert_eq!(world.get_as(ACME_KEY, path).await.body, report.body);

    let theirs = world.get_as(BOLT_KEY, "/v1/reports/delivery").await;
    assert_eq!(theirs.body["tables"][0]["groups"][0]["lines"][0]["count"], 0);
    assert_eq!(world.get_as(BOLT_KEY, path).await.status, 404);
    assert_eq!(world.get_as(ACME_READER, path).await.status, 403);
}

#[actix_web::test]
async fn rows_are_for_whoever_may_read_cards_as_well() {
    let world = World::start().await;
    let new = json!({
        "key_id": "6f1d2c3b-4a5e-4f60-8b71-92a3b4c5d6e7", "name": "figures", "roles": ["analyst"], "reason": "ticket 8",
    });
    let made = world
        .http
        .post(world.url("/v1/keys"))
        .bearer_auth(ACME_KEY)
        .json(&new);
    let made = Answer::of(made).await;
    let key = made.body["key"].as_str().unwrap_or_else(|| panic!("{made:?}"));
    let rows = "/v1/reports/delivery?rows=true";
    assert_eq!(world.get_as(key, "/v1/reports/delivery").await.status, 200);
    let refused = world.get_as(key, rows).await;
    assert_eq!(refused.status, 403, "{refused:?}");
    assert_eq!(world.get_as(ACME_KEY, rows).await.status, 200);
}

#[actix_web::test]
async fn what_cannot_be_asked_is_a_problem_that_says_so() {
    let world = World::start().await;
    for (path, status, told) in [
        ("/v1/reports/delivry", 404, "no such report"),
        (
            "/v1/reports/delivery?small_groups=true",
            400,
            "no parameter \"small_groups\"",
        ),
        ("/v1/reports/delivery?as_of=999999", 400, "not in this log yet"),
        (
            "/v1/reports/delivery?from=2026-04&to=2026-03",
            400,
            "the period is empty",
        ),
        (
            "/v1/reports/delivery?program=none",
            400,
            "no event names the programme",
        ),
        (
            "/v1/reports/delivery?format=pdf",
            400,
            "table, csv, json, html or parquet",
        ),
        ("/v1/why?person=m-1", 400, "name a person"),
        ("/v1/why?person=m-1&subject=meeting/9", 404, "no such card"),
    ] {
        let answer = world.get_as(ACME_KEY, path).await;
        assert_eq!(answer.status, status, "{path}: {answer:?}");
        let detail = answer.body["detail"].as_str().unwrap();
        assert!(detail.contains(told), "{path}: {detail}");
    }
}

#[actix_web::test]
async fn why_a_card_stands_as_it_does_is_told_to_its_organization_alone() {
    let world = World::start().await;
    world.install(ADA).await;
    let card = world.send(&[mentoring_request("1", ADA.email)]).await.card(0);
    world.reaches(&card, "delivered").await;
    let path = format!("/v1/notifications/{card}/why");
    let told = world.get_as(ACME_READER, &path).await;
    assert_eq!(told.status, 200, "{told:?}");
    let sentence = told.body["sentence"].as_str().unwrap();
    assert!(sentence.starts_with("Sent: Teams took it"), "{sentence}");
    assert_eq!(told.body["evidence"][0]["event"], "NotificationDelivered");
    assert_eq!(world.get_as(BOLT_KEY, &path).await.status, 404);
}
