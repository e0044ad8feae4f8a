//! The document of the API holds what the service does, and goes on holding what it held.

use std::collections::BTreeSet;

use chronus_teams::http::openapi::document;
use serde_json::{Value, json};

use crate::support::{ACME_KEY, ADA, World, event};

const METHODS: [&str; 2] = ["get", "post"];

/// What callers of the released API rely on. Written again with every release, and never edited in between.
fn released() -> Value {
    let text = include_str!("../fixtures/openapi.released.json");
    serde_json::from_str(text).unwrap()
}

fn operations(document: &Value) -> Vec<(String, String, &Value)> {
    let paths = document["paths"].as_object().unwrap();
    let all = paths.iter().flat_map(|(path, methods)| {
        let methods = methods.as_object().unwrap().iter();
        methods.map(move |(method, operation)| (method.clone(), path.clone(), operation))
    });
    all.collect()
}

#[test]
fn every_route_of_the_api_is_in_the_document_and_no_other() {
    let source = include_str!("../../src/http.rs");
    let mut served = BTreeSet::new();
    for part in source.split("at(\"").skip(1) {
        let (path, rest) = part.split_once('"').unwrap();
        let methods = rest.split('"').nth(1).unwrap();
        if path.starts_with("/v1/") {
            served.extend(
                methods
                    .split(", ")
                    .map(|method| (method.to_lowercase(), path.to_owned())),
            );
        }
    }
    let document = document();
    let told: BTreeSet<_> = operations(&document)
        .into_iter()
        .map(|(method, path, _)| (method, path))
        .collect();
    assert_eq!(told, served);
}

#[test]
fn every_operation_has_a_name_of_its_own_and_tells_its_refusals() {
    let document = document();
    let mut names = BTreeSet::new();
    for (method, path, operation) in operations(&document) {
        assert!(METHODS.contains(&method.as_str()), "{method}");
        assert!(names.insert(operation["operationId"].to_string()), "{path}");
        assert!(operation["responses"]["429"].is_object(), "{path}");
        let in_path = path.matches('{').count();
        let told = operation["parameters"].as_array().into_iter().flatten();
        assert_eq!(told.filter(|one| one["in"] == "path").count(), in_path, "{path}");
    }
}

/// What is missing now of what was there before, in words.
fn broken(was: &Value, is: &Value) -> Vec<String> {
    let mut broken = Vec::new();
    for (method, path, before) in operations(was) {
        let at = format!("{method} {path}");
        let now = &is["paths"][path.as_str()][method.as_str()];
        if now.is_null() {
            broken.push(format!("{at} is gone"));
            continue;
        }
        if before["x-role"] != now["x-role"] {
            broken.push(format!("{at} is for another role"));
        }
        broken.extend(parameters(&at, before, now));
        for (status, answer) in before["responses"].as_object().unwrap() {
            let now = &now["responses"][status.as_str()];
            if now.is_null() {
                broken.push(format!("{at} does not answer {status} any more"));
            }
            let (before, now) = (shape(was, answer), shape(is, now));
            broken.extend(fewer(&format!("{at} answers {status}:"), was, is, &before, &now));
        }
        let (before, now) = (shape(was, &before["requestBody"]), shape(is, &now["requestBody"]));
        broken.extend(stricter(&at, &before, &now));
    }
    broken
}

fn parameters(at: &str, before: &Value, now: &Value) -> Vec<String> {
    let list = |operation: &Value| operation["parameters"].as_array().cloned().unwrap_or_default();
    let (old, new) = (list(before), list(now));
    let known = |name: &Value, all: &[Value]| all.iter().find(|one| one["name"] == *name).cloned();
    let gone = old.iter().filter(|one| known(&one["name"], &new).is_none());
    let gone = gone.map(|one| format!("{at} does not take {} any more", one["name"]));
    let demands = new.iter().filter(|one| {
        let before = known(&one["name"], &old);
        one["required"] == true && before.is_none_or(|before| before["required"] != true)
    });
    gone.chain(demands.map(|one| format!("{at} demands {}", one["name"])))
        .collect()
}

/// The JSON shape of a body or an answer.
fn shape(document: &Value, of: &Value) -> Value {
    resolved(document, &of["content"]["application/json"]["schema"])
}

