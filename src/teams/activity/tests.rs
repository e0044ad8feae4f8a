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

/// The rules of the fixtures: the bot of Teams' documentation, and the local client's ids beside it.
const RULES: ChatRules<'static> = ChatRules {
    app_id: "6f1d2c3b-4a5e-4f60-8b71-92a3b4c5d6e7",
    local_client: true,
};
/// The same where only Microsoft may speak.
const STRICT: ChatRules<'static> = ChatRules {
    local_client: false,
    ..RULES
};

/// The same in the person's own chat.
fn in_own_chat(mut body: Value) -> Value {
    body["conversation"] = json!({ "conversationType": "personal", "id": "a:1own" });
    body
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
            let detail = match activity.classify(RULES) {
                Inbound::Installed { upgrade } => format!("upgrade={upgrade}"),
                Inbound::Uninstalled { evidence } => format!("{evidence:?}"),
                Inbound::Message { text } => format!("{text:?}"),
                Inbound::Submit { data, reply_to } => format!("{data} on {reply_to:?}"),
                Inbound::CardAction {
                    trigger, verb, data, ..
                } => format!("{trigger:?} {verb:?} {data}"),
                Inbound::OtherInvoke { name } => format!("{name:?}"),
                Inbound::Seen { evidence, message_id } => format!("{evidence:?} {message_id}"),
                Inbound::NotPersonal(what) => format!("{:?} {what:?}", activity.scope(RULES)),
                Inbound::ConversationStarted | Inbound::Other => String::new(),
            };
            let who = activity
                .user()
                .map_or_else(|error| error.to_string(), |user| user.to_string());
            format!("{name}: {} {detail} | {who}", activity.classify(RULES).name())
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
    assert_eq!(odd.scope(RULES), Scope::Other);
    assert_eq!(odd.user(), Err(AttributionError::NoTenant));
    assert_eq!(odd.classify(RULES), Inbound::NotPersonal(Elsewhere::Message));
    assert_eq!(
        parse(&in_own_chat(json!({ "type": "brandNew" }))).classify(RULES),
        Inbound::Other
    );
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
    assert_eq!(Activity::parse(deep.as_bytes()), Err(ParseError::NoType));
    for body in ["", "{", "\u{feff}", "nonsense"] {
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
        assert_eq!(activity.classify(RULES), Inbound::NotPersonal(Elsewhere::Message));
    }
}

#[test]
fn a_button_that_also_sends_text_is_a_button() {
    let press = parse(&in_own_chat(
        json!({ "type": "message", "text": "Accept", "value": { "verb": "x" } }),
    ));
    assert!(matches!(press.classify(RULES), Inbound::Submit { .. }));
    let typed = parse(&in_own_chat(
        json!({ "type": "message", "text": "help", "value": {} }),
    ));
    assert_eq!(
        typed.classify(RULES),
        Inbound::Message {
            text: "help".to_owned()
        }
    );
    let text_value = parse(&in_own_chat(
        json!({ "type": "message", "value": "{\"verb\":\"x\"}" }),
    ));
    let Inbound::Submit { data, .. } = text_value.classify(RULES) else {
        panic!("not a press")
    };
    assert_eq!(data, json!({ "verb": "x" }));
}

#[test]
fn install_actions_are_read_in_any_case() {
    let action = |action: &str| {
        parse(&in_own_chat(
            json!({ "type": "installationUpdate", "action": action }),
        ))
        .classify(RULES)
    };
    assert_eq!(action("upgrade"), Inbound::Installed { upgrade: true });
    assert_eq!(action("Add"), Inbound::Installed { upgrade: false });
    assert_eq!(action("add-upgrade"), Inbound::Installed { upgrade: true });
    assert!(matches!(action("REMOVE-upgrade"), Inbound::Uninstalled { .. }));
    assert_eq!(action("other"), Inbound::Other);
}

#[test]
fn nothing_that_a_person_wrote_is_shown_by_debug() {
    let activity =
        parse(&json!({ "type": "message", "text": "my secret", "value": { "note": "my secret" } }));
    let shown = format!("{activity:?} {:?}", activity.classify(RULES));
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
                let _ = (
                    activity.classify(RULES),
                    activity.activity_key(),
                    activity.client(),
                );
                let _ = (activity.user().is_ok(), activity.conversation_ref().is_ok());
                let _ = (activity.happened_at(), activity.scope(STRICT));
            }
        }
    }
}

const APP: &str = "6f1d2c3b-4a5e-4f60-8b71-92a3b4c5d6e7";
const ADA: &str = "5b1c9a52-7c0e-4f0f-9d3c-000000000001";
const BEN: &str = "aaaaaaaa-0000-4000-8000-000000000001";

