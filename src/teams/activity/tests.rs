//! Captured and documented activities, and odd ones.

use std::path::PathBuf;

use serde_json::json;

use super::*;

fn fixtures() -> Vec<(String, Vec<u8>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/activities");
    let mut found: Vec<(String, Vec<u8>)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .map(|path| {
            (
                path.file_stem().unwrap().to_string_lossy().into_owned(),
                std::fs::read(&path).unwrap(),
            )
        })
        .collect();
    found.sort();
    found
}

fn fixture(name: &str) -> Activity {
    let (_, body) = fixtures().into_iter().find(|(found, _)| found == name).unwrap();
    Activity::parse(&body).unwrap()
}

fn parse(body: &Value) -> Activity {
    Activity::parse(body.to_string().as_bytes()).unwrap()
}

/// One line per captured or documented activity: what it is taken for, where, and who is named.
#[test]
fn every_known_activity_is_understood() {
    let table: Vec<String> = fixtures()
        .iter()
        .map(|(name, body)| {
            let activity = Activity::parse(body).unwrap();
            let detail = match activity.classify() {
                Inbound::Installed { upgrade } => format!("upgrade={upgrade}"),
                Inbound::Uninstalled { evidence } => format!("{evidence:?}"),
                Inbound::Message { text } => format!("{text:?}"),
                Inbound::Submit { data, reply_to } => format!("{data} on {reply_to:?}"),
                Inbound::CardAction {
                    trigger, verb, data, ..
                } => format!("{trigger:?} {verb:?} {data}"),
                Inbound::OtherInvoke { name } => format!("{name:?}"),
                Inbound::Seen { evidence, message_id } => format!("{evidence:?} {message_id}"),
                Inbound::NotPersonal(what) => format!("{:?} {what:?}", activity.scope()),
                Inbound::ConversationStarted | Inbound::Other => String::new(),
            };
            let who = activity
                .user()
                .map_or_else(|error| error.to_string(), |user| user.to_string());
            format!("{name}: {} {detail} | {who}", activity.classify().name())
        })
        .collect();
    insta::assert_snapshot!(table.join("\n"));
}

#[test]
fn every_known_activity_has_a_key_of_its_own() {
    let mut keys: Vec<EventId> = fixtures()
        .iter()
        .map(|(_, body)| Activity::parse(body).unwrap().activity_key())
        .collect();
    let all = keys.len();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), all);
}

#[test]
fn a_redelivered_activity_has_the_same_key_whatever_else_changed() {
    let first =
        parse(&json!({ "type": "message", "id": "1", "timestamp": "2026-01-01T00:00:00Z", "text": "help" }));
    let again =
        parse(&json!({ "type": "message", "id": "1", "timestamp": "2026-01-01T00:00:16Z", "text": "help" }));
    assert_eq!(first.activity_key(), again.activity_key());
}

#[test]
fn an_edit_is_not_the_message_and_a_second_edit_is_not_the_first() {
    let activity = |kind: &str, time: &str| {
        parse(&json!({ "type": kind, "id": "1", "timestamp": time, "channelData": { "eventType": "editMessage" } }))
            .activity_key()
    };
    assert_ne!(activity("message", "t1"), activity("messageUpdate", "t1"));
    assert_ne!(activity("messageUpdate", "t1"), activity("messageUpdate", "t2"));
    assert_eq!(activity("messageUpdate", "t1"), activity("messageUpdate", "t1"));
}

#[test]
fn an_activity_without_id_is_known_by_its_body() {
    let typing = |from: &str| parse(&json!({ "type": "typing", "from": { "id": from } })).activity_key();
    assert_eq!(typing("29:a"), typing("29:a"));
    assert_ne!(typing("29:a"), typing("29:b"));
}

#[test]
fn only_a_type_is_needed_and_wrong_kinds_of_field_count_as_missing() {
    let odd = parse(&json!({
        "type": "message", "id": 1_764_671_234_567_u64, "from": "x", "recipient": [], "conversation": 7, "channelData": null,
        "entities": { "a": 1 }, "membersAdded": "none", "value": null, "text": { "a": 1 }, "locale": ["en"],
    }));
    assert_eq!(odd.id.as_deref(), Some("1764671234567"));
    assert_eq!(odd.scope(), Scope::Personal);
    assert_eq!(odd.user(), Err(AttributionError::NoTenant));
    assert_eq!(odd.classify(), Inbound::Message { text: String::new() });
    assert_eq!(parse(&json!({ "type": "brandNew" })).classify(), Inbound::Other);
}

#[test]
fn a_body_that_is_no_activity_is_refused() {
    for body in [
        "{}",
        "[]",
        "null",
        "\"message\"",
        r#"{"type":""}"#,
        r#"{"type":null}"#,
    ] {
        assert_eq!(
            Activity::parse(body.as_bytes()),
            Err(ParseError::NoType),
            "{body}"
        );
    }
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    for body in ["", "{", "\u{feff}", &deep] {
        assert!(matches!(
            Activity::parse(body.as_bytes()),
            Err(ParseError::NotJson { .. })
        ));
    }
}

#[test]
fn tenants_must_agree_where_both_are_told() {
    let with = |a: Value, b: Value| {
        parse(&json!({ "type": "message", "conversation": { "tenantId": a }, "channelData": { "tenant": { "id": b } } })).tenant()
    };
    assert_eq!(
        with(json!("T-1"), json!("t-1")),
        Ok(TenantId::parse("t-1").unwrap())
    );
    assert_eq!(
        with(json!("t-1"), json!(null)),
        Ok(TenantId::parse("t-1").unwrap())
    );
    assert_eq!(
        with(json!(null), json!("t-1")),
        Ok(TenantId::parse("t-1").unwrap())
    );
    assert_eq!(
        with(json!("t-1"), json!("t-2")),
        Err(AttributionError::TwoTenants)
    );
    assert_eq!(with(json!(null), json!(null)), Err(AttributionError::NoTenant));
    assert!(matches!(
        with(json!("t/1"), json!(null)),
        Err(AttributionError::InvalidId(_))
    ));
}