fn resolved(document: &Value, shape: &Value) -> Value {
    let name = shape["$ref"].as_str().and_then(|name| name.rsplit('/').next());
    name.map_or_else(
        || shape.clone(),
        |name| document["components"]["schemas"][name].clone(),
    )
}

/// Fields that an answer had and has not, or has not always any more.
fn fewer(at: &str, was: &Value, is: &Value, before: &Value, now: &Value) -> Vec<String> {
    let (before, now) = (resolved(was, before), resolved(is, now));
    let mut missing = Vec::new();
    for (name, field) in before["properties"].as_object().into_iter().flatten() {
        let new = &now["properties"][name.as_str()];
        if new.is_null() {
            missing.push(format!("{at} {name} is gone"));
            continue;
        }
        let items = [("items", field, new)];
        for (key, old, new) in items {
            missing.extend(fewer(&format!("{at} {name}:"), was, is, &old[key], &new[key]));
        }
        missing.extend(fewer(&format!("{at} {name}:"), was, is, field, new));
    }
    for name in before["required"].as_array().into_iter().flatten() {
        let still = now["required"].as_array().is_some_and(|all| all.contains(name));
        if !still {
            missing.push(format!("{at} {name} is not always there any more"));
        }
    }
    missing
}

/// What a body needs that it did not, or is not taken any more.
fn stricter(at: &str, before: &Value, now: &Value) -> Vec<String> {
    let mut stricter = Vec::new();
    for name in now["required"].as_array().into_iter().flatten() {
        let before = before["required"].as_array();
        if before.is_none_or(|all| !all.contains(name)) {
            stricter.push(format!("{at} demands {name}"));
        }
    }
    for (name, _) in before["properties"].as_object().into_iter().flatten() {
        if now["properties"][name.as_str()].is_null() {
            stricter.push(format!("{at} does not take {name} any more"));
        }
    }
    stricter
}

#[test]
fn clients_of_the_released_api_keep_working() {
    assert_eq!(broken(&released(), &document()), Vec::<String>::new());
}

#[test]
fn what_would_break_a_client_is_found() {
    let was = document();
    let edit = |change: fn(&mut Value)| {
        let mut is = was.clone();
        change(&mut is);
        broken(&was, &is)
    };
    let found = [
        edit(|is| drop(is["paths"].as_object_mut().unwrap().remove("/v1/tenant"))),
        edit(|is| is["paths"]["/v1/tenant"]["get"]["x-role"] = json!("admin")),
        edit(|is| is["paths"]["/v1/conflicts"]["get"]["parameters"] = json!([])),
        edit(|is| is["paths"]["/v1/why"]["get"]["parameters"][0]["name"] = json!("whose")),
        edit(|is| is["components"]["schemas"]["Member"]["required"] = json!([])),
        edit(|is| {
            let fields = is["components"]["schemas"]["Key"]["properties"].as_object_mut();
            drop(fields.unwrap().remove("last_used_at"));
        }),
        edit(|is| {
            let body =
                &mut is["paths"]["/v1/keys"]["post"]["requestBody"]["content"]["application/json"]["schema"];
            body["required"].as_array_mut().unwrap().push(json!("expires_at"));
        }),
    ];
    for (number, faults) in found.iter().enumerate() {
        assert!(!faults.is_empty(), "change {number}");
    }
    assert_eq!(broken(&was, &was), Vec::<String>::new());
}

/// What of a value is not as its shape says; of lists each item, of objects each field.
fn misfits(document: &Value, at: &str, shape: &Value, value: &Value) -> Vec<String> {
    let shape = resolved(document, shape);
    let kinds = match &shape["type"] {
        Value::String(kind) => vec![kind.as_str()],
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => return Vec::new(),
    };
    let fits = kinds.iter().any(|kind| match *kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_u64(),
        "boolean" => value.is_boolean(),
        _ => value.is_null(),
    });
    if !fits {
        return vec![format!("{at} is {value} and not {kinds:?}")];
    }
    let mut found = Vec::new();
    for name in shape["required"].as_array().into_iter().flatten() {
        if value.get(name.as_str().unwrap()).is_none() {
            found.push(format!("{at} lacks {name}"));
        }
    }
    if let (Some(fields), Some(values)) = (shape["properties"].as_object(), value.as_object()) {
        for (name, value) in values {
            match fields.get(name) {
                Some(shape) => found.extend(misfits(document, &format!("{at}/{name}"), shape, value)),
                // Counts by state or reason have names of their own.
                None if at.contains("preflight") || at.contains("/v1/audit") => {}
                None if !fields.is_empty() => {
                    found.push(format!("{at} has {name}, which the document does not tell"));
                }
                None => {}
            }
        }
    }
    for one in value.as_array().into_iter().flatten() {
        found.extend(misfits(document, at, &shape["items"], one));
    }
    found
}

