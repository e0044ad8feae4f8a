//! The API as an `OpenAPI` 3.1 document, and as a page. Both are made of one table (`routes`), of which the service also knows
//! which parameters a route takes; a test holds the table against the routes that are served, and answers against their shapes.

use std::sync::LazyLock;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_TYPE;
use serde_json::{Map, Value, json};

use super::problem;

mod announcements;
mod onboarding;
mod page;
mod parts;
pub(super) mod routes;
mod shapes;

use routes::{Again, Body, Form, Parameter, ROUTES, Route};

use crate::config::Role;

static DOCUMENT: LazyLock<Value> = LazyLock::new(document);
static PAGE: LazyLock<String> = LazyLock::new(page::page);

/// `GET /v1/openapi.json`.
pub async fn json() -> HttpResponse {
    problem::json(StatusCode::OK, &*DOCUMENT)
}

/// `GET /v1/docs`.
pub async fn docs() -> HttpResponse {
    // The page brings its style along and asks nobody for anything.
    let policy = "default-src 'none'; style-src 'unsafe-inline'";
    HttpResponse::Ok()
        .insert_header(("content-security-policy", policy))
        .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"))
        .body(PAGE.as_str())
}

/// The parameters that a route takes, by its pattern; none where it is no route of the document.
pub(super) fn parameters_of(pattern: &str) -> Vec<&'static str> {
    let all = ROUTES.iter().filter(|route| route.path == pattern);
    all.flat_map(|route| route.parameters.iter().map(|one| one.name))
        .collect()
}

/// Who may ask for a change that is made once for each idempotency key; none where a route is no such change.
pub(super) fn role_of_change(method: &str, pattern: &str) -> Option<Role> {
    let mut all = ROUTES.iter().filter(|route| route.again == Again::Answered);
    let found = all.find(|route| route.path == pattern && route.method.eq_ignore_ascii_case(method));
    found?.role
}

/// The document.
pub fn document() -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for route in ROUTES {
        let path = paths
            .entry(route.path)
            .or_insert_with(|| Value::Object(Map::new()));
        path[route.method] = operation(route);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "chronus-teams",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "Chronus notifications as cards in Microsoft Teams, and the answers back.",
            "description": "Within /v1, fields and routes are added and none are taken away. A change that is sent again \
                with the same Idempotency-Key is made once and answered as the first time. Refusals are problem details (RFC 9457); limits are told by RateLimit and RateLimit-Policy.",
        },
        "servers": [{ "url": "/" }],
        "security": [{ "key": [] }, { "person": [] }],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "key": { "type": "http", "scheme": "bearer", "description": "A key of the organization's." },
                "person": {
                    "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
                    "description": "A person's token of the organization's own issuer, where one is configured.",
                },
            },
            "schemas": shapes::shared(),
        },
    })
}

fn operation(route: &Route) -> Value {
    let mut operation = json!({
        "operationId": name(route),
        "summary": route.says,
        "tags": [route.group],
        "responses": answers(route),
    });
    match route.role {
        Some(role) => operation["x-role"] = role.as_str().into(),
        None => operation["security"] = json!([]),
    }
    let parameters: Vec<Value> = in_path(route.path)
        .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }))
        .chain(route.parameters.iter().map(parameter))
        .chain(key_of_change(route))
        .collect();
    if !parameters.is_empty() {
        operation["parameters"] = parameters.into();
    }
    if let Some(content) = content(route.takes) {
        operation["requestBody"] = json!({ "required": true, "content": content });
    }
    operation
}

/// The names in braces.
fn in_path(path: &str) -> impl Iterator<Item = &str> {
    path.split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}

/// `post_members_id_link` for `POST /v1/members/{id}/link`.
fn name(route: &Route) -> String {
    let words = route.path.split(['/', '{', '}', '-', '.']);
    let words = words.filter(|word| !word.is_empty() && *word != "v1");
    let words = words.fold(String::new(), |name, word| name + "_" + word);
    format!("{}{words}", route.method)
}

/// The header by which a change is made once, where a route takes it.
fn key_of_change(route: &Route) -> Option<Value> {
    let says = match route.again {
        Again::Reads => return None,
        Again::Known => "Accepted and not needed: events are known by `source` and `id` for ever.",
        Again::Answered => {
            "A string of your choice for this one request, such as a UUID, and nothing personal in it. Sent again within a day, the change \
             is made once and the first answer given again, with `Idempotent-Replayed: true`. With another request it is refused (422), and \
             while the first is under way as well (409)."
        }
    };
    let schema = json!({ "type": "string", "minLength": 1, "maxLength": 257 });
    Some(json!({
        "name": "Idempotency-Key", "in": "header", "required": false, "description": says, "schema": schema,
        "example": "\"8e03978e-40d5-43e8-bc93-6894a57f9324\"",
    }))
}

fn parameter(one: &Parameter) -> Value {
    let schema = match one.form {
        Form::Text => shapes::text(),
        Form::Number => shapes::number(),
        Form::Moment => shapes::moment(),
        Form::OneOf(words) => shapes::one_of(words),
    };
    json!({ "name": one.name, "in": "query", "required": one.is_needed, "description": one.says, "schema": schema })
}

fn content(body: Body) -> Option<Value> {
    let (shape, media): (fn() -> Value, &[&str]) = match body {
        Body::Nothing => return None,
        Body::Json(shape) => (shape, &[]),
        Body::Also(shape, media) => (shape, media),
    };
    let mut content = json!({ "application/json": { "schema": shape() } });
    for one in media {
        content[*one] = json!({});
    }
    Some(content)
}

fn answers(route: &Route) -> Value {
    let mut answers = Map::new();
    let mut good = json!({ "description": "Done." });
    if let Some(content) = content(route.gives) {
        good["content"] = content;
    }
    answers.insert(route.status.to_string(), good);
    if route.method == "get" {
        let known = "The caller has it already, by the tag in If-None-Match.";
        answers.insert("304".to_owned(), json!({ "description": known }));
    }
    let guarded: &[u16] = if route.role.is_some() {
        &[400, 401, 403, 429, 503]
    } else {
        &[400, 429]
    };
    let keyed: &[u16] = match route.again {
        Again::Reads | Again::Known => &[],
        Again::Answered => &[409, 413, 415, 422],
    };
    for status in guarded.iter().chain(route.refuses).chain(keyed) {
        let meaning = StatusCode::from_u16(*status)
            .ok()
            .and_then(|status| status.canonical_reason());
        let refusal = json!({
            "description": meaning.unwrap_or("Refused"),
            "content": { problem::PROBLEM: { "schema": shapes::named("Problem") } },
        });
        answers.insert(status.to_string(), refusal);
    }
    Value::Object(answers)
}
