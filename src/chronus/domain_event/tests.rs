//! What is rejected and where, and what stands open in a draft.

use std::sync::Arc;

use chrono::DateTime;
use events::sealing::memory::MemoryKeyTable;
use events::{PersonId, Vault};
use serde_json::json;

use super::*;

fn acme() -> OrganizationId {
    OrganizationId::parse("acme").unwrap()
}

fn cloud_event(event_type: &str, subject: Option<&str>, data: Value) -> Event {
    let mut event = json!({ "specversion": "1.0", "id": "1", "source": "/chronus", "type": event_type,
                            "datacontenttype": "application/json", "data": data });
    if let Some(subject) = subject {
        event["subject"] = subject.into();
    }
    serde_json::from_value(event).unwrap()
}

fn pointer(event_type: &str, subject: Option<&str>, data: Value) -> String {
    check(&acme(), cloud_event(event_type, subject, data))
        .unwrap_err()
        .pointer
}

#[test]
fn an_announcement_may_name_a_time_and_has_a_name_in_any_case() {
    let news = "com.chronus.announcement.published";
    let data = |more: Value| {
        let mut data = json!({ "title": "T", "recipients": "all" });
        data.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        data
    };
    let accepted_at = DateTime::parse_from_rfc3339("2026-11-30T09:00:00Z")
        .unwrap()
        .to_utc();
    for (send_at, code) in [
        ("2026-11-30T09:00:00Z", Some("send_at_past")),
        ("2026-11-30T09:00:01Z", None),
        ("2027-12-01T09:00:00Z", None),
        ("2027-12-02T09:00:00Z", Some("send_at_far")),
    ] {
        let event = cloud_event(news, None, data(json!({ "send_at": send_at })));
        let checked = check(&acme(), event).unwrap();
        let told: Vec<&str> = checked
            .warnings()
            .of(accepted_at)
            .iter()
            .map(|w| w.code)
            .collect();
        assert_eq!(told, code.into_iter().collect::<Vec<_>>(), "{send_at}");
        let name = checked.given_name().unwrap().to_string();
        assert_eq!(name, format!("announcement/{}", checked.event_id));
    }
    let wrong = |more: Value| pointer(news, None, data(more));
    assert_eq!(wrong(json!({ "send_at": "tomorrow" })), "/data/send_at");
    let never = json!({ "send_at": "2026-12-02T09:00:00Z", "expires_at": "2026-12-02T09:00:00Z" });
    assert_eq!(wrong(never), "/data/send_at");
    let named = check(
        &acme(),
        cloud_event(news, Some("announcement/7"), data(json!({}))),
    )
    .unwrap();
    assert_eq!(named.given_name(), None);
}

#[test]
fn a_rejection_names_the_place() {
    let (sent, plain) = ("com.chronus.mentoring_request.sent", "com.chronus.news.published");
    let to = json!([{ "email": "a@b.c" }]);
    for (expected, event_type, subject, data) in [
        ("/type", "org.other.thing", None, json!({})),
        ("/subject", sent, None, json!({ "recipients": to })),
        ("/subject", sent, Some("nonsense"), json!({ "recipients": to })),
        ("/data", plain, None, json!("text")),
        ("/data/recipients", plain, None, json!({ "title": "T" })),
        (
            "/data/recipients",
            plain,
            None,
            json!({ "title": "T", "recipients": [] }),
        ),
        (
            "/data/recipients/0",
            plain,
            None,
            json!({ "title": "T", "recipients": [{}] }),
        ),
        (
            "/data/recipients/1/email",
            plain,
            None,
            json!({ "title": "T", "recipients": [{ "email": "a@b.c" }, { "email": "no" }] }),
        ),
        ("/data/title", plain, None, json!({ "recipients": to })),
        (
            "/data/expires_at",
            plain,
            None,
            json!({ "title": "T", "recipients": to, "expires_at": "soon" }),
        ),
        (
            "/data/priority",
            plain,
            None,
            json!({ "title": "T", "recipients": to, "priority": 1 }),
        ),
        (
            "/data/priority",
            plain,
            None,
            json!({ "title": "T", "recipients": to, "priority": "high" }),
        ),
        (
            "/data/actor",
            plain,
            None,
            json!({ "title": "T", "recipients": to, "actor": "me" }),
        ),
    ] {
        assert_eq!(pointer(event_type, subject, data), expected);
    }
}