#[actix_web::test]
async fn what_is_answered_has_the_shape_that_the_document_tells() {
    let world = World::start().await;
    world.install(ADA).await;
    let told = json!({ "recipients": [{ "member_id": "m-1", "email": ADA.email }] });
    world
        .send(&[event("u-1", "com.chronus.member.upserted", None, told)])
        .await;
    let news = json!({ "recipients": [{ "member_id": "m-1" }, { "email": "nobody@acme.example" }], "title": "News" });
    let sent = world
        .send(&[event("n-1", "com.chronus.something_new.happened", None, news)])
        .await;
    world.at_rest().await;
    let document = world.get_as(ACME_KEY, "/v1/openapi.json").await.body;
    let card = sent.card(0);
    let id = ADA.id;
    let mut asked = 0;
    for (path, pattern) in [
        (format!("/v1/notifications/{card}"), "/v1/notifications/{id}"),
        (
            format!("/v1/notifications/{card}/why"),
            "/v1/notifications/{id}/why",
        ),
        ("/v1/notifications".to_owned(), "/v1/notifications"),
        (format!("/v1/people/{id}"), "/v1/people/{id}"),
        (format!("/v1/people/{id}/addresses"), "/v1/people/{id}/addresses"),
        ("/v1/dead-letters".to_owned(), "/v1/dead-letters"),
        ("/v1/responses".to_owned(), "/v1/responses"),
        ("/v1/responses/given-up".to_owned(), "/v1/responses/given-up"),
        ("/v1/webhook".to_owned(), "/v1/webhook"),
        ("/v1/reachability".to_owned(), "/v1/reachability"),
        (format!("/v1/reachability/{id}"), "/v1/reachability/{person}"),
        ("/v1/conflicts".to_owned(), "/v1/conflicts"),
        ("/v1/members/m-1".to_owned(), "/v1/members/{id}"),
        ("/v1/audit".to_owned(), "/v1/audit"),
        ("/v1/keys".to_owned(), "/v1/keys"),
        ("/v1/tenant".to_owned(), "/v1/tenant"),
    ] {
        let answer = world.get_as(ACME_KEY, &path).await;
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        let shape =
            &document["paths"][pattern]["get"]["responses"]["200"]["content"]["application/json"]["schema"];
        assert!(!shape.is_null(), "{pattern}");
        let found = misfits(&document, &path, shape, &answer.body);
        assert_eq!(found, Vec::<String>::new(), "{:#}", answer.body);
        asked += 1;
    }
    assert_eq!(asked, 16);
    let page = world.http.get(world.url("/v1/docs")).send().await.unwrap();
    assert_eq!(page.status(), 200);
    let page = page.text().await.unwrap();
    assert!(
        page.contains("/v1/members/{id}/erase") && !page.contains("<script") && !page.contains("http://"),
        "{page}"
    );
    assert!(!page.contains("https://"), "nothing is asked of anybody else");
}

#[actix_web::test]
async fn who_asks_again_with_the_tag_is_told_that_nothing_changed_until_something_does() {
    let world = World::start().await;
    let ask = async |tag: Option<&str>| {
        let request = world.http.get(world.url("/v1/tenant")).bearer_auth(ACME_KEY);
        let request = match tag {
            Some(tag) => request.header("if-none-match", tag),
            None => request,
        };
        let answer = request.send().await.unwrap();
        let tag = answer.headers()["etag"].to_str().unwrap().to_owned();
        (answer.status().as_u16(), tag, answer.text().await.unwrap())
    };
    let (status, tag, body) = ask(None).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(ask(Some(&tag)).await, (304, tag.clone(), String::new()));
    let switch = world
        .http
        .post(world.url("/v1/tenant/disable"))
        .bearer_auth(ACME_KEY);
    assert_eq!(switch.send().await.unwrap().status(), 200);
    world.at_rest().await;
    let (status, other, body) = ask(Some(&tag)).await;
    assert_eq!((status, body.contains("false")), (200, true), "{body}");
    assert_ne!(other, tag);
}
