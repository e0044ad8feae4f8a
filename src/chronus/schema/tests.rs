//! The schemas take their own examples, and say in words what does not fit.

use serde_json::json;

use super::*;

/// Every example of a domain event, with the name of its file.
fn examples() -> Vec<(String, Value)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas/examples");
    let mut all: Vec<(String, Value)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .map(|path| {
            let text = std::fs::read_to_string(&path).unwrap();
            (path.display().to_string(), serde_json::from_str(&text).unwrap())
        })
        .collect();
    all.sort_by(|a, b| a.0.cmp(&b.0));
    all
}

fn example(name: &str) -> Value {
    let found = examples()
        .into_iter()
        .find(|(file, _)| file.ends_with(&format!("/{name}.json")));
    found.unwrap_or_else(|| panic!("there is no example {name}")).1
}

fn told(event: &Value) -> Vec<(String, String)> {
    let faults = faults(event["type"].as_str().unwrap(), event, MOST_FAULTS);
    faults
        .into_iter()
        .map(|fault| (fault.pointer, fault.detail))
        .collect()
}

#[test]
fn every_schema_is_one_of_draft_2020_12() {
    for text in [COMMON, PLAIN].into_iter().chain(KINDS) {
        let document: Value = serde_json::from_str(text).unwrap();
        assert_eq!(
            document["$schema"],
            "https://json-schema.org/draft/2020-12/schema"
        );
        jsonschema::draft202012::meta::validate(&document).unwrap();
    }
}

#[test]
fn every_example_fits_the_schema_of_its_type() {
    for (file, event) in examples() {
        assert_eq!(told(&event), [], "{file}");
    }
}

#[test]
fn every_listed_type_has_an_example() {
    let examples = examples();
    for event_type in SCHEMAS.types.keys() {
        let found = examples
            .iter()
            .any(|(_, event)| event["type"] == event_type.as_str());
        assert!(found, "{event_type} has no example");
    }
}

#[test]
fn an_example_without_anything_that_its_type_requires_is_refused_at_that_place() {
    for (name, field) in [
        ("meeting.requested", "slots"),
        ("meeting.scheduled", "starts_at"),
        ("meeting.reminder", "reminder"),
        ("erg_event.invited", "title"),
        ("announcement.published", "title"),
        ("survey.requested", "questions"),
        ("survey.requested.by-link", "url"),
        ("message.sent", "text"),
        ("message.edited", "message_id"),
        ("task.assigned", "title"),
        ("connection.started", "partner"),
        ("recommended_match.suggested", "mentor"),
        ("plain", "title"),
        ("mentoring_request.sent", "recipients"),
    ] {
        let whole = example(name);
        for wrong in [json!(null), json!(7)] {
            let mut event = whole.clone();
            event["data"][field] = wrong;
            let told = told(&event);
            assert_eq!(told.len(), 1, "{name} {field}: {told:?}");
            assert_eq!(told[0].0, format!("/data/{field}"), "{name}");
        }
        let mut event = whole;
        event["data"].as_object_mut().unwrap().remove(field);
        let told = told(&event);
        assert_eq!(told[0].0, format!("/data/{field}"), "{name}: {told:?}");
        assert!(told[0].1.starts_with("is missing"), "{name}: {told:?}");
    }
}

#[test]
fn a_fault_says_what_to_send_and_nothing_of_what_was_sent() {
    let mut event = example("meeting.requested");
    event["data"]["slots"] = json!([{ "starts_at": "tomorrow, says Priya" }, { "id": "Priya Nair" }]);
    event["data"]["agenda"] = json!(["Priya"]);
    let told = told(&event);
    let said: Vec<(&str, &str)> = told.iter().map(|(p, d)| (p.as_str(), d.as_str())).collect();
    assert_eq!(
        said,
        [
            ("/data/agenda", "must be text; send what it is about"),
            (
                "/data/slots/0/starts_at",
                "must be a time with its offset, such as 2026-11-30T17:00:00Z"
            ),
            (
                "/data/slots/1/id",
                "is not what it should be; send 1 to 64 letters, digits and . _ : - with no personal data in it"
            ),
            (
                "/data/slots/1/starts_at",
                "is missing; send a time with its offset, such as 2026-11-30T17:00:00Z"
            ),
        ]
    );
}

#[test]
fn what_a_schema_does_not_name_is_let_through() {
    for (file, mut event) in examples() {
        event["data"]["something_new"] = json!({ "deep": [1, "two"] });
        event["extension"] = json!("x");
        assert_eq!(told(&event), [], "{file}");
    }
}