/// Where an activity of Ada's was written.
fn scope_of(conversation: Value, channel_data: Value) -> Scope {
    let body = json!({
        "type": "event", "from": { "id": "29:a", "aadObjectId": ADA },
        "conversation": conversation, "channelData": channel_data,
    });
    parse(&body).scope(STRICT)
}

fn personal(id: &str) -> Value {
    json!({ "conversationType": "personal", "id": id })
}

#[test]
fn only_a_chat_that_says_so_and_looks_like_it_is_the_persons_own() {
    let own = [
        personal("a:1KfZ8vQm3rTn6yWx0LpJ2sHdG9cBaE5iU7oXkNvMzQ"),
        personal(&format!("19:{ADA}_{APP}@unq.gbl.spaces")),
        personal(&format!("19:{APP}_{ADA}@unq.gbl.spaces")),
        personal(&format!("19:{}_{APP}@UNQ.gbl.spaces", ADA.to_uppercase())),
        json!({ "conversationType": "Personal", "id": "a:1", "isGroup": false, "tenantId": "t" }),
    ];
    for conversation in own {
        assert_eq!(
            scope_of(conversation.clone(), json!({})),
            Scope::OwnChat,
            "{conversation}"
        );
    }
    let other = [
        personal(&format!("19:{ADA}_{BEN}@unq.gbl.spaces")),
        personal(&format!("19:{BEN}_{APP}@unq.gbl.spaces")),
        personal(&format!("19:{ADA}_{APP}@thread.v2")),
        personal(&format!("19:meeting_{APP}@thread.v2")),
        personal("19:meeting_xyz@thread.v2"),
        personal("8cdcfd55-f2ca-4e20-bf1b-ec1815fedc78"),
        personal("8:orgid:5b1c9a52-7c0e-4f0f-9d3c-000000000001"),
        personal("a:"),
        personal(""),
        json!({ "conversationType": "personal" }),
        json!({ "id": "19:meeting_xyz@thread.v2" }),
        json!({ "id": "19:channel@thread.tacv2;messageid=1" }),
    ];
    for conversation in other {
        assert_eq!(
            scope_of(conversation.clone(), json!({})),
            Scope::Other,
            "{conversation}"
        );
    }
    assert_eq!(scope_of(json!({ "id": "a:1" }), json!({})), Scope::Unproven);
    for (kind, scope) in [
        ("channel", Scope::Channel),
        ("groupChat", Scope::GroupChat),
        ("meeting", Scope::GroupChat),
        ("somethingNew", Scope::GroupChat),
    ] {
        assert_eq!(
            scope_of(json!({ "conversationType": kind, "id": "a:1" }), json!({})),
            scope,
            "{kind}"
        );
    }
    assert_eq!(
        scope_of(
            json!({ "conversationType": "personal", "isGroup": true, "id": "a:1" }),
            json!({})
        ),
        Scope::GroupChat
    );
}

#[test]
fn a_team_a_channel_or_a_meeting_in_the_channel_data_makes_it_another_place() {
    for told in [
        json!({ "team": { "id": "19:t" } }),
        json!({ "channel": { "id": "19:c" } }),
        json!({ "meeting": { "id": "MCMx" } }),
        json!({ "teamsTeamId": "19:t" }),
        json!({ "teamsChannelId": "19:c" }),
        json!({ "eventType": "teamMemberAdded" }),
        json!({ "eventType": "channelCreated" }),
        json!({ "settings": { "selectedChannel": { "id": "19:c@thread.tacv2" } } }),
    ] {
        assert_eq!(scope_of(personal("a:1"), told.clone()), Scope::Other, "{told}");
        assert_eq!(
            scope_of(json!({ "id": "a:1" }), told.clone()),
            Scope::Other,
            "{told}"
        );
    }
    for told in [
        json!({ "team": null, "channel": {}, "meeting": { "id": "" }, "eventType": "editMessage" }),
        json!({ "tenant": { "id": "t" }, "settings": { "selectedChannel": { "id": "a:1" } } }),
        json!("nonsense"),
    ] {
        assert_eq!(scope_of(personal("a:1"), told.clone()), Scope::OwnChat, "{told}");
    }
}

#[test]
fn the_local_clients_ids_are_personal_only_for_whoever_asked_for_it() {
    let chat = json!({
        "type": "message", "text": "help",
        "conversation": personal("8cdcfd55-f2ca-4e20-bf1b-ec1815fedc78"),
    });
    assert_eq!(parse(&chat).scope(RULES), Scope::OwnChat);
    assert_eq!(parse(&chat).scope(STRICT), Scope::Other);
    let group = json!({ "type": "message", "conversation": personal("19:group@thread.v2") });
    assert_eq!(parse(&group).scope(RULES), Scope::Other);
}