#[test]
fn a_person_without_object_id_cannot_be_named() {
    let activity =
        parse(&json!({ "type": "message", "conversation": { "tenantId": "t" }, "from": { "id": "29:x" } }));
    assert_eq!(activity.user(), Err(AttributionError::NoUser));
}

#[test]
fn the_chats_address_is_read_without_the_slash_at_its_end() {
    let address = fixture("teams-message").conversation_ref().unwrap();
    assert_eq!(
        address.service_url,
        "https://smba.trafficmanager.net/amer/0f1e2d3c-4b5a-4697-8877-665544332211"
    );
    assert!(address.teams_user_id.starts_with("29:"));
    assert!(address.bot_id.starts_with("28:"));
    let nowhere = parse(&json!({ "type": "message" })).conversation_ref();
    assert_eq!(
        nowhere,
        Err(AttributionError::NoAddress {
            field: "conversation.id"
        })
    );
}

#[test]
fn what_the_client_tells_about_itself_is_read() {
    let client = fixture("teams-message").client();
    assert_eq!(client.locale.as_deref(), Some("en-US"));
    assert_eq!(client.timezone.as_deref(), Some("America/Los_Angeles"));
    assert_eq!(client.platform.as_deref(), Some("Web"));
    assert_eq!(fixture("teams-message").app_version(), Some("1.2.0"));
    assert_eq!(fixture("teams-installationUpdate-add").client().timezone, None);
}

#[test]
fn a_chat_of_unknown_kind_is_not_personal() {
    for conversation in [
        json!({ "conversationType": "meeting" }),
        json!({ "conversationType": "personal", "isGroup": true }),
        json!({ "isGroup": true }),
    ] {
        let activity = parse(&json!({ "type": "message", "text": "secret", "conversation": conversation }));
        assert_eq!(activity.classify(), Inbound::NotPersonal(Elsewhere::Message));
    }
}

#[test]
fn a_button_that_also_sends_text_is_a_button() {
    let press = parse(&json!({ "type": "message", "text": "Accept", "value": { "verb": "x" } }));
    assert!(matches!(press.classify(), Inbound::Submit { .. }));
    let typed = parse(&json!({ "type": "message", "text": "help", "value": {} }));
    assert_eq!(
        typed.classify(),
        Inbound::Message {
            text: "help".to_owned()
        }
    );
    let text_value = parse(&json!({ "type": "message", "value": "{\"verb\":\"x\"}" }));
    let Inbound::Submit { data, .. } = text_value.classify() else {
        panic!("not a press")
    };
    assert_eq!(data, json!({ "verb": "x" }));
}

#[test]
fn install_actions_are_read_in_any_case() {
    let action = |action: &str| parse(&json!({ "type": "installationUpdate", "action": action })).classify();
    assert_eq!(action("Add"), Inbound::Installed { upgrade: false });
    assert_eq!(action("add-upgrade"), Inbound::Installed { upgrade: true });
    assert!(matches!(action("REMOVE-upgrade"), Inbound::Uninstalled { .. }));
    assert_eq!(action("other"), Inbound::Other);
}

#[test]
fn nothing_that_a_person_wrote_is_shown_by_debug() {
    let activity =
        parse(&json!({ "type": "message", "text": "my secret", "value": { "note": "my secret" } }));
    let shown = format!("{activity:?} {:?}", activity.classify());
    assert!(!shown.contains("secret"), "{shown}");
}

/// Puts `odd` in the place of one value after the other, at every depth.
fn with_one_odd_value(value: &Value, odd: &Value) -> Vec<Value> {
    let replaced = |changed: Vec<Value>, put: &dyn Fn(&mut Value, Value)| -> Vec<Value> {
        let place = |part: Value| {
            let mut whole = value.clone();
            put(&mut whole, part);
            whole
        };
        changed.into_iter().map(place).collect()
    };
    let mut all = vec![odd.clone()];
    match value {
        Value::Object(fields) => {
            for (key, part) in fields {
                all.extend(replaced(with_one_odd_value(part, odd), &|whole, part| {
                    whole[key] = part;
                }));
            }
        }
        Value::Array(items) => {
            for (index, part) in items.iter().enumerate() {
                all.extend(replaced(with_one_odd_value(part, odd), &|whole, part| {
                    whole[index] = part;
                }));
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
    all
}

#[test]
fn no_odd_value_anywhere_breaks_the_reading() {
    for (name, body) in fixtures()
        .into_iter()
        .filter(|(name, _)| name.starts_with("teams-"))
    {
        let original: Value = serde_json::from_slice(&body).unwrap();
        for odd in [
            json!(null),
            json!(7.5),
            json!("\u{0}<at>&#"),
            json!({}),
            json!([[]]),
            json!(true),
        ] {
            for changed in with_one_odd_value(&original, &odd) {
                let read = Activity::parse(changed.to_string().as_bytes());
                let readable = changed
                    .get("type")
                    .is_some_and(|kind| kind.is_string() || kind.is_number());
                assert_eq!(read.is_ok(), readable, "{name}: {changed}");
                let Ok(activity) = read else { continue };
                let _ = (activity.classify(), activity.activity_key(), activity.client());
                let _ = (activity.user().is_ok(), activity.conversation_ref().is_ok());
            }
        }
    }
}