#[test]
fn a_type_of_a_kind_that_nobody_knows_yet_is_a_plain_card() {
    let mut event = example("plain");
    event["type"] = json!("com.chronus.meeting.photographed");
    assert_eq!(told(&event), []);
    event["data"].as_object_mut().unwrap().remove("title");
    assert_eq!(told(&event)[0].0, "/data/title");
}

#[test]
fn what_can_be_answered_needs_a_subject_of_its_kind() {
    for name in [
        "mentoring_request.sent",
        "meeting.requested",
        "survey.requested",
        "message.sent",
        "announcement.published",
    ] {
        let mut event = example(name);
        event.as_object_mut().unwrap().remove("subject");
        assert_eq!(told(&event)[0].0, "/subject", "{name}");
        event["subject"] = json!("something_else/1");
        assert_eq!(told(&event)[0].0, "/subject", "{name}");
    }
}

#[test]
fn no_example_has_a_field_that_its_schema_does_not_name() {
    for (file, event) in examples() {
        let warnings = unknown::fields(event["type"].as_str().unwrap(), &event["data"]);
        assert_eq!(warnings, [], "{file}");
    }
}

/// Every example of an answer, with the name of its file.
fn answers() -> Vec<(String, Value)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas/examples/answers");
    let files = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    files
        .map(|path| {
            let text = std::fs::read_to_string(&path).unwrap();
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            (name, serde_json::from_str(&text).unwrap())
        })
        .collect()
}

#[test]
fn every_type_of_answer_has_an_example_that_fits_and_is_named_in_the_documentation() {
    let examples = answers();
    let schema: Value = serde_json::from_str(include_str!("../../../schemas/answer.json")).unwrap();
    let docs = include_str!("../../../docs/chronus-events.md");
    for event_type in schema["properties"]["type"]["enum"].as_array().unwrap() {
        let of_type = |(_, event): &&(String, Value)| event["type"] == *event_type;
        let (name, event) = examples
            .iter()
            .find(of_type)
            .unwrap_or_else(|| panic!("{event_type} has no example"));
        assert_eq!(answer_faults(event), Vec::<String>::new(), "{name}");
        let short = event_type
            .as_str()
            .unwrap()
            .trim_start_matches("com.chronus.teams.");
        let word = short.rsplit('.').next().unwrap();
        let kind = short.split('.').next().unwrap();
        assert!(
            docs.contains(&format!("`{short}`"))
                || (docs.contains(kind) && docs.contains(&format!("`.{word}`"))),
            "docs/chronus-events.md does not name {short}"
        );
    }
}

#[test]
fn an_answer_of_an_unknown_type_or_without_its_reason_does_not_fit() {
    let examples = answers();
    let unreached = || {
        let found = examples.iter().find(|(name, _)| name == "notification.unreached");
        found.unwrap().1.clone()
    };
    for (pointer, wrong) in [
        ("/type", json!("com.chronus.teams.notification.lost")),
        ("/data/reason", json!("bad_luck")),
        ("/data/until", json!("soon")),
        ("/data/may_still_arrive", json!(false)),
    ] {
        let mut answer = unreached();
        *answer.pointer_mut(pointer).unwrap() = wrong;
        assert_ne!(answer_faults(&answer), Vec::<String>::new(), "{pointer}");
    }
}

#[test]
fn lists_are_counted_before_anything_in_them_is_looked_at() {
    let mut event = example("survey.requested");
    event["data"]["questions"] = vec![json!({}); 51].into();
    event["data"]["title"] = json!(7);
    let told = told(&event);
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0].0, "/data/questions");
    assert!(
        told[0]
            .1
            .starts_with("must list at most 50; send a list of up to 50"),
        "{told:?}"
    );
    let mut event = example("mentoring_request.sent");
    event["data"]["goals"] = vec![json!({}); 1_001].into();
    event["data"]["nobody_knows"] = vec![json!([]); 5_000].into();
    let told = faults(event["type"].as_str().unwrap(), &event, MOST_FAULTS);
    assert_eq!((told.len(), told[0].pointer.as_str()), (1, "/data/goals"));
    event["data"]["goals"] = vec![json!({}); 1_000].into();
    let count = |most| faults(event["type"].as_str().unwrap(), &event, most).len();
    assert_eq!((count(1_000), count(20), count(3), count(0)), (20, 20, 3, 1));
}
