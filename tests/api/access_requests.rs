//! Somebody asks what is kept about them.

use chrono::{DateTime, Utc};
use chronus_teams::sandbox::client::Press;
use events::Clock as _;
use serde_json::{Value, json};

use crate::support::{ACME_KEY, ACME_READER, ADA, BEN, World, event, pairs, press};

async fn ask(world: &World, key: &str, path: &str, body: &Value) -> reqwest::Response {
    let request = world.http.post(world.url(&format!("/v1/members/{path}")));
    let request = request
        .bearer_auth(key)
        .header("content-type", "application/json");
    request.body(body.to_string()).send().await.unwrap()
}

fn message(id: &str, from: &str, to: Value, text: &str) -> Value {
    let data = json!({
        "recipients": to, "actor": { "member_id": from, "name": from }, "text": text, "title": "A word",
    });
    event(id, "com.chronus.message.sent", Some("thread/7"), data)
}

/// Ada is m-1, Ben m-2; both were told, each wrote to the other.
async fn lived() -> World {
    let world = World::start().await;
    let ada = world.install(ADA).await;
    world.install(BEN).await;
    for (id, member, address) in [("u-1", "m-1", ADA.email), ("u-2", "m-2", BEN.email)] {
        let recipients = json!({ "recipients": [{ "member_id": member, "email": address }] });
        world
            .send(&[event(id, "com.chronus.member.upserted", None, recipients)])
            .await;
    }
    world.at_rest().await;
    let both = json!([{ "member_id": "m-1" }, { "member_id": "m-2" }]);
    let news = json!({ "recipients": both, "title": "The garden opens" });
    let all = json!({ "recipients": "all", "title": "To everybody" });
    world
        .send(&[
            event("news", "com.chronus.something_new.happened", None, news),
            event("all", "com.chronus.announcement.published", None, all),
            message("w-2", "m-1", json!([{ "member_id": "m-2" }]), "Words of Ada"),
        ])
        .await;
    let asked = message("w-1", "m-2", json!([{ "member_id": "m-1" }]), "Words of Ben");
    let asked = world.send(&[asked]).await;
    world.at_rest().await;
    let reply = Press {
        inputs: pairs(&[("text", "An answer in the chat")]),
        ..press(&asked.card(0), "message.reply")
    };
    assert!(ada.press(reply).await.unwrap().taken());
    world.at_rest().await;
    world
}

#[actix_web::test]
async fn who_asks_gets_all_that_is_kept_about_them_and_nothing_that_somebody_else_wrote() {
    let world = lived().await;
    let why = json!({ "reason": "request 119" });
    let path = "m-1/access-request";
    assert_eq!(ask(&world, ACME_READER, path, &why).await.status(), 403);
    let unknown = ask(&world, ACME_KEY, "m-9/access-request", &why).await;
    assert_eq!(unknown.status(), 404);
    assert_eq!(ask(&world, ACME_KEY, path, &json!({})).await.status(), 400);
    let misspelt = format!("{path}?form=page");
    assert_eq!(ask(&world, ACME_KEY, &misspelt, &why).await.status(), 400);

    let answer = ask(&world, ACME_KEY, path, &why).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "application/x-ndjson");
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let text = answer.text().await.unwrap();
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines[0]["member_id"], "m-1");
    assert_eq!(lines.last().unwrap()["events"], lines.len() - 2);
    for theirs in [
        ADA.email,
        "The garden opens",
        "To everybody",
        "Words of Ada",
        "An answer in the chat",
        "ResponseDelivered",
        "NotificationSeen",
    ] {
        assert!(text.contains(theirs), "{theirs}: {text}");
    }
    for others in [BEN.email, "Words of Ben", BEN.id, "\"box\""] {
        assert!(!text.contains(others), "{others}: {text}");
    }
    let news = lines.iter().find(|line| line["data"]["id"] == "news").unwrap();
    assert_eq!(news["data"]["recipients"]["others"], 1, "{news:#}");

    let page = ask(&world, ACME_KEY, &format!("{path}?format=page"), &why).await;
    let media = page.headers()["content-type"].clone();
    let page = page.text().await.unwrap();
    assert_eq!(media, "text/html; charset=utf-8", "{page}");
    assert!(page.contains("An answer in the chat") && page.contains("written by somebody else"));
    assert!(!page.contains("Words of Ben") && page.ends_with("</html>\n"));
    assert_eq!(openings(&world).await, ["request 119", "request 119"]);

    let order = json!({ "erasure_id": "00000000-0000-4000-8000-0000000000e1", "reason": "request 120" });
    assert_eq!(ask(&world, ACME_KEY, "m-1/erase", &order).await.status(), 200);
    world.at_rest().await;
    let left = ask(&world, ACME_KEY, path, &why).await.text().await.unwrap();
    assert!(left.contains("{\"erased\":true}"), "{left}");
    for gone in [ADA.email, "Words of Ada", "An answer in the chat"] {
        assert!(!left.contains(gone), "{gone}: {left}");
    }
    world.is_sound().await;
}

/// Why values were opened, as the log has it.
async fn openings(world: &World) -> Vec<String> {
    let store = world.service().store();
    let events = store.read_log(events::Position::START, 10_000).await.unwrap();
    let opened = events
        .iter()
        .filter(|event| &*event.event_type == "PersonalValuesOpened");
    opened
        .map(|event| {
            let data: Value = serde_json::from_str(&event.payload).unwrap();
            let until: DateTime<Utc> = data["until"].as_str().unwrap().parse().unwrap();
            assert_eq!(
                (&data["about"], until <= world.clock.now()),
                (&json!("member/m-1"), true)
            );
            data["reason"].as_str().unwrap().to_owned()
        })
        .collect()
}
