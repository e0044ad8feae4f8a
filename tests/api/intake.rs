//! `POST /v1/events`: what Chronus hands over, in every form, and what it is told about it.

use serde_json::{Value, json};

use crate::support::{
    ACME_KEY, ACME_READER, ADA, Answer, MAX_BATCH, MAX_BODY, World, event, mentoring_request, plain,
};

const STRUCTURED: &str = "application/cloudevents+json";
const BATCH: &str = "application/cloudevents-batch+json";

#[actix_web::test]
async fn structured_batched_and_binary_events_all_become_cards() {
    let world = World::start().await;
    world.install(ADA).await;

    let structured = plain("1", ADA.email, "One by itself").to_string();
    let structured = world.post_events(Some(ACME_KEY), STRUCTURED, structured).await;
    let batched = world
        .send(&[
            plain("2", ADA.email, "One of two"),
            plain("3", ADA.email, "Two of two"),
        ])
        .await;
    let data = json!({ "recipients": [{ "email": ADA.email }], "title": "In headers" });
    let request = world.http.post(world.url("/v1/events")).bearer_auth(ACME_KEY);
    let request = [
        ("content-type", "application/json"),
        ("ce-specversion", "1.0"),
        ("ce-id", "4"),
        ("ce-source", "/chronus/tests"),
        ("ce-type", "com.chronus.something_new.happened"),
    ]
    .into_iter()
    .fold(request, |request, (name, value)| request.header(name, value));
    let binary = Answer::of(request.body(data.to_string())).await;

    for answer in [&structured, &batched, &binary] {
        assert_eq!(answer.status, 202, "{answer:?}");
        assert_eq!(answer.result(0)["status"], "accepted");
    }
    for card in [
        structured.card(0),
        batched.card(0),
        batched.card(1),
        binary.card(0),
    ] {
        world.reaches(&card, "delivered").await;
    }
    for title in ["One by itself", "One of two", "Two of two", "In headers"] {
        assert_eq!(world.seen(ADA, title), 1, "{title}");
    }
}

#[actix_web::test]
async fn a_bad_event_is_rejected_alone_with_the_place_and_the_reason() {
    let world = World::start().await;
    let mut bad = mentoring_request("bad", ADA.email);
    bad["data"]["recipients"] = json!([{ "email": ADA.email }, { "email": "nowhere" }]);
    let broken = json!({ "specversion": "1.0", "id": "broken" });

    let answer = world
        .send(&[
            plain("1", ADA.email, "T"),
            bad.clone(),
            broken,
            plain("4", ADA.email, "T"),
        ])
        .await;

    assert_eq!(answer.status, 202, "{answer:?}");
    let statuses: Vec<_> = (0..4)
        .map(|index| answer.result(index)["status"].clone())
        .collect();
    assert_eq!(statuses, ["accepted", "rejected", "rejected", "accepted"]);
    let problem = &answer.result(1)["problem"];
    assert_eq!(answer.result(1)["id"], "bad");
    assert_eq!(problem["pointer"], "/data/recipients/1/email");
    let detail = "is no mail address; send one such as priya.nair@acme.example";
    assert_eq!(problem["detail"], detail);
    assert_eq!(answer.result(2)["id"], "broken");

    // Alone it is a refused request, and nothing of it is stored.
    let head = world.head();
    let alone = world.send(&[bad]).await;
    assert_eq!(
        (alone.status, alone.content_type.as_str()),
        (422, "application/problem+json")
    );
    assert_eq!(alone.result(0)["problem"]["pointer"], "/data/recipients/1/email");
    assert_eq!(
        alone.body["detail"],
        format!("the event was not taken: /data/recipients/1/email {detail}")
    );
    assert_eq!(world.head(), head);
}

#[actix_web::test]
async fn an_event_handed_over_again_gets_the_first_answer_and_no_second_card() {
    let mut world = World::start().await;
    world.install(ADA).await;
    let first = world.send(&[plain("1", ADA.email, "Only once")]).await;
    world.reaches(&first.card(0), "delivered").await;

    // At once, twice in one request, with other content, and after a restart.
    let again = world.send(&[plain("1", ADA.email, "Only once")]).await;
    let twice = world
        .send(&[
            plain("1", ADA.email, "Only once"),
            plain("1", ADA.email, "Something else"),
        ])
        .await;
    world.restart_service().await;
    let later = world.send(&[plain("1", ADA.email, "Only once")]).await;

    for (answer, index) in [(&again, 0), (&twice, 0), (&twice, 1), (&later, 0)] {
        let result = answer.result(index);
        assert_eq!(result["status"], "duplicate", "{answer:?}");
        assert_eq!(result["position"], first.result(0)["position"]);
        assert_eq!(result["notifications"], first.result(0)["notifications"]);
    }
    world.at_rest().await;
    assert_eq!(world.seen(ADA, "Only once"), 1);
    assert_eq!(world.seen(ADA, "Something else"), 0);
}