#[test]
fn in_another_place_buttons_work_and_words_are_not_read() {
    let there = |mut body: Value| {
        body["conversation"] = personal(&format!("19:{ADA}_{BEN}@unq.gbl.spaces"));
        parse(&body).classify(STRICT)
    };
    let press =
        json!({ "type": "invoke", "name": "adaptiveCard/action", "value": { "action": { "verb": "x" } } });
    assert!(matches!(there(press), Inbound::CardAction { .. }));
    assert!(matches!(
        there(json!({ "type": "message", "value": { "verb": "x" } })),
        Inbound::Submit { .. }
    ));
    assert_eq!(
        there(json!({ "type": "message", "text": "what we say among us" })),
        Inbound::NotPersonal(Elsewhere::Message)
    );
    for body in [
        json!({ "type": "installationUpdate", "action": "remove" }),
        json!({ "type": "installationUpdate", "action": "add" }),
        json!({ "type": "messageReaction", "replyToId": "1", "reactionsAdded": [{ "type": "like" }] }),
        json!({ "type": "event", "name": "application/vnd.microsoft.meetingStart" }),
    ] {
        assert_eq!(there(body), Inbound::NotPersonal(Elsewhere::Other));
    }
}

#[test]
fn the_time_is_read_in_every_form_and_an_unset_one_is_none() {
    let at = |text: &str| parse(&json!({ "type": "typing", "timestamp": text })).happened_at();
    let expected = Some("2026-04-22T02:45:26.007Z".parse().unwrap());
    for text in [
        "2026-04-22T02:45:26.007Z",
        "2026-04-22T02:45:26.0070000Z",
        "2026-04-22T04:45:26.007+02:00",
        "2026-04-22T02:45:26.007",
    ] {
        assert_eq!(at(text), expected, "{text}");
    }
    for text in [
        "",
        "yesterday",
        "0001-01-01T00:00:00",
        "1970-01-01T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "1764671234567",
    ] {
        assert_eq!(at(text), None, "{text}");
    }
}

#[test]
fn an_address_that_is_too_long_is_none() {
    let long = "a:".to_owned() + &"x".repeat(600);
    for (field, value) in [
        ("/conversation/id", long.as_str()),
        ("/serviceUrl", long.as_str()),
        ("/from/id", long.as_str()),
        ("/recipient/id", long.as_str()),
    ] {
        let mut body: Value = json!({
            "type": "message", "serviceUrl": "https://smba.trafficmanager.net/amer",
            "from": { "id": "29:a", "aadObjectId": ADA }, "recipient": { "id": "28:b" }, "conversation": personal("a:1"),
        });
        assert!(parse(&body).conversation_ref().is_ok());
        *body.pointer_mut(field).unwrap() = value.into();
        assert!(parse(&body).conversation_ref().is_err(), "{field}");
    }
}

#[test]
fn a_reaction_is_read_in_the_shapes_that_chats_send() {
    let old = "1:1HqT7vR2nWx5kLpZ3dYb8sJcG0mFaE4iU6oXyNvKzQtM";
    for (id, reply_to, message) in [
        ("1795000000001", json!(old), Some("1795000000001")),
        ("1795000000001", json!(null), Some("1795000000001")),
        ("f:aa11bb22", json!("1795000000001"), Some("1795000000001")),
        ("1795000000002", json!("1795000000001"), Some("1795000000001")),
        ("f:aa11bb22", json!(1_795_000_000_001_u64), Some("1795000000001")),
        ("f:aa11bb22", json!(old), Some(old)),
        ("f:aa11bb22", json!(null), None),
    ] {
        let body = json!({ "type": "messageReaction", "id": id, "replyToId": reply_to, "reactionsAdded": [{ "type": "like" }] });
        let read = parse(&in_own_chat(body)).classify(STRICT);
        let expected = message.map_or(Inbound::Other, |message| Inbound::Seen {
            evidence: events::user::SeenEvidence::Reaction,
            message_id: events::ActivityId::parse(message).unwrap(),
        });
        assert_eq!(read, expected, "{id} {reply_to}");
    }
}

#[test]
fn a_read_receipt_is_read_in_the_shapes_that_chats_send() {
    for (name, value) in [
        (
            "application/vnd.microsoft.readReceipt",
            json!({ "lastReadMessageId": "1795000000001" }),
        ),
        (
            "application/vnd.microsoft.readreceipt",
            json!({ "LastReadMessageId": 1_795_000_000_001_u64 }),
        ),
        (
            "application/vnd.microsoft.readReceipt",
            json!({ "lastReadMessageId": 1_795_000_000_001.0 }),
        ),
        (
            "application/vnd.microsoft.readReceipt",
            json!("{\"lastReadMessageId\":\"1795000000001\"}"),
        ),
    ] {
        let body = json!({ "type": "event", "name": name, "id": "f:1", "value": value });
        let Inbound::Seen { message_id, .. } = parse(&in_own_chat(body)).classify(STRICT) else {
            panic!("{name} {value}")
        };
        assert_eq!(message_id.as_str(), "1795000000001");
    }
}