#[tokio::test]
async fn nothing_personal_stands_open_in_the_draft() {
    let vault = Vault::new(Arc::new(MemoryKeyTable::default()));
    let data = json!({
        "recipients": [{ "member_id": "m-1", "email": "Mentor@acme.example" }, { "email": "other@acme.example" }],
        "actor": { "member_id": "m-2", "name": "Priya Nair" },
        "message": "Would you mentor me?",
    });
    let event = cloud_event(
        "com.chronus.mentoring_request.sent",
        Some("mentoring_request/1"),
        data,
    );
    let checked = check(&acme(), event).unwrap();
    let (draft, tickets) = seal(&vault, &acme(), vec![checked], DateTime::UNIX_EPOCH)
        .await
        .unwrap()
        .pop()
        .unwrap();

    let stored = serde_json::to_string(&draft.event).unwrap();
    for personal in ["Priya", "entor@acme", "other@acme", "Would you"] {
        assert!(!stored.contains(personal), "{personal} stands open");
    }
    assert_eq!(tickets.len(), 2);
    let recipients = draft.event.recipients.listed();
    assert_eq!(recipients[0].lookup, Some(vault.lookup("mentor@acme.example")));
    let opened = vault.open(recipients[1].email.as_ref().unwrap()).await.unwrap();
    assert_eq!(opened.as_deref(), Some("other@acme.example"));
    let content = vault.open(&draft.event.content).await.unwrap().unwrap();
    assert!(content.contains("Would you mentor me?") && !content.contains("acme.example"));
}

#[tokio::test]
async fn erasing_the_writer_erases_the_content_and_leaves_the_recipients() {
    let vault = Vault::new(Arc::new(MemoryKeyTable::default()));
    let data = json!({ "title": "T", "recipients": [{ "email": "a@b.c" }], "actor": { "member_id": "m-2" } });
    let checked = check(&acme(), cloud_event("com.chronus.news.published", None, data)).unwrap();
    let (draft, _) = seal(&vault, &acme(), vec![checked], DateTime::UNIX_EPOCH)
        .await
        .unwrap()
        .pop()
        .unwrap();
    vault
        .destroy(&PersonId::member(&acme(), &MemberId::parse("m-2").unwrap()))
        .await
        .unwrap();
    assert_eq!(vault.open(&draft.event.content).await.unwrap(), None);
    let email = draft.event.recipients.listed()[0].email.clone().unwrap();
    assert_eq!(vault.open(&email).await.unwrap().as_deref(), Some("a@b.c"));
}

#[test]
fn a_survey_or_meeting_that_contradicts_itself_is_rejected_with_the_place_and_the_reason() {
    let to = json!([{ "email": "a@b.c" }]);
    let asked = |questions: Value| json!({ "title": "T", "recipients": to, "questions": questions });
    let rating =
        |scale: Value| asked(json!([{ "id": "q", "text": "How?", "kind": "rating", "scale": scale }]));
    let (survey, meeting) = ("com.chronus.survey.requested", "com.chronus.meeting.requested");
    let twice = json!([{ "id": "a", "text": "One" }, { "id": "a", "text": "Two" }]);
    let choice = json!([{ "id": "q", "text": "Which?", "kind": "choice", "options": twice }]);
    let slot = |id: &str| json!({ "id": id, "starts_at": "2030-01-01T09:00:00Z", "ends_at": "2030-01-01T10:00:00Z" });
    let slots = json!({ "title": "T", "recipients": to, "slots": [slot("a"), slot("b"), slot("a")] });
    for (event_type, subject, data, expected) in [
        (
            survey,
            "survey/1",
            rating(json!({ "min": 3, "max": 1 })),
            "/data/questions/0/scale/max",
        ),
        (
            survey,
            "survey/1",
            rating(json!({ "min": 3, "max": 3 })),
            "/data/questions/0/scale/max",
        ),
        (
            survey,
            "survey/1",
            rating(json!({ "max": 1 })),
            "/data/questions/0/scale/max",
        ),
        (
            survey,
            "survey/1",
            asked(choice),
            "/data/questions/0/options/1/id",
        ),
        (
            survey,
            "survey/1",
            asked(json!([
                { "id": "q", "text": "How?", "kind": "text" }, { "id": "q", "text": "Why?", "kind": "text" }
            ])),
            "/data/questions/1/id",
        ),
        (meeting, "meeting/1", slots, "/data/slots/2/id"),
    ] {
        assert_eq!(
            pointer(event_type, Some(subject), data.clone()),
            expected,
            "{data}"
        );
    }
    for scale in [
        json!({}),
        json!({ "min": 4 }),
        json!({ "min": 0, "max": 10 }),
        json!({ "min": 0, "max": 1 }),
    ] {
        assert!(check(&acme(), cloud_event(survey, Some("survey/1"), rating(scale))).is_ok());
    }
}
