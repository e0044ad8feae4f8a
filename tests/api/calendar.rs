//! Add to calendar: the button of a meeting leads to an entry at this service, for whoever has the link, until a day
//! after the meeting.

use chrono::TimeDelta;
use serde_json::Value;

use crate::support::{ADA, World, example};

const HERE: &str = "https://teams.acme.example";

/// The path behind the calendar button of a card.
fn calendar_path(card: &Value) -> Option<String> {
    let url = card["url"].as_str().unwrap_or_default();
    if let Some(path) = url.strip_prefix(HERE) {
        return Some(path.to_owned());
    }
    match card {
        Value::Array(items) => items.iter().find_map(calendar_path),
        Value::Object(fields) => fields.values().find_map(calendar_path),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

#[actix_web::test]
async fn a_meeting_leads_to_a_calendar_entry_until_a_day_after_it_and_to_nobody_elses() {
    let mut world = World::start().await;
    world.edit_configuration(|text| {
        text.replacen("[http]", "[http]\npublic_url = \"https://teams.acme.example\"", 1)
    });
    world.restart_service().await;
    let ada = world.install(ADA).await;
    let mut meeting = example("meeting.scheduled", ADA, 1);
    for field in ["calendar_url", "links"] {
        meeting["data"].as_object_mut().unwrap().remove(field);
    }
    world.send(&[meeting.clone()]).await;
    world.at_rest().await;
    let title = meeting["data"]["title"].as_str().unwrap();
    let card = ada.chat().showing(title).unwrap().card.clone().unwrap();
    let path = calendar_path(&card).unwrap();

    let got = world.http.get(world.url(&path)).send().await.unwrap();
    assert_eq!(got.status(), 200);
    assert_eq!(got.headers()["content-type"], "text/calendar; charset=utf-8");
    let entry = got.text().await.unwrap();
    assert!(
        entry.contains(&format!("SUMMARY:{title}")) && entry.contains("DTSTART:"),
        "{entry}"
    );

    let changed = path.replace("/calendar/A", "/calendar/B");
    assert_ne!(changed, path);
    assert_eq!(
        world.http.get(world.url(&changed)).send().await.unwrap().status(),
        404
    );
    world.clock.advance(TimeDelta::days(30));
    assert_eq!(
        world.http.get(world.url(&path)).send().await.unwrap().status(),
        404
    );
}
