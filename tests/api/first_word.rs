//! Language and zone: before the person said a word as the organization tells them for all its people, and then as the
//! person's client does.

use chrono::NaiveTime;
use chrono_tz::Europe::Berlin;
use chronus_teams::sandbox::people::PersonSpec;
use serde_json::json;

use crate::support::{ACME_TENANT, ADA, World, mentoring_request};

/// Somebody for whom a policy installs the app, and whose client tells nothing of itself yet.
fn silent() -> PersonSpec {
    PersonSpec {
        tenant_id: ACME_TENANT.to_owned(),
        aad_object_id: ADA.id.to_owned(),
        name: Some(ADA.name.to_owned()),
        email: Some(ADA.email.to_owned()),
        upn: None,
        guest: false,
        locale: String::new(),
        timezone: String::new(),
        platform: String::new(),
    }
}

#[actix_web::test]
async fn the_welcome_has_the_organizations_language_and_the_first_card_keeps_its_quiet_hours() {
    let mut world = World::start_for(vec![silent()], "").await;
    world.edit_configuration(|text| {
        let own = "locale = \"de-DE\"\ntimezone = \"W. Europe Standard Time\"\nreceipts";
        text.replacen("receipts", own, 1)
            .replace("quiet_hours = \"off\"", "quiet_hours = \"21:00-07:00\"")
    });
    world.restart_service().await;
    world
        .clock
        .advance_to(Berlin, NaiveTime::from_hms_opt(23, 30, 0).unwrap());
    world.install(ADA).await;
    world.at_rest().await;
    assert_eq!(world.seen(ADA, "Willkommen"), 1);

    let card = world.send(&[mentoring_request("1", ADA.email)]).await.card(0);
    let waits = world.reaches(&card, "deferred").await;
    let morning = world
        .clock
        .next(Berlin, NaiveTime::from_hms_opt(7, 0, 0).unwrap());
    assert_eq!(
        (&waits["reason"], &waits["due_at"]),
        (&json!("quiet_hours"), &json!(morning)),
        "{waits}"
    );
}

#[actix_web::test]
async fn a_zone_that_nobody_knows_does_not_wipe_the_one_that_is_known() {
    let mut world = World::start_for(vec![silent()], "").await;
    world.edit_configuration(|text| text.replace("quiet_hours = \"off\"", "quiet_hours = \"21:00-07:00\""));
    world.restart_service().await;
    world
        .clock
        .advance_to(Berlin, NaiveTime::from_hms_opt(23, 30, 0).unwrap());
    let ada = world.install(ADA).await;
    for zone in ["Europe/Berlin", "Mars/X"] {
        let client = serde_json::from_value(json!({ "timezone": zone })).unwrap();
        ada.use_client(client).await.unwrap();
        assert!(ada.say("help").await.unwrap().taken());
        world.at_rest().await;
    }
    let card = world.send(&[mentoring_request("1", ADA.email)]).await.card(0);
    let waits = world.reaches(&card, "deferred").await;
    assert_eq!(waits["reason"], "quiet_hours", "{waits}");
}