#[actix_web::test]
async fn the_intake_asks_for_a_key_with_the_right_to_hand_over() {
    let world = World::start().await;
    let body = plain("1", ADA.email, "T").to_string();
    let head = world.head();
    for (key, status) in [
        (None, 401),
        (Some("ctk_acme_unknown"), 401),
        (Some(ACME_READER), 403),
    ] {
        let answer = world.post_events(key, STRUCTURED, body.clone()).await;
        assert_eq!(answer.status, status, "{key:?}");
        assert_eq!(answer.content_type, "application/problem+json");
        assert_eq!(answer.body["status"], status);
    }
    let basic = world
        .http
        .post(world.url("/v1/events"))
        .basic_auth("acme", Some(ACME_KEY));
    assert_eq!(Answer::of(basic.body(body)).await.status, 401);
    // The audit may have noted who was refused; nothing else stands there.
    let store = world.service().store();
    let recorded = store.read_log(head, 10).await.unwrap();
    let others: Vec<_> = recorded
        .iter()
        .filter(|event| &*event.event_type != "CallersRefused")
        .collect();
    assert!(others.is_empty(), "{others:?}");
}

#[actix_web::test]
async fn a_request_that_cannot_be_read_is_refused_as_a_whole() {
    let world = World::start().await;
    let head = world.head();
    let many: Vec<Value> = (0..=MAX_BATCH)
        .map(|number| plain(&number.to_string(), ADA.email, "T"))
        .collect();
    let long = plain("1", ADA.email, &"x".repeat(MAX_BODY)).to_string();
    let deep = format!("[{}{}]", "[".repeat(100), "]".repeat(100));
    let one = plain("1", ADA.email, "T").to_string();
    for (media, body, status, kind) in [
        (BATCH, Value::from(many).to_string(), 413, "too-many"),
        (STRUCTURED, long, 413, "too-large"),
        (STRUCTURED, "not JSON".to_owned(), 400, "malformed"),
        (BATCH, one.clone(), 400, "malformed"),
        (BATCH, deep, 422, "rejected"),
        ("text/plain", one.clone(), 400, "malformed"),
        ("application/json", one, 400, "malformed"),
    ] {
        let answer = world.post_events(Some(ACME_KEY), media, body).await;
        assert_eq!(answer.status, status, "{media} {kind}: {answer:?}");
        assert_eq!(answer.body["type"], format!("urn:chronus-teams:problem:{kind}"));
    }
    assert_eq!(world.head(), head);
}

#[actix_web::test]
async fn an_event_just_before_the_install_and_one_just_after_give_the_same_card() {
    let world = World::start().await;
    let before = world.send(&[mentoring_request("before", ADA.email)]).await;
    world.reaches(&before.card(0), "unresolved").await;

    world.install(ADA).await;
    let after = world
        .send(&[mentoring_request("after", &ADA.email.to_uppercase())])
        .await;

    let (before, after) = (before.card(0), after.card(0));
    for card in [&before, &after] {
        world.reaches(card, "delivered").await;
    }
    let chat = world.client(ADA).chat();
    let text = |card: &str| {
        let shown = chat.card_of(card).unwrap().card.as_ref().unwrap().to_string();
        shown.replace(card, "<card>")
    };
    assert_eq!(text(&before), text(&after));
}

#[actix_web::test]
async fn the_read_models_gone_an_old_event_is_still_known() {
    let mut world = World::start().await;
    world.install(ADA).await;
    let first = world.send(&[plain("1", ADA.email, "Only once")]).await;
    world.reaches(&first.card(0), "delivered").await;

    world.stop_service().await;
    world.start_service_without_read_models().await;
    let again = world.send(&[plain("1", ADA.email, "Only once")]).await;

    assert_eq!(again.result(0)["status"], "duplicate");
    assert_eq!(again.result(0)["position"], first.result(0)["position"]);
    world.at_rest().await;
    assert_eq!(world.status_of(&first.card(0)).await["state"], "delivered");
    assert_eq!(world.seen(ADA, "Only once"), 1);
}

#[actix_web::test]
async fn a_member_named_by_another_address_later_is_not_asked_for_twice() {
    let world = World::start().await;
    world.install(ADA).await;
    let data = json!({ "recipients": [{ "email": ADA.email }, { "email": ADA.email.to_uppercase() }], "title": "Twice named" });
    let answer = world
        .send(&[event("1", "com.chronus.news.published", None, data)])
        .await;
    assert_eq!(answer.status, 202, "{answer:?}");
    world.at_rest().await;
    assert_eq!(world.seen(ADA, "Twice named"), 1);
}

