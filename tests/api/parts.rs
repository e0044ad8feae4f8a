//! Teams switched off for one programme, and on again, while the others go on.

use serde_json::{Value, json};

use crate::support::{ACME_KEY, ACME_READER, ADA, Answer, BEN, CLEO, World, event};

fn news(id: &str, part: (&str, &str), to: &str, title: &str) -> Value {
    let mut data = json!({ "recipients": [{ "email": to }], "title": title });
    data[part.0] = json!({ "name": part.1 });
    event(id, "com.chronus.announcement.published", None, data)
}

async fn post(world: &World, key: &str, path: &str, body: Value) -> Answer {
    let request = world.http.post(world.url(path)).bearer_auth(key);
    let request = request.header("content-type", "application/json");
    Answer::of(request.body(body.to_string())).await
}

#[actix_web::test]
async fn one_programme_is_off_for_everybody_while_the_others_go_on_and_chronus_hears_of_each_card() {
    let world = World::start().await;
    world.install(ADA).await;
    let (spring, pride) = (("program", "Spring 2027"), ("erg", "Pride Network"));
    // It waits for somebody who has not the app.
    let waits = world
        .send(&[news("1", spring, CLEO.email, "Waits")])
        .await
        .card(0);
    let off = |name: &str, is: &str| json!({ name: is, "reason": "pilot" });
    let path = "/v1/switched-off/add";
    let denied = post(&world, ACME_READER, path, off("program", "Spring 2027")).await;
    assert_eq!(denied.status, 403);
    let both = json!({ "program": "a", "erg": "b", "reason": "pilot" });
    assert_eq!(post(&world, ACME_KEY, path, both).await.status, 400);
    for (name, is) in [("program", "spring  2027"), ("erg", "Pride network")] {
        let switched = post(&world, ACME_KEY, path, off(name, is)).await;
        assert_eq!((switched.status, &switched.body["changed"]), (200, &json!(true)));
    }
    let again = post(&world, ACME_KEY, path, off("program", "Spring 2027")).await;
    assert_eq!(again.body["changed"], false);

    let sent = world
        .send(&[
            news("2", spring, ADA.email, "Of spring"),
            news("3", pride, ADA.email, "Of pride"),
            news("4", ("program", "Autumn"), ADA.email, "Of autumn"),
        ])
        .await;
    world.sees(ADA, "Of autumn").await;
    for (card, reason) in [
        (waits.clone(), "programme_off"),
        (sent.card(0), "programme_off"),
        (sent.card(1), "erg_off"),
    ] {
        let status = world.reaches(&card, "unroutable").await;
        assert_eq!(status["reason"], reason);
    }
    world.at_rest().await;
    assert_eq!(world.seen(ADA, "Of spring") + world.seen(ADA, "Of pride"), 0);
    let feed = world.feed(ACME_KEY, "after=0").await;
    let told = feed["events"].as_array().unwrap().iter();
    let undeliverable = told.filter(|one| one["type"] == "com.chronus.teams.notification.undeliverable");
    assert_eq!(undeliverable.count(), 3, "{feed:#}");
    let listed = world.get_as(ACME_READER, "/v1/switched-off").await.body;
    assert_eq!(listed["off"].as_array().unwrap().len(), 2);
    assert_eq!(listed["off"][0]["name"], "Pride network");

    let on = off("program", "Spring 2027");
    let switched = post(&world, ACME_KEY, "/v1/switched-off/remove", on).await;
    assert_eq!(switched.body["changed"], true);
    world.send(&[news("5", spring, ADA.email, "Again")]).await;
    world.sees(ADA, "Again").await;
    world.install(CLEO).await;
    world.install(BEN).await;
    assert_eq!(world.seen(CLEO, "Waits"), 0, "what was dropped stays so");
}
