//! Announcements that wait for their time, and taking one back.

use chrono::{SecondsFormat, TimeDelta};
use chronus_teams::sandbox::deed::Action;
use events::Clock as _;
use serde_json::{Value, json};

use crate::support::{ACME_KEY, ACME_READER, ADA, Answer, BEN, BOLT_KEY, CLEO, Folk, World, event};

const PUBLISHED: &str = "com.chronus.announcement.published";
const REASON: &str = "ticket 31";

fn announcement(id: &str, subject: Option<&str>, title: &str, to: &[Folk], more: Value) -> Value {
    let recipients: Vec<Value> = to.iter().map(|who| json!({ "email": who.email })).collect();
    let mut data = json!({ "recipients": recipients, "title": title, "body": format!("All about {title}.") });
    for (key, value) in more.as_object().unwrap() {
        data[key] = value.clone();
    }
    event(id, PUBLISHED, subject, data)
}

async fn withdraw(world: &World, key: &str, id: &str, body: Value) -> Answer {
    let path = format!("/v1/announcements/{id}/withdraw");
    let request = world.http.post(world.url(&path)).bearer_auth(key);
    let request = request.header("content-type", "application/json");
    Answer::of(request.body(body.to_string())).await
}

async fn stands(world: &World, id: &str) -> Value {
    let answer = world.get_as(ACME_KEY, &format!("/v1/announcements/{id}")).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body
}

#[actix_web::test]
async fn an_announcement_for_later_waits_over_a_restart_and_comes_at_its_time_unless_it_is_withdrawn() {
    let mut world = World::start().await;
    for who in [ADA, BEN] {
        world.install(who).await;
    }
    let at = world.clock.now() + TimeDelta::hours(2);
    let send_at = at.to_rfc3339_opts(SecondsFormat::Millis, true);
    let later = json!({ "send_at": send_at });
    let sent = world
        .send(&[
            announcement(
                "1",
                Some("announcement/31"),
                "Circles",
                &[ADA, BEN],
                later.clone(),
            ),
            announcement("2", None, "Oops", &[ADA], later),
        ])
        .await;
    let named = sent.result(1)["subject"].as_str().unwrap().to_owned();
    let oops = named.strip_prefix("announcement/").unwrap();
    let card = world.reaches(&sent.card(0), "deferred").await;
    assert_eq!(card["reason"], "scheduled");
    assert_eq!(
        card["due_at"].as_str().map(|due| &due[..19]),
        Some(&send_at[..19])
    );
    assert_eq!(stands(&world, "31").await["state"], "scheduled");
    let listed = world.get_as(ACME_READER, "/v1/announcements").await.body;
    let names: Vec<&str> = listed["announcements"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|one| one["subject"].as_str())
        .collect();
    assert_eq!(names, [named.as_str(), "announcement/31"]);

    let reason = json!({ "reason": REASON });
    let denied = withdraw(&world, ACME_READER, oops, reason.clone()).await;
    assert_eq!(denied.status, 403);
    let missing = withdraw(&world, ACME_KEY, "nothing", reason.clone()).await;
    assert_eq!(missing.status, 404);
    let others = world.get_as(BOLT_KEY, &format!("/v1/announcements/{oops}")).await;
    assert_eq!(others.status, 404, "another organization's does not exist");
    let withdrawn = withdraw(&world, ACME_KEY, oops, reason.clone()).await;
    assert_eq!(withdrawn.status, 200, "{withdrawn:?}");
    let told = &withdrawn.body;
    assert_eq!(
        (&told["changed"], &told["cards"]["dropped"]),
        (&json!(true), &json!(1))
    );
    let again = withdraw(&world, ACME_KEY, oops, reason).await.body;
    assert_eq!(
        (&again["changed"], &again["state"]),
        (&json!(false), &json!("withdrawn"))
    );

    world.restart_service().await;
    world.at_rest().await;
    assert_eq!(world.seen(ADA, "Circles"), 0);
    world.clock.advance(at - world.clock.now());
    world.sees(ADA, "Circles").await;
    world.sees(BEN, "Circles").await;
    world.at_rest().await;
    assert_eq!(world.seen(ADA, "Oops"), 0);
    let is = stands(&world, "31").await;
    assert_eq!(
        (&is["state"], &is["cards"]["in_chat"]),
        (&json!("sent"), &json!(2))
    );
}

#[actix_web::test]
async fn a_mistaken_announcement_is_replaced_where_it_was_sent_dropped_where_not_and_it_is_told_who_saw_it() {
    let world = World::start().await;
    for who in [ADA, BEN] {
        world.install(who).await;
    }
    let to = [ADA, BEN, CLEO];
    world
        .send(&[announcement(
            "1",
            Some("announcement/31"),
            "Layoffs",
            &to,
            json!({}),
        )])
        .await;
    world.sees(BEN, "Layoffs").await;
    let ada = world.client(ADA);
    world.sees(ADA, "Layoffs").await;
    let read = Action::React {
        message: None,
        reaction: "like".to_owned(),
    };
    assert!(ada.act(read, None).await.unwrap().taken());
    world.at_rest().await;

    let body = json!({ "reason": REASON, "mistake": true });
    let withdrawn = withdraw(&world, ACME_KEY, "31", body).await;
    assert_eq!(withdrawn.status, 200, "{withdrawn:?}");

    for who in [ADA, BEN] {
        world.sees(who, "This announcement was taken back").await;
        assert_eq!(world.seen(who, "Layoffs"), 0, "{} sees it still", who.name);
    }
    world.at_rest().await;
    let is = stands(&world, "31").await;
    let cards = &is["cards"];
    let figures = ["all", "replaced", "dropped", "under_way"].map(|name| cards[name].as_u64().unwrap());
    assert_eq!((figures, &is["seen"]), ([3, 2, 1, 0], &json!(1)), "{is:#}");
    let seen = world.get_as(ACME_READER, "/v1/announcements/31/seen").await.body;
    assert_eq!(seen["seen"][0]["aad_object_id"], ADA.id);
    // Whoever comes afterwards hears nothing of it.
    world.install(CLEO).await;
    assert_eq!(world.seen(CLEO, "Layoffs"), 0);
}
