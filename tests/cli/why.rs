//! `why`: one sentence with its evidence.

use events::user::{Disconnected, NotificationSuppressed, SuppressedReason};
use events::{StreamId, UserEvent};
use serde_json::Value;

use crate::log::{ada, sample};
use crate::world::{World, stderr, stdout};

fn why(world: &World, arguments: &[&str]) -> String {
    let output = world.run(&[&["why"], arguments].concat());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    stdout(&output)
}

/// The id of the card that the newest event of this type tells of.
fn card_of(world: &World, event: &str) -> String {
    let output = stdout(&world.run(&["replay", "--type", event]));
    let last: Value = serde_json::from_str(output.lines().last().unwrap()).unwrap();
    last["data"]["notification_id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_card_is_explained_by_its_id_or_by_person_and_subject() {
    let world = sample().await;
    let refused = card_of(&world, "NotificationRefused");
    let told = why(&world, &[&refused]);
    assert!(
        told.starts_with("Not sent: Teams refused the card for good (MessageSizeTooBig), since 2 March 2026 09:13:00 UTC (NotificationRefused, event "),
        "{told}"
    );
    let both = why(&world, &["ada", "mentoring_request/1"]);
    assert!(
        both.contains("Sent and answered") && both.contains("Teams refused"),
        "{both}"
    );
    assert_eq!(why(&world, &["t-1/ada", "mentoring_request/1"]), both);
    let json: Value = serde_json::from_str(&why(&world, &[&refused, "--json"])).unwrap();
    assert_eq!(json["state"], "refused");
    assert_eq!(json["evidence"][0]["role"], "decided_by");
}

#[tokio::test]
async fn what_a_person_did_before_is_the_evidence() {
    let mut world = sample().await;
    let card = card_of(&world, "NotificationRefused").parse().unwrap();
    let stream = StreamId::user(&ada());
    world
        .append(stream.clone(), UserEvent::from(Disconnected { at: None }))
        .await;
    let suppressed = NotificationSuppressed {
        notification_id: card,
        reason: SuppressedReason::Disconnected,
    };
    world.append(stream, UserEvent::from(suppressed)).await;
    let told = why(&world, &[&card.to_string()]);
    assert!(
        told.starts_with(
            "Not sent: the person disconnected, since 2 March 2026 09:14:00 UTC (Disconnected, event "
        ),
        "{told}"
    );
    assert!(
        told.contains("; decided on 2 March 2026 09:15:00 UTC (NotificationSuppressed, event "),
        "{told}"
    );
    assert!(
        told.contains("Rule: nothing is sent to whoever cannot or does not want to be reached"),
        "{told}"
    );
}

#[tokio::test]
async fn what_no_log_knows_is_told_so() {
    let world = sample().await;
    for (arguments, told) in [
        (
            &["6f1d2c3b-4a5e-4f60-8b71-92a3b4c5d6e7"][..],
            "no card in this log has the id",
        ),
        (&["ada"], "name a person and a subject"),
        (
            &["ada", "meeting/9"],
            "no card about meeting/9 was ever asked for \"ada\"",
        ),
        (
            &["nobody", "mentoring_request/1"],
            "was ever asked for \"nobody\"",
        ),
    ] {
        let output = world.run(&[&["why"], arguments].concat());
        assert_eq!(output.status.code(), Some(1));
        assert!(stderr(&output).contains(told), "{}", stderr(&output));
    }
}
