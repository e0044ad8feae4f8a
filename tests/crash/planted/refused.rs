//! Everything that the API's document says can be sent, sent with something planted where it cannot be taken.

use serde_json::{Map, Value, json};

use super::spelt::Left;
use crate::desk::Desk;
use crate::serve::{KEY, Serve};

/// What is planted, as it cannot be an id, a number, a time, or one of a few words.
const BAD: &str = "Zyxbad {of} nobody";

/// The answers to each parameter and each field of a body that is bad, by what was bad.
pub(super) async fn refusals(serve: &Serve, desk: &Desk<'_>) -> Left {
    let (_, document) = desk.asked_with(KEY, "/v1/openapi.json").await;
    let mut told = Left::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            if !["get", "post"].contains(&method.as_str()) {
                continue;
            }
            let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
            for parameter in &parameters {
                let name = parameter["name"].as_str().unwrap();
                let (path, query) = if parameter["in"] == "path" {
                    (filled(path, BAD), None)
                } else {
                    (filled(path, "m-1"), Some(name))
                };
                told.extend(answer(serve, desk, method, &path, query, Some("{}")).await);
            }
            let body = &operation["requestBody"]["content"]["application/json"]["schema"];
            for (field, body) in bad_bodies(&document, body) {
                let path = filled(path, "m-1");
                let said = answer(serve, desk, method, &path, None, Some(&body)).await;
                let (what, bytes) = said.unwrap_or_else(|| panic!("{path} takes a bad {field}: {body}"));
                told.push((format!("{what}, with a bad {field}"), bytes));
            }
        }
    }
    assert!(told.len() > 50, "{}", told.len());
    told
}

/// A path with its parameters filled in.
fn filled(path: &str, value: &str) -> String {
    let parts = path.split('/').map(|part| {
        if part.starts_with('{') {
            value.replace(' ', "%20").replace('{', "%7B").replace('}', "%7D")
        } else {
            part.to_owned()
        }
    });
    parts.collect::<Vec<_>>().join("/")
}

/// For each field of a schema, a body in which that one is of a wrong kind and holds what is planted, and one with a field too many.
fn bad_bodies(document: &Value, schema: &Value) -> Vec<(String, String)> {
    let schema = match schema["$ref"].as_str() {
        Some(place) => document.pointer(place.trim_start_matches('#')).unwrap(),
        None => schema,
    };
    let Some(properties) = schema["properties"].as_object() else {
        return Vec::new();
    };
    let mut bodies = Vec::new();
    for (name, property) in properties {
        let plain =
            property["type"] == "string" && property["format"].is_null() && property["enum"].is_null();
        let values = [json!([BAD]), json!({ BAD: BAD }), json!(BAD)];
        // A plain text takes any text.
        let values = values.into_iter().take(if plain { 2 } else { 3 });
        bodies.extend(values.map(|value| {
            let body: Map<String, Value> = [(name.clone(), value)].into_iter().collect();
            (name.clone(), Value::Object(body).to_string())
        }));
    }
    bodies.push(("field too many".to_owned(), json!({ "more": BAD }).to_string()));
    bodies.push(("end".to_owned(), format!("{{\"reason\": \"{BAD}")));
    bodies
}

/// What is answered, where it is a refusal.
async fn answer(
    serve: &Serve,
    desk: &Desk<'_>,
    method: &str,
    path: &str,
    query: Option<&str>,
    body: Option<&str>,
) -> Option<(String, Vec<u8>)> {
    let mut url: url::Url = serve.url(path).parse().unwrap();
    if let Some(name) = query {
        url.query_pairs_mut().append_pair(name, BAD);
    }
    let request = if method == "get" {
        desk.http.get(url)
    } else {
        let kind = if path == "/v1/events" {
            "application/cloudevents+json"
        } else {
            "application/json"
        };
        let request = desk.http.post(url).header("content-type", kind);
        request.body(body.unwrap_or_default().to_owned())
    };
    let answer = request.bearer_auth(KEY).send().await.unwrap();
    let status = answer.status();
    assert!(!status.is_server_error(), "{method} {path} {query:?}: {status}");
    let mut told: Vec<u8> = Vec::new();
    for (name, value) in answer.headers() {
        told.extend(name.as_str().as_bytes());
        told.extend(value.as_bytes());
    }
    told.extend(answer.bytes().await.unwrap());
    let what = format!("{method} {path} {}: {status}", query.unwrap_or_default());
    status.is_client_error().then_some((what, told))
}