#[actix_web::test]
async fn the_same_event_from_many_sides_at_once_is_accepted_once() {
    let world = World::start().await;
    world.install(ADA).await;
    let request = [plain("1", ADA.email, "From many sides")];
    let answers = futures_util::future::join_all((0..12).map(|_| world.send(&request))).await;
    let accepted = answers
        .iter()
        .filter(|answer| answer.result(0)["status"] == "accepted");
    assert_eq!(accepted.count(), 1, "{answers:#?}");
    for answer in &answers {
        assert_eq!(answer.result(0)["position"], answers[0].result(0)["position"]);
        assert_eq!(answer.card(0), answers[0].card(0));
    }
    world.reaches(&answers[0].card(0), "delivered").await;
    world.at_rest().await;
    assert_eq!(world.seen(ADA, "From many sides"), 1);
}

#[actix_web::test]
async fn every_event_of_a_batch_is_told_its_own_place_in_the_log() {
    let world = World::start().await;
    let batch: Vec<Value> = (0..MAX_BATCH)
        .map(|number| plain(&number.to_string(), ADA.email, "T"))
        .collect();
    let first = world.send(&batch).await;
    let positions: Vec<_> = (0..MAX_BATCH)
        .map(|index| first.result(index)["position"].as_u64().unwrap())
        .collect();
    assert!(positions.is_sorted_by(|one, next| one < next), "{positions:?}");

    world.at_rest().await;
    let again = world.send(&batch).await;
    for (index, position) in positions.iter().enumerate() {
        assert_eq!(again.result(index)["status"], "duplicate");
        assert_eq!(again.result(index)["position"], *position);
    }
}

/// A change of a meeting's time, said to have happened at `time`.
fn moved(id: &str, subject: &str, time: &str, starts_at: &str) -> Value {
    let data = json!({ "recipients": [{ "email": ADA.email }], "title": "Kick-off", "starts_at": starts_at });
    let mut moved = event(id, "com.chronus.meeting.moved", Some(subject), data);
    moved["time"] = time.into();
    moved
}

#[actix_web::test]
async fn an_event_older_than_what_is_known_of_its_subject_is_taken_and_told_so_each_time() {
    let mut world = World::start().await;
    let newer = moved("1", "meeting/9", "2026-03-02T08:20:00Z", "2026-12-12T16:00:00Z");
    let older = moved("2", "meeting/9", "2026-03-02T08:10:00Z", "2026-12-11T11:00:00Z");
    let other = moved("3", "meeting/10", "2026-03-02T08:00:00Z", "2026-12-11T11:00:00Z");
    let first = world.send(&[newer.clone(), older.clone(), other]).await;
    let at_once = world.send(std::slice::from_ref(&older)).await;
    world.restart_service().await;
    let later = world.send(&[newer, older]).await;

    let superseded = |answer: &Answer| -> Vec<Value> {
        let results = answer.body["results"].as_array().unwrap();
        results
            .iter()
            .map(|result| result["superseded"].clone())
            .collect()
    };
    assert_eq!(superseded(&first), [Value::Null, json!(true), Value::Null]);
    assert_eq!(superseded(&at_once), [json!(true)]);
    assert_eq!(superseded(&later), [Value::Null, json!(true)]);
    assert_eq!(later.result(1)["status"], "duplicate");
}

#[actix_web::test]
async fn what_has_no_effect_in_an_event_is_told_as_a_warning() {
    let world = World::start().await;
    let mut odd = moved("1", "meeting/9", "2999-01-01T00:00:00Z", "2026-12-12T16:00:00Z");
    odd["data"]["start_at"] = "2026-12-12T16:00:00Z".into();
    odd["data"]["recipients"] = json!([{ "email": ADA.email, "emial": ADA.email }]);
    let answer = world.send(&[odd, plain("2", ADA.email, "T")]).await;
    assert_eq!(answer.status, 202, "{answer:?}");
    let told: Vec<(&str, &str)> = answer.result(0)["warnings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|warning| {
            (
                warning["code"].as_str().unwrap(),
                warning["pointer"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("time_in_future", "/time"),
            ("unknown_field", "/data/recipients/0/emial"),
            ("unknown_field", "/data/start_at"),
        ]
    );
    let detail = &answer.result(0)["warnings"][2]["detail"];
    assert_eq!(
        detail,
        "is not known and has no effect; did you mean \"starts_at\"?"
    );
    // A type of Chronus' own is no fault, but a misspelt one looks the same.
    assert_eq!(
        answer.result(1)["warnings"],
        json!([{
            "code": "unknown_type", "pointer": "/type", "detail": "is not known and shows as a plain card",
        }])
    );
}
